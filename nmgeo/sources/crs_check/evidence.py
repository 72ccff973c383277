"""What system numbers are really in: known places and overlap as evidence, and the verdict.

Several systems fit the same numbers. So the places that are known are written as each system
would write them, and the numbers of a file are held against that, one batch after another.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs as ruler
from nmgeo.crs import System
from nmgeo.sources.coordinate_columns import Columns, StatedPlaces, stated_places
from nmgeo.sources.crs_check.candidates import (
    REACH_M,
    SAME_M,
    Candidate,
    Vote,
    best_candidate,
    bounding_lines,
)
from nmgeo.sources.crs_check.known_places import ENOUGH, KnownPlace, normalise_name

_BY_CHANCE: Final = 2.0  # times further than the place itself
_BATCHES_STATED: Final = 5  # batches whose other columns are held against the geometry
_NAMED: Final = 200  # places of the same name that are kept
_LOOKED: Final = 50_000  # features whose outlines and names are held against the known ones
_DEGREES: Final = 1_000.0  # numbers below this are no metres here
_UNTOLD: Final = ": it cannot be told from the numbers alone"
_MORE: Final = 2.0  # times as many features among the known places as with swapped axes
_HALF: Final = 0.5  # of the features in Hong Kong by the best reading; with fewer, none fits
_DRAWN_M: Final = 5.0  # nearer than this, two files hold one thing, and not two side by side
_KM: Final = 1_000.0


@dataclass(frozen=True)
class Verdict:
    """What was found of the system of a file.

    ``finding`` is ``crs`` (right), ``crs_untold``, ``crs_missing``, ``crs_wrong``,
    ``crs_swapped``, ``crs_mixed``, ``crs_offset`` or ``crs_elsewhere``; ``severity`` is ok, note or
    fault.
    """

    finding: str
    severity: str
    evidence: str
    remedy: str = ""


class Evidence:
    """What the numbers of a file say of their system, gathered batch by batch in bounded memory.

    Parameters
    ----------
    known : sequence of Known, at least one
        The places to hold the numbers against; the region is what they span.
    said : System, optional
        What the file, or its user, says it is.
    vouched : bool
        Whether its user says it, and not the file alone.
    """

    def __init__(
        self, known: Sequence[KnownPlace], said: System | None, *, vouched: bool = False
    ) -> None:
        """Make ready to read the numbers in every system, first in that which the file names."""
        self.said, self.known, self.vouched, self.count = said, known, vouched, 0
        self.bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        others = [s for s in ruler.candidate_systems() if said is None or not s.is_equivalent(said)]
        self._readings = [Candidate(s, known) for s in [*([said] if said else []), *others]]
        self._called: dict[str, list[int]] = {}
        for number, place in enumerate(known):
            for name in place.names:
                self._called.setdefault(name, []).append(number)
        self._named: list[tuple[np.ndarray, list[int]]] = []
        self._stated: list[tuple[np.ndarray, np.ndarray]] = []  # as the file has it, in WGS 84
        self._stated_by: tuple[str, ...] = ()
        self._batches = 0

    def add(
        self,
        shapes: np.ndarray,
        names: Iterable[Iterable[object]],
        columns: Callable[[], Columns] = dict,
    ) -> None:
        """Take in a batch: n geometries as the file holds them, and what each is called.

        ``columns`` gives their other columns, which may state coordinates too.
        """
        boxes = shapely.bounds(shapes)
        good = np.isfinite(boxes).all(axis=1)
        called = [words for words, kept in zip(names, good, strict=True) if kept]
        if not called:
            return
        shapes, boxes = shapes[good], boxes[good]
        ends = np.vstack([self.bounds, boxes])
        self.bounds = np.array([*ends[:, :2].min(axis=0), *ends[:, 2:].max(axis=0)])
        self.count += len(boxes)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        for reading in self._readings:
            reading.count(boxes, centres)
        self._batches += 1
        if self._batches <= _BATCHES_STATED and (stated := stated_places(columns())):
            self._keep_stated(good, centres, stated)
        fitting, room = self._fitting(), len(called) + _LOOKED - self.count
        if fitting and room > 0:
            tree = bounding_lines(shapes[:room], fitting[0].unit)
            for reading in fitting:
                reading.hold(tree)
            self._find(centres[:room], called[:room])

    def _keep_stated(self, good: np.ndarray, centres: np.ndarray, stated: StatedPlaces) -> None:
        """Keep where features are by their geometry and by other columns."""
        there = ~shapely.is_missing(stated.points)
        held = good[: len(there)]
        points = gpd.GeoSeries(stated.points[held & there], crs=stated.crs)
        places = shapely.get_coordinates(ruler.transform(points, ruler.WGS84).to_numpy())
        self._stated.append((centres[: held.sum()][there[held]], places))
        self._stated_by = stated.columns

    @property
    def unit(self) -> np.ndarray | None:
        """Metres in a unit of x and of y, None where the numbers fit no system."""
        return next((reading.unit for reading in self._fitting()), None)

    def _fitting(self) -> list[Candidate]:
        """Return the readings by which as many features lie in Hong Kong as by any, or nearly."""
        most = max(reading.there for reading in self._readings)
        return [r for r in self._readings if r.there > _HALF * most]

    def _find(self, centres: np.ndarray, names: Iterable[Iterable[object]]) -> None:
        for centre, called in zip(centres, names, strict=True):
            known = {n for name in called for n in self._called.get(normalise_name(name), ())}
            if known and len(self._named) < _NAMED:
                self._named.append((centre, sorted(known)))

    @property
    def is_open(self) -> bool:
        """Whether more features may tell what these do not: what they are, or how far they reach.

        Only some are held against what is known; where only the order of the axes is in doubt, one
        that lies in Hong Kong by one reading alone tells it.
        """
        fitting = self._fitting()
        reach = _differ_in_axes(fitting) and all(r.home == self.count for r in fitting)
        return self.count < _LOOKED or reach

    def verdict(self) -> Verdict:
        """Weigh what was gathered: what the file is in, why, and the option that says so."""
        box, fitting = (
            f"numbers ({', '.join(map(format_coordinate, self.bounds))})",
            self._fitting(),
        )
        if not fitting:
            read = f"when read as {self.said.name}" if self.said else "in any system"
            finding = "crs_elsewhere" if self.said else "crs_missing"
            wrong = f"{box} are not in Hong Kong {read}"
            return Verdict(finding, "fault", wrong, "say what it is with --crs")
        likely, why, told = self._likeliest(fitting)
        looks = f"looks like {likely.name}: {why}" if told else f"may be {likely.name} or {why}"
        ways = [likely] if told else [reading.system for reading in fitting]
        remedy = " or ".join(f"--crs {system.option}" for system in ways)
        if self.said is None:
            return Verdict("crs_missing", "fault", f"does not say its CRS; {looks}", remedy)
        if likely is self.said:
            return (self._told if told else self._untold)(likely, why, fitting)
        turned = likely.swapped != self.said.swapped
        if self.said is not fitting[0].system:
            wrong = f"{box} are not in Hong Kong when read as {self.said.name}; {looks}"
            return Verdict("crs_swapped" if turned else "crs_wrong", "fault", wrong, remedy)
        remedy = f"{remedy}, or --crs {_flag(self.said)} if it is right as it stands"
        wrong = f"says {self.said.name}, but {looks}"
        return Verdict("crs_swapped" if turned else "crs_offset", "fault", wrong, remedy)

    def _told(self, said: System, why: str, fitting: list[Candidate]) -> Verdict:
        """Say that it is what it says, unless that is true of a part alone."""
        if mixed := self._turned_places(fitting):
            return Verdict("crs_mixed", "fault", mixed, "split the file, or mend those features")
        return Verdict("crs", "ok", f"is {said.name}: {why}")

    def _untold(self, said: System, why: str, fitting: list[Candidate]) -> Verdict:
        """Say what else it may be: a fault if it may as well lie far away, its axes swapped.

        What a file says is enough if it then lies among the known places, and not so otherwise;
        what its user says is.
        """
        if self.vouched:
            return Verdict("crs", "ok", f"is {said.name}, as you say; it may as well be {why}")
        own, *others = fitting
        turned = any(
            r.system.swapped != said.swapped and own.near <= _MORE * r.near for r in others
        )
        wrong = f"says {said.name}, but may as well be {why}"
        flags = " or ".join(f"--crs {reading.system.option}" for reading in others)
        remedy = f"--crs {_flag(said)} confirms it, {flags} reads it otherwise"
        return Verdict("crs_untold", "fault" if turned else "note", wrong, remedy)

    def _turned_places(self, fitting: list[Candidate]) -> str:
        """Say which places of a known name have their axes in the other order than the file."""
        own, *others = fitting
        turned = [r for r in others if r.system.swapped != own.system.swapped]
        odd = [
            self.known[known[0]].label
            for centre, known in self._named
            if own.gap(centre, known) > REACH_M
            and any(reading.gap(centre, known) <= SAME_M for reading in turned)
        ]
        if not odd:
            return ""
        place = f"{len(odd)} of {len(self._named)} places of a known name have the axes swapped"
        return f"is {own.system.name} but in part: {place}, first {odd[0]}"

    def _likeliest(self, fitting: list[Candidate]) -> tuple[System, str, bool]:
        """Say which system it is, why, and whether that is more than the numbers fitting it."""
        if len(fitting) == 1:
            return fitting[0].system, "Hong Kong holds these numbers in no other system", True
        cast = (*self._outline_votes(fitting), self._name_vote(fitting), self._stated_vote(fitting))
        votes = [vote for vote in cast if vote]
        if votes:
            _, chosen, why = min(votes, key=lambda vote: vote[0])
            return chosen.system, why, True
        turned = _differ_in_axes(fitting)
        for best, other in [fitting, fitting[::-1]] if turned else []:
            if best.home == self.count > other.home:
                out = f"read as {other.system.name}, {self.count - other.home} are not"
                return best.system, f"all {self.count} features are in Hong Kong; {out}", True
        first = fitting[0]
        also = [f"{r.system.name} ({self._apart(first, r)} off)" for r in fitting[1:]]
        decides = ", and no known place decides"
        if turned:
            decides = f"; {first.near} of {self.count} features lie among the places that are known"
            decides += f" read so, {fitting[1].near} the other way"
        return first.system, f"{' or '.join(also)}{_UNTOLD}{decides}", False

    def _apart(self, one: Candidate, other: Candidate) -> str:
        """Return how far the two readings of the first feature lie apart."""
        places = (
            ruler.transform(r.system.to_standard_axes(gpd.GeoSeries([one.first])), ruler.HK80).iloc[
                0
            ]
            for r in (one, other)
        )
        metres = shapely.distance(*places)
        return f"{metres:.0f} m" if metres < _KM else f"{metres / _KM:.0f} km"

    def _outline_votes(self, fitting: list[Candidate]) -> list[Vote | None]:
        """Let each known outline, and each layer of points, say in which system the file has it."""
        found = []
        for number, place in enumerate(self.known):
            if len(place.places) >= ENOUGH:
                gaps = np.array([reading.misfit(number) for reading in fitting])
                best = int(np.argmin(gaps))
                near = gaps[best] <= SAME_M  # what is further is not the known place
                if near and fitting[best].decoy_misfit(number) >= _BY_CHANCE * gaps[best]:
                    within = self._same_within(SAME_M / 2, [number])
                    vote = best_candidate(fitting, gaps, place.label, within)
                    found.append(None if self._echoes(vote, [number]) else vote)
        return found

    def _same_within(self, metres: float, numbers: Iterable[int]) -> float:
        """Return how near is the same: less where all that is known is itself in doubt."""
        doubted = all(self.known[number].said is not None for number in numbers)
        return min(metres, _DRAWN_M) if doubted else metres

    def _echoes(self, vote: Vote | None, numbers: Iterable[int]) -> bool:
        """Whether a vote for what the file says comes from files that say no more than the same."""
        if vote is None or self.said is None or vote[1].system is not self.said:
            return False
        saying = (self.known[number].said for number in numbers)
        return all(said is not None and said.is_equivalent(self.said) for said in saying)

    def _name_vote(self, fitting: list[Candidate]) -> Vote | None:
        """Let the places that bear the name of a known one say it together."""
        if not self._named:
            return None
        gaps = np.array(
            [
                np.median([reading.gap(centre, known) for centre, known in self._named])
                for reading in fitting
            ]
        )
        numbers = [number for _, known in self._named for number in known]
        off = float(np.median([self.known[number].accuracy_m for number in numbers]))
        best, second = np.sort(gaps)[:2]
        if off > second / 3 and best > off / 10:  # what is known is not known that well
            return None
        what = f"{len(self._named)} of the same name, first {self.known[numbers[0]].label}"
        vote = best_candidate(fitting, gaps, what, self._same_within(SAME_M, numbers))
        return None if self._echoes(vote, numbers) else vote

    def _stated_vote(self, fitting: list[Candidate]) -> Vote | None:
        """Let other columns with coordinates say it."""
        if not self._stated:
            return None
        centres, places = (np.vstack(part) for part in zip(*self._stated, strict=True))
        if not len(centres):
            return None
        gaps = np.array([reading.median_gap(centres, places) for reading in fitting])
        return best_candidate(fitting, gaps, f"columns {', '.join(self._stated_by)}", SAME_M)


def _differ_in_axes(fitting: list[Candidate]) -> bool:
    """Whether readings differ in nothing but the order of the axes."""
    return len(fitting) == len({reading.system.swapped for reading in fitting})


def _flag(said: System) -> str:
    """Return what --crs calls the system that a file names, whatever the file calls it."""
    return next((s.option for s in ruler.candidate_systems() if s.is_equivalent(said)), said.option)


def format_coordinate(value: float) -> str:
    """Write a coordinate as a message shows it: metres whole, degrees to 10 m."""
    return f"{value:.{0 if abs(value) >= _DEGREES else 4}f}"
