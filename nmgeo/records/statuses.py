"""Dated statuses of the policy instruments, and the one that was known on a day."""

from datetime import date
from typing import Final

import pandas as pd

from nmgeo.catalog import NOT_KNOWN, Catalog, last_day
from nmgeo.messages import text
from nmgeo.records.tables import (
    is_date,
    join_sources,
    read_table,
    require_known,
    require_valid,
)
from nmgeo.translations import section_words

ENDED: Final = ("closed", "completed", "superseded")
_DAYS_OF_A_YEAR: Final = 365


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
        columns of :func:`nmgeo.records.tables.read_sources`. By instrument, oldest first.

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
    wanted = text("one of {names}", names=", ".join(known))
    for row in rows:
        require_valid(row, "status", row["status"] in known, wanted)
        require_valid(row, "as_of", is_date(row["as_of"]), text("a date such as 2026-02"))
        require_known(row, "policy_id", [row["policy_id"]], policies)
    frame = join_sources(catalog, "statuses", rows)
    frame["last_day"] = frame["as_of"].map(last_day)
    return frame.sort_values(["policy_id", "last_day"], kind="stable", ignore_index=True)


def statuses_on(statuses: pd.DataFrame, day: date | None = None) -> pd.DataFrame:
    """Return the status of each instrument that was known on a day, never a later one.

    Parameters
    ----------
    statuses : DataFrame
        From :func:`read_statuses`.
    day : date, optional
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
