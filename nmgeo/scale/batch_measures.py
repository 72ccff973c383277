"""Batch measures: what is measured of each site of a large file, prepared once for all batches.

It can be sent to another process, and no row that it gives depends on the rest of the batch.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.catalog import OPEN, Catalog, open_catalog
from nmgeo.errors import UsageError
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.measures.fast import kernels
from nmgeo.measures.fast.spatial_index import Floats, Geometries, Positions
from nmgeo.names import add_names
from nmgeo.sources.layers import open_features, read_layer
from nmgeo.sources.repair_geometry import repair_geometry, require_polygons, require_window
from nmgeo.translations import Lang
from nmgeo.units import M2_PER_HECTARE, metres

FAST: Final = find_spec("numba") is not None  # for all batches or none, so that rows agree
_PLACES: Final = 6  # of a distance of rings, in metres: what is finer is none of its digits
_SHARES: Final = 8  # of a batch, so that no core waits for long


class BatchMeasure(Protocol):
    """What can be measured batch by batch."""

    def __call__(self, shapes: Geometries) -> pa.Table:
        """Measure n geometries in :data:`nmgeo.crs.HK80`, none missing or empty: n rows."""


@dataclass(frozen=True)
class Nearest:
    """Measures ``nearest_id``, ``nearest_name``, ``nearest_m``, ``nearest_accuracy_m``."""

    shapes: Geometries
    ids: list[str]
    names: list[str]
    accuracy_m: list[float | None]
    fast: bool = FAST

    def __call__(self, shapes: Geometries) -> pa.Table:
        """Measure, edge to edge; of several at the same distance the first is taken."""
        found, gaps = kernels.nearest(shapes, self.shapes, fast=self.fast)
        rows = pa.array(found, mask=found < 0)
        return pa.table(
            {
                "nearest_id": pa.array(self.ids, pa.string()).take(rows),
                "nearest_name": pa.array(self.names, pa.string()).take(rows),
                "nearest_m": pa.array(gaps, from_pandas=True),
                "nearest_accuracy_m": pa.array(self.accuracy_m, pa.float64()).take(rows),
            }
        )


@dataclass(frozen=True)
class Counts:
    """Counts the features of layers in rings, in columns such as ``stations_500m_count``."""

    layers: dict[str, Geometries]
    reaches_m: list[float]
    cumulative: bool

    def __call__(self, shapes: Geometries) -> pa.Table:
        """Count by distance, edge to edge; a ring is without the one before, unless cumulative."""
        columns = {}
        for name, others in self.layers.items():
            counts = _within(shapes, others, np.add(self.reaches_m, crs.NOISE_M))
            if not self.cumulative:
                counts = np.diff(counts, axis=1, prepend=0)
            for reach, column in zip(self.reaches_m, counts.T, strict=True):
                digits = np.format_float_positional(reach, trim="-")
                columns[f"{name}_{digits}m_count"] = pa.array(column)
        return pa.table(columns)


@dataclass(frozen=True)
class Inside:
    """Measures ``inside_ha`` and ``inside_share`` of polygons in a union of polygons."""

    shapes: Geometries  # that one

    def __call__(self, shapes: Geometries) -> pa.Table:
        """Measure how much of each polygon lies inside."""
        shares = kernels.inside_shares(shapes, self.shapes)
        hectares = shares * shapely.area(shapes) / M2_PER_HECTARE
        return pa.table({"inside_ha": hectares, "inside_share": shares})


def near_batches(
    layer: str, catalog: Catalog | None = None, *, open_only: bool = False, lang: Lang = "en"
) -> Nearest:
    """Prepare to measure from the edge of every site to the nearest feature of a layer.

    Parameters
    ----------
    layer : str
        A layer of the catalog.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    open_only : bool
        Leave out features that are planned or being built.
    lang : {"en", "tc", "sc"}
        Language of the names.

    Returns
    -------
    Nearest
        For :func:`nmgeo.stream`: ``nearest_id``, ``nearest_name``, ``nearest_m`` (metres) and
        ``nearest_accuracy_m`` (how far the feature may be from where it is drawn, metres); all
        missing where a site has no geometry or the layer no feature.

    Raises
    ------
    UnknownLayerError, LayerError, UsageError
        If there is no such layer, its file is broken, or it does not say what is open.

    Source
    ------
    As :func:`nmgeo.measures.fast.kernels.nearest`, in EPSG:2326.
    """
    others = add_names(read_layer(catalog or open_catalog(), layer), lang)
    if open_only:
        others = open_features(others, layer)
    accuracy = pa.array(_metres(others["accuracy_m"]), from_pandas=True)
    names = others["name"].astype(str).to_list()
    return Nearest(_on_grid(others), others.index.to_list(), names, accuracy.to_pylist())


def rings_batches(
    at: Sequence[str],
    catalog: Catalog | None = None,
    *,
    cumulative: bool = False,
    count: Sequence[str],
) -> Counts:
    """Prepare to count what lies within distances of every site.

    Parameters
    ----------
    at : sequence of str
        Distances from the edge: ``["500m", "1km"]``.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    cumulative : bool
        Every ring from 0, instead of from the distance before.
    count : sequence of str
        The layers whose features are counted, besides the user's own.

    Returns
    -------
    Counts
        For :func:`nmgeo.stream`: for each layer and distance such as 500 m one column
        ``<layer>_500m_count``, and ``<layer>_open_500m_count`` of those open if the layer says
        what is; missing where a site has no geometry.

    Raises
    ------
    UsageError, UnitError, UnknownLayerError, LayerError
        If there is no distance, it is none, or there is no such layer, or its file is broken.

    Source
    ------
    ``dwithin`` of GEOS in EPSG:2326, as :func:`nmgeo.measures.distances.pairs_within`.
    """
    here = catalog or open_catalog()
    reaches = sorted({round(metres(text), _PLACES) for text in at})
    if not reaches or reaches[0] <= 0:
        raise UsageError("--at", "a ring needs a distance of more than 0", "write --at 500m")
    layers = {}
    for name in dict.fromkeys((*count, *here.own_layers)):
        others = read_layer(here, name)
        layers[name] = _on_grid(others)
        if others["status"].notna().any():
            layers[f"{name}{OPEN}"] = _on_grid(others[others["status"] == "open"])
    return Counts(layers, reaches, cumulative)


def inside_batches(layer: str, catalog: Catalog | None = None) -> Inside:
    """Prepare to measure how much of every site lies inside the polygons of a layer.

    Parameters
    ----------
    layer : str
        A layer of the catalog.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.

    Returns
    -------
    Inside
        For :func:`nmgeo.stream`: ``inside_ha`` (hectares) and ``inside_share`` (of the site, 0 to
        1), land in several polygons counted once; missing where a site has no geometry.

    Raises
    ------
    UnknownLayerError, LayerError
        If there is no such layer, its file is broken, or it has no area.

    Source
    ------
    As :func:`nmgeo.measures.fast.kernels.inside_shares`, in EPSG:2326.
    """
    others = read_layer(catalog or open_catalog(), layer)
    require_polygons(others, f"layer {layer!r}")
    return Inside(np.array([shapely.union_all(_on_grid(others))]))


def measure_batch(
    frame: gpd.GeoDataFrame, measure: BatchMeasure, file: str, *, strict: bool = False
) -> pa.Table:
    """Measure one batch of sites: the same rows whatever the batches, and wherever it runs.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, any CRS
        Indexed by id; left as it is.
    measure : BatchMeasure
        What is measured.
    file : str
        What to call the batch in a message.
    strict : bool
        Refuse a site without geometry, or with an invalid one.

    Returns
    -------
    Table, n rows
        The columns of the measure, missing where the geometry is missing or empty; with a
        distance also its ``accuracy_m``: those of both ends added, or the one that is known, so
        that it may be further out.

    Raises
    ------
    LayerError
        If a geometry cannot be measured, or lies outside Hong Kong's window.

    Warns
    -----
    Notice
        What was repaired.
    """
    shapes = frame.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    present = repair_geometry(frame if strict else frame[there], file, strict=strict)
    grid = crs.to_hk80(present)
    require_window(grid, file)
    if isinstance(measure, Inside):
        require_polygons(present, file)
    rows = measure(grid.to_numpy())
    if not there.all():
        rows = rows.take(pa.array(np.cumsum(there) - 1, mask=~there))
    if "nearest_accuracy_m" in rows.column_names:
        own = _metres(frame.get("accuracy_m", pd.Series(index=frame.index, dtype=float)))
        out = known_error_m(own, rows["nearest_accuracy_m"].to_pandas())
        rows = rows.append_column("accuracy_m", pa.array(out, from_pandas=True))
    return rows


def _metres(column: pd.Series) -> Floats:
    """Return what a column of accuracies says as numbers, NaN where it is blank."""
    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=float)


def _on_grid(frame: gpd.GeoDataFrame) -> Geometries:
    return np.asarray(crs.to_hk80(frame).to_numpy())


def _within(shapes: Geometries, others: Geometries, reaches_m: Floats) -> Positions:
    """Count the others no further than each distance, on every core."""
    tree = shapely.STRtree(others)

    def counted(share: Geometries) -> Positions:
        found = (tree.query(share, predicate="dwithin", distance=reach) for reach in reaches_m)
        return np.stack([np.bincount(rows, minlength=len(share)) for rows, _ in found], axis=1)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(counted, np.array_split(shapes, _SHARES))))
