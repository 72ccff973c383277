"""Fast kernels: nearest site, counts and overlaps for a million geometries and thousands of sites.

Arrays in, arrays out, in one CRS in metres. Geometries are grouped in blocks. The distance of a
geometry differs from that of the centre of its block by at most the reach of the block, so most
geometries are decided by their block. The others are measured one by one, by GEOS, or by
:mod:`nmgeo.measures.fast.numba_kernels` if numba is installed.
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

TIE_M: Final = 1e-6  # distances that differ by no more are equal
NUMBA_MIN_GEOMETRIES: Final = 50_000  # for fewer, starting numba takes longer than it saves
_MIN_CHUNKS: Final = 32  # chunks of work, so that no thread waits for long
_SITES_PER_CHUNK: Final = 256  # at most

Pairs: TypeAlias = tuple[Positions, Positions, Floats]  # blocks, sites, metres between them
DistanceFunction: TypeAlias = partial[Floats]  # takes positions of blocks (or geometries), sites
_Input = TypeVar("_Input")
_Output = TypeVar("_Output")


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
    tree, (pieces, owner) = build_tree(geoms), cut_pieces(sites)
    if len(tree.order) and len(pieces):
        found_positions, found_distances = _nearest_by_blocks(
            tree, _distance_functions(tree, pieces, fast=fast), owner
        )
        positions[tree.order], distances[tree.order] = found_positions, found_distances
    return positions, distances


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
        found = _map_threads(
            lambda chunk: _count_within(
                tree, measures, present_sites, chunk[0], distances_m[chunk[1]]
            ),
            chunks,
        )
        for (rows, column), found_counts in zip(chunks, found, strict=True):
            counts[rows_present[rows], column] = found_counts
    return counts


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
    chunks = np.array_split(np.arange(len(piece)), _MIN_CHUNKS)
    found = _map_threads(
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


def _map_threads(work: Callable[[_Input], _Output], chunks: Iterable[_Input]) -> list[_Output]:
    """Apply a function to chunks on all cores; GEOS and numba release the GIL."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, chunks))


def _distance_functions(
    tree: BlockTree, pieces: Geometries, *, fast: bool | None
) -> list[DistanceFunction]:
    """Return a function for each level that measures its blocks, or geometries, to the pieces."""
    if fast is None:
        fast = len(tree.geoms) >= NUMBA_MIN_GEOMETRIES and find_spec("numba") is not None
    kinds = [shapely.get_type_id(shapes) for shapes in (tree.geoms, pieces)]
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


def _nearest_by_blocks(
    tree: BlockTree, measures: list[DistanceFunction], owner: Positions
) -> tuple[Positions, Floats]:
    """Descend from the root block to the geometries, first in one thread and then in many."""
    sizes = [len(level.reach) for level in tree.levels]
    split_depth = next(
        (depth for depth, size in enumerate(sizes) if size >= _MIN_CHUNKS), len(sizes) - 1
    )

    def descend(pairs: Pairs, start: int, stop: int) -> Pairs:
        for depth in range(start, stop):
            pairs = _descend_level(tree, depth, measures[depth + 1], pairs)
        return pairs

    def finish(chunk: Pairs) -> tuple[Positions, Floats]:
        return _first_of_nearest(descend(chunk, split_depth, len(sizes) - 1), owner)

    root, all_sites = np.zeros(len(owner), dtype=np.intp), np.arange(len(owner))
    item, site, distance = descend((root, all_sites, measures[0](root, all_sites)), 0, split_depth)
    rows = [item == block for block in range(sizes[split_depth])]
    parts = _map_threads(finish, [(item[row], site[row], distance[row]) for row in rows])
    found, distances = (np.concatenate(column) for column in zip(*parts, strict=True))
    return found, distances


def _descend_level(tree: BlockTree, depth: int, measure: DistanceFunction, pairs: Pairs) -> Pairs:
    """Go one level down, with the sites that can be nearest to a geometry of the block."""
    item, site, distance = pairs
    children, row = tree.children(depth, item)
    excess = distance - _smallest_per_item(item, distance)[item - item.min()]
    # The distances of both this site and the nearest one may differ by the reach.
    near = excess[row] <= 2 * (tree.levels[depth + 1].reach[children] + TIE_M)
    children, site = children[near], site[row[near]]
    return children, site, measure(children, site)


def _smallest_per_item(item: Positions, distance: Floats) -> Floats:
    best = np.full(np.ptp(item) + 1, np.inf)
    np.minimum.at(best, item - item.min(), distance)
    return best


def _first_of_nearest(pairs: Pairs, owner: Positions) -> tuple[Positions, Floats]:
    """Return the first of the nearest sites of each geometry, and its distance in metres."""
    item, site, distance = pairs
    best, item = _smallest_per_item(item, distance), item - item.min()
    near = distance <= best[item] + TIE_M
    found = np.full(len(best), owner.max())
    np.minimum.at(found, item[near], owner[site[near]])
    return found, best


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
        _prepared_copies(sites[used])[position],
        tree.geoms[tree.order[item[unsure]]],
    )
    near[unsure] = shapely.dwithin(used_sites, unsure_geoms, reach)
    return near


def _box_pairs(pieces: Geometries, polygons: Geometries) -> tuple[Positions, Positions]:
    """Return the pairs whose bounding boxes touch, by piece and then by polygon."""
    tree, chunks = shapely.STRtree(pieces), np.array_split(polygons, os.cpu_count() or 1)
    starts = np.cumsum([0, *map(len, chunks)])
    found = _map_threads(tree.query, chunks)
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
        _prepared_copies(pieces[used], at_least=0)[position],
        polygons[polygon],
    )
    areas = np.zeros(len(piece_shapes))
    contained = shapely.contains_properly(piece_shapes, polygon_shapes)
    areas[contained] = shapely.area(polygon_shapes[contained])
    rest = np.flatnonzero(~contained)
    rest = rest[shapely.intersects(piece_shapes[rest], polygon_shapes[rest])]
    areas[rest] = shapely.area(shapely.intersection(piece_shapes[rest], polygon_shapes[rest]))
    return areas


def _prepared_copies(shapes: Geometries, *, at_least: int = MAX_PIECE_VERTICES) -> Geometries:
    """Copy shapes and prepare those with many vertices; shared ones would not be thread-safe."""
    copies = shapely.force_2d(shapes)
    shapely.prepare(copies[shapely.get_num_coordinates(copies) >= at_least])
    return np.asarray(copies)
