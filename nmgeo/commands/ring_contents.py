"""Contents: what of a layer lies in each ring, by category."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.measures import distances
from nmgeo.measures.area_by_class import NOISE_HA, OVERLAPS, REMAINDER, SLIVERS
from nmgeo.measures.fast import kernels
from nmgeo.sources.geometry_kinds import are_polygons
from nmgeo.sources.opening import are_open
from nmgeo.units import M2_PER_HECTARE

_LINES = ("LineString", "MultiLineString")
_KEYS = ["ring", "category"]
_MOST_PAIRS: Final = 1_000_000
_SHARED: Final = 16  # distances; of more, each is that of few sites


def features_in_rings(
    sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, rings: gpd.GeoDataFrame, *, flat: bool
) -> pd.DataFrame:
    """List the features that lie in each ring.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and m rows, any CRS
        What the rings are round, and what may lie in them.
    rings : GeoDataFrame, k rows, any CRS
        With ``outline_id``, ``from_m`` and ``to_m``.
    flat : bool
        Whether rings round lines end square, so that a distance does not say what is in them.

    Returns
    -------
    DataFrame
        ``ring`` and ``feature_id``, from the indexes of ``rings`` and ``others``.

    Source
    ------
    By distance, not by polygon, which lies inside the true ring and misses some: what is no
    further than an edge, give :data:`nmgeo.crs.NOISE_M`, is within it, and in the ring of the first
    edge that it is within. Setbacks and square ends go by polygon.
    """
    by_shape = _by_shape(sites, rings, flat=flat)
    edges = rings.loc[~by_shape, ["outline_id", "from_m", "to_m"]]
    gaps = distances.pairs_within(sites, others, max(edges["to_m"], default=0.0))
    found = edges.rename_axis("ring").reset_index().merge(gaps, on="outline_id")
    gap_m = found["gap_m"] - crs.NOISE_M
    beyond = (gap_m > found["from_m"]) | (found["from_m"] == 0)
    near = found.loc[beyond & (gap_m <= found["to_m"]), ["ring", "feature_id"]]
    rows, hits = _meeting(rings[by_shape], others)
    ids = {"ring": rings.index[by_shape][rows], "feature_id": others.index[hits]}
    every: pd.DataFrame = pd.concat([near, pd.DataFrame(ids)], ignore_index=True)
    return every


def count_features(
    sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, rings: gpd.GeoDataFrame, *, flat: bool
) -> pd.Series:
    """Count the features that lie in each ring, as :func:`features_in_rings` lists them.

    Parameters
    ----------
    sites, others, rings, flat
        As for :func:`features_in_rings`.

    Returns
    -------
    Series, k rows, int64, >= 0
        On the index of ``rings``.

    Source
    ------
    What is within the outer edge less what is within the inner: no pair is listed, so that a
    million features are counted in bounded memory.
    """
    by_shape = _by_shape(sites, rings, flat=flat)
    reaches = np.unique(rings.loc[~by_shape, ["from_m", "to_m"]])
    if by_shape.any() or len(reaches) > _SHARED:
        ringed = features_in_rings(sites, others, rings, flat=flat)["ring"]
        return ringed.value_counts().reindex(rings.index, fill_value=0)
    here, there = crs.to_hk80(sites).to_numpy(), crs.to_hk80(others).to_numpy()
    found = kernels.within_counts(here, there, reaches + crs.NOISE_M)
    rows = sites.index.get_indexer(rings["outline_id"])
    counts = counts_in_rings(found, reaches, rows, rings["from_m"], rings["to_m"])
    return pd.Series(counts, index=rings.index)


def undecided_count(sites: gpd.GeoDataFrame, others: gpd.GeoDataFrame, rings: pd.DataFrame) -> int:
    """Count for how many features the accuracies leave undecided whether they lie in a ring.

    Parameters
    ----------
    sites, others : GeoDataFrame, n and m rows, any CRS
        With ``accuracy_m`` in metres; one that is missing counts as 0.
    rings : DataFrame, k rows
        With ``outline_id``, ``from_m`` and ``to_m``; setbacks are left out.

    Returns
    -------
    int
        A feature counts once for each ring; 0 of so many features that it would take long.
    """
    outer = rings.loc[rings["to_m"] > 0, ["outline_id", "from_m", "to_m"]]
    if outer.empty or others.empty or len(sites) * len(others) > _MOST_PAIRS:
        return 0
    here, there = (frame["accuracy_m"].astype(float).fillna(0.0) for frame in (sites, others))
    gaps = distances.pairs_within(sites, others, outer["to_m"].max() + here.max() + there.max())
    found = outer.merge(gaps, on="outline_id")
    if found.empty:
        return 0
    error_m = found["outline_id"].map(here) + found["feature_id"].map(there)
    gap_m, is_first = found["gap_m"] - crs.NOISE_M, found["from_m"] == 0
    inner, edge = found["from_m"], found["to_m"]
    may = (gap_m <= edge + error_m) & ((gap_m > inner - error_m) | is_first)
    must = (gap_m <= edge - error_m) & ((gap_m > inner + error_m) | is_first)
    return int((may & ~must).sum())


def counts_in_rings(found: Any, reaches: Any, rows: Any, from_m: Any, to_m: Any) -> Any:
    """Count what lies in rings, from counts of what lies within distances.

    Parameters
    ----------
    found : array of int, n x d
        How many features are within each distance of each site.
    reaches : array of float, d, metres, ascending
        The distances.
    rows, from_m, to_m : arrays of shapes that broadcast
        The site of each ring, and its edges, which are among the distances.

    Returns
    -------
    array of int, of their shape
        The first ring holds what lies in the site itself.
    """
    outer, inner = (np.searchsorted(reaches, edges) for edges in (to_m, from_m))
    within = found[rows, outer]
    is_ring = reaches[inner] != 0
    return within - np.where(is_ring, found[rows, inner], 0) if is_ring.any() else within


def counted_features(others: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return the features of a layer that are counted, by the ending of their column."""
    found = {"count": others}
    if others["status"].notna().any():
        found["open_count"] = others[are_open(others["status"])]
    return found


def _by_shape(sites: gpd.GeoDataFrame, rings: pd.DataFrame, *, flat: bool) -> pd.Series:
    """Tell where a distance does not say what is in a ring."""
    square = set(sites.index[sites.geom_type.isin(_LINES)]) if flat else ()
    return (rings["to_m"] < 0) | rings["outline_id"].isin(square)


def measure_contents(
    rings: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    categories: pd.Series,
    *,
    rest: bool,
    least_ha: float,
) -> pd.DataFrame:
    """Measure what lies in each ring, by category.

    Parameters
    ----------
    rings : GeoDataFrame, k rows, any CRS
        Polygons with ``area_ha``; lengths and areas are as exact as they were drawn.
    others : GeoDataFrame, m rows, any CRS
        Points, lines or polygons.
    pairs : DataFrame
        From :func:`features_in_rings`.
    categories : Series of str
        Of each feature, on the index of ``others``.
    rest : bool
        Whether rows of polygons add up to the ring: after its categories come ``overlaps`` of
        them (below 0), if there are any, and the ``remainder``, which no polygon covers.
    least_ha : float
        Classes of polygons with less land in a ring are added up in one row ``slivers``.

    Returns
    -------
    DataFrame, at least k rows
        On the index of ``rings``: ``category``, ``inside_count`` (features of which at least a
        piece lies in the ring, so that one may count in several) and, where the layer has such,
        ``inside_m`` of lines (metres) and ``inside_ha`` of polygons (hectares, each piece of land
        once in a category). Shares are 0 to 1: of polygons ``inside_share``, of the land of the
        ring; else ``mix_share``, of all that the layer has in the ring, by length or by count;
        missing of nothing. A ring that holds nothing has one row without a category.

    Source
    ------
    Intersection by GEOS in EPSG:2326.
    """
    pieces = _pieces(rings, others, categories)
    met = pieces.groupby(_KEYS)
    some = pieces.loc[pieces["some"], ["ring", "feature_id"]]
    every = pd.concat([pairs, some]).drop_duplicates()
    sorts = every.assign(category=categories.loc[every["feature_id"]].to_numpy())
    columns = {"inside_count": sorts.groupby(_KEYS).size()}
    if others.geom_type.isin(_LINES).any():
        columns["inside_m"] = met["length"].sum()
    if are_polygons(others).any():
        columns["inside_ha"] = met["piece"].agg(_land_ha)
    found = pd.DataFrame(columns).rename_axis(_KEYS).fillna(0.0)
    found = found[(found > 0).any(axis=1)].reset_index("category")
    adds_up = rest and "inside_ha" in columns
    if adds_up:
        rest_rows = _rest(rings, pieces, found)
        found = pd.concat([*_with_slivers(found, least_ha), *rest_rows])
    measure = found[found.columns[-1]]
    share, whole = "mix_share", measure.groupby(level=0).sum()
    if "inside_ha" in columns:
        share, whole = "inside_share", pd.Series(crs.to_hk80(rings).area / M2_PER_HECTARE)
    table = pd.DataFrame(index=rings.index).join(found)
    if not adds_up:
        table = table.fillna(dict.fromkeys(columns, 0.0))
    table[share] = table[measure.name] / whole.reindex(table.index).to_numpy()
    return table.astype({"inside_count": "Int64" if adds_up else int})


def _with_slivers(found: pd.DataFrame, least_ha: float) -> Iterator[pd.DataFrame]:
    """Yield the categories of each ring that are large enough, then the sum of the others."""
    is_small = found["inside_ha"] < least_ha
    yield found[~is_small]
    small = found[is_small].drop(columns="category").groupby(level=0).sum()
    yield small.assign(category=SLIVERS)


def _rest(
    rings: gpd.GeoDataFrame, pieces: pd.DataFrame, found: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    """Yield rows that make the categories of each ring add up to it."""
    land_ha = pieces.groupby("ring")["piece"].agg(_land_ha).reindex(rings.index, fill_value=0.0)
    sum_ha = found["inside_ha"].groupby(level=0).sum().reindex(rings.index, fill_value=0.0)
    double_ha = (sum_ha - land_ha)[sum_ha - land_ha > NOISE_HA]
    yield _rows_of(OVERLAPS, -double_ha)
    yield _rows_of(REMAINDER, (rings["area_ha"] - land_ha).clip(lower=0.0))


def _rows_of(category: str, inside_ha: pd.Series) -> pd.DataFrame:
    cells = {"category": category, "inside_count": pd.NA, "inside_ha": inside_ha}
    return pd.DataFrame(cells, index=inside_ha.index)


def _pieces(
    rings: gpd.GeoDataFrame, others: gpd.GeoDataFrame, categories: pd.Series
) -> pd.DataFrame:
    rows, hits = _meeting(rings, others)
    here, there = crs.to_hk80(rings).to_numpy()[rows], crs.to_hk80(others).to_numpy()[hits]
    pieces = shapely.intersection(here, there)
    lines = others.geom_type.isin(_LINES).to_numpy()[hits]
    lengths, land_m2 = shapely.length(pieces), shapely.area(pieces)
    return pd.DataFrame(
        {
            "ring": rings.index[rows],
            "feature_id": others.index[hits],
            "category": categories.to_numpy()[hits],
            "some": np.where(lines, lengths > crs.NOISE_M, land_m2 > crs.NOISE_M),
            "length": lengths * lines,
            "piece": pieces,
        }
    )


def _land_ha(pieces: Iterable[shapely.Geometry]) -> float:
    return float(shapely.union_all(list(pieces)).area / M2_PER_HECTARE)


def _meeting(rings: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of rings and of features that meet."""
    tree = shapely.STRtree(crs.to_hk80(others).to_numpy())
    rows, hits = tree.query(crs.to_hk80(rings).to_numpy(), predicate="intersects")
    return rows, hits
