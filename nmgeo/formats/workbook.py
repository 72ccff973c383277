"""Excel workbooks: text as text, numbers with a format, headings that stay, a sheet of notes."""

import io
from datetime import datetime
from typing import Any, BinaryIO, Final

from nmgeo.formats.rows import Answer
from nmgeo.formats.sheets import Sheet, sheets_of

_MADE_ON: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - the same bytes on any day
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_xlsx(file: BinaryIO, answer: Answer) -> None:
    """Write the rows and the notes as two sheets.

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
        for sheet in sheets_of(answer):
            _write_sheet(book, sheet, bold)
    file.write(content.getbuffer())


def number_format(*, decimals: int | None, percent: bool, grouped: bool) -> str | None:
    """Return the code of a number format, None for numbers as they are.

    Examples
    --------
    >>> number_format(decimals=2, percent=False, grouped=True)
    '#,##0.00'
    >>> number_format(decimals=None, percent=True, grouped=True)
    '0.0%'
    """
    if percent:
        return "0.0%"
    if decimals is None:
        return None
    return ("#,##0" if grouped else "0") + ("." + "0" * decimals if decimals else "")


def _write_sheet(book: Any, sheet: Sheet, bold: Any) -> None:
    page = book.add_worksheet(sheet.title)
    styles = []
    for place, width in enumerate(sheet.widths()):
        code = number_format(
            decimals=sheet.decimals[place],
            percent=sheet.percents[place],
            grouped=sheet.grouped[place],
        )
        styles.append(book.add_format({"num_format": code or "General", "valign": "top"}))
        page.set_column(place, place, width)
        page.write_string(0, place, sheet.heads[place], bold)
    for number, row in enumerate(sheet.rows, start=1):
        for place, value in enumerate(row):
            _write_cell(page, number, place, value, styles[place])
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
