"""What GDAL is to open for a file, an archive or a text file, and in which encoding its text is."""

import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from nmgeo.messages import Text, text
from nmgeo.sources import shapefile_text
from nmgeo.sources.archive import extract, find_data, open_archive
from nmgeo.sources.file_names import SHEETS
from nmgeo.sources.file_safety import members, require_file, require_short_lines
from nmgeo.sources.temporary_folder import TemporaryFolder
from nmgeo.sources.text_copy import (
    SEPARATED,
    TEXTS,
    checked_encoding,
    copy_text,
    encoding_notice,
)
from nmgeo.sources.text_encoding import CUT_UTF8, UTF8, encoding_name
from nmgeo.sources.xml_safety import require_sound_gpx
from nmgeo.stamps import SQLITE

_PACKED: Final = ".kmz"  # an archive itself, whose parts are looked at once it is unpacked
_MAIN: Final = "doc.kml"  # of such an archive
_UNPACKED: Final = (SQLITE, b"fgb")  # how they begin
_SHAPEFILE: Final = ".shp"
_PARTS: Final = (_SHAPEFILE, ".shx", ".dbf")


@dataclass(frozen=True)
class Readable:
    """What GDAL opens for a file of the user.

    ``codec`` is that of text which nmgeo decodes itself, None if GDAL does; ``told`` is what the
    user should know; ``kept`` holds the copies that ``path`` may be in.
    """

    path: str
    codec: str | None = None
    told: tuple[Text, ...] = ()
    kept: tuple[TemporaryFolder, ...] = ()


def readable(
    path: Path, file: str, encoding: str | None, layer: str = "", max_size: int = 0
) -> Readable:
    """Find what GDAL is to open; copies are made once, until the file changes.

    Parameters
    ----------
    path : Path
        A file that :func:`nmgeo.sources.file_safety.require_file` lets pass.
    file : str
        What the user wrote.
    encoding : str, optional
        What the user says of its encoding.
    layer : str
        What the user wrote behind ``#``, which may be a member of an archive.
    max_size : int
        As :func:`nmgeo.sources.file_safety.require_file`.

    Returns
    -------
    Readable
        Its path is absolute, so that no part of it reads as a prefix.
    """
    state = path.stat()
    beside = path.with_suffix(".cpg")
    changed = (state.st_mtime_ns, state.st_size, beside.is_file() and beside.stat().st_mtime_ns)
    return _readable(path.absolute(), file, encoding, layer, max_size, changed)


@lru_cache(maxsize=32)
def _readable(
    path: Path,
    file: str,
    encoding: str | None,
    layer: str,
    max_size: int,
    _changed: tuple[object, ...],
) -> Readable:
    if path.suffix.lower() == ".zip":
        return _of_archive(path, file, encoding, layer, max_size)
    if path.suffix.lower() in _PARTS:
        read = shapefile_text.read_beside(path)
        return _of_shapefile(str(path), file, read, encoding)
    if path.is_dir():  # a File Geodatabase
        return Readable(str(path))
    if path.suffix.lower() == _PACKED:
        return _of_kmz(path, file, encoding, max_size)
    return _of_text(path, file, encoding, max_size)


def _of_text(
    path: Path, file: str, encoding: str | None, max_size: int, *kept: TemporaryFolder
) -> Readable:
    copy = copy_text(path, file, encoding)
    read = path if copy is None else copy.path
    if read.suffix.lower() in SEPARATED:
        require_short_lines(read, file, max_size)
    require_sound_gpx(read, file)
    if copy is None:
        return Readable(str(path), kept=kept)
    require_file(copy.path, file, max_size)
    return Readable(str(copy.path), told=copy.told, kept=(*kept, copy.folder))


def _of_kmz(
    path: Path, file: str, encoding: str | None, max_size: int, *kept: TemporaryFolder
) -> Readable:
    """Read the main part itself if it holds both features and links: GDAL follows the links."""
    if zipfile.is_zipfile(path) and _MAIN in members(path, file):
        folder = TemporaryFolder()
        main = extract(path, _MAIN, folder.path)
        content = main.read_bytes()
        if all(element in content for element in (b"<Placemark", b"<NetworkLink")):
            read = _of_text(main, file, encoding, max_size, folder, *kept)
            return replace(read, told=(*read.told, text("its links to other files are not read")))
    return _of_text(path, file, encoding, max_size, *kept)


def _of_archive(path: Path, file: str, encoding: str | None, layer: str, max_size: int) -> Readable:
    inside = members(path, file)
    member = find_data(inside, file, layer) or (next(iter(inside)) if len(inside) == 1 else "")
    opened = f"/vsizip/{path}" + (f"/{member}" if member else "")
    suffix = PurePosixPath(member).suffix.lower()
    if suffix in (*TEXTS, *SHEETS, _PACKED) or _is_looked_at(path, member, file):
        folder = TemporaryFolder()
        unpacked = extract(path, member, folder.path)
        require_file(unpacked, file, max_size)
        if suffix not in (*TEXTS, *SHEETS, _PACKED):
            return Readable(str(unpacked), kept=(folder,))
        of_kind = _of_kmz if suffix == _PACKED else _of_text
        return of_kind(unpacked, file, encoding, max_size, folder)
    first = member
    if suffix != _SHAPEFILE:
        under = [name for name in inside if name.startswith(member)]
        first = next((name for name in under if name.lower().endswith(_SHAPEFILE)), "")
    if not first:
        return Readable(opened)
    return _of_shapefile(opened, file, shapefile_text.read_packed(path, first, file), encoding)


def _is_looked_at(path: Path, member: str, file: str) -> bool:
    """Whether a member is an SQLite database or FlatGeobuf, which is looked at once unpacked."""
    if member not in members(path, file):
        return False
    with open_archive(path, file) as archive, archive.open(member) as part:
        return part.read(len(SQLITE)).startswith(_UNPACKED)


def _of_shapefile(
    opened: str, file: str, read: shapefile_text.Reader, encoding: str | None
) -> Readable:
    codec, declared = shapefile_text.shapefile_encoding(read, encoding)
    plain, named = UTF8 if codec == CUT_UTF8 else codec, shapefile_text.encoding_of_cpg(read)
    is_odd = named not in (None, plain)
    words = shapefile_text.text_of_table(read(".dbf") or b"") if encoding or is_odd else b""
    if encoding is not None and codec != CUT_UTF8 and (named, plain) != (UTF8, UTF8):
        checked_encoding(words, plain, file)
    told = () if declared or codec == UTF8 else (encoding_notice(codec),)
    if is_odd and not words.isascii():
        names = {"encoding": encoding_name(plain), "other": encoding_name(str(named))}
        told = (text("text read as {encoding}, not as {other}, which its .cpg names", **names),)
    return Readable(opened, codec=codec, told=told)


def is_member(layer: str, path: Path, file: str) -> bool:
    """Whether what the user wrote behind ``#`` is a member of an archive, not a layer."""
    return bool(layer) and path.suffix.lower() == ".zip" and layer in members(path, file)
