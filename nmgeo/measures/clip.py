"""Clips: what of a ring lies beyond a boundary, and is not counted."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.errors import LayerError
from nmgeo.measures.buffer_shapes import buffer_shape
from nmgeo.units import M2_PER_HECTARE

_FAR_M: Final = 200_000.0
_SEGMENTS: Final = 16  # of the range alone
_POLYGON_DIMENSIONS: Final = 2


class Boundary(NamedTuple):
    """A boundary as what lies beyond it, in EPSG:2326."""

    name: str
    beyond: shapely.Geometry
    covered: shapely.Geometry  # where it can tell the two sides apart
    accuracy_m: float  # of its worst feature; missing if one has none


def make_boundary(frame: gpd.GeoDataFrame, name: str) -> Boundary:
    """Take a layer as a boundary.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Polygons, beyond which lies all that is outside of them; or one line, in as many features
        as it has, beyond which lies what is on its left, between its two ends.
    name : str
        What to call it.

    Returns
    -------
    Boundary
        A line tells the sides apart between the perpendiculars to its chord at its ends.

    Raises
    ------
    LayerError
        If it is neither, or the line turns back past its ends.
    """
    shape = crs.to_hk80(frame).union_all()
    accuracy = float(frame["accuracy_m"].max(skipna=False))
    if (shapely.get_dimensions(frame.geometry.to_numpy()) == _POLYGON_DIMENSIONS).all():
        everywhere = shapely.box(*(np.array(shape.bounds) + _FAR_M * np.array([-1, -1, 1, 1])))
        return Boundary(name, everywhere.difference(shape), everywhere, accuracy)
    line = shapely.line_merge(shape, directed=True)
    if line.geom_type != "LineString" or line.is_closed:
        wrong = "neither polygons nor one line with two ends"
        raise LayerError(f"layer {name!r}", wrong, "give the land as polygons, or one line")
    ends = shapely.get_coordinates(line)[[0, -1]]
    east, north = ends[1] - ends[0]
    aside = np.array([-north, east]) / np.hypot(east, north) * _FAR_M
    beyond = shapely.Polygon([*line.coords, ends[1] + aside, ends[0] + aside])
    if not beyond.is_valid:
        raise LayerError(f"layer {name!r}", "turns back past its own ends", "cut it shorter")
    covered = shapely.Polygon([*(ends - aside), *(ends + aside)[::-1]])
    return Boundary(name, beyond, covered, accuracy)


def clip_rings(
    rings: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, boundary: Boundary
) -> gpd.GeoDataFrame:
    """Take off the rings what lies beyond a boundary.

    Parameters
    ----------
    rings : GeoDataFrame, n rows, any CRS
        Polygons with ``area_ha`` and ``outline_id``.
    sites : GeoDataFrame, any CRS
        What the rings are round.
    boundary : Boundary
        From :func:`make_boundary`.

    Returns
    -------
    GeoDataFrame, n rows, same CRS
        With ``area_ha`` and the polygon of what is left, ``own_ha`` (of it the site's own),
        ``outside_ha`` of what is not left, in hectares, its range ``outside_low_ha`` to
        ``outside_high_ha`` if the boundary lies within its accuracy of where it is drawn (missing
        if none is known), and ``covered_share`` (0 to 1; missing for a ring without land): what
        lies past the ends of the boundary is neither known to be beyond nor taken off, and where
        all does, what is outside is missing.
    """
    shapes = crs.to_hk80(rings)
    own = crs.to_hk80(sites).loc[rings["outline_id"]].to_numpy()
    kept = shapes.difference(boundary.beyond)
    land = shapes.intersection(boundary.covered).area / shapes.area.where(shapes.area > 0)
    least, most = _moved(boundary)
    beyond = {"outside_ha": boundary.beyond, "outside_low_ha": least, "outside_high_ha": most}
    facts = {
        "area_ha": kept.area / M2_PER_HECTARE,
        "own_ha": shapely.area(shapely.intersection(kept.to_numpy(), own)) / M2_PER_HECTARE,
        **{
            name: (shapes.intersection(of).area / M2_PER_HECTARE).mask(land == 0) if of else np.nan
            for name, of in beyond.items()
        },
        "covered_share": land.clip(upper=1.0),
    }
    return rings.assign(**facts).set_geometry(crs.transform(kept, rings.geometry.crs))


def drop_features_beyond(others: gpd.GeoDataFrame, bound: Boundary) -> gpd.GeoDataFrame:
    """Return the features that do not lie wholly beyond a boundary."""
    return others[~crs.to_hk80(others).within(bound.beyond)]


def _moved(bound: Boundary) -> list[shapely.Geometry | None]:
    """Return what lies beyond if the boundary is further out, and if it is nearer."""
    if np.isnan(bound.accuracy_m):
        return [None, None]
    outs = (-bound.accuracy_m, bound.accuracy_m)
    drawn = [buffer_shape(bound.beyond, out, _SEGMENTS) if out else bound.beyond for out in outs]
    return [shapely.intersection(shape, bound.covered) for shape in drawn]
