"""Esri JSON: features as GeoJSON in WGS 84."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

import geopandas as gpd
import shapely

from nmgeo import crs
from nmgeo.errors import NmgeoError, SourceError
from nmgeo.messages import text
from nmgeo.services.content import host_of


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
            known = (crs.HK80, crs.WGS84)
            same = next((one for one in known if one.name.split()[0:3] == _words(found.name)), None)
            return (same or found).to_string()
    return None


def _words(name: str) -> list[str]:
    return name.replace("_", " ").split()[0:3]


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
        If its geometry has curves, or is none.
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
    if "rings" in drawn:
        rings = [shapely.Polygon([xy[:2] for xy in ring]) for ring in drawn["rings"]]
        return reduce(shapely.symmetric_difference, rings, shapely.Polygon())
    if "paths" in drawn:
        return shapely.MultiLineString([[xy[:2] for xy in path] for path in drawn["paths"]])
    if "points" in drawn:
        return shapely.MultiPoint([xy[:2] for xy in drawn["points"]])
    return shapely.Point(drawn["x"], drawn["y"])
