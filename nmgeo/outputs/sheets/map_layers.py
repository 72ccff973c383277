"""The layers of a map in its frame: cut at its edges, hatched, marked and named."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo import crs
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.map_styles import BASE, CERTAINTY, LAYERS, Style, style_of
from nmgeo.outputs.sheets.drawing import POINT_MM, WHITE, Drawing
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.sources.layers import read_layer

_HATCH_MM: Final = 2.2
_HATCHES: Final = {"lines": (1,), "cross": (1, -1)}
_SIDES: Final = {"square": 4, "diamond": 4, "hexagon": 6, "triangle": 3, "disc": 24}
_TURNS: Final = {"square": math.pi / 4, "triangle": -math.pi / 2, "diamond": 0.0}
_SIZES: Final = {"sites": 9.0, "stations": 7.0, "crossings": 7.0}  # points, of names
_FIRST: Final = ("sites", "stations", "crossings", "development_areas", "wetlands")  # to be named


def frames_of(atlas: Atlas) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a map on the grid, from the bottom up."""
    catalog = atlas.catalog
    found = {n: read_layer(catalog, n) for n in BASE if n in catalog.context_layers}
    drawn = {**atlas.layers, "sites": atlas.sites, "rings": atlas.ring_shapes, "links": atlas.links}
    names = [*(n for n in LAYERS if n in drawn), *catalog.own_layers]
    found |= {name: drawn[name] for name in names}
    return {name: frame.set_geometry(crs.to_hk80(frame)) for name, frame in found.items()}


def draw_layers(drawing: Drawing, frame: Frame, layers: Mapping[str, gpd.GeoDataFrame]) -> set[str]:
    """Draw layers into a frame, and return the names of those that are in it."""
    drawing.box(frame.edges, fill=WHITE, line="")
    window = shapely.box(*frame.bounds)
    seen = set()
    for name, rows in layers.items():
        inside = rows[rows.geometry.intersects(window)]
        if len(inside):
            seen.add(name)
        for shape, look in _looks(name, inside):
            _draw(drawing, frame, shape, look)
    return seen


def _looks(name: str, rows: gpd.GeoDataFrame) -> Iterator[tuple[Any, Style]]:
    """Return the shapes of a layer, each with its style; sites by how sure they are."""
    plain = style_of(name)
    status = rows.get("geometry_status") if name == "sites" else None
    for number, shape in enumerate(rows.geometry):
        look = plain if status is None else CERTAINTY.get(str(status.iloc[number]), plain)
        yield shape, look


def _draw(drawing: Drawing, frame: Frame, shape: Any, look: Style) -> None:
    window = shapely.box(*frame.bounds)
    if shape.geom_type.endswith("Point"):
        for point in shapely.get_parts(shapely.intersection(shape, window)):
            x, y = shapely.get_coordinates(frame.place(point))[0].tolist()
            draw_marker(drawing, x, y, look)
        return
    if shape.geom_type.endswith("Polygon"):
        cut = frame.place(shapely.intersection(shape, window))
        drawing.polygon(cut, fill=look.fill, opacity=look.opacity)
        if look.hatch:
            drawing.line(hatch_lines(cut, look.hatch), line=look.line, width=0.18)
        shape = shapely.boundary(shape)
    if look.line:
        edges = frame.place(shapely.intersection(shape, window))
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
    drawing.polygon(shape, fill=look.fill)
    drawing.line(shape, line=WHITE, width=0.15)


def draw_names(
    drawing: Drawing,
    frame: Frame,
    layers: Mapping[str, gpd.GeoDataFrame],
    font: Font,
    lang: str,
) -> None:
    """Name features where there is room: sites first, then stations, places last."""
    taken: list[Any] = []
    order = [n for n in _FIRST if n in layers] + [n for n in layers if n not in _FIRST]
    for name in order:
        look, rows = style_of(name), layers[name]
        if not look.labelled:
            continue
        shown = rows[rows.geometry.intersects(shapely.box(*frame.bounds))]
        points = frame.place(_label_points(shown, frame))
        labels = [feature_name(row, lang) for row in shown.to_dict("records")]
        size, colour = _SIZES.get(name, 6.5), "#5b5346" if name in BASE else "#1a1a1a"
        named: set[str] = set()
        for point, label in zip(points, labels, strict=True):
            room = _Room(frame=frame, width=font.width_mm(label, size), size=size, look=look)
            place = room.find(point, taken, always=name == "sites")
            if place and label not in named:
                named.add(label)
                taken.append(room.box(place))
                drawing.text(place, label, size=size, colour=colour, halo=True)


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
    look: Style

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
        gap, middle = self.look.size / 2 + 0.6, x - self.width / 2
        if self.look.marker:
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
