"""GCJ-02: the offset of web maps of mainland China from WGS 84 (about 600 m in Hong Kong)."""

from typing import Final

import numpy as np

_AXIS: Final = 6_378_245.0  # Krasovsky 1940, in metres
_ECCENTRICITY2: Final = 0.006_693_421_622_965_943
_ORIGIN: Final = (105.0, 35.0)  # longitude and latitude of the formula's origin
_ITERATIONS: Final = 6  # each divides the error by about 400; after the first 1 m is left


def wgs84_to_gcj02(coordinates: np.ndarray) -> np.ndarray:
    """Convert coordinates in degrees from WGS 84 to GCJ-02.

    Parameters
    ----------
    coordinates : array, n rows of longitude and latitude, degrees
        In WGS 84.

    Returns
    -------
    array, n rows of longitude and latitude, degrees
        In GCJ-02: in Hong Kong 527 m to the east and 299 m to the south.

    Source
    ------
    The publicly known formula (googollee/eviltransform; "Restrictions on geographic data in
    China", Wikipedia). The official formula is not published, so its difference is not known.
    Outlines were found to agree to 40 m after this conversion.
    """
    x, y = (coordinates - _ORIGIN).T
    root = np.sqrt(np.abs(x))
    common = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
    east += (common + _waves(x, 20, 40, 1, 3) + _waves(x, 150, 300, 12, 30)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
    north += (common + _waves(y, 20, 40, 1, 3) + _waves(y, 160, 320, 12, 30)) * 2 / 3
    latitude = np.radians(coordinates[:, 1])
    curvature = 1 - _ECCENTRICITY2 * np.sin(latitude) ** 2
    # Metres per radian, along each axis.
    metres_east = _AXIS / np.sqrt(curvature) * np.cos(latitude)
    metres_north = _AXIS * (1 - _ECCENTRICITY2) / curvature**1.5
    return np.asarray(
        coordinates + np.degrees(np.column_stack([east / metres_east, north / metres_north]))
    )


def gcj02_to_wgs84(coordinates: np.ndarray) -> np.ndarray:
    """Convert coordinates in degrees from GCJ-02 to WGS 84.

    Parameters
    ----------
    coordinates : array, n rows of longitude and latitude, degrees
        In GCJ-02.

    Returns
    -------
    array, n rows of longitude and latitude, degrees
        In WGS 84; :func:`wgs84_to_gcj02` converts them back to within a micrometre.

    Source
    ------
    Fixed-point iteration of :func:`wgs84_to_gcj02`.
    """
    result = coordinates
    for _ in range(_ITERATIONS):
        result = result - (wgs84_to_gcj02(result) - coordinates)
    return np.asarray(result)


def _waves(t: np.ndarray, high: float, low: float, short: float, long: float) -> np.ndarray:
    """Return two waves of the formula, with amplitudes ``high`` and ``low`` in metres."""
    return np.asarray(high * np.sin(np.pi * t / short) + low * np.sin(np.pi * t / long))
