"""Robustness: whether a ranking of the sites is the same by every rule, or where it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    open_inputs,
    read_length,
    read_lengths,
    takes_features,
)
from nmgeo.commands.results import add_credits
from nmgeo.commands.robust_verdict import (
    STATES,
    is_ahead,
    ranking_order,
    ranking_remark,
    ranking_verdict,
)
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.errors import UnitError, UsageError
from nmgeo.measures import distance_origin, distances
from nmgeo.measures.distance_uncertainty import distance_range_m
from nmgeo.messages import option, text
from nmgeo.names import add_names
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang, translate
from nmgeo.units import metres

DISTANCE: Final = "distance"
_States = dict[tuple[int, int], str]  # what one rule says of each pair, one of STATES
REACHES: Final = ("400m", "500m", "600m", "700m", "800m", "900m", "1km")


@dataclass(frozen=True)
class _Rule:
    """A way to rank: the score of each outline as drawn, at best and at worst; least is first."""

    origin: str
    reach_m: float  # NaN: by distance
    drawn: Any
    best: Any
    worst: Any


@takes_features(alone="layer")
def robust(
    sites: Features | None = None,
    layer: Features | None = None,
    *,
    by: Length = DISTANCE,
    at: Length | Sequence[Length] = (),
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Test whether every rule ranks the sites by a layer in the same order.

    The ranking is that of the outlines as drawn: by the distance from the edge to the nearest
    feature, nearest first, or by the count of features within a reach of the edge (tolerance
    :data:`nmgeo.crs.NOISE_M`), most first. The rules are the distance and, for each reach, the
    count, each from the edge and from the centroid.

    A rule flips a pair of outlines if it ranks them in the opposite order. A rule that ranks them
    equal does not flip them. Outlines of equal rank, or of the same site, are not compared.

    The accuracies of both ends give each distance a range. The nearest distance lies between the
    smallest lower end and the smallest upper end. A count lies between the features that are
    certainly within the reach and those that may be. A rule confirms a pair if it gives the same
    order everywhere in these ranges, and refutes it if it gives the opposite order everywhere. It
    is tied if neither outline can be first. Otherwise, or if an accuracy is not known, the pair
    is undecided. The errors of both ends are taken as independent, which is the cautious choice.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        The layer by which the sites are ranked; one argument by itself is the layer.
    by : str or float
        The ranking to test: ``distance``, or the reach of a count such as ``"800m"``.
    at : str, float or sequence of them
        The reaches of the counts; :data:`REACHES` if none is given.
    lang : {"en", "tc", "sc"}
        Language of names and remarks.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    DataFrame, a row a rule
        ``rule`` (distance or count), ``origin`` (edge or centroid), ``reach_m`` (metres; missing
        for a distance), ``as_drawn`` (``no`` if a pair flips as drawn, else ``tied`` if one is
        level, else ``yes``), ``holds`` within the accuracies (``no`` if a pair is refuted, else
        ``undecided`` if one is, else ``tied`` if one is, else ``yes``: every pair is confirmed),
        ``pairs_count``, the pairs in words (``flips`` as drawn, ``refuted``, ``tied``, ``open``)
        and a ``remark``. Its ``attrs["verdict"]`` is a summary in sentences, and
        :func:`nmgeo.commands.robust.list_pairs` counts the rules for each pair.

    Raises
    ------
    UnknownLayerError, UnitError, UsageError
        If there is no such layer, a reach is not a length, there is nothing to rank (as where all
        sites are level), or there are too many pairs.
    LayerError
        If a file is missing or broken.

    Source
    ------
    Distances as :func:`nmgeo.nearest`; intervals compared end to end, nothing is sampled.
    """
    here, names = open_inputs(inputs, sites, layer=layer)
    layer, chosen = names["layer"], _reach(by if isinstance(by, str) else read_length(by, "by"))
    outlines, others = read_outlines(here, lang=lang), add_names(read_layer(here, layer), lang)
    if layer == "sites" and here.own_sites is None:
        wrong, remedy = text("every site is at 0 from itself"), text("name another layer")
        raise UsageError("robust sites", wrong, remedy)
    if len(set(outlines["site_id"])) == 1 or others.empty:
        wrong, remedy = text("nothing to rank"), text("give two sites or more")
        raise UsageError(f"robust {layer}", wrong, remedy)
    reaches = sorted({metres(reach) for reach in read_lengths(at, "at") or REACHES})
    fields = {place: _field(outlines, others, place) for place in distance_origin.ORIGINS}
    headline = _rule(fields[distance_origin.EDGE], distance_origin.EDGE, chosen).drawn
    pairs = _pairs(outlines, headline)
    if not pairs:
        wrong = text("every site is level: there is nothing to rank")
        raise UsageError(option("by", by), wrong, text("rank by something else"))
    labels = distance_origin.outline_labels(outlines, lang).tolist()
    rules = [_rule(fields[place], place, reach) for reach in (None, *reaches) for place in fields]
    states = [_both_states(rule, pairs) for rule in rules]
    told = [_row(*each, labels, lang) for each in zip(rules, states, strict=True)]
    rows = add_credits(pd.DataFrame(told), here, [layer])
    order, ends = ranking_order(headline, labels), (outlines, others)
    rows.attrs["verdict"] = ranking_verdict(rows, order, chosen, lang, ends)
    rows.attrs["pairs"] = _rule_counts(states, labels, lang)  # last: pandas copies attrs
    return rows


def list_pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each pair of outlines: how many rules keep its order.

    Parameters
    ----------
    rows : DataFrame
        From :func:`robust`.

    Returns
    -------
    DataFrame
        ``pair`` in words, then counts of rules: ``same_count``, ``level_count`` and
        ``reversed_count`` with the outlines as drawn; ``certain_count`` (the same order wherever
        in the ranges the truth lies), ``refuted_count`` and ``undecided_count``.
    """
    return pd.DataFrame(rows.attrs["pairs"])


def _rule_counts(
    states: Sequence[tuple[_States, _States]], labels: Sequence[str], lang: Lang
) -> dict[str, list[Any]]:
    """Count the rules by what they say of each pair, as drawn and within the accuracies."""
    pairs = list(states[0][0])
    as_drawn = [[drawn[pair] for drawn, _ in states] for pair in pairs]
    within = [[found[pair] for _, found in states] for pair in pairs]
    return {
        "pair": _before(pairs, labels, lang),
        "same_count": [each.count("yes") for each in as_drawn],
        "level_count": [each.count("tied") for each in as_drawn],
        "reversed_count": [each.count("no") for each in as_drawn],
        "certain_count": [each.count("yes") for each in within],
        "refuted_count": [each.count("no") for each in within],
        "undecided_count": [each.count("undecided") + each.count("tied") for each in within],
    }


def _reach(by: str) -> float | None:
    """Read what a ranking is by: None for the distance, else the reach of a count in metres."""
    try:
        return None if by == DISTANCE else metres(by)
    except UnitError:
        wrong = text("neither distance nor a length")
        remedy = text("write distance, or the reach of a count, as in 800m")
        raise UnitError(option("by", by), wrong, remedy) from None


def _field(outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame, origin: str) -> tuple[Any, Any]:
    """Return every distance from an origin, and how far it may be out."""
    starts = distance_origin.move_to_origin(outlines, origin)
    gaps, slack = (
        distances.distance_matrix_m(starts, others),
        distances.distance_error_m(starts, others),
    )
    return gaps.to_numpy(), slack.to_numpy()


def _rule(field: tuple[Any, Any], origin: str, reach: float | None) -> _Rule:
    gaps, slack = field
    lows, highs = distance_range_m(gaps, slack).values()
    if reach is None:
        ends = (ends.min(axis=1) for ends in (gaps, lows, highs))
        return _Rule(origin, float("nan"), *ends)
    known = np.where(np.isnan(slack).any(axis=1), np.nan, 0.0)
    far = reach + crs.NOISE_M
    drawn, most, fewest = (-(ends <= far).sum(axis=1) for ends in (gaps, lows, highs))
    return _Rule(origin, reach, drawn, most + known, fewest + known)


def _pairs(outlines: gpd.GeoDataFrame, scores: Any) -> list[tuple[int, int]]:
    """Return the pairs of outlines of two sites that the ranking tells apart, first one first."""
    ids, count = outlines["site_id"].to_numpy(), range(len(outlines))
    return [(a, b) for a in count for b in count if ids[a] != ids[b] and is_ahead(scores, a, b)]


def _row(
    rule: _Rule, states: tuple[_States, _States], labels: Sequence[str], lang: Lang
) -> dict[str, Any]:
    drawn, found = states
    flips, refuted = (
        _before([(b, a) for a, b in _of(each, "no")], labels, lang) for each in states
    )
    level = [f"{labels[a]} = {labels[b]}" for a, b in _of(found, "tied")]
    doubtful = _before(_of(found, "undecided"), labels, lang)
    told = {"flips": flips, "refuted": refuted, "tied": level, "open": doubtful}
    return {
        "rule": DISTANCE if np.isnan(rule.reach_m) else "count",
        "origin": rule.origin,
        "reach_m": rule.reach_m,
        "as_drawn": _worst(drawn),
        "holds": _worst(found),
        "pairs_count": len(drawn),
        **{name: "; ".join(texts) for name, texts in told.items()},
        "remark": ranking_remark(flips, len(level), len(doubtful), len(drawn), lang),
    }


def _both_states(rule: _Rule, pairs: Sequence[tuple[int, int]]) -> tuple[_States, _States]:
    """Return what a rule says of each pair: as drawn, and within the accuracies."""
    return _states(rule.drawn, rule.drawn, pairs), _states(rule.best, rule.worst, pairs)


def _states(best: Any, worst: Any, pairs: Sequence[tuple[int, int]]) -> _States:
    """Say of each pair, first one first, whether a rule bears its order out, by its ranges."""
    ranges = list(zip(map(float, best), map(float, worst), strict=True))
    return {(a, b): _state(ranges[a], ranges[b]) for a, b in pairs}


def _state(first: tuple[float, float], second: tuple[float, float]) -> str:
    if second[0] - first[1] > crs.NOISE_M:
        return "yes"
    if first[0] - second[1] > crs.NOISE_M:
        return "no"
    same = max(first[1], second[1]) - min(first[0], second[0]) <= crs.NOISE_M
    return "tied" if same else "undecided"


def _of(states: _States, state: str) -> list[tuple[int, int]]:
    return [pair for pair, found in states.items() if found == state]


def _worst(states: _States) -> str:
    """Return the state that says the least for the ranking: a rule is as good as its worst pair."""
    return next((state for state in STATES if state in states.values()), "yes")


def _before(pairs: Sequence[tuple[int, int]], labels: Sequence[str], lang: Lang) -> list[str]:
    words = translate("phrase", "robust_before", lang)
    return [words.format(first=labels[a], second=labels[b]) for a, b in pairs]
