"""The policies: instruments and dated claims, each with its source and its date."""

import warnings
from datetime import date
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.errors import Notice, UsageError
from nmgeo.records.tables import (
    SOURCE_CLASSES,
    UNITS,
    is_date,
    is_value,
    read_ids,
    read_sources,
    read_table,
    require_known,
    require_valid,
    site_ids,
    to_frame,
)
from nmgeo.translations import section_words
from nmgeo.units import AREA_UNITS, to_hectares

TERRITORY: Final = "hong_kong"
REGION: Final = "northern_metropolis"

_OVER: Final = ("closed", "completed")
STAGES: Final = ("rnd", "pilot", "production")


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
    rows = read_table(catalog, "claims")
    ids = {row["policy_id"] for row in read_table(catalog, "policies")}
    subjects = ids | known_subjects(catalog)
    for row in rows:
        units = AREA_UNITS if row["attribute"] == "area" and row["basis"] else UNITS
        require_valid(row, "unit", row["unit"] in units, f"one of {', '.join(sorted(units))}")
        require_valid(row, "value", is_value(row["value"], row["unit"]), f"a {row['unit']}")
        require_valid(row, "as_of", is_date(row["as_of"]), "a date such as 2026-02")
        require_known(row, "subject", [row["subject"]], subjects)
    return _cited(catalog, "claims", rows)


def read_policies(catalog: Catalog, *, known_on: date | None = None) -> pd.DataFrame:
    """Read the instruments of policy.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    known_on : date, optional
        Only those that are known to have begun by then; those without a date are left out.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``policy_id``: names, kind, what is offered, status (as of ``as_of``), dates,
        ``holds_for`` and ``stage`` (tuples), whether it has ``ended`` by ``known_on`` or else by
        the newest date of the table, and what :func:`read_sources` says of the first source.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a kind, status, stage or date is not one.
    UnmatchedPolicyError
        If a row holds for a place, or cites a source, that does not exist.

    Warns
    -----
    Notice
        How many were left out because nobody says when they began.
    """
    rows = read_table(catalog, "policies")
    places = known_subjects(catalog)
    kinds, statuses = section_words("kind"), section_words("status")
    for row in rows:
        require_valid(row, "kind", row["kind"] in kinds, f"one of {', '.join(kinds)}")
        require_valid(row, "status", row["status"] in statuses, "a status of words/status.toml")
        for name in ("valid_from", "valid_to"):
            require_valid(row, name, not row[name] or is_date(row[name]), "a date such as 2026-02")
        require_valid(row, "as_of", is_date(row["as_of"]), "a date such as 2026-02")
        require_valid(
            row, "amount", not row["amount"] or is_value(row["amount"], "HKD"), "a number"
        )
        row["holds_for"] = tuple(row["holds_for"].split(";"))
        row["stage"] = tuple(filter(None, row["stage"].split(";")))
        require_valid(
            row, "stage", set(row["stage"]) <= set(STAGES), f"some of {', '.join(STAGES)}"
        )
        require_known(row, "holds_for", row["holds_for"], places)
    policies = _cited(catalog, "policies", rows).set_index("policy_id")
    policies["amount"] = pd.to_numeric(policies["amount"])
    policies["ended"] = _ended(policies, known_on)
    return policies if known_on is None else _begun(policies, known_on)


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
    rows = read_table(catalog, "places")
    known = _feature_ids(catalog) | {row["place_id"] for row in rows}
    for row in rows:
        require_valid(row, "as_of", is_date(row["as_of"]), "a date such as 2026-02")
        require_known(row, "part_of", filter(None, [row["part_of"]]), known)
    return _cited(catalog, "places", rows).set_index("place_id")


def region_place_ids(catalog: Catalog) -> set[str]:
    """Return the ids of the places that lie in the Northern Metropolis.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    set of str
        The development areas, and the places that are part of it, directly or not.

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
    return _feature_ids(catalog) | {row["place_id"] for row in read_table(catalog, "places")}


def best_published_areas(claims: pd.DataFrame) -> pd.DataFrame:
    """Pick the published area of each outline: the most official, then the newest.

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
    said = claims[(claims["attribute"] == "area") & (claims["basis"] != "")].copy()
    said["published_area_ha"] = [
        to_hectares(float(v), u) for v, u in zip(said["value"], said["unit"], strict=True)
    ]
    rank = said["source_class"].map(SOURCE_CLASSES.index)
    said = said.assign(rank=rank, newest=said["as_of"]).sort_values("newest", ascending=False)
    said = said.sort_values("rank", kind="stable").rename(columns={"subject": "site_id"})
    groups = said.groupby(["site_id", "basis"], sort=True)
    best = groups[
        [
            "published_area_ha",
            "hedge",
            "as_of",
            *("source", "source_class", "source_title", "source_url"),
        ]
    ].first()
    others = groups["published_area_ha"].agg(_others)
    renamed = {c: f"published_{c}" for c in best.columns if c != "published_area_ha"}
    return best.rename(columns=renamed).assign(also_published_ha=others)


def _others(hectares_said: pd.Series) -> str | None:
    """Return the values that differ from the best, each once, or nothing."""
    different = dict.fromkeys(hectares_said[hectares_said != hectares_said.iloc[0]])
    return "; ".join(f"{value:g}" for value in different) or None


def read_date(text: str) -> date:
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
    layers = [read_ids(catalog, name) for name in catalog.layers if name != "sites"]
    return {*site_ids(catalog).values(), *(feature for ids in layers for feature in ids)}


def _cited(catalog: Catalog, name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Add what is known of each row's first source, which is the one it rests on."""
    sources = read_sources(catalog)
    known = set(sources.index)
    for row in rows:
        require_known(row, "source", row["source"].split(";"), known)
    frame = to_frame(catalog.tables[name], rows)
    first = frame["source"].map(lambda keys: keys.partition(";")[0])
    return frame.assign(cites=first).join(sources, on="cites").drop(columns="cites")


def _ended(policies: pd.DataFrame, day: date | None) -> pd.Series:
    """Say what is over: by its last day, or by its status where no day is asked about.

    A partial date counts to its last day: text compares as dates do.
    """
    iso = policies["as_of"].max() if day is None else day.isoformat()
    past = policies["valid_to"].map(lambda end: bool(end) and end < iso[: len(end)])
    return past if day is not None else past | policies["status"].isin(_OVER)


def _begun(policies: pd.DataFrame, day: date) -> pd.DataFrame:
    undated = policies.index[policies["valid_from"] == ""]
    if len(undated):
        shown = ", ".join(undated)
        text = f"{len(undated)} instruments are left out, since no start is known: {shown}"
        warnings.warn(text, Notice, stacklevel=4)
    iso = day.isoformat()
    begun = policies["valid_from"].map(lambda start: bool(start) and start <= iso[: len(start)])
    return policies[begun]
