"""The layers of a map in its frame: cut at its edges, hatched, marked and named."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.map_styles import (
    BASE,
    CASING_MM,
    Style,
    style_of,
)
from nmgeo.outputs.sheets.drawing import POINT_MM, WHITE, Drawing
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.outputs.site_symbology import COLOUR, coloured_layers, styles_of
from nmgeo.outputs.values import format_amount
from nmgeo.sources.layers import read_layer

_HATCH_MM: Final = 2.2
HATCH_WIDTH_MM: Final = 0.12
_HATCHES: Final = {"lines": (1,), "cross": (1, -1)}
_SIDES: Final = {"square": 4, "diamond": 4, "hexagon": 6, "triangle": 3, "disc": 24}
_TURNS: Final = {"square": math.pi / 4, "triangle": -math.pi / 2, "diamond": 0.0}
_SIZES: Final = {"sites": 9.0, "stations": 7.0, "crossings": 7.0}  # points, of names
_RING_SIZE: Final = 6.0  # points
_MANY_RINGS: Final = 40  # with more, the legend alone says their distances
_TRIES: Final = 12  # places on a ring
_FIRST: Final = ("sites", "stations", "crossings", "development_areas", "wetlands")  # to be named


def frames_of(atlas: Atlas) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a map on the grid, from the bottom up."""
    catalog = atlas.catalog
    found = {n: read_layer(catalog, n) for n in BASE if n in catalog.context_layers}
    found |= coloured_layers(atlas, atlas.ring_shapes)
    return {name: frame.set_geometry(crs.to_hk80(frame)) for name, frame in found.items()}


def draw_layers(
    drawing: Drawing,
    frame: Frame,
    layers: Mapping[str, gpd.GeoDataFrame],
    year: int,
    classed: Collection[str] = (),
) -> set[str]:
    """Draw layers as they are in a year into a frame, and return the names of those in it.

    Layers that are ``classed`` are filled more, since their colour is what they say.
    """
    drawing.box(frame.edges, fill=WHITE, line="")
    window = shapely.box(*frame.bounds)
    seen = set()
    for name, rows in layers.items():
        inside = rows[rows.geometry.intersects(window)]
        if len(inside):
            seen.add(name)
        shapes = outer_edges(inside.geometry) if name == "rings" else inside.geometry
        looks = styles_of(name, inside, year, classed=name in classed)
        for shape, look in zip(shapes, looks, strict=True):
            _draw(drawing, frame, shape, look)
    return seen


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
        if look.hatch:
            drawing.line(hatch_lines(cut, look.hatch), line=look.line, width=HATCH_WIDTH_MM)
        shape = shapely.boundary(shape)
    if look.line:
        edges = frame.place(shapely.intersection(shape, window))
        if look.casing:
            drawing.line(edges, line=look.casing, width=look.width + CASING_MM)
        drawing.line(edges, line=look.line, width=look.width, dash=look.dash)


def hatch_lines(shape: Any, hatch: str) -> Any:
    """Return the lines of a hatch inside a shape on the sheet."""
    if shapely.is_empty(shape):
        return shapely.MultiLineString()
    left, top, right, bottom = shapely.bounds(shape)
    high = bottom - top
    starts = np.arange(math.floor((left - high) / _HATCH_MM) * _HATCH_MM, right + high, _HATCH_MM)
    lines = [
        shapely.LineString([(x, bottom), (x + high, top)])
        if slope > 0
        else shapely.LineString([(x, top), (x + high, bottom)])
        for slope in _HATCHES[hatch]
        for x in starts
    ]
    return shapely.intersection(shapely.MultiLineString(lines), shape)


def draw_marker(drawing: Drawing, x: float, y: float, look: Style) -> None:
    """Draw the symbol of a point; nothing if its layer has names alone."""
    if not look.marker:
        return
    sides = _SIDES[look.marker]
    turn = _TURNS.get(look.marker, 0.0)
    angles = turn + np.arange(sides + 1) * 2 * math.pi / sides
    ring = np.column_stack((x + np.cos(angles) * look.size / 2, y + np.sin(angles) * look.size / 2))
    shape = shapely.Polygon(ring)
    drawing.polygon(shape, fill=WHITE if look.hollow else look.fill)
    edge, width = (look.fill, 0.5) if look.hollow else (WHITE, 0.15)
    drawing.line(shape, line=edge, width=width)


def draw_names(
    drawing: Drawing,
    frame: Frame,
    layers: Mapping[str, gpd.GeoDataFrame],
    font: Font,
    lang: str,
    reserved: Sequence[Any] = (),
) -> None:
    """Name features where there is room: sites first, then stations, places last.

    Names stay out of the boxes that are reserved.
    """
    taken = list(reserved)
    order = [n for n in _FIRST if n in layers] + [n for n in layers if n not in _FIRST]
    for name in order:
        look, rows = style_of(name), layers[name]
        if not look.labelled:
            continue
        shown = rows[rows.geometry.intersects(shapely.box(*frame.bounds))]
        points = frame.place(_label_points(shown, frame))
        labels = [feature_name(row, lang) for row in shown.to_dict("records")]
        size = _SIZES.get(name, 6.5)
        inks = _inks(name, shown)
        named: set[str] = set()
        marks = shown.geom_type.str.endswith("Point") & bool(look.marker)
        for point, label, mark, colour in zip(points, labels, marks, inks, strict=True):
            wide = font.width_mm(label, size)
            room = _Room(frame=frame, width=wide, size=size, gap=look.size / 2 + 0.6 if mark else 0)
            place = room.find(point, taken, always=name == "sites")
            if place and label not in named:
                named.add(label)
                taken.append(room.box(place))
                drawing.text(place, label, size=size, colour=colour, halo=True)
    if "rings" in layers and len(layers["rings"]) <= _MANY_RINGS:
        _name_rings(drawing, frame, layers["rings"], font, lang, taken)


def _inks(name: str, rows: gpd.GeoDataFrame) -> list[str]:
    """Return the colours of names: of sites their own."""
    if name == "sites" and COLOUR in rows:
        return list(rows[COLOUR])
    return ["#5b5346" if name in BASE else "#1a1a1a"] * len(rows)


def _name_rings(
    drawing: Drawing,
    frame: Frame,
    rings: gpd.GeoDataFrame,
    font: Font,
    lang: str,
    taken: list[Any],
) -> None:
    """Write the distance of each ring on its outer edge, where there is room."""
    window = shapely.box(*frame.bounds)
    outlines = outer_edges(rings.geometry)
    looks = styles_of("rings", rings, 0)
    for outer, far, look in zip(outlines, rings["to_m"], looks, strict=True):
        label = format_amount(f"{far:g}", "m", "en" if lang in {"en", "both"} else "tc")
        edge = frame.place(shapely.intersection(outer, window))
        width = font.width_mm(label, _RING_SIZE)
        room = _Room(frame=frame, width=width, size=_RING_SIZE)
        places = [edge.interpolate(n / _TRIES, normalized=True) for n in range(_TRIES)]
        found = (room.find(p, taken, always=False) for p in places if not p.is_empty)
        if place := next(filter(None, found), None):
            taken.append(room.box(place))
            drawing.text(place, label, size=_RING_SIZE, colour=look.line, halo=True)


def _label_points(rows: gpd.GeoDataFrame, frame: Frame) -> Any:
    """Return where names belong: inside the part of each feature that the frame shows."""
    window = shapely.box(*frame.bounds)
    return shapely.point_on_surface(shapely.intersection(rows.geometry.to_numpy(), window))


@dataclass(frozen=True, kw_only=True)
class _Room:
    """The room that a name takes: its width in millimetres, and its size in points."""

    frame: Frame
    width: float
    size: float
    gap: float = 0.0  # to the middle of a symbol; none for a name that has no symbol

    @property
    def high(self) -> float:
        return self.size * POINT_MM

    def box(self, place: tuple[float, float]) -> Any:
        left, base = place
        return shapely.box(left, base - self.high, left + self.width, base + self.high / 4)

    def find(self, point: Any, taken: list[Any], *, always: bool) -> tuple[float, float] | None:
        """Return where a name starts so that it covers no other, None if there is no room."""
        shown = shapely.box(*self.frame.edges)
        places = list(self._places(shapely.get_x(point), shapely.get_y(point)))
        for place in places:
            box = self.box(place)
            if shapely.contains(shown, box) and not any(shapely.intersects(box, b) for b in taken):
                return place
        if not always:
            return None
        left, _, right, _ = self.frame.edges  # over another name rather than not at all
        return min(max(places[0][0], left + 1), right - self.width - 1), places[0][1]

    def _places(self, x: float, y: float) -> Iterator[tuple[float, float]]:
        gap, middle = self.gap, x - self.width / 2
        if gap:
            yield from ((x + gap, y + self.high / 3), (x - gap - self.width, y + self.high / 3))
            yield from ((middle, y - gap), (middle, y + gap + self.high))
            return
        for step in (0, -1, 1, -2, 2, -4, 4):
            yield middle, y + self.high * (1 / 3 + step * 1.3)


def feature_name(row: Mapping[Any, Any], lang: str) -> str:
    """Return the name of a feature in a language, or in English and Chinese."""
    columns = ["name_en", "name_tc"] if lang == "both" else [f"name_{lang}"]
    names = [str(row[c]) for c in columns if c in row and isinstance(row[c], str) and row[c]]
    if not names and isinstance(row.get("name"), str):
        names = [row["name"]]
    return " ".join(dict.fromkeys(names))
