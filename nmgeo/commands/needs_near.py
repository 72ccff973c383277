"""The need to be near what is open by a year, and land whose stations open after its release."""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from nmgeo import crs
from nmgeo.catalog import NOT_KNOWN, Catalog
from nmgeo.commands.figure_text import figure_text
from nmgeo.commands.near import near
from nmgeo.commands.near_remarks import list_names
from nmgeo.commands.near_years import require_known_year
from nmgeo.commands.needs import (
    FAILED,
    NOTED,
    PASSED,
    UNKNOWN,
    Answer,
    Facts,
    Needs,
    land_figure,
    land_years,
    say,
)
from nmgeo.errors import Notice
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.records.tables import cite_first
from nmgeo.sources.layers import read_layer
from nmgeo.sources.opening import are_open
from nmgeo.translations import Lang, join_texts, translate

_Outline = tuple[str, str]  # the site and the basis of an outline
_Row = dict[str, Any]
_DATED: Final = ("as_of", "source")  # columns of a feature


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What is near the outlines in one layer: the nearest in the year, and all within reach.

    ``nearest`` and ``within`` hold rows of ``near`` by site and basis; ``shown`` has the nearest as
    it is read, rounded, and ``undated`` what is within reach and not known to open in a year;
    ``undated_nearest`` is the nearest such feature, however far. ``nearest`` is of all features if
    the layer tells of none when it opens.
    """

    layer: str
    reach_m: float
    in_year: int | None
    tells_years: bool
    nearest: Mapping[_Outline, list[_Row]]
    shown: Mapping[_Outline, list[_Row]]
    within: Mapping[_Outline, list[_Row]]
    undated: Mapping[_Outline, list[_Row]]
    undated_nearest: Mapping[_Outline, list[_Row]]
    features: pd.DataFrame


def measure_reach(catalog: Catalog, needs: Needs, facts: Facts) -> list[Reach]:
    """Measure, for each layer that is asked about, what is near the outlines of the sites."""
    # phases are of all shipped sites
    here = replace(catalog, chosen=()) if catalog.own_sites is None else catalog
    return [
        _measure_layer(here, layer, reach_m, needs.open_by, facts.lang)
        for layer, reach_m in needs.near.items()
    ]


def _measure_layer(
    here: Catalog, layer: str, reach_m: float, in_year: int | None, lang: Lang
) -> Reach:
    """Measure to what is open in a year and to all within reach; to all, if no year is known."""
    with _without_notices():
        features = read_layer(here, layer)
    tells_years = bool((are_open(features["status"]) | features["opens"].notna()).any())
    years = [in_year] if tells_years and in_year is not None else []
    for year in years:
        require_known_year(year, features, layer, "open_by")
    with _without_notices():
        nearest = _bare(near(here, layer, years=years, lang=lang))
        within = _bare(near(here, layer, within=reach_m, lang=lang))
        unsure = features[~are_open(features["status"]) & features["opens"].isna()]
        doubtful = _bare(near(here, unsure, lang=lang)) if years and len(unsure) else unsure[:0]
    return Reach(
        layer=layer,
        reach_m=reach_m,
        in_year=in_year,
        tells_years=tells_years,
        nearest=_by_outline(nearest),
        shown=_by_outline(round_distances(nearest)),
        within=_by_outline(within),
        undated={} if in_year is None else _undated(within),
        undated_nearest=_by_outline(round_distances(doubtful)) if len(doubtful) else {},
        features=features,
    )


@contextmanager
def _without_notices() -> Iterator[None]:
    """Silence what is said of features: an answer says it of those that it depends on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        yield


def _undated(within: pd.DataFrame) -> dict[_Outline, list[_Row]]:
    """Return the rows whose feature is not open and has no year of opening, rounded."""
    is_undated = ~are_open(within["nearest_status"]) & within["nearest_opens"].isna()
    rows = within[within["nearest_m"].notna() & is_undated]
    return _by_outline(round_distances(rows)) if len(rows) else {}


def near_answers(
    phase: Mapping[str, Any], reaches: Sequence[Reach], facts: Facts
) -> Iterator[Answer]:
    """Yield whether a phase is near enough, then what opens after its land is released."""
    for reach in reaches:
        yield _distance_answer(phase, reach, facts)
        yield from _later_than_land(phase, reach, facts)


def _distance_answer(phase: Mapping[str, Any], reach: Reach, facts: Facts) -> Answer:
    """Test the distance to the nearest that counts; what may be open by then leaves it open."""
    answer = _nearest_answer(phase, reach, facts)
    outline = _outline_of(phase)
    row, closest = reach.nearest[outline][0], reach.undated_nearest.get(outline, [])
    may_reach = [one for one in closest if _by_range(one, reach) != FAILED]
    undated = reach.undated.get(outline, may_reach)
    if reach.tells_years and _by_range(row, reach) == PASSED:
        return answer
    if not undated:
        return _with_nearer(answer, row, closest, reach, facts)
    first = undated[0]["nearest_id"]
    cited = _cite(reach, first, facts) if _is_known(reach, first) else {}
    doubted = replace(answer, result=UNKNOWN, missed="", short=0.0, cited=cited)
    return _with_doubts(doubted, row, undated, reach, facts)


def _with_nearer(
    answer: Answer, row: _Row, undated: Sequence[_Row], reach: Reach, facts: Facts
) -> Answer:
    """Say of what is too far that something nearer, which is too far too, may be open by then."""
    counted_m = _known(row["nearest_m"], math.inf)
    if answer.result != FAILED or not undated or undated[0]["nearest_m"] >= counted_m:
        return answer
    gap_m = max(float(undated[0]["nearest_m"]) - reach.reach_m, 0.0)
    missed = say("metres_far_least", facts.lang).format(m=f"{gap_m:,.0f}")
    return _with_doubts(replace(answer, missed=missed), row, undated, reach, facts)


def _with_doubts(
    answer: Answer, row: _Row, undated: Sequence[_Row], reach: Reach, facts: Facts
) -> Answer:
    said = [answer.found, *_doubts(row, undated, reach, facts)]
    return replace(answer, found=join_texts(said, "semicolon", facts.lang))


def _doubts(row: _Row, undated: Sequence[_Row], reach: Reach, facts: Facts) -> Iterator[str]:
    """Yield why it is not known what is open by the year."""
    if reach.tells_years:
        named = say("named_distance", facts.lang)
        each = [
            named.format(name=one["nearest_name"], m=f"{float(one['nearest_m']):,.0f}")
            for one in undated
        ]
        yield say("undated", facts.lang).format(names=list_names(each, facts.lang))
    elif _is_known(reach, row["nearest_id"]):  # otherwise that is said
        key = "opening_unknown" if reach.features["status"].notna().any() else "no_statuses"
        yield say(key, facts.lang)


def _by_range(row: _Row, reach: Reach) -> str:
    """Return whether a distance with its whole range is within reach."""
    if pd.isna(row["nearest_m"]):
        return FAILED
    low_m, high_m = (_known(row[end], row["nearest_m"]) for end in ("low_m", "high_m"))
    limit_m = reach.reach_m + crs.NOISE_M
    return PASSED if high_m <= limit_m else FAILED if low_m > limit_m else UNKNOWN


def _is_known(reach: Reach, feature_id: str) -> bool:
    """Tell whether the status of a feature had been stated by the day that is asked about."""
    return bool(reach.features.loc[feature_id].get("status") != NOT_KNOWN)


def _nearest_answer(phase: Mapping[str, Any], reach: Reach, facts: Facts) -> Answer:
    row = reach.nearest[_outline_of(phase)][0]
    wanted = _wanted(reach, facts)
    if pd.isna(row["nearest_m"]):
        found = say("none_open", facts.lang)
        return Answer(need="near", wanted=wanted, result=FAILED, found=found, short=math.inf)
    result = _by_range(row, reach)
    is_part = phase["phase_id"] != phase["site_id"]
    shown = reach.shown[_outline_of(phase)][0]
    found, missed = _distance_text(shown, facts), _missed(result, row, shown, reach, facts)
    if is_part and result != FAILED:  # a part is as far as its site, or further
        result = UNKNOWN
        found = join_texts([found, say("of_site", facts.lang)], "semicolon", facts.lang)
    is_known = _is_known(reach, row["nearest_id"])
    if not is_known:  # what was stated later may not be cited
        result, missed = UNKNOWN, ""
        found = join_texts(
            [found, translate("status", NOT_KNOWN, facts.lang)], "semicolon", facts.lang
        )
    cited = _cite(reach, row["nearest_id"], facts) if is_known else {}
    over = row["nearest_m"] / reach.reach_m - 1 if reach.reach_m else row["nearest_m"]
    said = {"found": found, "missed": missed, "short": max(float(over), 0.0), "cited": cited}
    return Answer(need="near", wanted=wanted, result=result, **said)


def _missed(result: str, row: _Row, shown: _Row, reach: Reach, facts: Facts) -> str:
    """Say how much too far a distance is, as it is shown, if its whole range is too far."""
    if result != FAILED:
        return ""
    gap_m = float(shown["nearest_m"]) - reach.reach_m
    if gap_m <= 0:  # which rounding took away
        gap_m = math.ceil(row["nearest_m"] - reach.reach_m)
    return say("metres_far", facts.lang).format(m=f"{gap_m:,.0f}")


def _cite(reach: Reach, feature_id: str, facts: Facts) -> dict[str, str]:
    """Return the date and the source of a feature; a layer of the user may have neither."""
    said = reach.features.loc[feature_id]
    as_of, source = ("" if pd.isna(value := said.get(name)) else str(value) for name in _DATED)
    return cite_first(facts.sources, source, as_of)


def _wanted(reach: Reach, facts: Facts) -> str:
    key = "near" if reach.in_year is None else "near_open"
    words = {"layer": translate("layer", reach.layer, facts.lang), "m": f"{reach.reach_m:,.0f}"}
    return say(key, facts.lang).format(**words, year=reach.in_year)


def _distance_text(row: Mapping[str, Any], facts: Facts) -> str:
    """Return the name of what is nearest, its distance and its range."""
    key = "distance" if pd.isna(row["low_m"]) else "distance_range"
    numbers = {end: row[f"{end}_m"] for end in ("nearest", "low", "high")}
    shown = {name: "" if pd.isna(n) else f"{float(n):,.0f}" for name, n in numbers.items()}
    said = say(key, facts.lang).format(name=row["nearest_name"], **shown)
    untold = [end for end in ("site", "nearest") if pd.isna(row[f"{end}_accuracy_m"])]
    if not untold:
        return said
    caveat = translate("phrase", "_".join(["untold", *untold]), facts.lang)
    return join_texts([said, caveat], "semicolon", facts.lang)


def _later_than_land(phase: Mapping[str, Any], reach: Reach, facts: Facts) -> Iterator[Answer]:
    """Yield a note on what lies within reach and opens after the land is released."""
    figure = land_figure(phase, facts)
    years = figure and land_years(figure)
    if not figure or not years:
        return
    rows = reach.within.get(_outline_of(phase), [])
    opening = [row for row in rows if not pd.isna(row.get("nearest_opens"))]
    late = [row for row in opening if row["nearest_opens"] > years[0]]
    if not late:
        return
    one = say("opens_later", facts.lang)
    each = [
        one.format(
            name=row["nearest_name"], year=row["nearest_opens"], n=row["nearest_opens"] - years[0]
        )
        for row in late
    ]
    wanted = say("land_from", facts.lang).format(when=figure_text(figure, facts.lang))
    yield Answer(
        need="later",
        wanted=wanted,
        result=NOTED,
        found=join_texts([wanted, *each], "semicolon", facts.lang),
        cited=_cite(reach, late[0]["nearest_id"], facts),
    )


def _bare(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(rows.drop(columns="geometry"))


def _by_outline(rows: pd.DataFrame) -> dict[_Outline, list[_Row]]:
    """Return the rows of each outline, once for all: a search for each would take their square."""
    found: dict[_Outline, list[_Row]] = {}
    for row in rows.to_dict("records"):
        named = {str(name): value for name, value in row.items()}
        found.setdefault((named["site_id"], named["basis"]), []).append(named)
    return found


def _outline_of(phase: Mapping[str, Any]) -> _Outline:
    return phase["site_id"], phase["basis"]


def _known(value: Any, otherwise: float) -> float:
    return otherwise if pd.isna(value) else float(value)
