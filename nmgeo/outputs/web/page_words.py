"""The words of the web page, in the order of the languages."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from nmgeo.columns import all_columns
from nmgeo.languages import LANGS
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.citations import data_notes, outline_caveat
from nmgeo.translations import section_words

_WORD_SECTIONS: Final = (
    *("phrase", "basis", "status", "kind", "holds_by", "source_class"),
    *("accuracy", "group", "milestone", "geometry_status", "hedge"),
)
_SCRIPTS: Final = Path(__file__).parents[2] / "page"
_TRANSLATED: Final = ("offers", "ratio", "threshold")  # columns of instruments that it translates
_HEADINGS: Final = (  # columns that the page shows
    *("name", "basis", "area_ha", "published_area_ha", "accuracy_m", "policy_name", "source_page"),
)


def page_words(atlas: Atlas) -> dict[str, dict[str, list[str]]]:
    """Return sections of words: by key the word in each language.

    The caveat at the top of the page also says what own data lost by masking. The section
    ``text`` translates whole sentences of the geodata. Phrases that no script names, and
    sentences that the page does not show, are left out.
    """
    words: dict[str, Any] = {section: section_words(section) for section in _WORD_SECTIONS}
    words["phrase"] = {key: one for key, one in words["phrase"].items() if _is_named()(key)}
    words["heading"] = {name: dict(all_columns()[name].heading) for name in _HEADINGS}
    words["phrase"] = {**words["phrase"], "caveat": _caveat(atlas)}
    found = {
        section: {key: [word.get(lang, word["en"]) for lang in LANGS] for key, word in one.items()}
        for section, one in words.items()
    }
    return found | {"text": _shown_texts(atlas)}


def _caveat(atlas: Atlas) -> dict[str, str]:
    catalog, sure = atlas.catalog, atlas.sites["accuracy_m"]
    return {
        lang: " ".join(
            [outline_caveat(catalog, sure, lang), *_sentences(data_notes(catalog, lang))]
        )
        for lang in LANGS
    }


def _sentences(notes: list[str]) -> list[str]:
    return [f"{note[:1].upper()}{note[1:]}" for note in notes]


@cache
def _is_named() -> Callable[[str], bool]:
    """Return a function that tells whether the page names a phrase, in full or by its beginning."""
    files = [*_SCRIPTS.glob("*.js"), _SCRIPTS / "page.html"]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    whole, begun = set(re.findall(r"\w+", code)), tuple(re.findall(r"`(\w+_)\$\{", code))
    return lambda key: key in whole or key.startswith(begun)


def _shown_texts(atlas: Atlas) -> dict[str, list[str]]:
    """Return the translations of the geodata: of terms, of methods and of credits."""
    cells = [*(atlas.policies[column] for column in _TRANSLATED), atlas.sites["method"]]
    shown = {*atlas.catalog.credits, *(text for column in cells for text in column.dropna())}
    return {said: list(all3) for said, all3 in atlas.translations.items() if said in shown}
