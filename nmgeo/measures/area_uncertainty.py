"""Uncertainty of areas: the range of each area, and rounding to the digits that it justifies."""

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.columns import Column, column_of_unit, find_accuracy, find_column, in_area_unit
from nmgeo.translations import AreaUnit
from nmgeo.units import M2_PER_HECTARE, from_hectares, to_hectares

_HECTARES: Final = "ha"
RANGE_QUAD_SEGS: Final = 16  # segments per quarter circle of a buffer that bounds a range
# Areas are rounded to whole hectares at the coarsest: coarser steps would not add up to the total.
_COARSEST_EXPONENT: Final = 0
# Square metres and square feet have four decimals less than hectares: a step of 1 ha is one of
# 10,000 m2, or of 10,000 sq ft, which is finer. At the finest they are whole.
_LESS_DECIMALS: Final = 4
_AS_PUBLISHED: Final = "published_area_ha"  # has the digits that were published
_GUARD_DIGITS: Final = 2  # digits beyond those shown; finer ones are noise of transformations
_DIRECTIONS: Final = {"nearest": ROUND_HALF_EVEN, "down": ROUND_FLOOR, "up": ROUND_CEILING}


def area_range_ha(
    area_ha: Any, perimeter_m: Any, accuracy_m: Any, parts: Any = 1
) -> dict[str, Any]:
    """Range of areas in hectares: no edge that is off by the accuracy or less leads out of it.

    Parameters
    ----------
    area_ha, perimeter_m, accuracy_m, parts : Series or array, same shape
        Hectares, metres, metres, and how many polygons each is made of; NaN if not known.

    Returns
    -------
    dict
        ``low_ha`` (>= 0) and ``high_ha``, same shape; NaN where the accuracy is NaN.

    Source
    ------
    Steiner: a polygon grown by d has at most its area, its perimeter times d, and a circle of d,
    which is the corners. One shrunk by d loses at most its perimeter times d.
    """
    edge_ha = perimeter_m * accuracy_m / M2_PER_HECTARE
    corners_ha = parts * math.pi * accuracy_m**2 / M2_PER_HECTARE
    return {
        "low_ha": np.maximum(area_ha - edge_ha, 0.0),
        "high_ha": area_ha + edge_ha + corners_ha,
    }


def justified_decimals(area_ha: float, accuracy_m: float, finest: int) -> int:
    """Count the decimals of an area in hectares that its accuracy justifies: 0 to ``finest``.

    Parameters
    ----------
    area_ha : float
        Hectares, >= 0.
    accuracy_m : float
        Positional error of the edge, metres, >= 0; NaN if not known.
    finest : int
        The most decimals.

    Returns
    -------
    int
        The step of the last decimal is at most half the uncertainty of a disc of that area. A
        disc has the shortest edge, so no outline of that area has a smaller uncertainty. The most
        if the accuracy is not known, 0 if the area is 0.

    Examples
    --------
    >>> [justified_decimals(1.0, accuracy_m, 2) for accuracy_m in (60, 6, 0.1, float("nan"))]
    [0, 1, 2, 2]
    """
    if math.isnan(accuracy_m) or math.isnan(area_ha) or accuracy_m == 0:
        return finest
    if area_ha == 0:
        return -_COARSEST_EXPONENT
    edge_m = 2 * math.sqrt(math.pi * area_ha * M2_PER_HECTARE)
    uncertainty_ha = (edge_m * accuracy_m + math.pi * accuracy_m**2) / M2_PER_HECTARE
    step = math.floor(math.log10(max(uncertainty_ha / 2, 10**-finest)))
    return -min(step, _COARSEST_EXPONENT)


def round_to_step(value: float, decimals: int, towards: str) -> Decimal:
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
    >>> round_to_step(97.99999996, 1, ROUND_FLOOR)
    Decimal('98.0')
    """
    step = Decimal(1).scaleb(-decimals)
    kept = Decimal(repr(value)).quantize(step.scaleb(-_GUARD_DIGITS))
    return kept.quantize(step, towards) + 0


def round_areas(rows: pd.DataFrame, unit: AreaUnit = "ha", *, exact: bool = False) -> pd.DataFrame:
    """Round the areas of a table to the digits that the accuracy justifies.

    ``accuracy``, ``decimals``, ``rounds`` and ``size`` of each column, see
    :class:`nmgeo.columns.Column`, say how. Noise below a hundredth of the step is removed first.

    Parameters
    ----------
    rows : DataFrame, n rows
        Columns of areas and ``accuracy_m`` in metres. ``value`` is rounded where the column
        ``unit`` is that of the areas.
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


def _by_accuracy(rows: pd.DataFrame, unit: AreaUnit) -> dict[str, pd.Series]:
    """Round areas and shares as their columns say, by the accuracy of each row."""
    rounded = {}
    for name in map(str, rows.columns):
        column = find_column(name)
        accuracy = find_accuracy(column, rows)
        if column is None or accuracy is None:
            continue
        accuracy_m = rows[accuracy]
        sizes = column.size or (name,)
        if column.unit == unit and set(sizes) <= set(rows):
            largest = rows[list(sizes)].abs().max(axis=1)
            rounded[name] = _round_column(rows[name], largest, accuracy_m, column)
        elif column.unit == "share":
            cells = zip(rows[name], accuracy_m, strict=True)
            rounded[name] = pd.Series([_round_share(*cell) for cell in cells], rows.index)
    if {"value", "unit"} <= set(rows.columns) and (column := column_of_unit(unit)):
        values, accuracy_m = rows["value"], rows["accuracy_m"].where(rows["unit"] == unit)
        rounded["value"] = _round_column(values, values, accuracy_m, column)
    return rounded


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
    return round_to_step(value, -max(finer, 0) if as_published else 0, ROUND_HALF_EVEN)


def _round_column(
    values: pd.Series, sizes: pd.Series, accuracies_m: pd.Series, column: Column
) -> pd.Series:
    cells = zip(values, sizes, accuracies_m, strict=True)
    return pd.Series([_round_cell(*cell, column) for cell in cells], values.index, object)


def _round_cell(value: Any, size: Any, accuracy_m: Any, column: Column) -> Any:
    if pd.isna(accuracy_m) or not isinstance(value, float) or math.isnan(value):
        return value
    towards, accuracy_m = _DIRECTIONS[column.rounds], float(accuracy_m)
    if column.decimals is not None:  # hectares
        return round_to_step(value, justified_decimals(size, accuracy_m, column.decimals), towards)
    size_ha = to_hectares(float(size), str(column.unit))
    decimals = justified_decimals(size_ha, accuracy_m, finest=_LESS_DECIMALS)
    return round_to_step(value, decimals - _LESS_DECIMALS, towards)


def _round_share(share: Any, accuracy_m: Any) -> Any:
    return share if pd.isna(accuracy_m) or pd.isna(share) else Decimal(f"{share:.2f}") + 0


def total_decimals(rows: pd.DataFrame, unit: AreaUnit = "ha") -> int:
    """Count the decimals of the total of areas: those of the coarsest of them.

    Parameters
    ----------
    rows : DataFrame, n rows
        With ``area_ha`` and, where known, ``accuracy_m``.
    unit : {"ha", "m2", "sqft"}
        Unit of the total.

    Returns
    -------
    int
        Below 0 for tens or more; the most where no accuracy is known.

    Examples
    --------
    >>> total_decimals(pd.DataFrame({"area_ha": [0.254, 4.7], "accuracy_m": [2, 10]}))
    1
    """
    column, less = find_column("area_ha"), 0 if unit == _HECTARES else _LESS_DECIMALS
    finest = less or (0 if column is None else column.decimals or 0)
    known = rows["accuracy_m"] if "accuracy_m" in rows else pd.Series(math.nan, rows.index)
    cells = [(a, m) for a, m in zip(rows["area_ha"], known, strict=True) if a > 0]
    return min((justified_decimals(*cell, finest) for cell in cells), default=0) - less


def round_land_totals(
    land: Mapping[str, float], decimals: int, unit: AreaUnit = "ha"
) -> dict[str, float]:
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
    >>> round_land_totals({"gross_ha": 3.4, "net_ha": 1.6, "double_counted_ha": 1.8}, 0)
    {'gross_ha': 3.0, 'net_ha': 2.0, 'double_counted_ha': 1.0}
    """
    shown = {name: from_hectares(float(value), unit) for name, value in land.items()}
    rounded = {name: round(value, decimals) + 0.0 for name, value in shown.items()}
    double_counted = rounded["gross_ha"] - rounded["net_ha"] - rounded.get("remainder_ha", 0.0)
    return rounded | {"double_counted_ha": round(double_counted, decimals)}
