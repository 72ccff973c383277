"""The policy instruments for each site and place, each with its source."""

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.policy_match import match_place, outlines_of_site
from nmgeo.names import instrument_name
from nmgeo.records.policies import REGION, TERRITORY, read_date, read_policies, region_place_ids
from nmgeo.records.tables import read_table, read_translations, site_ids
from nmgeo.translations import Lang


def policy(
    site: str | None = None,
    catalog: Catalog | None = None,
    *,
    on: str | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """List the instruments for a site or another place, each with its source.

    Parameters
    ----------
    site : str, optional
        A site, or a place that instruments name, such as ``hsk_ht_nda``; all if not given.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    on : str, optional
        Only what had begun by this day: ``"2026-02-04"``.
    lang : {"en", "tc", "sc"}
        Language of ``policy_name``; where no Chinese name is confirmed it is our translation,
        marked as ours, and ``name_tc`` and ``name_sc`` stay empty.

    Returns
    -------
    DataFrame
        One row for each ``site_id`` and ``policy_id``: names, kind, what is offered, status (as
        of ``as_of``, whatever day is asked about), whether it has ``ended``, dates, why it is
        listed (``holds_by``), and the source with its class and date.

    Raises
    ------
    UnknownSiteError, UsageError
        If there is no such site or place, or ``on`` is not a day.
    LayerError
        If a file is missing or broken.
    """
    here = catalog or open_catalog()
    ledger = read_policies(here, known_on=None if on is None else read_date(on))
    rows = _joined(site, here, ledger).join(ledger, on="policy_id")
    ours = read_translations(here)
    rows["policy_name"] = [instrument_name(row, lang, ours) for row in rows.to_dict("records")]
    for column in ("holds_for", "stage"):
        rows[column] = rows[column].map(";".join)
    first = ["site_id", "policy_id", "policy_name", "name_en", "kind", "status", "ended"]
    last = ["source_class", "source_title", "source_url", "as_of"]
    return rows[[*first, *rows.columns.drop([*first, *last]), *last]]


def _joined(site: str | None, catalog: Catalog, ledger: pd.DataFrame) -> pd.DataFrame:
    """Join the sites asked about, and the places without an outline that instruments name."""
    if catalog.own_sites is not None:
        return _by_place(site, catalog, ledger)
    others = _places(catalog)
    if site in others:
        return match_place(str(site), ledger, in_region=others[str(site)])
    outlines = site_ids(catalog)
    picked = dict.fromkeys(outlines[outline] for outline in outlines_of_site(outlines, site))
    joined = [match_place(one, ledger, in_region=True) for one in picked]
    if site is None:
        named = [match_place(place, ledger, in_region=False) for place in others]
        joined += [rows[rows["holds_by"] == "site"] for rows in named]
    return pd.concat(joined, ignore_index=True)


def _by_place(site: str | None, catalog: Catalog, ledger: pd.DataFrame) -> pd.DataFrame:
    from nmgeo.commands.policy_join import join_policies  # noqa: PLC0415 - geopandas only where outlines are read
    from nmgeo.records.sites import read_shipped_sites, read_sites  # noqa: PLC0415 - as above

    outlines = read_sites(catalog)
    picked = outlines_of_site(outlines["site_id"].to_dict(), site)
    return join_policies(outlines.loc[picked], ledger, read_shipped_sites(catalog))


def _places(catalog: Catalog) -> dict[str, bool]:
    """Return the places, other than sites, that instruments name: whether each is in the region."""
    within = region_place_ids(catalog)
    named = {p for row in read_table(catalog, "policies") for p in row["holds_for"].split(";")}
    named -= {*site_ids(catalog).values(), REGION, TERRITORY}
    return {place: place in within for place in sorted(named)}
