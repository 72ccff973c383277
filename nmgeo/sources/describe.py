"""What a file states of itself before any feature is read."""

import glob
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyproj import CRS
from pyproj.exceptions import CRSError

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError
from nmgeo.messages import text
from nmgeo.sources import gdal
from nmgeo.sources.file_safety import members, packed_together, require_file

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
CSV_COORDINATES: Final = frozenset(f"{_X},{_Y},wkt,geometry,geom,the_geom".split(","))  # in a CSV
_FORMATS: Final = "give GeoJSON, GeoPackage, Shapefile, FlatGeobuf, KML or CSV with coordinates"
_PLACE: Final = re.compile(
    r"^(Failed to read \w+ data; )?(At line \d+, character \d+: )?"
)  # of all GDAL's tries together
_LINES: Final = "GeoJSONSeq"  # GDAL passes over a line that it cannot read
_COUNTED: Final = ("ESRI Shapefile", "FlatGeobuf", "GPKG", "GeoJSONSeq", "Parquet")
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a file states of one layer before any feature is read.

    ``path`` is the file as GDAL takes it and ``file`` as the user wrote it; ``size`` its bytes,
    unpacked; ``options`` how it has to be opened; ``count`` the features, -1 if only reading
    tells; ``types`` the NumPy type of each field; ``box`` the least x and y and the greatest x and
    y, if the file states them.
    """

    path: str
    file: str
    driver: str
    layer: str
    crs: CRS | None
    size: int
    has_geometry: bool
    options: Mapping[str, str]
    count: int
    types: Mapping[str, str]
    encoding: str
    box: tuple[float, ...] | None = None


def describe(file: Path | str) -> Description:
    """Open a file with GDAL and say what it is, without reading its features.

    Parameters
    ----------
    file : path
        ``FILE`` or ``FILE#LAYER``.

    Returns
    -------
    Description
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
    require_file(path, str(file))
    try:
        return gdal.layer_names(_opened(path), gdal.options_by_content(path))
    except gdal.Errors as error:
        raise _unopened(str(file), error) from None


def describe_layer(file: Path | str, layer: str) -> Description:
    """Say what one layer of a file is. Errors are those of :func:`describe`."""
    path, _ = split_layer(str(file))
    opened, options = _opened(path), gdal.options_by_content(path)
    try:
        info = gdal.layer_info(opened, layer, options, count=False)
        driver = str(info["driver"])
        if more := OPTIONS.get(driver, {}):
            options |= more
            info = gdal.layer_info(opened, layer, options, count=False)
        crs = CRS(info["crs"]) if info["crs"] else None
    except (*gdal.Errors, CRSError) as error:
        raise _unopened(str(file), error) from None
    return Description(
        path=opened,
        file=str(path),
        driver=driver,
        layer=layer,
        crs=crs,
        size=_size(path),
        has_geometry=info["geometry_type"] is not None,
        options=options,
        count=_count_lines(opened) if _has_lines(driver, opened) else int(info["features"]),
        types=dict(zip(map(str, info["fields"]), map(str, info["dtypes"]), strict=True)),
        encoding=str(info["encoding"]),
    )


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
    require_file(path, str(file))
    return _size(path)


def file_version(path: Path) -> tuple[int, ...]:
    """Say in numbers when a file last changed: it is read once for all the questions of a run."""
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists fails at a name that is too long
        return ()
    inside = path.rglob("*") if path.is_dir() else ()
    beside = sorted({*path.parent.glob(f"{glob.escape(path.stem)}.*"), *inside})
    parts = [part.stat() for part in beside if part.exists()]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size))


def source_version(file: OwnFile) -> tuple[int, ...]:
    """Return the :func:`file_version` of a user's file; that of a frame is always the same."""
    return () if file.given is not None else file_version(split_layer(file.path)[0])


def _has_lines(driver: str, path: str) -> bool:
    """Whether a format has one feature a line: GDAL leaves out what it cannot read of it."""
    return driver == _LINES and not path.startswith("/vsi")


def _count_lines(path: str) -> int:
    """Count the lines that are not blank, or the records of RFC 8142."""
    with Path(path).open("rb") as file:
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
        return f"put {Path(seen.file).stem}.cpg beside it that names its encoding, such as BIG5"
    return "save it anew as UTF-8"


def require_complete(seen: Description, found: int) -> None:
    """Stop if fewer features were read than a format that counts them states.

    Raises
    ------
    LayerError
        With both numbers.
    """
    if seen.driver in _COUNTED and found < seen.count:
        wrong = text(
            "only {found} of {stated} features can be read", found=found, stated=seen.count
        )
        raise LayerError(seen.file, wrong, text("get it again, or mend it"))


def split_layer(file: str) -> tuple[Path, str]:
    """Return the path of ``FILE#LAYER`` and its layer, empty if none is named."""
    stem, mark, layer = file.rpartition("#")
    there = os.path.exists(file)  # noqa: PTH110 - as above
    return (Path(stem), layer) if mark and not there else (Path(file), "")


def _unopened(file: str, error: BaseException) -> LayerError:
    """Say why GDAL did not open a file."""
    first = error
    while first.__cause__ is not None:
        first = first.__cause__
    why = _PLACE.sub("", str(first)).splitlines()[0].rstrip(".")
    if why.startswith("Too many characters"):  # a limit of its own, which no option lifts
        wrong = "a value in it is longer than the 10,000,000 characters that GDAL reads"
        return LayerError(file, wrong, "shorten it or leave it out")
    if several := packed_together(split_layer(file)[0]):
        return LayerError(file, several, "unpack it and name one of them")
    if isinstance(error, UnboundLocalError | CRSError):
        remedy = text("mend it, or remove it and state the CRS with --crs")
        return LayerError(file, text("the CRS that it states cannot be read"), remedy)
    wrong = "damaged, or no vector format that nmgeo reads"
    told = "" if "not recognized" in why else f" ({why})"
    return LayerError(file, wrong + told, _FORMATS)


def _opened(path: Path) -> str:
    """Return the path as GDAL takes it: absolute, so that no part of it reads as a prefix."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    return f"/vsizip/{whole}" if path.suffix.lower() == ".zip" else str(whole)


def _size(path: Path) -> int:
    """Return the bytes of a file, of all that a zip holds, or of a folder."""
    if path.suffix.lower() == ".zip":
        return sum(members(path, str(path)).values())
    parts = path.rglob("*") if path.is_dir() else [path]
    return sum(part.stat().st_size for part in parts)
