"""One policy instrument as a card: what it offers, on what terms, its statuses and sources."""

import warnings
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.figure_text import amount_text
from nmgeo.commands.history import STATUS, history
from nmgeo.commands.policy import policy_rows
from nmgeo.commands.subjects import find_subject
from nmgeo.errors import Notice
from nmgeo.names import in_language, instrument_name
from nmgeo.records.policies import read_places
from nmgeo.records.tables import (
    PAGE_AND_QUOTE,
    read_ids,
    read_sources,
    read_table,
    read_translations,
)
from nmgeo.translations import Lang, translate
from nmgeo.units import AREA_UNITS

_PAGE: Final = ["source_title", "source_url", *PAGE_AND_QUOTE]
_CITED: Final = ["as_of", *_PAGE]


def policy_card(
    instrument: str,
    catalog: Catalog | None = None,
    *,
    on: str | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """Describe one instrument: what, amount, ratio, terms, who, statuses, where and sources.

    Parameters
    ----------
    instrument : str
        Its id or any of its names, such as ``"nias"``.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    on : str, optional
        Only what was stated by this day: ``"2026-02-04"``. Terms that were stated later are left
        out, as if not known.
    lang : {"en", "tc", "sc"}
        Language of the card.

    Returns
    -------
    DataFrame
        One row a line of the card: ``policy_name``, ``item``, ``figure``, ``as_of``,
        ``source_title``, ``source_url``, ``source_page`` and ``source_quote``. Every dated figure
        is a line, so that a threshold stands beside what it was before.

    Raises
    ------
    UnknownSiteError
        If there is no such instrument.
    UsageError
        If ``on`` is not a day, or the instrument was not known by then.
    LayerError
        If a file is missing or broken.
    """
    here = (catalog or open_catalog()).known_by(on)
    ids = [row["policy_id"] for row in read_table(here, "policies")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # about other instruments
        rows = policy_rows(find_subject(here, instrument, ids), here, lang=lang)
    row = {str(key): value for key, value in rows.iloc[0].items()}
    ours = read_translations(here)
    sources = read_sources(here).loc[[key for key in row["source"].split(";") if key]]
    lines = [*_offer(row, sources, ours, lang), *_stated(here, row, lang)]
    lines += [*_where(here, row, lang), *_source_lines(sources, lang)]
    card = pd.DataFrame(lines, columns=["item", "figure", *_CITED])
    card["item"] = [translate("card", item, lang) for item in card["item"]]
    card[_CITED] = card[_CITED].astype(object).fillna("")
    card.insert(0, "policy_name", row["policy_name"])
    return card


def _offer(
    row: dict[str, Any], sources: pd.DataFrame, ours: dict[str, Any], lang: Lang
) -> Iterator[dict[str, Any]]:
    """Yield what the instrument is, offers and asks for, or that this is not known on the day."""
    cited = {name: row[name] for name in _CITED}
    cited |= {name: sources[name].iloc[0] for name in _PAGE if len(sources)}
    yield {"item": "kind", "figure": translate("kind", row["kind"], lang)}
    amount = row["amount"]
    written = "" if pd.isna(amount) else amount_text(f"{amount:.15g}", row["amount_unit"], lang)
    if not row["offers"] and row["in_short"]:
        yield {"item": "offers", "figure": row["in_short"]}
    for item in ("offers", "amount", "ratio", "threshold", "who"):
        figure = written if item == "amount" else row[item]
        if figure:
            is_land = item == "amount" and row["amount_unit"] in AREA_UNITS
            yield {
                "item": "land_area" if is_land else item,
                "figure": in_language(figure, ours, lang),
                **cited,
            }


def _stated(catalog: Catalog, row: dict[str, Any], lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield the dated figures of the instrument, then its statuses."""
    rows = history(row["policy_id"], catalog=catalog, lang=lang)
    rows = rows.assign(is_status=rows["attribute"] == STATUS)
    for line in rows.sort_values(["is_status", "attribute"]).to_dict("records"):
        item = STATUS if line["is_status"] else line["what"]
        cited = {name: line[name] for name in ("figure", *_CITED)}
        yield {"item": item, **cited}
    if row["status_over_a_year"]:
        yield {"item": "note", "figure": translate("phrase", "over_a_year_status", lang)}


def _where(catalog: Catalog, row: dict[str, Any], lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield the places for which the instrument holds."""
    ours, places = read_translations(catalog), read_places(catalog)
    named: dict[str, Any] = {
        str(properties.get("site_id", id_)): properties
        for layer in ("sites", "development_areas")
        for id_, properties in read_ids(catalog, layer).items()
    }
    named |= {str(id_): dict(place) for id_, place in places.iterrows()}
    for place in row["holds_for"].split(";"):
        yield {"item": "where", "figure": instrument_name(named[place], lang, ours)}


def _source_lines(sources: pd.DataFrame, lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield each source by its class, with its title and date."""
    for line in sources.to_dict("records"):
        cited = {name: line[name] for name in _PAGE}
        kind = translate("source_class", line["source_class"], lang)
        yield {"item": "source", "figure": kind, "as_of": line["source_dated"], **cited}
