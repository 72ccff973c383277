"""Raster tiles: those of a box, zoom by zoom, in an MBTiles file that a stopped run continues."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from nmgeo.cache import unwritable
from nmgeo.errors import SourceError, UsageError
from nmgeo.messages import option, text
from nmgeo.services.answers import Request
from nmgeo.services.content import AbsentError, host_of, refuse_page
from nmgeo.services.http import Client
from nmgeo.sources.raster_tiles import MAX_ZOOM, tile_column, tile_row
from nmgeo.sources.tile_pictures import find_kind

ZOOMS: Final = "10-16"
_MOST: Final = 10_000  # tiles of one fetch
_RANGE: Final = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")
_TABLES: Final = """
create table if not exists metadata (name text primary key, value text);
create table if not exists tiles (
  zoom_level integer, tile_column integer, tile_row integer, tile_data blob,
  primary key (zoom_level, tile_column, tile_row));
"""
_KNOWN: Final = "select zoom_level, tile_column, tile_row from tiles"


class Tile(NamedTuple):
    """A tile; rows count from the north."""

    zoom: int
    column: int
    row: int

    @property
    def row_from_south(self) -> int:
        """Its row as MBTiles counts it."""
        return (1 << self.zoom) - 1 - self.row


def tiles_of_box(box: tuple[float, float, float, float], zooms: str) -> list[Tile]:
    """List the tiles that a box meets.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north in degrees.
    zooms : str
        ``"10-16"``, or one zoom.

    Returns
    -------
    list of Tile
        The coarsest zoom first.

    Raises
    ------
    UsageError
        If the zooms cannot be read, or the tiles are too many for one fetch.

    Examples
    --------
    >>> tiles_of_box((114.0, 22.5, 114.1, 22.5), "10")
    [Tile(zoom=10, column=836, row=446)]
    """
    spans = {zoom: _span(box, zoom) for zoom in _zooms(zooms)}
    count = sum(len(columns) * len(rows) for columns, rows in spans.values())
    if count > _MOST:
        wrong = text("{count:,} tiles, more than {most:,}", count=count, most=_MOST)
        remedy = text("ask for fewer zooms, or a part with {bbox}", bbox=option("bbox"))
        raise UsageError(option("zoom", zooms), wrong, remedy)
    return [
        Tile(zoom, column, row)
        for zoom, (columns, rows) in spans.items()
        for column in columns
        for row in rows
    ]


def _zooms(written: str) -> range:
    found = _RANGE.fullmatch(written)
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if low <= high <= MAX_ZOOM:
        return range(low, high + 1)
    wrong = text("is no range of zooms from 0 to {most}", most=MAX_ZOOM)
    raise UsageError(option("zoom", written), wrong, text("write {example}", example=ZOOMS))


def _span(box: tuple[float, float, float, float], zoom: int) -> tuple[range, range]:
    """Return the columns and the rows that a box meets."""
    west, south, east, north = box
    columns = range(tile_column(west, zoom), tile_column(east, zoom) + 1)
    return columns, range(tile_row(north, zoom), tile_row(south, zoom) + 1)


def fetch_tiles(
    request: Request, tiles: list[Tile], client: Client, path: Path
) -> Iterator[list[Tile]]:
    """Fetch tiles into an MBTiles file; those that it holds are not fetched again.

    Parameters
    ----------
    request : Request
        Whose address has ``{z}``, ``{x}`` and ``{y}``.
    tiles : list of Tile
    client : Client
    path : Path
        The file; made if it is not there.

    Yields
    ------
    list of Tile
        One at a time, kept by then; where the service has none, nothing is kept.

    Raises
    ------
    SourceError
        Whatever is wrong with an answer.
    LayerError
        If an answer is no picture.
    ExportError
        If the file cannot be written.
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            database.executescript(_TABLES)
            known = {tuple(row) for row in database.execute(_KNOWN)}
            for tile in tiles:
                if (tile.zoom, tile.column, tile.row_from_south) not in known:
                    _keep(database, tile, _picture(request.url, tile, client))
                yield [tile]
    except sqlite3.Error as error:
        raise unwritable(error) from None


def _picture(url: str, tile: Tile, client: Client) -> bytes | None:
    """Return a tile; None where the service has none."""
    address = url
    for name, value in zip("zxy", tile, strict=True):
        address = address.replace(f"{{{name}}}", str(value))

    def read(raw: bytes) -> bytes:
        find_kind(host_of(url), refuse_page(raw, url))
        return raw

    try:
        return client.get(address, read=read)
    except AbsentError:
        return None


def _keep(database: sqlite3.Connection, tile: Tile, picture: bytes | None) -> None:
    if picture is not None:
        row = (tile.zoom, tile.column, tile.row_from_south, picture)
        with database:
            database.execute("insert into tiles values (?, ?, ?, ?)", row)


def describe_tiles(path: Path, facts: Mapping[str, str], url: str) -> int:
    """Write the metadata of an MBTiles file, and return how many tiles it has.

    Raises
    ------
    SourceError
        If it has none.
    ExportError
        If the file cannot be written.
    """
    try:
        with closing(sqlite3.connect(path)) as database, database:
            (first,) = database.execute("select tile_data from tiles limit 1").fetchone() or (None,)
            if first is None:
                remedy = text("ask for a larger part")
                raise SourceError(host_of(url), text("holds no tiles of this part"), remedy)
            told = {**facts, "format": find_kind(host_of(url), first).replace("jpeg", "jpg")}
            database.executemany("insert or replace into metadata values (?, ?)", told.items())
            return int(database.execute("select count(*) from tiles").fetchone()[0])
    except sqlite3.Error as error:
        raise unwritable(error) from None
