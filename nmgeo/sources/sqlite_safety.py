"""Check the schema of a GeoPackage with SQLite itself before GDAL opens it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from nmgeo.errors import LayerError
from nmgeo.messages import text

_VIRTUAL: Final = re.compile(
    r"create\s+virtual\s+table\s.*?\busing\s+(\w+)", re.IGNORECASE | re.DOTALL
)
_MODULES: Final = ("rtree", "fts3", "fts4", "fts5")  # indexes inside the file
_GENERATED: Final = re.compile(r"\bgenerated\s+always\b|\bas\s*\(", re.IGNORECASE)
_FEATURES: Final = "SELECT table_name FROM gpkg_contents"


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
        If the schema is damaged, it is no GeoPackage, or a layer is a view.
    """
    try:
        with closing(_connected(path)) as database:
            schema = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
            tables = {name for _, name, _ in schema}
            if "gpkg_contents" not in tables:
                _refuse_other_database(tables, file)
            layers = {name for (name,) in database.execute(_FEATURES)}
            database.execute("SELECT srs_id, definition FROM gpkg_spatial_ref_sys").fetchall()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        wrong = text("is a damaged database ({why})", why=str(error))
        raise LayerError(file, wrong, text("get it again")) from None
    for kind, name, sql in schema:
        _require_table(kind, str(name), str(sql or ""), layers, file)


def _connected(path: Path) -> sqlite3.Connection:
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


def _require_table(kind: str, name: str, sql: str, layers: set[str], file: str) -> None:
    """Refuse what computes its rows as it is read, which has no limit of time or memory."""
    if kind == "view" and name in layers:
        wrong = text("layer {name!r} is a view, which runs a query as it is read", name=name)
        raise LayerError(file, wrong, text("save the layer as a table"))
    module = _VIRTUAL.search(sql)
    if module and module[1].lower() not in _MODULES:
        wrong = text("table {name!r} reads its rows from elsewhere", name=name)
        raise LayerError(file, wrong, text("save the layer as a table"))
    if kind == "table" and name in layers and _GENERATED.search(sql):
        wrong = text("table {name!r} has columns that are computed as they are read", name=name)
        raise LayerError(file, wrong, text("save the layer with plain columns"))
