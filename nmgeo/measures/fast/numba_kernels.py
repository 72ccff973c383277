"""Compiled: distances between many pairs of geometries, by numba (``pip install nmgeo[fast]``).

The compiled code is kept on disk: beside this file, or in the user's cache where that cannot be
written, or in the folder that ``NUMBA_CACHE_DIR`` names.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import numba
import numpy as np
import shapely

from nmgeo.errors import SourceError
from nmgeo.measures.fast.spatial_index import (
    Floats,
    Geometries,
    Positions,
    present_rows,
    split_parts,
)

_OPEN, _SHELL, _HOLE = range(3)  # kinds of strings: of a point or line, round land, round a hole
_AREA: Final = 2  # dimensions
_TINY: Final = 1e-300  # so that an edge of no length is a point
_TOUCHING: Final = 1e-18  # m2, what rounding leaves of the square of 0 m


class VertexStrings(NamedTuple):
    """Geometries as strings of vertices, of which a point has one; a shell precedes its holes."""

    x: Floats  # of the vertices
    y: Floats
    vertices: Positions  # where those of each string begin, and the end
    kinds: Positions  # of the strings
    strings: Positions  # where those of each geometry begin, and the end
    boxes: Floats  # of the geometries: west, south, east, north


def to_vertex_strings(shapes: Geometries, order: Positions | None = None) -> VertexStrings:
    """Take geometries apart into strings of vertices.

    Parameters
    ----------
    shapes : array of geometry, one metric CRS
        Points, lines or polygons, valid, single or multi; not collections of several kinds.
    order : array of int, optional
        The order to put them in, without what is missing or empty; as they are if not given.
    """
    if order is None:
        order = np.arange(len(shapes))
    elif len(order) < len(shapes):
        shapes, order = shapes[order], np.arange(len(order))
    drawn, owner, kinds = _drawn(shapes)
    rows = order
    if drawn is not shapes:
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        rows = np.argsort(rank[owner], kind="stable")
    counts = shapely.get_num_coordinates(drawn)
    vertices, first = _starts(counts[rows]), _starts(np.bincount(owner)[order])
    xy = shapely.get_coordinates(drawn)
    x, y, boxes = _run(_moved, xy, _starts(counts)[rows], vertices, first)
    return VertexStrings(x, y, vertices, kinds[rows], first, boxes)


def points_as_strings(x: Floats, y: Floats) -> VertexStrings:
    """Return points as :func:`to_vertex_strings` would.

    Parameters
    ----------
    x, y : arrays, one metric CRS
    """
    every = np.arange(len(x) + 1)
    kinds = np.full(len(x), _OPEN, dtype=np.intp)
    return VertexStrings(x, y, every, kinds, every, np.column_stack([x, y, x, y]))


def pair_distances_m(
    here: VertexStrings, there: VertexStrings, items: Positions, places: Positions
) -> Floats:
    """Measure the distances between pairs of geometries, edge to edge.

    Parameters
    ----------
    here, there : Strings
        From :func:`to_vertex_strings`.
    items, places : arrays of int, m
        The position of each pair in ``here`` and in ``there``.

    Returns
    -------
    array, m, float64, metres, >= 0
        0 where the two touch.

    Raises
    ------
    SourceError
        If numba cannot read the code that it keeps on the disk, or not keep it.

    Source
    ------
    Two strings that do not cross are nearest at a vertex of one of them; what crosses no edge of
    land is inside it if a ray from there crosses its rings an odd number of times. Agrees with
    GEOS to 1e-6 m.
    """
    return np.asarray(_run(_gaps, here, there, items, places))


def _run(function: Callable[..., Any], *given: Any) -> Any:
    """Run compiled code, which the first time is read from the disk, or made and kept there."""
    try:
        return function(*given)
    except Exception as error:  # noqa: BLE001 - a damaged file raises whatever its bytes mean
        folder = function.stats.cache_path  # type: ignore[attr-defined]
        wrong = f"compiled code cannot be kept or read there ({type(error).__name__}: {error})"
        remedy = "empty it, or name another folder with NUMBA_CACHE_DIR"
        raise SourceError(folder, wrong, remedy) from None


def _drawn(shapes: Geometries) -> tuple[Geometries, Positions, Positions]:
    """Return points, lines and rings with the position of their geometry, and their kinds."""
    kinds = shapely.get_type_id(shapes)
    area = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    single = (kinds <= shapely.GeometryType.POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
    if single.all():
        return shapes, np.arange(len(shapes)), np.where(area, _SHELL, _OPEN)
    one, rest = np.flatnonzero(single), np.flatnonzero(~single)
    parts, of = split_parts(shapes[rest])
    rings, part = shapely.get_rings(parts, return_index=True)
    full = present_rows(rings)
    rings, part = rings[full], part[full]
    flat = shapely.get_dimensions(parts) < _AREA
    owner = np.concatenate([one, rest[of[flat]], rest[of[part]]])
    inner = np.diff(part, prepend=-1) == 0
    hole = np.concatenate([np.zeros(len(owner) - len(part), dtype=bool), inner])
    drawn = np.concatenate([shapes[one], parts[flat], rings])
    return drawn, owner, np.where(hole, _HOLE, np.where(area[owner], _SHELL, _OPEN))


def _starts(counts: Positions) -> Positions:
    return np.concatenate([[0], np.cumsum(counts)])


def _compiled(**options: bool) -> Callable[..., Any]:
    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        compiler = partial(numba.njit, nogil=True, error_model="numpy", **options)
        try:
            return compiler(cache=True)(function)
        except RuntimeError:  # there is no folder to keep it in
            return compiler()(function)

    return compiled


@_compiled()
def _moved(
    xy: Floats, starts: Positions, vertices: Positions, first: Positions
) -> tuple[Floats, Floats, Floats]:
    """Put vertices in order, and not their geometries, which lie all over the memory."""
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


@_compiled()
def _gaps(here: VertexStrings, there: VertexStrings, items: Positions, places: Positions) -> Floats:
    gaps = np.empty(len(items))
    for row in range(len(items)):
        gaps[row] = _gap(here, items[row], there, places[row])
    return gaps


@_compiled(forceinline=True)
def _gap(here: VertexStrings, i: int, there: VertexStrings, j: int) -> float:
    """Return the distance between two geometries."""
    meet = _meet(here.boxes, i, there.boxes, j)
    if meet and (_holds(there, j, here, i) or _holds(here, i, there, j)):
        return 0.0
    best = np.inf
    for s in range(here.strings[i], here.strings[i + 1]):
        a, z = here.vertices[s], here.vertices[s + 1]
        closed = int(here.kinds[s] != _OPEN)
        for t in range(there.strings[j], there.strings[j + 1]):
            b, y = there.vertices[t], there.vertices[t + 1]
            best = min(
                best, _strings(here.x[a:z], here.y[a:z], there.x[b:y], there.y[b:y], closed, meet)
            )
    return np.sqrt(best) if best > _TOUCHING else 0.0


@_compiled(forceinline=True)
def _meet(boxes: Floats, i: int, others: Floats, j: int) -> int:
    """Tell whether two boxes touch."""
    return int(
        boxes[i, 0] <= others[j, 2]
        and others[j, 0] <= boxes[i, 2]
        and boxes[i, 1] <= others[j, 3]
        and others[j, 1] <= boxes[i, 3]
    )


@_compiled(forceinline=True)
def _strings(ax: Floats, ay: Floats, bx: Floats, by: Floats, closed: int, meet: int) -> float:
    """Return the square of the distance between two strings."""
    best = np.inf
    for k in range(len(ax) - closed):  # a ring ends where it began
        best = min(best, _vertex_to_edges(ax[k], ay[k], bx, by))
    for k in range(len(ax) - 1):
        best = min(best, _edge_to_vertices(ax[k], ay[k], ax[k + 1], ay[k + 1], bx, by))
        if meet and _crosses(ax[k], ay[k], ax[k + 1], ay[k + 1], bx, by):
            return 0.0
    return best


@_compiled(fastmath=True)
def _vertex_to_edges(px: float, py: float, x: Floats, y: Floats) -> float:
    best = float((px - x[0]) ** 2 + (py - y[0]) ** 2)
    for k in range(len(x) - 1):
        east, north, dx, dy = x[k + 1] - x[k], y[k + 1] - y[k], px - x[k], py - y[k]
        along = (dx * east + dy * north) / max(east * east + north * north, _TINY)
        along = min(max(along, 0.0), 1.0)
        dx, dy = dx - along * east, dy - along * north
        best = min(best, dx * dx + dy * dy)
    return best


@_compiled(fastmath=True)
def _edge_to_vertices(ax: float, ay: float, bx: float, by: float, x: Floats, y: Floats) -> float:
    east, north = bx - ax, by - ay
    length = max(east * east + north * north, _TINY)
    best = np.inf
    for k in range(len(x)):
        dx, dy = x[k] - ax, y[k] - ay
        along = min(max((dx * east + dy * north) / length, 0.0), 1.0)
        dx, dy = dx - along * east, dy - along * north
        best = min(best, dx * dx + dy * dy)
    return best


@_compiled()
def _crosses(ax: float, ay: float, bx: float, by: float, x: Floats, y: Floats) -> bool:
    """Tell whether an edge crosses a string; one that only touches it is at 0 by a vertex."""
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


@_compiled()
def _holds(here: VertexStrings, i: int, there: VertexStrings, j: int) -> bool:
    """Tell whether land of one geometry holds the first vertex of any part of another."""
    for t in range(there.strings[j], there.strings[j + 1]):
        x, y = there.x[there.vertices[t]], there.y[there.vertices[t]]
        inside = False
        for s in range(here.strings[i], here.strings[i + 1]):
            if here.kinds[s] == _SHELL:
                if inside:
                    return True
                inside = _in_ring(here, s, x, y)
            elif here.kinds[s] == _HOLE and inside:
                inside = not _in_ring(here, s, x, y)
        if inside:
            return True
    return False


@_compiled()
def _in_ring(here: VertexStrings, s: int, x: float, y: float) -> bool:
    """Tell whether a ray to the east crosses a ring an odd number of times."""
    inside = False
    for k in range(here.vertices[s], here.vertices[s + 1] - 1):
        x0, y0, x1, y1 = here.x[k], here.y[k], here.x[k + 1], here.y[k + 1]
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            inside = not inside
    return inside
