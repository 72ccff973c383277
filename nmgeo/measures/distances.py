"""Distances from sites to features: the nearest, all pairs, and counts within a distance."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.errors import UsageError
from nmgeo.measures.fast import kernels
from nmgeo.messages import either, text

_MAX_PAIRS: Final = 4_000_000  # distances held at once: 32 MB


def nearest(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the nearest of ``others`` to each site, and its distance in metres, edge to edge.

    A site that touches or contains one of ``others`` is at 0. Of several at the same distance, the
    first in the order of ``others`` is taken, so that each site has one row.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        Left as they are; measured in :data:`nmgeo.crs.HK80`.

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
    site_shapes, other_shapes = crs.to_hk80(sites), crs.to_hk80(others)
    tree = shapely.STRtree(other_shapes.to_numpy())
    (rows, found), gaps = tree.query_nearest(site_shapes.to_numpy(), return_distance=True)
    pairs = pd.DataFrame({"row": rows, "found": found, "nearest_m": gaps})
    pairs["ties"] = pairs.groupby("row")["found"].transform("size") - 1
    first = pairs.sort_values(["row", "found"]).drop_duplicates("row").set_index("row")
    first = first.reindex(range(len(site_shapes)))
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
    """Distance in metres from each site to the nearest of ``others``, edge to edge.

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
    :func:`nmgeo.measures.fast.kernels.nearest` on the Hong Kong 1980 Grid: the distances of
    :func:`nearest`.
    """
    site_shapes, other_shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    return pd.Series(
        kernels.nearest(site_shapes, other_shapes)[1], index=sites.index, name="nearest_m"
    )


def nearest_lines(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw the shortest line from each site to the nearest of ``others``.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        As for :func:`nearest`; ``others`` is not empty.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:2326
        The columns of :func:`nearest` and the line, which has no length where the site is at 0.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`nearest`; the line by GEOS in EPSG:2326.
    """
    found = nearest(sites, others)
    ends = crs.to_hk80(others).loc[found["nearest_id"]].to_numpy()
    shortest = shapely.shortest_line(crs.to_hk80(sites).to_numpy(), ends)
    lines = gpd.GeoSeries(shortest, index=sites.index, crs=crs.HK80)
    return gpd.GeoDataFrame(found, geometry=lines)


def shortest_lines(starts: Any, ends: Any) -> Any:
    """Draw the shortest line from each geometry to another one.

    Parameters
    ----------
    starts, ends : array of geometry, n, one metric CRS
        A pair with a missing or empty geometry has no line.

    Returns
    -------
    array of geometry, n
        Lines of two points, None where there is none.

    Source
    ------
    GEOS, through shapely.
    """
    return shapely.shortest_line(starts, ends)


def distance_matrix_m(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Matrix of the distances in metres from each site to each of ``others``.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and m rows, any CRS
        Left as they are.

    Returns
    -------
    DataFrame, n rows and m columns, float64, metres, >= 0
        Edge to edge, on the indexes of both.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.
    UsageError
        If there are more pairs than fit into memory.

    Source
    ------
    As :func:`nearest`.
    """
    if len(sites) * len(others) > _MAX_PAIRS:
        raise UsageError(
            text("{sites} sites and {features} features", sites=len(sites), features=len(others)),
            text("a matrix holds at most {limit:,} pairs", limit=_MAX_PAIRS),
            text("use {command} instead", command=either("nm.near", "nmgeo near")),
        )
    site_shapes, other_shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    distances_m = shapely.distance(site_shapes[:, np.newaxis], other_shapes[np.newaxis, :])
    return pd.DataFrame(distances_m, index=sites.index, columns=others.index)


def distance_error_m(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Matrix of the errors in metres of :func:`distance_matrix_m`: the accuracies of both ends.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and m rows
        With ``accuracy_m``, metres.

    Returns
    -------
    DataFrame, n rows and m columns, float64, metres, >= 0
        The sum of both accuracies, on the indexes of both; NaN where one is not known.
    """
    site_m, other_m = (frame["accuracy_m"].to_numpy(dtype=float) for frame in (sites, others))
    return pd.DataFrame(site_m[:, np.newaxis] + other_m, index=sites.index, columns=others.index)


def pairs_within(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, reach_m: float) -> pd.DataFrame:
    """List the pairs of a site and a feature up to ``reach_m`` metres apart.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        Left as they are.
    reach_m : float
        Metres, edge to edge, >= 0. :data:`nmgeo.crs.NOISE_M` is added, so that a feature at exactly
        that distance is listed although its coordinates were rounded.

    Returns
    -------
    DataFrame, m rows
        ``outline_id``, ``feature_id`` and their distance ``gap_m`` (metres), by site and then by
        feature.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    ``dwithin`` of GEOS in EPSG:2326. A buffer polygon lies inside the true buffer and would miss
    some features.
    """
    site_shapes, other_shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    search = {"predicate": "dwithin", "distance": reach_m + crs.NOISE_M}
    rows, found = shapely.STRtree(other_shapes).query(site_shapes, **search)
    pairs = pd.DataFrame(
        {
            "outline_id": sites.index[rows],
            "feature_id": others.index[found],
            "gap_m": shapely.distance(site_shapes[rows], other_shapes[found]),
            "row": rows,
            "found": found,
        }
    )
    return pairs.sort_values(["row", "found"], ignore_index=True)[
        ["outline_id", "feature_id", "gap_m"]
    ]


def within_count(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, reach_m: float) -> pd.Series:
    """Count the features up to ``reach_m`` metres from each site.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        As for :func:`pairs_within`.
    reach_m : float
        As for :func:`pairs_within`.

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
    :func:`nmgeo.measures.fast.kernels.within_counts` on the Hong Kong 1980 Grid: the pairs of
    :func:`pairs_within`.
    """
    site_shapes, other_shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    counts = kernels.within_counts(site_shapes, other_shapes, [reach_m + crs.NOISE_M])[:, 0]
    return pd.Series(counts, index=sites.index, name="within_count")
