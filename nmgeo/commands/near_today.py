"""The nearest of what is open today, then the nearer that opens later, with its year."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import NOT_KNOWN, Catalog
from nmgeo.commands.near import TODAY, near
from nmgeo.sources.layers import read_layer
from nmgeo.sources.opening import are_open
from nmgeo.translations import Lang, separator, translate


def near_today(
    layer: str,
    catalog: Catalog,
    *,
    origin: Any = "edge",
    nearest_first: bool = False,
    lang: Lang = "en",
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
    nearest_first : bool
        Sort the outlines by their distance to what is open, instead of leaving them in their order.
    lang : {"en", "tc", "sc"}
        Language of names and remarks.

    Returns
    -------
    GeoDataFrame or None
        As :func:`nmgeo.near`, with ``in_year`` ``today`` or the year in which the feature opens;
        one or two rows an outline, the open one first; what was stated after the day of the
        catalog is ``not_known``. None if not both are in the layer.
    """
    on_day = read_layer(catalog, layer)["status"]
    catalog = replace(catalog, known_on=None)
    features = read_layer(catalog, layer)
    is_open = are_open(features["status"])
    if not is_open.any() or not (features["opens"].notna() & ~is_open).any():
        return None
    how: Any = {"origin": origin, "nearest_first": nearest_first, "lang": lang}
    now = near(catalog, layer, years=[TODAY], **how)
    every = near(catalog, layer, **how)
    later = every[every["nearest_opens"].notna()]
    later = later.assign(in_year=later["nearest_opens"].astype("Int64").astype(str))
    keys = now["site_id"].astype(str) + "\n" + now["basis"].astype(str)
    place = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    rows = pd.concat([now, later[now.columns]], ignore_index=True)
    order = (rows["site_id"].astype(str) + "\n" + rows["basis"].astype(str)).map(place)
    found = rows.iloc[order.sort_values(kind="stable").index].reset_index(drop=True)
    found = _of_day(found, on_day, lang)
    found.attrs = now.attrs
    return gpd.GeoDataFrame(found)


def _of_day(rows: pd.DataFrame, on_day: pd.Series, lang: Lang) -> pd.DataFrame:
    """Take out what was stated of features after the day, and years that ``in_year`` says."""
    unknown = rows["nearest_id"].map(on_day) == NOT_KNOWN
    between, opens = separator("semicolon", lang), translate("phrase", "opens_in", lang)
    said = [
        between.join(part for part in str(remark).split(between) if part != opens.format(year=year))
        for remark, year in zip(rows["remark"].fillna(""), rows["nearest_opens"], strict=True)
    ]
    return rows.assign(
        nearest_status=rows["nearest_status"].mask(unknown, NOT_KNOWN),
        nearest_opens=rows["nearest_opens"].mask(unknown),
        in_year=rows["in_year"].mask(unknown),
        remark=said,
    )
