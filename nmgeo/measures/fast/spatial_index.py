"""Spatial index: a tree of blocks of neighbouring geometries, and the cutting of large ones."""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries: TypeAlias = NDArray[Any]  # of shapely geometry
Positions: TypeAlias = NDArray[np.intp]
Floats: TypeAlias = NDArray[np.float64]

_BRANCHING: Final = 8  # children of a block
MAX_PIECE_VERTICES: Final = 100  # a geometry with more is cut
_MAX_HALVINGS: Final = 40  # stops the cutting where vertices almost coincide
_LARGE_FACTOR: Final = 4.0  # a geometry is large above this multiple of the mean spacing
_MAX_UINT16: Final = 2**16 - 1
_MIN_SPAN: Final = 1e-9  # metres


class Level(NamedTuple):
    """One level of the tree: blocks, or the geometries, with siblings side by side.

    Attributes
    ----------
    x, y : arrays, metres
        Their centres.
    reach : array, metres
        Distance from the centre of the parent block to the far end of each.
    counts : array
        Number of geometries in each.
    first : array
        Position in the next level of the first child of each, and the end of the last.
    """

    x: Floats
    y: Floats
    reach: Floats
    counts: Positions
    first: Positions


class BlockTree(NamedTuple):
    """A tree of blocks: ``levels`` from the root down to the geometries, which are in ``order``."""

    geoms: Any  # an array of geometry, or what gives one of some rows
    order: Positions
    levels: list[Level]

    def geometries(self, depth: int, items: Positions) -> Geometries:
        """Return the centres of blocks of a level, or the geometries of the last level."""
        if depth == len(self.levels) - 1:
            return np.asarray(self.geoms[self.order[items]])
        x, y = self.levels[depth].x[items], self.levels[depth].y[items]
        return np.asarray(shapely.points(x, y))

    def children(self, depth: int, blocks: Positions) -> tuple[Positions, Positions]:
        """Return the children of blocks of a level, and the row of the block of each."""
        return _children(self.levels[depth].first, blocks)


def build_tree(geoms: Any, boxes: Floats | None = None) -> BlockTree:
    """Group geometries in blocks of neighbours, and those in larger blocks, up to a single root.

    Parameters
    ----------
    geoms : array of geometry, one metric CRS
        Missing and empty ones are in no block.
    boxes : array, n x 4, metres, optional
        Least x and y and greatest x and y of each, if they are known.

    Returns
    -------
    BlockTree
        Coordinates in metres.
    """
    x, y, radius = _bounding_circles(shapely.bounds(geoms) if boxes is None else boxes)
    first = np.flatnonzero(~np.isnan(x))
    if len(first) < len(x):
        x, y, radius = x[first], y[first], radius[first]
    counts, levels = np.ones(len(x), dtype=np.intp), []
    while len(x) > 1:
        order = _tile_order(x, y, radius)
        x, y, radius, counts, first = x[order], y[order], radius[order], counts[order], first[order]
        starts, block = np.arange(0, len(x), _BRANCHING), np.arange(len(x)) // _BRANCHING
        centre_x, centre_y = _midpoints(x, starts), _midpoints(y, starts)
        reach = np.hypot(x - centre_x[block], y - centre_y[block]) + radius
        levels.append(Level(x, y, reach, counts, first))
        counts, radius = np.add.reduceat(counts, starts), np.maximum.reduceat(reach, starts)
        x, y, first = centre_x, centre_y, starts
    levels.append(Level(x, y, radius, counts, first))
    return _order_levels(geoms, levels[::-1])


def add_single_blocks(tree: BlockTree) -> BlockTree:
    """Add a level in which each geometry is a block, since its centre is measured faster.

    Parameters
    ----------
    tree : BlockTree
        From :func:`build_tree`.

    Returns
    -------
    BlockTree
        The same tree if all geometries are points.
    """
    if (shapely.get_num_coordinates(tree.geoms) <= 1).all():
        return tree
    last = tree.levels[-1]
    _, _, radius = _bounding_circles(shapely.bounds(tree.geoms[tree.order]))
    block = last._replace(first=np.arange(len(tree.order) + 1))
    return tree._replace(levels=[*tree.levels[:-1], block, last._replace(reach=radius)])


def _order_levels(geoms: Any, levels: list[Level]) -> BlockTree:
    """Order every level so that the children of neighbouring blocks are neighbours."""
    ordered = [levels[0]]
    for level in levels[1:]:
        above = ordered[-1]
        ends = np.minimum(above.first + _BRANCHING, len(level.x))
        starts = np.concatenate([[0], np.cumsum(ends - above.first)])
        children = np.arange(len(level.x)) + np.repeat(above.first - starts[:-1], np.diff(starts))
        ordered[-1] = above._replace(first=starts)
        ordered.append(Level(*(values[children] for values in level)))
    return BlockTree(geoms, ordered[-1].first, ordered)


def _children(first: Positions, blocks: Positions) -> tuple[Positions, Positions]:
    counts = first[blocks + 1] - first[blocks]
    rows = np.repeat(np.arange(len(blocks)), counts)
    return np.arange(len(rows)) + (first[blocks] - np.cumsum(counts) + counts)[rows], rows


def present_rows(shapes: Geometries) -> Positions:
    """Return the positions of the geometries that are neither missing nor empty."""
    return np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def split_parts(shapes: Geometries) -> tuple[Geometries, Positions]:
    """Split geometries into their parts, without empty ones.

    Parameters
    ----------
    shapes : array of geometry
        None missing.

    Returns
    -------
    parts : array of geometry
        Single geometries.
    rows : array of int
        Position in ``shapes`` of the geometry of each part.
    """
    parts, row = shapely.get_parts(shapes, return_index=True)
    present = present_rows(parts)
    return parts[present], row[present]


def cut_pieces(shapes: Geometries) -> tuple[Geometries, Positions]:
    """Cut geometries into pieces with few vertices, which GEOS measures faster.

    Parameters
    ----------
    shapes : array of geometry, valid
        A multi-geometry is split into its parts; a missing or empty one has no pieces.

    Returns
    -------
    pieces : array of geometry
        Their union is the union of ``shapes``.
    owner : array of int
        Position in ``shapes`` of the geometry of each piece.
    """
    present = present_rows(shapes)
    pieces, row = split_parts(shapes[present])
    owner = present[row]
    for _ in range(_MAX_HALVINGS):
        is_large = shapely.get_num_coordinates(pieces) > MAX_PIECE_VERTICES
        if not is_large.any():
            break
        halves, row = split_parts(_halves(pieces[is_large]))
        pieces = np.concatenate([pieces[~is_large], halves])
        owner = np.concatenate([owner[~is_large], np.tile(owner[is_large], 2)[row]])
    return pieces, owner


def _halves(shapes: Geometries) -> Geometries:
    """Cut each shape in two across the longer side of its bounds."""
    west, south, east, north = shapely.bounds(shapes).T
    is_wide = east - west > north - south
    x, y = np.where(is_wide, (west + east) / 2, west), np.where(is_wide, south, (south + north) / 2)
    low = shapely.box(west, south, np.where(is_wide, x, east), np.where(is_wide, north, y))
    return np.concatenate(
        [shapely.intersection(shapes, half) for half in (low, shapely.box(x, y, east, north))]
    )


def _bounding_circles(boxes: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the centre (x, y) and radius of the circle round each box, metres."""
    west, south, east, north = boxes.T
    return (west + east) / 2, (south + north) / 2, np.hypot(east - west, north - south) / 2


def _midpoints(values: Floats, starts: Positions) -> Floats:
    """Return the middle between the smallest and the largest of each run of values."""
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return np.asarray((low + high) / 2)


def _tile_order(x: Floats, y: Floats, radius: Floats) -> Positions:
    """Order boxes so that consecutive ones fill squares (sort-tile, Leutenegger et al., 1997)."""
    width, height = np.ptp(x) + 1.0, np.ptp(y) + 1.0
    size = np.maximum(radius / np.sqrt(width * height / len(x)), _LARGE_FACTOR) / _LARGE_FACTOR
    # Large geometries are moved aside, so that they do not share a block with small ones.
    bins = _to_uint16(x + np.ceil(np.log2(size)) * width)
    counts = np.bincount(bins)
    strips = (np.cumsum(counts) - counts) // (
        _BRANCHING * int(np.ceil(np.sqrt(len(x) / _BRANCHING)))
    )
    strip = strips.astype(np.uint16)[bins]
    bins_up = _to_uint16(y)
    snake = np.where(strip % 2, _MAX_UINT16 - bins_up, bins_up)  # up one strip and down the next
    order = np.argsort(snake, kind="stable")
    return order[np.argsort(strip[order], kind="stable")]


def _to_uint16(values: Floats) -> NDArray[np.uint16]:
    """Scale values to 16 bits, which numpy sorts in linear time (radix sort)."""
    low, span = values.min(), max(float(np.ptp(values)), _MIN_SPAN)
    return np.asarray((values - low) * (_MAX_UINT16 / span)).astype(np.uint16)
