"""The layers of the web page as JSON: style, features, and large layers column by column."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.json_values import json_text, json_value
from nmgeo.languages import LANGS, NAME_COLUMNS
from nmgeo.measures.areas import area_ha
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.colour_classes import Classes
from nmgeo.outputs.map_styles import COLOURS, LAYERS
from nmgeo.outputs.site_symbology import AROUND
from nmgeo.outputs.web.geometry_encoding import (
    encode_geometry,
    encode_numbers,
    needs_dissolved_rings,
    simplify_layer,
)
from nmgeo.outputs.web.page_json import json_rows, names_in_languages, shape_as_geojson
from nmgeo.sources.geometry_kinds import are_polygons
from nmgeo.sources.opening import are_open
from nmgeo.translations import section_words
from nmgeo.units import M2_PER_HECTARE

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
_SYMBOLS: Final = {"Point": "disc", "LineString": "line"}  # of the legend; of areas a box
MAX_PATH_FEATURES: Final = 500  # a larger layer is encoded and drawn on a canvas
_MAX_ATTRIBUTE_LENGTH: Final = 200  # characters; a popup leaves longer attributes out
_SHOWN: Final = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
_HECTARE_DECIMALS: Final = 4  # whole square metres
_MOST_ENCODED: Final = 2**31  # what is encoded is smaller
_PLAIN: Final = "iufb"  # kinds of columns of numbers and booleans
_EXACT: Final = 2**53 - 1  # the largest whole number that JavaScript holds


def _layer_style(name: str, number: int, *, own: bool) -> dict[str, str]:
    """Return group, colour, dash and symbol of a layer."""
    if own:
        colour = COLOURS[(number + 3) % len(COLOURS)]
        return {"group": "own", "colour": colour, "dash": "", "symbol": "disc"}
    (group, dash), look = _LAYERS[name], LAYERS[name]
    return {"group": group, "colour": look.colour, "dash": dash, "symbol": look.marker}


def layer_entries(
    atlas: Atlas, tolerance_m: float, classes: Mapping[str, Classes]
) -> Iterable[dict[str, Any]]:
    """Yield the layers of the page from the bottom up."""
    around = AROUND if atlas.at else ()
    frames: dict[str, gpd.GeoDataFrame | None] = dict.fromkeys((*around, "sites"))
    frames |= atlas.layers if tolerance_m else atlas.layers | atlas.own_in_degrees
    own = [name for name in frames if name in atlas.catalog.own_layers]
    simplified = own if atlas.catalog.own_sites is None else [*own, "sites"]
    known = [name for name in _LAYERS if name in frames and name not in own]
    order = [*known[:5], *own, *known[5:], *(n for n in frames if n not in own and n not in known)]
    for number, name in enumerate(order):
        style, frame = _heading(atlas, name, number, own=name not in known), frames[name]
        if name in classes:
            coloured = atlas.sites if frame is None else frame
            style["column"] = classes[name].column
            style["classes"] = classes[name].legend(coloured)
        if name in simplified and tolerance_m:
            style["tolerance_m"] = tolerance_m
            frame = None if frame is None else simplify_layer(frame, tolerance_m)
        if frame is None:
            yield style | {"count": None, "point": False, "features": []}
            continue
        key = style.get("key") if name in own else None
        hectares = _polygon_hectares(atlas.layers[name])
        yield style | _layer_features(frame, classes.get(name), hectares, own=name in own, key=key)


def _heading(atlas: Atlas, name: str, number: int, *, own: bool) -> dict[str, Any]:
    """Return the name of a layer, its titles and style, and what is known of its file."""
    heading: dict[str, Any] = {"name": name, "titles": _layer_titles(atlas, name)}
    heading |= _layer_style(name, number, own=own)
    if key := _key_of(atlas, name):
        heading["key"] = key
    if name in atlas.left_out:
        heading["left_out"] = atlas.left_out[name]
    return heading


def _key_of(atlas: Atlas, name: str) -> str | None:
    """Return the column of ids that the user named."""
    own = atlas.catalog.own_sites if name == "sites" else atlas.catalog.own_layers.get(name)
    return own.key if own else None


def _layer_titles(atlas: Atlas, name: str) -> list[str]:
    record = atlas.catalog.shown_as_shipped(name)
    if record is not None:
        return [record.title(lang) for lang in LANGS]
    key = "rings_together" if name == "rings" and needs_dissolved_rings(atlas.ring_shapes) else name
    words = section_words("layer").get(key) if name not in atlas.catalog.own_layers else None
    return [words.get(lang, words["en"]) for lang in LANGS] if words else [name] * len(LANGS)


def _polygon_hectares(frame: gpd.GeoDataFrame) -> np.ndarray | None:
    """Return the hectares of each polygon, as commands measure them, and NaN for other features.

    None without polygons. A page draws simplified and rounded vertices, and measures nothing on
    them that is known.
    """
    is_area = are_polygons(frame)
    if not is_area.any():
        return None
    return np.where(is_area, area_ha(frame).round(_HECTARE_DECIMALS), np.nan)


def _layer_features(
    frame: gpd.GeoDataFrame,
    classes: Classes | None,
    hectares: np.ndarray | None,
    *,
    own: bool,
    key: str | None,
) -> dict[str, Any]:
    entry: dict[str, Any] = {"count": len(frame), **_geometry_kinds(frame)}
    if len(frame) > MAX_PATH_FEATURES:
        return {
            **entry,
            "features": [],
            "big": True,
            **_encode_layer(frame, classes, hectares, key),
        }
    shown = crs.to_degrees(frame)
    shown["status"] = shown["status"].mask(are_open(shown["status"]), "open")  # one word for all
    others = [*_SHOWN, *NAME_COLUMNS]
    more = attributes_by_row(frame.drop(columns=others if own else [*frame], errors="ignore"))
    features = [
        _feature(str(id_), row)
        | {"more": more[n]}
        | ({} if classes is None else {"code": int(classes.codes[n])})
        | ({} if hectares is None or np.isnan(hectares[n]) else {"hectares": float(hectares[n])})
        for n, (id_, row) in enumerate(zip(shown.index, json_rows(shown), strict=True))
    ]
    return {**entry, "features": features}


def _feature(id_: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "names": names_in_languages(row),
        **{key: row[key] for key in _SHOWN},
        "shape": shape_as_geojson(row["geometry"]),
    }


def _geometry_kinds(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return whether a layer has points, whether it is of lines, and its symbols if several."""
    kinds = set(frame.geometry.array.geom_type)  # a column of text takes longer
    symbols = {_SYMBOLS.get(kind.removeprefix("Multi"), "box") for kind in kinds}
    found: dict[str, Any] = {"point": "disc" in symbols, "line": symbols <= {"line"}}
    return found | ({"symbols": sorted(symbols)} if len(symbols) > 1 else {})


def attributes_by_row(frame: pd.DataFrame) -> list[list[list[Any]]]:
    """Return the attributes of each feature, name and value, without those that are very long."""
    columns = _attribute_columns(frame)
    return [
        [[k, v[n]] for k, v in columns.items() if len(str(v[n])) <= _MAX_ATTRIBUTE_LENGTH]
        for n in range(len(frame))
    ]


def _attribute_columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the attributes of features, column by column."""
    bare = frame.drop(columns=["geometry", "name"], errors="ignore")
    attributes = bare.dropna(axis="columns", how="all")
    return {str(key): _json_column(attributes[key]) for key in attributes}


def _json_column(column: pd.Series) -> list[Any]:
    """Return a column as JSON values."""
    if column.dtype.kind not in _PLAIN and not isinstance(column.dtype, pd.StringDtype):
        return [_exact(json_value(value)) for value in column.astype(object)]
    known = column.astype(float) if column.dtype.kind == "f" else column
    blank = known.isna() | known.isin(["", np.inf, -np.inf])
    cells = known.astype(object).where(~blank, None).tolist()
    is_exact = not pd.api.types.is_integer_dtype(column) or column.between(-_EXACT, _EXACT).all()
    return cells if is_exact else [_exact(cell) for cell in cells]


def _exact(value: Any) -> Any:
    """Return as text a whole number that JavaScript would round, and what JSON has no value for."""
    if isinstance(value, list):
        return [_exact(one) for one in value]
    if isinstance(value, dict):
        return {json_text(key): _exact(one) for key, one in value.items()}
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    return value if isinstance(value, str | float | int | None) else json_text(value)


def _encode_layer(
    frame: gpd.GeoDataFrame, classes: Classes | None, hectares: np.ndarray | None, key: str | None
) -> dict[str, Any]:
    """Encode a large layer: its geometry, and its attributes column by column."""
    order, encoded = encode_geometry(frame)
    attributes = frame.iloc[order]
    return {
        "pack": encoded,
        **({} if classes is None else {"codes": classes.codes[order].tolist()}),
        **({} if hectares is None else _encode_areas(hectares[order])),
        "columns": {key or "id": attributes.index.tolist(), **_attribute_columns(attributes)},
    }


def _encode_areas(hectares: np.ndarray) -> dict[str, str]:
    """Encode areas in square metres, 0 of what is no polygon; none if one is too large for it."""
    square_metres = np.rint(np.nan_to_num(hectares) * M2_PER_HECTARE).astype(np.int64)
    fits = square_metres.max() < _MOST_ENCODED
    return {"square_metres": encode_numbers(square_metres)} if fits else {}
