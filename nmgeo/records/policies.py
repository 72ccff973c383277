"""Policies (instruments), dated claims and places, each with its source and its date.

This module is longer than 300 lines because its three tables name the same subjects and are checked
against each other.
"""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import NOT_KNOWN, Catalog, last_day
from nmgeo.errors import notify
from nmgeo.messages import Text, text
from nmgeo.records.known_on import known_rows, known_terms
from nmgeo.records.read_once import read_once
from nmgeo.records.statuses import (
    DATE_UNITS,
    ENDED,
    hedge_expected,
    read_statuses,
    statuses_on,
)
from nmgeo.records.tables import (
    A_DATE,
    OWN_CLASS,
    SOURCE_CLASSES,
    is_date,
    is_value,
    join_sources,
    read_ids,
    read_sources,
    read_table,
    require_known,
    require_valid,
    site_ids,
    units_of,
)
from nmgeo.translations import section_words
from nmgeo.units import to_hectares

TERRITORY: Final = "hong_kong"
REGION: Final = "northern_metropolis"

STAGES: Final = ("rnd", "pilot", "production")
_OF_AREAS: Final = ("hedge", "as_of", "source", "source_class", "source_title", "source_url")
TERMS: Final = ("offers", "amount_unit", "ratio", "threshold", "who")  # beside the amount


@read_once("claims", "policies", "places", "sources")
def read_claims(catalog: Catalog) -> pd.DataFrame:
    """Read the claims: every dated figure that was published.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        ``subject``, ``attribute``, ``basis``, ``value`` (text), ``unit``, ``hedge``, ``as_of``,
        ``source`` and the columns of :func:`read_sources` for the first source. Only those that
        :func:`nmgeo.records.known_on.known_rows` keeps.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a row has an unknown unit or an unreadable value.
    UnmatchedPolicyError
        If a row is about a subject, or cites a source, that does not exist.
    """
    rows = read_table(catalog, "claims")
    ids = {row["policy_id"] for row in read_table(catalog, "policies")}
    subjects, sources = ids | known_subjects(catalog), read_sources(catalog).index
    for row in rows:
        units = units_of(row["attribute"])
        require_valid(row, "unit", row["unit"] in units, _one_of(units))
        require_valid(row, "value", is_value(row["value"], row["unit"]), _a_value(row["unit"]))
        require_valid(row, "as_of", is_date(row["as_of"]), A_DATE)
        require_known(row, "subject", [row["subject"]], subjects)
        require_known(row, "source", row["source"].split(";"), sources)
    for row in rows:
        if row["unit"] in DATE_UNITS:
            row["hedge"] = hedge_expected(row["hedge"] or "", row["value"], row["as_of"])
    return join_sources(catalog, "claims", known_rows(catalog, rows))


def read_policies(catalog: Catalog, *, known_on: date | None = None) -> pd.DataFrame:
    """Read the policies: plans, laws, funding and other instruments.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    known_on : date, optional
        Only policies known by then: those with a status by that day, or that had begun; terms as
        :func:`nmgeo.records.known_on.known_terms`. ``catalog.known_on`` if not given.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``policy_id``: names, kind, offers, dates, ``holds_for`` and ``stage`` (tuples),
        the columns of :func:`nmgeo.records.statuses.statuses_on` for the newest status or that of
        ``known_on`` (``not_known`` if none is known by then, never a later one), ``ended`` (by
        ``known_on``, or by the newest date of the table) and the columns of
        :func:`nmgeo.records.tables.read_sources` for the first source.

    Raises
    ------
    LayerError
        If a file is missing or altered, a kind, status, stage or date is invalid, a policy ends
        before it begins, or has no status.
    UnmatchedPolicyError
        If a row holds for a place, or cites a source, that does not exist.

    Warns
    -----
    Notice
        How many were left out because neither a start date nor a status by then is known.
    """
    if (day := known_on or catalog.known_on) is None:
        return _newest_policies(catalog)
    return _policies_on(replace(catalog, known_on=day), day)


@read_once("policies", "statuses", "places", "sources")
def _newest_policies(catalog: Catalog) -> pd.DataFrame:
    return _policies_on(catalog, None)


def _policies_on(catalog: Catalog, known_on: date | None) -> pd.DataFrame:
    rows = read_table(catalog, "policies")
    places, statuses = known_subjects(catalog), read_statuses(catalog)
    own = catalog.own_rows.get("policies", ())  # whose status may not be known
    with_status = {row["policy_id"] for row in (*read_table(catalog, "statuses"), *own)}
    for row in rows:
        _require_policy(row, places)
        has_status = row["policy_id"] in with_status
        require_valid(row, "policy_id", has_status, text("a policy with a row in statuses.csv"))
    policies = join_sources(catalog, "policies", rows).set_index("policy_id")
    policies["amount"] = pd.to_numeric(policies["amount"])
    policies = policies.join(statuses_on(statuses, known_on))
    policies["status"] = policies["status"].astype(object).fillna(NOT_KNOWN)
    texts = ["status_date", "status_hedge", "status_source"]
    policies[texts] = policies[texts].astype(object).fillna("")
    policies["status_over_a_year"] = policies["status_over_a_year"].eq(True)  # noqa: FBT003
    policies["ended"] = _is_ended(policies, known_on)
    if known_on is None:
        return policies
    return known_terms(catalog, _drop_unknown(policies, known_on), TERMS)


def _require_policy(row: dict[str, Any], places: set[str]) -> None:
    """Check the values of a row, and split ``holds_for`` and ``stage``."""
    kinds = tuple(section_words("kind"))
    require_valid(row, "kind", row["kind"] in kinds, _one_of(kinds))
    for name in ("valid_from", "valid_to"):
        require_valid(row, name, not row[name] or is_date(row[name]), A_DATE)
    if row["valid_from"] and row["valid_to"]:
        in_order = row["valid_from"] <= last_day(row["valid_to"])
        require_valid(row, "valid_from valid_to", in_order, text("a start before the end"))
    require_valid(row, "as_of", is_date(row["as_of"]), A_DATE)
    is_amount = not row["amount"] or is_value(row["amount"], "HKD")
    require_valid(row, "amount", is_amount, text("a number"))
    row["holds_for"] = tuple(row["holds_for"].split(";"))
    row["stage"] = tuple(filter(None, row["stage"].split(";")))
    require_valid(row, "stage", set(row["stage"]) <= set(STAGES), _one_of(STAGES))
    require_known(row, "holds_for", row["holds_for"], places)


@read_once("places", "sources")
def read_places(catalog: Catalog) -> pd.DataFrame:
    """Read the places that claims and policies name and that have no outline.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``place_id``: kind, names, ``part_of`` (the place that contains it) and source.

    Raises
    ------
    LayerError
        If the file is missing or altered.
    UnmatchedPolicyError
        If a place names a parent or a source that does not exist.
    """
    rows = read_table(catalog, "places")
    places = _feature_ids(catalog) | {row["place_id"] for row in rows}
    for row in rows:
        require_valid(row, "as_of", is_date(row["as_of"]), A_DATE)
        require_known(row, "part_of", filter(None, [row["part_of"]]), places)
    return join_sources(catalog, "places", rows).set_index("place_id")


def region_place_ids(catalog: Catalog) -> set[str]:
    """Return the ids of the places that lie in the Northern Metropolis.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    set of str
        The region, the development areas, and all places that are part of them.

    Raises
    ------
    LayerError
        If a layer or the table of places is missing or broken.
    """
    inside = {REGION, *read_ids(catalog, "development_areas")}
    parts = read_places(catalog)["part_of"]
    while found := set(parts.index[parts.isin(inside)]) - inside:
        inside |= found
    return inside


def known_subjects(catalog: Catalog) -> set[str]:
    """Return the ids that policies and claims may name: sites, features and other places.

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
    return _feature_ids(catalog) | {row["place_id"] for row in read_table(catalog, "places")}


@read_once("claims", "policies", "places", "sources")
def read_best_published_areas(catalog: Catalog) -> pd.DataFrame:
    """Read the published area of each outline.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame
        As :func:`best_published_areas` of :func:`read_claims`, whose errors it has.
    """
    return best_published_areas(read_claims(catalog))


def best_published_areas(claims: pd.DataFrame) -> pd.DataFrame:
    """Pick the published area of each outline in hectares: most official source, then newest.

    Parameters
    ----------
    claims : DataFrame
        From :func:`read_claims`.

    Returns
    -------
    DataFrame
        Indexed by ``site_id`` and ``basis``: ``published_area_ha`` (hectares) with its hedge, date,
        source class and address, and ``also_published_ha`` (text: the other values, newest first).
    """
    areas = claims[(claims["attribute"] == "area") & (claims["basis"] != "")].copy()
    areas["published_area_ha"] = [
        to_hectares(float(v), u) for v, u in zip(areas["value"], areas["unit"], strict=True)
    ]
    rank = areas["source_class"].map(SOURCE_CLASSES.index)
    areas = areas.assign(rank=rank).sort_values("as_of", ascending=False, kind="stable")
    areas = areas.sort_values("rank", kind="stable")
    outlines = pd.MultiIndex.from_frame(areas[["subject", "basis"]], names=["site_id", "basis"])
    areas = areas.set_index(outlines).sort_index(kind="stable")
    best = areas[~areas.index.duplicated()][["published_area_ha", *_OF_AREAS]]
    values: dict[Any, list[float]] = {outline: [] for outline in best.index}
    for outline, value in areas["published_area_ha"].items():
        values[outline].append(value)
    others = pd.Series(map(_other_values, values.values()), index=best.index)
    names = {column: f"published_{column}" for column in _OF_AREAS}
    return best.rename(columns=names).assign(also_published_ha=others)


def _other_values(areas_ha: list[float]) -> str | None:
    """List the hectares that differ from the first value, each once; None if none does."""
    first, *more = areas_ha
    different = dict.fromkeys(value for value in more if value != first)
    return "; ".join(f"{value:g}" for value in different) or None


@cache
def _one_of(names: tuple[str, ...]) -> Text:
    return text("one of {names}", names=", ".join(names))


@cache
def _a_value(unit: str) -> Text:
    return text("a value in {unit}", unit=unit)


def _feature_ids(catalog: Catalog) -> set[str]:
    layers = [read_ids(catalog, name) for name in catalog.main_layers if name != "sites"]
    return {*site_ids(catalog).values(), *(feature for ids in layers for feature in ids)}


def _is_ended(policies: pd.DataFrame, day: date | None) -> pd.Series:
    """Test which policies have ended, by ``valid_to`` or by their status.

    A year or month counts to its last day, which comparing as text does.
    """
    shipped = policies["source_class"] != OWN_CLASS
    iso = policies["as_of"][shipped].max() if day is None else day.isoformat()
    past = policies["valid_to"].map(lambda end: bool(end) and end < iso[: len(end)])
    return past | policies["status"].isin(ENDED)


def _drop_unknown(policies: pd.DataFrame, day: date) -> pd.DataFrame:
    """Drop the policies that had not begun by a day and have no status by then."""
    iso = day.isoformat()
    begun = policies["valid_from"].map(lambda start: bool(start) and start <= iso[: len(start)])
    known = policies["status"] != NOT_KNOWN
    undated = policies.index[~known & (policies["valid_from"] == "")]
    if len(undated):
        message = text(
            "{count} policies are left out, as the start date is not known: {ids}",
            count=len(undated),
            ids=", ".join(undated),
        )
        notify(message)
    return policies[begun | known]
