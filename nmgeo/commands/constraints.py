"""What constrains each site: layers of constraints, the land that is left, published rules."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.commands.constraint_rules import cited_rules, published_rules
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    list_of,
    names_layer,
    open_inputs,
    takes_features,
)
from nmgeo.commands.results import finish
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.commands.zones import class_labels, split_classes, without_slivers
from nmgeo.errors import UsageError
from nmgeo.measures import areas, overlaps
from nmgeo.measures.distance_uncertainty import distance_range_m, known_error_m
from nmgeo.measures.distances import nearest, pairs_within
from nmgeo.messages import option, text
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.records.tables import read_sources
from nmgeo.sources.geometry_kinds import are_polygons, keep_polygons, require_polygons
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang, translate

CONSTRAINTS: Final = ("ponds",)  # shipped layers of constraints that have outlines
EVERYWHERE: Final = "all"
_CLASS: Final = ": "  # between the name of a layer and that of a class
_HECTARES: Final = ("inside_ha", "low_ha", "high_ha")
_COLUMNS: Final = [
    *(
        *OUTLINE_COLUMNS,
        "layer",
        "state",
        *_HECTARES,
        "inside_share",
        "nearest_m",
        "low_m",
        "high_m",
    ),
    *("free_ha", "free_low_ha", "free_high_ha", "covered_share", "accuracy_m"),
    *("site_accuracy_m", "layer_accuracy_m", "rule", "rule_url"),
]


def _names_layers(value: Any) -> bool:
    """Tell whether an argument given alone names the layers: a name, or a list."""
    return names_layer(value) or isinstance(value, list | tuple)


@takes_features(alone="layers", when=_names_layers)
def constraints(
    sites: Features | Sequence[Features] | None = None,
    layers: Features | Sequence[Features] = (),
    *,
    covers: Mapping[str, Features] | None = None,
    min_area: str | None = None,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> gpd.GeoDataFrame:
    """Measure how much of each outline lies in each layer of constraints, and what is left.

    A layer with nothing at a site shows that the site is clear of it only if the layer is known to
    cover the site.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    layers : layer, sequence of layers or mapping of names to layers
        Each a name, a path, a GeoDataFrame or an object with ``__geo_interface__``;
        :data:`CONSTRAINTS` and the catalog's own layers if none is given. A name or a list by
        itself, as in ``nm.constraints(["wetlands"])``, are the layers. ``"LAYER:COLUMN"`` sets the
        outlines against each class of a column that may lie in one, as ``zones: CA``.
    covers : mapping of str to layer, optional
        By the name of a layer, what it covers: ``"all"``, or a layer whose polygons were surveyed.
    min_area : str, optional
        The least land of a row, such as ``"1m2"``: rows of a layer or class that holds some land
        of a site, but less, are left out and counted. The land that is left is as without it.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, EPSG:4326
        Indexed as the sites, with their outlines.
        For each outline one row a layer: ``state``, ``inside_ha``, its range ``low_ha`` to
        ``high_ha`` (hectares) and ``inside_share`` (0 to 1; all missing where not covered, or
        where the layer has no polygons), ``nearest_m`` (metres from the edge, 0 inside) and its
        range ``low_m`` to ``high_m``, ``covered_share`` (0 to 1, missing if not known), and the
        ``rule`` with its ``rule_url``. ``accuracy_m`` is ``site_accuracy_m`` and
        ``layer_accuracy_m``, that of what is nearest, added: where one of them is missing the
        other alone, so that ranges may be wider; where both are there is no range.
        ``state`` is ``constrained`` or ``clear`` if that holds wherever within their accuracy the
        outline and each feature of the layer lie, ``undecided`` if it does not, ``not_covered``
        where the layer does not cover the site; what is not known to be out is taken as drawn, so
        that ``constrained`` and ``clear`` are sure only if both accuracies are known.
        One row for all layers ``together``: ``inside_ha`` (each piece of land once; missing if it
        is for every layer) and ``free_ha``, the rest, which is ``at_most`` what can be developed
        unless every layer is said to cover the whole site and none is undecided, with
        ``free_low_ha`` to ``free_high_ha`` (missing where the site does not say how accurate it
        is, as for its area); ``layer_accuracy_m`` is the worst of what lies there or may,
        missing if one is or none does, and ``accuracy_m`` adds the worst that is known. At the end
        the ``published`` rules of which no outline is shipped.

    Raises
    ------
    UnknownLayerError, UsageError
        If there is no such layer, or ``covers`` names one that is not asked about.
    LayerError
        If a file is missing or broken, or no site has an area.

    Source
    ------
    Hectares as :func:`nmgeo.measures.overlaps.covered_area`, distances as :func:`nmgeo.nearest`.
    """
    here, asked, extents = _opened(inputs, sites, layers, covers or {})
    outlines = keep_polygons(read_outlines(here, lang=lang), here.sites_file)
    sources, frames, tables = read_sources(here), dict[str, gpd.GeoDataFrame](), []
    measured = list[pd.DataFrame]()
    for name, column in asked:
        frames |= _by_class(name, read_layer(here, name), column, outlines)
    for name, frame in frames.items():
        extent = extents.get(name, extents.get(name.partition(_CLASS)[0]))
        near, covered = nearest(outlines, frame), _covered(here, outlines, extent)
        measured.append(overlaps.covered_area(outlines, _land(frame)))
        found = _constrained(outlines, frame, near, covered, measured[-1])
        tables.append(found.join(cited_rules(outlines, frame, near, sources)).assign(layer=name))
    together = _together(outlines, frames, tables, measured)
    shown = without_slivers(pd.concat(tables), min_area, keep=0.0)
    rows = pd.concat([shown, together]).join(outlines[OUTLINE_COLUMNS])
    order = np.argsort(outlines.index.get_indexer(rows.index), kind="stable")
    rows = pd.concat([rows.iloc[order], published_rules(here, outlines, lang)])[_COLUMNS]
    drawn = gpd.GeoDataFrame(rows, geometry=outlines.geometry.reindex(rows.index))
    met = rows.loc[~rows["layer"].isin(["published", "together"])]
    unknown = met[["site_accuracy_m", "layer_accuracy_m"]].isna().any(axis=None)
    said = [translate("phrase", "constraints_more", lang)] if unknown else []
    return finish(drawn, here, [*dict(asked), "claims"], notes=said)


def _by_class(
    name: str, frame: gpd.GeoDataFrame, column: str | None, outlines: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """Return a layer by its name, or each class of it that may lie in a site by both names."""
    if column is None:
        return {name: frame}
    labels = class_labels(frame, column, name)
    near = _met_features(outlines, frame)
    classes = sorted({*labels[near]})
    return {f"{name}{_CLASS}{label}": frame[(labels == label).to_numpy()] for label in classes} or {
        name: frame
    }


def _met_features(outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> np.ndarray:
    """Tell which features may lie in any of the outlines."""
    worst = known_error_m(outlines["accuracy_m"].max(), others["accuracy_m"].max())
    reach_m = max(float(np.nan_to_num(worst)), crs.NOISE_M)
    met = pairs_within(outlines, others, reach_m)["feature_id"]
    return np.asarray(others.index.isin(met))


def _opened(
    inputs: Inputs, sites: Any, layers: Any, covers: Mapping[str, Features]
) -> tuple[Catalog, list[tuple[str, str | None]], dict[str, str]]:
    """Open what was given; return the layers with their columns, and by name what each covers."""
    several = isinstance(layers, Mapping) and "type" not in layers
    each = [{name: layer} for name, layer in layers.items()] if several else list_of(layers)
    split = [split_classes(layer) for layer in each]
    given: dict[str, Any] = {f"layer_{n}": layer for n, (layer, _) in enumerate(split, 1)}
    known = {f"covers_{name}": layer for name, layer in covers.items() if not _is_all(layer)}
    here, called = open_inputs(inputs, sites, **given, **known)
    extents = {name: called.get(f"covers_{name}", EVERYWHERE) for name in covers}
    columns = {called[f"layer_{n}"]: column for n, (_, column) in enumerate(split, 1)}
    names = list(columns)
    if not names:
        names = [n for n in (*CONSTRAINTS, *here.own_layers) if n not in extents.values()]
        names = list(dict.fromkeys(names))
    if stray := next((name for name in covers if name not in names), None):
        remedy = text("use {known}", known=", ".join(names))
        raise UsageError(option("covers", stray), text("is not among the layers"), remedy)
    return here, [(name, columns.get(name)) for name in names], extents


def _is_all(layer: Features) -> bool:
    return isinstance(layer, str) and layer == EVERYWHERE


def _covered(here: Catalog, outlines: gpd.GeoDataFrame, said: str | None) -> pd.Series:
    """Return the share of each outline that a layer covers: missing if it is not known."""
    if said in {None, EVERYWHERE}:
        return pd.Series(np.nan if said is None else 1.0, index=outlines.index)
    extent = read_layer(here, said)
    require_polygons(extent, text("layer {layer!r}", layer=said))
    reached = extent.set_geometry(crs.to_hk80(extent).buffer(crs.NOISE_M))  # edges may be shared
    whole = areas.inside_share(outlines, reached).round(9) >= 1
    return areas.inside_share(outlines, extent).mask(whole, 1.0)


def _constrained(
    outlines: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    found: pd.DataFrame,
    covered: pd.Series,
    measured: pd.DataFrame,
) -> pd.DataFrame:
    """Say what a layer means for each outline: a state, hectares, and a distance."""
    certain, near = _met(outlines, others)
    states = np.select([certain, near, covered >= 1], ["constrained", "undecided", "clear"], "")
    hectares = measured[[*_HECTARES]]
    untold = _land(others).empty | ((hectares["inside_ha"] == 0) & (states == ""))
    hectares = hectares.mask(untold)
    far = found["nearest_id"].map(others["accuracy_m"])
    out = known_error_m(outlines["accuracy_m"], far)
    return hectares.assign(
        state=np.where(states == "", "not_covered", states),
        inside_share=hectares["inside_ha"] / areas.area_ha(outlines),
        nearest_m=found["nearest_m"],
        covered_share=covered,
        **distance_range_m(found["nearest_m"], out),
        accuracy_m=out,
        site_accuracy_m=outlines["accuracy_m"],
        layer_accuracy_m=far,
    )


def _land(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return features[are_polygons(features)]


def _met(outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Tell which outlines meet a layer wherever both lie, and which may, drawn in and drawn out."""
    shapes, there = crs.to_hk80(outlines).to_numpy(), crs.to_hk80(others)
    certain, near = np.zeros((2, len(shapes)), dtype=bool)
    for accuracy, features in there.groupby(others["accuracy_m"], dropna=False):
        # At least the noise: what touches is not decided.
        worst_m = known_error_m(outlines["accuracy_m"], accuracy)
        slack = np.fmax(np.asarray(worst_m, dtype=float), crs.NOISE_M)
        tree = shapely.STRtree(features.to_numpy())
        drawn_in = shapely.buffer(shapes, -slack)
        certain[tree.query(drawn_in, predicate="intersects")[0]] = True
        near[tree.query(shapes, predicate="dwithin", distance=slack)[0]] = True
    return certain, near


def _together(
    outlines: gpd.GeoDataFrame,
    frames: Mapping[str, gpd.GeoDataFrame],
    tables: Sequence[pd.DataFrame],
    measured: Sequence[pd.DataFrame],
) -> pd.DataFrame:
    """Add all layers up, each piece of land once, and say what that leaves."""
    placed = [frame.set_geometry(crs.to_hk80(frame)) for frame in frames.values()]
    every = pd.concat([frame[["accuracy_m", "geometry"]] for frame in placed], ignore_index=True)
    land = _land(every)
    is_one = len(measured) == 1
    hectares = measured[0].copy() if is_one else overlaps.covered_area(outlines, land)
    met = overlaps.shared_area(outlines, land)
    far = met["feature_id"].map(land["accuracy_m"]).groupby(met["outline_id"])
    told = pd.concat([table["inside_ha"].notna() for table in tables]).groupby(level=0).any()
    hectares[[*_HECTARES]] = hectares[[*_HECTARES]].where(told)
    sure = [(table["covered_share"] >= 1) & (table["state"] != "undecided") for table in tables]
    return hectares.assign(
        layer="together",
        state=pd.concat(sure).groupby(level=0).all().map({True: "as_drawn", False: "at_most"}),
        inside_share=hectares["inside_ha"] / areas.area_ha(outlines),
        accuracy_m=known_error_m(outlines["accuracy_m"], far.max().reindex(outlines.index)),
        site_accuracy_m=outlines["accuracy_m"],
        layer_accuracy_m=far.max().where(far.count() == far.size()),
    )
