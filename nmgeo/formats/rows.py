"""Rows to be written: an answer as Arrow tables with one schema, whatever rows a batch holds."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pandas.api.types import infer_dtype, is_bool_dtype, is_integer_dtype, is_numeric_dtype
from pyproj import CRS

from nmgeo import crs as ruler
from nmgeo.columns import column_heading, find_column
from nmgeo.formats.field_names import unique_names
from nmgeo.formats.times import tell_of_texts, time_type
from nmgeo.json_values import json_text, json_value
from nmgeo.languages import Lang
from nmgeo.sources.value_types import numbers_of_decimals, storable_values

GEOMETRY: Final = pa.field(
    "geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}
)
TAKEN: Final = (GEOMETRY.name, "OGC_FID")  # names that GDAL takes for more than attributes
DEGREE_DECIMALS: Final = 9  # 0.1 mm, so that areas are read back to the square metre
_ALIAS: Final = "GDAL:OGR:alternative_name"  # keys of a field of Arrow
_MEANING: Final = "GDAL:OGR:comment"
JSON: Final = {"ARROW:extension:name": "arrow.json"}  # of a text column of JSON values
# The name of a column ends in its unit, so the name says the type of a column without values.
_FLOATS: Final = ("_ha", "_m2", "_sqft", "_m", "_share", "_percent", "ppm")
_INTEGERS: Final = ("_count", "_opens", "rank", "ties", "segments")


_NESTED: Final = (list, tuple, dict, np.ndarray)
_PLAIN: Final = {"string", "empty", "floating", "integer", "boolean"}  # columns without objects


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is written: tables of one schema, and what is said of them.

    Parameters
    ----------
    tables : iterable of Table, at least one
        With ``geometry`` (WKB, x before y) as the last column if the rows have any.
    crs : CRS or None
        What the geometry is in.
    name : str
        What the layer is called inside the file.
    credits : tuple of str
        The credit lines of the data, for formats that hold a description.
    render : function, optional
        Returns the rows as text for a reader, by the name of the format.
    lang : {"en", "tc", "sc"}
        Language of headings and notes, in formats for a reader.
    notes : tuple of str
        What a reader must know of the rows, for workbooks.
    readable : sequence of rows, optional
        The cells of the rows as a reader sees them, for workbooks: words, and numbers as
        :class:`decimal.Decimal` with the digits that are shown; anything else stands for the value.
    """

    tables: Iterable[pa.Table]
    crs: CRS | None
    name: str = "sites"
    credits: tuple[str, ...] = ()
    render: Callable[[str], str] | None = None
    lang: Lang = "en"
    notes: tuple[str, ...] = ()
    readable: Sequence[Sequence[Any]] | None = None


def to_arrow(frame: pd.DataFrame, *, times: bool = False) -> pa.Table:
    """Return a frame as an Arrow table, its geometry as WKB in the last column.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame, n rows
        The index is left out.
    times : bool
        Whether dates and times have types of their own, rather than being text.

    Returns
    -------
    Table, n rows
        Types follow from the values, and where a column has none from its name, so that all
        batches of one answer have the same schema. Missing values and empty geometries are null.
    """
    shape = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    names = [name for name in frame.columns if name != shape]
    for name in names if times else ():
        tell_of_texts(str(name), frame[name])
    heads = unique_names([str(name) for name in names], [GEOMETRY.name])
    values = [storable_values(numbers_of_decimals(frame[name])) for name in names]
    arrays = [_array(str(n), one, times=times) for n, one in zip(names, values, strict=True)]
    kinds = [JSON if has_json(frame[name]) else None for name in names]
    fields = [
        pa.field(head, array.type, metadata=kind)
        for head, array, kind in zip(heads, arrays, kinds, strict=True)
    ]
    table = pa.table(arrays, schema=pa.schema(fields))
    if shape is None:
        return table
    return table.append_column(GEOMETRY, to_wkb(frame[shape].to_numpy()))


def with_meanings(table: pa.Table, lang: Lang) -> pa.Table:
    """Return a table whose fields say what they are called, and what they mean.

    GDAL writes that as alternative names and comments, where a format has a place for them.

    Parameters
    ----------
    table : Table
        Columns that the user brought stay as they are.
    lang : {"en", "tc", "sc"}
        Language of both.
    """
    called = [column_heading(field.name, lang) for field in table.schema]
    fields = [
        _told(field, one if called.count(one) == 1 else f"{one} {field.name}", lang)
        for field, one in zip(table.schema, called, strict=True)
    ]
    return pa.table(table.columns, schema=pa.schema(fields))


def _told(field: pa.Field, called: str, lang: Lang) -> pa.Field:
    if (column := find_column(field.name)) is None or field.name == GEOMETRY.name:
        return field
    said = {_ALIAS: called, _MEANING: column.help.get(lang, column.help["en"])}
    return field.with_metadata({**(field.metadata or {}), **said})


def to_wkb(shapes: Any) -> pa.Array:
    """Return geometries as WKB; what is missing or empty is null."""
    drawn = np.where(shapely.is_empty(shapes), None, shapes)
    return pa.array(shapely.to_wkb(drawn, flavor="iso"), pa.binary())


def shapes_of(table: pa.Table) -> Any:
    """Return the geometries of a table, None where there is none."""
    return shapely.from_wkb(table[GEOMETRY.name].to_numpy())


def wgs84_shapes(table: pa.Table, crs: CRS | None) -> Any:
    """Return the geometries of a table in WGS 84, None where there is none."""
    return ruler.transform(gpd.GeoSeries(shapes_of(table), crs=crs), ruler.WGS84).to_numpy()


def has_geometry(table: pa.Table) -> bool:
    """Tell whether rows have geometry."""
    return GEOMETRY.name in table.column_names


def attribute_names(table: pa.Table) -> list[str]:
    """Return the names of the attributes of a table: its columns without the geometry."""
    return [name for name in table.column_names if name != GEOMETRY.name]


def has_json(values: pd.Series) -> bool:
    """Tell whether a column holds lists or objects."""
    if values.dtype != object or infer_dtype(values, skipna=True) in _PLAIN:
        return False
    return any(isinstance(value, _NESTED) for value in values)


def json_cells(values: pd.Series) -> list[str | None]:
    """Return a column that holds lists or objects as JSON, None where there is nothing."""
    cells = map(json_value, values)
    return [None if c is None else json.dumps(c, ensure_ascii=False, default=str) for c in cells]


def first_and_all(tables: Iterable[pa.Table]) -> tuple[pa.Table, Iterator[pa.Table]]:
    """Return the first table, and all of them from the first on."""
    rest = iter(tables)
    first = next(rest)

    def every() -> Iterator[pa.Table]:
        yield first
        yield from rest

    return first, every()


def _array(name: str, values: pd.Series, *, times: bool) -> pa.Array | pa.ChunkedArray:
    if times and (told := time_type(values)) is not None:
        return pa.array(values, told, from_pandas=True)
    kind = _type(name, values)
    if not pa.types.is_string(kind):
        numbers = values if is_numeric_dtype(values) else pd.to_numeric(values, errors="coerce")
        return pa.array(numbers, kind, from_pandas=True)
    if has_json(values):
        return pa.array(json_cells(values), pa.string())
    try:
        return pa.array(values, pa.string(), from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        cells = map(json_value, values)
        return pa.array([None if c is None else json_text(c) for c in cells], pa.string())


def _type(name: str, values: pd.Series) -> pa.DataType:
    if values.dtype == "boolean" or (is_bool_dtype(values) and not values.isna().any()):
        return pa.bool_()
    told = name.endswith((*_INTEGERS, *_FLOATS))
    numeric = is_numeric_dtype(values) or (told and _are_numbers(values))
    if numeric and name.endswith(_INTEGERS):
        return pa.int64()
    if numeric and name.endswith(_FLOATS):
        return pa.float64()
    if is_numeric_dtype(values) and not is_bool_dtype(values) and values.count():
        return pa.int64() if is_integer_dtype(values) else pa.float64()
    return pa.string()


def _are_numbers(values: pd.Series) -> bool:
    """Tell whether all values that are there are numbers, or text of numbers."""
    return bool(pd.to_numeric(values, errors="coerce").count() == values.count())
