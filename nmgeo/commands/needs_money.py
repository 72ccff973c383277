"""The need of money: what each funding instrument would pay to a project, and to which sites."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nmgeo.commands.figure_text import money_text
from nmgeo.commands.grants import (
    OWN_MONEY,
    PROJECT_COST,
    Grant,
    compute_grant,
    pays_projects,
)
from nmgeo.commands.needs import FAILED, PASSED, UNKNOWN, Answer, Facts, Needs, say
from nmgeo.commands.policy_match import UNDECIDED
from nmgeo.names import instrument_name
from nmgeo.records.statuses import ENDED
from nmgeo.translations import Lang, join_texts, translate

FUNDING: Final = "funding"  # the kind of instrument that may pay
_OPEN: Final = "open"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What one instrument would pay to the project, and where it holds."""

    instrument: str
    name: str
    places: tuple[str, ...]
    amount: float  # HK$, NaN if the terms are not known
    answer: Answer


def offers_for(needs: Needs, facts: Facts) -> list[Offer]:
    """Hold the project against each funding instrument that publishes a ratio for projects."""
    if needs.project is None:
        return []
    rows = facts.policies[facts.policies["kind"] == FUNDING]
    found = []
    for instrument, row in rows.iterrows():
        if not pays_projects(str(instrument), facts.all_claims):
            continue
        about = {str(name): value for name, value in row.items()}
        grant = compute_grant(
            str(instrument), facts.claims, needs.project, facts.lang, ever=facts.all_claims
        )
        found.append(
            Offer(
                instrument=str(instrument),
                name=instrument_name(about, facts.lang, facts.ours),
                places=about["holds_for"],
                amount=grant.amount,
                answer=_answer(about, grant, needs, facts),
            )
        )
    return found


def fund_answer(site: str, offers: Sequence[Offer], facts: Facts) -> Iterator[Answer]:
    """Yield whether an instrument that holds for a site would pay; nothing if not asked."""
    if not offers:
        return
    why = facts.holds_by(site)
    here = [offer for offer in offers if offer.instrument in why.index]
    if not here:
        return
    best = next(r for r in (PASSED, UNKNOWN, FAILED) if any(o.answer.result == r for o in here))
    shown = [offer for offer in here if offer.answer.result == best]
    most = max(shown, key=lambda offer: (not math.isnan(offer.amount), offer.amount))
    is_covered = all(offer.amount == 0 for offer in here)
    none = "covered" if is_covered else "no_money"
    found = say(none if best == FAILED else "no_amount", facts.lang)
    if best != FAILED and not math.isnan(most.amount):
        amount = money_text(most.amount, facts.lang)
        found = say("up_to", facts.lang).format(amount=amount, name=most.name)
    first = most.answer
    is_sure = best != PASSED or any(why[offer.instrument] != UNDECIDED for offer in shown)
    result = best if is_sure else UNKNOWN
    yield Answer(need="fund", wanted=first.wanted, result=result, found=found, cited=first.cited)


def _answer(row: Mapping[str, Any], grant: Grant, needs: Needs, facts: Facts) -> Answer:
    """Return whether an instrument would pay: by its thresholds, its status and its stage."""
    words, result = [grant.steps], FAILED if grant.missed else PASSED
    if math.isnan(grant.amount) and not grant.missed:
        result = UNKNOWN
    if row["status"] != _OPEN:
        words.append(translate("status", row["status"], facts.lang))
        result = FAILED if row["status"] in ENDED or grant.missed else UNKNOWN
    if needs.stage and row["stage"] and needs.stage not in row["stage"]:
        stages = [translate("stage", stage, facts.lang) for stage in row["stage"]]
        asked = translate("stage", needs.stage, facts.lang)
        named = join_texts(stages, "comma", facts.lang)
        words.append(say("other_stage", facts.lang).format(stages=named, asked=asked))
        result = FAILED if result == FAILED else UNKNOWN
    return Answer(
        need="fund",
        wanted=_wanted(needs.project or {}, facts.lang),
        result=result,
        found=join_texts(words, "semicolon", facts.lang),
        missed=grant.missed,
        cited=grant.cited,
    )


def _wanted(project: Mapping[str, float], lang: Lang) -> str:
    """Return the cost of a project, and the own money if it was given."""
    cost = money_text(project[PROJECT_COST], lang)
    if OWN_MONEY not in project:
        return cost
    named = [translate("grant", OWN_MONEY, lang), money_text(project[OWN_MONEY], lang)]
    return join_texts([cost, join_texts(named, "sentence", lang)], "comma", lang)
