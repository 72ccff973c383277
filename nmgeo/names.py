"""Names: what a feature is called in a language."""

import geopandas as gpd

from nmgeo.words import Lang


def named(frame: gpd.GeoDataFrame, lang: Lang) -> gpd.GeoDataFrame:
    """Add ``name`` in a language: English where there is none, the id where there is neither."""
    name = frame[f"name_{lang}"].astype(object)
    for other in (frame["name_en"].astype(object), frame.index.to_series()):
        name = name.where(name.notna() & (name != ""), other)
    return frame.assign(name=name)
