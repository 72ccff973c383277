"""GeoJSON after RFC 7946: a collection, a feature a line, or a text sequence (RFC 8142)."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import starmap
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS

from nmgeo.formats.rows import GEOMETRY, JSON, Answer, wgs84_shapes

_DECIMALS: Final = 7  # of a degree, as RFC 7946 has it: 1 cm
_EXTENSION, _JSON = next((k.encode(), v.encode()) for k, v in JSON.items())
_dumps: Final = partial(json.dumps, ensure_ascii=False, allow_nan=False)


def write_geojson(file: BinaryIO, answer: Answer) -> None:
    """Write a FeatureCollection, a feature a line."""
    about = {"name": answer.name, "description": "; ".join(answer.credits)}
    members = "".join(f'"{key}":{_dumps(value)},' for key, value in about.items() if value)
    before = f'{{"type":"FeatureCollection",{members}"features":[\n'
    for features in _features_of(answer):
        lines = ",\n".join(features)
        file.write(f"{before}{lines}".encode())
        before = ",\n"
    file.write(b"\n]}\n" if before == ",\n" else f"{before}]}}\n".encode())


def write_lines(file: BinaryIO, answer: Answer) -> None:
    """Write a feature a line."""
    _write_each(file, answer, before="")


def write_sequence(file: BinaryIO, answer: Answer) -> None:
    """Write a feature a line, each with a record separator before it."""
    _write_each(file, answer, before="\x1e")


def _write_each(file: BinaryIO, answer: Answer, *, before: str) -> None:
    for features in _features_of(answer):
        lines = [f"{before}{feature}\n" for feature in features]
        file.write("".join(lines).encode())


def _features_of(answer: Answer) -> Iterator[list[str]]:
    """Return the features of each table that holds any."""
    for table in answer.tables:
        if table.num_rows:
            yield list(_features(table, answer.crs))


def _features(table: pa.Table, crs: CRS | None) -> Iterator[str]:
    """Return features of RFC 7946: right-hand rule."""
    turned = shapely.orient_polygons(rounded_shapes(table, crs), exterior_cw=False)
    records = _records(finite_table(table.drop_columns([GEOMETRY.name])))
    return starmap(_feature, zip(shapely.to_geojson(turned), records, strict=True))


def rounded_shapes(table: pa.Table, crs: CRS | None) -> Any:
    """Return the shapes as a file holds them: WGS 84 with seven decimals, none off by 1 cm."""
    return shapely.transform(wgs84_shapes(table, crs), lambda xy: np.round(xy, _DECIMALS))


def finite_table(table: pa.Table) -> pa.Table:
    """Return a table whose numbers are finite or missing: JSON has no other."""
    columns = [
        pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
        if pa.types.is_floating(column.type)
        else column
        for column in table.columns
    ]
    return pa.table(columns, schema=table.schema)


def _records(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows, with lists and objects in the columns that hold JSON."""
    records: list[dict[str, Any]] = table.to_pylist()
    nested = [f.name for f in table.schema if (f.metadata or {}).get(_EXTENSION) == _JSON]
    for record in records if nested else ():
        record.update({name: json.loads(record[name] or "null") for name in nested})
    return records


def _feature(geometry: str | None, properties: dict[str, Any]) -> str:
    name = f'"id":{_dumps(properties.pop("id"))},' if "id" in properties else ""
    told = _dumps(properties)
    return f'{{"type":"Feature",{name}"geometry":{geometry or "null"},"properties":{told}}}'
