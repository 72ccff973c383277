"""Sites and their phases: which published figures are the area and the release of land of each."""

from typing import Any

import pandas as pd

from nmgeo.catalog import Catalog, last_day
from nmgeo.records.read_once import read_once
from nmgeo.records.tables import (
    A_DATE,
    SOURCE_CLASSES,
    is_date,
    join_sources,
    read_ids,
    read_table,
    require_known,
    require_valid,
)


@read_once("phases", "claims", "policies", "sources")
def read_phases(catalog: Catalog) -> pd.DataFrame:
    """Read the sites and their phases.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.

    Returns
    -------
    DataFrame, n rows
        Indexed by ``phase_id``, which is the id of the site where the row is of all of it:
        ``site_id``, names, ``basis`` of the outline that holds it, ``area_attribute`` and
        ``area_basis`` of the figure of its area, ``land_attribute`` (tuple, the preferred first)
        of the figures that say when its land is released, ``policy_id`` of the instrument by which
        it is disposed of, and the columns of :func:`nmgeo.records.tables.read_sources`.

    Raises
    ------
    LayerError
        If the file is missing or altered, or a date is invalid.
    UnmatchedPolicyError
        If a row names an outline, an attribute, an instrument or a source that does not exist.
    """
    rows = read_table(catalog, "phases")
    outlines = set(read_ids(catalog, "sites"))
    claims = pd.DataFrame(read_table(catalog, "claims"))
    policies = {row["policy_id"] for row in read_table(catalog, "policies")}
    for row in rows:
        known = set(claims["attribute"][claims["subject"] == row["site_id"]])
        require_valid(row, "as_of", is_date(row["as_of"]), A_DATE)
        outline = f"{row['site_id']}:{row['basis']}"
        require_known(row | {"outline": outline}, "basis", [outline], outlines)
        require_known(row, "policy_id", filter(None, [row["policy_id"]]), policies)
        require_known(row, "area_attribute", filter(None, [row["area_attribute"]]), known)
        row["land_attribute"] = tuple(filter(None, row["land_attribute"].split(";")))
        require_known(row, "land_attribute", row["land_attribute"], known)
    return join_sources(catalog, "phases", rows).set_index("phase_id")


def pick_figure(
    claims: pd.DataFrame, subject: str, attribute: str, basis: str | None = None
) -> dict[str, Any] | None:
    """Return the figure to use where several were published: most official source, then newest.

    Parameters
    ----------
    claims : DataFrame
        From :func:`nmgeo.records.policies.read_claims`.
    subject, attribute : str
        What the figure is about.
    basis : str, optional
        Its basis; any if not given.

    Returns
    -------
    dict or None
        The row, or None if nothing was published.
    """
    found = claims[(claims["subject"] == subject) & (claims["attribute"] == attribute)]
    if basis is not None:
        found = found[found["basis"] == basis]
    return None if found.empty else best_figure(found)


def newest_figure(claims: pd.DataFrame, subject: str, attribute: str) -> dict[str, Any] | None:
    """Return the newest figure of an attribute, as terms are that replace earlier ones."""
    found = claims[(claims["subject"] == subject) & (claims["attribute"] == attribute)]
    return None if found.empty else best_figure(found, newest=True)


def best_figure(rows: pd.DataFrame, *, newest: bool = False) -> dict[str, Any]:
    """Return the row to use of several figures of one thing: most official source, then newest.

    Parameters
    ----------
    rows : DataFrame, n rows
        At least one row, with ``source_class`` and ``as_of``.
    newest : bool
        Return the newest row whatever its source.

    Returns
    -------
    dict
        The row; of rows that are equal in both the last.
    """
    if not newest:
        ranks = rows["source_class"].map(SOURCE_CLASSES.index)
        rows = rows[ranks == ranks.min()]
    places = rows["as_of"].map(last_day).reset_index(drop=True).sort_values(kind="stable").index
    return {str(name): value for name, value in rows.iloc[places[-1]].items()}
