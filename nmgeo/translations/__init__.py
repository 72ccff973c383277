"""Translations: words of tables and messages in English, Traditional and Simplified Chinese."""

import difflib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from nmgeo.errors import NmgeoError, message_line
from nmgeo.languages import LANGS, Lang
from nmgeo.messages import Option, Text, Word, fill, text

AreaUnit = Literal["ha", "m2", "sqft"]  # in which areas are shown
Cap = Literal["round", "flat"]
Side = Literal["both", "left", "right", "inside", "outside"]

__all__ = ["LANGS", "Lang"]  # from nmgeo.languages, for whoever translates

_MUCH_ALIKE: Final = 0.8  # of 1, from which on more than one name is suggested
_WORDS: Final = Path(__file__).with_name("words")


@cache
def word_sections() -> tuple[str, ...]:
    """Return the names of the sections of words, each a file."""
    return tuple(sorted(file.stem for file in _WORDS.glob("*.toml")))


@cache
def section_words(section: str) -> dict[str, dict[str, str]]:
    """Return the words of a section: key, then language. Only this file is read."""
    import tomli  # noqa: PLC0415 - not for help in English

    return tomli.loads((_WORDS / f"{section}.toml").read_text(encoding="utf-8"))


def translate(section: str, key: str, lang: Lang = "en") -> str:
    """Return the word for ``key``, or the key itself where it is the user's own.

    Parameters
    ----------
    section : str
        A file of ``nmgeo/translations/words``, such as ``basis`` or ``phrase``.
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
    >>> translate("status", "planned", "tc"), translate("status", "my own", "tc")
    ('計劃中', 'my own')
    """
    entry = section_words(section).get(key)
    return key if entry is None else entry.get(lang, entry["en"])


def join_texts(texts: Iterable[str], joint: str, lang: Lang) -> str:
    """Join texts as a language does it.

    Parameters
    ----------
    texts : iterable of str
        At least none; one alone is left as it is.
    joint : str
        An entry of the words ``joint``: comma, semicolon, colon, brackets, sentence, range.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese.

    Returns
    -------
    str
        Empty if there are no texts.

    Examples
    --------
    >>> join_texts(["a", "b", "c"], "comma", "en"), join_texts(["87", "about"], "brackets", "en")
    ('a, b, c', '87 (about)')
    """
    template = translate("joint", joint, lang)
    first, *rest = list(texts) or [""]
    for other in rest:
        first = template.format(one=first, other=other)
    return first


def separator(joint: str, lang: Lang = "en") -> str:
    """Return what stands between joined texts, such as ``"; "`` for ``semicolon``."""
    return translate("joint", joint, lang).format(one="", other="")


def did_you_mean(word: str, known: Iterable[str], *, most: int = 1) -> str:
    """Return ``" (did you mean ...?)"`` for a word that was almost right, else nothing.

    Letters in another case are almost right. ``most`` names are given if all are much alike.

    Examples
    --------
    >>> did_you_mean("a1", ["A1", "B2"])
    ' (did you mean A1?)'
    >>> did_you_mean("station", ["stations", "wetlands"])
    ' (did you mean stations?)'
    """
    folded = {one.casefold(): one for one in known}
    letters = word.casefold()
    several = difflib.get_close_matches(letters, folded, n=most, cutoff=_MUCH_ALIKE)
    close = several or difflib.get_close_matches(letters, folded, n=1)
    names = ", ".join(folded[one] for one in close)
    return text(" (did you mean {close}?)", close=names) if close else ""


@cache
def message_templates() -> dict[str, dict[str, str]]:
    """Return the translations of all messages: English template, then ``tc`` and ``sc``."""
    import tomli  # noqa: PLC0415 - not for help in English

    found: dict[str, dict[str, str]] = {}
    for file in sorted(Path(__file__).with_name("messages").glob("*.toml")):
        found |= tomli.loads(file.read_text(encoding="utf-8"))
    return found


def translate_message(message: str, lang: Lang, *, command_line: bool = False) -> str:
    """Return a message in a language: a :class:`nmgeo.messages.Text` translated, others as is.

    Parameters
    ----------
    message : str
        From :func:`nmgeo.messages.text`, whose values are translated too where they are such text,
        or from :func:`nmgeo.messages.word`.
    lang : {"en", "tc", "sc"}
        English, Traditional or Simplified Chinese.
    command_line : bool
        Whether a parameter from :func:`nmgeo.messages.option` is written as an option.

    Returns
    -------
    str
        English where there is no translation.
    """
    if isinstance(message, Option):
        return message.command_line if command_line else message
    if isinstance(message, Word):
        return message if lang == "en" else message.forms.get(lang, message)
    if not isinstance(message, Text):
        return message
    template = message.template
    if lang != "en":
        template = message_templates().get(template, {}).get(lang, template)
    values = {
        name: translate_value(value, lang, command_line=command_line)
        for name, value in message.values.items()
    }
    return fill(template, values)


def translate_value(value: Any, lang: Lang, *, command_line: bool) -> Any:
    """Return a value of a message in a language if it is text of ours, else as it is."""
    ours = isinstance(value, Text | Option | Word)
    return translate_message(value, lang, command_line=command_line) if ours else value


def translate_error(error: NmgeoError, lang: Lang = "en", *, command_line: bool = False) -> str:
    """Return the one line of an error in a language, for Python or for the command line."""
    if lang == "en" and not command_line:
        return str(error)
    parts = [
        translate_message(part, lang, command_line=command_line)
        for part in (error.thing, error.wrong, error.remedy)
    ]
    colon, semicolon = separator("colon", lang), separator("semicolon", lang)
    return message_line(f"{parts[0]}{colon}{parts[1]}{semicolon}{parts[2]}")
