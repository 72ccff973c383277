"""Tables on their way to a reader: terminal, CSV, Markdown or JSON."""

import csv
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
from nmgeo.json_values import json_value
from nmgeo.measures.area_uncertainty import round_areas, round_land_totals
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.outputs.terminal.table import layout_table, layout_with_title, strip_control
from nmgeo.translations import Format, Lang, translate, translations

# What a reader sees; CSV and JSON carry every column.
VIEWS: Final[Mapping[str, Sequence[str]]] = {
    "layers": ("layer", "title", "geometry_status", "accuracy_m", "as_of", "licence"),
    "check": ("layer", "check", "result", "detail"),
    "doctor": ("file", "severity", "finding", "feature_id", "field", "evidence", "remedy"),
    "sites": ("site_id", "name", "basis", "geometry_status", "accuracy_m", "as_of"),
    "area": (
        *("name", "basis", "area_ha", "range_ha", "published_area_ha", "published_hedge"),
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
        *("name", "basis", "ring_m", "...area_ha", "...ring_ha", "range_ha"),
        *("...outside_range_ha", "...category", "..._count", "...inside_m", "...inside_ha"),
        *("...inside_share", "...mix_share", "...inside_accuracy_m", "accuracy_m"),
    ),
    "strip": (
        *("feature_name", "side", "area_ha", "name", "basis", "inside_ha", "low_ha", "high_ha"),
        *("inside_share", "accuracy_m"),
    ),
    "crosscheck": (
        *("name", "basis", "measure", "route", "value", "ppm", "tolerance_ppm", "result"),
        *("shared", "tool"),
    ),
    "constraints": (
        *("name", "basis", "layer", "state", "inside_ha", "inside_share", "free_ha", "nearest_m"),
        *("range_m", "rule"),
    ),
    "inside": (
        *("name", "basis", "feature_name", "inside_ha", "range_ha", "inside_share", "accuracy_m"),
    ),
    "audit": (
        *("name", "of", "published_area_ha", "source_class", "as_of", "area_ha", "tolerance_ha"),
        *("difference_percent", "why"),
    ),
    "policy": ("site_id", "policy_name", "status", "ended", "as_of", "source_title"),
    "claims": ("subject", "attribute", "basis", "value", "unit", "hedge", "as_of", "source_class"),
    "verify": ("page", "bytes", "hosts_count", "hosts", "why", "scripts", "sha256", "policy"),
    "report": ("site_id", "basis", "section", "item", "value", "unit", "note"),
}
# What stands in one column to be read: the last of them alone where those before are missing.
JOINED: Final[Mapping[str, Sequence[str]]] = {
    "range_ha": ("low_ha", "high_ha"),
    "range_m": ("low_m", "high_m"),
    "ring_m": ("from_m", "to_m"),
    "outside_range_ha": ("outside_low_ha", "outside_high_ha"),
}
_INSTEAD: Final = {"outside_range_ha": "outside_ha"}  # of a range that nobody knows
# Columns whose heading says what another column says of every row.
_HEADED: Final[Mapping[str, str]] = {"outside_range_ha": "outside_where"}
_LEADS: Final = {"audit": 1, "constraints": 2, "crosscheck": 2, "inside": 2, "rings": 2}
_COMPARED: Final = {"audit", "crosscheck"}  # digit by digit, with a tolerance beside them
_DECIMALS: Final = {
    "area_ha": 2,
    "geodesic_ha": 2,
    "inside_ha": 2,
    "own_ha": 2,
    **dict.fromkeys(("free_ha", "free_low_ha", "free_high_ha"), 2),
    "ring_ha": 2,
    **dict.fromkeys(("inside_share", "mix_share"), 4),
    **dict.fromkeys(("ppm", "tolerance_ppm"), 1),
    "value_ha": 2,
    **dict.fromkeys(("low_ha", "high_ha", "mercator_ha", "tolerance_ha", "remainder_ha"), 2),
    **dict.fromkeys(("gross_ha", "net_ha", "double_counted_ha", "difference_ha", "slip_ha"), 2),
    **dict.fromkeys(("outline_room_ha", "figure_room_ha"), 2),
    **dict.fromkeys(("outside_ha", "outside_low_ha", "outside_high_ha"), 2),
    **dict.fromkeys(("radius_min_m", "radius_max_m"), 2),
    **dict.fromkeys(("covered_share", "radius_error_share"), 6),
    **dict.fromkeys(("mercator_percent", "difference_percent"), 1),
}  # every other length, count or year is rounded to a whole one
_NUMBERS: Final = ("_ha", "_m", "_count", "_share", "_percent", "ppm", "_opens")
_SMALL_M: Final = 10  # accuracies below have two digits
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
    flat = round_distances(flat)
    flat = flat if command in _COMPARED else round_areas(flat)
    if form == "csv":
        return to_csv(flat)
    seen = [c for name in VIEWS[command] for c in _expanded(name, flat)]
    heads = [_head(column, flat, lang) for column in seen]
    cells = [[_cell(c, row, lang) for c in seen] for row in flat.to_dict("records")]
    caption = "" if total is None else land_sentence(total, lang)
    if form == "md":
        links = [_link(row) for row in flat.to_dict("records")]
        return to_markdown(seen, heads, cells, links) + (f"\n{caption}\n" if caption else "")
    below = "\n".join(str(line) for line in Text(caption).wrap(Console(width=width), width))
    texts = [_is_text(column) for column in seen]
    if seen[0] in _ABOUT and len(cells) > 1 and len({row[0] for row in cells}) == 1:
        table = layout_with_title(heads, cells, texts, width)
    else:
        table = layout_table(heads, cells, texts, width, _LEADS.get(command, 0))
    return table + (f"{below}\n" if caption else "")


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
    escaped = re.sub(r"([\\`*_\[\]|~#])", r"\\\1", strip_control(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def format_value(column: str, value: object, lang: Lang) -> str:
    """Return a value as a reader sees it: rounded, in words, a dash where it is missing."""
    if json_value(value) is None:
        return "–"
    if isinstance(value, bool | np.bool_):
        return translate("yes_no", "yes" if value else "no", lang)
    if isinstance(value, float | int | Decimal):
        return _written(column, value, "" if "opens" in column else ",")
    group = _VOCABULARY.get(column, column)
    text = str(value)
    return translate(group, text, lang) if group in translations() else text


def accuracy_words(row: Mapping[str, Any], lang: Lang) -> str:
    """Say in plain words how well an outline or a place is known."""
    status, out = json_value(row.get("geometry_status")), json_value(row.get("accuracy_m"))
    if out is None:
        return translate("accuracy", "unknown", lang)
    own = status not in GEOMETRY_STATUS
    words = translate("accuracy", "stated" if own else status, lang).format(accuracy_m=float(out))
    return f"{status}: {words}" if own and status else words


def _ruler(column: str, row: Mapping[Any, Any]) -> str:
    """Which column says how a value is rounded: a mixed column goes by the unit beside it."""
    return f"value_{row['unit']}" if column == "value" and "unit" in row else column


def _head(column: str, rows: pd.DataFrame, lang: Lang) -> str:
    by = _HEADED.get(column)
    where = "" if by is None or by not in rows or rows.empty else f"_{rows[by].iloc[0]}"
    return translate("heading", f"{column}{where}", lang)


def _cell(column: str, row: Mapping[Any, Any], lang: Lang) -> str:
    """Return what a reader sees of a row in a column, which may be a range of two."""
    parts = JOINED.get(column)
    if parts is None:
        return format_value(_ruler(column, row), row[column], lang)
    ends = [
        format_value(part, row[part], lang) for part in parts if json_value(row[part]) is not None
    ]
    if not ends and column in _INSTEAD:
        return _cell(_INSTEAD[column], row, lang)
    return "–".join(dict.fromkeys(ends)) or "–"


def _expanded(name: str, rows: pd.DataFrame) -> list[str]:
    """Return the columns of that name that there are, or those that end in it."""
    bare = name.removeprefix("...")
    if bare != name and bare not in JOINED:
        return [column for column in rows.columns if column.endswith(bare)]
    return [bare] if set(JOINED.get(bare, [bare])) <= set(rows.columns) else []


def _link(row: Mapping[Any, Any]) -> str:
    address = str(row.get("source_url", ""))
    return address if address.startswith(("http://", "https://")) else ""


def _md_row(cells: Any) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_text(column: str) -> bool:
    return not column.endswith(_NUMBERS)


def _written(column: str, value: float | Decimal, separator: str = "") -> str:
    """Write a number: what has no unit in its name, or digits of its own, is left as it is."""
    if isinstance(value, Decimal):
        return f"{value:{separator}f}"
    if column.endswith("accuracy_m") and value < _SMALL_M:
        return f"{value:.2g}"
    if column in _DECIMALS or (column.endswith(_NUMBERS) and column != "published_area_ha"):
        places = _DECIMALS.get(column, 0)
        return f"{round(float(value), places) + 0.0:{separator}.{places}f}"
    return f"{value:{separator}.15g}"


def _csv_cell(column: str, value: Any) -> Any:
    value = json_value(value)
    if isinstance(value, float | Decimal):
        return _written(column, value)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value if re.fullmatch(r"[+-]?[\d.]+", value) else f"'{value}"
    return value
