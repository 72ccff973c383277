"""Measures of the sites as tables: area, land, near, rings, inside.

Every function takes a catalog, which says what is asked about, and the language of the names.
Values are as measured, in the unit that ends the name of their column.
"""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import pandas as pd

from nmgeo import areas, proximity
from nmgeo.buffers import ring_shapes
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.errors import UsageError
from nmgeo.features import read_layer
from nmgeo.geometries import POLYGONS, require_polygons
from nmgeo.join import join_said
from nmgeo.listings import sites
from nmgeo.names import named
from nmgeo.outlines import read_sites
from nmgeo.policies import best_areas, read_claims
from nmgeo.units import metres
from nmgeo.words import Lang

COUNTED: Final = ("stations", "crossings")  # what a ring counts unless told otherwise
_OUTLINE: Final = ["site_id", "basis", "name"]


def area(catalog: Catalog | None = None, *, lang: Lang = "en") -> pd.DataFrame:
    """Measure the area of every outline, beside what was published on the same basis.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of ``name``.

    Returns
    -------
    DataFrame, n rows
        ``area_ha`` (Hong Kong 1980 Grid), ``geodesic_ha`` (ellipsoid), ``ppm`` (the first above
        the second, in millionths), ``said_area_ha`` with its hedge, date and source, whether the
        outline was scaled to that figure (``fitted_to_said``), ``geometry_status``, and
        ``accuracy_m`` of the outline in metres. Its ``attrs["land"]`` is what :func:`land` says.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken, or a site has no area.
    """
    here = catalog or open_catalog()
    outlines = sites(here, lang=lang)
    require_polygons(outlines, "sites")
    return area_rows(outlines, here)


def area_rows(outlines: gpd.GeoDataFrame, catalog: Catalog) -> pd.DataFrame:
    """Return the rows of :func:`area`; points and lines, which have none, are left blank."""
    flat = ~outlines.geom_type.isin(POLYGONS)
    planar = areas.area_ha(outlines).mask(flat)
    geodesic = areas.geodesic_ha(outlines).mask(flat)
    rows = outlines.assign(area_ha=planar, geodesic_ha=geodesic, ppm=(planar / geodesic - 1) * 1e6)
    rows = join_said(rows, best_areas(read_claims(catalog)))
    said = [column for column in rows.columns if "said_" in column and column != "fitted_to_said"]
    columns = [*_OUTLINE, "area_ha", "geodesic_ha", "ppm", *sorted(said), "fitted_to_said"]
    table = _plain(rows[[*columns, "geometry_status", "accuracy_m"]])
    table.attrs["land"] = _land(outlines)
    return table


def land(catalog: Catalog | None = None) -> dict[str, float]:
    """Add up the land of all outlines, and say how much of the sum is counted twice.

    Parameters
    ----------
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.

    Returns
    -------
    dict
        ``gross_ha`` (sum over outlines), ``net_ha`` (each piece of land once) and
        ``double_counted_ha`` (their difference), hectares.

    Raises
    ------
    LayerError
        If the file of sites is missing or broken.
    """
    return _land(read_sites(catalog or open_catalog()))


def near(
    layer: str,
    catalog: Catalog | None = None,
    *,
    within: str | None = None,
    open_only: bool = False,
    lang: Lang = "en",
) -> pd.DataFrame:
    """Measure from the edge of every outline to the edge of the nearest feature of a layer.

    Parameters
    ----------
    layer : str
        A layer of the catalog.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    within : str, optional
        Keep what is this close: ``"2km"``.
    open_only : bool
        Leave out features that are planned or being built.
    lang : {"en", "tc", "sc"}
        Language of the names.

    Returns
    -------
    DataFrame, at most n rows, nearest first
        ``nearest_id``, ``nearest_name``, ``nearest_m`` (metres), how many are as near (``ties``),
        whether it is open (``nearest_status``, ``nearest_opens``), and ``accuracy_m``: how far
        the distance may be out, the accuracies of both ends added; missing if one is not known.

    Raises
    ------
    UnknownLayerError, UnitError, UsageError
        If there is no such layer, ``within`` is not a length, or ``open_only`` is asked of a
        layer that does not say what is open.
    LayerError
        If a file is missing or broken.
    """
    here = catalog or open_catalog()
    reach = None if within is None else metres(within)
    outlines, others = sites(here, lang=lang), named(read_layer(here, layer), lang)
    if open_only:
        others = _open(others, layer)
    itself = layer == "sites" and here.own_sites is None
    gaps = _nearest_other(outlines, others) if itself else proximity.nearest(outlines, others)
    found = outlines[[*_OUTLINE, "accuracy_m"]].join(gaps)
    found["layer"] = layer
    far = others.rename(columns={"name": "nearest_name", "status": "nearest_status"})
    far = far.rename(columns={"opens": "nearest_opens", "accuracy_m": "nearest_accuracy_m"})
    kept = ["nearest_name", "nearest_status", "nearest_opens", "nearest_accuracy_m"]
    rows = found.rename(columns={"accuracy_m": "site_accuracy_m"}).join(far[kept], on="nearest_id")
    rows["accuracy_m"] = rows["site_accuracy_m"] + rows["nearest_accuracy_m"]
    rows["nearest_opens"] = rows["nearest_opens"].astype("Int64")
    if reach is not None:
        rows = rows[rows["nearest_m"] <= reach]
    columns = [*_OUTLINE, "layer", "nearest_id", "nearest_name", "nearest_m", "accuracy_m", "ties"]
    columns += ["nearest_status", "nearest_opens", "site_accuracy_m", "nearest_accuracy_m"]
    return _plain(rows.sort_values("nearest_m", kind="stable")[columns])


def rings(
    at: Sequence[str],
    catalog: Catalog | None = None,
    *,
    cumulative: bool = False,
    count: Sequence[str] = COUNTED,
    lang: Lang = "en",
) -> gpd.GeoDataFrame:
    """Measure the land within each distance of every outline, and count what lies in it.

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
    lang : {"en", "tc", "sc"}
        Language of ``name``.

    Returns
    -------
    GeoDataFrame, EPSG:4326
        One row a ring, indexed by ``outline_id``: ``from_m``, ``to_m``, ``area_ha``, ``own_ha``
        (the site's own land, which the first ring holds), for each layer a count of all features
        and one of those open, and the polygon. A ring is not clipped at the boundary: it may
        reach into Shenzhen or the sea.

    Raises
    ------
    UsageError, UnitError, UnknownLayerError
        If there is no distance, it is none, or there is no such layer.
    LayerError
        If a file is missing or broken.
    """
    here = catalog or open_catalog()
    outlines = sites(here, lang=lang)
    drawn = ring_shapes(outlines, [metres(text) for text in at], cumulative=cumulative)
    for layer in dict.fromkeys((*count, *here.own_layers)):
        others = read_layer(here, layer)
        drawn[f"{layer}_count"] = _counted(outlines, others, drawn)
        if others["status"].notna().any():
            open_now = others[others["status"] == "open"]
            drawn[f"{layer}_open_count"] = _counted(outlines, open_now, drawn)
    rows = drawn.join(outlines[[*_OUTLINE, "accuracy_m"]], on="outline_id")
    counts = [column for column in rows.columns if column.endswith("_count")]
    columns = [*_OUTLINE, "from_m", "to_m", "area_ha", "own_ha", *counts, "accuracy_m", "geometry"]
    return rows.set_index("outline_id")[columns]


def inside(layer: str, catalog: Catalog | None = None, *, lang: Lang = "en") -> pd.DataFrame:
    """Measure how much of every outline lies inside each polygon of a layer.

    Parameters
    ----------
    layer : str
        A layer of polygons; ``sites`` compares the outlines with one another.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    lang : {"en", "tc", "sc"}
        Language of the names.

    Returns
    -------
    DataFrame, at least n rows
        ``feature_id``, ``feature_name``, ``inside_ha`` (hectares) and ``inside_share`` (of the
        site, 0 to 1); an outline that lies in none has one row with no ``feature_id`` and 0.
        ``accuracy_m`` adds how far out both outlines may be. An outline is not compared with
        itself.

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    LayerError
        If a file is missing or broken, or either side has no area.
    """
    here = catalog or open_catalog()
    outlines, others = sites(here, lang=lang), named(read_layer(here, layer), lang)
    require_polygons(outlines, "sites")
    require_polygons(others, f"layer {layer!r}")
    pairs = areas.inside(outlines, others)
    if layer == "sites" and here.own_sites is None:
        pairs = _without_itself(pairs)
    far = others[["name", "accuracy_m"]].set_axis(["feature_name", "far_m"], axis="columns")
    near_ = outlines[[*_OUTLINE, "accuracy_m"]]
    rows = pairs.join(near_, on="outline_id").join(far, on="feature_id")
    rows["accuracy_m"] += rows["far_m"]
    columns = [*_OUTLINE, "layer", "feature_id", "feature_name", "inside_ha", "inside_share"]
    columns += ["accuracy_m"]
    return _plain(rows.assign(layer=layer)[columns])


def _open(others: gpd.GeoDataFrame, layer: str) -> gpd.GeoDataFrame:
    if not others["status"].notna().any():
        raise UsageError("--open", f"layer {layer!r} has no status", "leave it out")
    return others[others["status"] == "open"]


def _nearest_other(outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the nearest outline that is not the same one; there are few."""
    alone = [
        proximity.nearest(outlines.loc[[i]], others.drop(index=i, errors="ignore"))
        for i in outlines.index
    ]
    return pd.concat(alone)


def _land(outlines: gpd.GeoDataFrame) -> dict[str, float]:
    gross, net = float(areas.area_ha(outlines).sum()), areas.net_ha(outlines)
    return {"gross_ha": gross, "net_ha": net, "double_counted_ha": max(gross - net, 0.0)}


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(rows).reset_index(drop=True)


def _counted(
    outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame, drawn: pd.DataFrame
) -> list[int]:
    """Count by distance, not by polygon: what is nearer than the inner edge is not in the ring."""
    gaps = proximity.within(outlines, others, drawn["to_m"].max())
    found = drawn[["outline_id", "from_m", "to_m"]].reset_index().merge(gaps, on="outline_id")
    beyond = (found["gap_m"] > found["from_m"]) | (found["from_m"] == 0)
    held = found[beyond & (found["gap_m"] <= found["to_m"])]
    return held["index"].value_counts().reindex(drawn.index, fill_value=0).to_list()


def _without_itself(pairs: pd.DataFrame) -> pd.DataFrame:
    """Drop the pair of an outline and itself, but keep a row for every outline."""
    alone = pairs.groupby("outline_id")["feature_id"].transform("size") == 1
    itself = pairs["outline_id"] == pairs["feature_id"]
    blank = pairs.assign(feature_id=None, inside_ha=0.0, inside_share=0.0)
    return pairs.where(~(itself & alone), blank)[~itself | alone]
