"""Record batches: one pass over a layer of any size, batch by batch."""

import re
import warnings
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely

from nmgeo.errors import LayerError, Notice, first_line, notify
from nmgeo.messages import text
from nmgeo.sources import gdal
from nmgeo.sources.coordinate_numbers import fault_of_wkb
from nmgeo.sources.csv_file import coordinate_cells, has_cells
from nmgeo.sources.describe import Description, require_complete
from nmgeo.sources.nested_shapes import DEEP, fault_of_levels
from nmgeo.sources.source import Source

_BATCH: Final = 1_000
_TWICE: Final = re.compile(r"Several features with id = (\S+) have been found")


@dataclass
class Batch:
    """Records in the order of the file; a geometry that cannot be built is None.

    Attributes
    ----------
    broken : dict of int to str
        By row, why a geometry could not be built.
    cells : dict of int to dict
        By row, the cells of a CSV that could not be read as coordinates.
    garbled : list of int
        Rows with text that is not in the encoding of the file; that text is left out.
    twice : str, optional
        First id of GeoJSON that GDAL changed because an earlier feature has it.
    first : int
        Row of the first record in the file.
    """

    ids: list[str] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    cells: dict[int, dict[str, Any]] = field(default_factory=dict)
    garbled: list[int] = field(default_factory=list)
    twice: str | None = None
    first: int = 0

    @property
    def geometry(self) -> np.ndarray:
        """The geometries as an array, n rows."""
        return np.array([*self.shapes, None], dtype=object)[:-1]

    @property
    def columns(self) -> list[str]:
        """Names of the attributes; none without records."""
        return list(self.rows[0]) if self.rows else []

    def __len__(self) -> int:
        """Count the records."""
        return len(self.ids)


Batches = Generator[Batch, None, None]
Watch = Callable[[Batches], Batches]  # yields the same batches, as a progress bar does


def read_batches(source: Source) -> Batches:
    """Read a layer batch by batch.

    Parameters
    ----------
    source : Source
        One layer, from :func:`nmgeo.sources.find.layer_sources`.

    Yields
    ------
    Batch
        At most 1,000 records.

    Raises
    ------
    LayerError
        If a record cannot be read, or there are fewer than the file states.
    """
    seen, count = source.describe(), 0
    try:
        with closing(source.batches(_BATCH, lenient=True)) as tables:
            while True:
                with warnings.catch_warnings(record=True) as told:
                    warnings.simplefilter("always")
                    table = next(tables, None)
                for warning in told:
                    if isinstance(warning.message, Notice):
                        notify(warning.message.args[0], fact=warning.message.args[0])
                if table is None:
                    break
                yield _batch(table, [str(warning.message) for warning in told], seen, count)
                count += table.num_rows
    except (*gdal.Errors, pa.ArrowException, OSError, OverflowError, RuntimeError) as error:
        if isinstance(error, LayerError):
            raise
        why = first_line(error)
        wrong = text("breaks off after {count} features ({why})", count=count, why=why)
        raise LayerError(seen.file, wrong, text("get it again")) from None
    require_complete(seen, count)


def _batch(table: pa.Table, words: list[str], seen: Description, first: int) -> Batch:
    """Build a batch of records from a table."""
    batch = Batch([str(fid) for fid in table.column(0).to_pylist()], first=first)
    held = table.column(1).to_pylist()
    with np.errstate(invalid="ignore"):  # of a coordinate that is no number
        shapes = shapely.from_wkb(np.array([*held, None], dtype=object), on_invalid="ignore")[:-1]
    batch.shapes = list(shapes)
    gone = [row for row, shape in enumerate(shapes) if shape is None]
    batch.broken = {row: _why_broken(held[row]) for row in gone if held[row] is not None}
    batch.rows, batch.garbled = _records(table)
    if has_cells(seen) and gone:
        with closing(coordinate_cells(seen)) as cells:
            rows = list(islice(cells, first, first + len(batch)))
        batch.cells = {row: rows[row] for row in gone if row < len(rows)}
    batch.twice = next((m[1] for m in map(_TWICE.match, words) if m), None)
    return batch


def _why_broken(geometry: bytes) -> str:
    """Say why a geometry cannot be built."""
    if geometry == DEEP:
        return fault_of_levels()
    try:
        shapely.from_wkb(geometry)
    except shapely.errors.ShapelyError as error:
        return fault_of_wkb(geometry, str(error).partition(": ")[2] or str(error))
    return "not known"


def _records(table: pa.Table) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the attributes of each row, and the rows with text that is not UTF-8."""
    columns: dict[str, list[Any]] = {}
    garbled: set[int] = set()
    for name, column in zip(table.column_names[2:], table.columns[2:], strict=True):
        try:
            columns[name] = column.to_pylist()
        except UnicodeDecodeError:
            columns[name] = [_decoded(text) for text in column.cast(pa.binary()).to_pylist()]
            lost = zip(columns[name], column.is_valid().to_pylist(), strict=True)
            garbled |= {row for row, (text, held) in enumerate(lost) if held and text is None}
    rows = zip(*columns.values(), strict=True) if columns else ((),) * table.num_rows
    return [dict(zip(columns, row, strict=True)) for row in rows], sorted(garbled)


def _decoded(text: bytes | None) -> str | None:
    try:
        return None if text is None else text.decode()
    except UnicodeDecodeError:
        return None
