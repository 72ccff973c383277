"""Fast kernels: nearest site, counts and overlaps for a million geometries and thousands of sites.

Arrays in, arrays out, in one CRS in metres. Geometries are grouped in blocks. The distance of a
geometry differs from that of the centre of its block by at most the reach of the block, so most
geometries are decided by their block. The others are measured one by one, by GEOS, or by
:mod:`nmgeo.measures.fast.numba_kernels` if numba is installed.

It is longer than 300 lines because the three searches share one descent through the blocks.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from nmgeo.bounds import bounds_of
from nmgeo.measures.fast.count_grid import CountGrid
from nmgeo.measures.fast.rings import Rings
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

TIE_M: Final = 1e-6  # distances that differ by no more are equal
NUMBA_MIN_GEOMETRIES: Final = 50_000  # for fewer, starting numba takes longer than it saves
_MIN_CHUNKS: Final = 32  # chunks of work, so that no thread waits for long
_ITEMS_PER_SHARE: Final = 1_024  # of the descent: with fewer, most time goes into calls of numpy
_LEAST_SHARES: Final = 8
_MANY_SITES: Final = 10_000  # from which on sites are counted one by one
_SITES_PER_CHUNK: Final = 256  # at most
_PAIRS_PER_CHUNK: Final = 32  # of a piece and a polygon, at least
FEW_PAIRS: Final = 100_000  # of vertices, which are measured sooner than put into blocks

Pairs: TypeAlias = tuple[Positions, Positions, Floats]  # blocks, sites, metres between them
DistanceFunction: TypeAlias = partial[Floats]  # takes positions of blocks (or geometries), sites
_Input = TypeVar("_Input")
_Output = TypeVar("_Output")


class NearestTwo(NamedTuple):
    """The nearest two sites of n geometries, n x 2: -1 and NaN where there is none.

    ``tied`` tells where more sites are as near as one of the two, so that their order is open.
    """

    positions: Positions
    distances: Floats
    tied: NDArray[np.bool_]


@dataclass(frozen=True)
class _Descent:
    """How blocks are searched: what measures them, and up to which distance sites are kept.

    Where there are ``few``, all pairs are measured at once.
    """

    blocks: BlockTree
    rulers: list[DistanceFunction]
    pieces: int
    limit: Callable[[Pairs], Floats]
    give_m: float
    few: bool


def nearest(
    geoms: Geometries, sites: Geometries, *, fast: bool | None = None
) -> tuple[Positions, Floats]:
    """Find the nearest site to each geometry, and its distance in metres, edge to edge.

    Parameters
    ----------
    geoms, sites : array of geometry, n and k, one metric CRS
        Points, lines or polygons, valid, single or multi.
    fast : bool, optional
        Measure with numba. By default if it is installed and there are at least
        :data:`NUMBA_MIN_GEOMETRIES`.

    Returns
    -------
    positions : array, n, int
        Position in ``sites``; the first of those equally near (within :data:`TIE_M`); -1 if the
        geometry, or every site, is missing or empty.
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
        how = _Descent(
            blocks,
            _distance_functions(blocks, pieces, fast=fast),
            len(owner),
            _least,
            TIE_M,
            _are_few(geoms, pieces),
        )
        found, gaps = _descend(how, partial(_first, owner=owner))
        positions[blocks.order], distances[blocks.order] = found, gaps
    return positions, distances


def nearest_two(geoms: Geometries | Rings, sites: Geometries, *, noise_m: float) -> NearestTwo:
    """Find the nearest and the next nearest site to each geometry, edge to edge.

    Parameters
    ----------
    geoms : array of geometry or Rings, n, metric CRS
    sites : array of geometry, k, in the same CRS
        As for :func:`nearest`.
    noise_m : float
        Metres; distances that differ by no more are the same.

    Returns
    -------
    NearestTwo
        The positions and distances of both.

    Source
    ------
    As :func:`nearest`.
    """
    positions, distances = np.full((len(geoms), 2), -1), np.full((len(geoms), 2), np.nan)
    tied = np.zeros(len(geoms), dtype=bool)
    boxes = geoms.boxes if isinstance(geoms, Rings) else None
    blocks, (pieces, owner) = build_tree(geoms, boxes), cut_pieces(sites)
    if len(blocks.order) and len(pieces):
        take, limit = partial(_two, owner=owner, noise_m=noise_m), partial(_second, owner=owner)
        how = _Descent(
            blocks,
            _distance_functions(blocks, pieces, fast=None),
            len(owner),
            limit,
            noise_m,
            _are_few(geoms, pieces),
        )
        found = _descend(how, take)
        positions[blocks.order], distances[blocks.order], tied[blocks.order] = found
    return NearestTwo(positions, distances, tied)


def within_counts(
    sites: Geometries, geoms: Geometries, distances: Iterable[float], *, fast: bool | None = None
) -> Positions:
    """Count the geometries within each distance (metres) of each site.

    Parameters
    ----------
    sites, geoms : array of geometry, k and n, one metric CRS
        Points, lines or polygons, valid, single or multi.
    distances : floats, d, metres, >= 0
        Edge to edge. A geometry at exactly that distance is counted, within the precision of GEOS.
    fast : bool, optional
        As for :func:`nearest`; the counts are the same.

    Returns
    -------
    array, k x d, int, >= 0
        0 for a site that is missing or empty. The count in a ring is the difference of the counts
        at its outer and inner distance.

    Raises
    ------
    ImportError
        If ``fast`` and numba is not installed.

    Source
    ------
    ``dwithin`` of GEOS, also for geometries whose distance by numba is within :data:`TIE_M` of the
    limit.
    """
    distances_m = np.asarray(list(distances), dtype=np.float64)
    if _are_few(sites, geoms):
        return _count_by_tree(shapely.STRtree(geoms), sites, distances_m)
    if len(sites) > max(len(geoms), _MANY_SITES):
        return _count_by_site(sites, geoms, distances_m)
    counts = np.zeros((len(sites), len(distances_m)), dtype=np.intp)
    tree, rows_present = add_single_blocks(build_tree(geoms)), present_rows(sites)
    if len(tree.order) and len(rows_present):
        present_sites = sites[rows_present]
        measures = _distance_functions(tree, present_sites, fast=fast)
        chunk_count = max(
            len(present_sites) // _SITES_PER_CHUNK, min(len(present_sites), _MIN_CHUNKS)
        )
        row_chunks = np.array_split(np.arange(len(present_sites)), chunk_count)
        chunks = [(rows, column) for column in range(len(distances_m)) for rows in row_chunks]
        found = map_threads(
            lambda chunk: _count_within(
                tree, measures, present_sites, chunk[0], distances_m[chunk[1]]
            ),
            chunks,
        )
        for (rows, column), found_counts in zip(chunks, found, strict=True):
            counts[rows_present[rows], column] = found_counts
    return counts


def _count_by_site(sites: Geometries, geoms: Geometries, distances_m: Floats) -> Positions:
    """Count with an index of the geometries, which is quicker for many sites and few geometries."""
    if len(points := _points_alone(sites)):
        box = tuple(bounds_of(points))
        return CountGrid(geoms, distances_m, box).counts(points)
    tree = shapely.STRtree(geoms)
    chunks = np.array_split(sites, _MIN_CHUNKS)
    return np.concatenate(
        map_threads(lambda chunk: _count_by_tree(tree, chunk, distances_m), chunks)
    )


def _count_by_tree(tree: shapely.STRtree, sites: Geometries, distances_m: Floats) -> Positions:
    counts = np.zeros((len(sites), len(distances_m)), dtype=np.intp)
    for column, limit in enumerate(distances_m):
        rows, _ = tree.query(sites, predicate="dwithin", distance=limit)
        counts[:, column] = np.bincount(rows, minlength=len(sites))
    return counts


def _are_few(some: Geometries | Rings, others: Geometries) -> bool:
    if len(some) * len(others) > FEW_PAIRS:  # known without a look at a million geometries
        return False
    return _count_vertices(some) * _count_vertices(others) <= FEW_PAIRS


def _count_vertices(geoms: Geometries | Rings) -> int:
    if isinstance(geoms, Rings):
        return len(geoms.xy)
    return int(shapely.get_num_coordinates(geoms).sum())


def _points_alone(sites: Geometries) -> Floats:
    """Return the coordinates of sites that are all points and there; none otherwise."""
    is_point = shapely.get_type_id(sites) == shapely.GeometryType.POINT
    points = shapely.get_coordinates(sites if is_point.all() else sites[:0])
    whole = len(points) == len(sites) and np.isfinite(points).all()
    return np.asarray(points if whole else points[:0])


def overlaps(sites: Geometries, polygons: Geometries) -> tuple[Positions, Positions, Floats]:
    """Area in square metres that each polygon shares with each site.

    Parameters
    ----------
    sites, polygons : array of geometry, k and n, one metric CRS
        Polygons, valid, single or multi. A geometry without area overlaps nothing.

    Returns
    -------
    sites, polygons : arrays, m, int
        Positions of the pairs that overlap, by site and then by polygon.
    areas : array, m, float64, m2, > 0
        Area that the two share.

    Source
    ------
    Intersection by GEOS. The whole area is taken of a polygon that lies within a site.
    """
    pieces, owner = cut_pieces(sites)
    piece, polygon = _box_pairs(pieces, polygons)
    count = min(len(piece) // _PAIRS_PER_CHUNK, _MIN_CHUNKS) or 1
    chunks = np.array_split(np.arange(len(piece)), count)
    found = map_threads(
        lambda rows: _shared_areas_m2(pieces, polygons, piece[rows], polygon[rows]), chunks
    )
    areas, polygon_count = np.concatenate(found), max(1, len(polygons))
    sharing = areas > 0
    pairs, pair_of_piece = np.unique(
        owner[piece[sharing]] * polygon_count + polygon[sharing], return_inverse=True
    )
    return *np.divmod(pairs, polygon_count), np.bincount(
        pair_of_piece, areas[sharing], minlength=len(pairs)
    ).astype(float)


def inside_shares(polygons: Geometries, sites: Geometries) -> Floats:
    """Share (0 to 1) of each polygon that lies inside any site, overlaps counted once.

    Parameters
    ----------
    polygons, sites : array of geometry, n and k, one metric CRS
        As for :func:`overlaps`.

    Returns
    -------
    array, n, float64, 0 to 1
        NaN for a geometry without area.

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


def map_threads(work: Callable[[_Input], _Output], chunks: Iterable[_Input]) -> list[_Output]:
    """Apply a function to chunks on all cores; GEOS and numba release the GIL."""
    chunks = list(chunks)
    if len(chunks) == 1:  # threads take longer to start than it may take
        return [work(chunks[0])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, chunks))


def is_compiled(count: int) -> bool:
    """Tell whether so many geometries are measured with numba."""
    return count >= NUMBA_MIN_GEOMETRIES and find_spec("numba") is not None


def _type_ids(geoms: Geometries | Rings) -> Positions:
    if isinstance(geoms, Rings):
        return np.full(len(geoms), shapely.GeometryType.POLYGON)
    return np.asarray(shapely.get_type_id(geoms))


def _distance_functions(
    tree: BlockTree, pieces: Geometries, *, fast: bool | None
) -> list[DistanceFunction]:
    """Return a function for each level that measures its blocks, or geometries, to the pieces."""
    if fast is None:
        fast = is_compiled(len(tree.geoms))
    kinds = [_type_ids(shapes) for shapes in (tree.geoms, pieces)]
    mixed = any((kind == shapely.GeometryType.GEOMETRYCOLLECTION).any() for kind in kinds)
    if fast and not mixed:  # which only GEOS measures
        from nmgeo.measures.fast import numba_kernels  # noqa: PLC0415 - numba is an extra, and takes time to import

        level_strings = [numba_kernels.points_as_strings(level.x, level.y) for level in tree.levels]
        if (kinds[0] > shapely.GeometryType.POINT).any():
            level_strings[-1] = numba_kernels.to_vertex_strings(tree.geoms, tree.order)
        piece_strings = numba_kernels.to_vertex_strings(pieces)
        return [
            partial(numba_kernels.pair_distances_m, strings, piece_strings)
            for strings in level_strings
        ]
    return [partial(_geos_distances, tree, pieces, depth) for depth in range(len(tree.levels))]


def _geos_distances(
    tree: BlockTree, pieces: Geometries, depth: int, items: Positions, sites: Positions
) -> Floats:
    return np.asarray(shapely.distance(tree.geometries(depth, items), pieces[sites]))


def _descend(
    how: _Descent, take: Callable[[Pairs], tuple[NDArray[Any], ...]]
) -> tuple[NDArray[Any], ...]:
    """Descend from the block that holds all, first in one thread and then in many."""
    sizes = [len(level.reach) for level in how.blocks.levels]
    if how.few:
        item, site = np.divmod(np.arange(sizes[-1] * how.pieces), how.pieces)
        return take((item, site, how.rulers[-1](item, site)))
    fork = next((depth for depth, size in enumerate(sizes) if size >= _MIN_CHUNKS), len(sizes) - 1)

    def descend(pairs: Pairs, start: int, stop: int) -> Pairs:
        for depth in range(start, stop):
            pairs = _closer(how, depth, pairs)
        return pairs

    def finish(share: Pairs) -> tuple[NDArray[Any], ...]:
        return take(descend(share, fork, len(sizes) - 1))

    root, every = np.zeros(how.pieces, dtype=np.intp), np.arange(how.pieces)
    item, site, gap = descend((root, every, how.rulers[0](root, every)), 0, fork)
    shares = min(sizes[fork], max(_LEAST_SHARES, sizes[-1] // _ITEMS_PER_SHARE))
    cuts = [0, *(sizes[fork] * np.arange(1, shares + 1) // shares).tolist()]
    rows = [(item >= start) & (item < stop) for start, stop in pairwise(cuts)]
    parts = map_threads(finish, [(item[row], site[row], gap[row]) for row in rows])
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _closer(how: _Descent, depth: int, pairs: Pairs) -> Pairs:
    """Go one level down with the sites that may be as near as is asked to something in a block."""
    item, site, gap = pairs
    inner, row = how.blocks.children(depth, item)
    beyond = gap - how.limit(pairs)[item - item.min()]
    # Both the site at the limit and this one may be nearer or further by the reach.
    near = beyond[row] <= 2 * (how.blocks.levels[depth + 1].reach[inner] + how.give_m)
    inner, site = inner[near], site[row[near]]
    return inner, site, how.rulers[depth + 1](inner, site)


def _least(pairs: Pairs) -> Floats:
    """Return the distance of the nearest site of each item."""
    item, _, gap = pairs
    best = np.full(np.ptp(item) + 1, np.inf)
    np.minimum.at(best, item - item.min(), gap)
    return best


def _second(pairs: Pairs, owner: Positions) -> Floats:
    """Return the distance of the next nearest site of each item, infinite if there is none."""
    item, site, gap = pairs
    others = owner[site] != _owner_within(pairs, _least(pairs), owner)[item - item.min()]
    second = np.full(np.ptp(item) + 1, np.inf)
    np.minimum.at(second, (item - item.min())[others], gap[others])
    return second


def _owner_within(pairs: Pairs, limit: Floats, owner: Positions) -> Positions:
    """Return the first site of each item that is no further than a limit."""
    item, site, gap = pairs
    near = gap <= limit[item - item.min()]
    found = np.full(len(limit), owner.max())
    np.minimum.at(found, (item - item.min())[near], owner[site[near]])
    return found


def _first(pairs: Pairs, owner: Positions) -> tuple[Positions, Floats]:
    """Return the first of the nearest sites of each geometry, and how far it is."""
    best = _least(pairs)
    return _owner_within(pairs, best + TIE_M, owner), best


def _two(
    pairs: Pairs, owner: Positions, noise_m: float
) -> tuple[Positions, Floats, NDArray[np.bool_]]:
    """Return the nearest two sites of each geometry, and where more are as near."""
    item, site, gap = pairs
    place, best = item - item.min(), _least(pairs)
    first = _owner_within(pairs, best, owner)
    others = owner[site] != first[place]
    second, following = np.full(len(best), np.inf), np.full(len(best), -1)
    np.minimum.at(second, place[others], gap[others])
    exact = others & (gap <= second[place])
    following[place[exact]] = owner[site[exact]]
    more = others & (owner[site] != following[place]) & (gap <= second[place] + noise_m)
    tied = second - best <= noise_m
    tied[place[more]] = True
    gaps = np.stack([best, np.where(np.isinf(second), np.nan, second)], axis=1)
    return np.stack([first, following], axis=1), gaps, tied


def _count_within(
    tree: BlockTree,
    measures: list[DistanceFunction],
    sites: Geometries,
    rows: Positions,
    limit: float,
) -> Positions:
    """Count by blocks, and descend into those that lie neither wholly within nor wholly beyond."""
    counts, site_count = np.zeros(len(sites)), len(sites)
    item, site = np.zeros(len(rows), dtype=np.intp), rows
    for depth in range(len(measures) - 1):
        excess = measures[depth](item, site) - limit
        item, row = tree.children(depth, item)
        level = tree.levels[depth + 1]
        site, excess, tolerance = site[row], excess[row], level.reach[item] + TIE_M
        all_within = excess < -tolerance
        counts += np.bincount(
            site[all_within], level.counts[item[all_within]], minlength=site_count
        )
        unsure = np.abs(excess) <= tolerance
        item, site = item[unsure], site[unsure]
    near = _is_within(tree, measures[-1], sites, (item, site), limit)
    return (counts.astype(np.intp) + np.bincount(site[near], minlength=site_count))[rows]


def _is_within(
    tree: BlockTree,
    measure: DistanceFunction,
    sites: Geometries,
    pairs: tuple[Positions, Positions],
    reach: float,
) -> NDArray[np.bool_]:
    """Test which geometries lie within the distance; GEOS decides where numba is too inexact."""
    item, site = pairs
    near, unsure = np.zeros(len(item), dtype=bool), np.arange(len(item))
    if measure.func is not _geos_distances:
        excess = measure(item, site) - reach
        near, unsure = excess < 0, np.flatnonzero(np.abs(excess) <= TIE_M)
    used, position = np.unique(site[unsure], return_inverse=True)
    used_sites, unsure_geoms = (
        prepared_copies(sites[used])[position],
        tree.geoms[tree.order[item[unsure]]],
    )
    near[unsure] = shapely.dwithin(used_sites, unsure_geoms, reach)
    return near


def _box_pairs(pieces: Geometries, polygons: Geometries) -> tuple[Positions, Positions]:
    """Return the pairs whose bounding boxes touch, by piece and then by polygon."""
    tree, chunks = shapely.STRtree(pieces), np.array_split(polygons, os.cpu_count() or 1)
    starts = np.cumsum([0, *map(len, chunks)])
    found = map_threads(tree.query, chunks)
    polygon = np.concatenate([pair[0] + start for pair, start in zip(found, starts, strict=False)])
    piece = np.concatenate([pair[1] for pair in found])
    order = np.argsort(piece, kind="stable")
    return piece[order], polygon[order]


def _shared_areas_m2(
    pieces: Geometries, polygons: Geometries, piece: Positions, polygon: Positions
) -> Floats:
    """Return the area in square metres that each pair shares."""
    used, position = np.unique(piece, return_inverse=True)
    piece_shapes, polygon_shapes = (
        prepared_copies(pieces[used], at_least=0)[position],
        polygons[polygon],
    )
    areas = np.zeros(len(piece_shapes))
    contained = shapely.contains_properly(piece_shapes, polygon_shapes)
    areas[contained] = shapely.area(polygon_shapes[contained])
    rest = np.flatnonzero(~contained)
    rest = rest[shapely.intersects(piece_shapes[rest], polygon_shapes[rest])]
    areas[rest] = shapely.area(shapely.intersection(piece_shapes[rest], polygon_shapes[rest]))
    return areas


def prepared_copies(shapes: Geometries, *, at_least: int = MAX_PIECE_VERTICES) -> Geometries:
    """Copy shapes and prepare those with many vertices; shared ones would not be thread-safe."""
    copies = shapely.force_2d(shapes)
    shapely.prepare(copies[shapely.get_num_coordinates(copies) >= at_least])
    return np.asarray(copies)
