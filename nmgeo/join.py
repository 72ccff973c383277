"""Joins: policies and published areas onto sites, by key where a site is named, else by place."""

import warnings
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.errors import Notice
from nmgeo.policies import REGION, TERRITORY

HOLDS_BY: Final = ("site", "place", "region", "territory")


def join_policies(
    sites: gpd.GeoDataFrame, policies: pd.DataFrame, shipped: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Say which instruments hold for each site, and why.

    A shipped site is matched by its id. A user's site is matched by place: it takes the
    instruments of the shipped sites that it overlaps. Those of the whole Northern Metropolis
    hold for every shipped site and what overlaps one; those of all Hong Kong hold everywhere.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        From :mod:`nmgeo.outlines`.
    policies : DataFrame
        From :func:`nmgeo.policies.read_policies`.
    shipped : GeoDataFrame
        The shipped sites, whose ids the policies name.

    Returns
    -------
    DataFrame
        One row for each ``site_id`` and ``policy_id``, with ``holds_by``: ``site`` (named),
        ``place`` (overlap), ``region`` or ``territory``; by site, then in that order.

    Warns
    -----
    Notice
        If a site overlaps no shipped one, so that the instruments of the Northern Metropolis,
        whose outline is not shipped, cannot be decided for it.
    """
    known = set(shipped["site_id"])
    overlaps = _overlaps(sites[~sites["site_id"].isin(known)], shipped)
    rows = []
    for site in dict.fromkeys(sites["site_id"]):
        named = {site} if site in known else overlaps.get(site, set())
        by = "site" if site in known else "place"
        rows += [
            {"site_id": site, "policy_id": policy, "holds_by": _holds(places, named, by)}
            for policy, places in policies["holds_for"].items()
        ]
    joined = pd.DataFrame(rows, columns=["site_id", "policy_id", "holds_by"])
    joined = joined[joined["holds_by"] != ""]
    order = joined["holds_by"].map(HOLDS_BY.index)
    first = joined["site_id"].map(
        {site: n for n, site in enumerate(dict.fromkeys(sites["site_id"]))}
    )
    return (
        joined.assign(first=first, order=order)
        .sort_values(["first", "order", "policy_id"], ignore_index=True)
        .drop(columns=["first", "order"])
    )


def join_said(sites: gpd.GeoDataFrame, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put the published area of each outline beside it, where one exists on the same basis.

    Parameters
    ----------
    sites : GeoDataFrame, n rows
        A user's own ``said_area_ha`` is kept.
    areas : DataFrame
        From :func:`nmgeo.policies.best_areas`.

    Returns
    -------
    GeoDataFrame, n rows
        With ``said_area_ha`` and where it comes from; missing where nobody said.
    """
    if "said_area_ha" in sites:
        given = pd.to_numeric(sites["said_area_ha"], errors="coerce")
        blank = [column for column in areas.columns if column not in sites]
        return sites.assign(said_area_ha=given, **dict.fromkeys(blank))
    bare = sites.drop(columns=areas.columns, errors="ignore")
    return bare.join(areas, on=["site_id", "basis"])


def _holds(places: tuple[str, ...], named: set[str], by: str) -> str:
    if named & set(places):
        return by
    if REGION in places:
        return "region" if named else ""
    return "territory" if TERRITORY in places else ""


def _overlaps(sites: gpd.GeoDataFrame, shipped: gpd.GeoDataFrame) -> dict[str, set[str]]:
    """Which shipped sites each other site shares ground with; touching is not enough."""
    here, there = crs.measured(sites).to_numpy(), crs.measured(shipped).to_numpy()
    rows, found = shapely.STRtree(there).query(here, predicate="intersects")
    share = ~shapely.touches(here[rows], there[found])
    pairs = zip(
        sites["site_id"].iloc[rows[share]], shipped["site_id"].iloc[found[share]], strict=True
    )
    overlaps: dict[str, set[str]] = {}
    for own, other in pairs:
        overlaps.setdefault(own, set()).add(other)
    outside = [site for site in sites["site_id"] if site not in overlaps]
    if outside:
        warnings.warn(
            f"{len(outside)} sites overlap no shipped site ({', '.join(outside[:3])}): what holds "
            "for the Northern Metropolis as a whole is not decided for them, since its outline is "
            "not shipped",
            Notice,
            stacklevel=3,
        )
    return overlaps
