"""Overlaps: the land that sites share with features, and the range that their edges leave it.

An edge may be out by its accuracy all along, as for the range of an area. A range goes by the
edges of which that is known, so that it may be wider, and is missing where it is known of none;
neither end of it is above that of the whole site or feature, which leaves corners out.
"""

from collections.abc import Callable
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.area_uncertainty import RANGE_QUAD_SEGS, area_range_ha
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions
from nmgeo.units import M2_PER_HECTARE

_INSIDE: Final = ("low_ha", "inside_ha", "high_ha")
_FREE: Final = ("free_low_ha", "free_ha", "free_high_ha")


def shared_area(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure the land that each site shares with each of ``others``, or may share.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, polygons, any CRS
        With ``accuracy_m``, metres; left as they are.

    Returns
    -------
    DataFrame, a row for each such pair
        ``outline_id`` and ``feature_id``, ``inside_ha`` and its range ``low_ha`` to ``high_ha``
        (hectares), ``inside_share`` (of the site, 0 to 1), and ``accuracy_m``, what is known of
        both added; by site and then by feature.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    Intersection by GEOS in EPSG:2326 of both as drawn, both drawn in, and both drawn out.
    """
    here, there = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    site_m, far_m = _accuracies(sites), _accuracies(others)
    rows, found = _close(here, there, site_m, far_m)
    out_m = known_error_m(site_m[rows], far_m[found])
    sizes = _sizes(
        lambda way: shapely.intersection(
            _moved(here, way * site_m, rows), _moved(there, way * far_m, found)
        ),
        out_m,
        _limits(here, site_m)[:, rows],
        _limits(there, far_m)[:, found],
    )
    pairs = pd.DataFrame({"outline_id": sites.index[rows], "feature_id": others.index[found]})
    pairs = pairs.assign(**dict(zip(_INSIDE, sizes, strict=True)))
    whole = shapely.area(here)[rows] / M2_PER_HECTARE
    pairs = pairs.assign(inside_share=pairs["inside_ha"] / whole, accuracy_m=out_m)
    return pairs[pairs[["inside_ha", "high_ha"]].max(axis=1) > 0].reset_index(drop=True)


def covered_area(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure the land of each site that any of ``others`` holds, and what they leave free of it.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, polygons, any CRS
        With ``accuracy_m``, metres; left as they are.

    Returns
    -------
    DataFrame, n rows
        On the index of ``sites``: ``inside_ha`` (each piece of land once), its range ``low_ha`` to
        ``high_ha``, and ``free_ha``, the rest, with ``free_low_ha`` to ``free_high_ha``, which are
        missing where the range of the area is; hectares.

    Raises
    ------
    MissingCRSError
        If either frame has no CRS.

    Source
    ------
    As :func:`shared_area`, of the union of ``others``; what is free is the least where the site is
    drawn in and they are drawn out, the most the other way round.
    """
    here, there = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    site_m, far_m = _accuracies(sites), _accuracies(others)
    near = np.unique(_close(here, there, site_m, far_m)[1])
    lands = {way: shapely.union_all(_moved(there, way * far_m, near)) for way in (-1, 0, 1)}
    drawn = {way: _moved(here, way * site_m, np.arange(len(here))) for way in (-1, 0, 1)}
    out_m, whole = (
        known_error_m(site_m, np.nan if np.isnan(far_m).all() else 0.0),
        _limits(here, site_m),
    )
    inside = _sizes(lambda way: shapely.intersection(drawn[way], lands[way]), out_m, whole)
    free = _sizes(lambda way: shapely.difference(drawn[way], lands[-way]), site_m, whole)
    columns = dict(zip(_INSIDE, inside, strict=True)) | dict(zip(_FREE, free, strict=True))
    return pd.DataFrame(columns, index=sites.index)


def _accuracies(frame: gpd.GeoDataFrame) -> Floats:
    return np.asarray(frame["accuracy_m"], dtype=float)


def _close(here: Geometries, there: Geometries, site_m: Floats, far_m: Floats) -> Any:
    """Return the rows of sites and of others that may share land, in the order of the sites."""
    reach_m = sum(float(np.nan_to_num(out).max(initial=0.0)) for out in (site_m, far_m))
    near = shapely.STRtree(there).query(here, predicate="dwithin", distance=reach_m)
    return near[:, np.lexsort(near[::-1])]


def _moved(shapes: Geometries, out_m: Floats, rows: Positions) -> Any:
    """Draw the shapes of these rows out, or in, each once; where nobody knows they stay."""
    each, back = np.unique(rows, return_inverse=True)
    moved, out_m = shapes[each], np.nan_to_num(out_m[each])
    out = out_m != 0
    moved[out] = shapely.buffer(moved[out], out_m[out], quad_segs=RANGE_QUAD_SEGS)
    return moved[back]


def _limits(shapes: Geometries, out_m: Floats) -> Floats:
    """Return the range of the area of each shape, low and high, hectares."""
    size, edge = shapely.area(shapes) / M2_PER_HECTARE, shapely.length(shapes) / M2_PER_HECTARE
    ends = area_range_ha(size, edge * np.nan_to_num(out_m))
    return np.array([ends["low_ha"], ends["high_ha"]])


def _sizes(drawn: Callable[[int], Any], out_m: Floats, *limits: Floats) -> list[Floats]:
    """Measure land drawn in (-1), as it is (0) and drawn out (1): hectares, in that order."""
    low, size, high = (shapely.area(drawn(way)) / M2_PER_HECTARE for way in (-1, 0, 1))
    least, most = np.minimum.reduce([np.stack([low, high]), *limits])
    unknown = np.isnan(out_m)
    least, most = np.minimum(least, size), np.maximum(most, size)
    return [np.where(unknown, np.nan, least), size, np.where(unknown, np.nan, most)]
