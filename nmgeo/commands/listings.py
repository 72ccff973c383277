"""Listings: the layers there are, the sites, the instruments and the claims, as tables.

Every function takes a catalog, which says what is asked about, and the language of the names.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, overload

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.commands.policy_match import match_place, outlines_of_site
from nmgeo.errors import UsageError
from nmgeo.names import add_names, instrument_name
from nmgeo.records.policies import (
    REGION,
    TERRITORY,
    in_region,
    read_claims,
    read_day,
    read_policies,
)
from nmgeo.records.tables import read_ids, read_table, read_translations, site_ids
from nmgeo.translations import LANGS, Lang

if TYPE_CHECKING:
    import geopandas as gpd


def layers(catalog: Catalog | None = None, *, lang: Lang = "en") -> pd.DataFrame:
    """List the layers and tables that there are.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of the titles and caveats.

    Returns
    -------
    DataFrame
        One row a file: name, title, kind of geometry, how certain and accurate (metres) its
        least certain feature is, date, licence, credit, source and SHA-256.

    Raises
    ------
    LayerError
        If the registry cannot be read.
    """
    here = catalog or open_catalog()
    rows = []
    for record in (*here.layers.values(), *here.tables.values()):
        row = asdict(record) | {"layer": record.name, "file": record.path.name}
        said = {"title": row[f"title_{lang}"], "caveat": _told(row.get("caveat", ""), here, lang)}
        rows.append(row | said)
    rows += [{"layer": name, "file": own.path} for name, own in here.own_layers.items()]
    first = ["layer", "title", "geometry", "geometry_status", "accuracy_m", "as_of", "licence"]
    table = pd.DataFrame(rows)
    return table[[*first, "credit", "source_url", "file", "sha256", "caveat"]]


def caveat(layer: str, catalog: Catalog | None = None, *, lang: Lang = "en") -> str:
    """Return what the registry warns of in a layer.

    Parameters
    ----------
    layer : str
        A layer of the catalog, or one of the user's own, of which nothing is said.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        English, or our translation if there is one.

    Returns
    -------
    str
        A sentence; empty where there is nothing to warn of.

    Raises
    ------
    LayerError
        If the file of translations is missing or broken, and it is asked for.
    """
    here = catalog or open_catalog()
    if layer in here.own_layers or layer not in here.layers:
        return ""
    return _told(here.layers[layer].caveat, here, lang)


def _told(text: str, here: Catalog, lang: Lang) -> str:
    ours = {} if lang == "en" else read_translations(here)
    return ours.get(text, (text,) * len(LANGS))[LANGS.index(lang)]


@overload
def sites(
    catalog: Catalog | None = None, *, lang: Lang = "en", geometry: Literal[True] = True
) -> "gpd.GeoDataFrame": ...


@overload
def sites(
    catalog: Catalog | None = None, *, lang: Lang = "en", geometry: Literal[False]
) -> pd.DataFrame: ...


def sites(
    catalog: Catalog | None = None, *, lang: Lang = "en", geometry: bool = True
) -> pd.DataFrame:
    """Read the sites, one row an outline.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    geometry : bool
        Leave it out if all that is wanted is the list: the shipped sites are then listed without
        geopandas, and their outlines are not looked at. The user's own are read in any case.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326, or DataFrame without geometry
        Indexed by ``outline_id``: see :func:`nmgeo.records.sites.read_sites`.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken.
    """
    here = catalog or open_catalog()
    if not geometry and here.own_sites is None:
        return add_names(_outline_rows(here), lang)

    from nmgeo.records.sites import read_sites  # noqa: PLC0415 - geopandas only where outlines are read

    rows = add_names(read_sites(here), lang)
    return rows if geometry else pd.DataFrame(rows.drop(columns="geometry"))


def _outline_rows(catalog: Catalog) -> pd.DataFrame:
    rows = pd.DataFrame.from_dict(read_ids(catalog, "sites"), orient="index")
    return rows.rename_axis("outline_id").assign(opens=float("nan"))  # as every layer has it


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
    ledger = read_policies(here, known_on=None if on is None else read_day(on))
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
    within = in_region(catalog)
    named = {p for row in read_table(catalog, "policies") for p in row["holds_for"].split(";")}
    named -= {*site_ids(catalog).values(), REGION, TERRITORY}
    return {place: place in within for place in sorted(named)}


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
