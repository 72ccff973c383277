"""What was expected and has come to pass since, told by the statuses of the instruments."""

from typing import Final, NamedTuple

import pandas as pd

from nmgeo.catalog import Catalog, last_day
from nmgeo.records.statuses import DATE_UNITS, hedge_announced, is_expected, read_statuses
from nmgeo.records.tables import read_table

SAID_BY: Final = {  # the end of the name of a milestone, and the statuses that say the same
    "_open": ("open", "tender_open"),
    "_close": ("closed",),
    "award": ("awarded", "closed"),
    "works_start": ("under_way",),
}


class Fulfilled(NamedTuple):
    """Statuses that are a fact: of which instrument or place, the status, its last day."""

    known: frozenset[tuple[str, str, str]]

    def of_status(self, policy: str, status: str, as_of: str, hedge: str) -> str:
        """Return the hedge of a status, ``as announced`` if it was expected and is a fact."""
        is_fact = is_expected(hedge) and (policy, status, last_day(as_of)) in self.known
        return hedge_announced(hedge) if is_fact else hedge

    def of_milestone(self, site: str, attribute: str, day: str, hedge: str) -> str:
        """Return the hedge of a milestone of a site, as :meth:`of_status` does."""
        said = [
            status
            for end, statuses in SAID_BY.items()
            if attribute.endswith(end)
            for status in statuses
        ]
        is_fact = any((site, status, last_day(day)) in self.known for status in said)
        return hedge_announced(hedge) if is_fact and is_expected(hedge) else hedge

    def of_milestones(self, claims: pd.DataFrame) -> list[str]:
        """Return the hedges of claims, those of milestones as :meth:`of_milestone` does."""
        columns = ["subject", "attribute", "value", "hedge"]
        dated = claims["unit"].isin(DATE_UNITS)
        rows = claims[columns].itertuples(index=False, name=None)
        return [
            self.of_milestone(*row) if is_date else row[-1]
            for row, is_date in zip(rows, dated, strict=True)
        ]


def read_fulfilled(catalog: Catalog) -> Fulfilled:
    """Return the statuses that are a fact, each for its instrument and the places it names.

    A status that was expected is one if its instrument has the same status later, not expected.

    Raises
    ------
    LayerError
        As :func:`nmgeo.records.statuses.read_statuses`.
    """
    places = {row["policy_id"]: row["holds_for"] for row in read_table(catalog, "policies")}
    found, certain = set[tuple[str, str, str]](), set[tuple[str, str]]()
    columns = ["policy_id", "status", "last_day", "hedge"]
    rows = [*read_statuses(catalog)[columns].itertuples(index=False, name=None)]
    for policy, status, day, hedge in reversed(rows):  # the newest first
        if not is_expected(hedge):
            certain.add((policy, status))
        if (policy, status) in certain:
            subjects = (policy, *places[policy].split(";"))
            found |= {(subject, status, day) for subject in subjects}
    return Fulfilled(frozenset(found))


def read_known_statuses(catalog: Catalog) -> pd.DataFrame:
    """Read the statuses of every instrument, each with a hedge that says whether it is a fact.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame
        As :func:`nmgeo.records.statuses.read_statuses`; what was expected and has come to pass is
        ``as announced``.
    """
    facts, statuses = read_fulfilled(catalog), read_statuses(catalog)
    rows = statuses[["policy_id", "status", "as_of", "hedge"]].itertuples(index=False, name=None)
    return statuses.assign(hedge=[facts.of_status(*row) for row in rows])
