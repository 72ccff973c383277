"""Hashes: find duplicates among millions of values, in 16 bytes each."""

from typing import Final

import numpy as np

MOST: Final = 10_000_000  # values that are kept; later ones are compared with these only


class Hashes:
    """The hash of each value and the row of its first occurrence."""

    def __init__(self) -> None:
        """Start without values."""
        # Two rows each: sorted hashes, and the rows of their first occurrence.
        self._runs: list[np.ndarray] = []
        self._count = 0

    @property
    def are_full(self) -> bool:
        """Whether there were more values than are kept."""
        return self._count > MOST

    def firsts(self, hashes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Add n values; return the row in which each of them occurred first.

        Parameters
        ----------
        hashes, rows : array of int64, n values
            Of the values, with rows ascending.

        Returns
        -------
        array of int64, n values
            Its own row for a value that is new.
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
        """Add a run, and merge runs of similar size, so that few have to be searched."""
        self._count += run.shape[1]
        while self._runs and self._runs[-1].shape[1] <= 2 * run.shape[1]:
            run = np.hstack([self._runs.pop(), run])
            run = run[:, np.argsort(run[0], kind="stable")]
        self._runs.append(run)
