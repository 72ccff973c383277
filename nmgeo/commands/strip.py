"""Strips: the land along one side of a line or an edge, and how much of each site lies in it."""

from typing import Final, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.commands.inputs import Features, Inputs, Length, open_inputs, read_length, takes_features
from nmgeo.commands.layers import caveat_notes
from nmgeo.commands.results import add_credits
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.errors import LayerError, UsageError
from nmgeo.measures.areas import area_ha
from nmgeo.measures.strips import draw_strips, own_strip_ha, strip_pairs
from nmgeo.messages import either, option, text
from nmgeo.names import add_names
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.geometry_kinds import are_polygons, keep_polygons
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Cap, Lang, Side, translate
from nmgeo.units import metres

_OF_LINES: Final = ("left", "right", "both")
_OF_LAND: Final = ("inside", "outside", "both")
_TAKEN: Final = (  # columns of what a strip takes of a site
    *("inside_ha", "low_ha", "high_ha", "inside_share"),
    *("accuracy_m", "line_accuracy_m", "site_accuracy_m"),
)


@takes_features()
def strip(
    layer: Features,
    width: Length,
    sites: Features | None = None,
    *,
    side: Side = "both",
    cap: Cap = "flat",
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> gpd.GeoDataFrame:
    """Measure the strip along each line or edge of a layer, and what it takes of every outline.

    Parameters
    ----------
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        Lines or polygons to draw along; ``"sites"`` are the edges of the sites of this call.
    width : str or float
        Width of the strip on one side: ``"35m"`` or ``35``.
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    side : {"both", "left", "right", "inside", "outside"}
        Of a line, looking along it, left or right; of a polygon, inside or outside. Hong Kong is
        on the right of the layer ``boundary``.
    cap : {"flat", "round"}
        How the strip ends where a line does.
    lang : {"en", "tc", "sc"}
        Language of the names.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, EPSG:2326 if the sites are in it, else EPSG:4326
        One row a strip and an outline that it meets, or may meet within the accuracies of both; a
        strip or an outline that meets none has a row by itself. ``feature_id``, ``feature_name``,
        ``side``, ``width_m``, ``area_ha`` of the whole strip, ``inside_ha`` and ``inside_share``
        (0 to 1) of the outline that lie in it as drawn; ``low_ha`` to ``high_ha``, what lies in
        it at least and at most if line and outline, each as it is shaped, are apart from where
        they are drawn by no more than ``accuracy_m``: ``line_accuracy_m`` and
        ``site_accuracy_m`` added, where one of them is missing the other alone, so that it may be
        more, and all three missing where both are; and the strip's polygon. An outline and its
        own edge are one line, which counts once, and which is drawn in and drawn out as for the
        range of an area. The inside of a polygon is never wider than the polygon.

    Raises
    ------
    UsageError, UnitError, UnknownLayerError
        If there is no such layer, the width is no length or 0, or the layer has no such side.
    LayerError
        If a file is missing or broken, no site has an area, the layer has points, or the end of a
        line lies in its own strip, so that left and right run into one another.

    Source
    ------
    :func:`nmgeo.measures.strips.draw_strips` and :func:`nmgeo.measures.strips.strip_pairs`.
    """
    here, names = open_inputs(inputs, sites, layer=layer)
    layer = names["layer"]
    outlines = keep_polygons(read_outlines(here, lang=lang), here.sites_file)
    others = outlines if layer == "sites" else add_names(read_layer(here, layer), lang)
    width_m = metres(read_length(width, "width"))
    _require(others, layer, width_m, side)
    drawn = _drawn(others, layer, width_m, side, flat=cap == "flat")
    strips = drawn.assign(feature_name=others["name"], side=side, width_m=width_m)
    strips = strips.assign(area_ha=area_ha(drawn), line_accuracy_m=others["accuracy_m"])
    own = layer == "sites"
    strips["edge_of"] = others.index.astype(object) if own else None
    strips[["own_low_ha", "own_high_ha"]] = own_strip_ha(others, width_m, side) if own else np.nan
    lands = outlines.set_geometry(crs.to_hk80(outlines))
    lands = lands.rename(columns={"accuracy_m": "site_accuracy_m"})
    rows = _met(lands, strips).join(strips, on="feature_id")
    rows = rows.join(lands[[*OUTLINE_COLUMNS, "site_accuracy_m"]], on="outline_id")
    shapes = gpd.GeoSeries(rows["geometry"], crs=crs.HK80)
    first = ["feature_id", "feature_name", "side", "width_m", "area_ha", *OUTLINE_COLUMNS]
    table = rows[[*first, *_TAKEN]]
    drawn_rows = gpd.GeoDataFrame(table, geometry=crs.transform(shapes, crs.drawn_crs(outlines)))
    ends = {"feature_id": "line_accuracy_m", "site_id": "site_accuracy_m"}
    unknown = any(rows.loc[rows[name].notna(), end].isna().any() for name, end in ends.items())
    said = [translate("phrase", "strip_more", lang)] if unknown else []
    drawn_rows.attrs["notes"] = [*said, *caveat_notes(layer, here, lang, among=True)]
    return add_credits(drawn_rows, here, [layer])


def _met(lands: gpd.GeoDataFrame, strips: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure what each strip takes of each outline that it may meet; what meets none is alone."""
    pairs = strip_pairs(lands, strips)
    rows = pd.DataFrame({"row": range(len(lands))}).merge(pairs, how="left", on="row")
    every_line = strips["line_accuracy_m"].notna().all()
    clear = (
        rows["found"].isna() & every_line & lands["site_accuracy_m"].notna().to_numpy()[rows["row"]]
    )
    rows[["low_ha", "high_ha"]] = rows[["low_ha", "high_ha"]].mask(clear, 0.0)
    alone = np.setdiff1d(np.arange(len(strips)), pairs["found"])
    unmet = {"found": alone, "accuracy_m": strips["line_accuracy_m"].to_numpy()[alone]}
    rows = pd.concat([rows, pd.DataFrame(unmet)], ignore_index=True)
    rows["inside_ha"] = rows["inside_ha"].fillna(0.0)
    whole = area_ha(lands).set_axis(range(len(lands)))
    return rows.assign(
        inside_share=rows["inside_ha"] / rows["row"].map(whole),
        outline_id=rows["row"].map(lands.index.to_series(index=range(len(lands)))),
        feature_id=rows["found"].map(strips.index.to_series(index=range(len(strips)))),
    )


def _require(others: gpd.GeoDataFrame, layer: str, width_m: float, side: Side) -> None:
    if width_m == 0:
        remedy = text("write {width}", width=option("width", "35m"))
        raise UsageError(option("width"), text("a strip of width 0 has no land"), remedy)
    if others.geom_type.isin(["Point", "MultiPoint"]).any():
        wrong = text("has points, along which no strip runs")
        rings = either("nm.rings", "nmgeo rings")
        remedy = text("give lines or polygons, or use {rings}", rings=rings)
        raise LayerError(text("layer {layer!r}", layer=layer), wrong, remedy)
    land = are_polygons(others)
    known = [name for name in (*_OF_LINES, *_OF_LAND[:2]) if name in _OF_LAND or not land.any()]
    known = [name for name in known if name in _OF_LINES or land.all()]
    if side not in known:
        wrong = text("layer {layer!r} has lines", layer=layer)
        if land.any():
            wrong = text("layer {layer!r} has polygons", layer=layer)
        raise UsageError(option("side", side), wrong, text("use {known}", known=", ".join(known)))


def _drawn(
    others: gpd.GeoDataFrame, layer: str, width_m: float, side: Side, *, flat: bool
) -> gpd.GeoDataFrame:
    shapes = crs.to_hk80(others)
    strips = draw_strips(shapes, width_m, side, flat=flat)
    mixed = [str(key) for key, shape in zip(others.index, strips, strict=True) if shape is None]
    if mixed:
        thing = text("layer {layer!r}, feature {feature}", layer=layer, feature=mixed[0])
        wrong = text("an end of the line lies within {width:g} m of its other parts", width=width_m)
        remedy = text("cut the line, or use {side}", side=option("side", "both"))
        raise LayerError(thing, wrong, remedy)
    return gpd.GeoDataFrame(geometry=strips, index=others.index, crs=shapes.crs)
