"""Own layers: a user's file or frame, described, read, repaired and checked against its CRS."""

from functools import lru_cache
from typing import Final
from weakref import WeakKeyDictionary

import geopandas as gpd
from pyproj import CRS

from nmgeo import provenance
from nmgeo.cache import PulledLayer, checked_data
from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError
from nmgeo.messages import text
from nmgeo.sources.accuracy import require_accuracies, require_numbers
from nmgeo.sources.crs_check.decide import decide_crs
from nmgeo.sources.csv_file import require_coordinates
from nmgeo.sources.describe import warn_of_reading
from nmgeo.sources.distant_features import warn_of_distant
from nmgeo.sources.file_version import source_version
from nmgeo.sources.find import find_source
from nmgeo.sources.gdal import local_drivers_only
from nmgeo.sources.geometry_kinds import have_geometry, keep_geometry
from nmgeo.sources.ids import index_features
from nmgeo.sources.repair_geometry import repair_geometry
from nmgeo.sources.source import Source
from nmgeo.sources.standard_columns import add_standard_columns, name_by
from nmgeo.sources.window import require_window

PULLED_KEY: Final = "pulled_id"  # column of ids in files of the cache
LARGEST: Final = 2_000_000_000  # bytes of a file that is read as a whole
_GIVEN: Final = WeakKeyDictionary[OwnFile, gpd.GeoDataFrame]()  # frames that were checked


def read_pulled(layer: PulledLayer) -> gpd.GeoDataFrame:
    """Read a layer of the cache that is still as it was fetched.

    Parameters
    ----------
    layer : PulledLayer
        From :func:`nmgeo.cache.newest_versions`.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        As :func:`nmgeo.sources.layers.read_layer`; its CRS was checked when it was fetched.

    Raises
    ------
    LayerError
        If the file was altered.
    """
    own = OwnFile(path=str(checked_data(layer)), key=layer.key, crs=layer.crs)
    frame = read_own(own)
    return _with_accuracy(frame, layer.accuracy_m)


def _with_accuracy(frame: gpd.GeoDataFrame, accuracy_m: float | None) -> gpd.GeoDataFrame:
    """Fill in the accuracy that the owner of a layer states, if there is one."""
    if accuracy_m is None:
        return frame
    filled: gpd.GeoDataFrame = frame.assign(accuracy_m=frame["accuracy_m"].fillna(accuracy_m))
    return filled


def read_own(file: OwnFile, *, blank: bool = False) -> gpd.GeoDataFrame:
    """Read a user's file in any vector format that GDAL opens, or a frame.

    Parameters
    ----------
    file : OwnFile
        The file or frame and what the user says of it. Ids are its key, otherwise the feature id
        of a file or the index of a frame, otherwise the row number from 0.
    blank : bool
        Whether to return features without geometry, too, rather than to leave them out.

    Returns
    -------
    GeoDataFrame, n rows, the CRS of the file
        As :func:`nmgeo.sources.layers.read_layer`, in the order of the file; it is read once,
        until the file changes.

    Raises
    ------
    LayerError
        If it cannot be read, has no features, no geometry, an id twice, or an ``accuracy_m``
        that is none.
    MissingCRSError, DoubtfulCRSError
        If it does not say its CRS, or its numbers do not fit the one it names.

    Warns
    -----
    Notice
        What was repaired, and what lies well outside Hong Kong; once, until the file changes.
    """
    provenance.note_used(file.path)
    if file.given is not None:
        found = _read_given(file)
    else:
        found = _read_own(file, tuple(source_version(own) for own in (file, *file.beside)))
    return found if blank else keep_geometry(found, file.path)


def _read_given(file: OwnFile) -> gpd.GeoDataFrame:
    """Read a frame, once for as long as the catalog lives that holds it."""
    if file.given is not None and file.given.checked:
        checked: gpd.GeoDataFrame = file.given.value
        return checked
    if (known := _GIVEN.get(file)) is None:
        _GIVEN[file] = known = _read_source(file)
    return known


@lru_cache(maxsize=4)
def _read_own(file: OwnFile, _changed: tuple[tuple[int, ...], ...]) -> gpd.GeoDataFrame:
    return _read_source(file)


def _read_source(file: OwnFile) -> gpd.GeoDataFrame:
    """Read a source: describe, read, ids, repair, check of the CRS, standard columns."""
    source = find_source(file)
    _require_size(source)
    with local_drivers_only():  # once, and not again for each time that GDAL opens the file
        seen, frame = source.describe(), source.read()
    require_numbers(seen)
    warn_of_reading(seen, file)
    _require_features(frame, file.path)
    frame = index_features(frame, file)
    require_coordinates(frame, seen)
    require_accuracies(frame, file.path)
    there = have_geometry(frame)
    some = frame if file.strict or not there.any() else frame[there]
    some = repair_geometry(some, file.path, strict=file.strict)
    some = _read_by_crs(some, seen.crs, file)
    if file.key != PULLED_KEY:  # an official layer may go on beyond
        warn_of_distant(some, file.path)
    frame = frame.set_geometry(some.geometry.reindex(frame.index))
    found = add_standard_columns(name_by(frame, file))
    return _with_accuracy(found, file.accuracy_m)


def _require_size(source: Source) -> None:
    if (size := source.size()) >= max(LARGEST, source.file.max_size):
        wrong = text("{size:.1f} GB, too large to be measured as a whole", size=size / 1e9)
        remedy = text("cut out the part you need; nmgeo doctor reads it all")
        raise LayerError(source.file.path, wrong, remedy)


def _require_features(frame: gpd.GeoDataFrame, file: str) -> None:
    if frame.empty:
        raise LayerError(file, text("holds no features"), text("give a file with at least one"))


def _read_by_crs(frame: gpd.GeoDataFrame, stated: CRS | None, file: OwnFile) -> gpd.GeoDataFrame:
    """Check the CRS against the coordinates, and return them with x before y."""
    system = decide_crs(frame, stated, file)
    require_window(frame.geometry.to_numpy(), frame.index, system, file.path)
    return frame.set_geometry(system.to_standard_axes(frame.geometry))


def stated_fields(file: OwnFile) -> list[str]:
    """Return the fields of a file or frame."""
    return list(find_source(file).describe().types)


def stated_crs(file: OwnFile) -> CRS | None:
    """Return the CRS that a file or frame states, None if it states none."""
    return find_source(file).describe().crs
