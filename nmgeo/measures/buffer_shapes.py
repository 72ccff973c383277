"""Bands: the land within a distance of a line, each bend of it a fan as fine as was asked for.

GEOS does not draw buffers for this: its arcs may be 2.2 times as far out as their segments
promise, and dents of less than 1 % of the distance are left out, which moves an edge by 0.6 %.
"""

import math
from typing import Final

import numpy as np
import shapely

_NOISE_M2: Final = 1e-4  # where pieces meet, rounding leaves slivers of 1e-7 m2
_STRAIGHT: Final = 1e-9  # radians: less is no bend
_BESIDE: Final = 1e-3  # how far beside a segment its two sides are looked at, in lengths of it
_LAND: Final = 2  # dimensions


def buffer_shape(
    shape: shapely.Geometry, reach_m: float, segments: int, *, flat: bool = False
) -> shapely.Geometry:
    """Draw the land within a distance of a shape, or what a setback leaves of it.

    Parameters
    ----------
    shape : Geometry
        On a metre grid, of any kind.
    reach_m : float
        Metres from its edge; below 0, the land that lies as deep inside it.
    segments : int
        To a quarter circle, >= 1: vertices lie on the circle, chords inside it.
    flat : bool
        End a line square instead of round.

    Returns
    -------
    Polygon or MultiPolygon
        Empty if nothing is left.

    Source
    ------
    Union (GEOS) of the shape, a rectangle a segment of its edge, and a fan a bend.
    """
    if reach_m < 0:
        land = polygon_parts(shape)
        return _tidied(land.difference(buffer_shape(land.boundary, -reach_m, segments)))
    parts = shapely.get_parts(shape)
    pieces = [_around(part, reach_m, segments, flat=flat) for part in parts]
    return _tidied(shapely.union_all(np.concatenate([[shapely.Polygon()], *pieces])))


def polygon_parts(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape, without its points and lines."""
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == _LAND])


def left_buffer(
    line: shapely.LineString, reach_m: float, segments: int, *, flat: bool = False
) -> shapely.Geometry | None:
    """Draw the land within a distance of a line on its left.

    Parameters
    ----------
    line : LineString
        On a metre grid.
    reach_m : float
        Metres, > 0.
    segments : int
        As for :func:`buffer_shape`.
    flat : bool
        End the land square instead of with a quarter circle.

    Returns
    -------
    Polygon, MultiPolygon or None
        Never on the other side of a sharp bend; None if an end of the line lies in the land, so
        that there is a way from its left to its right. Past the ends of a line that almost
        closes, land may be on the left of one part and on the right of another.

    Source
    ------
    As :func:`buffer_shape`, on one side, cut along the line; single-sided buffers of GEOS cross it.
    """
    drawn = _tidied(shapely.union_all(_beside(line, reach_m, segments, flat=flat)))
    cut = shapely.union_all([drawn.boundary, line])
    faces = shapely.get_parts(shapely.polygonize([cut]))
    starts, ahead = _steps(line)
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    offset = aside * np.minimum(1.0, reach_m / np.hypot(*aside.T))[:, None] * _BESIDE
    middle, tree = starts + ahead / 2, shapely.STRtree(faces)
    left, right = (
        np.unique(tree.query(shapely.points(middle + side), predicate="within")[1])
        for side in (offset, -offset)
    )
    return None if np.isin(left, right).any() else shapely.union_all(faces[left])


def _around(part: shapely.Geometry, reach_m: float, segments: int, *, flat: bool) -> np.ndarray:
    """Return the pieces that make up a part and the land within a distance of it."""
    if part.is_empty:
        return np.array([])
    if shapely.get_dimensions(part) == 0:
        return np.array([shapely.buffer(part, reach_m, quad_segs=segments)])
    if shapely.get_dimensions(part) == _LAND:
        lines = shapely.get_rings(shapely.orient_polygons(part))
        edge = [_beside(shapely.reverse(line), reach_m, segments, flat=flat) for line in lines]
        return np.concatenate([[part], *edge])
    sides = (part, shapely.reverse(part))
    return np.concatenate([_beside(side, reach_m, segments, flat=flat) for side in sides])


def _beside(line: shapely.Geometry, reach_m: float, segments: int, *, flat: bool) -> np.ndarray:
    """Return a rectangle on the left of every segment of a line, and a fan where it bends away."""
    starts, steps = _steps(line)
    ends = np.vstack([starts[1:], starts[-1:] + steps[-1:]])
    ahead = steps / np.hypot(*steps.T)[:, None] * reach_m
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    flanks = shapely.polygons(np.stack([starts, ends, ends + aside, starts + aside], axis=1))
    bends = list(zip(ends[:-1], aside[:-1], aside[1:], strict=True))
    if line.is_closed:
        bends.append((starts[0], aside[-1], aside[0]))
    elif not flat:
        bends += [(starts[0], -ahead[0], aside[0]), (ends[-1], aside[-1], ahead[-1])]
    return np.array([*flanks, *(_fan(*bend, segments) for bend in bends)])


def _steps(line: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Return where the segments of a line begin, and how far each goes east and north."""
    places = shapely.get_coordinates(shapely.remove_repeated_points(line))
    return places[:-1], np.diff(places, axis=0)


def _fan(centre: np.ndarray, first: np.ndarray, last: np.ndarray, segments: int) -> shapely.Polygon:
    """Draw the land that a radius sweeps clockwise; none if the bend is to the left."""
    (x, y), (u, v) = first, last
    turn = math.atan2(y * u - x * v, x * u + y * v)
    turn = turn + math.tau if turn < _STRAIGHT - math.pi else turn  # there and back
    if turn < _STRAIGHT:
        return shapely.Polygon()
    steps = math.ceil(turn / (math.pi / 2 / segments) - _STRAIGHT)
    angles = np.linspace(0, turn, steps + 1)[:-1, None]
    arc = first * np.cos(angles) + np.array([y, -x]) * np.sin(angles)
    return shapely.Polygon(np.vstack([centre, centre + arc, centre + last]))


def _tidied(shape: shapely.Geometry) -> shapely.Geometry:
    """Drop parts and holes that are no more than rounding."""
    parts = shapely.get_parts(shape)
    rows, owner = shapely.get_rings(parts, return_index=True)
    kept = shapely.area(shapely.polygons(rows)) > _NOISE_M2
    lines = [rows[kept & (owner == row)] for row in range(len(parts))]
    whole = [shapely.Polygon(edge[0], edge[1:]) for edge in lines if len(edge)]
    return whole[0] if len(whole) == 1 else shapely.MultiPolygon(whole)
