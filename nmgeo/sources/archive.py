"""Zip archives: the one data set in it, wherever it lies."""

import errno
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from nmgeo.errors import ExportError, LayerError, NmgeoError, reason
from nmgeo.messages import text

_DATA: Final = (  # suffixes of files with features, in no order
    *(".shp", ".geojson", ".json", ".geojsonl", ".ndjson", ".gpkg", ".fgb", ".kml", ".kmz", ".gml"),
    *(".gpx", ".csv", ".tsv", ".txt", ".tab", ".mif", ".dxf", ".xlsx", ".ods", ".topojson", ".js"),
)
_NOTES: Final = (".txt", ".csv", ".tsv", ".json", ".js", ".xlsx", ".ods")  # often beside the data
_DAMAGED: Final = (  # what reading a member of an archive may raise
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, KeyError),
    NotImplementedError,  # a way of packing that Python does not know
    RuntimeError,  # a password is needed
)
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_DATABASE: Final = ".gdb"
_SHAPEFILE: Final = ".shp"
_SHOWN: Final = 5  # members that a message names


def find_data(members: Iterable[str], file: str, named: str) -> str:
    """Find what GDAL is to open in an archive.

    Parameters
    ----------
    members : iterable of str
        The names of its members.
    file : str
        What the user wrote, for the message.
    named : str
        What the user wrote behind ``#``: a layer, or a member.

    Returns
    -------
    str
        The path of a member, of a folder of Shapefiles or of a geodatabase; empty for the whole
        archive.

    Raises
    ------
    LayerError
        If several data sets lie in it, and none is named.
    """
    names = [name for name in members if not name.endswith("/") and not _is_hidden(name)]
    if named in names:
        return named
    if databases := sorted({_database(name) for name in names} - {""}):
        return _only(databases, file)
    data = [name for name in names if _suffix(name) in _DATA]
    data = [name for name in data if _suffix(name) not in _NOTES] or data
    folders = {str(PurePosixPath(name).parent) for name in data}
    if {_suffix(name) for name in data} == {_SHAPEFILE} and len(folders) == 1:
        folder = folders.pop()
        return data[0] if len(data) == 1 else ("" if folder == "." else folder)
    return _only(data, file) if data else ""


def _only(data: list[str], file: str) -> str:
    if len(data) == 1:
        return data[0]
    shown = ", ".join(data[:_SHOWN])
    wrong = text("holds {count} data sets: {shown}", count=len(data), shown=shown)
    remedy = text("name one, as in {example}", example=f"{Path(file).name}#{data[0]}")
    raise LayerError(file, wrong, remedy)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _is_hidden(name: str) -> bool:
    """Whether a member is what an operating system adds, such as __MACOSX/._a.shp."""
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _database(name: str) -> str:
    """Return the geodatabase that a member is part of."""
    parts = PurePosixPath(name).parts
    ends = [number for number, part in enumerate(parts) if part.lower().endswith(_DATABASE)]
    return "/".join(parts[: ends[0] + 1]) if ends else ""


@contextmanager
def open_archive(archive: Path, file: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive, to read members of it in the block.

    Parameters
    ----------
    archive : Path
        An archive that :func:`nmgeo.sources.file_safety.require_file` lets pass.
    file : str
        What to call it in a message.

    Raises
    ------
    LayerError
        If it is damaged, or a member that is read is.
    ExportError
        If there is no room for what is unpacked.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except _DAMAGED as error:
        if isinstance(error, NmgeoError):
            raise
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            wrong = text("no room to unpack it ({why})", why=reason(error))
            raise ExportError(file, wrong, text("free some space, or set TMPDIR")) from None
        wrong, remedy = text("damaged, or no zip archive"), text("get it again")
        raise LayerError(file, wrong, remedy) from None


def extract(archive: Path, member: str, folder: Path) -> Path:
    """Unpack one member, under its bare name.

    Parameters
    ----------
    archive : Path
        An archive that :func:`nmgeo.sources.file_safety.require_file` lets pass.
    member : str
        From :func:`find_data`.
    folder : Path
        Where to.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    LayerError
        If the archive is damaged.
    """
    target = folder / PureWindowsPath(member).name
    with (
        open_archive(archive, str(archive)) as opened,
        opened.open(member) as file,
        target.open("wb") as out,
    ):
        shutil.copyfileobj(file, out)
    return target
