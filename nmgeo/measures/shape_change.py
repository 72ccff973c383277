"""How far a shape moved between two versions: the greatest distance of their edges."""

from typing import Any, Final

import numpy as np
import shapely

_SAMPLES: Final = 512  # along an edge, beside its vertices
_FEW: Final = 64  # vertices of a shape along whose edges GEOS looks, too
_STEP: Final = 0.05  # of an edge
_MANY: Final = 1_000  # vertices from which on an index is quicker
_COLLECTION: Final = shapely.GeometryType.GEOMETRYCOLLECTION
_AREAS: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def edges_moved_m(old: Any, new: Any) -> np.ndarray:
    """Return how far the edges of shapes moved, at most.

    Parameters
    ----------
    old, new : arrays of geometries, n, EPSG:2326
        The two versions of each shape.

    Returns
    -------
    array of n floats
        Metres: the Hausdorff distance of both edges, the greatest distance of a place on one edge
        from the other edge; of lines and points that of the lines and points. It is looked for at
        the vertices, of shapes of up to 64 vertices also at 20 places of each edge, from 1,000 on
        at 512 places of all. NaN where a shape is missing or empty.

    Source
    ------
    Discrete Hausdorff distance of GEOS; from 1,000 vertices on our own, by an index.
    """
    both = [np.asarray(old, dtype=object), np.asarray(new, dtype=object)]
    far = np.full(len(both[0]), np.nan)
    there = np.logical_and(*(~shapely.is_missing(one) & ~shapely.is_empty(one) for one in both))
    vertices = np.maximum(*map(shapely.get_num_coordinates, both))
    mixed = np.logical_or(*(shapely.get_type_id(one) == _COLLECTION for one in both))
    few, large = there & ~mixed & (vertices <= _FEW), there & (mixed | (vertices >= _MANY))
    other = there & ~few & ~large
    far[few] = shapely.hausdorff_distance(*(_outer(one[few]) for one in both), densify=_STEP)
    far[other] = shapely.hausdorff_distance(*(_outer(one[other]) for one in both))
    pairs = zip(*(one[large] for one in both), strict=True)
    far[large] = [_hausdorff_m(one, two) for one, two in pairs]
    return far


def _outer(shapes: np.ndarray) -> np.ndarray:
    """Return the rings of polygons; lines and points as they are."""
    return np.where(np.isin(shapely.get_type_id(shapes), _AREAS), shapely.boundary(shapes), shapes)


def _hausdorff_m(one: Any, two: Any) -> float:
    edges = [_edges(shape) for shape in (one, two)]
    return max(_farthest_m(*edges), _farthest_m(*edges[::-1]))


def _edges(shape: Any) -> list[Any]:
    """Return the rings, lines and points of a shape."""
    parts = [part for part in shapely.get_parts(shape) if not part.is_empty]
    rings = [part.boundary if part.geom_type == "Polygon" else part for part in parts]
    return [line for ring in rings for line in shapely.get_parts(ring)]


def _farthest_m(edges: list[Any], others: list[Any]) -> float:
    """Return how far the places of some edges are from other edges, at most."""
    step_m = max(sum(line.length for line in edges) / _SAMPLES, 1e-3)
    places = shapely.points(shapely.get_coordinates(shapely.segmentize(edges, step_m)))
    tree = shapely.STRtree([part for line in others for part in _segments(line)])
    _, far = tree.query_nearest(places, return_distance=True, all_matches=False)
    return float(far.max())


def _segments(line: Any) -> Any:
    """Return a line as the segments between its vertices; a point as it is."""
    if line.geom_type == "Point":
        return [line]
    ends = shapely.get_coordinates(line)
    return shapely.linestrings(np.stack([ends[:-1], ends[1:]], axis=1))
