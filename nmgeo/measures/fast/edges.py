"""Edges of geometries in short chains, and how far points are from them."""

from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from nmgeo.measures.fast.cells import ROUNDING_M
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions

AREAL: Final = 2  # the dimension of polygons
_EDGES: Final = 2  # of a chain, at most: of four, more edges are measured for nothing


class Edges(NamedTuple):
    """Edges in chains, by feature.

    Attributes
    ----------
    x, y, east, north : arrays, edges of a chain x chains, metres
        Where each edge starts, and the way to its end; 0, 0 for a point. A chain of fewer edges
        repeats its last one.
    square : array, edges of a chain x chains, square metres
        The square of its length, 1 for a point.
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
    number = np.minimum(np.arange(_EDGES)[:, np.newaxis], counts - 1) + first
    lines = (*start.T, east, north, np.where(square > 0, square, 1.0))
    x, y, east, north, square = (np.ascontiguousarray(line[number]) for line in lines)
    middle_x, middle_y = np.ascontiguousarray(middle.T)
    return Edges(x, y, east, north, square, owner, middle_x, middle_y, reach)


def to_middle(edges: Edges, x: Floats, y: Floats, row: Positions, chain: Positions) -> Floats:
    """Return how far some points are from a vertex of some chains, metres."""
    return length(x[row] - edges.middle_x[chain], y[row] - edges.middle_y[chain])


def square_gaps(edges: Edges, x: Floats, y: Floats, chain: Positions) -> Floats:
    """Return the square of how far a point is from a chain, for each of them, square metres."""
    least = _foot(edges, 0, x, y, chain)[2]
    for number in range(1, _EDGES):
        np.minimum(least, _foot(edges, number, x, y, chain)[2], out=least)
    return least


def feet(edges: Edges, x: Floats, y: Floats, chain: Positions) -> Floats:
    """Return the place of a chain that is nearest to a point, for each of them, 2 x n, metres."""
    best = _foot(edges, 0, x, y, chain)
    for number in range(1, _EDGES):
        other = _foot(edges, number, x, y, chain)
        nearer = other[2] < best[2]
        for values, others in zip(best, other, strict=True):
            np.copyto(values, others, where=nearer)
    return np.stack(best[:2])


def _foot(
    edges: Edges, number: int, x: Floats, y: Floats, chain: Positions
) -> tuple[Floats, Floats, Floats]:
    """Return the nearest place of one edge of each chain, and the square of how far it is."""
    columns = (edges.x, edges.y, edges.east, edges.north, edges.square)
    from_x, from_y, east, north, square = (column[number].take(chain) for column in columns)
    share = ((x - from_x) * east + (y - from_y) * north) / square
    share = np.minimum(np.maximum(share, 0.0, out=share), 1.0, out=share)
    foot_x, foot_y = from_x + share * east, from_y + share * north
    east, north = x - foot_x, y - foot_y
    return foot_x, foot_y, east * east + north * north


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


def never_less(
    edges: Edges, chain: Positions, gap: Floats, starts: Positions, corner: float
) -> Floats:
    """Return the distance of the nearest vertex, with what it may grow by beside another's.

    That is, within ``corner`` of a point: the distances of two vertices in much the same
    direction grow and shrink together (the inequality of Dunkl and Williams).

    Parameters
    ----------
    edges : Edges
        All edges.
    chain, gap : arrays, n
        Chains in runs, and how far the point is from a vertex of each, metres.
    starts : array of int
        Where each run begins.
    corner : float
        Metres.
    """
    if not len(chain):
        return gap
    best = np.repeat(first_least(gap, starts), np.diff(starts, append=len(chain)))
    here, there = chain, chain[best]
    apart = length(
        edges.middle_x[here] - edges.middle_x[there], edges.middle_y[here] - edges.middle_y[there]
    )
    least = gap[best]
    far = np.maximum(gap + least - 2 * corner, apart)  # so that directions differ by 2 at most
    return least + corner * 2 * apart / np.maximum(far, ROUNDING_M)


def first_least(values: Floats, starts: Positions) -> Positions:
    """Return the position of the first least value of each run."""
    sizes = np.diff(starts, append=len(values))
    least = np.flatnonzero(values == np.repeat(np.minimum.reduceat(values, starts), sizes))
    if len(least) == len(starts):  # each stands once
        return least
    run = np.repeat(np.arange(len(starts)), sizes)[least]
    return least[changes(run)]
