"""WGS 84 to the Hong Kong 1980 Grid and back by polynomials, five times as fast as PROJ."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from pyproj import CRS

from nmgeo import crs
from nmgeo.bounds import bounds_of
from nmgeo.measures.fast.spatial_index import Floats

OUT_M: Final = 1e-6  # how far a place may be from that of PROJ; it was 2e-7 m when this was written
_DEGREE: Final = 6
_FITTED, _CHECKED = 16, 50  # places along each side of the window
_AT_ONCE: Final = 8_192  # places, so that what is at work fits into the cache
_METRES_A_DEGREE: Final = 112_000.0  # at most, anywhere on Earth


class _Fit(NamedTuple):
    """Polynomials over a window, and how far off they are in the units of what they return."""

    terms: Floats  # of the first and the second coordinate, by the powers of x and of y
    low: Floats
    high: Floats
    out: float


def to_hk80_by_polynomials(places: Floats) -> Floats | None:
    """Return places on the Hong Kong 1980 Grid, to :data:`OUT_M`.

    Parameters
    ----------
    places : array, n x 2, degrees
        Longitude and latitude.

    Returns
    -------
    array, n x 2, metres, or None
        None if some lie outside :data:`nmgeo.crs.WINDOW`, or if polynomials do not come as near as
        that to PROJ.

    Source
    ------
    Least squares over the window, compared with :func:`nmgeo.crs.transform_coordinates`.
    """
    return _by_polynomials(fit(crs.WGS84, crs.HK80, crs.WINDOW), places, OUT_M)


def to_wgs84_by_polynomials(places: Floats) -> Floats | None:
    """Return longitude and latitude of places on the Hong Kong 1980 Grid, to :data:`OUT_M`.

    Parameters
    ----------
    places : array, n x 2, metres

    Returns
    -------
    array, n x 2, degrees, or None
        As :func:`to_hk80_by_polynomials`, of :func:`nmgeo.crs.window_of_hk80`.
    """
    found = fit(crs.HK80, crs.WGS84, crs.window_of_hk80())
    return _by_polynomials(found, places, OUT_M / _METRES_A_DEGREE)


def _by_polynomials(found: _Fit, places: Floats, may_be_out: float) -> Floats | None:
    is_near = 2 * found.out < may_be_out  # twice, for what lies between the places compared
    ends = bounds_of(places)
    if not is_near or (ends[:2] < found.low).any() or (ends[2:] > found.high).any():
        return None
    values = np.empty((len(places), 2))
    for start in range(0, len(places), _AT_ONCE):
        cut = slice(start, start + _AT_ONCE)
        values[cut] = _evaluate(found.terms, *_scaled(places[cut], found.low, found.high)).T
    return values


@cache
def fit(source: CRS, target: CRS, window: tuple[float, ...]) -> _Fit:
    """Fit polynomials over a window of the source to what PROJ finds there."""
    low, high = np.reshape(window, (2, 2))
    powers = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    places, (x, y) = _spread(_FITTED, low, high)
    columns = np.stack([x**i * y**j for i, j in powers], axis=1)
    there = crs.transform_coordinates(places, source, target)
    terms = np.zeros((2, _DEGREE + 1, _DEGREE + 1))
    terms[:, *np.transpose(powers)] = np.linalg.lstsq(columns, there, rcond=None)[0].T
    places, scaled = _spread(_CHECKED, low, high)
    off = crs.transform_coordinates(places, source, target).T - _evaluate(terms, *scaled)
    return _Fit(terms, low, high, float(np.abs(off).max()))


def _spread(count: int, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return places all over a window, closer at its edges (those of Chebyshev), and scaled."""
    along = np.cos(np.linspace(0, np.pi, count))
    scaled = np.stack(np.meshgrid(along, along)).reshape(2, -1)
    return (scaled.T * (high - low) + high + low) / 2, scaled


def _scaled(places: Floats, low: Floats, high: Floats) -> Floats:
    """Return x and y, from -1 to 1 over the window."""
    return np.ascontiguousarray(((2 * places - low - high) / (high - low)).T)


def _evaluate(terms: Floats, x: Floats, y: Floats) -> Floats:
    """Return the values of both polynomials, 2 x n, by Horner's scheme in x and in y."""
    values = np.zeros((2, len(x)))
    for power in range(_DEGREE, -1, -1):
        inner = np.zeros((2, len(x)))
        for term in terms[:, power, _DEGREE - power :: -1].T:
            inner *= y
            inner += term[:, np.newaxis]
        values *= x
        values += inner
    return values
