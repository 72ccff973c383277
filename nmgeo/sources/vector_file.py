"""Frames: what a file holds as a frame of features by id, its numbers as they stand."""

import re
import warnings
from contextlib import closing
from itertools import chain, islice
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo.errors import LayerError, Notice, UsageError
from nmgeo.sources import gdal
from nmgeo.sources.describe import (
    Description,
    coordinate_cells,
    count_records,
    encoding_remedy,
    invalid_cells,
    truncation,
)
from nmgeo.translations import did_you_mean

_NAME_COLUMNS: Final = {  # what others call a name, in the order in which it is looked for
    "name_en": ("name_en", "name_eng", "english", "name:en", "name", "title", "名稱", "名称"),
    "name_tc": ("name_tc", "name_cht", "name_zh", "name_chi", "name_zh_hant", "name:zh", "名稱"),
    "name_sc": ("name_sc", "name_chs", "name_zh_hans", "名称"),
}
NAMING: Final = frozenset({"id", "site_id", *chain(*_NAME_COLUMNS.values())})
_OWN: Final = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
_CELL: Final = re.compile(
    r"Invalid value type found in record|Ignoring invalid WKT"
)  # said by require_coordinates
_FID: Final = "id"  # GDAL gives the text id of GeoJSON features as this column


def read_frame(
    seen: Description, key: str | None = None, *, first: int | None = None
) -> gpd.GeoDataFrame:
    """Read a layer as it stands.

    Parameters
    ----------
    seen : Look
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
    options: dict[str, Any] = dict(seen.options)
    try:
        with warnings.catch_warnings(record=True) as said:
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
        wrong = f"{_unbuilt(seen, key)}an outline cannot be built ({error})"
        raise LayerError(seen.file, wrong, f"mend it; nmgeo doctor {seen.file} names it") from None
    except gdal.Errors as error:
        raise _unread(seen, error) from None
    _tell(seen, [str(warning.message) for warning in said])
    if not isinstance(frame, gpd.GeoDataFrame):
        remedy = "give a geometry, or CSV columns such as lon and lat, or wkt"
        raise LayerError(seen.file, "has no coordinates", remedy)
    if first is None and (held := count_records(seen) or 0) > len(frame):
        raise LayerError(seen.file, *truncation(held, len(frame)))
    return _with_empty_points(frame, seen)


def _with_empty_points(frame: gpd.GeoDataFrame, seen: Description) -> gpd.GeoDataFrame:
    """Read points at 0, 0 again, which is what GDAL says of empty ones, except in Arrow."""
    shapes = frame.geometry.to_numpy()
    points = np.flatnonzero(shapely.get_dimensions(shapes) == 0)
    rows = points[shapely.intersects_xy(shapes[points], 0, 0)]
    if not len(rows):
        return frame
    shapes = shapes.copy()
    options: dict[str, Any] = {"columns": [], "max_features": len(frame)}
    meta, table = gdal.read_table(seen.path, seen.layer, **options, **seen.options)
    shapes[rows] = shapely.from_wkb(table[meta["geometry_name"] or "wkb_geometry"].take(rows))
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def _unread(seen: Description, error: Exception) -> LayerError:
    """Say why GDAL could not read a layer."""
    if isinstance(error, UnicodeDecodeError):
        wrong = "has text in another encoding than it names"
        return LayerError(seen.file, wrong, encoding_remedy(seen))
    return LayerError(seen.file, f"cannot be read ({error})", "mend the file")


def _tell(seen: Description, said: list[str]) -> None:
    """Pass on what GDAL says of a file."""
    for text in said:
        if twice := re.match(r"Several features with id = (\S+) have been found", text):
            wrong = f"field id: {twice[1]!r} stands more than once"
            raise LayerError(seen.file, wrong, "make it unique")
        if not _CELL.match(text):
            warnings.warn(f"{seen.file}: {text}", Notice, stacklevel=3)


def _unbuilt(seen: Description, key: str | None) -> str:
    """Name the first feature whose outline cannot be built."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meta, numbers, shapes, columns = gdal.read_arrays(
            seen.path, seen.layer, return_fids=True, **seen.options
        )
    lost = shapely.is_missing(shapely.from_wkb(shapes, on_invalid="ignore"))
    broken = np.flatnonzero(lost & [shape is not None for shape in shapes])
    if not len(broken):
        return ""
    row, fields = broken[0], list(meta["fields"])
    name = key or (_FID if seen.driver.startswith("GeoJSON") else None)
    value = columns[fields.index(name)][row] if name in fields else None
    return f"feature {numbers[row] if pd.isna(value) else value}: "


def require_coordinates(frame: gpd.GeoDataFrame, seen: Description) -> None:
    """Stop where the cells of a CSV that are to be its coordinates are none.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        From :func:`read_frame`, indexed by id.
    seen : Look
        Its file.

    Raises
    ------
    LayerError
        With the first feature, the column and its cell.
    """
    lost = np.flatnonzero(shapely.is_missing(frame.geometry.to_numpy()))
    if seen.driver != "CSV" or not len(lost):
        return
    first = int(lost[0])
    with closing(coordinate_cells(seen)) as rows:
        what = invalid_cells(next(islice(rows, first, None), {}))
    wrong = f"feature {frame.index[first]}: no coordinates, as {what}"
    raise LayerError(seen.file, wrong, "mend it or leave the row out")


def index_by_id(
    frame: gpd.GeoDataFrame, key: str | None, file: str, driver: str = "GeoJSON"
) -> gpd.GeoDataFrame:
    """Index a frame by the ids of its features, as text.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        From :func:`read_frame`.
    key : str, optional
        The column of ids; the feature id if not given.
    file, driver : str
        What to call the file in a message, and what it is.

    Returns
    -------
    GeoDataFrame, n rows
        In the same order; every id stands once.

    Raises
    ------
    UsageError
        If there is no column ``key``.
    LayerError
        If an id is missing or stands twice.
    """
    if key is None:
        key = _FID if driver == "GeoJSON" and _is_feature_id(frame.get(_FID)) else None
    if key is None:
        return frame.set_axis(frame.index.astype(str))
    columns = [str(column) for column in frame.columns.drop("geometry")]
    if key not in columns:
        wrong = f"no such column in {file}{did_you_mean(key, columns)}"
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
    field, frame = frame.index.name, frame.set_axis(frame.index.astype(str))
    twice = frame.index[frame.index.duplicated()]
    if len(twice):
        raise LayerError(
            file,
            f"field {field}: {twice[0]!r} stands {(frame.index == twice[0]).sum()} times",
            "make it unique or name another column with --key",
        )
    return frame


def ids_and_names(frame: gpd.GeoDataFrame) -> list[tuple[object, ...]]:
    """Return what each feature is called: its id and its names, in any column that others use."""
    ids = frame.index.tolist()
    return [(row, *names) for row, names in zip(ids, feature_names(frame), strict=True)]


def feature_names(frame: gpd.GeoDataFrame, key: str | None = None) -> list[tuple[object, ...]]:
    """Return what each feature is called in any column that others use, and in the key."""
    columns = [column for column in frame if column == key or str(column).lower() in NAMING]
    return list(zip(*(frame[c].tolist() for c in columns), strict=True)) or [()] * len(frame)


def add_standard_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the columns that every layer has, empty where the file has none."""
    lower = {str(column).lower(): column for column in frame.columns}
    added: dict[str, Any] = {}
    for name, others in _NAME_COLUMNS.items():
        found = next((lower[other] for other in others if other in lower), None)
        added[name] = None if found is None else frame[found].astype(object)
    if added["name_en"] is None:  # another name is better than an id
        named = [column for column in added.values() if column is not None]
        added["name_en"] = named[0] if named else frame.index.to_series()
    added |= {column: None for column in _OWN if column not in frame}
    frame = frame.assign(**added)
    numbers = {c: pd.to_numeric(frame[c], errors="coerce") for c in ("opens", "accuracy_m")}
    return frame.assign(**numbers)
