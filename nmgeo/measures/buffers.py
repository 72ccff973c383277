"""Buffers: rings round sites, setbacks inside them, and the error of their radius.

Buffers are drawn on the Hong Kong 1980 Grid. In Web Mercator, 1 km would be 919 m to the north
and 924 m to the east on the ground.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.errors import UsageError
from nmgeo.measures.buffer_error import MaxError
from nmgeo.measures.buffer_shapes import buffer_shapes, polygon_parts
from nmgeo.messages import Text, either, option, text
from nmgeo.units import M2_PER_HECTARE

# Segments per quarter circle: the polygon is 0.010 % smaller than the circle.
SEGMENTS: Final = 64
# All places in :data:`nmgeo.crs.WINDOW` are nearer to each other. The grid is not made for larger
# distances: at this one its error reaches 0.05 %.
MAX_DISTANCE_M: Final = 200_000.0
_CENTRAL_MERIDIAN_M: Final = 836_694.05  # easting of the central meridian, where the scale is 1
_EARTH_RADIUS_M: Final = 6_360_000.0  # in Hong Kong
_DATUM_SHIFT_SHARE: Final = 2e-6  # largest change of scale by the datum shift
_TOUCH_M: Final = 1e-6
_MOST_VERTICES: Final = 200_000  # of buffers whose radii are measured at once, to bound memory


def ring_shapes(
    sites: gpd.GeoDataFrame,
    distances_m: Sequence[float] | pd.Series,
    *,
    cumulative: bool = False,
    max_error: MaxError | None = None,
    flat: bool = False,
    radii: bool = True,
) -> gpd.GeoDataFrame:
    """Rings round each site at given distances in metres, or setbacks inside it.

    The first ring begins at 0 and includes the site's own land, so that the rings of a site add up
    to its whole buffer. A negative distance is a setback: the land at least that deep inside.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        Left as it is.
    distances_m : sequence of float, k values, or Series on the index of sites
        Metres from the edge of the site, not 0, in any order. A Series gives each site its own.
    cumulative : bool
        Begin every ring at 0 instead of at the previous distance.
    max_error : MaxError, optional
        Largest error of the edge, which sets the number of segments; :data:`SEGMENTS` if not given.
    flat : bool
        End sites that are lines flat instead of round.
    radii : bool
        Measure the achieved radius, which takes as long as the drawing.

    Returns
    -------
    GeoDataFrame, n * k rows, EPSG:2326
        ``outline_id``, ``from_m`` (missing for a setback), ``to_m``, ``area_ha`` (hectares in
        EPSG:2326), ``own_ha`` (the part that is the site's own land), ``segments`` per quarter
        circle, ``radius_min_m``, ``radius_max_m`` and ``radius_error_share``; and the polygon, by
        site and then outwards. The radii are the shortest and longest geodesic from the site to
        the vertices and chord middles of the edge at ``to_m``, flat ends of lines left out. The
        error is the larger deviation over the distance. The three are missing where nothing is
        left of a site, or without ``radii``.

    Raises
    ------
    UsageError
        If there is no distance, one is no number, 0 or beyond :data:`MAX_DISTANCE_M`, or
        ``max_error`` is smaller than the error of the grid.
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    :func:`nmgeo.measures.buffer_shapes.buffer_shape` in EPSG:2326 with :data:`SEGMENTS` segments
    per quarter circle, or the number of :meth:`MaxError.segments`; geodesics by GeographicLib.
    """
    shapes = crs.to_hk80(sites)
    site_ha = (shapes.area / M2_PER_HECTARE).to_numpy()
    rings: list[gpd.GeoDataFrame] = []
    inner_buffers, inner_m = None, np.zeros(len(shapes))
    for to_m in _distance_levels(sites, distances_m):
        buffers = _buffers_with_radii(shapes, to_m, max_error, flat=flat, radii=radii)
        removed = None if cumulative or (to_m < 0).any() else inner_buffers
        ring = buffers.geometry if removed is None else buffers.geometry.difference(removed)
        from_m = np.where(to_m < 0, np.nan, 0.0 if removed is None else inner_m)
        ring_ha = ring.area.to_numpy() / M2_PER_HECTARE
        own_ha = np.select([to_m < 0, from_m == 0], [ring_ha, site_ha], 0.0)
        columns_of_ring = {"from_m": from_m, "to_m": to_m, "area_ha": ring_ha, "own_ha": own_ha}
        rings.append(buffers.assign(**columns_of_ring, geometry=ring, row=range(len(shapes))))
        if (to_m > 0).all():
            inner_buffers, inner_m = buffers.geometry, to_m
    table = pd.concat(rings).sort_values(["row", "to_m"])
    edge_columns = ["radius_min_m", "radius_max_m", "radius_error_share", "geometry"]
    columns = ["outline_id", "from_m", "to_m", "area_ha", "own_ha", "segments", *edge_columns]
    return table.rename_axis("outline_id").reset_index()[columns]


def _distance_levels(
    sites: gpd.GeoDataFrame, distances_m: Sequence[float] | pd.Series
) -> list[np.ndarray]:
    """Return the distances in metres: for each level of rings, the distance of each site."""
    if isinstance(distances_m, pd.Series):
        asked_m = distances_m.reindex(sites.index).to_numpy(dtype=float)
        levels = [asked_m]
    else:
        asked_m = _numbers(distances_m)
        levels = [np.full(len(sites), distance) for distance in asked_m]
    if not levels:
        raise UsageError(option("at"), text("no distance is given"), _example())
    if not (np.abs(asked_m) > 0).all():
        raise UsageError(option("at"), text("a distance of 0 has no ring"), _example())
    farthest_m = float(np.abs(asked_m).max(initial=0))
    if farthest_m > MAX_DISTANCE_M:
        wrong = text(
            "{distance:,.15g} km is too far for the Hong Kong 1980 Grid", distance=farthest_m / 1e3
        )
        remedy = text("give {limit:g} km or less", limit=MAX_DISTANCE_M / 1e3)
        raise UsageError(option("at"), wrong, remedy)
    return levels


def _numbers(distances_m: Sequence[float]) -> np.ndarray:
    """Return distances in metres, each once and in order."""
    try:
        return np.array(sorted({float(distance) for distance in distances_m}))
    except (TypeError, ValueError):
        wrong = text("not all of them are numbers of metres")
        remedy = text("write {example}", example="[500, 1000]")
        raise UsageError(option("distances_m", distances_m), wrong, remedy) from None


def _example() -> Text:
    return text(
        "write {ring}, or {setback} for a setback",
        ring=option("at", "500m"),
        setback=either("at='-20m'", "--at=-20m"),
    )


def _buffers_with_radii(
    shapes: gpd.GeoSeries, to_m: np.ndarray, max_error: MaxError | None, *, flat: bool, radii: bool
) -> gpd.GeoDataFrame:
    """Return the whole buffer of each site, with its segments and its achieved radii in metres."""
    segments = [SEGMENTS] * len(shapes)
    if max_error is not None:
        grid_shares = _grid_error_shares(shapes, np.abs(to_m))
        # Worst first, so that an error names the worst.
        for row in np.argsort(-grid_shares, kind="stable"):
            segments[row] = max_error.segments(to_m[row], grid_shares[row])
    polygons = buffer_shapes(shapes.to_numpy(), to_m, np.array(segments), flat=flat)
    buffers = gpd.GeoDataFrame(
        {"segments": segments}, geometry=polygons, index=shapes.index, crs=shapes.crs
    )
    radii_m = np.full((len(shapes), 2), np.nan)
    if radii:
        radii_m = _radii_m(shapes.to_numpy(), polygons, flat=flat)
    error_shares = np.abs(radii_m - np.abs(to_m)[:, None]).max(axis=1) / np.abs(to_m)
    nearest_m, farthest_m = radii_m.T
    return buffers.assign(
        radius_min_m=nearest_m, radius_max_m=farthest_m, radius_error_share=error_shares
    )


def _grid_error_shares(shapes: gpd.GeoSeries, distance_m: np.ndarray) -> np.ndarray:
    """Return the error of the grid for a distance from each shape, as a share of the distance.

    The scale error grows with the square of the distance from the central meridian. Over a line,
    its mean is a third of the squares at both ends and their product.
    """
    from_meridian_m = np.abs(shapes.bounds[["minx", "maxx"]].to_numpy() - _CENTRAL_MERIDIAN_M).max(
        axis=1
    )
    square_m2 = 3 * from_meridian_m**2 + 3 * from_meridian_m * distance_m + distance_m**2
    return np.asarray(square_m2 / (6 * _EARTH_RADIUS_M**2) + _DATUM_SHIFT_SHARE)


def _radii_m(shapes: np.ndarray, buffers: np.ndarray, *, flat: bool) -> np.ndarray:
    """Return the shortest and longest geodesic, metres, some shapes at a time."""
    radii_m = np.empty((len(shapes), 2))
    is_circle = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & (
        shapely.get_num_coordinates(buffers) > 0
    )
    for rows in (np.flatnonzero(is_circle), np.flatnonzero(~is_circle)):
        vertices = shapely.get_num_coordinates(buffers[rows])
        chunk = np.cumsum(vertices) // _MOST_VERTICES
        for some in np.split(rows, np.flatnonzero(np.diff(chunk)) + 1) if len(rows) else ():
            measure = _circle_radii_m if is_circle[some[0]] else partial(_edge_radii_m, flat=flat)
            radii_m[some] = measure(shapes[some], buffers[some])
    return radii_m


def _circle_radii_m(points: np.ndarray, buffers: np.ndarray) -> np.ndarray:
    """Return the geodesics from points to the vertices and chord middles of their circles."""
    vertices, owner = shapely.get_coordinates(buffers, return_index=True)
    chords = owner[1:] == owner[:-1]
    middles = ((vertices[1:] + vertices[:-1]) / 2)[chords]
    owners = np.concatenate([owner, owner[1:][chords]])
    starts = crs.to_wgs84(shapely.get_coordinates(points))[owners]
    ends = crs.to_wgs84(np.vstack([vertices, middles]))
    return _least_and_most(crs.ELLIPSOID.inv(*starts.T, *ends.T)[2], owners, len(points))


def _least_and_most(metres: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """Return the least and the greatest value of each owner, NaN where it has none."""
    found = np.full((count, 2), np.nan)
    np.fmin.at(found[:, 0], owner, metres)
    np.fmax.at(found[:, 1], owner, metres)
    return found


def _edge(shape: Any) -> Any:
    """Return what a buffer is drawn from: the edges of polygons, and whole lines and points."""
    if not shape.area:
        return shape
    flat = [part for part in shapely.get_parts(shape) if not part.area]
    edge = polygon_parts(shape).boundary
    return shapely.GeometryCollection([edge, *flat]) if flat else edge


def _edge_radii_m(shapes: np.ndarray, buffers: np.ndarray, *, flat: bool) -> np.ndarray:
    """Return the shortest and longest geodesic, metres, from each shape to its buffer's edge."""
    parts, of_part = shapely.get_parts(buffers, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    vertices, of_vertex = shapely.get_coordinates(rings, return_index=True)
    chords = of_vertex[1:] == of_vertex[:-1]
    middles = ((vertices[1:] + vertices[:-1]) / 2)[chords]
    owner = of_part[of_ring[np.concatenate([of_vertex, of_vertex[1:][chords]])]]
    edges = np.array([_edge(shape) for shape in shapes])
    shapely.prepare(edges)  # GEOS finds the nearest point of prepared lines much faster
    links = shapely.shortest_line(edges[owner], shapely.points(np.vstack([vertices, middles])))
    if flat:
        lines = [shape if shape.length and not shape.area else shapely.Point() for shape in shapes]
        line_ends = shapely.boundary(np.array(lines))
        at_end = shapely.distance(shapely.get_point(links, 0), line_ends[owner]) < _TOUCH_M
        links, owner = links[~at_end], owner[~at_end]
    stored = crs.transform(gpd.GeoSeries(links, crs=crs.HK80), crs.WGS84)
    ends = shapely.get_coordinates(stored.to_numpy()).reshape(-1, 4)
    return _least_and_most(crs.ELLIPSOID.inv(*ends.T)[2], owner, len(shapes))
