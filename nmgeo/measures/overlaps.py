"""Overlaps: the area that sites share with features, and its range.

The range assumes that an edge is displaced by its accuracy along its whole length, as for the
range of an area. If only one accuracy is known, the range uses that one and is a lower bound. If
none is known, the range is missing. A range is capped at that of the whole site or feature.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.area_uncertainty import RANGE_QUAD_SEGS, area_range_ha
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.measures.fast import kernels
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions
from nmgeo.units import M2_PER_HECTARE

_ROUNDING: Final = 1e-12  # share of an area that its sums may be out by
_INSIDE_COLUMNS: Final = ("low_ha", "inside_ha", "high_ha")
_FREE_COLUMNS: Final = ("free_low_ha", "free_ha", "free_high_ha")


def shared_area(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Area in hectares that each site shares with each of ``others``, with its range.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, polygons, any CRS
        With ``accuracy_m``, metres; left as they are.

    Returns
    -------
    DataFrame, a row for each pair that overlaps or may overlap
        ``outline_id``, ``feature_id``, ``inside_ha`` and its range ``low_ha`` to ``high_ha``
        (hectares), ``inside_share`` (of the site, 0 to 1) and ``accuracy_m`` (metres, the sum of
        the known accuracies); by site and then by feature.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    Intersection by GEOS in EPSG:2326: of both as drawn, both shrunk, and both grown by their
    accuracy.
    """
    site_shapes, other_shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    site_accuracy_m, other_accuracy_m = _accuracies(sites), _accuracies(others)
    accuracies_m = site_accuracy_m, other_accuracy_m
    rows, found = _candidate_pairs(site_shapes, other_shapes, *accuracies_m, by_box=True)
    accuracy_m = known_error_m(site_accuracy_m[rows], other_accuracy_m[found])
    areas_ha = _areas_with_range_ha(
        lambda direction: _pairs_m2(
            _offset_shapes(site_shapes, direction * site_accuracy_m, rows),
            _offset_shapes(other_shapes, direction * other_accuracy_m, found, prepared=True),
        ),
        accuracy_m,
        _area_limits_ha(site_shapes, site_accuracy_m)[:, rows],
        _area_limits_ha(other_shapes, other_accuracy_m)[:, found],
    )
    shared = dict(zip(_INSIDE_COLUMNS, areas_ha, strict=True))
    site_ha = shapely.area(site_shapes)[rows] / M2_PER_HECTARE
    ends = {"outline_id": sites.index[rows], "feature_id": others.index[found]}
    share = {"inside_share": shared["inside_ha"] / site_ha, "accuracy_m": accuracy_m}
    pairs = pd.DataFrame(ends | shared | share)
    return pairs[np.fmax(shared["inside_ha"], shared["high_ha"]) > 0].reset_index(drop=True)


def covered_area(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Area in hectares of each site inside any of ``others``, and the area outside all of them.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, polygons, any CRS
        With ``accuracy_m``, metres; left as they are.

    Returns
    -------
    DataFrame, n rows
        Hectares, on the index of ``sites``: ``inside_ha`` (overlaps counted once) with its range
        ``low_ha`` to ``high_ha``, and ``free_ha`` (the rest) with its range ``free_low_ha`` to
        ``free_high_ha``, which is missing where the accuracy of the site is not known.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`shared_area`, with the union of ``others``. The free area is smallest if the site is
    shrunk and the others are grown, and largest the other way round.
    """
    site_shapes, other_shapes = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    site_accuracy_m, other_accuracy_m = _accuracies(sites), _accuracies(others)
    pairs = _candidate_pairs(site_shapes, other_shapes, site_accuracy_m, other_accuracy_m)
    near = np.unique(pairs[1])
    unions = _each_way(other_accuracy_m[near], partial(_union, other_shapes[near]))
    moved_sites = _each_way(site_accuracy_m, partial(_moved, site_shapes))
    whole_m2 = {way: shapely.area(shapes) for way, shapes in moved_sites.items()}
    shared_m2 = cache(partial(_shared_m2, moved_sites, unions))  # (0, 0) is asked for twice
    other_error_m = np.nan if np.isnan(other_accuracy_m).all() else 0.0
    accuracy_m = known_error_m(site_accuracy_m, other_error_m)
    limits_ha = _area_limits_ha(site_shapes, site_accuracy_m)
    inside = _areas_with_range_ha(
        lambda direction: shared_m2(direction, direction),
        accuracy_m,
        limits_ha,
    )
    free = _areas_with_range_ha(
        lambda direction: _rest_m2(whole_m2[direction], shared_m2(direction, -direction)),
        site_accuracy_m,
        limits_ha,
    )
    columns = zip((*_INSIDE_COLUMNS, *_FREE_COLUMNS), (*inside, *free), strict=True)
    return pd.DataFrame(dict(columns), index=sites.index)


def _shared_m2(
    sites: Mapping[int, Geometries], unions: Mapping[int, Geometries], way: int, union_way: int
) -> Floats:
    """Return what each site shares with the union, both moved."""
    _, found, areas = kernels.overlaps(unions[union_way], sites[way])
    return np.bincount(found, areas, minlength=len(sites[way])).astype(float)


def _rest_m2(whole_m2: Floats, shared_m2: Floats) -> Floats:
    """Return what is left of each site, 0 where only rounding leaves anything."""
    rest = whole_m2 - shared_m2
    return np.where(rest > _ROUNDING * whole_m2, rest, 0.0)


def _each_way(offset_m: Floats, make: Callable[[Floats], Any]) -> dict[int, Any]:
    """Return what is made of shapes shrunk (-1), as they are (0) and grown (1) by an offset."""
    known_m = np.nan_to_num(offset_m)
    if not known_m.any():
        return dict.fromkeys((-1, 0, 1), make(known_m))
    return {way: make(way * known_m) for way in (-1, 0, 1)}


def _accuracies(frame: gpd.GeoDataFrame) -> Floats:
    return np.asarray(frame["accuracy_m"], dtype=float)


def _candidate_pairs(
    site_shapes: Geometries,
    other_shapes: Geometries,
    site_accuracy_m: Floats,
    other_accuracy_m: Floats,
    *,
    by_box: bool = False,
) -> Any:
    """Return the rows of sites and others that may overlap, in the order of the sites.

    Where no accuracy is known, ``by_box`` leaves out only those whose boxes do not meet.
    """
    reach_m = sum(
        float(np.nan_to_num(accuracy_m).max(initial=0.0))
        for accuracy_m in (site_accuracy_m, other_accuracy_m)
    )
    near = {} if by_box and not reach_m else {"predicate": "dwithin", "distance": reach_m}
    pairs = shapely.STRtree(other_shapes).query(site_shapes, **near)
    return pairs[:, np.lexsort(pairs[::-1])]


def _offset_shapes(
    shapes: Geometries, offset_m: Floats, rows: Positions, *, prepared: bool = False
) -> Any:
    """Grow or shrink the shapes of these rows; a shape without a known accuracy stays."""
    used, position = np.unique(rows, return_inverse=True)
    moved = _moved(shapes[used], np.nan_to_num(offset_m[used]))
    return (kernels.prepared_copies(moved, at_least=0) if prepared else moved)[position]


def _pairs_m2(sites: Geometries, others: Geometries) -> Floats:
    """Return the area in square metres that the two of each pair share, the others prepared."""
    areas_m2 = np.zeros(len(sites))
    is_plain = shapely.get_type_id(sites) == shapely.GeometryType.POLYGON
    is_plain &= shapely.get_num_interior_rings(sites) == 0
    is_held = is_plain & shapely.contains_properly(others, sites)
    areas_m2[is_held] = _held_m2(sites[is_held])
    rest = np.flatnonzero(~is_held)
    rest = rest[shapely.intersects(others[rest], sites[rest])]
    areas_m2[rest] = shapely.area(shapely.intersection(sites[rest], others[rest]))
    return areas_m2


def _held_m2(polygons: Geometries) -> Floats:
    """Return the area in square metres of polygons without holes, as if intersected.

    An intersection that is the whole polygon runs clockwise from its second vertex. The last bit
    of an area depends on where its ring begins, so it begins there here.
    """
    clean = shapely.remove_repeated_points(polygons)
    vertices, ring = shapely.get_coordinates(
        shapely.orient_polygons(clean, exterior_cw=True), return_index=True
    )
    starts, ends = np.diff(ring, prepend=-1) != 0, np.diff(ring, append=-1) != 0
    turned = np.roll(vertices, -1, axis=0)
    turned[ends] = vertices[np.flatnonzero(starts) + 1]
    return np.asarray(shapely.area(shapely.polygons(shapely.linearrings(turned, indices=ring))))


def _moved(shapes: Geometries, offset_m: Floats) -> Any:
    """Grow or shrink shapes by offsets, metres."""
    moved, moving = shapes.copy(), offset_m != 0
    moved[moving] = shapely.buffer(moved[moving], offset_m[moving], quad_segs=RANGE_QUAD_SEGS)
    return moved


def _union(shapes: Geometries, offset_m: Floats) -> Geometries:
    """Return the union of shapes that are grown or shrunk, as an array of one."""
    return np.array([shapely.union_all(_moved(shapes, offset_m))])


def _area_limits_ha(shapes: Geometries, accuracy_m: Floats) -> Floats:
    """Return the range of the area of each shape, hectares: the lows, then the highs."""
    area_ha, parts = shapely.area(shapes) / M2_PER_HECTARE, shapely.get_num_geometries(shapes)
    ends = area_range_ha(area_ha, shapely.length(shapes), np.nan_to_num(accuracy_m), parts)
    return np.array([ends["low_ha"], ends["high_ha"]])


def _areas_with_range_ha(
    areas_m2: Callable[[int], Floats], accuracy_m: Floats, *limits: Floats
) -> list[Floats]:
    """Return low, area and high in hectares, of shapes shrunk (-1), as drawn (0) and grown (1)."""
    unknown = np.isnan(accuracy_m)
    area_ha = areas_m2(0) / M2_PER_HECTARE
    if unknown.all():  # there is no range
        return [np.full(len(area_ha), np.nan), area_ha, np.full(len(area_ha), np.nan)]
    low, high = (areas_m2(direction) / M2_PER_HECTARE for direction in (-1, 1))
    least, most = np.minimum.reduce([np.stack([low, high]), *limits])
    least, most = np.minimum(least, area_ha), np.maximum(most, area_ha)
    return [np.where(unknown, np.nan, least), area_ha, np.where(unknown, np.nan, most)]
