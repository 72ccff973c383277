"""Policy join: policies onto sites by place, published areas onto outlines by their basis."""

import warnings
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.commands.policy_match import HOLDS_BY, why_it_applies
from nmgeo.errors import Notice
from nmgeo.messages import list_all, text

_SHOWN: Final = 3  # ids that a notice names


def join_policies(
    sites: gpd.GeoDataFrame, policies: pd.DataFrame, shipped: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Say which instruments are for each of the user's sites, and why.

    They are matched by place, whatever their ids: they take the instruments of the shipped sites
    that they overlap. Those of the whole Northern Metropolis are for what overlaps one; those of
    all Hong Kong are for every site.

    Parameters
    ----------
    sites : GeoDataFrame, n rows, any CRS
        From :mod:`nmgeo.records.sites`.
    policies : DataFrame
        From :func:`nmgeo.records.policies.read_policies`.
    shipped : GeoDataFrame, any CRS
        The shipped sites.

    Returns
    -------
    DataFrame
        One row for each ``site_id`` and ``policy_id``: ``holds_by`` is ``place`` (overlap),
        ``region`` or ``territory``; ``outline_accuracy_m`` how far out the
        outline may be that was overlapped. By site, then in that order.

    Warns
    -----
    Notice
        If a site overlaps no shipped one, so that the instruments of the Northern Metropolis,
        whose outline is not shipped, cannot be decided for it; or if it is so near to one that
        the accuracy of that outline leaves open whether it overlaps.
    """
    overlaps = _overlaps(sites, shipped)
    rows = []
    for site in dict.fromkeys(sites["site_id"]):
        named = overlaps.get(site, {})
        for policy, places in policies["holds_for"].items():
            out = max((named[place] for place in places if place in named), default=float("nan"))
            row = {"site_id": site, "policy_id": policy, "outline_accuracy_m": out}
            rows.append(row | {"holds_by": why_it_applies(places, set(named), "place")})
    joined = pd.DataFrame(rows, columns=["site_id", "policy_id", "holds_by", "outline_accuracy_m"])
    joined = joined[joined["holds_by"] != ""]
    order = joined["holds_by"].map(HOLDS_BY.index)
    rank = {site: number for number, site in enumerate(dict.fromkeys(sites["site_id"]))}
    return (
        joined.assign(first=joined["site_id"].map(rank), order=order)
        .sort_values(["first", "order", "policy_id"], ignore_index=True)
        .drop(columns=["first", "order"])
    )


def join_published_areas(sites: gpd.GeoDataFrame, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put the published area of each outline beside it, where one exists on the same basis.

    Parameters
    ----------
    sites : GeoDataFrame, n rows
        A user's own ``published_area_ha`` is kept.
    areas : DataFrame
        From :func:`nmgeo.records.policies.best_published_areas`.

    Returns
    -------
    GeoDataFrame, n rows
        With ``published_area_ha`` and where it comes from; missing where there is none.
    """
    if "published_area_ha" in sites:
        given = pd.to_numeric(sites["published_area_ha"], errors="coerce")
        blank = [column for column in areas.columns if column not in sites]
        return sites.assign(published_area_ha=given, **dict.fromkeys(blank))
    bare = sites.drop(columns=areas.columns, errors="ignore")
    return bare.join(areas, on=["site_id", "basis"])


def _overlaps(sites: gpd.GeoDataFrame, shipped: gpd.GeoDataFrame) -> dict[str, dict[str, float]]:
    """Which shipped sites each site shares ground with, and the accuracy of their outlines."""
    here, there = crs.to_hk80(sites).to_numpy(), crs.to_hk80(shipped).to_numpy()
    out = shipped["accuracy_m"].to_numpy(dtype=float)
    rows, found = shapely.STRtree(there).query(here, predicate="dwithin", distance=out.max())
    gaps = shapely.distance(here[rows], there[found])
    shares = (gaps == 0) & ~shapely.touches(here[rows], there[found])
    overlaps: dict[str, dict[str, float]] = {}
    near = []
    for row, other, shared, gap in zip(rows, found, shares, gaps, strict=True):
        own, site = sites["site_id"].iloc[row], shipped["site_id"].iloc[other]
        if shared:
            held = overlaps.setdefault(own, {})
            held[site] = min(held.get(site, out[other]), out[other])
        elif gap <= out[other]:
            near.append((own, site, out[other]))
    _say_open(near, overlaps)
    _say_outside([site for site in dict.fromkeys(sites["site_id"]) if site not in overlaps])
    return overlaps


def _say_open(near: list[tuple[str, str, float]], overlaps: dict[str, dict[str, float]]) -> None:
    held: dict[tuple[str, float], list[str]] = {}
    for own, site, accuracy in dict.fromkeys(near):
        if site not in overlaps.get(own, {}):
            held.setdefault((site, accuracy), []).append(own)
    for (site, accuracy), ids in held.items():
        about = {"ids": list_all(ids[:_SHOWN]), "site": site, "accuracy": accuracy}
        said = text(
            "site {ids} is within the accuracy of {site} (± {accuracy:g} m): whether they overlap"
            " is open, and its instruments are not listed",
            **about,
        )
        if len(ids) > 1:
            said = text(
                "{count} sites ({ids}) are within the accuracy of {site} (± {accuracy:g} m):"
                " whether they overlap is open, and its instruments are not listed",
                count=len(ids),
                **about,
            )
        warnings.warn(said, Notice, stacklevel=5)


def _say_outside(outside: list[str]) -> None:
    if outside:
        said = text(
            "{count} sites overlap no shipped site ({ids}): instruments of the Northern Metropolis"
            " as a whole are not decided for them, since its outline is not shipped",
            count=len(outside),
            ids=list_all(outside[:_SHOWN]),
        )
        warnings.warn(said, Notice, stacklevel=5)
