"""The nearest of what is open today, then the nearer that opens later, with its year."""

from typing import Any

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import NOT_KNOWN, Catalog
from nmgeo.commands.near import TODAY, near
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang


def near_today(
    layer: str, catalog: Catalog, *, origin: Any = "edge", lang: Lang = "en"
) -> gpd.GeoDataFrame | None:
    """Measure to the nearest feature that is open today, and to a nearer one that opens later.

    Parameters
    ----------
    layer : str
        Name of a layer.
    catalog : Catalog
        From :func:`nmgeo.open_catalog`.
    origin : str
        Where distances begin, as for :func:`nmgeo.near`.
    lang : {"en", "tc", "sc"}
        Language of names and remarks.

    Returns
    -------
    GeoDataFrame or None
        As :func:`nmgeo.near`, with ``in_year`` ``today`` or the year in which the feature opens;
        one or two rows an outline, nearest open first. None if not both are in the layer, or if
        the status of a feature is not known on the day of the catalog.
    """
    features = read_layer(catalog, layer)
    is_open = features["status"] == "open"
    if (features["status"] == NOT_KNOWN).any():  # what is open cannot be told from what is not
        return None
    if not is_open.any() or not (features["opens"].notna() & ~is_open).any():
        return None
    now = near(catalog, layer, origin=origin, years=[TODAY], lang=lang)
    every = near(catalog, layer, origin=origin, lang=lang)
    later = every[every["nearest_opens"].notna()]
    later = later.assign(in_year=later["nearest_opens"].astype(str))
    keys = now["site_id"].astype(str) + "\n" + now["basis"].astype(str)
    place = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    rows = pd.concat([now, later[now.columns]], ignore_index=True)
    order = (rows["site_id"].astype(str) + "\n" + rows["basis"].astype(str)).map(place)
    found = rows.iloc[order.sort_values(kind="stable").index].reset_index(drop=True)
    found.attrs = now.attrs
    return gpd.GeoDataFrame(found)
