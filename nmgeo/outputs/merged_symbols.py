"""Stations and control points at one place: one symbol, where a map is small."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np

from nmgeo.measures.distances import nearest
from nmgeo.outputs.map_zooms import MERGED_MM

MERGED: Final = "merged_symbol"  # whether a control point is drawn round a station


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A control point beside a station.

    ``id`` is its own, ``place`` that of the station on the Hong Kong 1980 Grid; on maps smaller
    than 1 to ``scale`` both are one symbol.
    """

    id: str
    place: Any
    east: float
    north: float
    scale: float


def merged_symbols(crossings: gpd.GeoDataFrame, stations: gpd.GeoDataFrame) -> Iterator[Merged]:
    """Yield the control points, each with the station nearest to it, both on the grid.

    Only single points: lines and land that a user names so are drawn as they are.
    """
    crossings, stations = crossings[_are_points(crossings)], stations[_are_points(stations)]
    if stations.empty or crossings.empty:
        return
    found = nearest(crossings, stations)
    ids = crossings.get("feature_id", crossings.index)
    ends = zip(ids, crossings.geometry, found["nearest_id"], found["nearest_m"], strict=True)
    for key, point, station, far in ends:
        place = stations.geometry.loc[station]
        yield Merged(
            id=str(key),
            place=place,
            east=place.x - point.x,
            north=place.y - point.y,
            scale=float(far) * 1000 / MERGED_MM,
        )


def merge_symbols(
    layers: Mapping[str, gpd.GeoDataFrame], scale: float
) -> dict[str, gpd.GeoDataFrame]:
    """Return layers on the grid as a map of a scale shows them: control points round stations."""
    merged = dict(layers)
    if not {"crossings", "stations"} <= set(layers):
        return merged
    crossings = layers["crossings"]
    found = list(merged_symbols(crossings, layers["stations"]))
    if not found:
        return merged
    here, places = np.zeros(len(crossings), bool), crossings.geometry.to_numpy().copy()
    for row, one in zip(np.flatnonzero(_are_points(crossings)), found, strict=True):
        if one.scale < scale:
            here[row], places[row] = True, one.place
    moved = gpd.GeoSeries(places, index=crossings.index, crs=crossings.crs)
    merged["crossings"] = crossings.set_geometry(moved).assign(**{MERGED: here})
    return merged


def _are_points(rows: gpd.GeoDataFrame) -> Any:
    return (rows.geom_type == "Point").to_numpy()
