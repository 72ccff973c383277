"""Find the names of features in the columns of a file, and add the columns of every layer."""

from itertools import chain
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo.sources.value_types import text_column

_NAME_COLUMNS: Final = {  # what others call a name, in the order in which it is looked for
    "name_en": ("name_en", "name_eng", "english", "name:en", "name", "title", "名稱", "名称"),
    "name_tc": ("name_tc", "name_cht", "name_zh", "name_chi", "name_zh_hant", "name:zh", "名稱"),
    "name_sc": ("name_sc", "name_chs", "name_zh_hans", "名称"),
}
NAMING: Final = frozenset({"id", "site_id", *chain(*_NAME_COLUMNS.values())})
_OWN: Final = ("status", "opens", "geometry_status", "accuracy_m", "as_of", "source")
_TEXTS: Final = ("status", "geometry_status", "as_of", "source")


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
        added[name] = None if found is None else text_column(frame[found])
    if added["name_en"] is None:  # another name is better than an id
        named = [column for column in added.values() if column is not None]
        added["name_en"] = named[0] if named else frame.index.to_series()
    added |= {column: None for column in _OWN if column not in frame}
    added |= {column: text_column(frame[column]) for column in _TEXTS if column in frame}
    frame = frame.assign(**added)
    numbers = {c: pd.to_numeric(frame[c], errors="coerce") for c in ("opens", "accuracy_m")}
    return frame.assign(**numbers)
