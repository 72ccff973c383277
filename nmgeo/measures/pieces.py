"""Pieces of land: what shapes of two layers share, and what is left of each."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from nmgeo.measures.fast.kernels import map_threads
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions

_NOISE_M2: Final = 1e-6  # an area that only rounding leaves
_MANY: Final = 500  # pairs that one thread takes at a time
_FEW: Final = 30  # polygons that are taken away one by one
_POLYGONS: Final = (3, 6)  # types of GEOS: polygon, multipolygon
_COLLECTION: Final = 7


def shared_pieces(shapes: Geometries, others: Geometries) -> pd.DataFrame:
    """Land that each shape shares with each of ``others``.

    Parameters
    ----------
    shapes, others : arrays of polygons, n and k
        On a grid in metres.

    Returns
    -------
    DataFrame, a row for each pair that shares land
        ``row`` and ``other`` (positions in the arrays), ``geometry`` and ``piece_m2`` (square
        metres, > 0); by row and then by other.

    Source
    ------
    Intersection by GEOS, where neither shape is the other nor holds it, and they do not only touch.
    """
    pairs = shapely.STRtree(others).query(shapes, predicate="intersects")
    rows, found = pairs[:, np.lexsort(pairs[::-1])]
    same = shapely.equals_exact(shapes[rows], others[found])
    apart = ~same & _relate(shapely.touches, shapes, rows, others, found, among=~same)
    rows, found, same = rows[~apart], found[~apart], same[~apart]
    pieces = shapes[rows]
    inner = ~same & _relate(shapely.covers, shapes, rows, others, found, among=~same)
    pieces[inner] = others[found[inner]]
    cut = ~same & ~inner
    land = _overlay(shapely.intersection, shapes[rows[cut]], others[found[cut]])
    pieces[cut] = keep_polygons(land)
    table = pd.DataFrame({"row": rows, "other": found, "piece_m2": shapely.area(pieces)})
    kept = (table["piece_m2"] > _NOISE_M2).to_numpy()
    table = table.assign(geometry=pd.Series(pieces, dtype=object))
    return table[kept].reset_index(drop=True)


def uncovered_pieces(
    shapes: Geometries, others: Geometries, rows: Positions, found: Positions
) -> Geometries:
    """Land of each shape that lies outside all of ``others``.

    Parameters
    ----------
    shapes, others : arrays of polygons, n and k
        On a grid in metres.
    rows, found : arrays of positions
        In ``shapes`` and in ``others``: which of them share land, as :func:`shared_pieces` tells.

    Returns
    -------
    array of n polygons
        Empty where a shape is covered.

    Source
    ------
    Difference by GEOS: one of the others after the other, or the union of them if they are many.
    The first is five times as fast for the few neighbours that a lot or a zone has.
    """
    left = shapes.copy()
    covered = _relate(shapely.covers, others, found, shapes, rows)
    left[rows[covered]] = shapely.Polygon()
    open_ = ~np.isin(rows, rows[covered])
    rows, found = rows[open_], found[open_]
    order = np.argsort(rows, kind="stable")
    rows, found = rows[order], found[order]
    used, starts, counts = np.unique(rows, return_index=True, return_counts=True)
    few = counts <= _FEW
    for turn in range(counts[few].max(initial=0)):
        at = few & (counts > turn)
        land = _overlay(shapely.difference, left[used[at]], others[found[starts[at] + turn]])
        left[used[at]] = keep_polygons(land)
    for row, start, count in zip(used[~few], starts[~few], counts[~few], strict=True):
        cover = shapely.union_all(others[found[start : start + count]])
        left[[row]] = keep_polygons(shapely.difference(shapes[[row]], cover))
    return left


def uncovered_m2(
    shapes: Geometries, others: Geometries, rows: Positions, found: Positions, pieces: pd.DataFrame
) -> Floats:
    """Area of each shape outside all of ``others``, for less work than the land itself takes.

    Parameters
    ----------
    shapes, others, rows, found
        As for :func:`uncovered_pieces`.
    pieces : DataFrame
        From :func:`shared_pieces`, a row for each of ``rows``.

    Returns
    -------
    array of n floats, square metres, >= 0

    Source
    ------
    The area of a shape less that of its pieces, and what two of them share but once. Where three
    pieces share land, as :func:`uncovered_pieces`.
    """
    land = pieces["geometry"].to_numpy()
    rest = shapely.area(shapes) - np.bincount(rows, pieces["piece_m2"], minlength=len(shapes))
    at, twice = _overlaps_of(rows, land)
    rest += np.bincount(at, shapely.area(twice), minlength=len(shapes))
    again = np.unique(_overlaps_of(at, twice)[0])  # land that three pieces hold
    some = np.isin(rows, again)
    near = np.searchsorted(again, rows[some])
    rest[again] = shapely.area(uncovered_pieces(shapes[again], others, near, found[some]))
    return np.asarray(rest.clip(min=0.0), dtype=float)


def _overlaps_of(rows: Positions, land: Geometries) -> tuple[Positions, Geometries]:
    """Return what pieces of one row share, two and two, and the row of each."""
    first, second = shapely.STRtree(land).query(land)
    twice = (first < second) & (rows[first] == rows[second])
    first, second = first[twice], second[twice]
    shared = keep_polygons(_overlay(shapely.intersection, land[first], land[second]))
    held = shapely.area(shared) > _NOISE_M2
    return rows[first[held]], shared[held]


def _relate(
    predicate: Callable[[Geometries, Geometries], Any],
    shapes: Geometries,
    rows: Positions,
    others: Geometries,
    found: Positions,
    *,
    among: Any = True,
) -> Any:
    """Tell for each pair whether a predicate holds, which is quick as shapes are prepared once."""
    told = np.zeros(len(rows), dtype=bool)
    at = np.flatnonzero(np.broadcast_to(among, told.shape))
    used = shapes[np.unique(rows[at])]
    shapely.prepare(used)
    told[at] = predicate(shapes[rows[at]], others[found[at]])
    shapely.destroy_prepared(used)  # threads may not share them
    return told


def _overlay(
    overlay: Callable[[Geometries, Geometries], Geometries], one: Geometries, two: Geometries
) -> Geometries:
    """Lay pairs of shapes over each other, on all processors if they are many."""
    if len(one) < _MANY:
        return overlay(one, two)
    chunks = np.array_split(np.arange(len(one)), len(one) // _MANY + 1)
    return np.concatenate(map_threads(lambda at: overlay(one[at], two[at]), chunks))


def separate_overlaps(shapes: Geometries, order: Positions) -> Geometries:
    """Give land that several shapes of one layer hold to the first of them.

    Parameters
    ----------
    shapes : array of n polygons
        On a grid in metres.
    order : array of n positions
        The shapes in the order in which they keep their land.

    Returns
    -------
    array of n polygons
        In the order of ``shapes``; together they cover the same land, each piece once.
    """
    rank = np.empty(len(shapes), dtype=int)
    rank[order] = np.arange(len(shapes))
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later = rank[first] > rank[second]
    first, second = first[later], second[later]
    overlaps = shapely.area(shapely.intersection(shapes[first], shapes[second])) > _NOISE_M2
    return uncovered_pieces(shapes, shapes, first[overlaps], second[overlaps])


def keep_polygons(shapes: Geometries) -> Any:
    """Return shapes without the points and lines in which neighbours touch.

    Parameters
    ----------
    shapes : array of geometries
        Results of an overlay.

    Returns
    -------
    array of polygons and multipolygons
        Empty polygons where a shape had no area.
    """
    kept = np.array(shapes, dtype=object)
    kinds = shapely.get_type_id(kept)
    kept[~np.isin(kinds, (*_POLYGONS, _COLLECTION))] = shapely.Polygon()
    for place in np.flatnonzero(kinds == _COLLECTION):
        parts = shapely.get_parts(shapely.get_parts(kept[place]))
        land = shapely.union_all(parts[shapely.get_type_id(parts) == _POLYGONS[0]])
        kept[place] = shapely.Polygon() if land.is_empty else land
    return kept
