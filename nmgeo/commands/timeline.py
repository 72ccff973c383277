"""What happened and is planned at a site, in the order of time: milestones, statuses, openings."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, first_day, last_day, open_catalog
from nmgeo.commands.figure_text import amount_text
from nmgeo.commands.history import STATUS, history
from nmgeo.commands.needs import land_years
from nmgeo.commands.results import add_credits
from nmgeo.commands.subjects import subject_names
from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.records.fulfilled import SAID_BY, Fulfilled, read_fulfilled
from nmgeo.records.statuses import hedge_expected, is_announcement, is_expected
from nmgeo.records.tables import CITED, is_date, publisher_of, read_table, site_ids
from nmgeo.translations import Lang, join_texts, translate

MILESTONE: Final = "milestone"
OPENING: Final = "opening"
NEAR_M: Final = 1_000.0  # how near a station is whose opening counts
_DATED: Final = ("date", "year")
_COLUMNS: Final = [
    *("when", "first_day", "last_day", "event", "subject", "name", "event_kind", "hedge"),
    *(*CITED, "publisher"),
]


def timeline(
    subject: str | None = None,
    catalog: Catalog | None = None,
    *,
    on: str | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """List what happened and is planned, in the order of time.

    Parameters
    ----------
    subject : str, optional
        A site, a place or an instrument by any of its names; all sites if not given.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    on : str, optional
        Only what was stated by this day: ``"2026-02-04"``.
    lang : {"en", "tc", "sc"}
        Language of ``event`` and ``name``.

    Returns
    -------
    DataFrame
        One row an event, oldest first: ``when`` as published (a year, a month, a day or a
        period), ``first_day`` and ``last_day`` that it can mean, ``event``, what it is of,
        ``event_kind`` (``milestone``, ``status`` of an instrument that names the site, ``opening``
        of a planned station within 1 km of the site), hedge and source.

    Raises
    ------
    UnknownSiteError
        If there is no such subject.
    UsageError
        If nothing dated is known of it.
    LayerError
        If a file is missing or broken.
    """
    here = (catalog or open_catalog()).known_by(on)
    sites = dict.fromkeys(site_ids(here).values())
    wanted = [subject] if subject is not None else list(sites)
    parts = [history(one, catalog=here, lang=lang) for one in wanted]
    stated = pd.concat(parts, ignore_index=True).drop_duplicates(
        ["subject", "attribute", "basis", "value", "as_of"]
    )
    rows = list(_events(here, stated, lang))
    if here.known_on is None:  # the layer says what is planned now
        rows += _openings(here, [one for one in sites if one in set(stated["subject"])], lang)
    if not rows:
        about = text("subject {subject!r}", subject=subject)
        thing = about if subject is not None else "timeline"
        earlier = text("leave out {other}", other=option("on"))
        remedy = text("name a site") if here.known_on is None else earlier
        raise UsageError(thing, text("no dated events"), remedy)
    table = _once(pd.DataFrame(rows))
    table["publisher"] = table["source_title"].map(publisher_of)
    table = table[_COLUMNS].sort_values(["first_day", "last_day"], ignore_index=True)
    return add_credits(table, here, ["claims", "statuses", "stations"])


def _events(catalog: Catalog, rows: pd.DataFrame, lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield the milestones and the statuses among what was stated."""
    names, sites = subject_names(catalog, lang), set(site_ids(catalog).values())
    releases = {
        name for row in read_table(catalog, "phases") for name in row["land_attribute"].split(";")
    }
    facts = read_fulfilled(catalog)  # what has come to pass since
    held = {row["policy_id"]: row["holds_for"] for row in read_table(catalog, "policies")}
    for row in ({str(key): value for key, value in row.items()} for row in rows.to_dict("records")):
        name = names.get(row["subject"], row["subject"])
        places = [place for place in held.get(row["subject"], "").split(";") if place in sites]
        shared = row | {"name": names[places[0]] if places else name, "sites": tuple(places)}
        if row["attribute"] == STATUS:
            status = translate("status", row["value"], lang)
            event = join_texts([name, status], "colon", lang)
            if is_expected(row["hedge"]):  # the day is that of the event
                shared["as_of"] = row["source_dated"]
            shared["hedge"] = _hedge(row, row["as_of"], facts)
            yield shared | _when(row["as_of"]) | {"event": event, "event_kind": STATUS}
        elif (row["unit"] in _DATED or row["attribute"] in releases) and _when(row["value"]):
            when = _when(row["value"])
            when["when"] = amount_text(row["value"], row["unit"], lang)
            row["hedge"] = hedge_expected(row["hedge"], when["first_day"], row["as_of"])
            when["hedge"] = _hedge(row, when["last_day"], facts)
            parts = [row["what"]] if row["subject"] in sites else [name, row["what"]]
            event = join_texts(parts, "colon", lang)
            yield shared | when | {"event": event, "event_kind": MILESTONE}


def _hedge(row: Mapping[str, Any], day: str, facts: Fulfilled) -> str:
    """Return how certain an event is, whose date may have been announced before it came."""
    if row["attribute"] == STATUS:
        return facts.of_status(row["subject"], row["value"], day, row["hedge"])
    return facts.of_milestone(row["subject"], row["attribute"], day, row["hedge"])


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop a status that repeats the one before it, and a milestone that is also a status."""
    order = rows.sort_values("last_day", kind="stable")
    statuses = order[order["event_kind"] == STATUS]
    expected = statuses["hedge"].map(is_announcement)  # that it came to pass is no repetition
    before = statuses.assign(expected=expected).groupby("subject")[["event", "expected"]].shift()
    repeated = statuses.index[
        (statuses["event"] == before["event"]) & (expected == before["expected"])
    ]
    days = set(zip(statuses["subject"], statuses["last_day"], strict=True))
    same = [
        kind == MILESTONE and (subject, day) in days
        for kind, subject, day in zip(
            rows["event_kind"], rows["subject"], rows["last_day"], strict=True
        )
    ]
    said = pd.Series(_said_by_sites(rows), index=rows.index)
    return rows[~rows.index.isin(repeated) & ~pd.Series(same, index=rows.index) & ~said]


def _said_by_sites(rows: pd.DataFrame) -> list[bool]:
    """Tell which statuses repeat a milestone of a site that the instrument names.

    Both are of one day and one main source, as "tender opens" and "tender open".
    """
    milestones = {
        (row["subject"], row["last_day"], _main_source(row), status)
        for row in rows[rows["event_kind"] == MILESTONE].to_dict("records")
        for end, statuses in SAID_BY.items()
        if row["attribute"].endswith(end)
        for status in statuses
    }
    return [
        row["event_kind"] == STATUS
        and any(
            (site, row["last_day"], _main_source(row), row["value"]) in milestones
            for site in row["sites"]
        )
        for row in rows.to_dict("records")
    ]


def _main_source(row: Mapping[Any, Any]) -> str:
    return str(row["source"]).partition(";")[0]


def _when(written: str) -> dict[str, str]:
    """Return a date as written, and the first and last day that it can mean."""
    if is_date(written):
        return {"when": written, "first_day": first_day(written), "last_day": last_day(written)}
    years = land_years({"value": written})
    if years is None:
        return {}
    return {"when": written, "first_day": f"{years[0]}-01-01", "last_day": f"{years[1]}-12-31"}


def _openings(catalog: Catalog, sites: list[str], lang: Lang) -> list[dict[str, Any]]:
    """Return the openings of planned stations near sites."""
    if not sites:
        return []
    from nmgeo.commands.site_figures import planned_stations  # noqa: PLC0415 - geopandas only for sites

    names = subject_names(catalog, lang)
    found = []
    for row in planned_stations(catalog, sites, NEAR_M, lang):
        event = translate("measured", "station_opens", lang).format(name=row["nearest_name"])
        about = {"event": event, "event_kind": OPENING, "name": names[row["subject"]], "hedge": ""}
        found.append(row | _when(str(row["nearest_opens"])) | about)
    return found
