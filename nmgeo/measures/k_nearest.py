"""The k nearest features of each site, ranked with ties."""

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from nmgeo import crs
from nmgeo.bounds import bounds_of
from nmgeo.measures.fast import kernels
from nmgeo.measures.fast.edge_grid import EdgeGrid

_MANY: Final = 1_000  # sites from which on the nearest two are worth a tree of blocks
_KINDS: Final = (shapely.GeometryType.POINT, shapely.GeometryType.GEOMETRYCOLLECTION)
_Positions: TypeAlias = NDArray[np.intp]
_Metres: TypeAlias = NDArray[np.float64]


class RankedPairs(NamedTuple):
    """Pairs of a site and a feature, by site, rank and the order of the features.

    Attributes
    ----------
    row, found : array of int
        Positions of the site and of the feature.
    gap_m : array, metres
        Distance between them, edge to edge.
    rank, ties : array of int
        Rank of the feature for its site, from 1, and how many others share it.
    following : array of int
        Position of the first feature of the next rank, -1 if there is none.
    next_further_m : array, metres
        How much further that one is; NaN if there is none.
    """

    row: _Positions
    found: _Positions
    gap_m: _Metres
    rank: _Positions
    ties: _Positions
    following: _Positions
    next_further_m: _Metres

    def take(self, rows: Any) -> "RankedPairs":
        """Return some of the pairs."""
        return RankedPairs(*(column[rows] for column in self))

    @classmethod
    def join(cls, parts: Iterable["RankedPairs"]) -> "RankedPairs":
        """Return the pairs of several, one after the other."""
        columns: Any = zip(*parts, strict=True)
        return cls(*map(np.concatenate, columns))


def k_nearest(
    sites: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    *,
    k: int | None = None,
    reach_m: float | None = None,
    exclude_same: str | None = None,
) -> pd.DataFrame:
    """Rank ``others`` by their distance in metres from each site.

    Distances that differ by less than :data:`nmgeo.crs.NOISE_M` share a rank, and the next rank
    counts them all: 1, 1, 3. Each feature appears once for a site.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and m rows, any CRS
        Left as they are. A site without geometry has no rows.
    k : int, optional
        Largest rank, >= 1: k rows for each site, more if the last rank is a tie. ``k`` or
        ``reach_m`` is required.
    reach_m : float, optional
        Largest distance, metres, >= 0; :data:`nmgeo.crs.NOISE_M` is added.
    exclude_same : str, optional
        A column of both frames: rows with the same value in it are not paired.

    Returns
    -------
    DataFrame, by site, rank and the order of ``others``
        ``outline_id``, ``nearest_id``, ``rank``, ``nearest_m`` (metres, edge to edge), ``ties``
        (how many others are equally near), ``next_id`` (a feature of the next rank) and
        ``next_further_m`` (how much further it is, metres). The last two are missing for the last
        rank of all features, or of those within ``reach_m`` if ``k`` is not given.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`nmgeo.measures.distances.nearest`, within a distance that is doubled until it holds
    the first k ranks and the next one.
    """
    groups = None
    if exclude_same is not None:
        groups = (sites[exclude_same].to_numpy(), others[exclude_same].to_numpy())
    shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    pairs = rank_pairs(*shapes, k=k, reach_m=reach_m, groups=groups)
    ids = others.index.to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "outline_id": sites.index.to_numpy(dtype=object)[pairs.row],
            "nearest_id": ids[pairs.found],
            "rank": pairs.rank,
            "nearest_m": pairs.gap_m,
            "ties": pairs.ties,
            "next_id": np.append(ids, [None])[pairs.following],
            "next_further_m": pairs.next_further_m,
        }
    )


def rank_pairs(
    site_shapes: Any,
    other_shapes: Any,
    *,
    k: int | None,
    reach_m: float | None,
    groups: Any = None,
    accuracies_m: Any = None,
) -> RankedPairs:
    """Rank features by their distance in metres from each site, as :func:`k_nearest` does.

    Parameters
    ----------
    site_shapes, other_shapes : array of geometry, n and m, EPSG:2326
        A site without geometry has no pairs.
    k, reach_m
        As for :func:`k_nearest`.
    groups : pair of arrays, n and m, optional
        A site and a feature with the same value are not paired.
    accuracies_m : pair of arrays, n and m, metres, optional
        With them ``reach_m`` holds the pairs that may be that close: less the known accuracies.

    Returns
    -------
    RankedPairs
        By site, rank and the order of the features.
    """
    tree = shapely.STRtree(other_shapes)
    if k == 1 and reach_m is None and groups is None and len(site_shapes) >= _MANY:
        return _nearest_of_many(site_shapes, tree)
    reach = _Reach.of(reach_m, len(site_shapes), len(other_shapes), accuracies_m)
    if k is None:
        return _ranks_within(site_shapes, tree, reach.largest(), groups, reach.holds)
    pairs = _ranks_in_growing_reach(site_shapes, tree, k, groups)
    return pairs.take(reach.holds(pairs.row, pairs.found, pairs.gap_m))


class _Reach(NamedTuple):
    """The largest distance of a pair in metres: a length and the accuracies of both ends."""

    limit_m: float
    site_m: _Metres
    other_m: _Metres

    @classmethod
    def of(cls, reach_m: float | None, sites: int, others: int, accuracies_m: Any) -> "_Reach":
        """Return the reach of pairs; an accuracy that is not known counts as 0."""
        limit_m = np.inf if reach_m is None else reach_m + crs.NOISE_M
        ends = accuracies_m or (np.zeros(sites), np.zeros(others))
        return cls(limit_m, *(np.nan_to_num(np.asarray(end, dtype=float)) for end in ends))

    def largest(self) -> _Metres:
        """Return a distance for each site that holds all its pairs."""
        return np.asarray(self.limit_m + self.site_m + self.other_m.max(initial=0.0))

    def holds(self, row: _Positions, found: _Positions, gap_m: _Metres) -> NDArray[np.bool_]:
        """Tell which pairs may be that close."""
        return gap_m <= self.limit_m + self.site_m[row] + self.other_m[found]


def _nearest_of_many(site_shapes: Any, tree: shapely.STRtree) -> RankedPairs:
    """Rank the nearest feature of each of many sites."""
    kinds = (shapely.get_type_id(shapes) for shapes in (site_shapes, tree.geometries))
    sites_are_points, mixed = ((kind == wanted) for kind, wanted in zip(kinds, _KINDS, strict=True))
    points: Any = shapely.get_coordinates(site_shapes) if sites_are_points.all() else ()
    if len(points) == len(site_shapes) and not mixed.any():  # and none is empty
        box = tuple(bounds_of(points))
        two: Any = EdgeGrid(tree.geometries, box, crs.NOISE_M).nearest_two(points)
    else:
        two = kernels.nearest_two(site_shapes, tree.geometries, noise_m=crs.NOISE_M)
    return rank_two(two, lambda rows: site_shapes[rows], tree)


def rank_two(
    two: Any, shapes_of: Callable[[_Positions], Any], tree: shapely.STRtree
) -> RankedPairs:
    """Rank the nearest feature of each site, of which the nearest two are known.

    Parameters
    ----------
    two : NearestTwo or NearestEdges
        Of n sites.
    shapes_of : function
        Returns the geometry of some sites. Only those with ties are ranked by pairs.
    tree : STRtree
        Of the features.

    Returns
    -------
    RankedPairs
        Rank 1 of each site, by site and the order of the features.
    """
    rows = np.flatnonzero((two.positions[:, 0] >= 0) & ~two.tied)
    (first, following), (best, second) = two.positions[rows].T, two.distances[rows].T
    one, none = np.ones(len(rows), dtype=np.intp), np.zeros(len(rows), dtype=np.intp)
    alone = RankedPairs(rows, first, best, one, none, following, second - best)
    left = np.flatnonzero(two.tied)
    if not len(left):
        return alone
    tied = _ranks_in_growing_reach(shapes_of(left), tree, 1, None)
    every = RankedPairs.join([alone, tied._replace(row=left[tied.row])])
    return every.take(np.argsort(every.row, kind="stable"))


def _in_order(parts: list[RankedPairs]) -> RankedPairs:
    """Put pairs together, by site, rank and the order of the features."""
    pairs = RankedPairs.join(parts)
    return pairs.take(np.lexsort((pairs.found, pairs.rank, pairs.row)))


def _ranks_in_growing_reach(
    site_shapes: Any, tree: shapely.STRtree, k: int, groups: Any
) -> RankedPairs:
    """Rank within a distance that is doubled until it holds the first k ranks and the next one."""
    reach, max_distance = np.ones(len(site_shapes)), _max_distance_m(site_shapes, tree.geometries)
    if not len(site_shapes):
        return _ranks_within(site_shapes, tree, reach, groups)
    (rows, _), gaps = tree.query_nearest(site_shapes, return_distance=True, all_matches=False)
    reach[rows] = np.maximum(gaps, 1.0)
    unfinished, parts = np.arange(len(site_shapes)), []
    while len(unfinished):
        groups_left = None if groups is None else (groups[0][unfinished], groups[1])
        pairs = _ranks_within(site_shapes[unfinished], tree, reach[unfinished], groups_left)
        finished = ~(reach[unfinished] < max_distance)
        finished[pairs.row[pairs.rank > k]] = True
        kept = pairs.take(finished[pairs.row] & (pairs.rank <= k))
        parts.append(kept._replace(row=unfinished[kept.row]))
        unfinished = unfinished[~finished]
        reach[unfinished] *= 2
    return _in_order(parts)


def _max_distance_m(site_shapes: Any, other_shapes: Any) -> float:
    """Return an upper bound of all distances in metres; 0 if there are no features."""
    if not len(other_shapes):
        return 0.0
    west, south, east, north = shapely.total_bounds(np.concatenate([site_shapes, other_shapes]))
    return float(np.hypot(east - west, north - south)) + 1.0


def _ranks_within(
    site_shapes: Any, tree: shapely.STRtree, reach: Any, groups: Any, holds: Any = None
) -> RankedPairs:
    """Rank the pairs within a distance, each with the first feature of the next rank."""
    row, found = tree.query(site_shapes, predicate="dwithin", distance=reach)
    if groups is not None:
        distinct = groups[0][row] != groups[1][found]
        row, found = row[distinct], found[distinct]
    gap_m = np.asarray(shapely.distance(site_shapes[row], tree.geometries[found]))
    if holds is not None:
        held = holds(row, found, gap_m)
        row, found, gap_m = row[held], found[held], gap_m[held]
    by_distance = np.lexsort((found, gap_m, row))
    row, found, gap_m = row[by_distance], found[by_distance], gap_m[by_distance]
    is_first = np.diff(row, prepend=-1) != 0
    tie = np.cumsum(is_first | (np.diff(gap_m, prepend=0.0) > crs.NOISE_M)) - 1
    within_ties = np.lexsort((found, tie))
    found, gap_m = found[within_ties], gap_m[within_ties]
    return _ranked(row, found, gap_m, tie, is_first)


def _ranked(
    row: _Positions, found: _Positions, gap_m: _Metres, tie: _Positions, is_first: NDArray[np.bool_]
) -> RankedPairs:
    """Rank pairs in their order, of which those of a tie are as near."""
    starts = np.flatnonzero(np.diff(tie, prepend=-1))
    sizes = np.diff(starts, append=len(tie))
    first_of_row = np.maximum.accumulate(np.where(is_first, np.arange(len(row)), 0))
    following = np.append(found[starts], -1)[tie + 1]
    next_further_m = np.append(gap_m[starts], np.nan)[tie + 1] - gap_m
    is_last = np.append(row[starts], -1)[tie + 1] != row
    return RankedPairs(
        row=row,
        found=found,
        gap_m=gap_m,
        rank=starts[tie] - first_of_row + 1,
        ties=sizes[tie] - 1,
        following=np.where(is_last, -1, following),
        next_further_m=np.where(is_last, np.nan, next_further_m),
    )
