"""GeoParquet 1.1, and Parquet for rows without geometry."""

import json
from typing import Any, BinaryIO

import numpy as np
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from nmgeo.formats.rows import Answer, first_and_all, has_geometry, shapes_of


def write_geoparquet(file: BinaryIO, answer: Answer) -> None:
    """Write rows as they come; the kinds of geometry and the bounds are known at the end."""
    first, tables = first_and_all(answer.tables)
    kinds: set[str] = set()
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
            if has_geometry(table):
                kinds |= _add_bounds(shapes_of(table), box)
        if has_geometry(first):
            writer.add_key_value_metadata({"geo": json.dumps(_geo(sorted(kinds), box, answer.crs))})


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
