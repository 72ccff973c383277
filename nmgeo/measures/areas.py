"""Areas: on the Hong Kong 1980 Grid and on the ellipsoid, totals, and shares inside a layer."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.area_uncertainty import area_range_ha
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
    Planar area (GEOS, through shapely) in EPSG:2326. It exceeds the area on the ellipsoid by 2 to
    17 ppm in the Northern Metropolis, and by 120 ppm at the edge of :data:`nmgeo.crs.WINDOW`.
    """
    return pd.Series(crs.to_hk80(sites).area / M2_PER_HECTARE, name="area_ha")


def geodesic_ha(sites: gpd.GeoDataFrame) -> pd.Series:
    """Area of each site on the WGS 84 ellipsoid.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is. Edges are taken as geodesics between the vertices.

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
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    vertices, of_vertex = shapely.get_coordinates(rings, return_index=True)
    cuts = np.flatnonzero(np.diff(of_vertex)) + 1
    signed_m2 = [  # of holes below 0
        crs.ELLIPSOID.polygon_area_perimeter(*ring.T)[0] for ring in np.split(vertices, cuts)
    ]
    part_m2 = np.abs(np.bincount(of_ring, signed_m2[: len(rings)], minlength=len(parts)))
    square_metres = np.bincount(rows, part_m2, minlength=len(sites))
    return pd.Series(square_metres / M2_PER_HECTARE, index=sites.index, name="geodesic_ha")


def net_ha(sites: gpd.GeoDataFrame) -> float:
    """Area in hectares that the sites cover together, overlaps counted once.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        May overlap.

    Returns
    -------
    float
        Hectares, at most the sum of :func:`area_ha`.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Union by GEOS in EPSG:2326.
    """
    alone_m2, shapes = _apart(crs.to_hk80(sites).to_numpy())
    return float((alone_m2 + shapely.area(shapely.union_all(shapes))) / M2_PER_HECTARE)


def _apart(shapes: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the area of the shapes that meet no other, in square metres, and the other shapes."""
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    meets = np.zeros(len(shapes), dtype=bool)
    meets[first[first != second]] = True
    return float(shapely.area(shapes[~meets]).sum()), shapes[meets]


def land_totals(sites: gpd.GeoDataFrame) -> dict[str, float]:
    """Totals of the land of the sites in hectares: gross, net and double-counted.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        May overlap.

    Returns
    -------
    dict
        Hectares: ``gross_ha`` (sum of :func:`area_ha`), ``net_ha`` (:func:`net_ha`),
        ``double_counted_ha`` (overlaps, measured while neighbours are merged pair by pair) and
        ``remainder_ha`` (gross - net - double-counted). The remainder is 0 but for rounding; it
        checks the other three, which are measured independently.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Intersections and unions by GEOS in EPSG:2326.
    """
    gross, net = float(area_ha(sites).sum()), net_ha(sites)
    double_counted = _double_counted_ha(sites)
    remainder = gross - net - double_counted
    names = ("gross_ha", "net_ha", "double_counted_ha", "remainder_ha")
    return dict(zip(names, (gross, net, double_counted, remainder), strict=True))


def _double_counted_ha(sites: gpd.GeoDataFrame) -> float:
    """Merge neighbours pair by pair until one shape is left, and add up the overlaps, hectares.

    Intersecting all pairs of outlines would take time and memory that grow with the square.
    """
    grid = crs.to_hk80(sites)
    grid = grid[grid.area > 0]
    if grid.empty:
        return 0.0
    shapes = _apart(grid.to_numpy()[np.argsort(grid.hilbert_distance(), kind="stable")])[1]
    shared_m2 = 0.0
    while len(shapes) > 1:
        left, right = shapes[:-1:2], shapes[1::2]
        shared_m2 += float(shapely.area(shapely.intersection(left, right)).sum())
        shapes = np.append(shapely.union(left, right), shapes[2 * len(left) :])
    return shared_m2 / M2_PER_HECTARE


def perimeter_m(sites: gpd.GeoDataFrame) -> pd.Series:
    """Perimeter of each site in metres on the Hong Kong 1980 Grid, holes included.

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
    """Uncertainty of the area of each site in hectares: perimeter times accuracy.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        With ``accuracy_m``, metres.

    Returns
    -------
    Series, n rows, float64, hectares, >= 0
        On the index of ``sites``, named ``area_uncertainty_ha``. It is the error of the area if
        the whole edge is displaced by its accuracy, without the corners, which only add to an
        outline that grows; NaN where the accuracy is not known.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    square_metres = perimeter_m(sites) * sites["accuracy_m"]
    return pd.Series(square_metres / M2_PER_HECTARE, name="area_uncertainty_ha")


def area_limits_ha(sites: gpd.GeoDataFrame, area_ha: pd.Series) -> dict[str, pd.Series]:
    """Range of the area of each site in hectares, from the accuracy of its edge.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        With ``accuracy_m``, metres.
    area_ha : Series, n rows
        Their areas in hectares.

    Returns
    -------
    dict of Series, n rows
        As :func:`nmgeo.measures.area_uncertainty.area_range_ha`.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    accuracy_m = sites["accuracy_m"].astype(float)
    parts = shapely.get_num_geometries(sites.geometry.to_numpy())
    return area_range_ha(area_ha, perimeter_m(sites), accuracy_m, parts)


def mercator_ha(sites: gpd.GeoDataFrame) -> pd.Series:
    """Area of each site in hectares in Web Mercator, to show how wrong it is.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is.

    Returns
    -------
    Series, n rows, float64, hectares, >= 0
        On the index of ``sites``, named ``mercator_ha``. It is 17.7 % too large at San Tin, since
        the projection stretches both axes by the secant of the latitude.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    """
    projected = crs.transform(sites.geometry, crs.WEB_MERCATOR)
    return pd.Series(projected.area / M2_PER_HECTARE, name="mercator_ha")


def inside_share(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.Series:
    """Share (0 to 1) of each site that lies inside any of ``others``, overlaps counted once.

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
    site_shapes, other_shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    return pd.Series(
        kernels.inside_shares(site_shapes, other_shapes), index=sites.index, name="inside_share"
    )
