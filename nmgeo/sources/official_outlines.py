"""Official outlines: plans and lots that were fetched, in place of the shipped lines."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.cache import PulledLayer
from nmgeo.errors import Notice
from nmgeo.messages import Text, option, text
from nmgeo.units import M2_PER_HECTARE


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """An outline, and which features of a layer make it up together.

    ``beside`` is the shipped outline of the same site, where this one has a basis of its own and
    stands beside it; otherwise it takes the place of the shipped one.
    """

    outline: str
    layer: str
    column: str
    pattern: str
    beside: str | None = None


_RULES: Final = (
    _Rule(
        outline="san_tin_technopole:ozp_scheme_area",
        layer="zones",
        column="PLAN_NO",
        pattern=r"S/STT/.*",
    ),
    _Rule(  # about 104 ha as published; the park of 87 ha is a part of the plan
        outline="hetao_hk_park:ozp_planning_area",
        layer="zones",
        column="PLAN_NO",
        pattern=r"S/LMCL/.*",
        beside="hetao_hk_park:park",
    ),
    _Rule(  # Lot No. 953 in D.D. 89, whose code is 1450
        outline="sandy_ridge:tender_lot",
        layer="lots",
        column="LOTCSUID",
        pattern=r"0*1450\s*0*953",
    ),
)
_Outline = tuple[shapely.Geometry, str]  # in WGS 84, and the numbers of its plans or lots


def with_official_outlines(
    sites: gpd.GeoDataFrame,
    pulled: PulledLayer,
    read: Callable[[PulledLayer], gpd.GeoDataFrame],
) -> gpd.GeoDataFrame:
    """Put official outlines in the place of the shipped ones, or beside them.

    Parameters
    ----------
    sites : GeoDataFrame, n rows
        The shipped sites; left as they are.
    pulled : PulledLayer
        Zones of statutory plans, or lots.
    read : function
        Returns the features of such a layer.

    Returns
    -------
    GeoDataFrame, at least n rows
        An official outline is the union of the zones of its plan, or a lot. Its status is
        *official*, its date that of the fetch; its accuracy is missing unless the owner states
        one. The plan of the Loop is an outline of its own beside that of the park.

    Warns
    -----
    Notice
        How much the official outline differs: area, common part, and the Hausdorff distance.
    """
    frame, found = sites, _outlines(pulled, read)
    for rule in _RULES:
        shipped = rule.beside or rule.outline
        if rule.outline not in found or shipped not in frame.index:
            continue
        shape, numbers = found[rule.outline]
        warnings.warn(
            _difference(rule, frame.geometry[shipped], shape, pulled.as_of), Notice, stacklevel=3
        )
        row = _official_row(frame.loc[[shipped]], rule.outline, pulled)
        row = row.set_geometry(gpd.GeoSeries([shape], index=row.index, crs=crs.WGS84))
        row["method"] = f"Union of {numbers}, fetched from {pulled.url}."
        others = frame.drop(index=rule.outline, errors="ignore")
        frame = pd.concat([others.astype({"accuracy_m": float}), row]).sort_index()
    return frame


def _official_row(shipped: gpd.GeoDataFrame, outline: str, pulled: PulledLayer) -> gpd.GeoDataFrame:
    """Return the row of a shipped outline with what is said of the official one."""
    return shipped.set_axis([outline]).assign(
        basis=outline.partition(":")[2],
        geometry_status=pulled.geometry_status or "official",
        accuracy_m=np.nan if pulled.accuracy_m is None else pulled.accuracy_m,
        fitted_to_published=False,
        as_of=pulled.as_of,
    )


_KNOWN: dict[str, tuple[tuple[str, str], dict[str, _Outline]]] = {}  # by layer: version, outlines


def _outlines(
    pulled: PulledLayer, read: Callable[[PulledLayer], gpd.GeoDataFrame]
) -> Mapping[str, _Outline]:
    """Return the outlines that a layer holds; those of its last version are kept."""
    version = str(pulled.path), pulled.sha256
    known = _KNOWN.get(pulled.name)
    if known is None or known[0] != version:
        known = _KNOWN[pulled.name] = version, _united(read(pulled), pulled.name)
    return known[1]


def _united(features: gpd.GeoDataFrame, layer: str) -> dict[str, _Outline]:
    by_name = {str(name).upper(): name for name in features.columns}
    found = {}
    for rule in (rule for rule in _RULES if rule.layer == layer and rule.column in by_name):
        numbers = features[by_name[rule.column]].astype(str).str.strip()
        chosen = numbers.str.fullmatch(rule.pattern)
        if chosen.any():
            land = shapely.union_all(crs.to_hk80(features[chosen]).to_numpy())
            placed = crs.transform(gpd.GeoSeries([land], crs=crs.HK80), crs.WGS84).iloc[0]
            said = ", ".join(sorted(set(numbers[chosen])))
            found[rule.outline] = (placed, f"the {layer} {rule.column} {said}")
    return found


@lru_cache(maxsize=8)
def _difference(
    rule: _Rule, shipped: shapely.Geometry, official: shapely.Geometry, pulled_on: str
) -> Text:
    """Say how much two outlines differ."""
    pair = gpd.GeoSeries([shipped, official], crs=crs.WGS84)
    before, after = crs.transform(pair, crs.HK80)
    common = before.intersection(after).area
    place = text("in place of the shipped one")
    if rule.beside:
        place = text("beside the shipped one of {other}", other=rule.beside)
    return text(
        "{id}: official outline fetched on {day} ({after:,.1f} ha) {place} "
        "({before:,.1f} ha); they share {share:.0%} of their land together and lie up to "
        "{far:,.0f} m apart; {shipped} uses the shipped one",
        id=rule.outline,
        place=place,
        day=pulled_on,
        after=after.area / M2_PER_HECTARE,
        before=before.area / M2_PER_HECTARE,
        share=common / (before.area + after.area - common),
        far=before.hausdorff_distance(after),
        shipped=option("shipped_only", value=True),
    )
