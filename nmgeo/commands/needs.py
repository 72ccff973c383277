"""Needs of a project held against a site or phase: passed, failed or not known, and with what."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.commands.figure_text import area_text, area_value, figure_text
from nmgeo.commands.policy_match import UNDECIDED, match_place
from nmgeo.names import instrument_name
from nmgeo.records.phases import pick_figure
from nmgeo.records.policies import read_claims, read_policies
from nmgeo.records.tables import (
    CITED,
    cite_first,
    publisher_of,
    read_sources,
    read_translations,
)
from nmgeo.translations import AreaUnit, Lang, join_texts, translate
from nmgeo.units import to_hectares

PASSED: Final = "passed"
FAILED: Final = "failed"
UNKNOWN: Final = "not_known"
NOTED: Final = "noted"
RESULTS: Final = (FAILED, UNKNOWN, PASSED)
_ENDS: Final = ("low_ha", "high_ha")
_DECADE: Final = 10  # years
_GONE: Final = "awarded"  # the status of an instrument whose land is taken
_UPPER: Final = ("up to", "under", "nearly")
_LOWER: Final = ("more than", "at least", "not less than")
_YEARS: Final = re.compile(r"((?:19|20)\d\d)(?:-(\d\d)(?![-\d]))?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What is asked of a site or phase; None where nothing is asked.

    Parameters
    ----------
    stage : str, optional
        ``rnd``, ``pilot`` or ``production``.
    near : mapping of str to float
        Metres by the name of a layer.
    open_by, land_by : int, optional
        Year by which what is near is open, and the land released.
    min_area_ha : float, optional
        Hectares.
    project : mapping of str to float, optional
        From :func:`nmgeo.commands.grants.read_project`.
    """

    stage: str | None = None
    near: Mapping[str, float] = field(default_factory=dict)
    open_by: int | None = None
    land_by: int | None = None
    min_area_ha: float | None = None
    project: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was known on a day: claims, instruments and sources; and the claims of all days."""

    claims: pd.DataFrame
    all_claims: pd.DataFrame
    policies: pd.DataFrame
    sources: pd.DataFrame
    ours: Mapping[str, tuple[str, str, str]]
    lang: Lang
    units: AreaUnit = "ha"  # of areas
    held: Mapping[str, Mapping[str, str]] | None = None  # ``holds_by`` at each own site

    def holds_by(self, site: str) -> pd.Series:
        """Return why instruments hold at a site, by their ids; those that do not are missing."""
        if self.held is not None:
            return pd.Series(self.held.get(site, {}), dtype=object)
        matched = match_place(site, self.policies, in_region=True)
        return matched.set_index("policy_id")["holds_by"]

    def area_text(self, area_ha: float) -> str:
        """Return an area as a reader sees it."""
        return area_text(area_ha, self.units, self.lang)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One need, whether it is met, what was found, by how much it missed, and the source."""

    need: str
    wanted: str
    result: str
    found: str
    missed: str = ""
    short: float = 0.0  # how much it missed, as a share of what was asked; of years, of a decade
    cited: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Return it as the columns of a table."""
        cited = {name: self.cited.get(name, "") for name in CITED}
        parts = ("need", "wanted", "result", "found", "missed", "short")
        publisher = publisher_of(cited["source_title"])
        return {name: getattr(self, name) for name in parts} | cited | {"publisher": publisher}


def read_facts(catalog: Catalog, day: date | None, lang: Lang, units: AreaUnit) -> Facts:
    """Read what was known on a day; what is known now if no day is given."""
    known = catalog if day is None else replace(catalog, known_on=day)
    return Facts(
        claims=read_claims(known),
        all_claims=read_claims(catalog),
        policies=read_policies(known),
        sources=read_sources(catalog),
        ours=read_translations(catalog),
        lang=lang,
        units=units,
    )


def answer_needs(phase: Mapping[str, Any], needs: Needs, facts: Facts) -> Iterator[Answer]:
    """Yield the answer to each need that policies and published figures can answer."""
    if needs.stage is not None:
        yield stage_answer(phase, needs.stage, facts)
    if needs.land_by is not None:
        yield land_answer(phase, needs.land_by, facts)
    if needs.min_area_ha is not None:
        yield area_answer(phase, needs.min_area_ha, facts)


def stage_answer(phase: Mapping[str, Any], stage: str, facts: Facts) -> Answer:
    """Test whether an instrument that names the site and is not ended is for a stage."""
    why = facts.policies.index.to_series().map(facts.holds_by(phase["site_id"]))
    rows = facts.policies.assign(is_sure=why != UNDECIDED)
    rows = rows[why.isin(["site", "place", UNDECIDED])]
    rows = rows[(rows["stage"].map(len) > 0) & ~rows["ended"]]
    fitting = rows[rows["stage"].map(lambda stages: stage in stages)]
    sure = fitting["is_sure"].any() if len(fitting) else rows["is_sure"].any()
    result = UNKNOWN if not sure else PASSED if len(fitting) else FAILED
    shown = fitting if len(fitting) else rows
    shown = shown.loc[shown["holds_for"].map(len).sort_values(kind="stable").index]
    found = say("no_stage", facts.lang)
    cited: dict[str, Any] = {}
    if len(shown):
        cited = {str(name): value for name, value in shown.iloc[0].items()}
        stages = (translate("stage", one, facts.lang) for one in cited["stage"])
        parts = [
            instrument_name(cited, facts.lang, facts.ours),
            join_texts(stages, "comma", facts.lang),
        ]
        found = join_texts(parts, "colon", facts.lang)
    wanted = translate("stage", stage, facts.lang)
    return Answer(need="stage", wanted=wanted, result=result, found=found, cited=cited)


def land_answer(phase: Mapping[str, Any], year: int, facts: Facts) -> Answer:
    """Test whether land is released by a year, and still to be had."""
    wanted = say("by_year", facts.lang).format(year=year)
    about: dict[str, Any] = {"need": "land", "wanted": wanted}
    if phase["policy_id"] in facts.policies.index:
        row = facts.policies.loc[phase["policy_id"]]
        if row["status"] == _GONE:
            cited = {str(name): value for name, value in row.items()}
            cited |= cite_first(facts.sources, row["status_source"], row["status_date"])
            found = say("awarded", facts.lang).format(day=row["status_date"])
            return Answer(result=FAILED, found=found, cited=cited, **about)
    figure = land_figure(phase, facts)
    years = figure and land_years(figure)
    if not figure or not years:
        return Answer(result=UNKNOWN, found=say("no_land_date", facts.lang), **about)
    first, last = years
    result = PASSED if last <= year else FAILED if first > year else UNKNOWN
    late = first - year
    key = "year_late" if late == 1 else "years_late"
    missed = say(key, facts.lang).format(n=late) if result == FAILED else ""
    short = max(late, 0) / _DECADE
    found = figure_text(figure, facts.lang)
    return Answer(result=result, found=found, missed=missed, short=short, cited=figure, **about)


def land_figure(phase: Mapping[str, Any], facts: Facts) -> dict[str, Any] | None:
    """Return the figure that says when the land of a phase is released, the preferred first."""
    picked = (pick_figure(facts.claims, phase["site_id"], name) for name in phase["land_attribute"])
    return next((figure for figure in picked if figure), None)


def land_years(figure: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the first and last year that a date, a financial year or a period can mean.

    Examples
    --------
    >>> land_years({"value": "2026-27"}), land_years({"value": "2025-12-22"})
    ((2026, 2027), (2025, 2025))
    """
    value, years = str(figure["value"]), []
    is_date = str(figure.get("unit")) == "date" or re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    for first, more in _YEARS.findall(value):
        end = int(first[:2] + more) if more and not is_date else 0
        years += [int(first), *([end] if end > int(first) else [])]
    return (min(years), max(years)) if years else None


def area_answer(phase: Mapping[str, Any], least_ha: float, facts: Facts) -> Answer:
    """Test whether the published area is large enough; a bound alone may leave it open.

    Of an own site, of which nothing is published, the measured area counts, with its range.
    """
    about: dict[str, Any] = {
        "need": "area",
        "wanted": say("at_least", facts.lang).format(area=facts.area_text(least_ha)),
    }
    if "measured" in phase:
        return _measured_answer(phase, least_ha, facts, about)
    name, basis = phase["area_attribute"], phase["area_basis"] or None
    figure = pick_figure(facts.claims, phase["site_id"], name, basis) if name else None
    if figure is None:
        return Answer(result=UNKNOWN, found=say("no_area", facts.lang), **about)
    area_ha = to_hectares(float(figure["value"]), figure["unit"])
    hedges = figure["hedge"].split("; ")
    enough = area_ha >= least_ha
    is_open = any(h in hedges for h in (_UPPER if enough else _LOWER))
    result = UNKNOWN if is_open else PASSED if enough else FAILED
    gap = facts.area_text(least_ha - area_ha)
    missed = say("area_short", facts.lang).format(area=gap) if result == FAILED else ""
    shown = {"value": area_value(area_ha, facts.units), "unit": facts.units}
    found, short = figure_text(figure | shown, facts.lang), _short_of(area_ha, least_ha)
    return Answer(result=result, found=found, missed=missed, short=short, cited=figure, **about)


def _measured_answer(
    phase: Mapping[str, Any], least_ha: float, facts: Facts, about: Mapping[str, Any]
) -> Answer:
    """Test the measured area of an own site; a range that reaches both sides leaves it open."""
    area_ha = phase["area_ha"]
    if pd.isna(area_ha):
        return Answer(result=UNKNOWN, found=say("no_outline", facts.lang), **about)
    low_ha, high_ha = (area_ha if pd.isna(phase[end]) else phase[end] for end in _ENDS)
    result = PASSED if low_ha >= least_ha else FAILED if high_ha < least_ha else UNKNOWN
    gap = facts.area_text(least_ha - area_ha)
    missed = say("area_short", facts.lang).format(area=gap) if area_ha < least_ha else ""
    short = _short_of(area_ha, least_ha)
    return Answer(result=result, found=phase["measured"], missed=missed, short=short, **about)


def _short_of(area_ha: float, least_ha: float) -> float:
    return max(1 - area_ha / least_ha, 0.0) if least_ha else 0.0


def say(key: str, lang: Lang) -> str:
    """Return an entry of the words about needs."""
    return translate("need_text", key, lang)
