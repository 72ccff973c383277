"""Index features by their ids: a column, the feature id of a file, or the index of a frame."""

import numbers
import uuid
from collections.abc import Hashable
from datetime import date
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import OwnFile
from nmgeo.errors import LayerError
from nmgeo.messages import Text, option, text
from nmgeo.sources.named_columns import require_column
from nmgeo.sources.value_types import label_values

_LABELS: Final = (str, numbers.Real, date, uuid.UUID)  # what an id may be: it reads back from text


def index_features(frame: gpd.GeoDataFrame, file: OwnFile) -> gpd.GeoDataFrame:
    """Index features by id, as text: the key, else the ids that the source gives.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        As a source reads it.
    file : OwnFile
        With the key, and what to call it in a message.

    Returns
    -------
    GeoDataFrame, n rows
        In the same order; each id is unique.

    Raises
    ------
    UsageError, LayerError
        If there is no column of that name, or an id is missing, is not unique or no id at all.
    """
    require_column("key", file, _columns(frame))
    if file.given is not None and file.key is None:
        return index_by_label(frame, file.path).rename_axis("feature_id")
    if file.given is not None:
        require_key_labels(frame, str(file.key), file.path)
    return index_by_id(frame, file.key, file.path).rename_axis("feature_id")


def index_by_id(frame: gpd.GeoDataFrame, key: str | None, file: str) -> gpd.GeoDataFrame:
    """Index a frame by the ids of its features, as text.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        From :func:`read_frame`.
    key : str, optional
        The column of ids; the index of the frame if not given.
    file : str
        What to call the file in a message.

    Returns
    -------
    GeoDataFrame, n rows
        In the same order; every id stands once.

    Raises
    ------
    LayerError
        If an id is missing or stands twice.
    """
    return _unique(frame.rename_axis("id") if key is None else _keyed(frame, key), file)


def _keyed(frame: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    return frame.drop(columns=key).set_axis(pd.Index(label_values(frame[key]), name=key))


def _columns(frame: gpd.GeoDataFrame) -> list[str]:
    return [str(column) for column in frame.columns.drop("geometry", errors="ignore")]


def _unique(frame: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    ids = frame.index.astype(str)
    blank = frame.index.isna() | (ids.str.strip() == "")
    if blank.any():
        first, key = int(blank.argmax()) + 1, str(frame.index.name)
        wrong = text("row {row} has no {key}", row=first, key=key)
        remedy = text("give it one, or name another column with {key}", key=option("key"))
        raise LayerError(file, wrong, remedy)
    field, frame = frame.index.name, frame.set_axis(ids)
    if not ids.is_unique:
        twice = ids[ids.duplicated()]
        wrong = text(
            "field {field}: {value!r} stands {count} times",
            field=str(field),
            value=str(twice[0]),
            count=int((ids == twice[0]).sum()),
        )
        raise LayerError(file, wrong, _make_unique(frame, field))
    return frame


def _make_unique(frame: gpd.GeoDataFrame, field: Hashable) -> Text:
    """Say what to do where ids repeat; rows of points may be the corners of outlines."""
    if field != "id" and isinstance(frame, gpd.GeoDataFrame) and set(frame.geom_type) == {"Point"}:
        return text(
            "name another column with {key}; corners of an outline go into one row, as WKT",
            key=option("key"),
        )
    return text("make it unique, or name another column with {key}", key=option("key"))


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
        _require_labels(frame[key], text("column {key!r}", key=key), file, may_miss=True)


def _require_labels(
    labels: pd.Index | pd.Series, where: str, file: str, *, may_miss: bool = False
) -> None:
    """Refuse objects as ids, and what is missing unless it may be; rows count from 1."""
    for row, (label, missing) in enumerate(zip(labels, labels.isna(), strict=True), start=1):
        blank = isinstance(label, str) and not label.strip() and not may_miss
        if blank or (missing and not may_miss) or not (missing or isinstance(label, _LABELS)):
            kind = type(label).__name__
            wrong = text("{where} has no id in row {row}", where=where, row=row)
            if not (missing or blank):
                wrong = text(
                    "{where} holds a value of type {kind} in row {row}",
                    where=where,
                    kind=kind,
                    row=row,
                )
            raise LayerError(file, wrong, text("give text or whole numbers as ids"))
