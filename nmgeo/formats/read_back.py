"""Files read again after they were written, and compared with what was meant.

What pyogrio wrote is read by fiona, which carries another GDAL, and the other way round.

This module is longer than 300 lines because each format has its reader here, beside the others.
"""

import csv
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from xml.etree import ElementTree as ET

import fiona
import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyproj import CRS

from nmgeo import crs as ruler
from nmgeo.errors import ExportError, first_line
from nmgeo.files import without_driver
from nmgeo.formats import Format, find_format
from nmgeo.formats.field_names import unique_names
from nmgeo.formats.formulas import guard_formula
from nmgeo.formats.geojson import rounded_shapes
from nmgeo.formats.geopackage_rows import geopackage_rows, is_geopackage
from nmgeo.formats.kml import kml_names
from nmgeo.formats.plain_text import one_line_end, plain_text
from nmgeo.formats.rows import TAKEN, attribute_names, has_geometry, shapes_of
from nmgeo.formats.shapefile import FIELDS, cut_text
from nmgeo.formats.text_files import WKT
from nmgeo.measures.areas import area_ha
from nmgeo.messages import Text, text
from nmgeo.units import M2_PER_HECTARE

_TOLERANCE_M2: Final = 1.0  # of the area of a feature
_RELATIVE: Final = 1e-8  # of a feature so large that coordinates of a centimetre move more
_SHEETS_AS_THEY_ARE: Final = 2  # of rows that have no form to be read in, and of notes
_KML: Final = "{http://www.opengis.net/kml/2.2}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a comparison found equal: the number of rows, their area and their texts."""

    count: int
    area_ha: float | None  # None: the format holds no geometry
    texts: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a reader found: names and texts in the order of the columns, and geometry."""

    count: int
    names: Sequence[str] | None  # None: the file shows headings instead
    texts: Mapping[int, Sequence[Any]]
    shapes: Any = None
    crs: CRS | None = None


def compare_written(
    draft: Path, path: Path, form: Format, table: pa.Table, crs: CRS | None
) -> Written:
    """Read a file again, and compare it with the rows that were meant.

    Parameters
    ----------
    draft, path : Path
        The file, and what it will be called.
    form : Format
        One with a reader.
    table : Table
        What was written.
    crs : CRS or None
        What the geometry of ``table`` is in.

    Returns
    -------
    Written
        Counts and hectares of what is equal in both.

    Raises
    ------
    ExportError
        If the number of rows, an area by more than a square metre, a name or a text differs.
    """
    try:
        found = _READERS[form.reader](draft, table)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise _differs(path, text("does not read back ({why})", why=first_line(error))) from None
    return _compare(found, path, form, table, crs)


def compare_layer(path: Path, layer: str, table: pa.Table, crs: CRS | None) -> Written:
    """Read a layer of a GeoPackage again, and compare it with the rows that were meant.

    Parameters, result and error are those of :func:`compare_written`.
    """
    try:
        found = _read_layer(path, table, layer)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise _differs(path, text("does not read back ({why})", why=first_line(error))) from None
    return _compare(found, path, find_format("gpkg"), table, crs)


def _compare(found: Found, path: Path, form: Format, table: pa.Table, crs: CRS | None) -> Written:
    names = attribute_names(table)
    if found.count != table.num_rows:
        raise _differs(path, text("the number of rows does not read back"))
    if found.names is not None and list(found.names) != _expected_names(names, form):
        raise _differs(path, text("names of columns do not read back"))
    change = _CHANGES.get(form.name, plain_text)
    texts = [place for place, name in enumerate(names) if pa.types.is_string(table[name].type)]
    for place in texts:
        meant = [change(value or "") for value in table[names[place]].to_pylist()]
        back = [value or "" for value in found.texts[place]]
        if form.name == "ods":
            back = [_fold_blanks(value) for value in back]
        if meant != back:
            wrong = text("text of column {column!r} does not read back", column=names[place])
            raise _differs(path, wrong)
    area = _compare_areas(path, form, table, crs, found) if has_geometry(table) else None
    drawn = area if form.geometry else None
    return Written(count=found.count, area_ha=drawn, texts=len(texts) * found.count)


def _compare_areas(
    path: Path, form: Format, table: pa.Table, crs: CRS | None, found: Found
) -> float | None:
    """Compare the area of each feature, and return their sum in hectares."""
    if found.shapes is None or crs is None:
        return None
    if form.reader == "read_features":  # whose centimetres move a long edge by more than 1 m2
        shapes = gpd.GeoDataFrame(geometry=rounded_shapes(table, crs), crs=ruler.WGS84)
    else:
        shapes = gpd.GeoDataFrame(geometry=shapes_of(table), crs=crs)
    meant = area_ha(shapes).fillna(0).to_numpy()
    back = _areas_back(shapes, meant, gpd.GeoSeries(found.shapes, crs=found.crs or crs))
    off_m2 = np.abs(meant - back) * M2_PER_HECTARE
    if (off_m2 > np.maximum(_TOLERANCE_M2, meant * M2_PER_HECTARE * _RELATIVE)).any():
        raise _differs(path, text("areas do not read back"))
    return float(back.sum())


def _areas_back(shapes: gpd.GeoDataFrame, meant: Any, read: gpd.GeoSeries) -> Any:
    """Measure what was read; what is the same coordinate for coordinate has the same area."""
    alike = shapely.equals_exact(shapes.geometry.to_numpy(), read.to_numpy())
    moved = ~alike | (not shapes.crs.equals(read.crs, ignore_axis_order=True))
    back = meant.copy()
    back[moved] = area_ha(gpd.GeoDataFrame(geometry=read[moved])).fillna(0)
    return back


def _expected_names(names: list[str], form: Format) -> list[str]:
    if form.name in {"csv", "wkt"}:
        return [guard_formula(name) for name in names]
    if form.name in {"gpkg", "fgb"}:
        return unique_names(names, TAKEN, fold=str.lower)
    return kml_names(names) if form.name == "kml" else names


def _differs(path: Path, wrong: Text) -> ExportError:
    remedy = without_driver(wrong) or text("please report this as a fault of nmgeo")
    return ExportError(path.name, wrong, remedy)


def _read_csv(path: Path, table: pa.Table) -> Found:
    import pyarrow.csv  # noqa: PLC0415 - not for other formats

    drawn = has_geometry(table)
    with path.open(encoding="utf-8", newline="") as file:
        heads = next(csv.reader(file))
    rows = pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(block_size=path.stat().st_size + 1),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(heads, pa.string())),
    )
    columns = [column.to_pylist() for column in rows.columns]
    if not (drawn and heads[-1].startswith(WKT)):
        return Found(count=rows.num_rows, names=heads, texts=dict(enumerate(columns)))
    shapes = shapely.from_wkt([value or None for value in columns[-1]])
    return Found(
        count=rows.num_rows,
        names=heads[:-1],
        texts=dict(enumerate(columns[:-1])),
        shapes=shapes,
        crs=ruler.WGS84,
    )


def _read_parquet(path: Path, _: pa.Table) -> Found:
    import pyarrow.parquet  # noqa: PLC0415 - not for other formats

    rows = pyarrow.parquet.read_table(path)
    names = attribute_names(rows)
    shapes = shapes_of(rows) if has_geometry(rows) else None
    texts = {place: rows[name].to_pylist() for place, name in enumerate(names)}
    return Found(count=rows.num_rows, names=names, texts=texts, shapes=shapes)


def _read_layer(path: Path, table: pa.Table, layer: str | None = None) -> Found:
    direct = is_geopackage(path)  # whose rows SQLite reads twenty times as fast
    with fiona.open(path, layer=layer) as file:
        names, records = list(file.schema["properties"]), [] if direct else list(file)
        crs = CRS(file.crs_wkt) if file.crs_wkt else None
        table_name = file.name
    if direct:
        shapes, columns = geopackage_rows(path, table_name, names)
        texts = dict(enumerate(columns))
        return Found(count=len(shapes), names=names, texts=texts, shapes=np.array(shapes), crs=crs)
    kinds = [field.metadata is not None for field in table.schema]
    shapes = [r.geometry and shapely.geometry.shape(r.geometry) for r in records]
    texts = {
        place: [_as_text(r.properties[name], nested=kinds[place]) for r in records]
        for place, name in enumerate(names)
    }
    return Found(count=len(records), names=names, texts=texts, shapes=np.array(shapes), crs=crs)


def _read_features(path: Path, table: pa.Table) -> Found:
    content = path.read_text(encoding="utf-8").replace("\x1e", "")
    if content.startswith('{"type":"FeatureCollection"'):
        features = json.loads(content)["features"]
    else:
        features = [json.loads(line) for line in content.split("\n") if line]
    names = attribute_names(table)
    rows = [{"id": f.get("id"), **f["properties"]} for f in features]
    kinds = {field.name: field.metadata for field in table.schema}
    texts = {
        place: [_as_text(row[name], nested=bool(kinds[name])) for row in rows]
        for place, name in enumerate(names)
        if pa.types.is_string(table[name].type)
    }
    found = list(features[0]["properties"]) if features else [n for n in names if n != "id"]
    found = [name for name in names if name == "id" or name in found]
    shapes = [f["geometry"] and shapely.geometry.shape(f["geometry"]) for f in features]
    array = np.array(shapes, dtype=object)
    return Found(count=len(rows), names=found, texts=texts, shapes=array, crs=ruler.WGS84)


def _as_text(value: Any, *, nested: bool) -> Any:
    is_parsed = nested and value is not None and not isinstance(value, str)
    return json.dumps(value, ensure_ascii=False) if is_parsed else value


def _read_shapefile(path: Path, table: pa.Table) -> Found:
    with zipfile.ZipFile(path) as archive:
        lines = archive.read(FIELDS).decode().splitlines()
        files = sorted(name for name in archive.namelist() if name.endswith(".shp"))
    full = {row["field"]: row["column"] for row in csv.DictReader(lines)}
    frames = [pyogrio.read_dataframe(f"/vsizip/{{{path}}}/{name}") for name in files]
    return _merged(frames, full, table)


def _merged(frames: list[gpd.GeoDataFrame], full: Mapping[str, str], table: pa.Table) -> Found:
    """Return files of different kinds of geometry as the one table that they came from."""
    count, names = sum(map(len, frames)), list(full.values())
    if count != table.num_rows:
        return Found(count=count, names=names, texts={})
    kinds = [None if s is None else s.geom_type.removeprefix("Multi") for s in shapes_of(table)]
    first = next((kind for kind in kinds if kind), None)
    found = {
        f.geometry.dropna().geom_type.str.removeprefix("Multi").iloc[0]: f
        for f in frames
        if f.geometry.notna().any()
    } or {None: frames[0]}
    queues = {kind: iter(range(len(frame))) for kind, frame in found.items()}
    chosen = [(kind or first, next(queues[kind or first])) for kind in kinds]
    texts = {
        place: [_plain(found[kind][name].iloc[row]) for kind, row in chosen]
        for place, name in enumerate(full)
    }
    shapes = np.array([found[kind].geometry.iloc[row] for kind, row in chosen], dtype=object)
    return Found(count=count, names=names, texts=texts, shapes=shapes, crs=frames[0].crs)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _read_kml(path: Path, _: pa.Table) -> Found:
    root = ET.parse(path).getroot()  # noqa: S314 - the file that was just written
    names = [field.get("name", "") for field in root.iter(f"{_KML}SimpleField")]
    rows = [
        {cell.get("name"): cell.text for cell in mark.iter(f"{_KML}SimpleData")}
        for mark in root.iter(f"{_KML}Placemark")
    ]
    texts = {place: [row.get(name) for row in rows] for place, name in enumerate(names)}
    shapes = np.full(len(rows), None)
    if rows:
        shapes = pyogrio.read_dataframe(path, columns=[]).geometry.to_numpy()
    return Found(count=len(rows), names=names, texts=texts, shapes=shapes, crs=ruler.WGS84)


def _read_sheet(path: Path, table: pa.Table) -> Found:
    """Read the sheet of the values, the last; where there is none, the first, as it is."""
    names = attribute_names(table)
    options = {"HEADERS": "DISABLE", "FIELD_TYPES": "STRING"}  # two headings may be the same
    with TemporaryDirectory() as folder:  # GDAL knows .ods by its extension alone
        copy = shutil.copyfile(path, Path(folder, "copy.ods"))
        sheets = [sheet for sheet, _ in pyogrio.list_layers(copy)]
        has_values = len(sheets) > _SHEETS_AS_THEY_ARE
        rows = pyogrio.read_dataframe(copy, layer=sheets[-1 if has_values else 0], **options)
    if len(rows.columns) != len(names):
        raise ValueError(len(rows.columns))
    # Of the headings GDAL makes names in the sheets after the first, if it tells them apart.
    if not has_values or list(rows.columns) != list(map(plain_text, names)):
        rows = rows.iloc[1:]
    texts = {p: [_plain(v) for v in rows.iloc[:, p]] for p in range(len(names))}
    return Found(count=len(rows), names=None, texts=texts)


def _fold_blanks(value: str) -> str:
    """Return text as GDAL reads OpenDocument: single blanks, none before a line, and no tabs."""
    words = one_line_end(plain_text(value)).replace("\t", "")
    return re.sub(r"(?m)^ ", "", re.sub(" +", " ", words))


_CHANGES: Final[Mapping[str, Callable[[str], str]]] = {  # what a format does to text
    "csv": guard_formula,
    "wkt": guard_formula,
    "ods": _fold_blanks,
    "xlsx": lambda value: one_line_end(plain_text(value)),
    "parquet": str,
    "geojson": str,
    "geojsonl": str,
    "geojsons": str,
    "shapefile": lambda value: cut_text(plain_text(value)),
}
_READERS: Final[Mapping[str, Callable[[Path, pa.Table], Found]]] = {
    "read_csv": _read_csv,
    "read_parquet": _read_parquet,
    "read_layer": _read_layer,
    "read_features": _read_features,
    "read_shapefile": _read_shapefile,
    "read_kml": _read_kml,
    "read_sheet": _read_sheet,
}
