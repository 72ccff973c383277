"""From a record of the catalog, or a user's file, to a checked frame of features."""

from datetime import date
from functools import lru_cache
from typing import Final
from weakref import WeakKeyDictionary

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from nmgeo import provenance
from nmgeo.cache import PulledLayer, checked_data, official_layers
from nmgeo.catalog import NOT_KNOWN, Catalog, OwnFile, find_layer, last_day
from nmgeo.errors import LayerError, UsageError, notify
from nmgeo.messages import option, text
from nmgeo.sources.accuracy import require_accuracies
from nmgeo.sources.crs_check.decide import decide_crs
from nmgeo.sources.csv_file import require_coordinates
from nmgeo.sources.describe import warn_of_reading
from nmgeo.sources.distant_features import warn_of_distant
from nmgeo.sources.file_version import source_version
from nmgeo.sources.find import find_source
from nmgeo.sources.gdal import local_drivers_only
from nmgeo.sources.geometry_kinds import have_geometry, keep_geometry
from nmgeo.sources.ids import index_features
from nmgeo.sources.official_outlines import (
    OfficialOutline,
    find_official_outlines,
    with_official_outlines,
)
from nmgeo.sources.registered_layer import read_record
from nmgeo.sources.repair_geometry import repair_geometry
from nmgeo.sources.source import Source
from nmgeo.sources.standard_columns import add_standard_columns, name_by
from nmgeo.sources.window import require_window

PULLED_KEY: Final = "pulled_id"  # column of ids in files of the cache
LARGEST: Final = 2_000_000_000  # bytes of a file that is read as a whole
_GIVEN: Final = WeakKeyDictionary[OwnFile, gpd.GeoDataFrame]()  # frames that were checked


def read_layer(catalog: Catalog, name: str, *, blank: bool = False) -> gpd.GeoDataFrame:
    """Read a layer: the user's own of that name, else the one that the catalog describes.

    Whatever is wrong with a layer of the catalog is an error.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    name : str
        One of its layers.
    blank : bool
        Whether to return features of the user without geometry, too, rather than to leave them out.

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
    provenance.note_used(name)
    if name in catalog.own_layers:
        return read_own(catalog.own_layers[name], blank=blank)
    if name in catalog.pulled:
        return read_pulled(catalog.pulled[name])
    frame = read_record(find_layer(catalog, name))
    if catalog.known_on is not None:
        frame = _on_day(frame, name, catalog, catalog.known_on)
    for layer in official_layers(catalog.pulled) if name == "sites" else ():
        provenance.note_used(layer.name)
        frame = with_official_outlines(frame, layer, read_pulled)
    return frame


def official_outlines(catalog: Catalog) -> list[OfficialOutline]:
    """Return the official outlines among the sites of a catalog; none if the user has own sites."""
    layers = [] if catalog.own_sites else official_layers(catalog.pulled)
    if not layers:
        return []
    shipped = read_record(find_layer(catalog, "sites"))
    return [one for layer in layers for one in find_official_outlines(shipped, layer, read_pulled)]


def _stated_on(frame: gpd.GeoDataFrame, layer: str, catalog: Catalog) -> pd.Series:
    """Return the days on which the status of features was stated, as dates, months or years.

    ``as_of`` of a site is the day of its outline; its status is as new as the table of statuses.
    """
    if layer == "sites":
        return pd.Series(catalog.tables["statuses"].as_of, index=frame.index)
    stated_on: pd.Series = frame["as_of"]
    return stated_on


def _on_day(frame: gpd.GeoDataFrame, name: str, catalog: Catalog, day: date) -> gpd.GeoDataFrame:
    """Leave out what was stated of features after a day, and later sources of their outlines."""
    found = frame
    if "status" in frame:
        found = _known_by(frame, name, _stated_on(frame, name, catalog), day)
    if not {"as_of", "source"} <= set(frame):
        return found
    later = frame["as_of"].map(lambda stated: last_day(str(stated)) > day.isoformat())
    cited: gpd.GeoDataFrame = found.assign(
        as_of=frame["as_of"].mask(later, ""), source=frame["source"].mask(later, "")
    )
    return cited


def _known_by(
    frame: gpd.GeoDataFrame, layer: str, stated_on: pd.Series, day: date
) -> gpd.GeoDataFrame:
    """Replace the status and opening year of features where they were stated after a day.

    What is open, and opened in a year (``opened``) that had ended by the day, was open on it.
    """
    is_later = stated_on.map(lambda stated: last_day(str(stated)) > day.isoformat())
    is_later &= frame["status"].notna()
    if "opened" in frame:
        is_later &= ~((frame["status"] == "open") & (frame["opened"].astype(float) < day.year))
    if is_later.any() and layer != "sites":
        said = text(
            "{layer}: the status of {count} of {all} features was stated after {day} and counts "
            "as not known",
            layer=layer,
            count=int(is_later.sum()),
            all=len(frame),
            day=day.isoformat(),
        )
        notify(said)
    known: gpd.GeoDataFrame = frame.assign(
        status=frame["status"].mask(is_later, NOT_KNOWN), opens=frame["opens"].mask(is_later)
    )
    return known


def read_pulled(layer: PulledLayer) -> gpd.GeoDataFrame:
    """Read a layer of the cache that is still as it was fetched.

    Parameters
    ----------
    layer : PulledLayer
        From :func:`nmgeo.cache.newest_versions`.

    Returns
    -------
    GeoDataFrame, n rows, EPSG:4326
        As :func:`read_layer`; its CRS was checked when it was fetched.

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
        As :func:`read_layer`, in the order of the file; it is read once, until the file changes.

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


def stated_crs(file: OwnFile) -> CRS | None:
    """Return the CRS that a file or frame states, None if it states none."""
    return find_source(file).describe().crs


def open_features(frame: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    """Return the features of a layer that are open.

    Raises
    ------
    UsageError
        If the layer says of none what its status is.
    """
    if not frame["status"].notna().any():
        wrong = text("layer {layer!r} has no status", layer=layer)
        raise UsageError(option("open_only", value=True), wrong, text("leave it out"))
    return frame[frame["status"] == "open"]
