"""Coordinates in the cells of a CSV file: which columns hold them, and which cells do not."""

import math
import re
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
from nmgeo.messages import list_all, text
from nmgeo.sources import gdal
from nmgeo.sources.coordinate_columns import WKT_COLUMNS
from nmgeo.sources.coordinate_text import parse_number
from nmgeo.sources.describe import Description

_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")  # where it separates no thousands
_SHORT: Final = 40  # characters of a cell that a message shows


def coordinate_cells(seen: Description) -> Generator[dict[str, Any], None, None]:
    """Read what the rows of a CSV have for coordinates, as it is written; nothing of others."""
    if not has_cells(seen):
        return
    names = _coordinate_fields(seen)
    options: dict[str, str] = dict(seen.options) if seen.coordinates else {}
    raw = [seen.raw_names.get(name, name) for name in names]
    with closing(gdal.read_batches(seen.path, seen.layer, columns=raw, **options)) as batches:
        for table in _without_warnings(batches):
            texts = [_texts(table[name]) for name in raw]
            yield from (dict(zip(names, row, strict=True)) for row in zip(*texts, strict=True))


def has_cells(seen: Description) -> bool:
    """Whether the coordinates of a file stand in cells of text."""
    return seen.coordinates is not None or seen.driver == "CSV"


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    """Return cells as they are written."""
    if not pa.types.is_string(column.type):
        return [None if cell is None else str(cell) for cell in column.to_pylist()]
    return [_decoded(cell) for cell in column.cast(pa.binary()).to_pylist()]


def _coordinate_fields(seen: Description) -> list[str]:
    """Return the columns of coordinates, also of WKT."""
    if seen.coordinates is not None:
        return list(seen.coordinates.columns)
    info = gdal.layer_info(seen.path, seen.layer, {}, count=False)
    return [str(name) for name in info["fields"] if str(name).lower() in WKT_COLUMNS]


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


def invalid_cells(cells: Mapping[str, Any]) -> str:
    """Name the cells of a CSV row that are no coordinates: those that are no number, else all."""
    odd = {name: cell for name, cell in cells.items() if not _is_number(cell)} or cells
    return list_all(
        text("{column} is {value!r}", column=name, value=str(cell or "")[:_SHORT])
        for name, cell in odd.items()
    )


def with_decimal_point(cells: Mapping[str, Any]) -> str:
    """Return the first cell that has a decimal comma, with a point instead; empty if none has.

    Examples
    --------
    >>> with_decimal_point({"lat": "22,505750"}), with_decimal_point({"lat": "22,506"})
    ('22.505750', '')
    """
    odd = (str(cell).strip() for cell in cells.values() if not _is_number(cell))
    found = next((cell for cell in odd if _DECIMAL_COMMA.fullmatch(cell)), "")
    return found.replace(",", ".")


def _is_number(cell: object) -> bool:
    return math.isfinite(parse_number(str(cell)))


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
    if not has_cells(seen) or not len(lost):
        return
    first = int(lost[0])
    with closing(coordinate_cells(seen)) as rows:
        cells = next(islice(rows, first, None), {})
    name, what = frame.index[first], invalid_cells(cells)
    wrong = text("feature {feature}: no coordinates, as {what}", feature=name, what=what)
    if str(name) in {str(first), str(first + 1)}:  # no id, but a number of the row
        row = first + 1
        wrong = text("row {row} below the headings: no coordinates, as {what}", row=row, what=what)
    remedy = text("mend it or leave the row out")
    if point := with_decimal_point(cells):
        remedy = text("write a decimal point, not a comma: {example}", example=point)
    raise LayerError(seen.file, wrong, remedy)
