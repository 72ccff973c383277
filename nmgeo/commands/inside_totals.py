"""The land of a site inside a layer as a whole, where several of its features lie there."""

from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog
from nmgeo.commands.inputs import open_inputs
from nmgeo.measures.overlaps import covered_area
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.layers import read_layer

_MEASURED: Final = ["inside_ha", "low_ha", "high_ha", "added_ha", "accuracy_m"]


def inside_totals(rows: gpd.GeoDataFrame, layer: str, catalog: Catalog) -> pd.DataFrame:
    """Measure for each outline that lies in several features of a layer the land in all of them.

    Parameters
    ----------
    rows : GeoDataFrame
        From :func:`nmgeo.inside`.
    layer : str
        The layer, as it was given.
    catalog : Catalog
        That was measured.

    Returns
    -------
    DataFrame
        A row for each outline, in the order of ``rows``: its ids and name, ``inside_ha``, in which
        land where features overlap counts once, its range ``low_ha`` to ``high_ha`` with what may
        lie inside, ``added_ha``, what its rows add up to, and their worst ``accuracy_m``.
    """
    keys = ["site_id", "basis"]
    several = rows[rows["inside_ha"] > 0]
    several = several[several.duplicated(keys, keep=False)]
    if several.empty:
        return pd.DataFrame(columns=[*OUTLINE_COLUMNS, *_MEASURED])
    here, names = open_inputs({"catalog": catalog}, layer=layer)
    features = read_layer(here, names["layer"])
    every = rows.groupby(keys, sort=False)["feature_id"].agg(list)
    outlines = several.drop_duplicates(keys).set_index(keys, drop=False)
    found: pd.DataFrame = pd.concat(
        covered_area(
            outlines.loc[[key]].assign(accuracy_m=outlines.loc[[key], "site_accuracy_m"]),
            features.loc[every[key]],
        )
        for key in outlines.index
    )
    by_outline = several.groupby(keys, sort=False)
    found = found.assign(added_ha=by_outline["inside_ha"].sum())
    found = found.assign(accuracy_m=by_outline["accuracy_m"].max())
    table: pd.DataFrame = outlines[OUTLINE_COLUMNS].join(found[_MEASURED])
    return table.reset_index(drop=True)
