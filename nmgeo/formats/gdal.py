"""FlatGeobuf and GeoPackage, which GDAL writes to a path."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataSourceError

from nmgeo import provenance
from nmgeo.errors import system_error
from nmgeo.files import DATABASE_ROOM, require_plain_folder, require_room
from nmgeo.formats.field_names import layer_name, unique_names
from nmgeo.formats.geopackage import GEOPACKAGE, VERSION, name_geometry_type, on_one_day
from nmgeo.formats.plain_text import plain_table
from nmgeo.formats.rows import (
    GEOMETRY,
    TAKEN,
    Answer,
    attribute_names,
    first_and_all,
    has_geometry,
    with_meanings,
)
from nmgeo.formats.times import gdal_times
from nmgeo.languages import Lang
from nmgeo.stamps import KEY
from nmgeo.wkb import type_codes


def write_flatgeobuf(path: Path, answer: Answer) -> None:
    """Write without the spatial index, for which GDAL would put the rows in another order."""
    _, tables = first_and_all(answer.tables)  # inputs are read by then
    told = {"DESCRIPTION": f"{KEY} {said}"} if (said := provenance.statement_text()) else {}
    rows = replace(answer, tables=tables)
    _write(path, rows, "FlatGeobuf", ".fgb", SPATIAL_INDEX="NO", **told)


def write_geopackage(path: Path, answer: Answer) -> None:
    """Write one layer with a spatial index, or a table if the rows have no geometry."""
    first, tables = first_and_all(answer.tables)
    key, shapes = unique_names(["fid", "geom"], first.column_names, fold=str.lower)
    about = {"DESCRIPTION": "; ".join(answer.credits), "FID": key, "GEOMETRY_NAME": shapes}
    codes: set[int] = set()
    rows = replace(answer, name=layer_name(answer.name), tables=_noting_types(tables, codes))
    with on_one_day():
        _write(path, rows, "GPKG", ".gpkg", VERSION=VERSION, **about)
    name_geometry_type(path, codes)


def _noting_types(tables: Iterable[pa.Table], codes: set[int]) -> Iterator[pa.Table]:
    """Yield tables, and note the types of their geometries."""
    for table in tables:
        if has_geometry(table):
            codes |= type_codes(table[GEOMETRY.name])
        yield table


def add_layer(path: Path, frame: gpd.GeoDataFrame, layer: str) -> None:
    """Write a frame as a layer of a GeoPackage, beside those that it has."""
    pyogrio.write_dataframe(frame, path, layer=layer, append=path.exists(), GEOMETRY_NAME="geom")


def _write(path: Path, answer: Answer, driver: str, suffix: str, **options: Any) -> None:
    require_plain_folder(path)
    first, tables = first_and_all(_writable(table, answer.lang, driver) for table in answer.tables)
    failed: list[BaseException] = []
    draft = path if path.suffix == suffix else path.with_name(f"{path.name}{suffix}")
    if has_geometry(first):
        options |= {"geometry_name": GEOMETRY.name, "geometry_type": "Unknown"}
    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(first.schema, _batches(tables, failed)),
            draft,
            driver=driver,
            layer=answer.name,
            crs=answer.crs.to_wkt() if answer.crs else None,
            **options,
        )
        require_room(draft)
        draft.replace(path)
    except (DataSourceError, RuntimeError, OSError) as error:
        if failed:
            raise failed[0] from None
        require_room(draft, DATABASE_ROOM)
        raise system_error(error) from None
    finally:
        if draft != path:
            draft.unlink(missing_ok=True)


def _writable(table: pa.Table, lang: Lang, driver: str) -> pa.Table:
    """Return a table that GDAL can write: names differ in more than case, text is plain.

    Its fields say what they are called and mean; its times are those that the format holds.
    """
    table = with_meanings(table, lang)
    names = attribute_names(table)
    heads = unique_names(names, TAKEN, fold=str.lower)
    heads += [GEOMETRY.name] * has_geometry(table)
    is_package = driver == "GPKG"
    timed = gdal_times(table, GEOPACKAGE if is_package else driver, utc=is_package)
    return plain_table(timed).rename_columns(heads)


def _batches(tables: Iterable[pa.Table], failed: list[BaseException]) -> Iterator[pa.RecordBatch]:
    """Yield the batches of tables, and keep an error that GDAL would hide."""
    try:
        for table in tables:
            yield from table.to_batches()
    except BaseException as error:
        failed.append(error)
        raise
