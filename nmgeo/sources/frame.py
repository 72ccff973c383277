"""Read a frame, or any object with ``__geo_interface__``, as the features of a source."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS

from nmgeo.catalog import OwnFile
from nmgeo.crs import WGS84, read_crs
from nmgeo.errors import LayerError, MissingCRSError, UsageError, notify
from nmgeo.messages import text
from nmgeo.sources.describe import Description
from nmgeo.sources.geojson_crs import crs_name, is_unknown_crs
from nmgeo.sources.nested_shapes import with_few_levels
from nmgeo.sources.source import BATCH, GEOMETRY, ID, Batches, Source
from nmgeo.sources.value_types import plain_values, storable_values

_ODD_JSON: Final = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
_ROW_IDS: Final = (None, "id", "fid", "feature_id", "outline_id")  # indexes that name no column
_RFC7946: Final = ("FeatureCollection", "Feature")  # in WGS 84 unless a "crs" member names another


class GivenFrame:
    """A frame, or GeoJSON in Python, that a caller gave."""

    def __init__(self, file: OwnFile, layer: str | None = None) -> None:
        """Read nothing yet; a frame has one layer."""
        self.file, self._layer = file, layer or file.path

    @staticmethod
    def accepts(file: OwnFile) -> bool:
        """Whether the caller gave a frame and no path."""
        return file.given is not None

    def size(self) -> int:
        """Return 0, as it is in memory already."""
        return 0

    def layers(self) -> list[str]:
        """Return the one layer."""
        return [self._layer]

    def describe(self) -> Description:
        """Return what the frame states of itself."""
        frame = self._frame
        return Description(
            path=self.file.path,
            file=self.file.path,
            driver="GeoDataFrame",
            layer=self._layer,
            crs=frame.crs,
            size=0,
            has_geometry=True,
            options={},
            count=len(frame),
            types={str(name): str(kind) for name, kind in frame.dtypes.items()},
            encoding="UTF-8",
        )

    def read(self, *, first: int | None = None) -> gpd.GeoDataFrame:
        """Read features as they stand, on the index of the frame."""
        require_crs(self._frame, self.file)
        warn_of_other_geometry(self.file)
        return self._frame if first is None else self._frame.head(first)

    def batches(
        self, size: int = BATCH, *, columns: Sequence[str] | None = None, lenient: bool = False
    ) -> Batches:
        """Read tables whose first columns are the label of the index and the geometry."""
        warn_of_other_geometry(self.file)
        for row in range(0, len(self._frame), size):
            some = self._frame.iloc[row : row + size]
            fields = some.drop(columns="geometry")
            names = list(fields) if columns is None else [n for n in fields if n in columns]
            ids = pa.array(some.index.astype(str))
            drawn = pa.chunked_array([pa.array(some.geometry.to_wkb(), pa.binary())])
            held = [
                ids,
                with_few_levels(drawn, ids, self.file.path, lenient=lenient),
                *(_column(plain_values(some[n])) for n in names),
            ]
            yield pa.Table.from_arrays(held, [ID, GEOMETRY, *names])

    def parts(self) -> list[Source]:
        """Return itself."""
        return [self]

    @cached_property
    def _frame(self) -> gpd.GeoDataFrame:
        return given_frame(self.file)


def _column(values: pd.Series) -> pa.Array:
    """Return a column for Arrow; objects that it has no type for become text."""
    try:
        return pa.Array.from_pandas(values)
    except pa.ArrowException:
        return pa.array([None if value is None else str(value) for value in values])


def given_frame(file: OwnFile) -> gpd.GeoDataFrame:
    """Return what a caller gave as a frame with one geometry column, called ``geometry``.

    Parameters
    ----------
    file : OwnFile
        With ``given``: a GeoDataFrame, a GeoSeries, or an object with ``__geo_interface__``.

    Returns
    -------
    GeoDataFrame, n rows, the CRS that it states
        On its own index, with text as column names.

    Raises
    ------
    UsageError
        If it holds no features at all, such as a number or a frame without geometry.
    LayerError
        If no geometry column is active, or a column stands twice.
    """
    value = None if file.given is None else file.given.value
    if isinstance(value, gpd.GeoSeries):
        return gpd.GeoDataFrame(geometry=value)
    if isinstance(value, gpd.GeoDataFrame):
        return _one_geometry(value, file.path)
    if isinstance(value, pd.DataFrame | pd.Series):
        wrong = text("a {kind} has no geometry", kind=type(value).__name__)
        remedy = text("make it a GeoDataFrame, as in gpd.GeoDataFrame(df, geometry=..., crs=...)")
        raise UsageError(file.path, wrong, remedy)
    return _from_json(value, file.path)


def require_crs(frame: gpd.GeoDataFrame, file: OwnFile) -> None:
    """Stop if a frame states no CRS and its caller states none.

    Raises
    ------
    MissingCRSError
        With what to write in Python.
    """
    if frame.crs is None and file.crs is None:
        remedy = text("pass crs='EPSG:2326', or set it with gdf.set_crs('EPSG:2326')")
        raise MissingCRSError(file.path, text("the frame has no CRS"), remedy)


def warn_of_other_geometry(file: OwnFile) -> None:
    """Warn that columns of geometry other than the active one are left out, if there are any."""
    frame = file.given and file.given.value
    if not isinstance(frame, gpd.GeoDataFrame):
        return
    active = frame.active_geometry_name
    others = [str(c) for c in frame.columns[frame.dtypes == "geometry"] if c != active]
    if others:
        what = text(
            "{file}: the active geometry column {active!r} is used, not {others}",
            file=file.path,
            active=str(active),
            others=", ".join(others),
        )
        notify(what)


def given_index(file: OwnFile) -> pd.Index | None:
    """Return the labels of the features as the caller gave them, in the order of the frame.

    Parameters
    ----------
    file : OwnFile
        The source of sites or of a layer.

    Returns
    -------
    Index, n labels, or None
        The index of the frame, or its column ``key``; None for a file. The text of each label
        is the id of the feature in every table.
    """
    if file.given is None:
        return None
    given = file.given.value
    frame = given if isinstance(given, gpd.GeoDataFrame) and not file.key else given_frame(file)
    labels: pd.Index = (
        frame.index
        if file.key is None
        else pd.Index(storable_values(frame[file.key]), name=file.key)
    )
    return labels


def has_named_ids(file: OwnFile) -> bool:
    """Tell whether a user names the ids: a column as the key, or as the index of a frame.

    Parameters
    ----------
    file : OwnFile
        The source of sites or of a layer.

    Returns
    -------
    bool
        Those ids then say which site a feature is, whatever a column ``site_id`` holds.
    """
    if file.key is not None or file.given is None or file.given.checked:
        return file.key is not None
    labels = given_index(file)
    return labels is not None and labels.name not in _ROW_IDS


def _one_geometry(frame: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    """Keep the active geometry column alone, as column ``geometry``."""
    several = [str(name) for name in frame.columns[frame.dtypes == "geometry"]]
    active = frame.active_geometry_name
    if active is None or active not in frame:
        names = ", ".join(several) or text("none")
        wrong = text("no geometry column is active; columns of geometry: {names}", names=names)
        raise LayerError(file, wrong, text("choose one with gdf.set_geometry('geometry')"))
    names = frame.columns.astype(str)
    if (twice := names[names.duplicated()]).size:
        wrong = text("column {name!r} stands more than once", name=str(twice[0]))
        raise LayerError(file, wrong, text("rename one of them"))
    plain = pd.DataFrame(frame).set_axis(names, axis="columns")
    dropped = {*several, "geometry"} & set(names)
    shapes = frame.geometry.rename("geometry")
    return gpd.GeoDataFrame(plain.drop(columns=sorted(dropped)), geometry=shapes, crs=frame.crs)


def _from_json(value: Any, file: str) -> gpd.GeoDataFrame:
    """Build a frame from GeoJSON in Python: a geometry, a feature, a collection or a list."""
    if not isinstance(value, Mapping | list | tuple):
        wrong = text("holds no features: its type is {kind}", kind=type(value).__name__)
        remedy = text("give a path, a GeoDataFrame or an object with __geo_interface__")
        raise UsageError(file, wrong, remedy)
    held = value.values() if isinstance(value, Mapping) else value
    if any(isinstance(one, pd.DataFrame | pd.Series) for one in held):
        wrong = text("a {kind} of frames is not one frame", kind=type(value).__name__)
        raise UsageError(file, wrong, text("put them into one, as in pd.concat([a, b])"))
    try:
        rows = [_feature(row) for row in _rows(value)]
        shapes = [row.get("geometry") and shapely.geometry.shape(row["geometry"]) for row in rows]
    except (*_ODD_JSON, shapely.errors.ShapelyError) as error:
        why = text("no {key}", key=error) if isinstance(error, KeyError) else str(error)
        wrong = text("is not GeoJSON ({why})", why=why)
        remedy = text("give a geometry, a feature or a feature collection")
        raise LayerError(file, wrong, remedy) from None
    ids = [row.get("id") for row in rows]
    frame = gpd.GeoDataFrame(
        [dict(row.get("properties") or {}) for row in rows],
        geometry=shapes or None,
        index=None if None in ids else ids,
        crs=_stated_crs(value, file) if shapes else None,
    )
    return frame if shapes else frame.set_geometry(gpd.GeoSeries([]), crs=None)


def _rows(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value["features"]) if value["type"] == "FeatureCollection" else [value]
    return list(value)


def _feature(row: Any) -> Mapping[str, Any]:
    """Return a feature, or a geometry as the feature that it would be."""
    plain = row if isinstance(row, Mapping) else row.__geo_interface__
    return plain if plain["type"] == "Feature" else {"geometry": plain}


def _stated_crs(value: Any, file: str) -> CRS | None:
    """Return the CRS that GeoJSON states: a name, or WGS 84; a bare geometry states none."""
    if not isinstance(value, Mapping) or value["type"] not in _RFC7946:
        return None
    said = value.get("crs")
    if said is None:
        return WGS84
    if not is_unknown_crs(said, is_read=True):
        with suppress(UsageError):
            return read_crs(crs_name(said))
    wrong = text("its member 'crs' names no known CRS")
    raise LayerError(file, wrong, text("leave it out and pass crs='EPSG:2326'"))
