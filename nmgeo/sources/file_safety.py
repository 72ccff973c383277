"""Refuse a file before GDAL opens it: damaged, too large unpacked, or leading elsewhere."""

import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from nmgeo.errors import LayerError
from nmgeo.files import GDAL_MARKS
from nmgeo.messages import text
from nmgeo.read_files import note_read
from nmgeo.regular_file import not_found, require_regular_file, unopened_as_error
from nmgeo.sources.archive import open_archive
from nmgeo.sources.crs_places import require_own_crs
from nmgeo.sources.shared_texts import shared_text_bytes
from nmgeo.sources.side_files import require_side_files
from nmgeo.sources.size_limits import BOMB, LINE, RATIO, raise_limit
from nmgeo.sources.sqlite_safety import require_safe_database
from nmgeo.sources.text_encoding import is_utf16
from nmgeo.sources.xml_safety import require_plain_xml
from nmgeo.stamps import SQLITE

FOLDERS: Final = (".gdb",)  # formats that are a folder
_TEXTS: Final = (
    *(".csv", ".tsv", ".txt", ".json", ".geojson", ".geojsonl", ".geojsons"),
    *(".jsonl", ".ndjson", ".kml", ".gml"),
)
_XML_MEMBERS: Final = (".kml", ".gml", ".gpx", ".gfs", ".xsd")  # of a zip of data
_SHAPEFILE: Final = ".shp"
_SHP_HEAD: Final = 32  # bytes of it that state its length
_SHAPES: Final = b"\0\0\x27\x0a"  # how a .shp begins
_ZIP: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 1  # flag of a member of an archive
_SHOWN: Final = 5  # members of an archive that a message names
_CHUNK: Final = 1 << 20
_HEAD: Final = 65_536  # bytes at either end of a file that are looked at
_TEXT: Final = 1_000_000_000  # bytes of text in the cells of a workbook
_POINTS_ON: Final = ".tab"  # of MapInfo, which may hold the names of other tables alone
_TAB_TABLES: Final = re.compile(
    rb'"\\IsSeamless"\s*=\s*"TRUE"|^\s*open table\b', re.IGNORECASE | re.MULTILINE
)
_SIGNATURES: Final = {
    b"\x1f\x8b": (text("is packed with gzip"), text("unpack it")),
    b"\xd0\xcf\x11\xe0": (
        text("is a file of an old Office, or protected by a password"),
        text("save it as .xlsx without a password"),
    ),
    b"PMTiles": (
        text("holds map tiles (PMTiles), cut at tile edges and simplified"),
        text("give the data that it was made from"),
    ),
}
_PARQUET: Final = ".parquet"  # which Arrow reads, and nothing beside it
_POINTERS: Final = (b"<ogrvrtdatasource", b"<vrtdataset", b"<ogrwfsdatasource", b"<ogroapif")


def require_file(path: Path, file: str, max_size: int = 0) -> None:
    """Stop before GDAL would wait for a file, read it without end, or be led to another.

    Parameters
    ----------
    path : Path
        The file.
    file : str
        What the user typed, for the message.
    max_size : int
        Bytes up to which it is read, unpacked, whatever the usual limits are.

    Raises
    ------
    LayerError
        With what is wrong and what to do.
    """
    _require_name(path, file)
    with unopened_as_error(file):
        if path.is_dir():
            _require_format_folder(path, file)
            note_read(path)
        else:
            require_regular_file(path, file)
            _require_content(path, file, max_size)
        if path.suffix.lower() != _PARQUET:
            require_side_files(path, file, max_size)


def require_short_lines(path: Path, file: str, max_size: int) -> None:
    """Stop if a line of CSV is longer than :data:`LINE`, where GDAL may stop without an error.

    Parameters and errors are those of :func:`require_file`.
    """
    if path.stat().st_size <= LINE:
        return
    longest = length = 0
    chunk = bytearray(_CHUNK)  # lines within one are short enough
    with path.open("rb", buffering=0) as file_:
        while count := file_.readinto(chunk):
            end = chunk.find(b"\n", 0, count)
            if end >= 0:
                longest = max(longest, length + end)
                length = -1 - chunk.rfind(b"\n", 0, count)
            length += count
    longest = max(longest, length)
    if longest > max(LINE, max_size):
        wrong = text("a line of it has {megabytes:,.0f} MB", megabytes=longest / 1e6)
        raise LayerError(file, wrong, raise_limit(longest))


def members(path: Path, file: str) -> dict[str, int]:
    """Return the names and unpacked sizes of a zip archive."""
    return {name: info.file_size for name, info in _infos(path, file).items()}


def packed_together(path: Path) -> str:
    """Say what an archive holds, if that is more than one file."""
    inside = list(members(path, str(path))) if path.suffix.lower() == ".zip" else []
    files = [name for name in inside if not name.endswith("/")]
    if len(files) <= 1:
        return ""
    shown = ", ".join(files[:_SHOWN])
    if len(files) > _SHOWN:
        more = len(files) - _SHOWN
        return text(
            "holds {files} and {more} more, which do not open as one", files=shown, more=more
        )
    return text("holds {files}, which do not open as one", files=shown)


def _require_name(path: Path, file: str) -> None:
    """Refuse a name that GDAL reads as more than a name."""
    if GDAL_MARKS & set(str(path)):
        wrong = text("GDAL reads '!' and ';' in a name as its own")
        raise LayerError(file, wrong, text("rename it"))
    if str(path).startswith("/vsi"):
        raise LayerError(file, text("is no local file"), text("give the path of a file"))
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise LayerError(file, text("its name is not UTF-8"), text("rename it")) from None
    if "\0" in str(path):
        raise not_found(file)


def _require_format_folder(path: Path, file: str) -> None:
    if path.suffix.lower() not in FOLDERS:
        raise LayerError(file, text("is a folder"), text("name a file in it"))
    for part in path.iterdir():
        if not part.resolve().is_relative_to(path.resolve()):
            wrong = text("holds the link {name!r}, which leads outside of it", name=part.name)
            raise LayerError(file, wrong, text("put the file itself there"))
        if part.is_file():
            with part.open("rb") as opened:
                require_own_crs(opened, file, part.name)


def _require_content(path: Path, file: str, max_size: int) -> None:
    suffix = path.suffix.lower()
    with path.open("rb") as opened:
        head = opened.read(_HEAD)
        opened.seek(max(path.stat().st_size - _HEAD, 0))
        tail = opened.read()
        _require_signature(head, file)
        if suffix in _TEXTS:
            _require_text(head, tail, file)
        opened.seek(0)
        require_plain_xml(opened, file)
        opened.seek(0)
        require_own_crs(opened, file)
    if suffix == _SHAPEFILE:
        _require_length(head, path.stat().st_size, file)
    _require_table(head, suffix, file)
    if suffix == ".zip" or head.startswith(_ZIP):
        _require_archive(path, file, max_size)
    if head.startswith(SQLITE):
        require_safe_database(path, file)


def _require_signature(head: bytes, file: str) -> None:
    """Refuse by its first bytes a file that is not read, or that only points to others."""
    for signature, (wrong, remedy) in _SIGNATURES.items():
        if head.startswith(signature):
            raise LayerError(file, wrong, remedy)
    start = head.lower()
    if any(mark in start for mark in _POINTERS):
        wrong = text("only points to other files or to a service")
        raise LayerError(file, wrong, text("give the file with the features"))


def _require_table(head: bytes, suffix: str, file: str) -> None:
    """Refuse a table of MapInfo that leads to others."""
    if suffix == _POINTS_ON and _TAB_TABLES.search(head):
        wrong = text("is a MapInfo table that only points to other files")
        raise LayerError(file, wrong, text("give those files"))


def _require_text(head: bytes, tail: bytes, file: str) -> None:
    """Refuse a file whose end was never written."""
    if tail.endswith(b"\0") and not is_utf16(head):
        raise LayerError(file, text("breaks off: its end is NUL bytes"), text("get it again"))


def _require_length(head: bytes, size: int, file: str) -> None:
    """Refuse a shapefile of fewer bytes than it states: its last features have no geometry."""
    if head[:4] == _SHAPES and size < (said := 2 * int.from_bytes(head[24:28], "big")):
        wrong = text("breaks off after {size:,} of {said:,} bytes", size=size, said=said)
        raise LayerError(file, wrong, text("get it again"))


def _require_archive(path: Path, file: str, max_size: int) -> None:
    """Refuse an archive that unpacks outside its folder, or to far more than its own size."""
    infos = _infos(path, file)
    for name in infos:
        pure = PureWindowsPath(name)  # knows both kinds of slash
        if pure.anchor or PurePosixPath(name).is_absolute() or ".." in pure.parts:
            wrong = text("holds {name!r}, which leads outside of it", name=name)
            raise LayerError(file, wrong, text("do not use it"))
    if any(info.flag_bits & _ENCRYPTED for info in infos.values()):
        remedy = text("unpack it with the password first")
        raise LayerError(file, text("is protected by a password"), remedy)
    unpacked = sum(info.file_size for info in infos.values())
    if unpacked > max(BOMB, RATIO * path.stat().st_size, max_size):
        wrong = text(
            "unpacks to {megabytes:,.0f} MB, {ratio:,.0f} times its size",
            megabytes=unpacked / 1e6,
            ratio=unpacked / path.stat().st_size,
        )
        raise LayerError(file, wrong, raise_limit(unpacked))
    _require_plain_members(path, file, infos, max_size)


def _require_plain_members(
    path: Path, file: str, infos: Mapping[str, zipfile.ZipInfo], max_size: int
) -> None:
    """Refuse an archive with XML that may lead elsewhere, or cells that repeat long texts."""
    with open_archive(path, file) as archive:
        for name, info in infos.items():
            if name.lower().endswith(_SHAPEFILE):
                with archive.open(name) as part:
                    _require_length(part.read(_SHP_HEAD), info.file_size, file)
            if _may_be_read(name, path):
                with archive.open(name) as part:
                    require_plain_xml(part, file, name)
            if path.suffix.lower() == ".zip":
                with archive.open(name) as part:
                    require_own_crs(part, file, name)
                if (suffix := PurePosixPath(name).suffix.lower()) == _POINTS_ON:
                    with archive.open(name) as part:
                        _require_table(part.read(_HEAD), suffix, file)
        held = shared_text_bytes(archive, {name: info.file_size for name, info in infos.items()})
    if held > max(_TEXT, max_size):
        wrong = text("its cells hold {megabytes:,.0f} MB of text", megabytes=held / 1e6)
        raise LayerError(file, wrong, raise_limit(held))


def _may_be_read(member: str, archive: Path) -> bool:
    """Whether GDAL may read a member as XML: any of a spreadsheet, and data of a zip."""
    suffix = PurePosixPath(member).suffix.lower()
    return archive.suffix.lower() != ".zip" or suffix in _XML_MEMBERS


def _infos(path: Path, file: str) -> dict[str, zipfile.ZipInfo]:
    """Return what the directory of an archive states of its members."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
        wrong, remedy = text("damaged, or no zip archive"), text("get it again")
        raise LayerError(file, wrong, remedy) from None
    infos = {member.filename: member for member in found}
    if len(infos) < len(found):  # and programs differ in which of the two they read
        name = next(name for name, count in Counter(m.filename for m in found).items() if count > 1)
        raise LayerError(file, text("holds {name!r} twice", name=name), text("pack it anew"))
    return infos
