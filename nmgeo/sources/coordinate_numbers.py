"""Coordinates that are no numbers, or larger than those of any CRS."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely

from nmgeo.messages import text

NO_NUMBER: Final = (text("a coordinate is no number"), text("mend it"))  # fault and remedy
TOO_LARGE: Final = (text("a coordinate is larger than any CRS has"), text("mend it"))
_NO_NUMBERS: Final = tuple(  # as they stand in WKB
    np.array(number, dtype).tobytes() for dtype in ("<f8", ">f8") for number in (np.nan, -np.nan)
)
_LARGEST: Final = 1e12  # a thousand times what a grid in millimetres has


def are_finite(boxes: np.ndarray) -> np.ndarray:
    """Tell which of n boxes are made of numbers."""
    return np.asarray(np.isfinite(boxes).all(axis=1))


def are_too_large(boxes: np.ndarray) -> np.ndarray:
    """Tell which of n boxes are made of numbers larger than those of any CRS.

    Their squares and differences are no numbers, and a distance to them says nothing.
    """
    return np.asarray(are_finite(boxes) & (np.abs(boxes) > _LARGEST).any(axis=1))


def are_places(boxes: np.ndarray) -> np.ndarray:
    """Tell which of n boxes may lie somewhere in some CRS."""
    return np.asarray((np.abs(boxes) <= _LARGEST).all(axis=1))  # not so of what is no number


def lack_numbers(shapes: np.ndarray) -> np.ndarray:
    """Tell which of n geometries have a coordinate that is no number; a box may not show it."""
    points, rows = shapely.get_coordinates(shapes, return_index=True)
    lacking = np.zeros(len(shapes), dtype=bool)
    lacking[rows[~np.isfinite(points).all(axis=1)]] = True
    return lacking


def fault_of_wkb(shape: bytes, why: str) -> str:
    """Say why an outline cannot be built: a coordinate is no number, or what GEOS says.

    GEOS takes a ring whose first point is no number for one that is not closed.
    """
    return NO_NUMBER[0] if any(number in shape for number in _NO_NUMBERS) else why


def find_unbuilt(shapes: Sequence[bytes | None]) -> int | None:
    """Return the row of the first outline that cannot be built, None if all can."""
    with np.errstate(invalid="ignore"):  # of a coordinate that is no number
        lost = shapely.is_missing(shapely.from_wkb([*shapes, None], on_invalid="ignore"))[:-1]
    return next((row for row, gone in enumerate(lost) if gone and shapes[row] is not None), None)
