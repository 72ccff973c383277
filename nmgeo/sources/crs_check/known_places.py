"""Landmarks: places whose position is known, to hold the numbers of another file against."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs as ruler

ENOUGH: Final = 5  # fewer places without a name may lie together by chance
_STEPS: Final = 41  # places along an outline that are held against the outlines of a file
_SPAN: Final = 0.01  # degrees; an outline shorter than this (1 km) is no more than a point
_EXACT: Final = pd.Series(dtype=float)  # no accuracy is said


@dataclass(frozen=True)
class KnownPlace:
    """Places whose position is known: along one outline, or the points of one layer.

    ``places`` are longitude and latitude in WGS 84, ``centre`` the middle of the box that holds
    it; ``names`` what it is called, folded; ``accuracy_m`` how far it may be from the truth, 0 for
    a file that is taken as right; ``said`` the system that its file names, if that is all that is
    known. ``in_region`` tells whether it bounds the region where files are expected to lie: a
    railway leads out of it.
    """

    label: str
    places: np.ndarray
    centre: np.ndarray
    names: frozenset[str] = frozenset()
    accuracy_m: float = 0.0
    said: ruler.System | None = None
    in_region: bool = True


def known_places(
    frame: gpd.GeoDataFrame,
    names: Iterable[Iterable[object]],
    file: str,
    said: ruler.System | None = None,
) -> list[KnownPlace]:
    """Take the features of a layer as known: each by its names, points also together.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        A layer that is taken as right; ``accuracy_m``, if there, in metres.
    names : n times names
        What each feature is called.
    file : str
        What to call the layer.
    said : System, optional
        What its file says, if that is all that is known: another file that says the same may be
        wrong in the same way, so that their agreement proves nothing.

    Returns
    -------
    list of Known
        For :class:`nmgeo.sources.crs_check.evidence.Evidence`.

    Source
    ------
    An outline shorter than about 1 km is known by its centre alone.
    """
    shapes = ruler.transform(frame.geometry, ruler.WGS84)
    bounds = shapely.bounds(shapes.to_numpy())
    rows = zip(
        shapes,
        (bounds[:, :2] + bounds[:, 2:]) / 2,
        names,
        pd.to_numeric(frame.get("accuracy_m", _EXACT), errors="coerce").reindex(frame.index),
        strict=True,
    )
    found = []
    for shape, centre, called, off in rows:
        words = frozenset(word for word in map(normalise_name, called) if word)
        label = f"{file} {min(words)!r}" if words else file
        accuracy = float(np.nan_to_num(off))
        found.append(KnownPlace(label, _along(shape, centre), centre, words, accuracy, said))
    points = [place.places for place in found if len(place.places) < ENOUGH]
    if points:
        all_of_them = np.vstack(points)
        label = f"the {len(points)} points of {file}"
        found.append(KnownPlace(label, all_of_them, all_of_them[0], said=said))
    return found


def normalise_name(name: object) -> str:
    """Return a name as names are compared: without case, every gap one space."""
    return " ".join(str(name).casefold().split())


def _along(shape: shapely.Geometry, centre: np.ndarray) -> np.ndarray:
    """Return places along the longest line that bounds a shape, or its centre if it is small."""
    lines = shapely.get_parts(shape.boundary if shape.area else shape)
    longest = lines[np.argmax(shapely.length(lines))]
    if longest.length < _SPAN:
        return centre[None, :]
    steps = shapely.line_interpolate_point(longest, np.linspace(0, 1, _STEPS), normalized=True)
    return np.asarray(shapely.get_coordinates(steps))
