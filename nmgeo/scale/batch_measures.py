"""Measures of batches: near, rings and inside bound to their options, called for each batch.

This module is longer than 300 lines because a measure is bound and applied to a batch in one place,
which the processes of a cluster import.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from inspect import signature
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog, Given, OwnFile
from nmgeo.commands.blank_rows import with_blank_rows
from nmgeo.commands.inputs import Features, Inputs, Length, open_inputs, read_lengths
from nmgeo.commands.inside import inside
from nmgeo.commands.near import near
from nmgeo.commands.rings import open_ring_layers, rings
from nmgeo.commands.zones import split_classes
from nmgeo.errors import UsageError, held_notices
from nmgeo.formats.rows import to_arrow
from nmgeo.measures import distance_origin
from nmgeo.measures.area_units import convert_areas
from nmgeo.messages import option, text
from nmgeo.names import add_names
from nmgeo.records.sites import add_site_columns
from nmgeo.scale.batch_counts import count_sites
from nmgeo.sources.distant_features import warn_of_distant
from nmgeo.sources.geometry_kinds import are_polygons, have_geometry
from nmgeo.sources.layers import read_layer
from nmgeo.sources.repair_geometry import repair_geometry
from nmgeo.sources.standard_columns import add_standard_columns
from nmgeo.sources.value_types import plain_values
from nmgeo.translations import AreaUnit, Lang

FAST: Final = find_spec("numba") is not None  # for all batches or none, so that rows agree
_LAYERS: Final = ("clip", "by", "count")  # the options of rings that are layers
_COMMANDS: Final[Mapping[str, Callable[..., pd.DataFrame]]] = {
    "near": near,
    "rings": rings,
    "inside": inside,
}


@dataclass(frozen=True)
class BatchMeasure:
    """A command bound to all but the sites: it answers for the sites of a batch.

    It can be sent to another process: the user's layers go with it as they were read.

    Parameters
    ----------
    command : str
        ``near``, ``rings`` or ``inside``.
    catalog : Catalog
        The layers, those of the user's own as frames.
    asked : tuple
        What the command is given first: a layer, or distances.
    options : mapping
        Its other options.
    layers : tuple of str
        The layers that it reads.
    uncounted : tuple of str
        Of those, the ones that a call was given to clip at, and not as layers to count.
    units : {"ha", "m2", "sqft"}
        Unit of areas.
    credits : tuple of str
        The credit lines of the sites and the layers.
    """

    command: str
    catalog: Catalog
    asked: tuple[Any, ...]
    options: Mapping[str, Any]
    layers: tuple[str, ...] = ()
    uncounted: tuple[str, ...] = ()
    units: AreaUnit = "ha"
    credits: tuple[str, ...] = ()

    def rows(self, outlines: gpd.GeoDataFrame, name: str) -> pd.DataFrame:
        """Answer for checked sites: the rows of the command, on the index of the sites."""
        given = Given(outlines, checked=True)
        here = replace(self.catalog, own_sites=OwnFile(path=name, given=given))
        table = _COMMANDS[self.command](*self.asked, here, **self.options)
        extra = [f"{name}_{what}" for name in self.uncounted for what in ("count", "open_count")]
        table = table.drop(columns=extra, errors="ignore") if extra else table
        return convert_areas(table, self.units)

    def find_flat(self, sites: gpd.GeoDataFrame) -> np.ndarray:
        """Tell which sites have no area, where the command measures it."""
        if self.command != "inside":
            return np.zeros(len(sites), dtype=bool)
        return ~are_polygons(sites)

    @property
    def same(self) -> dict[str, Any]:
        """What stands in every row, by column."""
        near = {"origin": self.options.get("origin", distance_origin.EDGE)}
        layer = {} if self.command == "rings" else {"layer": self.asked[0]}
        return layer | (near if self.command == "near" else {})

    @property
    def lang(self) -> Lang:
        """Language of names and remarks."""
        lang: Lang = self.options.get("lang", "en")
        return lang

    @property
    def started_with(self) -> dict[str, str]:
        """What the rows follow from, besides the sites: options by name, and what layers hold."""
        held = {
            name: hash_frame(read_layer_of(own)) for name, own in self.catalog.own_layers.items()
        }
        shipped = {name: record.sha256 for name, record in self.catalog.layers.items()}
        shipped |= {name: layer.sha256 for name, layer in self.catalog.pulled.items()}
        first = "at" if self.command == "rings" else "name of the layer"
        options = {
            "kind of measure": self.command,
            first: self.asked,
            **self.chosen,
            "units": self.units,
        }
        told = {name: json.dumps(value) for name, value in options.items()}
        layers = json.dumps([held, shipped], sort_keys=True)
        return told | {"content of a layer": hashlib.sha256(layers.encode()).hexdigest()}

    @cached_property
    def rows_of_none(self) -> pd.DataFrame:
        """The rows of no sites, which show the columns; options that make no sense are refused."""
        none = gpd.GeoDataFrame(geometry=[], index=pd.Index([], dtype=object), crs=crs.HK80)
        with held_notices():  # they are said when sites are measured
            return self.rows(add_standard_columns(none), self.command)

    @property
    def chosen(self) -> dict[str, Any]:
        """The options that are not left as they are by default, however they were given."""
        known = signature(_COMMANDS[self.command]).parameters
        left = {name: _listed(parameter.default) for name, parameter in known.items()}
        given = {name: _listed(value) for name, value in self.options.items()}
        return {name: value for name, value in given.items() if value != left.get(name)}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def near_batches(layer: Features, catalog: Catalog | None = None, **options: Any) -> BatchMeasure:
    """Bind :func:`nmgeo.near` to a layer and its options, for :func:`nmgeo.stream`.

    Parameters
    ----------
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        A layer of the catalog, or one of your own.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    **options
        As for :func:`nmgeo.near`.

    Returns
    -------
    BatchMeasure
        Its rows are those of :func:`nmgeo.near`, in the order of the sites.

    Raises
    ------
    UsageError
        If distances begin at a layer of entrances, or the nearest sites are to stand first: both
        need all sites together.
    UnknownLayerError, LayerError
        If there is no such layer, or its file is broken.

    Examples
    --------
    ``nm.stream("near.parquet", nm.near_batches("stations", catalog, k=2), catalog)``
    """
    origin = options.get("origin", distance_origin.EDGE)
    if origin not in distance_origin.ORIGINS:
        wrong = text("needs all sites together")
        raise UsageError(option("origin", origin), wrong, text("call {function}", function="near"))
    if options.pop("nearest_first", False):
        wrong = text("needs all sites together")
        raise UsageError(option("nearest_first"), wrong, text("call {function}", function="near"))
    inputs: Inputs = {"catalog": catalog}
    here, names = open_inputs(inputs, layer=layer)
    name = names["layer"]
    return _bound("near", here, [name], (name,), options)


def rings_batches(
    at: Length | Sequence[Length] = (), catalog: Catalog | None = None, **options: Any
) -> BatchMeasure:
    """Bind :func:`nmgeo.rings` to distances and its options, for :func:`nmgeo.stream`.

    Parameters
    ----------
    at : str, float or sequence of them
        Distances from the edge: ``["500m", "1km"]``.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    **options
        As for :func:`nmgeo.rings`; ``clip``, ``by`` and ``count`` may be frames.

    Returns
    -------
    BatchMeasure
        Its rows are those of :func:`nmgeo.rings`.

    Raises
    ------
    UsageError
        If the rings of all sites are dissolved, or their distances stand in a column.
    UnknownLayerError, LayerError
        If there is no such layer, or its file is broken.
    """
    if name := next((n for n in ("dissolve", "at_column") if options.get(n)), None):
        wrong = text("needs all sites together")
        raise UsageError(option(name), wrong, text("call {function}", function="rings"))
    given = {name: options[name] for name in _LAYERS if options.get(name) is not None}
    inputs: Inputs = {"catalog": catalog}
    here, names = open_ring_layers(inputs, None, **(dict.fromkeys(_LAYERS) | given))
    options |= {name: names[name] for name in given}
    layers = dict.fromkeys([*names["count"], *names["used"]])
    measure = _bound("rings", here, [*layers], (read_lengths(at, "at"),), options)
    known = catalog.own_layers if catalog else ()
    new = (name for name in names["used"] if name in here.own_layers and name not in known)
    return replace(measure, uncounted=tuple(new))


def inside_batches(layer: Features, catalog: Catalog | None = None, **options: Any) -> BatchMeasure:
    """Bind :func:`nmgeo.inside` to a layer, for :func:`nmgeo.stream`.

    Parameters
    ----------
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        A layer of polygons.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    **options
        As for :func:`nmgeo.inside`.

    Returns
    -------
    BatchMeasure
        Its rows are those of :func:`nmgeo.inside`, with the outline of the site.

    Raises
    ------
    UsageError
        If it is to be measured by the classes of a column.
    UnknownLayerError, LayerError
        If there is no such layer, or its file is broken.
    """
    if split_classes(layer)[1] is not None:
        wrong = text("needs all sites together")
        raise UsageError(option("layer", layer), wrong, text("call {function}", function="inside"))
    inputs: Inputs = {"catalog": catalog}
    here, names = open_inputs(inputs, layer=layer)
    return _bound("inside", here, [names["layer"]], (names["layer"],), options)


def _bound(
    command: str,
    here: Catalog,
    layers: Sequence[str],
    asked: tuple[Any, ...],
    options: Mapping[str, Any],
) -> BatchMeasure:
    """Read each layer once, so that no batch does and what is wrong with one is told at once."""
    frames = {name: read_layer(here, name) for name in layers}
    own = {
        name: OwnFile(
            path=file.path,
            accuracy_m=file.accuracy_m,
            given=Given(frames[name], checked=True, of_file=file.on_disk is not None),
        )
        for name, file in here.own_layers.items()
        if name in layers
    }
    bare = replace(here, own_sites=None, own_layers=own)
    said = here.credits_of(layers, sites=here.own_sites is not None)
    measure = BatchMeasure(command, bare, asked, options, tuple(layers), credits=said)
    _ = measure.rows_of_none  # refuses options that make no sense
    return measure


def measure_batch(
    frame: gpd.GeoDataFrame, measure: BatchMeasure, file: str, *, strict: bool
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
    Table
        The rows of the command in the order of the sites; a site without geometry has one row
        with its name alone. Geometry is in :func:`nmgeo.crs.drawn_crs` of the sites.

    Raises
    ------
    LayerError
        If a geometry cannot be measured.

    Warns
    -----
    Notice
        What was repaired, and what lies well outside Hong Kong.
    """
    rows = measure_frame(frame, measure, file, strict=strict)
    return count_sites(to_arrow(rows), len(frame), *count_unmeasured(frame, measure))


def measure_frame(
    frame: gpd.GeoDataFrame, measure: BatchMeasure, file: str, *, strict: bool
) -> gpd.GeoDataFrame:
    """Measure sites as :func:`measure_batch`: rows by id, their geometry in its CRS."""
    there = have_geometry(frame)
    present = repair_geometry(frame if strict else frame[there], file, strict=strict)
    placed = crs.to_hk80(present)
    warn_of_distant(present, file)
    fit = ~measure.find_flat(present)
    rows = measure.rows(add_standard_columns(present.set_geometry(placed)[fit]), file)
    if measure.command == "inside" or not isinstance(rows, gpd.GeoDataFrame):
        outlines = present.geometry.reindex(rows.index)
        rows = gpd.GeoDataFrame(rows, geometry=outlines.to_numpy(), crs=present.crs)
    rows = rows.set_geometry(crs.transform(rows.geometry, crs.drawn_crs(frame)))
    return rows if there.all() and fit.all() else _with_blanks(rows, frame, measure)


def count_unmeasured(frame: gpd.GeoDataFrame, measure: BatchMeasure) -> tuple[int, int]:
    """Count the sites that have no geometry, and those that have no area where it is measured."""
    there = have_geometry(frame)
    return int((~there).sum()), int((there & measure.find_flat(frame)).sum())


def _with_blanks(
    rows: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, measure: BatchMeasure
) -> gpd.GeoDataFrame:
    """Add a row for each site that is not measured, in its place."""
    every = add_names(add_site_columns(add_standard_columns(frame), keyed=False), measure.lang)
    placed: gpd.GeoDataFrame = with_blank_rows(rows, every, **measure.same)
    return placed


def hash_frame(frame: gpd.GeoDataFrame) -> str:
    """Hash the geometry and the columns of a frame."""
    rows = pd.DataFrame(frame.drop(columns=frame.geometry.name)).apply(plain_values).astype(str)
    told = hashlib.sha256(rows.to_csv().encode())
    shapes = shapely.to_wkb(frame.geometry.to_numpy(), include_srid=True)
    told.update(b"".join(b"-" if shape is None else shape for shape in shapes))
    return told.hexdigest()


def read_layer_of(file: OwnFile) -> gpd.GeoDataFrame:
    """Return the frame of a layer that was read."""
    if file.given is None:
        raise TypeError(file.path)
    frame: gpd.GeoDataFrame = file.given.value
    return frame
