"""Messages: English text that keeps its template and values, so that it can be translated.

A message names a parameter in Python and an option on the command line: :func:`option` writes both.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, reduce
from itertools import islice
from typing import Any, Final

_OPTIONS: Final[Mapping[str, str]] = {  # parameters whose option has another name
    "every": "--all",
    "origin": "--from",
    "years": "--in",
    "open_only": "--open",
    "layers": "--layer",
    "shipped_only": "--shipped",
}
_COUNTED: Final = re.compile(  # a count, what is counted, and a verb of it
    r"\{(\w+)(?::[^}]*)?\}(?: more| different)? ((?:data |comparable )?(?:attributes|bytes|cells"
    r"|characters|checks|classes|columns|entrances|faults|features|figures|files|geometries"
    r"|instruments|levels|lines|pieces|places|policies|records|rings|rows|rules|sites|subjects"
    r"|texts|tiles|times|values|workers|sets))\b(?!\.)"
    r"(?:( are| have| match| were| belong| meet| differ)\b)?"
)
_VERBS: Final = {" are": " is", " have": " has", " were": " was"}
_PLAIN: Final = re.compile(r"[\w.%:/+-]+", flags=re.ASCII)


class Text(str):
    """English text made of a template and values; :mod:`nmgeo.translations` translates it."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, Any]


class Word(str):
    """A word or a name that has another form in another language, such as that of a layer."""

    __slots__ = ("forms",)

    forms: Mapping[str, str]


class Option(str):
    """Text as Python writes it, which also knows how the command line writes it."""

    __slots__ = ("command_line",)

    command_line: str


def text(template: str, /, **values: Any) -> Text:
    """Fill the values into a template.

    Parameters
    ----------
    template : str
        English text as for :meth:`str.format`, a literal. Its translations stand in
        ``nmgeo/translations/messages/``, one file for each part of the package.
    **values
        What the braces of the template name; a value may be a :class:`Text`, a :class:`Word` or
        an :class:`Option` itself.

    Returns
    -------
    Text
        The English text, a ``str`` in every respect.

    Examples
    --------
    >>> text("layer {name!r} has no status", name="zones")
    "layer 'zones' has no status"
    """
    said = Text(fill(template, values))
    said.template, said.values = template, values
    return said


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Fill values into a template, in the singular where an English one counts 1.

    Examples
    --------
    >>> fill("{count} sites are left out", {"count": 1})
    '1 site is left out'
    """
    for name, plural, singular in _counted(template):
        if str(values.get(name)) == "1":
            template = template.replace(plural, singular)
    return template.format(**values)


@cache
def _counted(template: str) -> tuple[tuple[str, str, str], ...]:
    """Return the names of counts in a template, each with its words in the plural and singular."""
    found = []
    for match in _COUNTED.finditer(template):
        noun, verb = match[2], match[3] or ""
        one = f"{noun[:-3]}y" if noun.endswith("ies") else noun[: -2 if "sses" in noun else -1]
        start = match[0][: match.start(2) - match.start()]
        says = _VERBS.get(verb, f"{verb}es" if verb.endswith("ch") else verb and f"{verb}s")
        found.append((match[1], match[0], f"{start}{one}{says}"))
    return tuple(found)


def word(english: str, forms: Mapping[str, str]) -> Word:
    """Return a word with its forms in other languages, as a value of a template.

    Parameters
    ----------
    english : str
        What an English message shows.
    forms : mapping of language to text
        Only Chinese ones are used; a language that is missing shows the English.

    Returns
    -------
    Word
        The English word, a ``str`` in every respect.
    """
    said = Word(english)
    said.forms = forms
    return said


def list_all(parts: Iterable[str]) -> str:
    """Join texts, at least one, with commas: ``a, b, c``."""
    return reduce(lambda one, other: text("{one}, {other}", one=one, other=other), parts)


def list_first(names: Sequence[object], most: int = 3) -> str:
    """Name the first of several, and count the others.

    Examples
    --------
    >>> list_first(["a", "b"]), list_first("abcde")
    ('a, b', 'a, b, c and 2 more')
    """
    shown = list_all(name if isinstance(name, str) else str(name) for name in names[:most])
    more = len(names) - most
    return text("{shown} and {more} more", shown=shown, more=more) if more > 0 else shown


def list_some(names: Iterable[object], most: int) -> str:
    """Name the first of several, and show by dots that there are others.

    Examples
    --------
    >>> list_some("abc", 3), list_some("abcd", 3)
    ('a, b, c', 'a, b, c ...')
    """
    first = [str(name) for name in islice(names, most + 1)]
    return ", ".join(first[:most]) + (" ..." if len(first) > most else "")


def list_choices(parts: Iterable[str]) -> str:
    """Join texts of which one is chosen, at least one, with ``or``.

    Examples
    --------
    >>> list_choices([option("crs", "hk80"), option("crs", "wgs84")])
    "crs='hk80' or crs='wgs84'"
    """
    return reduce(lambda one, other: text("{one} or {other}", one=one, other=other), parts)


def option(name: str, value: object = None) -> Option:
    """Name a parameter, which the command line shows as its option.

    Use it as the first part of an error, or as a value of a template.

    Parameters
    ----------
    name : str
        The parameter in Python: ``"max_error"``. Its option is ``--max-error``, unless the table
        at the top of this module says otherwise.
    value : object, optional
        The value that was given, or that the reader should write.

    Returns
    -------
    Option
        Python's form, a ``str`` in every respect.

    Examples
    --------
    >>> option("k", 0), option("k", 0).command_line
    ('k=0', '--k 0')
    >>> option("key"), option("key").command_line
    ('key=', '--key')
    >>> text("name the column of ids with {key}", key=option("key", "lot_no"))
    "name the column of ids with key='lot_no'"
    >>> option("open_only", value=True).command_line
    '--open'
    """
    flag = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
    if value is None or value is True:
        return either(f"{name}={'' if value is None else value}", flag)
    shown = str(value) if _PLAIN.fullmatch(str(value)) else repr(value)
    return either(f"{name}={value!r}", f"{flag} {shown}")


def either(python: str, command_line: str) -> Option:
    """Write one thing in two ways: for a reader of Python and for one of the command line.

    Parameters
    ----------
    python, command_line : str
        Code, not words, since neither is translated.

    Returns
    -------
    Option
        Python's form, a ``str`` in every respect.

    Examples
    --------
    >>> either("nm.doctor('a.gpkg')", "nmgeo doctor a.gpkg").command_line
    'nmgeo doctor a.gpkg'
    """
    said = Option(python)
    said.command_line = command_line
    return said
