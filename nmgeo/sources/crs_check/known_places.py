"""Known places: features of known position, with which the coordinates of a file are compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs as ruler
from nmgeo.messages import text, word

ENOUGH: Final = 5  # fewer places without a name may lie together by chance
_STEPS: Final = 41  # points along a known outline that are compared with the outlines of a file
_SPAN: Final = 0.01  # degrees; an outline shorter than this (1 km) is known by its centre


@dataclass(frozen=True, eq=False)
class KnownPlace:
    """Points of known position: along one outline, or the points of one layer.

    Attributes
    ----------
    label : str
        A message that names it.
    places : array, n x 2
        Longitude and latitude in WGS 84.
    centre : array of 2
        Centre of its bounding box.
    names : set of str
        From :func:`normalise_name`.
    accuracy_m : float
        Largest error of its position; 0 in a file that is taken as right.
    stated : System, optional
        The system that its file states, if it fits others too and nothing else confirms it.
    confirmed : bool
        Whether a known place, its user or its publisher confirms its system.
    in_region : bool
        Whether it bounds the area in which files are expected; a railway leads out of it.
    """

    label: str
    places: np.ndarray
    centre: np.ndarray
    names: frozenset[str] = frozenset()
    accuracy_m: float = 0.0
    stated: ruler.System | None = None
    confirmed: bool = True
    in_region: bool = True


def known_places(
    shapes: gpd.GeoSeries,
    names: Iterable[Iterable[object]],
    file: str,
    stated: ruler.System | None = None,
    *,
    accuracy_m: Iterable[float | None] | None = None,
    confirmed: bool = True,
) -> list[KnownPlace]:
    """Return the features of a layer as known places: each one, and all points together.

    Parameters
    ----------
    shapes : GeoSeries, n rows, any CRS
        The geometry of a layer that is taken as right.
    names : n times names
        The names of each feature.
    file : str
        Name of the layer in messages.
    stated : System, optional
        What its file states, if it fits others too and nothing else confirms it. Another file that
        states the same may have the same mistake, so their agreement proves nothing.
    accuracy_m : iterable of n floats, optional
        Accuracy of each feature in metres; it counts as exact where there is none.
    confirmed : bool
        Whether a known place or its user confirms its system. If not, a file that was converted
        from it may have the same mistake.

    Returns
    -------
    list of KnownPlace
        For :class:`nmgeo.sources.crs_check.evidence.Evidence`.

    Source
    ------
    An outline shorter than about 1 km is known by its centre alone.
    """
    outlines = ruler.transform(shapes, ruler.WGS84).to_numpy()
    bounds = shapely.bounds(outlines)
    off_m = [0.0] * len(outlines) if accuracy_m is None else accuracy_m
    rows = zip(outlines, (bounds[:, :2] + bounds[:, 2:]) / 2, names, off_m, strict=True)
    found = []
    for shape, centre, called, off in rows:
        if not np.isfinite(centre).all():  # a part lies where PROJ knows no place
            continue
        words = _names_by_form(called)
        accuracy = float(np.nan_to_num(np.float64(off)))  # NaN where there is none
        along = _points_along(shape, centre)
        label = _label(file, words)
        found.append(
            KnownPlace(label, along, centre, frozenset(words), accuracy, stated, confirmed)
        )
    points = [place.places for place in found if len(place.places) < ENOUGH]
    if points:
        together = np.vstack(points)
        label = text("the {count} points of {layer}", count=len(points), layer=file)
        found.append(KnownPlace(label, together, together[0], stated=stated, confirmed=confirmed))
    return found


def _names_by_form(called: Iterable[object]) -> dict[str, str]:
    """Return names as they are written, by the form in which they are compared."""
    names: dict[str, str] = {}
    for name in called:
        names.setdefault(normalise_name(name), " ".join(str(name).split()))
    names.pop("", None)
    return names


def _label(file: str, names: Mapping[str, str]) -> str:
    """Name a place by its layer and one of its names, in Chinese by a Chinese name."""
    if not names:
        return file
    first = names[min(names)]
    chinese = [name for name in names.values() if not name.isascii()] or [first]
    forms = {"tc": chinese[0], "sc": chinese[-1]}
    return text("{layer} {name!r}", layer=file, name=word(first, forms))


def normalise_name(name: object) -> str:
    """Return a name in the form in which names are compared: without case, single spaces.

    Empty if it has no letter: a number, such as that of a row, names nothing.
    """
    if not isinstance(name, str) or not any(map(str.isalpha, name)):
        return ""
    return " ".join(name.casefold().split())


def _points_along(shape: shapely.Geometry, centre: np.ndarray) -> np.ndarray:
    """Return points along the longest outline of a shape, or its centre if it is small."""
    lines = shapely.get_parts(shape.boundary if shape.area else shape)
    longest = lines[np.argmax(shapely.length(lines))]
    if longest.length < _SPAN:
        return centre[None, :]
    steps = shapely.line_interpolate_point(longest, np.linspace(0, 1, _STEPS), normalized=True)
    return np.asarray(shapely.get_coordinates(steps))
