"""Raster tiles of an MBTiles file: those of a view, zoom by zoom, up to a budget of bytes.

An MBTiles file is an SQLite database that somebody else made. It is opened read-only; a value of
more than 2 MB and a query that does not end are refused, and a tile has to be a picture by its
first bytes.
"""

import base64
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nmgeo.errors import LayerError
from nmgeo.messages import Text, option, text

MAX_ZOOM: Final = 19
_MAX_TILE_BYTES: Final = 2_000_000
_MAX_SIDE: Final = 1024  # pixels of a tile
_MAX_STEPS: Final = 2_000  # of a query, each of 10,000 operations of SQLite
_MAX_ATTRIBUTION: Final = 300  # characters
_SIGNATURES: Final[Mapping[bytes, str]] = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"RIFF": "webp",
}
_JPEG_MARK: Final = 0xFF
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_HEADER: Final = 9  # bytes of a segment up to the width and height
_PNG_HEADER: Final = 24
_WEBP_HEADER: Final = 30
_VECTOR: Final = ("pbf", "mvt", "application/vnd.mapbox-vector-tile")
_GZIP: Final = b"\x1f\x8b"  # vector tiles are compressed by it
_TILES: Final = (
    "select tile_column, tile_row, tile_data from tiles where zoom_level = ?"
    " and tile_column between ? and ? and tile_row between ? and ?"
    " order by tile_column, tile_row limit ?"
)
_ZOOMS: Final = "select distinct zoom_level from tiles order by zoom_level"


@dataclass(frozen=True)
class RasterTiles:
    """Tiles as the page holds them."""

    pictures: Mapping[str, str]  # data URIs by zoom/column/row, rows from the north
    least_zoom: int
    most_zoom: int
    attribution: str
    whole: bool  # whether all zooms of the file fit into the budget


def read_mbtiles(path: str, view: Sequence[Sequence[float]], budget: int) -> RasterTiles:
    """Read the tiles of a view from an MBTiles file, the coarsest zoom first.

    Parameters
    ----------
    path : str
        An MBTiles file with PNG, JPEG or WebP.
    view : pair of pairs
        South and west, north and east, degrees.
    budget : int
        Largest number of bytes of all tiles together; a zoom that does not fit whole is left out.

    Returns
    -------
    RasterTiles

    Raises
    ------
    LayerError
        If the file is missing, damaged, no MBTiles or of vector tiles, has nothing in the view, or
        its coarsest zoom alone exceeds the budget.
    """
    if not Path(path).is_file():
        raise LayerError(path, text("no such file"), _remedy())
    try:
        with closing(_open(path)) as database:
            return _read(database, path, view, budget)
    except sqlite3.Error as error:
        wrong = text("cannot be read as MBTiles ({why})", why=str(error)[:120])
        raise LayerError(path, wrong, _remedy()) from None


def _open(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_TILE_BYTES)
    database.execute("pragma trusted_schema = off")
    steps = iter(range(_MAX_STEPS))
    database.set_progress_handler(lambda: next(steps, None) is None, 10_000)
    return database


def _read(
    database: sqlite3.Connection, path: str, view: Sequence[Sequence[float]], budget: int
) -> RasterTiles:
    facts = dict(_text_rows(database.execute("select name, value from metadata limit 100")))
    if facts.get("format", "").lower() in _VECTOR:
        raise _vector(path)
    zooms = [zoom for (zoom,) in database.execute(_ZOOMS) if zoom in range(MAX_ZOOM + 1)]
    pictures: dict[str, str] = {}
    kept: list[int] = []
    size = 0
    for zoom in zooms:
        found = list(_tiles_at(database, path, zoom, view, budget - size))
        size += sum(len(uri) for _, uri in found)
        if size > budget:
            break
        pictures.update(found)
        kept += [zoom] if found else []
    if not kept:
        raise _nothing(path, budget) if size > budget else _elsewhere(path)
    attribution = _plain(facts.get("attribution") or facts.get("name") or Path(path).stem)
    return RasterTiles(pictures, kept[0], kept[-1], attribution, size <= budget)


def _tiles_at(
    database: sqlite3.Connection, path: str, zoom: int, view: Sequence[Sequence[float]], left: int
) -> Iterator[tuple[str, str]]:
    """List the tiles of one zoom in the view, until they exceed what is left of the budget."""
    (south, west), (north, east) = view
    columns = [_column(west, zoom), _column(east, zoom)]
    rows = [_row(north, zoom), _row(south, zoom)]
    last = (1 << zoom) - 1
    bounds = (zoom, *columns, last - rows[1], last - rows[0])  # rows of the file count northwards
    count = 0
    for column, row, picture in database.execute(_TILES, (*bounds, 100_000)):
        uri = f"data:image/{_kind(path, picture)};base64,{base64.b64encode(picture).decode()}"
        yield f"{zoom}/{int(column)}/{last - int(row)}", uri
        count += len(uri)
        if count > left:
            return


def _column(longitude: float, zoom: int) -> int:
    return min(max(int((longitude + 180) / 360 * (1 << zoom)), 0), (1 << zoom) - 1)


def _row(latitude: float, zoom: int) -> int:
    north = math.asinh(math.tan(math.radians(latitude)))
    return min(max(int((1 - north / math.pi) / 2 * (1 << zoom)), 0), (1 << zoom) - 1)


def _kind(path: str, picture: Any) -> str:
    """Return the kind of a picture, by its first bytes; refuse what is none, or is too large."""
    content = bytes(picture) if isinstance(picture, bytes) else b""
    kind = next((kind for mark, kind in _SIGNATURES.items() if content.startswith(mark)), None)
    if content.startswith(_GZIP):
        raise _vector(path)
    if kind is None or (kind == "webp" and content[8:12] != b"WEBP"):
        raise LayerError(path, text("a tile is no PNG, JPEG or WebP"), _remedy())
    size = _pixels(kind, content)
    if size is None:
        raise LayerError(path, text("a tile is damaged"), _remedy())
    if max(size) > _MAX_SIDE:
        wrong = text("a tile has {wide} by {high} pixels", wide=size[0], high=size[1])
        raise LayerError(path, wrong, text("write tiles of {most} or fewer", most=_MAX_SIDE))
    return kind


def _pixels(kind: str, content: bytes) -> tuple[int, int] | None:
    """Return the width and height that a picture states; None if it is cut off before."""
    if kind == "png":
        whole = len(content) > _PNG_HEADER and content.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
        return _numbers(content, 16, 20, 4, "big") if whole else None
    if kind == "jpeg":
        return _jpeg_pixels(content)
    if content[12:16] == b"VP8X":
        wide, high = _numbers(content, 24, 27, 3, "little")
        return wide + 1, high + 1
    if content[12:16] == b"VP8L":
        packed = int.from_bytes(content[21:25], "little")
        return (packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1
    wide, high = _numbers(content, 26, 28, 2, "little")
    return (wide & 0x3FFF, high & 0x3FFF) if len(content) > _WEBP_HEADER else None


def _jpeg_pixels(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + _JPEG_HEADER < len(content) and content[at] == _JPEG_MARK:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            return _numbers(content, at + 7, at + 5, 2, "big")
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _numbers(content: bytes, one: int, other: int, size: int, order: Any) -> tuple[int, int]:
    first, second = (int.from_bytes(content[at : at + size], order) for at in (one, other))
    return first, second


def _text_rows(rows: Any) -> Iterator[tuple[str, str]]:
    for name, value in rows:
        if isinstance(name, str) and isinstance(value, str | int | float):
            yield name, str(value)


def _plain(written: str) -> str:
    """Return an attribution without tags; they would be shown as text."""
    parts = written.split("<")
    plain = parts[0] + "".join(part.partition(">")[2] for part in parts[1:])
    return " ".join(plain.split())[:_MAX_ATTRIBUTION]


def _vector(path: str) -> LayerError:
    return LayerError(
        path, text("holds vector tiles"), text("give a file of PNG, JPEG or WebP tiles")
    )


def _elsewhere(path: str) -> LayerError:
    wrong = text("has no tile where the map begins")
    return LayerError(path, wrong, text("give a file that covers your sites"))


def _nothing(path: str, budget: int) -> LayerError:
    wrong = text("its coarsest tiles exceed {size:g} MB", size=budget / 1e6)
    return LayerError(path, wrong, text("raise it with {budget}", budget=option("budget", "20MB")))


def _remedy() -> Text:
    return text("give a whole MBTiles file of pictures")
