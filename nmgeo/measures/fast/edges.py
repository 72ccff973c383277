"""Edges of geometries in short chains, and how far points are from them."""

from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from nmgeo.measures.fast.cells import ranges
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions

AREAL: Final = 2  # the dimension of polygons
_EDGES: Final = 4  # of a chain, at most


class Edges(NamedTuple):
    """Edges in chains, by feature.

    Attributes
    ----------
    x, y, east, north : arrays, metres
        Where each edge starts, and the way to its end; 0, 0 for a point.
    square : array, square metres
        The square of its length, 1 for a point.
    first, size : arrays of int
        The first edge of each chain, and how many it has.
    owner : array of int
        Position of the feature of each chain, ascending.
    middle_x, middle_y : arrays, metres
        A vertex of each chain.
    reach : array, metres
        How far the chain lies from that vertex at most.
    """

    x: Floats
    y: Floats
    east: Floats
    north: Floats
    square: Floats
    first: Positions
    size: Positions
    owner: Positions
    middle_x: Floats
    middle_y: Floats
    reach: Floats


def edges_of(shapes: Geometries) -> Edges:
    """Return the edges of geometries in chains, by geometry."""
    parts, owner = shapely.get_parts(shapely.force_2d(shapes), return_index=True)
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():  # of collections
        parts, of_part = shapely.get_parts(parts, return_index=True)
        owner = owner[of_part]
    areal = shapely.get_dimensions(parts) == AREAL
    rings, of_part = shapely.get_rings(parts[areal], return_index=True)
    strings = np.concatenate([parts[~areal], rings])
    owner = np.concatenate([owner[~areal], owner[areal][of_part]])
    there = np.flatnonzero(~shapely.is_empty(strings))
    there = there[np.argsort(owner[there], kind="stable")]
    vertices, string = shapely.get_coordinates(strings[there], return_index=True)
    sizes = np.bincount(string, minlength=len(there))
    last = np.cumsum(sizes) - 1
    starts = np.setdiff1d(np.arange(len(vertices)), last[sizes > 1])
    string = string[starts]
    ends = starts + (sizes[string] > 1)  # a point is an edge without length
    number = starts - (last - sizes + 1)[string]
    first = np.flatnonzero(number % _EDGES == 0)
    return _in_chains(vertices[starts], vertices[ends], first, owner[there][string[first]])


def _in_chains(start: Floats, end: Floats, first: Positions, owner: Positions) -> Edges:
    counts = np.diff(first, append=len(start))
    middle = end[first + (counts - 1) // 2]
    around, (east, north) = np.repeat(middle, counts, axis=0), (end - start).T
    far = np.maximum(length(*(start - around).T), length(*(end - around).T))
    reach = np.maximum.reduceat(far, first) if len(first) else far
    square = east**2 + north**2
    lines = (*start.T, east, north, np.where(square > 0, square, 1.0))
    x, y, east, north, square = map(np.ascontiguousarray, lines)
    middle_x, middle_y = np.ascontiguousarray(middle.T)
    return Edges(x, y, east, north, square, first, counts, owner, middle_x, middle_y, reach)


def to_middle(edges: Edges, x: Floats, y: Floats, row: Positions, chain: Positions) -> Floats:
    """Return how far some points are from a vertex of some chains, metres."""
    return length(x[row] - edges.middle_x[chain], y[row] - edges.middle_y[chain])


class Feet(NamedTuple):
    """The nearest place of each edge of chains to a point, and the square of how far it is.

    Attributes
    ----------
    x, y, square : arrays, of all edges
        Metres, and square metres.
    first : array of int
        The first edge of each chain.
    """

    x: Floats
    y: Floats
    square: Floats
    first: Positions


def feet(edges: Edges, x: Floats, y: Floats, chain: Positions) -> Feet:
    """Return the nearest place of each edge of chains to a point for each chain."""
    counts = edges.size[chain]
    row, edge = ranges(edges.first[chain], counts)
    from_x, from_y, east, north = edges.x[edge], edges.y[edge], edges.east[edge], edges.north[edge]
    x, y = x[row], y[row]
    share = ((x - from_x) * east + (y - from_y) * north) / edges.square[edge]
    share = np.minimum(np.maximum(share, 0.0, out=share), 1.0, out=share)
    foot_x, foot_y = from_x + share * east, from_y + share * north
    x -= foot_x
    y -= foot_y
    return Feet(foot_x, foot_y, x * x + y * y, np.cumsum(counts) - counts)


def length(east: Floats, north: Floats) -> Floats:
    """Return the length of ways, metres."""
    return np.sqrt(east * east + north * north)


def changes(*columns: Positions) -> NDArray[np.bool_]:
    """Tell where a run of equal rows begins."""
    begins = np.zeros(len(columns[0]), dtype=bool)
    begins[:1] = True
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return begins
