"""Index features by their ids: a column, the feature id of a file, or the index of a frame."""

import numbers
import uuid
from collections.abc import Hashable, Iterable
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError, UsageError
from nmgeo.messages import text
from nmgeo.sources.describe import Description
from nmgeo.translations import did_you_mean

FEATURE_ID: Final = "id"  # GDAL gives the text id of GeoJSON features as this column
_LABELS: Final = (str, numbers.Real, date, uuid.UUID)  # what an id may be: it reads back from text


def index_features(frame: gpd.GeoDataFrame, file: OwnFile, driver: str) -> gpd.GeoDataFrame:
    """Index features by id, as text: the key, else the id of the feature, else the row number.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        As a source reads it.
    file : OwnFile
        With the key, and what to call it in a message.
    driver : str
        What the source is.

    Returns
    -------
    GeoDataFrame, n rows
        In the same order; each id is unique.

    Raises
    ------
    UsageError, LayerError
        If there is no column of that name, or an id is missing, is not unique or no id at all.
    """
    if file.given is not None and file.key is None:
        return index_by_label(frame, file.path).rename_axis("feature_id")
    if file.given is not None:
        require_key_labels(frame, str(file.key), file.path)
    return index_by_id(frame, file.key, file.path, driver).rename_axis("feature_id")


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
        key = FEATURE_ID if driver == "GeoJSON" and _is_feature_id(frame.get(FEATURE_ID)) else None
    if key is None:
        return frame.set_axis(frame.index.astype(str))
    columns = [str(column) for column in frame.columns.drop("geometry")]
    if key not in columns:
        wrong = f"no such column in {file}{did_you_mean(key, columns)}"
        raise UsageError(f"--key {key!r}", wrong, f"use {', '.join(columns) or 'none'}")
    return _unique(frame.set_index(key), file)


def feature_id_field(seen: Description) -> str | None:
    """Return the field in which GDAL gives the text ids of GeoJSON features, before reading."""
    is_text = seen.driver in ("GeoJSON", "GeoJSONSeq") and seen.types.get(FEATURE_ID) == "object"
    return FEATURE_ID if is_text else None


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


def index_by_label(frame: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    """Index a frame by the labels of its own index, as text.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        From :func:`given_frame`.
    file : str
        What to call it in a message.

    Returns
    -------
    GeoDataFrame, n rows
        In the same order; each id is unique. :func:`given_index` has the labels as given.

    Raises
    ------
    LayerError
        If a label is missing, is not unique, or is an object that text cannot stand for.
    """
    if isinstance(frame.index, pd.MultiIndex):
        wrong = text("the index has {count} levels", count=frame.index.nlevels)
        remedy = text("use gdf.reset_index(), and key= to name the column of ids")
        raise LayerError(file, wrong, remedy)
    _require_labels(frame.index, text("the index"), file)
    labels = frame.index.astype(str)
    if (twice := labels[labels.duplicated()]).size:
        count = int((labels == twice[0]).sum())
        wrong = text("the index holds {label!r} {count} times", label=str(twice[0]), count=count)
        remedy = text("use gdf.reset_index(drop=True), or key= to name a column of unique ids")
        raise LayerError(file, wrong, remedy)
    return frame.set_axis(labels)


def require_key_labels(frame: gpd.GeoDataFrame, key: str, file: str) -> None:
    """Stop if the column of ids holds objects that text cannot stand for."""
    if key in frame:
        _require_labels(pd.Index(frame[key].dropna()), text("column {key!r}", key=key), file)


def _require_labels(labels: Iterable[Hashable], where: str, file: str) -> None:
    """Refuse objects as ids, and what is missing."""
    for row, label in enumerate(labels):
        missing = label is None or label is pd.NaT or (isinstance(label, float) and np.isnan(label))
        if missing or not isinstance(label, _LABELS):
            kind = type(label).__name__
            wrong = text("{where} has no id in row {row}", where=where, row=row)
            if not missing:
                wrong = text("{where} holds a {kind} in row {row}", where=where, kind=kind, row=row)
            raise LayerError(file, wrong, text("give text or whole numbers as ids"))
