"""Stamps: the statement of provenance inside a file, where its format has a place for it.

==========================  =====================================================
GeoJSON, JSON               a member of the outermost object, the last one
GeoJSON, a feature a line   a member of the last feature
HTML, SVG, KML, Markdown    a comment at the end
PDF                         a comment before the offset of the cross-references
PNG                         a text chunk, the last one
XLSX, ODS, other zips       the comment of the last entry in their list
GeoPackage                  the table ``gpkg_metadata``
GeoParquet, FlatGeobuf      metadata that their writers add: :func:`stamp_text`
==========================  =====================================================

CSV and plain text have no such place: what reads them would take it for data.
"""

import json
import re
import sqlite3
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from nmgeo.errors import system_error

KEY: Final = "nmgeo-provenance"
_FOUND: Final = re.compile(KEY.encode() + rb'[^{]{0,16}(?=\{"schema":)')
_SEARCHED: Final = 1_000_000  # bytes at each end of a file
_LONGEST: Final = 60_000  # characters; a comment in an archive holds no more
_URI: Final = "https://nmgeo.invalid/provenance"  # names the standard of the metadata
_STEPS: Final = 1_000_000  # of SQLite, after which a file of somebody else is given up
SQLITE: Final = b"SQLite format 3\0"  # how a database begins, such as a GeoPackage
_END_OF_ZIP: Final = b"PK\x05\x06"
_END: Final = struct.Struct("<4s4H2LH")  # last the size and place of the list, and a comment
_ENTRY: Final = b"PK\x01\x02"  # of the list of an archive
_COMMENT: Final = 32  # bytes from there to the length of its comment
_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "--": "\\u002d\\u002d"}
_METADATA: Final = """
CREATE TABLE IF NOT EXISTS gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""
_TOLD: Final = ("manifest.json",)  # files that are statements of provenance
_DAY: Final = "2026-01-01T00:00:00.000Z"  # of every file, so that its bytes stay the same


def stamp_text(statement: Mapping[str, Any]) -> str:
    r"""Return a statement as JSON that is safe in any format; empty if it is too long.

    Examples
    --------
    >>> stamp_text({"schema": "x", "command": "<--"})
    '{"schema":"x","command":"\\u003c\\u002d\\u002d"}'
    """
    said = json.dumps(statement, separators=(",", ":"))
    for sign, escaped in _ESCAPES.items():
        said = said.replace(sign, escaped)
    return said if len(said) <= _LONGEST else ""


def holds_stamp(name: str) -> bool:
    """Tell whether a file of this name can carry a statement that is written into it.

    Examples
    --------
    >>> holds_stamp("a.geojson"), holds_stamp("a.csv"), holds_stamp("manifest.json")
    (True, False, False)
    """
    return name not in _TOLD and Path(name).suffix.lower() in _WRITERS


def write_stamp(path: Path, name: str, statement: Mapping[str, Any]) -> None:
    """Add a statement to a file that has none, if its format has a place for it.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        The name that it gets, whose suffix says the format.
    statement : mapping
        With ``schema`` first.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    said = stamp_text(statement) if holds_stamp(name) else ""
    if not said or not path.is_file() or read_stamp(path) is not None:
        return
    try:
        _WRITERS[Path(name).suffix.lower()](path, said)
    except sqlite3.Error as error:
        raise system_error(error) from None


def read_stamp(path: Path) -> dict[str, Any] | None:
    """Return the statement that a file carries; None if it carries none.

    Parameters
    ----------
    path : Path
        Any file, which somebody may have made up.

    Returns
    -------
    dict or None
        What the last stamp says, as JSON has it.
    """
    with path.open("rb") as file:
        head = file.read(_SEARCHED)
        file.seek(max(len(head), file.seek(0, 2) - _SEARCHED))
        tail = file.read()
    if head.startswith(SQLITE):
        return _read_geopackage(path)
    return _last_of(tail) or _last_of(head)


def _last_of(content: bytes) -> dict[str, Any] | None:
    for found in reversed(list(_FOUND.finditer(content))):
        said = content[found.end() : found.end() + _LONGEST]
        with suppress(ValueError, RecursionError):
            told, _ = json.JSONDecoder().raw_decode(said.decode("latin-1"))
            return told if isinstance(told, dict) else None
    return None


def _read_geopackage(path: Path) -> dict[str, Any] | None:
    """Return the statement of a GeoPackage, whose tables somebody may have made up."""
    query = (
        "SELECT substr(metadata, 1, ?) FROM gpkg_metadata WHERE md_standard_uri = ? "
        "ORDER BY id DESC LIMIT 1"
    )
    with suppress(sqlite3.Error, ValueError, RecursionError, TypeError):
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            base.set_progress_handler(lambda: 1, _STEPS)
            row = base.execute(query, (_LONGEST, _URI)).fetchone()
        told = json.loads(row[0]) if row else None
        return told if isinstance(told, dict) else None
    return None


def _add_to_feature(path: Path, said: str) -> None:
    """Add a member to the feature of the last line, which stays one line."""
    _add_member(path, said, "")


def _add_member(path: Path, said: str, line: str = "\n") -> None:
    """Add a member to the object that ends a JSON file."""
    with path.open("r+b") as file:
        start = max(0, file.seek(0, 2) - _SEARCHED)
        file.seek(start)
        content = file.read()
        end = len(content.rstrip())
        if content[end - 1 : end] != b"}":
            return
        before = content[: end - 1].rstrip()
        comma = "" if before.endswith(b"{") else ","
        file.seek(start + len(before))
        file.truncate()
        file.write(f'{comma}{line}"{KEY}":{said}}}\n'.encode())


def _add_comment(path: Path, said: str) -> None:
    with path.open("ab") as file:
        file.write(f"<!-- {KEY} {said} -->\n".encode())


def _add_pdf_comment(path: Path, said: str) -> None:
    content = path.read_bytes()
    place = content.rfind(b"startxref")
    if place >= 0:
        path.write_bytes(content[:place] + f"% {KEY} {said}\n".encode() + content[place:])


def _add_png_chunk(path: Path, said: str) -> None:
    content = path.read_bytes()
    chunk = b"tEXt" + KEY.encode() + b"\0" + said.encode()
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    end = content.rfind(b"\0\0\0\0IEND")
    if end >= 0:
        path.write_bytes(content[:end] + framed + content[end:])


def _add_entry_comment(path: Path, said: str) -> None:
    """Set the comment of the last entry in the list of an archive, which is before its end.

    A comment of the archive itself would be its end: LibreOffice does not open a workbook whose
    comment there is longer than some 500 bytes.
    """
    with path.open("r+b") as file:
        start = file.seek(max(0, file.seek(0, 2) - _END.size))
        end = file.read()
        if len(end) < _END.size or not end.startswith(_END_OF_ZIP) or not end.endswith(b"\0\0"):
            return
        *before, size, place, _ = _END.unpack(end)
        file.seek(place)
        last = file.read(start - place).rfind(_ENTRY)
        if last < 0 or start - place != size:
            return
        added = f"{KEY} {said}".encode()
        file.seek(place + last + _COMMENT)
        file.write(struct.pack("<H", len(added)))
        file.seek(start)
        file.write(added + _END.pack(*before, size + len(added), place, 0))


def _add_metadata(path: Path, said: str) -> None:
    """Add a row of metadata of the whole file to a GeoPackage."""
    definition = "http://www.geopackage.org/spec121/#extension_metadata"
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(_METADATA)
        number = base.execute(
            "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata) "
            "VALUES ('dataset', ?, 'application/json', ?)",
            (_URI, said),
        ).lastrowid
        base.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, timestamp, md_file_id) "
            "VALUES ('geopackage', ?, ?)",
            (_DAY, number),
        )
        for table in ("gpkg_metadata", "gpkg_metadata_reference"):
            base.execute(
                "INSERT INTO gpkg_extensions SELECT ?, NULL, 'gpkg_metadata', ?, 'read-write' "
                "WHERE NOT EXISTS (SELECT 1 FROM gpkg_extensions WHERE table_name = ?)",
                (table, definition, table),
            )


_WRITERS: Final[Mapping[str, Callable[[Path, str], None]]] = {
    **dict.fromkeys((".geojson", ".json"), _add_member),
    **dict.fromkeys((".geojsonl", ".ndjson", ".geojsons", ".geojsonseq"), _add_to_feature),
    **dict.fromkeys((".html", ".htm", ".svg", ".kml", ".md"), _add_comment),
    ".pdf": _add_pdf_comment,
    ".png": _add_png_chunk,
    **dict.fromkeys((".xlsx", ".ods", ".zip"), _add_entry_comment),
    ".gpkg": _add_metadata,
}
