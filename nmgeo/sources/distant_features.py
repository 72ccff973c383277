"""Features well outside Hong Kong: read, since data may go on in Guangdong, and said."""

from functools import cache
from typing import Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS

from nmgeo import crs
from nmgeo.bounds import bounds_of, lie_within
from nmgeo.errors import notify
from nmgeo.messages import list_first, text
from nmgeo.sources.geometry_kinds import name_features

_EXTENT: Final = (113.76, 22.13, 114.51, 22.58)  # degrees: the area of use of EPSG:2326
_STEPS: Final = 9  # places along a side, which bends in another CRS
_NEAR_M: Final = 5_000.0  # the Shenzhen side of the boundary is no surprise


def warn_of_distant(frame: gpd.GeoDataFrame, file: str) -> None:
    """Say which features lie well outside the extent of Hong Kong, land and sea.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS, x before y
        Indexed by feature id; each is judged by the middle of its box.
    file : str
        What to call it in a message.

    Warns
    -----
    Notice
        How many lie more than 5 km outside, and the first ids.
    """
    if not _are_away(_corners(frame.total_bounds), frame.crs).any():
        return
    bounds = shapely.bounds(frame.geometry.to_numpy())
    away = _are_away((bounds[:, :2] + bounds[:, 2:]) / 2, frame.crs)
    if away.any():
        _tell(file, int(away.sum()), name_features(frame, away))


def is_within_extent(boxes: np.ndarray, system: CRS) -> bool:
    """Tell whether the box round all of n boxes gives nothing to say, as :func:`warn_of_distant`.

    Parameters
    ----------
    boxes : array, n x 4
        Least x and y and greatest x and y, finite.
    system : CRS
        What they are in, x before y.
    """
    return not _are_away(_corners(bounds_of(boxes.reshape(-1, 2))), system).any()


def _corners(bounds: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.get_coordinates(shapely.box(*bounds)))


def warn_of_distant_points(points: np.ndarray, ids: pa.Array, file: str) -> None:
    """Say as :func:`warn_of_distant` which points lie well outside the extent of Hong Kong.

    Parameters
    ----------
    points : array, n x 2, metres
        In :data:`nmgeo.crs.HK80`.
    ids : Array of str, n rows
        What they are called.
    file : str
        What to call it in a message.
    """
    low, high = _extent()
    if lie_within(points, low, high):
        return
    away = ((points < low) | (points > high)).any(axis=1)
    first = list_first(ids.filter(pa.array(away)).to_pylist())
    _tell(file, int(away.sum()), text("feature {ids}", ids=first))


def near_box(system: CRS) -> tuple[float, float, float, float]:
    """Return a box within which nothing lies well outside the extent, in the units of a CRS."""
    (west, south), (east, north) = _extent()
    x, y = np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS)
    sides = [(west, y), (x, south), (east, y), (x, north)]
    drawn = [np.column_stack(np.broadcast_arrays(*side)) for side in sides]
    left, low, right, top = (crs.transform_coordinates(d, crs.HK80, system) for d in drawn)
    return left[:, 0].max(), low[:, 1].max(), right[:, 0].min(), top[:, 1].min()


def _tell(file: str, count: int, ids: str) -> None:
    said = text(
        "{file}: more than 5 km outside Hong Kong: {count} features ({ids})",
        file=file,
        count=count,
        ids=ids,
    )
    notify(said)


def _are_away(places: np.ndarray, system: CRS) -> np.ndarray:
    low, high = _extent()
    placed = crs.transform_coordinates(places, system, crs.HK80)
    return np.asarray(np.logical_or(placed < low, placed > high).any(axis=1))


@cache
def _extent() -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper corner of the extent, widened; metres on the grid."""
    corners = shapely.get_coordinates(shapely.box(*_EXTENT))
    placed = crs.transform_coordinates(corners, crs.WGS84, crs.HK80)
    return placed.min(axis=0) - _NEAR_M, placed.max(axis=0) + _NEAR_M
