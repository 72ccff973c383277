"""Receipts, written to be read: how each hectare was got, and how far it may be out."""

import io
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial
from typing import Any, Final

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nmgeo.columns import column_heading
from nmgeo.errors import on_one_line
from nmgeo.measures.area_uncertainty import round_land_totals, round_to_step
from nmgeo.outputs.tables import accuracy_words, escape_markdown, format_value, to_csv, to_markdown
from nmgeo.translations import Lang, translate

_LINES: Final = (
    *("area_ha", "geodesic_ha", "ppm", "geometry_status", "low_ha", "high_ha", "perimeter_m"),
    *("vertices_count", "mercator_ha", "mercator_percent", "file_crs", "measured_crs"),
    *("ellipsoid", "area_method"),
)
_LAND: Final = ("gross_ha", "net_ha", "double_counted_ha", "remainder_ha")
_PLACES: Final = 2
_ENDS: Final = {"low_ha": ROUND_FLOOR, "high_ha": ROUND_CEILING}  # a range only ever outwards


def write_receipt(
    rows: pd.DataFrame, *, form: str = "table", lang: Lang = "en", width: int = 80
) -> str:
    """Write a receipt: one outline after another, a line a fact, then the land.

    Parameters
    ----------
    rows : DataFrame
        From :func:`nmgeo.receipt`; two decimals of a hectare are written, of a range outwards.
    form : {"table", "md", "csv"}
        Lines for a terminal, or Markdown; as CSV a row an outline, and a last row for the land, in
        columns of its own so that no sum counts it again.
    lang : {"en", "tc", "sc"}
        Language of the labels.
    width : int
        Columns of the terminal.

    Returns
    -------
    str
        Ends with a line end.
    """
    total = round_land_totals(rows.attrs["land"], _PLACES)
    for end, towards in _ENDS.items():
        rows = rows.assign(**{end: rows[end].map(partial(_outwards, towards=towards))})
    if form == "csv":
        land = {"name": translate("phrase", "land_title", lang), **total}
        return to_csv(pd.concat([rows, pd.DataFrame([land])], ignore_index=True))
    parts = []
    for row in rows.to_dict("records"):
        title = f"{row['name']}: {translate('basis', str(row['basis']), lang)}"
        parts.append(_part(title, _facts(row, _LINES, lang), form, width))
    parts.append(
        _part(translate("phrase", "land_title", lang), _facts(total, _LAND, lang), form, width)
    )
    return "\n".join(parts)


def _facts(row: Mapping[Any, Any], columns: Sequence[str], lang: Lang) -> list[tuple[str, str]]:
    """Return label and value of each column; how well an outline is known is said in words."""
    said = {"geometry_status": accuracy_words(row, lang)} if "geometry_status" in row else {}
    unknown = dict.fromkeys(_ENDS, translate("accuracy", "unknown", lang))
    said |= unknown if pd.isna(row.get("low_ha", 0.0)) else {}
    return [
        (column_heading(c, lang), said.get(c) or format_value(c, row[c], lang)) for c in columns
    ]


def _outwards(value: float, towards: str) -> Decimal | None:
    return None if pd.isna(value) else round_to_step(float(value), _PLACES, towards)


def _part(title: str, facts: Sequence[tuple[str, str]], form: str, width: int) -> str:
    if form == "md":
        blank = to_markdown(["item", "value"], ["", ""], facts)
        return f"### {escape_markdown(title)}\n\n{blank}"
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in facts:
        grid.add_row(Text(f"  {label}"), Text(on_one_line(value)))
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, legacy_windows=False)
    console.print(Text(on_one_line(title)), grid, sep="\n")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
