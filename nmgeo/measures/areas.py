"""Areas: on the Hong Kong 1980 Grid, on the ellipsoid, and the share that lies in others."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.fast import kernels
from nmgeo.units import M2_PER_HECTARE


def area_ha(sites: gpd.GeoDataFrame) -> pd.Series:
    """Area of each site on the Hong Kong 1980 Grid.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is.

    Returns
    -------
    Series, n rows, float64, hectares, >= 0
        On the index of ``sites``, named ``area_ha``; 0 for points and lines.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Planar area (GEOS, through shapely) in EPSG:2326; 2 to 17 ppm above the ellipsoid in
    the Northern Metropolis, 120 at the edge of :data:`nmgeo.crs.WINDOW`.
    """
    return pd.Series(crs.to_hk80(sites).area / M2_PER_HECTARE, name="area_ha")


def geodesic_ha(sites: gpd.GeoDataFrame) -> pd.Series:
    """Area of each site on the WGS 84 ellipsoid.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is; edges are taken as geodesics between the vertices.

    Returns
    -------
    Series, n rows, float64, hectares, >= 0
        On the index of ``sites``, named ``geodesic_ha``; 0 for points and lines.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Karney's polygon area (GeographicLib, through pyproj); an independent check of
    :func:`area_ha`.
    """
    shapes = crs.transform(sites.geometry, crs.WGS84).to_numpy()
    parts, rows = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    square_metres = pd.Series(0.0, index=range(len(sites)))
    for part, row in zip(parts, rows, strict=True):
        square_metres[row] += abs(crs.ELLIPSOID.geometry_area_perimeter(part)[0])
    return pd.Series(
        square_metres.to_numpy() / M2_PER_HECTARE, index=sites.index, name="geodesic_ha"
    )


def net_ha(sites: gpd.GeoDataFrame) -> float:
    """Hectares of land that the sites cover together, each piece counted once.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        May overlap.

    Returns
    -------
    float
        Hectares, never more than the sum of :func:`area_ha`.

    Source
    ------
    Union by GEOS in EPSG:2326.
    """
    return float(crs.to_hk80(sites).union_all().area / M2_PER_HECTARE)


def land_totals(sites: gpd.GeoDataFrame) -> dict[str, float]:
    """Add up the land of the sites: as listed, each piece once, and what is counted again.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        May overlap.

    Returns
    -------
    dict
        ``gross_ha`` (sum of :func:`area_ha`), ``net_ha`` (:func:`net_ha`), ``double_counted_ha``
        (what sites, and then groups of them, share as neighbours are joined two by two) and
        ``remainder_ha`` (the first less the other two: 0 but for rounding, since each of the
        three is measured by itself), hectares.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Intersections and unions by GEOS in EPSG:2326.
    """
    gross, net = float(area_ha(sites).sum()), net_ha(sites)
    double = _double_counted_ha(sites)
    remainder = gross - net - double
    names = ("gross_ha", "net_ha", "double_counted_ha", "remainder_ha")
    return dict(zip(names, (gross, net, double, remainder), strict=True))


def _double_counted_ha(sites: gpd.GeoDataFrame) -> float:
    """Join neighbours two by two until one is left, and add up what each two share.

    Every pair of outlines would be measured in time and memory that grow with the square.
    """
    placed = crs.to_hk80(sites)
    placed = placed[placed.area > 0]
    if placed.empty:
        return 0.0
    shapes = placed.to_numpy()[np.argsort(placed.hilbert_distance(), kind="stable")]
    again = 0.0
    while len(shapes) > 1:
        left, right = shapes[:-1:2], shapes[1::2]
        again += float(shapely.area(shapely.intersection(left, right)).sum())
        shapes = np.append(shapely.union(left, right), shapes[2 * len(left) :])
    return again / M2_PER_HECTARE


def perimeter_m(sites: gpd.GeoDataFrame) -> pd.Series:
    """Length of the edge of each site on the Hong Kong 1980 Grid, holes included.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is.

    Returns
    -------
    Series, n rows, float64, metres, >= 0
        On the index of ``sites``, named ``perimeter_m``.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    return pd.Series(crs.to_hk80(sites).length, name="perimeter_m")


def area_uncertainty_ha(sites: gpd.GeoDataFrame) -> pd.Series:
    """How far the area of each site may be out if its whole edge is out by its accuracy.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        With ``accuracy_m``, metres.

    Returns
    -------
    Series, n rows, float64, hectares, >= 0
        On the index of ``sites``, named ``room_ha``: perimeter times accuracy, which is the most
        that it can be out but for the corners; missing where the accuracy is.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    square_metres = perimeter_m(sites) * sites["accuracy_m"]
    return pd.Series(square_metres / M2_PER_HECTARE, name="room_ha")


def mercator_ha(sites: gpd.GeoDataFrame) -> pd.Series:
    """Area of each site as Web Mercator, the projection of web maps, would have it.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is.

    Returns
    -------
    Series, n rows, float64, hectares, >= 0
        On the index of ``sites``, named ``mercator_ha``: wrong by +17.7 % at San Tin, since the
        projection stretches both ways by the secant of the latitude.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    drawn = crs.transform(sites.geometry, crs.WEB_MERCATOR)
    return pd.Series(drawn.area / M2_PER_HECTARE, name="mercator_ha")


def inside_share(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.Series:
    """Share of each site that lies inside any of ``others``, overlaps counted once.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, polygons, any CRS
        Left as they are.

    Returns
    -------
    Series, n rows, float64, 0 to 1
        On the index of ``sites``, named ``inside_share``; 0 if ``others`` is empty.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    :func:`nmgeo.measures.fast.kernels.inside_shares` on the Hong Kong 1980 Grid.
    """
    here, there = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    return pd.Series(kernels.inside_shares(here, there), index=sites.index, name="inside_share")
