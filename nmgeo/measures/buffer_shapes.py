"""Shapes of buffers: round, flat and one-sided buffers of one geometry, and setbacks.

Buffers are assembled from rectangles and sectors instead of by ``buffer`` of GEOS. Its arcs have
up to 2.2 times the error that their segments promise, and it skips dents of less than 1 % of the
distance, which moves an edge by 0.6 % of the distance.
"""

import math
from typing import Final

import numpy as np
import shapely

_SLIVER_M2: Final = 1e-4  # rounding leaves slivers of about 1e-7 m2 where pieces meet
_MIN_TURN: Final = 1e-9  # radians; a smaller turn is no bend
_PROBE_SHARE: Final = 1e-3  # offset of the points that probe each side, as a share of the segment
_POLYGON_DIMENSIONS: Final = 2


def buffer_shape(
    shape: shapely.Geometry, distance_m: float, segments: int, *, flat: bool = False
) -> shapely.Geometry:
    """Buffer a shape by a distance in metres, or set it back if the distance is negative.

    Parameters
    ----------
    shape : Geometry
        Any kind, in a CRS in metres.
    distance_m : float
        Metres from the edge; below 0, the land at least that deep inside the shape.
    segments : int
        Segments per quarter circle, >= 1: vertices lie on the circle, chords inside it.
    flat : bool
        End lines flat instead of round.

    Returns
    -------
    Polygon or MultiPolygon
        Empty if nothing is left.

    Source
    ------
    Union (GEOS) of the shape, a rectangle for each segment of its edge, and a sector for each bend.
    """
    if distance_m < 0:
        polygons = polygon_parts(shape)
        return _drop_slivers(
            polygons.difference(buffer_shape(polygons.boundary, -distance_m, segments))
        )
    parts = shapely.get_parts(shape)
    pieces = [_buffer_pieces(part, distance_m, segments, flat=flat) for part in parts]
    return _drop_slivers(shapely.union_all(np.concatenate([[shapely.Polygon()], *pieces])))


def buffer_shapes(
    shapes: np.ndarray, distances_m: np.ndarray, segments: np.ndarray, *, flat: bool
) -> np.ndarray:
    """Buffer each shape by its distance in metres, as :func:`buffer_shape`; points all at once.

    Parameters
    ----------
    shapes : array of geometry, n
        Any kind, in a CRS in metres.
    distances_m : array, n, metres
        Below 0 for a setback.
    segments : array of int, n
        Segments per quarter circle of each.
    flat : bool
        End lines flat instead of round.

    Returns
    -------
    array of Polygon or MultiPolygon, n
        Empty where nothing is left.
    """
    found = np.empty(len(shapes), dtype=object)
    is_circle = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & (distances_m > 0)
    is_circle &= ~shapely.is_empty(shapes)
    for count in np.unique(segments[is_circle]):
        rows = np.flatnonzero(is_circle & (segments == count))
        found[rows] = shapely.buffer(shapes[rows], distances_m[rows], quad_segs=count)
    for row in np.flatnonzero(~is_circle):
        reach, count = float(distances_m[row]), int(segments[row])
        found[row] = buffer_shape(shapes[row], reach, count, flat=flat)
    return found


def polygon_parts(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape, without its points and lines."""
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == _POLYGON_DIMENSIONS])


def left_buffer(
    line: shapely.LineString, distance_m: float, segments: int, *, flat: bool
) -> shapely.Geometry | None:
    """Buffer a line by a distance in metres on its left side only.

    Parameters
    ----------
    line : LineString
        In a CRS in metres.
    distance_m : float
        Metres, > 0.
    segments : int
        As for :func:`buffer_shape`.
    flat : bool
        End the strip flat instead of with a quarter circle.

    Returns
    -------
    Polygon, MultiPolygon or None
        The strip does not cross to the other side of a sharp bend. None if an end of the line
        lies within the strip, so that its left and right side are connected. Where a line almost
        closes, a place can be on the left of one part and on the right of another.

    Source
    ------
    As :func:`buffer_shape`, on one side and cut along the line. Single-sided buffers of GEOS
    cross the line.
    """
    strip = _drop_slivers(shapely.union_all(_left_pieces(line, distance_m, segments, flat=flat)))
    linework = shapely.union_all([strip.boundary, line])
    faces = shapely.get_parts(shapely.polygonize([linework]))
    starts, vectors = _segment_vectors(line)
    normals = np.column_stack([-vectors[:, 1], vectors[:, 0]])
    offset = normals * np.minimum(1.0, distance_m / np.hypot(*normals.T))[:, None] * _PROBE_SHARE
    midpoints, tree = starts + vectors / 2, shapely.STRtree(faces)
    left, right = (
        np.unique(tree.query(shapely.points(midpoints + side), predicate="within")[1])
        for side in (offset, -offset)
    )
    return None if np.isin(left, right).any() else shapely.union_all(faces[left])


def _buffer_pieces(
    part: shapely.Geometry, distance_m: float, segments: int, *, flat: bool
) -> np.ndarray:
    """Return polygons whose union is the buffer of a part."""
    if part.is_empty:
        return np.array([])
    if shapely.get_dimensions(part) == 0:
        return np.array([shapely.buffer(part, distance_m, quad_segs=segments)])
    if shapely.get_dimensions(part) == _POLYGON_DIMENSIONS:
        rings = shapely.get_rings(shapely.orient_polygons(part))
        pieces = [
            _left_pieces(shapely.reverse(ring), distance_m, segments, flat=flat) for ring in rings
        ]
        return np.concatenate([[part], *pieces])
    sides = (part, shapely.reverse(part))
    return np.concatenate([_left_pieces(side, distance_m, segments, flat=flat) for side in sides])


def _left_pieces(
    line: shapely.Geometry, distance_m: float, segments: int, *, flat: bool
) -> np.ndarray:
    """Return a rectangle on the left of each segment, and a sector at each bend to the right."""
    starts, vectors = _segment_vectors(line)
    ends = np.vstack([starts[1:], starts[-1:] + vectors[-1:]])
    along = vectors / np.hypot(*vectors.T)[:, None] * distance_m
    across = np.column_stack([-along[:, 1], along[:, 0]])
    rectangles = shapely.polygons(np.stack([starts, ends, ends + across, starts + across], axis=1))
    centres, first, last = [ends[:-1]], [across[:-1]], [across[1:]]
    if line.is_closed:
        centres, first, last = [*centres, starts[:1]], [*first, across[-1:]], [*last, across[:1]]
    elif not flat:
        centres += [starts[:1], ends[-1:]]
        first, last = [*first, -along[:1], across[-1:]], [*last, across[:1], along[-1:]]
    sectors = _arc_sectors(np.vstack(centres), np.vstack(first), np.vstack(last), segments)
    return np.concatenate([rectangles, sectors])


def _segment_vectors(line: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Return the start of each segment of a line, and its vector (east, north)."""
    vertices = shapely.get_coordinates(shapely.remove_repeated_points(line))
    return vertices[:-1], np.diff(vertices, axis=0)


def _arc_sectors(
    centres: np.ndarray, first: np.ndarray, last: np.ndarray, segments: int
) -> np.ndarray:
    """Return the sectors from one radius clockwise to another, at the bends that are to the right.

    Parameters
    ----------
    centres, first, last : arrays, n x 2, metres
        Where the line bends, and the radii at which the sector begins and ends.
    segments : int
        Segments per quarter circle.

    Returns
    -------
    array of Polygon
        At most n, in their order.
    """
    (x, y), (u, v) = first.T, last.T
    turn = np.arctan2(y * u - x * v, x * u + y * v)
    # The line goes there and back: -pi and pi are the same half turn.
    turn = np.where(turn < _MIN_TURN - math.pi, turn + math.tau, turn)
    rows = np.flatnonzero(turn >= _MIN_TURN)
    counts = np.ceil(turn[rows] / (math.pi / 2 / segments) - _MIN_TURN).astype(int)
    sectors = np.empty(len(rows), dtype=object)
    turned = np.column_stack([first[:, 1], -first[:, 0]])
    for count in np.unique(counts):
        places = np.flatnonzero(counts == count)
        some = rows[places]
        angles = np.linspace(0, turn[some], count + 1, axis=1)[:, :-1, None]
        arc = first[some, None] * np.cos(angles) + turned[some, None] * np.sin(angles)
        radii = np.concatenate([np.zeros((len(some), 1, 2)), arc, last[some, None]], axis=1)
        sectors[places] = shapely.polygons(centres[some, None] + radii)
    return sectors


def _drop_slivers(shape: shapely.Geometry) -> shapely.Geometry:
    """Drop parts and holes so small that rounding made them."""
    parts = shapely.get_parts(shape)
    rings, owner = shapely.get_rings(parts, return_index=True)
    kept = shapely.area(shapely.polygons(rings)) > _SLIVER_M2
    kept_rings = [rings[kept & (owner == row)] for row in range(len(parts))]
    polygons = [
        shapely.Polygon(rings_of_part[0], rings_of_part[1:])
        for rings_of_part in kept_rings
        if len(rings_of_part)
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
