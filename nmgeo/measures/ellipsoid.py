"""Distances and buffers on the WGS 84 ellipsoid: an independent check of those on the grid."""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs

_START_LENGTH_M: Final = 5.0  # length of the segments that are compared first
_SUBDIVISIONS: Final = 8  # pieces of each candidate segment in the next iteration
_ITERATIONS: Final = 5  # the last segments are 0.15 mm long
_CANDIDATES: Final = 64  # nearest segments of each side that are subdivided
_MAX_PAIRS: Final = 2_000_000  # compared at once
_BEARINGS: Final = 720  # a polygon with so many vertices is 0.0013 % smaller than its circle

Segments = tuple[np.ndarray, np.ndarray]  # starts and ends of short segments, each m x 2


def geodesic_m(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.Series:
    """Geodesic distance in metres from each site to the nearest of ``others``, edge to edge.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, any CRS
        Left as they are. Edges are straight lines on the Hong Kong 1980 Grid.

    Returns
    -------
    Series, n rows, float64, metres, >= 0
        On the index of ``sites``, named ``geodesic_m``; NaN if ``others`` is empty.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    Segments of 5 m along the edges of both, compared as points of the WGS 84 ellipsoid in space.
    The nearest ones are cut into eighths, five times. The result is the geodesic (GeographicLib)
    between the nearest two. Intersection is tested by GEOS in degrees.
    """
    other_segments = _short_segments(crs.to_hk80(others).to_numpy())
    degrees = crs.transform(others.geometry, crs.WGS84).to_numpy()
    tree = shapely.STRtree(degrees)
    distances_m = []
    for shape, grid_shape in zip(
        crs.transform(sites.geometry, crs.WGS84), crs.to_hk80(sites), strict=True
    ):
        intersects = len(tree.query(shape, predicate="intersects")) > 0
        distances_m.append(
            0.0
            if intersects
            else _geodesic_distance_m(_short_segments(np.array([grid_shape])), other_segments)
        )
    return pd.Series(distances_m, index=sites.index, name="geodesic_m", dtype=float)


def geodesic_buffers(sites: gpd.GeoDataFrame, reach_m: float) -> gpd.GeoDataFrame:
    """Buffer each site by a geodesic distance in metres.

    Parameters
    ----------
    sites : GeoDataFrame, n polygons, any CRS
        Left as it is.
    reach_m : float
        Metres from the edge, > 0.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        The sites with their buffers, on the index of ``sites``.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.

    Source
    ------
    Geodesic circles of 720 vertices (GeographicLib) round the vertices of the site. The buffer is
    the union (GEOS, in degrees) of the site and, for each edge, the convex hull of the circles
    round its two ends.
    """
    shapes = crs.transform(sites.geometry, crs.WGS84)
    buffers = [_geodesic_buffer(shape, reach_m) for shape in shapes]
    return gpd.GeoDataFrame(geometry=buffers, index=sites.index, crs=crs.WGS84)


def _geodesic_buffer(shape: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    bearings = np.linspace(0, 360, _BEARINGS, endpoint=False)
    pieces = [shape]
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        corners = shapely.get_coordinates(ring)
        east, north = np.repeat(corners, _BEARINGS, axis=0).T
        lengths = np.full(len(east), reach_m)
        ends = crs.ELLIPSOID.fwd(east, north, np.tile(bearings, len(corners)), lengths)[:2]
        circles = np.column_stack(ends).reshape(len(corners), _BEARINGS, 2)
        edges = np.concatenate([circles[:-1], circles[1:]], axis=1)
        pieces.extend(shapely.convex_hull(shapely.multipoints(edges)))
    return shapely.union_all(pieces)


def _short_segments(shapes: np.ndarray) -> Segments:
    """Cut the edges of shapes into short segments; a point is a segment without length."""
    cut = shapely.segmentize(shapes, _START_LENGTH_M)
    parts = shapely.get_parts(cut)
    rings = shapely.get_rings(parts)
    others = parts[shapely.get_type_id(parts) != shapely.GeometryType.POLYGON]
    vertices, of_line = shapely.get_coordinates(np.concatenate([rings, others]), return_index=True)
    if not len(vertices):
        return vertices, vertices
    has_next = np.append(of_line[1:] == of_line[:-1], False)
    is_point = np.bincount(of_line)[of_line] == 1
    is_start = has_next | is_point
    ends = vertices[np.minimum(np.flatnonzero(is_start) + has_next[is_start], len(vertices) - 1)]
    return vertices[is_start], ends


def _geodesic_distance_m(segments: Segments, other_segments: Segments) -> float:
    """Compare the middles of all segments, then of ever shorter ones around the nearest."""
    if not len(other_segments[0]):
        return float("nan")
    for _ in range(_ITERATIONS):
        sides = [
            _closest_segments(a, b)
            for a, b in ((segments, other_segments), (other_segments, segments))
        ]
        segments, other_segments = (_subdivide(*side) for side in sides)
    ends = [
        _subdivide(*_closest_segments(a, b, 1))
        for a, b in ((segments, other_segments), (other_segments, segments))
    ]
    pair = np.vstack([(begin[:1] + end[:1]) / 2 for begin, end in ends])
    (east, west), (south, north) = _to_degrees(pair)
    return float(crs.ELLIPSOID.inv(east, south, west, north)[2])


def _closest_segments(
    segments: Segments, other_segments: Segments, count: int = _CANDIDATES
) -> Segments:
    """Return the segments of one side that are nearest to the other side."""
    middles, other_middles = (
        _to_geocentric((begin + end) / 2) for begin, end in (segments, other_segments)
    )
    squares_m2 = np.concatenate(list(_nearest_square_m2(middles, other_middles)))
    nearest = np.argsort(squares_m2, kind="stable")[:count]
    return segments[0][nearest], segments[1][nearest]


def _nearest_square_m2(points: np.ndarray, others: np.ndarray) -> Iterator[np.ndarray]:
    step = max(1, _MAX_PAIRS // len(others))
    for start in range(0, len(points), step):
        differences = points[start : start + step, None, :] - others[None, :, :]
        yield np.einsum("ijk,ijk->ij", differences, differences).min(axis=1)


def _subdivide(starts: np.ndarray, ends: np.ndarray) -> Segments:
    """Cut each segment into shorter ones."""
    shares = np.linspace(0, 1, _SUBDIVISIONS + 1)[:, None, None]
    points = starts + (ends - starts) * shares
    return points[:-1].reshape(-1, 2), points[1:].reshape(-1, 2)


def _to_degrees(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points = gpd.GeoSeries(shapely.points(xy), crs=crs.HK80)
    geographic = crs.transform(points, crs.WGS84)
    return geographic.x.to_numpy(), geographic.y.to_numpy()


def _to_geocentric(xy: np.ndarray) -> np.ndarray:
    """Convert grid coordinates to geocentric coordinates (x, y, z), metres."""
    east, north = map(np.radians, _to_degrees(xy))
    eccentricity2 = crs.ELLIPSOID.es
    radius = crs.ELLIPSOID.a / np.sqrt(1 - eccentricity2 * np.sin(north) ** 2)
    equatorial = radius * np.cos(north)
    return np.column_stack(
        [
            equatorial * np.cos(east),
            equatorial * np.sin(east),
            radius * (1 - eccentricity2) * np.sin(north),
        ]
    )
