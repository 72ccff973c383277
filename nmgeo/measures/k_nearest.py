"""Rankings: what is near each site, in order, ties and all."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs


def k_nearest(
    sites: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    *,
    k: int | None = None,
    reach_m: float | None = None,
    exclude_same: str | None = None,
) -> pd.DataFrame:
    """Rank ``others`` by their distance from each site.

    What differs by less than :data:`nmgeo.crs.NOISE_M` shares a rank, and the next rank counts
    them all: 1, 1, 3. Every feature stands once a site.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and m rows, any CRS
        Left as they are; a site without geometry has no rows.
    k : int, optional
        Up to this rank, >= 1: k rows a site, and more where the last is a tie.
    reach_m : float, optional
        No further than this, metres, >= 0, give :data:`nmgeo.crs.NOISE_M`; it or ``k`` is given.
    exclude_same : str, optional
        A column of both: what agrees in it is not paired.

    Returns
    -------
    DataFrame, by site, rank and the order of ``others``
        ``outline_id``, ``nearest_id``, ``rank``, ``nearest_m`` (metres, edge to edge), ``ties``
        (how many others are as near), and ``next_id`` of the next rank, which is ``next_m``
        further; both are missing for the last of all, or if only ``reach_m`` is given of those
        within it.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`nmgeo.measures.distances.nearest`, within a reach that is doubled until it holds k and
    one more.
    """
    reach_m = None if reach_m is None else reach_m + crs.NOISE_M
    keys = (
        None
        if exclude_same is None
        else (sites[exclude_same].to_numpy(), others[exclude_same].to_numpy())
    )
    here, tree = crs.to_hk80(sites).to_numpy(), shapely.STRtree(crs.to_hk80(others).to_numpy())
    if k is None:
        pairs = _ordered(here, tree, np.full(len(here), reach_m), keys)
    else:
        pairs = _grown(here, tree, k, keys)
    pairs = pairs if reach_m is None else pairs[pairs["gap_m"] <= reach_m]
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


def _grown(here: Any, tree: shapely.STRtree, k: int, keys: Any) -> pd.DataFrame:
    """Order what is near each site, in a reach that holds the first k ranks and the next."""
    reach, far = np.ones(len(here)), _span(here, tree.geometries)
    (rows, _), gaps = tree.query_nearest(here, return_distance=True, all_matches=False)
    reach[rows] = np.maximum(gaps, 1.0)
    left, pools = np.arange(len(here)), []
    while len(left):
        of_left = None if keys is None else (keys[0][left], keys[1])
        pool = _ordered(here[left], tree, reach[left], of_left)
        pool["row"] = left[pool["row"]]
        full = np.isin(left, pool.loc[pool["rank"] > k, "row"]) | ~(reach[left] < far)
        pools.append(pool[pool["row"].isin(left[full]) & (pool["rank"] <= k)])
        left = left[~full]
        reach[left] *= 2
    return pd.concat(pools).sort_values(["row", "rank", "found"], ignore_index=True)


def _span(here: Any, there: Any) -> float:
    """Return a length that no distance exceeds; 0 where there is nothing to be near."""
    if not len(there):
        return 0.0
    west, south, east, north = shapely.total_bounds(np.concatenate([here, there]))
    return float(np.hypot(east - west, north - south)) + 1.0


def _ordered(here: Any, tree: shapely.STRtree, reach: Any, keys: Any) -> pd.DataFrame:
    """Order the pairs within a reach, and say of each rank how much further the next is."""
    rows, found = tree.query(here, predicate="dwithin", distance=reach)
    if keys is not None:
        distinct = keys[0][rows] != keys[1][found]
        rows, found = rows[distinct], found[distinct]
    gaps = shapely.distance(here[rows], tree.geometries[found])
    pairs = pd.DataFrame({"row": rows, "found": found, "gap_m": gaps})
    pairs = pairs.sort_values(["row", "gap_m", "found"], ignore_index=True)
    further = pairs.groupby("row")["gap_m"].diff() > crs.NOISE_M
    pairs["tie"] = (further | ~pairs["row"].duplicated()).cumsum()
    places = pairs.groupby("row").cumcount() + 1
    pairs["rank"] = places.groupby(pairs["tie"]).transform("min")
    pairs["ties"] = pairs.groupby("tie")["found"].transform("size") - 1
    pairs = pairs.sort_values(["row", "rank", "found"], ignore_index=True)
    firsts = pairs.drop_duplicates("tie").set_index("tie")
    after = firsts.groupby("row")[["found", "gap_m"]].shift(-1)
    pairs["next"] = pairs["tie"].map(after["found"])
    pairs["next_m"] = pairs["tie"].map(after["gap_m"]) - pairs["gap_m"]
    return pairs
