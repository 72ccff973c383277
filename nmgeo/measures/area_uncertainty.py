"""Ranges of hectares: an area is printed no finer than its edge is known, its range beside it."""

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.units import M2_PER_HECTARE

RANGE_QUAD_SEGS: Final = 16  # segments to a quarter circle, of what is drawn in or out for a range
_WHOLE_HA: Final = 0  # coarser than a hectare, rows would no longer add up: the range says the rest
_FINEST_HA: Final = -2
_SHARES: Final = ("inside_share", "mix_share")
_NOISE: Final = 2  # digits kept beyond those shown: what is finer is left by changes of coordinates
# How each measured column is rounded, a range only ever outwards, and by the size of which it goes,
# the largest of them: what is free is a rest, and known no better than what was taken off.
_LAND: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    **{
        name: ((name,), ROUND_HALF_EVEN)
        for name in ("area_ha", "ring_ha", "geodesic_ha", "inside_ha", "own_ha", "outside_ha")
    },
    "low_ha": (("high_ha",), ROUND_FLOOR),
    "high_ha": (("high_ha",), ROUND_CEILING),
    "free_ha": (("free_ha", "inside_ha"), ROUND_HALF_EVEN),
    "free_low_ha": (("free_high_ha", "high_ha"), ROUND_FLOOR),
    "free_high_ha": (("free_high_ha", "high_ha"), ROUND_CEILING),
    "outside_low_ha": (("outside_high_ha",), ROUND_FLOOR),
    "outside_high_ha": (("outside_high_ha",), ROUND_CEILING),
}


def area_range_ha(area_ha: Any, uncertainty_ha: Any) -> dict[str, Any]:
    """Carry what areas may be out into the range in which they lie.

    Parameters
    ----------
    area_ha, room_ha : Series or array, one shape
        Hectares; what nobody knows is NaN.

    Returns
    -------
    dict
        ``low_ha`` (>= 0) and ``high_ha``, of that shape; NaN where the room is.
    """
    return {
        "low_ha": np.maximum(area_ha - uncertainty_ha, 0.0),
        "high_ha": area_ha + uncertainty_ha,
    }


def justified_decimals(area_ha: float, accuracy_m: float) -> int:
    """Say how many decimals of an area its accuracy justifies: 2 at most, and none at least.

    Parameters
    ----------
    area_ha : float
        Hectares, >= 0.
    accuracy_m : float
        How far its edge may be out, metres, >= 0; NaN if nobody knows.

    Returns
    -------
    int
        So many that their step is not above half of what a disc of that area may be out, which is
        the least that any outline of it may be; 2 if the accuracy is not known, none of nothing.

    Examples
    --------
    >>> decimals = justified_decimals
    >>> decimals(87.15, 60), decimals(1.0, 6.0), decimals(1.0, 0.1), decimals(1.0, float("nan"))
    (0, 1, 2, 2)
    """
    if math.isnan(accuracy_m) or math.isnan(area_ha) or accuracy_m == 0:
        return -_FINEST_HA
    if area_ha == 0:
        return -_WHOLE_HA
    edge_m = 2 * math.sqrt(math.pi * area_ha * M2_PER_HECTARE)
    room_ha = (edge_m * accuracy_m + math.pi * accuracy_m**2) / M2_PER_HECTARE
    step = math.floor(math.log10(max(room_ha / 2, 10**_FINEST_HA)))
    return -min(step, _WHOLE_HA)


def round_to_step(value: float, decimals: int, towards: str) -> Decimal:
    """Round a measure from a hundredth of its step, so that noise makes no range wider.

    Parameters
    ----------
    value : float
        In any unit; finite.
    decimals : int
        To keep; below 0 it is rounded to tens and hundreds.
    towards : str
        One of the roundings of :mod:`decimal`.

    Returns
    -------
    Decimal

    Examples
    --------
    >>> round_to_step(97.99999996, 1, ROUND_FLOOR)
    Decimal('98.0')
    """
    step = Decimal(1).scaleb(-decimals)
    kept = Decimal(repr(value)).quantize(step.scaleb(-_NOISE))
    return kept.quantize(step, towards) + 0


def round_areas(rows: pd.DataFrame) -> pd.DataFrame:
    """Round the measured hectares of an answer to what their accuracy justifies.

    Ranges are rounded outwards, from a hundredth of the step, so that a change of coordinates
    makes none wider.

    Parameters
    ----------
    rows : DataFrame, n rows
        Hectares beside ``accuracy_m`` in metres; a ``value`` counts where ``unit`` is ha. What
        lies inside goes by ``inside_accuracy_m`` if there is such a column.

    Returns
    -------
    DataFrame, n rows
        A copy in which they are :class:`decimal.Decimal` with the digits that count; as they were
        where there is no accuracy to go by.
    """
    if "accuracy_m" not in rows:
        return rows
    columns = {name: how for name, how in _LAND.items() if {name, *how[0]} <= set(rows)}
    rounded = {
        name: _each(rows[name], rows[[*by]].max(axis=1), _edges(rows, name), towards)
        for name, (by, towards) in columns.items()
    }
    if {"value", "unit"} <= set(rows.columns):
        land = rows["accuracy_m"].where(rows["unit"] == "ha")
        rounded["value"] = _each(rows["value"], rows["value"], land, ROUND_HALF_EVEN)
    for name in set(_SHARES).intersection(rows):
        cells = zip(rows[name], _edges(rows, name), strict=True)
        rounded[name] = pd.Series([_hundredths(*cell) for cell in cells], rows.index)
    return rows.assign(**rounded)


def _edges(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return how far what bounds a measure may be out."""
    inside = "inside_accuracy_m" in rows and name in {"inside_ha", *_SHARES}
    return rows["inside_accuracy_m" if inside else "accuracy_m"]


def _each(values: pd.Series, sizes: pd.Series, accuracies: pd.Series, towards: str) -> pd.Series:
    cells = zip(values, sizes, accuracies, strict=True)
    return pd.Series([_rounded(*cell, towards) for cell in cells], values.index, object)


def _rounded(value: Any, size: Any, accuracy_m: Any, towards: str) -> Any:
    if pd.isna(accuracy_m) or not isinstance(value, float) or math.isnan(value):
        return value
    return round_to_step(value, justified_decimals(float(size), float(accuracy_m)), towards)


def _hundredths(share: Any, accuracy_m: Any) -> Any:
    return share if pd.isna(accuracy_m) or pd.isna(share) else Decimal(f"{share:.2f}")


def round_land_totals(land: Mapping[str, float], decimals: int) -> dict[str, float]:
    """Round what :func:`nmgeo.land` says so that the digits add up.

    Parameters
    ----------
    land : mapping
        ``gross_ha``, ``net_ha``, ``double_counted_ha`` and, if there is one, ``remainder_ha``.
    decimals : int
        To be shown.

    Returns
    -------
    dict
        The same, rounded; ``double_counted_ha`` takes up what rounding leaves, which is one unit
        of the last digit at most, so that gross less net less double is the remainder.

    Examples
    --------
    >>> round_land_totals({"gross_ha": 3.4, "net_ha": 1.6, "double_counted_ha": 1.8}, 0)
    {'gross_ha': 3.0, 'net_ha': 2.0, 'double_counted_ha': 1.0}
    """
    told = {name: round(float(value), decimals) + 0.0 for name, value in land.items()}
    rest = told["gross_ha"] - told["net_ha"] - told.get("remainder_ha", 0.0)
    return told | {"double_counted_ha": round(rest, decimals)}
