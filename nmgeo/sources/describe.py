"""What a file says of itself before any feature is read: fiona looks, whatever it is given."""

import codecs
import glob
import math
import os
import re
import stat
import zipfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

import fiona
from fiona.errors import FionaError
from pyproj import CRS

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError

_X: Final = "lon,long,lng,longitude,x,easting,east,e"
_Y: Final = "lat,latitude,y,northing,north,n"
OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {  # how GDAL is to open a driver's files
    "CSV": {
        "X_POSSIBLE_NAMES": _X,
        "Y_POSSIBLE_NAMES": _Y,
        "GEOM_POSSIBLE_NAMES": "wkt,geometry,geom,the_geom",
        "KEEP_GEOM_COLUMNS": "NO",
    },
    "GeoJSON": {"DATE_AS_STRING": "YES"},
}
_COORDINATES: Final = frozenset(f"{_X},{_Y},wkt,geometry,geom,the_geom".split(","))  # in a CSV
_FOLDERS: Final = (".gdb",)  # formats that are a folder
_FORMATS: Final = "give GeoJSON, GeoPackage, Shapefile, FlatGeobuf, KML or CSV with coordinates"
_PLACE: Final = re.compile(r"^At line \d+, character \d+: ")  # of all GDAL's tries together
_TEXTS: Final = (
    *(".csv", ".tsv", ".txt", ".json", ".geojson", ".geojsonl", ".geojsons"),
    *(".jsonl", ".ndjson", ".kml", ".gml"),
)
_LINES: Final = "GeoJSONSeq"  # GDAL passes over a line that it cannot read
_SHAPES: Final = b"\0\0\x27\x0a"  # how a .shp begins
_CHUNK: Final = 1 << 20
_SHORT: Final = 40  # characters of a cell that a message shows
_SHOWN: Final = 5  # members of an archive that a message names


@dataclass(frozen=True)
class Description:
    """What a file says of itself before any feature is read."""

    path: str  # as GDAL takes it
    driver: str
    layer: str
    crs: CRS | None
    size: int  # bytes, unpacked
    has_geometry: bool


def describe(file: Path | str) -> Description:
    """Open a file with fiona and say what it is, without reading its features.

    Parameters
    ----------
    file : path
        ``FILE`` or ``FILE#LAYER``.

    Returns
    -------
    Look
        Path, driver, layer, CRS (None if the file does not say) and size.

    Raises
    ------
    LayerError
        If it is not there, is no file, no vector format, a zip that leads outside itself, or holds
        several layers and none was named.
    """
    names = layer_names(file)
    layer = split_layer(str(file))[1]
    if layer in names or (not layer and len(names) == 1):
        return describe_layer(file, layer or names[0])
    known = ", ".join(names) or "none"
    raise LayerError(str(file), f"holds layers {known}", "name one, as in FILE#LAYER")


def layer_names(file: Path | str) -> list[str]:
    """List the layers of a file. Parameters and errors are those of :func:`describe`."""
    path, _ = split_layer(str(file))
    _require_file(path, str(file))
    try:
        return [str(name) for name in fiona.listlayers(_opened(path))]
    except (FionaError, ValueError) as error:
        raise _unopened(str(file), error) from None


def describe_layer(file: Path | str, layer: str) -> Description:
    """Say what one layer of a file is. Errors are those of :func:`describe`."""
    path, _ = split_layer(str(file))
    try:
        with open_layer(_opened(path), layer) as src:
            crs = CRS(src.crs_wkt) if src.crs_wkt else None
            has_geometry = src.schema["geometry"] != "None"
            return Description(_opened(path), src.driver, layer, crs, _size(path), has_geometry)
    except (FionaError, ValueError) as error:
        raise _unopened(str(file), error) from None


def open_layer(path: str, layer: str) -> Any:
    """Open a layer with fiona, to be read record by record."""
    source = fiona.open(path, layer=layer, allow_unsupported_drivers=True)
    if source.driver != "CSV":
        return source
    source.close()  # only now is it known that it wants to be told which columns are coordinates
    return fiona.open(path, layer=layer, **OPTIONS["CSV"])


def coordinate_cells(seen: Description) -> Generator[dict[str, Any], None, None]:
    """Read what the rows of a CSV have for coordinates, as it is written; nothing of others."""
    if seen.driver == "CSV":
        with fiona.open(seen.path, layer=seen.layer) as source:
            for record in source:
                yield {n: c for n, c in record.properties.items() if n.lower() in _COORDINATES}


def size_of(file: Path | str) -> int:
    """Return the bytes of a file, unpacked, before it is opened.

    Errors are those of :func:`describe`.

    Parameters
    ----------
    file : path
        ``FILE`` or ``FILE#LAYER``.

    Returns
    -------
    int
        Bytes, of all that a zip or a folder holds.
    """
    path, _ = split_layer(str(file))
    _require_file(path, str(file))
    return _size(path)


def file_version(path: Path) -> tuple[int, ...]:
    """Say in numbers when a file last changed: it is read once for all the questions of a run."""
    beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    parts = [part.stat() for part in beside if part.exists()]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size))


def source_version(file: OwnFile) -> tuple[int, ...]:
    """Return the :func:`file_version` of a user's file; that of a frame is always the same."""
    return () if file.given is not None else file_version(split_layer(file.path)[0])


def count_records(seen: Description) -> int | None:
    """Count the records of a format that has one a line, since GDAL leaves out what it cannot read.

    Parameters
    ----------
    seen : Look
        From :func:`describe_layer`.

    Returns
    -------
    int or None
        None for a format that is not one record a line, and inside an archive.
    """
    if seen.driver != _LINES or seen.path.startswith("/vsi"):
        return None
    with Path(seen.path).open("rb") as file:
        end = b"\x1e" if file.read(1) == b"\x1e" else b"\n"  # RFC 8142 begins a record so
        file.seek(0)
        count, begun = 0, False
        while chunk := file.read(_CHUNK):
            first, *others = chunk.split(end)
            begun |= bool(first.strip())
            for part in others:
                count += begun
                begun = bool(part.strip())
        return count + begun


def encoding_remedy(seen: Description) -> str:
    """Say what to do about text that is not in the encoding that a file names, or is meant by."""
    if seen.driver == "ESRI Shapefile":
        return f"put {Path(seen.path).stem}.cpg beside it that names its encoding, such as BIG5"
    return "save it anew as UTF-8"


def truncation(said: int, count: int) -> tuple[str, str]:
    """Say that fewer features can be read than a file holds, and what to do."""
    return f"only {count} of {said} features can be read", "get it again, or mend it"


def invalid_cells(cells: Mapping[str, Any]) -> str:
    """Say which cells give a row of CSV no coordinates: those of no number, else all."""
    odd = {name: cell for name, cell in cells.items() if not _is_number(cell)} or cells
    return " and ".join(f"{name} is {str(cell or '')[:_SHORT]!r}" for name, cell in odd.items())


def _is_number(cell: object) -> bool:
    try:
        return math.isfinite(float(str(cell)))
    except ValueError:
        return False


def split_layer(file: str) -> tuple[Path, str]:
    """Return the path of ``FILE#LAYER`` and its layer, empty if none is named."""
    stem, mark, layer = file.rpartition("#")
    return (Path(stem), layer) if mark and not Path(file).exists() else (Path(file), "")


def _unopened(file: str, error: BaseException) -> LayerError:
    """Say why GDAL did not open a file: the first of its errors, which fiona keeps as causes."""
    first = error
    while first.__cause__ is not None:
        first = first.__cause__
    why = _PLACE.sub("", str(first))
    if why.startswith("Too many characters"):  # a limit of its own, which no option lifts
        wrong = "a value in it is longer than the 10,000,000 characters that GDAL reads"
        return LayerError(file, wrong, "shorten it or leave it out")
    if several := _packed_together(split_layer(file)[0]):
        return LayerError(file, several, "unpack it and name one of them")
    wrong = "damaged, or no vector format that fiona opens"
    told = "" if first is error or "not recognized" in why else f" ({why})"
    return LayerError(file, wrong + told, _FORMATS)


def _opened(path: Path) -> str:
    return f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)


def _require_file(path: Path, file: str) -> None:
    """Refuse what GDAL would wait for, read without end, or take for something else."""
    if set("!;") & set(str(path)):
        raise LayerError(file, "GDAL reads '!' and ';' in a name as its own", "rename it")
    if not path.exists():
        raise LayerError(file, "not found", "check the name")
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode) and path.suffix.lower() not in _FOLDERS:
        raise LayerError(file, "is a folder", "name a file in it")
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise LayerError(file, "is a device or a pipe", "save what it gives to a file first")
    if stat.S_ISREG(mode) and not path.stat().st_size:
        raise LayerError(file, "is empty", "get it again")
    if stat.S_ISREG(mode) and path.suffix.lower() in _TEXTS:
        _require_text(path, file)
    if path.suffix.lower() == ".shp":
        _require_length(path, file)
    if path.suffix.lower() == ".zip":
        _require_inside(path, file)


def _require_text(path: Path, file: str) -> None:
    """Refuse a text in UTF-16, and one given its length before it was written, and not all was."""
    with path.open("rb") as text:
        if text.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise LayerError(file, "is in UTF-16", "save it as UTF-8, in Excel as CSV UTF-8")
        text.seek(-1, os.SEEK_END)
        if text.read(1) == b"\0":
            raise LayerError(file, "breaks off: its end is NUL bytes", "get it again")


def _require_length(path: Path, file: str) -> None:
    """Refuse a shapefile of fewer bytes than it says, whose last features would have no outline."""
    with path.open("rb") as shapes:
        head, size = shapes.read(28), path.stat().st_size
    if head[:4] == _SHAPES and size < (said := 2 * int.from_bytes(head[24:], "big")):
        raise LayerError(file, f"breaks off after {size:,} of {said:,} bytes", "get it again")


def _packed_together(path: Path) -> str:
    """Say what an archive holds, if that is more than one file."""
    inside = list(_members(path, str(path))) if path.suffix.lower() == ".zip" else []
    files = [name for name in inside if not name.endswith("/")]
    if len(files) <= 1:
        return ""
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return f"holds {', '.join(files[:_SHOWN])}{more}, which do not open as one"


def _require_inside(path: Path, file: str) -> None:
    """Refuse an archive with a member that would be unpacked outside of its folder."""
    for name in _members(path, file):
        pure = PureWindowsPath(name)  # knows both kinds of slash
        if pure.anchor or PurePosixPath(name).is_absolute() or ".." in pure.parts:
            raise LayerError(file, f"holds {name!r}, which leads outside of it", "do not use it")


def _members(path: Path, file: str) -> dict[str, int]:
    """Return the names and unpacked sizes of an archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {member.filename: member.file_size for member in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        raise LayerError(file, "damaged, or no zip archive", "get it again") from None


def _size(path: Path) -> int:
    """Return the bytes of a file, of all that a zip holds, or of a folder."""
    if path.suffix.lower() == ".zip":
        return sum(_members(path, str(path)).values())
    parts = path.rglob("*") if path.is_dir() else [path]
    return sum(part.stat().st_size for part in parts)
