"""Raster tiles of a file: those of a view, zoom by zoom, up to a budget of bytes."""

import base64
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from nmgeo.errors import LayerError
from nmgeo.messages import option, text
from nmgeo.regular_file import require_regular_file
from nmgeo.sources.mbtiles import open_mbtiles
from nmgeo.sources.pmtiles import MAGIC, open_pmtiles
from nmgeo.sources.tile_pictures import find_kind

MAX_ZOOM: Final = 19
_MAX_ATTRIBUTION: Final = 300  # characters


class TileFile(Protocol):
    """An open file of tiles."""

    @property
    def facts(self) -> Mapping[str, str]:
        """What the file says of itself: ``name``, ``attribution``."""

    @property
    def zooms(self) -> Sequence[Any]:
        """The zooms that the file states, ascending."""

    def tiles(
        self, zoom: int, columns: tuple[int, int], rows: tuple[int, int]
    ) -> Iterator[tuple[int, int, Any]]:
        """List column, row and picture of the tiles in a range; rows count from the north."""


@dataclass(frozen=True)
class RasterTiles:
    """Tiles as the page holds them."""

    pictures: Mapping[str, str]  # data URIs by zoom/column/row, rows from the north
    least_zoom: int
    most_zoom: int
    attribution: str
    whole: bool  # whether all zooms of the file fit into the budget


def read_raster_tiles(path: str, view: Sequence[Sequence[float]], budget: int) -> RasterTiles:
    """Read the tiles of a view from an MBTiles or PMTiles file, the coarsest zoom first.

    Parameters
    ----------
    path : str
        A file with PNG, JPEG or WebP.
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
        If the file is missing, damaged, neither or of vector tiles, has nothing in the view, or
        its coarsest zoom alone exceeds the budget.
    """
    with _open(path) as file:
        return _read(file, path, view, budget)


def _open(path: str) -> AbstractContextManager[TileFile]:
    require_regular_file(Path(path), path)
    with Path(path).open("rb") as file:
        is_pmtiles = file.read(len(MAGIC)) == MAGIC
    return open_pmtiles(path) if is_pmtiles else open_mbtiles(path)


def _read(file: TileFile, path: str, view: Sequence[Sequence[float]], budget: int) -> RasterTiles:
    pictures: dict[str, str] = {}
    kept: list[int] = []
    size = 0
    for zoom in (zoom for zoom in file.zooms if zoom in range(MAX_ZOOM + 1)):
        found = list(_tiles_at(file, path, zoom, view, budget - size))
        size += sum(len(uri) for _, uri in found)
        if size > budget:
            break
        pictures.update(sorted(found))  # the same whatever the order in the file
        kept += [zoom] if found else []
    if not kept:
        raise _nothing(path, budget) if size > budget else _elsewhere(path)
    attribution = _plain(file.facts.get("attribution") or file.facts.get("name") or Path(path).stem)
    return RasterTiles(pictures, kept[0], kept[-1], attribution, size <= budget)


def _tiles_at(
    file: TileFile, path: str, zoom: int, view: Sequence[Sequence[float]], left: int
) -> Iterator[tuple[str, str]]:
    """List the tiles of one zoom in the view, until they exceed what is left of the budget."""
    (south, west), (north, east) = view
    columns = tile_column(west, zoom), tile_column(east, zoom)
    rows = tile_row(north, zoom), tile_row(south, zoom)
    count = 0
    for column, row, picture in file.tiles(zoom, columns, rows):
        kind = find_kind(path, picture)
        uri = f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
        yield f"{zoom}/{column}/{row}", uri
        count += len(uri)
        if count > left:
            return


def tile_column(longitude: float, zoom: int) -> int:
    """Return the column of the tile in which a longitude lies."""
    return min(max(int((longitude + 180) / 360 * (1 << zoom)), 0), (1 << zoom) - 1)


def tile_row(latitude: float, zoom: int) -> int:
    """Return the row, counted from the north, of the tile in which a latitude lies."""
    north = math.asinh(math.tan(math.radians(latitude)))
    return min(max(int((1 - north / math.pi) / 2 * (1 << zoom)), 0), (1 << zoom) - 1)


def _plain(written: str) -> str:
    """Return an attribution without tags; they would be shown as text."""
    parts = written.split("<")
    plain = parts[0] + "".join(part.partition(">")[2] for part in parts[1:])
    known = plain.encode("utf-8", "replace").decode()  # no half of a pair of surrogates
    return " ".join(known.split())[:_MAX_ATTRIBUTION]


def _elsewhere(path: str) -> LayerError:
    wrong = text("has no tile where the map begins")
    return LayerError(path, wrong, text("give a file that covers your sites"))


def _nothing(path: str, budget: int) -> LayerError:
    wrong = text("its coarsest tiles exceed {size:g} MB", size=budget / 1e6)
    return LayerError(path, wrong, text("raise it with {budget}", budget=option("budget", "20MB")))
