"""Candidates: the known places in the coordinates of one system, compared with those of a file."""

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs as ruler
from nmgeo.crs import System
from nmgeo.sources.crs_check.known_places import KnownPlace

REACH_M: Final = 2_000.0  # distances to known places are measured up to this
# Offsets that no system causes. A dense file is near a known place and near its moved copies too.
_MOVED: Final = np.array([[150.0, 150.0], [150.0, -150.0], [-150.0, -150.0], [-150.0, 150.0]])
_LARGEST: Final = 20_000  # vertices; a larger outline is not compared with known places
_DEGREE_M: Final = (102_890.0, 110_740.0)  # of longitude and of latitude at 22.5 N


class Candidate:
    """One system: the known places in its coordinates, and how far those of a file are from them.

    Parameters
    ----------
    system : System
        The system.
    known : sequence of KnownPlace, at least one
        The known places.

    Attributes
    ----------
    window_count, region_count, territory_count : int
        Features of the file that lie in the window (Hong Kong and Shenzhen), within
        :data:`REACH_M` of the area that the known places span, and in Hong Kong.
    first : Point
        Centre of the first feature in the window.
    """

    def __init__(self, system: System, known: Sequence[KnownPlace]) -> None:
        self.system, self._known = system, tuple(known)
        self.window_count = self.region_count = self.territory_count = 0
        self.first = shapely.Point()
        self._trees: list[shapely.STRtree] = []  # of the outlines that were compared

    @property
    def unit(self) -> np.ndarray:
        """Metres in a unit of the first and of the second number."""
        return _unit_of(self.system)

    @property
    def _places(self) -> np.ndarray:
        """The known places one after another, in metres."""
        return _places_in(self.system, self._known)

    @property
    def _slices(self) -> list[slice]:
        """Rows of :attr:`_places` that each known place takes."""
        return _slices_of(self._known)

    @property
    def _centres(self) -> np.ndarray:
        return _centres_in(self.system, self._known)

    @cached_property
    def _gaps(self) -> np.ndarray:
        return np.full(len(self._places), REACH_M)

    def count(self, boxes: np.ndarray, centres: np.ndarray) -> None:
        """Count the features that lie in the window, near the known places, and in Hong Kong."""
        inside = self.system.touches_window(boxes)
        if not inside.any():
            return
        if not self.window_count:
            self.first = shapely.Point(centres[inside][0])
        self.window_count += int(inside.sum())
        self.region_count += int(
            shapely.contains_xy(_region_in(self.system, self._known), *centres.T).sum()
        )
        self.territory_count += int(
            shapely.contains_xy(_territory_in(self.system), *centres.T).sum()
        )

    def compare(self, tree: shapely.STRtree) -> None:
        """Measure how far the known places are from the outlines of features, in metres."""
        self._trees.append(tree)
        points = _points_in(self.system, self._known)
        np.minimum(self._gaps, _gaps_m(tree, points), out=self._gaps)

    def nearest_m(self) -> np.ndarray:
        """Return how near the outlines of the file come to each known place anywhere along it."""
        return np.minimum.reduceat(self._gaps, [rows.start for rows in self._slices])

    def misfit_m(self, number: int) -> float:
        """Return how far a known place is from the outlines of the file: median along it."""
        return float(np.median(self._gaps[self._slices[number]]))

    def moved_misfit_m(self, number: int) -> float:
        """Return :meth:`misfit_m` of the nearest moved copy of a known place."""
        moved = (self._places[self._slices[number]] + offset for offset in _MOVED)
        return min(
            float(np.median(np.min([_gaps_m(tree, points) for tree in self._trees], axis=0)))
            for points in map(shapely.points, moved)
        )

    def gap_m(self, centre: np.ndarray, numbers: Iterable[int]) -> float:
        """Return how far a centre is from the nearest of some known places."""
        there = self._centres[list(numbers)] - centre * self.unit
        return float(np.linalg.norm(there, axis=1).min())

    def median_gap_m(self, centres: np.ndarray, places: np.ndarray) -> float:
        """Return how far n centres are from n places in WGS 84: the median."""
        apart = (self.system.from_wgs84(places) - centres) * self.unit
        gaps = np.linalg.norm(apart, axis=1)
        return float(np.median(np.where(np.isfinite(gaps), gaps, np.inf)))


# What follows is the same for most files, so it is kept for a few lists of known places.
@lru_cache(maxsize=64)
def _unit_of(system: System) -> np.ndarray:
    unit = np.array(_DEGREE_M if system.crs.is_geographic else (1.0, 1.0))
    return unit[::-1] if system.swapped else unit


@lru_cache(maxsize=32)
def _places_in(system: System, known: tuple[KnownPlace, ...]) -> np.ndarray:
    stacked = np.vstack([place.places for place in known])
    return np.asarray(system.from_wgs84(stacked) * _unit_of(system))


@lru_cache(maxsize=32)
def _points_in(system: System, known: tuple[KnownPlace, ...]) -> np.ndarray:
    return np.asarray(shapely.points(_places_in(system, known)))


@lru_cache(maxsize=8)
def _slices_of(known: tuple[KnownPlace, ...]) -> list[slice]:
    ends = np.cumsum([0, *(len(place.places) for place in known)]).tolist()
    return [slice(*pair) for pair in pairwise(ends)]


@lru_cache(maxsize=32)
def _centres_in(system: System, known: tuple[KnownPlace, ...]) -> np.ndarray:
    centres = np.array([place.centre for place in known])
    return np.asarray(system.from_wgs84(centres) * _unit_of(system))


@lru_cache(maxsize=32)
def _region_in(system: System, known: tuple[KnownPlace, ...]) -> shapely.Geometry:
    return _in_system(_region_of(known), system)


@lru_cache(maxsize=64)
def _territory_in(system: System) -> shapely.Geometry:
    return _in_system(shapely.segmentize(shapely.box(*ruler.TERRITORY), 0.1), system)


def _in_system(shape: shapely.Geometry, system: System) -> shapely.Geometry:
    """Return a shape of WGS 84 in the coordinates of a system, prepared, and once used as such."""
    converted = shapely.transform(shape, system.from_wgs84)
    shapely.prepare(converted)
    shapely.contains_xy(converted, 0, 0)
    return converted


@lru_cache(maxsize=8)  # the same for every system
def _region_of(known: tuple[KnownPlace, ...]) -> shapely.Geometry:
    """Return the convex hull of known places and what is near it, in WGS 84."""
    points = shapely.MultiPoint(np.vstack([place.places for place in known if place.in_region]))
    hull = gpd.GeoSeries([points.convex_hull], crs=ruler.WGS84)
    wide = ruler.transform(hull, ruler.HK80).buffer(REACH_M)
    return ruler.transform(wide, ruler.WGS84).iloc[0]


def _gaps_m(tree: shapely.STRtree, points: np.ndarray) -> np.ndarray:
    """Return how far each point is from the outlines in a tree, at most :data:`REACH_M`."""
    (rows, _), found = tree.query_nearest(
        points, max_distance=REACH_M, return_distance=True, all_matches=False
    )
    gaps = np.full(len(points), REACH_M)
    gaps[rows] = found
    return gaps


def bounding_lines(shapes: np.ndarray, unit: np.ndarray) -> shapely.STRtree:
    """Index the outlines of features, in metres."""
    light = shapes[shapely.get_num_coordinates(shapes) <= _LARGEST]
    areal = shapely.get_dimensions(light) == 2  # noqa: PLR2004 - polygons
    bounding = np.where(areal, shapely.boundary(light), light)
    return shapely.STRtree(shapely.transform(bounding, lambda xy: xy * unit))
