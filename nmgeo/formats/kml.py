"""KML 2.2: a placemark a row, its values as typed extended data, no description that runs."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, BinaryIO, Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.geometry.base import BaseGeometry

from nmgeo.formats.plain_text import plain_text
from nmgeo.formats.rows import DEGREE_DECIMALS, GEOMETRY, Answer, wgs84_shapes
from nmgeo.sources.standard_columns import in_file

_NAMES: Final = ("name", "nearest_name", "outline_id")  # what a placemark is called by
_ID: Final = "id"  # which GDAL reads from the placemarks themselves
_SITE: Final = "site_id"
_LARGEST: Final = 2**31 - 1
_TYPES: Final = {"int64": "int", "double": "double", "bool": "bool"}
_RETURN: Final = {"\r": "&#13;"}  # which XML would read as a line end
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
)


def write_kml(file: BinaryIO, answer: Answer) -> None:
    """Write rows in WGS 84 as they come.

    Google Earth shows a description as HTML, so none is written: values are extended data, which
    are text.
    """
    tables = iter(answer.tables)
    head = list(islice(tables, 2))
    whole = head[0] if len(head) == 1 else None
    fields = [field for field in head[0].schema if field.name != GEOMETRY.name]
    called = dict(zip(head[0].column_names, kml_names(head[0].column_names), strict=True))
    credits_ = _element("description", _escaped("; ".join(answer.credits)))
    file.write(f"{_HEAD}\n<Document>\n{_element('name', _escaped(answer.name))}\n".encode())
    file.write(f'{credits_}\n<Schema id="fields" name={_quoted(answer.name)}>\n'.encode())
    file.write("".join(_field(field, called[field.name], whole) for field in fields).encode())
    file.write(b"</Schema>\n")
    marks = (_placemarks(table, called, answer) for table in chain(head, tables))
    file.writelines("".join(some).encode() for some in marks)
    file.write(b"</Document>\n</kml>\n")


def kml_names(names: list[str]) -> list[str]:
    """Return what columns are called in KML: an ``id`` that is not that of the rows, another name.

    Examples
    --------
    >>> kml_names(["lot_no", "id"]), kml_names(["id", "name"])
    (['lot_no', 'id_in_file'], ['id', 'name'])
    """
    taken = [name for name in names if name.lower() == _ID and not _are_ids(names)]
    return [plain_text(in_file(name, names) if name in taken else name) for name in names]


def _are_ids(names: list[str]) -> bool:
    """Whether the column ``id`` holds the ids of the rows, and is not one of the user's."""
    return names[0] == _ID and _SITE not in names


def _field(field: pa.Field, called: str, whole: pa.Table | None) -> str:
    """Declare a column. An ``int`` of KML has 32 bits, so larger numbers are text: their digits.

    The numbers of a table that comes in parts, where ``whole`` is None, are not known yet.
    """
    kind = _TYPES.get(str(field.type), "string")
    if kind == "int" and (whole is None or _largest(whole[field.name]) > _LARGEST):
        kind = "string"
    return f'<SimpleField name={quoteattr(called)} type="{kind}"/>\n'


def _largest(numbers: pa.ChunkedArray) -> int:
    """Return the largest of some numbers without their signs, 0 if there is none."""
    ends: Iterable[int | None] = pc.min_max(numbers).as_py().values()
    return max(abs(end or 0) for end in ends)


def _placemarks(table: pa.Table, called: Mapping[str, str], answer: Answer) -> Iterator[str]:
    """Return a placemark a row: its name, else the first column, which says what the row is of."""
    stored, keys = wgs84_shapes(table, answer.crs), (*_NAMES, *table.column_names[:1])
    are_ids = _are_ids(table.column_names)
    rows = table.drop_columns([GEOMETRY.name]).to_pylist()
    for shape, row in zip(stored, rows, strict=True):
        name = next((row[key] for key in keys if row.get(key)), "")
        mark = f"<Placemark id={_quoted(str(row[_ID]))}>" if are_ids else "<Placemark>"
        values = "".join(
            f"<SimpleData name={quoteattr(called[key])}>{_cell(value)}</SimpleData>\n"
            for key, value in row.items()
            if value is not None
        )
        drawn = "" if shape is None else "".join(_shape(shapely.orient_polygons(shape)))
        yield (
            f"{mark}{_element('name', _escaped(str(name)))}\n<ExtendedData>"
            f'<SchemaData schemaUrl="#fields">\n{values}</SchemaData></ExtendedData>\n'
            f"{drawn}</Placemark>\n"
        )


def _shape(shape: BaseGeometry) -> Iterator[str]:
    """Return a geometry as KML; a collection is a MultiGeometry of its parts."""
    if hasattr(shape, "geoms"):
        parts = "".join(part for one in shape.geoms for part in _shape(one))
        yield _element("MultiGeometry", parts)
    elif isinstance(shape, shapely.Polygon):
        holes = "".join(_element("innerBoundaryIs", _ring(hole)) for hole in shape.interiors)
        yield _element("Polygon", _element("outerBoundaryIs", _ring(shape.exterior)) + holes)
    else:
        kind = "LineString" if isinstance(shape, shapely.LineString) else "Point"
        yield _element(kind, _coordinates(shape))


def _ring(ring: Any) -> str:
    return _element("LinearRing", _coordinates(ring))


def _coordinates(shape: Any) -> str:
    rows: Iterable[Any] = np.round(shapely.get_coordinates(shape), DEGREE_DECIMALS)
    places = " ".join(f"{x:.{DEGREE_DECIMALS}f},{y:.{DEGREE_DECIMALS}f}" for x, y in rows)
    return _element("coordinates", places)


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


def _cell(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else _escaped(str(value))


def _escaped(value: str) -> str:
    return escape(plain_text(value), _RETURN)


def _quoted(value: str) -> str:
    return quoteattr(plain_text(value))
