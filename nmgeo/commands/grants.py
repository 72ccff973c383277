"""Grants: what an instrument would pay to a project, by its own ratio, cap and thresholds."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from nmgeo.commands.figure_text import money_text
from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.records.phases import newest_figure
from nmgeo.translations import Lang, join_texts, translate

PROJECT_COST: Final = "project_cost"
OWN_MONEY: Final = "own_money"
_WORDS: Final = {  # of --fund, folded
    PROJECT_COST: ("project cost", "cost", "項目成本", "项目成本", "項目費用", "项目费用"),
    OWN_MONEY: ("own money", "own", "自有資金", "自有资金"),
}
_STEPS: Final = {
    "": 1.0,
    "k": 1e3,
    "m": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
    "萬": 1e4,
    "万": 1e4,
    "億": 1e8,
    "亿": 1e8,
}
_PART: Final = re.compile(
    r"(?P<name>[^\d$]+?)\s*(?P<currency>HK\$|HKD|\$)?\s*(?P<number>\d[\d,]{0,17}(?:\.\d+)?)\s*"
    r"(?P<step>[a-z]*|[萬万億亿])\s*(?P<unit>港元|元)?",
    re.IGNORECASE | re.ASCII,
)
_EXAMPLE: Final = "'project cost 160m, own money 110m'"
_LEAST: Final = 1_000.0  # HK$, of a sum that can be meant
_LEAST_BARE: Final = 100_000.0  # of a number alone, which below may be of millions
_RATIO: Final = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an instrument would pay.

    Parameters
    ----------
    amount : float
        HK$, by ratio and cap, even if thresholds are not met; NaN if the terms are not known.
    steps : str
        The arithmetic in words.
    missed : str
        Thresholds that are not met, and by how much; that own money leaves nothing to pay; empty
        if all are met.
    cited : dict
        The claim of the ratio, or of a threshold, with its date and source.
    """

    amount: float
    steps: str
    missed: str
    cited: dict[str, Any]


def read_project(written: str) -> dict[str, float]:
    """Read the money of a project, such as ``"project cost 160m, own money 110m"``, in HK$.

    Parameters
    ----------
    written : str
        One or two amounts, each after what it is.

    Returns
    -------
    dict
        ``project_cost`` and, if it was given, ``own_money``.

    Raises
    ------
    UsageError
        If it cannot be read, holds no project cost, an amount twice, or one that has no unit or is
        too small to be meant.

    Examples
    --------
    >>> read_project("project cost 160m")
    {'project_cost': 160000000.0}
    """
    found: dict[str, float] = {}
    for part in re.split(r"[;；，]|,(?!\d{3})", written):
        name, amount = _read_part(part.strip(), written)
        if name in found:
            wrong = text("{name!r} is given twice", name=name.replace("_", " "))
            raise UsageError(option("fund", written), wrong, text("leave one of them out"))
        found[name] = amount
    if not found.get(PROJECT_COST):
        raise _unreadable(written, written)
    return found


def _read_part(part: str, written: str) -> tuple[str, float]:
    """Read one amount of the money of a project: what it is, and HK$."""
    match = _PART.fullmatch(part)
    name = _name_of(match["name"]) if match else None
    step = _STEPS.get(match["step"].casefold()) if match else None
    if match is None or name is None or step is None:
        raise _unreadable(written, part)
    amount = float(match["number"].replace(",", "")) * step
    is_bare = not (match["currency"] or match["step"] or match["unit"])
    if 0 < amount < (_LEAST_BARE if is_bare else _LEAST):
        raise _too_small(written, part, is_bare=is_bare)
    return name, amount


def _too_small(written: str, part: str, *, is_bare: bool) -> UsageError:
    wrong = text("{part!r} is less than HK${least:,.0f}", part=part, least=_LEAST)
    if is_bare:
        wrong = text("{part!r} has no unit", part=part)
    remedy = text("write m for million, as in {example}", example=_EXAMPLE)
    return UsageError(option("fund", written), wrong, remedy)


def pays_projects(instrument: str, claims: pd.DataFrame) -> bool:
    """Tell whether a ratio of grant to own money was ever published for an instrument."""
    return newest_figure(claims, instrument, "match") is not None


def _name_of(written: str) -> str | None:
    words = " ".join(written.casefold().replace("_", " ").split())
    return next((name for name, known in _WORDS.items() if words in known), None)


def _unreadable(written: str, part: str) -> UsageError:
    remedy = text("write {example}", example=_EXAMPLE)
    wrong = text("{part!r} cannot be read", part=part)
    return UsageError(option("fund", written), wrong, remedy)


def compute_grant(
    instrument: str,
    claims: pd.DataFrame,
    project: Mapping[str, float],
    lang: Lang,
    *,
    ever: pd.DataFrame | None = None,
) -> Grant:
    """Compute what an instrument would pay to a project.

    Parameters
    ----------
    instrument : str
        Its id.
    claims : DataFrame
        The claims known on the day, which hold its ``match``, ``cap`` and thresholds.
    project : mapping
        From :func:`read_project`.
    lang : {"en", "tc", "sc"}
        Language of the arithmetic.
    ever : DataFrame, optional
        The claims of any day. A cap or threshold that is published in these alone is not known on
        the day, so neither is what would be paid.

    Returns
    -------
    Grant
        Its thresholds are tested even if its ratio is not known.

    Notes
    -----
    A ratio ``a:b`` of grant to own money gives ``cost * a / (a + b)``, at most the cap. Own money
    is the rest of the cost unless it is given; then the grant is also at most ``own * a / b`` and
    what the own money leaves of the cost.
    """
    match = newest_figure(claims, instrument, "match")
    ratio = _RATIO.fullmatch(match["value"]) if match else None
    cap = newest_figure(claims, instrument, "cap")
    is_open = _has_later_terms(instrument, claims, claims if ever is None else ever)
    limit = math.inf if cap is None else float(cap["value"])
    share = [float(part) for part in ratio.groups()] if ratio else [math.nan, math.nan]
    amount = min(_by_ratio(project, share)[0], limit) if ratio else math.nan
    steps = _arithmetic(project, share, limit, lang) if ratio else [_phrase("no_ratio", lang)]
    if is_open:
        amount, steps = math.nan, [*steps[:1], _phrase("later", lang)]
    missed: list[str] = []
    own = project.get(OWN_MONEY, project[PROJECT_COST] - amount)
    if project.get(OWN_MONEY, 0.0) >= project[PROJECT_COST]:
        amount, steps, missed = 0.0, [_covered(project, lang)], [_phrase("nothing_left", lang)]
    for name, value in ((PROJECT_COST, project[PROJECT_COST]), (OWN_MONEY, own)):
        said, short = _threshold(instrument, claims, name, value, lang)
        steps += said
        missed += short
    least = newest_figure(claims, instrument, f"{PROJECT_COST}_min")
    return Grant(
        amount=amount,
        steps=join_texts(steps, "semicolon", lang),
        missed=join_texts(missed, "semicolon", lang),
        cited=match or cap or least or {},
    )


def _has_later_terms(instrument: str, claims: pd.DataFrame, ever: pd.DataFrame) -> bool:
    """Tell whether a cap or threshold of an instrument was published, but not by the day."""
    return any(
        newest_figure(claims, instrument, term) is None
        and newest_figure(ever, instrument, term) is not None
        for term in ("cap", f"{PROJECT_COST}_min", f"{OWN_MONEY}_min")
    )


def _by_ratio(project: Mapping[str, float], share: Sequence[float]) -> tuple[float, str]:
    """Return the most that a ratio gives, and the phrase of why own money lowers it, if it does."""
    cost, own = project[PROJECT_COST], project.get(OWN_MONEY)
    most = cost * share[0] / sum(share), ""
    if own is None:
        return most
    matched = own * share[0] / share[1] if share[1] else math.inf
    return min(most, (matched, "matched"), (max(cost - own, 0.0), "left"), key=lambda one: one[0])


def _arithmetic(
    project: Mapping[str, float], share: Sequence[float], cap: float, lang: Lang
) -> list[str]:
    """Say how ratio, own money and cap make the grant, and what of the cost is left."""
    cost = project[PROJECT_COST]
    most, lowered = _by_ratio(project, share)
    amount = min(most, cap)
    by = cost * share[0] / sum(share)
    sums = {"cost": cost, "by": by, "most": most, "own": project.get(OWN_MONEY, cost - amount)}
    say = {name: money_text(value, lang) for name, value in (sums | {"amount": amount}).items()}
    say |= {"a": f"{share[0]:g}", "b": f"{share[1]:g}", "sum": f"{sum(share):g}"}
    steps = [_phrase(key, lang).format(**say) for key in ("ratio", lowered) if key]
    if cap < math.inf:
        key = "capped" if amount < most else "cap"
        steps.append(_phrase(key, lang).format(cap=money_text(cap, lang)))
    if OWN_MONEY not in project:
        steps.append(_phrase("own", lang).format(**say))
    return steps


def _covered(project: Mapping[str, float], lang: Lang) -> str:
    """Say that own money pays for all of a project."""
    sums = {name: money_text(value, lang) for name, value in project.items()}
    return _phrase("covered", lang).format(**sums)


def _threshold(
    instrument: str, claims: pd.DataFrame, name: str, value: float, lang: Lang
) -> tuple[list[str], list[str]]:
    """Compare a sum with the least that the instrument asks for: what is said, what is missed."""
    least = newest_figure(claims, instrument, f"{name}_min")
    if least is None or math.isnan(value):
        return [], []
    wanted, what = float(least["value"]), _phrase(name, lang)
    shown = {"what": what, "value": money_text(value, lang), "least": money_text(wanted, lang)}
    if value >= wanted:
        return [_phrase("enough", lang).format(**shown)], []
    short = _phrase("short", lang).format(what=what, gap=money_text(wanted - value, lang))
    return [_phrase("too_little", lang).format(**shown)], [short]


def _phrase(key: str, lang: Lang) -> str:
    return translate("grant", key, lang)
