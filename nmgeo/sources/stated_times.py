"""Dates and times of a file: GDAL gives them as text, and they are written as what they are."""

from contextlib import suppress
from typing import Any, Final, TypeVar

import pandas as pd
import pyarrow as pa

from nmgeo.catalog import Catalog, OwnFile
from nmgeo.sources.describe import DAY
from nmgeo.sources.find import find_source
from nmgeo.sources.standard_columns import IN_FILE

_TIME: Final = "datetime64"
_ZONED: Final = r"T.*(?:Z|[+-]\d\d:?\d\d)$"


_Frame = TypeVar("_Frame", bound=pd.DataFrame)


def with_times(frame: _Frame, catalog: Catalog, layer: object) -> _Frame:
    """Return the features of a layer, the dates and times of a user's file as such.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame, n rows
        The features, with dates and times as text.
    catalog : Catalog
        From :func:`nmgeo.catalog.open_catalog`.
    layer : str or other
        Name of the layer; what is none has its own types.

    Returns
    -------
    DataFrame or GeoDataFrame, n rows
        A column of both times with a zone and others without stays text: no type holds both.
    """
    file = _file_of(catalog, layer)
    kinds = {} if file is None else _stated_times(file)
    timed = {
        held: _as_times(frame[held], kind)
        for name, kind in kinds.items()
        for held in (name, f"{name}{IN_FILE}")
        if held in frame and pd.api.types.is_string_dtype(frame[held].dtype)
    }
    return frame.assign(**timed) if timed else frame


def _file_of(catalog: Catalog, layer: object) -> OwnFile | None:
    if not isinstance(layer, str):
        return None
    return catalog.own_sites if layer == "sites" else catalog.own_layers.get(layer)


def _stated_times(file: OwnFile) -> dict[str, str]:
    types = find_source(file).describe().types
    return {name: kind for name, kind in types.items() if kind.startswith(_TIME)}


def _as_times(column: pd.Series, kind: str) -> pd.Series:
    """Return text as dates or times, as it is where no type of pandas holds them."""
    with suppress(ValueError, pa.ArrowException):
        if kind == DAY:
            days = pa.array(column, pa.string(), from_pandas=True).cast(pa.date32())
            return pd.Series(days, column.index, dtype=pd.ArrowDtype(pa.date32()), name=column.name)
        texts = column.dropna()
        zoned = texts.str.contains(_ZONED)
        if zoned.all() or not zoned.any():
            several = zoned.any() and len(texts.str[-6:].unique()) > 1
            how: dict[str, Any] = {"format": "ISO8601", "utc": bool(several)}
            times: pd.Series = pd.to_datetime(column, **how)
            return times
    return column
