"""What was known on a day: rows that were stated by then, with the sources of then."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, first_day, last_day
from nmgeo.records.tables import read_sources

_DATE: Final = re.compile(r"\b(?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?)?\b(?![-/]\d)", re.ASCII)


def known_rows(catalog: Catalog, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that were known on the day of a catalog; all if it has none.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    rows : list of dict
        Of a table with ``as_of`` and ``source``, which were checked.

    Returns
    -------
    list of dict
        What was stated by the day in a source of that day or before, which may have no date.
        ``source`` leaves out later sources, and ``note`` is empty if it names a later date.
    """
    if catalog.known_on is None:
        return rows
    day = catalog.known_on.isoformat()
    dated = read_sources(catalog)["source_dated"].to_dict()
    known = (_on_day(row, dated, day) for row in rows if last_day(row["as_of"]) <= day)
    return [row for row in known if row["source"]]


def known_terms(catalog: Catalog, policies: pd.DataFrame, terms: Sequence[str]) -> pd.DataFrame:
    """Return instruments with the terms and sources that were known on the day of a catalog.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    policies : DataFrame, n rows
        With their terms, sources, ``status_date`` and ``status_source``.
    terms : sequence of str
        Columns of text that are empty where the row was stated, or its sources came, after the day.

    Returns
    -------
    DataFrame
        In the same order. Such an instrument has the date and source of its status, none if that
        is not known. ``amount`` is then missing, and ``valid_from`` and ``valid_to`` are empty if
        they are later than the day.
    """
    if catalog.known_on is None:
        return policies
    day, found = catalog.known_on.isoformat(), policies.copy()
    sources = read_sources(catalog)
    dated = sources["source_dated"].to_dict()
    keys = pd.Series([_known_keys(one, dated, day) for one in policies["source"]], policies.index)
    later = (policies["as_of"].map(last_day) > day) | (keys == "")
    named = policies["note"].map(lambda note: names_later_date(str(note), day))
    found[[*terms]] = policies[[*terms]].mask(later, "")
    found["note"] = policies["note"].mask(later | named, "")
    found["amount"] = policies["amount"].mask(later)
    for name in ("valid_from", "valid_to"):
        ahead = policies[name].map(lambda date: bool(date) and first_day(date) > day)
        found[name] = policies[name].mask(later & ahead, "")
    found["source"] = keys.mask(later, policies["status_source"])
    found["as_of"] = policies["as_of"].mask(later, policies["status_date"])
    cited = sources.reindex(found["source"].str.split(";").str[0]).fillna("")
    return found.assign(**{str(name): cited[name].to_numpy() for name in cited})


def names_later_date(said: str, day: str) -> bool:
    """Tell whether a sentence names a date that is wholly later than a day.

    Examples
    --------
    >>> names_later_date("Withdrawn (reported 2025-04-12).", "2025-04-01")
    True
    >>> names_later_date("Built in 2025.", "2025-04-01")
    False
    """
    return any(found[0] > day[: len(found[0])] for found in _DATE.finditer(said))


def _on_day(row: dict[str, Any], dated: Mapping[Any, str], day: str) -> dict[str, Any]:
    note = "" if names_later_date(row["note"], day) else row["note"]
    return row | {"source": _known_keys(row["source"], dated, day), "note": note}


def _known_keys(cell: str, dated: Mapping[Any, str], day: str) -> str:
    keys = [key for key in cell.split(";") if not dated[key] or last_day(dated[key]) <= day]
    return ";".join(keys)
