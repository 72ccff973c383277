"""Hashes: which of millions of things were there before, in 16 bytes each."""

from typing import Final

import numpy as np

MOST: Final = 10_000_000  # of which one remembers; what comes later is held against these alone


class Hashes:
    """Remembers of each thing its hash and the row in which it stood first."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._runs: list[np.ndarray] = []  # two rows each, hashes in order and where they stood
        self._count = 0

    @property
    def are_full(self) -> bool:
        """Whether there came more than is remembered."""
        return self._count > MOST

    def firsts(self, hashes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Take in n things that stand in rows, in order; return where each of them stood first.

        Both are int64; a thing that was not there before stood first in its own row.
        """
        found, at, back = np.unique(hashes, return_index=True, return_inverse=True)
        first, new = rows[at], np.ones(len(found), dtype=bool)
        for known, stood in self._runs:
            place = np.minimum(np.searchsorted(known, found), len(known) - 1)
            same = known[place] == found
            first[same] = stood[place[same]]
            new &= ~same
        if new.any() and not self.are_full:
            self._keep(np.array([found[new], first[new]]))
        return np.asarray(first[back])

    def _keep(self, run: np.ndarray) -> None:
        """Add a run, and merge those of like size, so that there are few to look through."""
        self._count += run.shape[1]
        while self._runs and self._runs[-1].shape[1] <= 2 * run.shape[1]:
            run = np.hstack([self._runs.pop(), run])
            run = run[:, np.argsort(run[0], kind="stable")]
        self._runs.append(run)
