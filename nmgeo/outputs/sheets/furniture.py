"""What stands round a map: grid numbers, scale bar, north arrow, legend, inset, text."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import geopandas as gpd
import shapely

from nmgeo import crs
from nmgeo.outputs.locator import LOCATOR
from nmgeo.outputs.map_styles import CASING_MM, Style
from nmgeo.outputs.sheets.drawing import INK, POINT_MM, WHITE, Drawing
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.sheets.map_layers import draw_hatch, draw_marker
from nmgeo.outputs.sheets.paper import Frame

GRID_LINE: Final = "#7f8a93"
GRID_WIDTH_MM: Final = 0.12
_SPACINGS: Final = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
_LEAST_MM: Final = 60  # between two lines of the grid
_LONGEST_BAR_MM: Final = 60
_CLOSING: Final = "\uff0c\u3002\uff1b\uff1a\u3001\uff09\u300d\u300f\uff01\uff1f"
_WIDE: Final = "\u2e80"  # characters from here on may be followed by the end of a line


def grid_spacing_m(scale: int) -> int:
    """Return the distance of the lines of the grid.

    Examples
    --------
    >>> grid_spacing_m(10_000), grid_spacing_m(50_000)
    (1000, 5000)
    """
    return next(m for m in _SPACINGS if m * 1000 / scale >= _LEAST_MM or m == _SPACINGS[-1])


def draw_grid(drawing: Drawing, frame: Frame) -> None:
    """Draw the lines of the Hong Kong 1980 Grid, and write their numbers at the edges."""
    west, south, east, north = frame.bounds
    step = grid_spacing_m(frame.scale)
    left, top, right, bottom = frame.edges
    for easting in range(math.ceil(west / step) * step, math.floor(east) + 1, step):
        line = frame.place(shapely.LineString([(easting, south), (easting, north)]))
        drawing.line(line, line=GRID_LINE, width=GRID_WIDTH_MM)
        x = float(shapely.get_coordinates(line)[0, 0])
        for y in (top - 1.2, bottom + 3.2):
            drawing.text((x, y), f"{easting} E", size=6, anchor="middle")
    for northing in range(math.ceil(south / step) * step, math.floor(north) + 1, step):
        line = frame.place(shapely.LineString([(west, northing), (east, northing)]))
        drawing.line(line, line=GRID_LINE, width=GRID_WIDTH_MM)
        y = float(shapely.get_coordinates(line)[0, 1])
        drawing.text((left + 0.8, y - 0.6), f"{northing} N", size=6, halo=True)
        drawing.text((right - 0.8, y - 0.6), f"{northing} N", size=6, halo=True, anchor="end")
    drawing.box(frame.edges, width=0.4)


def draw_scale_bar(drawing: Drawing, x: float, y: float, scale: int) -> float:
    """Draw a scale bar of four parts, and return its length in metres."""
    most = _LONGEST_BAR_MM * scale / 1000
    power = 10 ** math.floor(math.log10(most))
    total = next(k * power for k in (5, 4, 2, 1) if k * power <= most)
    part = total / 4 * 1000 / scale
    for number in range(4):
        fill = INK if number % 2 == 0 else WHITE
        left = x + number * part
        drawing.box((left, y, left + part, y + 1.6), fill=fill, width=0.15)
    unit, size = ("km", 1000) if total >= 1000 else ("m", 1)  # noqa: PLR2004 - a kilometre
    for share in (0, 2, 4):
        drawing.text(
            (x + share * part, y - 0.8),
            f"{total * share / 4 / size:g}" + (f" {unit}" if share == 4 else ""),  # noqa: PLR2004
            size=6.5,
            anchor="middle",
        )
    return float(total)


def draw_north(drawing: Drawing, x: float, y: float) -> None:
    """Draw an arrow to grid north."""
    drawing.polygon(shapely.Polygon([(x, y), (x - 2.2, y + 8), (x, y + 6.2)]), fill=INK)
    drawing.line(shapely.Polygon([(x, y), (x + 2.2, y + 8), (x, y + 6.2)]), width=0.2)
    drawing.text((x, y - 0.8), "N", size=8, anchor="middle")


def draw_swatch(drawing: Drawing, x: float, y: float, look: Style, kind: str) -> None:
    """Draw an example of a style, 8 mm wide: an area, a line or a symbol."""
    if kind == "Point":
        return draw_marker(drawing, x + 4, y, look)
    if kind == "Polygon":
        shape = shapely.box(x, y - 1.6, x + 8, y + 1.6)
        drawing.polygon(shape, fill=WHITE if look.hollow else look.fill, opacity=look.opacity)
        draw_hatch(drawing, shape, look)
        if look.line:
            drawing.line(shape, line=look.line, width=look.width, dash=look.dash)
        return None
    line = shapely.LineString([(x, y), (x + 8, y)])
    if look.casing:
        drawing.line(line, line=look.casing, width=look.width + CASING_MM)
    return drawing.line(line, line=look.line, width=look.width, dash=look.dash)


def draw_inset(drawing: Drawing, edges: Sequence[float], frame: Frame) -> None:
    """Draw Hong Kong with the place of the frame."""
    left, top, right, bottom = edges
    drawing.box(edges, fill="#cfe3ec", width=0.2)
    outlines = gpd.GeoSeries([shapely.Polygon(ring) for ring in LOCATOR], crs=crs.WGS84)
    shapes = list(crs.transform(outlines, crs.HK80))
    west, south, east, north = shapely.bounds(shapely.MultiPolygon(shapes)).tolist()
    scale = max((east - west) / (right - left), (north - south) / (bottom - top)) * 1.1 * 1000
    centre = ((west + east) / 2, (south + north) / 2)
    inset = Frame(
        left=left,
        top=top,
        width=right - left,
        height=bottom - top,
        scale=math.ceil(scale),
        centre=centre,
    )
    for shape in shapes:
        drawing.polygon(inset.place(shape), fill="#f7f4ec")
        drawing.line(inset.place(shape), line="#9aa5ab", width=0.15)
    shown = shapely.intersection(shapely.box(*frame.bounds), shapely.box(*inset.bounds))
    drawing.line(inset.place(shown), line="#d55e00", width=0.5)


def write_paragraph(
    drawing: Drawing, at: tuple[float, float], text: str, *, font: Font, width: float, size: float
) -> float:
    """Write text in lines of a width, and return where the next line would stand."""
    x, y = at
    for line in break_lines(text, font, width, size):
        drawing.text((x, y), line, size=size)
        y += size * POINT_MM * 1.3
    return y


def break_lines(text: str, font: Font, width: float, size: float) -> Iterator[str]:
    """Break text into lines that are no wider than a width in millimetres."""
    line = ""
    for piece in _pieces(" ".join(text.split())):
        if line and font.width_mm((line + piece).rstrip(), size) > width:
            yield line.strip()
            line = ""
        if font.width_mm(piece.rstrip(), size) <= width:
            line += piece
            continue
        for character in piece:  # a word that is longer than a line
            if line and font.width_mm(line + character, size) > width:
                yield line.strip()
                line = ""
            line += character
    if line.strip():
        yield line.strip()


def _pieces(text: str) -> Iterator[str]:
    """Return words with the blank after them, and Chinese characters one by one.

    A mark that ends something stays with what is before it, and does not begin a line.
    """
    word = ""
    for character in text:
        begins = max(character, word[-1:]) >= _WIDE and character not in _CLOSING
        if begins and word and character != " ":
            yield word
            word = ""
        word += character
        if character == " ":
            yield word
            word = ""
    yield from filter(None, [word])
