"""From which zoom of the page on features and names are shown, on paper and in QGIS too.

The scripts of the page have the same numbers; a zoom belongs to a scale as on a screen of 96 dpi.
"""

import math
from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.measures.areas import area_ha

PIXEL_MM: Final = 25.4 / 96
SYMBOLS_FROM: Final[Mapping[str, float]] = {
    "stations": 10,
    "crossings": 10,
    "development_areas": 12,
    "wetlands": 11,
    "rivers": 11.5,
    "district_borders": 11,
}
NAMES_FROM: Final[Mapping[str, float]] = {
    "stations": 11.5,
    "crossings": 12,
    "wetlands": 11,
    "development_areas": 12,
    "sea": 10,
}
PLACES_FROM: Final[Mapping[str, float]] = {  # names of places, by kind
    "town": 9,
    "village": 14,
    "shenzhen_place": 13,
    "district": 11,
    "country_park": 13,
}
ROADS_FROM: Final[Mapping[str, float]] = {"main_road": 12.5, "trunk_road": 12, "motorway": 8}
HILLS_FROM: Final = ((15, 0), (14, 140), (12, 450))  # and only those that are higher, in metres
SMALL_PONDS_FROM: Final = 14
LARGE_POND_HA: Final = 10
NAMED_FEW: Final = 20  # with more sites, their names alone are written
NAMED_MOST: Final = 200  # with more features, none is named on the map
SMALL_SITE_MM: Final = 20 * PIXEL_MM  # a site that is smaller is a disc, too
MERGED_MM: Final = 16 * PIXEL_MM  # a station and a control point nearer than this are one symbol
# Radius of symbols before a zoom, and from the last one on.
_RADII: Final = ((11, 3.5), (12, 4.5), (13, 5.5))
_RADIUS: Final = 6.0  # pixels
_MERGED_MORE: Final = 4.0
_WORLD: Final = 5.17e8  # the scale of the page at zoom 0 at Hong Kong


def scale_of(zoom: float) -> int:
    """Return the scale of the page at a zoom: the ``n`` of ``1:n``, of two digits.

    Examples
    --------
    >>> scale_of(13)
    63000
    """
    return int(float(f"{_WORLD / 2**zoom:.2g}"))


def zoom_of(scale: float) -> float:
    """Return the zoom of the page at a scale; the zoom itself for that of :func:`scale_of`.

    Examples
    --------
    >>> zoom_of(10_000)
    15.7
    """
    return round(math.log2(_WORLD / scale), 1)


def symbol_mm(zoom: float, *, merged: bool = False) -> float:
    """Return the size of a symbol on the page, in millimetres: smaller where much land is shown.

    Examples
    --------
    >>> [round(mm, 1) for mm in (symbol_mm(10), symbol_mm(14), symbol_mm(14, merged=True))]
    [1.9, 3.2, 5.3]
    """
    radius = next((r for before, r in _RADII if zoom < before), _RADIUS)
    return 2 * PIXEL_MM * (radius + _MERGED_MORE * merged)


def rows_at(layer: str, rows: gpd.GeoDataFrame, zoom: float) -> gpd.GeoDataFrame:
    """Return the features of a layer on the Hong Kong 1980 Grid that the page shows at a zoom.

    A layer of the user has its name alone in common with a shipped one: without the column that
    tells when features are shown, all are.
    """
    if zoom < SYMBOLS_FROM.get(layer, zoom):
        return rows.iloc[:0]
    if layer == "roads" and "kind" in rows:
        return rows[rows["kind"].map(ROADS_FROM).fillna(0) <= zoom]
    if layer == "hills" and "height_m" in rows:
        least = next((metres for first, metres in HILLS_FROM if zoom >= first), math.inf)
        return rows[pd.to_numeric(rows["height_m"], errors="coerce") > least]
    if layer == "ponds" and zoom < SMALL_PONDS_FROM:
        return rows[area_ha(rows) >= LARGE_POND_HA]
    return rows


def names_at(layer: str, rows: gpd.GeoDataFrame, zoom: float) -> gpd.GeoDataFrame:
    """Return the features of a layer that the page names at a zoom where there is room."""
    if zoom < NAMES_FROM.get(layer, zoom):
        return rows.iloc[:0]
    if layer == "place_names" and "kind" in rows:
        return rows[rows["kind"].map(PLACES_FROM).fillna(math.inf) <= zoom]
    return rows
