"""From a record of the catalog, or a user's file, to a checked frame of features."""

import glob
import re
import warnings
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS

from nmgeo.catalog import Catalog, Layer, OwnFile, checked_path, find_layer, open_catalog
from nmgeo.crs import System, read_system
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice, UsageError
from nmgeo.reading.geometries import sound
from nmgeo.reading.landmarks import Known, known_places
from nmgeo.reading.looks import OPTIONS, Look, look, split_layer
from nmgeo.reading.systems import Evidence
from nmgeo.words import nearest_of

_NAME_COLUMNS: Final = {  # what others call a name, in the order in which it is looked for
    "name_en": ("name_en", "name_eng", "english", "name:en", "name", "title", "名稱", "名称"),
    "name_tc": ("name_tc", "name_cht", "name_zh", "name_chi", "name_zh_hant", "name:zh", "名稱"),
    "name_sc": ("name_sc", "name_chs", "name_zh_hans", "名称"),
}
NAMING: Final = frozenset({"id", "site_id", *chain(*_NAME_COLUMNS.values())})
LARGEST: Final = 2_000_000_000  # bytes of a file that is read as a whole
_RESTORE: Final = "restore it; nmgeo check lists what is wrong"
_OWN: Final = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")


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
    beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    parts = [part.stat() for part in beside if part.exists()]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size))


@lru_cache(maxsize=4)
def _read_own(file: OwnFile, _changed: tuple[int, ...]) -> gpd.GeoDataFrame:
    seen = look(file.path)
    if seen.size >= LARGEST:
        wrong = f"{seen.size / 1e9:.1f} GB, too large to be measured as a whole"
        raise LayerError(file.path, wrong, "cut out the part you need; nmgeo doctor reads it all")
    frame = _read(seen)
    if frame.empty:
        raise LayerError(file.path, "holds no features", "give a file with at least one")
    frame = _keyed(frame, file.key, file.path, seen.driver).rename_axis("feature_id")
    frame = sound(frame, file.path, strict=file.strict)
    system = trusted_system(frame, seen.crs, file)
    return _standard(frame.set_geometry(system.read(frame.geometry)))


def _read(seen: Look) -> gpd.GeoDataFrame:
    options = OPTIONS.get(seen.driver, {})
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            frame = pyogrio.read_dataframe(
                seen.path, layer=seen.layer, fid_as_index=True, datetime_as_string=True, **options
            )
    except shapely.errors.ShapelyError as error:
        remedy = f"mend it; nmgeo doctor {seen.path} names it"
        raise LayerError(seen.path, f"an outline cannot be built ({error})", remedy) from None
    except (DataSourceError, DataLayerError, ValueError) as error:
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


def trusted_system(frame: gpd.GeoDataFrame, said: CRS | None, file: OwnFile) -> System:
    """Say how the numbers of a file are to be read: as its user or it says, if they bear it out.

    What the user says is believed as long as the numbers would lie in Hong Kong.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Features of the file, with its numbers, indexed by id; geometry may be missing.
    said : CRS or None
        What the file says.
    file : OwnFile
        What the user says of it.

    Raises
    ------
    MissingCRSError, DoubtfulCRSError
        If nobody says, or the numbers do not fit what is said.
    """
    asked = None if file.crs is None else read_system(file.crs)
    if asked and asked.fits(frame.total_bounds.tolist()):
        return asked
    system = asked or System.of(said)
    evidence = Evidence(shipped_landmarks(), system)
    evidence.add(frame.geometry.to_numpy(), names_of(frame))
    found = evidence.verdict()
    if system is None or found.severity == "fault":
        kind = MissingCRSError if system is None else DoubtfulCRSError
        raise kind(file.path, found.evidence, found.remedy)
    return system


@cache
def shipped_landmarks() -> list[Known]:
    """Return the features of the shipped layers as known places, to tell systems apart by."""
    catalog = open_catalog()
    frames = {name: read_layer(catalog, name) for name in catalog.layers}
    return [
        known
        for name, frame in frames.items()
        for known in known_places(frame, names_of(frame), f"our layer {name}")
    ]


def names_of(frame: gpd.GeoDataFrame) -> list[tuple[object, ...]]:
    """Return what each feature is called: its id and its names, in any column that others use."""
    columns = [column for column in frame if str(column).lower() in NAMING]
    return list(zip(frame.index, *(frame[column].tolist() for column in columns), strict=True))


def open_today(frame: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    """Return the features of a layer that are open.

    Raises
    ------
    UsageError
        If the layer says of none what its status is.
    """
    if not frame["status"].notna().any():
        raise UsageError("--open", f"layer {layer!r} has no status", "leave it out")
    return frame[frame["status"] == "open"]


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
