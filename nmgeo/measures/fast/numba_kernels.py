"""Distances between many pairs of geometries, compiled by numba (``pip install nmgeo[fast]``).

The compiled code is cached on disk: beside this file, in the user's cache if that folder cannot be
written, or in the folder of ``NUMBA_CACHE_DIR``.

This module is longer than 300 lines because numba's cache follows the time of one file alone: a
kernel that calls code of another module could stay as it was.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import numba
import numpy as np
import shapely

from nmgeo.errors import SourceError
from nmgeo.measures.fast.rings import Rings
from nmgeo.measures.fast.spatial_index import (
    Floats,
    Geometries,
    Positions,
    present_rows,
    split_parts,
)
from nmgeo.messages import text

_OPEN, _SHELL, _HOLE = range(3)  # kinds of strings: point or line, outer ring, inner ring
_POLYGON_DIMENSIONS: Final = 2
_MIN_SQUARE: Final = 1e-300  # avoids a division by 0 for an edge without length
_ZERO_M2: Final = 1e-18  # rounding leaves up to this of the square of 0 m


class VertexStrings(NamedTuple):
    """Geometries as strings of vertices; a point is a string of one, a shell precedes its holes."""

    x: Floats  # of the vertices
    y: Floats
    vertices: Positions  # offset of the first vertex of each string, and the end
    kinds: Positions  # of the strings
    strings: Positions  # offset of the first string of each geometry, and the end
    boxes: Floats  # of the geometries: west, south, east, north


def to_vertex_strings(shapes: Geometries | Rings, order: Positions | None = None) -> VertexStrings:
    """Convert geometries to strings of vertices.

    Parameters
    ----------
    shapes : array of geometry or Rings, one metric CRS
        Points, lines or polygons, valid, single or multi; no geometry collections.
    order : array of int, optional
        Order of the result, by position, without missing or empty geometries. The order of
        ``shapes`` if not given.

    Returns
    -------
    VertexStrings
        Vertices in the units of the CRS.
    """
    if order is None:
        order = np.arange(len(shapes))
    elif len(order) < len(shapes):
        shapes, order = shapes[order], np.arange(len(order))
    if isinstance(shapes, Rings):
        return _ring_strings(shapes, order)
    paths, owner, kinds = _paths(shapes)
    rows = order
    if paths is not shapes:
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        rows = np.argsort(rank[owner], kind="stable")
    counts = shapely.get_num_coordinates(paths)
    vertices, first = _offsets(counts[rows]), _offsets(np.bincount(owner)[order])
    xy = shapely.get_coordinates(paths)
    x, y, boxes = _call_compiled(_copy_vertices, xy, _offsets(counts)[rows], vertices, first)
    return VertexStrings(x, y, vertices, kinds[rows], first, boxes)


def _ring_strings(rings: Rings, order: Positions) -> VertexStrings:
    vertices, first = _offsets(rings.sizes[order]), np.arange(len(order) + 1)
    starts = rings.starts[:-1][order]
    x, y, boxes = _call_compiled(_copy_vertices, rings.xy, starts, vertices, first)
    return VertexStrings(x, y, vertices, np.full(len(order), _SHELL), first, boxes)


def points_as_strings(x: Floats, y: Floats) -> VertexStrings:
    """Convert points to strings of one vertex each.

    Parameters
    ----------
    x, y : arrays, one metric CRS
        Coordinates of the points.

    Returns
    -------
    VertexStrings
        As :func:`to_vertex_strings` would return them.
    """
    offsets = np.arange(len(x) + 1)
    kinds = np.full(len(x), _OPEN, dtype=np.intp)
    return VertexStrings(x, y, offsets, kinds, offsets, np.column_stack([x, y, x, y]))


def pair_distances_m(
    strings: VertexStrings, other_strings: VertexStrings, items: Positions, other_items: Positions
) -> Floats:
    """Distances in metres between pairs of geometries, edge to edge.

    Parameters
    ----------
    strings, other_strings : VertexStrings
        From :func:`to_vertex_strings`.
    items, other_items : arrays of int, m
        Position of each pair in ``strings`` and in ``other_strings``.

    Returns
    -------
    array, m, float64, metres, >= 0
        0 where the two touch.

    Raises
    ------
    SourceError
        If numba cannot read or write its compiled code.

    Source
    ------
    Two strings that do not cross are nearest at a vertex of one of them. A geometry that crosses no
    edge of a polygon is inside it if a ray from it crosses the rings an odd number of times.
    Agrees with GEOS to 1e-6 m.
    """
    return np.asarray(_call_compiled(_pair_distances, strings, other_strings, items, other_items))


def _call_compiled(function: Callable[..., Any], *given: Any) -> Any:
    """Call compiled code; the first call reads it from disk, or compiles and stores it."""
    try:
        return function(*given)
    except Exception as error:  # noqa: BLE001 - a damaged file raises whatever its bytes mean
        folder = function.stats.cache_path  # type: ignore[attr-defined]
        wrong = text(
            "numba cannot read or write its compiled code there ({why})",
            why=f"{type(error).__name__}: {error}",
        )
        remedy = text("empty the folder, or set NUMBA_CACHE_DIR to another folder")
        raise SourceError(folder, wrong, remedy) from None


def _paths(shapes: Geometries) -> tuple[Geometries, Positions, Positions]:
    """Return points, lines and rings, the position of their geometry, and their kinds."""
    kinds = shapely.get_type_id(shapes)
    is_area = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    is_single = (kinds <= shapely.GeometryType.POLYGON) & (
        shapely.get_num_interior_rings(shapes) == 0
    )
    if is_single.all():
        return shapes, np.arange(len(shapes)), np.where(is_area, _SHELL, _OPEN)
    single_rows, other_rows = np.flatnonzero(is_single), np.flatnonzero(~is_single)
    parts, row_of_part = split_parts(shapes[other_rows])
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    present = present_rows(rings)
    rings, part_of_ring = rings[present], part_of_ring[present]
    no_area = shapely.get_dimensions(parts) < _POLYGON_DIMENSIONS
    owner = np.concatenate(
        [single_rows, other_rows[row_of_part[no_area]], other_rows[row_of_part[part_of_ring]]]
    )
    is_inner = np.diff(part_of_ring, prepend=-1) == 0
    hole = np.concatenate([np.zeros(len(owner) - len(part_of_ring), dtype=bool), is_inner])
    paths = np.concatenate([shapes[single_rows], parts[no_area], rings])
    return paths, owner, np.where(hole, _HOLE, np.where(is_area[owner], _SHELL, _OPEN))


def _offsets(counts: Positions) -> Positions:
    return np.concatenate([[0], np.cumsum(counts)])


def _njit(**options: bool) -> Callable[..., Any]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        compiler = partial(numba.njit, nogil=True, error_model="numpy", **options)
        compiled: Callable[..., Any]
        try:
            compiled = compiler(cache=True)(function)
        except RuntimeError:  # there is no folder for the cache
            compiled = compiler()(function)
        return compiled

    return decorate


@_njit()
def _copy_vertices(
    xy: Floats, starts: Positions, vertices: Positions, first: Positions
) -> tuple[Floats, Floats, Floats]:
    """Copy the vertices in order, which is faster than ordering the geometries."""
    x, y = np.empty(len(xy)), np.empty(len(xy))
    boxes = np.empty((len(first) - 1, 4))
    for i in range(len(first) - 1):
        boxes[i, :2], boxes[i, 2:] = np.inf, -np.inf
        for s in range(first[i], first[i + 1]):
            for k in range(vertices[s + 1] - vertices[s]):
                east, north = xy[starts[s] + k, 0], xy[starts[s] + k, 1]
                x[vertices[s] + k], y[vertices[s] + k] = east, north
                boxes[i, 0], boxes[i, 1] = min(boxes[i, 0], east), min(boxes[i, 1], north)
                boxes[i, 2], boxes[i, 3] = max(boxes[i, 2], east), max(boxes[i, 3], north)
    return x, y, boxes


@_njit()
def _pair_distances(
    strings: VertexStrings, other_strings: VertexStrings, items: Positions, other_items: Positions
) -> Floats:
    distances = np.empty(len(items))
    for row in range(len(items)):
        distances[row] = _pair_distance(strings, items[row], other_strings, other_items[row])
    return distances


@_njit(forceinline=True)
def _pair_distance(one: VertexStrings, i: int, other: VertexStrings, j: int) -> float:
    """Return the distance between two geometries, metres."""
    touch = _boxes_touch(one.boxes, i, other.boxes, j)
    if touch and (_contains_a_vertex(other, j, one, i) or _contains_a_vertex(one, i, other, j)):
        return 0.0
    best = np.inf
    for s in range(one.strings[i], one.strings[i + 1]):
        a, z = one.vertices[s], one.vertices[s + 1]
        closed = int(one.kinds[s] != _OPEN)
        for t in range(other.strings[j], other.strings[j + 1]):
            b, y = other.vertices[t], other.vertices[t + 1]
            best = min(
                best,
                _squared_distance(
                    one.x[a:z], one.y[a:z], other.x[b:y], other.y[b:y], closed, touch
                ),
            )
    return np.sqrt(best) if best > _ZERO_M2 else 0.0


@_njit(forceinline=True)
def _boxes_touch(boxes: Floats, i: int, others: Floats, j: int) -> int:
    """Test whether two boxes touch."""
    return int(
        boxes[i, 0] <= others[j, 2]
        and others[j, 0] <= boxes[i, 2]
        and boxes[i, 1] <= others[j, 3]
        and others[j, 1] <= boxes[i, 3]
    )


@_njit(forceinline=True)
def _squared_distance(
    ax: Floats, ay: Floats, bx: Floats, by: Floats, closed: int, touch: int
) -> float:
    """Return the squared distance between two strings, square metres."""
    best = np.inf
    for k in range(len(ax) - closed):  # the last vertex of a ring is the first
        best = min(best, _vertex_to_edges_squared(ax[k], ay[k], bx, by))
    for k in range(len(ax) - 1):
        best = min(best, _edge_to_vertices_squared(ax[k], ay[k], ax[k + 1], ay[k + 1], bx, by))
        if touch and _crosses(ax[k], ay[k], ax[k + 1], ay[k + 1], bx, by):
            return 0.0
    return best


@_njit(fastmath=True)
def _vertex_to_edges_squared(px: float, py: float, x: Floats, y: Floats) -> float:
    best = float((px - x[0]) ** 2 + (py - y[0]) ** 2)
    for k in range(len(x) - 1):
        east, north, dx, dy = x[k + 1] - x[k], y[k + 1] - y[k], px - x[k], py - y[k]
        along = (dx * east + dy * north) / max(east * east + north * north, _MIN_SQUARE)
        along = min(max(along, 0.0), 1.0)
        dx, dy = dx - along * east, dy - along * north
        best = min(best, dx * dx + dy * dy)
    return best


@_njit(fastmath=True)
def _edge_to_vertices_squared(
    ax: float, ay: float, bx: float, by: float, x: Floats, y: Floats
) -> float:
    east, north = bx - ax, by - ay
    length = max(east * east + north * north, _MIN_SQUARE)
    best = np.inf
    for k in range(len(x)):
        dx, dy = x[k] - ax, y[k] - ay
        along = min(max((dx * east + dy * north) / length, 0.0), 1.0)
        dx, dy = dx - along * east, dy - along * north
        best = min(best, dx * dx + dy * dy)
    return best


@_njit()
def _crosses(ax: float, ay: float, bx: float, by: float, x: Floats, y: Floats) -> bool:
    """Test whether an edge crosses a string; mere touching shows in the distance of a vertex."""
    east, north = bx - ax, by - ay
    for k in range(len(x) - 1):
        one = east * (y[k] - ay) - north * (x[k] - ax)
        two = east * (y[k + 1] - ay) - north * (x[k + 1] - ax)
        if (one < 0) != (two < 0):
            e, n = x[k + 1] - x[k], y[k + 1] - y[k]
            one, two = e * (ay - y[k]) - n * (ax - x[k]), e * (by - y[k]) - n * (bx - x[k])
            if (one < 0) != (two < 0):
                return True
    return False


@_njit()
def _contains_a_vertex(land: VertexStrings, i: int, other: VertexStrings, j: int) -> bool:
    """Test whether a polygon contains the first vertex of any part of another geometry."""
    for t in range(other.strings[j], other.strings[j + 1]):
        x, y = other.x[other.vertices[t]], other.y[other.vertices[t]]
        inside = False
        for s in range(land.strings[i], land.strings[i + 1]):
            if land.kinds[s] == _SHELL:
                if inside:
                    return True
                inside = _is_in_ring(land, s, x, y)
            elif land.kinds[s] == _HOLE and inside:
                inside = not _is_in_ring(land, s, x, y)
        if inside:
            return True
    return False


@_njit()
def _is_in_ring(land: VertexStrings, s: int, x: float, y: float) -> bool:
    """Test whether a ray to the east crosses a ring an odd number of times."""
    inside = False
    for k in range(land.vertices[s], land.vertices[s + 1] - 1):
        x0, y0, x1, y1 = land.x[k], land.y[k], land.x[k + 1], land.y[k + 1]
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            inside = not inside
    return inside
