"""Names of files as a user writes them: FILE, FILE#LAYER, and - for standard input."""

import os
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Final

from nmgeo.errors import LayerError
from nmgeo.messages import text
from nmgeo.sources.temporary_folder import TemporaryFolder
from nmgeo.stamps import SQLITE

SHEETS: Final = (".xlsx", ".ods")  # spreadsheets
STDIN: Final = "-"
_BINARY: Final = {  # how a file begins, and the suffix of its format
    SQLITE: ".gpkg",
    b"PAR1": ".parquet",
    b"fgb": ".fgb",
}
_PACKED: Final = {  # a member of an archive that shows its format
    "xl/workbook.xml": ".xlsx",
    "content.xml": ".ods",
    "doc.kml": ".kmz",
}
_LARGEST: Final = 4_000_000_000  # bytes of standard input that are kept
_RECORD: Final = b"\x1e"  # begins each feature of a text sequence (RFC 8142)


def split_layer(file: str) -> tuple[Path, str]:
    """Return the path of ``FILE#LAYER`` and its layer, empty if none is named.

    Parameters
    ----------
    file : str
        As the user wrote it; ``-`` is standard input. Files and layers may have ``#`` in their
        names: the first part that is a file is the file.

    Returns
    -------
    (Path, str)
        The path, and the name of the layer.
    """
    stem, mark, layer = file.partition("#")
    if stem == STDIN:
        return standard_input(), layer
    if not mark or _is_there(file):
        return Path(file), ""
    parts = file.split("#")
    for count in range(1, len(parts)):
        if _is_there(start := "#".join(parts[:count])):
            return Path(start), "#".join(parts[count:])
    return Path("#".join(parts[:-1])), parts[-1] or layer


_FOLDERS: Final[list[TemporaryFolder]] = []  # of standard input, until the process ends


def _is_there(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - Path.exists fails at a name that is too long


@cache
def standard_input() -> Path:
    """Save standard input to a file, once, under a name that shows its format."""
    stream = None if sys.stdin is None else getattr(sys.stdin, "buffer", None)
    if stream is None or sys.stdin.isatty():
        wrong = text("standard input holds nothing")
        raise LayerError(STDIN, wrong, text("pipe a file into the command"))
    _FOLDERS.append(TemporaryFolder())
    path = _FOLDERS[-1].path / "stdin"
    with path.open("wb") as file:
        while chunk := stream.read(1 << 20):
            file.write(chunk)
            if file.tell() > _LARGEST:
                wrong = text("standard input does not end after {size} GB", size=_LARGEST // 10**9)
                raise LayerError(STDIN, wrong, text("save it to a file first"))
    return path.rename(path.with_suffix(_suffix(path)))


def _suffix(path: Path) -> str:
    """Tell the format of a file by how it begins."""
    with path.open("rb") as file:
        head = file.read(4096)
    if known := next((suffix for start, suffix in _BINARY.items() if head.startswith(start)), None):
        return known
    if head.startswith(b"PK"):
        return _packed_suffix(path)
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith(b"<"):
        return next((f".{name}" for name in ("kml", "gpx") if f"<{name}".encode() in plain), ".gml")
    if plain.startswith((_RECORD, b"{", b"[")):
        return ".geojsons" if plain.startswith(_RECORD) or _has_lines(plain) else ".geojson"
    return ".csv"


def _has_lines(head: bytes) -> bool:
    """Whether each line is a feature of its own."""
    first = head.splitlines()[0].rstrip()
    return b'"Feature"' in first and first.endswith(b"}") and b"FeatureCollection" not in first


def _packed_suffix(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return ".zip"
    return next((suffix for name, suffix in _PACKED.items() if name in names), ".zip")
