"""Rows of a service as columns of one type each, which GeoParquet needs."""

import json
from typing import Any

import geopandas as gpd
import pyarrow as pa


def arrow_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame whose columns Arrow can hold.

    Parameters
    ----------
    frame : GeoDataFrame
        Left as it is.

    Returns
    -------
    GeoDataFrame
        Lists and mappings as JSON text; columns of mixed types as text.
    """
    found = frame.copy()
    for name in found.columns.drop("geometry"):
        values = found[name]
        if values.dtype != object:
            continue
        flat = values.map(_flat)
        try:
            pa.Array.from_pandas(flat)
        except pa.ArrowException:
            flat = flat.map(lambda value: None if value is None else str(value))
        found[name] = flat
    return found


def _flat(value: Any) -> Any:
    nested = isinstance(value, dict | list)
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if nested else value
