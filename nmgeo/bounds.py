"""Bounds of coordinates, and whether all lie in a box: many times as fast as by column."""

from typing import Any, Final

import numpy as np

_STRIP: Final = 128  # numbers that are compared with those of the next strip at a time


def bounds_of(coordinates: Any) -> Any:
    """Return the bounds of places.

    Parameters
    ----------
    coordinates : array of float, n x 2
        In any CRS.

    Returns
    -------
    array of 4
        Least x and y and greatest x and y; NaN if one of them is, infinite if there is no place.
    """
    numbers = np.ascontiguousarray(coordinates).reshape(-1)
    whole = len(numbers) // _STRIP * _STRIP
    ends = []
    for reduce, start in ((np.minimum.reduce, np.inf), (np.maximum.reduce, -np.inf)):
        strip = reduce(numbers[:whole].reshape(-1, _STRIP), axis=0, initial=start)
        every = np.concatenate([strip, numbers[whole:]]).reshape(-1, 2)
        ends.append(reduce(every, axis=0, initial=start))
    return np.concatenate(ends)


def lie_within(coordinates: Any, low: Any, high: Any) -> bool:
    """Tell whether all places (n x 2) lie in a box, whose edges (x and y) belong to it.

    A coordinate that is no number lies nowhere.
    """
    ends = bounds_of(coordinates)
    return bool((ends[:2] >= low).all() and (ends[2:] <= high).all())
