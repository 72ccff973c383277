"""What stands below the name of a site on maps: hectares, how sure its outline is, and ±."""

from collections.abc import Sequence
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


def site_figures(atlas: Atlas, languages: Sequence[Lang] = ()) -> dict[str, str]:
    """Return the line below the name of each site: ``87 ha · digitised ±50 m``, by outline.

    In the language of the atlas, unless others are given: each word in all of them, in turn.
    """
    areas_ha = rounded_areas(atlas)["area_ha"]
    rows = zip(areas_ha, atlas.sites["geometry_status"], atlas.sites["accuracy_m"], strict=True)
    lines = [_line(languages or [atlas.lang], *row) for row in rows]
    return dict(zip(map(str, atlas.sites.index), lines, strict=True))


def unit_words(unit: str, languages: Sequence[Lang]) -> str:
    """Return what a unit is called in each language, once: ``ha 公頃``."""
    return _each("phrase", unit, languages)


def _each(section: str, key: str, languages: Sequence[Lang]) -> str:
    return " ".join(dict.fromkeys(translate(section, key, lang) for lang in languages))


def _line(languages: Sequence[Lang], area_ha: Any, status: Any, accuracy_m: Any) -> str:
    ha, first = unit_words("ha", languages), languages[0]
    area = "" if pd.isna(area_ha) else f"{format_value('area_ha', area_ha, first)} {ha}"
    sure = _each("geometry_status", status, languages) if isinstance(status, str) else ""
    out = "" if pd.isna(accuracy_m) else format_value("accuracy_m", float(accuracy_m), first)
    error = f"±{out} {translate('phrase', 'm', first)}" if out else ""
    if out and not sure:  # nothing else says what it is
        error = translate("phrase", "error_m", first).format(m=out)
    return " · ".join(filter(None, [area, " ".join(filter(None, [sure, error]))]))
