"""Writers: rows as they come, into GeoParquet, FlatGeobuf, CSV and GeoJSON text sequences."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import Any, BinaryIO, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyogrio.errors import DataSourceError
from pyproj import CRS

from nmgeo import crs as ruler
from nmgeo.errors import UsageError
from nmgeo.translations import ROWS

GEOMETRY: Final = pa.field(
    "geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}
)
_DECIMALS: Final = 7  # of a degree, as RFC 7946 has it: 1 cm
_FORMULA: Final = "^[=+\\-@\t\r]"
_NUMBER: Final = r"^[+-]?[\d.]+$"

Writer = Callable[[BinaryIO, Iterable[pa.Table], CRS], None]


def write_rows(out: Path | BinaryIO, form: str, rows: Iterator[pa.Table], crs: CRS) -> None:
    """Write tables one after the other, none kept.

    Parameters
    ----------
    out : path or binary file
        Where to; FlatGeobuf can only be written to a path.
    form : str
        ``parquet``, ``fgb``, ``csv`` (no geometry), ``geojsonl`` (a feature a line), or
        ``geojsons`` (RFC 8142, each with a record separator before it).
    rows : iterator of Table, at least one, all of one schema
        With ``id`` and ``geometry`` (WKB, x before y).
    crs : CRS
        What the geometry is in; GeoJSON is written in EPSG:4326.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if isinstance(out, Path) and form == "fgb":
        _write_fgb(out, rows, crs)
    elif isinstance(out, Path):
        with out.open("wb") as file:
            _WRITERS[form](file, rows, crs)
    else:
        _WRITERS[form](out, rows, crs)


def require_row_format(form: str, *, to_path: bool) -> str:
    """Return a format that rows can be written in.

    Raises
    ------
    UsageError
        If it is none of ours, or needs a path.
    """
    if form not in ROWS:
        raise UsageError(f"form {form!r}", "is no format of rows", f"use {', '.join(ROWS)}")
    if not to_path and form not in _WRITERS:
        remedy = f"give a path, or use {', '.join(_WRITERS)}"
        raise UsageError(f"form {form!r}", "cannot be written to an open file", remedy)
    return form


def format_of_path(path: Path) -> str:
    """Return the format that a name asks for.

    Raises
    ------
    UsageError
        If none of ours ends like that.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in ROWS:
        wrong = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        raise UsageError(f"--out {str(path)!r}", wrong, f"use .{', .'.join(ROWS)}")
    return form


def _write_parquet(file: BinaryIO, rows: Iterable[pa.Table], crs: CRS) -> None:
    """Write GeoParquet 1.1; what kinds of geometry there are is known at the end."""
    writer, kinds, box = None, set(), np.array([np.inf, np.inf, -np.inf, -np.inf])
    try:
        for table in rows:
            if writer is None:
                writer = pq.ParquetWriter(file, table.schema, compression="zstd")
            writer.write_table(table)
            shapes = _shapes(table)
            kinds |= _kinds(shapes)
            found = shapely.bounds(shapes)
            box[:2] = np.fmin(box[:2], np.fmin.reduce(found[:, :2], initial=np.inf))
            box[2:] = np.fmax(box[2:], np.fmax.reduce(found[:, 2:], initial=-np.inf))
        if writer is not None:
            writer.add_key_value_metadata({"geo": json.dumps(_geo(sorted(kinds), box, crs))})
    finally:
        if writer is not None:
            writer.close()


def _kinds(shapes: Any) -> set[str]:
    ids = shapely.get_type_id(shapes) * 2 + shapely.has_z(shapes)
    firsts = [shapes[row] for row in np.unique(ids, return_index=True)[1]]
    return {shape.geom_type + " Z" * shape.has_z for shape in firsts if shape is not None}


def _geo(kinds: list[str], box: Any, crs: CRS) -> dict[str, Any]:
    column = {"encoding": "WKB", "crs": crs.to_json_dict(), "geometry_types": kinds}
    if np.isfinite(box).all():
        column["bbox"] = box.tolist()
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _write_fgb(path: Path, rows: Iterator[pa.Table], crs: CRS) -> None:
    """Write without the spatial index, for which GDAL would put the rows in another order."""
    first, failed = next(rows), []

    def batches() -> Iterator[pa.RecordBatch]:
        table: pa.Table | None = first
        try:
            while table is not None:
                yield from table.to_batches()
                table = next(rows, None)
        except BaseException as error:  # GDAL would hide it
            failed.append(error)
            raise

    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(first.schema, batches()),
            path,
            driver="FlatGeobuf",
            layer="sites",
            geometry_name="geometry",
            geometry_type="Unknown",
            crs=crs.to_wkt(),
            SPATIAL_INDEX="NO",
        )
    except (DataSourceError, RuntimeError, OSError) as error:
        raise (failed[0] if failed else OSError(str(error))) from None


def _write_csv(file: BinaryIO, rows: Iterable[pa.Table], _crs: CRS) -> None:
    header = True
    for table in rows:
        flat = table.drop_columns(["geometry"])
        if header:
            file.write(f"{','.join(flat.column_names)}\n".encode())
            header = False
        safe = [_guarded(column) for column in flat.columns]
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        pyarrow.csv.write_csv(pa.table(safe, schema=flat.schema), file, options)


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Put an apostrophe in front of text that a spreadsheet would run as a formula."""
    if not pa.types.is_string(column.type):
        return column
    formula = pc.match_substring_regex(column, _FORMULA)
    run = pc.and_not(formula, pc.match_substring_regex(column, _NUMBER))
    return pc.if_else(run, pc.binary_join_element_wise("'", column, ""), column)


def _write_lines(file: BinaryIO, rows: Iterable[pa.Table], crs: CRS, *, before: str = "") -> None:
    for table in rows:
        text = "".join(f"{before}{line}\n" for line in _features(table, crs))
        file.write(text.encode())


def _features(table: pa.Table, crs: CRS) -> Iterator[str]:
    """Return RFC 7946 features: WGS 84, seven decimals, right-hand rule."""
    stored = ruler.transform(gpd.GeoSeries(_shapes(table), crs=crs), ruler.WGS84).to_numpy()
    turned = shapely.orient_polygons(stored, exterior_cw=False)
    rounded = shapely.transform(turned, lambda xy: np.round(xy, _DECIMALS))
    records = table.drop_columns(["id", "geometry"]).to_pylist()
    ids = table["id"].to_pylist()
    return starmap(_feature, zip(ids, shapely.to_geojson(rounded), records, strict=True))


def _feature(name: str, geometry: str | None, properties: dict[str, Any]) -> str:
    return (
        f'{{"type":"Feature","id":{json.dumps(name, ensure_ascii=False)},'
        f'"geometry":{geometry or "null"},'
        f'"properties":{json.dumps(properties, ensure_ascii=False, allow_nan=False)}}}'
    )


def _shapes(table: pa.Table) -> Any:
    return shapely.from_wkb(table["geometry"].to_numpy())


_WRITERS: Final[dict[str, Writer]] = {
    "parquet": _write_parquet,
    "csv": _write_csv,
    "geojsonl": _write_lines,
    "geojsons": partial(_write_lines, before="\x1e"),
}
