"""What a file states of itself before any feature is read.

This module is longer than 300 lines because a file is opened and described in one place, with the
messages for each way in which that fails.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

from nmgeo.catalog import OwnFile
from nmgeo.crs import WGS84
from nmgeo.errors import LayerError, first_line, notify
from nmgeo.messages import Text, option, text
from nmgeo.sources import gdal, shapefile_text
from nmgeo.sources.coordinate_columns import (
    SAMPLE,
    WKT_COLUMNS,
    Coordinates,
    find_coordinates,
)
from nmgeo.sources.cut_text import CUT, is_text_cut
from nmgeo.sources.drawing import areas_notice
from nmgeo.sources.file_names import STDIN, split_layer
from nmgeo.sources.file_safety import members, packed_together, require_file
from nmgeo.sources.flatgeobuf import holds_more
from nmgeo.sources.geojson_crs import fault_of_crs
from nmgeo.sources.long_rows import long_rows
from nmgeo.sources.readable import Readable, is_member, readable
from nmgeo.sources.shapefile_table import count_deleted
from nmgeo.sources.shapefile_text import decode_name, decode_table
from nmgeo.sources.stated_crs import read_stated_crs
from nmgeo.sources.temporary_folder import TemporaryFolder
from nmgeo.sources.text_encoding import UTF8
from nmgeo.sources.title_rows import sheet_below_titles, title_notice

OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {  # how GDAL is to open a driver's files
    "CSV": {
        "GEOM_POSSIBLE_NAMES": ",".join(WKT_COLUMNS),
        "KEEP_GEOM_COLUMNS": "NO",
        "MAX_LINE_SIZE": "-1",  # no limit; require_short_lines has one, with an error
    },
    "GeoJSON": gdal.GEOJSON,
    "ODS": {"HEADERS": "FORCE"},
    "XLSX": {"HEADERS": "FORCE"},
}
_BY_SUFFIX: Final = {".geojson": "GeoJSON", ".json": "GeoJSON", ".csv": "CSV"}  # most likely
_FORMATS: Final = text(
    "give GeoJSON, GeoPackage, Shapefile, FlatGeobuf, KML or CSV with coordinates"
)
_PLACE: Final = re.compile(
    r"^(Failed to read \w+ data; )?(At line \d+, character \d+: )?"
)  # of all GDAL's tries together
_LOST_PART: Final = re.compile(r"Unable to open (.+)\.shx or ")  # of a Shapefile
_FIXED_LIMITS: Final = {  # of GDAL, by the start of its error
    "Too many characters": text(
        "a value in it is longer than the 10,000,000 characters that GDAL reads of GeoJSON"
    ),
    "GeoJSON object too complex": text(
        "a feature in it takes more than the 200 MB that GDAL has for one of GeoJSON"
    ),
}
_SHAPES: Final = "geometry"  # what every frame calls them
_SHEETS: Final = ("XLSX", "ODS")
_LINES: Final = "GeoJSONSeq"  # GDAL passes over a line that it cannot read
_SHAPEFILE: Final = "ESRI Shapefile"
_TEXT: Final = "object"  # what pyogrio calls the type of a column of text
BARE: Final = text("its .dbf is missing or damaged: the attributes of the features are not read")
_FLATGEOBUF: Final = "FlatGeobuf"
_COUNTED: Final = (_SHAPEFILE, _FLATGEOBUF, "GPKG", "GeoJSONSeq", "Parquet")
_CHUNK: Final = 1 << 20
DAY: Final = "datetime64[D]"


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a file states of one layer before any feature is read.

    ``path`` is the file as GDAL takes it and ``file`` as the user wrote it; ``size`` its bytes,
    unpacked; ``options`` how it has to be opened; ``count`` the features, -1 if only reading
    tells; ``types`` the NumPy type of each field, :data:`DAY` for dates; ``box`` the least x and y
    and the greatest x and y, if the file states them. nmgeo decodes text in ``codec``, whose fields
    GDAL calls by ``raw_names``, and builds points of ``coordinates``. ``told`` is what the user
    should know; ``is_bare`` whether it is a Shapefile of shapes alone, without the table of their
    attributes; ``is_cut`` whether GDAL leaves out text behind U+0000; ``long_rows`` says which rows
    of CSV have cells that it leaves out; ``kept`` holds the copies that are read.
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
    codec: str = UTF8
    raw_names: Mapping[str, str] = field(default_factory=dict)
    coordinates: Coordinates | None = None
    told: tuple[Text, ...] = ()
    is_bare: bool = False
    is_cut: bool = False
    long_rows: Text | None = None
    kept: tuple[object, ...] = ()

    @property
    def is_converted(self) -> bool:
        """Whether nmgeo decodes its text or builds its points, and not GDAL."""
        return self.codec != UTF8 or self.coordinates is not None


def describe(file: Path | str, encoding: str | None = None, max_size: int = 0) -> Description:
    """Open a file with GDAL and say what it is, without reading its features.

    Parameters
    ----------
    file : path
        ``FILE`` or ``FILE#LAYER``.
    encoding : str, optional
        What the user says of its text; detected if not given.
    max_size : int
        As :func:`nmgeo.sources.file_safety.require_file`.

    Returns
    -------
    Description
        Path, driver, layer, CRS (None if the file does not say) and size. Of several layers the
        one that alone holds features is taken.

    Raises
    ------
    LayerError
        If it is not there, is no file, no vector format, a zip that leads outside itself, or holds
        several layers and none was named.
    """
    names, layer = layer_names(file, encoding, max_size), named_layer(file)
    if not names:
        raise LayerError(
            str(file), text("holds no features"), text("give a file with at least one")
        )
    if not layer and len(names) > 1:
        held = held_layers(file, names, encoding, max_size)
        if not held:
            wrong = text("holds no features in its layers {known}", known=", ".join(names))
            raise LayerError(str(file), wrong, text("give a file with at least one"))
        names = held
    if layer in names or (not layer and len(names) == 1):
        return describe_layer(file, layer or names[0], encoding, max_size)
    wrong = text("holds layers {known}", known=", ".join(names))
    raise LayerError(str(file), wrong, text("name one, as in {example}", example="FILE#LAYER"))


def named_layer(file: Path | str) -> str:
    """Return the layer that the user named, empty if none or if it is a member of an archive."""
    path, layer = split_layer(str(file))
    return "" if is_member(layer, path, str(file)) else layer


def layer_names(file: Path | str, encoding: str | None = None, max_size: int = 0) -> list[str]:
    """List the layers of a file. Parameters and errors are those of :func:`describe`."""
    path, _ = split_layer(str(file))
    require_file(path, str(file), max_size)
    opened = _opened(file, encoding, max_size)
    try:
        return gdal.layer_names(opened.path, _first_options(opened, path))
    except gdal.Errors as error:
        raise _unopened(str(file), error) from None


def held_layers(
    file: Path | str, names: list[str], encoding: str | None = None, max_size: int = 0
) -> list[str]:
    """Return the layers that hold features: shapes, or else coordinates in columns.

    The points of routes and tracks in GPX are left out beside the routes and tracks.
    """
    held = [name for name in names if _holds_features(file, name, encoding, max_size)]
    if not held:
        described = {name: describe_layer(file, name, encoding, max_size) for name in names}
        held = [name for name, seen in described.items() if seen.coordinates is not None]
    repeated = {f"{name.removesuffix('s')}_points" for name in held}
    return [name for name in held if name not in repeated]


def _holds_features(file: Path | str, layer: str, encoding: str | None, max_size: int) -> bool:
    opened = _opened(file, encoding, max_size)
    options = _first_options(opened, Path(opened.path))
    with suppress(*gdal.Errors):
        info = gdal.layer_info(opened.path, layer, options, count=True)
        return info["geometry_type"] is not None and info["features"] != 0
    return True  # what is wrong with it is said when it is read


def describe_layer(
    file: Path | str, layer: str, encoding: str | None, max_size: int
) -> Description:
    """Say what one layer of a file is. Errors are those of :func:`describe`."""
    opened = _opened(file, encoding, max_size)
    seen, twice = _described(file, opened, layer)
    if seen.driver in _SHEETS and (twice or not seen.has_geometry):
        folder = TemporaryFolder()
        copy, titles = sheet_below_titles(opened.path, layer, folder.path)
        if titles:
            told = (*opened.told, title_notice(titles))
            below = Readable(str(copy), told=told, kept=(*opened.kept, folder))
            seen, twice = _described(file, below, layer)
    if twice is not None:
        wrong = text("column {name!r} stands more than once", name=twice)
        raise LayerError(str(file), wrong, text("rename one of them"))
    return seen


def _described(file: Path | str, opened: Readable, layer: str) -> tuple[Description, str | None]:
    """Return what a layer is, and the name of a column that stands more than once in it."""
    path, _ = split_layer(str(file))
    plain = _first_options(opened, Path(opened.path))
    likely = _BY_SUFFIX.get(Path(opened.path).suffix.lower(), "")
    tried = {**plain, **OPTIONS.get(likely, {})}
    try:
        info = gdal.layer_info(opened.path, layer, tried, count=False)
        options = {**plain, **OPTIONS.get(str(info["driver"]), {})}
        if options != tried:
            info = gdal.layer_info(opened.path, layer, options, count=False)
        found = None if info["geometry_type"] else _find_coordinates(opened, layer, options)
        said = info["crs"] or None  # empty in a damaged FlatGeobuf
        crs = found.crs if found else said and read_stated_crs(said, str(file))
        told = _unknown_crs(opened, info)
    except LayerError:
        raise
    except (*gdal.Errors, CRSError) as error:
        raise _unopened(str(file), error) from None
    shown = STDIN if str(file) == STDIN else str(path)
    seen = _description(opened, info, found, layer=layer, options=options, file=shown)
    crs = None if told else crs
    names = Counter(decode_name(str(name), opened.codec or UTF8) for name in info["fields"])
    twice = next((name for name, count in names.items() if count > 1), None)
    return replace(seen, crs=crs, size=_size(path), told=(*seen.told, *told)), twice


def _unknown_crs(opened: Readable, info: Mapping[str, Any]) -> list[Text]:
    """Say that GeoJSON names a CRS that is not known, which GDAL reads as WGS 84."""
    is_local = info["driver"] == "GeoJSON" and not opened.path.startswith("/vsi")
    is_read = info["crs"] != WGS84.to_string()
    fault = fault_of_crs(Path(opened.path), is_read=is_read) if is_local else None
    return [fault] if fault else []


def _changed(
    path: str, layer: str, names: Collection[str], info: Mapping[str, Any]
) -> Iterator[Text]:
    """Name the column that the shapes are read in place of, and tell of lines that are areas."""
    if info["geometry_type"] is not None and _SHAPES in names:
        yield text("column {name!r} left out, since the shapes have that name", name=_SHAPES)
    yield from areas_notice(path, info["driver"], layer)


def _description(
    opened: Readable, info: Mapping[str, Any], found: Coordinates | None, **stated: Any
) -> Description:
    """Put together what GDAL states and what nmgeo found."""
    codec, driver = opened.codec or UTF8, str(info["driver"])
    raw = {decode_name(str(name), codec): str(name) for name in info["fields"]}
    used = found.columns if found else ()
    types = dict(zip(raw, _types_of(info), strict=False))
    return Description(
        path=opened.path,
        driver=driver,
        crs=None,
        size=0,
        has_geometry=info["geometry_type"] is not None or found is not None,
        count=_count(opened.path, driver, info),
        types={name: kind for name, kind in types.items() if name not in used},
        encoding=opened.codec or str(info["encoding"]),
        codec=codec,
        raw_names=raw,
        coordinates=found,
        told=(*opened.told, *_changed(opened.path, stated["layer"], raw, info)),
        is_bare=driver == _SHAPEFILE and not raw,
        is_cut=is_text_cut(opened.path, driver, stated["layer"], _texts_of(info)),
        long_rows=long_rows(opened.path, driver),
        kept=opened.kept,
        **stated,
    )


def _count(path: str, driver: str, info: Mapping[str, Any]) -> int:
    return _count_lines(path) if _has_lines(driver, path) else int(info["features"])


def _types_of(info: Mapping[str, Any]) -> list[str]:
    """Return the types of the columns; pyogrio gives dates without a time as objects."""
    kinds = zip(info["dtypes"], info["ogr_types"], strict=True)
    return [DAY if told == "OFTDate" else str(kind) for kind, told in kinds]


def _texts_of(info: Mapping[str, Any]) -> list[str]:
    """Return the columns of text, as GDAL names them."""
    kinds = zip(info["fields"], info["dtypes"], strict=True)
    return [str(name) for name, kind in kinds if kind == _TEXT]


def _find_coordinates(
    opened: Readable, layer: str, options: Mapping[str, str]
) -> Coordinates | None:
    """Find the columns of coordinates in a plain table."""
    chosen: dict[str, Any] = {"max_features": SAMPLE, "read_geometry": False, **options}
    table = decode_table(gdal.read_table(opened.path, layer, **chosen)[1], opened.codec or UTF8)
    return find_coordinates(table.column_names, table.to_pydict())


def _first_options(opened: Readable, path: Path) -> dict[str, str]:
    """Return how GDAL has to open a file of which nothing is known yet."""
    return {**shapefile_text.open_options(opened.codec), **gdal.options_by_content(path)}


def warn_of_reading(seen: Description, file: OwnFile) -> None:
    """Say how text and columns of a file are read where the file itself does not say.

    Warns
    -----
    Notice
        One line, unless the user says it.
    """
    told, found = list(seen.told), seen.coordinates
    if found is not None and found.crs is not None and file.crs is None:
        told.append(found.notice)
    if seen.is_bare:
        told.append(BARE)
    if seen.is_cut:
        told.append(CUT)
    if seen.long_rows:
        told.append(seen.long_rows)
    warn_of_file(seen.file, told)


def warn_of_file(file: str, told: Sequence[Text]) -> None:
    """Say in one notice all that there is to say of a file.

    Warns
    -----
    Notice
        Unless there is nothing.
    """
    if told:
        whole = reduce(lambda first, more: text("{first}; {more}", first=first, more=more), told)
        notify(text("{file}: {told}", file=file, told=whole))


def size_of(file: Path | str, max_size: int) -> int:
    """Return the bytes of a file, unpacked, before it is opened.

    Errors are those of :func:`describe`.

    Parameters
    ----------
    file : path
        ``FILE`` or ``FILE#LAYER``.
    max_size : int
        As :func:`nmgeo.sources.file_safety.require_file`.

    Returns
    -------
    int
        Bytes, of all that a zip or a folder holds.
    """
    path, _ = split_layer(str(file))
    require_file(path, str(file), max_size)
    return _size(path)


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
    if seen.driver == _SHAPEFILE:
        return text(
            "put {name}.cpg beside it that names its encoding, such as BIG5",
            name=Path(seen.file).stem,
        )
    return text("save it anew as UTF-8")


def require_complete(seen: Description, found: int) -> None:
    """Stop if fewer features were read than a format that counts them states, or more are there.

    Raises
    ------
    LayerError
        With both numbers.

    Warns
    -----
    Notice
        How many records of a Shapefile are marked as deleted.
    """
    if seen.driver in _COUNTED and found < seen.count:
        if seen.driver == _SHAPEFILE and (gone := count_deleted(seen.path)) == seen.count - found:
            said = text("{count} records are marked as deleted and not read", count=gone)
            notify(text("{file}: {told}", file=seen.file, told=said))
            return
        wrong = text(
            "only {found} of {stated} features can be read", found=found, stated=seen.count
        )
        raise LayerError(seen.file, wrong, text("get it again, or mend it"))
    if seen.driver == _FLATGEOBUF and seen.count >= 0 and holds_more(Path(seen.path), seen.count):
        wrong = text("holds more features than the {stated} that it counts", stated=seen.count)
        raise LayerError(seen.file, wrong, text("get it again, or mend it"))


def _unopened(file: str, error: BaseException) -> LayerError:
    """Say why GDAL did not open a file."""
    first = error
    while first.__cause__ is not None:
        first = first.__cause__
    why = _PLACE.sub("", first_line(first)).rstrip(".")
    for start, wrong in _FIXED_LIMITS.items():
        if why.startswith(start):
            return LayerError(file, wrong, text("no option raises that; save it as GeoPackage"))
    if part := _LOST_PART.match(why):
        return _incomplete(file, Path(part[1]).name)
    if several := packed_together(split_layer(file)[0]):
        return LayerError(file, several, text("unpack it and name one of them"))
    if isinstance(error, UnboundLocalError | CRSError):
        remedy = text("mend it, or remove it and state the CRS with {crs}", crs=option("crs"))
        return LayerError(file, text("the CRS that it states cannot be read"), remedy)
    wrong = text("damaged, or no vector format that nmgeo reads")
    if "not recognized" not in why:
        wrong = text("damaged, or no vector format that nmgeo reads ({why})", why=why)
    return LayerError(file, wrong, _FORMATS)


def _incomplete(file: str, name: str) -> LayerError:
    """Say that a Shapefile lies without its .shx, in which it says where its features begin."""
    wrong = text("{part} is missing beside {name}", part=f"{name}.shx", name=f"{name}.shp")
    remedy = text("put it there, with {table} and {crs}", table=f"{name}.dbf", crs=f"{name}.prj")
    return LayerError(file, wrong, remedy)


def _opened(file: Path | str, encoding: str | None, max_size: int) -> Readable:
    """Return what GDAL opens for a file."""
    path, layer = split_layer(str(file))
    return readable(path, str(file), encoding, layer, max_size)


def _size(path: Path) -> int:
    """Return the bytes of a file, of all that a zip holds, or of a folder."""
    if path.suffix.lower() == ".zip":
        return sum(members(path, str(path)).values())
    parts = path.rglob("*") if path.is_dir() else [path]
    return sum(part.stat().st_size for part in parts)
