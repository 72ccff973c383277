"""Tables without geometry: rows of CSV or of a spreadsheet as text, each with its place."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from nmgeo.errors import LayerError
from nmgeo.messages import Text, text
from nmgeo.sources import gdal
from nmgeo.sources.file_names import split_layer
from nmgeo.sources.file_safety import require_file
from nmgeo.sources.text_encoding import decode, detect_encoding, read_encoding

_SHEETS: Final = (".xlsx", ".ods")
_MAX_MB: Final = 200
_SAMPLE: Final = 1_000_000  # bytes by which the encoding is told
_SEPARATORS: Final = ",;\t|"
_OPTIONS: Final = {"HEADERS": "FORCE", "FIELD_TYPES": "STRING"}


class PlainTable(NamedTuple):
    """The rows of a table as text.

    Attributes
    ----------
    header : list of str
        Names of the columns.
    rows : list of list of str
        Cells; a row of CSV may have too many or too few.
    lines : list of int
        The line of each row in the file; the header is line 1.
    """

    header: list[str]
    rows: list[list[str]]
    lines: list[int]


def read_plain_table(path: Path | str, encoding: str | None = None) -> PlainTable:
    """Read a table as text: every cell stays as it is written, so that ids keep their zeros.

    Parameters
    ----------
    path : path
        ``.csv`` (or any text with separators), ``.xlsx`` or ``.ods``; ``FILE#SHEET`` names a sheet.
    encoding : str, optional
        That of the text; detected if not given.

    Returns
    -------
    PlainTable
        Rows that are blank are left out.

    Raises
    ------
    LayerError
        If the file is missing, too large, unpacks to too much, is empty or cannot be read, or two
        columns have one name.
    """
    file, sheet = split_layer(str(path))
    if not file.is_file():
        raise LayerError(str(file), text("not a file"), text("check the name"))
    if (size := file.stat().st_size / 1e6) > _MAX_MB:
        wrong = text("{size:,.0f} MB is more than the limit of {most} MB", size=size, most=_MAX_MB)
        raise LayerError(str(file), wrong, text("split the table"))
    require_file(file, str(file))
    is_sheet = file.suffix.lower() in _SHEETS
    found = _read_sheet(file, sheet) if is_sheet else _read_text(file, encoding)
    if not found.header or not found.rows:
        remedy = text("give a header and at least one row")
        raise LayerError(str(file), text("the table is empty"), remedy)
    twice = next((name for name in found.header if found.header.count(name) > 1), None)
    if twice is not None:
        wrong = text("two columns are called {name!r}", name=twice)
        raise LayerError(str(file), wrong, text("rename one of them"))
    return found


def line_of(path: Path | str, line: int) -> Text:
    """Return the place of a row, for messages."""
    return text("{file}, line {line}", file=path, line=line)


def _read_text(file: Path, encoding: str | None) -> PlainTable:
    try:
        data = file.read_bytes()
        codec = read_encoding(encoding) if encoding else detect_encoding(data[:_SAMPLE])
        written = decode(data, codec).removeprefix("\ufeff")
        separator = _separator(written.split("\n", 1)[0])
        reader = csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True)
        lines = [(cells, reader.line_num) for cells in reader if any(map(str.strip, cells))]
    except OSError as error:
        wrong = text("cannot be read ({why})", why=error.strerror)
        raise LayerError(str(file), wrong, text("check the name")) from None
    except (UnicodeError, csv.Error) as error:
        wrong = text("cannot be read ({why})", why=error)
        raise LayerError(str(file), wrong, text("save it as CSV UTF-8")) from None
    header = [cell.strip() for cell in lines[0][0]] if lines else []
    return PlainTable(header, [cells for cells, _ in lines[1:]], [line for _, line in lines[1:]])


def _separator(header: str) -> str:
    """Return the separator that the header has most of."""
    return max(_SEPARATORS, key=header.count)


def _read_sheet(file: Path, sheet: str | None) -> PlainTable:
    try:
        layer = sheet or gdal.layer_names(str(file), _OPTIONS)[0]
        _, table = gdal.read_table(str(file), layer, **_OPTIONS)
    except (*gdal.Errors, IndexError) as error:
        wrong = text("cannot be read ({why})", why=str(error).splitlines()[0])
        raise LayerError(str(file), wrong, text("save it as CSV UTF-8")) from None
    columns = [_texts(column.to_pylist()) for column in table.columns]
    rows = [list(cells) for cells in zip(*columns, strict=True)]
    kept = [(cells, n) for n, cells in enumerate(rows, start=2) if any(cells)]
    header = [str(name).strip() for name in table.column_names]
    return PlainTable(header, [cells for cells, _ in kept], [line for _, line in kept])


def _texts(cells: Sequence[object]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]
