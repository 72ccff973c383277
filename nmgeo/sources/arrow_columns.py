"""Columns of Arrow that pandas, or Arrow itself, can hold but not work with, in a plain type."""

from contextlib import suppress
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.errors import LayerError, first_line
from nmgeo.messages import text

_UNHELD: Final = (pa.ArrowException, ValueError, OverflowError, TypeError, LookupError)
_PLAIN: Final = (
    (pa.types.is_string_view, pa.large_string()),
    (pa.types.is_binary_view, pa.large_binary()),
    (pa.types.is_float16, pa.float32()),
)


def plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column in a type that can be sorted, taken from and held by Python.

    Parameters
    ----------
    column : ChunkedArray, n values
        As a file holds it.

    Returns
    -------
    ChunkedArray, n values
        Views as text and bytes, floats of 16 bits as such of 32. Dates, times and durations are
        text if Python cannot hold one: of a year above 9999, of parts of microseconds, of a time
        zone that is not known. Anything else is unchanged.
    """
    for is_kind, plain in _PLAIN:
        if is_kind(column.type):
            return column.cast(plain)
    if not pa.types.is_temporal(column.type):
        return column
    try:
        column.to_pandas(date_as_object=True)
        pc.min_max(column).as_py()
    except _UNHELD:
        return _as_text(column)
    return column


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return dates and times as text, those of a time zone that is not known as they are in UTC."""
    for kind in (column.type, pa.int64()):
        with suppress(*_UNHELD):
            plain = pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else kind
            return column.cast(plain).cast(pa.string())
    return column


def plain_frame(table: pa.Table, file: str) -> pd.DataFrame:
    """Return a table as pandas holds it.

    Parameters
    ----------
    table : Table, n rows
        Of columns from :func:`plain_column`.
    file : str
        What the user typed, for the message.

    Returns
    -------
    DataFrame, n rows
        With the same columns.

    Raises
    ------
    LayerError
        If a column cannot be held, such as lists of dates above the year 9999.
    """
    try:
        held: pd.DataFrame = table.to_pandas()
    except _UNHELD:
        for name in table.column_names:
            _require_held(table, name, file)
        raise
    return held


def _require_held(table: pa.Table, name: str, file: str) -> None:
    try:
        table.select([name]).to_pandas()
    except _UNHELD as error:
        why = f"{table[name].type}: {first_line(error)}"
        wrong = text("column {name!r} cannot be read ({why})", name=name, why=why)
        raise LayerError(file, wrong, text("save it as text, or leave it out")) from None
