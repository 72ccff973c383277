"""Drawings of CAD: a closed polyline is an area, as it is in the office that drew it.

GDAL reads it as one by a setting of :mod:`nmgeo.sources.gdal`, also if it has no area.
"""

from contextlib import suppress
from typing import Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from nmgeo.messages import Text, text
from nmgeo.sources import gdal

DRAWING: Final = "DXF"
_POLYGON: Final = int(shapely.GeometryType.POLYGON)


def areas_notice(path: str, driver: str, layer: str) -> list[Text]:
    """Say how many shapes of a drawing are read as areas.

    Parameters
    ----------
    path, driver, layer : str
        A file as GDAL opens it; nothing is said of other formats, and of one that is damaged.
    """
    if driver != DRAWING:
        return []
    with suppress(*gdal.Errors):
        shapes = _built(gdal.read_arrays(path, layer, columns=[])[2])
        areas = (shapely.get_type_id(shapes) == _POLYGON) & ~_are_flat(shapes)
        count = int(areas.sum())
        said = text("closed polylines or hatches read as areas: {count}", count=count)
        return [said] * (count > 0)
    return []


def flat_areas_as_lines(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the features of a drawing, of which those that go forth and back are lines."""
    shapes = frame.geometry.to_numpy().copy()
    flat = _are_flat(shapes)
    shapes[flat] = _outlines(shapes[flat])
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def flat_wkb_as_lines(stored: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return WKB of a drawing as :func:`flat_areas_as_lines` does features."""
    held = stored.to_numpy().astype(object)
    shapes = _built(held)
    flat = _are_flat(shapes)
    held[flat] = shapely.to_wkb(_outlines(shapes[flat]))
    return pa.chunked_array([pa.array(held, pa.binary(), from_pandas=True)])


def _built(stored: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # of a coordinate that is no number
        shapes: np.ndarray = shapely.from_wkb(stored, on_invalid="ignore")
    return shapes


def _are_flat(shapes: np.ndarray) -> np.ndarray:
    polygons = shapely.get_type_id(shapes) == _POLYGON
    return np.asarray(polygons & (shapely.area(shapely.convex_hull(shapes)) == 0))


def _outlines(shapes: np.ndarray) -> np.ndarray:
    rings = [shapely.get_coordinates(one.exterior, include_z=one.has_z) for one in shapes]
    return np.array([*map(shapely.LineString, rings), None], dtype=object)[:-1]
