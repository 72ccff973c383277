"""Esri JSON: features as GeoJSON in WGS 84."""

from collections.abc import Mapping
from functools import reduce
from typing import Any, Final

import geopandas as gpd
import shapely
from pyproj import CRS

from nmgeo import crs
from nmgeo.errors import NmgeoError, SourceError
from nmgeo.messages import text
from nmgeo.services.content import host_of
from nmgeo.services.esri_curves import read_points

DEVIATION_M: Final = 0.01  # of a chord from its curve
_DEVIATION_DEGREES: Final = 1e-7  # at most 1.2 cm


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
        In WGS 84. Rings of a polygon are parts or holes by how they lie in one another. Curves are
        lines that are at most :data:`DEVIATION_M` off (1e-7 degrees if the service has degrees).

    Raises
    ------
    SourceError
        If its geometry cannot be read.
    """
    drawn = feature.get("geometry")
    try:
        shape = None if drawn is None else _shape(drawn, _deviation(code))
        if shape is not None and code is not None:
            placed = gpd.GeoSeries([shape], crs=crs.read_crs(code))
            shape = crs.transform(placed, crs.WGS84).iloc[0]
    except (LookupError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError):
        wrong = text("sends a geometry that cannot be read")
        raise SourceError(host_of(url), wrong, text("fetch it by hand and use the file")) from None
    geometry = None if shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": feature.get("attributes"), "geometry": geometry}


def _deviation(code: str | None) -> float:
    """Return how far a chord may be from its curve, in the unit of a CRS."""
    in_degrees = code is None or crs.read_crs(code).is_geographic
    return _DEVIATION_DEGREES if in_degrees else DEVIATION_M


def _shape(drawn: Mapping[str, Any], deviation: float) -> shapely.Geometry:
    if (found := drawn.get("rings", drawn.get("curveRings"))) is not None:
        rings = [shapely.Polygon(list(read_points(ring, deviation))) for ring in found]
        return reduce(shapely.symmetric_difference, rings, shapely.Polygon())
    if (found := drawn.get("paths", drawn.get("curvePaths"))) is not None:
        return shapely.MultiLineString([list(read_points(path, deviation)) for path in found])
    if "points" in drawn:
        return shapely.MultiPoint([xy[:2] for xy in drawn["points"]])
    return shapely.Point(drawn["x"], drawn["y"])
