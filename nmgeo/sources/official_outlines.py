"""Official outlines: zones of statutory plans that were fetched, in place of the shipped lines."""

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.cache import PulledLayer
from nmgeo.errors import Notice
from nmgeo.messages import Text, option, text
from nmgeo.units import M2_PER_HECTARE

_PLAN: Final = "PLAN_NO"
# The outline, and how the numbers of the plans begin whose zones make it up together.
_PLANS: Final = {"san_tin_technopole:ozp_scheme_area": "S/STT/"}


def with_official_outlines(
    sites: gpd.GeoDataFrame,
    pulled: PulledLayer,
    read: Callable[[PulledLayer], gpd.GeoDataFrame],
) -> gpd.GeoDataFrame:
    """Put official outlines in the place of the shipped ones, as far as zones were fetched.

    Parameters
    ----------
    sites : GeoDataFrame, n rows
        The shipped sites; left as they are.
    pulled : PulledLayer
        The zones.
    read : function
        Reads them.

    Returns
    -------
    GeoDataFrame, n rows
        An outline that was replaced is the union of the zones of its plan. Its status is
        *official*, its date that of the fetch; no accuracy is stated, so none is assumed.

    Warns
    -----
    Notice
        How much the official outline differs: area, common part, and the Hausdorff distance.
    """
    frame, found = sites, _outlines(str(pulled.path), pulled.sha256, lambda: read(pulled))
    for id_, (shape, plans) in found.items():
        if id_ not in frame.index:
            continue
        warnings.warn(
            _difference(id_, frame.geometry[id_], shape, pulled.as_of), Notice, stacklevel=3
        )
        frame = frame.copy()
        frame.loc[[id_], "geometry"] = gpd.GeoSeries([shape], index=[id_], crs=crs.WGS84)
        frame.loc[id_, "geometry_status"] = pulled.geometry_status or "official"
        frame["accuracy_m"] = frame["accuracy_m"].astype(float)
        frame.loc[id_, "accuracy_m"] = pulled.accuracy_m or np.nan
        frame.loc[id_, "fitted_to_published"] = False
        frame.loc[id_, "as_of"] = pulled.as_of
        frame.loc[id_, "method"] = f"Union of the zones of {plans}, fetched from {pulled.url}."
    return frame


_KNOWN: dict[tuple[str, str], dict[str, tuple[shapely.Geometry, str]]] = {}


def _outlines(
    path: str, digest: str, read: Callable[[], gpd.GeoDataFrame]
) -> dict[str, tuple[shapely.Geometry, str]]:
    """Return the union of the zones of each plan, once for each version."""
    if (path, digest) not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[path, digest] = _united(read())
    return _KNOWN[path, digest]


def _united(zones: gpd.GeoDataFrame) -> dict[str, tuple[shapely.Geometry, str]]:
    if _PLAN not in zones:
        return {}
    numbers, found = zones[_PLAN].astype(str), {}
    for id_, start in _PLANS.items():
        if (chosen := numbers.str.startswith(start)).any():
            land = shapely.union_all(crs.to_hk80(zones[chosen]).to_numpy())
            placed = crs.transform(gpd.GeoSeries([land], crs=crs.HK80), crs.WGS84).iloc[0]
            found[id_] = (placed, ", ".join(sorted(set(numbers[chosen]))))
    return found


@lru_cache(maxsize=8)
def _difference(
    id_: str, shipped: shapely.Geometry, official: shapely.Geometry, pulled_on: str
) -> Text:
    """Say how much two outlines differ."""
    pair = gpd.GeoSeries([shipped, official], crs=crs.WGS84)
    before, after = crs.transform(pair, crs.HK80)
    common = before.intersection(after).area
    return text(
        "{id}: official outline fetched on {day} ({after:,.1f} ha) in place of the shipped one "
        "({before:,.1f} ha); they share {share:.0%} of their land together and lie up to "
        "{far:,.0f} m apart; {shipped} uses the shipped one",
        id=id_,
        day=pulled_on,
        after=after.area / M2_PER_HECTARE,
        before=before.area / M2_PER_HECTARE,
        share=common / (before.area + after.area - common),
        far=before.hausdorff_distance(after),
        shipped=option("shipped_only", value=True),
    )
