"""The k nearest features of each site, ranked with ties."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.fast import kernels

_MANY: Final = 1_000  # sites from which on the nearest two are worth a tree of blocks


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
        (how many others are equally near), ``next_id`` (a feature of the next rank) and ``next_m``
        (how much further it is, metres). The last two are missing for the last rank of all
        features, or of those within ``reach_m`` if ``k`` is not given.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`nmgeo.measures.distances.nearest`, within a distance that is doubled until it holds
    the first k ranks and the next one.
    """
    reach_m = None if reach_m is None else reach_m + crs.NOISE_M
    groups = None
    if exclude_same is not None:
        groups = (sites[exclude_same].to_numpy(), others[exclude_same].to_numpy())
    site_shapes = crs.to_hk80(sites).to_numpy()
    tree = shapely.STRtree(crs.to_hk80(others).to_numpy())
    if k == 1 and reach_m is None and groups is None and len(site_shapes) >= _MANY:
        pairs = _nearest_of_many(site_shapes, tree)
    elif k is None:
        pairs = _ranks_within(site_shapes, tree, np.full(len(site_shapes), reach_m), groups)
    else:
        pairs = _ranks_in_growing_reach(site_shapes, tree, k, groups)
    pairs = pairs if reach_m is None else pairs[pairs["gap_m"] <= reach_m]
    return _with_ids(pairs, sites, others)


def _with_ids(
    pairs: pd.DataFrame, sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return pairs of positions as a table of ids, ranks and distances."""
    ids = others.index.to_series(index=range(len(others)))
    return pd.DataFrame(
        {
            "outline_id": sites.index.to_numpy(dtype=object)[pairs["row"]],
            "nearest_id": pairs["found"].map(ids).to_numpy(dtype=object),
            "rank": pairs["rank"].to_numpy(),
            "nearest_m": pairs["gap_m"].to_numpy(),
            "ties": pairs["ties"].to_numpy(),
            "next_id": pairs["next"].map(ids).to_numpy(dtype=object),
            "next_m": pairs["next_m"].to_numpy(),
        }
    )


def _nearest_of_many(site_shapes: Any, tree: shapely.STRtree) -> pd.DataFrame:
    """Rank the nearest feature of each of many sites; only sites with ties are ranked by pairs."""
    found = kernels.nearest_two(site_shapes, tree.geometries, noise_m=crs.NOISE_M)
    (first, following), (best, second) = found.positions.T, found.distances.T
    rows = np.flatnonzero((first >= 0) & ~found.tied)
    alone = pd.DataFrame({"row": rows, "found": first[rows], "gap_m": best[rows]})
    after = pd.Series(following[rows]).astype(float).where(following[rows] >= 0)
    alone = alone.assign(rank=1, ties=0, next=after, next_m=(second - best)[rows])
    left = np.flatnonzero(found.tied)
    if not len(left):
        return alone
    tied = _ranks_in_growing_reach(site_shapes[left], tree, 1, None)
    every = pd.concat([alone, tied.assign(row=left[tied["row"].to_numpy(dtype=int)])])
    return every.sort_values(["row", "rank", "found"], ignore_index=True)


def _ranks_in_growing_reach(
    site_shapes: Any, tree: shapely.STRtree, k: int, groups: Any
) -> pd.DataFrame:
    """Rank within a distance that is doubled until it holds the first k ranks and the next one."""
    reach, max_distance = np.ones(len(site_shapes)), _max_distance_m(site_shapes, tree.geometries)
    if not len(site_shapes):
        return _ranks_within(site_shapes, tree, reach, groups)
    (rows, _), gaps = tree.query_nearest(site_shapes, return_distance=True, all_matches=False)
    reach[rows] = np.maximum(gaps, 1.0)
    unfinished, tables = np.arange(len(site_shapes)), []
    while len(unfinished):
        groups_left = None if groups is None else (groups[0][unfinished], groups[1])
        table = _ranks_within(site_shapes[unfinished], tree, reach[unfinished], groups_left)
        table["row"] = unfinished[table["row"]]
        finished = np.isin(unfinished, table.loc[table["rank"] > k, "row"]) | ~(
            reach[unfinished] < max_distance
        )
        tables.append(table[table["row"].isin(unfinished[finished]) & (table["rank"] <= k)])
        unfinished = unfinished[~finished]
        reach[unfinished] *= 2
    return pd.concat(tables).sort_values(["row", "rank", "found"], ignore_index=True)


def _max_distance_m(site_shapes: Any, other_shapes: Any) -> float:
    """Return an upper bound of all distances in metres; 0 if there are no features."""
    if not len(other_shapes):
        return 0.0
    west, south, east, north = shapely.total_bounds(np.concatenate([site_shapes, other_shapes]))
    return float(np.hypot(east - west, north - south)) + 1.0


def _ranks_within(site_shapes: Any, tree: shapely.STRtree, reach: Any, groups: Any) -> pd.DataFrame:
    """Rank the pairs within a distance, each with the first feature of the next rank."""
    rows, found = tree.query(site_shapes, predicate="dwithin", distance=reach)
    if groups is not None:
        distinct = groups[0][rows] != groups[1][found]
        rows, found = rows[distinct], found[distinct]
    gaps = shapely.distance(site_shapes[rows], tree.geometries[found])
    pairs = pd.DataFrame({"row": rows, "found": found, "gap_m": gaps})
    pairs = pairs.sort_values(["row", "gap_m", "found"], ignore_index=True)
    is_further = pairs.groupby("row")["gap_m"].diff() > crs.NOISE_M
    pairs["tie"] = (is_further | ~pairs["row"].duplicated()).cumsum()
    positions = pairs.groupby("row").cumcount() + 1
    pairs["rank"] = positions.groupby(pairs["tie"]).transform("min")
    pairs["ties"] = pairs.groupby("tie")["found"].transform("size") - 1
    pairs = pairs.sort_values(["row", "rank", "found"], ignore_index=True)
    firsts = pairs.drop_duplicates("tie").set_index("tie")
    next_rank = firsts.groupby("row")[["found", "gap_m"]].shift(-1)
    pairs["next"] = pairs["tie"].map(next_rank["found"])
    pairs["next_m"] = pairs["tie"].map(next_rank["gap_m"]) - pairs["gap_m"]
    return pairs
