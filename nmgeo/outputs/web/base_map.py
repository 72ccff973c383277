"""The base of the web map: land, water, roads, hills and place names from geodata, encoded.

The base is for orientation. The page draws it in quiet colours under the data, and a click does
not choose it.
"""

from typing import Any, Final

import geopandas as gpd

from nmgeo.catalog import Catalog, Layer
from nmgeo.json_values import json_value
from nmgeo.languages import LANGS, NAME_COLUMNS
from nmgeo.measures import areas
from nmgeo.outputs.locator import LOCATOR
from nmgeo.outputs.web.geometry_encoding import encode_geometry
from nmgeo.provenance import note_used
from nmgeo.sources.registered_layer import read_records

_AREA_KINDS: Final = ("MultiPolygon", "Polygon")


def base_map(catalog: Catalog) -> dict[str, Any]:
    """Return the base of the map as JSON values.

    Parameters
    ----------
    catalog : Catalog
        Its layers that are marked as context are drawn, in the order of the registry.

    Returns
    -------
    dict
        ``layers``: for each its name, titles, encoded geometry (see
        :func:`nmgeo.outputs.web.geometry_encoding.encode_geometry`), kinds, names in all
        languages, heights in metres and areas in hectares; ``locator``, paths of longitude and
        latitude. Without context layers ``layers`` is empty.
    """
    note_used(*catalog.context_layers)
    records = catalog.context_layers.values()
    frames = read_records(records)
    return {
        "layers": [_base_layer(*one) for one in zip(records, frames, strict=True)],
        "locator": [list(path) for path in LOCATOR],
    }


def _base_layer(record: Layer, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    order, encoded = encode_geometry(frame)
    rows = frame.iloc[order]
    entry: dict[str, Any] = {
        "name": record.name,
        "titles": [record.title(lang) for lang in LANGS],
        "accuracy_m": record.accuracy_m,
        "pack": encoded,
        "kinds": rows["kind"].tolist(),
        "names": _names(rows),
    }
    if "height_m" in rows:
        entry["heights"] = [round(height) for height in rows["height_m"]]
    if record.geometry in _AREA_KINDS:
        entry["hectares"] = [round(float(area), 1) for area in areas.area_ha(rows)]
    return entry


def _names(rows: gpd.GeoDataFrame) -> list[list[str | None]]:
    """Return the names of each feature in all languages."""
    columns = (rows.get(column, rows["name_en"]) for column in NAME_COLUMNS)
    return [[_text(cell) for cell in cells] for cells in zip(*columns, strict=True)]


def _text(value: Any) -> str | None:
    plain = json_value(value)
    return None if plain is None else str(plain)
