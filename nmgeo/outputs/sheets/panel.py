"""The panel beside a map: what its symbols mean, and how sure its outlines are."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import shapely

from nmgeo.languages import Lang
from nmgeo.outputs.appearance import SITES, Appearance, page_title
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.citations import credits_in, data_notes, drawn_credits, outline_caveat
from nmgeo.outputs.map_styles import (
    BASE,
    ROADS,
    STAGES,
    Style,
    opening_stages,
    style_of,
)
from nmgeo.outputs.map_zooms import NAMED_FEW
from nmgeo.outputs.sheets.drawing import Drawing
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.sheets.furniture import draw_swatch, write_paragraph
from nmgeo.outputs.sheets.map_layers import drawn_shapes
from nmgeo.outputs.sheets.map_names import Writing, feature_name
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.outputs.site_labels import site_figures
from nmgeo.outputs.site_symbology import (
    COLOUR,
    class_key,
    class_legends,
    site_groups,
    site_words,
    styles_of,
    with_colour,
)
from nmgeo.outputs.values import accuracy_words, format_amount
from nmgeo.translations import separator, translate

BODY, HEAD, SMALL, TINY = 7.0, 8.5, 6.0, 5.0  # points
_ROW_MM: Final = 4.2  # of the legend
_UNLISTED: Final = ("land", "shenzhen", "place_names", "sites")  # explain themselves, or apart
_PLAIN: Final = Appearance()
_MANY_COLOURS: Final = "#5b5b5b"  # of what has the colour of its site
_DESCRIBED: Final = 20  # sites that a description names
_NAMED: Final = 6  # sites whose accuracy is said one by one


@dataclass(frozen=True, kw_only=True)
class Look:
    """What all sheets of a document share."""

    atlas: Atlas
    layers: Mapping[str, gpd.GeoDataFrame]
    font: Font
    lang: str
    paper: str
    landscape: bool
    appearance: Appearance = _PLAIN

    @property
    def languages(self) -> tuple[Lang, ...]:
        """The languages of the words, in turn."""
        if self.lang == "both":
            return ("en", "tc")
        return ("tc",) if self.lang == "tc" else ("sc",) if self.lang == "sc" else ("en",)

    @cached_property
    def class_labels(self) -> dict[str, dict[tuple[str, str], str]]:
        """What the colours and patterns of classes mean, by layer, with their counts."""
        legends = class_legends(self.atlas, self.appearance)
        return {name: self._class_words(name, *legend) for name, legend in legends.items()}

    def _class_words(
        self, layer: str, column: str, classes: Sequence[Mapping[str, Any]]
    ) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], list[str]] = {}
        lang = self.languages[-1]
        for one in classes:
            sizes = [f"{one['count']:,}"]
            if one["hectares"]:
                hectares = f"{one['hectares']:.1f}".removesuffix(".0")
                sizes.append(format_amount(hectares, "ha", lang))
            words = f"{one['label'] or self.say('phrase', 'no_value')} ({' · '.join(sizes)})"
            found.setdefault((one["colour"], one["pattern"]), []).append(words)
        title = column if layer == SITES else self.layer_title(layer)
        return {key: self.join(title, "; ".join(words)) for key, words in found.items()}

    @property
    def title(self) -> str:
        """Return what all of the map is called: as asked for, else after the user's file."""
        asked = page_title(self.atlas, self.appearance.title)
        return asked or self.say("phrase", "title")

    @cached_property
    def names_style(self) -> Writing:
        """How names are written on the map; those of few sites with what is known of them."""
        few = len(self.atlas.sites) <= NAMED_FEW
        figures = site_figures(self.atlas) if few else {}
        return Writing(font=self.font, lang=self.lang, year=self.atlas.year, figures=figures)

    def say(self, section: str, key: str, **values: object) -> str:
        """Return words, in both languages if asked for."""
        words = [translate(section, key, lang) for lang in self.languages]
        filled = [word.format(**values) if values else word for word in words]
        return " ".join(dict.fromkeys(filled))

    def join(self, thing: str, words: str) -> str:
        """Return a thing and what is said of it, joined by a colon."""
        return f"{thing}{separator('colon', self.languages[0])}{words}"

    def stage(self, stage: str) -> str:
        """Return what a legend says of features that are open, or not, in the year of the data."""
        return self.say("phrase", f"stage_{stage}", year=self.atlas.year)

    def accuracy(self, row: Mapping[Any, Any]) -> str:
        """Return how sure an outline is, in words."""
        return " ".join(accuracy_words(row, lang) for lang in self.languages)

    def distances(self, rings: gpd.GeoDataFrame) -> str:
        """Return the distances of rings: ``500 m, 1,000 m``."""
        return separator("comma", self.languages[0]).join(
            format_amount(f"{m:g}", "m", self.languages[0]) for m in sorted(set(rings["to_m"]))
        )

    def layer_title(self, name: str) -> str:
        """Return the title of a layer."""
        record = self.atlas.catalog.shown_as_shipped(name)
        titles = [
            (record.title(lang) if record else "") or translate("layer", name, lang)
            for lang in self.languages
        ]
        return " ".join(dict.fromkeys(titles))


@dataclass(kw_only=True)
class Panel:
    """Where the next line of the panel stands; lengths are millimetres."""

    drawing: Drawing
    look: Look
    x: float
    y: float
    width: float
    factor: float  # of sizes, so that all of it fits

    def write(self, words: str, size: float = BODY, gap: float = 0.8, role: str = "P") -> None:
        """Write a paragraph or a heading, and leave a gap below it."""
        font, factored = self.look.font, size * self.factor
        with self.drawing.tag(role):
            self.y = write_paragraph(
                self.drawing, (self.x, self.y), words, font=font, width=self.width, size=factored
            )
        self.y += gap * self.factor

    def head(self, words: str) -> None:
        """Write a heading."""
        self.y += 1.6 * self.factor
        self.write(words, HEAD, role="H2")


def write_legend(panel: Panel, frame: Frame, seen: set[str]) -> None:
    """Write what the symbols and lines of the layers that are seen mean."""
    look = panel.look
    panel.head(look.say("phrase", "sheet_legend"))
    panel.y += 0.8
    for style, kind, words in _legend_rows(look, frame, seen):
        draw_swatch(panel.drawing, panel.x, panel.y - 1, style, kind)
        with panel.drawing.tag("P"):
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
        yield from _site_rows(look, _shown(look, frame, "sites"))
    names = [n for n in look.layers if n in seen and n not in _UNLISTED]
    for name in (*(n for n in names if n not in BASE), *(n for n in names if n in BASE)):
        rows = _shown(look, frame, name)
        kind = "LineString" if name == "rings" else _kind(rows)
        for style, words in _layer_rows(look, name, rows):
            yield style, kind, words


def _site_rows(look: Look, rows: gpd.GeoDataFrame) -> Iterator[tuple[Style, str, str]]:
    """Return what the colours, dashes and hatches of sites mean."""
    labels = look.class_labels.get("sites", {})
    for style, alike in site_groups(rows):
        names = [feature_name(row, look.lang) for row in alike.to_dict("records")]
        title = labels.get(class_key(style)) or look.layer_title("sites")
        names = [] if labels else names
        yield style, _kind(alike), site_words(alike, names, title, look.languages)


def _layer_rows(look: Look, name: str, rows: gpd.GeoDataFrame) -> Iterator[tuple[Style, str]]:
    """Return style and words of what a layer shows: its classes, kinds or stages, or itself."""
    title, labels = look.layer_title(name), look.class_labels.get(name)
    looks = styles_of(name, rows, look.atlas.year, classed=labels is not None)
    if labels is not None:
        for style in dict.fromkeys(looks):
            yield style, labels.get(class_key(style)) or look.say("phrase", "no_value")
        return
    if name == "roads":
        yield from _road_rows(look, rows)
        return
    stages = opening_stages(name, rows, look.atlas.year)
    found = {stage: style for stage, style in zip(stages, looks, strict=True) if stage}
    for stage in (stage for stage in STAGES if stage in found):
        yield found[stage], look.join(title, look.stage(stage))
    if name == "rings":
        title = look.join(title, look.distances(rows))
    if not found:
        coloured = COLOUR in rows and len(set(looks)) > 1
        yield (with_colour(style_of(name), _MANY_COLOURS) if coloured else looks[0]), title


def _road_rows(look: Look, rows: gpd.GeoDataFrame) -> Iterator[tuple[Style, str]]:
    kinds = set(rows["kind"])
    if "motorway" in kinds:
        yield ROADS["motorway"], look.say("phrase", "motorways")
    if kinds - {"motorway"}:
        yield ROADS["main_road"], look.layer_title("roads")


def _kind(rows: gpd.GeoDataFrame) -> str:
    return str(rows.geom_type.iloc[0]).removeprefix("Multi")


def _shown(look: Look, frame: Frame, name: str) -> gpd.GeoDataFrame:
    """Return the features of a layer that are seen in the frame."""
    rows = look.layers[name]
    return rows[shapely.intersects(drawn_shapes(name, rows), shapely.box(*frame.bounds))]


def describe_map(look: Look, frame: Frame, seen: set[str]) -> str:
    """Return in words what the map in a frame shows: sites by name, and the layers."""
    names = []
    if "sites" in seen:
        rows = _shown(look, frame, "sites").to_dict("records")
        names = list(dict.fromkeys(feature_name(row, look.lang) for row in rows))[:_DESCRIBED]
    titles = [look.layer_title(name) for name in look.layers if name in seen]
    shown = separator("comma", look.languages[0]).join([*filter(None, names), *titles])
    return look.say("phrase", "sheet_description", scale=f"{frame.scale:,}", shown=shown)


def write_accuracy(panel: Panel, frame: Frame, seen: set[str]) -> None:
    """Write how sure the outlines of the sites are, and what they lost by masking."""
    look = panel.look
    if "sites" in seen:
        for line in _accuracies(look, _shown(look, frame, "sites").to_dict("records")):
            panel.write(line, SMALL, gap=0.2)
    catalog, sure = look.atlas.catalog, look.atlas.sites["accuracy_m"]
    said = [outline_caveat(catalog, sure, lang) for lang in look.languages]
    panel.write(" ".join(dict.fromkeys(said)), SMALL, gap=0.2)
    for lang in look.languages:
        for line in data_notes(catalog, lang):
            panel.write(line, SMALL, gap=0.2)


def _accuracies(look: Look, rows: Sequence[Mapping[Any, Any]]) -> Iterator[str]:
    """Say how sure each outline is; of many sites, how many of them are how sure."""
    said = [look.accuracy(row) for row in rows]
    if len(rows) <= _NAMED:
        for row, words in zip(rows, said, strict=True):
            yield look.join(feature_name(row, look.lang), words)
        return
    counts = Counter(said)
    if len(counts) > _NAMED:
        worst = max(rows, key=lambda row: row["accuracy_m"] or 0.0)
        counts = Counter({look.accuracy({"accuracy_m": worst["accuracy_m"]}): len(rows)})
    for words, count in counts.items():
        yield look.say("phrase", "sheet_sites", count=f"{count:,}", accuracy=words)


def credit_lines(look: Look, seen: set[str]) -> list[str]:
    """Return whose data are seen, in the language of the sheet."""
    catalog = look.atlas.catalog
    lines = credits_in(drawn_credits(catalog, seen), catalog, look.languages[-1])
    return [line for line in lines if line not in data_notes(catalog, look.languages[-1])]
