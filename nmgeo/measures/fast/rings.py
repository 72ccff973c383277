"""Polygons without holes as coordinates, and their places that are nearest to points."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely

from nmgeo.measures.fast.edges import first_least
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions

_LEAST: Final = 4  # vertices of a ring, of which the last is the first
_AT_ONCE: Final = 4_096  # rings, so that what is at work fits into the cache


@dataclass(frozen=True)
class Rings:
    """Polygons without holes.

    Attributes
    ----------
    xy : array, m x 2
        The vertices of all of them, one polygon after the other; the last vertex is the first.
    starts : array of int, n + 1
        Where the vertices of each begin, and where they end.
    """

    xy: Floats
    starts: Positions

    def __len__(self) -> int:
        """Count the polygons."""
        return len(self.starts) - 1

    def __getitem__(self, rows: Any) -> Geometries:
        """Build some of the polygons."""
        first, sizes = self.starts[:-1][rows], self.sizes[rows]
        ring = np.repeat(np.arange(len(first)), sizes)
        vertex = np.arange(len(ring)) + (first - np.cumsum(sizes) + sizes)[ring]
        return np.asarray(shapely.polygons(shapely.linearrings(self.xy[vertex], indices=ring)))

    @classmethod
    def of_shapes(cls, shapes: Geometries) -> "Rings | None":
        """Return geometries as rings, None if one is not a polygon, or has holes or heights."""
        is_polygon = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
        if not is_polygon.all() or shapely.get_num_interior_rings(shapes).any():
            return None
        sizes = shapely.get_num_coordinates(shapes)
        if not sizes.all() or shapely.has_z(shapes).any():
            return None
        return cls(shapely.get_coordinates(shapes), np.append(0, np.cumsum(sizes)))

    @cached_property
    def sizes(self) -> Positions:
        """The number of vertices of each."""
        return np.diff(self.starts)

    @cached_property
    def shapes(self) -> Geometries:
        """All of them as geometries."""
        return self[np.arange(len(self))]

    @cached_property
    def boxes(self) -> Floats:
        """Least x and y and greatest x and y of each, n x 4."""
        x, y = np.ascontiguousarray(self.xy.T)
        ends = ((np.minimum, x), (np.minimum, y), (np.maximum, x), (np.maximum, y))
        return np.stack([of.reduceat(values, self.starts[:-1]) for of, values in ends], axis=1)

    @property
    def are_closed(self) -> bool:
        """Whether all have three corners at least, and end where they begin."""
        if self.sizes.min(initial=_LEAST) < _LEAST:
            return False
        return bool((self.xy[self.starts[:-1]] == self.xy[self.starts[1:] - 1]).all())


def nearest_places(rings: Rings, points: Floats) -> Floats:
    """Find the place of the edge of each polygon that is nearest to a point outside it.

    Parameters
    ----------
    rings : Rings, n
        In one metric CRS.
    points : array, n x 2, metres
        A point for each.

    Returns
    -------
    array, n x 2, metres

    Source
    ------
    The arithmetic of GEOS, so that the place is that of its shortest line to the last bit: of
    several edges as near the first is taken, and of the ends of an edge the second.
    """
    parts = [np.zeros((0, 2))]
    for start in range(0, len(rings), _AT_ONCE):
        ends = rings.starts[start : start + _AT_ONCE + 1]
        xy = rings.xy[ends[0] : ends[-1]]
        parts.append(_nearest_places(xy, ends - ends[0], points[start : start + _AT_ONCE]))
    return np.concatenate(parts)


def _nearest_places(xy: Floats, starts: Positions, points: Floats) -> Floats:
    x, y = np.ascontiguousarray(xy.T)
    to_x, to_y = np.repeat(points, np.diff(starts), axis=0).T
    to_x, to_y = to_x - x, to_y - y
    to_vertex = np.sqrt(to_x * to_x + to_y * to_y)
    east, north = np.diff(x), np.diff(y)
    square = east * east + north * north
    with np.errstate(divide="ignore", invalid="ignore"):  # of an edge without length
        share = (to_x[:-1] * east + to_y[:-1] * north) / square
        gap = np.abs((to_x[:-1] * north - to_y[:-1] * east) / square) * np.sqrt(square)
    beside = (share > 0) & (share < 1)
    np.copyto(gap, np.where(share >= 1, to_vertex[1:], to_vertex[:-1]), where=~beside)
    gap[starts[1:-1] - 1] = np.inf  # from one ring to the next there is no edge
    best = first_least(np.append(gap, np.inf), starts[:-1])
    end = np.where(to_vertex[best] < to_vertex[best + 1], best, best + 1)
    foot_x, foot_y = (
        np.where(beside[best], ends[best] + share[best] * way[best], ends[end])
        for ends, way in ((x, east), (y, north))
    )
    return np.column_stack([foot_x, foot_y])
