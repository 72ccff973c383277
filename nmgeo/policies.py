"""The ledger: instruments and dated claims, each with its source and its date."""

import csv
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog, Table, checked_path, find_table
from nmgeo.errors import LayerError, UnmatchedPolicyError, UsageError
from nmgeo.features import read_layer
from nmgeo.units import AREA_UNITS, hectares
from nmgeo.words import vocabulary

TERRITORY: Final = "hong_kong"
REGION: Final = "northern_metropolis"

_NUMBER_UNITS: Final = frozenset(
    {
        *AREA_UNITS,
        *("m", "km", "mPD", "HKD", "HKD_per_year", "HKD_per_m2", "count", "jobs", "flats"),
        *("people", "enterprises", "per_day", "percent", "ratio", "MW", "PFLOPS"),
        *("months", "years", "year", "minutes"),
    }
)
UNITS: Final = _NUMBER_UNITS | {"date", "text"}
STAGES: Final = ("rnd", "pilot", "production")
# Where sources disagree, the earlier class is believed first.
SOURCE_CLASSES: Final = ("official", "reprinted_official", "press", "ngo", "other")
_PARTIAL_DATE: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", flags=re.ASCII)


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
        ``source_url``.

    Raises
    ------
    LayerError
        If the file is missing, altered, or a class or address is not one.
    """
    rows = _read_table(catalog, "sources")
    for row in rows:
        _require(row, "class", row["class"] in SOURCE_CLASSES, f"one of {SOURCE_CLASSES}")
        _require(row, "url", row["url"].startswith(("https://", "http://")), "a web address")
    names = {name: f"source_{name}" for name in ("class", "title", "dated", "url")}
    return _frame(catalog.tables["sources"], rows).rename(columns=names).set_index("source")


def read_claims(catalog: Catalog) -> pd.DataFrame:
    """Read every dated figure that somebody published.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        ``subject``, ``attribute``, ``basis``, ``value`` (text), ``unit``, ``hedge``, ``as_of``,
        ``source`` and what :func:`read_sources` says of the first source.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a row has an unknown unit or an unreadable value.
    UnmatchedPolicyError
        If a row is about a subject, or cites a source, that does not exist.
    """
    rows = _read_table(catalog, "claims")
    ids = {row["policy_id"] for row in _read_table(catalog, "policies")}
    subjects = ids | known_places(catalog)
    for row in rows:
        units = AREA_UNITS if row["attribute"] == "area" and row["basis"] else UNITS
        _require(row, "unit", row["unit"] in units, f"one of {', '.join(sorted(units))}")
        _require(row, "value", _is_value(row["value"], row["unit"]), f"a {row['unit']}")
        _require(row, "as_of", _is_date(row["as_of"]), "a date such as 2026-02")
        _match(row, "subject", [row["subject"]], subjects)
    return _cited(catalog, "claims", rows)


def read_policies(catalog: Catalog, *, known_on: date | None = None) -> pd.DataFrame:
    """Read the instruments of policy.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    known_on : date, optional
        Only those that had begun by then and had not yet ended.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``policy_id``: names, kind, what is offered, status, dates, ``holds_for`` and
        ``stage`` (tuples), and what :func:`read_sources` says of the first source.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a kind, status, stage or date is not one.
    UnmatchedPolicyError
        If a row holds for a place, or cites a source, that does not exist.
    """
    rows = _read_table(catalog, "policies")
    places = known_places(catalog)
    words = vocabulary()
    for row in rows:
        _require(row, "kind", row["kind"] in words["kind"], f"one of {', '.join(words['kind'])}")
        _require(row, "status", row["status"] in words["status"], "a status of words.toml")
        for name in ("valid_from", "valid_to"):
            _require(row, name, not row[name] or _is_date(row[name]), "a date such as 2026-02")
        _require(row, "as_of", _is_date(row["as_of"]), "a date such as 2026-02")
        _require(row, "amount", not row["amount"] or _is_value(row["amount"], "HKD"), "a number")
        row["holds_for"] = tuple(row["holds_for"].split(";"))
        row["stage"] = tuple(filter(None, row["stage"].split(";")))
        _require(row, "stage", set(row["stage"]) <= set(STAGES), f"some of {', '.join(STAGES)}")
        _match(row, "holds_for", row["holds_for"], places)
    policies = _cited(catalog, "policies", rows).set_index("policy_id")
    policies["amount"] = pd.to_numeric(policies["amount"])
    return policies if known_on is None else policies[_runs_on(policies, known_on)]


def read_places(catalog: Catalog) -> pd.DataFrame:
    """Read the places that claims and policies name and that have no outline here.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``place_id``: kind, names, the place that it is part of, and its source.

    Raises
    ------
    LayerError
        If the file is missing or altered.
    UnmatchedPolicyError
        If a place is part of one, or cites a source, that does not exist.
    """
    rows = _read_table(catalog, "places")
    known = _feature_ids(catalog) | {row["place_id"] for row in rows}
    for row in rows:
        _require(row, "as_of", _is_date(row["as_of"]), "a date such as 2026-02")
        _match(row, "part_of", filter(None, [row["part_of"]]), known)
    return _cited(catalog, "places", rows).set_index("place_id")


def known_places(catalog: Catalog) -> set[str]:
    """Return the ids of all that the ledger may speak of: sites, features and other places.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    set of str
        Their ids.

    Raises
    ------
    LayerError
        If a layer or the table of places is missing or broken.
    """
    return _feature_ids(catalog) | set(read_places(catalog).index)


def best_areas(claims: pd.DataFrame) -> pd.DataFrame:
    """Pick the published area of each outline: the most official, then the newest.

    Parameters
    ----------
    claims : DataFrame
        From :func:`read_claims`.

    Returns
    -------
    DataFrame
        Indexed by ``site_id`` and ``basis``: ``said_area_ha`` (hectares) with its hedge, date,
        source class and address, and ``also_said_ha`` (text: the other values, newest first).
    """
    said = claims[(claims["attribute"] == "area") & (claims["basis"] != "")].copy()
    said["said_area_ha"] = [
        hectares(float(v), u) for v, u in zip(said["value"], said["unit"], strict=True)
    ]
    rank = said["source_class"].map(SOURCE_CLASSES.index)
    said = said.assign(rank=rank, newest=said["as_of"]).sort_values("newest", ascending=False)
    said = said.sort_values("rank", kind="stable").rename(columns={"subject": "site_id"})
    groups = said.groupby(["site_id", "basis"], sort=True)
    best = groups[
        ["said_area_ha", "hedge", "as_of", "source_class", "source_title", "source_url"]
    ].first()
    others = groups["said_area_ha"].agg(lambda v: "; ".join(f"{ha:g}" for ha in v.iloc[1:]))
    renamed = {c: f"said_{c}" for c in best.columns if c != "said_area_ha"}
    return best.rename(columns=renamed).assign(also_said_ha=others)


def read_day(text: str) -> date:
    """Read a day such as ``2026-02-04``.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"day {text!r}", "not a date", "write it as 2026-02-04") from None


def _feature_ids(catalog: Catalog) -> set[str]:
    shipped = replace(catalog, own_layers={})
    features = [read_layer(shipped, name) for name in catalog.layers if name != "sites"]
    sites = read_layer(shipped, "sites")["site_id"]
    return {*sites, *(i for frame in features for i in frame.index)}


def _read_table(catalog: Catalog, name: str) -> list[dict[str, Any]]:
    """Read a CSV file as text; ``at`` says where each row stands."""
    record = find_table(catalog, name)
    path = checked_path(record)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(cells, f"{path}, line {reader.line_num}") for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise LayerError(str(path), f"cannot be read ({error})", "restore it") from None
    if not lines or tuple(lines[0][0]) != record.columns:
        raise LayerError(str(path), "columns differ from the registry", "restore it")
    for cells, at in lines[1:]:
        if len(cells) != len(record.columns):
            raise LayerError(at, f"{len(cells)} cells, not {len(record.columns)}", "mend the row")
    rows = [dict(zip(record.columns, cells, strict=True)) | {"at": at} for cells, at in lines[1:]]
    keys = [tuple(row[column] for column in record.key.split()) for row in rows]
    for row, key, before in zip(rows[1:], keys[1:], keys, strict=False):
        _require(row, record.key, key != before, "there once")
        _require(row, record.key, key > before, "after the row above")
    return rows


def _frame(record: Table, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(record.columns)).astype(object)


def _cited(catalog: Catalog, name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Add what is known of each row's first source, which is the one it rests on."""
    sources = read_sources(catalog)
    for row in rows:
        _match(row, "source", row["source"].split(";"), set(sources.index))
    frame = _frame(catalog.tables[name], rows)
    first = frame["source"].map(lambda keys: keys.partition(";")[0])
    return frame.assign(cites=first).join(sources, on="cites").drop(columns="cites")


def _match(
    row: Mapping[str, Any], field: str, names: Iterable[str], known: Collection[str]
) -> None:
    for name in names:
        if name not in known:
            remedy = "use one that geodata holds, or add it there"
            raise UnmatchedPolicyError(row["at"], f"{field} {name!r} does not exist", remedy)


def _require(row: Mapping[str, Any], field: str, holds: bool, wanted: str) -> None:  # noqa: FBT001
    if not holds:
        what = " ".join(str(row[name]) for name in field.split())
        raise LayerError(row["at"], f"{field} {what!r} cannot stand", f"it has to be {wanted}")


def _is_value(value: str, unit: str) -> bool:
    if unit in _NUMBER_UNITS:
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    return _is_date(value) if unit == "date" else bool(value)


def _is_date(text: str) -> bool:
    if _PARTIAL_DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def _runs_on(policies: pd.DataFrame, day: date) -> pd.Series:
    """Count a partial date from its first day and to its last: text compares as dates do."""
    iso = day.isoformat()
    begun = policies["valid_from"].map(lambda start: start <= iso[: len(start)])
    ended = policies["valid_to"].map(lambda end: bool(end) and end < iso[: len(end)])
    return begun & ~ended
