"""Uncertainty of distances: the range of each distance, and rounding to what it justifies."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.columns import find_accuracy, find_column

_METRES: Final = "m"
_CM_DECIMALS: Final = 2  # coordinates are kept to a centimetre
_UNKNOWN_STEP_M: Final = 10  # if no accuracy is known, single metres would be false precision
_DIRECTIONS: Final[Mapping[str, np.ufunc]] = {
    **dict.fromkeys(("nearest", "step"), np.rint),
    "down": np.floor,
    "up": np.ceil,
}


def known_metres(column: pd.Series) -> np.ndarray:
    """Return a column of metres, such as accuracies, as an array; NaN where it is not known."""
    return column.to_numpy(dtype=float, na_value=np.nan)


def rounding_steps_m(accuracies_m: pd.Series, decimals: int = 0) -> pd.Series:
    """Return the steps in metres to which distances of some accuracies are rounded.

    Parameters
    ----------
    accuracies_m : Series, n rows
        Error of each distance, metres, >= 0; missing if not known.
    decimals : int
        Decimals of the smallest step.

    Returns
    -------
    Series, n rows, metres
        The largest power of ten up to half the accuracy, but no less than the smallest step; 10
        if the accuracy is not known. Rounding adds at most a quarter of the accuracy.

    Examples
    --------
    >>> rounding_steps_m(pd.Series([360.0, 60.0, 5.0, float("nan")])).tolist()
    [100.0, 10.0, 1.0, 10.0]
    """
    known = pd.to_numeric(accuracies_m).astype(float)
    power = np.floor(np.log10(np.maximum(known / 2, 10.0**-decimals)))
    return pd.Series(10**power, index=known.index).fillna(float(_UNKNOWN_STEP_M))


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


def _first_digit(metres: pd.Series) -> pd.Series:
    power = 10 ** np.floor(np.log10(metres.where(metres > 0)))
    return pd.Series((np.rint(metres / power) * power).round(_CM_DECIMALS), metres.index)


def round_distances(rows: pd.DataFrame) -> pd.DataFrame:
    """Round the columns in metres of a table to what their accuracy justifies.

    ``accuracy``, ``decimals`` and ``rounds`` of each column (:class:`nmgeo.columns.Column`) say
    how. Noise below a centimetre is removed first, so that equal distances have equal ranges. What
    is not 0 is not rounded to 0: it keeps its first digit, or is one step if ``rounds`` says so.

    Parameters
    ----------
    rows : DataFrame, n rows
        Distances and their accuracies, all in metres. ``value`` is rounded where ``unit`` is ``m``.

    Returns
    -------
    DataFrame, n rows
        A copy; unchanged if there is no column of accuracies.
    """
    rounded = {}
    for name in map(str, rows.columns):
        column = find_column(name)
        accuracy = find_accuracy(column, rows)
        if column is not None and column.unit == _METRES and accuracy is not None:
            steps = rounding_steps_m(rows[accuracy], column.decimals or 0)
            centimetres = rows[name].astype(float).round(_CM_DECIMALS)
            metres = _DIRECTIONS[column.rounds](centimetres / steps) * steps
            if column.rounds == "nearest":  # 40 m is not 0, however uncertain it is
                metres = metres.where((metres != 0) | ~(centimetres > 0), _first_digit(centimetres))
            elif column.rounds == "step":  # 4 m further is less than 100 m, where that is a step
                metres = metres.where((metres != 0) | ~(centimetres > 0), steps)
            rounded[name] = metres
    if {"value", "unit", "accuracy_m"} <= set(rows.columns):
        known = rows["accuracy_m"].notna() & (rows["unit"] == _METRES)
        steps = rounding_steps_m(rows["accuracy_m"][known])
        metres = np.rint(rows["value"][known].astype(float) / steps) * steps
        rounded["value"] = rows["value"].astype(object).where(~known, metres)
    return rows.assign(**rounded)
