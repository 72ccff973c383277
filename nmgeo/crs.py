"""The one ruler: which coordinate reference systems are used, and the way between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from nmgeo.errors import LayerError, MissingCRSError, UsageError
from nmgeo.gcj02 import gcj02_to_wgs84, wgs84_to_gcj02

HK80: Final = CRS.from_epsg(2326)  # Hong Kong 1980 Grid
WGS84: Final = CRS.from_epsg(4326)  # WGS 84, x = longitude
WEB_MERCATOR: Final = CRS.from_epsg(3857)  # never measured in, only shown for what it gets wrong
ELLIPSOID: Final = Geod(ellps="WGS84")

# The give of every distance that is held against another: coordinates are kept to a centimetre,
# and the way from the grid to WGS 84 and back moves a point by up to 0.5 mm.
NOISE_M: Final = 0.01

# Where coordinates must be: Hong Kong with Shenzhen round it (west, south, east, north).
WINDOW: Final = (113.5, 22.0, 114.8, 23.0)

# Hong Kong alone, with its waters.
TERRITORY: Final = (113.82, 22.13, 114.51, 22.58)

# What numbers in Hong Kong are found to be, likeliest first. The first of those in degrees is
# meant unless a known place shows one of the others.
_SUSPECTS: Final = (
    *("wgs84", "hk80", "EPSG:3857", "EPSG:32650", "EPSG:32649", "hk80-degrees", "gcj02"),
    *("wgs84-swapped", "hk80-swapped", "EPSG:3857-swapped", "EPSG:32650-swapped"),
    *("EPSG:32649-swapped", "hk80-degrees-swapped", "gcj02-swapped"),
)
_NAMES: Final = {"hk80": "EPSG:2326", "wgs84": "EPSG:4326", "hk80-degrees": "EPSG:4611"}
_CALLED: Final = {
    "EPSG:2326": "the HK80 grid",
    "EPSG:3857": "Web Mercator",
    "EPSG:4326": "WGS 84",
    "EPSG:4611": "HK80 degrees",
}
_DEGREE: Final = 1e-5  # about a metre
_GCJ02: Final = "gcj02"
_SWAPPED: Final = "-swapped"


@dataclass(frozen=True)
class System:
    """How the numbers of a file are to be read.

    ``option`` is what to give to ``--crs``; ``crs`` what the coordinates are in once read;
    ``swapped`` says that y stands before x, ``shifted`` that they bear the offset of GCJ-02.
    """

    option: str
    crs: CRS
    swapped: bool = False
    shifted: bool = False

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        name = "GCJ-02" if self.shifted else _CALLED.get(self.crs.to_string(), self.crs.name)
        return f"{name} with the axes swapped" if self.swapped else name

    @property
    def code(self) -> str:
        """The code of its CRS, as ``--crs`` takes it: ``EPSG:2326``, ``EPSG:2326-swapped``."""
        code = _GCJ02 if self.shifted else self.crs.to_string()
        return f"{code}{_SWAPPED}" if self.swapped else code

    @classmethod
    def from_crs(cls, crs: CRS | None) -> "System | None":
        """Return the system that a file names, None if it names none."""
        return None if crs is None else cls(crs.to_string(), crs)

    def is_same(self, other: "System") -> bool:
        """Whether another reads numbers in the same way."""
        turned = (self.swapped, self.shifted) == (other.swapped, other.shifted)
        return turned and self.crs.equals(other.crs, ignore_axis_order=True)

    def is_equivalent(self, other: "System") -> bool:
        """Whether another reads numbers in the same way, or less than a metre from it."""
        if self.is_same(other):
            return True
        near = _DEGREE if self.crs.is_geographic and other.crs.is_geographic else 1.0
        return bool(np.allclose(_window(self), _window(other), rtol=0, atol=near))

    def fits(self, bounds: Sequence[float]) -> bool:
        """Whether a box of numbers (least x and y, greatest x and y) touches Hong Kong's window.

        Raises :class:`LayerError` if the only way to the CRS would skip the datum shift.
        """
        return bool(self.touches_window(np.array([bounds]))[0])

    def touches_window(self, boxes: np.ndarray) -> np.ndarray:
        """Say which of n boxes touch Hong Kong's window. Raises as :meth:`fits`."""
        west, south, east, north = _window(self)
        left, bottom, right, top = boxes.T
        there = (left <= east) & (right >= west) & (bottom <= north) & (top >= south)
        return np.asarray(there)

    def leaves_window(self, boxes: np.ndarray) -> np.ndarray:
        """Say which of n boxes reach out of Hong Kong's window. Raises as :meth:`fits`."""
        west, south, east, north = _window(self)
        left, bottom, right, top = boxes.T
        out = (left < west) | (right > east) | (bottom < south) | (top > north)
        return np.asarray(out)

    def find_outside_window(self, shapes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Find which shapes reach out of Hong Kong's window, and their first vertex that does.

        Raises as :meth:`fits`.
        """
        for row in np.flatnonzero(self.leaves_window(shapely.bounds(shapes))):
            places = shapely.get_coordinates(shapes[row])
            yield int(row), places[self.leaves_window(np.hstack([places, places])).argmax()]

    def to_standard_axes(self, geometry: gpd.GeoSeries) -> gpd.GeoSeries:
        """Return what a file holds with x before y, in ``crs``."""
        flat = geometry.to_numpy()
        if self.swapped:
            flat = shapely.transform(flat, lambda xy: xy[:, ::-1])
        if self.shifted:
            flat = shapely.transform(flat, gcj02_to_wgs84)
        return gpd.GeoSeries(flat, index=geometry.index, crs=self.crs)

    def from_wgs84(self, places: np.ndarray) -> np.ndarray:
        """Return the numbers that a file would hold for places in WGS 84, longitude first."""
        shifted = wgs84_to_gcj02(places) if self.shifted else places
        if self.crs != WGS84:
            # Lists, since older pyproj warns of arrays of one place.
            shifted = np.column_stack(_way(WGS84, self.crs).transform(*shifted.T.tolist()))
        return shifted[:, ::-1] if self.swapped else shifted


def read_system(text: str) -> System:
    """Read how coordinates are to be read, as a user writes it.

    Parameters
    ----------
    text : str
        As :func:`read_crs`, or ``gcj02``; with ``-swapped`` behind it where y stands before x,
        as in ``hk80-swapped``.

    Returns
    -------
    System
        Its CRS and what must be undone to be in it.

    Raises
    ------
    UsageError
        If PROJ does not know it.
    """
    stem = text.lower().removesuffix(_SWAPPED)
    swapped, shifted = stem != text.lower(), stem == _GCJ02
    crs = WGS84 if shifted else read_crs(text[: len(stem)])
    return System(_NAMES.get(text.lower(), text), crs, swapped=swapped, shifted=shifted)


@cache
def candidate_systems() -> tuple[System, ...]:
    """Return the systems in which numbers in Hong Kong are found to be, likeliest first."""
    return tuple(read_system(text) for text in _SUSPECTS)


def read_crs(text: str) -> CRS:
    """Read a coordinate reference system as a user writes it.

    Parameters
    ----------
    text : str
        ``EPSG:2326``, ``hk80``, ``hk80-degrees``, ``wgs84``, or anything else that PROJ knows.

    Returns
    -------
    CRS
        As pyproj holds it.

    Raises
    ------
    UsageError
        If PROJ does not know it.
    """
    try:
        return CRS.from_user_input(_NAMES.get(text.lower(), text))
    except CRSError:
        raise UsageError(f"--crs {text!r}", "not known", "write a code such as EPSG:2326") from None


def to_hk80(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Bring the geometry of a frame to the Hong Kong 1980 Grid, to be measured.

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
        If the only way there would skip the datum shift.

    Source
    ------
    EPSG:1825 (7 parameters, stated accuracy 1 m), by PROJ.
    """
    return transform(frame.geometry, HK80)


def transform(geometry: gpd.GeoSeries, target: CRS) -> gpd.GeoSeries:
    """Transform geometry, but never by a way that skips the datum shift.

    Parameters
    ----------
    geometry : GeoSeries, n rows, any CRS
        Left as it is; Z values are dropped.
    target : CRS
        Where to.

    Returns
    -------
    GeoSeries, n rows, CRS ``target``
        On the index of ``geometry``, x before y.

    Raises
    ------
    MissingCRSError
        If the geometry has no CRS.
    LayerError
        If PROJ knows only a way that skips the datum shift (an error of 304 m here).
    """
    if geometry.crs is None:
        raise MissingCRSError("geometry", "has no CRS", "set one, as in set_crs('EPSG:2326')")
    flat = geometry.to_numpy()
    if shapely.has_z(flat).any():
        flat = shapely.force_2d(flat)
    if geometry.crs != target:
        way = _way(geometry.crs, target)
        flat = shapely.transform(flat, lambda xy: np.column_stack(way.transform(*xy.T)))
    return gpd.GeoSeries(flat, index=geometry.index, crs=target)


@cache
def _window(system: System) -> tuple[float, ...]:
    border = shapely.segmentize(shapely.box(*WINDOW), 0.1).exterior
    written = system.from_wgs84(shapely.get_coordinates(border))
    return (*written.min(axis=0), *written.max(axis=0))


@cache
def _way(source: CRS, target: CRS) -> Transformer:
    try:
        return Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError:
        raise LayerError(
            f"CRS {source.name!r}",
            "PROJ knows no way to WGS 84 that keeps the datum shift (304 m here)",
            "convert the file to EPSG:4326 with the tool of its publisher",
        ) from None
