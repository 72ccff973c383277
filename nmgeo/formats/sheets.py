"""What the sheets of a workbook hold, whatever the format of the workbook."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pyarrow as pa

from nmgeo import __version__
from nmgeo.columns import column_heading, find_column
from nmgeo.errors import UsageError
from nmgeo.formats.large_numbers import large_as_text
from nmgeo.formats.plain_text import one_line_end, plain_text
from nmgeo.formats.rows import Answer, attribute_names, first_and_all
from nmgeo.languages import Lang
from nmgeo.messages import option, text
from nmgeo.translations import translate

MOST_ROWS: Final = 1_048_575  # below the headings, in Excel and LibreOffice
MOST_COLUMNS: Final = 16_384
MOST_CHARACTERS: Final = 32_767  # of a cell
_WIDEST, _NARROWEST = 60, 8  # characters
_MEASURED: Final = 200  # rows that say how wide a column is
_PERCENT_DECIMALS: Final = 2  # that a share has and its per cent has not
_WIDE: Final = "\u2e80"  # characters from here on take two places


class NumberStyle(NamedTuple):
    """How a number is shown: its decimals, whether as a per cent, whether in thousands."""

    decimals: int
    percent: bool
    grouped: bool


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet: headings, rows of text, numbers, booleans and None, and how numbers are shown.

    A :class:`decimal.Decimal` is shown with its own decimals, another number with those of its
    column.
    """

    title: str
    heads: Sequence[str]
    decimals: Sequence[int | None]  # None: text, or a number as it is
    percents: Sequence[bool]
    rows: Sequence[Sequence[Any]]
    grouped: Sequence[bool]

    def number_style(self, value: Any, place: int) -> NumberStyle | None:
        """Return how a number in a column is shown, None for a number as it is."""
        percent, decimals = self.percents[place], self.decimals[place]
        if isinstance(value, Decimal):
            own = -int(value.as_tuple().exponent) - (_PERCENT_DECIMALS if percent else 0)
            return NumberStyle(max(own, 0), percent=percent, grouped=self.grouped[place])
        if decimals is None and not percent:
            return None
        return NumberStyle(1 if percent else decimals or 0, percent, self.grouped[place])

    def widths(self) -> list[int]:
        """Return the widths of the columns in characters, after their first rows."""
        lines = [self.heads, *self.rows[:_MEASURED]]
        columns = zip(*lines, strict=True)
        longest = [max(_places(value) for value in column) for column in columns]
        return [min(_WIDEST, max(_NARROWEST, places + 2)) for places in longest]


def sheets_of(answer: Answer) -> tuple[Sheet, ...]:
    """Return the sheet to read, the sheet of notes (method, sources, columns), and that of values.

    Rows that have no form to be read in are in one sheet, as they are.

    Raises
    ------
    UsageError
        If there are more rows or columns, or longer texts, than a sheet holds.

    Warns
    -----
    Notice
        In which columns numbers have more digits than a sheet holds, and are text.
    """
    first, tables = first_and_all(answer.tables)
    names = attribute_names(first)
    whole = pa.concat_tables(table.select(names) for table in tables)
    rows = list(_rows(large_as_text(whole).to_pydict()))
    _require_to_fit(rows, names)
    columns = [find_column(name) for name in names]
    data = Sheet(
        title=sheet_title(translate("item", answer.name, answer.lang)),
        heads=[plain_text(column_heading(name, answer.lang)) for name in names],
        decimals=[column.decimals if column else None for column in columns],
        percents=[column is not None and column.unit == "share" for column in columns],
        grouped=[column is not None and column.type != "year" for column in columns],
        rows=rows,
    )
    notes = _notes(answer, names)
    if answer.readable is None:
        return data, notes
    both = zip(rows, answer.readable, strict=True)
    data = replace(data, rows=[list(map(_readable_cell, *pair)) for pair in both])
    return data, notes, _values(names, rows, answer.lang)


def _values(names: Sequence[str], rows: Sequence[Sequence[Any]], lang: Lang) -> Sheet:
    """Return the rows under the names of their columns, with codes and all digits."""
    return _plain_sheet(_phrase("values", lang), [plain_text(name) for name in names], rows)


def _plain_sheet(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sheet:
    none, no = [None] * len(heads), [False] * len(heads)
    title = sheet_title(title)
    return Sheet(title=title, heads=heads, decimals=none, percents=no, grouped=no, rows=rows)


def _readable_cell(value: Any, readable: Any) -> Any:
    """Return what a reader sees of a cell: a word or a rounded number in place of its value."""
    if isinstance(readable, str):
        return plain_text(readable)
    return readable if isinstance(readable, Decimal) else value


def sheet_title(name: str) -> str:
    """Return a name that a sheet may have: at most 31 characters, no brackets or slashes.

    Examples
    --------
    >>> sheet_title("a/b[1]'s"), sheet_title("")
    ('a b 1  s', 'nmgeo')
    """
    return re.sub(r"[\[\]:*?/\\'\"\t\r\n]", " ", plain_text(name))[:31].strip() or "nmgeo"


def _rows(columns: dict[str, list[Any]]) -> Iterator[list[Any]]:
    for row in zip(*columns.values(), strict=True):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return one_line_end(plain_text(value))
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _require_to_fit(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> None:
    longest = max((len(v) for row in rows for v in row if isinstance(v, str)), default=0)
    for count, most, what in (
        (len(rows), MOST_ROWS, text("{count} rows", count=len(rows))),
        (len(names), MOST_COLUMNS, text("{count} columns", count=len(names))),
        (longest, MOST_CHARACTERS, text("a text of {count} characters", count=longest)),
    ):
        if count > most:
            wrong = text("the table has {what}; a sheet holds {most}", what=what, most=most)
            raise UsageError(option("out"), wrong, text("use .csv or .gpkg"))


def _notes(answer: Answer, names: Sequence[str]) -> Sheet:
    lang = answer.lang
    lines = [[said, ""] for said in answer.notes]
    lines += [[_phrase("credits", lang), line] for line in answer.credits]
    lines += [["nmgeo", __version__]]
    for name in names:
        column = find_column(name)
        told = column.help.get(lang, column.help["en"]) if column else ""
        lines.append([f"{column_heading(name, lang)} [{name}]", told])
    rows = [[plain_text(a), plain_text(b)] for a, b in lines]
    heads = [_phrase("notes", lang), _phrase("meaning", lang)]
    return _plain_sheet(_phrase("notes", lang), heads, rows)


def _phrase(key: str, lang: Lang) -> str:
    return translate("phrase", key, lang)


def _places(value: Any) -> int:
    """Return the width of a value in characters, of which Chinese ones take two."""
    if isinstance(value, float | Decimal):
        shown = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,.2f}"
    else:
        shown = str("" if value is None else value)
    line = max(shown.splitlines(), key=len, default="")
    return sum(1 + (character >= _WIDE) for character in line[:_WIDEST])
