"""Names on a map: what the page writes of each feature, where there is room."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo.outputs.colour_contrast import readable
from nmgeo.outputs.map_styles import BASE, opening_stages, style_of
from nmgeo.outputs.map_zooms import names_at, symbol_mm, zoom_of
from nmgeo.outputs.merged_symbols import MERGED
from nmgeo.outputs.sheets.drawing import Drawing
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.sheets.map_layers import layers_at, outer_edges
from nmgeo.outputs.sheets.name_room import Room
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.outputs.site_symbology import COLOUR, MAIN, styles_of
from nmgeo.outputs.values import format_amount

_SIZES: Final = {"sites": 9.0, "stations": 7.0, "crossings": 7.0}  # points, of names
_INKS: Final = {"hills": "#8f7a58", "sea": "#4c7f9c"}
_RING_SIZE: Final = 6.0  # points
_MANY_RINGS: Final = 40  # with more, the legend alone says their distances
_TRIES: Final = 12  # places on a ring
_FAR_MM: Final = 3.0  # from its area a name has a line to it, also where names are many
_LEADER_MM: Final = 0.25
_FIRST: Final = ("sites", "stations", "crossings", "development_areas", "wetlands")  # to be named


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How names are written.

    ``figures`` is the line below the name of a site, by the id of its outline.
    """

    font: Font
    lang: str
    year: int
    figures: Mapping[str, str]


def draw_names(
    drawing: Drawing,
    frame: Frame,
    layers: Mapping[str, gpd.GeoDataFrame],
    writing: Writing,
    reserved: Sequence[Any] = (),
) -> None:
    """Name features where there is room: sites first, then stations, places last.

    Names stay out of the boxes that are reserved. What the page does not name at its zoom of this
    scale has no name here.
    """
    taken, symbols = list(reserved), list(_symbol_boxes(frame, layers))
    order = [n for n in _FIRST if n in layers] + [n for n in layers if n not in _FIRST]
    zoom, at = zoom_of(frame.scale), layers_at(layers, frame.scale)
    for name in (n for n in order if style_of(n).labelled):
        rows = _named(names_at(name, at[name], zoom), frame)
        named: set[str] = set()
        outlines = frame.place(rows.geometry.to_numpy()) if name == "sites" else ()
        for label, point, colour, room in _rooms(name, rows, frame, writing):
            if name == "sites":
                place = find_off_neighbours(room, point, [*taken, *symbols], outlines)
            else:
                place = room.find(point, taken, always=False)
            if place and label not in named:
                named.add(label)
                taken.append(room.box(place))
                taken.extend(_draw_leader(drawing, room, point, place, colour))
                _write(drawing, place, label.split("\n"), room, colour)
    if "rings" in layers and len(layers["rings"]) <= _MANY_RINGS:
        _name_rings(drawing, frame, layers["rings"], writing.font, writing.lang, taken)


def find_off_neighbours(
    room: Room, point: Any, taken: list[Any], outlines: Sequence[Any]
) -> tuple[float, float] | None:
    """Return where the name of a site starts: off the outlines of others, if there is such a place.

    What the site lies in is no neighbour.
    """
    others = [one for one in outlines if not shapely.intersects(one, point)]
    names = [one for one in taken if not shapely.intersects(one, point)]

    def is_clear(place: tuple[float, float]) -> bool:
        leader = room.leader(point, place)
        return leader is None or not any(shapely.intersects(leader, one) for one in names)

    free = room.find(point, [*taken, *others], always=False, also=is_clear)
    return free or room.find(point, taken, always=True)


def _draw_leader(
    drawing: Drawing, room: Room, point: Any, place: tuple[float, float], colour: str
) -> Iterator[Any]:
    """Draw the line from a name that was moved to what it names, and yield it if there is one."""
    if (leader := room.leader(point, place)) is not None:
        drawing.line(leader, line=colour, width=_LEADER_MM)
        yield leader


def _named(rows: gpd.GeoDataFrame, frame: Frame) -> gpd.GeoDataFrame:
    """Return the features in a frame that have a name of their own on the map."""
    shown = rows[rows.geometry.intersects(shapely.box(*frame.bounds))]
    for column, kept in ((MERGED, False), (MAIN, True)):
        shown = shown[shown[column] == kept] if column in shown else shown
    return shown


def _rooms(
    name: str, rows: gpd.GeoDataFrame, frame: Frame, writing: Writing
) -> Iterator[tuple[str, Any, str, Room]]:
    """Yield the names of features, where they belong, their colours, and the room they take."""
    look, size = style_of(name), _SIZES.get(name, 6.5)
    marks = rows.geom_type.str.endswith("Point") & bool(look.marker)
    points, areas = _label_points(rows, frame), frame.place(rows.geometry.to_numpy())
    told = zip(_labels(name, rows, writing), _inks(name, rows), marks, strict=True)
    for (label, ink, mark), point, area in zip(told, frame.place(points), areas, strict=True):
        lines = label.split("\n")
        room = Room(
            frame=frame,
            width=max(writing.font.width_mm(line, size) for line in lines),
            size=size,
            lines=len(lines),
            gap=look.size / 2 + 0.9 if mark else 0,
            extent=area.bounds if name == "sites" else None,
            far=0 if writing.figures else _FAR_MM,
        )
        yield label, point, ink, room


def _symbol_boxes(frame: Frame, layers: Mapping[str, gpd.GeoDataFrame]) -> Iterator[Any]:
    """Yield the boxes of the symbols that no name of a site may cover."""
    half = symbol_mm(zoom_of(frame.scale)) / 2
    for name in ("stations", "crossings"):
        if name in layers:
            places = frame.place(layers[name].geometry.to_numpy())
            x, y = shapely.get_x(places), shapely.get_y(places)
            yield from shapely.box(x - half, y - half, x + half, y + half)


def _write(
    drawing: Drawing, place: tuple[float, float], lines: Sequence[str], room: Room, colour: str
) -> None:
    """Write the lines of a name; of several, each in the middle of the widest."""
    left, base = place
    if len(lines) == 1:
        return drawing.text(place, lines[0], size=room.size, colour=colour, halo=True)
    for number, line in enumerate(lines):
        at = (left + room.width / 2, base + number * room.step)
        drawing.text(at, line, size=room.size, colour=colour, halo=True, anchor="middle")
    return None


def _labels(name: str, rows: gpd.GeoDataFrame, writing: Writing) -> Iterator[str]:
    """Yield what is written of each feature of a layer, as the page has it."""
    waiting = ~opening_stages(name, rows, writing.year).isin(["", "open_in_year"])
    for (key, row), waits in zip(_records(rows), waiting, strict=True):
        called = feature_name(row, writing.lang)
        if name == "sites" and writing.figures:
            lines = [*names_of_feature(row, writing.lang), writing.figures.get(key, "")]
            yield "\n".join(filter(None, lines))
        elif name == "hills":
            height = pd.to_numeric(row.get("height_m", ""), errors="coerce")
            yield called if pd.isna(height) else f"{called} {height:.0f}"
        elif waits and pd.notna(row.get("opens")) and row["geometry"].geom_type == "Point":
            yield f"{called} · {float(row['opens']):.0f}"
        else:
            yield called


def _records(rows: gpd.GeoDataFrame) -> Iterator[tuple[str, dict[Any, Any]]]:
    return zip(map(str, rows.index), rows.to_dict("records"), strict=True)


def _inks(name: str, rows: gpd.GeoDataFrame) -> list[str]:
    """Return the colours of names: of sites their own."""
    if name == "sites" and COLOUR in rows:
        return [readable(colour) for colour in rows[COLOUR]]
    return [_INKS.get(name) or ("#5b5346" if name in BASE else "#1a1a1a")] * len(rows)


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
        room = Room(frame=frame, width=width, size=_RING_SIZE)
        places = [edge.interpolate(n / _TRIES, normalized=True) for n in range(_TRIES)]
        found = (room.find(p, taken, always=False) for p in places if not p.is_empty)
        if place := next(filter(None, found), None):
            taken.append(room.box(place))
            drawing.text(place, label, size=_RING_SIZE, colour=readable(look.line), halo=True)


def _label_points(rows: gpd.GeoDataFrame, frame: Frame) -> Any:
    """Return where names belong: inside the part of each feature that the frame shows."""
    window = shapely.box(*frame.bounds)
    return shapely.point_on_surface(shapely.intersection(rows.geometry.to_numpy(), window))


def feature_name(row: Mapping[Any, Any], lang: str) -> str:
    """Return the name of a feature in a language, or in English and Chinese."""
    return " ".join(names_of_feature(row, lang))


def names_of_feature(row: Mapping[Any, Any], lang: str) -> list[str]:
    """Return the name of a feature in a language, or those in English and Chinese."""
    columns = ["name_en", "name_tc"] if lang == "both" else [f"name_{lang}"]
    names = [str(row[c]) for c in columns if c in row and isinstance(row[c], str) and row[c]]
    if not names and isinstance(row.get("name"), str):
        names = [row["name"]]
    return list(dict.fromkeys(names))
