"""Own sites as phases of :func:`nmgeo.find`: their outlines, areas and instruments."""

import warnings
from collections.abc import Mapping
from typing import Any

import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.commands.area import area_rows
from nmgeo.commands.needs import say
from nmgeo.commands.policy_join import join_policies
from nmgeo.commands.policy_match import outlines_of_site
from nmgeo.commands.site_figures import area_ends, area_range_text
from nmgeo.commands.sites import sites
from nmgeo.errors import Notice
from nmgeo.measures.area_rounding import round_areas
from nmgeo.measures.area_units import convert_areas
from nmgeo.records.sites import read_shipped_sites, read_sites
from nmgeo.translations import AreaUnit, Lang

# Nothing is published of an own site: neither its area nor the release of its land.
_UNPUBLISHED = {"area_attribute": "", "area_basis": "", "land_attribute": (), "policy_id": ""}


def own_phases(catalog: Catalog, lang: Lang, units: AreaUnit) -> pd.DataFrame:
    """Return each own outline as a phase, with its measured area.

    Parameters
    ----------
    catalog : Catalog
        With sites of the user.
    lang : {"en", "tc", "sc"}
        Language of names.
    units : {"ha", "m2", "sqft"}
        Unit of areas.

    Returns
    -------
    DataFrame
        Indexed by ``phase_id``, as :func:`nmgeo.records.phases.read_phases`, with
        ``area_ha`` and its range, ``low_ha`` to ``high_ha`` (missing for points), and the same as
        text, ``measured``.
    """
    outlines = sites(catalog, lang=lang)
    measured = area_rows(outlines, catalog).set_axis(outlines.index)
    rows = pd.DataFrame(outlines[["site_id", "name_en", "name_tc", "name_sc", "basis"]])
    rows = rows.assign(**measured[["area_ha", "low_ha", "high_ha"]])
    rounded = round_areas(convert_areas(measured, units), units).to_dict("records")
    rows["measured"] = [_measured(row, lang, units) for row in rounded]
    phases: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()} | _UNPUBLISHED
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(phases, index=rows["site_id"].rename("phase_id"))


def _measured(row: Mapping[Any, Any], lang: Lang, units: AreaUnit) -> str:
    """Return a measured area with its range as a reader sees it; nothing for a point."""
    ends = area_ends(row, units)
    if pd.isna(ends["area"]):
        return ""
    return say("measured", lang).format(area=area_range_text(ends, lang, units))


def own_holdings(catalog: Catalog, policies: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return why each instrument holds at each own site: ``holds_by``, by site and instrument."""
    outlines = read_sites(catalog)
    picked = outlines.loc[outlines_of_site(outlines["site_id"].to_dict(), None)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # what is not decided is an answer of its own
        joined = join_policies(picked, policies, read_shipped_sites(catalog))
    found: dict[str, dict[str, str]] = {}
    for row in joined.to_dict("records"):
        found.setdefault(row["site_id"], {})[row["policy_id"]] = row["holds_by"]
    return found
