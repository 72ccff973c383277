"""Kernels: nearest, counts and overlap of a million geometries against thousands of sites.

Arrays in, arrays out, in one metric CRS. What is known of the centre of a block of geometries
holds for what is in it, give or take its reach: most are decided by the block, and the few others
measured one by one, by GEOS, or by :mod:`nmgeo.measures.fast.numba_kernels` where numba is
installed.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from typing import Final, TypeAlias, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from nmgeo.measures.fast.spatial_index import (
    MAX_PIECE_VERTICES,
    BlockTree,
    Floats,
    Geometries,
    Positions,
    add_single_blocks,
    build_tree,
    cut_pieces,
    present_rows,
)

TIE_M: Final = 1e-6  # distances that differ by no more are the same
NUMBA_MIN_GEOMETRIES: Final = 50_000  # geometries from which on numba is worth its start
_SHARES: Final = 32  # of the work, at least, so that no thread waits for long
_SITES: Final = 256  # counted at a time, at most

Pairs: TypeAlias = tuple[
    Positions, Positions, Floats
]  # a block, a site and the metres between them
DistanceFunction: TypeAlias = partial[
    Floats
]  # of blocks or geometries and sites, by their positions
_In = TypeVar("_In")
_Out = TypeVar("_Out")


def nearest(
    geoms: Geometries, sites: Geometries, *, fast: bool | None = None
) -> tuple[Positions, Floats]:
    """Find the nearest site to each geometry, edge to edge.

    Parameters
    ----------
    geoms, sites : array of geometry, n and k, one metric CRS
        Points, lines or polygons, valid, single or multi.
    fast : bool, optional
        Measure with numba; if not said, where it is installed and there are :data:`MANY`.

    Returns
    -------
    positions : array, n, int
        In ``sites``; of those equally near, to :data:`TIE_M`, the first; -1 if the geometry, or
        every site, is missing or empty.
    distances : array, n, float64, metres, >= 0
        0 inside a site; NaN where the position is -1.

    Raises
    ------
    ImportError
        If ``fast`` and numba is not installed.

    Source
    ------
    Planar distance (GEOS, through shapely); numba agrees with it to 1e-6 m.
    """
    positions, distances = np.full(len(geoms), -1), np.full(len(geoms), np.nan)
    blocks, (pieces, owner) = build_tree(geoms), cut_pieces(sites)
    if len(blocks.order) and len(pieces):
        found, gaps = _nearest(blocks, _rulers(blocks, pieces, fast=fast), owner)
        positions[blocks.order], distances[blocks.order] = found, gaps
    return positions, distances


def within_counts(
    sites: Geometries, geoms: Geometries, distances: Iterable[float], *, fast: bool | None = None
) -> Positions:
    """Count the geometries no further from each site than each distance.

    Parameters
    ----------
    sites, geoms : array of geometry, k and n, one metric CRS
        Points, lines or polygons, valid, single or multi.
    distances : floats, d, metres, >= 0
        Edge to edge; one at exactly that distance is counted, as far as GEOS can tell.
    fast : bool, optional
        As for :func:`nearest`; the counts are the same.

    Returns
    -------
    array, k x d, int, >= 0
        0 for a site that is missing or empty; in a ring, that of its outer edge less its inner.

    Raises
    ------
    ImportError
        If ``fast`` and numba is not installed.

    Source
    ------
    ``dwithin`` of GEOS, also for what numba measures to within :data:`TIE_M` of a distance.
    """
    reaches = np.asarray(list(distances), dtype=np.float64)
    counts = np.zeros((len(sites), len(reaches)), dtype=np.intp)
    blocks, there = add_single_blocks(build_tree(geoms)), present_rows(sites)
    if len(blocks.order) and len(there):
        here = sites[there]
        rulers = _rulers(blocks, here, fast=fast)
        parts = max(len(here) // _SITES, min(len(here), _SHARES))
        rows = np.array_split(np.arange(len(here)), parts)
        shares = [(row, column) for column in range(len(reaches)) for row in rows]
        found = _threads(lambda at: _counted(blocks, rulers, here, at[0], reaches[at[1]]), shares)
        for (row, column), part in zip(shares, found, strict=True):
            counts[there[row], column] = part
    return counts


def overlaps(sites: Geometries, polygons: Geometries) -> tuple[Positions, Positions, Floats]:
    """Measure how much of each polygon lies in each site.

    Parameters
    ----------
    sites, polygons : array of geometry, k and n, one metric CRS
        Polygons, valid, single or multi; what has no area overlaps nothing.

    Returns
    -------
    sites, polygons : arrays, m, int
        The positions of each pair that overlaps, by site and then by polygon.
    areas : array, m, float64, m2, > 0
        Of the land that the two share.

    Source
    ------
    Intersection by GEOS; a polygon that lies within a site is not cut.
    """
    pieces, owner = cut_pieces(sites)
    piece, polygon = _meeting(pieces, polygons)
    shares = np.array_split(np.arange(len(piece)), _SHARES)
    found = _threads(lambda rows: _areas(pieces, polygons, piece[rows], polygon[rows]), shares)
    areas, many = np.concatenate(found), max(1, len(polygons))
    some = areas > 0
    pairs, of = np.unique(owner[piece[some]] * many + polygon[some], return_inverse=True)
    return *np.divmod(pairs, many), np.bincount(of, areas[some], minlength=len(pairs)).astype(float)


def inside_shares(polygons: Geometries, sites: Geometries) -> Floats:
    """Measure the share of each polygon that lies inside any site, overlaps counted once.

    Parameters
    ----------
    polygons, sites : array of geometry, n and k, one metric CRS
        As for :func:`overlaps`.

    Returns
    -------
    array, n, float64, 0 to 1
        NaN for what has no area.

    Source
    ------
    Union and intersection by GEOS.
    """
    _, found, areas = overlaps(np.array([shapely.union_all(sites)]), polygons)
    inside = np.bincount(found, weights=areas, minlength=len(polygons))
    whole = shapely.area(polygons)
    shares = np.full(len(polygons), np.nan)
    np.divide(inside, whole, out=shares, where=whole > 0)
    return shares.clip(max=1.0)


def _threads(work: Callable[[_In], _Out], shares: Iterable[_In]) -> list[_Out]:
    """Work on every core: GEOS and numba let other threads run."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, shares))


def _rulers(blocks: BlockTree, pieces: Geometries, *, fast: bool | None) -> list[DistanceFunction]:
    """Return for each level what measures its blocks, or the geometries, to the pieces."""
    if fast is None:
        fast = len(blocks.geoms) >= NUMBA_MIN_GEOMETRIES and find_spec("numba") is not None
    kinds = [shapely.get_type_id(shapes) for shapes in (blocks.geoms, pieces)]
    mixed = any((kind == shapely.GeometryType.GEOMETRYCOLLECTION).any() for kind in kinds)
    if fast and not mixed:  # which only GEOS measures
        from nmgeo.measures.fast import numba_kernels  # noqa: PLC0415 - numba is an extra, and takes time to import

        here = [numba_kernels.points_as_strings(level.x, level.y) for level in blocks.levels]
        if (kinds[0] > shapely.GeometryType.POINT).any():
            here[-1] = numba_kernels.to_vertex_strings(blocks.geoms, blocks.order)
        there = numba_kernels.to_vertex_strings(pieces)
        return [partial(numba_kernels.pair_distances_m, strings, there) for strings in here]
    return [partial(_gaps, blocks, pieces, depth) for depth in range(len(blocks.levels))]


def _gaps(
    blocks: BlockTree, pieces: Geometries, depth: int, items: Positions, sites: Positions
) -> Floats:
    return np.asarray(shapely.distance(blocks.geometries(depth, items), pieces[sites]))


def _nearest(
    blocks: BlockTree, rulers: list[DistanceFunction], owner: Positions
) -> tuple[Positions, Floats]:
    """Descend from the block that holds all, first in one thread and then in many."""
    sizes = [len(level.reach) for level in blocks.levels]
    fork = next((depth for depth, size in enumerate(sizes) if size >= _SHARES), len(sizes) - 1)

    def descend(pairs: Pairs, start: int, stop: int) -> Pairs:
        for depth in range(start, stop):
            pairs = _closer(blocks, depth, rulers[depth + 1], pairs)
        return pairs

    def finish(share: Pairs) -> tuple[Positions, Floats]:
        return _first(descend(share, fork, len(sizes) - 1), owner)

    root, every = np.zeros(len(owner), dtype=np.intp), np.arange(len(owner))
    item, site, gap = descend((root, every, rulers[0](root, every)), 0, fork)
    rows = [item == block for block in range(sizes[fork])]
    parts = _threads(finish, [(item[row], site[row], gap[row]) for row in rows])
    found, gaps = (np.concatenate(column) for column in zip(*parts, strict=True))
    return found, gaps


def _closer(blocks: BlockTree, depth: int, ruler: DistanceFunction, pairs: Pairs) -> Pairs:
    """Go one level down with the sites that may be the nearest to something in the block."""
    item, site, gap = pairs
    inner, row = blocks.children(depth, item)
    beyond = gap - _least(item, gap)[item - item.min()]
    # Both the nearest site and this one may be nearer or further by the reach.
    near = beyond[row] <= 2 * (blocks.levels[depth + 1].reach[inner] + TIE_M)
    inner, site = inner[near], site[row[near]]
    return inner, site, ruler(inner, site)


def _least(item: Positions, gap: Floats) -> Floats:
    best = np.full(np.ptp(item) + 1, np.inf)
    np.minimum.at(best, item - item.min(), gap)
    return best


def _first(pairs: Pairs, owner: Positions) -> tuple[Positions, Floats]:
    """Return the first of the nearest sites of each geometry, and how far it is."""
    item, site, gap = pairs
    best, item = _least(item, gap), item - item.min()
    near = gap <= best[item] + TIE_M
    found = np.full(len(best), owner.max())
    np.minimum.at(found, item[near], owner[site[near]])
    return found, best


def _counted(
    nested: BlockTree,
    rulers: list[DistanceFunction],
    sites: Geometries,
    rows: Positions,
    far: float,
) -> Positions:
    """Descend while a block is neither as a whole within the reach nor as a whole beyond it."""
    counts, most = np.zeros(len(sites)), len(sites)
    item, site = np.zeros(len(rows), dtype=np.intp), rows
    for depth in range(len(rulers) - 1):
        beyond = rulers[depth](item, site) - far
        item, row = nested.children(depth, item)
        level = nested.levels[depth + 1]
        site, beyond, give = site[row], beyond[row], level.reach[item] + TIE_M
        whole = beyond < -give
        counts += np.bincount(site[whole], level.counts[item[whole]], minlength=most)
        unsure = np.abs(beyond) <= give
        item, site = item[unsure], site[unsure]
    near = _near(nested, rulers[-1], sites, (item, site), far)
    return (counts.astype(np.intp) + np.bincount(site[near], minlength=most))[rows]


def _near(
    blocks: BlockTree,
    ruler: DistanceFunction,
    sites: Geometries,
    pairs: tuple[Positions, Positions],
    reach: float,
) -> NDArray[np.bool_]:
    """Tell which geometries are no further than the reach; GEOS decides where numba may not."""
    item, site = pairs
    near, unsure = np.zeros(len(item), dtype=bool), np.arange(len(item))
    if ruler.func is not _gaps:
        beyond = ruler(item, site) - reach
        near, unsure = beyond < 0, np.flatnonzero(np.abs(beyond) <= TIE_M)
    used, at = np.unique(site[unsure], return_inverse=True)
    here, there = _prepared(sites[used])[at], blocks.geoms[blocks.order[item[unsure]]]
    near[unsure] = shapely.dwithin(here, there, reach)
    return near


def _meeting(pieces: Geometries, polygons: Geometries) -> tuple[Positions, Positions]:
    """Return the pairs whose boxes meet, by piece and then by polygon."""
    tree, shares = shapely.STRtree(pieces), np.array_split(polygons, os.cpu_count() or 1)
    starts = np.cumsum([0, *map(len, shares)])
    found = _threads(tree.query, shares)
    polygon = np.concatenate([pair[0] + start for pair, start in zip(found, starts, strict=False)])
    piece = np.concatenate([pair[1] for pair in found])
    order = np.argsort(piece, kind="stable")
    return piece[order], polygon[order]


def _areas(
    pieces: Geometries, polygons: Geometries, piece: Positions, polygon: Positions
) -> Floats:
    """Measure the land that pairs share."""
    used, at = np.unique(piece, return_inverse=True)
    here, there = _prepared(pieces[used], at_least=0)[at], polygons[polygon]
    areas = np.zeros(len(here))
    whole = shapely.contains_properly(here, there)
    areas[whole] = shapely.area(there[whole])
    rest = np.flatnonzero(~whole)
    rest = rest[shapely.intersects(here[rest], there[rest])]
    areas[rest] = shapely.area(shapely.intersection(here[rest], there[rest]))
    return areas


def _prepared(shapes: Geometries, *, at_least: int = MAX_PIECE_VERTICES) -> Geometries:
    """Return copies, those of many vertices prepared, which is not safe among threads."""
    copies = shapely.force_2d(shapes)
    shapely.prepare(copies[shapely.get_num_coordinates(copies) >= at_least])
    return np.asarray(copies)
