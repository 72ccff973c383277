"""Text: CSV for programs, and JSON, Markdown or a table as they are shown."""

from collections.abc import Iterable
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import shapely

from nmgeo.formats.field_names import unique_names
from nmgeo.formats.formulas import FORMULA, NUMBER, guard_formula
from nmgeo.formats.rows import (
    DEGREE_DECIMALS,
    GEOMETRY,
    Answer,
    attribute_names,
    first_and_all,
    wgs84_shapes,
)

WKT: Final = "WKT"  # the heading by which GDAL and QGIS know a column of geometry


def write_csv(file: BinaryIO, answer: Answer) -> None:
    """Write CSV without geometry, as rows come; text that a spreadsheet would run is quoted."""
    first, tables = first_and_all(answer.tables)
    heads = attribute_names(first)
    _write_csv(file, heads, (table.select(heads) for table in tables))


def write_csv_wkt(file: BinaryIO, answer: Answer) -> None:
    """Write CSV whose last column ``WKT`` is the geometry in WGS 84, as rows come."""
    first, tables = first_and_all(answer.tables)
    heads = attribute_names(first)
    column = unique_names([WKT], heads, fold=str.lower)[0]
    _write_csv(file, [*heads, column], (_with_wkt(table, column, answer) for table in tables))


def _with_wkt(table: pa.Table, column: str, answer: Answer) -> pa.Table:
    stored = wgs84_shapes(table, answer.crs)
    shapes = shapely.to_wkt(stored, rounding_precision=DEGREE_DECIMALS)
    return table.drop_columns([GEOMETRY.name]).append_column(column, pa.array(shapes, pa.string()))


def _write_csv(file: BinaryIO, heads: list[str], tables: Iterable[pa.Table]) -> None:
    file.write(f"{','.join(map(_quoted, map(guard_formula, heads)))}\n".encode())
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    for table in tables:
        safe = [_guarded(column) for column in table.columns]
        pyarrow.csv.write_csv(pa.table(safe, schema=table.schema), file, options)


def write_table(file: BinaryIO, answer: Answer) -> None:
    """Write the table that a terminal shows."""
    _write_text(file, answer, "table")


def write_json(file: BinaryIO, answer: Answer) -> None:
    """Write the JSON document of a command."""
    _write_text(file, answer, "json")


def write_markdown(file: BinaryIO, answer: Answer) -> None:
    """Write a table of Markdown."""
    _write_text(file, answer, "md")


def _write_text(file: BinaryIO, answer: Answer, form: str) -> None:
    if answer.render is None:
        raise TypeError(form)
    file.write(answer.render(form).encode())


def _quoted(name: str) -> str:
    plain = not set(name) & set(',"\n\r')
    return name if plain else '"{}"'.format(name.replace('"', '""'))


def _guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Put an apostrophe in front of text that a spreadsheet would run as a formula."""
    if not pa.types.is_string(column.type):
        return column
    formula = pc.match_substring_regex(column, FORMULA)
    run = pc.and_not(formula, pc.match_substring_regex(column, NUMBER))
    return pc.if_else(run, pc.binary_join_element_wise("'", column, ""), column)
