"""Names: what a feature or an instrument is called in a language."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from nmgeo.translations import LANGS, Lang, translate

if TYPE_CHECKING:
    import pandas as pd

_Frame = TypeVar("_Frame", bound="pd.DataFrame")


def add_names(frame: _Frame, lang: Lang) -> _Frame:
    """Add ``name`` in a language: English where there is none, the id where there is neither."""
    name = frame[f"name_{lang}"].astype(object)
    for other in (frame["name_en"].astype(object), frame.index.to_series()):
        name = name.where(name.notna() & (name != ""), other)
    return frame.assign(name=name)


def distinct_names(names: "pd.Series") -> "pd.Series":
    """Return names with their id, which is the index, behind each that stands more than once."""
    twice = names.duplicated(keep=False)
    return names.where(~twice, names + " " + names.index.astype(str))


def instrument_name(row: Mapping[Any, Any], lang: Lang, ours: Mapping[str, Sequence[str]]) -> str:
    """Return the confirmed name of an instrument, else our translation of the English, so marked.

    What has neither is called by its English name.
    """
    name, english = row[f"name_{lang}"], str(row["name_en"])
    if name or english not in ours:
        return str(name or english)
    return translate("phrase", "our_name", lang).format(name=ours[english][LANGS.index(lang)])
