"""Find U+0000 in files: GDAL ends a value there, or a line of CSV."""

import mmap
import re
import sqlite3
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from nmgeo.messages import text
from nmgeo.sources import gdal
from nmgeo.sources.mapped_bytes import mapped_bytes
from nmgeo.sources.shapefile_table import file_of, open_table, read_head, read_rows
from nmgeo.sources.sqlite_safety import open_database

CUT: Final = text("text behind the character U+0000 is not read")
_NUL: Final = "\0"
_ESCAPED: Final = rb"\u0000"
_BACKSLASH: Final = ord("\\")
_BLANK: Final = ord(" ")
_CHUNK: Final = 1 << 22
_ROWS: Final = 65_536  # that are looked through at a time
_TEXT: Final = re.compile("char|text|clob", re.IGNORECASE)  # in the type of a column of SQLite
_DAMAGED: Final = (  # what reading a file may raise; that is said where it is read for its features
    *(sqlite3.Error, OSError, zipfile.BadZipFile, pa.ArrowException, UnicodeDecodeError),
    *gdal.Errors,
)


def is_text_cut(path: str, driver: str, layer: str, texts: Sequence[str] = ()) -> bool:
    """Whether a file holds U+0000 in text, as it is or as an escape of JSON.

    Parameters
    ----------
    path : str
        What GDAL opens: a file, or ``/vsizip/`` with the path of a member. Plain text is in UTF-8.
    driver : str
        The format that GDAL reads it as.
    layer : str
        The layer that is read.
    texts : sequence of str
        The columns of text, as GDAL names them.

    Returns
    -------
    bool
        False for formats that are not looked through.
    """
    file = file_of(path)
    if driver not in _FINDERS or file is None:
        return False
    state = file.stat()
    return _is_cut(path, driver, layer, tuple(texts), (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=32)
def _is_cut(
    path: str, driver: str, layer: str, texts: tuple[str, ...], _changed: tuple[int, int]
) -> bool:
    with suppress(*_DAMAGED):
        return _FINDERS[driver](path, layer, texts)
    return False


def _in_table(path: str, _layer: str, _texts: Sequence[str]) -> bool:
    with mapped_bytes(Path(path)) as data:
        return data.find(b"\0") >= 0


def _in_json(path: str, _layer: str, _texts: Sequence[str]) -> bool:
    with mapped_bytes(Path(path)) as data:
        return data.find(b"\0") >= 0 or _has_escape(data)


def _has_escape(data: mmap.mmap | bytes) -> bool:
    """Whether there is an escape of U+0000 whose backslash is not one of a pair."""
    at = data.find(_ESCAPED)
    while at >= 0:
        first = at
        while first and data[first - 1] == _BACKSLASH:
            first -= 1
        if (at - first) % 2 == 0:
            return True
        at = data.find(_ESCAPED, at + 1)
    return False


def _in_geopackage(path: str, layer: str, _texts: Sequence[str]) -> bool:
    """Ask SQLite, which keeps what GDAL cuts off."""
    with closing(open_database(Path(path))) as database:
        columns = database.execute("SELECT name, type FROM pragma_table_info(?)", [layer])
        names = [_quoted(name) for name, kind in columns if _TEXT.search(kind)]
        found = " OR ".join(f"instr({name}, char(0))" for name in names) or "0"
        asked = f"SELECT 1 FROM {_quoted(layer)} WHERE {found} LIMIT 1"  # noqa: S608 - quoted
        return database.execute(asked).fetchone() is not None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _in_flatgeobuf(path: str, layer: str, texts: Sequence[str]) -> bool:
    """Read the columns of text as Arrow, in which GDAL cuts nothing off."""
    options = {"columns": list(texts), "read_geometry": False, "batch_size": _ROWS}
    with closing(gdal.read_batches(path, layer, **options)) as tables:
        return any(_holds_nul(column) for _, table in tables for column in table.columns)


def _holds_nul(column: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc  # noqa: PLC0415 - for this format alone

    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return is_text and bool(pc.any(pc.match_substring(column, _NUL)).as_py())


def _in_shapefile(path: str, _layer: str, _texts: Sequence[str]) -> bool:
    """Look through the rows of the .dbf for more behind U+0000 than blanks or others of it."""
    with open_table(path) as table:
        if table is None:
            return False
        head = read_head(table)
        return any(
            _is_cut_within(cells[:, first:last])
            for cells in read_rows(table, head.width)
            for first, last in head.texts
        )


def _is_cut_within(cells: np.ndarray) -> bool:
    ends = cells == 0
    cells = cells[ends.any(axis=1)]
    behind = np.logical_or.accumulate(cells == 0, axis=1)
    return bool((behind & (cells != 0) & (cells != _BLANK)).any())


_FINDERS: Final[Mapping[str, Callable[[str, str, Sequence[str]], bool]]] = {
    **dict.fromkeys(("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON"), _in_json),
    "CSV": _in_table,
    "GPKG": _in_geopackage,
    "FlatGeobuf": _in_flatgeobuf,
    "ESRI Shapefile": _in_shapefile,
}
