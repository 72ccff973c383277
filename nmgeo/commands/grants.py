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
    r"(?P<name>[^\d$]+?)\s*(?:HK\$|HKD|\$)?\s*(?P<number>\d[\d,]{0,17}(?:\.\d+)?)\s*"
    r"(?P<step>[a-z]*|[萬万億亿])\s*(?:港元|元)?",
    re.IGNORECASE | re.ASCII,
)
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
        Thresholds that are not met, and by how much; empty if all are met.
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
        If it cannot be read, or holds no project cost.

    Examples
    --------
    >>> read_project("project cost 160m")
    {'project_cost': 160000000.0}
    """
    found: dict[str, float] = {}
    for part in re.split(r"[;；，]|,(?!\d{3})", written):
        match = _PART.fullmatch(part.strip())
        name = _name_of(match["name"]) if match else None
        step = _STEPS.get(match["step"].casefold()) if match else None
        if match is None or name is None or step is None:
            raise _unreadable(written, part.strip())
        found[name] = float(match["number"].replace(",", "")) * step
    if not found.get(PROJECT_COST):
        raise _unreadable(written, written)
    return found


def pays_projects(instrument: str, claims: pd.DataFrame) -> bool:
    """Tell whether a ratio of grant to own money was ever published for an instrument."""
    return newest_figure(claims, instrument, "match") is not None


def _name_of(written: str) -> str | None:
    words = " ".join(written.casefold().replace("_", " ").split())
    return next((name for name, known in _WORDS.items() if words in known), None)


def _unreadable(written: str, part: str) -> UsageError:
    remedy = text("write {example}", example="'project cost 160m, own money 110m'")
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
    is the rest of the cost unless it is given.
    """
    match = newest_figure(claims, instrument, "match")
    ratio = _RATIO.fullmatch(match["value"]) if match else None
    cap = newest_figure(claims, instrument, "cap")
    is_open = _has_later_terms(instrument, claims, claims if ever is None else ever)
    limit = math.inf if cap is None else float(cap["value"])
    share = [float(part) for part in ratio.groups()] if ratio else [math.nan, math.nan]
    amount = min(project[PROJECT_COST] * share[0] / sum(share), limit) if ratio else math.nan
    steps = _arithmetic(project, share, limit, lang) if ratio else [_phrase("no_ratio", lang)]
    if is_open:
        amount, steps = math.nan, [*steps[:1], _phrase("later", lang)]
    own = project.get(OWN_MONEY, project[PROJECT_COST] - amount)
    missed: list[str] = []
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


def _arithmetic(
    project: Mapping[str, float], share: Sequence[float], cap: float, lang: Lang
) -> list[str]:
    """Say how ratio and cap make the grant, and what of the cost is left."""
    cost = project[PROJECT_COST]
    by_ratio = cost * share[0] / sum(share)
    amount = min(by_ratio, cap)
    say = {name: money_text(value, lang) for name, value in (("cost", cost), ("by", by_ratio))}
    steps = [_phrase("ratio", lang).format(**say, a=f"{share[0]:g}", sum=f"{sum(share):g}")]
    if cap < math.inf:
        key = "capped" if amount < by_ratio else "cap"
        steps.append(_phrase(key, lang).format(cap=money_text(cap, lang)))
    if OWN_MONEY not in project:
        rest = {"amount": money_text(amount, lang), "own": money_text(cost - amount, lang)}
        steps.append(_phrase("own", lang).format(cost=say["cost"], **rest))
    return steps


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
