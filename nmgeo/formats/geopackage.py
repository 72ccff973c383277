"""GeoPackages of many layers: typed geometry, tables, styles, descriptions of fields."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from nmgeo.errors import system_error
from nmgeo.files import DATABASE_ROOM, require_plain_folder, require_room
from nmgeo.formats.field_names import unique_names
from nmgeo.formats.plain_text import plain_table, plain_text
from nmgeo.formats.rows import GEOMETRY, attribute_names, has_geometry, to_arrow
from nmgeo.formats.times import gdal_times

KINDS: Final = ("Polygon", "LineString", "Point")  # from the bottom of a map to its top
GEOPACKAGE: Final = "GeoPackage"
VERSION: Final = "1.2"  # which the GDAL of QGIS 3.22 knows
_DAY: Final = "2026-01-01T00:00:00.000Z"  # of every file, so that its bytes stay the same
_DRAFT: Final[Mapping[str, Any]] = {
    "OGR_CURRENT_DATE": _DAY,
    "OGR_SQLITE_CACHE": "16",  # MB; with the 2 MB of SQLite a page is written many times
    "OGR_SQLITE_SYNCHRONOUS": "OFF",
}
_TYPES: Final = (  # by their code in WKB, from 1
    *("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"),
    "GEOMETRYCOLLECTION",
)
_WITH_Z: Final = 1_000  # what ISO WKB adds to a code
_STYLES: Final = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT, f_table_schema TEXT,
  f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)
"""
_FIELDS: Final = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT, PRIMARY KEY (table_name, column_name))
"""


@dataclass(frozen=True, kw_only=True)
class PackLayer:
    """A layer or table of a GeoPackage.

    Parameters
    ----------
    name : str
        Its name in the file.
    rows : DataFrame or GeoDataFrame
        Its features; a frame with geometry holds one kind of :data:`KINDS`.
    title, description : str
        What it is called, and what it is.
    kind : str
        One of :data:`KINDS`, empty for a table.
    metadata : mapping of str
        Licence, date, accuracy and the like.
    """

    name: str
    rows: pd.DataFrame
    title: str
    description: str
    kind: str
    metadata: Mapping[str, str]

    @property
    def fields(self) -> list[str]:
        """Names of its columns in the file, without key and geometry."""
        return attribute_names(self.table)

    @cached_property
    def table(self) -> pa.Table:
        """Its rows as they are written: text without control characters."""
        table = gdal_times(plain_table(to_arrow(self.rows, times=True)), GEOPACKAGE, utc=True)
        names = list(map(plain_text, attribute_names(table)))
        heads = unique_names(names, [GEOMETRY.name, "fid"], fold=str.lower)
        return table.rename_columns(heads + [GEOMETRY.name] * has_geometry(table))


def split_by_kind(frame: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return the rows of each kind of geometry, with multi geometries for lines and areas.

    Rows without geometry, and collections, are left out.
    """
    kinds = frame.geometry.geom_type.str.removeprefix("Multi").replace("LinearRing", "LineString")
    found = {kind: frame[kinds == kind] for kind in KINDS if (kinds == kind).any()}
    return {kind: rows.set_geometry(_as_multi(rows, kind)) for kind, rows in found.items()}


def _as_multi(rows: gpd.GeoDataFrame, kind: str) -> gpd.GeoSeries:
    multi = {"Polygon": shapely.MultiPolygon, "LineString": shapely.MultiLineString}
    if kind == "Point":
        return rows.geometry.explode(index_parts=False) if _has_multi(rows) else rows.geometry
    shapes = [multi[kind]([s]) if s.geom_type == kind else s for s in rows.geometry]
    return gpd.GeoSeries(shapes, index=rows.index, crs=rows.crs)


def _has_multi(rows: gpd.GeoDataFrame) -> bool:
    return bool((rows.geometry.geom_type == "MultiPoint").any())


def write_layers(path: Path, layers: Sequence[PackLayer]) -> None:
    """Write layers and tables into a new GeoPackage.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    require_plain_folder(path)
    with on_one_day():
        for number, layer in enumerate(layers):
            try:
                pyogrio.write_arrow(
                    layer.table, path, driver="GPKG", append=number > 0, **_how(layer)
                )
            except (pyogrio.errors.DataSourceError, RuntimeError) as error:
                require_room(path, DATABASE_ROOM)
                raise system_error(error) from None


def _how(layer: PackLayer) -> dict[str, Any]:
    how: dict[str, Any] = {
        "layer": layer.name,
        "layer_metadata": dict(layer.metadata),
        "IDENTIFIER": f"{layer.title} ({layer.name})",
        "DESCRIPTION": layer.description,
        "FID": "fid",
        "VERSION": VERSION,
    }
    if not layer.kind:
        return how | {"ASPATIAL_VARIANT": "GPKG_ATTRIBUTES"}
    typed = layer.kind if layer.kind == "Point" else f"Multi{layer.kind}"
    crs = layer.rows.crs.to_wkt()
    named = {"geometry_name": GEOMETRY.name, "GEOMETRY_NAME": GEOMETRY.name}
    return how | named | {"geometry_type": typed, "crs": crs}


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a GeoPackage with SQLite, and commit at the end."""
    try:
        with closing(sqlite3.connect(path)) as base, base:
            yield base
    except sqlite3.Error as error:
        require_room(path, DATABASE_ROOM)
        raise system_error(error) from None


def add_styles(path: Path, styles: Mapping[str, str]) -> None:
    """Add the style of each layer as QGIS keeps it, as the default one."""
    with _database(path) as base:
        base.execute(_STYLES)
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
            "update_time) VALUES ('', '', ?, ?, 'nmgeo', ?, '', 1, 'nmgeo', '', ?)",
            [(layer, GEOMETRY.name, style, _DAY) for layer, style in styles.items()],
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, "
            "last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            [_DAY],
        )


def add_field_titles(path: Path, fields: Mapping[tuple[str, str], tuple[str, str]]) -> None:
    """Add titles and descriptions of fields, after the schema extension of GeoPackage.

    Parameters
    ----------
    path : Path
        The file.
    fields : mapping
        Title and description by layer and field.
    """
    with _database(path) as base:
        base.execute(_FIELDS)
        base.executemany(
            "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, title, "
            "description) VALUES (?, ?, ?, ?)",
            [(*place, *told) for place, told in fields.items()],
        )
        base.execute(
            "INSERT OR IGNORE INTO gpkg_extensions (table_name, column_name, extension_name, "
            "definition, scope) VALUES ('gpkg_data_columns', NULL, 'gpkg_schema', "
            "'http://www.geopackage.org/spec121/#extension_schema', 'read-write')"
        )


def name_geometry_type(path: Path, codes: set[int]) -> None:
    """Let a file of one layer say of which type its geometry is, if all of it is of one.

    Parameters
    ----------
    path : Path
        The file, whose geometry GDAL has called ``GEOMETRY``.
    codes : set of int
        Types of the geometries after ISO WKB: 3 for polygons, 1003 if they have heights.
    """
    if len(codes) != 1:
        return
    has_z, code = divmod(codes.pop(), _WITH_Z)
    with _database(path) as base:
        base.execute(
            "UPDATE gpkg_geometry_columns SET geometry_type_name = ?, z = ?",
            [_TYPES[code - 1], has_z],
        )


@contextmanager
def on_one_day() -> Iterator[None]:
    """Let GDAL write the same date into a GeoPackage on any day, and wait for no disk.

    SQLite waits after each layer, for up to 30 ms; what is written is a draft, which is lost anyway
    if the power goes.
    """
    pyogrio.set_gdal_config_options(_DRAFT)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(_DRAFT))
