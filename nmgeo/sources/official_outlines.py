"""Official outlines: plans and lots that were fetched, in place of the shipped lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs, provenance
from nmgeo.cache import PulledLayer
from nmgeo.errors import notify
from nmgeo.messages import Text, Word, option, text, word
from nmgeo.translations import LANGS, translate
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
_Read = Callable[[PulledLayer], gpd.GeoDataFrame]


@dataclass(frozen=True, kw_only=True)
class OfficialOutline:
    """An official outline, and what is said of it.

    ``layer`` is the name of the layer that was fetched; ``method`` is what the outline was made of
    and how it differs from the ``shipped`` one; ``note`` is the difference alone, with the name of
    the site.
    """

    outline: str
    shipped: str
    layer: str
    shape: shapely.Geometry  # in WGS 84
    method: Text
    note: Text


def find_official_outlines(
    sites: gpd.GeoDataFrame, pulled: PulledLayer, read: _Read
) -> list[OfficialOutline]:
    """Return the official outlines of shipped sites that a layer holds.

    Parameters
    ----------
    sites : GeoDataFrame
        The shipped sites.
    pulled : PulledLayer
        Zones of statutory plans, or lots.
    read : function
        Returns the features of such a layer.

    Returns
    -------
    list of OfficialOutline
        Each is the union of the zones of its plan, or a lot.
    """
    found = _outlines(pulled, read)
    return [
        _compared(rule, sites.loc[rule.beside or rule.outline], found[rule.outline], pulled)
        for rule in _RULES
        if rule.outline in found and (rule.beside or rule.outline) in sites.index
    ]


def with_official_outlines(
    sites: gpd.GeoDataFrame, pulled: PulledLayer, read: _Read
) -> gpd.GeoDataFrame:
    """Put official outlines in the place of the shipped ones, or beside them.

    Parameters
    ----------
    sites : GeoDataFrame, n rows
        The shipped sites; left as they are.
    pulled, read
        As for :func:`find_official_outlines`.

    Returns
    -------
    GeoDataFrame, at least n rows
        The status of an official outline is *official*, its date that of the fetch; its accuracy is
        missing unless the owner states one, and its method says how it differs from the shipped
        one. The plan of the Loop is an outline of its own beside that of the park.

    Warns
    -----
    Notice
        How much the official outline differs: area, common part, and the Hausdorff distance. The
        provenance of what is written repeats it.
    """
    frame = sites
    for one in find_official_outlines(sites, pulled, read):
        shipped = option("shipped_only", value=True)
        said = text("{note}; {shipped} uses the shipped one", note=one.note, shipped=shipped)
        notify(said)
        provenance.note_remark(pulled.name, one.note)
        row = _official_row(frame.loc[[one.shipped]], one, pulled)
        others = frame.drop(index=one.outline, errors="ignore")
        frame = pd.concat([others.astype({"accuracy_m": float}), row]).sort_index(kind="stable")
    return frame


def _official_row(
    shipped: gpd.GeoDataFrame, found: OfficialOutline, pulled: PulledLayer
) -> gpd.GeoDataFrame:
    """Return the row of a shipped outline with what is said of the official one."""
    row = shipped.set_axis([found.outline]).assign(
        basis=found.outline.partition(":")[2],
        geometry_status=pulled.geometry_status or "official",
        accuracy_m=np.nan if pulled.accuracy_m is None else pulled.accuracy_m,
        fitted_to_published=False,
        as_of=pulled.as_of,
        method=str(found.method),
    )
    return row.set_geometry(gpd.GeoSeries([found.shape], index=row.index, crs=crs.WGS84))


_KNOWN: dict[str, tuple[tuple[str, str], dict[str, _Outline]]] = {}  # by layer: version, outlines


def _outlines(pulled: PulledLayer, read: _Read) -> Mapping[str, _Outline]:
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
            found[rule.outline] = (placed, ", ".join(sorted(set(numbers[chosen]))))
    return found


def _compared(
    rule: _Rule, shipped: pd.Series, official: _Outline, pulled: PulledLayer
) -> OfficialOutline:
    """Say what an official outline was made of, and how much it differs from the shipped one."""
    shape, numbers = official
    if rule.layer == "lots":
        made = text("Union of the lots {numbers}", numbers=numbers)
    else:
        made = text("Union of the zones of {numbers}", numbers=numbers)
    difference = _difference(rule, shipped.geometry, shape, pulled.as_of)
    how = {"made": made, "url": pulled.url, "difference": difference}
    basis = rule.outline.partition(":")[2]
    return OfficialOutline(
        outline=rule.outline,
        shipped=rule.beside or rule.outline,
        layer=rule.layer,
        shape=shape,
        method=text("{made}, fetched from {url}; {difference}.", **how),
        note=text(
            "{name}, {basis}: {difference}",
            name=word(shipped["name_en"], _names(shipped)),
            basis=_basis(basis),
            difference=difference,
        ),
    )


def _names(shipped: pd.Series) -> dict[str, str]:
    """Return the name of a site in each language, in English where there is no column of it."""
    return {lang: str(shipped.get(f"name_{lang}", shipped["name_en"])) for lang in LANGS}


def _basis(basis: str) -> Word:
    """Return the words of a basis, as a value of a message."""
    return word(
        translate("basis", basis), {lang: translate("basis", basis, lang) for lang in LANGS}
    )


@lru_cache(maxsize=8)
def _difference(
    rule: _Rule, shipped: shapely.Geometry, official: shapely.Geometry, pulled_on: str
) -> Text:
    """Say how much two outlines differ."""
    pair = gpd.GeoSeries([shipped, official], crs=crs.WGS84)
    before, after = crs.transform(pair, crs.HK80)
    common = before.intersection(after).area
    place: Any = text("in place of the shipped one")
    if rule.beside:
        beside = _basis(rule.beside.partition(":")[2])
        place = text("beside the shipped one ({other})", other=beside)
    return text(
        "official outline fetched on {day} ({after:,.1f} ha) {place} ({before:,.1f} ha); they "
        "share {share:.0%} of their land together and lie up to {far:,.0f} m apart (Hausdorff "
        "distance)",
        place=place,
        day=pulled_on,
        after=after.area / M2_PER_HECTARE,
        before=before.area / M2_PER_HECTARE,
        share=common / (before.area + after.area - common),
        far=before.hausdorff_distance(after),
    )
