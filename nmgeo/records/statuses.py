"""Dated statuses of the policy instruments, and the one that was known on a day."""

from datetime import date
from typing import Final

import pandas as pd

from nmgeo.catalog import NOT_KNOWN, Catalog, first_day, last_day
from nmgeo.messages import text
from nmgeo.records.known_on import known_rows
from nmgeo.records.read_once import read_once
from nmgeo.records.tables import (
    A_DATE,
    is_date,
    join_sources,
    read_sources,
    read_table,
    require_known,
    require_valid,
)
from nmgeo.translations import section_words

ENDED: Final = ("closed", "completed", "superseded")
EXPECTED: Final = "expected"  # the hedge of what is dated later than its source
ANNOUNCED: Final = "as announced"  # of that, once a later source says that it came to pass
DATE_UNITS: Final = ("date", "year")  # of claims that say when something happens
_UNSURE: Final = (  # hedges that say as much
    *(EXPECTED, "planned", "proposed", "aimed", "aimed for 2026", "target", "estimate"),
)
_DAYS_OF_A_YEAR: Final = 365


@read_once("statuses", "policies", "sources")
def read_statuses(catalog: Catalog) -> pd.DataFrame:
    """Read the dated statuses of every instrument, each with its source.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        ``policy_id``, ``as_of`` (the day on which the status began or was stated), ``status``,
        ``hedge``, ``source``, ``note``, ``last_day`` (the last day that ``as_of`` can mean) and the
        columns of :func:`nmgeo.records.tables.read_sources`. By instrument, oldest first. The hedge
        of a status that begins after the date of its newest source starts with ``expected``. Only
        those that :func:`nmgeo.records.known_on.known_rows` keeps.

    Raises
    ------
    LayerError
        If the file is missing or altered, a status or date is invalid, or two rows of an instrument
        have the same date.
    UnmatchedPolicyError
        If a row is of an instrument, or cites a source, that does not exist.
    """
    rows = read_table(catalog, "statuses")
    policies = {row["policy_id"] for row in read_table(catalog, "policies")}
    known = [status for status in section_words("status") if status != NOT_KNOWN]
    wanted, sources = text("one of {names}", names=", ".join(known)), read_sources(catalog)
    for row in rows:
        require_valid(row, "status", row["status"] in known, wanted)
        require_valid(row, "as_of", is_date(row["as_of"]), A_DATE)
        require_known(row, "policy_id", [row["policy_id"]], policies)
        require_known(row, "source", row["source"].split(";"), sources.index)
    frame = join_sources(catalog, "statuses", known_rows(catalog, rows))
    frame["last_day"] = frame["as_of"].map(last_day)
    dated = sources["source_dated"].to_dict()
    frame["hedge"] = [
        hedge_expected(hedge, as_of, _newest([dated[key] for key in keys.split(";")]))
        for hedge, as_of, keys in zip(frame["hedge"], frame["as_of"], frame["source"], strict=True)
    ]
    return frame.sort_values(["policy_id", "last_day"], ignore_index=True)


def hedge_expected(hedge: str, day: str, stated: str) -> str:
    """Return a hedge that says ``expected`` of what is dated later than the statement of it.

    Parameters
    ----------
    hedge : str
        Words separated by ``"; "``.
    day, stated : str
        When it happens, and when that was stated; ``stated`` is empty if it is not known.

    Returns
    -------
    str
        The same hedge if the day is not later, or if it says already that it is not sure.

    Examples
    --------
    >>> hedge_expected("", "2025-12-31", "2025-10-18"), hedge_expected("", "2025", "2025-10")
    ('expected', '')
    """
    parts = [part for part in hedge.split("; ") if part]
    if not stated or first_day(day) <= last_day(stated) or set(parts) & set(_UNSURE):
        return hedge
    return "; ".join([EXPECTED, *parts])


def hedge_announced(hedge: str) -> str:
    """Return a hedge that says ``as announced`` where it said ``expected``: it has come to pass.

    Examples
    --------
    >>> hedge_announced("expected; about")
    'as announced; about'
    """
    return "; ".join(ANNOUNCED if part == EXPECTED else part for part in hedge.split("; "))


def is_announcement(hedge: str) -> bool:
    """Tell whether a hedge says that the date is one that was announced before it came."""
    return bool({EXPECTED, ANNOUNCED} & set(hedge.split("; ")))


def is_expected(hedge: str) -> bool:
    """Tell whether a hedge says that the statement is of what was still to come."""
    return EXPECTED in hedge.split("; ")


def _newest(dates: list[str]) -> str:
    """Return the newest date; an undated source may be newer than all, so that none is known."""
    return max(dates, key=last_day) if all(dates) else ""


def statuses_on(statuses: pd.DataFrame, day: date | None) -> pd.DataFrame:
    """Return the status of each instrument that was known on a day, never a later one.

    Parameters
    ----------
    statuses : DataFrame
        From :func:`read_statuses`.
    day : date or None
        The newest statuses if not given.

    Returns
    -------
    DataFrame
        Indexed by ``policy_id``: ``status``, ``status_date``, ``status_hedge``,
        ``status_source``, and ``status_over_a_year`` (whether it is more than a year older than
        the day, or than the newest status of the table). Instruments without a status by then are
        left out.
    """
    known = statuses if day is None else statuses[statuses["last_day"] <= day.isoformat()]
    last = known.drop_duplicates("policy_id", keep="last").set_index("policy_id")
    reference = day or date.fromisoformat(statuses["last_day"].max()) if len(statuses) else day
    ages = [(reference - date.fromisoformat(end)).days for end in last["last_day"]]  # type: ignore[operator]
    names = {"as_of": "status_date", "hedge": "status_hedge", "source": "status_source"}
    found = last.rename(columns=names)[["status", *names.values()]]
    return found.assign(status_over_a_year=[age > _DAYS_OF_A_YEAR for age in ages])


def cite_statuses(policies: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Return instruments that cite the source of their status, beside its date.

    Parameters
    ----------
    policies : DataFrame
        With ``status_source``, ``status_date`` and the columns
        :data:`nmgeo.records.tables.CITED` of the instruments.
    sources : DataFrame
        From :func:`nmgeo.records.tables.read_sources`.

    Returns
    -------
    DataFrame
        In the same order. ``as_of`` and the columns of the source are those of the status, where
        it has a source.
    """
    has = policies["status_source"] != ""
    keys = policies["source"].mask(has, policies["status_source"])
    as_of = policies["as_of"].mask(has, policies["status_date"])
    cited = sources.reindex(keys.str.partition(";")[0]).fillna("")
    columns = {str(name): cited[name].to_numpy() for name in cited}
    return policies.assign(source=keys, as_of=as_of, **columns)
