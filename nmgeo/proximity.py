"""Proximity: how far each site is from the nearest feature, and how many are within reach."""

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs


def nearest(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the nearest of ``others`` to each site, edge to edge.

    A site that touches or holds one of ``others`` is at 0. Of several at the same distance the
    first in the order of ``others`` is taken, so that a tie never doubles a site.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        Left as they are; measured in :data:`nmgeo.crs.MEASURED`.

    Returns
    -------
    DataFrame, n rows
        On the index of ``sites``: ``nearest_id`` (from the index of ``others``), ``nearest_m``
        (float64, metres, >= 0) and ``ties`` (how many others are just as near); the first two
        are missing if ``others`` is empty.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    Planar distance (GEOS, through shapely) on the Hong Kong 1980 Grid; errs by < 0.002 %.
    """
    here, there = crs.measured(sites), crs.measured(others)
    tree = shapely.STRtree(there.to_numpy())
    (rows, found), gaps = tree.query_nearest(here.to_numpy(), return_distance=True)
    pairs = pd.DataFrame({"row": rows, "found": found, "nearest_m": gaps})
    pairs["ties"] = pairs.groupby("row")["found"].transform("size") - 1
    first = pairs.sort_values(["row", "found"]).drop_duplicates("row").set_index("row")
    first = first.reindex(range(len(here)))
    ids = others.index.to_series(index=range(len(others)))
    return pd.DataFrame(
        {
            "nearest_id": first["found"].map(ids).to_numpy(),
            "nearest_m": first["nearest_m"].to_numpy(dtype=float),
            "ties": first["ties"].fillna(0).to_numpy(dtype=int),
        },
        index=sites.index,
    )


def nearest_m(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.Series:
    """Distance from each site to the nearest of ``others``, edge to edge.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        As for :func:`nearest`.

    Returns
    -------
    Series, n rows, float64, metres, >= 0
        On the index of ``sites``, named ``nearest_m``; NaN if ``others`` is empty.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`nearest`.
    """
    return nearest(sites, others)["nearest_m"]


def nearest_lines(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw the shortest line from each site to the nearest of ``others``.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        As for :func:`nearest`; ``others`` is not empty.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        What :func:`nearest` says, with the line; a line of no length where the site is at 0.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`nearest`; the line by GEOS in EPSG:2326.
    """
    found = nearest(sites, others)
    ends = crs.measured(others).loc[found["nearest_id"]].to_numpy()
    drawn = shapely.shortest_line(crs.measured(sites).to_numpy(), ends)
    lines = gpd.GeoSeries(drawn, index=sites.index, crs=crs.MEASURED)
    return gpd.GeoDataFrame(found, geometry=crs.transformed(lines, crs.STORED))


def within(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, reach_m: float) -> pd.DataFrame:
    """List the pairs of a site and a feature that are no further apart than ``reach_m``.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        Left as they are.
    reach_m : float
        Metres, edge to edge, >= 0.

    Returns
    -------
    DataFrame, m rows
        ``outline_id``, ``feature_id``, ``gap_m`` (metres), by site and then by feature.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    ``dwithin`` of GEOS in EPSG:2326: a buffer polygon lies inside the true one and misses some.
    """
    here, there = crs.measured(sites).to_numpy(), crs.measured(others).to_numpy()
    rows, found = shapely.STRtree(there).query(here, predicate="dwithin", distance=reach_m)
    pairs = pd.DataFrame(
        {
            "outline_id": sites.index[rows],
            "feature_id": others.index[found],
            "gap_m": shapely.distance(here[rows], there[found]),
            "row": rows,
            "found": found,
        }
    )
    return pairs.sort_values(["row", "found"], ignore_index=True)[
        ["outline_id", "feature_id", "gap_m"]
    ]


def within_count(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, reach_m: float) -> pd.Series:
    """Count the features no further than ``reach_m`` from each site.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        As for :func:`within`.
    reach_m : float
        Metres, edge to edge, >= 0.

    Returns
    -------
    Series, n rows, int64, >= 0
        On the index of ``sites``, named ``within_count``.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`within`.
    """
    counts = within(sites, others, reach_m)["outline_id"].value_counts()
    return counts.reindex(sites.index, fill_value=0).rename("within_count")
