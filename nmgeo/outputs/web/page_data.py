"""The data of the web page: an atlas as JSON, text and numbers only, without markup."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.columns import all_columns
from nmgeo.commands.claims import attribute_words
from nmgeo.commands.figure_text import amount_text
from nmgeo.commands.needs import land_years
from nmgeo.languages import LANGS, LANGUAGES, NAME_COLUMNS
from nmgeo.measures.area_rounding import area_decimals
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.names import instrument_name
from nmgeo.outputs.appearance import (
    Appearance,
    classes_by_layer,
    first_view,
    page_title,
)
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.citations import SOURCES
from nmgeo.outputs.colour_classes import Classes
from nmgeo.outputs.site_labels import rounded_areas
from nmgeo.outputs.site_symbology import site_colours
from nmgeo.outputs.tables import land_sentence
from nmgeo.outputs.web.base_map import base_map
from nmgeo.outputs.web.distance_entries import distance_entries, line_entry
from nmgeo.outputs.web.geometry_encoding import (
    dissolve_rings,
    needs_dissolved_rings,
    simplify_layer,
)
from nmgeo.outputs.web.layer_data import attributes_by_row, layer_entries
from nmgeo.outputs.web.page_json import (
    RING_DECIMALS,
    json_rows,
    names_in_languages,
    shape_as_geojson,
)
from nmgeo.outputs.web.page_words import page_words
from nmgeo.records.phases import read_phases
from nmgeo.records.sites import read_sites
from nmgeo.records.statuses import DATE_UNITS, is_announcement
from nmgeo.records.tables import OWN_CLASS, PAGE_AND_QUOTE
from nmgeo.sources.standard_columns import given_columns

YEARS: Final = (2024, 2035)  # the first and last year of the slider
DASH_PATTERNS: Final = {"official": "", "digitised": "", "indicative": "14 7", "schematic": "7 5"}
_SITE_FIELDS: Final = (
    *(
        "basis",
        "geometry_status",
        "accuracy_m",
        "area_ha",
        "low_ha",
        "high_ha",
        "published_area_ha",
    ),
    *("published_hedge", "published_as_of", "also_published_ha", "part_of", "method", "status"),
)
_KNOWN_OF_SITES: Final = {*_SITE_FIELDS, *NAME_COLUMNS, "site_id", "fitted_to_published"}
_SHOWN_OF_SITES: Final = _KNOWN_OF_SITES | {"published_source", SOURCES, "geometry"}
_DIGITS: Final = ("area_ha", "published_area_ha", "accuracy_m")  # columns of numbers it shows
_RING_TOLERANCE: Final = 1e-5  # degrees, about 1 m; for drawing only
_PLAIN: Final = Appearance()
_CITES: Final = {"sources": "source", "status_sources": "status_source"}


def build_page_data(
    atlas: Atlas, tolerance_m: float = 0.0, look: Appearance = _PLAIN
) -> dict[str, Any]:
    """Collect the data of the page.

    Parameters
    ----------
    atlas : Atlas
        From :func:`nmgeo.outputs.atlas.build_atlas`.
    tolerance_m : float
        Tolerance for simplifying the user's own sites and layers, metres; 0 for none.
    look : Appearance
        The title, and the column by which the user's own data are coloured.

    Returns
    -------
    dict
        JSON values. Names and words are in the order of :data:`nmgeo.translations.LANGS`,
        geometry is GeoJSON in WGS 84 with six decimals. Areas of sites and distances are rounded
        to what their accuracy justifies, other measures are not rounded. Missing values are None.
    """
    lines = crs.to_degrees(round_distances(atlas.links_by_year))
    drawn = lines[atlas.links_by_year["nearest_m"] > 0] if atlas.at else lines.head(0)
    rings = crs.to_degrees(dissolve_rings(atlas.ring_shapes))
    classes = classes_by_layer(atlas, look)
    return _page_settings(atlas) | {
        "title": page_title(atlas, look.title),
        "land": [land_sentence(atlas.land, atlas.area, lang) for lang in LANGS],
        "credits": list(atlas.catalog.credits),
        "base": base_map(atlas.catalog),
        "sources": _sources(atlas),
        "policies": _policy_entries(atlas),
        "sites": list(_site_entries(atlas, tolerance_m, classes)),
        "rings": [_ring_entry(row) for row in json_rows(rings)],
        "near": distance_entries(json_rows(lines), atlas.layers),
        "links": [
            line_entry(row) | {"near": n}  # the number of its distance
            for n, row in zip(drawn.index.tolist(), json_rows(drawn), strict=True)
        ],
        "layers": list(layer_entries(atlas, tolerance_m, classes)),
        "claims": [_claim_entry(row) for row in json_rows(_dated_claims(atlas))],
    }


def _page_settings(atlas: Atlas) -> dict[str, Any]:
    """Return the languages and their words, the years, and the extent of the map."""
    return {
        "lang": atlas.lang,
        "langs": list(LANGS),
        "html_lang": [language.html for language in LANGUAGES],
        "lang_names": [language.button for language in LANGUAGES],
        "year": min(max(atlas.year, YEARS[0]), YEARS[1]),
        "years": list(YEARS),
        "off": ["links"]
        if needs_dissolved_rings(atlas.ring_shapes)
        else [],  # so many lines would hide the sites
        "bounds": first_view(atlas),
        "dashes": DASH_PATTERNS,
        "digits": {
            name: [all_columns()[name].decimals, all_columns()[name].small] for name in _DIGITS
        }
        | {"area_ha": [area_decimals(atlas.sites), None]},
        "words": page_words(atlas),
    }


def to_script_json(document: Mapping[str, Any]) -> str:
    """Return JSON that is safe inside a script element."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _sources(atlas: Atlas) -> dict[str, list[Any]]:
    """Return the sources that the page cites: class, title, address, and where known the place."""
    frames = [atlas.policies, atlas.claims, atlas.sites, *atlas.layers.values()]
    cited = [key for frame in frames for key in frame["source"].dropna()]
    cited += [*atlas.policies["status_source"]]
    keys = {part for text in cited for part in str(text).split(";")}
    columns = ["source_class", "source_title", "source_url", *PAGE_AND_QUOTE]
    rows = atlas.sources[atlas.sources.index.isin(keys)][columns].itertuples()
    return {str(key): row if any(row[-2:]) else row[:-2] for key, *row in rows}


def _policy_entries(atlas: Atlas) -> list[dict[str, Any]]:
    """Return the instruments with their statuses and milestones."""
    steps, milestones = _status_steps(atlas.statuses), _milestones(atlas.instrument_claims)
    return [
        _policy_entry(row, atlas)
        | {"steps": steps.get(row["policy_id"], [])}
        | milestones.get(row["policy_id"], {})
        for row in json_rows(atlas.policies.drop_duplicates("policy_id"))
    ]


def _policy_entry(row: Mapping[str, Any], atlas: Atlas) -> dict[str, Any]:
    same = ("kind", "status", "offers", "amount", "amount_unit", "ratio", "threshold")
    to = row["valid_to"] or (row["status_date"] if row["ended"] else None)
    dates = {"from": row["valid_from"], "to": to}
    dates |= {"as_of": row["status_date"] or row["as_of"], "hedge": row["status_hedge"]}
    names = [instrument_name(row, lang, atlas.translations) for lang in LANGS]
    cited: dict[str, Any] = {
        "names": names,
        **{key: _keys(row[column]) for key, column in _CITES.items()},
    }
    if row["source_class"] == OWN_CLASS:  # one without an offer is none that is not known
        cited["offers"] = row["offers"] or ""
    return {"id": row["policy_id"], **{key: row[key] for key in same}, **dates, **cited}


def _keys(cell: str | None) -> list[str]:
    return [*filter(None, (cell or "").split(";"))]


def _status_steps(statuses: pd.DataFrame) -> dict[str, list[list[str]]]:
    """Return the statuses of each instrument, oldest first: date, status and hedge.

    One that only repeats the status before it is left out, unless that was announced.
    """
    found: dict[str, list[list[str]]] = {}
    columns = ["policy_id", "as_of", "status", "hedge"]
    for policy, *step in statuses[columns].itertuples(index=False, name=None):
        steps = found.setdefault(policy, [])
        if not steps or _is_other(step, steps[-1]):
            steps.append(step)
    return found


def _milestones(claims: pd.DataFrame) -> dict[str, dict[str, list[Any]]]:
    """Return the dated claims about each instrument: date, words in each language, and hedge."""
    found: dict[str, dict[str, list[Any]]] = {}
    dated = claims[claims["unit"].isin(DATE_UNITS)]
    columns = ["subject", "attribute", "value", "hedge"]
    for policy, attribute, *when in dated[columns].itertuples(index=False, name=None):
        words = [attribute_words(attribute, lang) for lang in LANGS]
        found.setdefault(policy, {"milestones": []})["milestones"].append([*when, words])
    return found


def _is_other(step: list[str], before: list[str]) -> bool:
    return step[1] != before[1] or is_announcement(step[2]) != is_announcement(before[2])


def _site_entries(
    atlas: Atlas, tolerance_m: float, classes: Mapping[str, Classes]
) -> Iterable[dict[str, Any]]:
    stored = crs.to_degrees(atlas.sites).assign(**rounded_areas(atlas).astype(float))
    if tolerance_m and atlas.catalog.own_sites is not None:
        stored = simplify_layer(stored, tolerance_m)
    policies, colours = _policies_by_site(atlas), site_colours(atlas, classes)
    shown = [name for name in stored if name in _SHOWN_OF_SITES]
    drawn = zip(
        stored.index, json_rows(stored[shown]), colours, _own_attributes(atlas), strict=True
    )
    for id_, row, (colour, pattern), more in drawn:
        site = row["site_id"]
        style = {"colour": colour, "pattern": f"{pattern}-{colour[1:]}"}
        rules = {"rules": policies.get(site, []), "named_count": atlas.named_counts.get(site, 0)}
        yield _site_entry(str(id_), row, style | rules | more)


def _own_attributes(atlas: Atlas) -> list[dict[str, Any]]:
    """Return what the user's file says of each site, beside what every site has."""
    if atlas.catalog.own_sites is None:
        return [{}] * len(atlas.sites)
    rows = read_sites(atlas.catalog).loc[atlas.sites.index]
    own = [name for name in given_columns(rows) if name not in _KNOWN_OF_SITES]
    return [{"more": more} for more in attributes_by_row(rows[own])]


def _site_entry(id_: str, row: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "site": row["site_id"],
        "names": names_in_languages(row),
        **{key: row.get(key) for key in _SITE_FIELDS},
        "published_source": (row.get("published_source") or "").partition(";")[0] or None,
        "places": {
            one["id"]: [one.get("page", ""), one.get("quote", "")]
            for one in row.get(SOURCES) or ()
            if {"page", "quote"} & set(one)
        },
        "fitted": bool(row["fitted_to_published"]),
        **added,
        "shape": shape_as_geojson(row["geometry"]),
    }


def _policies_by_site(atlas: Atlas) -> dict[str, list[list[Any]]]:
    """Return the policies of each site: their position in the list, and why they apply."""
    order = {id_: n for n, id_ in enumerate(dict.fromkeys(atlas.policies["policy_id"]))}
    found: dict[str, list[list[Any]]] = {}
    columns = (atlas.policies[name] for name in ("site_id", "policy_id", "holds_by"))
    for site, policy, by in zip(*columns, strict=True):
        found.setdefault(site, []).append([order[policy], by])
    return found


def _ring_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: row[key] for key in ("from_m", "to_m", "area_ha")}
    shape = shapely.simplify(shapely.normalize(row["geometry"]), _RING_TOLERANCE)
    return {"site": row["outline_id"], **same, "shape": shape_as_geojson(shape, RING_DECIMALS)}


def _dated_claims(atlas: Atlas) -> pd.DataFrame:
    """Return the claims that say when something happens; when land is released, in words too."""
    claims, has_phases = atlas.claims, "phases" in atlas.catalog.tables
    releases = read_phases(atlas.catalog)["land_attribute"].explode() if has_phases else ()
    has_year = claims["value"].map(lambda value: land_years({"value": value}) is not None)
    in_words = claims["attribute"].isin(releases) & has_year.astype(bool)
    return claims[claims["unit"].isin(DATE_UNITS) | in_words]


def _claim_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: row[key] for key in ("subject", "attribute", "value")}
    place = [row["source_page"], row["source_quote"]]
    cited = {"hedge": row["hedge"] or "", "source": row["source"].partition(";")[0]}
    cited |= {"place": place} if any(place) else {}
    if row["unit"] in DATE_UNITS:
        return {**same, "year": int(row["value"][:4]), **cited}
    words = [amount_text(row["value"], row["unit"], lang) for lang in LANGS]
    return {**same, "words": words, "year": max(land_years(row) or ()), **cited}
