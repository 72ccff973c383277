"""Rows without measures, for sites that a command cannot measure."""

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.records.sites import OUTLINE_COLUMNS


def with_blank_rows(
    rows: pd.DataFrame, outlines: gpd.GeoDataFrame, *, at_end: bool = False, **same: object
) -> pd.DataFrame:
    """Add a row without measures for each outline that has none, in its place.

    Parameters
    ----------
    rows : DataFrame or GeoDataFrame
        The rows of a command, indexed by outline.
    outlines : GeoDataFrame
        All outlines; a geometry may be missing.
    at_end : bool
        The rows are sorted in another way than the outlines; what is added comes last.
    **same
        What stands in every row, by column.

    Returns
    -------
    DataFrame or GeoDataFrame
        In the order of the outlines.
    """
    found = rows.index.unique().get_indexer(outlines.index) >= 0
    if found.all():
        return rows
    left = outlines[~found]
    known = pd.DataFrame(left[OUTLINE_COLUMNS].assign(**same, site_accuracy_m=left["accuracy_m"]))
    blank = known.reindex(columns=rows.columns.drop("geometry", errors="ignore"))
    if isinstance(rows, gpd.GeoDataFrame):
        blank = gpd.GeoDataFrame(blank, geometry=crs.transform(left.geometry, rows.crs))
    counts = rows.select_dtypes("int").columns  # they stay whole numbers beside an empty cell
    every = pd.concat([rows.astype(dict.fromkeys(counts, "Int64")), blank])
    for name in rows:
        if pd.api.types.is_object_dtype(rows[name]):
            every[name] = every[name].where(every[name].notna(), None)
    every.attrs |= rows.attrs
    if at_end:
        return every
    return every.iloc[np.argsort(outlines.index.get_indexer(every.index), kind="stable")]
