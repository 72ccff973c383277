"""Read a vector file with GDAL, its coordinates as they stand."""

import re
import warnings
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError, first_line, notify
from nmgeo.messages import list_first, text
from nmgeo.sources import gdal
from nmgeo.sources.converted_table import converted_batches, read_converted, standard_table
from nmgeo.sources.coordinate_numbers import fault_of_wkb, find_unbuilt
from nmgeo.sources.describe import (
    Description,
    describe,
    describe_layer,
    held_layers,
    layer_names,
    named_layer,
    require_complete,
    size_of,
)
from nmgeo.sources.drawing import DRAWING, flat_areas_as_lines
from nmgeo.sources.geojson_ids import FEATURE_ID, read_feature_ids, with_ids
from nmgeo.sources.misread_text import misread, require_text
from nmgeo.sources.nested_shapes import with_few_levels
from nmgeo.sources.source import BATCH, ID, Batches, Source
from nmgeo.sources.total_rows import keep_features, without_totals
from nmgeo.sources.value_types import restore_types

_MOST_NAMES: Final = 10  # columns that a message names
_STORED: Final = ("GPKG", "OpenFileGDB", "GeoJSON", "GeoJSONSeq")  # formats that keep feature ids
_PACKAGE: Final = "GPKG"
_CELL: Final = re.compile(
    r"Invalid value type found in record|Ignoring invalid WKT|Several features with id"
    r"|Unable to parse srs_id|Could not parse column .* as JSON"
)  # said by require_coordinates, by index_features, by the verdict on the CRS; mixed kinds are text


class VectorFile:
    """One layer of a file in a format that GDAL reads."""

    def __init__(self, file: OwnFile, layer: str | None = None) -> None:
        """Open nothing yet; ``layer`` is one of several."""
        self.file, self._layer = file, layer

    @staticmethod
    def accepts(file: OwnFile) -> bool:
        """Whether it is a file at all: what it holds is seen when it is opened."""
        return file.given is None

    def size(self) -> int:
        """Return its bytes, unpacked."""
        return size_of(self.file.path, self.file.max_size)

    def layers(self) -> list[str]:
        """List the layers, or the one that the user named."""
        path, stated = self.file.path, (self.file.encoding, self.file.max_size)
        names, named = layer_names(path, *stated), named_layer(path)
        if named and named not in names:
            wrong = text("holds layers {known}", known=", ".join(names))
            raise LayerError(path, wrong, text("name one of them"))
        return [named] if named else held_layers(path, names, *stated) or names

    def describe(self) -> Description:
        """Return what the file states of the layer."""
        return self._described

    @cached_property
    def _described(self) -> Description:
        file = self.file
        if self._layer is None:
            return describe(file.path, file.encoding, file.max_size)
        return describe_layer(file.path, self._layer, file.encoding, file.max_size)

    def read(self, *, first: int | None = None) -> gpd.GeoDataFrame:
        """Read features as they stand, indexed by the feature id of GDAL."""
        seen = self._described
        if seen.is_converted:
            require_geometry(seen)
            return read_converted(seen, first=first)
        frame = read_frame(seen, self.file.key, first=first)
        kept = keep_features(seen, 0, shapely.is_missing(frame.geometry.to_numpy()))
        frame = frame if kept.all() else frame[kept]
        frame = frame.set_crs(seen.crs, allow_override=True)
        labels = self._ids(pa.chunked_array([frame.index.to_numpy()]), 0).to_pylist()
        return with_ids(frame, labels, self.file.key, self._feature_ids).set_axis(labels)

    @cached_property
    def _feature_ids(self) -> list[str] | None:
        return read_feature_ids(self._described)

    def _ids(self, fids: pa.ChunkedArray, row: int) -> pa.ChunkedArray | pa.Array:
        """Return the ids of some features from a row on."""
        known = (self._feature_ids or [])[row : row + len(fids)]
        if len(known) == len(fids):
            return pa.array(known, pa.string())
        return fids if self._described.driver in _STORED else pa.array(range(row, row + len(fids)))

    def batches(
        self, size: int = BATCH, *, columns: Sequence[str] | None = None, lenient: bool = False
    ) -> Batches:
        """Read tables whose first columns are the feature id of GDAL and the geometry."""
        seen, row = self._described, 0
        require_geometry(seen)
        if seen.is_converted:
            yield from converted_batches(seen, size, columns, lenient=lenient)
            return
        options = {"batch_size": size, "columns": columns, **seen.options}
        with closing(gdal.read_batches(seen.path, seen.layer, **options)) as tables:
            for meta, table in tables:
                if not lenient:
                    require_text(table, seen)
                found = standard_table(meta, table, seen, row, lenient=lenient)
                found = found.set_column(0, ID, self._ids(found.column(0), row))
                yield without_totals(found, seen, row)
                row += table.num_rows

    def parts(self) -> list[Source]:
        """Return itself."""
        return [self]


def require_geometry(seen: Description) -> None:
    """Stop if a layer is a plain table."""
    if not seen.has_geometry:
        raise no_coordinates(seen.file, list(seen.types))


def no_coordinates(file: str, columns: Sequence[str]) -> LayerError:
    """Say that a file has no coordinates, and which columns it has."""
    remedy = text("give a geometry, or CSV columns such as lon and lat, or wkt")
    wrong = text("has no coordinates")
    if columns:
        names = list_first(columns, _MOST_NAMES)
        wrong = text("has no coordinates in its columns {names}", names=names)
    return LayerError(file, wrong, remedy)


def read_frame(
    seen: Description, key: str | None = None, *, first: int | None = None
) -> gpd.GeoDataFrame:
    """Read a layer as it stands.

    Parameters
    ----------
    seen : Description
        From :func:`nmgeo.sources.describe.describe`.
    key : str, optional
        The column of ids, to name a feature that cannot be read.
    first : int, optional
        How many features are read; all if not given.

    Returns
    -------
    GeoDataFrame, n rows, the CRS of the file
        Indexed by the feature id of GDAL; a geometry may be missing.

    Raises
    ------
    LayerError
        If it cannot be read as far as it was asked for, or has no coordinates.

    Warns
    -----
    Notice
        What GDAL says of it.
    """
    require_geometry(seen)
    options: dict[str, Any] = dict(seen.options)
    try:
        with warnings.catch_warnings(record=True) as said, np.errstate(invalid="ignore"):
            warnings.simplefilter("always")
            frame = gdal.read_frame(
                seen.path,
                seen.layer,
                fid_as_index=True,
                datetime_as_string=True,
                max_features=first,
                **options,
            )
    except shapely.errors.ShapelyError as error:
        raise _unbuilt(seen, error, _first_unbuilt(seen, key)) from None
    except gdal.Errors as error:
        raise _unread(seen, error) from None
    frame = flat_areas_as_lines(frame) if seen.driver == DRAWING else frame
    _tell(seen, [str(warning.message) for warning in said])
    if first is None:
        require_complete(seen, len(frame))
    whole = _with_left_out(_with_empty_points(frame, seen), seen, key)
    return _with_exact_types(whole, seen)


def _with_exact_types(frame: gpd.GeoDataFrame, seen: Description) -> gpd.GeoDataFrame:
    """Read whole numbers and booleans beside missing values again, which pandas makes floats."""

    def read_columns(names: list[str]) -> pa.Table:
        options: dict[str, Any] = {"columns": names, "max_features": len(frame)}
        options |= {"read_geometry": False, **seen.options}
        return gdal.read_table(seen.path, seen.layer, **options)[1]

    return restore_types(frame, read_columns)


def _with_empty_points(frame: gpd.GeoDataFrame, seen: Description) -> gpd.GeoDataFrame:
    """Read points at 0, 0 again, which is what GDAL says of empty ones, except in Arrow."""
    shapes = frame.geometry.to_numpy()
    points = np.flatnonzero(shapely.get_dimensions(shapes) == 0)
    rows = points[shapely.intersects_xy(shapes[points], 0, 0)]
    if not len(rows):
        return frame
    return _with_shapes(frame, rows, shapely.from_wkb(_stored(frame, seen).take(rows)))


def _with_left_out(frame: gpd.GeoDataFrame, seen: Description, key: str | None) -> gpd.GeoDataFrame:
    """Read the shapes of a GeoPackage again that GDAL leaves out without a word, as damaged."""
    rows = np.flatnonzero(shapely.is_missing(frame.geometry.to_numpy()))
    if seen.driver != _PACKAGE or not len(rows):
        return frame
    stored = _stored(frame, seen).take(rows)
    there = np.flatnonzero(stored.is_valid())
    rows, held = rows[there], stored.take(there)
    ids = (frame[key] if key in frame else frame.index.to_series()).iloc[rows]
    with_few_levels(held, pa.array(ids.astype(str)), seen.file)
    try:
        return _with_shapes(frame, rows, shapely.from_wkb(held.to_numpy()))
    except shapely.errors.ShapelyError as error:
        shapes = held.to_pylist()
        first = find_unbuilt(shapes) or 0
        raise _unbuilt(seen, error, (ids.iloc[first], shapes[first])) from None


def _stored(frame: gpd.GeoDataFrame, seen: Description) -> pa.ChunkedArray:
    """Read the shapes of a frame as they stand in its file."""
    options: dict[str, Any] = {"columns": [], "max_features": len(frame)}
    meta, table = gdal.read_table(seen.path, seen.layer, **options, **seen.options)
    return table[meta["geometry_name"] or "wkb_geometry"]


def _with_shapes(frame: gpd.GeoDataFrame, rows: np.ndarray, found: Any) -> gpd.GeoDataFrame:
    """Put shapes into some rows of a frame."""
    if not len(rows):
        return frame
    shapes = frame.geometry.to_numpy().copy()
    shapes[rows] = found
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def _unread(seen: Description, error: Exception) -> LayerError:
    """Say why GDAL could not read a layer."""
    if isinstance(error, UnicodeDecodeError):
        return misread(seen)
    return LayerError(
        seen.file, text("cannot be read ({why})", why=first_line(error)), text("mend the file")
    )


def _tell(seen: Description, said: list[str]) -> None:
    """Pass on what GDAL says of a file."""
    for told in said:
        if not _CELL.match(told):
            notify(text("{file}: {told}", file=seen.file, told=told))


def _unbuilt(seen: Description, error: Exception, found: tuple[Any, bytes] | None) -> LayerError:
    """Say which feature is the first whose outline cannot be built, by its id and WKB."""
    remedy = text("mend it; nmgeo doctor {file} names it", file=seen.file)
    wrong = text("an outline cannot be built ({why})", why=first_line(error))
    if found is not None:
        wrong = text("feature {ids}: {why}", ids=found[0], why=fault_of_wkb(found[1], wrong))
    return LayerError(seen.file, wrong, remedy)


def _first_unbuilt(seen: Description, key: str | None) -> tuple[Any, bytes] | None:
    """Return id and WKB of the first feature whose outline cannot be built, None if all can."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meta, numbers, shapes, columns = gdal.read_arrays(
            seen.path, seen.layer, return_fids=True, **seen.options
        )
    row, fields = find_unbuilt(shapes), list(meta["fields"])
    if row is None:
        return None
    name = key or (FEATURE_ID if seen.driver.startswith("GeoJSON") else None)
    value = columns[fields.index(name)][row] if name in fields else None
    return numbers[row] if pd.isna(value) else value, shapes[row]
