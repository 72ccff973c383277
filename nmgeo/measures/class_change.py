"""Class change: how much land of each class of a layer has which class in another layer."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.pieces import separate_overlaps, shared_pieces, uncovered_pieces
from nmgeo.units import M2_PER_HECTARE

_KEYS: Final = ["from_class", "to_class"]


def class_change_ha(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, old_classes: pd.Series, new_classes: pd.Series
) -> gpd.GeoDataFrame:
    """Hectares that moved from each class to each other class.

    Parameters
    ----------
    old, new : GeoDataFrame, n and k rows, polygons, any CRS
        Left as they are.
    old_classes, new_classes : Series of str
        On their indexes.

    Returns
    -------
    GeoDataFrame, EPSG:2326, a row for each pair of classes that shares land, and for every other
        ``from_class``, ``to_class`` (missing outside the layer), ``moved_ha``, ``before_ha`` (of
        ``from_class`` in ``old``), ``after_ha`` (of ``to_class`` in ``new``) and the land. The
        rows of one ``from_class`` add up to ``before_ha``, those of one ``to_class`` to
        ``after_ha``. ``attrs["double_ha"]`` are the hectares of each layer that several of its
        features hold; they count once, for the class that comes first in the alphabet. A class that
        lies wholly on such ones has a row of 0 ha without geometry.

    Source
    ------
    Intersections and differences by GEOS in EPSG:2326.
    """
    before, from_classes, old_double_ha = _planar(old, old_classes)
    after, to_classes, new_double_ha = _planar(new, new_classes)
    pieces = _pieces(before, after, from_classes, to_classes)
    pieces["moved_ha"] = shapely.area(pieces["geometry"].to_numpy()) / M2_PER_HECTARE
    groups = pieces[pieces["moved_ha"] > 0].groupby(_KEYS, dropna=False, sort=True)
    table = groups.agg(moved_ha=("moved_ha", "sum"), geometry=("geometry", _union)).reset_index()
    table = _with_covered(table, set(from_classes), set(to_classes))
    table = table.assign(
        before_ha=table["from_class"].map(_total_ha(before, from_classes)),
        after_ha=table["to_class"].map(_total_ha(after, to_classes)),
    )
    found = gpd.GeoDataFrame(table, geometry="geometry", crs=crs.HK80)
    found.attrs["double_ha"] = [old_double_ha, new_double_ha]
    return found


def _with_covered(table: pd.DataFrame, old: set[str], new: set[str]) -> pd.DataFrame:
    """Add a row of 0 ha for each class of a layer that has none, in its place."""
    covered = (old - set(table["from_class"])) | (new - set(table["to_class"]))
    if not covered:
        return table
    more = pd.DataFrame(
        {
            "from_class": [one if one in old else None for one in covered],
            "to_class": [one if one in new else None for one in covered],
            "moved_ha": 0.0,
        }
    )
    both = pd.concat([table, more], ignore_index=True)
    return both.sort_values(_KEYS, kind="stable", ignore_index=True)


def _pieces(
    before: np.ndarray, after: np.ndarray, from_classes: np.ndarray, to_classes: np.ndarray
) -> pd.DataFrame:
    """Return the land that both layers hold, and that which one of them holds alone."""
    both = shared_pieces(before, after)
    row, other = both["row"].to_numpy(), both["other"].to_numpy()
    tables = [
        {
            "from_class": from_classes[row],
            "to_class": to_classes[other],
            "geometry": both["geometry"],
        },
        {"from_class": from_classes, "geometry": uncovered_pieces(before, after, row, other)},
        {"to_class": to_classes, "geometry": uncovered_pieces(after, before, other, row)},
    ]
    return pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True)


def _planar(frame: gpd.GeoDataFrame, classes: pd.Series) -> tuple[np.ndarray, np.ndarray, float]:
    """Return shapes without overlaps, their classes, and the hectares that overlapped."""
    shapes = crs.to_hk80(frame).to_numpy()
    named = classes.astype(object).to_numpy()
    order = np.lexsort((np.arange(len(shapes)), named.astype(str)))
    apart = separate_overlaps(shapes, order)
    double_m2 = float(shapely.area(shapes).sum() - shapely.area(apart).sum())
    return apart, named, max(double_m2, 0.0) / M2_PER_HECTARE


def _total_ha(shapes: np.ndarray, classes: np.ndarray) -> pd.Series:
    area_m2 = pd.Series(shapely.area(shapes))
    return area_m2.groupby(classes).sum() / M2_PER_HECTARE


def _union(pieces: pd.Series) -> shapely.Geometry:
    return shapely.union_all(pieces.to_numpy())
