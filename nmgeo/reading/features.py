"""From a record of the catalog, or a user's file, to a checked frame of features."""

import glob
import warnings
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from nmgeo.catalog import Catalog, Layer, OwnFile, checked_path, find_layer, open_catalog
from nmgeo.crs import System, read_system
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice, UsageError
from nmgeo.reading.frames import (
    called,
    keyed,
    names_of,
    read_frame,
    require_coordinates,
    standard,
)
from nmgeo.reading.geometries import sound
from nmgeo.reading.landmarks import Known, known_places
from nmgeo.reading.looks import look, size_of, split_layer
from nmgeo.reading.systems import Evidence, short

LARGEST: Final = 2_000_000_000  # bytes of a file that is read as a whole
_HEAD: Final = 200  # features of another file of the command that are taken as known
_RESTORE: Final = "restore it; nmgeo check lists what is wrong"


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
    frame = read_frame(look(path))
    if record.key not in frame:
        raise LayerError(str(path), f"no column {record.key!r}, its registered key", _RESTORE)
    frame = keyed(frame, record.key, str(path)).rename_axis("feature_id")
    frame = sound(frame, str(path), strict=True)
    _check_record(record, frame)
    return standard(frame)


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
    return _read_own(
        file, tuple(_changed(split_layer(own.path)[0]) for own in (file, *file.beside))
    )


def _changed(path: Path) -> tuple[int, ...]:
    """Say in numbers when a file last changed: it is read once for all the questions of a run."""
    beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    parts = [part.stat() for part in beside if part.exists()]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size))


@lru_cache(maxsize=4)
def _read_own(file: OwnFile, _changed: tuple[tuple[int, ...], ...]) -> gpd.GeoDataFrame:
    if (size := size_of(file.path)) >= LARGEST:
        wrong = f"{size / 1e9:.1f} GB, too large to be measured as a whole"
        raise LayerError(file.path, wrong, "cut out the part you need; nmgeo doctor reads it all")
    seen = look(file.path)
    frame = read_frame(seen, file.key)
    if frame.empty:
        raise LayerError(file.path, "holds no features", "give a file with at least one")
    frame = keyed(frame, file.key, file.path, seen.driver).rename_axis("feature_id")
    require_coordinates(frame, seen)
    frame = sound(frame, file.path, strict=file.strict)
    system, doubt = _weighed(frame, seen.crs, file)
    _require_window(frame, system, file.path)
    _tell(doubt)
    return standard(frame.set_geometry(system.read(frame.geometry)))


def _require_window(frame: gpd.GeoDataFrame, system: System, file: str) -> None:
    """Refuse a feature that is elsewhere than most, as in a file of two systems."""
    boxes = shapely.bounds(frame.geometry.to_numpy())
    out = system.leaving(boxes)
    if out.any():
        row = int(np.flatnonzero(out)[0])
        where = ", ".join(map(short, boxes[row, :2]))
        wrong = f"feature {frame.index[row]}: lies outside Hong Kong ({where})"
        remedy = "leave it out, or say what the coordinates are with --crs"
        raise LayerError(file, wrong, remedy)


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
        If nobody says, the numbers do not fit what is said, or the axes may as well be swapped.

    Warns
    -----
    Notice
        What else it may be, some 100 m away, if nobody vouches for it and no known place tells.
    """
    system, doubt = _weighed(frame, said, file)
    _tell(doubt)
    return system


def _tell(doubt: str) -> None:
    if doubt:
        warnings.warn(doubt, Notice, stacklevel=3)


def _weighed(frame: gpd.GeoDataFrame, said: CRS | None, file: OwnFile) -> tuple[System, str]:
    """Return the system of a file, and what must be said of a doubt that is left."""
    asked = None if file.crs is None else read_system(file.crs)
    if asked and asked.fits(frame.total_bounds.tolist()):
        return asked, ""
    system = asked or System.of(said)
    others = [other for other in file.beside if other.path != file.path]
    known = [k for own in others for k in _witness(own, _changed(split_layer(own.path)[0]))]
    evidence = Evidence([*known, *shipped_landmarks()], system, vouched=asked is not None)
    evidence.add(frame.geometry.to_numpy(), names_of(frame))
    found = evidence.verdict()
    if system is None or found.severity == "fault":
        kind = MissingCRSError if system is None else DoubtfulCRSError
        raise kind(file.path, found.evidence, found.remedy)
    doubt = f"{file.path}: {found.evidence}; {found.remedy}"
    return system, doubt if found.severity == "note" else ""


@lru_cache(maxsize=32)
def _witness(file: OwnFile, _changed: tuple[int, ...]) -> list[Known]:
    """Take the first features of a file as known; what is wrong with it is said elsewhere."""
    try:
        seen = look(file.path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Notice)
            frame = read_frame(seen, first=_HEAD)
        said = System.of(seen.crs) if file.crs is None else read_system(file.crs)
        vouched = file.crs is not None
        return landmarks_of(frame, called(frame, file.key), said, seen.layer, vouched=vouched)
    except LayerError:
        return []


def landmarks_of(
    frame: gpd.GeoDataFrame,
    names: Sequence[Iterable[object]],
    said: System | None,
    label: str,
    *,
    vouched: bool,
) -> list[Known]:
    """Take features of a user's file as known places, if nothing speaks against its CRS.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        With the numbers of the file; geometry may be missing or invalid.
    names : n times names
        What each feature is called.
    said : System, optional
        What the file, or its user, says it is.
    label : str
        What to call the file.
    vouched : bool
        Whether its user says it, and not the file alone.

    Returns
    -------
    list of Known
        Empty if its CRS is missing or wrong.

    Raises
    ------
    LayerError
        If no way leads from its CRS to WGS 84 that keeps the datum shift.
    """
    shapes = frame.geometry.to_numpy()
    if said is None:
        return []
    held = Evidence(shipped_landmarks(), said, vouched=vouched)
    held.add(shapes, names)
    verdict = held.verdict()
    if verdict.finding not in {"crs", "crs_untold"}:
        return []
    boxes = shapely.bounds(shapes)
    usable = np.flatnonzero(said.touching(boxes) & shapely.is_valid(shapes))
    placed = gpd.GeoDataFrame(geometry=said.read(gpd.GeoSeries(shapes[usable])))
    doubt = said if verdict.severity != "ok" and not vouched else None
    return known_places(placed, [names[int(row)] for row in usable], label, doubt)


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
