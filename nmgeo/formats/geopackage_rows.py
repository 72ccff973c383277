"""Rows of a GeoPackage, read with SQLite alone: by other code than wrote them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import shapely

from nmgeo.errors import first_line
from nmgeo.stamps import SQLITE

_ENVELOPES: Final = (0, 32, 48, 48, 64)  # bytes of an envelope, by the kind that the flags name
_FIXED: Final = 8  # bytes of a header without its envelope


def is_geopackage(path: Path) -> bool:
    """Tell whether a file is a database of SQLite, whatever its name."""
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def geopackage_rows(path: Path, layer: str, names: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """Return the geometries and the values of a layer that nmgeo wrote, in the order of its rows.

    Parameters
    ----------
    path : Path
        A GeoPackage.
    layer : str
        Its table.
    names : sequence of str
        Columns of the table.

    Returns
    -------
    (list, list)
        Geometries as they are stored, None where a row has none; for each of ``names`` a tuple of
        its values, lists and objects as JSON.

    Raises
    ------
    ValueError
        If the file does not hold them.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            query = "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?"
            found = base.execute(query, (layer,)).fetchone()
            columns = ", ".join([_quoted(found[0]) if found else "NULL", *map(_quoted, names)])
            asked = f"SELECT {columns} FROM {_quoted(layer)} ORDER BY rowid"  # noqa: S608 - quoted
            rows = base.execute(asked).fetchall()
        blobs, *values = zip(*rows, strict=True) if rows else [()] * (len(names) + 1)
        return list(shapely.from_wkb([blob and blob[_header(blob) :] for blob in blobs])), values
    except (sqlite3.Error, shapely.GEOSException, IndexError, TypeError) as error:
        raise ValueError(first_line(error)) from None


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _header(blob: bytes) -> int:
    """Return the length of what stands before the WKB."""
    return _FIXED + _ENVELOPES[blob[3] >> 1 & 7]
