"""The HTML of a result: headings with units, rounded values, all text escaped."""

from collections.abc import Sequence
from html import escape

import pandas as pd

from nmgeo.errors import on_one_line
from nmgeo.outputs.tables import land_sentence, table_view
from nmgeo.translations import Lang, translate


def table_html(rows: pd.DataFrame) -> str | None:
    """Return a result as an HTML table for a notebook.

    Parameters
    ----------
    rows : DataFrame
        From a command; its ``attrs`` name the command and the language.

    Returns
    -------
    str or None
        HTML in which no value is markup, with as many rows as pandas is told to show; None if
        the rows are of no command, or too few of its columns are left.
    """
    lang: Lang = rows.attrs.get("lang", "en")
    part = rows.head(pd.get_option("display.max_rows") or len(rows))
    found = table_view(str(rows.attrs.get("command")), part, lang)
    if found is None:
        return None
    name = "" if rows.index.name is None else rows.index.name
    head = "".join(f"<th>{_safe(text)}</th>" for text in (name, *found.heads))
    body = "".join(_row(label, row) for label, row in zip(part.index, found.cells, strict=True))
    notes = "".join(
        f"<p>{_safe(text)}</p>" for text in (*found.below, *_notes(rows, len(part), lang))
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def _row(label: object, cells: Sequence[str]) -> str:
    values = "".join(f"<td>{_safe(cell)}</td>" for cell in cells)
    return f"<tr><th>{_safe(label)}</th>{values}</tr>"


def _notes(rows: pd.DataFrame, shown: int, lang: Lang) -> list[str]:
    """Say how many rows are not shown, how much land it is, what to know, and whose data it is."""
    said = rows.attrs
    left = len(rows) - shown
    more = translate("phrase", "rows_left", lang).format(count=left) if left else ""
    land = land_sentence(said["land"], rows, lang) if "land" in said else ""
    lines = [more, land, said.get("remark", ""), said.get("verdict", "")]
    return [str(line) for line in (*lines, "; ".join(said.get("credits", ()))) if line]


def _safe(text: object) -> str:
    return escape(on_one_line(str(text)), quote=True)
