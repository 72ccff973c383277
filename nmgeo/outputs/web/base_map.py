"""The base of the web map: land, water, roads, hills and place names from geodata, encoded.

The base is for orientation. The page draws it in quiet colours under the data, and a click does
not choose it.
"""

from functools import lru_cache
from typing import Any, Final

from nmgeo.catalog import Catalog, Layer
from nmgeo.languages import LANGS, NAME_COLUMNS
from nmgeo.measures import areas
from nmgeo.outputs.locator import LOCATOR
from nmgeo.outputs.web.geometry_encoding import encode_geometry
from nmgeo.provenance import note_used
from nmgeo.sources.file_version import file_version
from nmgeo.sources.gdal import local_drivers_only
from nmgeo.sources.registered_layer import read_columns

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
    with local_drivers_only():  # once for all of them
        layers = [_base_layer(r, file_version(r.path)) for r in catalog.context_layers.values()]
    return {
        "layers": layers,
        "locator": [list(path) for path in LOCATOR],
    }


@lru_cache(maxsize=32)
def _base_layer(record: Layer, _changed: tuple[int, ...]) -> dict[str, Any]:
    shapes, columns = read_columns(record, ("kind", "height_m", *NAME_COLUMNS))
    order, encoded = encode_geometry(shapes, as_text=False)
    rows = {name: [values[row] for row in order] for name, values in columns.items()}
    english = rows["name_en"]
    names = zip(*(rows.get(column, english) for column in NAME_COLUMNS), strict=True)
    entry: dict[str, Any] = {
        "name": record.name,
        "titles": [record.title(lang) for lang in LANGS],
        "accuracy_m": record.accuracy_m,
        "pack": encoded,
        "kinds": rows["kind"],
        "names": [list(cells) for cells in names],
    }
    if "height_m" in rows:
        entry["heights"] = [round(height) for height in rows["height_m"]]
    if record.geometry in _AREA_KINDS:
        hectares = areas.area_ha(shapes).iloc[order]
        entry["hectares"] = [round(float(area), 1) for area in hectares]
    return entry
