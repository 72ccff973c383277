"""Columns of a user's file that nmgeo reads in another way, as they stand in the file."""

import warnings
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import OwnFile
from nmgeo.errors import Notice
from nmgeo.sources.find import find_source
from nmgeo.sources.ids import index_features
from nmgeo.sources.own_layer import stated_fields
from nmgeo.sources.standard_columns import NAMES, find_names, in_file, is_same

_OPENS: Final = "opens"  # of which the year alone is read


def with_own_columns(frame: gpd.GeoDataFrame, file: OwnFile) -> gpd.GeoDataFrame:
    """Return the features of a user's file with the columns that reading changed.

    Parameters
    ----------
    frame : GeoDataFrame, n rows
        Indexed by the ids of the file.
    file : OwnFile
        What they were read from.

    Returns
    -------
    GeoDataFrame, n rows
        A name or an ``opens`` of the file that is not in ``frame`` gets a column such as
        ``opens_in_file``.
    """
    asked = [] if file.remark else _changed(file)
    if not asked:
        return frame
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # it was said when the file was read
        found = index_features(find_source(file).read(), file)
    own = pd.DataFrame(found).reindex(index=frame.index, columns=asked)
    lost = {in_file(n, frame.columns): own[n] for n in asked if not _is_held(own[n], frame)}
    kept: gpd.GeoDataFrame = frame.assign(**lost)
    return kept


def _changed(file: OwnFile) -> list[str]:
    """Return the columns in whose place others may stand: names, and the day of an opening."""
    fields = stated_fields(file)
    names = {*find_names(fields).values()} if file.name is None else {file.name}
    others = [n for n in ("name", *NAMES) if n in fields and names != {n}]
    return [*others, *(n for n in (_OPENS,) if n in fields)]


def _is_held(column: pd.Series, frame: gpd.GeoDataFrame) -> bool:
    """Tell whether a frame says in a column of that name, or in its ids, what the file does."""
    told = column.dropna()
    held = frame[str(column.name)] if column.name in frame else frame.index.to_series()
    return is_same(told, held.loc[told.index])
