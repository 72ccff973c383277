"""Features that have a geometry, or an area: the others are refused, left out or left blank."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo.errors import LayerError, notify
from nmgeo.messages import list_all, list_first, text, word
from nmgeo.translations import section_words

LEFT_OUT: Final = "without_geometry"  # attribute of a frame: how many were left out of it
_POLYGONS: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def have_geometry(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Tell which features have a geometry that is not empty."""
    shapes = frame.geometry.to_numpy()
    there: np.ndarray = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return there


def are_polygons(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> np.ndarray:
    """Tell which features have an area: a polygon or several, which may be empty."""
    return np.isin(shapely.get_type_id(frame.geometry.to_numpy()), _POLYGONS)


def require_geometry(frame: gpd.GeoDataFrame, file: str) -> None:
    """Stop unless every feature has a geometry.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Indexed by feature id.
    file : str
        What to call it in a message.

    Raises
    ------
    LayerError
        Naming the first features that have none.
    """
    remedy = text("give it an outline or leave it out")
    refuse_rows(frame, file, ~have_geometry(frame), text("no geometry"), remedy)


def find_geometry(frame: gpd.GeoDataFrame, what: str) -> np.ndarray:
    """Tell which features have a geometry, so that the others are left blank.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Indexed by feature id.
    what : str
        What to call it in a message.

    Returns
    -------
    array of bool, n

    Raises
    ------
    LayerError
        As :func:`require_geometry`, if none has one.

    Warns
    -----
    Notice
        Which others there are.
    """
    found = _with_geometry(frame, what)
    if not found.all():
        told = _counted(frame, ~found)
        said = text("{file}: no geometry, left blank: {count} features ({ids})", file=what, **told)
        notify(said, fact=_fact(frame, ~found, what))
    return found


def keep_geometry(frame: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    """Leave out what has no geometry.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Indexed by feature id.
    file : str
        What to call it in a message.

    Returns
    -------
    GeoDataFrame, at most n rows
        With the number of those left out, if any, in its ``attrs``.

    Raises
    ------
    LayerError
        As :func:`require_geometry`, if none has one.

    Warns
    -----
    Notice
        What was left out.
    """
    found = _with_geometry(frame, file)
    if found.all():
        return frame
    told = _counted(frame, ~found)
    said = text("{file}: no geometry, left out: {count} features ({ids})", file=file, **told)
    notify(said, fact=_fact(frame, ~found, file))
    kept = frame[found]
    kept.attrs[LEFT_OUT] = told["count"]
    return kept


def require_polygons(frame: gpd.GeoDataFrame, what: str) -> None:
    """Stop unless every geometry is a polygon.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Indexed by feature id.
    what : str
        What to call it in a message.

    Raises
    ------
    LayerError
        Naming the first features that have no area.
    """
    found = are_polygons(frame)
    if found.all():
        return
    missing = frame.geometry.isna().to_numpy()
    flat = ~(found | missing)
    remedy = text("give polygons (WKT in a table of text), or use nmgeo near or rings")
    refuse_rows(frame, what, flat, text("{kinds} has no area", kinds=_kinds(frame[flat])), remedy)
    require_geometry(frame, what)


def find_polygons(frame: gpd.GeoDataFrame, what: str) -> np.ndarray:
    """Tell which geometries are polygons, so that the others are left blank.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Indexed by feature id.
    what : str
        What to call it in a message.

    Returns
    -------
    array of bool, n

    Raises
    ------
    LayerError
        As :func:`require_polygons`, if none is a polygon.

    Warns
    -----
    Notice
        Which others there are.
    """
    found = _polygons(frame, what)
    if not found.all():
        told = _told(frame, ~found)
        notify(
            text(
                "{file}: no area, left blank: {count} features, {kinds} ({ids})", file=what, **told
            )
        )
    return found


def keep_polygons(frame: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Leave out what has no area.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Indexed by feature id.
    what : str
        What to call it in a message.

    Returns
    -------
    GeoDataFrame, at most n rows

    Raises
    ------
    LayerError
        As :func:`require_polygons`, if none is a polygon.

    Warns
    -----
    Notice
        What was left out.
    """
    found = _polygons(frame, what)
    if found.all():
        return frame
    told = _told(frame, ~found)
    notify(text("{file}: no area, left out: {count} features, {kinds} ({ids})", file=what, **told))
    return frame[found]


def _told(frame: gpd.GeoDataFrame, rows: np.ndarray) -> dict[str, object]:
    """Return how many features some rows are, of which kinds, and the first of them."""
    return {"kinds": _kinds(frame[rows]), **_counted(frame, rows)}


def _counted(frame: gpd.GeoDataFrame, rows: np.ndarray) -> dict[str, object]:
    """Return how many features some rows are, and the first of them."""
    return {"count": int(rows.sum()), "ids": name_features(frame, rows)}


def _fact(frame: gpd.GeoDataFrame, rows: np.ndarray, file: str) -> tuple[Any, ...]:
    """Return what a command says once: which features of a file have no geometry."""
    return (file, *frame.index[rows])


def _with_geometry(frame: gpd.GeoDataFrame, what: str) -> np.ndarray:
    """Tell which features have a geometry; stop if none has."""
    found = have_geometry(frame)
    if not found.any():
        require_geometry(frame, what)
    return found


def _polygons(frame: gpd.GeoDataFrame, what: str) -> np.ndarray:
    """Tell which geometries are polygons; stop if there are others alone."""
    found: np.ndarray = are_polygons(frame)
    if not found.any():
        require_polygons(frame, what)
    return found


def _kinds(frame: gpd.GeoDataFrame) -> str:
    """Name the kinds of geometry."""
    words = section_words("geometry_kind")
    found = sorted(frame.geom_type.fillna("no geometry").unique()) or [""]
    return list_all(word(kind, words.get(kind, {})) for kind in found)


def refuse_rows(
    frame: gpd.GeoDataFrame, file: str, rows: np.ndarray, why: str, remedy: str
) -> None:
    """Stop if some rows are marked, and name the first of them."""
    if rows.any():
        wrong = text("{ids}: {why}", ids=name_features(frame, rows), why=why)
        raise LayerError(file, wrong, remedy)


def name_features(frame: gpd.GeoDataFrame, rows: np.ndarray) -> str:
    """Name the first features of some rows."""
    return text("feature {ids}", ids=list_first(frame.index[rows].tolist()))
