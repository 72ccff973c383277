"""Records: a layer that the catalog describes, read and checked against what it says of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from nmgeo.catalog import Layer, checked_path, shipped_folder
from nmgeo.crs import read_system
from nmgeo.errors import LayerError, first_line
from nmgeo.messages import text
from nmgeo.names import natural_key
from nmgeo.sources import gdal
from nmgeo.sources.accuracy import require_accuracies
from nmgeo.sources.file_version import file_version
from nmgeo.sources.ids import index_by_id
from nmgeo.sources.repair_geometry import repair_geometry
from nmgeo.sources.standard_columns import TEXTS, add_standard_columns, naming_columns
from nmgeo.sources.value_types import restore_types
from nmgeo.sources.window import require_window

_RESTORE: Final = text("restore it; nmgeo check lists what is wrong")


def read_record(record: Layer) -> gpd.GeoDataFrame:
    """Read a layer that the catalog describes; whatever is wrong with it is an error.

    Parameters
    ----------
    record : Layer
        One of the catalog.

    Returns
    -------
    GeoDataFrame, n rows, the CRS of the record
        As :func:`nmgeo.sources.layers.read_layer`; read once, until the file changes.

    Raises
    ------
    LayerError
        If the file is missing or altered, has no features, one outside Hong Kong or an accuracy
        that is none, or differs from its record in key, columns or geometry.
    """
    return _read_record(record, file_version(record.path))


def read_columns(
    record: Layer, columns: Sequence[str]
) -> tuple[gpd.GeoSeries, dict[str, list[Any]]]:
    """Read the geometry and some columns of a layer that the catalog describes, without a frame.

    It takes a tenth of the time of :func:`read_record`, which alone compares what the file holds
    with its record.

    Parameters
    ----------
    record : Layer
        One of the catalog.
    columns : sequence of str
        Its columns to read; those that it does not have are left out.

    Returns
    -------
    GeoSeries, n rows, the CRS of the record
        In the order of the file.
    dict of str to list
        The n values of each column, None where there is none.

    Raises
    ------
    LayerError
        If the file is missing, altered or cannot be read, has no features, one without geometry,
        with an invalid one or outside Hong Kong.
    """
    path = str(checked_path(record))
    try:
        meta, _, shapes, values = gdal.read_arrays(path, None, columns=[*columns])
    except gdal.Errors as error:
        raise LayerError(
            path, text("cannot be read ({why})", why=first_line(error)), _RESTORE
        ) from None
    drawn = shapely.from_wkb(shapes)
    _require_features(record, drawn)
    if missing := int(shapely.is_missing(drawn).sum()):
        raise LayerError(path, text("{count} features without geometry", count=missing), _RESTORE)
    held = dict(zip(map(str, meta["fields"]), (one.tolist() for one in values), strict=True))
    if Path(path).parent != shipped_folder():  # the hash vouches for a shipped file
        ids = held.get(record.key) or range(1, len(drawn) + 1)
        frame = gpd.GeoDataFrame(geometry=drawn, index=ids, crs=record.crs)
        repair_geometry(frame, path, strict=True, remedy=_RESTORE)
    return gpd.GeoSeries(drawn, crs=record.crs), held


@lru_cache(maxsize=32)
def _read_record(record: Layer, _changed: tuple[int, ...]) -> gpd.GeoDataFrame:
    path = checked_path(record)
    with gdal.local_drivers_only():  # once for all that is asked of the file
        frame = _read_shipped(path) if path.parent == shipped_folder() else _read_of_user(path)
    _require_features(record, frame.geometry.to_numpy())
    if record.key not in frame:
        wrong = text("no column {key!r}, its registered key", key=record.key)
        raise LayerError(str(path), wrong, _RESTORE)
    with _remedied():
        frame = index_by_id(frame, record.key, str(path)).rename_axis("feature_id")
    require_accuracies(frame, str(path))
    _require_text(frame, str(path))
    frame = repair_geometry(frame, str(path), strict=True, remedy=_RESTORE)
    _check_record(record, frame)
    return add_standard_columns(frame)


def _read_shipped(path: Path) -> gpd.GeoDataFrame:
    """Read a file that came with the package, whose hash vouches for what was looked at before."""
    name = str(path)
    frame = gdal.read_frame(name, None, fid_as_index=True, datetime_as_string=True, **gdal.GEOJSON)

    def read_columns(names: list[str]) -> pa.Table:
        return gdal.read_table(name, None, columns=names, read_geometry=False, **gdal.GEOJSON)[1]

    return restore_types(frame, read_columns)


def _read_of_user(path: Path) -> gpd.GeoDataFrame:
    """Read a file of a folder that the user brought, as carefully as any file of theirs."""
    from nmgeo.sources.cut_text import CUT  # noqa: PLC0415 - shipped files need no such care
    from nmgeo.sources.describe import describe  # noqa: PLC0415 - as above
    from nmgeo.sources.vector_file import read_frame  # noqa: PLC0415 - as above

    seen = describe(path)
    if seen.is_cut:
        raise LayerError(str(path), CUT, _RESTORE)
    return read_frame(seen)


@contextmanager
def _remedied() -> Iterator[None]:
    """Say what to do about a layer of the catalog, which takes no other key."""
    try:
        yield
    except LayerError as error:
        raise LayerError(error.thing, error.wrong, _RESTORE) from None


def _require_features(record: Layer, shapes: np.ndarray) -> None:
    """Stop if there is no feature, or one that is not in Hong Kong with Shenzhen round it."""
    file = str(record.path)
    if not len(shapes):
        raise LayerError(file, text("holds no features"), _RESTORE)
    rows = range(1, len(shapes) + 1)
    require_window(shapes, rows, read_system(record.crs), file, _RESTORE)


def _require_text(frame: gpd.GeoDataFrame, file: str) -> None:
    """Stop if a name, a status or a source is no text, such as a list or a number."""
    named = naming_columns(map(str, frame.columns))
    texts = (c for c in frame if c in named or c in TEXTS)
    for column in (c for c in texts if not isinstance(frame[c].dtype, pd.StringDtype)):
        for feature, value in frame[column].dropna().items():
            if not isinstance(value, str):
                where = {"feature": feature, "column": column, "value": value}
                wrong = text("feature {feature}: {column} is {value!r}, no text", **where)
                raise LayerError(file, wrong, _RESTORE)


def _check_record(record: Layer, frame: gpd.GeoDataFrame) -> None:
    file, remedy = str(record.path), _RESTORE
    keys = [natural_key(str(key)) for key in frame.index]  # 2 before 10, or as text
    if not frame.index.is_monotonic_increasing and keys != sorted(keys):
        raise LayerError(file, text("key {key!r} is not sorted", key=record.key), remedy)
    found = tuple(column for column in frame.columns if column != "geometry")
    if found != record.columns:
        odd = sorted(set(found) ^ set(record.columns)) or ["order"]
        wrong = text("columns differ from the registry ({names})", names=", ".join(odd))
        raise LayerError(file, wrong, remedy)
    if frame.crs is None or frame.crs.to_string() != record.crs:
        wrong = text("CRS is not the registered {crs}", crs=record.crs)
        if shapely.has_z(frame.geometry.to_numpy()).any():  # GDAL then names a CRS with heights
            wrong = text("its geometry has heights, which {crs} has not", crs=record.crs)
        raise LayerError(file, wrong, remedy)
    kinds = set(frame.geom_type) - {record.geometry}
    if kinds:
        wrong = text("holds {kinds}", kinds=", ".join(sorted(map(str, kinds))))
        raise LayerError(file, wrong, remedy)
