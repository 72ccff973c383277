"""Names of features and policies in a language."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from nmgeo.translations import LANGS, Lang, translate

if TYPE_CHECKING:
    import pandas as pd

_Frame = TypeVar("_Frame", bound="pd.DataFrame")


def add_names(frame: _Frame, lang: Lang) -> _Frame:
    """Add the column ``name`` in a language; the English name or the id where it is missing."""
    name = frame.get(f"name_{lang}", frame["name_en"]).astype(object)
    for fallback in (frame["name_en"], frame.index.to_series()):
        missing = name.isna() | (name == "")
        name = name.mask(missing, fallback.astype(object)) if missing.any() else name
    return frame.assign(name=name)


def distinct_names(names: "pd.Series") -> "pd.Series":
    """Add the id (the index) to every name that appears more than once."""
    is_repeated = names.duplicated(keep=False)
    return names.where(~is_repeated, names + " " + names.index.astype(str))


def instrument_name(
    row: Mapping[Any, Any], lang: Lang, translations: Mapping[str, Sequence[str]]
) -> str:
    """Return the official name of a policy in a language, else our translation, marked as ours.

    Without a translation, the English name is returned.
    """
    name, english = row.get(f"name_{lang}"), str(row["name_en"])
    if name or english not in translations:
        return str(name or english)
    return translate("phrase", "our_name", lang).format(
        name=translations[english][LANGS.index(lang)]
    )
