"""The data of the web page: an atlas as JSON, text and numbers only, without markup."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.columns import all_columns
from nmgeo.json_values import json_value
from nmgeo.languages import LANGS, LANGUAGES, NAME_COLUMNS
from nmgeo.measures import areas
from nmgeo.measures.area_uncertainty import round_areas
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.names import instrument_name
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.map_styles import COLOURS, LAYERS
from nmgeo.outputs.web.appearance import (
    SITES,
    Appearance,
    classes_by_layer,
    first_view,
    page_title,
)
from nmgeo.outputs.web.base_map import base_map
from nmgeo.outputs.web.colour_classes import Classes
from nmgeo.outputs.web.geometry_encoding import (
    dissolve_rings,
    encode_geometry,
    needs_dissolved_rings,
    simplify_layer,
)
from nmgeo.outputs.web.page_words import page_words
from nmgeo.records.statuses import hedge_expected
from nmgeo.translations import section_words

YEARS: Final = (2024, 2035)  # the first and last year of the slider
_PLANNED_STATUSES: Final = (
    *("planned", "proposed", "announced", "approved", "gazetted", "tender_open", "awarded"),
    *("reported", "aimed"),
)
STATUS_STYLES: Final[Mapping[str, tuple[str, str]]] = {  # colour and pattern
    **dict.fromkeys(("open", "completed", "in_force"), (COLOURS[2], "")),
    "partly_open": (COLOURS[0], "dots"),
    **dict.fromkeys(("under_construction", "under_way", "rebuilding"), (COLOURS[1], "lines")),
    **dict.fromkeys(_PLANNED_STATUSES, (COLOURS[3], "cross")),
}
DASH_PATTERNS: Final = {"official": "", "digitised": "", "indicative": "14 7", "schematic": "7 5"}
_RANGE_COLUMNS: Final = ("nearest_m", "low_m", "high_m")
_PLEDGED_STATUSES: Final = ("announced", "planned", "proposed", "aimed", "reported")
_DATE_UNITS: Final = ("year", "date")  # units of the claims on the timeline
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
_DIGITS: Final = ("area_ha", "published_area_ha", "accuracy_m")  # columns of numbers it shows
_LAYERS: Final[Mapping[str, tuple[str, str]]] = {  # group, and dash in pixels; from the bottom up
    "boundary": ("base", "12 4 2 4"),
    "railways": ("base", "6 4"),
    "rings": ("buffers", "1 5"),
    "development_areas": ("places", ""),
    "wetlands": ("environment", ""),
    "sites": ("sites", ""),
    "links": ("transport", "1 4"),
    "stations": ("transport", ""),
    "crossings": ("crossings", ""),
}
# Shipped sites are told apart by colour, name and outline; all three colours pass on both grounds.
_SITE_COLOURS: Final = ("#0072b2", "#d55e00", "#8a4fbf")
MAX_NAMED_SITES: Final = 200  # with more, sites have no colours or legend entries of their own
MAX_PATH_FEATURES: Final = 500  # a larger layer is encoded and drawn on a canvas
_DECIMALS: Final = 6  # of a degree: 0.1 m
_MAX_ATTRIBUTE_LENGTH: Final = 200  # characters; a popup leaves longer attributes out
_RING_TOLERANCE: Final = 1e-5  # degrees, about 1 m; for drawing only
_PLAIN: Final = Appearance()


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
    lines = crs.to_degrees(round_distances(atlas.links))
    rings = crs.to_degrees(dissolve_rings(atlas.ring_shapes))
    classes = classes_by_layer(atlas, look)
    return _page_settings(atlas) | {
        "title": page_title(atlas, look.title),
        "land": atlas.land,
        "credits": list(atlas.catalog.credits),
        "base": base_map(atlas.catalog),
        "sources": _sources(atlas),
        "policies": [_policy_entry(row, atlas) for row in _json_rows(_distinct_policies(atlas))],
        "sites": list(_site_entries(atlas, tolerance_m, classes.get(SITES))),
        "rings": [_ring_entry(row) for row in _json_rows(rings)],
        "near": [_distance_entry(row) for row in _json_rows(lines)],
        "links": [_line_entry(row) for row in _json_rows(lines[atlas.links["nearest_m"] > 0])],
        "layers": list(_layer_entries(atlas, tolerance_m, classes)),
        "claims": [
            _claim_entry(row) for row in _json_rows(atlas.claims) if row["unit"] in _DATE_UNITS
        ],
    }


def _page_settings(atlas: Atlas) -> dict[str, Any]:
    """Return the languages and their words, the years, and the extent of the map."""
    return {
        "lang": atlas.lang,
        "langs": list(LANGS),
        "html_lang": [language.html for language in LANGUAGES],
        "lang_names": [language.button for language in LANGUAGES],
        "year": min(max(int(atlas.policies["as_of"].max()[:4]), YEARS[0]), YEARS[1]),
        "years": list(YEARS),
        "off": ["links"]
        if needs_dissolved_rings(atlas.ring_shapes)
        else [],  # so many lines would hide the sites
        "bounds": first_view(atlas),
        "dashes": DASH_PATTERNS,
        "digits": {
            name: [all_columns()[name].decimals, all_columns()[name].small] for name in _DIGITS
        },
        "words": page_words(atlas),
    }


def to_script_json(document: Mapping[str, Any]) -> str:
    """Return JSON that is safe inside a script element."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dicts of JSON values."""
    return [{str(k): json_value(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _names_in_languages(row: Mapping[str, Any]) -> list[str | None]:
    names = [row.get(column) for column in NAME_COLUMNS]
    return [None if name is None else str(name) for name in names]


def _geojson(shape: shapely.Geometry, decimals: int = _DECIMALS) -> dict[str, Any]:
    rounded = shapely.transform(shape, lambda xy: xy.round(decimals))
    loaded: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return loaded


def _sources(atlas: Atlas) -> dict[str, list[Any]]:
    """Return the sources that the page cites: class, title and address."""
    frames = [atlas.policies, atlas.claims, atlas.sites, *atlas.layers.values()]
    cited = [key for frame in frames for key in frame["source"].dropna()]
    keys = {part for text in cited for part in str(text).split(";")}
    columns = ["source_class", "source_title", "source_url"]
    found = atlas.sources.loc[atlas.sources.index.isin(keys), columns]
    return {str(key): list(row) for key, *row in found.itertuples()}


def _distinct_policies(atlas: Atlas) -> pd.DataFrame:
    return atlas.policies.drop_duplicates("policy_id")


def _policy_entry(row: Mapping[str, Any], atlas: Atlas) -> dict[str, Any]:
    same = ("kind", "status", "offers", "amount", "amount_unit", "ratio", "threshold")
    to = row["valid_to"] or (row["status_date"] if row["ended"] else None)
    dates = {"from": row["valid_from"], "to": to}
    dates |= {"as_of": row["status_date"] or row["as_of"], "hedge": row["status_hedge"]}
    dates["firm"] = row["status"] not in _PLEDGED_STATUSES
    names = [instrument_name(row, lang, atlas.translations) for lang in LANGS]
    cited = {"names": names, "sources": row["source"].split(";")}
    return {"id": row["policy_id"], **{key: row[key] for key in same}, **dates, **cited}


def _site_entries(
    atlas: Atlas, tolerance_m: float, classes: Classes | None
) -> Iterable[dict[str, Any]]:
    ranged = areas.area_limits_ha(atlas.sites, atlas.sites["area_ha"])
    rounded = round_areas(atlas.sites.assign(**ranged))[["area_ha", *ranged]].astype(float)
    stored = crs.to_degrees(atlas.sites).assign(**rounded)
    if tolerance_m and atlas.catalog.own_sites is not None:
        stored = simplify_layer(stored, tolerance_m)
    order = {site: number for number, site in enumerate(dict.fromkeys(stored["site_id"]))}
    shipped = atlas.catalog.own_sites is None
    policies = _policies_by_site(atlas)
    for n, (id_, row) in enumerate(zip(stored.index, _json_rows(stored), strict=True)):
        site = row["site_id"]
        own = (COLOURS[order[site] % len(COLOURS) if len(order) <= MAX_NAMED_SITES else 0], "")
        colour, pattern = STATUS_STYLES.get(str(row["status"]), own)
        if shipped:
            colour, pattern = _SITE_COLOURS[order[site] % len(_SITE_COLOURS)], ""
        if classes is not None:
            code = classes.codes[n]
            colour, pattern = classes.colours[code], classes.patterns[code]
        style = {"colour": colour, "pattern": f"{pattern}-{colour[1:]}"}
        rules = {"rules": policies.get(site, []), "named_count": atlas.named_counts.get(site, 0)}
        yield _site_entry(str(id_), row, style | rules)


def _site_entry(id_: str, row: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "site": row["site_id"],
        "names": _names_in_languages(row),
        **{key: row.get(key) for key in _SITE_FIELDS},
        "published_source": (row.get("published_source") or "").partition(";")[0] or None,
        "fitted": bool(row["fitted_to_published"]),
        **added,
        "shape": _geojson(row["geometry"]),
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
    shape = shapely.simplify(row["geometry"], _RING_TOLERANCE)
    return {"site": row["outline_id"], **same, "shape": _geojson(shape, decimals=5)}


def _distance_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    state = {key: row[key] for key in (*_RANGE_COLUMNS, "status", "opens")}
    return {
        "site": row["outline_id"],
        "layer": row["layer"],
        "names": _names_in_languages(row),
        **state,
    }


def _line_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    measured = {key: row[key] for key in _RANGE_COLUMNS}
    return {"site": row["outline_id"], **measured, "shape": _geojson(row["geometry"])}


def _claim_entry(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: row[key] for key in ("subject", "attribute", "value")}
    hedge = hedge_expected(row["hedge"] or "", row["value"], row["as_of"])
    cited = {"hedge": hedge, "source": row["source"].partition(";")[0]}
    return {**same, "year": int(row["value"][:4]), **cited}


def _layer_style(name: str, number: int, *, own: bool) -> dict[str, str]:
    """Return group, colour, dash and symbol of a layer."""
    if own:
        colour = COLOURS[(number + 3) % len(COLOURS)]
        return {"group": "own", "colour": colour, "dash": "", "symbol": "disc"}
    (group, dash), look = _LAYERS[name], LAYERS[name]
    return {"group": group, "colour": look.colour, "dash": dash, "symbol": look.marker}


def _layer_entries(
    atlas: Atlas, tolerance_m: float, classes: Mapping[str, Classes]
) -> Iterable[dict[str, Any]]:
    frames: dict[str, gpd.GeoDataFrame | None] = {"rings": None, "sites": None, "links": None}
    frames |= atlas.layers
    own = [name for name in frames if name in atlas.catalog.own_layers]
    simplified = own if atlas.catalog.own_sites is None else [*own, "sites"]
    known = [name for name in _LAYERS if name in frames and name not in own]
    order = [*known[:5], *own, *known[5:], *(n for n in frames if n not in own and n not in known)]
    for number, name in enumerate(order):
        style: dict[str, Any] = {"name": name, "titles": _layer_titles(atlas, name)}
        style |= _layer_style(name, number, own=name not in known)
        frame = frames[name]
        if name in classes:
            coloured = atlas.sites if frame is None else frame
            style["column"] = classes[name].column
            style["classes"] = classes[name].legend(coloured)
        if name in simplified and tolerance_m:
            style["tolerance_m"] = tolerance_m
            frame = None if frame is None else simplify_layer(frame, tolerance_m)
        yield style | _layer_features(frame, classes.get(name), own=name in own)


_EXACT: Final = 2**53 - 1  # the largest whole number that JavaScript holds


def _layer_titles(atlas: Atlas, name: str) -> list[str]:
    record = atlas.catalog.layers.get(name) if name not in atlas.catalog.own_layers else None
    if record is not None:
        return [getattr(record, f"title_{lang}", record.title_en) for lang in LANGS]
    key = "rings_together" if name == "rings" and needs_dissolved_rings(atlas.ring_shapes) else name
    words = section_words("layer").get(key) if name not in atlas.catalog.own_layers else None
    return [words.get(lang, words["en"]) for lang in LANGS] if words else [name] * len(LANGS)


def _layer_features(
    frame: gpd.GeoDataFrame | None, classes: Classes | None, *, own: bool
) -> dict[str, Any]:
    if frame is None:
        return {"count": None, "point": False, "features": []}
    kinds = set(frame.geom_type)
    entry = {"count": len(frame), "point": bool(kinds & {"Point", "MultiPoint"})}
    entry["line"] = kinds <= {"LineString", "MultiLineString"}
    if len(frame) > MAX_PATH_FEATURES:
        return {**entry, "features": [], "big": True, **_encode_layer(frame, classes)}
    geographic = crs.to_degrees(frame)
    same = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
    others = [*same, *NAME_COLUMNS]
    more = _attribute_columns(frame.drop(columns=others, errors="ignore")) if own else {}
    features = [
        {
            "id": str(id_),
            "names": _names_in_languages(row),
            **{key: row[key] for key in same},
            "more": [[k, v[n]] for k, v in more.items() if len(str(v[n])) <= _MAX_ATTRIBUTE_LENGTH],
            "shape": _geojson(row["geometry"]),
            **({} if classes is None else {"code": int(classes.codes[n])}),
        }
        for n, (id_, row) in enumerate(zip(geographic.index, _json_rows(geographic), strict=True))
    ]
    return {**entry, "features": features}


def _attribute_columns(frame: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    """Return the attributes of features, column by column."""
    attributes = frame.drop(columns=["geometry", "name"]).dropna(axis="columns", how="all")
    return {str(key): _json_column(attributes[key]) for key in attributes}


def _json_column(column: pd.Series) -> list[Any]:
    """Return a column as JSON values."""
    if column.dtype == object:
        return [_exact(json_value(value)) for value in column]
    cells = column.astype(object).where(column.notna() & (column != ""), None).tolist()
    return [_exact(cell) for cell in cells] if pd.api.types.is_integer_dtype(column) else cells


def _exact(value: Any) -> Any:
    """Return a whole number that JavaScript would round as text of its digits."""
    if isinstance(value, list):
        return [_exact(one) for one in value]
    if isinstance(value, dict):
        return {key: _exact(one) for key, one in value.items()}
    rounded = isinstance(value, int) and abs(value) > _EXACT
    return str(value) if rounded else value


def _encode_layer(frame: gpd.GeoDataFrame, classes: Classes | None) -> dict[str, Any]:
    """Encode a large layer: its geometry, and its attributes column by column."""
    order, encoded = encode_geometry(frame)
    attributes = frame.iloc[order]
    return {
        "pack": encoded,
        **({} if classes is None else {"codes": classes.codes[order].tolist()}),
        "columns": {"id": attributes.index.tolist(), **_attribute_columns(attributes)},
    }
