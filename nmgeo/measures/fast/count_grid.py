"""Grid of counts: how many features lie within some distances of each of millions of points.

Each cell of a grid knows how many features are within each distance of all of its points, and which
chains of edges may be so of some only, so that a point is measured to the few edges that are left.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from nmgeo.measures.fast.cells import DEPTH, ROUNDING_M, CellTree, Lists, append
from nmgeo.measures.fast.edges import changes, edges_of, never_less, square_gaps, to_middle
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions

_SQRT_2: Final = np.sqrt(2.0)
_AT_ONCE: Final = 8_192  # points, so that what is at work fits into the cache


class CountGrid:
    """Counts features within distances of points; what it learns of a place it keeps.

    Parameters
    ----------
    shapes : array of geometry, k, one metric CRS
        Valid, of any kind; missing and empty ones are never near.
    limits_m : array of float, d, metres, >= 0
        Edge to edge; a feature at exactly that distance is counted.
    box : four floats, metres
        Where points may lie: least x and y, greatest x and y.
    out_m : float
        How far points may be from where they are exactly, metres.

    Source
    ------
    Distance of a point to an edge; where rounding matters, or a polygon may hold the point,
    ``dwithin`` of GEOS, through shapely.
    """

    def __init__(
        self, shapes: Geometries, limits_m: Floats, box: tuple[float, ...], out_m: float = 0.0
    ) -> None:
        """Index the features."""
        self._made_of, self._out_m = (shapes, limits_m, box, out_m), out_m + ROUNDING_M
        self._shapes = shapely.force_2d(
            shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        )
        shapely.prepare(self._shapes)
        self._edges = edges_of(self._shapes)
        self._boxes = np.ascontiguousarray(shapely.bounds(self._shapes).T)
        self._limits_m, self._lock = np.asarray(limits_m, dtype=float), Lock()
        size = len(self._limits_m)
        self._sure = [np.zeros((0, size), dtype=np.intp) for _ in range(DEPTH + 1)]
        append(self._sure[0], np.zeros((1, size)))
        # What is open in a cell: limit x number of chains + chain, ascending.
        self._open = [Lists(len(self._edges.owner) * size), *(Lists() for _ in range(DEPTH))]
        every = self._open[0].values
        self._limit_of, self._chain_of = np.divmod(every, max(len(self._edges.owner), 1))
        self._cells = CellTree(box, self._learn)
        # A polygon may hold a point that is further from all edges than the limit. Then it holds
        # the middle of the cell too, and all of the cell is within a wider limit; or an edge runs
        # between the two.
        self._may_hold = self._limits_m <= self._cells.reach_m + out_m

    def __reduce__(self) -> tuple[Any, ...]:
        """Send to another process what it was made of."""
        return CountGrid, self._made_of

    def counts(self, points: Floats, exact: Callable[[Any], Floats] | None = None) -> Positions:
        """Count the features within each distance of each point.

        Parameters
        ----------
        points : array, n x 2, metres
            Within the box.
        exact : function, optional
            Returns where some of them are exactly, by their rows; all are if it is not given.

        Returns
        -------
        array, n x d, int, >= 0
        """
        x, y = np.ascontiguousarray(points.T)
        with self._lock:  # what is learned is shared
            slots = self._cells.slots(x, y)
        found = np.zeros((len(x), len(self._limits_m)), dtype=np.intp)
        is_open = [np.zeros(0, dtype=np.intp)]
        for start in range(0, len(x), _AT_ONCE):
            cut = slice(start, start + _AT_ONCE)
            found[cut], unsure = self._counts(x[cut], y[cut], slots[cut], rough=exact is not None)
            is_open.append(unsure + start)
        if exact is not None and len(rows := np.concatenate(is_open)):
            found[rows] = self.counts(exact(rows))
        return found

    def _counts(
        self, x: Floats, y: Floats, slots: Positions, *, rough: bool
    ) -> tuple[Positions, Positions]:
        """Return the counts, and the points for which rounding decides."""
        with self._lock:  # so are the lists
            row, chain, limit = self._pairs(DEPTH, slots)
            sure = self._sure[-1].take(slots, axis=0)
        if not len(row):
            return sure, row
        begins = changes(row, limit, self._edges.owner[chain])
        starts, run = np.flatnonzero(begins), np.cumsum(begins) - 1
        give_m = self._out_m if rough else ROUNDING_M
        near, unsure = self._compare(x, y, row, chain, self._limits_m[limit], run, give_m)
        row, limit = row[starts], limit[starts]
        asked = np.flatnonzero(~near & (unsure | self._may_hold[limit]))
        of = self._edges.owner[chain[starts[asked]]]
        near[asked] = self._ask(x[row[asked]], y[row[asked]], of, limit[asked])
        found = self._tally(row.compress(near), limit.compress(near), len(x))
        return sure + found, np.unique(row.compress(unsure))

    def _compare(
        self,
        x: Floats,
        y: Floats,
        row: Positions,
        chain: Positions,
        limits_m: Floats,
        run: Positions,
        give_m: float,
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell of runs of chains which come nearer than a limit, and of which rounding decides."""
        near, unsure = np.zeros((2, run[-1] + 1), dtype=bool)
        excess = to_middle(self._edges, x, y, row, chain) - limits_m
        near[run.compress(excess < -give_m)] = True
        is_open = ~near[run] & (excess <= self._edges.reach[chain] + give_m)
        some = np.flatnonzero(is_open)
        square = square_gaps(self._edges, x[row[some]], y[row[some]], chain[some])
        excess = np.sqrt(square) - limits_m[some]
        near[run[some.compress(excess < -give_m)]] = True
        unsure[run[some.compress(excess <= give_m)]] = True
        return near, unsure

    def _ask(self, x: Floats, y: Floats, feature: Positions, limit: Positions) -> Any:
        with self._lock:  # prepared features are shared as well
            return shapely.dwithin(
                self._shapes[feature], shapely.points(x, y), self._limits_m[limit]
            )

    def _learn(self, depth: int, above: Positions, x: Floats, y: Floats, half: float) -> None:
        """Find out what is near all points of some new cells, of what is open above."""
        row, chain, limit = self._pairs(depth - 1, above)
        reach = half * _SQRT_2 + self._out_m
        starts = np.flatnonzero(changes(row, limit, self._edges.owner[chain]))
        sizes = np.diff(starts, append=len(row))
        high = to_middle(self._edges, x, y, row, chain)
        gap, least = self._bounds(x, y, row, chain, starts, sizes, high)
        at, of, owner = row[starts], limit[starts], self._edges.owner[chain[starts]]
        limits_m = self._limits_m[of]
        excess = self._gaps(x[at], y[at], owner, least, limits_m - reach) - limits_m
        within, is_open = excess < -reach, np.abs(excess) <= reach
        sure = self._sure[depth - 1][above] + self._tally(at[within], of[within], len(x))
        append(self._sure[depth], sure)
        # The nearest place of the feature to any point of the cell is on one of these.
        most = np.where(is_open, np.minimum(least + 2 * reach, limits_m + reach), -1.0)
        kept = gap <= np.repeat(most, sizes)
        kept[starts[is_open & (least > most)]] = True  # it lies inside: one, so that it stays open
        some = np.flatnonzero(kept)
        of_some = row[some], limit[some], chain[some], high[some]
        some = some.compress(self._may_be_nearest(*of_some, reach))
        item = limit[some] * len(self._edges.owner) + chain[some]
        self._open[depth].add(np.bincount(row[some], minlength=len(x)), item)

    def _may_be_nearest(
        self, row: Positions, limit: Positions, chain: Positions, high: Floats, reach: float
    ) -> NDArray[np.bool_]:
        """Tell which chains may be the nearest one of their feature within reach of a point."""
        starts = np.flatnonzero(changes(row, limit, self._edges.owner[chain]))
        bound = never_less(self._edges, chain, high, starts, reach)
        return np.asarray(high - self._edges.reach[chain] <= bound + ROUNDING_M)

    def _bounds(
        self,
        x: Floats,
        y: Floats,
        row: Positions,
        chain: Positions,
        starts: Positions,
        sizes: Positions,
        high: Floats,
    ) -> tuple[Floats, Floats]:
        """Return how far chains are at least, and exactly the nearest one of each run."""
        gap = high - self._edges.reach[chain]
        if not len(row):
            return gap, gap
        some = np.flatnonzero(gap <= np.repeat(np.minimum.reduceat(high, starts), sizes))
        gap[some] = np.sqrt(square_gaps(self._edges, x[row[some]], y[row[some]], chain[some]))
        return gap, np.asarray(np.minimum.reduceat(gap, starts))

    def _gaps(self, x: Floats, y: Floats, feature: Positions, least: Floats, far: Floats) -> Floats:
        """Return how far features are from points, of which the nearest edge is known.

        Only further edges than ``far`` leave open whether a polygon holds the point.
        """
        west, south, east, north = self._boxes[:, feature]
        held = (least >= far) & (x >= west) & (x <= east) & (y >= south) & (y <= north)
        gap, some = least.copy(), np.flatnonzero(held)
        gap[some] = shapely.distance(self._shapes[feature[some]], shapely.points(x[some], y[some]))
        return gap

    def _pairs(self, depth: int, slots: Positions) -> tuple[Positions, Positions, Positions]:
        """Return the rows of cells, and the chains and distances that are open in them."""
        row, item = self._open[depth].expand(slots)
        return row, self._chain_of.take(item), self._limit_of.take(item)

    def _tally(self, row: Positions, limit: Positions, rows: int) -> Positions:
        """Count pairs of a row and a distance."""
        size = len(self._limits_m)
        return np.bincount(row * size + limit, minlength=rows * size).reshape(rows, size)
