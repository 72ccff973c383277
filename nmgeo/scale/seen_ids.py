"""Ids of the batches that are done, kept as hashes, to find one that comes again."""

from typing import Any

import numpy as np
import pandas as pd


class SeenIds:
    """The ids of all batches so far, in eight bytes each.

    Two different ids of ten million have the same hash with a chance of 1 in 300,000.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._sorted: list[Any] = []  # hashes, each array at least twice as long as the next

    def add(self, ids: Any) -> str | None:
        """Add the ids of a batch.

        Parameters
        ----------
        ids : array of str
            Each once.

        Returns
        -------
        str or None
            The first of them that an earlier batch had as well.
        """
        hashes = pd.util.hash_array(np.asarray(ids, dtype=object), categorize=False)
        again = np.zeros(len(hashes), dtype=bool)
        for known in self._sorted:
            places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
            again |= known[places] == hashes
        if again.any():
            return str(ids[int(again.argmax())])
        merged = np.sort(hashes)
        while self._sorted and len(self._sorted[-1]) < 2 * len(merged):
            merged = np.sort(np.concatenate([self._sorted.pop(), merged]))
        if len(merged):
            self._sorted.append(merged)
        return None
