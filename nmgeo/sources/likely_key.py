"""The column of a file that likely holds the ids of its features, where they have none."""

import re
import warnings
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import OwnFile
from nmgeo.errors import Notice
from nmgeo.sources.find import find_source
from nmgeo.sources.gdal import local_drivers_only
from nmgeo.sources.ids import index_features
from nmgeo.sources.standard_columns import add_standard_columns, name_by

_HEAD: Final = 10_000  # features that are looked at
_LIKELY: Final = re.compile(
    r"(^|[_ ])(id|uid|key|ref|code|no|num|number|lot|parcel|prn)$|[編编][號号]|地段",
    re.IGNORECASE,
)


def find_likely_key(file: OwnFile) -> str | None:
    """Return the column that may be the key of a file whose features have row numbers alone.

    Parameters
    ----------
    file : OwnFile
        A file of sites.

    Returns
    -------
    str or None
        The first column whose name says id, number or lot, and whose first values are there and
        all differ. None if there is none, if a key was named, or if the features have ids or names.
    """
    if file.key is not None or file.given is not None:
        return None
    frame = add_standard_columns(name_by(index_features(_head(file), file), file))
    return None if _are_called(frame) else next(iter(_candidates(frame)), None)


def _head(file: OwnFile) -> gpd.GeoDataFrame:
    """Read the first features, of which what the file is like was said when it was measured."""
    with local_drivers_only(), warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        return find_source(file).read(first=_HEAD)


def _are_called(frame: gpd.GeoDataFrame) -> bool:
    """Tell whether the features have ids or names that are more than row numbers."""
    ids = frame.index.to_series()
    named = frame["name_en"].fillna(ids).astype(str).ne(ids).any()
    return bool(named) or "site_id" in frame or not _are_numbers(ids)


def _are_numbers(column: pd.Series) -> bool:
    numbers = [[str(row + start) for row in range(len(column))] for start in (0, 1)]
    return column.astype(str).tolist() in numbers


def _candidates(frame: gpd.GeoDataFrame) -> list[str]:
    told = frame.drop(columns="geometry")
    likely = [told[name] for name in told if _LIKELY.search(str(name))]
    filled = [column for column in likely if column.notna().all() and column.is_unique]
    return [str(column.name) for column in filled if not _are_numbers(column)]
