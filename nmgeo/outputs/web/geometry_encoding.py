"""Geometry for the web page: compact encoding, simplification, and dissolved rings.

Vertices are encoded as integers in Web Mercator with 2**28 units round the world (0.14 m in Hong
Kong). They are for drawing only; nothing is measured on them. Each vertex is stored as its
difference to the previous one, zigzag and base-128 encoded. Features are in Hilbert order, so that
differences are small.
"""

import base64
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.errors import notify
from nmgeo.messages import either, text

SCALE: Final = 2**28
MAX_SEPARATE_RINGS: Final = 100  # with more sites, the page dissolves their rings
_POLYGON_DIMENSIONS: Final = 2
_MAX_BYTES: Final = 5  # of a base-128 number below 2**35


def encode_geometry(
    frame: gpd.GeoDataFrame, *, as_text: bool = True
) -> tuple[np.ndarray, dict[str, Any]]:
    """Encode the geometry of a layer for the page.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Points, lines or polygons, single or multi. Holes are kept.
    as_text : bool
        Base64 of base-128 numbers, which takes half the room; else lists of numbers, which a page
        reads without a loop that a browser would compile for it.

    Returns
    -------
    order : ndarray, n rows, int
        Position in ``frame`` of each encoded feature.
    dict
        ``paths`` (twice the number of paths of each feature, plus one if they are rings),
        ``lengths`` (number of vertices of each path) and ``steps`` (differences of x and y in
        turn); and ``scale`` (units round the world).
    """
    geographic = crs.transform(frame.geometry, crs.WGS84)
    order = np.argsort(geographic.hilbert_distance().to_numpy(), kind="stable")
    shapes = geographic.to_numpy()[order]
    paths, rows = _split_paths(shapes)
    is_ring = shapely.get_dimensions(shapes) == _POLYGON_DIMENSIONS
    xy, of_path = shapely.get_coordinates(paths, return_index=True)
    is_last = np.append(of_path[1:] != of_path[:-1], True)
    kept = ~(is_last & is_ring[rows][of_path])  # the last vertex of a ring is the first
    xy, of_path = xy[kept], of_path[kept]
    steps = np.diff(_to_mercator_units(xy), axis=0, prepend=0).ravel()
    return order, {
        "paths": _write((np.bincount(rows, minlength=len(frame)) << 1) | is_ring, as_text=as_text),
        "lengths": _write(np.bincount(of_path, minlength=len(paths)), as_text=as_text),
        "steps": _write((steps << 1) ^ (steps >> 63), as_text=as_text),
        "scale": SCALE,
    }


def _split_paths(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points, lines and rings in the order of their features, and their feature's row."""
    parts, rows = _split_parts(shapes)
    is_area = shapely.get_dimensions(parts) == _POLYGON_DIMENSIONS
    rings, of_area = _split_rings(parts[is_area])
    of_part = np.concatenate([np.flatnonzero(~is_area), np.flatnonzero(is_area)[of_area]])
    order = np.argsort(of_part, kind="stable")
    return np.concatenate([parts[~is_area], rings])[order], rows[of_part[order]]


def _split_parts(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if (shapely.get_type_id(shapes) < shapely.GeometryType.MULTIPOINT).all():
        return shapes, np.arange(len(shapes))
    parts, rows = shapely.get_parts(shapes, return_index=True)
    return parts, rows


def _split_rings(areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if shapely.is_empty(areas).any() or shapely.get_num_interior_rings(areas).any():
        rings, of_area = shapely.get_rings(areas, return_index=True)
        return rings, of_area
    return areas, np.arange(len(areas))  # its vertices are those of its only ring


def simplify_layer(frame: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Simplify a layer for display; shared borders stay shared.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Left as it is.
    tolerance_m : float
        Largest displacement of a line, metres, > 0.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        All features. For drawing only, not for measuring.

    Source
    ------
    Coverage simplification (Visvalingam-Whyatt, by GEOS) if the polygons form a valid coverage,
    else topology-preserving simplification of each feature.
    """
    shapes = crs.to_hk80(frame).to_numpy()
    all_polygons = bool((shapely.get_dimensions(shapes) == _POLYGON_DIMENSIONS).all())
    if all_polygons and bool(shapely.coverage_is_valid(shapes)):
        simplified = shapely.coverage_simplify(shapes, tolerance_m)
    else:
        simplified = shapely.simplify(shapes, tolerance_m, preserve_topology=True)
    lines = gpd.GeoSeries(simplified, index=frame.index, crs=crs.HK80)
    return frame.set_geometry(crs.transform(lines, crs.WGS84))


def dissolve_rings(rings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Dissolve the rings of all sites if there are more than :data:`MAX_SEPARATE_RINGS` sites.

    Parameters
    ----------
    rings : GeoDataFrame, n rows, any CRS
        From :func:`nmgeo.measures.buffers.ring_shapes`, not cumulative; left as it is.

    Returns
    -------
    GeoDataFrame
        ``rings``, or a row for each distance, outwards: the land whose nearest site is at that
        distance. ``outline_id`` and ``area_ha`` are then missing. For drawing only.

    Warns
    -----
    Notice
        If the rings are dissolved.
    """
    if not needs_dissolved_rings(rings):
        return rings
    message = text(
        "the map shows the rings of all {count} sites together, since there are more than {most};"
        " {command} writes the rings of each site",
        count=rings["outline_id"].nunique(),
        most=MAX_SEPARATE_RINGS,
        command=either("nm.export('rings', ...)", "nmgeo export rings"),
    )
    notify(message)
    inside, rows = shapely.Polygon(), []
    for (from_m, to_m), same in rings.groupby(["from_m", "to_m"]):
        union = shapely.union_all(same.geometry.to_numpy())
        rows.append({"from_m": from_m, "to_m": to_m, "geometry": union.difference(inside)})
        inside = inside.union(union)
    return gpd.GeoDataFrame(rows, crs=rings.crs).assign(outline_id=None, area_ha=None)


def needs_dissolved_rings(rings: gpd.GeoDataFrame) -> bool:
    """Whether there are so many sites that their rings are dissolved."""
    return bool(rings["outline_id"].nunique() > MAX_SEPARATE_RINGS)


def _to_mercator_units(xy: np.ndarray) -> np.ndarray:
    lon, lat = np.radians(xy.T)
    north = np.arctanh(np.sin(lat))
    world = np.column_stack([0.5 + lon / (2 * np.pi), 0.5 - north / (2 * np.pi)])
    return np.asarray(np.rint(world * SCALE), dtype=np.int64)


def _write(values: np.ndarray, *, as_text: bool) -> str | list[int]:
    return encode_numbers(values) if as_text else list(map(int, values))


def encode_numbers(numbers: np.ndarray) -> str:
    """Encode integers >= 0 in base 128, lowest digit first, as base64."""
    values = numbers.astype(np.uint64)
    size = 1 + sum((values >= 128**n).astype(np.int64) for n in range(1, _MAX_BYTES))
    starts = np.cumsum(size) - size
    out = np.zeros(int(size.sum()), dtype=np.uint8)
    for n in range(_MAX_BYTES):
        has_digit = size > n
        digit = (values[has_digit] >> np.uint64(7 * n)) & np.uint64(127)
        continues = np.where(size[has_digit] > n + 1, 128, 0)
        out[starts[has_digit] + n] = digit.astype(np.uint8) | continues.astype(np.uint8)
    return base64.b64encode(out.tobytes()).decode()
