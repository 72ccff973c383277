"""Clipping of rings at a boundary: only the part on this side is kept and counted."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.errors import LayerError
from nmgeo.measures.buffer_shapes import buffer_shape
from nmgeo.messages import text
from nmgeo.units import M2_PER_HECTARE

_FAR_M: Final = 200_000.0
_RANGE_SEGMENTS: Final = 16  # per quarter circle, for the range only
_POLYGON_DIMENSIONS: Final = 2


class Boundary(NamedTuple):
    """A boundary and the land beyond it, in EPSG:2326."""

    name: str
    beyond: shapely.Geometry
    covered: shapely.Geometry  # where the boundary separates the two sides
    accuracy_m: float  # of its least accurate feature; NaN if the accuracy of any is not known


def make_boundary(frame: gpd.GeoDataFrame, name: str) -> Boundary:
    """Make a boundary of a layer of polygons or of one line.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Polygons: all land outside them lies beyond. Or the parts of one line: the land on its left
        lies beyond, between its two ends.
    name : str
        Name of the layer, for messages.

    Returns
    -------
    Boundary
        A line separates the two sides between the perpendiculars to its chord at its ends.

    Raises
    ------
    LayerError
        If the layer is neither, or the line turns back past its ends.
    MissingCRSError
        If the frame has no CRS.
    """
    shape = crs.to_hk80(frame).union_all()
    accuracy_m = float(frame["accuracy_m"].max(skipna=False))
    if (shapely.get_dimensions(frame.geometry.to_numpy()) == _POLYGON_DIMENSIONS).all():
        everywhere = shapely.box(*(np.array(shape.bounds) + _FAR_M * np.array([-1, -1, 1, 1])))
        return Boundary(name, everywhere.difference(shape), everywhere, accuracy_m)
    line = shapely.line_merge(shape, directed=True)
    if line.geom_type != "LineString" or line.is_closed:
        raise LayerError(
            text("layer {name!r}", name=name),
            text("neither polygons nor one line with two ends"),
            text("give the land as polygons, or its boundary as one line"),
        )
    ends = shapely.get_coordinates(line)[[0, -1]]
    east, north = ends[1] - ends[0]
    offset = np.array([-north, east]) / np.hypot(east, north) * _FAR_M
    beyond = shapely.Polygon([*line.coords, ends[1] + offset, ends[0] + offset])
    if not beyond.is_valid:
        raise LayerError(
            text("layer {name!r}", name=name),
            text("the line turns back past its own ends"),
            text("cut it shorter"),
        )
    covered = shapely.Polygon([*(ends - offset), *(ends + offset)[::-1]])
    return Boundary(name, beyond, covered, accuracy_m)


def clip_rings(
    rings: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, boundary: Boundary
) -> gpd.GeoDataFrame:
    """Clip rings at a boundary, and measure what was cut off, in hectares.

    Parameters
    ----------
    rings : GeoDataFrame, n rows, any CRS
        Polygons with ``area_ha`` and ``outline_id``.
    sites : GeoDataFrame, any CRS
        The sites of the rings.
    boundary : Boundary
        From :func:`make_boundary`.

    Returns
    -------
    GeoDataFrame, n rows, same CRS
        The clipped polygon and its ``area_ha``; ``own_ha`` (the part that is the site's own land);
        ``outside_ha`` (cut off), with its range ``outside_low_ha`` to ``outside_high_ha`` from the
        accuracy of the boundary (missing if not known), all in hectares; and ``covered_share`` (0
        to 1; missing for a ring without land), the share that the boundary separates. The rest
        lies past the ends of the boundary and is kept. If all of a ring does, ``outside_ha`` is
        missing.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    Difference and intersection by GEOS in EPSG:2326.
    """
    ring_shapes = crs.to_hk80(rings)
    site_shapes = crs.to_hk80(sites).loc[rings["outline_id"]].to_numpy()
    kept = ring_shapes.difference(boundary.beyond)
    covered_share = ring_shapes.intersection(boundary.covered).area / ring_shapes.area.where(
        ring_shapes.area > 0
    )
    least, most = _beyond_range(boundary)
    beyond = {"outside_ha": boundary.beyond, "outside_low_ha": least, "outside_high_ha": most}
    columns = {
        "area_ha": kept.area / M2_PER_HECTARE,
        "own_ha": shapely.area(shapely.intersection(kept.to_numpy(), site_shapes)) / M2_PER_HECTARE,
        **{
            name: (ring_shapes.intersection(land).area / M2_PER_HECTARE).mask(covered_share == 0)
            if land
            else np.nan
            for name, land in beyond.items()
        },
        "covered_share": covered_share.clip(upper=1.0),
    }
    return rings.assign(**columns).set_geometry(crs.transform(kept, rings.geometry.crs))


def drop_features_beyond(others: gpd.GeoDataFrame, boundary: Boundary) -> gpd.GeoDataFrame:
    """Drop the features that lie wholly beyond a boundary."""
    return others[~crs.to_hk80(others).within(boundary.beyond)]


def _beyond_range(boundary: Boundary) -> list[shapely.Geometry | None]:
    """Return the land beyond if the boundary is further out by its accuracy, and if nearer."""
    if np.isnan(boundary.accuracy_m):
        return [None, None]
    distances_m = (-boundary.accuracy_m, boundary.accuracy_m)
    shapes = [
        buffer_shape(boundary.beyond, distance_m, _RANGE_SEGMENTS)
        if distance_m
        else boundary.beyond
        for distance_m in distances_m
    ]
    return [shapely.intersection(shape, boundary.covered) for shape in shapes]
