"""Votes: which candidate the known places, names and columns of coordinates speak for, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from nmgeo import crs as ruler
from nmgeo.crs import System
from nmgeo.messages import list_all, list_choices, text
from nmgeo.sources.crs_check.candidates import REACH_M, Candidate
from nmgeo.sources.crs_check.evidence import Evidence, differ_in_axes
from nmgeo.sources.crs_check.known_places import ENOUGH

SAME_M: Final = 100.0  # up to here a place is the known one; the other systems are further away
_CLEARER: Final = 4.0  # times further than the best candidate the second has to be
_BY_CHANCE: Final = 2.0  # times further than a known place its moved copies have to be
_CONVERTED_M: Final = 0.5  # up to here one file is converted from the other, not surveyed again
_SAME_DRAWING_M: Final = 5.0  # up to here two files hold one outline, and not two side by side
_KM: Final = 1_000.0  # metres


@dataclass(frozen=True)
class Vote:
    """A candidate in whose system a place is where it is known to be: how near, and in words."""

    gap_m: float
    candidate: Candidate
    why: str


@dataclass(frozen=True)
class Likeliest:
    """The system that the evidence speaks for.

    ``why`` says what decides. If nothing does, ``is_decided`` is false, ``system`` is the first
    candidate, ``others`` names the other ones with their distance, and ``why`` says what is open.
    ``by_place`` is whether a known place decides.
    """

    system: System
    why: str
    others: str = ""
    is_decided: bool = True
    by_place: bool = False


def likeliest_system(evidence: Evidence, fitting: list[Candidate]) -> Likeliest:
    """Choose among the candidates that fit, at least one.

    Parameters
    ----------
    evidence : Evidence
        Of the file.
    fitting : list of Candidate
        From :meth:`Evidence.best_candidates`.

    Returns
    -------
    Likeliest
        The candidate of the nearest vote; without a vote, the one order of axes in which all
        features lie in Hong Kong; otherwise undecided.
    """
    if len(fitting) == 1:
        why = text("in no other system are these coordinates in Hong Kong")
        return Likeliest(fitting[0].system, why)
    by_name = (_by_name(evidence, fitting, confirmed=confirmed) for confirmed in (True, False))
    cast = (*_by_outline(evidence, fitting), *by_name, _by_columns(evidence, fitting))
    votes = [vote for vote in cast if vote]
    if votes:
        vote = min(votes, key=lambda vote: vote.gap_m)
        return Likeliest(vote.candidate.system, vote.why, by_place=True)
    in_axes = differ_in_axes(fitting)
    for best, other in [fitting, fitting[::-1]] if in_axes else []:
        if best.territory_count == evidence.count > other.territory_count:
            why = text(
                "all {count} features are in Hong Kong; read as {other}, {out} are not",
                count=evidence.count,
                other=other.system.name,
                out=evidence.count - other.territory_count,
            )
            return Likeliest(best.system, why)
    return _undecided(evidence, fitting, in_axes=in_axes)


def _undecided(evidence: Evidence, fitting: list[Candidate], *, in_axes: bool) -> Likeliest:
    """Name the other candidates, how far away each puts the file, and what is open."""
    first, *others = fitting
    named = list_choices(
        text("{system} ({distance} away)", system=c.system.name, distance=_apart(first, c))
        for c in others
    )
    why = text("no known place decides")
    if in_axes:
        why = text(
            "{near} of {count} features are near known places, {swapped} with the axes swapped",
            near=first.region_count,
            count=evidence.count,
            swapped=others[0].region_count,
        )
    return Likeliest(first.system, why, named, is_decided=False)


def _apart(one: Candidate, other: Candidate) -> str:
    """Return how far apart two candidates put the first feature, in words."""
    first = shapely.get_coordinates(one.first)
    systems = [candidate.system for candidate in (one, other)]
    read = [(system.to_standard_coordinates(first), system.crs) for system in systems]
    places = [ruler.transform_coordinates(place, crs, ruler.HK80) for place, crs in read]
    metres = float(np.linalg.norm(np.subtract(*places)))
    if metres < _KM:
        return text("{metres:.0f} m", metres=metres)
    return text("{km:.0f} km", km=metres / _KM)


def _by_outline(evidence: Evidence, fitting: list[Candidate]) -> list[Vote | None]:
    """Vote by each known outline, and by the points of each known layer."""
    found = []
    nearest = np.min([candidate.nearest_m() for candidate in fitting], axis=0)
    for number, place in enumerate(evidence.known):
        if len(place.places) >= ENOUGH and nearest[number] <= SAME_M:  # quick; few known ones are
            gaps = np.array([candidate.misfit_m(number) for candidate in fitting])
            best = int(np.argmin(gaps))
            near = gaps[best] <= SAME_M  # what is further away is not the known place
            if near and fitting[best].moved_misfit_m(number) >= _BY_CHANCE * gaps[best]:
                within = _same_within(evidence, SAME_M / 2, [number])
                vote = _best_candidate(fitting, gaps, place.label, within)
                found.append(None if _repeats(evidence, fitting, vote, [number]) else vote)
    return found


def _by_name(evidence: Evidence, fitting: list[Candidate], *, confirmed: bool) -> Vote | None:
    """Vote by all the features that have the name of a known place, confirmed or not, together."""
    known = evidence.known
    of_kind = (
        (centre, [n for n in numbers if known[n].confirmed == confirmed])
        for centre, numbers in evidence.named
    )
    named = [(centre, numbers) for centre, numbers in of_kind if numbers]
    if not named:
        return None
    gaps = np.array(
        [np.median([one.gap_m(centre, there) for centre, there in named]) for one in fitting]
    )
    numbers = [number for _, there in named for number in there]
    off = float(np.median([known[number].accuracy_m for number in numbers]))
    best, second = np.sort(gaps)[:2]
    if off > second / 3 and best > off / 10:  # the known places are not accurate enough
        return None
    what = text(
        "{count} of the same name, first {place}",
        count=len(named),
        place=known[numbers[0]].label,
    )
    vote = _best_candidate(fitting, gaps, what, _same_within(evidence, SAME_M, numbers))
    return None if _repeats(evidence, fitting, vote, numbers) else vote


def _by_columns(evidence: Evidence, fitting: list[Candidate]) -> Vote | None:
    """Vote by other columns of coordinates."""
    centres, places = evidence.by_columns
    if not len(centres):
        return None
    gaps = np.array([candidate.median_gap_m(centres, places) for candidate in fitting])
    what = text("columns {columns}", columns=list_all(evidence.columns))
    return _best_candidate(fitting, gaps, what, SAME_M)


def _best_candidate(
    fitting: list[Candidate], gaps: np.ndarray, place: str, within_m: float
) -> Vote | None:
    """Vote for the candidate that is near enough, unless another one comes near too."""
    best, second = np.argsort(gaps, kind="stable")[:2]
    if gaps[best] > within_m or gaps[second] < max(SAME_M, _CLEARER * gaps[best]):
        return None
    further = text("{metres:.0f} m", metres=gaps[second])
    if gaps[second] >= REACH_M:
        further = text("over {distance}", distance=further)
    why = text(
        "{place}: {metres:.0f} m off read as {system}, {further} as {other}",
        place=place,
        metres=gaps[best],
        system=fitting[best].system.name,
        further=further,
        other=fitting[second].system.name,
    )
    return Vote(float(gaps[best]), fitting[best], why)


def _same_within(evidence: Evidence, metres: float, numbers: Iterable[int]) -> float:
    """Return how near is the same: less where the CRS of all the known places is in doubt."""
    doubtful = all(evidence.known[number].stated is not None for number in numbers)
    return min(metres, _SAME_DRAWING_M) if doubtful else metres


def _repeats(
    evidence: Evidence, fitting: list[Candidate], vote: Vote | None, numbers: Iterable[int]
) -> bool:
    """Whether a vote for the stated system proves nothing, since one mistake may be in both files.

    So it is where the other file states the same, or agrees as exactly as a conversion does; one
    that fits a single order of the axes tells that order all the same.
    """
    if vote is None or evidence.stated is None or vote.candidate.system is not evidence.stated:
        return False
    is_converted, in_axes = vote.gap_m <= _CONVERTED_M, differ_in_axes(fitting)
    for place in (evidence.known[number] for number in numbers):
        if place.stated is None:
            repeats = is_converted and not in_axes
        else:
            repeats = is_converted or place.stated.is_equivalent(evidence.stated)
        if place.confirmed or not repeats:
            return False
    return True
