"""Buffers: the land within a distance of a site, as rings or as a whole."""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.errors import UsageError
from nmgeo.units import M2_PER_HECTARE

# Segments to a quarter circle: the polygon is 0.010 % smaller than the circle.
SEGMENTS: Final = 64


def ring_shapes(
    sites: gpd.GeoDataFrame, distances_m: Sequence[float], *, cumulative: bool = False
) -> gpd.GeoDataFrame:
    """Draw the land within each distance of each site.

    The first ring begins at 0 and holds the site's own land, so that the rings of a site add up
    to the whole buffer.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is.
    distances_m : sequence of float, k values
        Metres from the edge of the site, > 0, in any order.
    cumulative : bool
        Draw every ring from 0 instead of from the distance before.

    Returns
    -------
    GeoDataFrame, n * k rows, EPSG:4326
        ``outline_id``, ``from_m``, ``to_m``, ``area_ha`` (hectares in EPSG:2326), ``own_ha`` (of
        them the site's own) and the polygon, by site and then outwards.

    Raises
    ------
    UsageError
        If there is no distance, or one is not more than 0.
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Buffer by GEOS in EPSG:2326 with :data:`SEGMENTS` segments to a quarter circle.
    """
    reaches = sorted(set(distances_m))
    if not reaches or reaches[0] <= 0:
        raise UsageError("--at", "a ring needs a distance of more than 0", "write --at 500m")
    here = crs.measured(sites)
    own = here.area / M2_PER_HECTARE
    rings, before, from_m = [], None, 0.0
    for to_m in reaches:
        disc = _disc(here, to_m)
        shape = disc if before is None or cumulative else disc.difference(before)
        rings.append(_ring(shape, from_m, to_m, own if from_m == 0 else own * 0.0))
        before, from_m = disc, 0.0 if cumulative else to_m
    table = pd.concat(rings).assign(row=list(range(len(sites))) * len(reaches))
    table = table.sort_values(["row", "to_m"]).drop(columns="row")
    shapes = gpd.GeoDataFrame(table, geometry="geometry", crs=crs.MEASURED)
    stored = crs.transformed(shapes.geometry, crs.STORED)
    return shapes.set_geometry(stored).rename_axis("outline_id").reset_index()


def _disc(shapes: gpd.GeoSeries, reach_m: float) -> gpd.GeoSeries:
    grown = shapely.buffer(shapes.to_numpy(), reach_m, quad_segs=SEGMENTS)
    return gpd.GeoSeries(grown, index=shapes.index, crs=shapes.crs)


def _ring(shape: gpd.GeoSeries, from_m: float, to_m: float, own_ha: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "from_m": from_m,
            "to_m": to_m,
            "area_ha": shape.area / M2_PER_HECTARE,
            "own_ha": own_ha,
            "geometry": shape,
        }
    )
