"""Tables of geodata: rows of text with their file and line, and the checks of their values.

This module is longer than 300 lines because the rows of a table and the checks of their values
share the file and the line that a message names.
"""

import csv
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from nmgeo import provenance
from nmgeo.catalog import Catalog, Table, checked_path, find_layer, find_table, first_day
from nmgeo.errors import LayerError, UnmatchedPolicyError, first_line
from nmgeo.languages import LANGS
from nmgeo.messages import Text, text
from nmgeo.records.read_once import read_once
from nmgeo.sources.file_version import file_version
from nmgeo.units import AREA_UNITS
from nmgeo.web_address import is_web_address

_NUMBER_UNITS: Final = frozenset(
    {
        *AREA_UNITS,
        *("m", "km", "mPD", "HKD", "HKD_per_year", "HKD_per_m2", "count", "jobs", "flats"),
        *("people", "enterprises", "per_day", "percent", "ratio", "times", "MW", "PFLOPS"),
        *("months", "years", "year", "minutes"),
    }
)
UNITS: Final = tuple(sorted(_NUMBER_UNITS | {"date", "text"}))
_SIGNED: Final = frozenset({"mPD", "percent"})  # a level below the datum, a loss
# Where sources disagree, the earlier class is preferred.
SOURCE_CLASSES: Final = ("official", "reprinted_official", "press", "ngo", "other", "own")
OWN_CLASS: Final = "own"  # of what a user brought
PAGE_AND_QUOTE: Final = ("source_page", "source_quote")  # of a citation, where they are known
CITED: Final = (  # of a row
    *("as_of", "source", "source_class", "source_title", "source_url"),
    *PAGE_AND_QUOTE,
)
_OF_SOURCES: Final = ("class", "title", "dated", "url")  # columns of their table
_CITED: Final = (*(f"source_{name}" for name in _OF_SOURCES), *PAGE_AND_QUOTE)
NO_ADDRESS: Final = ("other", OWN_CLASS)  # classes of sources that may have no address
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")  # which float and int hold
_ONCE: Final = text("each key once")
_SORTED: Final = text("rows sorted by key")
_ADDRESS: Final = text("a web address")
A_DATE: Final = text("a date such as 2026-02")  # what a column of dates expects
_PARTIAL_DATE: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", flags=re.ASCII)


def read_table(catalog: Catalog, name: str) -> list[dict[str, Any]]:
    """Read a table of geodata as text.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    name : str
        Name of the table in the registry.

    Returns
    -------
    list of dict
        A dict for each row, the user's own last; ``at`` is its file and line, for messages.

    Raises
    ------
    LayerError
        If the file is missing or altered, cannot be read, or is not sorted by its key.
    """
    provenance.use_catalog(catalog)
    provenance.note_used(name)
    record = find_table(catalog, name)
    rows = _read_rows(record, file_version(record.path))
    return [dict(row) for row in (*rows, *catalog.own_rows.get(name, ()))]


@lru_cache(maxsize=32)  # read once, until the file changes
def _read_rows(record: Table, _changed: tuple[int, ...]) -> list[dict[str, Any]]:
    path = checked_path(record)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(cells, _place(path, reader.line_num)) for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from None
    if not lines or tuple(lines[0][0]) != record.columns:
        raise LayerError(str(path), text("columns differ from the registry"), _restore())
    for cells, at in lines[1:]:
        if len(cells) != len(record.columns):
            wrong = text("{found} cells, expected {n}", found=len(cells), n=len(record.columns))
            raise LayerError(at, wrong, text("correct the row"))
    rows = [dict(zip(record.columns, cells, strict=True)) | {"at": at} for cells, at in lines[1:]]
    keys = [tuple(row[column] for column in record.key.split()) for row in rows]
    for row, key, before in zip(rows[1:], keys[1:], keys, strict=False):
        require_valid(row, record.key, key != before, _ONCE)
        require_valid(row, record.key, key > before, _SORTED)
    return rows


def read_ids(catalog: Catalog, name: str) -> dict[str, Mapping[str, Any]]:
    """Read the ids and properties of a shipped layer's features, without geometry.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    name : str
        Name of the layer.

    Returns
    -------
    dict
        Properties by feature id.

    Raises
    ------
    UnknownLayerError
        If the catalog has no such layer.
    LayerError
        If its file is missing, altered, or not GeoJSON.
    """
    path = checked_path(find_layer(catalog, name))
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return {feature["id"]: feature["properties"] for feature in features}
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> LayerError:
    return LayerError(str(path), text("cannot be read ({why})", why=first_line(error)), _restore())


def _restore() -> Text:
    return text("restore the file from the package")


def site_ids(catalog: Catalog) -> dict[str, str]:
    """Return the site of each shipped outline, by the id of the outline.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    dict
        ``site_id`` by ``outline_id``.

    Raises
    ------
    LayerError
        As :func:`read_ids`.
    """
    return {i: str(properties["site_id"]) for i, properties in read_ids(catalog, "sites").items()}


def join_sources(catalog: Catalog, name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows of a table with the columns of the first source of each, its main source.

    Raises
    ------
    UnmatchedPolicyError
        If a row cites a source that does not exist.
    """
    sources, columns = _sources(catalog), catalog.tables[name].columns
    for row in rows:
        require_known(row, "source", row["source"].split(";"), sources)
    cited = [sources[row["source"].partition(";")[0]] for row in rows]
    return text_frame(rows, columns).assign(
        **text_frame(cited, [c for c in _CITED if c not in columns])
    )


def text_frame(rows: Sequence[Mapping[str, str]], columns: Iterable[str]) -> pd.DataFrame:
    """Return texts as a frame; what a row of the user does not have is missing."""
    cells = {column: [row.get(column, np.nan) for row in rows] for column in columns}
    return pd.DataFrame(cells, dtype=object)


def require_known(
    row: Mapping[str, Any], field: str, names: Iterable[str], known: Collection[str]
) -> None:
    """Raise an error for the first name that is not known.

    Raises
    ------
    UnmatchedPolicyError
        With the file and line of the row.
    """
    for name in names:
        if name not in known:
            wrong = text("{column} {name!r} does not exist", column=field, name=name)
            remedy = text("use a name that geodata contains, or add it there")
            raise UnmatchedPolicyError(row["at"], wrong, remedy)


def _place(path: Path, line: int) -> Text:
    return text("{file}, line {line}", file=path, line=line)


def require_valid(row: Mapping[str, Any], field: str, is_valid: bool, wanted: Text) -> None:  # noqa: FBT001
    """Raise an error if the value of a column is not valid.

    Raises
    ------
    LayerError
        With the file and line of the row, the value, and what was expected.
    """
    if not is_valid:
        value = " ".join(str(row[name]) for name in field.split())
        wrong = text("invalid value {value!r} in column {column}", value=value, column=field)
        raise LayerError(row["at"], wrong, text("expected {wanted}", wanted=wanted))


def units_of(attribute: str) -> tuple[str, ...]:
    """Return the units that a figure of an attribute may have: an area has a unit of area."""
    return AREA_UNITS if attribute == "area" or attribute.startswith("area_") else UNITS


def is_value(value: str, unit: str) -> bool:
    """Whether a text is a valid value in a unit."""
    if unit in _NUMBER_UNITS:
        signed = value.startswith("-")
        return _NUMBER.fullmatch(value) is not None and (unit in _SIGNED or not signed)
    return is_date(value) if unit == "date" else bool(value)


def is_date(written: str) -> bool:
    """Whether a text is a date, or only a year or a month."""
    if _PARTIAL_DATE.fullmatch(written) is None:
        return False
    try:
        date.fromisoformat(first_day(written))
    except ValueError:
        return False
    return True


@read_once("sources")
def read_sources(catalog: Catalog) -> pd.DataFrame:
    """Read the sources that claims and policies cite.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``source``; ``source_class``, ``source_title``, ``source_dated``,
        ``source_url``, and ``source_page`` and ``source_quote``, which only own ones have.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a class or address is invalid.
    """
    sources = _sources(catalog)
    return text_frame([*sources.values()], _CITED).set_index(pd.Index([*sources], name="source"))


def _sources(catalog: Catalog) -> dict[str, dict[str, str]]:
    """Return the columns of each source, by its key."""
    rows = read_table(catalog, "sources")
    wanted = text("one of {names}", names=", ".join(SOURCE_CLASSES))
    for row in rows:
        require_valid(row, "class", row["class"] in SOURCE_CLASSES, wanted)
        is_url = is_web_address(row["url"])
        is_headline = not row["url"] and row["class"] in NO_ADDRESS  # its address was not seen
        require_valid(row, "url", is_url or is_headline, _ADDRESS)
    places = dict.fromkeys(PAGE_AND_QUOTE, "")
    return {
        row["source"]: places | row | {f"source_{name}": row[name] for name in _OF_SOURCES}
        for row in rows
    }


def cite_first(sources: pd.DataFrame, keys: str, as_of: str) -> dict[str, str]:
    """Return the columns :data:`CITED` of a feature or a status: its date and its main source.

    Parameters
    ----------
    sources : DataFrame
        From :func:`read_sources`.
    keys : str
        Sources, separated by ``;``; the first is the main source.
    as_of : str
        Date of what cites them.

    Returns
    -------
    dict
        Class, title and address are empty if the first source is not known.
    """
    key = keys.partition(";")[0]
    known = sources.loc[key].to_dict() if key in sources.index else {}
    return {name: str(known.get(name, "")) for name in CITED} | {"as_of": as_of, "source": keys}


def publisher_of(title: str) -> str:
    """Return who published a source: what stands before the colon or bracket of its title.

    Examples
    --------
    >>> publisher_of("RTHK: first three buildings completed")
    'RTHK'
    """
    return title.partition(": ")[0].partition(" (")[0]


def read_translations(catalog: Catalog) -> dict[str, tuple[str, str, str]]:
    """Read the Chinese translations of the names and sentences of geodata.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    dict
        English, Traditional Chinese and Simplified Chinese, by the English text.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a translation is empty.
    """
    rows = read_table(catalog, "translations")
    for row in rows:
        for name in ("text_tc", "text_sc"):
            require_valid(row, name, bool(row[name]), text("a translation"))
    return {
        row["text_en"]: tuple(row.get(f"text_{lang}") or row["text_en"] for lang in LANGS)
        for row in rows
    }
