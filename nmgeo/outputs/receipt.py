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

from nmgeo.columns import column_heading, in_area_unit
from nmgeo.commands.calls import takes_rows
from nmgeo.errors import on_one_line
from nmgeo.measures.area_rounding import round_areas, round_land_totals, round_to_step
from nmgeo.measures.area_units import convert_areas
from nmgeo.outputs.tables import escape_markdown, to_csv, to_markdown
from nmgeo.outputs.values import accuracy_words, format_value
from nmgeo.translations import AreaUnit, Lang, translate

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


@takes_rows("receipt", "name", "basis", "area_ha", attrs=["land"])
def write_receipt(
    rows: pd.DataFrame,
    *,
    form: str = "table",
    lang: Lang = "en",
    width: int = 80,
    units: AreaUnit = "ha",
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
    units : {"ha", "m2", "sqft"}
        Unit of areas; other ones than hectares are whole.

    Returns
    -------
    str
        Ends with a line end.
    """
    rows, total = _rounded(rows, units)
    if form == "csv":
        last = {"name": translate("phrase", "land_title", lang), **total}
        return to_csv(pd.concat([rows, pd.DataFrame([last])], ignore_index=True))
    about_outline, about_land = (
        [in_area_unit(name, units) for name in names] for names in (_OUTLINE_COLUMNS, _LAND_COLUMNS)
    )
    parts = []
    for row in rows.to_dict("records"):
        title = f"{row['name']}: {translate('basis', str(row['basis']), lang)}"
        parts.append(_receipt_part(title, _labelled_values(row, about_outline, lang), form, width))
    title = translate("phrase", "land_title", lang)
    parts.append(_receipt_part(title, _labelled_values(total, about_land, lang), form, width))
    return "\n".join(parts)


def _rounded(rows: pd.DataFrame, units: AreaUnit) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return a receipt and its totals in a unit of areas, rounded."""
    decimals = _DECIMALS if units == "ha" else 0
    land = round_land_totals(rows.attrs["land"], decimals, units)
    total = {in_area_unit(name, units): value for name, value in land.items()}
    rows = convert_areas(pd.DataFrame(rows).drop(columns="geometry", errors="ignore"), units)
    for name, towards in _RANGE_ROUNDING.items():
        end = in_area_unit(name, units)
        outwards = partial(_round_outwards, decimals=decimals, towards=towards)
        rows = rows.assign(**{end: rows[end].map(outwards)})
    return round_areas(rows, units, exact=True), total


def _labelled_values(
    row: Mapping[Any, Any], columns: Sequence[str], lang: Lang
) -> list[tuple[str, str]]:
    """Return label and value of each column; the accuracy of an outline is given in words."""
    texts = {"geometry_status": accuracy_words(row, lang)} if "geometry_status" in row else {}
    ends = [name for name in columns if name.startswith(("low_", "high_")) and pd.isna(row[name])]
    texts |= dict.fromkeys(ends, translate("accuracy", "unknown", lang))
    return [
        (column_heading(c, lang), texts.get(c) or format_value(c, row[c], lang)) for c in columns
    ]


def _round_outwards(value: float, decimals: int, towards: str) -> Decimal | None:
    return None if pd.isna(value) else round_to_step(float(value), decimals, towards)


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
