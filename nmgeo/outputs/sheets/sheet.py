"""One sheet: the map in its frame, and the panel of title, legend, scale, notes and sources."""

import math
from collections.abc import Sequence
from typing import Final

from nmgeo import __version__
from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.outputs.sheets.drawing import Drawing
from nmgeo.outputs.sheets.furniture import (
    draw_grid,
    draw_inset,
    draw_north,
    draw_scale_bar,
    grid_spacing_m,
)
from nmgeo.outputs.sheets.look import Look
from nmgeo.outputs.sheets.map_layers import Layers, draw_layers
from nmgeo.outputs.sheets.map_names import draw_names
from nmgeo.outputs.sheets.panel import (
    SMALL,
    TINY,
    Panel,
    credit_lines,
    describe_map,
    write_accuracy,
    write_coarse_layers,
    write_legend,
)
from nmgeo.outputs.sheets.paper import GUTTER_MM, MARGIN_MM, PANEL_MM, PAPERS, Frame, sheet_size
from nmgeo.translations import translate

_INSET_MM: Final = (40.0, 30.0)
_TITLE: Final = 14.0  # points
_FACTORS: Final = (1.0, 0.85, 0.75)  # of the sizes of the panel, the largest that fits


def build_sheet(
    look: Look, frame: Frame, title: str, tables: Sequence[tuple[str, Sequence[str]]]
) -> Drawing:
    """Return a sheet.

    Parameters
    ----------
    look : Look
        Layers, font, language and paper.
    frame : Frame
        Where the map lies, and what it shows.
    title : str
        Of the sheet.
    tables : sequence of (heading, lines)
        What the panel lists below the legend.

    Raises
    ------
    UsageError
        If the panel is too long for the paper; the message says which paper may do.
    """
    needed = math.inf
    for factor in _FACTORS:
        drawing, needed = _draw(look, frame, title, tables, factor)
        if needed <= drawing.height:
            return drawing
    wrong = text("the notes of {title} are longer than the paper", title=title)
    other = option("at", "none") if len(look.languages) == 1 else text("one language")
    remedy = text("use {other}", other=other)
    for paper in PAPERS:
        if sheet_size(paper, landscape=look.landscape)[1] >= needed:
            larger = option("paper", paper)
            remedy = text("use {paper} or larger, or {other}", paper=larger, other=other)
            break
    raise UsageError(option("paper", look.paper), wrong, remedy)


def _draw(
    look: Look,
    frame: Frame,
    title: str,
    tables: Sequence[tuple[str, Sequence[str]]],
    factor: float,
) -> tuple[Drawing, float]:
    """Return a sheet whose panel has sizes of a factor, and how high a paper that needs, mm."""
    width, height = sheet_size(look.paper, landscape=look.landscape)
    drawing = Drawing(width=width, height=height, title=title)
    left = frame.edges[2] + GUTTER_MM + 2
    start, wide = MARGIN_MM + 7, PANEL_MM - 4
    panel = Panel(drawing=drawing, look=look, x=left, y=start, width=wide, factor=factor)
    seen = draw_layers(drawing, frame, look.layers, look.atlas.year, look.classes)
    drawing.description = describe_map(look, frame, seen)
    _head(panel, frame, title)
    write_legend(panel, frame, seen)
    for heading, lines in tables:
        panel.head(heading)
        for line in lines:
            panel.write(line, 6.5, gap=0.3)
    _notes(panel, frame, seen)
    needed = panel.y + MARGIN_MM - 1
    if needed <= height:
        draw_grid(drawing, frame)
        shown = {name: rows for name, rows in look.layers.items() if name in seen}
        draw_names(drawing, frame, shown, look.names_style)
    return drawing, needed


def _head(panel: Panel, frame: Frame, title: str) -> None:
    """Write title, scale, scale bar, north arrow and inset."""
    drawing, look = panel.drawing, panel.look
    panel.write(title, _TITLE, gap=1.5, role="H1")
    panel.write(_scale(frame, look), gap=4)
    draw_scale_bar(drawing, panel.x + 3, panel.y, frame.scale)
    panel.y += 5
    wide, high = (length * panel.factor for length in _INSET_MM)
    draw_inset(drawing, (panel.x, panel.y, panel.x + wide, panel.y + high), frame)
    draw_north(drawing, panel.x + wide + 12, panel.y + 8)
    panel.y += high + 3


def _scale(frame: Frame, look: Look) -> str:
    """Return the scale and the paper in each language, the number once."""
    told = {"scale": f"{frame.scale:,}", "paper": look.paper.upper()}
    texts = [translate("phrase", "sheet_scale", lang).format(**told) for lang in look.languages]
    return texts[0] + "".join(one.removeprefix(f"1:{told['scale']}") for one in texts[1:])


def _notes(panel: Panel, frame: Frame, seen: Layers) -> None:
    """Write accuracy, method, sources and date."""
    look, catalog = panel.look, panel.look.atlas.catalog
    panel.head(look.say("phrase", "sheet_accuracy"))
    write_accuracy(panel, seen)
    write_coarse_layers(panel, frame, seen)
    panel.write(look.say("phrase", "sheet_grid", step=f"{grid_spacing_m(frame.scale):,}"), SMALL)
    panel.head(look.say("phrase", "credits"))
    for line in credit_lines(look, seen):
        panel.write(line, TINY, gap=0.2)
    newest = look.say("phrase", "sheet_date", date=catalog.newest_day)
    panel.write(f"{newest} · nmgeo {__version__}", TINY)
