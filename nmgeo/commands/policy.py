"""The policy instruments for each site and place, each with its source."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import compress
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.chosen_sites import placed_outlines
from nmgeo.commands.figure_text import amount_text
from nmgeo.commands.inputs import Features, list_of
from nmgeo.commands.policy_match import UNDECIDED, Notices, match_place, outlines_of_site
from nmgeo.commands.subjects import (
    find_subject,
    policy_sites,
    read_point,
    require_unlike,
    subject_names,
)
from nmgeo.errors import UsageError, facts_said_once
from nmgeo.messages import option, text
from nmgeo.names import in_language, instrument_name
from nmgeo.records.policies import (
    REGION,
    STAGES,
    TERRITORY,
    read_policies,
    region_place_ids,
)
from nmgeo.records.tables import OWN_CLASS, read_table, read_translations, site_ids
from nmgeo.translations import Lang, join_texts, section_words, translate

_WIDE: Final = {"region": REGION, "territory": TERRITORY}  # listed once if they apply to all sites
_SENTENCE_END: Final = re.compile(r"(?<=\.) |。|; |；")


def policy(
    site: Features | Sequence[Features] | None = None,
    catalog: Catalog | None = None,
    *,
    on: str | None = None,
    kind: str | Sequence[str] | None = None,
    stage: str | Sequence[str] | None = None,
    status: str | Sequence[str] | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """List the instruments for sites or other places, or instruments, each with its source.

    Parameters
    ----------
    site : str, path, GeoDataFrame or object with ``__geo_interface__``, or several, optional
        A site, a place that instruments name or an instrument, by its id or any of its names;
        ``"LON,LAT"``, HK80 ``"EAST,NORTH"``, a grid reference such as ``"KK 0549 7128"``, or your
        sites; or a list of these. All shipped sites if not given.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    on : str, optional
        The status and terms of this day, ``"2026-02-04"``: only what was stated by then. Terms
        that were stated later are empty, and ``in_short`` says so.
    kind, stage, status : str or sequence of str, optional
        Only instruments of this kind, for this stage (``rnd``, ``pilot``, ``production``), or with
        this status on the day; or of one of several.
    lang : {"en", "tc", "sc"}
        Language of ``policy_name``; where no Chinese name is confirmed it is our translation,
        marked as ours, and ``name_tc`` and ``name_sc`` stay empty.

    Returns
    -------
    DataFrame
        One row for each ``site_id`` (with ``site_name``) and ``policy_id``: names, kind, what is
        offered, the newest status or that of the day (``not_known`` if none is known by then) with
        its date, hedge and source, whether it has ``ended``, why it is listed (``holds_by``), and
        the source with its class and date. What applies to all of several sites by region or
        territory is listed once, last, with ``northern_metropolis`` or ``hong_kong`` as
        ``site_id``.

    Raises
    ------
    UnknownSiteError, UsageError
        If there is no such site, place or instrument, ``on`` is not a day, or the instrument was
        not known by then.
    LayerError
        If a file is missing or broken.
    """
    here = catalog or open_catalog()
    rows = list_once(_rows_of_all(list_of(site), here, on=on, lang=lang))
    names = rows["site_id"].map(subject_names(here, lang)).fillna(rows["site_id"])
    rows.insert(1, "site_name", names)
    return _chosen(rows, kind=kind, stage=stage, status=status)


def _rows_of_all(
    sites: Sequence[Any], catalog: Catalog, *, on: str | None, lang: Lang
) -> pd.DataFrame:
    """List the instruments of several sites, each once for a site; of all sites if none is named.

    Coordinates may be written in several parts, as a command line splits them at spaces.
    """
    whole = " ".join(map(str, sites))
    names = [whole] if len(sites) > 1 and read_point(whole) else sites or [None]
    names = list({one if isinstance(one, str) else id(one): one for one in names}.values())
    with facts_said_once():
        parts = [policy_rows(one, catalog, on=on, lang=lang) for one in names]
    if len(parts) == 1:
        return parts[0]
    places = [policy_sites(catalog, one)[1] is None for one in names]
    require_unlike([set(part["site_id"]) for part in compress(parts, places)])
    rows = pd.concat(parts, ignore_index=True)
    return rows.drop_duplicates(["site_id", "policy_id"], ignore_index=True)


def policy_rows(
    site: Features | None,
    catalog: Catalog | None,
    *,
    lang: Lang,
    on: str | None = None,
    notices: Notices = "by_name",
) -> pd.DataFrame:
    """List the instruments of each site as :func:`policy` does, with those of all sites in each.

    Parameters
    ----------
    site, catalog, lang, on
        As for :func:`policy`.
    notices : {"by_name", "in_brief", "none"}
        See :func:`nmgeo.commands.policy_join.join_policies`.

    Returns
    -------
    DataFrame
        As :func:`policy`.
    """
    here, name = policy_sites(catalog or open_catalog(), site)
    here = here.known_by(on)
    ledger = read_policies(here)
    joined = _joined(name, here, ledger, notices=notices)
    rows = joined.join(_with_texts(ledger, here, lang), on="policy_id")
    is_open = rows["holds_by"] == UNDECIDED
    rows["policy_name"] = rows["policy_name"].mask(is_open, rows.pop("name_if_undecided"))
    first = ["site_id", "policy_id", "policy_name", "name_en", "kind", "status", "ended"]
    last = ["source_class", "source_title", "source_url", "as_of"]
    return rows[[*first, *rows.columns.drop([*first, *last]), *last]]


def _with_texts(ledger: pd.DataFrame, catalog: Catalog, lang: Lang) -> pd.DataFrame:
    """Return instruments with what is said of each in words, and lists as text."""
    ours, records = read_translations(catalog), ledger.to_dict("records")
    undecided = translate("holds_by", UNDECIDED, lang)
    lists = {name: ledger[name].map(";".join) for name in ("holds_for", "stage")}
    return ledger.assign(
        **lists,
        policy_name=[_name(row, lang, ours) for row in records],
        in_short=[offer_in_short(row, lang, ours, catalog.known_on) for row in records],
        stated=[status_date_text(row, lang) for row in records],
        name_if_undecided=[_name(row, lang, ours, undecided) for row in records],
    )


def _name(row: Mapping[Any, Any], lang: Lang, ours: Mapping[str, Any], *more: str) -> str:
    """Return the name of an instrument, marked if the user brought it, and with more marks."""
    name = instrument_name(row, lang, ours)
    marks = [translate("source_class", OWN_CLASS, lang)] * (row["source_class"] == OWN_CLASS)
    return join_texts([name, *marks, *more], "brackets", lang)


def offer_in_short(
    row: Mapping[Any, Any],
    lang: Lang,
    translations: Mapping[str, Sequence[str]],
    day: date | None,
) -> str:
    """Return the amount and ratio of an instrument, or else the first sentence of its offer.

    That of a shipped instrument whose terms were stated after the day is not known.
    """
    if day is not None and not row["offers"] and row["source_class"] != OWN_CLASS:
        return translate("phrase", "terms_not_known", lang)
    if pd.isna(row["amount"]):
        offers = in_language(row["offers"], translations, lang)
        return _SENTENCE_END.split(offers)[0].rstrip(".")
    amount = amount_text(f"{row['amount']:.15g}", row["amount_unit"], lang)
    parts = [amount, *([in_language(row["ratio"], translations, lang)] if row["ratio"] else [])]
    return join_texts(parts, "semicolon", lang)


def status_date_text(row: Mapping[Any, Any], lang: Lang) -> str:
    """Return the date of a status, with its hedge and with a badge if it is over a year old."""
    if not row["status_date"]:
        return ""
    hedges = [part for part in row["status_hedge"].split("; ") if part]
    parts = [row["status_date"], *(translate("hedge", hedge, lang) for hedge in hedges)]
    if row["status_over_a_year"]:
        parts.append(translate("phrase", "over_a_year", lang))
    return join_texts(parts, "clause", lang)


def list_once(rows: pd.DataFrame) -> pd.DataFrame:
    """List what applies to all of several sites by region or territory once, last.

    So is what may apply to several sites that may lie in the region.

    Parameters
    ----------
    rows : DataFrame
        From :func:`policy_rows`.

    Returns
    -------
    DataFrame
        As :func:`policy`.
    """
    sites = rows["site_id"][~rows["holds_by"].isin(["site"])].nunique()
    if sites < 2:  # noqa: PLR2004 - several
        return rows
    may = (rows["holds_by"] == UNDECIDED) & rows["outline_accuracy_m"].isna()  # by the region alone
    by = rows["holds_by"].mask(may, "region")
    wide = rows[by.isin(list(_WIDE))]
    counts = wide.groupby(["policy_id", "holds_by"])["site_id"].transform("size")
    is_shared = (counts == sites) | (may[wide.index] & (counts > 1))
    shared = wide[is_shared].drop_duplicates(["policy_id", "holds_by"])
    rest = rows.drop(wide.index[is_shared])
    order = by[shared.index].map(list(_WIDE).index).sort_values(kind="stable").index
    last = shared.loc[order].assign(site_id=by[order].map(_WIDE))
    return pd.concat([rest, last], ignore_index=True)


def _chosen(rows: pd.DataFrame, **wanted: str | Sequence[str] | None) -> pd.DataFrame:
    """Keep the rows of a kind, a stage and a status, or of one of several, if asked for."""
    known = {"kind": section_words("kind"), "stage": STAGES, "status": section_words("status")}
    for name, given in wanted.items():
        values = list_of(given)
        strays = [one for one in values if not isinstance(one, str) or one not in known[name]]
        if strays:
            remedy = text("use one of {names}", names=", ".join(known[name]))
            raise UsageError(option(name, strays[0]), text("no such value"), remedy)
        if values:
            cells = [set(str(cell).split(";")) for cell in rows[name]]
            rows = rows[np.array([not cell.isdisjoint(values) for cell in cells], dtype=bool)]
    return rows.reset_index(drop=True)


def _joined(
    site: str | None, catalog: Catalog, ledger: pd.DataFrame, *, notices: Notices
) -> pd.DataFrame:
    """Join the sites asked about, and the places without an outline that instruments name."""
    if catalog.own_sites is not None:
        return _by_place(site, catalog, ledger, notices=notices)
    others = _places(catalog)
    outlines = site_ids(catalog)
    if site is not None and site not in outlines:
        instruments = [row["policy_id"] for row in read_table(catalog, "policies")]
        known = [*dict.fromkeys(outlines.values()), *others]
        site = find_subject(catalog, site, known if site in others else [*known, *instruments])
        if site in instruments:
            return _by_itself(str(site), ledger, catalog.known_on)
    if site in others:
        return match_place(str(site), ledger, in_region=others[str(site)])
    picked = dict.fromkeys(outlines[outline] for outline in outlines_of_site(outlines, site))
    joined = [match_place(one, ledger, in_region=True) for one in picked]
    if site is None:
        named = [match_place(place, ledger, in_region=False) for place in others]
        joined += [rows[rows["holds_by"] == "site"] for rows in named]
    return pd.concat(joined, ignore_index=True)


def _by_itself(instrument: str, ledger: pd.DataFrame, day: date | None) -> pd.DataFrame:
    """List one instrument, once for each place that it names."""
    if instrument not in ledger.index:
        thing = text("instrument {instrument!r}", instrument=instrument)
        raise UsageError(thing, text("not known by {day}", day=day), text("give a later day"))
    places: tuple[str, ...] = ledger["holds_for"].loc[instrument]
    why = ["territory" if p == TERRITORY else "region" if p == REGION else "site" for p in places]
    rows: dict[str, Any] = {"site_id": places, "policy_id": instrument, "holds_by": why}
    return pd.DataFrame(rows).assign(outline_accuracy_m=float("nan"))


def _by_place(
    site: str | None, catalog: Catalog, ledger: pd.DataFrame, *, notices: Notices
) -> pd.DataFrame:
    from nmgeo.commands.policy_join import join_policies  # noqa: PLC0415 - geopandas only where outlines are read
    from nmgeo.records.sites import read_shipped_sites, read_sites  # noqa: PLC0415 - as above

    outlines = read_sites(catalog)
    picked = placed_outlines(catalog, outlines["site_id"].to_dict(), site)
    shipped = read_shipped_sites(catalog)
    return join_policies(outlines.loc[picked], ledger, shipped, notices=notices)


def _places(catalog: Catalog) -> dict[str, bool]:
    """Return the places, other than sites, that instruments name: whether each is in the region."""
    within = region_place_ids(catalog)
    named = {p for row in read_table(catalog, "policies") for p in row["holds_for"].split(";")}
    named -= {*site_ids(catalog).values(), REGION, TERRITORY}
    return {place: place in within for place in sorted(named)}
