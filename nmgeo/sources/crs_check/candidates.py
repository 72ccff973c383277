"""Readings: the known places as one system would write them, and what a file has there."""

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs as ruler
from nmgeo.crs import System
from nmgeo.sources.crs_check.known_places import KnownPlace

SAME_M: Final = 100.0  # nearer than this, a place is the known one; every other system is further
_CLEARER: Final = 4.0  # and so many times further
# Where no system moves a place to: if the file is as near to it there, it is near everywhere.
_DECOYS: Final = np.array([[150.0, 150.0], [150.0, -150.0], [-150.0, -150.0], [-150.0, 150.0]])
_LARGEST: Final = 20_000  # vertices; an outline of more is not held against the known ones
REACH_M: Final = 2_000.0  # how far round the known places a file may lie, and how far one looks
_DEGREE_M: Final = (102_890.0, 110_740.0)  # of longitude and of latitude at 22.5 N


class Candidate:
    """The known places, written as one system would write them, and what lies there in a file."""

    def __init__(self, system: System, known: Sequence[KnownPlace]) -> None:
        self.system, self._known = system, known
        self.there = self.near = self.home = 0  # features in the window, the region, Hong Kong
        self.first = shapely.Point()  # of those in the window
        self._trees: list[shapely.STRtree] = []  # of what was held against the known places

    @cached_property
    def unit(self) -> np.ndarray:
        """Metres in a unit of the first and of the second number."""
        geographic = self.system.crs.is_geographic
        unit = np.array(_DEGREE_M if geographic else (1.0, 1.0))
        return unit[::-1] if self.system.swapped else unit

    @cached_property
    def _places(self) -> list[np.ndarray]:
        stacked = np.vstack([place.places for place in self._known])
        ends = np.cumsum([len(place.places) for place in self._known])
        return np.split(self.system.from_wgs84(stacked) * self.unit, ends[:-1])

    @cached_property
    def _centres(self) -> np.ndarray:
        centres = np.array([place.centre for place in self._known])
        return np.asarray(self.system.from_wgs84(centres) * self.unit)

    @cached_property
    def _gaps(self) -> list[np.ndarray]:
        return [np.full(len(places), REACH_M) for places in self._places]

    @cached_property
    def _region(self) -> shapely.Geometry:
        places = np.vstack([place.places for place in self._known if place.in_region])
        return self._drawn(_region_of(places.tobytes()))

    @cached_property
    def _territory(self) -> shapely.Geometry:
        return self._drawn(shapely.segmentize(shapely.box(*ruler.TERRITORY), 0.1))

    def _drawn(self, shape: shapely.Geometry) -> shapely.Geometry:
        drawn = shapely.transform(shape, self.system.from_wgs84)
        shapely.prepare(drawn)
        return drawn

    def count(self, boxes: np.ndarray, centres: np.ndarray) -> None:
        """Count the features that lie in the window, among the known places, and in Hong Kong."""
        inside = self.system.touches_window(boxes)
        if not inside.any():
            return
        if not self.there:
            self.first = shapely.Point(centres[inside][0])
        self.there += int(inside.sum())
        self.near += int(shapely.contains_xy(self._region, *centres.T).sum())
        self.home += int(shapely.contains_xy(self._territory, *centres.T).sum())

    def hold(self, tree: shapely.STRtree) -> None:
        """Hold the outlines of features, in metres, against the known places."""
        self._trees.append(tree)
        found = _gaps_m(tree, np.vstack(self._places))
        ends = np.cumsum([len(places) for places in self._places])
        for known, gaps in zip(self._gaps, np.split(found, ends[:-1]), strict=True):
            np.minimum(known, gaps, out=known)

    def misfit(self, number: int) -> float:
        """Return how far the file's outlines are from a known one: metres, median along it."""
        return float(np.median(self._gaps[number]))

    def decoy_misfit(self, number: int) -> float:
        """Return how far the file's outlines are from the nearest decoy of a known one."""
        moved = (self._places[number] + decoy for decoy in _DECOYS)
        return min(
            float(np.median(np.min([_gaps_m(tree, places) for tree in self._trees], axis=0)))
            for places in moved
        )

    def gap(self, centre: np.ndarray, numbers: Iterable[int]) -> float:
        """Return how far a centre is from the nearest of some known ones, in metres."""
        there = self._centres[list(numbers)] - centre * self.unit
        return float(np.linalg.norm(there, axis=1).min())

    def median_gap(self, centres: np.ndarray, places: np.ndarray) -> float:
        """Return how far centres are from n places in WGS 84, in metres: the median."""
        apart = (self.system.from_wgs84(places) - centres) * self.unit
        gaps = np.linalg.norm(apart, axis=1)
        return float(np.median(np.where(np.isfinite(gaps), gaps, np.inf)))


@lru_cache(maxsize=8)  # the same for every system, and mostly for every file
def _region_of(places: bytes) -> shapely.Geometry:
    """Return the convex hull of places and what is near it, in WGS 84."""
    points = shapely.MultiPoint(np.frombuffer(places).reshape(-1, 2))
    hull = gpd.GeoSeries([points.convex_hull], crs=ruler.WGS84)
    wide = ruler.transform(hull, ruler.HK80).buffer(REACH_M)
    return ruler.transform(wide, ruler.WGS84).iloc[0]


def _gaps_m(tree: shapely.STRtree, places: np.ndarray) -> np.ndarray:
    """Return how far each place is from what a tree holds, at most :data:`REACH_M`."""
    (rows, _), found = tree.query_nearest(
        shapely.points(places), max_distance=REACH_M, return_distance=True, all_matches=False
    )
    gaps = np.full(len(places), REACH_M)
    gaps[rows] = found
    return gaps


Vote = tuple[float, Candidate, str]


def best_candidate(
    fitting: list[Candidate], gaps: np.ndarray, what: str, within: float
) -> Vote | None:
    """Vote for the system in which a place is where it is known to be, if no other comes near."""
    best, second = np.argsort(gaps)[:2]
    if gaps[best] > within or gaps[second] < max(SAME_M, _CLEARER * gaps[best]):
        return None
    name, other = fitting[best].system.name, fitting[second].system.name
    far = f"{'over ' if gaps[second] >= REACH_M else ''}{gaps[second]:.0f} m"
    why = f"{what}: {gaps[best]:.0f} m off read as {name}, {far} as {other}"
    return float(gaps[best]), fitting[best], why


def bounding_lines(shapes: np.ndarray, unit: np.ndarray) -> shapely.STRtree:
    """Index what bounds each feature, in metres."""
    light = shapes[shapely.get_num_coordinates(shapes) <= _LARGEST]
    areal = shapely.get_dimensions(light) == 2  # noqa: PLR2004 - polygons
    bounding = np.where(areal, shapely.boundary(light), light)
    return shapely.STRtree(shapely.transform(bounding, lambda xy: xy * unit))
