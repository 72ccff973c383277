"""The pack in a PostGIS database: its layers and tables, related by keys, styled for QGIS."""

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from nmgeo.formats.field_names import unique_names
from nmgeo.formats.geopackage import PackLayer
from nmgeo.formats.plain_text import plain_text
from nmgeo.formats.read_back import Written
from nmgeo.formats.rows import GEOMETRY, attribute_names, has_geometry
from nmgeo.measures.areas import area_ha
from nmgeo.outputs.atlas import Atlas
from nmgeo.outputs.citations import credits_in, drawn_credits
from nmgeo.outputs.pack.content import RELATED, layers_of, tables_of
from nmgeo.outputs.pack.qgis_categories import style_inputs
from nmgeo.outputs.pack.qgis_style import qml
from nmgeo.outputs.postgis import NAME_BYTES, DatabaseTable, Reference, store_tables

_ID: Final = "fid"  # of every row, as in the GeoPackage
_TAKEN: Final = ("layer_styles", "spatial_ref_sys")  # of QGIS and of PostGIS
_INDEXED: Final = frozenset({"site_id", "outline_id", "feature_id", *RELATED.values()})
_KEYS: Final[Mapping[str, str]] = {"instruments": "policy_id", "sites": "outline_id"}
_REFERENCES: Final = {  # the foreign keys of a table
    "site_policies": "instruments",
    "rings": "sites",
    "links": "sites",
}


def pack_database(to: str, atlas: Atlas, schema: str, *, replace: bool) -> Written:
    """Write the layers and tables of a pack into a database, in one transaction.

    Parameters
    ----------
    to : str
        Address of the database.
    atlas : Atlas
        From :func:`nmgeo.outputs.atlas.build_atlas`.
    schema : str
        Where the tables go; created if necessary.
    replace : bool
        Whether tables of these names are replaced.

    Returns
    -------
    Written
        The number of rows and of texts that the database gives back.

    Raises
    ------
    ExportError
        If the database refuses or is lost, or a table exists; nothing is changed.
    """
    layers = layers_of(atlas)
    parts = [*tables_of(atlas, layers), *_sites_first(layers)]
    names = unique_names([plain_text(p.name) for p in parts], _TAKEN, size=NAME_BYTES)
    keyed = {p.name for p in parts if _has_key(p)}
    tables = [_table(p, name, atlas, keyed) for p, name in zip(parts, names, strict=True)]
    found = store_tables(to, schema, tables, atlas.lang, replace=replace)
    count, texts = sum(one.count for one in found), sum(one.texts for one in found)
    return Written(count=count, area_ha=None, texts=texts)


def _sites_first(layers: Sequence[PackLayer]) -> list[PackLayer]:
    return sorted(layers, key=lambda layer: layer.name != "sites")


def _has_key(part: PackLayer) -> bool:
    """Tell whether the key of a table names each of its rows."""
    column = _KEYS.get(part.name)
    return column in part.rows and bool(part.rows[column].is_unique)


def _table(part: PackLayer, name: str, atlas: Atlas, keyed: set[str]) -> DatabaseTable:
    heads = unique_names(attribute_names(part.table), [GEOMETRY.name, _ID], size=NAME_BYTES)
    shown = has_geometry(part.table)
    rows = part.table.rename_columns(heads + [GEOMETRY.name] * shown)
    ids = pa.array(range(1, len(part.rows) + 1), type=pa.int64())
    key, other = _KEYS.get(part.name), _REFERENCES.get(part.name)
    unique = [key] if key is not None and part.name in keyed else []
    refers = [Reference(column=_KEYS[other], table=other, key=_KEYS[other])] if other else []
    return DatabaseTable(
        name=name,
        rows=rows.add_column(0, pa.field(_ID, pa.int64()), ids),
        comment=_comment(part, atlas),
        area_ha=float(area_ha(part.rows).sum()) if part.kind == "Polygon" else 0.0,
        kind=part.kind if part.kind == "Point" else f"Multi{part.kind}",
        key=_ID,
        indexed=[n for n in heads if n in _INDEXED and n not in unique],
        unique=unique,
        references=[one for one in refers if one.table in keyed and one.column in part.rows],
        style=qml(style_inputs(part, atlas)) if shown else "",
    )


def _comment(part: PackLayer, atlas: Atlas) -> str:
    """Return the title of a table, what is said of it, and whose data it is."""
    credit_lines = drawn_credits(atlas.catalog, [part.name])
    lines = credits_in(credit_lines, atlas.catalog, atlas.lang)
    return "; ".join(filter(None, [part.title, part.description, *lines]))
