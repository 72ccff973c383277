"""Area by class: how much of each site each class of a layer covers, in rows that add up."""

from collections.abc import Iterator
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures.areas import area_ha
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.measures.overlaps import covered_area

SLIVERS: Final = "slivers"
OVERLAPS: Final = "overlaps"
REMAINDER: Final = "remainder"
_HECTARES: Final = ["inside_ha", "low_ha", "high_ha"]
NOISE_HA: Final = 1e-6  # 100 square centimetres, which rounding leaves


def area_by_class(
    sites: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    classes: pd.Series,
    *,
    least_ha: float,
) -> pd.DataFrame:
    """Area in hectares of each site in each class of ``others``, with its range.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and k rows, polygons, any CRS
        With ``accuracy_m``, metres; left as they are.
    classes : Series of str
        On the index of ``others``.
    least_ha : float
        Classes with less land in a site are added up in one row.

    Returns
    -------
    DataFrame, at least n rows
        ``outline_id``, ``category``, ``inside_count`` (features), ``inside_ha`` and its range
        ``low_ha`` to ``high_ha`` (hectares), ``inside_share`` (of the site, 0 to 1), and
        ``feature_accuracy_m``, the worst of the class, or of all that a sum is made of. By site;
        its classes from the largest; then ``slivers``, ``overlaps`` (land that lies in several
        classes, below 0) and ``remainder``. The rows of a site add up to its area.

    Source
    ------
    As :func:`nmgeo.measures.overlaps.covered_area`, for the land of each class and of all.
    """
    near, counts = _near(sites, others, classes)
    every = covered_area(sites, near)
    found = [_of_class(sites, near, classes, name) for name in counts.columns]
    rows = pd.concat([*found, _empty()])
    rows = rows[rows[["inside_ha", "high_ha"]].max(axis=1) > NOISE_HA]
    at = (
        counts.index.get_indexer(rows.index),
        counts.columns.get_indexer(pd.Index(rows["category"])),
    )
    rows = rows.assign(inside_count=counts.to_numpy()[at])
    table = pd.concat(_rows_by_site(rows, every, least_ha)).rename_axis("outline_id")
    share = table["inside_ha"] / area_ha(sites).reindex(table.index)
    return table.assign(inside_share=share).astype({"inside_count": "Int64"}).reset_index()


def _empty() -> pd.DataFrame:
    return pd.DataFrame(
        {"category": [], **{name: np.empty(0) for name in (*_HECTARES, "feature_accuracy_m")}}
    )


def _near(
    sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, classes: pd.Series
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the features that may lie in a site, and how many of each class meet each site."""
    reach_m = known_error_m(*(frame["accuracy_m"].astype(float).max() for frame in (sites, others)))
    here, there = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    tree = shapely.STRtree(there)
    reach_m = float(np.nan_to_num(reach_m))
    hits = np.unique(tree.query(here, predicate="dwithin", distance=reach_m)[1])
    rows, met = tree.query(here, predicate="intersects")
    touching = shapely.area(shapely.intersection(here[rows], there[met])) > 0
    counts = pd.crosstab(
        pd.Categorical(sites.index[rows[touching]], categories=sites.index),
        classes.to_numpy()[met[touching]],
        dropna=False,
    )
    names = sorted({*classes.to_numpy()[hits]})
    return others.iloc[hits], counts.reindex(index=sites.index, columns=names, fill_value=0)


def _of_class(
    sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, classes: pd.Series, name: str
) -> pd.DataFrame:
    """Measure the land of one class in each site."""
    chosen = others[(classes.reindex(others.index) == name).to_numpy()]
    worst = chosen["accuracy_m"].astype(float).max(skipna=False)
    return covered_area(sites, chosen)[_HECTARES].assign(category=name, feature_accuracy_m=worst)


def _rows_by_site(
    rows: pd.DataFrame, every: pd.DataFrame, least_ha: float
) -> Iterator[pd.DataFrame]:
    for site in every.index:
        classes = rows.loc[[site]] if site in rows.index else rows[:0]
        yield from _with_rest(classes, every.loc[[site]], least_ha)


def _with_rest(
    classes: pd.DataFrame, every: pd.DataFrame, least_ha: float
) -> Iterator[pd.DataFrame]:
    """Yield the classes of one site, then what makes them add up to it."""
    large = classes["inside_ha"] >= least_ha
    yield classes[large].sort_values("inside_ha", ascending=False, kind="stable")
    small, whole = classes[~large], every[_HECTARES]
    worst = classes["feature_accuracy_m"].max()
    if len(small):
        count, land = small["inside_count"].sum(), small["inside_ha"].sum()
        yield _row(every.index, SLIVERS, land, worst).assign(inside_count=count)
    double = classes["inside_ha"].sum() - whole["inside_ha"].iloc[0]
    if double > NOISE_HA:
        yield _row(every.index, OVERLAPS, -double, worst)
    names = {"free_ha": "inside_ha", "free_low_ha": "low_ha", "free_high_ha": "high_ha"}
    rest = every[list(names)].rename(columns=names)
    yield rest.assign(category=REMAINDER, feature_accuracy_m=worst)


def _row(index: pd.Index, category: str, inside_ha: float, accuracy_m: float) -> pd.DataFrame:
    cells = {"category": category, "inside_ha": inside_ha, "feature_accuracy_m": accuracy_m}
    return pd.DataFrame(cells, index=index)
