"""The panel beside a map: what its symbols mean, and how sure its outlines are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nmgeo.outputs.appearance import SITES
from nmgeo.outputs.citations import credits_in, data_notes, drawn_credits, outline_caveat
from nmgeo.outputs.map_styles import (
    BASE,
    ROADS,
    STAGES,
    Style,
    opening_stages,
    style_of,
)
from nmgeo.outputs.sheets.drawing import Drawing
from nmgeo.outputs.sheets.furniture import draw_swatch, write_paragraph
from nmgeo.outputs.sheets.look import Look
from nmgeo.outputs.sheets.map_layers import Layers, drawn_shapes
from nmgeo.outputs.sheets.map_names import feature_name
from nmgeo.outputs.sheets.paper import Frame
from nmgeo.outputs.site_symbology import (
    COLOUR,
    class_key,
    legend_place,
    site_groups,
    site_words,
    styles_of,
    with_colour,
)
from nmgeo.outputs.values import format_amount
from nmgeo.translations import Lang, join_texts, separator, translate

BODY, HEAD, SMALL, TINY = 7.0, 8.5, 6.0, 5.0  # points
_ROW_MM: Final = 4.2  # of the legend
_UNLISTED: Final = ("land", "shenzhen", "place_names", "sites")  # explain themselves, or apart
_MANY_COLOURS: Final = "#5b5b5b"  # of what has the colour of its site
_DESCRIBED: Final = 20  # sites that a description names
_FINE_MM: Final = 0.5  # on paper: what is further out is drawn finer than it is known
_SAID_APART: Final = ("sites", "rings", "links", "place_names")  # of the sites, or words alone
_NAMED: Final = 6  # sites whose accuracy is said one by one


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


def write_legend(panel: Panel, frame: Frame, seen: Layers) -> None:
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


def _legend_rows(look: Look, frame: Frame, seen: Layers) -> Iterator[tuple[Style, str, str]]:
    """Return style, kind of geometry and words: sites by how sure they are, then layers, base."""
    if "sites" in seen:
        yield from _site_rows(look, frame, seen[SITES])
    names = [n for n in look.layers if n in seen and n not in _UNLISTED]
    for name in (*(n for n in names if n not in BASE), *(n for n in names if n in BASE)):
        rows = seen[name]
        kind = "LineString" if name == "rings" else _kind(rows)
        labels = look.class_labels(name, _is_shown(look, frame, name))
        for style, words in _layer_rows(look, name, rows, labels):
            yield style, kind, words


def _site_rows(
    look: Look, frame: Frame, rows: gpd.GeoDataFrame
) -> Iterator[tuple[Style, str, str]]:
    """Return what the colours, dashes and hatches of sites mean."""
    labels = look.class_labels(SITES, _is_shown(look, frame, SITES)) or {}
    groups = site_groups(rows)
    for style, alike in sorted(groups, key=lambda one: legend_place(labels, class_key(one[0]))):
        names = [feature_name(row, look.lang) for row in alike.to_dict("records")]
        title = labels.get(class_key(style)) or look.layer_title("sites")
        names = [] if labels else names
        yield style, _kind(alike), site_words(alike, names, title, look.languages)


def _layer_rows(
    look: Look, name: str, rows: gpd.GeoDataFrame, labels: Mapping[tuple[str, str], str] | None
) -> Iterator[tuple[Style, str]]:
    """Return style and words of what a layer shows: its classes, kinds or stages, or itself."""
    title = look.layer_title(name)
    looks = styles_of(name, rows, look.atlas.year, classed=labels is not None)
    if labels is not None:
        keys = dict(zip(looks, map(class_key, looks), strict=True))
        for style in sorted(keys, key=lambda one: legend_place(labels, keys[one])):
            yield style, labels.get(keys[style]) or look.say("phrase", "no_value")
        return
    if name == "roads" and "kind" in rows:
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


def _is_shown(look: Look, frame: Frame, name: str) -> np.ndarray:
    """Return for each feature of a layer whether it is seen in the frame."""
    shapes = drawn_shapes(name, look.layers[name])
    return np.asarray(shapely.intersects(shapes, shapely.box(*frame.bounds)), bool)


def describe_map(look: Look, frame: Frame, seen: Layers) -> str:
    """Return in words what the map in a frame shows: sites by name, and the layers."""
    names = []
    if "sites" in seen:
        rows = seen["sites"].to_dict("records")
        names = list(dict.fromkeys(feature_name(row, look.lang) for row in rows))[:_DESCRIBED]
    titles = [look.layer_title(name) for name in look.layers if name in seen]
    shown = separator("comma", look.languages[0]).join([*filter(None, names), *titles])
    return look.say("phrase", "sheet_description", scale=f"{frame.scale:,}", shown=shown)


def write_accuracy(panel: Panel, seen: Layers) -> None:
    """Write how sure the outlines of the sites are, and what they lost by masking."""
    look = panel.look
    if "sites" in seen:
        for line in _accuracies(look, seen["sites"].to_dict("records")):
            panel.write(line, SMALL, gap=0.2)
    catalog, sure = look.atlas.catalog, look.atlas.sites["accuracy_m"]
    said = [outline_caveat(catalog, sure, lang) for lang in look.languages]
    panel.write(" ".join(dict.fromkeys(said)), SMALL, gap=0.2)
    for lang in look.languages:
        for line in data_notes(catalog, lang):
            panel.write(line, SMALL, gap=0.2)


def write_coarse_layers(panel: Panel, frame: Frame, seen: Layers) -> None:
    """Write which layers are drawn finer on paper than they are known."""
    look, coarse = panel.look, _coarse_layers(panel.look, frame, seen)
    for lang in look.languages if coarse else ():
        panel.write(_coarse_text(look, coarse, lang), SMALL, gap=0.2)


def _coarse_layers(look: Look, frame: Frame, seen: Layers) -> dict[int, list[str]]:
    """Return the layers that are further out than the scale shows, by their worst accuracy."""
    found: dict[int, list[str]] = {}
    for name in (name for name in look.layers if name in seen and name not in _SAID_APART):
        out_m = seen[name]["accuracy_m"].astype(float).max()
        if out_m * 1000 / frame.scale > _FINE_MM:
            found.setdefault(round(out_m), []).append(name)
    return dict(sorted(found.items()))


def _coarse_text(look: Look, coarse: Mapping[int, Sequence[str]], lang: Lang) -> str:
    """Say how far out they are, in a language."""
    groups = []
    for out_m, names in coarse.items():
        titles = [look.layer_title(name, [lang]) for name in names]
        error = f"±{format_amount(f'{out_m}', 'm', lang)}"
        groups.append(join_texts([error, join_texts(titles, "comma", lang)], "colon", lang))
    listed = join_texts(groups, "semicolon", lang)
    return translate("sentence", "coarse_layers", lang).format(list=listed)


def _accuracies(look: Look, rows: Sequence[Mapping[Any, Any]]) -> Iterator[str]:
    """Say how sure each outline is; of many sites, how many of them are how sure."""
    said = [look.accuracy(row) for row in rows]
    if len(rows) <= _NAMED:
        for name, words in zip(_outline_names(look, rows), said, strict=True):
            yield look.join(name, " ".join(words))
        return
    counts = Counter(said)
    if len(counts) > _NAMED:
        worst = max(rows, key=lambda row: row["accuracy_m"] or 0.0)
        counts = Counter({look.accuracy({"accuracy_m": worst["accuracy_m"]}): len(rows)})
    for words, count in counts.items():
        each = zip(look.languages, words, strict=True)
        sentences = [(translate("phrase", "sheet_sites", lang), sure) for lang, sure in each]
        yield " ".join(one.format(count=f"{count:,}", accuracy=sure) for one, sure in sentences)


def _outline_names(look: Look, rows: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Return the names of outlines; those of one site also say what each is an outline of."""
    names = [feature_name(row, look.lang) for row in rows]
    counts = Counter(names)
    return [
        name if counts[name] == 1 else look.join(name, look.say("basis", str(row["basis"])))
        for name, row in zip(names, rows, strict=True)
    ]


def credit_lines(look: Look, seen: Iterable[str]) -> list[str]:
    """Return whose data are seen, in the languages of the sheet."""
    catalog = look.atlas.catalog
    lines = [credits_in(drawn_credits(catalog, seen), catalog, lang) for lang in look.languages]
    noted = {line for lang in look.languages for line in data_notes(catalog, lang)}
    each = dict.fromkeys(line for both in zip(*lines, strict=True) for line in both)
    return [line for line in each if line not in noted]
