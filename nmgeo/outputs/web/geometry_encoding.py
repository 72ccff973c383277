"""Packs: geometry as a page draws it; that of a large layer as a few bytes a vertex, on a canvas.

Vertices are whole numbers of Web Mercator at 2**28 to the world (0.14 m here), which is what a web
map draws in; nothing is measured on them. Each is kept as its step from the one before, zigzag and
base-128 coded, and features stand in Hilbert order, so that steps are short.
"""

import base64
import warnings
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.errors import Notice

SCALE: Final = 2**28
MAX_SEPARATE_RINGS: Final = (
    100  # sites, above which a page draws the rings round all of them together
)
_AREA: Final = 2  # dimensions of a polygon
_BYTES: Final = 5  # at most, of a base-128 number below 2**35


def encode_geometry(frame: gpd.GeoDataFrame) -> tuple[np.ndarray, dict[str, Any]]:
    """Pack the geometry of a layer.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Points, lines, polygons, and several of one kind; holes are kept.

    Returns
    -------
    order : ndarray, n rows, int
        The position in ``frame`` of each packed feature.
    dict
        ``paths`` (twice the number of paths of each feature, and one more where they are rings),
        ``lengths`` (how many vertices each path has) and ``steps`` (x and y in turn): base64 of
        base-128 numbers; and ``scale``.
    """
    stored = crs.transform(frame.geometry, crs.WGS84)
    order = np.argsort(stored.hilbert_distance().to_numpy(), kind="stable")
    shapes = stored.to_numpy()[order]
    paths, rows = _paths(shapes)
    closed = shapely.get_dimensions(shapes) == _AREA
    xy, of_path = shapely.get_coordinates(paths, return_index=True)
    last = np.append(of_path[1:] != of_path[:-1], True)
    kept = ~(last & closed[rows][of_path])  # the last vertex of a ring is the first
    xy, of_path = xy[kept], of_path[kept]
    steps = np.diff(_mercator(xy), axis=0, prepend=0).ravel()
    return order, {
        "paths": _coded((np.bincount(rows, minlength=len(frame)) << 1) | closed),
        "lengths": _coded(np.bincount(of_path, minlength=len(paths))),
        "steps": _coded((steps << 1) ^ (steps >> 63)),
        "scale": SCALE,
    }


def _paths(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points, lines and rings in the order of their features, and the row of each."""
    parts, rows = _parts(shapes)
    area = shapely.get_dimensions(parts) == _AREA
    rings, of_area = shapely.get_rings(parts[area], return_index=True)
    of_part = np.concatenate([np.flatnonzero(~area), np.flatnonzero(area)[of_area]])
    order = np.argsort(of_part, kind="stable")
    return np.concatenate([parts[~area], rings])[order], rows[of_part[order]]


def _parts(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if (shapely.get_type_id(shapes) < shapely.GeometryType.MULTIPOINT).all():
        return shapes, np.arange(len(shapes))
    parts, rows = shapely.get_parts(shapes, return_index=True)
    return parts, rows


def simplify_layer(frame: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Draw a layer with fewer vertices; borders that features share stay shared.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Left as it is.
    tolerance_m : float
        How far a line may move, in metres, > 0.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        No feature is lost; only for drawing, never for measuring.

    Source
    ------
    Coverage simplification (Visvalingam-Whyatt, by GEOS) where polygons form a coverage, else
    simplification of each alone that keeps its topology.
    """
    shapes = crs.to_hk80(frame).to_numpy()
    polygons = bool((shapely.get_dimensions(shapes) == _AREA).all())
    if polygons and bool(shapely.coverage_is_valid(shapes)):
        drawn = shapely.coverage_simplify(shapes, tolerance_m)
    else:
        drawn = shapely.simplify(shapes, tolerance_m, preserve_topology=True)
    lines = gpd.GeoSeries(drawn, index=frame.index, crs=crs.HK80)
    return frame.set_geometry(crs.transform(lines, crs.WGS84))


def dissolve_rings(rings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw rings round all sites together if there are more than :data:`MANY` of them.

    Parameters
    ----------
    rings : GeoDataFrame, n rows, EPSG:4326
        From :func:`nmgeo.measures.buffers.ring_shapes`, each from the distance before; left as it
        is.

    Returns
    -------
    GeoDataFrame
        ``rings``, or a row for each distance, outwards: the land that lies as near to some site
        and no nearer to any; ``outline_id`` and ``area_ha`` are missing. Only for drawing.

    Warns
    -----
    Notice
        If it draws them together.
    """
    if not needs_dissolved_rings(rings):
        return rings
    text = f"rings round {rings['outline_id'].nunique()} sites are drawn together, as they are "
    text += f"above {MAX_SEPARATE_RINGS} sites; nmgeo export rings writes those of each"
    warnings.warn(text, Notice, stacklevel=3)
    inner, rows = shapely.Polygon(), []
    for (from_m, to_m), same in rings.groupby(["from_m", "to_m"]):
        whole = shapely.union_all(same.geometry.to_numpy())
        rows.append({"from_m": from_m, "to_m": to_m, "geometry": whole.difference(inner)})
        inner = inner.union(whole)
    return gpd.GeoDataFrame(rows, crs=rings.crs).assign(outline_id=None, area_ha=None)


def needs_dissolved_rings(rings: gpd.GeoDataFrame) -> bool:
    """Say whether there are so many sites that rings are drawn round all of them together."""
    return bool(rings["outline_id"].nunique() > MAX_SEPARATE_RINGS)


def _mercator(xy: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(xy.T)
    north = np.arctanh(np.sin(lat))
    world = np.column_stack([0.5 + lon / (2 * np.pi), 0.5 - north / (2 * np.pi)])
    return np.asarray(np.rint(world * SCALE), dtype=np.int64)


def _coded(numbers: np.ndarray) -> str:
    """Write whole numbers >= 0 in base 128, the least digit first, as base64."""
    values = numbers.astype(np.uint64)
    size = 1 + sum((values >= 128**n).astype(np.int64) for n in range(1, _BYTES))
    starts = np.cumsum(size) - size
    out = np.zeros(int(size.sum()), dtype=np.uint8)
    for n in range(_BYTES):
        long = size > n
        digit = (values[long] >> np.uint64(7 * n)) & np.uint64(127)
        more = np.where(size[long] > n + 1, 128, 0)
        out[starts[long] + n] = digit.astype(np.uint8) | more.astype(np.uint8)
    return base64.b64encode(out.tobytes()).decode()
