"""One sheet: the map in its frame, and the panel of title, legend, scale, notes and sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import shapely

from nmgeo import __version__
from nmgeo.errors import UsageError
from nmgeo.languages import Lang
from nmgeo.messages import option, text
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.citations import credits_in, data_notes
from nmgeo.outputs.map_styles import BASE, CERTAINTY, Style, style_of
from nmgeo.outputs.sheets.drawing import Drawing
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.sheets.furniture import (
    draw_grid,
    draw_inset,
    draw_north,
    draw_scale_bar,
    draw_swatch,
    grid_spacing_m,
    write_paragraph,
)
from nmgeo.outputs.sheets.map_layers import draw_layers, draw_names, feature_name
from nmgeo.outputs.sheets.paper import GUTTER_MM, MARGIN_MM, PANEL_MM, Frame, sheet_size
from nmgeo.outputs.values import accuracy_words
from nmgeo.translations import translate

_INSET_MM: Final = (40.0, 30.0)
_TITLE, _HEAD, _BODY, _SMALL = 14.0, 8.5, 7.0, 5.0  # points
_ROW_MM: Final = 4.2  # of the legend
_FACTORS: Final = (1.0, 0.85, 0.75)  # of the sizes of the panel, the largest that fits
_UNLISTED: Final = ("land", "shenzhen", "place_names", "sites")  # explain themselves, or apart


@dataclass(frozen=True, kw_only=True)
class Look:
    """What all sheets of a document share."""

    atlas: Atlas
    layers: Mapping[str, gpd.GeoDataFrame]
    font: Font
    lang: str
    paper: str
    landscape: bool

    @property
    def languages(self) -> tuple[Lang, ...]:
        """The languages of the words, in turn."""
        if self.lang == "both":
            return ("en", "tc")
        return ("tc",) if self.lang == "tc" else ("sc",) if self.lang == "sc" else ("en",)

    def say(self, section: str, key: str, **values: object) -> str:
        """Return words, in both languages if asked for."""
        words = [translate(section, key, lang) for lang in self.languages]
        filled = [word.format(**values) if values else word for word in words]
        return " ".join(dict.fromkeys(filled))

    def layer_title(self, name: str) -> str:
        """Return the title of a layer."""
        record = self.atlas.catalog.layers.get(name)
        titles = [
            str(getattr(record, f"title_{lang}", "")) or translate("layer", name, lang)
            for lang in self.languages
        ]
        return " ".join(dict.fromkeys(titles))


@dataclass(kw_only=True)
class _Panel:
    """Where the next line of the panel stands."""

    drawing: Drawing
    look: Look
    x: float
    y: float
    width: float
    factor: float  # of sizes, so that all of it fits

    def write(self, words: str, size: float = _BODY, gap: float = 0.8) -> None:
        self.y = write_paragraph(
            self.drawing,
            (self.x, self.y),
            words,
            font=self.look.font,
            width=self.width,
            size=size * self.factor,
        )
        self.y += gap * self.factor

    def head(self, words: str) -> None:
        self.y += 1.6 * self.factor
        self.write(words, _HEAD)


def build_sheet(
    look: Look, frame: Frame, title: str, tables: Sequence[tuple[str, Sequence[str]]] = ()
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
        If the panel is too long for the paper.
    """
    for factor in _FACTORS:
        drawing = _draw(look, frame, title, tables, factor)
        if drawing is not None:
            return drawing
    wrong = text("the notes of {title} are longer than the paper", title=title)
    remedy = text("use a larger paper, or one language")
    raise UsageError(option("paper", look.paper), wrong, remedy)


def _draw(
    look: Look,
    frame: Frame,
    title: str,
    tables: Sequence[tuple[str, Sequence[str]]],
    factor: float,
) -> Drawing | None:
    """Return a sheet whose panel has sizes of a factor, None if it is longer than the paper."""
    width, height = sheet_size(look.paper, landscape=look.landscape)
    drawing = Drawing(width=width, height=height, title=title)
    left = frame.edges[2] + GUTTER_MM + 2
    start, wide = MARGIN_MM + 7, PANEL_MM - 4
    panel = _Panel(drawing=drawing, look=look, x=left, y=start, width=wide, factor=factor)
    seen = draw_layers(drawing, frame, look.layers)
    _head(panel, frame, title)
    _legend(panel, frame, seen)
    for heading, lines in tables:
        panel.head(heading)
        for line in lines:
            panel.write(line, 6.5, gap=0.3)
    _notes(panel, frame, seen)
    if panel.y > height - MARGIN_MM + 1:
        return None
    draw_grid(drawing, frame)
    shown = {name: rows for name, rows in look.layers.items() if name in seen}
    draw_names(drawing, frame, shown, look.font, look.lang)
    return drawing


def _head(panel: _Panel, frame: Frame, title: str) -> None:
    """Write title, scale, scale bar, north arrow and inset."""
    drawing, look = panel.drawing, panel.look
    panel.write(title, _TITLE, gap=1.5)
    scale = f"{frame.scale:,}"
    panel.write(look.say("phrase", "sheet_scale", scale=scale, paper=look.paper.upper()), gap=4)
    draw_scale_bar(drawing, panel.x + 3, panel.y, frame.scale)
    panel.y += 5
    wide, high = (length * panel.factor for length in _INSET_MM)
    draw_inset(drawing, (panel.x, panel.y, panel.x + wide, panel.y + high), frame)
    draw_north(drawing, panel.x + wide + 12, panel.y + 8)
    panel.y += high + 3


def _legend(panel: _Panel, frame: Frame, seen: set[str]) -> None:
    look = panel.look
    panel.head(look.say("phrase", "sheet_legend"))
    panel.y += 0.8
    for style, kind, words in _legend_rows(look, frame, seen):
        draw_swatch(panel.drawing, panel.x, panel.y - 1, style, kind)
        after = write_paragraph(
            panel.drawing,
            (panel.x + 10, panel.y),
            words,
            font=look.font,
            width=panel.width - 10,
            size=6.5 * panel.factor,
        )
        panel.y = max(panel.y + _ROW_MM * panel.factor, after + panel.factor)


def _legend_rows(look: Look, frame: Frame, seen: set[str]) -> Iterator[tuple[Style, str, str]]:
    """Return style, kind of geometry and words: sites by how sure they are, then layers, base."""
    if "sites" in seen:
        title = look.layer_title("sites")
        for status in _shown_sites(look, frame)["geometry_status"].fillna("").unique():
            words = f"{title}: {look.say('geometry_status', status)}" if status else title
            yield CERTAINTY.get(status, style_of("sites")), "Polygon", words
    names = [n for n in look.layers if n in seen and n not in _UNLISTED]
    for name in (*(n for n in names if n not in BASE), *(n for n in names if n in BASE)):
        kind = str(look.layers[name].geom_type.iloc[0]).removeprefix("Multi")
        yield style_of(name), kind, look.layer_title(name)


def _shown_sites(look: Look, frame: Frame) -> gpd.GeoDataFrame:
    sites = look.layers["sites"]
    return sites[sites.geometry.intersects(shapely.box(*frame.bounds))]


def _notes(panel: _Panel, frame: Frame, seen: set[str]) -> None:
    """Write accuracy, method, sources and date."""
    look, catalog = panel.look, panel.look.atlas.catalog
    panel.head(look.say("phrase", "sheet_accuracy"))
    if "sites" in seen:
        for row in _shown_sites(look, frame).to_dict("records"):
            words = " ".join(accuracy_words(row, lang) for lang in look.languages)
            panel.write(f"{feature_name(row, look.lang)}: {words}.", 6.0, gap=0.2)
    panel.write(look.say("phrase", "caveat"), 6.0, gap=0.2)
    for lang in look.languages:
        for line in data_notes(catalog, lang):
            panel.write(line, 6.0, gap=0.2)
    panel.write(look.say("phrase", "sheet_grid", step=f"{grid_spacing_m(frame.scale):,}"), 6.0)
    panel.head(look.say("phrase", "credits"))
    for line in credits_in(catalog.credits_of(seen), catalog, look.languages[-1]):
        panel.write(line, _SMALL, gap=0.2)
    dates = [catalog.layers[name].as_of for name in seen if name in catalog.layers]
    newest = look.say("phrase", "sheet_date", date=max(dates)) if dates else ""
    panel.write(f"{newest} · nmgeo {__version__}", _SMALL)
