"""Geometry that can be measured: what is empty, invalid or a collection, and its repair."""

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo.errors import LayerError, notify
from nmgeo.messages import option, text
from nmgeo.sources.coordinate_numbers import (
    NO_NUMBER,
    TOO_LARGE,
    are_finite,
    are_too_large,
    lack_numbers,
)
from nmgeo.sources.geometry_kinds import name_features, refuse_rows, require_geometry

_SEVERAL: Final = tuple(
    shapely.GeometryType[f"MULTI{kind}"] for kind in ("POINT", "LINESTRING", "POLYGON")
)
_FAULTS: Final[Mapping[str, str]] = {  # what GEOS says of an invalid geometry
    said: said
    for said in (
        NO_NUMBER[0],
        text("Self-intersection"),
        text("Ring Self-intersection"),
        text("Hole lies outside shell"),
        text("Holes are nested"),
        text("Nested shells"),
        text("Interior is disconnected"),
        text("Duplicate Rings"),
        text("Too few points in geometry component"),
        text("Invalid Coordinate"),
        text("Ring is not closed"),
        text("Points of LinearRing do not form a closed linestring"),
    )
}


def repair_geometry(
    frame: gpd.GeoDataFrame, file: str, *, strict: bool, remedy: str | None = None
) -> gpd.GeoDataFrame:
    """Return the frame with every geometry present and valid.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Indexed by feature id; left as it is.
    file : str
        What to call it in a message.
    strict : bool
        Refuse an invalid geometry instead of repairing it.
    remedy : str, optional
        What to do about one that is refused; to leave out ``--strict`` if not given.

    Returns
    -------
    GeoDataFrame, n rows, same CRS
        Polygons repaired by GEOS keep their polygon part alone; empty parts of a geometry of
        several, which GEOS takes for valid, are left out.

    Raises
    ------
    LayerError
        If a geometry is missing, empty or a collection, has a coordinate that is not a number,
        cannot be repaired, or is invalid and ``strict``.

    Warns
    -----
    Notice
        How many were repaired, the first ids, and why they were invalid.
    """
    frame = _filled(frame)
    _refuse_unfit(frame, file)
    shapes = frame.geometry.to_numpy()
    bad = ~shapely.is_valid(shapes)
    if not bad.any():
        return frame
    lacking = bad.copy()
    lacking[bad] = lack_numbers(shapes[bad])
    refuse_rows(frame, file, lacking, *NO_NUMBER)
    what = text(
        "invalid geometry in {ids}: {reason}",
        ids=name_features(frame, bad),
        reason=fault_of_geometry(str(shapely.is_valid_reason(shapes[bad][0]))),
    )
    if strict:
        raise LayerError(file, what, remedy or _without_strict())
    mended = _repaired(shapes[bad])
    lost = bad.copy()
    lost[bad] = shapely.is_empty(mended)
    gone = text("invalid, and nothing is left after repair")
    refuse_rows(frame, file, lost, gone, text("draw it again"))
    said = text("{file}: repaired {count} {what}", file=file, count=int(bad.sum()), what=what)
    notify(said)
    return _with(frame, bad, mended)


def _without_strict() -> str:
    return text("mend it or leave out {strict}", strict=option("strict", value=True))


def _refuse_unfit(frame: gpd.GeoDataFrame, file: str) -> None:
    """Refuse what no repair makes fit to be measured."""
    require_geometry(frame, file)
    shapes = frame.geometry.to_numpy()
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    refuse_rows(frame, file, mixed, text("a geometry collection"), text("split it by kind"))
    boxes = shapely.bounds(shapes)
    refuse_rows(frame, file, ~are_finite(boxes), *NO_NUMBER)
    refuse_rows(frame, file, are_too_large(boxes), *TOO_LARGE)


def fault_of_geometry(reason: str) -> str:
    """Return what GEOS says of an invalid geometry as a message, with the place in brackets.

    Examples
    --------
    >>> fault_of_geometry("Self-intersection[824250 840050]")
    'Self-intersection at (824250 840050)'
    """
    fault, _, place = reason.partition("[")
    known = _FAULTS.get(fault, fault)
    return text("{fault} at ({place})", fault=known, place=place.rstrip("]")) if place else known


def _filled(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out empty parts of geometries of several parts, to which there is no distance."""
    shapes = frame.geometry.to_numpy()
    several = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _SEVERAL))
    parts, rows = shapely.get_parts(shapes[several], return_index=True)
    hollow = several[np.unique(rows[shapely.is_empty(parts)])]
    if not len(hollow):
        return frame
    kept = [type(s)([part for part in s.geoms if not part.is_empty]) for s in shapes[hollow]]
    return _with(frame, hollow, np.array(kept, dtype=object))


def _with(frame: gpd.GeoDataFrame, rows: np.ndarray, shapes: np.ndarray) -> gpd.GeoDataFrame:
    """Return the frame with other geometry in some rows."""
    whole = frame.geometry.to_numpy().copy()
    whole[rows] = shapes
    return frame.set_geometry(gpd.GeoSeries(whole, index=frame.index, crs=frame.crs))


def _repaired(shapes: np.ndarray) -> np.ndarray:
    """Repair, and keep what has the dimension that the geometry had before."""
    wanted = shapely.get_dimensions(shapes)
    mended = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    parts, rows = shapely.get_parts(mended, return_index=True)
    # A part may itself be a collection of polygons and the lines that fell off them.
    kept = shapely.get_dimensions(parts) == wanted[rows]
    return np.array(
        [shapely.union_all(parts[kept & (rows == row)]) for row in range(len(shapes))], dtype=object
    )
