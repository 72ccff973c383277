"""Evidence: how the coordinates of a file, batch by batch, fit the known places in each system."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs as ruler
from nmgeo.crs import System
from nmgeo.sources.coordinate_columns import Columns, StatedPlaces, stated_places
from nmgeo.sources.coordinate_numbers import are_places
from nmgeo.sources.crs_check.candidates import Candidate, bounding_lines
from nmgeo.sources.crs_check.known_places import KnownPlace, normalise_name

_BATCHES_STATED: Final = 5  # batches whose other columns are compared with the geometry
_NAMED: Final = 200  # features with the name of a known place that are kept
_COMPARED: Final = 50_000  # features whose outlines and names are compared with known places
_HALF: Final = 0.5  # of the features in Hong Kong by the best candidate; with fewer, none fits


class Evidence:
    """What is known of the system of a file, gathered batch by batch in bounded memory.

    Parameters
    ----------
    known : sequence of KnownPlace, at least one
        The places that the file is compared with.
    stated : System, optional
        The system that the file, or its user, states.
    by_user : bool
        Whether its user states it, and not the file alone.

    Attributes
    ----------
    bounds : array of 4
        Smallest x and y, largest x and y.
    count : int
        Features with geometry.
    named : list of (centre, list of int)
        Features with the name of known places, and the numbers of those places.
    columns : tuple of str
        Other columns that hold coordinates.
    """

    def __init__(
        self, known: Sequence[KnownPlace], stated: System | None, *, by_user: bool = False
    ) -> None:
        """Prepare every candidate; the stated system is the first."""
        self.known, self.by_user, self.count = tuple(known), by_user, 0
        self.bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        systems = _candidates(stated)
        self.stated = None if stated is None else systems[0]  # one that is equal, maybe
        self._candidates = [Candidate(system, self.known) for system in systems]
        self._numbers = _numbers(self.known)
        self.named: list[tuple[np.ndarray, list[int]]] = []
        self.columns: tuple[str, ...] = ()
        self._by_columns: list[tuple[np.ndarray, np.ndarray]] = []
        self._batches = 0

    def add(
        self,
        shapes: np.ndarray,
        names: Iterable[Iterable[object]],
        columns: Callable[[], Columns] = dict,
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        shapes : array of n geometries
            In the coordinates of the file.
        names : n times names
            The names of each feature.
        columns : function
            Returns the other columns, which may hold coordinates too.
        """
        boxes = shapely.bounds(shapes)
        placed = are_places(boxes)
        called = [words for words, kept in zip(names, placed, strict=True) if kept]
        if not called:
            return
        shapes, boxes = shapes[placed], boxes[placed]
        ends = np.vstack([self.bounds, boxes])
        self.bounds = np.array([*ends[:, :2].min(axis=0), *ends[:, 2:].max(axis=0)])
        self.count += len(boxes)
        centres = boxes[:, :2] / 2 + boxes[:, 2:] / 2  # no sum that is too large
        for candidate in self._candidates:
            candidate.count(boxes, centres)
        self._batches += 1
        if self._batches <= _BATCHES_STATED and (stated := stated_places(columns())):
            self._keep_columns(placed, centres, stated)
        fitting, room = self.best_candidates(), len(called) + _COMPARED - self.count
        if fitting and room > 0:
            tree = bounding_lines(shapes[:room], fitting[0].unit)
            for candidate in fitting:
                candidate.compare(tree)
            self._keep_named(centres[:room], called[:room])

    def _keep_columns(self, placed: np.ndarray, centres: np.ndarray, stated: StatedPlaces) -> None:
        """Keep where features are by their geometry and by other columns."""
        there = ~shapely.is_missing(stated.points)
        held = placed[: len(there)]
        points = gpd.GeoSeries(stated.points[held & there], crs=stated.crs)
        places = shapely.get_coordinates(ruler.transform(points, ruler.WGS84).to_numpy())
        self._by_columns.append((centres[: held.sum()][there[held]], places))
        self.columns = stated.columns

    def _keep_named(self, centres: np.ndarray, names: Iterable[Iterable[object]]) -> None:
        """Keep the features that have the name of a known place."""
        for centre, called in zip(centres, names, strict=True):
            numbers = {n for name in called for n in self._numbers.get(normalise_name(name), ())}
            if numbers and len(self.named) < _NAMED:
                self.named.append((centre, sorted(numbers)))

    @property
    def by_columns(self) -> tuple[np.ndarray, np.ndarray]:
        """Centres in the coordinates of the file, and the same by other columns in WGS 84."""
        empty = np.empty((0, 2))
        pairs = [(empty, empty), *self._by_columns]
        centres, places = (np.vstack(part) for part in zip(*pairs, strict=True))
        return centres, places

    @property
    def unit(self) -> np.ndarray | None:
        """Metres in a unit of x and of y, None where the coordinates fit no system."""
        return next((candidate.unit for candidate in self.best_candidates()), None)

    def best_candidates(self) -> list[Candidate]:
        """Return the candidates with over half as many features in the window as the best one."""
        most = max(candidate.window_count for candidate in self._candidates)
        return [c for c in self._candidates if c.window_count > _HALF * most]

    @property
    def is_open(self) -> bool:
        """Whether more features may decide.

        Only the first are compared with known places. Where only the order of the axes is in
        doubt, a feature that lies in Hong Kong by one order alone decides.
        """
        fitting = self.best_candidates()
        within = differ_in_axes(fitting) and all(c.territory_count == self.count for c in fitting)
        return self.count < _COMPARED or within


@lru_cache(maxsize=64)
def _candidates(stated: System | None) -> tuple[System, ...]:
    """Return the systems that a file may be in; the stated one is the first."""
    if stated is None:
        return ruler.candidate_systems()
    return (stated, *(s for s in ruler.candidate_systems() if not s.is_equivalent(stated)))


@lru_cache(maxsize=8)
def _numbers(known: tuple[KnownPlace, ...]) -> dict[str, list[int]]:
    """Return the numbers of known places by their names."""
    numbers: dict[str, list[int]] = {}
    for number, place in enumerate(known):
        for name in place.names:
            numbers.setdefault(name, []).append(number)
    return numbers


def differ_in_axes(fitting: Sequence[Candidate]) -> bool:
    """Whether candidates differ in nothing but the order of the axes."""
    return len(fitting) == len({candidate.system.swapped for candidate in fitting})
