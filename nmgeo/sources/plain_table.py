"""Tables without geometry: rows of CSV or of a spreadsheet as text, each with its place."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from nmgeo import provenance
from nmgeo.errors import LayerError, first_line, reason
from nmgeo.messages import Text, text
from nmgeo.sources import gdal
from nmgeo.sources.describe import warn_of_file
from nmgeo.sources.file_names import SHEETS, split_layer
from nmgeo.sources.file_safety import require_file
from nmgeo.sources.size_limits import raise_limit
from nmgeo.sources.text_copy import encoding_notice, text_codec
from nmgeo.sources.text_encoding import UTF8, decode
from nmgeo.sources.title_rows import SEPARATORS, title_notice, title_rows
from nmgeo.units import read_size

TABLE: Final = 200_000_000  # bytes of a table
_ROWS: Final = 20  # that show the separator
_HEAD: Final = 65_536  # characters of them
_OPTIONS: Final = {"HEADERS": "DISABLE", "FIELD_TYPES": "STRING"}
_Rows = list[tuple[list[str], int]]  # cells, and the line that they end in


class PlainTable(NamedTuple):
    """The rows of a table as text.

    Attributes
    ----------
    header : list of str
        Names of the columns.
    rows : list of list of str
        Cells; a row of CSV may have too many or too few.
    lines : list of int
        The line of each row in the file, from 1.
    header_line : int
        The line of the header.
    """

    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    header_line: int = 1


def read_plain_table(
    path: Path | str, encoding: str | None = None, max_size: str | None = None
) -> PlainTable:
    """Read a table as text: every cell stays as it is written, so that ids keep their zeros.

    Parameters
    ----------
    path : path
        ``.csv`` (or any text with separators), ``.xlsx`` or ``.ods``; ``FILE#SHEET`` names a sheet.
    encoding : str, optional
        That of the text; detected if not given.
    max_size : str, optional
        Size such as ``"5GB"`` up to which it is read, instead of :data:`TABLE`.

    Returns
    -------
    PlainTable
        Rows that are blank are left out, and rows of one cell above the header, as of a title.

    Raises
    ------
    LayerError
        If the file is missing, leads elsewhere, is too large, is empty or cannot be read, its text
        is in several encodings, or two columns have one name.

    Warns
    -----
    Notice
        Of a title, and of an encoding that the file does not name.
    """
    provenance.note_table(str(path))
    (file, sheet), most = split_layer(str(path)), read_size(max_size)
    require_file(file, str(file), most)
    if (size := file.stat().st_size) > max(TABLE, most):
        wrong = text(
            "{size:,.0f} MB is more than the limit of {most:,.0f} MB",
            size=size / 1e6,
            most=max(TABLE, most) / 1e6,
        )
        raise LayerError(str(file), wrong, raise_limit(size))
    is_sheet = file.suffix.lower() in SHEETS
    rows, told = _read_sheet(file, sheet) if is_sheet else _read_text(file, encoding)
    if titles := title_rows([cells for cells, _ in rows]):
        told = [*told, title_notice(titles)]
    warn_of_file(str(file), told)
    return _with_header(rows[titles:], str(file))


def _with_header(rows: _Rows, file: str) -> PlainTable:
    """Take the first row as the header."""
    if len(rows) < 2:  # noqa: PLR2004 - a header and a row
        remedy = text("give a header and at least one row")
        raise LayerError(file, text("the table is empty"), remedy)
    header = [cell.strip() for cell in rows[0][0]]
    twice = next((name for name, count in Counter(header).items() if count > 1), None)
    if twice is not None:
        wrong = text("two columns are called {name!r}", name=twice)
        raise LayerError(file, wrong, text("rename one of them"))
    cells, lines = [cells for cells, _ in rows[1:]], [line for _, line in rows[1:]]
    return PlainTable(header, cells, lines, rows[0][1])


def require_full_rows(rows: PlainTable, file: Path | str) -> None:
    """Stop at a row with too many or too few cells, which may stand in the wrong columns.

    Parameters
    ----------
    rows : PlainTable
        From :func:`read_plain_table`.
    file : path
        What to call it in a message.

    Raises
    ------
    LayerError
        With the line.
    """
    for cells, line in zip(rows.rows, rows.lines, strict=True):
        if len(cells) != len(rows.header):
            wrong = text("{found} cells, expected {n}", found=len(cells), n=len(rows.header))
            raise LayerError(line_of(file, line), wrong, text("correct the row"))


def line_of(path: Path | str, line: int) -> Text:
    """Return the place of a row, for messages."""
    return text("{file}, line {line}", file=path, line=line)


def _read_text(file: Path, encoding: str | None) -> tuple[_Rows, list[Text]]:
    codec, declared = text_codec(file, str(file), encoding)
    try:
        written = decode(file.read_bytes(), codec).removeprefix("\ufeff")
        separator = _separator(written)
        reader = csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True)
        rows = [(cells, reader.line_num) for cells in reader if any(map(str.strip, cells))]
    except OSError as error:
        wrong = text("cannot be read ({why})", why=reason(error))
        raise LayerError(str(file), wrong, text("check the name")) from None
    except (UnicodeError, csv.Error) as error:
        wrong = text("cannot be read ({why})", why=first_line(error))
        raise LayerError(str(file), wrong, text("save it as CSV UTF-8")) from None
    if "\0" in written:
        wrong = text("damaged, or no table of text")
        raise LayerError(str(file), wrong, text("save it as CSV UTF-8"))
    return rows, [] if declared or codec == UTF8 else [encoding_notice(codec)]


def _separator(written: str) -> str:
    """Return the separator that occurs most often in the header.

    The header is the first line. If that has no separator, as a title, it is the next line with
    one. A semicolon does not count there: it stands between the values of a cell too.
    """
    first, *others = [*written[:_HEAD].splitlines()[:_ROWS], ""]
    titled = (line for line in others if set(SEPARATORS) - {";"} & set(line))
    header = first if set(SEPARATORS) & set(first) else next(titled, first)
    return max(SEPARATORS, key=header.count)


def _read_sheet(file: Path, sheet: str | None) -> tuple[_Rows, list[Text]]:
    try:
        layer = sheet or next(iter(gdal.layer_names(str(file), _OPTIONS)), None)
        table = gdal.read_table(str(file), layer, **_OPTIONS)[1] if layer else None
    except gdal.Errors as error:
        wrong = text("cannot be read ({why})", why=first_line(error))
        raise LayerError(str(file), wrong, text("save it as CSV UTF-8")) from None
    if table is None:  # GDAL opens the workbook, and none of its sheets
        wrong = text("damaged, or no table of text")
        raise LayerError(str(file), wrong, text("save it as CSV UTF-8"))
    columns = [_texts(column.to_pylist()) for column in table.columns]
    rows = zip(*columns, strict=True)
    return [(list(cells), n) for n, cells in enumerate(rows, start=1) if any(cells)], []


def _texts(cells: Sequence[object]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]
