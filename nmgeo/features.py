"""From a record of the catalog, or a user's file, to a checked frame of features.

fiona looks (which driver, layers and CRS a file has); pyogrio reads.
"""

import glob
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import fiona
import geopandas as gpd
import pandas as pd
import pyogrio
from fiona.errors import FionaError
from pyogrio.errors import DataSourceError
from pyproj import CRS

from nmgeo import crs as ruler
from nmgeo.catalog import Catalog, Layer, OwnFile, checked_path, find_layer
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice, UsageError
from nmgeo.geometries import sound
from nmgeo.words import nearest_of

_X: Final = "lon,long,lng,longitude,x,easting,east,e"
_Y: Final = "lat,latitude,y,northing,north,n"
_OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {  # how GDAL is to open a driver's files
    "CSV": {
        "X_POSSIBLE_NAMES": _X,
        "Y_POSSIBLE_NAMES": _Y,
        "GEOM_POSSIBLE_NAMES": "wkt,geometry,geom,the_geom",
        "KEEP_GEOM_COLUMNS": "NO",
    },
    "GeoJSON": {"DATE_AS_STRING": "YES"},
}
_NAME_COLUMNS: Final = {  # what others call a name, in the order in which it is looked for
    "name_en": ("name_en", "name_eng", "english", "name:en", "name", "title", "名稱", "名称"),
    "name_tc": ("name_tc", "name_cht", "name_zh", "name_chi", "name_zh_hant", "name:zh", "名稱"),
    "name_sc": ("name_sc", "name_chs", "name_zh_hans", "名称"),
}
_RESTORE: Final = "restore it; nmgeo check lists what is wrong"
_OWN: Final = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")


@dataclass(frozen=True)
class Look:
    """What a file says of itself before any feature is read."""

    path: str  # as GDAL takes it
    driver: str
    layer: str
    crs: CRS | None


def read_layer(catalog: Catalog, name: str) -> gpd.GeoDataFrame:
    """Read a layer: the user's own of that name, else the one that the catalog describes.

    Whatever is wrong with a layer of the catalog is an error.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    name : str
        One of its layers.

    Returns
    -------
    GeoDataFrame, n rows, any CRS
        Indexed by ``feature_id`` (unique), with names in three languages, status, year of
        opening, geometry status and accuracy in metres.

    Raises
    ------
    UnknownLayerError
        If the catalog has no such layer.
    LayerError
        If the file is missing or altered, or differs from its record in key, columns or geometry.
    """
    if name in catalog.own_layers:
        return read_own(catalog.own_layers[name])
    record = find_layer(catalog, name)
    return _read_record(record, _changed(record.path))


@lru_cache(maxsize=32)
def _read_record(record: Layer, _changed: tuple[int, ...]) -> gpd.GeoDataFrame:
    path = checked_path(record)
    frame = _read(look(path))
    if record.key not in frame:
        raise LayerError(str(path), f"no column {record.key!r}, its registered key", _RESTORE)
    frame = _keyed(frame, record.key, str(path)).rename_axis("feature_id")
    frame = sound(frame, str(path), strict=True)
    _check_record(record, frame)
    return _standard(frame)


def read_own(file: OwnFile) -> gpd.GeoDataFrame:
    """Read a user's file of features in any vector format that fiona opens.

    Parameters
    ----------
    file : OwnFile
        The file and what the user says of it. Ids are its key, otherwise the feature id,
        otherwise the row number from 0.

    Returns
    -------
    GeoDataFrame, n rows, the CRS of the file
        As :func:`read_layer`, in the order of the file.

    Raises
    ------
    LayerError
        If it cannot be read, has no features, no geometry, or an id twice.
    MissingCRSError, DoubtfulCRSError
        If it does not say its CRS, or its numbers do not fit the one it names.

    Warns
    -----
    Notice
        What was repaired; once, until the file changes.
    """
    return _read_own(file, _changed(split_layer(file.path)[0]))


def _changed(path: Path) -> tuple[int, ...]:
    """Say in numbers when a file last changed: it is read once for all the questions of a run."""
    parts = [part.stat() for part in sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size))


@lru_cache(maxsize=4)
def _read_own(file: OwnFile, _changed: tuple[int, ...]) -> gpd.GeoDataFrame:
    seen = look(file.path)
    frame = _read(seen)
    if frame.empty:
        raise LayerError(file.path, "holds no features", "give a file with at least one")
    frame = _keyed(frame, file.key, file.path, seen.driver).rename_axis("feature_id")
    frame = sound(frame, file.path, strict=file.strict)
    system = _trusted_crs(frame.total_bounds.tolist(), seen.crs, file)
    return _standard(frame.set_crs(system, allow_override=True))


def look(file: Path | str) -> Look:
    """Open a file with fiona and say what it is, without reading its features.

    Parameters
    ----------
    file : path
        ``FILE`` or ``FILE#LAYER``.

    Returns
    -------
    Look
        Path, driver, layer and CRS (None if the file does not say).

    Raises
    ------
    LayerError
        If it is not there, no vector format, or holds several layers and none was named.
    """
    path, layer = split_layer(str(file))
    if set("!;") & set(str(path)):
        raise LayerError(str(file), "GDAL reads '!' and ';' in a name as its own", "rename it")
    if not path.exists():
        raise LayerError(str(file), "not found", "check the name")
    opened = f"/vsizip/{path}" if path.suffix.lower() == ".zip" else str(path)
    options = _OPTIONS["CSV"] if path.suffix.lower() == ".csv" else {}
    try:
        layers = fiona.listlayers(opened)
        if layer in layers or (not layer and len(layers) == 1):
            layer = layer or layers[0]
            with fiona.open(opened, layer=layer, allow_unsupported_drivers=True, **options) as src:
                return Look(opened, src.driver, layer, CRS(src.crs_wkt) if src.crs_wkt else None)
    except (FionaError, ValueError):
        raise LayerError(
            str(file),
            "damaged, or no vector format that fiona opens",
            "give GeoJSON, GeoPackage, Shapefile, FlatGeobuf, KML or CSV with coordinates",
        ) from None
    known = ", ".join(layers) or "none"
    raise LayerError(str(file), f"holds layers {known}", "name one, as in FILE#LAYER")


def split_layer(file: str) -> tuple[Path, str]:
    """Return the path of ``FILE#LAYER`` and its layer, empty if none is named."""
    stem, mark, layer = file.rpartition("#")
    return (Path(stem), layer) if mark and not Path(file).exists() else (Path(file), "")


def _read(seen: Look) -> gpd.GeoDataFrame:
    options = _OPTIONS.get(seen.driver, {})
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            frame = pyogrio.read_dataframe(
                seen.path, layer=seen.layer, fid_as_index=True, datetime_as_string=True, **options
            )
    except (DataSourceError, ValueError) as error:
        raise LayerError(seen.path, f"cannot be read ({error})", "mend the file") from None
    for text in (str(warning.message) for warning in said):
        if twice := re.match(r"Several features with id = (\S+) have been found", text):
            raise LayerError(seen.path, f"id {twice[1]!r} stands more than once", "make it unique")
        warnings.warn(f"{seen.path}: {text}", Notice, stacklevel=2)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError(
            seen.path,
            "has no coordinates",
            "give a geometry, or CSV columns such as lon and lat, or wkt",
        )
    return frame


def _keyed(
    frame: gpd.GeoDataFrame, key: str | None, file: str, driver: str = "GeoJSON"
) -> gpd.GeoDataFrame:
    if key is None:
        key = "id" if driver == "GeoJSON" and _is_feature_id(frame.get("id")) else None
    if key is None:
        return frame.set_axis(frame.index.astype(str))
    columns = [str(column) for column in frame.columns.drop("geometry")]
    if key not in columns:
        wrong = f"no such column in {file}{nearest_of(key, columns)}"
        raise UsageError(f"--key {key!r}", wrong, f"use {', '.join(columns) or 'none'}")
    return _unique(frame.set_index(key), file)


def _is_feature_id(column: pd.Series | None) -> bool:
    """GDAL gives the text id of GeoJSON features as a column; numbers become the row number."""
    return (
        column is not None and pd.api.types.is_string_dtype(column) and bool(column.notna().all())
    )


def _unique(frame: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    blank = frame.index.isna() | (frame.index.astype(str).str.strip() == "")
    if blank.any():
        wrong = f"row {int(blank.argmax())} has no {frame.index.name}"
        raise LayerError(file, wrong, "give it one, or name another column with --key")
    frame = frame.set_axis(frame.index.astype(str))
    twice = frame.index[frame.index.duplicated()]
    if len(twice):
        raise LayerError(
            file,
            f"id {twice[0]!r} stands {(frame.index == twice[0]).sum()} times",
            "make it unique or name another column with --key",
        )
    return frame


def _trusted_crs(bounds: Sequence[float], said: CRS | None, file: OwnFile) -> CRS:
    system = ruler.read_crs(file.crs) if file.crs else said
    fitting = ruler.candidates(bounds)
    remedy = " or ".join(f"--crs {code}" for code in fitting) or "say what it is with --crs"
    if system is None:
        raise MissingCRSError(file.path, "does not say its CRS", f"its numbers would fit {remedy}")
    if not ruler.fits(bounds, system):
        box = ", ".join(f"{value:.6g}" for value in bounds)
        swapped = ruler.candidates([bounds[n] for n in (1, 0, 3, 2)])
        if swapped and not fitting:
            remedy = f"the axes look swapped ({swapped[0]}): write x before y"
        wrong = f"numbers ({box}) are not in Hong Kong when read as {system.name}"
        raise DoubtfulCRSError(file.path, wrong, remedy)
    return system


def _check_record(record: Layer, frame: gpd.GeoDataFrame) -> None:
    file, remedy = str(record.path), _RESTORE
    if not frame.index.is_monotonic_increasing:
        raise LayerError(file, f"key {record.key!r} is not sorted", remedy)
    found = tuple(frame.columns.drop("geometry"))
    if found != record.columns:
        odd = sorted(set(found) ^ set(record.columns)) or ["order"]
        raise LayerError(file, f"columns differ from the registry ({', '.join(odd)})", remedy)
    if frame.crs is None or frame.crs.to_string() != record.crs:
        raise LayerError(file, f"CRS is not the registered {record.crs}", remedy)
    kinds = set(frame.geom_type) - {record.geometry}
    if kinds:
        raise LayerError(file, f"holds {', '.join(sorted(map(str, kinds)))}", remedy)


def _standard(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the columns that every layer has, empty where the file has none."""
    lower = {str(column).lower(): column for column in frame.columns}
    added: dict[str, Any] = {}
    for name, others in _NAME_COLUMNS.items():
        found = next((lower[other] for other in others if other in lower), None)
        added[name] = None if found is None else frame[found].astype(object)
    if added["name_en"] is None:
        added["name_en"] = frame.index.to_series()
    added |= {column: None for column in _OWN if column not in frame}
    frame = frame.assign(**added)
    numbers = {c: pd.to_numeric(frame[c], errors="coerce") for c in ("opens", "accuracy_m")}
    return frame.assign(**numbers)
