"""Open files with GDAL: drivers that read one local file alone, no network, nothing written.

GDAL chooses its driver by the content of a file, so a file extension protects from nothing. While
a file is read here, GDAL has no other drivers than :data:`DRIVERS`, and no way to the network.
Afterwards the process has its drivers and settings back.
"""

import os
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Final

import geopandas as gpd
import pyarrow as pa
import pyogrio
from pyogrio import _ogr
from pyogrio.errors import DataLayerError, DataSourceError

from nmgeo.stamps import SQLITE

DRIVERS: Final = (
    *("CSV", "DXF", "ESRI Shapefile", "ESRIJSON", "FlatGeobuf", "GML", "GPKG", "GPX", "GeoJSON"),
    *("GeoJSONSeq", "KML", "LIBKML", "MapInfo File", "ODS", "OpenFileGDB", "TopoJSON", "XLSX"),
)
GEOJSON: Final = {"DATE_AS_STRING": "YES"}  # how its files are opened: dates stay text
Errors: Final = (  # what a read may raise; the last is what pyogrio raises at a damaged CRS
    DataSourceError,
    DataLayerError,
    ValueError,
    UnboundLocalError,
)
_SETTINGS: Final = {
    "CPL_LOG": os.devnull,  # a thread of pyogrio does not catch what GDAL writes to stderr
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "CPL_VSIL_GZIP_WRITE_PROPERTIES": "NO",
    "DXF_CLOSED_LINE_AS_POLYGON": "YES",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_PROXY": "no-network://",  # libcurl refuses this scheme before it opens a socket
    "GDAL_PAM_ENABLED": "NO",
    "GML_DOWNLOAD_SCHEMA": "NO",
    "GML_DOWNLOAD_WFS_SCHEMA": "NO",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "LIBKML_EXTERNAL_STYLE": "NO",
    "OGR_SKIP": "",  # which would stand before GDAL_SKIP
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    "SHAPE_RESTORE_SHX": "NO",
}
_HEADERS: Final = ("OGR_XLSX_HEADERS", "OGR_ODS_HEADERS")
_SHEETS: Final = RLock()  # held while these settings are those of one read
_NO_PROXY: Final = ("no_proxy", "NO_PROXY")  # libcurl leaves the proxy out for these hosts
_SKIP: Final = "GDAL_SKIP"
_XML: Final = b"<"
_WRITE_AHEAD: Final = 2  # the file format version of a database with a write-ahead log


class _Guard:
    """Counts the readers, so that the first closes GDAL off and the last opens it again."""

    def __init__(self) -> None:
        self._lock, self._readers = RLock(), 0
        self._before: dict[str, Any] = {}
        self._hosts: dict[str, str] = {}
        self._others: set[str] = set()  # the drivers to skip; listing them all takes 5 ms

    def enter(self) -> None:
        with self._lock:
            if not self._readers:
                self._close()
            self._readers += 1

    def leave(self) -> None:
        with self._lock:
            self._readers -= 1
            if not self._readers:
                self._open()

    def _close(self) -> None:
        self._hosts = {n: os.environ.pop(n) for n in _NO_PROXY if n in os.environ}
        self._before = {name: _set_by_caller(name) for name in (*_SETTINGS, _SKIP)}
        self._others = self._others or _other_drivers()
        pyogrio.set_gdal_config_options({**_SETTINGS, _SKIP: ",".join(sorted(self._others))})
        _ogr._register_drivers()  # noqa: SLF001 - GDAL drops the drivers to skip as it registers
        if left := _other_drivers():
            self._others = set()
            self._open()
            names = ", ".join(sorted(left))
            raise RuntimeError(f"GDAL keeps the drivers {names}, which may read other files")

    def _open(self) -> None:
        pyogrio.set_gdal_config_options(self._before)
        _ogr._register_drivers()  # noqa: SLF001
        os.environ.update(self._hosts)


def _other_drivers() -> set[str]:
    """Return the drivers that GDAL has now and no file is to be read with."""
    return set(pyogrio.list_drivers()) - {*DRIVERS, "MEM"}


def _set_by_caller(name: str) -> Any:
    """Return a setting that stands in GDAL itself, None if in the environment or nowhere."""
    value = pyogrio.get_gdal_config_option(name)
    return None if name in os.environ else value


_GUARD: Final = _Guard()


@contextmanager
def local_drivers_only() -> Iterator[None]:
    """Let GDAL read local files with :data:`DRIVERS` alone until the end of the block."""
    _GUARD.enter()
    try:
        yield
    finally:
        _GUARD.leave()


@contextmanager
def _first_rows(options: Mapping[str, Any]) -> Iterator[None]:
    """Take the first row of every sheet as asked: the option HEADERS reaches the first sheet."""
    if (how := options.get("HEADERS")) is None:
        yield
        return
    with _SHEETS:
        before = {name: _set_by_caller(name) for name in _HEADERS}
        pyogrio.set_gdal_config_options(dict.fromkeys(_HEADERS, how))
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options(before)


@contextmanager
def _quietly(options: Mapping[str, Any]) -> Iterator[None]:
    """Read with these options, and leave out what GDAL says."""
    with local_drivers_only(), _first_rows(options), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def layer_names(path: str, options: dict[str, str]) -> list[str]:
    """List the layers of a file that is opened with some options.

    Raises
    ------
    DataSourceError
        If GDAL cannot open it.
    """
    with _quietly(options):
        if not options:  # pyogrio lists layers without options only
            return [str(name) for name, _ in pyogrio.list_layers(path)]
        names: list[str] = []
        while True:
            try:
                found = pyogrio.read_info(path, layer=len(names), **options)
            except DataLayerError as error:
                if type(error) is not DataLayerError:  # a layer that is there, and damaged
                    raise
                return names
            names.append(str(found["layer_name"]))


def layer_info(path: str, layer: str, options: dict[str, str], *, count: bool) -> dict[str, Any]:
    """Return what GDAL states of a layer: driver, CRS, fields, encoding, kind of geometry.

    Raises
    ------
    DataSourceError, DataLayerError
        If GDAL cannot open it.
    """
    with _quietly(options):
        info: dict[str, Any] = pyogrio.read_info(
            path, layer=layer, force_feature_count=count, **options
        )
    return info


def read_frame(path: str, layer: str | None, **options: Any) -> gpd.GeoDataFrame:
    """Read a layer, the first if none is named, as :func:`pyogrio.read_dataframe` does.

    Without Arrow, whatever the environment says: GDAL then checks each geometry itself.
    """
    with local_drivers_only(), _first_rows(options):
        return pyogrio.read_dataframe(path, layer=layer, use_arrow=False, **options)


def read_arrays(path: str, layer: str | None, **options: Any) -> tuple[Any, ...]:
    """Read a layer, the first if none is named, as :func:`pyogrio.raw.read` does.

    What GDAL says of it is left out: it says that of the frame, too.
    """
    with _quietly(options):
        arrays: tuple[Any, ...] = pyogrio.raw.read(path, layer=layer, **options)
    return arrays


def read_table(path: str, layer: str | None, **options: Any) -> tuple[dict[str, Any], Any]:
    """Read a layer, the first if none is named, as :func:`pyogrio.raw.read_arrow` does.

    What GDAL says of it is left out, as in :func:`read_arrays`.
    """
    with _quietly(options):
        found: tuple[dict[str, Any], Any] = pyogrio.raw.read_arrow(path, layer=layer, **options)
    return found


def read_batches(
    path: str, layer: str, **options: Any
) -> Generator[tuple[dict[str, Any], pa.Table], None, None]:
    """Read a layer batch by batch as :func:`pyogrio.open_arrow` does, with its feature ids."""
    options |= {"return_fids": True, "use_pyarrow": True}
    with local_drivers_only(), ExitStack() as opened:
        with _quietly(options):  # a field of a type that it does not know is text
            found = pyogrio.open_arrow(path, layer=layer, **options)
            meta, reader = opened.enter_context(found)
        for batch in reader:
            yield meta, pa.Table.from_batches([batch])


def options_by_content(path: Path) -> dict[str, str]:
    """Return how GDAL has to open a file so that it writes nothing beside it.

    Without these it saves the schema of a GML file, and opens the log of a GeoPackage.
    """
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        head = file.read(4096)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_XML) and b"/gml" in head:
        return {"WRITE_GFS": "NO"}
    if head.startswith(SQLITE) and head[19:20] == bytes([_WRITE_AHEAD]):
        return {} if path.with_name(f"{path.name}-wal").exists() else {"IMMUTABLE": "YES"}
    return {}


def gdal_version() -> str:
    """Return the version of GDAL that reads and writes files."""
    return ".".join(map(str, pyogrio.__gdal_version__))
