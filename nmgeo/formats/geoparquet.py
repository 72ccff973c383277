"""GeoParquet 1.1, and Parquet for rows without geometry."""

import json
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from nmgeo import provenance
from nmgeo.formats.rows import GEOMETRY, Answer, first_and_all, has_geometry, with_meanings
from nmgeo.stamps import KEY
from nmgeo.wkb import plain_bounds

_SHAPES: Final = "snappy"  # twice as fast as zstd, which makes coordinates little smaller
_REPEATED: Final = 10  # times that a value stands in a column on average
_HEAD: Final = 16_384  # rows of which it is told


def write_geoparquet(file: BinaryIO, answer: Answer) -> None:
    """Write rows as they come; the kinds of geometry and the bounds are known at the end."""
    first, tables = first_and_all(answer.tables)
    first = with_meanings(first, answer.lang)
    kinds: set[str] = set()
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    names = first.column_names
    told = [name for name in names if name != GEOMETRY.name]
    how: dict[str, Any] = {
        "use_dictionary": _repeating(first),
        "write_statistics": told,  # of WKB they say nothing
        "compression": {name: _SHAPES if name == GEOMETRY.name else "zstd" for name in names},
    }
    with pq.ParquetWriter(file, first.schema, **how) as writer:
        for table in tables:
            writer.write_table(table)
            if has_geometry(table):
                kinds |= _add_wkb(table[GEOMETRY.name], box)
        if has_geometry(first):
            writer.add_key_value_metadata({"geo": json.dumps(_geo(sorted(kinds), box, answer.crs))})
        if said := provenance.statement_text():
            writer.add_key_value_metadata({KEY: said})


def _repeating(table: pa.Table) -> list[str]:
    """Return the columns of text whose values repeat: of others a dictionary takes time alone."""
    head = table.slice(0, _HEAD)
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    return [n for n in texts if pc.count_distinct(head[n]).as_py() * _REPEATED <= head.num_rows]


def _add_wkb(shapes: pa.ChunkedArray, box: Any) -> set[str]:
    """Widen the box by the bounds of geometries, and return the kinds of them."""
    if (plain := plain_bounds(shapes)) is not None:
        kind, (west, south, east, north) = plain
        box[:2], box[2:] = np.fmin(box[:2], (west, south)), np.fmax(box[2:], (east, north))
        return {kind}
    return _add_bounds(shapely.from_wkb(shapes.to_numpy()), box)


def _add_bounds(shapes: Any, box: Any) -> set[str]:
    """Widen the box by the bounds of the shapes, and return the kinds of them."""
    found = shapely.bounds(shapes)
    box[:2] = np.fmin(box[:2], np.fmin.reduce(found[:, :2], initial=np.inf))
    box[2:] = np.fmax(box[2:], np.fmax.reduce(found[:, 2:], initial=-np.inf))
    return _kinds(shapes)


def _kinds(shapes: Any) -> set[str]:
    ids = shapely.get_type_id(shapes) * 2 + shapely.has_z(shapes)
    firsts = [shapes[row] for row in np.unique(ids, return_index=True)[1]]
    return {shape.geom_type + " Z" * shape.has_z for shape in firsts if shape is not None}


def _geo(kinds: list[str], box: Any, crs: CRS | None) -> dict[str, Any]:
    column = {"encoding": "WKB", "crs": crs and crs.to_json_dict(), "geometry_types": kinds}
    if np.isfinite(box).all():
        column["bbox"] = box.tolist()
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
