"""Outlines of a batch, as WKB: their boxes, and which are valid, on coordinates where they tell."""

from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from nmgeo.measures.fast.rings import Rings
from nmgeo.measures.fast.spatial_index import Floats, Positions
from nmgeo.wkb import POLYGON, read_coordinates, ring_header

_AT_ONCE: Final = 4_096  # polygons, so that what is at work fits into the cache
_CORNERS: Final = 4  # up to which a ring that turns one way throughout does so once


class Outlines:
    """Polygons of a batch.

    Parameters
    ----------
    shapes : ChunkedArray, n
        WKB of any kind; null where there is none.

    Attributes
    ----------
    is_polygon : array of bool, n
        Whether it is a polygon, without heights, in the order of bytes of most files.
    """

    def __init__(self, shapes: pa.ChunkedArray) -> None:
        """Read the coordinates, if all are polygons of as many vertices without holes."""
        self._shapes = shapes
        starts = pc.starts_with(shapes, POLYGON)
        self.is_polygon = pc.fill_null(starts, fill_value=False).to_numpy()
        header = b"" if shapes.null_count else ring_header(shapes)
        places = read_coordinates(shapes, header) if header else None
        self._rings = None if places is None else _by_vertex(places, len(shapes))

    @property
    def boxes(self) -> Floats:
        """Least x and y and greatest x and y of each polygon, n x 4; NaN of others."""
        if self._rings is None:
            return np.asarray(shapely.bounds(self._built))
        return np.concatenate([self._rings.min(axis=0), self._rings.max(axis=0)]).T

    def are_valid(self, rows: Positions) -> Any:
        """Tell which of some polygons are valid, as GEOS does."""
        if self._rings is None:
            return shapely.is_valid(self._built[rows])
        rings = self._rings.take(rows, axis=2)
        valid = _are_convex(rings)
        others = rings.compress(~valid, axis=2)
        valid[~valid] = shapely.is_valid(_polygons(others))
        return valid

    @cached_property
    def _built(self) -> Any:
        """The polygons, None in place of all else and of what is damaged."""
        return shapely.from_wkb(
            np.where(self.is_polygon, self._shapes.to_numpy(), None), on_invalid="ignore"
        )


def are_valid_rings(rings: Rings) -> Any:
    """Tell which polygons without holes are valid, as GEOS does."""
    valid = np.zeros(len(rings), dtype=bool)
    for size in range(_CORNERS, _CORNERS + 2):
        rows = np.flatnonzero(rings.sizes == size)
        vertices = rings.starts[rows] + np.arange(size)[:, np.newaxis]
        valid[rows] = _are_convex(np.stack([rings.xy[:, 0][vertices], rings.xy[:, 1][vertices]], 1))
    others = np.flatnonzero(~valid)
    if len(others):
        valid[others] = shapely.is_valid(rings[others])
    return valid


def _by_vertex(places: Floats, count: int) -> Floats:
    """Return the x and the y of each vertex, v x 2 x n: quick to go through."""
    rings = places.reshape(count, -1)
    numbers = np.empty(rings.shape[::-1])
    for start in range(0, count, _AT_ONCE):
        numbers[:, start : start + _AT_ONCE] = rings[start : start + _AT_ONCE].T
    return numbers.reshape(-1, 2, count)


def _are_convex(rings: Floats) -> Any:
    """Tell which closed rings of few corners turn the same way at each: those are valid."""
    if len(rings) > _CORNERS + 1:
        return np.zeros(rings.shape[-1], dtype=bool)
    east, north = np.diff(rings, axis=0).transpose(1, 0, 2)
    turns = east * np.roll(north, -1, axis=0) - north * np.roll(east, -1, axis=0)
    return _are_closed(rings) & ((turns.min(axis=0) > 0) | (turns.max(axis=0) < 0))


def _are_closed(rings: Floats) -> Any:
    return (rings[0] == rings[-1]).all(axis=0)


def _polygons(rings: Floats) -> Any:
    """Build polygons of rings; None of one that is not closed."""
    closed, built = _are_closed(rings), np.full(rings.shape[-1], None, dtype=object)
    built[closed] = shapely.polygons(rings.compress(closed, axis=2).transpose(2, 0, 1))
    return built
