"""Distances of the sites as tables: from where to what, and how far the answer may be out."""

import re
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any, Final, Unpack

import geopandas as gpd
import pandas as pd

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.commands.accuracy_notes import accuracy_notes
from nmgeo.commands.blank_rows import with_blank_rows
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    list_of,
    open_inputs,
    read_length,
    takes_features,
    write_several,
)
from nmgeo.commands.layers import caveat_notes
from nmgeo.commands.near_remarks import distance_remarks, list_names
from nmgeo.commands.near_rows import near_columns, rank_rows, sort_rows
from nmgeo.commands.near_years import is_open_before, require_known_year
from nmgeo.commands.results import finish
from nmgeo.commands.sites import every_outline
from nmgeo.errors import UsageError, notify
from nmgeo.measures import distance_origin
from nmgeo.measures.distance_uncertainty import known_metres
from nmgeo.messages import option, text
from nmgeo.names import add_names, distinct_names
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.geometry_kinds import find_geometry
from nmgeo.sources.layers import open_features, read_layer
from nmgeo.sources.opening import are_open
from nmgeo.translations import Lang
from nmgeo.units import metres

Year = int | str  # 2034, "2034" or "today"
TODAY: Final = "today"
_COLUMNS: Final = [
    *(
        *OUTLINE_COLUMNS,
        "layer",
        "in_year",
        "origin",
        "from_name",
        "rank",
        "nearest_id",
        "nearest_name",
    ),
    *("nearest_m", "accuracy_m", "low_m", "high_m", "ties", "next_id", "next_further_m"),
    *("next_accuracy_m", "nearest_status", "nearest_opens", "site_accuracy_m"),
    *("nearest_accuracy_m", "remark", "geometry"),
]


@takes_features(alone="layer")
def near(  # noqa: PLR0913 - what a distance may be
    sites: Features | None = None,
    layer: Features | None = None,
    *,
    k: int | None = None,
    within: Length | None = None,
    origin: Features = distance_origin.EDGE,
    years: Year | Sequence[Year] = (),
    open_only: bool = False,
    nearest_first: bool = False,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> gpd.GeoDataFrame:
    """Measure from every outline to the nearest features of a layer.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        What to measure to; one argument by itself is the layer. ``"sites"`` are the shipped sites.
    k : int, optional
        The k nearest, each in a row, and more where the last is a tie; if neither ``k`` nor
        ``within`` is given, one row an outline, whose remark names what is as near.
    within : str or float, optional
        All that may be this close, each in a row: ``"2km"``. That is what has a ``low_m`` up to
        it, or, if no accuracy is known, a ``nearest_m``, give :data:`nmgeo.crs.NOISE_M`; where the
        range ends beyond it, the remark says so. With ``k``, those of the k nearest. A site with
        nothing that close has one row, whose remark says so.
    origin : str, path, GeoDataFrame or object with ``__geo_interface__``
        Where distances begin: ``edge``, ``centroid``, or a layer of points whose column
        ``site_id`` names the site that each leads into.
    years : int, str or sequence of them
        What is open by a year, ``2034``, or ``"today"``: an answer for each. What is not open
        and has no year of opening is not counted. A year before that of the layer is answered
        only if each feature that is open says since when.
    open_only : bool
        As ``"today"`` among ``years``; alone it adds no ``in_year``.
    nearest_first : bool
        Sort the outlines by their distance, instead of leaving them in the order of the sites.
    lang : {"en", "tc", "sc"}
        Language of names and remarks.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, EPSG:2326 if the sites are in it, else EPSG:4326
        Indexed as the sites, and in their order:
        ``origin``, ``nearest_id``, ``nearest_name``, ``nearest_m`` (metres); ``accuracy_m``,
        ``site_accuracy_m`` and ``nearest_accuracy_m`` added, which makes the range from ``low_m``
        (>= 0) to ``high_m``: where one of them is missing the other alone, so that the range may
        be wider, and all three missing where both are; how many are as near (``ties``);
        ``next_further_m``, how much further the next best is, with ``next_accuracy_m``, what is
        known of the accuracies of both distances added; whether the nearest is open
        (``nearest_status``, ``nearest_opens``); a ``remark`` in words, rounded, which
        says whether the order is certain where all accuracies are known; and the shortest line.
        ``attrs["notes"]`` says of how many sites the accuracy is not known, and what
        to know of the layer. With ``years`` also ``in_year``, with ``k`` or ``within`` the
        ``rank``, which ties share, from entrances ``from_name``.

    Raises
    ------
    UnknownLayerError, UnitError, UsageError
        If there is no such layer, ``within`` is not a length, ``k`` not a count or ``years`` not
        a year, or a layer does not say what is open, or of which site an entrance is.
    LayerError
        If a file is missing or broken.

    Warns
    -----
    Notice
        What opens in an unknown year, which years lie after all that are known, and which sites
        have no entrance.

    Source
    ------
    As :func:`nmgeo.nearest`; ranks as :func:`nmgeo.measures.k_nearest.k_nearest`.
    """
    from_layer = None if _is_place(origin) else origin
    here, names = open_inputs(inputs, sites, layer=layer, origin=from_layer)
    layer, origin = names["layer"], names.get("origin") or str(origin)
    every, others = every_outline(here, lang), add_names(read_layer(here, layer), lang)
    outlines = every[find_geometry(every, here.sites_file)]
    bare = outlines[[*OUTLINE_COLUMNS, "accuracy_m", "geometry"]]  # none of the user's own columns
    asked = _asked(k, within)
    starts, doors = _distance_starts(here, bare, origin, lang)
    if layer == "sites" and here.own_sites is None:  # which are not compared with themselves
        asked["groups"] = starts["site_id"].to_numpy(), others["site_id"].to_numpy()
    shapes = crs.to_hk80(starts).to_numpy(), crs.to_hk80(others).to_numpy()
    asked["accuracies_m"] = tuple(known_metres(ends["accuracy_m"]) for ends in (starts, others))
    moments = _by_year(others, layer, years, open_only=open_only)
    counted = ((moment, others.index.get_indexer(some.index)) for moment, some in moments)
    answers = [rank_rows(shapes, features, moment, **asked) for moment, features in counted]
    found = sort_rows(answers, nearest_first=nearest_first)
    rows = near_columns(found, starts, others, shapes, doors, drawn=crs.drawn_crs(outlines))
    told: dict[str, Any] = {"reach_m": asked["reach_m"], "far_m": asked["accuracies_m"][1]}
    rows["remark"] = distance_remarks(rows, found, _called(others, layer, lang), lang, **told)
    shown = {"in_year": list_of(years), "from_name": doors is not None, "rank": k or within}
    same = {"layer": layer, "origin": origin}
    kept = [column for column in _COLUMNS if shown.get(column, True)]
    table = with_blank_rows(rows.assign(**same)[kept], every, at_end=nearest_first, **same)
    notes = accuracy_notes(table, "near", lang) + caveat_notes(layer, here, lang)
    return finish(table, here, [layer, origin], notes=notes)


def _called(others: gpd.GeoDataFrame, layer: str, lang: Lang) -> pd.Series:
    """Return what remarks call each feature; an outline of a site is told by its basis."""
    if layer == "sites" and {"site_id", "basis"} <= set(others):
        return distance_origin.outline_labels(others, lang)
    return distinct_names(others["name"])


def _asked(k: int | None, within: Length | None) -> dict[str, Any]:
    """Read how many are asked for, and how far away."""
    reach_m = None if within is None else metres(read_length(within, "within"))
    return {"k": _count(k), "reach_m": reach_m}


def _moments(years: Any, *, open_only: bool) -> list[str | None]:
    """Return each year that is asked about once, and None if there is none."""
    asked_for = [*([TODAY] if open_only else ()), *map(str, list_of(years))]
    return [*dict.fromkeys(asked_for)] or [None]


def _is_place(origin: Features) -> bool:
    return isinstance(origin, str) and origin in distance_origin.ORIGINS


def _distance_starts(
    catalog: Catalog, outlines: gpd.GeoDataFrame, origin: str, lang: Lang
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None]:
    """Return the outlines at their origin, and the entrances if the origin is a layer of them."""
    if origin in distance_origin.ORIGINS:
        return distance_origin.move_to_origin(outlines, origin), None
    entrances = add_names(read_layer(catalog, origin), lang)
    return distance_origin.move_to_entrances(outlines, entrances, origin), entrances


def _count(k: int | None) -> int | None:
    if k is not None and (isinstance(k, bool) or not isinstance(k, Integral)):
        raise UsageError(option("k", k), text("not a whole number"), text("write 1 or more"))
    if k is not None and k < 1:
        raise UsageError(option("k", k), text("nothing to list"), text("write 1 or more"))
    return k


def _by_year(
    others: gpd.GeoDataFrame, layer: str, asked: Any, *, open_only: bool
) -> Iterator[tuple[str | None, gpd.GeoDataFrame]]:
    """Choose the features open by each moment, and warn once of those without opening year."""
    moments = _moments(asked, open_only=open_only)
    today = option("open_only", value=True) if open_only else option("years", TODAY)
    is_open, dated = are_open(others["status"]), others["opens"].notna()
    years = {moment: _year(moment) for moment in moments if moment and moment != TODAY}
    unknown = others["name"][~is_open & ~dated]
    if years and (is_open | dated).any() and len(unknown):
        said = text(
            "{layer}: not counted, since it is not known when they open: {names}",
            layer=layer,
            names=list_names(unknown),
        )
        notify(said)
    for moment in moments:
        if moment is None:
            yield moment, others
        elif moment == TODAY:
            yield moment, open_features(others, layer, today)
        else:
            require_known_year(years[moment], others, layer)
            opens = others["opens"].astype(float)
            yield moment, others[(opens <= years[moment]) | is_open_before(others)]


def _year(given: str) -> int:
    if not re.fullmatch("[12][0-9]{3}", given):
        remedy = text("write a year such as 2034, or today")
        if len(years := re.findall("[12][0-9]{3}", given)) > 1:
            example = write_several("years", years)
            remedy = text("give several values as {example}", example=example)
        raise UsageError(option("years", given), text("not a year"), remedy)
    return int(given)
