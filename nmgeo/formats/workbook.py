"""Excel workbooks: text as text, numbers with a format, headings that stay, a sheet of notes."""

import io
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, BinaryIO, Final

from nmgeo.formats.rows import Answer
from nmgeo.formats.sheets import NumberStyle, Sheet, sheets_of

_MADE_ON: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - the same bytes on any day
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_xlsx(file: BinaryIO, answer: Answer) -> None:
    """Write the rows to be read, the notes, and the values with all digits as sheets.

    Raises
    ------
    UsageError
        If a sheet cannot hold them.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - only for this format

    content = io.BytesIO()  # so that a full disk is met here, not while the library closes
    with Workbook(content, _OPTIONS) as book:
        book.set_properties({"title": answer.name, "author": "nmgeo", "created": _MADE_ON})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        styles = cache(lambda code: book.add_format({"num_format": code, "valign": "top"}))
        for sheet in sheets_of(answer):
            _write_sheet(book, sheet, styles, bold)
    file.write(content.getbuffer())


def number_format(style: NumberStyle | None) -> str:
    """Return the code of a number format; ``General`` leaves numbers as they are.

    Examples
    --------
    >>> number_format(NumberStyle(2, percent=False, grouped=True))
    '#,##0.00'
    >>> number_format(NumberStyle(1, percent=True, grouped=True))
    '0.0%'
    """
    if style is None:
        return "General"
    whole = "#,##0" if style.grouped and not style.percent else "0"
    rest = "." + "0" * style.decimals if style.decimals else ""
    return whole + rest + ("%" if style.percent else "")


def _write_sheet(book: Any, sheet: Sheet, styles: Callable[[str], Any], bold: Any) -> None:
    page = book.add_worksheet(sheet.title)
    for place, width in enumerate(sheet.widths()):
        page.set_column(place, place, width)
        page.write_string(0, place, sheet.heads[place], bold)
    for number, row in enumerate(sheet.rows, start=1):
        for place, value in enumerate(row):
            code = number_format(sheet.number_style(value, place))
            _write_cell(page, number, place, value, styles(code))
    page.freeze_panes(1, 0)
    if sheet.heads:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.heads) - 1)


def _write_cell(page: Any, row: int, place: int, value: Any, style: Any) -> None:
    if isinstance(value, bool):
        page.write_boolean(row, place, value)
    elif isinstance(value, str):
        page.write_string(row, place, value)
    elif value is not None:
        page.write_number(row, place, value, style)
