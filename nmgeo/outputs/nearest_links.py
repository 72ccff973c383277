"""Lines from the sites to the nearest station and control point, now and in the years to come."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.commands.near_rows import rank_rows
from nmgeo.commands.near_years import first_year
from nmgeo.commands.ring_distances import COUNTED
from nmgeo.languages import NAME_COLUMNS
from nmgeo.measures.distance_uncertainty import distance_range_m, known_error_m
from nmgeo.measures.distances import nearest_lines, shortest_lines
from nmgeo.sources.opening import are_open


def nearest_links(
    outlines: gpd.GeoDataFrame, layers: dict[str, gpd.GeoDataFrame]
) -> gpd.GeoDataFrame:
    """Draw the lines to the nearest station and crossing, with what is known of the far end.

    Parameters
    ----------
    outlines : GeoDataFrame, n rows, any CRS
        The sites, with ``accuracy_m``.
    layers : dict of GeoDataFrame
        All layers, by name.

    Returns
    -------
    GeoDataFrame, EPSG:2326
        ``outline_id``, ``layer``, ``nearest_id`` and its names, ``status`` and ``opens``;
        ``nearest_m``, ``accuracy_m``, ``low_m`` and ``high_m`` as :func:`nmgeo.near` has them,
        metres; and the line.
    """
    tables = [
        _with_far_ends(
            nearest_lines(outlines, layers[name]).assign(layer=name), outlines, layers[name]
        )
        for name in COUNTED
    ]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True))


def links_by_year(
    outlines: gpd.GeoDataFrame, layers: dict[str, gpd.GeoDataFrame]
) -> gpd.GeoDataFrame:
    """Draw the lines to what is nearest, again for each year in which that changes.

    Parameters
    ----------
    outlines, layers
        As for :func:`nearest_links`.

    Returns
    -------
    GeoDataFrame, EPSG:2326
        The columns of :func:`nearest_links`; ``from_year``, for what is open without a year the
        first that the layer answers; ``until_year``, missing for the last; and ``also``, the ids
        of what is as near.
    """
    tables = [_links_of_years(outlines, name, layers[name]) for name in COUNTED]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True))


def _with_far_ends(
    drawn: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Add what is known of the far ends of lines, and the ranges of their lengths."""
    far = others.reindex(columns=[*NAME_COLUMNS, "status", "opens", "accuracy_m"])
    found = drawn.join(far, on="nearest_id")
    known = known_error_m(found["accuracy_m"], outlines["accuracy_m"].reindex(found.index))
    found = found.assign(accuracy_m=known, **distance_range_m(found["nearest_m"], known))
    return found.rename_axis("outline_id").reset_index()


def _links_of_years(
    outlines: gpd.GeoDataFrame, layer: str, others: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    facts = others.reindex(columns=["status", "opens"])
    opens = pd.to_numeric(facts["opens"]).astype(float)
    stated = facts["status"].fillna("")
    is_open = (are_open(stated) | (stated == "")) & opens.isna()
    first = first_year(others) if {"status", "opens"} <= set(others) else 0
    years = [first, *sorted({year for year in opens.dropna().astype(int) if year > first})]
    stages = [(year, np.flatnonzero((is_open | (opens <= year)).to_numpy(bool))) for year in years]
    shapes = crs.to_hk80(outlines).to_numpy(), crs.to_hk80(others).to_numpy()
    rows = pd.concat([_nearest_of(shapes, among, year) for year, among in stages])
    before = rows.groupby("row")[["nearest", "also"]].shift()
    rows = rows[(before["nearest"] != rows["nearest"]) | (before["also"] != rows["also"])]
    until = rows.groupby("row")["from_year"].shift(-1).astype("Int64")
    ends = outlines.index.take(rows["row"]), others.index.take(rows["nearest"])
    lines = shortest_lines(shapes[0][rows["row"]], shapes[1][rows["nearest"]])
    also = [list(others.index.take(list(tied))) for tied in rows["also"]]
    told = {"layer": layer, "nearest_id": ends[1], "also": also, "until_year": until}
    drawn = rows.assign(**told).set_index(ends[0]).drop(columns=["row", "nearest"])
    found = _with_far_ends(gpd.GeoDataFrame(drawn, geometry=lines, crs=crs.HK80), outlines, others)
    return found.sort_values(["outline_id", "from_year"])


def _nearest_of(shapes: tuple[Any, Any], among: Any, year: int) -> pd.DataFrame:
    """Return by position what is nearest to each outline among some features, and as near."""
    unknown = np.full(len(shapes[0]), np.nan), np.full(len(shapes[1]), np.nan)
    found = rank_rows(shapes, among, None, k=None, reach_m=None, accuracies_m=unknown)
    nearest = found.pairs.found
    also = [
        tuple(one for one in tied or () if one != first)
        for first, tied in zip(nearest, found.tied, strict=True)
    ]
    told = {"row": found.pairs.row, "nearest": nearest, "nearest_m": found.pairs.gap_m}
    return pd.DataFrame(told | {"also": also, "from_year": year})[nearest >= 0]
