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
from nmgeo.outputs.web.geometry_encoding import encode_geometry
from nmgeo.sources.registered_layer import read_record

# Outline of Hong Kong for the locator, longitude and latitude. Drawn by hand, about 1 km accurate.
LOCATOR: Final = (
    (
        *((113.92, 22.37), (113.90, 22.43), (113.96, 22.46), (114.00, 22.49), (114.04, 22.50)),
        *((114.08, 22.53), (114.12, 22.53), (114.16, 22.56), (114.23, 22.55), (114.22, 22.53)),
        *((114.26, 22.53), (114.30, 22.56), (114.35, 22.52), (114.30, 22.49), (114.22, 22.47)),
        *((114.19, 22.45), (114.24, 22.43), (114.30, 22.47), (114.38, 22.44), (114.41, 22.40)),
        *((114.36, 22.38), (114.30, 22.40), (114.27, 22.36), (114.30, 22.32), (114.29, 22.27)),
        *((114.25, 22.29), (114.22, 22.31), (114.17, 22.29), (114.14, 22.32), (114.10, 22.36)),
        *((114.04, 22.36), (113.98, 22.36), (113.92, 22.37)),
    ),
    (
        *((114.12, 22.28), (114.16, 22.29), (114.21, 22.29), (114.25, 22.26), (114.26, 22.22)),
        *((114.21, 22.21), (114.18, 22.24), (114.14, 22.24), (114.12, 22.28)),
    ),
    (
        *((113.86, 22.26), (113.90, 22.29), (113.93, 22.32), (113.99, 22.31), (114.04, 22.35)),
        *((114.06, 22.32), (114.01, 22.27), (114.00, 22.21), (113.92, 22.22), (113.85, 22.19)),
        *((113.83, 22.22), (113.86, 22.26)),
    ),
    (*((114.10, 22.23), (114.13, 22.22), (114.15, 22.20), (114.12, 22.18), (114.10, 22.23)),),
)
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
    layers = [_base_layer(record) for record in catalog.context_layers.values()]
    return {
        "layers": layers,
        "locator": [list(path) for path in LOCATOR],
    }


def _base_layer(record: Layer) -> dict[str, Any]:
    frame = read_record(record)
    order, encoded = encode_geometry(frame)
    rows = frame.iloc[order]
    entry: dict[str, Any] = {
        "name": record.name,
        "titles": [getattr(record, f"title_{lang}") for lang in LANGS],
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
    columns = (rows[column] for column in NAME_COLUMNS)
    return [[_text(cell) for cell in cells] for cells in zip(*columns, strict=True)]


def _text(value: Any) -> str | None:
    plain = json_value(value)
    return None if plain is None else str(plain)
