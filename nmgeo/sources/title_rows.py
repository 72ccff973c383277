"""Rows of titles above the headings of a table, as offices write them."""

import csv
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv  # is no part of pyarrow until it is imported

from nmgeo.messages import Text, text
from nmgeo.sources import gdal
from nmgeo.sources.coordinate_columns import WKT_COLUMNS, axis_of

_ROWS: Final = 20  # that are searched for the headings
_HEAD: Final = 65_536  # bytes of a line that are looked at
_SEPARATORS: Final = ",;\t|"
_PLACES: Final = ("pair", "wkt")  # columns that say alone where a row is


def heading_row(rows: Iterable[Sequence[str | None]]) -> int:
    """Return how many rows of titles stand above the headings of coordinates.

    Parameters
    ----------
    rows : iterable of cells
        The table from its first row on.

    Returns
    -------
    int
        0 if there are no headings of coordinates, or what stands above them is no title: it fills
        more than half as many cells.

    Examples
    --------
    >>> heading_row([["Stations 2026"], [], ["id", "lon", "lat"], ["a", "114", "22"]])
    2
    """
    most = 0
    for number, row in enumerate(islice(rows, _ROWS)):
        cells = [cell for cell in row if cell and cell.strip()]
        if _names_places(cells):
            return number if 2 * most <= len(cells) else 0
        most = max(most, len(cells))
    return 0


def _names_places(cells: Sequence[str]) -> bool:
    if len(cells) == 1:
        return False
    axes = {"wkt" if cell.lower() in WKT_COLUMNS else axis_of(cell) for cell in cells} - {None}
    return len(axes) > 1 or not axes.isdisjoint(_PLACES)


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
        titles = next(filter(None, (_title_lines(lines, sign) for sign in _SEPARATORS)), 0)
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
    """Copy a sheet as CSV from its headings on.

    Parameters
    ----------
    path, layer : str
        A spreadsheet as GDAL opens it, and one of its sheets.
    folder : Path
        Where to.

    Returns
    -------
    (Path, int)
        The copy and the rows left out, 0 if the headings come first: nothing is copied then.
    """
    plain = {"read_geometry": False, "HEADERS": "DISABLE"}
    head = gdal.read_table(path, layer, max_features=_ROWS, **plain)[1]
    titles = heading_row(map(_texts, zip(*head.to_pydict().values(), strict=True)))
    copy = folder / "table.csv"
    if titles:
        table = gdal.read_table(path, layer, **plain)[1].slice(titles)
        texts = pa.table([column.cast(pa.string()) for column in table.columns], table.column_names)
        as_rows = pyarrow.csv.WriteOptions(include_header=False)  # the headings are the first row
        pyarrow.csv.write_csv(texts, copy, as_rows)
    return copy, titles


def _texts(row: Iterable[object]) -> list[str | None]:
    return [None if cell is None else str(cell) for cell in row]


def title_notice(rows: int) -> Text:
    """Say that rows above the headings are left out."""
    return text("{rows} rows above the headings left out", rows=rows)
