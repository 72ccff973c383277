"""The layers of a map in its frame: cut at its edges, hatched, marked and named."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.outputs.appearance import Appearance
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.map_styles import BASE, CASING_MM, HATCHES, Style
from nmgeo.outputs.map_zooms import (
    NAMED_MOST,
    PIXEL_MM,
    SMALL_SITE_MM,
    rows_at,
    symbol_mm,
    zoom_of,
)
from nmgeo.outputs.merged_symbols import MERGED, merge_symbols
from nmgeo.outputs.sheets.drawing import WHITE, Drawing
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.outputs.site_symbology import MAIN, coloured_layers, styles_of
from nmgeo.sources.layers import read_layer

Layers = Mapping[str, gpd.GeoDataFrame]  # by name, from the bottom up

_SIDES: Final = {"square": 4, "diamond": 4, "hexagon": 6, "triangle": 3, "disc": 24}
_TURNS: Final = {"square": math.pi / 4, "triangle": -math.pi / 2, "diamond": 0.0}
_WIDER: Final = {"diamond": 1.25, "hexagon": 1.15, "square": 1.2}  # than a disc
_HOLLOW_MM, _SOLID_MM = 0.6, 2 * PIXEL_MM  # of the edge of a symbol
_PLAIN: Final = ("triangle",)  # without an edge
_UP: Final = 45  # degrees
_OWN_SIZE: Final = frozenset({*BASE, "sites"})  # whatever the zoom
_EDGES: Final = {"dash": (0.8, 0.8), "dot": (0.3, 0.9)}  # of symbols, millimetres


def frames_of(atlas: Atlas, look: Appearance) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a map on the grid, from the bottom up, in the colours asked for."""
    catalog = atlas.catalog
    found = {n: read_layer(catalog, n) for n in BASE if n in catalog.context_layers}
    found |= coloured_layers(atlas, atlas.ring_shapes, look)
    return {name: frame.set_geometry(crs.to_hk80(frame)) for name, frame in found.items()}


def draw_layers(
    drawing: Drawing,
    frame: Frame,
    layers: Layers,
    year: int,
    classed: Collection[str],
) -> dict[str, gpd.GeoDataFrame]:
    """Draw layers as they are in a year into a frame, and return what of each is drawn.

    Layers that are ``classed`` are filled more, since their colour is what they say. What the page
    leaves out at its zoom of this scale is left out here.
    """
    drawing.box(frame.edges, fill=WHITE, line="")
    window = shapely.box(*frame.bounds)
    seen = {}
    for name, rows in layers_at(layers, frame.scale).items():
        shapes = drawn_shapes(name, rows)
        is_inside = shapely.intersects(shapes, window)
        inside, shapes = rows[is_inside], shapes[is_inside]
        if len(inside):
            seen[name] = inside
        looks = styles_of(name, inside, year, classed=name in classed)
        looks = looks if name in _OWN_SIZE else list(_sized(inside, looks, frame.scale))
        for shape, look in zip(shapes, looks, strict=True):
            _draw(drawing, frame, shape, look)
        if name == "sites" and len(rows) <= NAMED_MOST:
            _draw_small_sites(drawing, frame, inside, looks)
    return seen


def layers_at(layers: Layers, scale: float) -> dict[str, gpd.GeoDataFrame]:
    """Return what the page shows of layers at its zoom of a scale."""
    zoom = zoom_of(scale)
    merged = merge_symbols(layers, scale)
    return {name: rows_at(name, rows, zoom) for name, rows in merged.items()}


def _sized(rows: gpd.GeoDataFrame, looks: list[Style], scale: float) -> Iterator[Style]:
    """Yield the looks of symbols in the sizes of the page at a scale."""
    zoom = zoom_of(scale)
    for look, is_merged in zip(looks, rows.get(MERGED, [False] * len(rows)), strict=True):
        yield replace(look, size=symbol_mm(zoom, merged=bool(is_merged)))


def _draw_small_sites(
    drawing: Drawing, frame: Frame, rows: gpd.GeoDataFrame, looks: list[Style]
) -> None:
    """Draw a disc where a site is small on the map."""
    main = rows.get(MAIN, [True] * len(rows))
    for shape, look, is_main in zip(rows.geometry, looks, main, strict=True):
        west, south, east, north = shapely.bounds(shape).tolist()
        long = max(east - west, north - south) * 1000 / frame.scale
        if is_main and 0 < long < SMALL_SITE_MM:
            middle = shapely.Point((west + east) / 2, (south + north) / 2)
            x, y = shapely.get_coordinates(frame.place(middle))[0].tolist()
            disc = _shape("disc", x, y, look.size / 2)
            drawing.polygon(disc, fill=look.fill)
            drawing.line(disc, line=WHITE, width=_SOLID_MM)


def drawn_shapes(name: str, rows: gpd.GeoDataFrame) -> Any:
    """Return the shapes that are drawn of the features of a layer: of rings the outer edges."""
    return np.array(outer_edges(rows.geometry)) if name == "rings" else rows.geometry.to_numpy()


def outer_edges(rings: gpd.GeoSeries) -> Any:
    """Return the outer edges of rings, so that each distance is drawn once."""
    parts = [shapely.get_exterior_ring(shapely.get_parts(ring)) for ring in rings]
    return [shapely.union_all(edges) for edges in parts]


def _draw(drawing: Drawing, frame: Frame, shape: Any, look: Style) -> None:
    window = shapely.box(*frame.bounds)
    if shape.geom_type.endswith("Point"):
        for point in shapely.get_parts(shapely.intersection(shape, window)):
            x, y = shapely.get_coordinates(frame.place(point))[0].tolist()
            draw_marker(drawing, x, y, look)
        return
    if shape.geom_type.endswith("Polygon"):
        cut = frame.place(shapely.intersection(shape, window))
        drawing.polygon(cut, fill=WHITE if look.hollow else look.fill, opacity=look.opacity)
        draw_hatch(drawing, cut, look)
        shape = shapely.boundary(shape)
    if look.line:
        edges = frame.place(shapely.intersection(shape, window))
        if look.casing:
            drawing.line(edges, line=look.casing, width=look.width + CASING_MM)
        drawing.line(edges, line=look.line, width=look.width, dash=look.dash)


def draw_hatch(drawing: Drawing, shape: Any, look: Style) -> None:
    """Draw the hatch of a style, if it has one, inside a shape on the sheet."""
    if not look.hatch or shapely.is_empty(shape):
        return None
    hatch = HATCHES[look.hatch]
    if not hatch.angles:
        dots = shapely.intersection(_dots(shapely.bounds(shape), look.hatch), shape)
        return drawing.polygon(dots, fill=look.line)
    lines = [one for angle in hatch.angles for one in _hatch_lines(shape, hatch.gap, angle)]
    inside = shapely.intersection(shapely.MultiLineString(lines), shape)
    return drawing.line(inside, line=look.line, width=hatch.width)


def _hatch_lines(shape: Any, distance: float, angle: int) -> Iterator[Any]:
    """Yield the lines of a hatch over a shape, at 45 degrees, up or down to the right."""
    left, top, right, bottom = shapely.bounds(shape)
    high, step = bottom - top, distance * math.sqrt(2)
    for x in np.arange(math.floor((left - high) / step) * step, right + high, step):
        ends = ((x, bottom), (x + high, top)) if angle == _UP else ((x, top), (x + high, bottom))
        yield shapely.LineString(ends)


def _dots(bounds: Any, name: str) -> Any:
    """Return the dots of a hatch over a box."""
    (left, top, right, bottom), hatch = bounds, HATCHES[name]
    xs, ys = (
        np.arange(math.floor(low / hatch.gap) * hatch.gap, high, hatch.gap)
        for low, high in ((left, right), (top, bottom))
    )
    places = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    return shapely.MultiPolygon([_shape("disc", x, y, hatch.width / 2) for x, y in places])


def draw_marker(drawing: Drawing, x: float, y: float, look: Style) -> None:
    """Draw the symbol of a point; nothing if its layer has names alone."""
    if not look.marker:
        return
    shape = _shape(look.marker, x, y, look.size / 2 * _WIDER.get(look.marker, 1.0))
    drawing.polygon(shape, fill=WHITE if look.hollow else look.fill)
    if look.marker in _PLAIN:
        return
    width = _HOLLOW_MM if look.hollow else _SOLID_MM
    drawing.line(shape, line=look.fill, width=width, dash=_EDGES.get(look.edge, ()))


def _shape(marker: str, x: float, y: float, radius: float) -> Any:
    """Return the shape of a symbol round a place on the sheet."""
    sides = _SIDES[marker]
    angles = _TURNS.get(marker, 0.0) + np.arange(sides + 1) * 2 * math.pi / sides
    ring = np.column_stack((x + np.cos(angles) * radius, y + np.sin(angles) * radius))
    return shapely.Polygon(ring)
