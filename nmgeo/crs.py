"""Coordinate reference systems (CRS): those that nmgeo uses, and transformations between them.

This module is longer than 300 lines because every CRS code and every transformation stands here.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.network import (  # type: ignore[attr-defined]
    is_network_enabled,
    set_network_enabled,
)

from nmgeo.errors import LayerError, MissingCRSError, UsageError
from nmgeo.gcj02 import gcj02_to_wgs84, wgs84_to_gcj02
from nmgeo.messages import option, text

HK80: Final = CRS.from_epsg(2326)  # Hong Kong 1980 Grid
WGS84: Final = CRS.from_epsg(4326)  # WGS 84, x = longitude
HK80_DEGREES: Final = CRS.from_epsg(4611)  # Hong Kong 1980, 304 m from WGS 84
WEB_MERCATOR: Final = CRS.from_epsg(3857)  # only to show how wrong its areas are
ELLIPSOID: Final = Geod(ellps="WGS84")

# Tolerance of every comparison of distances. Coordinates are rounded to a centimetre, and the
# transformation from the grid to WGS 84 and back moves a point by up to 0.5 mm.
NOISE_M: Final = 0.01

# Where coordinates must lie: Hong Kong and Shenzhen (west, south, east, north).
WINDOW: Final = (113.5, 22.0, 114.8, 23.0)

# Hong Kong with its waters, without Shenzhen.
TERRITORY: Final = (113.82, 22.13, 114.51, 22.58)

# Coordinate systems found in files of Hong Kong, the most common first. Degrees are taken as the
# first system in degrees unless a known place shows another one.
_CANDIDATES: Final = (
    *("wgs84", "hk80", "EPSG:3857", "EPSG:32650", "EPSG:32649", "hk80-degrees", "gcj02"),
    *("wgs84-swapped", "hk80-swapped", "EPSG:3857-swapped", "EPSG:32650-swapped"),
    *("EPSG:32649-swapped", "hk80-degrees-swapped", "gcj02-swapped"),
)
_ALIASES: Final = {"hk80": "EPSG:2326", "wgs84": "EPSG:4326", "hk80-degrees": "EPSG:4611"}
_COMMON_NAMES: Final = {
    "EPSG:2326": text("the HK80 grid"),
    "EPSG:3857": text("Web Mercator"),
    "EPSG:4326": "WGS 84",
    "EPSG:4611": text("HK80 degrees"),
}
_CODE: Final = re.compile(r"[:{\[+=]|^\d+$")  # in what is no name: a code, WKT, JSON, PROJ's own
_SAME_DEGREES: Final = 1e-5  # about a metre
_GCJ02: Final = "gcj02"
_SWAPPED: Final = "-swapped"


@dataclass(frozen=True)
class System:
    """How the coordinates of a file are read: a CRS, the order of axes, and an offset.

    Attributes
    ----------
    option : str
        The value of the option ``crs`` for it.
    crs : CRS
        CRS of the coordinates after reading.
    swapped : bool
        Whether y comes before x in the file.
    shifted : bool
        Whether the coordinates have the offset of GCJ-02.
    """

    option: str
    crs: CRS
    swapped: bool = False
    shifted: bool = False

    def __hash__(self) -> int:
        """Hash what is quick to hash; a CRS is written out as WKT for it."""
        return hash((self.option, self.swapped, self.shifted))

    @property
    def name(self) -> str:
        """Its name in a sentence."""
        name = "GCJ-02" if self.shifted else _COMMON_NAMES.get(self.crs.to_string(), self.crs.name)
        return text("{name} with the axes swapped", name=name) if self.swapped else name

    @property
    def code(self) -> str:
        """Its code as the option ``crs`` takes it: ``EPSG:2326``, ``EPSG:2326-swapped``."""
        code = _GCJ02 if self.shifted else self.crs.to_string()
        return f"{code}{_SWAPPED}" if self.swapped else code

    @classmethod
    def from_crs(cls, crs: CRS | None) -> "System | None":
        """Return the system of a CRS that a file states, None if it states none."""
        return None if crs is None else _stated_system(crs)

    @cached_property
    def window(self) -> tuple[float, ...]:
        """Hong Kong's window in this system."""
        return _window(self)

    def is_same(self, other: "System") -> bool:
        """Whether another system reads the same coordinates from the same numbers."""
        same_flags = (self.swapped, self.shifted) == (other.swapped, other.shifted)
        return same_flags and self.crs.equals(other.crs, ignore_axis_order=True)

    def is_equivalent(self, other: "System") -> bool:
        """Whether another system reads the same coordinates to within about a metre."""
        if self.is_same(other):
            return True
        tolerance = _SAME_DEGREES if self.crs.is_geographic and other.crs.is_geographic else 1.0
        return bool(np.allclose(self.window, other.window, rtol=0, atol=tolerance))

    def fits(self, bounds: Sequence[float]) -> bool:
        """Whether a box (smallest x and y, largest x and y) touches Hong Kong's window.

        Raises :class:`LayerError` if PROJ cannot transform to the CRS with the datum shift.
        """
        return bool(self.touches_window(np.array([bounds]))[0])

    def touches_window(self, boxes: np.ndarray) -> np.ndarray:
        """Test which of n boxes touch Hong Kong's window. Raises as :meth:`fits`."""
        west, south, east, north = self.window
        left, bottom, right, top = boxes.T
        touches = (left <= east) & (right >= west) & (bottom <= north) & (top >= south)
        return np.asarray(touches)

    def leaves_window(self, boxes: np.ndarray) -> np.ndarray:
        """Test which of n boxes extend beyond Hong Kong's window. Raises as :meth:`fits`."""
        west, south, east, north = self.window
        left, bottom, right, top = boxes.T
        leaves = (left < west) | (right > east) | (bottom < south) | (top > north)
        return np.asarray(leaves)

    def find_outside_window(self, shapes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Find the shapes that extend beyond Hong Kong's window, and their first vertex outside.

        Raises as :meth:`fits`.
        """
        boxes = shapely.bounds(shapes)
        for row in np.flatnonzero(self.leaves_window(boxes) & np.isfinite(boxes).all(axis=1)):
            vertices = shapely.get_coordinates(shapes[row])
            yield int(row), vertices[self.leaves_window(np.hstack([vertices, vertices])).argmax()]

    def to_standard_axes(self, geometry: gpd.GeoSeries) -> gpd.GeoSeries:
        """Return the geometry of a file in ``crs``, with x before y and without the offset."""
        shapes = geometry.to_numpy()
        if self.swapped:
            shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
        if self.shifted:
            shapes = shapely.transform(shapes, gcj02_to_wgs84)
        return gpd.GeoSeries(shapes, index=geometry.index, crs=self.crs)

    def to_standard_coordinates(self, coordinates: np.ndarray) -> np.ndarray:
        """Return coordinates of a file (n x 2) in ``crs``, as :meth:`to_standard_axes`."""
        ordered = coordinates[:, ::-1] if self.swapped else coordinates
        return gcj02_to_wgs84(ordered) if self.shifted else ordered

    def from_wgs84(self, lon_lat: np.ndarray) -> np.ndarray:
        """Convert WGS 84 (longitude, latitude) to coordinates as a file in this system has them."""
        coordinates = wgs84_to_gcj02(lon_lat) if self.shifted else lon_lat
        if self.crs != WGS84:
            # Older versions of pyproj warn of arrays with one point, so lists are passed.
            coordinates = np.column_stack(
                _transformer(WGS84, self.crs).transform(*coordinates.T.tolist())
            )
        return coordinates[:, ::-1] if self.swapped else coordinates


def read_system(written: str) -> System:
    """Read a coordinate system as a user writes it.

    Parameters
    ----------
    written : str
        As for :func:`read_crs`, or ``gcj02``. Add ``-swapped`` if y comes before x, as in
        ``hk80-swapped``.

    Returns
    -------
    System
        Its CRS, order of axes and offset.

    Raises
    ------
    UsageError
        If PROJ does not know it.
    """
    stem = written.lower().removesuffix(_SWAPPED)
    swapped, shifted = stem != written.lower(), stem == _GCJ02
    crs = WGS84 if shifted else read_crs(written[: len(stem)])
    return System(_ALIASES.get(written.lower(), written), crs, swapped=swapped, shifted=shifted)


@cache
def candidate_systems() -> tuple[System, ...]:
    """Return the coordinate systems found in files of Hong Kong, the most common first."""
    return tuple(read_system(text) for text in _CANDIDATES)


def read_crs(written: str) -> CRS:
    """Read a coordinate reference system as a user writes it.

    Parameters
    ----------
    written : str
        ``EPSG:2326``, ``hk80``, ``hk80-degrees``, ``wgs84``, or any other CRS that PROJ knows: a
        code, a name in full, WKT or PROJJSON.

    Returns
    -------
    CRS
        Of pyproj.

    Raises
    ------
    UsageError
        If PROJ does not know it, or by a part of its name alone: ``hongkong`` would be degrees on
        the datum of the grid, 304 m from WGS 84.
    """
    asked, remedy = _ALIASES.get(written.lower(), written), text("write a code such as EPSG:2326")
    try:
        found = CRS.from_user_input(asked)
    except CRSError:
        raise UsageError(option("crs", written), text("unknown CRS"), remedy) from None
    if not is_named_in_full(asked, found):
        code, name = found.to_string(), found.name
        wrong = text("unknown CRS (did you mean {code}, {name}?)", code=code, name=name)
        raise UsageError(option("crs", written), wrong, remedy)
    return found


def is_named_in_full(written: str, found: CRS) -> bool:
    """Tell whether a text is a code or a definition of a CRS that PROJ found for it, or its name.

    PROJ also finds a CRS by a part of its name.

    Examples
    --------
    >>> is_named_in_full("EPSG:4611", CRS("EPSG:4611")), is_named_in_full("hongkong", CRS(4611))
    (True, False)
    """
    return bool(_CODE.search(written)) or _letters(found.name) == _letters(written)


def _letters(name: str) -> str:
    """Return the letters and digits of a name, as which PROJ tells names apart."""
    return "".join(filter(str.isalnum, name.casefold()))


@cache
def utm(zone: int) -> CRS:
    """Return the Universal Transverse Mercator grid of a northern zone, on WGS 84."""
    return CRS.from_epsg(32600 + zone)


def to_hk80(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Transform the geometry of a frame to the Hong Kong 1980 Grid, in metres.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Left as it is.

    Returns
    -------
    GeoSeries, n rows, EPSG:2326, metres
        On the index of ``frame``.

    Raises
    ------
    MissingCRSError
        If the frame has no CRS.
    LayerError
        If PROJ cannot transform with the datum shift.

    Source
    ------
    EPSG:1825 (7 parameters, stated accuracy 1 m), by PROJ.
    """
    return transform(frame.geometry, HK80)


def to_degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame with its geometry in WGS 84, as maps and pages need it.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Left as it is.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        All its columns, longitude before latitude.

    Raises
    ------
    MissingCRSError, LayerError
        As :func:`transform`.
    """
    return frame.set_geometry(transform(frame.geometry, WGS84))


def drawn_crs(features: gpd.GeoDataFrame | System) -> CRS:
    """Return the CRS of what is drawn about features, such as rings.

    Parameters
    ----------
    features : GeoDataFrame or System
        The features, or how the numbers of their file are read.

    Returns
    -------
    CRS
        The Hong Kong 1980 Grid if they are in it, so that nothing moves; else WGS 84.
    """
    return HK80 if features.crs == HK80 else WGS84


def transform(geometry: gpd.GeoSeries, target: CRS) -> gpd.GeoSeries:
    """Transform geometry to another CRS, always with the datum shift.

    Parameters
    ----------
    geometry : GeoSeries, n rows, any CRS
        Left as it is. Z values are dropped.
    target : CRS
        CRS of the result.

    Returns
    -------
    GeoSeries, n rows, CRS ``target``
        On the index of ``geometry``, x before y.

    Raises
    ------
    MissingCRSError
        If the geometry has no CRS.
    LayerError
        If PROJ can only transform without the datum shift (an error of 304 m in Hong Kong).
    """
    if geometry.crs is None:
        raise MissingCRSError(
            text("geometry"), text("has no CRS"), text("set one, as in set_crs('EPSG:2326')")
        )
    shapes = geometry.to_numpy()
    if shapely.has_z(shapes).any():
        shapes = shapely.force_2d(shapes)
    if geometry.crs != target:
        transformer = _transformer(geometry.crs, target)
        shapes = shapely.transform(shapes, lambda xy: np.column_stack(transformer.transform(*xy.T)))
    return gpd.GeoSeries(shapes, index=geometry.index, crs=target)


def transform_coordinates(coordinates: np.ndarray, source: CRS, target: CRS) -> np.ndarray:
    """Transform coordinates (n x 2) as :func:`transform` does those of geometry."""
    if source == target:
        return coordinates
    return np.column_stack(_transformer(source, target).transform(*coordinates.T))


def to_wgs84(coordinates: np.ndarray) -> np.ndarray:
    """Transform coordinates of the Hong Kong 1980 Grid (n x 2, metres) to longitude and latitude.

    Raises as :func:`transform`.
    """
    return np.column_stack(_transformer(HK80, WGS84).transform(*coordinates.T))


def has_way_to_hk80(crs: CRS) -> bool:
    """Tell whether PROJ can bring a CRS to the HK80 grid without skipping the datum shift."""
    try:
        _transformer(crs, HK80)
    except LayerError:
        return False
    return True


def window_of_hk80() -> tuple[float, ...]:
    """Return Hong Kong's window on the grid: least x and y, greatest x and y, metres."""
    return _window(read_system("hk80"))


@lru_cache(maxsize=64)  # a file states the same as most others
def _stated_system(crs: CRS) -> System:
    return System(crs.to_string(), crs)


@cache
def _window(system: System) -> tuple[float, ...]:
    border = shapely.segmentize(shapely.box(*WINDOW), 0.1).exterior
    coordinates = system.from_wgs84(shapely.get_coordinates(border))
    return (*coordinates.min(axis=0), *coordinates.max(axis=0))


@cache
def _transformer(source: CRS, target: CRS) -> Transformer:
    try:
        with _offline():
            return Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError:
        raise LayerError(
            text("CRS {name!r}", name=(target if source in (HK80, WGS84) else source).name),
            text("PROJ cannot transform it to WGS 84 with the datum shift (304 m in Hong Kong)"),
            text("convert the file to EPSG:4326 with the tool of its publisher"),
        ) from None


@contextmanager
def _offline() -> Iterator[None]:
    """Make a transformer that fetches no grids of shifts, whatever ``PROJ_NETWORK`` says."""
    before = is_network_enabled()
    set_network_enabled(active=False)
    try:
        yield
    finally:
        set_network_enabled(active=before)
