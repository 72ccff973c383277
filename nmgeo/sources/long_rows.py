"""Rows of CSV with more cells than headings: GDAL leaves out what is beyond."""

import csv
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from nmgeo.messages import Text, text
from nmgeo.sources.title_rows import SEPARATORS

_BLOCK: Final = 1 << 22  # bytes that are looked through at a time; no row may have more
_SKIP: Final = "skip"


def long_rows(path: str, driver: str) -> Text | None:
    """Say how many rows have text beyond the headings, and which is the first; None if none has.

    Parameters
    ----------
    path : str
        What GDAL opens, in UTF-8.
    driver : str
        The format that GDAL reads it as; another than CSV has no such rows.
    """
    file = Path(path)
    if driver != "CSV" or not file.is_file():
        return None
    state = file.stat()
    return _long_rows(file, (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=32)
def _long_rows(file: Path, _changed: tuple[int, int]) -> Text | None:
    found: list[int] = []
    with suppress(pa.ArrowException, OSError, csv.Error, StopIteration, UnicodeDecodeError):
        _look_through(file, found)
    if not found:
        return None
    return text(
        "{count} rows have more cells than headings, first row {row} below them: what stands "
        "beyond is not read",
        count=len(found),
        row=found[0],
    )


def _look_through(file: Path, found: list[int]) -> None:
    """Collect the numbers of the rows with text beyond the headings."""
    from pyarrow import csv as arrow  # noqa: PLC0415 - for this format alone

    with file.open(encoding="utf-8-sig", newline="") as lines:
        heads = next(iter(lines))
    separator = max(SEPARATORS, key=lambda one: len(_cells(heads, one)))
    first = _cells(heads, separator)[:1]
    reading = arrow.open_csv(
        file,
        read_options=arrow.ReadOptions(use_threads=False, block_size=_BLOCK),
        parse_options=arrow.ParseOptions(
            delimiter=separator,
            newlines_in_values=True,
            invalid_row_handler=_collector(found, separator),
        ),
        convert_options=arrow.ConvertOptions(
            include_columns=first, column_types=dict.fromkeys(first, pa.binary())
        ),
    )
    for _ in reading:
        pass


def _collector(found: list[int], separator: str) -> Callable[[Any], str]:
    """Return what is called for each row of another number of cells, and goes on behind it."""

    def collect(row: Any) -> str:
        first = row.expected_columns
        if row.actual_columns > first and _has_text_from(first, row.text, separator):
            found.append(int(row.number) - 1)
        return _SKIP

    return collect


def _has_text_from(place: int, row: str, separator: str) -> bool:
    """Tell whether any cell from a place on is more than blank."""
    try:
        return any(cell.strip() for cell in _cells(row, separator)[place:])
    except csv.Error:  # a cell is longer than Python reads, and so not blank
        return True


def _cells(row: str, separator: str) -> list[str]:
    return next(csv.reader([row], delimiter=separator), [])
