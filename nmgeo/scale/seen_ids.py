"""Ids of the batches that are done, kept as hashes, to find one that comes again."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nmgeo.arrow_columns import one_array

_WORD: Final = 8  # bytes that are hashed at a time
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio
_HALF: Final = np.uint64(32)  # bits
_FIRST: Final = 23  # bits of a hash that tell most new ids from all known ones
_REST: Final = np.uint64(64 - _FIRST)
_LETTERS: Final = np.array([2 ** (8 * size) - 1 for size in range(_WORD + 1)], np.uint64)  # bits


class SeenIds:
    """The ids of all batches so far, in eight bytes each and 8 MB.

    Two different ids of ten million have the same hash with a chance of 1 in 300,000.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._sorted: list[Any] = []  # hashes, each array at least twice as long as the next
        self._begins = np.zeros(2**_FIRST, dtype=bool)  # whether one begins with these bits

    def add(self, ids: Any) -> str | None:
        """Add the ids of a batch.

        Parameters
        ----------
        ids : array of str
            Of Arrow or numpy; an id of the batch may stand in several rows.

        Returns
        -------
        str or None
            The first of them that an earlier batch had as well.
        """
        texts = _without_repeats(_joined(ids))
        hashes = hash_texts(texts)
        again = np.zeros(len(hashes), dtype=bool)
        merged = np.sort(hashes)
        merged = merged.compress(np.diff(merged, prepend=~merged[:1]) != 0)
        firsts = (merged >> _REST).astype(np.intp)  # they ascend as well
        alike = merged.compress(self._begins.take(firsts))
        self._begins[firsts] = True
        for known in self._sorted:
            twice = alike[_is_among(alike, known)]
            again |= np.isin(hashes, twice, kind="sort") if len(twice) else False
        if again.any():
            return str(texts[int(again.argmax())].as_py())
        while self._sorted and len(self._sorted[-1]) < 2 * len(merged):
            merged = np.sort(np.concatenate([self._sorted.pop(), merged]))
        if len(merged):
            self._sorted.append(merged)
        return None


def hash_texts(texts: pa.Array) -> NDArray[np.uint64]:
    """Hash texts to 64 bits, the same wherever a text stands; two of up to eight bytes differ."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset :][: len(texts) + 1]
    starts, sizes = offsets[:-1].astype(np.intp), np.diff(offsets).astype(np.intp)
    stored = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[: offsets[-1]]
    data = np.append(stored, np.zeros(_WORD, np.uint8))
    words = np.ndarray(len(data) - _WORD + 1, "<u8", data, strides=(1,))  # one from each byte on
    hashes = sizes.astype(np.uint64)
    for first in range(0, int(sizes.max(initial=0)), _WORD):
        rows = slice(None) if sizes.min() > first else np.flatnonzero(sizes > first)
        left = np.minimum(sizes[rows] - first, _WORD)
        mixed = (hashes[rows] ^ words[starts[rows] + first] & _LETTERS[left]) * _ODD
        hashes[rows] = mixed ^ (mixed >> _HALF)
    return hashes


def _joined(ids: Any) -> pa.Array:
    """Return ids as one array of text."""
    is_arrow = isinstance(ids, pa.Array | pa.ChunkedArray)
    texts = one_array(ids) if is_arrow else pa.array(ids, pa.string())
    return texts.fill_null("") if texts.null_count else texts  # which takes long where none is


def _without_repeats(texts: pa.Array) -> pa.Array:
    """Return texts without those that equal the one before: the rows of a site are together."""
    begins = pc.not_equal(texts[1:], texts[:-1])
    if not len(begins) or pc.all(begins).as_py():
        return texts
    return texts.filter(pa.concat_arrays([pa.array([True]), begins]))


def _is_among(values: Any, known: Any) -> Any:
    """Tell which values stand in a sorted array."""
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return known[places] == values
