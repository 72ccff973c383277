"""Strips: the land along one side of lines and edges, and the area that outlines have in it."""

from functools import cache, partial
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.area_uncertainty import RANGE_QUAD_SEGS
from nmgeo.measures.buffer_shapes import buffer_shape, left_buffer
from nmgeo.measures.buffers import SEGMENTS
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.measures.fast.spatial_index import Floats, Geometries
from nmgeo.translations import Side
from nmgeo.units import M2_PER_HECTARE

_AREAL: Final = 2  # the dimension of polygons
_MARGIN_M: Final = 1.0  # beyond which a cut edge cannot matter, rounding included


def draw_strips(
    shapes: gpd.GeoSeries, width_m: float, side: Side, *, flat: bool
) -> list[shapely.Geometry | None]:
    """Draw the strip along each line or edge.

    Parameters
    ----------
    shapes : GeoSeries, n rows, EPSG:2326
        Lines or polygons.
    width_m : float
        Metres on one side, > 0.
    side : {"both", "left", "right", "inside", "outside"}
        As for :func:`nmgeo.strip`.
    flat : bool
        End a strip flat where a line ends, instead of round.

    Returns
    -------
    list of Polygon, MultiPolygon or None, n
        None if an end of the line lies in its own strip, which connects its two sides.

    Source
    ------
    :mod:`nmgeo.measures.buffer_shapes` with :data:`nmgeo.measures.buffers.SEGMENTS` segments to a
    quarter circle.
    """
    return [_strip(shape, width_m, side, flat=flat) for shape in shapes]


def _strip(
    shape: shapely.Geometry, width_m: float, side: Side, *, flat: bool
) -> shapely.Geometry | None:
    if shapely.get_dimensions(shape) == _AREAL:
        along = buffer_shape(shape.boundary, width_m, SEGMENTS)
        if side == "both":
            return along
        return along.intersection(shape) if side == "inside" else along.difference(shape)
    if side == "both":
        return buffer_shape(shape, width_m, SEGMENTS, flat=flat)
    lines = shapely.get_parts(shape if side == "left" else shapely.reverse(shape))
    parts = [left_buffer(line, width_m, SEGMENTS, flat=flat) for line in lines]
    return None if None in parts else shapely.union_all(parts)


def own_strip_ha(outlines: gpd.GeoDataFrame, width_m: float, side: Side) -> Floats:
    """Measure the least and the most that the strip along its own edge takes of each outline.

    Parameters
    ----------
    outlines : GeoDataFrame, n rows, any CRS
        With ``accuracy_m``, metres, by which each is drawn in and drawn out.
    width_m, side
        As for :func:`draw_strips`.

    Returns
    -------
    array, n x 2, hectares
        NaN for a line, or without accuracy.
    """
    taken, accuracy_m = np.full((len(outlines), 2), np.nan), outlines["accuracy_m"]
    for row, (shape, out) in enumerate(zip(crs.to_hk80(outlines), accuracy_m, strict=True)):
        if out >= 0 and shapely.get_dimensions(shape) == _AREAL:
            moved = (
                buffer_shape(shape, by, RANGE_QUAD_SEGS) if by else shape for by in (-out, 0.0, out)
            )
            held = [_of_itself_m2(land, width_m, side) for land in moved]
            taken[row] = min(held), max(held)
    return taken / M2_PER_HECTARE


def _of_itself_m2(land: shapely.Geometry, width_m: float, side: Side) -> float:
    strip = None if land.is_empty else _strip(land, width_m, side, flat=True)
    return 0.0 if strip is None else float(strip.intersection(land).area)


def strip_pairs(lands: gpd.GeoDataFrame, strips: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure what outlines and strips share, or would if they were moved within their accuracy.

    Parameters
    ----------
    lands : GeoDataFrame, n rows, EPSG:2326
        Outlines with ``site_accuracy_m``.
    strips : GeoDataFrame, k rows, EPSG:2326
        With ``line_accuracy_m``, ``edge_of`` (the outline whose edge it follows, if any), and for
        those ``own_low_ha`` and ``own_high_ha`` from :func:`own_strip_ha`.

    Returns
    -------
    DataFrame, a row for each pair
        Positions ``row`` and ``found``, ``accuracy_m`` (metres), ``inside_ha``, ``low_ha`` and
        ``high_ha`` (hectares); by outline and then by strip.

    Source
    ------
    Intersection by GEOS. Wherever the one is moved, what they share lies in the outline and in the
    strip grown by as much, and in the strip and in the outline grown: the less of both is taken;
    and likewise with setbacks for what they share at least.
    """
    here, there = lands.geometry.to_numpy(), strips.geometry.to_numpy()
    site_m, line_m = lands["site_accuracy_m"].to_numpy(), strips["line_accuracy_m"].to_numpy()
    reach_m = sum(float(np.nan_to_num(out).max()) for out in (site_m, line_m))
    near = shapely.STRtree(there).query(here, predicate="dwithin", distance=reach_m)
    rows, found = near[:, np.lexsort(near[::-1])]
    own = lands.index.to_numpy()[rows] == strips["edge_of"].to_numpy()[found]
    out_m = np.where(own, site_m[rows], known_error_m(site_m[rows], line_m[found]))
    shared = _shared_ha(here[rows], there[found], np.where(own, np.nan, out_m))
    for end in ("low_ha", "high_ha"):
        shared[end] = np.where(own, strips[f"own_{end}"].to_numpy()[found], shared[end])
    pairs = pd.DataFrame({"row": rows, "found": found, "accuracy_m": out_m, **shared})
    return pairs[pairs[["inside_ha", "high_ha"]].max(axis=1) > 0]


def _shared_ha(lands: Geometries, strips: Geometries, out_m: Floats) -> dict[str, Floats]:
    """Measure what lands and strips share: as drawn, and at least and at most if they are moved."""
    inside = shapely.area(shapely.intersection(lands, strips))
    moved = cache(partial(buffer_shape, segments=RANGE_QUAD_SEGS))
    ranges = np.column_stack([inside, inside])
    for row, (land, strip, out) in enumerate(zip(lands, strips, out_m, strict=True)):
        if out > 0:
            taken = _near(strip, land, out)
            less, more = (
                [land.intersection(moved(taken, by)).area, taken.intersection(moved(land, by)).area]
                for by in (-out, out)
            )
            ranges[row] = min(max(less), inside[row]), max(min(more), inside[row])
    low, high = np.where(np.isnan(out_m), np.nan, ranges.T) / M2_PER_HECTARE
    return {"inside_ha": inside / M2_PER_HECTARE, "low_ha": low, "high_ha": high}


def _near(shape: shapely.Geometry, land: shapely.Geometry, out_m: float) -> shapely.Geometry:
    """Cut off what is so far from some land that moving it by a distance reaches nothing there.

    The cut edges are further from the land than the distance, so that no area in the land, nor in
    the land grown by the distance, depends on them. A long strip is measured much faster so.
    """
    west, south, east, north = land.bounds
    wide = 2 * out_m + _MARGIN_M
    box = shapely.box(west - wide, south - wide, east + wide, north + wide)
    return shape if box.contains(shape) else shape.intersection(box)
