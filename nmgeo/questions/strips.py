"""Strips: the land along one side of a line or an edge, and how much of each site lies in it."""

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.errors import LayerError, UsageError
from nmgeo.names import named
from nmgeo.questions.listings import sites
from nmgeo.reading.features import read_layer
from nmgeo.reading.geometries import POLYGONS, require_polygons
from nmgeo.reading.outlines import OUTLINE
from nmgeo.rulers import areas
from nmgeo.rulers.bands import grown, left_of
from nmgeo.rulers.buffers import SEGMENTS
from nmgeo.units import M2_PER_HECTARE, metres
from nmgeo.words import Cap, Lang, Side

_OF_LINES: Final = ("left", "right", "both")
_OF_LAND: Final = ("inside", "outside", "both")


def strip(
    layer: str,
    width: str,
    catalog: Catalog | None = None,
    *,
    side: Side = "both",
    cap: Cap = "flat",
    lang: Lang = "en",
) -> gpd.GeoDataFrame:
    """Measure the strip along each line or edge of a layer, and what it takes of every outline.

    Parameters
    ----------
    layer : str
        A layer of lines or polygons; ``sites`` draws along the edges of the outlines themselves.
    width : str
        Of one side: ``"35m"``.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    side : {"both", "left", "right", "inside", "outside"}
        Of a line, looking along it, left or right; of a polygon, inside or outside. Hong Kong is
        on the right of the layer ``boundary``.
    cap : {"flat", "round"}
        How the strip ends where a line does.
    lang : {"en", "tc", "sc"}
        Language of the names.

    Returns
    -------
    GeoDataFrame, EPSG:4326
        One row a strip and an outline that it meets; a strip or an outline that meets none has a
        row by itself. ``feature_id``, ``feature_name``, ``side``, ``width_m``, ``area_ha`` of the
        whole strip, ``inside_ha`` and ``inside_share`` (0 to 1) of the outline that lie in it,
        ``accuracy_m`` of line and outline added, and the strip's polygon. The inside of a polygon
        is never wider than the polygon.

    Raises
    ------
    UsageError, UnitError, UnknownLayerError
        If there is no such layer, the width is no length or 0, or the layer has no such side.
    LayerError
        If a file is missing or broken, a site has no area, the layer has points, or the end of a
        line lies in its own strip, so that left and right run into one another.

    Source
    ------
    :mod:`nmgeo.rulers.bands` with :data:`nmgeo.rulers.buffers.SEGMENTS` segments to a quarter
    circle.
    """
    here = catalog or open_catalog()
    outlines = sites(here, lang=lang)
    require_polygons(outlines, "sites")
    others = outlines if layer == "sites" else named(read_layer(here, layer), lang)
    width_m = metres(width)
    _require(others, layer, width_m, side)
    drawn = _drawn(others, layer, width_m, side, flat=cap == "flat")
    facts = {"feature_name": others["name"], "side": side, "width_m": width_m}
    strips = drawn.assign(**facts, area_ha=drawn.area / M2_PER_HECTARE, far_m=others["accuracy_m"])
    pairs = areas.inside(outlines, strips)
    alone = strips.index.difference(pairs["feature_id"], sort=False)
    blank = pd.DataFrame({"feature_id": alone, "inside_ha": 0.0})
    rows = pd.concat([pairs, blank], ignore_index=True).join(strips, on="feature_id")
    rows = rows.join(outlines[[*OUTLINE, "accuracy_m"]], on="outline_id")
    rows["accuracy_m"] = rows["far_m"] + rows["accuracy_m"]
    shapes = gpd.GeoSeries(rows["geometry"], crs=crs.MEASURED)
    first = ["feature_id", "feature_name", "side", "width_m", "area_ha", *OUTLINE]
    table = rows[[*first, "inside_ha", "inside_share", "accuracy_m"]]
    return gpd.GeoDataFrame(table, geometry=crs.transformed(shapes, crs.STORED))


def _require(others: gpd.GeoDataFrame, layer: str, width_m: float, side: Side) -> None:
    if width_m == 0:
        raise UsageError("--width", "a strip of no width has no land", "write --width 35m")
    if others.geom_type.isin(["Point", "MultiPoint"]).any():
        wrong = "has points, along which no strip runs"
        raise LayerError(f"layer {layer!r}", wrong, "give lines or polygons, or use nmgeo rings")
    land = others.geom_type.isin(POLYGONS)
    known = [name for name in (*_OF_LINES, *_OF_LAND[:2]) if name in _OF_LAND or not land.any()]
    known = [name for name in known if name in _OF_LINES or land.all()]
    if side not in known:
        kind = "polygons" if land.any() else "lines"
        wrong = f"layer {layer!r} has {kind}"
        raise UsageError(f"--side {side}", wrong, f"use {', '.join(known)}")


def _drawn(
    others: gpd.GeoDataFrame, layer: str, width_m: float, side: Side, *, flat: bool
) -> gpd.GeoDataFrame:
    shapes = crs.measured(others)
    strips = [_strip(shape, width_m, side, flat=flat) for shape in shapes]
    mixed = [str(key) for key, shape in zip(others.index, strips, strict=True) if shape is None]
    if mixed:
        thing = f"layer {layer!r}: feature {mixed[0]}"
        wrong = f"an end of the line lies within {width_m:g} m of its other parts"
        raise LayerError(thing, wrong, "cut the line, or use --side both")
    return gpd.GeoDataFrame(geometry=strips, index=others.index, crs=shapes.crs)


def _strip(
    shape: shapely.Geometry, width_m: float, side: Side, *, flat: bool
) -> shapely.Geometry | None:
    """Draw a strip, None if its side cannot be told from the other."""
    if shape.geom_type in POLYGONS:
        along = grown(shape.boundary, width_m, SEGMENTS)
        if side == "both":
            return along
        return along.intersection(shape) if side == "inside" else along.difference(shape)
    if side == "both":
        return grown(shape, width_m, SEGMENTS, flat=flat)
    lines = shapely.get_parts(shape if side == "left" else shapely.reverse(shape))
    parts = [left_of(line, width_m, SEGMENTS, flat=flat) for line in lines]
    return None if None in parts else shapely.union_all(parts)
