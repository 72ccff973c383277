"""What changed between two versions of a layer: features, attributes, and land by class."""

from collections.abc import Iterable
from functools import partial
from operator import methodcaller
from typing import Any, Final, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.commands.class_changes import land_by_class
from nmgeo.commands.inputs import Features, Inputs, takes_features
from nmgeo.commands.two_layers import credit_layers, open_two
from nmgeo.errors import LayerError
from nmgeo.measures.areas import area_ha
from nmgeo.measures.matching import pair_by_overlap, pair_by_shape
from nmgeo.measures.pieces import shared_pieces
from nmgeo.measures.shape_change import edges_moved_m
from nmgeo.messages import Text, list_first, option, text
from nmgeo.names import add_names, natural_key
from nmgeo.sources.geometry_kinds import are_polygons, find_geometry
from nmgeo.sources.layers import columns_of_layer, with_own_key
from nmgeo.translations import Lang
from nmgeo.units import M2_PER_HECTARE

_COLUMNS: Final = [
    *("change", "feature_id", "name", "attributes", "before_ha", "after_ha", "difference_ha"),
    *("edge_moved_m", "shared_ha"),
]
_MOST_NAMES: Final = 10  # columns of one version that the remark names
_ARROW: Final = " → "


@takes_features()
def diff(
    old: Features,
    new: Features,
    *,
    by: str | None = None,
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> gpd.GeoDataFrame:
    """List what changed between two versions of a layer, or the land that changed its class.

    Parameters
    ----------
    old, new : str, path, GeoDataFrame or object with ``__geo_interface__``
        The versions; each may be the name of a layer.
    by : str, optional
        A column of classes that both have. The result is then the land by class before and
        after.
    lang : {"en", "tc", "sc"}
        Language of the names.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``. ``key`` is the column of ids by which features
        are matched, of both versions or by ``"old"`` and ``"new"``. Without it features match
        that have the same shape, then those that share more than half of their land.

    Returns
    -------
    GeoDataFrame, EPSG:2326 if the new layer is in it, else EPSG:4326
        A row for each feature that changed: ``change`` (``added``, ``removed``, ``shape``,
        ``attributes`` or ``shape_and_attributes``), ``attributes`` (each with its value before
        and after), ``before_ha``, ``after_ha`` and ``difference_ha``, with the new geometry, or
        the old one of what was removed. Of a changed shape also ``edge_moved_m``
        (:func:`nmgeo.measures.shape_change.edges_moved_m`) and ``shared_ha``, the land that both
        versions hold. A shape is the same if no vertex moved by more than 1 cm. First what
        changed, then what was added, then what was removed, each by id. ``attrs["remark"]`` counts
        the features, and names the columns that only one of the versions has.
        With ``by`` the rows and sums of :func:`nmgeo.measures.class_change.class_change_ha`, with
        ``outside_layer`` for land that a layer does not hold and ``no_class`` where it names no
        class. Rows of less than 10 m2 are left out; ``attrs["remark"]`` says how many, and how much
        land they hold together.

    Raises
    ------
    UsageError
        If there is no such column.
    LayerError
        If a file is missing or broken; with ``by`` also if a layer has no polygons.

    Warns
    -----
    Notice
        Which features have no geometry; with ``by``, which have no area and are left out.
    """
    here, frames, names = open_two(inputs, blank=True, old=old, new=new)
    if by is not None:
        keyed = {word: with_own_key(frame, names[word], here) for word, frame in frames.items()}
        rows = land_by_class(keyed, by)
    else:
        for word, frame in frames.items():
            find_geometry(frame, word)
        told = [frame[columns_of_layer(frame, names[w], here)] for w, frame in frames.items()]
        before, after = (add_names(frame, lang) for frame in frames.values())
        rows = _changes(before, after, told, by_id=bool(inputs.get("key")))
    return credit_layers(rows.to_crs(crs.drawn_crs(frames["new"])), here, names)


def _changes(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, told: list[pd.DataFrame], *, by_id: bool
) -> gpd.GeoDataFrame:
    """List the features that were added, removed or changed; their files tell the attributes."""
    was_told, is_told = compared = _in_common(told)
    shapes = [crs.to_hk80(frame).to_numpy() for frame in (old, new)]
    by_place = partial(_pairs_by_place, attributes=compared, shapes=shapes)
    pairs = _pairs_by_id(old, new) if by_id else by_place(old, new)
    said = _attribute_changes(was_told.iloc[pairs[:, 0]], is_told.iloc[pairs[:, 1]])
    was, now = shapes[0][pairs[:, 0]], shapes[1][pairs[:, 1]]
    moved = ~_same_shape(was, now)
    kinds = np.array(["", "attributes", "shape", "shape_and_attributes"])
    change = kinds[2 * moved + (said != "")]
    before, after = area_ha(old).to_numpy(), area_ha(new).to_numpy()
    changed = _rows(new.iloc[pairs[:, 1]], change, before[pairs[:, 0]], after[pairs[:, 1]])
    changed = changed.assign(attributes=np.where(said == "", None, said))
    changed = changed.assign(**_moves(was, now, moved))
    added = np.setdiff1d(np.arange(len(new)), pairs[:, 1])
    removed = np.setdiff1d(np.arange(len(old)), pairs[:, 0])
    tables = [
        changed[change != ""],
        _rows(new.iloc[added], "added", 0.0, after[added]),
        _rows(old.iloc[removed].to_crs(new.crs), "removed", before[removed], 0.0),
    ]
    by_number = methodcaller("map", natural_key)  # 9 before 10
    ordered = [table.sort_values("feature_id", key=by_number, kind="stable") for table in tables]
    rows = pd.concat(ordered, ignore_index=True)[[*_COLUMNS, "geometry"]]
    rows.attrs["remark"] = _remark(told, rows, int((change == "").sum()), by_id=by_id)
    return rows


def _in_common(told: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return the columns that both versions have, without those that repeat the ids."""
    common = [str(c) for c in told[1] if c in told[0]]
    columns = [c for c in common if not all(_is_id(frame, c) for frame in told)]
    return [frame[columns] for frame in told]


def _rows(frame: gpd.GeoDataFrame, change: Any, before: Any, after: Any) -> gpd.GeoDataFrame:
    found = gpd.GeoDataFrame(
        {"change": change, "feature_id": frame.index.astype(str), "name": frame["name"].to_numpy()},
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
    )
    return found.assign(
        attributes=None,
        edge_moved_m=np.nan,
        shared_ha=np.nan,
        before_ha=before,
        after_ha=after,
        difference_ha=np.asarray(after) - np.asarray(before),
    )


def _moves(old: Any, new: Any, moved: np.ndarray) -> dict[str, Any]:
    """Say of shapes that are not the same how far their edges moved and what land both hold."""
    far, shared = np.full((2, len(moved)), np.nan)
    far[moved] = edges_moved_m(old[moved], new[moved])
    is_land = moved & (shapely.get_dimensions(old) == 2) & (shapely.get_dimensions(new) == 2)  # noqa: PLR2004 - dimensions of polygons
    both = shapely.intersection(old[is_land], new[is_land])
    shared[is_land] = area_ha(gpd.GeoDataFrame(geometry=both, crs=crs.HK80))
    return {"edge_moved_m": far, "shared_ha": shared}


def _remark(told: list[pd.DataFrame], rows: pd.DataFrame, same: int, *, by_id: bool) -> Text:
    """Count the changes, and say how features were matched."""
    counts = rows["change"].value_counts()
    added, removed = int(counts.get("added", 0)), int(counts.get("removed", 0))
    how = text("by shape and overlap; {key} matches by id", key=option("key"))
    remark = text(
        "{old} features before, {new} after: {added} added, {removed} removed, {changed} changed, "
        "{same} the same; matched {how}",
        old=len(told[0]),
        new=len(told[1]),
        added=added,
        removed=removed,
        changed=len(rows) - added - removed,
        same=same,
        how=text("by id") if by_id else how,
    )
    return _with_columns_alone(remark, *told)


def _with_columns_alone(remark: Text, old: pd.DataFrame, new: pd.DataFrame) -> Text:
    """Name the columns that only one of the versions has, whose values are not compared."""
    gone, come = (
        [str(name) for name in here.columns if name not in other.columns]
        for here, other in ((old, new), (new, old))
    )
    if gone:
        told = {"remark": remark, "names": list_first(gone, _MOST_NAMES)}
        remark = text("{remark}; only the old layer has the columns {names}", **told)
    if come:
        told = {"remark": remark, "names": list_first(come, _MOST_NAMES)}
        remark = text("{remark}; only the new layer has the columns {names}", **told)
    return remark


def _pairs_by_id(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> np.ndarray:
    """Pair features of one id."""
    places = new.index.astype(str).get_indexer(old.index.astype(str))
    kept = np.flatnonzero(places >= 0)
    if not len(kept):
        wrong = text("no id stands in both layers")
        raise LayerError(option("key"), wrong, text("name the column that holds the same ids"))
    return np.column_stack([kept, places[kept]])


def _pairs_by_place(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    *,
    attributes: Iterable[pd.DataFrame],
    shapes: list[Any],
) -> np.ndarray:
    """Pair features of one shape, then those of the rest that overlap most."""
    texts = [
        ["\0".join(map(str, row)) for row in frame.to_numpy(dtype=object)] for frame in attributes
    ]
    equal = pair_by_shape(*shapes, *texts)
    rest = [
        np.setdiff1d(np.flatnonzero(are_polygons(frame)), equal[:, side])
        for side, frame in enumerate((old, new))
    ]
    left = [one[rows] for one, rows in zip(shapes, rest, strict=True)]
    old_m2, new_m2 = (
        area_ha(frame.iloc[rows]).to_numpy() * M2_PER_HECTARE
        for frame, rows in zip((old, new), rest, strict=True)
    )
    near = pair_by_overlap(old_m2, new_m2, shared_pieces(*left))
    return np.vstack([equal, np.column_stack([rest[0][near[:, 0]], rest[1][near[:, 1]]])])


def _same_shape(old: Any, new: Any) -> Any:
    """Tell which shapes are the same but for rounding: no vertex moved by more than 1 cm."""
    alike = shapely.equals_exact(shapely.normalize(old), shapely.normalize(new), crs.NOISE_M)
    return alike | shapely.equals(old, new) | (shapely.is_missing(old) & shapely.is_missing(new))


def _attribute_changes(old: pd.DataFrame, new: pd.DataFrame) -> Any:
    """Write for each pair what changed: ``use: pond → CA; height: 3 → 4``."""
    said = [""] * len(old)
    for column in old.columns:
        before, after = old[column].astype(object), new[column].astype(object)
        for place, (one, two) in enumerate(zip(before, after, strict=True)):
            if not _equal(one, two):
                change = f"{column}: {_shown(one)}{_ARROW}{_shown(two)}"
                said[place] = f"{said[place]}; {change}" if said[place] else change
    return np.array(said, dtype=object)


def _is_id(frame: pd.DataFrame, column: str) -> bool:
    """Tell whether a column repeats the ids, as names do that a file does not give."""
    return bool((frame[column].astype(str) == frame.index.astype(str)).all())


def _equal(one: Any, two: Any) -> bool:
    same = one is two or str(one) == str(two) or (_is_missing(one) and _is_missing(two))
    return same or (isinstance(one, int | float) and isinstance(two, int | float) and one == two)


def _is_missing(value: Any) -> bool:
    return value is None or bool(np.all(pd.isna(value)))


def _shown(value: Any) -> str:
    return "–" if _is_missing(value) else str(value)
