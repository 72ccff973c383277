"""Cells over the places of points, each half as wide as the one above, and lists by cell.

What is near a cell is found among what is near the cell above it, once a point lies in it.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from nmgeo.measures.fast.spatial_index import Floats, Positions

DEPTH: Final = 10  # levels of cells below the one that holds all; learning finer ones takes longer
ROUNDING_M: Final = 1e-6  # by which bounds of distances may be out
_WIDER: Final = 1 + 1e-9  # so that a point on the far edge of the box lies in a cell
_AT_ONCE: Final = 4_096  # cells that are learned, so that what is at work fits into the cache
_LEAST_M: Final = 1.0  # width of the box

# Depth of the level, slots of the cells above, x and y of the middles, and half the width, metres.
Learn = Callable[[int, Positions, Floats, Floats, float], None]


class Lists:
    """Lists of whole numbers of different lengths, to which more can be added.

    Parameters
    ----------
    count : int, optional
        The first list holds the whole numbers below it; there is none yet if not given.
    """

    def __init__(self, count: int | None = None) -> None:
        """Begin with one list, or with none."""
        self.ends = np.array([0] if count is None else [0, count], dtype=np.intp)
        self.values = np.arange(count or 0, dtype=np.intp)

    def add(self, counts: Positions, values: Positions) -> None:
        """Add a list for each count."""
        append(self.ends, self.ends[-1] + np.cumsum(counts))
        append(self.values, values)

    def expand(self, slots: Positions) -> tuple[Positions, Positions]:
        """Return the row of each value in some lists, and the value."""
        firsts, counts = self.ends[slots], self.ends[slots + 1] - self.ends[slots]
        row, places = ranges(firsts, counts)
        return row, self.values[places]


class CellTree:
    """Finds the cell of each point, and has new cells learned from the root down.

    Parameters
    ----------
    box : four floats, metres
        Where points may lie: least x and y, greatest x and y.
    learn : function
        Is called for the new cells of a level, whose slots follow those of the level so far.
    """

    def __init__(self, box: tuple[float, ...], learn: Learn) -> None:
        """Know the cell that holds all, in slot 0."""
        self._learn = learn
        self._west, self._south = box[:2]
        self._width = max(box[2] - box[0], box[3] - box[1], _LEAST_M) * _WIDER
        self._slot = [np.full(4**depth, -1, dtype=np.int32) for depth in range(DEPTH + 1)]
        self._slot[0][0] = 0
        self._counts = [1] + [0] * DEPTH

    @property
    def reach_m(self) -> float:
        """How far a point may lie from the middle of its finest cell, metres."""
        return float(self._width / 2**DEPTH / np.sqrt(2.0)) + ROUNDING_M

    def slots(self, x: Floats, y: Floats) -> Positions:
        """Return the slot of the finest cell of each point."""
        side = 2**DEPTH
        column, line = (
            np.clip(((v - low) * (side / self._width)).astype(np.intp), 0, side - 1)
            for v, low in ((x, self._west), (y, self._south))
        )
        code = line * side + column
        if len(new := self._new(DEPTH, code)):
            self._descend(new % side, new // side)
        return np.asarray(self._slot[-1][code].astype(np.intp))

    def _descend(self, column: Positions, line: Positions) -> None:
        """Learn the cells that are new, level by level, and those above them."""
        for depth in range(1, DEPTH + 1):
            side, up = 2**depth, DEPTH - depth
            code = self._new(depth, (line >> up) * side + (column >> up))
            x, y, width = code % side, code // side, self._width / side
            above = self._slot[depth - 1][(y >> 1) * (side // 2) + (x >> 1)].astype(np.intp)
            self._slot[depth][code] = np.arange(len(code)) + self._counts[depth]
            self._counts[depth] += len(code)
            at_x, at_y = self._west + (x + 0.5) * width, self._south + (y + 0.5) * width
            for start in range(0, len(code), _AT_ONCE):
                cut = slice(start, start + _AT_ONCE)
                self._learn(depth, above[cut], at_x[cut], at_y[cut], width / 2)

    def _new(self, depth: int, code: Positions) -> Positions:
        """Return the cells of a level that are not known, each once."""
        return np.unique(code[self._slot[depth][code] < 0])


def append(array: Any, more: Any) -> None:
    """Add rows to an array in its place, of which there are no views: large ones are not copied."""
    size = len(array)
    array.resize((size + len(more), *array.shape[1:]), refcheck=False)
    array[size:] = more


def ranges(firsts: Positions, counts: Positions) -> tuple[Positions, Positions]:
    """Return the row of each number in ranges, and the number."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) + (firsts - np.cumsum(counts) + counts)[row]
