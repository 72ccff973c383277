"""Areas: on the Hong Kong 1980 Grid, on the ellipsoid, and of what lies inside what."""

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
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
    return pd.Series(crs.measured(sites).area / M2_PER_HECTARE, name="area_ha")


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
    shapes = crs.transformed(sites.geometry, crs.STORED).to_numpy()
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
    return float(crs.measured(sites).union_all().area / M2_PER_HECTARE)


def inside(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """How much of each site lies inside each of ``others``.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, polygons, any CRS
        Left as they are.

    Returns
    -------
    DataFrame, at least n rows
        ``outline_id``, ``feature_id``, ``inside_ha`` and ``inside_share`` (of the site, 0 to 1),
        by site and then by feature; a site that lies in none has one row with no ``feature_id``.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    Intersection by GEOS in EPSG:2326.
    """
    here, there = crs.measured(sites).to_numpy(), crs.measured(others).to_numpy()
    rows, found = shapely.STRtree(there).query(here, predicate="intersects")
    hectares = shapely.area(shapely.intersection(here[rows], there[found])) / M2_PER_HECTARE
    pairs = pd.DataFrame({"row": rows, "found": found, "inside_ha": hectares})
    pairs = pairs[pairs["inside_ha"] > 0].sort_values(["row", "found"])
    every = pd.DataFrame({"row": range(len(sites))}).merge(pairs, how="left", on="row")
    every["inside_ha"] = every["inside_ha"].fillna(0.0)
    every["inside_share"] = every["inside_ha"] * M2_PER_HECTARE / shapely.area(here)[every["row"]]
    every["outline_id"] = sites.index[every["row"]]
    ids = others.index.to_series(index=range(len(others)))
    every["feature_id"] = every["found"].map(ids)
    return every[["outline_id", "feature_id", "inside_ha", "inside_share"]]


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
    Union and intersection by GEOS in EPSG:2326.
    """
    here = crs.measured(sites)
    held = here.intersection(crs.measured(others).union_all()).area
    return pd.Series(held / here.area, name="inside_share")
