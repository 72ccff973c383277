"""Sites and phases that meet needs: each need passed, failed or not known, with its source."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog, read_date, registered_name
from nmgeo.commands.chosen_sites import chosen_phases
from nmgeo.commands.grants import read_project
from nmgeo.commands.inputs import list_of
from nmgeo.commands.needs import (
    FAILED,
    PASSED,
    RESULTS,
    UNKNOWN,
    Answer,
    Facts,
    Needs,
    answer_needs,
    read_facts,
    say,
)
from nmgeo.commands.needs_money import Offer, fund_answer, offers_for
from nmgeo.commands.results import add_credits
from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.names import instrument_name
from nmgeo.records.phases import read_phases
from nmgeo.records.policies import STAGES
from nmgeo.records.tables import CITED
from nmgeo.translations import AreaUnit, Lang, join_texts
from nmgeo.units import metres, named_after, read_hectares

_COLUMNS: Final = [
    *("site_id", "phase_id", "name", "verdict", "about", "need", "wanted", "result", "found"),
    *("missed", *CITED, "publisher"),
]
_MEASURED_BY: Final = text(
    "distances are measured by nmgeo; the source beside one is that of the feature it leads to"
)


def find(  # noqa: PLR0913 - what a project may need
    catalog: Catalog | None = None,
    *,
    site: str | Sequence[str] | None = None,
    stage: str | None = None,
    near: str | Sequence[str] = (),
    open_by: int | str | None = None,
    land_by: int | str | None = None,
    min_area: str | None = None,
    fund: str | None = None,
    on: str | None = None,
    units: AreaUnit = "ha",
    lang: Lang = "en",
) -> pd.DataFrame:
    """Test the sites and their phases against the needs of a project.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`, which may hold own sites; the shipped one if not given.
    site : str or sequence of str, optional
        Test these sites and their phases alone: names or ids, also of phases or outlines.
    stage : str, optional
        An instrument for the site names this stage: ``rnd``, ``pilot`` or ``production``.
    near : str or sequence of str
        A layer and how close it has to be: ``"stations:1km"``.
    open_by : int, optional
        Count only what is open by this year; what has no year of opening leaves a need not known.
    land_by : int, optional
        The land is released by this year.
    min_area : str, optional
        The published area is at least this: ``"5ha"``.
    fund : str, optional
        The money of the project, ``"project cost 160m, own money 110m"``, held against the ratio,
        cap and thresholds of each funding instrument.
    on : str, optional
        Use the figures and statuses known on this day: ``"2026-02-04"``.
    units : {"ha", "m2", "sqft"}
        Unit of areas.
    lang : {"en", "tc", "sc"}
        Language of names and sentences.

    Returns
    -------
    DataFrame
        One row for each phase and need, those that fail least first: ``result`` (``passed``,
        ``failed``, ``not_known``, or ``noted`` for what is only said), ``wanted``, ``found``,
        ``missed`` (by how much), date and source; ``verdict`` is the worst result of the phase.
        Funding instruments follow, one row each, with the arithmetic in ``found``: those that hold
        at the sites if some were chosen. Their ids are ``attrs["instruments"]``, and
        ``attrs["notes"]`` says who measured the distances.

    Raises
    ------
    UsageError, UnitError, UnknownLayerError
        If nothing is asked, or a need cannot be read.
    LayerError
        If a file is missing or broken.

    Warns
    -----
    Notice
        If ``open_by`` is after all the years that a layer knows.

    Notes
    -----
    A phase without an outline of its own is measured by the outline of its site: what fails there
    fails for the phase, and what passes there is not known for it.

    Of own sites the measured area counts, with its range, and the instruments of the shipped sites
    that they overlap; no date of release of their land is published.
    """
    here = catalog or open_catalog()
    here = replace(here, chosen=list_of(site) or here.chosen)
    reaches = _read_reaches(here, list_of(near))
    needs = _read_needs(stage, reaches, open_by, land_by, min_area, fund)
    day = None if on is None else read_date(on)
    facts = _read_facts(here, day, lang, units)
    offers = offers_for(needs, facts)
    rows = _sorted(_phase_rows(here.known_by(on), needs, facts, offers))
    if here.chosen:
        offers = _offers_at({row["site_id"] for row in rows}, offers, facts)
    rows += [_offer_row(offer, lang) for offer in offers]
    table = add_credits(pd.DataFrame(rows, columns=_COLUMNS), here, ["claims", "policies"])
    table.attrs["instruments"] = [offer.instrument for offer in offers]
    cites_near = ((table["need"] == "near") & (table["source"] != "")).any()
    table.attrs["notes"] = [_MEASURED_BY] * bool(cites_near)
    return table


def _read_needs(
    stage: str | None,
    near: Mapping[str, float],
    open_by: int | str | None,
    land_by: int | str | None,
    min_area: str | None,
    fund: str | None,
) -> Needs:
    if stage is not None and stage not in STAGES:
        remedy = text("use one of {names}", names=", ".join(STAGES))
        raise UsageError(option("stage", stage), text("no such value"), remedy)
    needs = Needs(
        stage=stage,
        near=near,
        open_by=_read_year("open_by", open_by),
        land_by=_read_year("land_by", land_by),
        min_area_ha=None if min_area is None else read_hectares(min_area, "min_area"),
        project=None if fund is None else read_project(fund),
    )
    if needs == Needs():
        example = option("stage", "pilot")
        wrong = text("no need was given")
        raise UsageError("find", wrong, text("write {example}", example=example))
    if needs.open_by is not None and not needs.near:
        example = option("near", "stations:1km")
        wrong = text("says nothing of which layer")
        raise UsageError(option("open_by", open_by), wrong, text("add {example}", example=example))
    return needs


def _read_reaches(catalog: Catalog, written: Sequence[str]) -> dict[str, float]:
    """Read how close each layer has to be: one length for each, as two would be two needs."""
    found: dict[str, float] = {}
    for one in written:
        named, reach_m = _read_near(one)
        layer = registered_name(catalog, named)
        if layer in found:
            wrong = text("layer {layer!r} is given twice", layer=layer)
            remedy = text("give each layer once")
            raise UsageError(option("near", one), wrong, remedy)
        found[layer] = reach_m
    return found


def _read_near(written: str) -> tuple[str, float]:
    layer, colon, reach = written.rpartition(":")
    if not colon or not layer:
        wrong = text("cannot be read")
        remedy = text("write {example}", example="stations:1km")
        raise UsageError(option("near", written), wrong, remedy)
    with named_after("near", written):
        return layer, metres(reach)


def _read_year(name: str, given: int | str | None) -> int | None:
    if given is None:
        return None
    if not (str(given).isascii() and str(given).isdigit() and len(str(given)) == 4):  # noqa: PLR2004 - a year
        raise UsageError(option(name, given), text("not a year"), text("write a year such as 2031"))
    return int(given)


def _phase_rows(
    catalog: Catalog, needs: Needs, facts: Facts, offers: Sequence[Offer]
) -> list[list[dict[str, Any]]]:
    """Return the rows of each phase."""
    from nmgeo.commands.needs_near import measure_reach, near_answers  # noqa: PLC0415 - geopandas only where it measures

    phases = _phases(catalog, facts)
    if catalog.own_sites is None:
        catalog = replace(catalog, chosen=())
    reaches = measure_reach(catalog, needs, facts) if needs.near else []
    tables = []
    for phase_id, phase in phases.iterrows():
        about = {str(name): value for name, value in phase.items()} | {"phase_id": phase_id}
        answers = [*answer_needs(about, needs, facts), *near_answers(about, reaches, facts)]
        answers += fund_answer(about["site_id"], offers, facts)
        verdict = _verdict(answers)
        shared = {
            "site_id": phase["site_id"],
            "phase_id": phase_id,
            "name": instrument_name(about, facts.lang, facts.ours),
            "verdict": verdict,
        }
        title = join_texts(
            [shared["name"], _verdict_text(answers, facts.lang)], "colon", facts.lang
        )
        tables.append([shared | {"about": title} | answer.row() for answer in answers])
    return tables


def _phases(catalog: Catalog, facts: Facts) -> pd.DataFrame:
    """Return the shipped sites and their phases, or the own sites; those chosen alone, if any."""
    if catalog.own_sites is None:
        return chosen_phases(read_phases(catalog), catalog)
    from nmgeo.commands.needs_own import own_phases  # noqa: PLC0415 - geopandas only where it measures

    return own_phases(catalog, facts.lang, facts.units)


def _read_facts(catalog: Catalog, day: date | None, lang: Lang, units: AreaUnit) -> Facts:
    """Return what was known on a day, with the instruments that hold at own sites."""
    facts = read_facts(catalog, day, lang, units)
    if catalog.own_sites is None:
        return facts
    from nmgeo.commands.needs_own import own_holdings  # noqa: PLC0415 - geopandas only where it measures

    return replace(facts, held=own_holdings(catalog, facts.policies))


def _verdict(answers: Sequence[Answer]) -> str:
    return next(r for r in RESULTS if r == PASSED or any(a.result == r for a in answers))


def _verdict_text(answers: Sequence[Answer], lang: Lang) -> str:
    """Say how many needs are met, missed and not known."""
    counts = Counter(answer.result for answer in answers)
    asked = sum(counts[result] for result in RESULTS)
    if counts[PASSED] == asked:
        return say("all_met", lang)
    keys = {PASSED: "met", FAILED: "not_met", UNKNOWN: "unknown"}
    parts = [say(key, lang).format(n=counts[r]) for r, key in keys.items() if counts[r]]
    return join_texts(parts, "comma", lang)


def _sorted(tables: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the rows of all phases: the fewest failures first, then the fewest unknown.

    Of those that fail as often, what misses least stands first, then a whole site.
    """

    def misses(table: list[dict[str, Any]]) -> tuple[int, int, float, bool]:
        counts = Counter(row["result"] for row in table)
        short = sum(row["short"] for row in table if row["result"] == FAILED)
        is_part = table[0]["phase_id"] != table[0]["site_id"]
        return counts[FAILED], counts[UNKNOWN], short, is_part

    answered = filter(None, tables)  # nothing can be said of money if no instrument pays any
    return [row for table in sorted(answered, key=misses) for row in table]


def _offers_at(sites: set[str], offers: Sequence[Offer], facts: Facts) -> list[Offer]:
    """Return the offers of instruments that hold at one of these sites."""
    held = {id_ for site in sites for id_ in facts.holds_by(site).index}
    return [offer for offer in offers if offer.instrument in held]


def _offer_row(offer: Offer, lang: Lang) -> dict[str, Any]:
    """Return the row of a funding instrument, which stands after the phases."""
    title = join_texts([say("money", lang), offer.name], "colon", lang)
    shared = {"site_id": ";".join(offer.places), "phase_id": offer.instrument, "name": offer.name}
    return shared | {"verdict": offer.answer.result, "about": title} | offer.answer.row()
