"""Check the schema of a GeoPackage with SQLite itself before GDAL opens it."""

import re
import sqlite3
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import quote

from nmgeo.errors import LayerError, first_line
from nmgeo.messages import text
from nmgeo.sources.stated_crs import require_local_wkt

_GAP: Final = r"(?:[\s\ufeff]|/\*.*?\*/|--[^\n]*\n)"  # what SQLite passes over between two words
_KIND: Final = re.compile(
    rf"{_GAP}*create{_GAP}+(?:temp(?:orary)?{_GAP}+)?(view|virtual|table|index|unique|trigger)\b",
    re.IGNORECASE | re.DOTALL,
)
_MODULE: Final = re.compile(rf"\busing{_GAP}+(\w+)", re.IGNORECASE | re.DOTALL)
_MODULES: Final = {"rtree", "fts3", "fts4", "fts5"}  # indexes inside the file
_USED_CRS: Final = (
    "SELECT * FROM gpkg_spatial_ref_sys WHERE srs_id IN (SELECT srs_id FROM gpkg_geometry_columns)"
)
_COMPUTED: Final = "SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden IN (2, 3)"


def require_safe_database(path: Path, file: str) -> None:
    """Stop if a database is damaged or holds views and virtual tables that GDAL would run.

    Parameters
    ----------
    path : Path
        A file that begins as an SQLite database.
    file : str
        What the user typed, for the message.

    Raises
    ------
    LayerError
        If the schema is damaged, it is no GeoPackage, or holds a view.
    """
    try:
        with closing(open_database(path)) as database:
            schema = database.execute("SELECT name, sql FROM sqlite_master").fetchall()
            tables = {name for name, _ in schema}
            if "gpkg_contents" not in tables:
                _refuse_other_database(tables, file)
            for name, sql in schema:
                _require_table(database, str(name), str(sql or ""), file)
            for said in chain.from_iterable(database.execute(_USED_CRS)):
                require_local_wkt(str(said), file)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        wrong = text("is a damaged database ({why})", why=first_line(error))
        raise LayerError(file, wrong, text("get it again")) from None


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database to be read, without the files that SQLite would put beside it."""
    log = path.with_name(f"{path.name}-wal").exists()
    uri = f"file:{quote(str(path.resolve()))}?mode=ro{'' if log else '&immutable=1'}"
    database = sqlite3.connect(uri, uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    return database


def _refuse_other_database(tables: set[str], file: str) -> None:
    if {"tiles", "metadata"} <= tables:
        wrong = text("holds map tiles (MBTiles), cut at tile edges and simplified")
        raise LayerError(file, wrong, text("give the data that it was made from"))
    wrong = text("is an SQLite database, but no GeoPackage")
    raise LayerError(file, wrong, text("save it as GeoPackage"))


def _require_table(database: sqlite3.Connection, name: str, sql: str, file: str) -> None:
    """Refuse what computes its rows as it is read, which has no limit of time or memory.

    GDAL opens tables that no list of the file names, too, and compares names without their case.
    The kind is that of the statement, since SQLite ignores the kind that stands beside it.
    """
    if not sql:  # an index that SQLite keeps by itself
        return
    if (stated := _KIND.match(sql)) is None:
        wrong = text("is a damaged database ({why})", why=f"schema of {name!r}")
        raise LayerError(file, wrong, text("get it again"))
    kind = stated[1].lower()
    if kind == "view":
        wrong = text("holds the view {name!r}, which runs a query as it is read", name=name)
        raise LayerError(file, wrong, text("save the layer as a table"))
    if kind == "virtual" and not _is_index(sql):
        wrong = text("table {name!r} reads its rows from elsewhere", name=name)
        raise LayerError(file, wrong, text("save the layer as a table"))
    if kind == "table" and database.execute(_COMPUTED, [name]).fetchone():
        wrong = text("table {name!r} has columns that are computed as they are read", name=name)
        raise LayerError(file, wrong, text("save the layer with plain columns"))


def _is_index(sql: str) -> bool:
    """Whether each module that may make a virtual table is an index inside the file."""
    modules = {name.lower() for name in _MODULE.findall(sql)}
    return bool(modules) and modules <= _MODULES
