"""Grid of counts: how many features lie within some distances of each of millions of points.

Each cell of a grid knows how many features are within each distance of all of its points, and which
are so of some only, so that a point is measured to the few features that are left open.
"""

from threading import Lock
from typing import Any, Final

import numpy as np
import shapely

from nmgeo.measures.fast.cells import DEPTH, ROUNDING_M, CellTree, Lists, append
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions

_SQRT_2: Final = np.sqrt(2.0)


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

    Source
    ------
    ``dwithin`` of GEOS, through shapely.
    """

    def __init__(self, shapes: Geometries, limits_m: Floats, box: tuple[float, ...]) -> None:
        """Index the features."""
        self._made_of = (shapes, limits_m, box)
        self._shapes = shapely.force_2d(
            shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        )
        shapely.prepare(self._shapes)
        self._limits_m, self._lock = np.asarray(limits_m, dtype=float), Lock()
        size = len(self._limits_m)
        self._sure = [np.zeros((0, size), dtype=np.intp) for _ in range(DEPTH + 1)]
        append(self._sure[0], np.zeros((1, size)))
        self._open = [Lists(len(self._shapes) * size), *(Lists() for _ in range(DEPTH))]
        self._cells = CellTree(box, self._learn)

    def __reduce__(self) -> tuple[Any, ...]:
        """Send to another process what it was made of."""
        return CountGrid, self._made_of

    def counts(self, points: Floats) -> Positions:
        """Count the features within each distance of each point (n x 2, metres, within the box).

        Returns
        -------
        array, n x d, int, >= 0
        """
        x, y = np.ascontiguousarray(points.T)
        with self._lock:  # what is learned is shared, and so are the prepared features
            slots = self._cells.slots(x, y)
            row, feature, limit = self._pairs(DEPTH, slots)
            near = shapely.dwithin(
                self._shapes[feature], shapely.points(x[row], y[row]), self._limits_m[limit]
            )
            return self._sure[-1][slots] + self._tally(row[near], limit[near], len(x))

    def _learn(self, depth: int, above: Positions, x: Floats, y: Floats, half: float) -> None:
        """Find out what is near all points of some new cells, of what is open above."""
        row, feature, limit = self._pairs(depth - 1, above)
        gap = shapely.distance(self._shapes[feature], shapely.points(x[row], y[row]))
        excess, reach = gap - self._limits_m[limit], half * _SQRT_2 + ROUNDING_M
        within, is_open = excess < -reach, np.abs(excess) <= reach
        sure = self._sure[depth - 1][above] + self._tally(row[within], limit[within], len(x))
        append(self._sure[depth], sure)
        item = feature * len(self._limits_m) + limit
        self._open[depth].add(np.bincount(row[is_open], minlength=len(x)), item[is_open])

    def _pairs(self, depth: int, slots: Positions) -> tuple[Positions, Positions, Positions]:
        """Return the rows of cells, and the features and distances that are open in them."""
        row, item = self._open[depth].expand(slots)
        return row, *np.divmod(item, len(self._limits_m))

    def _tally(self, row: Positions, limit: Positions, rows: int) -> Positions:
        """Count pairs of a row and a distance."""
        size = len(self._limits_m)
        return np.bincount(row * size + limit, minlength=rows * size).reshape(rows, size)
