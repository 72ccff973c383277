"""Numbers that a format would change: they are written as text, and that is said."""

from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.columns import find_column
from nmgeo.errors import notify
from nmgeo.messages import Text, text

_SHEET: Final = 10**15  # from here on Excel shows zeros in place of digits
_DBASE_DIGITS: Final = 18  # with the sign; of a wider field GDAL reads a fraction
_DBASE_LARGEST: Final = 1e22  # the largest of 24 characters
_DBASE_LEAST: Final = 1e-9  # of which 15 decimals leave six digits


def large_as_text(table: pa.Table) -> pa.Table:
    """Return a table whose numbers a workbook keeps: text where it has too many digits.

    Warns
    -----
    Notice
        Which columns are text.
    """
    return _as_text(table, _changes_in_sheet, text("a sheet"))


def dbase_numbers(table: pa.Table) -> pa.Table:
    """Return a table whose numbers a Shapefile keeps: text where a number is too long for it.

    Warns
    -----
    Notice
        Which columns are text.
    """
    return _as_text(table, _changes_in_dbase, text("a Shapefile"))


def _as_text(
    table: pa.Table, is_changed: Callable[[str, pa.ChunkedArray], bool], holder: Text
) -> pa.Table:
    for place, field in enumerate(table.schema):
        if is_changed(field.name, table[field.name]):
            texts = table[field.name].cast(pa.string())
            table = table.set_column(place, field.with_type(pa.string()), texts)
            said = text(
                "column {column!r}: numbers that {holder} would change are written as text; "
                ".gpkg keeps them",
                column=field.name,
                holder=holder,
            )
            notify(said)
    return table


def _changes_in_sheet(_: str, numbers: pa.ChunkedArray) -> bool:
    return any(abs(end) >= _SHEET for end in _ends(numbers))


def _changes_in_dbase(name: str, numbers: pa.ChunkedArray) -> bool:
    if not pa.types.is_floating(numbers.type):
        return any(len(str(end)) > _DBASE_DIGITS for end in _ends(numbers))
    sizes = pc.abs(pc.if_else(pc.is_finite(numbers), numbers, 0.0))
    if (pc.max(sizes).as_py() or 0) > _DBASE_LARGEST:
        return True
    is_small = pc.and_(pc.greater(sizes, 0), pc.less(sizes, _DBASE_LEAST))
    return find_column(name) is None and bool(pc.any(is_small).as_py())


def _ends(numbers: pa.ChunkedArray) -> list[int]:
    """Return the least and the largest of whole numbers, none if there are none."""
    if not pa.types.is_integer(numbers.type):
        return []
    return [end for end in pc.min_max(numbers).as_py().values() if end is not None]
