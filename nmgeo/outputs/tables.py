"""Tables on their way to a reader: terminal, CSV, Markdown or JSON."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nmgeo.cells import plain
from nmgeo.outputs.columns import broken, widths
from nmgeo.rulers.roundings import justified
from nmgeo.words import Format, Lang, say, vocabulary

# What a reader sees; CSV and JSON carry every column.
VIEWS: Final[Mapping[str, Sequence[str]]] = {
    "layers": ("layer", "title", "geometry_status", "accuracy_m", "as_of", "licence"),
    "check": ("layer", "check", "result", "detail"),
    "doctor": ("file", "severity", "finding", "feature_id", "field", "evidence", "remedy"),
    "sites": ("site_id", "name", "basis", "geometry_status", "accuracy_m", "as_of"),
    "area": (
        *("name", "basis", "area_ha", "geodesic_ha", "ppm", "said_area_ha", "said_hedge"),
        *("geometry_status", "accuracy_m"),
    ),
    "near": (
        *("name", "basis", "in_year", "rank", "from_name", "nearest_name", "nearest_m"),
        *("low_m", "high_m", "nearest_status", "remark"),
    ),
    "matrix": ("name", "basis", "to_name", "distance_m", "low_m", "high_m"),
    "side_by_side": ("...",),
    "robust": ("rule", "origin", "reach_m", "as_drawn", "holds", "remark"),
    "rings": (
        *("name", "basis", "from_m", "to_m", "area_ha", "...outside_ha", "...category"),
        *("..._count", "...inside_m", "...inside_ha", "...inside_share", "accuracy_m"),
    ),
    "strip": (
        *("feature_name", "side", "area_ha", "name", "basis", "inside_ha", "low_ha", "high_ha"),
        *("inside_share", "accuracy_m"),
    ),
    "crosscheck": ("name", "basis", "measure", "route", "value", "ppm", "result", "tool"),
    "constraints": (
        *("name", "basis", "layer", "state", "inside_ha", "free_ha", "nearest_m", "rule"),
    ),
    "inside": ("name", "basis", "feature_name", "inside_ha", "inside_share", "accuracy_m"),
    "audit": (
        *("name", "basis", "said_area_ha", "area_ha", "tolerance_ha", "difference_percent"),
        *("as_of", "why"),
    ),
    "policy": ("site_id", "policy_name", "status", "ended", "as_of", "source_title"),
    "claims": ("subject", "attribute", "basis", "value", "unit", "hedge", "as_of", "source_class"),
    "verify": ("page", "bytes", "hosts_count", "hosts", "why", "scripts", "sha256", "policy"),
    "report": ("site_id", "basis", "section", "item", "value", "unit", "note"),
}
_DECIMALS: Final = {
    "area_ha": 2,
    "geodesic_ha": 2,
    "inside_ha": 2,
    "own_ha": 2,
    "free_ha": 2,
    "inside_share": 4,
    "ppm": 1,
    "value_ha": 2,
    **dict.fromkeys(("low_ha", "high_ha", "mercator_ha", "tolerance_ha", "remainder_ha"), 2),
    **dict.fromkeys(("gross_ha", "net_ha", "double_counted_ha", "difference_ha", "slip_ha"), 2),
    **dict.fromkeys(("outside_ha", "outside_low_ha", "outside_high_ha"), 2),
    **dict.fromkeys(("radius_min_m", "radius_max_m"), 2),
    **dict.fromkeys(("covered_share", "radius_error_share"), 6),
    **dict.fromkeys(("mercator_percent", "difference_percent"), 1),
}  # every other length, count or year is rounded to a whole one
_NUMBERS: Final = ("_ha", "_m", "_count", "_share", "_percent", "ppm", "_opens")
_ABOUT: Final = ("site_id", "subject", "file")
_VOCABULARY: Final = {
    "nearest_status": "status",
    "category": "status",
    "as_drawn": "holds",
}  # columns whose words stand under another name


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
    flat = justified(flat)
    if form == "csv":
        return to_csv(flat)
    seen = [c for name in VIEWS[command] for c in _expanded(name, flat) if c in flat]
    heads = [say("heading", column, lang) for column in seen]
    cells = [[shown(_ruler(c, row), row[c], lang) for c in seen] for row in flat.to_dict("records")]
    caption = "" if total is None else say("phrase", "land", lang).format(**total)
    if form == "md":
        links = [_link(row) for row in flat.to_dict("records")]
        return to_markdown(seen, heads, cells, links) + (f"\n{caption}\n" if caption else "")
    below = "\n".join(str(line) for line in Text(caption).wrap(Console(width=width), width))
    return _to_terminal(seen, heads, cells, width) + (f"{below}\n" if caption else "")


def to_json(command: str, rows: pd.DataFrame, total: Mapping[str, float] | None = None) -> str:
    """Return ``{"schema": "nmgeo.<command>/1", "rows": [...]}``; what is missing is null."""
    cells = [{k: plain(v) for k, v in row.items()} for row in rows.to_dict("records")]
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
        writer.writerow([_csv_cell(_ruler(str(c), row), value) for c, value in row.items()])
    return out.getvalue().replace("\r\n", "\n")


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
    escaped = re.sub(r"([\\`*_\[\]|~#])", r"\\\1", clean(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shown(column: str, value: object, lang: Lang) -> str:
    """Return a value as a reader sees it: rounded, in words, a dash where it is missing."""
    if plain(value) is None:
        return "–"
    if isinstance(value, bool | np.bool_):
        return say("yes_no", "yes" if value else "no", lang)
    if isinstance(value, float | int):
        separator = "" if "opens" in column else ","
        return f"{_rounded(column, value):{separator}{_format(column)}}"
    group = _VOCABULARY.get(column, column)
    text = str(value)
    return say(group, text, lang) if group in vocabulary() else text


def accuracy(row: Mapping[str, Any], lang: Lang) -> str:
    """Say in plain words how well an outline or a place is known."""
    status, out = row.get("geometry_status"), row.get("accuracy_m")
    if not status or pd.isna(status) or out is None or pd.isna(out):
        return say("accuracy", "unknown", lang)
    words = say("accuracy", str(status), lang)
    return words.format(accuracy_m=float(out)) if status in vocabulary()["accuracy"] else words


def _ruler(column: str, row: Mapping[Any, Any]) -> str:
    """Which column says how a value is rounded: a mixed column goes by the unit beside it."""
    return f"value_{row['unit']}" if column == "value" and "unit" in row else column


def _expanded(name: str, rows: pd.DataFrame) -> list[str]:
    if not name.startswith("..."):
        return [name]
    return [column for column in rows.columns if column.endswith(name[3:])]


def _to_terminal(
    columns: Sequence[str],
    heads: Sequence[str],
    cells: Sequence[Sequence[str]],
    width: int,
) -> str:
    """Lay a table out by width of characters; a column of one and the same id becomes its title."""
    skip = int(columns[0] in _ABOUT and len(cells) > 1 and len({row[0] for row in cells}) == 1)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    grid = [list(heads[skip:]), *([clean(cell) for cell in row[skip:]] for row in cells)]
    rooms = widths(grid, width)
    for column, head, room in zip(columns[skip:], grid[0], rooms, strict=True):
        side: Literal["left", "right"] = "left" if _is_text(column) else "right"
        table.add_column(Text(head), justify=side, overflow="fold", width=room)
    for row in grid[1:]:
        table.add_row(*map(Text, map(broken, row, rooms)))
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, legacy_windows=False).print(table)
    title = f"{heads[0]}: {clean(cells[0][0])}\n" if skip else ""
    return title + "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _link(row: Mapping[Any, Any]) -> str:
    address = str(row.get("source_url", ""))
    return address if address.startswith(("http://", "https://")) else ""


def _md_row(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_text(column: str) -> bool:
    return not column.endswith(_NUMBERS)


def _format(column: str) -> str:
    """Return how a number is written: what has no unit in its name is left as it is."""
    if column in _DECIMALS or (column.endswith(_NUMBERS) and column != "said_area_ha"):
        return f".{_DECIMALS.get(column, 0)}f"
    return ".15g"


def _rounded(column: str, value: float) -> float:
    places = _format(column)
    return round(float(value), int(places[1:-1])) + 0.0 if places.endswith("f") else value


def _csv_cell(column: str, value: Any) -> Any:
    value = plain(value)
    if isinstance(value, float):
        return f"{_rounded(column, value):{_format(column)}}"
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value if re.fullmatch(r"[+-]?[\d.]+", value) else f"'{value}"
    return value


def clean(text: str) -> str:
    """Replace what would move the cursor or break the line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
