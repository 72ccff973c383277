"""Text: CSV for programs, and JSON, Markdown or a table as they are shown."""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from nmgeo.formats.formulas import FORMULA, NUMBER, guard_formula
from nmgeo.formats.rows import GEOMETRY, Answer, first_and_all


def write_csv(file: BinaryIO, answer: Answer) -> None:
    """Write CSV without geometry, as rows come; text that a spreadsheet would run is quoted."""
    first, tables = first_and_all(answer.tables)
    heads = [name for name in first.column_names if name != GEOMETRY.name]
    file.write(f"{','.join(map(_quoted, map(guard_formula, heads)))}\n".encode())
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    for table in tables:
        flat = table.select(heads)
        safe = [_guarded(column) for column in flat.columns]
        pyarrow.csv.write_csv(pa.table(safe, schema=flat.schema), file, options)


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
