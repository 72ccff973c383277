"""What a test of robustness says in sentences."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.commands.near_remarks import list_names
from nmgeo.measures import distance_origin
from nmgeo.translations import Lang, join_texts, translate

STATES: Final = ("no", "undecided", "tied", "yes")  # of a pair or a rule, the worst first


def is_ahead(scores: Any, a: int, b: int) -> bool:
    """Whether the score of row ``a`` is less than that of row ``b`` by more than noise."""
    return bool(scores[b] - scores[a] > crs.NOISE_M)


def ranking_remark(flips: Sequence[str], level: int, doubtful: int, count: int, lang: Lang) -> str:
    """Name every pair that flips, and say how many are level, and how many not decided."""
    parts = (
        [translate("phrase", "robust_flip", lang).format(pairs=join_texts(flips, "comma", lang))]
        if flips
        else []
    )
    for key, some in (("robust_tied", level), ("robust_pairs", doubtful)):
        parts += [translate("phrase", key, lang).format(some=some, count=count)] if some else []
    return join_texts(parts, "semicolon", lang)


def ranking_order(scores: Any, labels: Sequence[str]) -> str:
    """Write a ranking: ``A = B, C``."""
    text, last = "", None
    for row in np.argsort(np.round(scores / crs.NOISE_M), kind="stable"):
        between = "" if last is None else ", " if is_ahead(scores, last, row) else " = "
        text, last = text + between + labels[row], row
    return text


def _called(origin: str, reach: float | None, lang: Lang) -> str:
    place = translate("origin", origin, lang)
    if reach is None or np.isnan(reach):
        return translate("phrase", "robust_distance", lang).format(origin=place)
    return translate("phrase", "robust_count", lang).format(origin=place, m=reach)


def ranking_verdict(
    rows: pd.DataFrame,
    order: str,
    by: float | None,
    lang: Lang,
    ends: tuple[pd.DataFrame, pd.DataFrame],
) -> str:
    """Say in sentences what was ranked, by which rules it flips, and what is certain.

    ``ends`` are the outlines and the features, with ``accuracy_m``.
    """
    ranking = translate("phrase", "robust_order", lang).format(
        by=_called(distance_origin.EDGE, by, lang), order=order
    )
    told = [
        translate("phrase", key, lang).format(
            rules=list_names([_called(o, r, lang) for o, r in named_], lang)
        )
        for key, state in (("robust_flips", "no"), ("robust_ties", "tied"))
        if len(named_ := rows.loc[rows["as_drawn"] == state, ["origin", "reach_m"]].to_numpy())
    ]
    drawn = join_texts(told, "sentence", lang) or translate("phrase", "robust_holds", lang)
    found = {key: int((rows["holds"] == key).sum()) for key in STATES}
    within = translate("phrase", "robust_within", lang).format(**found)
    unknown = _unknown_accuracies(*ends, lang)
    return join_texts([ranking, within, drawn, *unknown], "sentence", lang)


def _unknown_accuracies(outlines: pd.DataFrame, others: pd.DataFrame, lang: Lang) -> list[str]:
    """Say of how many sites and features the accuracy is not known, so that nothing is certain."""
    ends = {"robust_unknown_sites": outlines, "robust_unknown_features": others}
    counts = {key: int(frame["accuracy_m"].isna().sum()) for key, frame in ends.items()}
    return [
        translate("phrase", key, lang).format(count=f"{counts[key]:,}", of=f"{len(frame):,}")
        for key, frame in ends.items()
        if counts[key]
    ]
