"""Zoning: hectares and per cent of each zone of statutory plans in each site and around it."""

from collections.abc import Sequence
from typing import Any, Final, Unpack

import geopandas as gpd
import pandas as pd

from nmgeo import crs
from nmgeo.catalog import open_catalog
from nmgeo.commands.blank_rows import with_blank_rows
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    list_of,
    open_inputs,
    read_lengths,
    takes_features,
)
from nmgeo.commands.results import finish
from nmgeo.commands.sites import every_outline
from nmgeo.commands.zones import (
    CLASS_COLUMNS,
    ZONE_COLUMNS,
    ZONES,
    find_zone_column,
    rows_by_class,
    split_classes,
)
from nmgeo.errors import UnknownLayerError, UsageError
from nmgeo.measures.buffers import ring_shapes
from nmgeo.messages import either, text
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.geometry_kinds import find_polygons, require_polygons
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang
from nmgeo.units import metres

_RING_COLUMNS: Final = [*OUTLINE_COLUMNS, "from_m", "to_m", *CLASS_COLUMNS[len(OUTLINE_COLUMNS) :]]


@takes_features()
def zoning(
    sites: Features | None = None,
    layer: Features | None = None,
    *,
    rings: Length | Sequence[Length] = (),
    min_area: str = "1m2",
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> gpd.GeoDataFrame:
    """Measure the hectares and the share of each zone in each site, and in rings around it.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites: the id of one, a file or a frame; those of the catalog if not given.
    layer : layer, ``"LAYER:COLUMN"`` or (layer, str), optional
        The zones; the layer ``zones`` if not given. Without a column the fields of Hong Kong's
        statutory plans are recognised.
    rings : str, float or sequence of them
        Distances of rings around each site: ``"500m"``, ``[500, "1km"]``.
    min_area : str
        Zones with less land in a site are slivers, counted and added up in one row.
    lang : {"en", "tc", "sc"}
        Language of the names.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, EPSG:2326 if the sites are in it, else EPSG:4326
        Indexed as the sites: for each site, then for each ring (``from_m`` to ``to_m``), a row
        for each zone (``category``, ``category_name``), for ``slivers``, for ``overlaps`` of zones
        (below 0) and for the ``remainder``, which no zone covers. The rows of a site, and those of
        a ring, add up to its area. A ring leaves out what lies within the distance before; the
        first holds the site's own land. A site without an area has one row without measures.

    Warns
    -----
    Notice
        Which sites are points or lines or have no geometry.

    Raises
    ------
    UnknownLayerError
        If there is no layer of zones.
    UsageError
        If no column of zones is recognised.
    LayerError
        If a file is missing or broken, or no site or not every zone has an area.

    Source
    ------
    As :func:`nmgeo.measures.area_by_class.area_by_class`.
    """
    zones, column = split_classes(layer)
    here, names = open_inputs(inputs, sites, zones=_zones_of(inputs, zones))
    every = every_outline(here, lang)
    outlines = every[find_polygons(every, here.sites_file)]
    others = read_layer(here, names["zones"])
    require_polygons(others, text("layer {layer!r}", layer=names["zones"]))
    how: dict[str, Any] = {"layer": names["zones"], "min_area": min_area, "lang": lang}
    column = column or _column_of(others, names["zones"])
    tables = [
        rows_by_class(shapes, others, column, **how).assign(**ring)
        for ring, shapes in _around(outlines, rings)
    ]
    rows = pd.concat([table.to_crs(crs.drawn_crs(outlines)) for table in tables])
    order = rows.index.map(outlines.index.get_loc).argsort(kind="stable")
    placed = rows.iloc[order][[*_RING_COLUMNS, "geometry"]]
    return finish(with_blank_rows(placed, every, layer=names["zones"]), here, [names["zones"]])


def _zones_of(inputs: Inputs, layer: Features | None) -> Features:
    """Return the layer of zones, or say how to get one."""
    if layer is not None:
        return layer
    base = inputs.get("catalog") or open_catalog()
    if ZONES not in base.known_layers:
        wrong = text("there is no layer of zones")
        bring = either("nm.zoning(sites, 'zones.gpkg')", "--layer zones=zones.gpkg")
        raise UnknownLayerError(
            ZONES,
            wrong,
            text("bring one with {bring}, or fetch it with nmgeo pull zones", bring=bring),
        )
    return ZONES


def _column_of(zones: gpd.GeoDataFrame, layer: str) -> str:
    if (column := find_zone_column(zones)) is not None:
        return column
    wrong = text("has no column {columns}", columns=" / ".join(ZONE_COLUMNS))
    remedy = text("name the column of the zones, as in {example}", example=f"{layer}:use")
    raise UsageError(text("layer {layer!r}", layer=layer), wrong, remedy)


def _around(
    outlines: gpd.GeoDataFrame, rings: Length | Sequence[Length]
) -> list[tuple[dict[str, float | None], gpd.GeoDataFrame]]:
    """Return the outlines, then the rings at each distance under the ids of the outlines."""
    found: list[tuple[dict[str, float | None], gpd.GeoDataFrame]] = [
        ({"from_m": None, "to_m": None}, outlines)
    ]
    distances = [metres(length) for length in read_lengths(list_of(rings), "rings")]
    if not distances:
        return found
    drawn = ring_shapes(outlines, distances, radii=False)
    for to_m, ring in drawn.groupby("to_m"):
        placed = ring.set_index("outline_id").geometry.reindex(outlines.index)
        edges: dict[str, float | None] = {
            "from_m": float(ring["from_m"].iloc[0]),
            "to_m": float(to_m),
        }
        found.append((edges, outlines.to_crs(drawn.crs).set_geometry(placed)))
    return found
