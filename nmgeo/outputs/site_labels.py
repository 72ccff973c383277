"""What stands below the name of a site on maps: hectares, how sure its outline is, and ±."""

from typing import Any

import pandas as pd

from nmgeo.measures import areas
from nmgeo.measures.area_rounding import round_areas
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.values import format_value
from nmgeo.translations import Lang, translate


def rounded_areas(atlas: Atlas) -> pd.DataFrame:
    """Return area and its range of each outline, rounded as in the table of areas, hectares."""
    ranged = areas.area_limits_ha(atlas.sites, atlas.sites["area_ha"])
    return pd.DataFrame(round_areas(atlas.sites.assign(**ranged))[["area_ha", *ranged]])


def site_figures(atlas: Atlas, lang: Lang | None = None) -> dict[str, str]:
    """Return the line below the name of each site: ``87 ha · digitised ±50 m``, by outline.

    In the language of the atlas, unless another one is given.
    """
    areas_ha = rounded_areas(atlas)["area_ha"]
    rows = zip(areas_ha, atlas.sites["geometry_status"], atlas.sites["accuracy_m"], strict=True)
    lines = [_line(lang or atlas.lang, *row) for row in rows]
    return dict(zip(map(str, atlas.sites.index), lines, strict=True))


def _line(lang: Lang, area_ha: Any, status: Any, accuracy_m: Any) -> str:
    ha, metre = (translate("phrase", unit, lang) for unit in ("ha", "m"))
    area = "" if pd.isna(area_ha) else f"{format_value('area_ha', area_ha, lang)} {ha}"
    sure = translate("geometry_status", status, lang) if isinstance(status, str) else ""
    out = "" if pd.isna(accuracy_m) else format_value("accuracy_m", float(accuracy_m), lang)
    error = f"±{out} {metre}" if out else ""
    return " · ".join(filter(None, [area, " ".join(filter(None, [sure, error]))]))
