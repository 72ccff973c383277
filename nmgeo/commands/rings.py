"""What surrounds the sites, as tables: the land within distances, and what lies in it.

This module is longer than 300 lines because all options of a ring stand in it, with the checks of
which of them go together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Unpack

import geopandas as gpd
import pandas as pd

from nmgeo import crs
from nmgeo.catalog import Catalog
from nmgeo.commands import ring_notes
from nmgeo.commands.accuracy_notes import accuracy_notes
from nmgeo.commands.blank_rows import with_blank_rows
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    is_length,
    list_of,
    open_inputs,
    read_lengths,
    takes_features,
)
from nmgeo.commands.results import finish
from nmgeo.commands.ring_contents import (
    count_features,
    counted_features,
    features_in_rings,
    measure_contents,
    undecided_count,
)
from nmgeo.commands.ring_distances import COUNTED, cell_metres, counted_edges, signed_metres
from nmgeo.commands.ring_ranges import add_ranges
from nmgeo.commands.sites import every_outline
from nmgeo.commands.zones import class_labels
from nmgeo.errors import UsageError
from nmgeo.measures import areas
from nmgeo.measures.buffer_error import read_max_error
from nmgeo.measures.buffers import ring_shapes
from nmgeo.measures.clip import Boundary, clip_rings, drop_features_beyond, make_boundary
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.messages import either, option, text
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.geometry_kinds import find_geometry, require_polygons
from nmgeo.sources.layers import read_layer, say_unknown_statuses, with_own_key
from nmgeo.translations import Cap, Lang, did_you_mean, join_texts, translate
from nmgeo.units import read_hectares

_CALLED: Final = [
    *OUTLINE_COLUMNS,
    "name_en",
    "fitted_to_published",
]  # what sites have that no file says
_OF_RING: Final = {"area_ha": "ring_ha", "low_ha": "ring_low_ha", "high_ha": "ring_high_ha"}
_ALL: Final = "all"  # the id of the ring round all sites


@takes_features(alone="at", when=is_length)
def rings(  # noqa: PLR0913 - what a ring may be
    sites: Features | Length | Sequence[Length] | None = None,
    at: Length | Sequence[Length] | Catalog = (),
    *,
    at_column: str | None = None,
    cumulative: bool = False,
    dissolve: bool = False,
    cap: Cap = "round",
    max_error: str | None = None,
    clip: Features | None = None,
    by: Features | None = None,
    min_area: str | None = None,
    count: Features | Sequence[Features] | None = None,
    counts_only: bool = False,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> gpd.GeoDataFrame:
    """Measure the land within each distance of every outline, and what lies in it.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    at : str, float or sequence of them
        Distances from the edge: ``"500m"``, ``[500, "1km"]``; below 0, as ``"-20m"``, a setback:
        the land that lies as deep inside the edge. Distances by themselves, as in
        ``nm.rings("500m")``, are ``at``.
    at_column : str, optional
        Instead: the column of the sites that holds the distance of each, in metres or with a unit.
    cumulative : bool
        Every ring from 0, instead of from the distance before.
    dissolve : bool
        One ring round all outlines together, instead of one round each.
    cap : {"round", "flat"}
        How the land about a line ends.
    max_error : str, optional
        How far the edge may be from its true distance, ``"0.1%"`` of it or ``"1m"``: chooses the
        fewest segments to a quarter circle whose sagitta, ``r (1 - cos(pi / 4n))``, keeps within
        it. :data:`nmgeo.measures.buffers.SEGMENTS` if not given.
    clip : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The layer to clip at: ``boundary`` leaves out Shenzhen, ``land`` also the sea; or one of
        yours, such as polygons of dry land (see :func:`nmgeo.measures.clip.make_boundary`).
    by : layer or (layer, str), optional
        The layer of which the area in each ring is measured, by the values of a column:
        ``"LAYER"``, ``"LAYER:COLUMN"`` or ``(gdf, "COLUMN")``.
    min_area : str, optional
        With a column of polygons in ``by``: classes with less land in a ring, such as ``"1m2"``,
        are slivers, counted and added up in one row.
    count : layer or sequence of layers, optional
        The layers whose features are counted, besides the user's own; :data:`COUNTED` if not
        given. Not with ``by``, which counts by itself.
    counts_only : bool
        Count by distance alone and draw no ring: no areas, no geometry; quick for many sites.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    GeoDataFrame, EPSG:2326 if the sites are in it, else EPSG:4326
        One row a ring, indexed as the sites: ``from_m`` (missing for a setback), ``to_m``,
        ``area_ha``, ``low_ha`` to ``high_ha`` (less and plus the edges of the ring times the
        accuracy of the outline, and that of the boundary), ``own_ha`` (the site's own land, which
        the first ring holds), ``segments`` and the radii that
        :func:`nmgeo.measures.buffers.ring_shapes` measures, for each layer a count of all features
        and one of those open (each feature in the ring that
        :func:`nmgeo.commands.ring_contents.features_in_rings` says), and the polygon. With
        ``clip`` what :func:`nmgeo.measures.clip.clip_rings` says, ``outside_where`` (``shenzhen``,
        or ``beyond`` a layer of yours), and what lies wholly beyond is not counted (radii are
        those of the whole ring); with ``dissolve`` the ``double_counted_ha`` of the rings round
        each outline (not of setbacks). With ``by`` one row a ring and category, on each of which
        the area of the whole ring stands as ``ring_ha``, with ``ring_low_ha`` to
        ``ring_high_ha``: see :func:`nmgeo.commands.ring_contents.measure_contents`. The range of
        land inside is ``inside_low_ha`` to ``inside_high_ha``; ``inside_accuracy_m`` adds what is
        known of the outline and of the worst of the category. With a column of polygons the rows
        of a ring add up to its area. Its ``attrs["remark"]`` and ``attrs["notes"]`` say what a
        reader must know. A ring that is not clipped may reach into Shenzhen or the sea.

    Raises
    ------
    UsageError, UnitError, UnknownLayerError
        If there is no distance, it is none, it is 0, or there is no such layer or column.
    LayerError
        If a file is missing or broken, or a boundary cannot be one.

    Warns
    -----
    Notice
        Of which sites a setback leaves nothing; which rings the boundary does not cover.
    """
    _require_one_distance(dissolve=dissolve, at_column=at_column)
    _require_classes(min_area, by)
    here, names = open_ring_layers(inputs, sites, clip=clip, by=by, count=count)
    clip, by = names.get("clip"), names.get("by")
    pen = _Pen(here, read_lengths(at, "at"), at_column, cumulative, cap == "flat", max_error, clip)
    if counts_only:
        _require_distances(dissolve=dissolve, at_column=at_column, cap=cap, clip=clip, by=by)
        return _counted_only(pen, names["count"], lang)
    every, outlines = _outlines(here, lang)
    drawn = pen.draw(outlines)
    if dissolve:
        outlines = _together(outlines, lang)
        drawn = _again(pen.draw(outlines), drawn)
    ring_notes.warn_of_rings(drawn, clip)
    said, counted = ring_notes.describe_rings(drawn, clip, lang), () if by else names["count"]
    undecided = _undecided(pen, outlines, drawn, counted, lang)
    if by is None:
        found = [_counts(pen, outlines, drawn, layer) for layer in counted]
    else:
        found = [_mix(pen, outlines, drawn, by, min_area)]
        drawn = drawn.rename(columns=_OF_RING)  # a row is of a category, not a ring
    table = _table(drawn.join(found), outlines, outlines if dissolve else every)
    said, used = join_texts([said, *undecided], "sentence", lang), [*counted, *names["used"]]
    table.attrs |= {"remark": said, "clip": clip, "undecided": undecided}
    return finish(table, here, used, notes=_notes(table, lang), numbered=False)


def _require_one_distance(*, dissolve: bool, at_column: str | None) -> None:
    if dissolve and at_column is not None:
        wrong = text("one ring for all sites has one distance")
        remedy = text("use {at} instead of {column}", at=option("at"), column=option("at_column"))
        raise UsageError(option("dissolve", value=True), wrong, remedy)


def _require_classes(min_area: str | None, by: Features | None) -> None:
    has_column = isinstance(by, tuple) or (isinstance(by, str) and ":" in by)
    if min_area is not None and not has_column:
        wrong = text("is of the classes of a layer")
        remedy = text("add {by}", by=option("by", "zones:ZONE_LABEL"))
        raise UsageError(option("min_area", min_area), wrong, remedy)


def _outlines(here: Catalog, lang: Lang) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return all sites, and those that have a geometry."""
    every = every_outline(here, lang)
    return every, every[find_geometry(every, here.sites_file)]


def _table(
    rings: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, every: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Index the rings by outline, add what tells each and its accuracy, and a row for the rest."""
    ids = outlines[[*OUTLINE_COLUMNS, "accuracy_m"]]
    rows = rings.join(ids, on="outline_id").set_index("outline_id")
    told = rows.columns.drop([*ids.columns, "geometry"])
    table: gpd.GeoDataFrame = rows[[*OUTLINE_COLUMNS, *told, "accuracy_m", "geometry"]]
    placed = table.set_geometry(crs.transform(table.geometry, crs.drawn_crs(outlines)))
    return with_blank_rows(placed, every)


def _require_distances(**given: Any) -> None:
    """Refuse what needs the shape of a ring, where distances alone are measured."""
    for name, value in given.items():
        if value not in (None, False, "round"):
            thing, wrong = option("counts_only", value=True), text("draws no rings")
            raise UsageError(thing, wrong, text("leave out {other}", other=option(name)))


def _counted_only(pen: "_Pen", layers: Sequence[str], lang: Lang) -> Any:
    """Count by distance, without drawing a ring: quick for a million sites."""
    every, outlines = _outlines(pen.catalog, lang)
    from_m, to_m = counted_edges(pen.at, cumulative=pen.cumulative)
    ids = outlines[[*OUTLINE_COLUMNS, "accuracy_m"]]
    bare = pd.DataFrame({"outline_id": outlines.index.repeat(len(to_m))})
    bare = bare.assign(from_m=from_m * len(outlines), to_m=to_m * len(outlines))
    found = [_counts(pen, outlines, bare, layer) for layer in layers]
    rows = pd.concat([bare, *found], axis=1).join(ids, on="outline_id").set_index("outline_id")
    told = rows.columns.drop(ids.columns)
    table = with_blank_rows(rows[[*OUTLINE_COLUMNS, *told, "accuracy_m"]], every)
    table = finish(table, pen.catalog, layers, notes=_notes(table, lang), numbered=False)
    undecided = _undecided(pen, outlines, bare, layers, lang)
    said = [translate("sentence", "rings_counted", lang), *undecided]
    table.attrs["remark"] = join_texts(said, "sentence", lang)
    return table


def _notes(table: pd.DataFrame, lang: Lang) -> list[str]:
    """Say of how many sites the accuracy is not known, and how uncertain the edges are."""
    return [*accuracy_notes(table, "rings", lang), *ring_notes.inside_remarks(table, lang)]


def _layer_and_column(by: Any) -> tuple[Any, str]:
    """Return the layer and the column of it that ``by`` names, empty for none."""
    if isinstance(by, str):
        layer, _, column = by.partition(":")
        return layer or None, column
    if not isinstance(by, tuple):
        return by, ""
    if len(by) != 2:  # noqa: PLR2004 - a layer and a column
        wrong = text("holds {count} values, not a layer and one of its columns", count=len(by))
        remedy = text("write {example}", example="(gdf, 'COLUMN')")
        raise UsageError(either("by", "--by"), wrong, remedy)
    return by


def open_ring_layers(
    inputs: Inputs, sites: Any, *, clip: Any, by: Any, count: Any
) -> tuple[Catalog, dict[str, Any]]:
    """Open the layers that rings use, by name, path or frame.

    Parameters
    ----------
    inputs, sites, clip, by, count
        As for :func:`rings`.

    Returns
    -------
    (Catalog, dict)
        The catalog that holds them, and their names: ``clip``, ``by`` as ``LAYER:COLUMN``,
        ``count``, and ``used``, the layers of the first two.
    """
    layer, column = _layer_and_column(by)
    counted = list_of(COUNTED if count is None else count)
    given: dict[str, Any] = {f"count_{number}": layer for number, layer in enumerate(counted)}
    here, names = open_inputs(inputs, sites, clip=clip, by=layer, **given)
    own = getattr(inputs.get("catalog"), "own_layers", ())
    counts = list(dict.fromkeys([*(names[parameter] for parameter in given), *own]))
    mixed = f"{names['by']}:{column}" if column else names.get("by")
    used = [names[word] for word in ("clip", "by") if word in names]
    return here, {"clip": names.get("clip"), "by": mixed, "count": counts, "used": used}


@dataclass(frozen=True)
class _Pen:
    """How rings are drawn."""

    catalog: Catalog
    at: tuple[str, ...]
    column: str | None
    cumulative: bool
    flat: bool
    max_error: str | None
    clip: str | None

    @cached_property
    def bound(self) -> Boundary | None:
        return (
            None
            if self.clip is None
            else make_boundary(read_layer(self.catalog, self.clip), self.clip)
        )

    def draw(self, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        made = ring_shapes(
            outlines,
            self._reaches(outlines),
            cumulative=self.cumulative,
            max_error=None if self.max_error is None else read_max_error(self.max_error),
            flat=self.flat,
        )
        accuracy = made["outline_id"].map(outlines["accuracy_m"]).astype(float)
        drawn = made.assign(accuracy_m=accuracy)
        if self.bound is None:
            return _placed(made.assign(**areas.area_limits_ha(drawn, made["area_ha"])))
        kept = clip_rings(made, outlines, self.bound)
        reached = kept["covered_share"] > 0
        room = ((kept["outside_high_ha"] - kept["outside_low_ha"]) / 2).where(reached, 0.0)
        ends = areas.area_limits_ha(drawn, kept["area_ha"])
        ends = {"low_ha": (ends["low_ha"] - room).clip(lower=0), "high_ha": ends["high_ha"] + room}
        where = ring_notes.BEYOND.get(self.bound.name, "beyond")
        return _placed(kept.assign(**ends, outside_where=where))

    def _reaches(self, outlines: gpd.GeoDataFrame) -> list[float] | pd.Series:
        if self.column is None:
            return [signed_metres(length) for length in self.at]
        given = option("at_column", self.column)
        if self.at:
            wrong = text("given with {at}", at=option("at"))
            raise UsageError(given, wrong, text("give one of them"))
        told = outlines.drop(columns="geometry").dropna(axis="columns", how="all")
        if self.column not in told:
            known = [str(column) for column in told.columns.drop(_CALLED, errors="ignore")]
            guess = did_you_mean(self.column, known)
            wrong = text("the sites have no values in such a column{guess}", guess=guess)
            remedy = text("use a column of distances: {known}", known=", ".join(known))
            raise UsageError(given, wrong, remedy)
        where, cells = f"{self.catalog.sites_file}: site", outlines[self.column]
        reaches = [cell_metres(f"{where} {i}: {self.column}", cell) for i, cell in cells.items()]
        return pd.Series(reaches, index=cells.index)

    def read(self, layer: str) -> gpd.GeoDataFrame:
        """Read a layer, as far as it is not cut off."""
        others = read_layer(self.catalog, layer)
        return others if self.bound is None else drop_features_beyond(others, self.bound)


def _placed(rings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put the range of the area beside the area."""
    columns = list(rings.columns.drop(["low_ha", "high_ha"]))
    at = columns.index("area_ha") + 1
    return rings[[*columns[:at], "low_ha", "high_ha", *columns[at:]]]


def _together(outlines: gpd.GeoDataFrame, lang: Lang) -> gpd.GeoDataFrame:
    """Take all outlines as one, which may be as far out as the worst of them."""
    whole = gpd.GeoSeries([crs.to_hk80(outlines).union_all()], index=[_ALL], crs=crs.HK80)
    name = translate("phrase", "all_sites", lang)
    facts = {"site_id": _ALL, "basis": None, "name": name}
    accuracy = outlines["accuracy_m"].max(skipna=False)
    return gpd.GeoDataFrame({**facts, "accuracy_m": accuracy}, geometry=whole, index=[_ALL])


def _again(whole: gpd.GeoDataFrame, apart: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Say what the rings round each outline count more than once; setbacks may grow together."""
    gross = whole["to_m"].map(apart.groupby("to_m")["area_ha"].sum())
    return whole.assign(double_counted_ha=(gross - whole["area_ha"]).mask(whole["to_m"] < 0))


def _counts(
    pen: _Pen, outlines: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, layer: str
) -> pd.DataFrame:
    """Count what lies in each ring: all features, and those open if the layer says so."""
    others = pen.read(layer)
    say_unknown_statuses(others, layer)
    found = counted_features(others)
    return pd.DataFrame(
        {
            f"{layer}_{what}": count_features(outlines, rows, drawn, flat=pen.flat)
            for what, rows in found.items()
        }
    )


def _undecided(
    pen: _Pen, outlines: gpd.GeoDataFrame, rings: pd.DataFrame, layers: Sequence[str], lang: Lang
) -> list[str]:
    """Say for how many features the accuracies leave undecided whether they lie in a ring."""
    counts = {layer: undecided_count(outlines, pen.read(layer), rings) for layer in layers}
    said = ring_notes.undecided_remark(counts, lang)
    return [said] if said else []


def _mix(
    pen: _Pen,
    outlines: gpd.GeoDataFrame,
    drawn: gpd.GeoDataFrame,
    by: str,
    min_area: str | None,
) -> pd.DataFrame:
    """Measure what of a layer lies in each ring, by a column of it."""
    layer, _, column = by.partition(":")
    others = pen.read(layer)
    keyed = with_own_key(others, layer, pen.catalog)
    called = pd.Series("", index=others.index)
    if column:
        called = class_labels(keyed, column, layer, option("by", by))
    pairs = features_in_rings(outlines, others, drawn, flat=pen.flat)
    least_ha = 0.0
    if min_area is not None:
        require_polygons(others, text("layer {layer!r}", layer=layer))
        least_ha = read_hectares(min_area, "min_area")
    found = measure_contents(drawn, others, pairs, called, rest=bool(column), least_ha=least_ha)
    accuracy_m = drawn["outline_id"].map(outlines["accuracy_m"]).astype(float)
    found = add_ranges(found, drawn.assign(accuracy_m=accuracy_m), others, called)
    here = accuracy_m.reindex(found.index)
    there = found["category"].map(others["accuracy_m"].groupby(called).max())
    category = found["category"].replace("", None)
    return found.assign(category=category, inside_accuracy_m=known_error_m(here, there))
