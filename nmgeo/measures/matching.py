"""Matching: which features of two layers are the same, by the land that they share."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from nmgeo.measures.fast.spatial_index import Geometries, Positions


def match_by_overlap(
    a_m2: np.ndarray, b_m2: np.ndarray, pairs: pd.DataFrame, *, same: float, least: float
) -> pd.DataFrame:
    """Match the features of two registers by the land that they share.

    Two features belong to one match if they share at least ``least`` of the smaller one.

    Parameters
    ----------
    a_m2, b_m2 : arrays, n and k
        Areas of the features of both registers, square metres.
    pairs : DataFrame
        From :func:`nmgeo.measures.pieces.shared_pieces`.
    same : float
        Share (0 to 1) of the larger one of two features that they must share to be the same.
    least : float
        Share (0 to 1) of the smaller one.

    Returns
    -------
    DataFrame, n + k rows
        ``register`` (``a`` or ``b``), ``row`` (position in the register), ``match`` (number of
        the match, from 1) and ``result``: ``same``, ``split`` (one of A is several of B),
        ``merged`` (several of A are one of B), ``partial`` (one and one that share too little to
        be the same, or several and several), ``only_a`` and ``only_b``.
    """
    row, other = pairs["row"].to_numpy(), pairs["other"].to_numpy()
    shared, a, b = pairs["piece_m2"].to_numpy(), a_m2[row], b_m2[other]
    linked = shared >= least * np.minimum(a, b)
    alike = shared >= same * np.maximum(a, b)
    match = _components(len(a_m2), len(b_m2), row[linked], other[linked])
    features = pd.DataFrame(
        {
            "register": ["a"] * len(a_m2) + ["b"] * len(b_m2),
            "row": [*range(len(a_m2)), *range(len(b_m2))],
            "match": match,
        }
    )
    sides = (match[: len(a_m2)], match[len(a_m2) :])
    size = match.max(initial=0) + 1
    counts = pd.DataFrame(
        {n: np.bincount(m, minlength=size) for n, m in zip("ab", sides, strict=True)}
    )
    same_match = np.unique(match[row[linked & alike]])
    return features.assign(result=features["match"].map(_results(counts, same_match)))


def _results(counts: pd.DataFrame, same: np.ndarray) -> pd.Series:
    a, b = counts["a"], counts["b"]
    single = (a == 1) & (b == 1)
    cases = {
        "only_a": b == 0,
        "only_b": a == 0,
        "same": single & counts.index.isin(same),
        "split": (a == 1) & (b > 1),
        "merged": (a > 1) & (b == 1),
    }
    return pd.Series(np.select(list(cases.values()), list(cases), "partial"), index=counts.index)


def _components(a_count: int, b_count: int, row: Positions, other: Positions) -> np.ndarray:
    """Return the number of the group of each feature, from 1; links hold a group together."""
    parent = list(range(a_count + b_count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for one, two in zip(row.tolist(), (other + a_count).tolist(), strict=True):
        first, second = sorted((root(one), root(two)))
        parent[second] = first
    roots = [root(node) for node in range(a_count + b_count)]
    return np.asarray(pd.factorize(np.array(roots))[0]) + 1


def pair_by_shape(
    old: Geometries, new: Geometries, old_texts: Iterable[Any], new_texts: Iterable[Any]
) -> np.ndarray:
    """Pair features of one shape, those with the same attributes first.

    Parameters
    ----------
    old, new : arrays of geometries, n and k
        On one grid.
    old_texts, new_texts : iterables, n and k
        The attributes of each feature as text.

    Returns
    -------
    array, p x 2
        Positions in ``old`` and ``new``, each at most once.
    """
    shapes = [
        shapely.to_wkb(shapely.normalize(shapely.transform(one, lambda xy: np.round(xy, 2))))
        for one in (old, new)
    ]
    texts = [list(old_texts), list(new_texts)]
    exact = [list(zip(s, t, strict=True)) for s, t in zip(shapes, texts, strict=True)]
    found: dict[int, int] = {}
    _pair_equal(exact[0], exact[1], found)
    _pair_equal(list(shapes[0]), list(shapes[1]), found)
    return np.array(sorted(found.items()), dtype=int).reshape(-1, 2)


def _pair_equal(old: list[Any], new: list[Any], found: dict[int, int]) -> None:
    """Pair equal values that are not paired yet, in their order."""
    used, waiting = set(found.values()), dict[Any, list[int]]()
    for place in range(len(new) - 1, -1, -1):
        if place not in used:
            waiting.setdefault(new[place], []).append(place)
    for place, value in enumerate(old):
        if place not in found and waiting.get(value):
            found[place] = waiting[value].pop()


def pair_by_overlap(a_m2: np.ndarray, b_m2: np.ndarray, pairs: pd.DataFrame) -> np.ndarray:
    """Pair features that share more than half of the land of both together, the best first.

    Parameters
    ----------
    a_m2, b_m2, pairs
        As for :func:`match_by_overlap`.

    Returns
    -------
    array, p x 2
        Positions in both, each at most once.
    """
    row, other = pairs["row"].to_numpy(), pairs["other"].to_numpy()
    shared = pairs["piece_m2"].to_numpy()
    share = shared / (a_m2[row] + b_m2[other] - shared)
    best: dict[int, int] = {}
    taken: set[int] = set()
    for place in np.argsort(-share, kind="stable"):
        one, two = int(row[place]), int(other[place])
        if share[place] > 1 / 2 and one not in best and two not in taken:
            best[one] = two
            taken.add(two)
    return np.array(sorted(best.items()), dtype=int).reshape(-1, 2)
