"""Rows of titles above the headings of a table, as offices write them."""

import csv
import re
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice, zip_longest
from pathlib import Path
from typing import Final

from nmgeo.messages import Text, text
from nmgeo.sources import gdal
from nmgeo.sources.archive import open_archive
from nmgeo.sources.coordinate_columns import WKT_COLUMNS, find_coordinates, has_values
from nmgeo.sources.coordinate_headings import axis_of

SEPARATORS: Final = ",;\t|"  # of cells of a table in text
_ROWS: Final = 20  # that are searched for the headings
_HEAD: Final = 65_536  # bytes of a line that are looked at
_PLACES: Final = ("pair", "wkt")  # columns that say alone where a row is
_NUMBER: Final = re.compile(rb'\sr="(\d{1,9})"')  # of a row of XLSX
_REPEATED: Final = re.compile(rb'\stable:number-rows-repeated="(\d{1,9})"')  # of rows of ODS
_FILLING: Final = re.compile(  # rows up to the end of a sheet of LibreOffice, which GDAL counts
    rb'<table:table-row\b[^<>]*\stable:number-rows-repeated="\d{5,}"[^<>]*?'
    rb"(?:/>|>.*?</table:table-row>)",
    re.DOTALL,
)


def heading_row(rows: Iterable[Sequence[str | None]]) -> int:
    """Return how many rows of titles stand above the headings of coordinates.

    Parameters
    ----------
    rows : iterable of cells
        The table from its first row on.

    Returns
    -------
    int
        0 if there are no headings of coordinates. Where what stands above them fills more than
        half as many cells, they are headings if coordinates stand below them.

    Examples
    --------
    >>> heading_row([["Stations 2026"], [], ["id", "lon", "lat"], ["a", "114", "22"]])
    2
    >>> heading_row([["Stations", "Stations", "2026"], ["id", "lon", "lat"], ["a", "114", "22"]])
    1
    """
    first, most = list(islice(rows, _ROWS)), 0
    for number, row in enumerate(first):
        cells = [cell for cell in row if cell and cell.strip()]
        if _names_places(cells):
            are_headings = 2 * most <= len(cells) or _head_places(row, first[number + 1 :])
            return number if are_headings else 0
        most = max(most, len(cells))
    return 0


def title_rows(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows of one cell stand above the headings of a table without coordinates.

    Parameters
    ----------
    rows : sequence of cells
        The table from its first row on, without blank ones.

    Returns
    -------
    int
        0 if the first row is as wide as a table.

    Examples
    --------
    >>> title_rows([["Owners 2026", ""], ["site", "owner"], ["Hetao", "Chan"]])
    1
    """
    wide = (number for number, row in enumerate(rows[:_ROWS]) if sum(map(bool, row)) > 1)
    return next(wide, 0)


def _names_places(cells: Sequence[str]) -> bool:
    if len(cells) == 1:
        return False
    axes = {"wkt" if cell.lower() in WKT_COLUMNS else axis_of(cell) for cell in cells} - {None}
    return len(axes) > 1 or not axes.isdisjoint(_PLACES)


def _head_places(headings: Sequence[str | None], rows: Sequence[Sequence[str | None]]) -> bool:
    """Whether rows have coordinates under the headings that name them."""
    full = zip_longest(headings, *rows)
    columns = {heading: cells for heading, *cells in full if heading}
    found = find_coordinates(columns, columns)
    return found is not None and has_values(found, columns)


def cut_titles(path: Path, folder: Path) -> tuple[Path, int]:
    """Copy a table in text from its headings on.

    Parameters
    ----------
    path : Path
        Text in UTF-8.
    folder : Path
        Where to.

    Returns
    -------
    (Path, int)
        The copy and the lines left out; ``path`` itself and 0 if the headings come first.
    """
    with path.open("rb") as file:
        lines = [file.readline(_HEAD).decode(errors="replace") for _ in range(_ROWS)]
        titles = next(filter(None, (_title_lines(lines, sign) for sign in SEPARATORS)), 0)
        if not titles:
            return path, 0
        file.seek(0)
        for _ in range(titles):
            file.readline()
        rest = folder / "headed" / path.name
        rest.parent.mkdir()
        with rest.open("wb") as out:
            shutil.copyfileobj(file, out)
    return rest, titles


def _title_lines(lines: Sequence[str], separator: str) -> int:
    """Return how many lines stand above the headings; a cell may hold several."""
    reader = csv.reader(lines, delimiter=separator)
    rows, starts = [], [0]
    with suppress(csv.Error):
        for row in reader:
            rows.append(row)
            starts.append(reader.line_num)
    return starts[heading_row(rows)]


def sheet_below_titles(path: str, layer: str, folder: Path) -> tuple[Path, int]:
    """Copy a spreadsheet from its headings on, so that its cells keep their types.

    Parameters
    ----------
    path, layer : str
        A spreadsheet and one of its sheets.
    folder : Path
        Where to.

    Returns
    -------
    (Path, int)
        The copy and the rows left out, 0 if the headings come first: nothing is copied then. Its
        other sheets lose as many rows.
    """
    copy = folder / Path(path).name
    options = {"max_features": _ROWS, "read_geometry": False, "HEADERS": "DISABLE"}
    head = gdal.read_table(path, layer, **options)[1]
    titles = heading_row(map(_texts, zip(*head.to_pydict().values(), strict=True)))
    if titles:
        with open_archive(Path(path), path) as sheets, zipfile.ZipFile(copy, "w") as out:
            for member in sheets.infolist():
                out.writestr(member.filename, _below(titles, member.filename, sheets.read(member)))
    return copy, titles


def _below(titles: int, member: str, data: bytes) -> bytes:
    """Cut the first rows off the sheets in a member of an archive of XLSX or ODS."""
    if re.fullmatch(r"xl/worksheets/[^/]+\.xml", member):
        return _renumbered(_without_rows(data, titles, b"row"), titles)
    if member == "content.xml":
        before, *tables = re.split(rb"(?=<table:table\s)", data)
        cut = b"".join(_without_rows(one, titles, b"table:table-row") for one in tables)
        return before + _FILLING.sub(lambda row: row[0] if b"<text:" in row[0] else b"", cut)
    return data


def _without_rows(xml: bytes, titles: int, tag: bytes) -> bytes:
    """Cut the elements of the first rows out of a sheet."""
    start = re.compile(rb"<" + tag + rb"\b([^<>]*)>")
    number, kept, done = 0, [], 0
    while (row := start.search(xml, done)) is not None:
        stated, repeated = _NUMBER.search(row[1]), _REPEATED.search(row[1])
        number = int(stated[1]) if stated else number + int(repeated[1] if repeated else 1)
        if number > titles:
            break
        kept.append(xml[done : row.start()])
        end = xml.find(b"</" + tag + b">", row.end())
        done = row.end() if row[1].endswith(b"/") else end + len(tag) + 3 if end >= 0 else len(xml)
    return b"".join([*kept, xml[done:]])


def _renumbered(xml: bytes, titles: int) -> bytes:
    """Count the rows of a sheet of XLSX from 1 again."""
    return re.sub(
        rb'(<row\b[^<>]*?\sr=")(\d{1,9})', lambda row: row[1] + b"%d" % (int(row[2]) - titles), xml
    )


def _texts(row: Iterable[object]) -> list[str | None]:
    return [None if cell is None else str(cell) for cell in row]


def title_notice(rows: int) -> Text:
    """Say that rows above the headings are left out."""
    return text("{rows} rows above the headings left out", rows=rows)
