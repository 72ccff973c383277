"""Rounding of areas: one number of decimals for the areas of a table, as its surest one justifies.

The rule is written for readers in ``docs/explanation/accuracy.md``.
"""

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, Final, get_args

import pandas as pd

from nmgeo.columns import Column, column_of_unit, find_accuracy, find_column, in_area_unit
from nmgeo.measures.area_uncertainty import justified_decimals
from nmgeo.translations import AreaUnit
from nmgeo.units import from_hectares, to_hectares

_HECTARES: Final = "ha"
# Square metres and square feet have four decimals less than hectares: a step of 1 ha is one of
# 10,000 m2, or of 10,000 sq ft, which is finer. At the finest they are whole.
_LESS_DECIMALS: Final = 4
_SHARE_DECIMALS: Final = 2  # whole per cent
_AS_PUBLISHED: Final = "published_area_ha"  # has the digits that were published
_GUARD_DIGITS: Final = 2  # digits beyond those shown; finer ones are noise of transformations
_DIRECTIONS: Final = {"down": ROUND_FLOOR, "up": ROUND_CEILING}


def round_to_step(value: float, decimals: int, towards: str = ROUND_HALF_UP) -> Decimal:
    """Round a value to a number of decimals, ignoring noise below a hundredth of the step.

    Parameters
    ----------
    value : float
        Any unit; finite.
    decimals : int
        Decimals to keep; -1 rounds to tens.
    towards : str
        A rounding mode of :mod:`decimal`.

    Returns
    -------
    Decimal
        Same unit.

    Examples
    --------
    >>> round_to_step(97.99999996, 1, ROUND_FLOOR), round_to_step(2.145, 2)
    (Decimal('98.0'), Decimal('2.15'))
    """
    step, guarded = _steps(decimals)
    return Decimal(repr(float(value))).quantize(guarded).quantize(step, towards) + 0


@cache
def _steps(decimals: int) -> tuple[Decimal, Decimal]:
    """Return the step of a number of decimals, and the finer one below which all is noise."""
    step = Decimal(1).scaleb(-decimals)
    return step, step.scaleb(-_GUARD_DIGITS)


def round_but_not_to_zero(value: float, decimals: int, finest: int) -> Decimal:
    """Round a value to the nearest; one that would be 0 and is not keeps its first digit.

    Parameters
    ----------
    value : float
        Any unit; finite.
    decimals, finest : int
        Decimals to keep, and the most that values of this kind have. What is below a hundredth of
        a step of the finest is noise, which is 0.

    Returns
    -------
    Decimal
        Same unit.

    Examples
    --------
    >>> [str(round_but_not_to_zero(value, 1, 2)) for value in (0.26, 0.04, 0.003, 0.00001)]
    ['0.3', '0.04', '0.003', '0.0']
    """
    rounded = round_to_step(value, decimals)
    if rounded or not abs(value) >= 10.0 ** -(finest + _GUARD_DIGITS):
        return rounded
    return Decimal(f"{value:.0e}").quantize(Decimal(f"1e{math.floor(math.log10(abs(value)))}"))


def round_areas(rows: pd.DataFrame, unit: AreaUnit = "ha", *, exact: bool = False) -> pd.DataFrame:
    """Round the areas of a table to as many decimals as the surest of them justifies.

    All areas of a table have the same number of decimals, so that a column stays in order and adds
    up; how sure each of them is, its range says. ``accuracy``, ``decimals`` and ``rounds`` of each
    column, see :class:`nmgeo.columns.Column`, say how. Noise below a hundredth of the step is
    removed first.

    Parameters
    ----------
    rows : DataFrame, n rows
        Columns of areas and ``accuracy_m`` in metres. ``value`` is rounded where the column
        ``unit`` is that of the areas and the accuracy is known.
    unit : {"ha", "m2", "sqft"}
        That of the areas, as from :func:`nmgeo.measures.area_units.convert_areas`.
    exact : bool
        Keep the digits that the accuracy does not justify, since areas are compared.

    Returns
    -------
    DataFrame, n rows
        A copy with :class:`decimal.Decimal` values. Hectares are unchanged where no accuracy is
        known; other units are whole then, and published ones have the digits of the figure.
    """
    known = _by_accuracy(rows, unit) if "accuracy_m" in rows and not exact else {}
    rounded = rows.assign(**known)
    return rounded if unit == _HECTARES else rounded.assign(**_whole(rounded, unit))


def area_decimals(rows: pd.DataFrame, unit: AreaUnit = "ha") -> int:
    """Count the decimals of the areas of a table, and of their total: those of the surest.

    Parameters
    ----------
    rows : DataFrame, n rows
        With columns of areas, in any unit, and, where known, of their accuracies in metres.
    unit : {"ha", "m2", "sqft"}
        Unit of the decimals.

    Returns
    -------
    int
        Below 0 for tens or more; the most where no accuracy is known.

    Examples
    --------
    >>> area_decimals(pd.DataFrame({"area_ha": [25.4, 470.0], "accuracy_m": [2, 10]}))
    1
    """
    limited, finest = _limited(rows), _finest(unit)
    counts = {
        justified_decimals(to_hectares(area, str(column.unit)), accuracy_m, finest)
        for name, (column, accuracies_m) in limited.items()
        if column.unit in get_args(AreaUnit) and column.rounds == "nearest"
        for area, accuracy_m in zip(rows[name].abs(), accuracies_m, strict=True)
    }
    return (max(counts, default=0) if limited else finest) - _less(unit)


def _finest(unit: AreaUnit) -> int:
    column = find_column("area_ha")
    return _less(unit) or (0 if column is None else column.decimals or 0)


def _less(unit: AreaUnit) -> int:
    return 0 if unit == _HECTARES else _LESS_DECIMALS


def _limited(rows: pd.DataFrame) -> dict[str, tuple[Column, pd.Series]]:
    """Return the columns whose digits a known accuracy limits, each with it, metres."""
    described = {name: column for name in map(str, rows.columns) if (column := find_column(name))}
    by = {name: find_accuracy(column, rows) for name, column in described.items()}
    known = {name: pd.to_numeric(rows[name]) for name in set(filter(None, by.values()))}
    known = {name: metres for name, metres in known.items() if metres.notna().any()}
    return {name: (described[name], known[of]) for name, of in by.items() if of in known}


def _by_accuracy(rows: pd.DataFrame, unit: AreaUnit) -> dict[str, pd.Series]:
    """Round areas and shares as their columns say, if the accuracy of any is known."""
    decimals, finest = area_decimals(rows, unit), _finest(unit) - _less(unit)
    rounded = {}
    for name, (column, _) in _limited(rows).items():
        if column.unit == unit:
            rounded[name] = _round_cells(rows[name], column, decimals, finest)
        elif column.unit == "share":
            rounded[name] = _round_cells(rows[name], column, _SHARE_DECIMALS, _SHARE_DECIMALS)
    if {"value", "unit"} <= set(rows.columns) and (like := column_of_unit(unit)):
        stated = (rows["unit"] == unit) & rows["accuracy_m"].notna()
        own = rows.loc[stated, ["value", "accuracy_m"]].astype(float)
        decimals = area_decimals(own.rename(columns={"value": like.name}), unit)
        cells = _round_cells(rows["value"], like, decimals, finest)
        rounded["value"] = rows["value"].astype(object).where(~stated, cells)
    return rounded


def _round_cells(
    values: "pd.Series[Any]", column: Column, decimals: int, finest: int
) -> "pd.Series[Any]":
    """Round the numbers of a column with decimals; others, and what is missing, are left."""

    def cell(value: Any) -> Any:
        if not isinstance(value, float) or math.isnan(value):
            return value
        if column.rounds == "nearest":
            return round_but_not_to_zero(value, decimals, finest)
        return round_to_step(value, decimals, _DIRECTIONS[column.rounds])

    return pd.Series([cell(value) for value in values], values.index, object)


def _whole(rows: pd.DataFrame, unit: AreaUnit) -> dict[str, pd.Series]:
    """Round what no accuracy has rounded: to whole units, or as finely as it was published."""
    published = in_area_unit(_AS_PUBLISHED, unit)
    found = {
        name: [_round_whole(value, unit, as_published=name == published) for value in rows[name]]
        for name in map(str, rows.columns)
        if name.endswith(f"_{unit}")
    }
    if {"value", "unit"} <= set(rows.columns):
        items = rows["item"] if "item" in rows else [""] * len(rows)
        found["value"] = [
            _round_whole(value, unit, as_published=item == published) if of == unit else value
            for value, of, item in zip(rows["value"], rows["unit"], items, strict=True)
        ]
    return {name: pd.Series(cells, rows.index, object) for name, cells in found.items()}


def _round_whole(value: Any, unit: AreaUnit, *, as_published: bool) -> Any:
    if not isinstance(value, float) or math.isnan(value):
        return value
    digits = Decimal(f"{to_hectares(value, unit):.9g}").normalize().as_tuple().exponent
    finer = int(digits) + _LESS_DECIMALS  # of the last digit that was published
    return round_to_step(value, -max(finer, 0) if as_published else 0)


def round_land_totals(land: Mapping[str, float], decimals: int, unit: AreaUnit) -> dict[str, float]:
    """Round the totals of :func:`nmgeo.land`, in a unit of areas, so that they still add up.

    Parameters
    ----------
    land : mapping
        ``gross_ha``, ``net_ha``, ``double_counted_ha`` and optionally ``remainder_ha``, hectares.
    decimals : int
        Decimals to keep.
    unit : {"ha", "m2", "sqft"}
        Unit of the result.

    Returns
    -------
    dict
        The same keys, rounded. ``double_counted_ha`` absorbs the rounding error, at most one unit
        of the last digit, so that gross - net - double-counted is the remainder.

    Examples
    --------
    >>> round_land_totals({"gross_ha": 3.4, "net_ha": 1.6, "double_counted_ha": 1.8}, 0, "ha")
    {'gross_ha': 3.0, 'net_ha': 2.0, 'double_counted_ha': 1.0}
    """
    shown = {name: from_hectares(float(value), unit) for name, value in land.items()}
    rounded = {name: float(round_to_step(value, decimals)) for name, value in shown.items()}
    double_counted = rounded["gross_ha"] - rounded["net_ha"] - rounded.get("remainder_ha", 0.0)
    return rounded | {"double_counted_ha": round(double_counted, decimals)}
