"""The published figures about sites, places and instruments, each with its source."""

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.errors import UsageError
from nmgeo.records.policies import read_claims
from nmgeo.translations import Lang


def claims(
    subject: str | None = None, catalog: Catalog | None = None, *, lang: Lang = "en"
) -> pd.DataFrame:
    """List what was published about a site, a place or an instrument, each with its source.

    Parameters
    ----------
    subject : str, optional
        The id of a site, a place or an instrument; all of them if not given.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Taken as every verb takes it; the ledger is in English.

    Returns
    -------
    DataFrame
        One row a claim: ``subject``, ``attribute``, ``basis``, ``value`` (text), ``unit``,
        ``hedge``, ``as_of``, note and source. Sources that disagree are all there.

    Raises
    ------
    UsageError
        If nothing was published about it.
    LayerError
        If a file is missing or broken.
    """
    del lang
    rows = read_claims(catalog or open_catalog())
    known = rows["subject"].unique()
    if subject is not None and subject not in known:
        raise UsageError(f"subject {subject!r}", "nobody said anything", f"use {', '.join(known)}")
    return rows if subject is None else rows[rows["subject"] == subject]
