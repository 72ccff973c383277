"""Esri JSON: features as GeoJSON in WGS 84."""

import cmath
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, Final

import geopandas as gpd
import shapely
from pyproj import CRS

from nmgeo import crs
from nmgeo.errors import NmgeoError, SourceError
from nmgeo.messages import text
from nmgeo.services.content import host_of

_STEP: Final = math.radians(1)  # of an arc, so that a chord is 4 cm off at a radius of 1 km
_Point = tuple[float, float]


def crs_of_reference(reference: Any) -> str | None:
    """Return the code of a spatial reference, as ``EPSG:2326`` for 102140; None if it has none."""
    if not isinstance(reference, Mapping):
        return None
    codes = [reference.get("latestWkid"), reference.get("wkid")]
    for code in (code for code in codes if isinstance(code, int)):
        for authority in ("EPSG", "ESRI"):
            try:
                found = crs.read_crs(f"{authority}:{code}")
            except NmgeoError:
                continue
            known = (one for one in (crs.HK80, crs.WGS84) if _words(one) == _words(found))
            return next(known, found).to_string()
    return None


def _words(system: CRS) -> list[str]:
    """Return how the name of a system begins, which EPSG and Esri write alike."""
    return system.name.replace("_", " ").split()[:3]


def geojson_feature(feature: Mapping[str, Any], code: str | None, url: str) -> dict[str, Any]:
    """Return a feature of Esri JSON as one of GeoJSON.

    Parameters
    ----------
    feature : mapping
        With ``attributes`` and ``geometry``.
    code : str, optional
        CRS of its coordinates; WGS 84 if not given.
    url : str
        For messages.

    Returns
    -------
    dict
        In WGS 84. Rings of a polygon are parts or holes by how they lie in one another.

    Raises
    ------
    SourceError
        If its geometry has curves other than circular arcs, or is none.
    """
    drawn = feature.get("geometry")
    try:
        shape = None if drawn is None else _shape(drawn)
        if shape is not None and code is not None:
            placed = gpd.GeoSeries([shape], crs=crs.read_crs(code))
            shape = crs.transform(placed, crs.WGS84).iloc[0]
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError):
        wrong = text("sends a geometry that cannot be read")
        raise SourceError(host_of(url), wrong, text("fetch it by hand and use the file")) from None
    geometry = None if shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": feature.get("attributes"), "geometry": geometry}


def _shape(drawn: Mapping[str, Any]) -> shapely.Geometry:
    if (found := drawn.get("rings", drawn.get("curveRings"))) is not None:
        rings = [shapely.Polygon(list(_points(ring))) for ring in found]
        return reduce(shapely.symmetric_difference, rings, shapely.Polygon())
    if (found := drawn.get("paths", drawn.get("curvePaths"))) is not None:
        return shapely.MultiLineString([list(_points(path)) for path in found])
    if "points" in drawn:
        return shapely.MultiPoint([xy[:2] for xy in drawn["points"]])
    return shapely.Point(drawn["x"], drawn["y"])


def _points(part: Sequence[Any]) -> Iterator[_Point]:
    """Yield the points of a ring or path, with those of its circular arcs.

    An arc is ``{"c": [end, point on the arc]}``; a curve of another kind has no such entry.
    """
    last: _Point = (0.0, 0.0)
    for one in part:
        if isinstance(one, Mapping):
            end, through = ((float(x), float(y)) for x, y, *_ in one["c"])
            yield from _arc(last, through, end)
            last = end
        else:
            last = (float(one[0]), float(one[1]))
            yield last


def _arc(start: _Point, through: _Point, end: _Point) -> Iterator[_Point]:
    """Yield points on the circle through three points, from after the first to the last."""
    a, b, c = complex(*start), complex(*through), complex(*end)
    centre = (a + b) / 2 if a == c else _centre(a, b, c)
    if centre is not None:
        first = cmath.phase(a - centre)
        ways = [(cmath.phase(z - centre) - first) % math.tau for z in (b, c)]
        sweep = ways[1] or math.tau
        if ways[0] > sweep:  # the arc runs clockwise
            sweep -= math.tau
        steps = max(2, math.ceil(abs(sweep) / _STEP))
        for step in range(1, steps):
            point = centre + cmath.rect(abs(a - centre), first + sweep * step / steps)
            yield point.real, point.imag
    yield end


def _centre(a: complex, b: complex, c: complex) -> complex | None:
    """Return the centre of the circle through three points; None if they lie on a line."""
    side, other = b - a, c - a
    double = (side.conjugate() * other).imag * 2
    if not double:
        return None
    return a + 1j * (abs(side) ** 2 * other - abs(other) ** 2 * side) / -double
