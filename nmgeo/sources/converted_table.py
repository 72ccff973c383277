"""Tables of a file whose text nmgeo decodes itself, or whose points it builds from columns."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from nmgeo.sources import gdal
from nmgeo.sources.coordinate_columns import build_shapes
from nmgeo.sources.curves import straighten
from nmgeo.sources.describe import Description, require_complete
from nmgeo.sources.drawing import DRAWING, flat_wkb_as_lines
from nmgeo.sources.nested_shapes import with_few_levels
from nmgeo.sources.shapefile_text import decode_table
from nmgeo.sources.source import BATCH, GEOMETRY, ID, Batches
from nmgeo.sources.total_rows import without_totals
from nmgeo.sources.value_types import restore_types


def standard_table(
    meta: Mapping[str, Any], table: pa.Table, seen: Description, row: int, *, lenient: bool = False
) -> pa.Table:
    """Return a table of GDAL with the feature id and the geometry as WKB in front.

    Parameters
    ----------
    meta, table : mapping, Table
        From :func:`nmgeo.sources.gdal.read_batches`.
    seen : Description
        The layer.
    row : int
        The row of its first feature.

    Returns
    -------
    Table
        As :meth:`nmgeo.sources.source.Source.batches` promises.
    """
    shape = meta["geometry_name"] or "wkb_geometry"
    again = partial(gdal.read_arrays, seen.path, seen.layer, skip_features=row, **seen.options)
    ids, *fields = table.columns  # by place: a field may be called as the ids are
    few = with_few_levels(table[shape], ids, seen.file, lenient=lenient)
    shapes = straighten(few, again)
    shapes = flat_wkb_as_lines(shapes) if seen.driver == DRAWING else shapes
    named = dict(zip(table.column_names[1:], fields, strict=True))
    del named[shape]
    return pa.Table.from_arrays([ids, shapes, *named.values()], [ID, GEOMETRY, *named])


def converted_batches(
    seen: Description, size: int, columns: Sequence[str] | None, *, lenient: bool = False
) -> Batches:
    """Read tables as :meth:`nmgeo.sources.source.Source.batches` does, converted."""
    row = 0
    options = {"batch_size": size, "columns": _raw_columns(seen, columns), **seen.options}
    with closing(gdal.read_batches(seen.path, seen.layer, **options)) as tables:
        for meta, table in tables:
            if seen.coordinates is None:
                shaped = standard_table(meta, table, seen, row, lenient=lenient)
                found = decode_table(shaped, seen.codec)
                yield found.set_column(0, ID, pa.array(range(row, row + table.num_rows)))
            else:
                found = _with_shapes(decode_table(table, seen.codec), seen, row)
                yield without_totals(found, seen, row)
            row += table.num_rows


def _raw_columns(seen: Description, columns: Sequence[str] | None) -> list[str] | None:
    """Return the names by which GDAL knows the columns that are needed."""
    if columns is None:
        return None
    needed = [*columns, *(seen.coordinates.columns if seen.coordinates else ())]
    return [seen.raw_names.get(name, name) for name in dict.fromkeys(needed)]


def _with_shapes(table: pa.Table, seen: Description, row: int) -> pa.Table:
    """Put shapes in the place of the columns of coordinates; ids are row numbers from 0."""
    if seen.coordinates is None:
        return table
    shapes = pa.array(shapely.to_wkb(build_shapes(seen.coordinates, table)), pa.binary())
    fields = dict(zip(table.column_names[1:], table.columns[1:], strict=True))  # 0 is the fid
    names = [name for name in fields if name not in seen.coordinates.columns]
    ids = pa.array(range(row, row + table.num_rows))
    held = [ids, shapes, *(fields[name] for name in names)]
    return pa.Table.from_arrays(held, [ID, GEOMETRY, *names])


def read_converted(seen: Description, *, first: int | None) -> gpd.GeoDataFrame:
    """Read features as :meth:`nmgeo.sources.source.Source.read` does, converted."""
    tables: list[pa.Table] = []
    with closing(_upto(seen, first)) as batches:
        tables += batches
    if not tables:
        return gpd.GeoDataFrame(geometry=[], crs=seen.crs)
    whole = pa.concat_tables(tables, promote_options="permissive").slice(0, first)
    if first is None:
        require_complete(seen, whole.num_rows)
    fields = _dates_as_text(whole.drop_columns([ID, GEOMETRY]))
    plain = restore_types(fields.to_pandas(), fields.select)
    with np.errstate(invalid="ignore"):  # of a coordinate that is no number
        shapes = shapely.from_wkb(whole[GEOMETRY].to_pandas().to_numpy(dtype=object))
    index = pd.Index(whole[ID].to_pandas(), name="fid")
    return gpd.GeoDataFrame(plain.set_axis(index), geometry=shapes, crs=seen.crs)


def _upto(seen: Description, first: int | None) -> Generator[pa.Table, None, None]:
    """Read batches until there are as many rows as are asked for."""
    held = 0
    with closing(converted_batches(seen, min(first or BATCH, BATCH), None)) as batches:
        for table in batches:
            yield table
            held += table.num_rows
            if first is not None and held >= first:
                return


def _dates_as_text(table: pa.Table) -> pa.Table:
    """Return dates as text, as :func:`nmgeo.sources.gdal.read_frame` is asked for them."""
    columns = [
        column.cast(pa.string()) if pa.types.is_temporal(column.type) else column
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, table.column_names)
