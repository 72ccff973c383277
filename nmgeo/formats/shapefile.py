"""Shapefiles in one zip: a file for each kind of geometry, UTF-8, and a map of the short names."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import fiona
import pyarrow as pa
import shapely
from fiona._err import CPLE_BaseError
from fiona.errors import FionaError

from nmgeo.errors import UsageError, first_line, notify
from nmgeo.files import require_plain_folder, require_room
from nmgeo.formats.archive import add_entry
from nmgeo.formats.field_names import unique_names
from nmgeo.formats.large_numbers import dbase_numbers
from nmgeo.formats.plain_text import plain_table
from nmgeo.formats.rows import GEOMETRY, Answer, attribute_names, shapes_of
from nmgeo.formats.times import times_as_text
from nmgeo.messages import option, text

FIELDS: Final = "fields.csv"  # the map of short names, inside the zip
MOST_FIELDS: Final = 255  # of dBASE, and of the software that reads it
MOST_BYTES: Final = 254  # of text in a cell
_NAME_BYTES: Final = 10
_KINDS: Final = {  # the kinds of a file by those of the geometries
    "Point": "Point",
    "MultiPoint": "MultiPoint",
    "LineString": "LineString",
    "MultiLineString": "LineString",
    "LinearRing": "LineString",
    "Polygon": "Polygon",
    "MultiPolygon": "Polygon",
}
_TYPES: Final = {"int64": "int:18", "double": "float:24.15", "bool": "int:1", "date32[day]": "date"}


def write_shapefile(path: Path, answer: Answer) -> None:
    """Write a zip of Shapefiles, one for each kind of geometry, and ``fields.csv``.

    Raises
    ------
    UsageError
        If there are more columns than a Shapefile holds, or collections of geometries.

    Warns
    -----
    Notice
        Which columns hold text that is longer than a cell, and in which times or large numbers are
        written as text.
    """
    table = plain_table(pa.concat_tables(answer.tables))
    table = dbase_numbers(times_as_text(table))
    names = attribute_names(table)
    if len(names) > MOST_FIELDS:
        wrong = text(
            "the table has {count} columns, a Shapefile holds {most}",
            count=len(names),
            most=MOST_FIELDS,
        )
        raise UsageError(option("out", ".shp.zip"), wrong, text("use .gpkg"))
    short = dict(zip(names, short_names(names), strict=True))
    _warn_of_cuts(table)
    with TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.") as folder:
        for stem, kind, rows in _by_kind(table, file_stem(answer.name)):
            _write_one(Path(folder, f"{stem}.shp"), kind, rows, short, answer)
        Path(folder, FIELDS).write_text(_map_of(short), encoding="utf-8", newline="")
        _zip(Path(folder), path)


def short_names(names: list[str]) -> list[str]:
    """Return names of ten bytes that dBASE can hold, unique whatever their case.

    Examples
    --------
    >>> short_names(["published_area_ha", "published_as_of", 'q"u/o', "面積公頃"])
    ['published_', 'publishe_2', 'q_u_o', '面積公']
    """
    safe = [re.sub(r"\W", "_", name) or "field" for name in names]
    return unique_names(safe, size=_NAME_BYTES, fold=str.lower)


def file_stem(name: str) -> str:
    """Return a name that a file in a zip may have on any system.

    Examples
    --------
    >>> file_stem('../lots "2026"'), file_stem("用地")
    ('lots_2026', '用地')
    """
    return re.sub(r"\W+", "_", name).strip("_")[:50] or "layer"


def _by_kind(table: pa.Table, stem: str) -> Iterator[tuple[str, str, pa.Table]]:
    """Split rows by the kind of their geometry; those without go with the first kind."""
    kinds = [None if shape is None else shape.geom_type for shape in shapes_of(table)]
    if strange := sorted({kind for kind in kinds if kind and kind not in _KINDS}):
        wrong = text("a Shapefile holds no {kind}", kind=strange[0])
        raise UsageError(option("out", ".shp.zip"), wrong, text("use .gpkg"))
    found = list(dict.fromkeys(_KINDS[kind] for kind in kinds if kind)) or ["Polygon"]
    for kind in found:
        fits = [(_KINDS[k] if k else found[0]) == kind for k in kinds]
        yield (
            stem if len(found) == 1 else f"{stem}_{kind.lower()}",
            kind,
            table.filter(pa.array(fits, pa.bool_())),
        )


def _write_one(
    path: Path, kind: str, rows: pa.Table, short: Mapping[str, str], answer: Answer
) -> None:
    fields = {
        short[f.name]: _TYPES.get(str(f.type), f"str:{MOST_BYTES}")
        for f in rows.schema
        if f.name != GEOMETRY.name
    }
    require_plain_folder(path)
    schema = {"geometry": kind, "properties": fields or {"row": "int:9"}}
    how = {"driver": "ESRI Shapefile", "encoding": "utf-8", "DBF_DATE_LAST_UPDATE": "1980-01-01"}
    wkt = answer.crs.to_wkt("WKT1_ESRI") if answer.crs else None
    try:
        with fiona.open(path, "w", schema=schema, crs_wkt=wkt, **how) as file:
            file.writerecords(_records(rows, short))
    except (FionaError, CPLE_BaseError, RuntimeError) as error:
        require_room(path)
        raise OSError(first_line(error)) from None
    require_room(path)


def _records(rows: pa.Table, short: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    shapes = shapes_of(rows)
    for number, (shape, row) in enumerate(
        zip(shapes, rows.drop_columns([GEOMETRY.name]).to_pylist(), strict=True)
    ):
        geometry = None if shape is None else shapely.geometry.mapping(shape)
        values = {short[name]: _cell(value) for name, value in row.items()}
        yield {"type": "Feature", "geometry": geometry, "properties": values or {"row": number}}


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return cut_text(value)
    return int(value) if isinstance(value, bool) else value


def cut_text(value: str) -> str:
    """Return as much of a text as a cell holds: whole characters, no blanks at the end."""
    return value.encode()[:MOST_BYTES].decode(errors="ignore").rstrip(" ")


def _warn_of_cuts(table: pa.Table) -> None:
    for field in table.schema:
        if not pa.types.is_string(field.type):
            continue
        long = sum(
            v is not None and len(v.encode()) > MOST_BYTES for v in table[field.name].to_pylist()
        )
        if long:
            said = text(
                "column {column!r}: {count} texts are cut to the {most} bytes that a Shapefile "
                "holds; .gpkg keeps them",
                column=field.name,
                count=long,
                most=MOST_BYTES,
            )
            notify(said)


def _map_of(short: Mapping[str, str]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(
        [("field", "column"), *((s, n) for n, s in short.items())]
    )
    return file.getvalue()


def _zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            add_entry(archive, file.name, file.read_bytes())
