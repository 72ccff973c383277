"""Coordinates in the cells of a CSV file: which columns hold them, and which cells do not."""

import math
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from itertools import islice
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from nmgeo.errors import LayerError
from nmgeo.sources import gdal
from nmgeo.sources.describe import CSV_COORDINATES, Description

_SHORT: Final = 40  # characters of a cell that a message shows


def coordinate_cells(seen: Description) -> Generator[dict[str, Any], None, None]:
    """Read what the rows of a CSV have for coordinates, as it is written; nothing of others."""
    if seen.driver != "CSV":
        return
    names = [name for name in _fields(seen) if name.lower() in CSV_COORDINATES]
    with closing(gdal.read_batches(seen.path, seen.layer, columns=names)) as batches:
        for table in _without_warnings(batches):
            texts = [
                [_decoded(cell) for cell in table[name].cast(pa.binary()).to_pylist()]
                for name in names
            ]
            yield from (dict(zip(names, row, strict=True)) for row in zip(*texts, strict=True))


def _without_warnings(batches: Iterator[tuple[Any, pa.Table]]) -> Iterator[pa.Table]:
    """Read batches; what GDAL warns of was said when the layer itself was read."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batch = next(batches, None)
        if batch is None:
            return
        yield batch[1]


def _decoded(cell: bytes | None) -> str | None:
    return None if cell is None else cell.decode(errors="replace")


def _fields(seen: Description) -> list[str]:
    """Return the columns of a CSV as text, coordinates included."""
    info = gdal.layer_info(seen.path, seen.layer, {}, count=False)
    return [str(name) for name in info["fields"]]


def invalid_cells(cells: Mapping[str, Any]) -> str:
    """Say which cells give a row of CSV no coordinates: those of no number, else all."""
    odd = {name: cell for name, cell in cells.items() if not _is_number(cell)} or cells
    return " and ".join(f"{name} is {str(cell or '')[:_SHORT]!r}" for name, cell in odd.items())


def _is_number(cell: object) -> bool:
    try:
        return math.isfinite(float(str(cell)))
    except ValueError:
        return False


def require_coordinates(frame: gpd.GeoDataFrame, seen: Description) -> None:
    """Stop where the cells of a CSV that are to be its coordinates are none.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        From :func:`read_frame`, indexed by id.
    seen : Look
        Its file.

    Raises
    ------
    LayerError
        With the first feature, the column and its cell.
    """
    lost = np.flatnonzero(shapely.is_missing(frame.geometry.to_numpy()))
    if seen.driver != "CSV" or not len(lost):
        return
    first = int(lost[0])
    with closing(coordinate_cells(seen)) as rows:
        what = invalid_cells(next(islice(rows, first, None), {}))
    wrong = f"feature {frame.index[first]}: no coordinates, as {what}"
    raise LayerError(seen.file, wrong, "mend it or leave the row out")
