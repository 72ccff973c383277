"""Payloads: an atlas as the data of a page, all of it text and numbers, none of it markup."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.atlases import Atlas
from nmgeo.packs import pack, simplified
from nmgeo.words import LANGS, Lang, vocabulary

HTML_LANG: Final[Mapping[Lang, str]] = {"en": "en", "tc": "zh-Hant-HK", "sc": "zh-Hans"}
YEARS: Final = (2024, 2035)  # the first and last year of the slider
# Okabe and Ito's colours, which stay apart for every kind of colour vision.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
DASHES: Final = {"official": "", "digitised": "", "indicative": "10 6", "schematic": "2 5"}
_LANG_NAMES: Final = ("EN", "繁", "简")
_DATED: Final = ("year", "date")  # units of the claims that make a timeline
_WORDS: Final = (
    *("phrase", "heading", "basis", "status", "kind", "holds_by", "source_class"),
    *("accuracy", "group"),
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
BIG: Final = 2_000  # features above which a layer is packed and drawn on a canvas
_DECIMALS: Final = 6  # of a degree: 0.1 m
_RING_TOLERANCE: Final = 1e-5  # degrees: a ring is drawn to 1 m, and measured in full


def payload(atlas: Atlas, tolerance_m: float = 0.0) -> dict[str, Any]:
    """Gather what a page shows.

    Parameters
    ----------
    atlas : Atlas
        From :func:`nmgeo.atlases.build_atlas`.
    tolerance_m : float
        How far the lines of the user's own layers may move to save vertices; 0 for not at all.

    Returns
    -------
    dict
        What JSON can hold: names and words in the order of :data:`nmgeo.words.LANGS`, geometry as
        GeoJSON in WGS 84 with six decimals, measures unrounded, what is missing as None.
    """
    rules = {id_: n for n, id_ in enumerate(dict.fromkeys(atlas.policies["policy_id"]))}
    return {
        **_setting(atlas),
        "land": atlas.land,
        "credits": list(atlas.catalog.credits),
        "sources": _sources(atlas),
        "policies": [_policy(row) for row in _records(_ledger(atlas))],
        "sites": [_site(n, id_, row, atlas, rules) for n, (id_, row) in enumerate(_sites(atlas))],
        "rings": [_ring(row) for row in _records(atlas.rings.reset_index())],
        "near": [_near(row) for row in _records(atlas.links)],
        "links": [_link(row) for row in _records(atlas.links) if row["nearest_m"] > 0],
        "layers": list(_layers(atlas, tolerance_m)),
        "claims": [_claim(row) for row in _records(atlas.claims) if row["unit"] in _DATED],
    }


def _setting(atlas: Atlas) -> dict[str, Any]:
    """Return the languages and their words, the years, and where the map opens."""
    west, south, east, north = atlas.rings.total_bounds.tolist()
    words = {group: vocabulary()[group] for group in _WORDS}
    return {
        "lang": atlas.lang,
        "langs": list(LANGS),
        "html_lang": [HTML_LANG[lang] for lang in LANGS],
        "lang_names": list(_LANG_NAMES),
        "year": min(max(int(atlas.policies["as_of"].max()[:4]), YEARS[0]), YEARS[1]),
        "years": list(YEARS),
        "off": ["links"],
        "bounds": [[south, west], [north, east]],
        "dashes": DASHES,
        "words": {
            group: {key: [word[lang] for lang in LANGS] for key, word in entries.items()}
            for group, entries in words.items()
        }
        | {"text": {text: list(all_three) for text, all_three in atlas.translations.items()}},
    }


def to_json(document: Mapping[str, Any]) -> str:
    """Return JSON that cannot end the script element that holds it."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (
        text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with numpy's numbers as Python's and what is missing as None."""
    return [{str(k): plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: missing ones as None."""
    if isinstance(value, shapely.Geometry | list | tuple | dict):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if pd.isna(value) or value == "" else value


def _names(row: Mapping[str, Any]) -> list[str | None]:
    names = [row.get(f"name_{lang}") for lang in LANGS]
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


def _policy(row: Mapping[str, Any]) -> dict[str, Any]:
    same = ("kind", "status", "offers", "amount", "amount_unit", "ratio", "threshold", "as_of")
    dates = {"from": row["valid_from"], "to": row["valid_to"]}
    cited = {"names": _names(row), "sources": row["source"].split(";")}
    return {"id": row["policy_id"], **{key: row[key] for key in same}, **dates, **cited}


def _sites(atlas: Atlas) -> Iterable[tuple[str, dict[str, Any]]]:
    stored = atlas.sites.set_geometry(crs.transformed(atlas.sites.geometry, crs.STORED))
    return zip(map(str, stored.index), _records(stored), strict=True)


def _site(
    number: int, id_: str, row: Mapping[str, Any], atlas: Atlas, rules: Mapping[str, int]
) -> dict[str, Any]:
    order = list(dict.fromkeys(atlas.sites["site_id"]))
    same = ("basis", "geometry_status", "accuracy_m", "area_ha", "geodesic_ha", "said_area_ha")
    said = (
        "said_hedge",
        "said_as_of",
        "said_source",
        "also_said_ha",
        "part_of",
        "method",
        "status",
    )
    return {
        "id": id_,
        "site": row["site_id"],
        "names": _names(row),
        **{key: row.get(key) for key in (*same, *said)},
        "said_source": (row.get("said_source") or "").partition(";")[0] or None,
        "fitted": bool(row["fitted_to_said"]),
        "colour": COLOURS[order.index(row["site_id"]) % len(COLOURS)],
        "pattern": f"p{number}",
        "rules": _rules(atlas, row["site_id"], rules),
        "shape": _shape(row["geometry"]),
    }


def _rules(atlas: Atlas, site: str, rules: Mapping[str, int]) -> list[list[Any]]:
    """Return the instruments of a site: where each is in the ledger, and why it is listed."""
    held = atlas.policies[atlas.policies["site_id"] == site]
    return [[rules[p], by] for p, by in zip(held["policy_id"], held["holds_by"], strict=True)]


def _ring(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: row[key] for key in ("from_m", "to_m", "area_ha")}
    shape = shapely.simplify(row["geometry"], _RING_TOLERANCE)
    return {"site": row["outline_id"], **same, "shape": _shape(shape, decimals=5)}


def _near(row: Mapping[str, Any]) -> dict[str, Any]:
    state = {key: row[key] for key in ("accuracy_m", "status", "opens")}
    where = {"site": row["outline_id"], "layer": row["layer"], "names": _names(row)}
    return {**where, "m": row["nearest_m"], **state}


def _link(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "m": row["nearest_m"],
        "accuracy_m": row["accuracy_m"],
        "shape": _shape(row["geometry"]),
    }


def _claim(row: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: row[key] for key in ("subject", "attribute", "value", "hedge")}
    return {**same, "year": int(row["value"][:4]), "source": row["source"].partition(";")[0]}


def _layers(atlas: Atlas, tolerance_m: float) -> Iterable[dict[str, Any]]:
    frames: dict[str, gpd.GeoDataFrame | None] = {"rings": None, "sites": None, "links": None}
    frames |= atlas.layers
    own = [name for name in frames if name in atlas.catalog.own_layers]
    known = [name for name in _LOOKS if name in frames and name not in own]
    order = [*known[:5], *own, *known[5:], *(n for n in frames if n not in own and n not in known)]
    for number, name in enumerate(order):
        default = ("own", COLOURS[(number + 3) % len(COLOURS)], "")
        group, colour, dash = default if name in own else _LOOKS.get(name, default)
        look: dict[str, Any] = {"group": group, "colour": colour, "dash": dash}
        frame = frames[name]
        if name in own and tolerance_m and frame is not None:
            frame, look = simplified(frame, tolerance_m), look | {"tolerance_m": tolerance_m}
        yield {"name": name, "titles": _titles(atlas, name), **look, **_features(frame)}


def _titles(atlas: Atlas, name: str) -> list[str]:
    record = atlas.catalog.layers.get(name) if name not in atlas.catalog.own_layers else None
    if record is not None:
        return [record.title_en, record.title_tc, record.title_sc]
    words = vocabulary()["layer"].get(name) if name not in atlas.catalog.own_layers else None
    return [words[lang] for lang in LANGS] if words else [name] * len(LANGS)


def _features(frame: gpd.GeoDataFrame | None) -> dict[str, Any]:
    if frame is None:
        return {"count": None, "point": False, "features": []}
    if len(frame) > BIG:
        return {"count": len(frame), "point": False, "features": [], "big": True, **_packed(frame)}
    stored = frame.set_geometry(crs.transformed(frame.geometry, crs.STORED))
    same = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
    features = [
        {
            "id": str(id_),
            "names": _names(row),
            **{key: row[key] for key in same},
            "shape": _shape(row["geometry"]),
        }
        for id_, row in zip(stored.index, _records(stored), strict=True)
    ]
    kinds = set(frame.geom_type)
    drawn = {"point": "Point" in kinds, "line": kinds <= {"LineString", "MultiLineString"}}
    return {"count": len(features), **drawn, "features": features}


def _column(column: pd.Series) -> list[Any]:
    """Return a column as JSON can hold it, what is missing as None."""
    filled = column.astype(object).where(column.notna(), None)
    return filled.tolist() if column.dtype != object else [plain(value) for value in filled]


def _packed(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Pack a large layer: its geometry, and its attributes column by column."""
    order, packed = pack(frame)
    told = frame.drop(columns=["geometry", "name"]).dropna(axis="columns", how="all").iloc[order]
    columns = {str(key): _column(told[key]) for key in told}
    return {"pack": packed, "columns": {"id": told.index.tolist(), **columns}}
