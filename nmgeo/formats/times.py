"""Dates and times: their types in Arrow, and as much of them as a format holds."""

from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import infer_dtype, is_object_dtype

from nmgeo.errors import notify
from nmgeo.messages import text

_LAST_YEAR: Final = 9999  # which Python can hold
_MILLISECONDS: Final = "ms"  # the parts of a second that GDAL holds
_FLATGEOBUF: Final = "FlatGeobuf"
_DURATION, _TIME_OF_DAY = "timedelta", "time"  # as pandas names what a column holds
_FINER: Final = frozenset({"us", "ns"})


def time_type(values: pd.Series) -> pa.DataType | None:
    """Return the type in Arrow of a column of dates or times, None for any other column.

    Examples
    --------
    >>> time_type(pd.to_datetime(pd.Series(["2026-01-01T08:00+08:00"])).dt.as_unit("ms"))
    TimestampType(timestamp[ms, tz=+08:00])
    """
    kind = values.dtype
    if isinstance(kind, pd.ArrowDtype):
        arrow = kind.pyarrow_dtype
        return arrow if pa.types.is_timestamp(arrow) or pa.types.is_date(arrow) else None
    if is_object_dtype(kind):
        return pa.date32() if infer_dtype(values, skipna=True) == "date" else None
    if kind.kind != "M" or not values.dropna().dt.year.between(1, _LAST_YEAR).all():
        return None
    return pa.Array.from_pandas(values[:0]).type


def tell_of_texts(name: str, values: pd.Series) -> None:
    """Say that a column of durations or times of day is written as text.

    Warns
    -----
    Notice
        If it is such a column.
    """
    kind = _DURATION if values.dtype.kind == "m" else ""
    if is_object_dtype(values.dtype):
        kind = infer_dtype(values, skipna=True)
    if kind == _DURATION:
        notify(text("column {column!r}: durations are written as text", column=name))
    elif kind == _TIME_OF_DAY:
        notify(text("column {column!r}: times of day are written as text", column=name))


def gdal_times(table: pa.Table, title: str, *, utc: bool) -> pa.Table:
    """Return a table whose times GDAL can write: in milliseconds, with no named time zone.

    Parameters
    ----------
    table : Table
        With dates and times of any types.
    title : str
        What the format is called.
    utc : bool
        Whether the format holds no other zone than UTC.

    Warns
    -----
    Notice
        Which columns have smaller parts of a second, which are cut, and which have dates, where
        the format holds times alone.
    """
    for place, field in enumerate(table.schema):
        if title == _FLATGEOBUF and pa.types.is_date(field.type):
            said = text(
                "column {column!r}: dates are written as times at midnight, since {title} holds no"
                " dates; .gpkg keeps them",
                column=field.name,
                title=title,
            )
            notify(said, fact=said)
        if pa.types.is_timestamp(field.type):
            zone = _gdal_zone(field.type.tz, utc=utc)
            cut = _in_milliseconds(table[field.name], field.name, title)
            kind = pa.timestamp(_MILLISECONDS, zone)
            table = table.set_column(place, field.with_type(kind), cut.cast(kind))
    return table


def _gdal_zone(zone: str | None, *, utc: bool) -> str | None:
    if zone is None or (zone.startswith(("+", "-")) and not utc):
        return zone
    return "UTC"


def _in_milliseconds(times: pa.ChunkedArray, name: str, title: str) -> pa.ChunkedArray:
    if times.type.unit not in _FINER:
        return times
    cut = times.cast(pa.timestamp(_MILLISECONDS, times.type.tz), safe=False)
    if count := pc.sum(pc.not_equal(cut.cast(times.type), times)).as_py():
        said = text(
            "column {column!r}: {count} times are cut to the milliseconds that {title} holds; "
            ".parquet keeps them",
            column=name,
            count=count,
            title=title,
        )
        notify(said)
    return cut


def times_as_text(table: pa.Table) -> pa.Table:
    """Return a table whose times are text, for a Shapefile.

    Warns
    -----
    Notice
        Which columns are text.
    """
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            texts = pa.array(map(_iso, table[field.name].to_pylist()), pa.string())
            table = table.set_column(place, field.with_type(pa.string()), texts)
            said = text(
                "column {column!r}: times are written as text, since a Shapefile holds dates "
                "alone; .gpkg keeps them",
                column=field.name,
            )
            notify(said)
    return table


def _iso(time: pd.Timestamp | None) -> str | None:
    return None if time is None else time.isoformat()
