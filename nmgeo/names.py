"""Names of features and policies in a language."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from nmgeo.translations import LANGS, Lang, translate

if TYPE_CHECKING:
    import pandas as pd

_CODES = re.compile(r"(.+[ _-])?(code|ref|no|number|label)|.*[編编][號号]", re.IGNORECASE)
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


def natural_key(text: str) -> tuple[list[tuple[str, int, str]], str]:
    """Return what sorts lot 2 before lot 10, and all of x before y; numbers have any length.

    Examples
    --------
    >>> sorted(["lot 10", "lot 2", "lot"], key=natural_key)
    ['lot', 'lot 2', 'lot 10']
    """
    runs = re.findall(r"(\D*)(\d*)", text, re.ASCII)
    numbers = ((word, digits.lstrip("0")) for word, digits in runs)
    return [(word, len(number), number) for word, number in numbers], text


def names_or_codes(features: "pd.DataFrame") -> "pd.Series":
    """Return what features are called; those that only have a number, by a column of codes.

    Parameters
    ----------
    features : DataFrame
        With ``name``, as :func:`add_names` adds it.

    Returns
    -------
    Series
        The names. If they are the numbers of the rows and one column alone is headed as codes are,
        such as ``code`` or ``lot_no``, with another value in each row, those values.
    """
    names, ids = features["name"], features.index.astype(str).tolist()
    numbers = [[str(n) for n in range(first, len(ids) + first)] for first in (0, 1)]
    if ids not in numbers or names.astype(str).tolist() != ids:
        return names
    codes = [column for column in features if _CODES.fullmatch(str(column))]
    found = [c for c in codes if features[c].notna().all() and features[c].is_unique]
    return features[found[0]].astype(str) if len(found) == 1 else names


def instrument_name(
    row: Mapping[Any, Any], lang: Lang, translations: Mapping[str, Sequence[str]]
) -> str:
    """Return the official name of a policy in a language, else our translation, marked as ours.

    Without a translation, the English name is returned.
    """
    name, english = row.get(f"name_{lang}"), str(row["name_en"])
    if name or english not in translations:
        return str(name or english)
    ours = in_language(english, translations, lang)
    return translate("phrase", "our_name", lang).format(name=ours)


def in_language(written: str, translations: Mapping[str, Sequence[str]], lang: Lang) -> str:
    """Return a name or sentence of the geodata in a language, as it is without a translation.

    Parameters
    ----------
    written : str
        English.
    translations : mapping of str to sequence of str
        From :func:`nmgeo.records.tables.read_translations`.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese.
    """
    found = translations.get(written)
    return written if found is None else found[LANGS.index(lang)]
