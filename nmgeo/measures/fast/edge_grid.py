"""Grid of edges: the nearest two features of millions of points, on coordinates alone.

Edges are grouped in short chains. Each cell of a grid knows the chains that may be the nearest of
the nearest two features of any point in it, so that a point is measured to a few edges only.
"""

from itertools import pairwise
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from nmgeo.measures.fast.cells import DEPTH, ROUNDING_M, CellTree, Lists
from nmgeo.measures.fast.edges import (
    AREAL,
    Edges,
    changes,
    edges_of,
    feet,
    first_least,
    never_less,
    square_gaps,
    to_middle,
)
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions

_AT_ONCE: Final = 8_192  # points, so that what is at work fits into the cache
_MANY: Final = 16  # chains near a point on average; fewer are measured all


class NearestEdges(NamedTuple):
    """The nearest two features of n points.

    Attributes
    ----------
    positions : array of int, n x 2
        Positions of both features, -1 where there is none.
    distances : array, n x 2, metres
        0 inside a polygon; NaN where there is none.
    foot : array, n x 2, metres
        The place of the nearest feature that is nearest to the point.
    tied : array of bool, n
        Whether more features are as near as one of the two, so that their order is open.
    """

    positions: Positions
    distances: Floats
    foot: Floats
    tied: NDArray[np.bool_]


class _Groups(NamedTuple):
    """Pairs of a point and a feature, by point and then by feature, and how far apart they are."""

    row: Positions
    owner: Positions
    gap: Floats
    chain: Positions  # the nearest one of the feature


class EdgeGrid:
    """Finds the nearest two features of points; what it learns of a place it keeps.

    Parameters
    ----------
    shapes : array of geometry, k, one metric CRS
        Points, lines or polygons, valid; missing and empty ones are never near.
    box : four floats, metres
        Where points may lie: least x and y, greatest x and y.
    noise_m : float
        Metres; distances that differ by no more are the same.

    Source
    ------
    Distance of a point to an edge; GEOS, through shapely, tells what lies inside a polygon.
    """

    def __init__(self, shapes: Geometries, box: tuple[float, ...], noise_m: float) -> None:
        """Index the edges."""
        self._made_of = (shapes, box, noise_m)
        self._edges, self._noise_m, self._lock = edges_of(shapes), noise_m, Lock()
        self._areas = np.flatnonzero(shapely.get_dimensions(shapes) == AREAL)
        self._shapes = shapely.force_2d(shapes[self._areas])
        shapely.prepare(self._shapes)
        self._boxes = np.ascontiguousarray(shapely.bounds(self._shapes).T)
        self._near_chains = [Lists(len(self._edges.owner)), *(Lists() for _ in range(DEPTH))]
        self._near_areas = [Lists(len(self._areas)), *(Lists() for _ in range(DEPTH))]
        self._cells = CellTree(box, self._learn)

    def __reduce__(self) -> tuple[Any, ...]:
        """Send to another process what it was made of."""
        return EdgeGrid, self._made_of

    def nearest_two(self, points: Floats) -> NearestEdges:
        """Find the nearest two features of each point (n x 2, metres, within the box)."""
        if not len(self._edges.owner):
            none, gone = np.full((len(points), 2), -1), np.full((len(points), 2), np.nan)
            return NearestEdges(none, gone, gone, np.zeros(len(points), dtype=bool))
        x, y = np.ascontiguousarray(points.T)
        with self._lock:  # what is learned is shared
            slots = self._cells.slots(x, y)
            inside, several = self._inside(x, y, *self._near_areas[-1].expand(slots))
        cuts = [slice(s, s + _AT_ONCE) for s in range(0, max(len(x), 1), _AT_ONCE)]
        columns: tuple[Any, ...] = x, y, slots, inside, several
        parts = [self._nearest_two(*(column[cut] for column in columns)) for cut in cuts]
        return NearestEdges(*map(np.concatenate, zip(*parts, strict=True)))

    def _nearest_two(
        self,
        x: Floats,
        y: Floats,
        slots: Positions,
        inside: Positions,
        several: NDArray[np.bool_],
    ) -> NearestEdges:
        with self._lock:  # so are the lists
            row, chain = self._near_chains[-1].expand(slots)
        if len(row) > _MANY * len(x):
            row, chain = self._nearer(x, y, row, chain)
        owner = self._edges.owner.take(chain)
        square = square_gaps(self._edges, x.take(row), y.take(row), chain)
        starts = np.flatnonzero(changes(row, owner))
        best = first_least(square, starts)
        found = _Groups(row[starts], owner[starts], np.sqrt(square[best]), chain[best])
        return _nearest(self._edges, x, y, found, inside, several, self._noise_m)

    def _nearer(
        self, x: Floats, y: Floats, row: Positions, chain: Positions
    ) -> tuple[Positions, Positions]:
        """Leave out chains that are certainly not nearest, of so many that this is faster."""
        owner, gap = self._edges.owner[chain], to_middle(self._edges, x, y, row, chain)
        kept = _may_be_nearest(row, owner, gap - self._edges.reach[chain], gap, self._slack)
        return row.compress(kept), chain.compress(kept)

    @property
    def _slack(self) -> float:
        return self._noise_m + ROUNDING_M

    def _inside(
        self, all_x: Floats, all_y: Floats, row: Positions, area: Positions
    ) -> tuple[Positions, NDArray[np.bool_]]:
        """Return the polygon that holds each point, -1 if none does, and whether several do."""
        x, y, (west, south, east, north) = all_x[row], all_y[row], self._boxes[:, area]
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        near = near[np.argsort(area[near], kind="stable")]
        row, area, x, y = row[near], area[near], x[near], y[near]
        held = np.zeros(len(near), dtype=bool)
        cuts = [*np.flatnonzero(changes(area)).tolist(), len(area)]
        for start, stop in pairwise(cuts):
            some = slice(start, stop)
            held[some] = shapely.intersects_xy(self._shapes[area[start]], x[some], y[some])
        inside = np.full(len(all_x), -1)
        inside[row[held]] = self._areas[area[held]]
        return inside, np.bincount(row[held], minlength=len(all_x)) > 1

    def _learn(self, depth: int, above: Positions, x: Floats, y: Floats, half: float) -> None:
        """Find out what is near some new cells, of what is near those above."""
        self._learn_chains(depth, x, y, half, *self._near_chains[depth - 1].expand(above))
        self._learn_areas(depth, x, y, half, *self._near_areas[depth - 1].expand(above))

    def _learn_chains(
        self, depth: int, x: Floats, y: Floats, half: float, row: Positions, chain: Positions
    ) -> None:
        corner, gap = half * np.sqrt(2), to_middle(self._edges, x, y, row, chain)
        owner, reach = self._edges.owner[chain], self._edges.reach[chain]
        kept = _may_be_nearest(row, owner, gap - reach - corner, gap + corner, self._slack)
        starts = np.flatnonzero(changes(row, owner))
        kept &= gap - reach <= never_less(self._edges, chain, gap, starts, corner) + self._slack
        row, chain = row.compress(kept), chain.compress(kept)
        self._near_chains[depth].add(np.bincount(row, minlength=len(x)), chain)

    def _learn_areas(
        self, depth: int, x: Floats, y: Floats, half: float, row: Positions, area: Positions
    ) -> None:
        half, (west, south, east, north) = half + ROUNDING_M, self._boxes[:, area]
        at_x, at_y = x[row], y[row]
        kept = (at_x + half >= west) & (at_x - half <= east)
        kept &= (at_y + half >= south) & (at_y - half <= north)
        self._near_areas[depth].add(np.bincount(row[kept], minlength=len(x)), area[kept])


def _may_be_nearest(
    row: Positions, owner: Positions, low: Floats, high: Floats, slack: float
) -> NDArray[np.bool_]:
    """Tell which chains may be the nearest ones of the nearest two features of each row.

    Rows ascend, and so do the features of a row; ``low`` and ``high`` bound the distance.
    """
    if not len(row):
        return np.zeros(0, dtype=bool)
    begins = changes(row, owner)
    starts, group = np.flatnonzero(begins), np.cumsum(begins) - 1
    upper, lower = np.minimum.reduceat(high, starts), np.minimum.reduceat(low, starts)
    limit = np.where(lower <= _second_least(row[starts], upper) + slack, upper + slack, -np.inf)
    return np.asarray(low <= limit[group])


def _second_least(row: Positions, values: Floats) -> Floats:
    """Return for each value the second least one of its row; infinite if there is one alone."""
    begins = changes(row)
    starts, others = np.flatnonzero(begins), values.copy()
    others[first_least(values, starts)] = np.inf
    return np.asarray(np.minimum.reduceat(others, starts)[np.cumsum(begins) - 1])


def _nearest(
    edges: Edges,
    x: Floats,
    y: Floats,
    found: _Groups,
    inside: Positions,
    several: NDArray[np.bool_],
    noise_m: float,
) -> NearestEdges:
    """Choose the first and the second of each point; a polygon that holds it is the first."""
    starts, within = np.flatnonzero(changes(found.row)), inside >= 0
    gap = np.where(inside[found.row] == found.owner, np.inf, found.gap)
    best = first_least(gap, starts)
    least, gap[best] = gap[best], np.inf
    following = first_least(gap, starts)
    second, gap[following] = gap[following], np.inf
    third = np.minimum.reduceat(gap, starts)
    gaps = np.where(within, [np.zeros(len(inside)), least, second], [least, second, third])
    owners = np.where(
        within, [inside, found.owner[best]], [found.owner[best], found.owner[following]]
    )
    with np.errstate(invalid="ignore"):  # infinite less infinite, where there is no other
        tied = (np.diff(gaps, axis=0) <= noise_m).any(axis=0) | several
    alone = np.isinf(gaps[1])
    owners[1, alone], gaps[1, alone] = -1, np.nan
    foot = np.where(within, np.stack([x, y]), feet(edges, x, y, found.chain[best]))
    return NearestEdges(owners.T, gaps[:2].T, foot.T, tied)
