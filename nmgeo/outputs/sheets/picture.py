"""The map as a picture for an article: 1,600 pixels wide, with scale bar and credits."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nmgeo.errors import UsageError
from nmgeo.files import staged_path
from nmgeo.messages import option, text
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.citations import credits_in, data_notes
from nmgeo.outputs.sheets.drawing import WHITE, Drawing
from nmgeo.outputs.sheets.fonts import find_font
from nmgeo.outputs.sheets.furniture import break_lines, draw_scale_bar, write_paragraph
from nmgeo.outputs.sheets.map_layers import draw_layers, draw_names, frames_of
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.outputs.sheets.print_sheets import characters_of, write_drawings
from nmgeo.translations import translate

PIXELS: Final = 1_600
_SUFFIXES: Final = (".png", ".svg")
_SIZE_MM: Final = (320.0, 200.0)  # five pixels a millimetre
_ROUND_SITES: Final = 1.15
_CREDIT, _TITLE = 6.5, 16.0  # points
_EDGE_MM: Final = 4.0


def is_picture(path: Path) -> bool:
    """Tell whether the name of a file says a picture."""
    return path.suffix.lower() in _SUFFIXES


def refuse_options(given: Mapping[str, Any]) -> None:
    """Refuse options that belong to the web page alone.

    Raises
    ------
    UsageError
        If one of them was given.
    """
    for name, value in given.items():
        if value is not None:
            wrong = text("belongs to a web page, and the map is a picture")
            raise UsageError(option(name, value), wrong, text("leave it out"))


def write_picture(path: Path, atlas: Atlas, title: str | None, *, overwrite: bool) -> Path:
    """Write the map of an atlas as a picture.

    Parameters
    ----------
    path : Path
        A name in ``.png`` or ``.svg``.
    atlas : Atlas
        From :func:`nmgeo.outputs.atlas.build_atlas`.
    title : str or None
        What stands in the corner; that of the web map if not given.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        ``path``; the same input and font give the same bytes.

    Raises
    ------
    ExportError
        If the file exists or cannot be written, or no font has a character.
    """
    drawing = draw_picture(atlas, title or translate("phrase", "title", atlas.lang))
    font = find_font(None, drawing.characters())
    form = path.suffix.lower().removeprefix(".")
    data = write_drawings([drawing], font, form, atlas.lang, PIXELS)
    with staged_path(path, overwrite=overwrite) as draft:
        draft.write_bytes(data)
    return path


def draw_picture(atlas: Atlas, title: str) -> Drawing:
    """Return the drawing of a picture."""
    width, height = _SIZE_MM
    font = find_font(None, characters_of(atlas) | set(title))
    layers = frames_of(atlas)
    notes = data_notes(atlas.catalog, atlas.lang)
    credit_lines = credits_in(atlas.catalog.credits_of(set(layers)), atlas.catalog, atlas.lang)
    credit = "; ".join(dict.fromkeys([*notes, *credit_lines]))
    lines = list(break_lines(credit, font, width - 2 * _EDGE_MM, _CREDIT))
    strip = len(lines) * _CREDIT * 0.47 + 3
    frame = _frame(layers["sites"].total_bounds.tolist(), width, height - strip)
    drawing = Drawing(width=width, height=height, title=title)
    seen = draw_layers(drawing, frame, layers)
    draw_names(drawing, frame, {n: f for n, f in layers.items() if n in seen}, font, atlas.lang)
    drawing.box((_EDGE_MM, _EDGE_MM, _EDGE_MM + 6 + font.width_mm(title, _TITLE), 14), fill=WHITE)
    drawing.text((_EDGE_MM + 3, 11), title, size=_TITLE)
    base = frame.edges[3] - _EDGE_MM
    drawing.box((_EDGE_MM, base - 8, _EDGE_MM + 72, base), fill=WHITE, line="")
    draw_scale_bar(drawing, _EDGE_MM + 4, base - 3, frame.scale)
    drawing.box((0, frame.edges[3], width, height), fill=WHITE, line="")
    at = (_EDGE_MM, frame.edges[3] + 3.5)
    write_paragraph(drawing, at, credit, font=font, width=width - 2 * _EDGE_MM, size=_CREDIT)
    return drawing


def _frame(box: list[float], width: float, height: float) -> Frame:
    wide, high = (box[2] - box[0]) * _ROUND_SITES, (box[3] - box[1]) * _ROUND_SITES
    scale = max(math.ceil(max(wide / width, high / height) * 1000), 500)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return Frame(left=0, top=0, width=width, height=height, scale=scale, centre=centre)
