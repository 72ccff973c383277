"""Tables on their way to a reader: terminal, CSV, Markdown or JSON."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nmgeo.words import Format, Lang, say, vocabulary


# What a reader sees; CSV and JSON carry every column.
VIEWS: Final[Mapping[str, Sequence[str]]] = {
    "layers": ("layer", "title", "geometry_status", "accuracy_m", "as_of", "licence"),
    "check": ("layer", "check", "result", "detail"),
    "sites": ("site_id", "name", "basis", "geometry_status", "accuracy_m", "as_of"),
    "area": (
        *("name", "basis", "area_ha", "geodesic_ha", "ppm", "said_area_ha"),
        *("geometry_status", "accuracy_m"),
    ),
    "near": (
        *("name", "basis", "nearest_name", "nearest_m", "accuracy_m"),
        *("nearest_status", "nearest_opens"),
    ),
    "rings": ("name", "basis", "from_m", "to_m", "area_ha", "own_ha", "..._count"),
    "inside": ("name", "basis", "feature_name", "inside_ha", "inside_share"),
    "policy": ("site_id", "policy_name", "kind", "status", "as_of", "source_title"),
    "claims": ("subject", "attribute", "basis", "value", "unit", "hedge", "as_of", "source_title"),
    "report": ("site_id", "section", "item", "value", "unit", "note"),
}
_DECIMALS: Final = {
    "area_ha": 2,
    "geodesic_ha": 2,
    "said_area_ha": 2,
    "inside_ha": 2,
    "own_ha": 2,
    "inside_share": 4,
    "ppm": 1,
}  # every other number is rounded to a whole one
_VOCABULARY: Final = {"nearest_status": "status"}  # columns whose words stand under another name


def render(
    command: str,
    rows: pd.DataFrame,
    form: Format,
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
        JSON carries every column unrounded; CSV every column, rounded, under its own name; table
        and Markdown the columns of :data:`VIEWS`, rounded, under headings with their unit.
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
    flat = rows.drop(columns="geometry", errors="ignore")
    if form == "json":
        return to_json(command, flat, total)
    if form == "csv":
        return to_csv(flat)
    seen = [c for name in VIEWS[command] for c in _expanded(name, flat)]
    heads = [say("heading", column, lang) for column in seen]
    cells = [[shown(c, row[c], lang) for c in seen] for row in flat.to_dict("records")]
    caption = "" if total is None else say("phrase", "land", lang).format(**total)
    if form == "md":
        links = [_link(row) for row in flat.to_dict("records")]
        return to_markdown(seen, heads, cells, links) + (f"\n{caption}\n" if caption else "")
    return _to_terminal(seen, heads, cells, width, flat) + (f"{caption}\n" if caption else "")


def to_json(command: str, rows: pd.DataFrame, total: Mapping[str, float] | None = None) -> str:
    """Return ``{"schema": "nmgeo.<command>/1", "rows": [...]}``; what is missing is null."""
    plain = [{k: _plain(v) for k, v in row.items()} for row in rows.to_dict("records")]
    document: dict[str, Any] = {"schema": f"nmgeo.{command}/1", "rows": plain}
    if total is not None:
        document["total"] = dict(total)
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def to_csv(rows: pd.DataFrame) -> str:
    """Return CSV; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows.columns)
    for row in rows.to_dict("records"):
        writer.writerow([_csv_cell(column, value) for column, value in row.items()])
    return out.getvalue()


def to_markdown(
    columns: Sequence[str],
    heads: Sequence[str],
    cells: Sequence[Sequence[str]],
    links: Sequence[str] = (),
) -> str:
    """Return a Markdown table; a source's title links to its address."""
    rule = [":--" if _is_text(c) else "--:" for c in columns]
    lines = [_md_row(map(md, heads)), _md_row(rule)]
    for number, row in enumerate(cells):
        written = [md(cell) for cell in row]
        if "source_title" in columns and links[number]:
            at = columns.index("source_title")
            written[at] = f"[{written[at]}](<{links[number]}>)"
        lines.append(_md_row(written))
    return "\n".join(lines) + "\n"


def md(text: str) -> str:
    """Escape text for Markdown, in which HTML is live."""
    escaped = re.sub(r"([\\`*_\[\]|~#])", r"\\\1", _clean(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shown(column: str, value: object, lang: Lang) -> str:
    """Return a value as a reader sees it: rounded, in words, a dash where it is missing."""
    if _is_missing(value):
        return "–"
    if isinstance(value, float | int) and not isinstance(value, bool):
        separator = "" if "opens" in column else ","
        return f"{_rounded(column, value):{separator}.{_DECIMALS.get(column, 0)}f}"
    group = _VOCABULARY.get(column, column)
    text = str(value)
    return say(group, text, lang) if group in vocabulary() else text


def _expanded(name: str, rows: pd.DataFrame) -> list[str]:
    if not name.startswith("..."):
        return [name]
    return [column for column in rows.columns if column.endswith(name[3:])]


def _to_terminal(
    columns: Sequence[str],
    heads: Sequence[str],
    cells: Sequence[Sequence[str]],
    width: int,
    rows: pd.DataFrame,
) -> str:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column, head in zip(columns, heads, strict=True):
        number = column in rows and pd.api.types.is_numeric_dtype(rows[column])
        table.add_column(
            Text(head),
            justify="right" if number else "left",
            no_wrap=number and False,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*(Text(_clean(cell)) for cell in row))
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _link(row: Mapping[str, Any]) -> str:
    address = str(row.get("source_url", ""))
    return address if address.startswith(("http://", "https://")) else ""


def _md_row(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_text(column: str) -> bool:
    return not column.endswith(("_ha", "_m", "_count", "_share", "ppm"))


def _is_missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)  # noqa: PLR0124


def _rounded(column: str, value: float) -> float:
    return round(float(value), _DECIMALS.get(column, 0)) + 0.0  # no minus zero


def _plain(value: Any) -> Any:
    """Return what JSON can hold: numpy's numbers as Python's, what is missing as null."""
    if hasattr(value, "item"):
        value = value.item()
    return None if value is pd.NaT or (isinstance(value, float) and value != value) else value  # noqa: PLR0124


def _csv_cell(column: str, value: Any) -> Any:
    value = _plain(value)
    if isinstance(value, float):
        return f"{_rounded(column, value):.{_DECIMALS.get(column, 0)}f}"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value if re.fullmatch(r"[+-]?[\d.]+", value) else f"'{value}"
    return value


def _clean(text: str) -> str:
    """Replace what would move the cursor or break the line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
