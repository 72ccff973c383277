"""MBTiles: map tiles in an SQLite database.

The database is somebody else's. It is opened read-only; a value of more than 2 MB and a query that
does not end are refused.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nmgeo.errors import LayerError, first_line
from nmgeo.messages import text
from nmgeo.sources.tile_pictures import (
    MAX_TILE_BYTES,
    MAX_TILES,
    pictures_needed,
    vector_tiles,
)

_MAX_STEPS: Final = 2_000  # of a query, each of 10,000 operations of SQLite
_VECTOR: Final = ("pbf", "mvt", "application/vnd.mapbox-vector-tile")
_TILES: Final = (
    "select tile_column, tile_row, tile_data from tiles where zoom_level = ?"
    " and tile_column between ? and ? and tile_row between ? and ?"
    " order by tile_column, tile_row limit ?"
)
_ZOOMS: Final = "select distinct zoom_level from tiles order by zoom_level"


class MBTiles:
    """The tiles of an open database; read them with :func:`nmgeo.sources.raster_tiles`."""

    def __init__(self, database: sqlite3.Connection, path: str) -> None:
        rows = database.execute("select name, value from metadata limit 100")
        self.facts: Mapping[str, str] = dict(_text_rows(rows))
        if self.facts.get("format", "").lower() in _VECTOR:
            raise vector_tiles(path)
        self.zooms: Sequence[Any] = [
            zoom for (zoom,) in database.execute(_ZOOMS) if isinstance(zoom, int)
        ]
        self._database = database

    def tiles(
        self, zoom: int, columns: tuple[int, int], rows: tuple[int, int]
    ) -> Iterator[tuple[int, int, Any]]:
        """List column, row and picture of the tiles in a range; rows count from the north."""
        last = (1 << zoom) - 1  # rows of the file count from the south
        bounds = (zoom, *columns, last - rows[1], last - rows[0])
        for column, row, picture in self._database.execute(_TILES, (*bounds, MAX_TILES)):
            yield int(column), last - int(row), picture


@contextmanager
def open_mbtiles(path: str) -> Iterator[MBTiles]:
    """Open an MBTiles file.

    Raises
    ------
    LayerError
        If it is damaged, no MBTiles or of vector tiles; also while tiles are read.
    """
    database = None
    try:
        database = _connect(path)
        yield MBTiles(database, path)
    except sqlite3.Error as error:
        wrong = text("cannot be read as MBTiles ({why})", why=first_line(error)[:120])
        raise LayerError(path, wrong, pictures_needed()) from None
    finally:
        if database is not None:
            database.close()


def _connect(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_TILE_BYTES)
    database.execute("pragma trusted_schema = off")
    steps = iter(range(_MAX_STEPS))
    database.set_progress_handler(lambda: next(steps, None) is None, 10_000)
    return database


def _text_rows(rows: Any) -> Iterator[tuple[str, str]]:
    for name, value in rows:
        if isinstance(name, str) and isinstance(value, str | int | float):
            yield name, str(value)
