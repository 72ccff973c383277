"""Receipts as text: how each area was measured, and its uncertainty."""

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
from nmgeo.outputs.tables import escape_markdown, to_csv, to_markdown
from nmgeo.outputs.values import accuracy_words, format_value
from nmgeo.translations import Lang, translate

_OUTLINE_COLUMNS: Final = (
    *("area_ha", "geodesic_ha", "ppm", "geometry_status", "low_ha", "high_ha", "perimeter_m"),
    *("vertices_count", "mercator_ha", "mercator_percent", "file_crs", "measured_crs"),
    *("ellipsoid", "area_method"),
)
_LAND_COLUMNS: Final = ("gross_ha", "net_ha", "double_counted_ha", "remainder_ha")
_DECIMALS: Final = 2
_RANGE_ROUNDING: Final = {
    "low_ha": ROUND_FLOOR,
    "high_ha": ROUND_CEILING,
}  # outwards


def write_receipt(
    rows: pd.DataFrame, *, form: str = "table", lang: Lang = "en", width: int = 80
) -> str:
    """Write a receipt: the values of each outline, one a line, then the totals in hectares.

    Parameters
    ----------
    rows : DataFrame
        From :func:`nmgeo.receipt`. Hectares have two decimals; ranges are rounded outwards.
    form : {"table", "md", "csv"}
        Lines for a terminal, or Markdown, or CSV with a row for each outline and a last row for the
        totals, which have columns of their own so that no sum includes them.
    lang : {"en", "tc", "sc"}
        Language of the labels.
    width : int
        Columns of the terminal.

    Returns
    -------
    str
        Ends with a line end.
    """
    total = round_land_totals(rows.attrs["land"], _DECIMALS)
    rows = pd.DataFrame(rows).drop(columns="geometry", errors="ignore")
    for end, towards in _RANGE_ROUNDING.items():
        rows = rows.assign(**{end: rows[end].map(partial(_round_outwards, towards=towards))})
    if form == "csv":
        land = {"name": translate("phrase", "land_title", lang), **total}
        return to_csv(pd.concat([rows, pd.DataFrame([land])], ignore_index=True))
    parts = []
    for row in rows.to_dict("records"):
        title = f"{row['name']}: {translate('basis', str(row['basis']), lang)}"
        parts.append(
            _receipt_part(title, _labelled_values(row, _OUTLINE_COLUMNS, lang), form, width)
        )
    parts.append(
        _receipt_part(
            translate("phrase", "land_title", lang),
            _labelled_values(total, _LAND_COLUMNS, lang),
            form,
            width,
        )
    )
    return "\n".join(parts)


def _labelled_values(
    row: Mapping[Any, Any], columns: Sequence[str], lang: Lang
) -> list[tuple[str, str]]:
    """Return label and value of each column; the accuracy of an outline is given in words."""
    texts = {"geometry_status": accuracy_words(row, lang)} if "geometry_status" in row else {}
    unknown = dict.fromkeys(_RANGE_ROUNDING, translate("accuracy", "unknown", lang))
    texts |= unknown if pd.isna(row.get("low_ha", 0.0)) else {}
    return [
        (column_heading(c, lang), texts.get(c) or format_value(c, row[c], lang)) for c in columns
    ]


def _round_outwards(value: float, towards: str) -> Decimal | None:
    return None if pd.isna(value) else round_to_step(float(value), _DECIMALS, towards)


def _receipt_part(title: str, facts: Sequence[tuple[str, str]], form: str, width: int) -> str:
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
