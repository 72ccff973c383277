"""Roundings: a distance is printed no finer than what is known of its ends."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

_PLACES: Final = 2  # coordinates are kept to a centimetre: what is finer was never known
_UNKNOWN_M: Final = 10  # where nobody says how accurate the ends are, no metre is printed
# Which accuracy a column goes by, and which way it is rounded: a range only ever outwards.
_DISTANCES: Final[Mapping[str, tuple[str, np.ufunc]]] = {
    "nearest_m": ("accuracy_m", np.rint),
    "distance_m": ("accuracy_m", np.rint),
    "low_m": ("accuracy_m", np.floor),
    "high_m": ("accuracy_m", np.ceil),
    "inside_m": ("inside_accuracy_m", np.rint),
    "next_m": ("next_accuracy_m", np.rint),
}


def rounding_step_m(accuracy_m: float) -> int:
    """Say to which step a distance of an accuracy is rounded, which adds a quarter of it at most.

    Parameters
    ----------
    accuracy_m : float
        How far the distance may be out, metres, >= 0; NaN if nobody knows.

    Returns
    -------
    int
        The power of ten that is not above half the accuracy, 1 at least; 10 if it is not known.

    Examples
    --------
    >>> step_m = rounding_step_m
    >>> step_m(360), step_m(60), step_m(5), step_m(float("nan"))
    (100, 10, 1, 10)
    """
    if math.isnan(accuracy_m):
        return _UNKNOWN_M
    return int(10 ** math.floor(math.log10(max(accuracy_m / 2, 1))))


def known_error_m(*ends: Any) -> Any:
    """Add what is known of how far the ends of distances may be out, which is the least they may.

    Parameters
    ----------
    *ends : Series or array, shapes that go together
        The accuracy of each end, metres; NaN if nobody knows.

    Returns
    -------
    array, of their shape
        Metres, NaN only where nobody knows of any end.

    Examples
    --------
    >>> nan = float("nan")
    >>> known_error_m([400.0, nan, nan], [1.0, 80.0, nan]).tolist()
    [401.0, 80.0, nan]
    """
    every = np.stack(np.broadcast_arrays(*(np.asarray(end, dtype=float) for end in ends)))
    return np.where(np.isnan(every).all(axis=0), np.nan, np.nansum(every, axis=0))


def distance_range_m(distance_m: Any, accuracy_m: Any) -> dict[str, Any]:
    """Carry the accuracy of distances into the range in which they lie.

    Parameters
    ----------
    distance_m, accuracy_m : Series or array, one shape
        Metres; an accuracy that nobody knows is NaN.

    Returns
    -------
    dict
        ``low_m`` (>= 0) and ``high_m``, of that shape; NaN where the accuracy is.
    """
    return {"low_m": np.maximum(distance_m - accuracy_m, 0.0), "high_m": distance_m + accuracy_m}


def round_distances(rows: pd.DataFrame) -> pd.DataFrame:
    """Round the distances of an answer to what their accuracy justifies.

    Ranges are rounded outwards, from whole centimetres, so that equal distances have equal ranges.

    Parameters
    ----------
    rows : DataFrame, n rows
        Distances beside ``accuracy_m``, all in metres; a ``value`` counts where ``unit`` is m.

    Returns
    -------
    DataFrame, n rows
        A copy; rows as they were where there is no accuracy to go by at all.
    """
    columns = {c: how for c, how in _DISTANCES.items() if c in rows and how[0] in rows}
    rounded = {
        column: towards(rows[column].astype(float).round(_PLACES) / (steps := _steps(rows[by])))
        * steps
        for column, (by, towards) in columns.items()
    }
    if {"value", "unit", "accuracy_m"} <= set(rows.columns):
        known = rows["accuracy_m"].notna() & (rows["unit"] == "m")
        steps = _steps(rows["accuracy_m"][known])
        metres = np.rint(rows["value"][known].astype(float) / steps) * steps
        rounded["value"] = rows["value"].astype(object).where(~known, metres)
    return rows.assign(**rounded)


def _steps(accuracies: pd.Series) -> pd.Series:
    return pd.to_numeric(accuracies).map(rounding_step_m).astype(float)
