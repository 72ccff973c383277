"""GCJ-02: the offset that web maps of mainland China put on WGS 84 (about 600 m here)."""

from typing import Final

import numpy as np

_AXIS: Final = 6_378_245.0  # Krasovsky 1940, in metres
_ECCENTRICITY2: Final = 0.006_693_421_622_965_943
_ORIGIN: Final = (105.0, 35.0)  # longitude and latitude from which the formula counts
_ROUNDS: Final = 6  # each leaves a four-hundredth of the error; 1 m is left of 600 m after one


def wgs84_to_gcj02(places: np.ndarray) -> np.ndarray:
    """Move places from WGS 84 to GCJ-02.

    Parameters
    ----------
    places : array, n rows of longitude and latitude, degrees
        In WGS 84.

    Returns
    -------
    array, n rows of longitude and latitude, degrees
        In GCJ-02: here 527 m to the east and 299 m to the south.

    Source
    ------
    The formula as it is publicly known (googollee/eviltransform; "Restrictions on geographic
    data in China", Wikipedia). Its publisher never stated it, so how near it comes to the
    official one is not known; outlines that agree to 40 m after it have been seen.
    """
    x, y = (places - _ORIGIN).T
    root = np.sqrt(np.abs(x))
    swell = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
    east += (swell + _waves(x, 20, 40, 1, 3) + _waves(x, 150, 300, 12, 30)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
    north += (swell + _waves(y, 20, 40, 1, 3) + _waves(y, 160, 320, 12, 30)) * 2 / 3
    latitude = np.radians(places[:, 1])
    flat = 1 - _ECCENTRICITY2 * np.sin(latitude) ** 2
    metres_east = _AXIS / np.sqrt(flat) * np.cos(latitude)  # a radian, along each axis
    metres_north = _AXIS * (1 - _ECCENTRICITY2) / flat**1.5
    return np.asarray(
        places + np.degrees(np.column_stack([east / metres_east, north / metres_north]))
    )


def gcj02_to_wgs84(places: np.ndarray) -> np.ndarray:
    """Bring places from GCJ-02 back to WGS 84.

    Parameters
    ----------
    places : array, n rows of longitude and latitude, degrees
        In GCJ-02.

    Returns
    -------
    array, n rows of longitude and latitude, degrees
        In WGS 84; :func:`wgs84_to_gcj02` takes them back to within a micrometre.

    Source
    ------
    Fixed point of :func:`wgs84_to_gcj02`.
    """
    back = places
    for _ in range(_ROUNDS):
        back = back - (wgs84_to_gcj02(back) - places)
    return np.asarray(back)


def _waves(t: np.ndarray, high: float, low: float, short: float, long: float) -> np.ndarray:
    """Two waves of the formula, of ``high`` and ``low`` metres."""
    return np.asarray(high * np.sin(np.pi * t / short) + low * np.sin(np.pi * t / long))
