"""Ranges of the land that lies in rings: the least and the most that the accuracies allow."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo.measures.area_by_class import OVERLAPS, REMAINDER, SLIVERS
from nmgeo.measures.overlaps import covered_area
from nmgeo.sources.geometry_kinds import are_polygons

RANGE: Final = ("inside_low_ha", "inside_high_ha")
_FREE: Final = ["free_low_ha", "free_high_ha"]
_UNKNOWN: Final = (OVERLAPS, SLIVERS)  # sums and differences of classes


def add_ranges(
    found: pd.DataFrame, rings: gpd.GeoDataFrame, others: gpd.GeoDataFrame, categories: pd.Series
) -> pd.DataFrame:
    """Put beside the land of each category in a ring its range, if there is land.

    Parameters
    ----------
    found : DataFrame
        From :func:`nmgeo.commands.ring_contents.measure_contents`.
    rings : GeoDataFrame, k rows, EPSG:2326
        With ``accuracy_m`` of the outlines, metres.
    others : GeoDataFrame, m rows, any CRS
        With ``accuracy_m``.
    categories : Series of str
        Of each feature, on the index of ``others``.

    Returns
    -------
    DataFrame
        With ``inside_low_ha`` and ``inside_high_ha`` (hectares) after ``inside_ha``: missing where
        no accuracy is known, and of overlaps and slivers. As ``found`` if it has no land.

    Source
    ------
    As :func:`nmgeo.measures.overlaps.covered_area`.
    """
    if "inside_ha" not in found:
        return found
    land = others[are_polygons(others)]
    ends = np.full((len(found), len(RANGE)), np.nan)
    of_rows = found["category"].fillna("").reset_index(drop=True)
    for category, rows in of_rows.groupby(of_rows).groups.items():
        if category not in _UNKNOWN:
            inside = land[categories[land.index] == category]
            among = rings.loc[found.index[rows]]
            ends[rows] = _range_ha(among, land if category == REMAINDER else inside, category)
    at = list(found.columns).index("inside_ha") + 1
    columns = [*found.columns[:at], *RANGE, *found.columns[at:]]
    return found.assign(**dict(zip(RANGE, ends.T, strict=True)))[columns]


def _range_ha(rings: gpd.GeoDataFrame, land: gpd.GeoDataFrame, category: object) -> np.ndarray:
    columns = _FREE if category == REMAINDER else ["low_ha", "high_ha"]
    return covered_area(rings, land)[columns].to_numpy(dtype=float)
