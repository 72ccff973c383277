"""What a reader sees of the table of a command: its columns, headings, cells and lines below."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from nmgeo.columns import Table, column_heading, find_column
from nmgeo.outputs.values import MISSING, format_joined, format_value
from nmgeo.translations import Lang, separator, translate

_COUNT: Final = "_count"


@dataclass(frozen=True, kw_only=True)
class View:
    """A table to be read.

    Parameters
    ----------
    columns : list of str
        Names of the columns.
    heads : list of str
        Heading of each column, with its unit.
    cells : list of list of str
        Rows of text, rounded and translated.
    below : list of str
        What is the same in every row, said once.
    leading : int
        How many of the first columns say what a row is about.
    """

    columns: list[str]
    heads: list[str]
    cells: list[list[str]]
    below: list[str]
    leading: int = 0


def build_view(table: Table, rows: pd.DataFrame, lang: Lang) -> View:
    """Choose and write what a reader sees of rows.

    Parameters
    ----------
    table : Table
        The description of the table.
    rows : DataFrame
        Rounded rows, without geometry.
    lang : {"en", "tc", "sc"}
        Language of headings and words.

    Returns
    -------
    View
        Without columns that are empty in every row; columns of ``table.once`` that are the same
        in every row stand below, and so do parts of remarks.
    """
    rows, below = _without_common_remarks(table, rows, lang)
    names = [name for pattern in table.shown for name in _expanded(pattern, rows)]
    heads = [_heading(name, rows, lang) for name in names]
    cells = [[_cell(table, name, row, lang) for name in names] for row in rows.to_dict("records")]
    columns = list(zip(*cells, strict=True)) if cells else [()] * len(names)
    kept = []
    for n, (name, column) in enumerate(zip(names, columns, strict=True)):
        same = len(set(column)) == 1
        if same and n and set(column) == {MISSING} and "*" not in table.shown:
            continue
        if same and len(cells) > 1 and name in table.once:
            below.append(_say_once(heads[n], column[0], lang))
        else:
            kept.append(n)
    return View(
        columns=[names[n] for n in kept],
        heads=[heads[n] for n in kept],
        cells=[[row[n] for n in kept] for row in cells],
        below=below,
        leading=min(sum(n < table.leading for n in kept), len(kept) - 1),
    )


def _cell(table: Table, name: str, row: Mapping[Any, Any], lang: Lang) -> str:
    """Return what a reader sees of a row in a column, which may join several."""
    if name in table.raw:
        return str(row[name])
    column = find_column(name)
    if column is not None and column.of:
        return format_joined(column, row, lang)
    opened = row.get(_open_count(name))
    if opened is not None and name.endswith(_COUNT):
        words = {
            "count": format_value(name, row[name], lang),
            "open": format_value(name, opened, lang),
        }
        return (
            translate("phrase", "count_open", lang).format(**words) if row[name] else words["count"]
        )
    return format_value(name, row[name], lang, row.get("unit")) or MISSING


def _heading(name: str, rows: pd.DataFrame, lang: Lang) -> str:
    column = find_column(name)
    by = column.heading_by if column is not None else None
    if by is None or by not in rows or rows.empty:
        return column_heading(name, lang)
    return translate("heading_by", f"{name}_{rows[by].iloc[0]}", lang)


def _expanded(pattern: str, rows: pd.DataFrame) -> list[str]:
    """Return the columns of a name or pattern that there are, or whose parts there are."""
    if "*" in pattern:
        found = fnmatch.filter(rows.columns, pattern)
        return [name for name in found if name not in map(_open_count, found)]
    column = find_column(pattern)
    parts = column.of if column is not None else ()
    if column is not None and column.joint != "range":
        return [pattern] if not parts or parts[0] in rows else []
    return [pattern] if set(parts or [pattern]) <= set(rows.columns) else []


def _without_common_remarks(
    table: Table, rows: pd.DataFrame, lang: Lang
) -> tuple[pd.DataFrame, list[str]]:
    """Take the parts of remarks that every row has out of the rows."""
    if "remark" not in table.once or "remark" not in rows or len(rows) <= 1:
        return rows, []
    between = separator("semicolon", lang)
    parts = [str(said).split(between) if said else [] for said in rows["remark"].fillna("")]
    common = [part for part in parts[0] if all(part in row for row in parts)]
    rest = [between.join(part for part in row if part not in common) for row in parts]
    return rows.assign(remark=rest), [
        _say_once(column_heading("remark", lang), part, lang) for part in common
    ]


def _open_count(name: str) -> str:
    """Return the name of the column that counts which of these are open."""
    return f"{name.removesuffix(_COUNT)}_open{_COUNT}"


def _say_once(heading: str, value: str, lang: Lang) -> str:
    return translate("phrase", "in_every_row", lang).format(heading=heading, value=value)
