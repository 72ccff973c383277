"""What is open, and since when or from when, in the words and dates that files have."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.translations import section_words

_OPEN: Final = "open"
_ALSO_OPEN: Final = frozenset(
    {"opened", "operational", "in operation", "in service", "啟用", "启用", "已啟用", "已启用"}
    | {"營運中", "营运中", "運作中", "运作中", "已通車", "已通车", "已開放", "已开放"}
)
_LAST: Final = 9_999  # year; a larger number is a date without its dashes
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_YEAR: Final = rf"^\s*([12][0-9]{{3}})(?:\D.*|{_MONTH}(?:{_DAY})?)?$"


def are_open(statuses: Iterable[Any]) -> "pd.Series[bool]":
    """Tell which statuses say that something is open, in English or Chinese and in any case.

    Parameters
    ----------
    statuses : iterable, n
        Of any type; what is missing is not open.

    Returns
    -------
    Series of bool, n rows
        On the index of a Series.

    Examples
    --------
    >>> are_open(["Open ", "planned", None, "已啟用"]).tolist()
    [True, False, False, True]
    """
    told = statuses if isinstance(statuses, pd.Series) else pd.Series([*statuses], dtype=object)
    return told.isin([status for status in told.dropna().unique() if _says_open(status)])


def unknown_statuses(statuses: pd.Series) -> list[str]:
    """Return the statuses that are neither open nor another that nmgeo knows, each once."""
    told = statuses.dropna().astype(str).unique()
    return [one for one in told if one.strip() and _folded(one) not in _known_words()]


def _says_open(status: object) -> bool:
    return isinstance(status, str) and _folded(status) in _open_words()


def _folded(status: str) -> str:
    return " ".join(status.casefold().replace("_", " ").split())


@cache
def _known_words() -> frozenset[str]:
    words = section_words("status")
    every = [*words, *(word for forms in words.values() for word in forms.values())]
    return _open_words() | {_folded(word) for word in every}


@cache
def _open_words() -> frozenset[str]:
    return _ALSO_OPEN | {_OPEN, *map(str.casefold, section_words("status")[_OPEN].values())}


def opening_years(values: pd.Series) -> pd.Series:
    """Return the years of a column of years or dates.

    Parameters
    ----------
    values : Series, n rows
        Years, dates, or text or whole numbers that begin with a year, as 2027-05 and 20270501.

    Returns
    -------
    Series of numbers, n rows
        Missing where a value is neither, such as an unknown year.

    Examples
    --------
    >>> opening_years(pd.Series(["2027-05-01", 20270501, 2034, "soon", None])).tolist()
    [2027.0, 2027.0, 2034.0, nan, nan]
    """
    if isinstance(values.dtype, np.dtype | pd.DatetimeTZDtype) and values.dtype.kind == "M":
        return pd.Series(values.dt.year, dtype=float)
    numbers = pd.to_numeric(values, errors="coerce")
    years = numbers.astype(float)
    is_year = years.between(0, _LAST) | values.isna()
    if is_year.all():
        return numbers
    told = values.map(_text, na_action="ignore").astype("str")
    found = pd.to_numeric(told.str.extract(_YEAR, expand=False), errors="coerce")
    return pd.Series(years.where(is_year, found), dtype=float)


def _text(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)
