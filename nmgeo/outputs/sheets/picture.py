"""The map as a picture for an article: 1,600 pixels wide, with scale bar and credits."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import shapely

from nmgeo.files import staged_path
from nmgeo.outputs.appearance import Appearance
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.map_styles import BASE
from nmgeo.outputs.sheets.drawing import WHITE, Drawing
from nmgeo.outputs.sheets.fonts import find_font
from nmgeo.outputs.sheets.furniture import break_lines, draw_scale_bar, write_paragraph
from nmgeo.outputs.sheets.look import Look
from nmgeo.outputs.sheets.map_layers import Layers, draw_layers, frames_of
from nmgeo.outputs.sheets.map_names import draw_names
from nmgeo.outputs.sheets.panel import (
    SMALL,
    Panel,
    credit_lines,
    describe_map,
    write_accuracy,
    write_legend,
)
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.outputs.sheets.print_sheets import characters_of, write_drawings

PIXELS: Final = 1_600
_SIZE_MM: Final = (320.0, 200.0)  # five pixels a millimetre
_ROUND_SITES: Final = 1.15
_CREDIT, _TITLE = 6.5, 16.0  # points
_EDGE_MM: Final = 4.0
_PANEL_MM: Final = 68.0  # width of legend and notes
_FACTORS: Final = (1.2, 1.0, 0.85, 0.7, 0.55)  # of their sizes, the largest that fits


def write_picture(path: Path, atlas: Atlas, look: Appearance, *, overwrite: bool) -> Path:
    """Write the map of an atlas as a picture.

    Parameters
    ----------
    path : Path
        A name in ``.png`` or ``.svg``.
    atlas : Atlas
        From :func:`nmgeo.outputs.atlas.build_atlas`.
    look : Appearance
        The title in the corner, and the column by which the user's own data are coloured.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        ``path``; the same input and font give the same bytes.

    Raises
    ------
    ExportError
        If the file exists or cannot be written, or no font has most of the characters.
    """
    drawing = draw_picture(atlas, look)
    font = find_font(None, drawing.characters())
    form = path.suffix.lower().removeprefix(".")
    data = write_drawings([drawing], font, form, atlas.lang, PIXELS)
    with staged_path(path, overwrite=overwrite) as draft:
        draft.write_bytes(data)
    return path


def draw_picture(atlas: Atlas, appearance: Appearance) -> Drawing:
    """Return the drawing of a picture: the map, its panel to the right, credits below."""
    width, height = _SIZE_MM
    look = _look(atlas, appearance)
    layers, font = look.layers, look.font
    credit = "; ".join(credit_lines(look, set(layers)))
    lines = list(break_lines(credit, font, width - 2 * _EDGE_MM, _CREDIT))
    strip = len(lines) * _CREDIT * 0.47 + 3
    frame = _frame(layers["sites"].total_bounds.tolist(), width - _PANEL_MM, height - strip)
    drawing = Drawing(width=width, height=height, title=look.title)
    seen = draw_layers(drawing, frame, layers, atlas.year, look.classes)
    drawing.description = describe_map(look, frame, seen)
    boxes = _boxes(frame, font.width_mm(look.title, _TITLE))
    named = {name: rows for name, rows in layers.items() if name in seen}
    draw_names(drawing, frame, named, look.names_style, boxes)
    _draw_title(drawing, frame, look.title, boxes)
    drawing.box((frame.edges[2], 0, width, height), fill=WHITE, line="")
    mapped = {name: rows for name, rows in seen.items() if name not in BASE}
    _write_panel(drawing, look, frame, mapped)
    drawing.box((0, frame.edges[3], width, height), fill=WHITE, line="")
    at = (_EDGE_MM, frame.edges[3] + 3.5)
    write_paragraph(drawing, at, credit, font=font, width=width - 2 * _EDGE_MM, size=_CREDIT)
    return drawing


def _look(atlas: Atlas, appearance: Appearance) -> Look:
    return Look(
        atlas=atlas,
        layers=frames_of(atlas, appearance),
        font=find_font(None, characters_of(atlas) | set(appearance.title or "")),
        lang=atlas.lang,
        paper="picture",
        landscape=True,
        appearance=appearance,
    )


def _boxes(frame: Frame, wide: float) -> list[Any]:
    """Return the boxes of a title of a width, and of the scale bar."""
    base = frame.edges[3] - _EDGE_MM
    title = shapely.box(_EDGE_MM, _EDGE_MM, _EDGE_MM + 6 + wide, 14)
    return [title, shapely.box(_EDGE_MM, base - 8, _EDGE_MM + 72, base)]


def _draw_title(drawing: Drawing, frame: Frame, title: str, boxes: Sequence[Any]) -> None:
    """Write the title in one corner of the map, and draw the scale bar in another."""
    drawing.box(boxes[0].bounds, fill=WHITE)
    drawing.text((_EDGE_MM + 3, 11), title, size=_TITLE)
    drawing.box(boxes[1].bounds, fill=WHITE, line="")
    draw_scale_bar(drawing, _EDGE_MM + 4, boxes[1].bounds[3] - 3, frame.scale)


def _write_panel(drawing: Drawing, look: Look, frame: Frame, seen: Layers) -> None:
    """Write legend, accuracy and date beside the map, at the largest size that fits."""
    start, wide = frame.edges[2] + _EDGE_MM, _PANEL_MM - 2 * _EDGE_MM
    for factor in _FACTORS:
        blank = Drawing(width=drawing.width, height=drawing.height, title=drawing.title)
        panel = Panel(drawing=blank, look=look, x=start, y=_EDGE_MM, width=wide, factor=factor)
        write_legend(panel, frame, seen)
        panel.head(look.say("phrase", "sheet_accuracy"))
        write_accuracy(panel, seen)
        panel.write(look.say("phrase", "sheet_date", date=look.atlas.catalog.newest_day), SMALL)
        if panel.y <= frame.edges[3]:
            break
    drawing.parts.extend(blank.parts)


def _frame(box: list[float], width: float, height: float) -> Frame:
    wide, high = (box[2] - box[0]) * _ROUND_SITES, (box[3] - box[1]) * _ROUND_SITES
    scale = max(math.ceil(max(wide / width, high / height) * 1000), 500)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return Frame(left=0, top=0, width=width, height=height, scale=scale, centre=centre)
