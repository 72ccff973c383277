"""Types of values: whole numbers, yes or no, lists and objects stay what a file holds."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import infer_dtype

from nmgeo.arrow_columns import one_array
from nmgeo.json_values import json_text, json_value
from nmgeo.translations import section_words

NO_CLASS: Final = "no_class"  # the class of what has none
_FLOATS: Final = (4, 8)  # bytes of a number in Arrow and in GDAL
_EXACT: Final = 2**53  # the whole numbers up to it are all floats
_LARGEST: Final = np.iinfo(np.int64).max
_SPANS: Final = (pd.PeriodDtype, pd.IntervalDtype)
_TYPES: Final = ((pa.types.is_integer, "Int64"), (pa.types.is_boolean, "boolean"))


def restore_types(
    frame: pd.DataFrame, read_columns: Callable[[list[str]], pa.Table]
) -> pd.DataFrame:
    """Return a frame whose columns have the types of the file beside missing values too.

    Parameters
    ----------
    frame : DataFrame, n rows
        As pandas holds a file: whole numbers and booleans beside a missing value are floats,
        which above 2**53 are other numbers, or booleans are objects.
    read_columns : function
        Returns these columns of the file as an Arrow table of n rows.

    Returns
    -------
    DataFrame, n rows
        With whole numbers as ``Int64``, booleans as ``boolean`` and arrays as lists.
    """
    arrays = {name: column.map(_as_list) for name, column in _objects(frame) if _has_array(column)}
    frame = frame.assign(**arrays) if arrays else frame
    doubted = [str(name) for name in frame if _may_be_whole(frame[name])]
    if not doubted:
        return frame
    table = read_columns(doubted)
    exact: dict[str, Any] = {}
    for name in doubted:
        column = one_array(table[name])
        kind = next((kind for holds, kind in _TYPES if holds(column.type)), None)
        if kind is not None:
            exact[name] = pd.array(column.to_pylist(), dtype=kind)
    return frame.assign(**exact)


def text_column(column: pd.Series) -> pd.Series:
    """Return a column of names, sources or states as text, whatever a file holds in it.

    Parameters
    ----------
    column : Series, n rows
        Text, numbers, booleans, lists or objects.

    Returns
    -------
    Series, n rows
        Numbers, lists and objects as JSON writes them; what is missing stays missing.
    """
    column = storable_values(column)
    if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        return column.astype(object)
    return column.astype(object).map(_text)


def class_texts(column: pd.Series) -> pd.Series:
    """Return a column of classes as text; what has none is :data:`NO_CLASS`, and so a class.

    Blanks at the ends, which nobody sees, do not make another class, nor does the type of a
    number: 1.0 is the class 1. A class with the name of a row that nmgeo adds stands in quotation
    marks, as :func:`own_class` writes it.

    Parameters
    ----------
    column : Series, n rows
        Of any type.

    Returns
    -------
    Series, n rows
        Text; of bytes what they are as UTF-8, with escapes for what is none.
    """
    written = label_values(column.astype(object).where(column.notna(), "")).astype(str)
    return written.str.strip().map(own_class).replace("", NO_CLASS)


def own_class(name: str) -> str:
    """Return the name of a user's class, in quotation marks if it is that of a row of nmgeo.

    Examples
    --------
    >>> own_class("R(A)"), own_class("remainder"), own_class('"remainder"')
    ('R(A)', '"remainder"', '""remainder""')
    """
    return f'"{name}"' if name.strip('"') in _added_rows() else name


@cache
def _added_rows() -> frozenset[str]:
    """Return what nmgeo calls the rows that it adds to those of classes, in every language."""
    rows = section_words("class_row")
    words = [*rows.values(), section_words("phrase")["not_stated"]]
    return frozenset([*rows, *(form for forms in words for form in forms.values())])


def storable_values(column: pd.Series) -> pd.Series:
    """Return a column of a type that files have.

    Parameters
    ----------
    column : Series, n rows
        Of any type.

    Returns
    -------
    Series, n rows
        Sparse values as others; floats of 16 or 128 bits as such of 64; as text complex numbers,
        periods, intervals, and whole numbers of which one is larger than a file holds. All others
        as they are.
    """
    if isinstance(column.dtype, pd.SparseDtype):
        column = pd.Series(np.asarray(column), index=column.index, name=column.name)
    kind, size = column.dtype.kind, getattr(column.dtype, "itemsize", 0)
    if kind == "f" and size not in _FLOATS:
        return column.astype(float)
    is_large = kind == "u" and bool((column > _LARGEST).any())
    if kind == "S":
        return column.astype(object)
    if not is_large and kind != "c" and not isinstance(column.dtype, _SPANS):
        return column
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


def numbers_of_decimals(column: pd.Series) -> pd.Series:
    """Return a column of decimals as numbers, or as text if one has more digits than a number.

    Parameters
    ----------
    column : Series, n rows
        Of any type.

    Returns
    -------
    Series, n rows
        Whole decimals as ``Int64``; any other column as it is.

    Examples
    --------
    >>> numbers_of_decimals(pd.Series([Decimal("1.10"), Decimal(2)])).tolist()
    [1.1, 2.0]
    >>> numbers_of_decimals(pd.Series([Decimal("1.23456789012345678901")])).tolist()
    ['1.23456789012345678901']
    """
    if column.dtype != object or infer_dtype(column, skipna=True) != "decimal":
        return column
    values = [Decimal(value) for value in column.dropna()]
    if all(v.is_finite() and v == v.to_integral_value() and abs(v) <= _LARGEST for v in values):
        return column.map(int, na_action="ignore").astype("Int64")
    if all(Decimal(repr(float(value))) == value or not value.is_finite() for value in values):
        return column.astype(float)
    return column.map(str, na_action="ignore")


def plain_values(column: pd.Series) -> pd.Series:
    """Return a column without what pandas cannot turn into text or an index: bytes and half floats.

    Parameters
    ----------
    column : Series, n rows
        Of any type.

    Returns
    -------
    Series, n rows
        Bytes as text; all else as :func:`storable_values`.
    """
    column = storable_values(column)
    return column.map(_decoded) if column.dtype == object else column


def label_values(column: pd.Series) -> pd.Series:
    """Return a column of ids or classes, in which 101.0 is 101.

    Whole numbers are fractions in a file where its program had to write one that is missing.

    Parameters
    ----------
    column : Series, n rows
        Of any type.

    Returns
    -------
    Series, n rows
        Whole numbers up to 2**53 as such; all else as :func:`plain_values`.

    Examples
    --------
    >>> label_values(pd.Series([101.0, 2.5, -0.0])).tolist()
    [101, 2.5, 0]
    """
    column = plain_values(column)
    if column.dtype.kind not in "fO" or isinstance(column.dtype, pd.StringDtype):
        return column
    return pd.Series([_whole(one) for one in column], column.index, dtype=object, name=column.name)


def _whole(value: Any) -> Any:
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT
    return int(value) if is_whole else value


def _decoded(value: object) -> object:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _text(value: object) -> str | None:
    plain = json_value(value)
    return None if plain is None else json_text(plain)


def _objects(frame: pd.DataFrame) -> list[tuple[str, pd.Series]]:
    return [(str(name), frame[name]) for name in frame if frame[name].dtype == object]


def _has_array(column: pd.Series) -> bool:
    return any(isinstance(value, np.ndarray) for value in column)


def _as_list(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _may_be_whole(column: pd.Series) -> bool:
    """Tell whether a column may hold whole numbers or booleans beside missing values."""
    if column.dtype == object:
        return bool(infer_dtype(column, skipna=True) == "boolean")
    if not pd.api.types.is_float_dtype(column.dtype):
        return False
    values = column.to_numpy()
    missing = np.isnan(values)
    return bool(missing.any() and (values[~missing] == np.trunc(values[~missing])).all())
