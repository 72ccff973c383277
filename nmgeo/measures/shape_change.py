"""How far a shape moved between two versions: the greatest distance of their edges."""

from typing import Any, Final

import numpy as np
import shapely

_SAMPLES: Final = 512  # along an edge, beside its vertices


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
        from the other edge, looked for at the vertices and 512 places between; of lines and points
        that of the lines and points. NaN where a shape is missing or empty.
    """
    pairs = zip(np.asarray(old), np.asarray(new), strict=True)
    return np.array([_hausdorff_m(one, two) for one, two in pairs], dtype=float)


def _hausdorff_m(one: Any, two: Any) -> float:
    if any(shape is None or shape.is_empty for shape in (one, two)):
        return float("nan")
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
