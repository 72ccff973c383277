"""Uncertainty of distances: the range of each distance, and rounding to what it justifies."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

_CM_DECIMALS: Final = 2  # coordinates are kept to a centimetre
_UNKNOWN_STEP_M: Final = 10  # if no accuracy is known, single metres would be false precision
# The column of the accuracy of each distance, and how it is rounded. Ranges round outwards only.
_DISTANCE_ROUNDING: Final[Mapping[str, tuple[str, np.ufunc]]] = {
    "nearest_m": ("accuracy_m", np.rint),
    "distance_m": ("accuracy_m", np.rint),
    "low_m": ("accuracy_m", np.floor),
    "high_m": ("accuracy_m", np.ceil),
    "inside_m": ("inside_accuracy_m", np.rint),
    "next_m": ("next_accuracy_m", np.rint),
}


def rounding_step_m(accuracy_m: float) -> int:
    """Step in metres to which a distance is rounded, given its accuracy.

    Parameters
    ----------
    accuracy_m : float
        Error of the distance, metres, >= 0; NaN if not known.

    Returns
    -------
    int
        The largest power of ten up to half the accuracy, at least 1; 10 if the accuracy is not
        known. Rounding adds at most a quarter of the accuracy.

    Examples
    --------
    >>> step_m = rounding_step_m
    >>> step_m(360), step_m(60), step_m(5), step_m(float("nan"))
    (100, 10, 1, 10)
    """
    if math.isnan(accuracy_m):
        return _UNKNOWN_STEP_M
    return int(10 ** math.floor(math.log10(max(accuracy_m / 2, 1))))


def known_error_m(*ends: Any) -> Any:
    """Sum of the known accuracies of both ends in metres: a lower bound of the error.

    Parameters
    ----------
    *ends : Series or array, shapes that broadcast
        Accuracy of each end, metres; NaN if not known.

    Returns
    -------
    array, the broadcast shape
        Metres; NaN only where no accuracy is known. If only one is known, it is used alone.

    Examples
    --------
    >>> nan = float("nan")
    >>> known_error_m([400.0, nan, nan], [1.0, 80.0, nan]).tolist()
    [401.0, 80.0, nan]
    """
    accuracies_m = np.stack(np.broadcast_arrays(*(np.asarray(end, dtype=float) for end in ends)))
    return np.where(np.isnan(accuracies_m).all(axis=0), np.nan, np.nansum(accuracies_m, axis=0))


def distance_range_m(distance_m: Any, accuracy_m: Any) -> dict[str, Any]:
    """Range of distances in metres, from their accuracy.

    Parameters
    ----------
    distance_m, accuracy_m : Series or array, same shape
        Metres; an accuracy that is not known is NaN.

    Returns
    -------
    dict
        ``low_m`` (>= 0) and ``high_m``, same shape; NaN where the accuracy is NaN.
    """
    return {"low_m": np.maximum(distance_m - accuracy_m, 0.0), "high_m": distance_m + accuracy_m}


def round_distances(rows: pd.DataFrame) -> pd.DataFrame:
    """Round the columns in metres of a table to what their accuracy justifies.

    Ranges are rounded outwards, from whole centimetres, so that equal distances have equal ranges.

    Parameters
    ----------
    rows : DataFrame, n rows
        Distances and ``accuracy_m``, all in metres. ``value`` is rounded where ``unit`` is ``m``.

    Returns
    -------
    DataFrame, n rows
        A copy; unchanged if there is no column of accuracies.
    """
    columns = {c: rule for c, rule in _DISTANCE_ROUNDING.items() if c in rows and rule[0] in rows}
    rounded = {
        column: round_to(
            rows[column].astype(float).round(_CM_DECIMALS)
            / (steps := rounding_steps_m(rows[accuracy]))
        )
        * steps
        for column, (accuracy, round_to) in columns.items()
    }
    if {"value", "unit", "accuracy_m"} <= set(rows.columns):
        known = rows["accuracy_m"].notna() & (rows["unit"] == "m")
        steps = rounding_steps_m(rows["accuracy_m"][known])
        metres = np.rint(rows["value"][known].astype(float) / steps) * steps
        rounded["value"] = rows["value"].astype(object).where(~known, metres)
    return rows.assign(**rounded)


def rounding_steps_m(accuracies_m: pd.Series) -> pd.Series:
    """Return for each accuracy the step of :func:`rounding_step_m`, metres."""
    known = pd.to_numeric(accuracies_m).astype(float)
    power = np.floor(np.log10(np.maximum(known / 2, 1)))
    return pd.Series(10**power, index=known.index).fillna(float(_UNKNOWN_STEP_M))
