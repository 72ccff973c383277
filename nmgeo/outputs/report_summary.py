"""The first half page of a report: one line a site, and what to know before the tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from nmgeo.columns import column_heading, find_column, in_area_unit
from nmgeo.measures.area_rounding import round_areas
from nmgeo.measures.area_units import convert_areas
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.outputs.atlas import NAMED, Atlas
from nmgeo.outputs.tables import escape_markdown, land_sentence, to_markdown
from nmgeo.outputs.terminal.table import layout_table
from nmgeo.outputs.terminal.wrap import wrap_text
from nmgeo.outputs.values import format_joined, format_value, short_name
from nmgeo.translations import AreaUnit, Lang, join_texts, translate

_ABOUT: Final = ("site", "area_ha", "range_ha", "stated_ha")  # columns of the table
_MOST: Final = 12  # sites in the table
_LATEST: Final = 5  # newest statuses that are named


def summary_markdown(atlas: Atlas, units: AreaUnit) -> str:
    """Return the summary of an atlas as Markdown, without its heading.

    Parameters
    ----------
    atlas : Atlas
        From :func:`nmgeo.outputs.atlas.build_atlas`.
    units : {"ha", "m2", "sqft"}
        Unit of areas.

    Returns
    -------
    str
        A table with area, published area, nearest open station and instruments of each site; the
        land without overlaps; the newest statuses.
    """
    columns, heads, rows = _table(atlas, units)
    parts = [to_markdown(columns, heads, rows[:_MOST])]
    parts += [escape_markdown(line) for line in _lines(atlas, units, len(rows))]
    return "\n\n".join(part.strip() for part in parts)


def summary_text(atlas: Atlas, units: AreaUnit, width: int) -> str:
    """Return the summary of an atlas for a terminal, as :func:`summary_markdown`."""
    columns, heads, rows = _table(atlas, units)
    numbers = (*range(1, 3), len(columns) - 1)  # area, range and count of instruments
    texts = [n not in numbers for n in range(len(columns))]
    drawn = layout_table(heads, rows[:_MOST], texts, width, 0)
    lines = [line for said in _lines(atlas, units, len(rows)) for line in wrap_text(said, width)]
    return drawn + "".join(f"{line}\n" for line in lines)


def _table(atlas: Atlas, units: AreaUnit) -> tuple[list[str], list[str], list[list[str]]]:
    """Return the columns, their headings and the line of each site."""
    lang = atlas.lang
    areas = round_areas(convert_areas(atlas.area, units), units)
    stations = round_distances(
        atlas.near[(atlas.near["layer"] == "stations") & atlas.near["open_only"]]
    )
    about = [in_area_unit(name, units) for name in _ABOUT]
    rows = [_row(site, areas, stations, atlas, about) for site in dict.fromkeys(areas["site_id"])]
    heads = [column_heading(name, lang) for name in about]
    heads += [_say("station", lang), _say("instruments", lang)]
    return [*about, "nearest_name", "instruments"], heads, rows


def _lines(atlas: Atlas, units: AreaUnit, count: int) -> Iterator[str]:
    """Yield what stands below the table: the sites left out, the land, the newest statuses."""
    if count > _MOST:
        yield translate("phrase", "rows_left", atlas.lang).format(count=count - _MOST)
    # The table has one outline of each site, so its rows do not add up to the sum of all.
    if atlas.area["area_ha"].notna().any():  # points have no area, not one of 0
        yield land_sentence(atlas.land, atlas.area, atlas.lang, units, "land_net")
    if newest := _newest(atlas):
        yield _say("newest", atlas.lang).format(list=newest)


def _row(
    site: str, areas: pd.DataFrame, stations: pd.DataFrame, atlas: Atlas, about: Sequence[str]
) -> list[str]:
    """Return the line of a site: that of its first outline, and its nearest open station."""
    lang = atlas.lang
    row = areas[areas["site_id"] == site].iloc[0].to_dict()
    near = stations[stations["site_id"] == site]
    named = str(atlas.named_counts.get(site, 0))
    cells = [_cell(name, row, lang) for name in about]
    return [*cells, _station(near.iloc[0].to_dict(), lang) if len(near) else "–", named]


def _cell(name: str, row: Mapping[Any, Any], lang: Lang) -> str:
    column = find_column(name)
    if column is not None and column.of:
        return format_joined(column, row, lang)
    return format_value(name, row[name], lang)


def _station(row: Mapping[Any, Any], lang: Lang) -> str:
    if pd.isna(row["nearest_m"]):
        return "–"
    metres = f"{float(row['nearest_m']):,.0f}"
    return translate("report", "distance", lang).format(
        name=short_name(row["nearest_name"]), m=metres
    )


def _newest(atlas: Atlas) -> str:
    """Name the instruments whose status is the newest, each once."""
    rows = atlas.policies[atlas.policies["holds_by"].isin(NAMED)].drop_duplicates("policy_id")
    rows = rows.sort_values("status_date", ascending=False, kind="stable").head(_LATEST)
    parts = []
    for row in rows.to_dict("records"):
        status = translate("status", row["status"], atlas.lang)
        said = join_texts([status, row["status_date"]], "comma", atlas.lang)
        parts.append(join_texts([row["policy_name"], said], "brackets", atlas.lang))
    return join_texts(parts, "semicolon", atlas.lang)


def _say(key: str, lang: Lang) -> str:
    return translate("report", key, lang)
