"""Payloads: an atlas as the data of a page, all of it text and numbers, none of it markup."""

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
from nmgeo.measures.area_uncertainty import area_range_ha, round_areas
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.names import instrument_name
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.web.geometry_encoding import (
    dissolve_rings,
    encode_geometry,
    needs_dissolved_rings,
    simplify_layer,
)
from nmgeo.translations import section_words

YEARS: Final = (2024, 2035)  # the first and last year of the slider
# Okabe and Ito's colours, which stay apart for every kind of colour vision.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_AHEAD: Final = (
    *("planned", "proposed", "announced", "approved", "gazetted", "tender_open", "awarded"),
    *("reported", "aimed"),
)
STATUS_STYLES: Final[
    Mapping[str, tuple[str, str]]
] = {  # colour and pattern of a site; else its own
    **dict.fromkeys(("open", "completed", "in_force"), (COLOURS[2], "")),
    "partly_open": (COLOURS[0], "dots"),
    **dict.fromkeys(("under_construction", "under_way", "rebuilding"), (COLOURS[1], "lines")),
    **dict.fromkeys(_AHEAD, (COLOURS[3], "cross")),
}
DASH_PATTERNS: Final = {"official": "", "digitised": "", "indicative": "10 6", "schematic": "2 5"}
_RANGE: Final = ("nearest_m", "low_m", "high_m")
_PLEDGES: Final = ("announced", "planned", "proposed", "aimed", "reported")  # not yet in force
_DATED: Final = ("year", "date")  # units of the claims that make a timeline
_TOLD_OF_SITES: Final = (
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
_WORDS: Final = (
    *("phrase", "basis", "status", "kind", "holds_by", "source_class"),
    *("accuracy", "group", "milestone"),
)
_HEADINGS: Final = (  # columns that the page shows
    *("name", "basis", "area_ha", "published_area_ha", "accuracy_m", "policy_name"),
)
_LOOKS: Final = {  # group, colour and dash of the shipped layers, from the bottom up
    "boundary": ("base", "#555555", ""),
    "railways": ("base", "#8a4b08", "6 4"),
    "rings": ("buffers", "#5b6b76", "4 4"),
    "development_areas": ("places", "#6b4f9e", ""),
    "wetlands": ("environment", "#2e7d4f", ""),
    "sites": ("sites", COLOURS[0], ""),
    "links": ("transport", "#222222", "1 4"),
    "stations": ("transport", "#12324a", ""),
    "crossings": ("crossings", "#9b1b30", ""),
}
MAX_NAMED_SITES: Final = (
    200  # sites above which none has a colour or a line of the legend of its own
)
MAX_PATH_FEATURES: Final = 500  # features above which a layer is packed and drawn on a canvas
_DECIMALS: Final = 6  # of a degree: 0.1 m
_TOLD: Final = 200  # characters; an attribute that is longer is no fact for a popup
_RING_TOLERANCE: Final = 1e-5  # degrees: a ring is drawn to 1 m, and measured in full


def build_page_data(atlas: Atlas, tolerance_m: float = 0.0) -> dict[str, Any]:
    """Gather what a page shows.

    Parameters
    ----------
    atlas : Atlas
        From :func:`nmgeo.outputs.atlas.build_atlas`.
    tolerance_m : float
        How far the lines of the user's own sites and layers may move as drawn; 0 for not at all.

    Returns
    -------
    dict
        What JSON can hold: names and words in the order of :data:`nmgeo.translations.LANGS`,
        geometry as GeoJSON in WGS 84 with six decimals, areas of sites and distances rounded to
        what their accuracy justifies, other measures unrounded, what is missing as None.
    """
    lines = round_distances(atlas.links)
    return _setting(atlas) | {
        "land": atlas.land,
        "credits": list(atlas.catalog.credits),
        "sources": _sources(atlas),
        "policies": [_policy(row, atlas) for row in _records(_ledger(atlas))],
        "sites": list(_sites(atlas, tolerance_m)),
        "rings": [_ring(row) for row in _records(dissolve_rings(atlas.ring_shapes))],
        "near": [_near(row) for row in _records(lines)],
        "links": [_link(row) for row in _records(lines[atlas.links["nearest_m"] > 0])],
        "layers": list(_layers(atlas, tolerance_m)),
        "claims": [_claim(row) for row in _records(atlas.claims) if row["unit"] in _DATED],
    }


def _setting(atlas: Atlas) -> dict[str, Any]:
    """Return the languages and their words, the years, and where the map opens."""
    west, south, east, north = atlas.ring_shapes.total_bounds.tolist()
    words = {section: section_words(section) for section in _WORDS}
    words["heading"] = {name: dict(all_columns()[name].heading) for name in _HEADINGS}
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
        "bounds": [[south, west], [north, east]],
        "dashes": DASH_PATTERNS,
        "words": {
            group: {key: [word[lang] for lang in LANGS] for key, word in entries.items()}
            for group, entries in words.items()
        }
        | {"text": {text: list(all_three) for text, all_three in atlas.translations.items()}},
    }


def to_script_json(document: Mapping[str, Any]) -> str:
    """Return JSON that cannot end the script element that holds it."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with numpy's numbers as Python's and what is missing as None."""
    return [{str(k): json_value(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _names(row: Mapping[str, Any]) -> list[str | None]:
    names = [row.get(column) for column in NAME_COLUMNS]
    return [None if name is None else str(name) for name in names]


def _shape(shape: shapely.Geometry, decimals: int = _DECIMALS) -> dict[str, Any]:
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


def _ledger(atlas: Atlas) -> pd.DataFrame:
    return atlas.policies.drop_duplicates("policy_id")


def _policy(row: Mapping[str, Any], atlas: Atlas) -> dict[str, Any]:
    same = ("kind", "status", "offers", "amount", "amount_unit", "ratio", "threshold", "as_of")
    dates = {"from": row["valid_from"], "to": row["valid_to"]}
    dates["firm"] = row["status"] not in _PLEDGES
    names = [instrument_name(row, lang, atlas.translations) for lang in LANGS]
    cited = {"names": names, "sources": row["source"].split(";")}
    return {"id": row["policy_id"], **{key: row[key] for key in same}, **dates, **cited}


def _sites(atlas: Atlas, tolerance_m: float) -> Iterable[dict[str, Any]]:
    ranged = area_range_ha(atlas.sites["area_ha"], areas.area_uncertainty_ha(atlas.sites))
    known = round_areas(atlas.sites.assign(**ranged))[["area_ha", *ranged]].astype(float)
    placed = atlas.sites.set_geometry(crs.transform(atlas.sites.geometry, crs.WGS84))
    stored = placed.assign(**known)
    if tolerance_m and atlas.catalog.own_sites is not None:
        stored = simplify_layer(stored, tolerance_m)
    order = {site: number for number, site in enumerate(dict.fromkeys(stored["site_id"]))}
    rules = _rules(atlas)
    for id_, row in zip(stored.index, _records(stored), strict=True):
        site = row["site_id"]
        own = (COLOURS[order[site] % len(COLOURS) if len(order) <= MAX_NAMED_SITES else 0], "")
        colour, mark = STATUS_STYLES.get(str(row["status"]), own)
        look = {"colour": colour, "pattern": f"{mark}-{colour[1:]}"}
        yield _site(str(id_), row, look | {"rules": rules.get(site, [])})


def _site(id_: str, row: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "site": row["site_id"],
        "names": _names(row),
        **{key: row.get(key) for key in _TOLD_OF_SITES},
        "published_source": (row.get("published_source") or "").partition(";")[0] or None,
        "fitted": bool(row["fitted_to_published"]),
        **added,
        "shape": _shape(row["geometry"]),
    }


def _rules(atlas: Atlas) -> dict[str, list[list[Any]]]:
    """Return the instruments of each site: where each is in the ledger, and why it is listed."""
    order = {id_: n for n, id_ in enumerate(dict.fromkeys(atlas.policies["policy_id"]))}
    held: dict[str, list[list[Any]]] = {}
    columns = (atlas.policies[name] for name in ("site_id", "policy_id", "holds_by"))
    for site, policy, by in zip(*columns, strict=True):
        held.setdefault(site, []).append([order[policy], by])
    return held


def _ring(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: row[key] for key in ("from_m", "to_m", "area_ha")}
    shape = shapely.simplify(row["geometry"], _RING_TOLERANCE)
    return {"site": row["outline_id"], **same, "shape": _shape(shape, decimals=5)}


def _near(row: Mapping[str, Any]) -> dict[str, Any]:
    state = {key: row[key] for key in (*_RANGE, "status", "opens")}
    return {"site": row["outline_id"], "layer": row["layer"], "names": _names(row), **state}


def _link(row: Mapping[str, Any]) -> dict[str, Any]:
    measured = {key: row[key] for key in _RANGE}
    return {"site": row["outline_id"], **measured, "shape": _shape(row["geometry"])}


def _claim(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: row[key] for key in ("subject", "attribute", "value", "hedge")}
    return {**same, "year": int(row["value"][:4]), "source": row["source"].partition(";")[0]}


def _layers(atlas: Atlas, tolerance_m: float) -> Iterable[dict[str, Any]]:
    frames: dict[str, gpd.GeoDataFrame | None] = {"rings": None, "sites": None, "links": None}
    frames |= atlas.layers
    own = [name for name in frames if name in atlas.catalog.own_layers]
    mine = own if atlas.catalog.own_sites is None else [*own, "sites"]
    known = [name for name in _LOOKS if name in frames and name not in own]
    order = [*known[:5], *own, *known[5:], *(n for n in frames if n not in own and n not in known)]
    for number, name in enumerate(order):
        default = ("own", COLOURS[(number + 3) % len(COLOURS)], "")
        group, colour, dash = default if name in own else _LOOKS.get(name, default)
        look: dict[str, Any] = {"name": name, "titles": _titles(atlas, name)}
        look |= {"group": group, "colour": colour, "dash": dash}
        frame = frames[name]
        if name in mine and tolerance_m:
            look["tolerance_m"] = tolerance_m
            frame = None if frame is None else simplify_layer(frame, tolerance_m)
        yield look | _features(frame, own=name in own)


def _titles(atlas: Atlas, name: str) -> list[str]:
    record = atlas.catalog.layers.get(name) if name not in atlas.catalog.own_layers else None
    if record is not None:
        return [getattr(record, f"title_{lang}") for lang in LANGS]
    key = "rings_together" if name == "rings" and needs_dissolved_rings(atlas.ring_shapes) else name
    words = section_words("layer").get(key) if name not in atlas.catalog.own_layers else None
    return [words[lang] for lang in LANGS] if words else [name] * len(LANGS)


def _features(frame: gpd.GeoDataFrame | None, *, own: bool) -> dict[str, Any]:
    if frame is None:
        return {"count": None, "point": False, "features": []}
    kinds = set(frame.geom_type)
    drawn = {"count": len(frame), "point": bool(kinds & {"Point", "MultiPoint"})}
    drawn["line"] = kinds <= {"LineString", "MultiLineString"}
    if len(frame) > MAX_PATH_FEATURES:
        return {**drawn, "features": [], "big": True, **_packed(frame)}
    stored = frame.set_geometry(crs.transform(frame.geometry, crs.WGS84))
    same = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
    more = _columns(frame.drop(columns=[*same, *NAME_COLUMNS])) if own else {}
    features = [
        {
            "id": str(id_),
            "names": _names(row),
            **{key: row[key] for key in same},
            "more": [[k, v[n]] for k, v in more.items() if len(str(v[n])) <= _TOLD],
            "shape": _shape(row["geometry"]),
        }
        for n, (id_, row) in enumerate(zip(stored.index, _records(stored), strict=True))
    ]
    return {**drawn, "features": features}


def _columns(frame: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    """Return what is told of features, column by column."""
    told = frame.drop(columns=["geometry", "name"]).dropna(axis="columns", how="all")
    return {str(key): _column(told[key]) for key in told}


def _column(column: pd.Series) -> list[Any]:
    """Return a column as JSON can hold it, what is missing as None."""
    if column.dtype == object:
        return [json_value(value) for value in column]
    return column.astype(object).where(column.notna() & (column != ""), None).tolist()


def _packed(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Pack a large layer: its geometry, and its attributes column by column."""
    order, packed = encode_geometry(frame)
    told = frame.iloc[order]
    return {"pack": packed, "columns": {"id": told.index.tolist(), **_columns(told)}}
