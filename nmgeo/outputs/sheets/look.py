"""What all sheets of a document share: layers, font, language, colours, and words in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np

from nmgeo.languages import Lang
from nmgeo.measures.area_rounding import round_but_not_to_zero
from nmgeo.outputs.appearance import SITES, Appearance, classes_by_layer, page_title
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.colour_classes import Classes
from nmgeo.outputs.map_zooms import NAMED_FEW
from nmgeo.outputs.sheets.fonts import Font
from nmgeo.outputs.sheets.map_names import Writing
from nmgeo.outputs.site_labels import site_figures
from nmgeo.outputs.site_symbology import AROUND
from nmgeo.outputs.values import accuracy_words, format_amount
from nmgeo.translations import join_texts, separator, translate

_PLAIN: Final = Appearance()
_FINEST: Final = 2  # decimals of hectares


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

    def of_site(self, site: str) -> "Look":
        """Return a look whose rings and shortest lines are those of one site."""
        rows = self.layers[SITES]
        own = set(rows.index[rows["site_id"].astype(str) == site].astype(str))
        kept = {
            name: rows[rows["outline_id"].astype(str).isin(own)]
            for name, rows in self.layers.items()
            if name in AROUND
        }
        return replace(self, layers={**self.layers, **kept})

    @cached_property
    def classes(self) -> dict[str, Classes]:
        """The classes of own sites and layers, by layer."""
        return classes_by_layer(self.atlas, self.appearance)

    def class_labels(self, layer: str, seen: np.ndarray) -> dict[tuple[str, str], str] | None:
        """Return what the colours and patterns of a layer mean, with the counts of what is seen.

        None if it has no classes.
        """
        if layer not in self.classes:
            return None
        rows = self.atlas.sites if layer == SITES else self.atlas.layers[layer]
        column = self.classes[layer].column
        found: dict[tuple[str, str], list[str]] = {}
        for one in self.classes[layer].legend(rows, seen):
            if not one["count"]:
                continue
            named = [one["label"] or self.say("phrase", "no_value"), self._sizes(one)]
            words = join_texts(named, "brackets", self.languages[0])
            found.setdefault((one["colour"], one["pattern"]), []).append(words)
        title = column if layer == SITES else self.layer_title(layer)
        between = separator("semicolon", self.languages[0])
        return {key: self.join(title, between.join(words)) for key, words in found.items()}

    def _sizes(self, one: Mapping[str, Any]) -> str:
        """Return how many features a class has, and their hectares if they have any."""
        count, hectares = f"{one['count']:,}", one["hectares"]
        if not hectares:
            return self.say("phrase", "class_count", n=count)
        ha = f"{round_but_not_to_zero(hectares, 1, _FINEST):,}"
        return self.say("phrase", "class_sizes", n=count, ha=ha)

    @property
    def title(self) -> str:
        """Return what all of the map is called: as asked for, else after the user's file."""
        asked = page_title(self.atlas, self.appearance.title)
        return asked or self.say("phrase", "title")

    @cached_property
    def names_style(self) -> Writing:
        """How names are written on the map; those of few sites with what is known of them."""
        few = len(self.atlas.sites) <= NAMED_FEW
        figures = site_figures(self.atlas, self.languages) if few else {}
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

    def accuracy(self, row: Mapping[Any, Any]) -> tuple[str, ...]:
        """Return how sure an outline is, in each language."""
        return tuple(accuracy_words(row, lang) for lang in self.languages)

    def distances(self, rings: gpd.GeoDataFrame) -> str:
        """Return the distances of rings: ``500 m, 1,000 m``."""
        return separator("comma", self.languages[0]).join(
            format_amount(f"{m:g}", "m", self.languages[0]) for m in sorted(set(rings["to_m"]))
        )

    def layer_title(self, name: str, languages: Sequence[Lang] = ()) -> str:
        """Return the title of a layer, in the languages of the words unless others are given."""
        record = self.atlas.catalog.shown_as_shipped(name)
        titles = [
            (record.title(lang) if record else "") or translate("layer", name, lang)
            for lang in languages or self.languages
        ]
        return " ".join(dict.fromkeys(titles))
