"""A user's table of policies, claims, statuses or attributes, checked row by row."""

from functools import cache
from pathlib import Path

import pandas as pd

from nmgeo.catalog import Catalog, open_catalog
from nmgeo.columns import find_column
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.own_places import name_places
from nmgeo.commands.own_tables import (
    TABLES,
    check_rows,
    guess_table,
    require_table,
)
from nmgeo.commands.own_values import listed_values
from nmgeo.errors import LayerError
from nmgeo.messages import option, text
from nmgeo.sources.plain_table import read_plain_table
from nmgeo.translations import Lang, translate, translate_message

_COLUMNS = ["line_number", "field", "written", "wrong", "remedy"]


def check_table(
    file: Path | str,
    catalog: Catalog | None = None,
    *,
    table: str | None = None,
    encoding: str | None = None,
    max_size: str | None = None,
    listed: int | None = None,
    lang: Lang = "en",
) -> pd.DataFrame:
    """Check a table of your own, row by row: values, dates, units, sites and validity.

    Parameters
    ----------
    file : path
        CSV, ``.xlsx`` or ``.ods``.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`, for the sites and places that a row may name.
    table : str, optional
        ``policies``, ``claims``, ``statuses`` or ``attributes``; guessed by the columns if not
        given. :func:`nmgeo.table_fields` lists the columns of each.
    encoding : str, optional
        Encoding of the text; detected if not given.
    max_size : str, optional
        Size such as ``"5GB"`` up to which it is read, whatever the usual limits are.
    listed : int, optional
        List so many faults at most, the first of the file; all are counted.
    lang : {"en", "tc", "sc"}
        Language of ``wrong`` and ``remedy``.

    Returns
    -------
    DataFrame
        One row a fault: ``line_number`` of the file, ``field``, ``written``, what is ``wrong`` and
        a ``remedy``. No rows if nothing is wrong. Its ``attrs`` hold ``table``, ``rows_count``,
        ``faults_count`` and ``faulty_lines_count``.

    Raises
    ------
    LayerError
        If the file cannot be read.
    UsageError
        If there is no such table, or the columns are those of none.

    Warns
    -----
    Notice
        Attributes that no published figure has: they may be your own, or misspelt.
    """
    own = read_plain_table(file, encoding, max_size)
    name = (
        guess_table(own.header) if table is None else require_table(table, option("table", table))
    )
    faults = check_rows(name_places(own, name), name, catalog or open_catalog(), listed)
    in_words = cache(lambda message: translate_message(message, lang))  # many faults share one
    rows = [(*fault[:3], *map(in_words, fault[3:])) for fault in faults.listed]
    found = pd.DataFrame(rows, columns=_COLUMNS)
    found.attrs |= {"table": name, "rows_count": len(own.rows), "file": str(file)}
    found.attrs |= {"faults_count": faults.count, "faulty_lines_count": faults.lines_count}
    return found


@takes_rows("check_table", "line_number", attrs=["file", "faults_count", "faulty_lines_count"])
def require_valid_rows(rows: pd.DataFrame) -> None:
    """Stop if a table has faults.

    Parameters
    ----------
    rows : DataFrame
        From :func:`check_table`.

    Raises
    ------
    LayerError
        Saying how many.
    """
    if count := rows.attrs["faults_count"]:
        lines = rows.attrs["faulty_lines_count"]
        wrong = text("{count} faults in {lines} lines", count=count, lines=lines)
        raise LayerError(rows.attrs["file"], wrong, text("correct the lines that are listed"))


def table_fields(table: str, *, lang: Lang = "en") -> pd.DataFrame:
    """List the columns that a table of your own may have.

    Parameters
    ----------
    table : str
        ``policies``, ``claims``, ``statuses`` or ``attributes``.
    lang : {"en", "tc", "sc"}
        Language of the meanings.

    Returns
    -------
    DataFrame
        One row a column: ``field``, whether it is ``required``, its ``values`` and its ``meaning``.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    rows = []
    for field in TABLES[require_table(table, text("table {name!r}", name=table))]:
        column = find_column(field.described_by or field.name)
        rows.append(
            {
                "field": field.name,
                "required": field.required,
                "values": _values_of(field.form, lang),
                "meaning": "" if column is None else column.help.get(lang, column.help["en"]),
            }
        )
    return pd.DataFrame(rows)


def _values_of(form: str, lang: Lang) -> str:
    """Say which values a field takes."""
    listed = listed_values()
    return ", ".join(listed[form]) if form in listed else translate("form", form, lang)
