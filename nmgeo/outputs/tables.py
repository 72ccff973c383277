"""Tables as text: for a terminal, as CSV, Markdown or JSON."""

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd

from nmgeo.columns import Table, all_tables, find_column
from nmgeo.errors import on_one_line
from nmgeo.formats.formulas import guard_formula
from nmgeo.json_values import json_text, json_value
from nmgeo.measures.area_rounding import area_decimals, round_areas, round_land_totals
from nmgeo.measures.area_units import convert_areas, convert_totals
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.outputs.values import write_number
from nmgeo.outputs.view import View, build_view
from nmgeo.translations import AreaUnit, Lang, separator, translate
from nmgeo.units import from_hectares
from nmgeo.web_address import is_web_address


def render(
    command: str,
    rows: pd.DataFrame,
    form: str,
    *,
    lang: Lang = "en",
    width: int = 80,
    total: Mapping[str, float] | None = None,
    units: AreaUnit = "ha",
    notes: Sequence[str] = (),
) -> str:
    """Write the table of a command as text.

    Parameters
    ----------
    command : str
        Its name, which names the schema and the table.
    rows : DataFrame
        The table; geometry is left out.
    form : {"table", "csv", "json", "md"}
        JSON has every column, unrounded. CSV has every column, rounded, under its own name. Table
        and Markdown have the columns of :class:`nmgeo.outputs.view.View`, rounded, under
        headings with their unit.
    lang : {"en", "tc", "sc"}
        Language of headings and words.
    width : int
        Columns of the terminal.
    total : mapping, optional
        Hectares of land: a member of the JSON, a sentence under a table or Markdown.
    units : {"ha", "m2", "sqft"}
        Unit of areas, which ends the names of their columns.
    notes : sequence of str
        Sentences under a table or Markdown, in the language.

    Returns
    -------
    str
        Ends with a line end.
    """
    flat, table = rows.drop(columns="geometry", errors="ignore"), all_tables()[command]
    flat, table = convert_areas(flat, units), table.in_unit(units)
    if form == "json":
        return to_json(command, flat, None if total is None else convert_totals(total, units))
    flat = round_distances(flat)
    flat = round_areas(flat, units, exact=table.exact)
    if form == "csv":
        return to_csv(flat)
    if form == "md":
        table = replace(table, shown=(*table.shown, *table.cited))
    view = build_view(table, flat, lang)
    land = [] if total is None else [land_sentence(total, rows, lang, units)]
    below = [*view.below, *land, *notes]
    if form == "md":
        links = [_link(row) for row in flat.to_dict("records")]
        told = "".join(f"\n{escape_markdown(line)}\n" for line in below)
        return to_markdown(view.columns, view.heads, view.cells, links) + told
    return _layout(table, view, below, width, lang)


def _layout(table: Table, view: View, below: Sequence[str], width: int, lang: Lang) -> str:
    """Lay a table out on the terminal, under a title if its first column is the same throughout."""
    from nmgeo.outputs.terminal import table as terminal  # noqa: PLC0415 - rich takes its time
    from nmgeo.outputs.terminal.wrap import wrap_text  # noqa: PLC0415

    lines = "".join(f"{line}\n" for said in below for line in wrap_text(said, width))
    texts = [not _is_number(column) for column in view.columns]
    colon = separator("colon", lang)
    if table.listed and view.cells:
        return terminal.layout_list(view.heads, view.cells, width) + lines
    if table.titled and len(view.columns) > 1 and len({row[0] for row in view.cells}) == 1:
        return terminal.layout_with_title(view.heads, view.cells, texts, width, colon) + lines
    laid = terminal.layout_table(view.heads, view.cells, texts, width, view.leading, colon)
    return laid + lines


def table_view(command: str, rows: pd.DataFrame, lang: Lang) -> View | None:
    """Return what a reader sees of a result, as plain text.

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
    View or None
        None where the command has no view, or too few columns are left for it.
    """
    table = all_tables().get(command)
    if table is None:
        return None
    try:
        flat = round_distances(pd.DataFrame(rows).drop(columns="geometry", errors="ignore"))
        view = build_view(table, round_areas(flat, exact=table.exact), lang)
    except (KeyError, TypeError, ValueError):  # a user dropped a column or filled in other values
        return None
    return view if view.columns else None


def land_sentence(
    total: Mapping[str, float],
    rows: pd.DataFrame,
    lang: Lang,
    units: AreaUnit = "ha",
    key: str = "land",
) -> str:
    """Say the land in a sentence, rounded so that it adds up.

    Parameters
    ----------
    total : mapping
        Of :func:`nmgeo.land`, hectares.
    rows : DataFrame
        The areas that it is of, as from :func:`nmgeo.area`; the coarsest decides the last digit.
    lang : {"en", "tc", "sc"}
        Language of the sentence.
    units : {"ha", "m2", "sqft"}
        Unit of the areas of the sentence.
    key : {"land", "land_net"}
        Whether the sums of the rows are said too.
    """
    decimals = area_decimals(rows, units)
    if units != "ha":
        decimals = min(decimals, _last_of_four(from_hectares(total["net_ha"], units)))
    rounded = round_land_totals(total, decimals, units)
    if key == "land" and not rounded["double_counted_ha"]:
        key = "land_apart"
    shown = {n.removesuffix("_ha"): f"{v:,.{max(decimals, 0)}f}" for n, v in rounded.items()}
    return translate("phrase", key, lang).format(**shown, unit=translate("unit", units, lang))


def _last_of_four(value: float) -> int:
    """Return how many decimals the last of four significant digits stands at."""
    return 3 - math.floor(math.log10(value)) if value else 0


def to_json(command: str, rows: pd.DataFrame, total: Mapping[str, float] | None) -> str:
    """Return ``{"schema": "nmgeo.<command>/1", "rows": [...]}``; what is missing is null."""
    cells = [{k: json_value(v) for k, v in row.items()} for row in rows.to_dict("records")]
    document: dict[str, Any] = {"schema": f"nmgeo.{command}/1", "rows": cells}
    if total is not None:
        document["total"] = dict(total)
    how: dict[str, Any] = {"ensure_ascii": False, "allow_nan": False, "default": json_text}
    return json.dumps(document, indent=2, **how) + "\n"


def to_csv(rows: pd.DataFrame) -> str:
    """Return CSV; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # so that a return inside a cell is quoted
    writer.writerow([_csv_cell("", str(column)) for column in rows.columns])
    units = rows["unit"].tolist() if "unit" in rows else [None] * len(rows)
    writer.writerows(zip(*(_csv_cells(str(c), rows[c], units) for c in rows), strict=True))
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


def _link(row: Mapping[Any, Any]) -> str:
    address = str(row.get("source_url", ""))
    return address if is_web_address(address) else ""


def _md_row(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_number(name: str) -> bool:
    column = find_column(name)
    return column is not None and column.is_number


def _csv_cells(name: str, column: "pd.Series[Any]", units: Sequence[object]) -> Sequence[Any]:
    """Return the cells of a column; a text is written once, however often it is there."""
    if column.isna().all():
        return [None] * len(column)
    texts: dict[str, Any] = {}

    def cell(value: Any, unit: object) -> Any:
        if not isinstance(value, str):
            return _csv_cell(name, value, unit)
        if value not in texts:
            texts[value] = _csv_cell(name, value)
        return texts[value]

    return list(map(cell, column.tolist(), units))


def _csv_cell(name: str, value: Any, unit: object = None) -> Any:
    if isinstance(value, Decimal):  # has the digits that its accuracy justifies
        return write_number(name, value, unit)
    value = json_value(value)
    if isinstance(value, float):
        return write_number(name, value, unit)
    value = json_text(value) if isinstance(value, list | dict) else value
    return guard_formula(value) if isinstance(value, str) else value
