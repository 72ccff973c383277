"""Columns of a user's file that nmgeo reads in another way, as they stand in the file."""

import warnings
from typing import Final, TypeVar

import pandas as pd

from nmgeo.catalog import OwnFile
from nmgeo.errors import Notice
from nmgeo.sources.find import find_source
from nmgeo.sources.ids import index_features
from nmgeo.sources.own_layer import stated_fields
from nmgeo.sources.standard_columns import NAMES, find_names, in_file, is_same

_OPENS: Final = "opens"  # of which the year alone is read
_BASIS: Final = "basis"  # which is filled for measuring


_Frame = TypeVar("_Frame", bound=pd.DataFrame)


def with_own_columns(frame: _Frame, file: OwnFile) -> _Frame:
    """Return the features of a user's file with the columns that reading changed.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame, n rows
        Indexed by the ids of the file.
    file : OwnFile
        What they were read from.

    Returns
    -------
    DataFrame or GeoDataFrame, n rows
        A name or an ``opens`` of the file that is not in ``frame`` gets a column such as
        ``opens_in_file``; ``basis`` is blank where the file has none.
    """
    asked = [] if file.remark else _changed(file)
    if not asked:
        return frame
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # it was said when the file was read
        found = index_features(find_source(file).read(), file)
    own = pd.DataFrame(found).reindex(index=frame.index, columns=asked)
    others = [n for n in asked if n != _BASIS and not _is_held(own[n], frame)]
    kept = {in_file(n, frame.columns): own[n] for n in others}
    kept |= {n: own[n] for n in asked if n == _BASIS}
    return frame.assign(**kept)


def _changed(file: OwnFile) -> list[str]:
    """Return the columns in whose place others may stand: names, days of openings, bases."""
    fields = stated_fields(file)
    names = {*find_names(fields).values()} if file.name is None else {file.name}
    others = [n for n in ("name", *NAMES) if n in fields and names != {n}]
    return [*others, *(n for n in (_OPENS, _BASIS) if n in fields)]


def _is_held(column: pd.Series, frame: pd.DataFrame) -> bool:
    """Tell whether a frame says in a column of that name, or in its ids, what the file does."""
    told = column.dropna()
    held = frame[str(column.name)] if column.name in frame else frame.index.to_series()
    return is_same(told, held.loc[told.index])
