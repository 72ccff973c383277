"""A fact sheet of one page about a site: sentences to quote, figures, what is next, sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import pandas as pd

from nmgeo import __version__
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.columns import column_heading
from nmgeo.commands.compare import best_figures
from nmgeo.commands.figure_text import area_value, figure_text
from nmgeo.commands.policy import policy
from nmgeo.commands.site_figures import (
    AREA,
    STATION,
    STATION_LATER,
    measured_by,
    site_figures,
)
from nmgeo.commands.subjects import find_subject
from nmgeo.commands.timeline import timeline
from nmgeo.languages import is_chinese
from nmgeo.outputs.citations import data_notes
from nmgeo.outputs.document_html import markdown_page
from nmgeo.outputs.tables import escape_markdown, to_markdown
from nmgeo.outputs.timeline_svg import timeline_svg
from nmgeo.outputs.values import format_value
from nmgeo.records.statuses import cite_statuses
from nmgeo.records.tables import PAGE_AND_QUOTE, publisher_of, read_ids, read_sources, site_ids
from nmgeo.translations import LANGS, AreaUnit, Lang, join_texts, translate
from nmgeo.units import to_hectares
from nmgeo.web_address import is_web_address

_QUOTED: Final[tuple[Lang, ...]] = ("en", "tc")  # the languages of the sentences
_UNITS: Final = ("jobs", "flats", "people", "m2", "HKD", "MW")  # of which one figure is shown
_AREAS: Final = 4  # published areas that are shown at most
_EVENTS: Final = 4  # before the newest date, and after it
_INSTRUMENTS: Final = 8


def sheet(
    site: str,
    catalog: Catalog | None = None,
    *,
    html: bool = False,
    on: str | None = None,
    units: AreaUnit = "ha",
    lang: Lang = "en",
) -> str:
    """Write a fact sheet of one page about a site, as Markdown or HTML.

    Parameters
    ----------
    site : str
        A site by its id or any of its names.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    html : bool
        Write one HTML page, with the timeline drawn, instead of Markdown.
    on : str, optional
        Only what was stated by this day: ``"2026-02-04"``.
    units : {"ha", "m2", "sqft"}
        Unit of areas.
    lang : {"en", "tc", "sc"}
        Language of the sheet. The sentences to quote are in English and Traditional Chinese, that
        of the sheet first.

    Returns
    -------
    str
        Sentences to quote, figures with date and source, what is done and next, instruments, how
        numbers are rounded, and a line to cite. The numbers are those of the map.

    Raises
    ------
    UnknownSiteError
        If there is no such site.
    LayerError
        If a file is missing or broken.
    """
    here = (catalog or open_catalog()).known_by(on)
    id_ = find_subject(here, site, list(dict.fromkeys(site_ids(here).values())))
    names = next(row for row in read_ids(here, "sites").values() if row["site_id"] == id_)
    events = timeline(id_, here, on=on, lang=lang)
    figures = {
        code: (site_figures(here, id_, code, units), best_figures(here, id_, code))
        for code in dict.fromkeys((*_QUOTED, lang))
    }
    asked = _Asked(here, id_, on, figures)
    parts = _parts(asked, names, events, lang)
    written = "\n\n".join(part.strip() for part in parts if part) + "\n"
    if not html:
        return written
    name = _name(names, lang)
    title = join_texts([translate("timeline", "title", lang), name], "colon", lang)
    return markdown_page(written, name, lang, svg=timeline_svg(events, title, lang))


@dataclass(frozen=True)
class _Asked:
    """The site of a sheet, and the day by which all was stated.

    ``figures`` are those that were measured and those that were stated, in each language needed.
    """

    catalog: Catalog
    site: str
    on: str | None
    figures: Mapping[Lang, tuple[list[dict[str, Any]], list[dict[str, Any]]]]


def _parts(
    asked: _Asked, names: Mapping[str, Any], events: pd.DataFrame, lang: Lang
) -> Iterator[str]:
    """Yield the parts of the sheet, as Markdown."""
    yield f"# {escape_markdown(join_texts(_names(names, lang), 'semicolon', lang))}"
    day = "" if asked.on is None else " " + _say("known_on", lang).format(day=asked.on)
    yield _say("caveat", lang) + day
    yield f"## {_say('quote', lang)}"
    quoted = _sentences(asked, names, lang)
    yield "\n".join(f"> {escape_markdown(line)}" for line in quoted)
    yield f"## {_say('figures', lang)}"
    yield _figures(asked, lang)
    yield f"## {_say('events', lang)}"
    yield _events(events, asked.catalog.newest_day, lang)
    yield f"## {column_heading('policy_name', lang)}"
    yield _instruments(asked, lang)
    yield f"## {_say('how', lang)}"
    yield from _method(asked, _name(names, lang), lang)


def _names(names: Mapping[str, Any], first: Lang) -> list[str]:
    """Return the names in all languages, that of the sheet first."""
    return list(dict.fromkeys(_name(names, lang) for lang in (first, *LANGS)))


def _name(names: Mapping[str, Any], lang: Lang) -> str:
    return str(names.get(f"name_{lang}", names["name_en"]))


def _sentences(asked: _Asked, names: Mapping[str, Any], first: Lang) -> Iterator[str]:
    """Yield the sentences to quote, in English and in Traditional Chinese, the sheet's first."""
    for lang in sorted(_QUOTED, key=lambda one: is_chinese(one) != is_chinese(first)):
        measured, stated = asked.figures[lang]
        name = _name(names, lang)
        area = next(row for row in measured if row["attribute"] == AREA)
        published = [r for r in stated if r["attribute"] == "area" and r["basis"] == area["basis"]]
        said = _say("area_alone" if pd.isna(area["accuracy_m"]) else "area", lang).format(
            name=name,
            area=area["figure"],
            extent=translate("basis", area["basis"], lang),
            accuracy=f"{area['accuracy_m']:,.0f}",
            status=translate("geometry_status", area["geometry_status"], lang),
        )
        yield said + "".join(_published(row, lang) for row in published) + _say("stop", lang)
        yield _station(name, measured, asked.catalog.known_on, lang)


def _published(row: Mapping[str, Any], lang: Lang) -> str:
    """Say what was published, in hectares, whatever the unit of measured areas."""
    cited = join_texts([publisher_of(row["source_title"]), row["as_of"]], "comma", lang)
    area_ha = to_hectares(float(row["value"]), row["unit"])
    figure = figure_text({**row, "value": area_value(area_ha, "ha"), "unit": "ha"}, lang)
    return _say("published", lang).format(figure=figure, cited=cited)


def _station(name: str, measured: Sequence[Mapping[str, Any]], day: date | None, lang: Lang) -> str:
    found = {row["attribute"]: row for row in measured}
    of_day = "station" if day is None else "station_on"
    key = of_day if found[STATION]["is_known"] else "station_now"
    said = _say(key, lang).format(name=name, figure=found[STATION]["figure"], day=day)
    if STATION_LATER in found:
        said += _say("station_later", lang).format(figure=found[STATION_LATER]["figure"])
    return said + _say("stop", lang)


def _figures(asked: _Asked, lang: Lang) -> str:
    """Return the table of measured and published figures."""
    measured, stated = asked.figures[lang]
    bases = {row["basis"] for row in measured}
    areas = [row for row in stated if row["attribute"] == "area"]
    areas = sorted(areas, key=lambda row: row["basis"] not in bases)[:_AREAS]
    others = []
    for unit in _UNITS:
        found = [row for row in stated if row["unit"] == unit and row["attribute"] != "area"]
        others += sorted(found, key=lambda row: (len(row["attribute"]), row["attribute"]))[:1]
    by = [row | {"source_title": measured_by(row["source_title"], lang)} for row in measured]
    rows = [*by, *areas, *others]
    places = [name for name in PAGE_AND_QUOTE if any(row.get(name) for row in rows)]
    columns = ["what", "figure", "as_of", "source_title", *places]
    cells = [[str(row.get(name) or "–") for name in columns] for row in rows]
    return _table(columns, cells, [row["source_url"] for row in rows], lang)


def _events(events: pd.DataFrame, newest: str, lang: Lang) -> str:
    """Return the last events before the newest date of the data, and the first after it."""
    is_past = events["last_day"] <= newest
    rows = pd.concat([events[is_past].tail(_EVENTS), events[~is_past].head(_EVENTS)])
    said = [_hedged(*cells, lang) for cells in zip(rows["event"], rows["hedge"], strict=True)]
    columns = ["when", "event", "as_of", "source_title", *_places(rows)]
    cells = rows.assign(event=said)[columns].to_numpy().tolist()
    return _table(columns, cells, rows["source_url"].tolist(), lang)


def _hedged(event: str, hedge: str, lang: Lang) -> str:
    """Return an event with what is said of its certainty, as a timeline has it."""
    if not hedge:
        return event
    return join_texts([event, format_value("hedge", hedge, lang)], "brackets", lang)


def _instruments(asked: _Asked, lang: Lang) -> str:
    """Return the instruments that name the site, the newest status first."""
    rows = policy(asked.site, asked.catalog, on=asked.on, lang=lang)
    rows = rows[rows["holds_by"] == "site"].sort_values(
        "status_date", ascending=False, kind="stable"
    )
    more = len(rows) - _INSTRUMENTS
    rows = cite_statuses(rows.head(_INSTRUMENTS), read_sources(asked.catalog))
    words = [translate("status", status, lang) for status in rows["status"]]
    columns = ["policy_name", "status", "stated", "source_title", *_places(rows)]
    cells = rows.assign(status=words)[columns].to_numpy().tolist()
    table = _table(columns, cells, rows["source_url"].tolist(), lang)
    return table + (f"\n{_say('more', lang).format(count=more)}" if more > 0 else "")


def _places(rows: pd.DataFrame) -> list[str]:
    """Return the columns of the page and the words of a source that some row has."""
    return [name for name in PAGE_AND_QUOTE if (rows[name] != "").any()]


def _method(asked: _Asked, name: str, lang: Lang) -> Iterator[str]:
    day = asked.catalog.newest_day
    yield _say("rounding", lang).format(day=day)
    here = replace(asked.catalog, own_sites=None, chosen=(asked.site,))
    yield from map(escape_markdown, data_notes(here, lang))
    cite = _say("cite", lang).format(name=name, version=__version__, day=day, year=day[:4])
    yield escape_markdown(cite)


def _table(
    columns: Sequence[str], cells: Sequence[Sequence[Any]], links: Sequence[str], lang: Lang
) -> str:
    heads = [column_heading(name, lang) for name in columns]
    safe = [link if is_web_address(link) else "" for link in links]
    return to_markdown(columns, heads, [[str(cell) for cell in row] for row in cells], safe)


def _say(key: str, lang: Lang) -> str:
    return translate("sheet", key, lang)
