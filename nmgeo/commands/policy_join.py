"""Policy join: policies onto sites by place, published areas onto outlines by their basis."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.commands.policy_match import HOLDS_BY, UNDECIDED, Notices, why_it_applies
from nmgeo.errors import notify
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.messages import list_first, text


def join_policies(
    sites: gpd.GeoDataFrame,
    policies: pd.DataFrame,
    shipped: gpd.GeoDataFrame,
    *,
    notices: Notices = "by_name",
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
    notices : {"by_name", "in_brief", "none"}
        Name the sites of which that is not known, count them in one notice, or say nothing of them.

    Returns
    -------
    DataFrame
        One row for each ``site_id`` and ``policy_id``: ``holds_by`` is ``place`` (overlap),
        ``undecided`` (the accuracy of both outlines leaves open whether they overlap), ``region``
        or ``territory``; ``outline_accuracy_m`` how far out the outline may be. By site, then in
        that order.

    Warns
    -----
    Notice
        If a site overlaps no shipped one, so that the instruments of the Northern Metropolis,
        whose outline is not shipped, cannot be decided for it; or if the accuracy of an outline
        leaves open whether the site overlaps it.
    """
    sure, may = _overlaps(sites, shipped)
    ids = list(dict.fromkeys(sites["site_id"]))
    _say_uncertain(ids, sure, may, notices)
    holds_for, rows = policies["holds_for"].to_dict(), []
    known: dict[Any, list[tuple[str, str, float]]] = {}  # most sites meet the same outlines
    for site in ids:
        met = sure.get(site, {}), may.get(site, {})
        key = tuple(tuple(sorted(one.items())) for one in met)
        if key not in known:
            known[key] = _applying(holds_for, *met)
        rows += [(site, *row) for row in known[key]]
    joined = pd.DataFrame(rows, columns=["site_id", "policy_id", "holds_by", "outline_accuracy_m"])
    order = joined["holds_by"].map(HOLDS_BY.index)
    rank = {site: number for number, site in enumerate(ids)}
    return (
        joined.assign(
            first=joined["site_id"].map(rank), order=order, wide=joined["outline_accuracy_m"].isna()
        )
        .sort_values(["first", "order", "wide", "policy_id"], ignore_index=True)
        .drop(columns=["first", "order", "wide"])
    )


def _applying(
    holds_for: Mapping[Any, tuple[str, ...]], sure: Mapping[str, float], may: Mapping[str, float]
) -> list[tuple[str, str, float]]:
    """Return the instruments for a site, why they apply, and how far out the outline may be."""
    found = []
    for policy, places in holds_for.items():
        if why := _why(places, sure, may):
            near = sure if why == "place" else may
            out = max((near[place] for place in places if place in near), default=float("nan"))
            found.append((policy, why, out))
    return found


def _why(places: tuple[str, ...], sure: Collection[str], may: Collection[str]) -> str:
    """Say why an instrument holds; ``undecided`` if it would hold only where overlap is open."""
    known = why_it_applies(places, set(sure), "place")
    possible = why_it_applies(places, {*sure, *may}, "place")
    return known or (possible and UNDECIDED)


def join_published_areas(sites: gpd.GeoDataFrame, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put the published area of each outline beside it, where one exists on the same basis.

    Parameters
    ----------
    sites : GeoDataFrame, n rows
        A user's own ``published_area_ha`` is kept.
    areas : DataFrame
        From :func:`nmgeo.records.policies.read_best_published_areas`.

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


def _overlaps(
    sites: gpd.GeoDataFrame, shipped: gpd.GeoDataFrame
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Return which shipped sites each site overlaps, and which it may: with the accuracy of both.

    A site overlaps an outline for certain if it reaches further into it than both may be out. Where
    one hull stands for several sites, all of it must lie so far inside, since its sites may lie
    anywhere in it.
    """
    here, there = crs.to_hk80(sites).to_numpy(), crs.to_hk80(shipped).to_numpy()
    own_m = sites.reindex(columns=["accuracy_m"])["accuracy_m"].to_numpy(dtype=float)
    out_m = shipped["accuracy_m"].to_numpy(dtype=float)
    reach_m = np.nan_to_num(out_m).max() + np.nan_to_num(own_m).max()
    rows, found = shapely.STRtree(there).query(here, predicate="dwithin", distance=reach_m)
    slack_m = np.nan_to_num(known_error_m(own_m[rows], out_m[found]))
    inner = _shrunk(there, found, slack_m)
    certain = shapely.intersects(here[rows], inner) & ~shapely.touches(here[rows], inner)
    if "sites_count" in sites:
        certain &= shapely.covered_by(here[rows], inner)
    near = shapely.distance(here[rows], there[found]) <= slack_m
    near &= (slack_m > 0) | certain
    pairs = pd.DataFrame(
        {
            "own": sites["site_id"].to_numpy()[rows],
            "site": shipped["site_id"].to_numpy()[found],
            "out_m": out_m[found],
            "certain": certain,
        }
    )
    best = pairs[near].sort_values(["certain", "out_m"], ascending=[False, True])
    best = best.drop_duplicates(["own", "site"]).sort_index(kind="stable")
    return _by_site(best[best["certain"]]), _by_site(best[~best["certain"]])


def _shrunk(outlines: Any, found: Any, by_m: Any) -> Any:
    """Return each outline that was found, made smaller by metres; the same ones once."""
    each, of_pair = np.unique(np.column_stack([found, by_m]), axis=0, return_inverse=True)
    return shapely.buffer(outlines[each[:, 0].astype(int)], -each[:, 1])[of_pair.ravel()]


def _by_site(pairs: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the accuracy of the outlines that each site meets."""
    found: dict[str, dict[str, float]] = {}
    for own, site, out_m in pairs[["own", "site", "out_m"]].itertuples(index=False):
        found.setdefault(own, {})[site] = out_m
    return found


def _say_open(may: Mapping[str, Mapping[str, float]]) -> None:
    """Name the sites whose overlap is undecided, and with what, each with its worst accuracy."""
    worst_m: dict[str, float] = {}
    for shipped in may.values():
        for site, out_m in shipped.items():
            worst_m[site] = max(out_m, worst_m.get(site, 0.0))
    if worst_m:
        said = text(
            "the overlap of {sites} with {shipped} is undecided within the accuracy of the"
            " outlines: policy instruments of the latter may apply",
            sites=list_first(list(may)),
            shipped=list_first(
                [text("{site} (± {out_m:g} m)", site=site, out_m=m) for site, m in worst_m.items()]
            ),
        )
        notify(said)


_Met = Mapping[str, Mapping[str, float]]  # the accuracy of the outlines that a site meets


def _say_uncertain(ids: Sequence[str], sure: _Met, may: _Met, notices: Notices) -> None:
    if notices == "by_name":
        _say_by_name(ids, sure, may)
    elif notices == "in_brief":
        _say_in_brief(ids, sure, may)


def _say_by_name(ids: Sequence[str], sure: _Met, may: _Met) -> None:
    _say_open(may)
    _say_outside([site for site in ids if site not in sure and site not in may])


def _say_in_brief(ids: Sequence[str], sure: _Met, may: _Met) -> None:
    count = sum(site in may or site not in sure for site in ids)
    if count:
        said = text(
            "which policy instruments apply is not certain for {count} of {of} sites;"
            " nmgeo policy says why",
            count=count,
            of=len(ids),
        )
        notify(said)


def _say_outside(outside: list[str]) -> None:
    if outside:
        said = text(
            "no shipped site overlaps {sites}: whether policy instruments of the whole Northern"
            " Metropolis apply there is not known, since its outline is not shipped",
            sites=list_first(outside),
        )
        notify(said)
