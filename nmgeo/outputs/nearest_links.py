"""Lines from the sites to the nearest station and control point, now and in the years to come."""

from itertools import zip_longest
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.commands.near_rows import rank_rows
from nmgeo.commands.near_years import first_year, is_open_before
from nmgeo.commands.ring_distances import COUNTED
from nmgeo.languages import NAME_COLUMNS
from nmgeo.measures.distance_uncertainty import distance_range_m, known_error_m
from nmgeo.measures.distances import nearest_lines, shortest_lines


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


class _Link(NamedTuple):
    """What is nearest to an outline from a year on, by position, and what is as near."""

    outline: int
    nearest: int
    nearest_m: float
    also: tuple[int, ...]
    from_year: int


def _links_of_years(
    outlines: gpd.GeoDataFrame, layer: str, others: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    shapes = crs.to_hk80(outlines).to_numpy(), crs.to_hk80(others).to_numpy()
    changes = _changes(shapes, _open_by_year(others))
    in_order = np.argsort(outlines.index.astype(str), kind="stable").tolist()
    links = [link for position in in_order for link in changes.get(position, ())]
    until = [
        later.from_year if later and later.outline == link.outline else None
        for link, later in zip_longest(links, links[1:])
    ]
    ends = [link.outline for link in links], [link.nearest for link in links]
    told = {
        "nearest_m": np.array([link.nearest_m for link in links], float),
        "also": [list(others.index.take(list(link.also))) for link in links],
        "from_year": [link.from_year for link in links],
        "layer": layer,
        "nearest_id": others.index.take(ends[1]),
        "until_year": pd.array(until, dtype="Int64"),
    }
    lines = shortest_lines(shapes[0][ends[0]], shapes[1][ends[1]])
    at = outlines.index.take(ends[0])
    return _with_far_ends(
        gpd.GeoDataFrame(told, at, geometry=lines, crs=crs.HK80), outlines, others
    )


def _open_by_year(others: gpd.GeoDataFrame) -> dict[int, np.ndarray]:
    """Return the positions of what is open, for the first year and each in which more opens."""
    facts = others.reindex(columns=["status", "opens", "as_of"])
    opens = pd.to_numeric(facts["opens"]).astype(float)
    says_nothing = (facts["status"].fillna("") == "") & opens.isna()
    is_open, first = is_open_before(facts) | says_nothing, first_year(facts)
    years = [first, *sorted({year for year in opens.dropna().astype(int) if year > first})]
    return {year: np.flatnonzero((is_open | (opens <= year)).to_numpy(bool)) for year in years}


def _changes(
    shapes: tuple[Any, Any], open_by_year: dict[int, np.ndarray]
) -> dict[int, list[_Link]]:
    """Return the links of each outline, a new one for each year in which it changes."""
    found: dict[int, list[_Link]] = {}
    for year, among in open_by_year.items():
        for link in _nearest_of(shapes, among, year):
            before = found.setdefault(link.outline, [])
            if not before or (before[-1].nearest, before[-1].also) != (link.nearest, link.also):
                before.append(link)
    return found


def _nearest_of(shapes: tuple[Any, Any], among: np.ndarray, year: int) -> list[_Link]:
    """Return what is nearest to each outline among some features, and as near."""
    unknown = np.full(len(shapes[0]), np.nan), np.full(len(shapes[1]), np.nan)
    found = rank_rows(shapes, among, None, k=None, reach_m=None, accuracies_m=unknown)
    pairs = (found.pairs.row, found.pairs.found, found.pairs.gap_m)
    return [
        _Link(row, nearest, gap_m, tuple(one for one in tied or () if one != nearest), year)
        for row, nearest, gap_m, tied in zip(*(p.tolist() for p in pairs), found.tied, strict=True)
        if nearest >= 0
    ]
