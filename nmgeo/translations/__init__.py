"""Words: what the columns, bases and states are called in English, Traditional and Simplified."""

import difflib
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

Lang = Literal["en", "tc", "sc"]
Format = Literal["table", "csv", "json", "md"]
Cap = Literal["round", "flat"]
Side = Literal["both", "left", "right", "inside", "outside"]

ROWS: Final = ("parquet", "fgb", "csv", "geojsonl", "geojsons")  # written as they come
LANGS: Final[tuple[Lang, ...]] = get_args(Lang)


@cache
def translations() -> dict[str, dict[str, dict[str, str]]]:
    """Return all words: group, then key, then language."""
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def translate(group: str, key: str, lang: Lang = "en") -> str:
    """Return the word for ``key``, or the key itself where it is the user's own.

    Parameters
    ----------
    group : str
        A table of ``words.toml``, such as ``heading``, ``basis`` or ``phrase``.
    key : str
        An entry of it.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese.

    Returns
    -------
    str
        Plain text, not escaped for any format.

    Examples
    --------
    >>> translate("heading", "area_ha", "tc")
    '面積 (公頃)'
    """
    entry = translations()[group].get(key)
    return key if entry is None else entry[lang]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``" (did you mean ...?)"`` for a word that was almost right, else nothing.

    Examples
    --------
    >>> nearest_of("station", ["stations", "wetlands"])
    ' (did you mean stations?)'
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
