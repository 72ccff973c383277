"""Blocks: geometries in nested blocks of neighbours, and large ones cut into pieces."""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries: TypeAlias = NDArray[Any]  # of shapely geometry
Positions: TypeAlias = NDArray[np.intp]
Floats: TypeAlias = NDArray[np.float64]

_FAN: Final = 8  # blocks in a block
MAX_PIECE_VERTICES: Final = 100  # of a piece, at most
_HALVINGS: Final = 40  # of a shape, at most, should its vertices all but coincide
_LARGE: Final = 4.0  # times the space there is for each, and a geometry is large
_MOST: Final = 2**16 - 1
_TINY: Final = 1e-9  # metres


class Level(NamedTuple):
    """Blocks of one size, or the geometries themselves, those of a larger block side by side.

    Attributes
    ----------
    x, y : arrays, metres
        Their centres.
    reach : array, metres
        From the centre of the block around each to its own far end.
    counts : array
        How many geometries are in each.
    first : array
        Where what is in each begins in the next level, and the end of the last.
    """

    x: Floats
    y: Floats
    reach: Floats
    counts: Positions
    first: Positions


class BlockTree(NamedTuple):
    """Blocks in blocks: ``levels`` from the one that holds all to the geometries in ``order``."""

    geoms: Geometries
    order: Positions
    levels: list[Level]

    def geometries(self, depth: int, items: Positions) -> Geometries:
        """Return the centres of blocks of a level, or the geometries of the last."""
        if depth == len(self.levels) - 1:
            return np.asarray(self.geoms[self.order[items]])
        x, y = self.levels[depth].x[items], self.levels[depth].y[items]
        return np.asarray(shapely.points(x, y))

    def children(self, depth: int, blocks: Positions) -> tuple[Positions, Positions]:
        """Return what is in the blocks of a level, and the row of the block of each."""
        return _inner(self.levels[depth].first, blocks)


def build_tree(geoms: Geometries) -> BlockTree:
    """Put geometries in blocks of neighbours, and those in blocks again, up to a single one.

    Parameters
    ----------
    geoms : array of geometry, one metric CRS
        The missing and the empty are in no block.
    """
    x, y, radius = _round(shapely.bounds(geoms))
    first = np.flatnonzero(~np.isnan(x))
    if len(first) < len(x):
        x, y, radius = x[first], y[first], radius[first]
    held, levels = np.ones(len(x), dtype=np.intp), []
    while len(x) > 1:
        order = _tiles(x, y, radius)
        x, y, radius, held, first = x[order], y[order], radius[order], held[order], first[order]
        starts, around = np.arange(0, len(x), _FAN), np.arange(len(x)) // _FAN
        east, north = _middle(x, starts), _middle(y, starts)
        reach = np.hypot(x - east[around], y - north[around]) + radius
        levels.append(Level(x, y, reach, held, first))
        held, radius = np.add.reduceat(held, starts), np.maximum.reduceat(reach, starts)
        x, y, first = east, north, starts
    levels.append(Level(x, y, radius, held, first))
    return _side_by_side(geoms, levels[::-1])


def add_single_blocks(nested: BlockTree) -> BlockTree:
    """Put each geometry in a block of its own, whose centre is measured sooner than its outline.

    Points stay as they are.
    """
    if (shapely.get_num_coordinates(nested.geoms) <= 1).all():  # in the order of memory
        return nested
    last = nested.levels[-1]
    _, _, radius = _round(shapely.bounds(nested.geoms[nested.order]))
    block = last._replace(first=np.arange(len(nested.order) + 1))
    return nested._replace(levels=[*nested.levels[:-1], block, last._replace(reach=radius)])


def _side_by_side(geoms: Geometries, levels: list[Level]) -> BlockTree:
    """Put what is in a block next to what is in the block next to it, in every level."""
    placed = [levels[0]]
    for level in levels[1:]:
        above = placed[-1]
        ends = np.minimum(above.first + _FAN, len(level.x))
        starts = np.concatenate([[0], np.cumsum(ends - above.first)])
        inner = np.arange(len(level.x)) + np.repeat(above.first - starts[:-1], np.diff(starts))
        placed[-1] = above._replace(first=starts)
        placed.append(Level(*(values[inner] for values in level)))
    return BlockTree(geoms, placed[-1].first, placed)


def _inner(first: Positions, blocks: Positions) -> tuple[Positions, Positions]:
    counts = first[blocks + 1] - first[blocks]
    rows = np.repeat(np.arange(len(blocks)), counts)
    return np.arange(len(rows)) + (first[blocks] - np.cumsum(counts) + counts)[rows], rows


def present_rows(shapes: Geometries) -> Positions:
    """Return the positions of what is neither missing nor empty."""
    return np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def split_parts(shapes: Geometries) -> tuple[Geometries, Positions]:
    """Return the parts of geometries, but none that is empty, and the position of what each is of.

    Parameters
    ----------
    shapes : array of geometry
        None missing.
    """
    parts, of = shapely.get_parts(shapes, return_index=True)
    full = present_rows(parts)
    return parts[full], of[full]


def cut_pieces(shapes: Geometries) -> tuple[Geometries, Positions]:
    """Cut geometries into pieces of few vertices, since the time of GEOS grows with those.

    Parameters
    ----------
    shapes : array of geometry, valid
        A multi-geometry falls into its parts; a missing or empty one into none.

    Returns
    -------
    pieces : array of geometry
        Together they cover what was cut.
    owner : array of int
        The position in ``shapes`` of each.
    """
    there = present_rows(shapes)
    pieces, of = split_parts(shapes[there])
    owner = there[of]
    for _ in range(_HALVINGS):
        large = shapely.get_num_coordinates(pieces) > MAX_PIECE_VERTICES
        if not large.any():
            break
        halves, of = split_parts(_halves(pieces[large]))
        pieces = np.concatenate([pieces[~large], halves])
        owner = np.concatenate([owner[~large], np.tile(owner[large], 2)[of]])
    return pieces, owner


def _halves(shapes: Geometries) -> Geometries:
    """Cut each across the longer side of its bounds."""
    west, south, east, north = shapely.bounds(shapes).T
    wide = east - west > north - south
    x, y = np.where(wide, (west + east) / 2, west), np.where(wide, south, (south + north) / 2)
    low = shapely.box(west, south, np.where(wide, x, east), np.where(wide, north, y))
    return np.concatenate(
        [shapely.intersection(shapes, half) for half in (low, shapely.box(x, y, east, north))]
    )


def _round(box: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the centre and the radius of the circle round each box."""
    west, south, east, north = box.T
    return (west + east) / 2, (south + north) / 2, np.hypot(east - west, north - south) / 2


def _middle(values: Floats, starts: Positions) -> Floats:
    """Return the middle between the least and the greatest of each run of values."""
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return np.asarray((low + high) / 2)


def _tiles(x: Floats, y: Floats, radius: Floats) -> Positions:
    """Order boxes so that those that follow one another fill squares (Leutenegger et al., 1997)."""
    wide, high = np.ptp(x) + 1.0, np.ptp(y) + 1.0
    large = np.maximum(radius / np.sqrt(wide * high / len(x)), _LARGE) / _LARGE
    far = _bins(x + np.ceil(np.log2(large)) * wide)  # the large do not share a block with the small
    counts = np.bincount(far)
    strips = (np.cumsum(counts) - counts) // (_FAN * int(np.ceil(np.sqrt(len(x) / _FAN))))
    strip = strips.astype(np.uint16)[far]
    up = _bins(y)
    along = np.where(strip % 2, _MOST - up, up)  # up one strip and down the next
    order = np.argsort(along, kind="stable")
    return order[np.argsort(strip[order], kind="stable")]


def _bins(values: Floats) -> NDArray[np.uint16]:
    """Tell values apart to 16 bits, which numpy sorts in a time that grows with their number."""
    low, span = values.min(), max(float(np.ptp(values)), _TINY)
    return np.asarray((values - low) * (_MOST / span)).astype(np.uint16)
