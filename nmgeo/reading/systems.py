"""What system numbers are really in: known places and overlap as evidence, and the verdict.

Several systems fit the same numbers. So the places that are known are written as each system
would write them, and the numbers of a file are held against that, one batch after another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs as ruler
from nmgeo.crs import System
from nmgeo.reading.landmarks import ENOUGH, Known, folded

SAME_M: Final = 100.0  # nearer than this, a place is the known one; every other system is further
_CLEARER: Final = 4.0  # and so many times further
# Where no system moves a place to: if the file is as near to it there, it is near everywhere.
_DECOYS: Final = np.array([[150.0, 150.0], [150.0, -150.0], [-150.0, -150.0], [-150.0, 150.0]])
_BY_CHANCE: Final = 2.0  # times further than the place itself
_NAMED: Final = 200  # places of the same name that are kept
_LOOKED: Final = 50_000  # features whose outlines and names are held against the known ones
_LARGEST: Final = 20_000  # vertices; an outline of more is not held against the known ones
_REACH_M: Final = 2_000.0  # how far round the known places a file may lie, and how far one looks
_DEGREE_M: Final = (102_890.0, 110_740.0)  # of longitude and of latitude at 22.5 N
_DEGREES: Final = 1_000.0  # numbers below this are no metres here
_UNTOLD: Final = ": it cannot be told from the numbers alone, and no known place decides"


@dataclass(frozen=True)
class Verdict:
    """What was found of the system of a file.

    ``finding`` is ``crs`` (right), ``crs_untold``, ``crs_missing``, ``crs_wrong``,
    ``crs_swapped``, ``crs_offset`` or ``crs_elsewhere``; ``severity`` is ok, note or fault.
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
    """

    def __init__(self, known: Sequence[Known], said: System | None) -> None:
        """Make ready to read the numbers in every system, first in that which the file names."""
        self.said, self.known, self.count = said, known, 0
        self.bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        others = [s for s in ruler.suspects() if said is None or not s.is_same(said)]
        self._readings = [_Reading(s, known) for s in [*([said] if said else []), *others]]
        self._called: dict[str, list[int]] = {}
        for number, place in enumerate(known):
            for name in place.names:
                self._called.setdefault(name, []).append(number)
        self._named: list[tuple[np.ndarray, list[int]]] = []

    def add(self, shapes: np.ndarray, names: Iterable[Iterable[object]]) -> None:
        """Take in a batch: n geometries as the file holds them, and what each is called."""
        boxes = shapely.bounds(shapes)
        good = np.isfinite(boxes).all(axis=1)
        called = [words for words, kept in zip(names, good, strict=True) if kept]
        if not called:
            return
        shapes, boxes = shapes[good], boxes[good]
        box = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
        self.bounds = np.array([*np.fmin(self.bounds, box)[:2], *np.fmax(self.bounds, box)[2:]])
        self.count += len(boxes)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        fitting = [reading for reading in self._readings if reading.system.fits(box)]
        for reading in fitting:
            reading.count(centres)
        room = len(called) + _LOOKED - self.count
        if fitting and room > 0:
            tree = _outlines(shapes[:room], fitting[0].unit)
            for reading in fitting:
                reading.hold(tree)
            self._find(centres[:room], called[:room])

    @property
    def unit(self) -> np.ndarray:
        """Metres in a unit of x and of y, 1 where the numbers fit no system."""
        fitting = (r.unit for r in self._readings if r.system.fits(self.bounds.tolist()))
        return next(fitting, np.ones(2))

    def _find(self, centres: np.ndarray, names: Iterable[Iterable[object]]) -> None:
        for centre, called in zip(centres, names, strict=True):
            known = {n for name in called for n in self._called.get(folded(name), ())}
            if known and len(self._named) < _NAMED:
                self._named.append((centre, sorted(known)))

    def verdict(self) -> Verdict:
        """Weigh what was gathered: what the file is in, why, and the option that says so."""
        box = f"numbers ({', '.join(map(_short, self.bounds))})"
        fitting = [r for r in self._readings if r.system.fits(self.bounds.tolist())]
        if not fitting:
            read = f"when read as {self.said.name}" if self.said else "in any system"
            finding = "crs_elsewhere" if self.said else "crs_missing"
            wrong = f"{box} are not in Hong Kong {read}"
            return Verdict(finding, "fault", wrong, "say what it is with --crs")
        likely, why, told = self._likeliest(fitting)
        remedy = f"--crs {likely.option}"
        looks = f"looks like {likely.name}: {why}" if told else f"looks like {likely.name}, {why}"
        if self.said is None:
            return Verdict("crs_missing", "fault", f"does not say its CRS; {looks}", remedy)
        if likely is self.said:
            others = " or ".join(f"--crs {r.system.option}" for r in fitting[1:])
            if told:
                return Verdict("crs", "ok", f"is {likely.name}: {why}")
            ask = f"ask its publisher; {others} reads it otherwise"
            return Verdict("crs_untold", "note", f"says {likely.name}, but {why}", ask)
        turned = likely.swapped != self.said.swapped
        if self.said is not fitting[0].system:
            wrong = f"{box} are not in Hong Kong when read as {self.said.name}; {looks}"
            return Verdict("crs_swapped" if turned else "crs_wrong", "fault", wrong, remedy)
        remedy = f"{remedy}, or --crs {self.said.option} if it is right as it stands"
        wrong = f"says {self.said.name}, but {looks}"
        return Verdict("crs_swapped" if turned else "crs_offset", "fault", wrong, remedy)

    def _likeliest(self, fitting: "list[_Reading]") -> tuple[System, str, bool]:
        """Say which system it is, why, and whether that is more than the numbers fitting it."""
        if len(fitting) == 1:
            return fitting[0].system, "Hong Kong holds these numbers in no other system", True
        votes = [v for v in (*self._outline_votes(fitting), self._name_vote(fitting)) if v]
        if votes:
            _, chosen, why = min(votes, key=lambda vote: vote[0])
            return chosen.system, why, True
        if len(fitting) == len({reading.system.swapped for reading in fitting}):
            other, best = sorted(fitting, key=lambda reading: reading.overlap)
            if best.overlap > other.overlap + self.count / 2:
                why = f"{best.near} of {self.count} features lie in the region of the known places"
                return best.system, f"{why}, as {other.system.name} {other.near}", True
        first = fitting[0]
        also = " or ".join(reading.system.name for reading in fitting[1:])
        return first.system, f"may as well be {also}{_UNTOLD}", False

    def _outline_votes(self, fitting: "list[_Reading]") -> "list[_Vote | None]":
        """Let each known outline, and each layer of points, say in which system the file has it."""
        found = []
        for number, place in enumerate(self.known):
            if len(place.places) >= ENOUGH:
                gaps, decoys = np.array([reading.misfit(number) for reading in fitting]).T
                best = int(np.argmin(gaps))
                if decoys[best] >= _BY_CHANCE * gaps[best]:
                    found.append(_vote(fitting, gaps, place.label, SAME_M / 2))
        return found

    def _name_vote(self, fitting: "list[_Reading]") -> "_Vote | None":
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
        return _vote(fitting, gaps, what, SAME_M)


class _Reading:
    """The known places, written as one system would write them, and what lies there in a file."""

    def __init__(self, system: System, known: Sequence[Known]) -> None:
        self.system, self._known = system, known
        self.near = self.home = 0  # features in the region, and in Hong Kong

    @property
    def overlap(self) -> int:
        return self.near + self.home

    @cached_property
    def unit(self) -> np.ndarray:
        """Metres in a unit of the first and of the second number."""
        geographic = self.system.crs.is_geographic
        unit = np.array(_DEGREE_M if geographic else (1.0, 1.0))
        return unit[::-1] if self.system.swapped else unit

    @cached_property
    def _places(self) -> list[np.ndarray]:
        return [self.system.written(place.places) * self.unit for place in self._known]

    @cached_property
    def _centres(self) -> np.ndarray:
        centres = np.array([place.centre for place in self._known])
        return np.asarray(self.system.written(centres) * self.unit)

    @cached_property
    def _gaps(self) -> list[np.ndarray]:
        return [np.full((1 + len(_DECOYS), len(places)), _REACH_M) for places in self._places]

    @cached_property
    def _region(self) -> shapely.Geometry:
        places = np.vstack([place.places for place in self._known])
        hull = gpd.GeoSeries([shapely.MultiPoint(places).convex_hull], crs=ruler.STORED)
        wide = ruler.transformed(hull, ruler.MEASURED).buffer(_REACH_M)
        return self._drawn(ruler.transformed(wide, ruler.STORED).iloc[0])

    @cached_property
    def _territory(self) -> shapely.Geometry:
        return self._drawn(shapely.segmentize(shapely.box(*ruler.TERRITORY), 0.1))

    def _drawn(self, shape: shapely.Geometry) -> shapely.Geometry:
        drawn = shapely.transform(shape, self.system.written)
        shapely.prepare(drawn)
        return drawn

    def count(self, centres: np.ndarray) -> None:
        """Count the features that lie in the region of the known places, and in Hong Kong."""
        self.near += int(shapely.contains_xy(self._region, *centres.T).sum())
        self.home += int(shapely.contains_xy(self._territory, *centres.T).sum())

    def hold(self, tree: shapely.STRtree) -> None:
        """Hold the outlines of features, in metres, against the known places and their decoys."""
        places = np.vstack(self._places)
        points = shapely.points(np.vstack([places, *(places + decoy for decoy in _DECOYS)]))
        (rows, _), gaps = tree.query_nearest(
            points, max_distance=_REACH_M, return_distance=True, all_matches=False
        )
        nearer = np.full(len(points), _REACH_M)
        nearer[rows] = gaps
        ends = np.cumsum([len(places) for places in self._places])
        apart = np.split(nearer.reshape(-1, len(places)), ends[:-1], axis=1)
        for known, found in zip(self._gaps, apart, strict=True):
            np.minimum(known, found, out=known)

    def misfit(self, number: int) -> tuple[float, float]:
        """Return how far the file's outlines are from a known one and from its nearest decoy.

        Metres, medians along it.
        """
        place, *decoys = np.median(self._gaps[number], axis=1)
        return float(place), float(min(decoys))

    def gap(self, centre: np.ndarray, numbers: Iterable[int]) -> float:
        """Return how far a centre is from the nearest of some known ones, in metres."""
        there = self._centres[list(numbers)] - centre * self.unit
        return float(np.linalg.norm(there, axis=1).min())


_Vote = tuple[float, _Reading, str]


def _vote(fitting: list[_Reading], gaps: np.ndarray, what: str, within: float) -> _Vote | None:
    """Vote for the system in which a place is where it is known to be, if no other comes near."""
    best, second = np.argsort(gaps)[:2]
    if gaps[best] > within or gaps[second] < max(SAME_M, _CLEARER * gaps[best]):
        return None
    name, other = fitting[best].system.name, fitting[second].system.name
    far = f"{'over ' if gaps[second] >= _REACH_M else ''}{gaps[second]:.0f} m"
    why = f"{what}: {gaps[best]:.0f} m off read as {name}, {far} as {other}"
    return float(gaps[best]), fitting[best], why


def _short(value: float) -> str:
    return f"{value:.{0 if abs(value) >= _DEGREES else 4}f}"


def _outlines(shapes: np.ndarray, unit: np.ndarray) -> shapely.STRtree:
    """Index what bounds each feature, in metres."""
    light = shapes[shapely.get_num_coordinates(shapes) <= _LARGEST]
    areal = shapely.get_dimensions(light) == 2  # noqa: PLR2004 - polygons
    bounding = np.where(areal, shapely.boundary(light), light)
    return shapely.STRtree(shapely.transform(bounding, lambda xy: xy * unit))
