"""The land of a site inside a layer as a whole, where several of its features lie there."""

import geopandas as gpd
import pandas as pd

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.commands.inputs import open_inputs
from nmgeo.measures.overlaps import together_ha
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.layers import read_layer


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
        A row for each outline, in the order of ``rows``: its ids and name, ``once_ha``, in which
        land where features overlap counts once, and ``added_ha``, what its rows add up to.
    """
    several = rows[rows["inside_ha"] > 0]
    several = several[several.duplicated(["site_id", "basis"], keep=False)]
    if several.empty:
        return pd.DataFrame(columns=[*OUTLINE_COLUMNS, "once_ha", "added_ha"])
    here, names = open_inputs({"catalog": catalog}, layer=layer)
    shapes = crs.to_hk80(read_layer(here, names["layer"]))
    placed = several.assign(outline=crs.to_hk80(several).to_numpy())
    outlines = placed.groupby(["site_id", "basis"], sort=False)
    found: pd.DataFrame = outlines[OUTLINE_COLUMNS].first().reset_index(drop=True)
    once = [
        together_ha(own["outline"].iloc[0], shapes.loc[own["feature_id"]].to_numpy())
        for _, own in outlines
    ]
    return found.assign(once_ha=once, added_ha=outlines["inside_ha"].sum().to_numpy())
