"""Tables on their way to a reader: terminal, CSV, Markdown or JSON."""

import csv
import fnmatch
import io
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
from rich.console import Console
from rich.text import Text

from nmgeo.catalog import GEOMETRY_STATUS
from nmgeo.columns import Table, all_tables, column_heading, find_column
from nmgeo.errors import on_one_line
from nmgeo.formats.formulas import guard_formula
from nmgeo.json_values import json_text, json_value
from nmgeo.measures.area_uncertainty import round_areas, round_land_totals
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.messages import Text as Message
from nmgeo.outputs.terminal.table import layout_table, layout_with_title
from nmgeo.translations import Lang, section_words, translate, translate_message

_DECIMALS_OF_UNIT: Final = {"ha": 2, "m": 0}  # of a value that stands beside its unit
_SMALL: Final = 10  # an accuracy below this has its own number of digits


def render(
    command: str,
    rows: pd.DataFrame,
    form: str,
    *,
    lang: Lang = "en",
    width: int = 80,
    total: Mapping[str, float] | None = None,
) -> str:
    """Turn the answer of a verb into text.

    Parameters
    ----------
    command : str
        The verb, which names the schema and chooses what a reader sees.
    rows : DataFrame
        Its answer; geometry is left out.
    form : {"table", "csv", "json", "md"}
        JSON has every column, unrounded. CSV has every column, rounded, under its own name. Table
        and Markdown have the columns that :func:`nmgeo.columns.all_tables` shows, rounded, under
        headings with their unit.
    lang : {"en", "tc", "sc"}
        Language of headings and states.
    width : int
        Columns of the terminal.
    total : mapping, optional
        Hectares of land: a member of the JSON, a sentence under a table or Markdown.

    Returns
    -------
    str
        Ends with a line end.
    """
    flat, view = rows.drop(columns="geometry", errors="ignore"), all_tables()[command]
    if form == "json":
        return to_json(command, flat, total)
    flat = round_distances(flat)
    flat = flat if view.exact else round_areas(flat)
    if form == "csv":
        return to_csv(flat)
    seen, heads, cells = _seen(view, flat, lang)
    caption = "" if total is None else land_sentence(total, lang)
    if form == "md":
        links = [_link(row) for row in flat.to_dict("records")]
        return to_markdown(seen, heads, cells, links) + (f"\n{caption}\n" if caption else "")
    below = "\n".join(str(line) for line in Text(caption).wrap(Console(width=width), width))
    texts = [not _is_number(column) for column in seen]
    if view.titled and len(cells) > 1 and len({row[0] for row in cells}) == 1:
        table = layout_with_title(heads, cells, texts, width)
    else:
        table = layout_table(heads, cells, texts, width, view.leading)
    return table + (f"{below}\n" if caption else "")


def view_cells(
    command: str, rows: pd.DataFrame, lang: Lang
) -> tuple[list[str], list[list[str]]] | None:
    """Return the headings and the cells that a reader sees of a result, as plain text.

    Parameters
    ----------
    command : str
        The command whose result they are.
    rows : DataFrame
        Its result, or what a user left of it.
    lang : {"en", "tc", "sc"}
        Language of headings and words.

    Returns
    -------
    (list of str, list of list of str) or None
        One heading a column and one list a row, rounded; None where the command has no view, or
        too few columns are left for it.
    """
    view = all_tables().get(command)
    if view is None:
        return None
    try:
        flat = round_distances(pd.DataFrame(rows).drop(columns="geometry", errors="ignore"))
        seen, heads, cells = _seen(view, flat if view.exact else round_areas(flat), lang)
    except (KeyError, TypeError, ValueError):  # a user dropped a column or filled in other values
        return None
    return (heads, cells) if seen else None


def _seen(
    view: Table, flat: pd.DataFrame, lang: Lang
) -> tuple[list[str], list[str], list[list[str]]]:
    """Return the names, headings and cells of the columns that a reader sees."""
    seen = [c for name in view.shown for c in _expanded(name, flat)]
    heads = [_head(column, flat, lang) for column in seen]
    cells = [
        [str(row[c]) if c in view.raw else _cell(c, row, lang) for c in seen]
        for row in flat.to_dict("records")
    ]
    return seen, heads, cells


def land_sentence(total: Mapping[str, float], lang: Lang) -> str:
    """Say hectares of land in a sentence, whole ones that add up."""
    return translate("phrase", "land", lang).format(**round_land_totals(total, 0))


def to_json(command: str, rows: pd.DataFrame, total: Mapping[str, float] | None = None) -> str:
    """Return ``{"schema": "nmgeo.<command>/1", "rows": [...]}``; what is missing is null."""
    cells = [{k: json_value(v) for k, v in row.items()} for row in rows.to_dict("records")]
    document: dict[str, Any] = {"schema": f"nmgeo.{command}/1", "rows": cells}
    if total is not None:
        document["total"] = dict(total)
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def to_csv(rows: pd.DataFrame) -> str:
    """Return CSV; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # so that a return inside a cell is quoted
    writer.writerow([_csv_cell("", str(column)) for column in rows.columns])
    for row in rows.to_dict("records"):
        unit = row.get("unit")
        writer.writerow([_csv_cell(str(c), value, unit) for c, value in row.items()])
    return out.getvalue().replace("\r\n", "\n")


def to_markdown(
    columns: Sequence[str],
    heads: Sequence[str],
    cells: Sequence[Sequence[str]],
    links: Sequence[str] = (),
) -> str:
    """Return a Markdown table; a source's title links to its address."""
    rule = ["--:" if _is_number(c) else ":--" for c in columns]
    lines = [_md_row(map(escape_markdown, heads)), _md_row(rule)]
    for number, row in enumerate(cells):
        written = [escape_markdown(cell) for cell in row]
        if "source_title" in columns and links[number]:
            at = columns.index("source_title")
            written[at] = f"[{written[at]}](<{links[number]}>)"
        lines.append(_md_row(written))
    return "\n".join(lines) + "\n"


def escape_markdown(text: str) -> str:
    """Escape text for Markdown, in which HTML is live."""
    escaped = re.sub(r"([\\`*_\[\]|~#])", r"\\\1", on_one_line(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def format_value(name: str, value: object, lang: Lang, unit: object = None) -> str:
    """Return a value as a reader sees it: rounded, in words, a dash where it is missing.

    ``unit`` is that of a row whose value stands in the column ``value``.
    """
    if json_value(value) is None:
        return "–"
    if isinstance(value, Message):
        return translate_message(value, lang)
    if isinstance(value, bool | np.bool_):
        return translate("yes_no", "yes" if value else "no", lang)
    column = find_column(name)
    if isinstance(value, float | int | Decimal):
        separator = "" if column is not None and column.type == "year" else ","
        return _written(name, value, unit, separator)
    return _translated(column.words, str(value), lang) if column is not None else str(value)


def _translated(sections: Sequence[str], text: str, lang: Lang) -> str:
    """Return a text in a language, or else each of its parts between semicolons."""
    if not sections:
        return text
    known = {
        key: words for name in reversed(sections) for key, words in section_words(name).items()
    }
    if text not in known and "; " in text:
        one, _, other = text.partition("; ")
        one, other = (_translated(sections, part, lang) for part in (one, other))
        return translate("phrase", "both", lang).format(one=one, other=other)
    return known[text].get(lang, known[text]["en"]) if text in known else text


def accuracy_words(row: Mapping[str, Any], lang: Lang) -> str:
    """Say in plain words how well an outline or a place is known."""
    status, out = json_value(row.get("geometry_status")), json_value(row.get("accuracy_m"))
    if out is None:
        return translate("accuracy", "unknown", lang)
    own = status not in GEOMETRY_STATUS
    words = translate("accuracy", "stated" if own else status, lang).format(accuracy_m=float(out))
    return f"{status}: {words}" if own and status else words


def _head(name: str, rows: pd.DataFrame, lang: Lang) -> str:
    column = find_column(name)
    by = column.heading_by if column is not None else None
    if by is None or by not in rows or rows.empty:
        return column_heading(name, lang)
    return translate("heading_by", f"{name}_{rows[by].iloc[0]}", lang)


def _cell(name: str, row: Mapping[Any, Any], lang: Lang) -> str:
    """Return what a reader sees of a row in a column, which may be a range of two."""
    column = find_column(name)
    if column is None or not column.of:
        return format_value(name, row[name], lang, row.get("unit"))
    ends = [
        format_value(part, row[part], lang)
        for part in column.of
        if json_value(row[part]) is not None
    ]
    if not ends and column.otherwise:
        return _cell(column.otherwise, row, lang)
    return "–".join(dict.fromkeys(ends)) or "–"


def _expanded(pattern: str, rows: pd.DataFrame) -> list[str]:
    """Return the columns of a name or pattern that there are, or whose parts there are."""
    if "*" in pattern:
        return fnmatch.filter(rows.columns, pattern)
    column = find_column(pattern)
    parts = column.of if column is not None else ()
    return [pattern] if set(parts or [pattern]) <= set(rows.columns) else []


def _link(row: Mapping[Any, Any]) -> str:
    address = str(row.get("source_url", ""))
    return address if address.startswith(("http://", "https://")) else ""


def _md_row(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_number(name: str) -> bool:
    column = find_column(name)
    return column is not None and column.is_number


def _written(name: str, value: float | Decimal, unit: object, separator: str = "") -> str:
    """Write a number; one that has digits of its own, or no decimals set, is left as it is."""
    if isinstance(value, Decimal):
        return f"{value:{separator}f}"
    column = find_column(name)
    if column is None:
        return f"{value:{separator}.15g}"
    if column.small is not None and value < _SMALL:
        return f"{value:.{column.small}g}"
    places = _DECIMALS_OF_UNIT.get(str(unit)) if column.type == "value" else column.decimals
    if places is None:
        return f"{value:{separator}.15g}"
    return f"{round(float(value), places) + 0.0:{separator}.{places}f}"


def _csv_cell(name: str, value: Any, unit: object = None) -> Any:
    value = json_value(value)
    if isinstance(value, float | Decimal):
        return _written(name, value, unit)
    value = json_text(value) if isinstance(value, list | dict) else value
    return guard_formula(value) if isinstance(value, str) else value
