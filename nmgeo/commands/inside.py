"""How much of each site lies inside each polygon of a layer."""

from typing import Any, Final, Unpack

import geopandas as gpd
import pandas as pd

from nmgeo.commands.accuracy_notes import accuracy_notes
from nmgeo.commands.blank_rows import with_blank_rows
from nmgeo.commands.inputs import Features, Inputs, open_inputs, takes_features
from nmgeo.commands.layers import caveat_notes
from nmgeo.commands.results import finish
from nmgeo.commands.sites import every_outline
from nmgeo.commands.zones import rows_by_class, split_classes, without_slivers
from nmgeo.measures import distance_origin, overlaps
from nmgeo.messages import text
from nmgeo.names import add_names, names_or_codes
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.geometry_kinds import find_polygons, require_polygons
from nmgeo.sources.layers import read_layer, with_own_key
from nmgeo.translations import Lang

_COLUMNS: Final = [
    *(*OUTLINE_COLUMNS, "layer", "feature_id", "feature_name", "inside_ha", "low_ha", "high_ha"),
    *("inside_share", "accuracy_m", "site_accuracy_m", "feature_accuracy_m"),
]


@takes_features(alone="layer")
def inside(
    sites: Features | None = None,
    layer: Features | None = None,
    *,
    min_area: str | None = None,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> gpd.GeoDataFrame:
    """Measure how much of every outline lies inside each polygon, or each class, of a layer.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        Polygons; one argument by itself is the layer. ``"sites"`` are the shipped sites, which are
        compared with one another if no other sites are given. ``"LAYER:COLUMN"`` or
        ``(gdf, "COLUMN")`` measures by the classes of a column.
    min_area : str, optional
        The least land of a row, such as ``"1m2"``: smaller pieces are left out and counted, or
        added up in one row of classes.
    lang : {"en", "tc", "sc"}
        Language of the names.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, at least n rows, EPSG:4326
        Indexed as the sites, with their outlines:
        ``feature_id``, ``feature_name``, ``inside_ha`` as drawn, its range ``low_ha`` to
        ``high_ha`` if each edge is out by its accuracy all along (hectares), and ``inside_share``
        (of the site, 0 to 1). ``accuracy_m`` is ``site_accuracy_m`` and ``feature_accuracy_m``
        added; where one of them is missing the other alone, so that the range may be wider, and
        all are missing where both are. What may lie inside has a row, even if as drawn it does
        not; an outline that lies in none has one with no ``feature_id`` and 0, and no range unless
        every accuracy is known. An outline is not compared with itself.
        By class: see :func:`nmgeo.commands.zones.rows_by_class`. The rows of an outline add up to
        its area. ``attrs["notes"]`` says of how many sites the accuracy is not known, and
        what to know of the layer.

    Warns
    -----
    Notice
        How many pieces were left out, and which sites are points or lines or have no geometry: they
        have a row without measures.

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    LayerError
        If a file is missing or broken, a feature of the layer has no area, or no site has one.

    Source
    ------
    As :func:`nmgeo.measures.overlaps.shared_area`.
    """
    layer, column = split_classes(layer)
    here, names = open_inputs(inputs, sites, layer=layer)
    layer = names["layer"]
    every, others = every_outline(here, lang), add_names(read_layer(here, layer), lang)
    outlines = every[find_polygons(every, here.sites_file)]
    require_polygons(others, text("layer {layer!r}", layer=layer))
    how: dict[str, Any] = {"layer": layer, "min_area": min_area, "lang": lang}
    if column is not None:
        rows = rows_by_class(outlines, with_own_key(others, layer, here), column, **how)
    else:
        alone = layer == "sites" and here.own_sites is None
        rows = _rows_by_feature(outlines, others, alone=alone, **how)
    table = with_blank_rows(rows, every, layer=layer)
    notes = accuracy_notes(table, "inside", lang) + caveat_notes(layer, here, lang)
    return finish(table, here, [layer], notes=notes)


def _rows_by_feature(
    outlines: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    *,
    layer: str,
    min_area: str | None,
    lang: Lang,
    alone: bool,
) -> gpd.GeoDataFrame:
    """Measure the land of each outline in each feature; if alone, not in itself."""
    pairs = without_slivers(overlaps.shared_area(outlines, others), min_area)
    if alone:
        pairs = pairs[pairs["outline_id"] != pairs["feature_id"]]
    ends = outlines[[*OUTLINE_COLUMNS, "accuracy_m"]].rename(
        columns={"accuracy_m": "site_accuracy_m"}
    )
    rows = _every(ends, pairs, known=others["accuracy_m"].notna().all())
    called = (
        distance_origin.outline_labels(others, lang) if layer == "sites" else names_or_codes(others)
    )
    far = pd.DataFrame({"feature_name": called, "feature_accuracy_m": others["accuracy_m"]})
    table = rows.join(far, on="feature_id").assign(layer=layer)
    return gpd.GeoDataFrame(table[_COLUMNS], geometry=outlines.geometry.reindex(table.index))


def _every(outlines: pd.DataFrame, pairs: pd.DataFrame, *, known: bool) -> pd.DataFrame:
    """Give each outline its pairs, or a row of nothing, which is certain if all are known."""
    rows = outlines.join(pairs.set_index("outline_id"))
    alone = rows["feature_id"].isna()
    certain = alone & known & rows["site_accuracy_m"].notna()
    shares = {name: rows[name].mask(alone, 0.0) for name in ("inside_ha", "inside_share")}
    ranges = {name: rows[name].mask(certain, 0.0) for name in ("low_ha", "high_ha")}
    return rows.assign(**shares, **ranges)
