"""What is measured of one site as figures with range and method: outlines and nearest stations.

The numbers are those of :func:`nmgeo.area` and :func:`nmgeo.near`, rounded as the map rounds them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pandas as pd

from nmgeo.catalog import NOT_KNOWN, Catalog
from nmgeo.columns import in_area_unit
from nmgeo.commands.area import area
from nmgeo.commands.figure_text import amount_text
from nmgeo.commands.near import TODAY, near
from nmgeo.measures.area_rounding import round_areas
from nmgeo.measures.area_units import convert_areas
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.records.tables import CITED, cite_first, read_sources
from nmgeo.sources.layers import read_layer
from nmgeo.translations import AreaUnit, Lang, join_texts, translate

AREA: Final = "measured_area"
STATION: Final = "measured_station"
STATION_LATER: Final = "measured_station_later"
_OPEN_NOW: Final = "measured_station_now"  # open now, but not known to be open on the day
_OPEN_ON: Final = "measured_station_on"
_BLANK: Final = dict.fromkeys(CITED, "")


def site_figures(
    catalog: Catalog, site: str, lang: Lang, units: AreaUnit = "ha"
) -> list[dict[str, Any]]:
    """Measure a site: each outline, the nearest station open today, and a nearer planned one.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.open_catalog`.
    site : str
        Its id.
    lang : {"en", "tc", "sc"}
        Language of the figures.
    units : {"ha", "m2", "sqft"}
        Unit of areas.

    Returns
    -------
    list of dict
        ``subject``, ``attribute``, ``basis``, ``what``, ``figure``, ``value`` (text), ``unit``,
        ``hedge`` and source; ``low``, ``high`` and ``accuracy_m`` too. A station has ``is_known``:
        whether its status was known on the day of the catalog.
    """
    here = replace(catalog, own_sites=None, chosen=(site,))
    rows = [*_areas(here, lang, units), *_stations(here, lang)]
    return [_BLANK | row | {"subject": site, "hedge": "", "others_count": 0} for row in rows]


def _areas(catalog: Catalog, lang: Lang, units: AreaUnit) -> Iterator[dict[str, Any]]:
    table = pd.DataFrame(area(catalog, lang=lang).drop(columns="geometry"))
    for row in round_areas(convert_areas(table, units), units).to_dict("records"):
        ends = area_ends(row, units)
        extent = translate("basis", row["basis"], lang)
        yield {
            "attribute": AREA,
            "basis": row["basis"],
            "what": _say("area_of", lang).format(extent=extent),
            "figure": area_range_text(ends, lang, units),
            "value": str(ends["area"]),
            "unit": units,
            "low": ends["low"],
            "high": ends["high"],
            "accuracy_m": row["accuracy_m"],
            "geometry_status": row["geometry_status"],
        }


def area_ends(row: Mapping[Any, Any], units: AreaUnit) -> dict[str, Any]:
    """Return ``area``, ``low`` and ``high`` of a row of areas in a unit."""
    return {name: row[in_area_unit(f"{name}_ha", units)] for name in ("area", "low", "high")}


def area_range_text(ends: Mapping[str, Any], lang: Lang, units: AreaUnit) -> str:
    """Return an area with its range; with four digits alone if its accuracy is not known."""
    if pd.isna(ends["low"]):
        return amount_text(f"{float(format(ends['area'], '.4g')):.15g}", units, lang)
    shown = {name: f"{value:,f}" for name, value in ends.items()}
    return _say("area", lang).format(**shown, unit=translate("unit", units, lang))


def _stations(catalog: Catalog, lang: Lang) -> Iterator[dict[str, Any]]:
    """Yield the nearest station open today, and the nearest of all where that is another."""
    stations, sources = read_layer(catalog, "stations"), read_sources(catalog)
    newest = replace(catalog, known_on=None)  # decides which are open; statuses are of the day
    now, later = (near(newest, "stations", years=years, lang=lang) for years in (TODAY, ()))
    now, later = (rows.loc[[rows["nearest_m"].idxmin()]] for rows in (now, later))
    for attribute, rows in ((STATION, now), (STATION_LATER, later)):
        row = round_distances(pd.DataFrame(rows.drop(columns="geometry"))).iloc[0]
        if attribute == STATION_LATER and pd.isna(row["nearest_opens"]):
            continue
        feature = stations.loc[row["nearest_id"]]
        row["nearest_status"] = feature["status"]
        cited = cite_first(sources, str(feature["source"]), str(feature["as_of"]))
        yield _station(attribute, row.to_dict(), catalog.known_on, lang) | cited


def _station(
    attribute: str, row: Mapping[Any, Any], day: date | None, lang: Lang
) -> dict[str, Any]:
    """Return the figure of a station. If its status was not known on the day, it says so."""
    is_today, is_known = attribute == STATION, row["nearest_status"] != NOT_KNOWN
    of_day = attribute if day is None else _OPEN_ON if is_known else _OPEN_NOW
    return {
        "attribute": attribute,
        "basis": row["basis"],
        "what": _say(of_day if is_today else attribute, lang).format(day=day),
        "is_known": is_known,
        "figure": _distance(row, lang, says_unknown=not is_today and not is_known),
        "value": str(row["nearest_m"]),
        "unit": "m",
        "low": row["low_m"],
        "high": row["high_m"],
        "accuracy_m": row["accuracy_m"],
        "name": row["nearest_name"],
        "opens": row["nearest_opens"],
    }


def _distance(row: Mapping[Any, Any], lang: Lang, *, says_unknown: bool) -> str:
    shown = {name: f"{float(row[f'{name}_m']):,.0f}" for name in ("nearest", "low", "high")}
    text = _say("station", lang).format(name=row["nearest_name"], **shown)
    if says_unknown:
        return join_texts([text, translate("status", NOT_KNOWN, lang)], "comma", lang)
    if pd.isna(row["nearest_opens"]):
        return text
    return text + _say("opens", lang).format(year=row["nearest_opens"])


def _say(key: str, lang: Lang) -> str:
    return translate("measured", key, lang)


def measured_by(source: str, lang: Lang) -> str:
    """Say that a figure is measured by nmgeo, and of a station where its status is from."""
    if not source:
        return _say("by_nmgeo", lang)
    return _say("by_nmgeo_from", lang).format(source=source)


def planned_stations(
    catalog: Catalog, sites: Sequence[str], reach_m: float, lang: Lang
) -> list[dict[str, Any]]:
    """Return the stations within reach of sites that are not open and say when they open.

    Each stands once, with the first of the sites as ``subject``, and with its source.
    """
    stations, sources = read_layer(catalog, "stations"), read_sources(catalog)
    here = replace(catalog, own_sites=None, chosen=tuple(sites))
    rows = near(here, "stations", within=reach_m, lang=lang)
    rows = pd.DataFrame(rows.drop(columns="geometry"))
    rows = rows[rows["nearest_opens"].notna()].drop_duplicates("nearest_id")
    found = []
    for row in rows.to_dict("records"):
        feature = stations.loc[row["nearest_id"]]
        cited = cite_first(sources, str(feature["source"]), str(feature["as_of"]))
        about = {"subject": row["site_id"], "nearest_name": row["nearest_name"]}
        found.append(cited | about | {"nearest_opens": int(row["nearest_opens"])})
    return found
