"""The words of the web page, in the order of the languages."""

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
_HEADINGS: Final = (  # columns that the page shows
    *("name", "basis", "area_ha", "published_area_ha", "accuracy_m", "policy_name", "source_page"),
)


def page_words(atlas: Atlas) -> dict[str, dict[str, list[str]]]:
    """Return sections of words: by key the word in each language.

    The caveat at the top of the page also says what own data lost by masking. The section
    ``text`` translates whole sentences of the geodata.
    """
    words: dict[str, Any] = {section: section_words(section) for section in _WORD_SECTIONS}
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
        lang: " ".join([outline_caveat(catalog, sure, lang), *data_notes(catalog, lang)])
        for lang in LANGS
    }


def _shown_texts(atlas: Atlas) -> dict[str, list[str]]:
    """Return the translations of the geodata, without those of registered files not shown."""
    files = [*atlas.catalog.layers.values(), *atlas.catalog.tables.values()]
    credit_lines = {f"{file.credit} ({file.licence})" for file in files}
    caveats = {layer.caveat for layer in atlas.catalog.layers.values()}
    unseen = (credit_lines - set(atlas.catalog.credits)) | caveats
    return {said: list(all3) for said, all3 in atlas.translations.items() if said not in unseen}
