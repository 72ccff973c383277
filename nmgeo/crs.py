"""The one ruler: which coordinate reference systems are used, and the way between them."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError

from nmgeo.errors import LayerError, MissingCRSError, UsageError

MEASURED: Final = CRS.from_epsg(2326)  # Hong Kong 1980 Grid
STORED: Final = CRS.from_epsg(4326)  # WGS 84, x = longitude
ELLIPSOID: Final = Geod(ellps="WGS84")

# Where coordinates must be: Hong Kong with Shenzhen round it (west, south, east, north).
WINDOW: Final = (113.5, 22.0, 114.8, 23.0)

_NAMES: Final = {"hk80": "EPSG:2326", "wgs84": "EPSG:4326"}
_CANDIDATES: Final = ("EPSG:4326", "EPSG:2326", "EPSG:3857", "EPSG:32650", "EPSG:32649")


def read_crs(text: str) -> CRS:
    """Read a coordinate reference system as a user writes it.

    Parameters
    ----------
    text : str
        ``EPSG:2326``, ``hk80``, ``wgs84``, or anything else that PROJ knows.

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


def measured(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
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
    return transformed(frame.geometry, MEASURED)


def transformed(geometry: gpd.GeoSeries, target: CRS) -> gpd.GeoSeries:
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


def fits(bounds: Sequence[float], crs: CRS) -> bool:
    """Whether a box of coordinates, read in ``crs``, touches Hong Kong's window.

    Parameters
    ----------
    bounds : four floats
        Least x and y, greatest x and y, in the units of ``crs``.
    crs : CRS
        The system to read them in.

    Returns
    -------
    bool
        False also where the numbers are no coordinates of ``crs`` at all.

    Raises
    ------
    LayerError
        If the only way from ``crs`` would skip the datum shift.
    """
    try:
        left, bottom, right, top = bounds
        west, south, east, north = _way(crs, STORED).transform_bounds(left, bottom, right, top)
    except ProjError:
        return False
    if not np.isfinite([west, south, east, north]).all():
        return False
    return bool(
        west <= WINDOW[2] and east >= WINDOW[0] and south <= WINDOW[3] and north >= WINDOW[1]
    )


def candidates(bounds: Sequence[float]) -> list[str]:
    """List the systems in which a box of coordinates would lie in Hong Kong, likeliest first.

    Parameters
    ----------
    bounds : four floats
        Least x and y, greatest x and y.

    Returns
    -------
    list of str
        Codes to give to ``--crs``; empty if none fits.

    Examples
    --------
    >>> candidates((824_000, 837_000, 831_000, 844_000))
    ['EPSG:2326']
    """
    return [code for code in _CANDIDATES if fits(bounds, CRS.from_user_input(code))]


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
