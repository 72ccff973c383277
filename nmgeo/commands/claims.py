"""The published figures about sites, places and instruments, each with its source."""

import difflib
import math
import re
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, last_day, open_catalog, read_date
from nmgeo.chinese_numbers import in_full, to_digits
from nmgeo.commands.figure_text import amount_text, figure_text
from nmgeo.commands.inputs import list_of
from nmgeo.commands.subjects import add_subject_names, find_instrument, of_outline
from nmgeo.errors import UsageError, notify
from nmgeo.messages import option, text
from nmgeo.records.aliases import find_id, names_of
from nmgeo.records.fulfilled import read_fulfilled
from nmgeo.records.policies import REGION, TERRITORY, read_claims
from nmgeo.records.tables import SOURCE_CLASSES, read_table
from nmgeo.spelling import fold_name
from nmgeo.translations import LANGS, Lang, join_texts, translate

_QUESTION: Final = frozenset(  # words of a question that say nothing of what is asked
    {
        *("a", "an", "and", "are", "at", "by", "did", "do", "does", "for", "from", "has", "have"),
        *("how", "in", "is", "it", "many", "much", "of", "on", "or", "the", "there", "to", "was"),
        *("were", "what", "when", "where", "which", "who", "whose", "will", "with"),
    }
)
_UNITS: Final = {  # as a question writes them; a figure has them short
    "ha": "hectares hectare",
    "km": "kilometres kilometers",
    "km2": "square kilometres square kilometers",
    "m": "metres meters",
    "m2": "square metres square meters",
}
_NO_FIGURES: Final = ("date", "text", "year")
_SUGGESTED: Final = 3
_EXAMPLES: Final = ("hetao_hk_park", "jobs", "area")  # a site and two attributes
_BESIDE_WORD: Final = re.compile(  # where a figure meets a Chinese word or a unit
    "(?<=[0-9])(?=[\u4e00-\u9fff]|(?:ha|km2?|m2?)\\b)|(?<=[\u4e00-\u9fff])(?=[0-9])"
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def claims(
    subject: str | None = None,
    catalog: Catalog | None = None,
    *,
    site: str | None = None,
    since: str | None = None,
    until: str | None = None,
    source_class: str | Sequence[str] | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """List published figures about a site, a place or an instrument, or those that hold a text.

    Parameters
    ----------
    subject : str, optional
        A site, a place or an instrument by any of its names; of an instrument without figures,
        the places that it names; otherwise words that the figures are searched for: an attribute
        such as ``"jobs"``, a figure such as ``"87 ha"``, or any word of a name, a note or a
        source, in any language. A number is that of the figure, or of a note if no figure has it.
        All figures if not given.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    site : str, optional
        ``subject`` by the name that other commands use: ``nm.claims(site="sandy_ridge")``.
    since, until : str, optional
        Only figures as of this day or later, or as of this day or earlier: ``"2026-02-04"``.
    source_class : str or sequence of str, optional
        Only figures whose main source is of this class, or of one of these: ``"official"``,
        ``"reprinted_official"``, ``"press"``, ``"ngo"``, ``"other"``, ``"own"``.
    lang : {"en", "tc", "sc"}
        Language of ``subject_name``, ``what`` and ``figure``.

    Returns
    -------
    DataFrame
        One row a claim: ``subject``, ``subject_name``, ``attribute``, ``basis``, ``value`` (text),
        ``unit``, ``hedge`` (``expected`` of a date later than its statement, ``as announced`` once
        it has come to pass), ``as_of``, note and source; ``what`` (attribute and basis) and
        ``figure`` (value with unit and hedge) are to be read. Sources that disagree are all there.
        They stand by subject, then by attribute, then by date; the places of an instrument in the
        order in which it names them.

    Raises
    ------
    UsageError
        If nothing is found, or there is no such class; the error suggests what is alike.
    LayerError
        If a file is missing or broken.
    """
    here, subject = catalog or open_catalog(), subject if site is None else site
    stated = read_claims(here)
    stated = stated.assign(hedge=read_fulfilled(here).of_milestones(stated))
    rows = add_subject_names(add_figures(stated, lang), here, lang)
    if subject is not None:
        rows = _searched(here, rows, subject)
    ends = rows["as_of"].map(last_day)
    if since is not None:
        rows = rows[ends >= read_date(since).isoformat()]
    if until is not None:
        rows = rows[ends.loc[rows.index] <= read_date(until).isoformat()]
    return rows if source_class is None else _of_class(rows, source_class)


def _of_class(rows: pd.DataFrame, asked: str | Sequence[str]) -> pd.DataFrame:
    """Return the rows whose main source is of one of these classes."""
    wanted = list_of(asked)
    stray = next((one for one in wanted if one not in SOURCE_CLASSES), None)
    if stray is not None:
        remedy = text("use one of {names}", names=", ".join(SOURCE_CLASSES))
        raise UsageError(option("source_class", stray), text("no such class of sources"), remedy)
    return rows[rows["source_class"].isin(wanted)]


def add_figures(rows: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Add ``what`` (attribute and basis in words) and ``figure`` (value, unit and hedge)."""
    records = rows.to_dict("records")
    return rows.assign(
        what=[_what(row, lang) for row in records],
        figure=[figure_text(row, lang) for row in records],
    )


def attribute_words(attribute: str, lang: Lang) -> str:
    """Return the name of an attribute or a milestone in words."""
    words = translate("attribute", attribute, lang)
    return translate("milestone", words, lang).replace("_", " ")


def _what(row: dict[Any, Any], lang: Lang) -> str:
    words, basis = attribute_words(str(row["attribute"]), lang), str(row["basis"])
    if not basis:
        return words
    extent = translate("basis", basis, lang)
    return join_texts([words, extent], "brackets", lang)


def _searched(catalog: Catalog, rows: pd.DataFrame, written: str) -> pd.DataFrame:
    """Return the rows about a subject, or else those that hold all words of a text."""
    id_ = written if (rows["subject"] == written).any() else find_id(catalog, written)
    id_ = id_ or of_outline(catalog, written)
    about = rows[rows["subject"] == id_]
    if len(about):
        return about
    if (instrument := find_instrument(catalog, written)) is not None:
        return _of_its_places(catalog, rows, instrument)
    name, subject = _subject_in(catalog, rows, fold_name(written))
    among = rows[rows["subject"] == subject] if name else rows
    found = _that_hold_most(catalog, among, written, name)
    if found.empty:
        known = [*rows["subject"].unique(), *rows["attribute"].unique()]
        like = difflib.get_close_matches(written, known, n=_SUGGESTED)
        remedy = text("use {names}", names=", ".join(like or _EXAMPLES))
        raise UsageError(
            text("subject {subject!r}", subject=written), text("no published figures"), remedy
        )
    return found


def _that_hold_most(catalog: Catalog, rows: pd.DataFrame, written: str, name: str) -> pd.DataFrame:
    """Return the rows that hold most words of a text: half of them, or the name of a subject."""
    folded = fold_name(written)
    words = [name] * bool(name) + _words_of(_without(folded, name)) or folded.split()
    least = 1 if name else math.ceil(len(words) / 2)
    least = least if len(written.split()) > 1 else len(words)  # of a key that is written wrongly
    texts = _search_texts(catalog, rows)
    if len(found := _of_number(rows, texts, words)):
        return found
    held = pd.Series([sum(_holds(text, word) for word in words) for text in texts], rows.index)
    if least <= held.max() < len(words):
        said = text("no figure holds all of {words}; these hold most", words=", ".join(words))
        notify(said)
    return rows[(held == held.max()) & (held >= least)]


def _of_number(rows: pd.DataFrame, texts: list[str], words: list[str]) -> pd.DataFrame:
    """Return the rows that hold all words, the numbers in their figure, and most words there."""
    if not (numbers := [word for word in words if _NUMBER.fullmatch(word)]):
        return rows.iloc[:0]
    amounts = [_amount_texts(row) for row in rows.to_dict("records")]
    held = [
        sum(_holds(amount, word) for word in words)
        if all(_holds(amount, number) for number in numbers)
        and all(_holds(text, word) for word in words)
        else 0
        for amount, text in zip(amounts, texts, strict=True)
    ]
    return rows[[0 < count == max(held) for count in held]]


def _subject_in(catalog: Catalog, rows: pd.DataFrame, folded: str) -> tuple[str, str]:
    """Return the longest name of a subject that stands in a text, and its id; else empty texts."""
    subjects = set(rows["subject"])
    names = {name: id_ for name, id_ in names_of(catalog).items() if id_ in subjects}
    held = (name for name in names if _without(folded, name) != folded)
    name = max(held, key=len, default="")
    return name, names.get(name, "")


def _without(folded: str, name: str) -> str:
    """Return a text without a name; one of letters stands between words, a Chinese one anywhere."""
    edge = r"\b" if name.isascii() else ""
    return re.sub(f"{edge}{re.escape(name)}{edge}", " ", folded, count=1) if name else folded


def _of_its_places(catalog: Catalog, rows: pd.DataFrame, instrument: str) -> pd.DataFrame:
    """Return the rows of the places that an instrument without figures names, in its order."""
    policies = {
        row["policy_id"]: row["holds_for"].split(";") for row in read_table(catalog, "policies")
    }
    places = [one for one in policies[instrument] if one not in {REGION, TERRITORY}]
    found = rows[rows["subject"].isin(places)]
    if found.empty:
        thing = text("instrument {instrument!r}", instrument=instrument)
        remedy = text("use {names}", names=f"nmgeo policy {instrument}")
        raise UsageError(thing, text("no published figures"), remedy)
    said = text(
        "no figure is of {instrument} itself; these are of {places}, which it is for",
        instrument=instrument,
        places=", ".join(places),
    )
    notify(said)
    order = found["subject"].map(places.index).sort_values(kind="stable").index
    return found.loc[order]


def _words_of(written: str) -> list[str]:
    """Return the words of a search, without those that only make a question of them."""
    folded = fold_name(written).replace(",", "").rstrip("?？")
    words = _BESIDE_WORD.sub(" ", in_full(to_digits(folded))).split()
    return [word for word in words if word not in _QUESTION]


def _holds(text: str, word: str) -> bool:
    """Tell whether a text holds the start of a word, Chinese anywhere, or a number as a whole."""
    if _NUMBER.fullmatch(word):
        return word in _NUMBER.findall(text)
    starts = rf"\b{re.escape(word)}" if word[:1].isascii() and word[:1].isalnum() else ""
    return re.search(starts, text) is not None if starts else word in text


def _amount_texts(row: dict[Any, Any]) -> str:
    """Return the value of a figure with its unit in every language, folded; none of a day."""
    value, unit = str(row["value"]), str(row["unit"])
    if unit in _NO_FIGURES:
        return ""
    parts = [value, _UNITS.get(unit, ""), *(amount_text(value, unit, lang) for lang in LANGS)]
    return in_full(fold_name(" ".join(parts)).replace(",", ""))


def _search_texts(catalog: Catalog, rows: pd.DataFrame) -> list[str]:
    """Return for each row what it can be found by, folded."""
    names: dict[str, list[str]] = {}
    for name, id_ in names_of(catalog).items():
        names.setdefault(id_, []).append(name)
    texts = []
    for row in rows.to_dict("records"):
        parts = [*names.get(row["subject"], ()), row["attribute"], row["value"], row["note"]]
        parts.append(_UNITS.get(row["unit"], ""))
        parts += [_what(row, lang) for lang in LANGS] + [figure_text(row, lang) for lang in LANGS]
        folded = fold_name(" ".join([*parts, row["source_title"]]))
        texts.append(in_full(folded.replace(",", "")))
    return texts
