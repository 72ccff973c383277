"""The land of each class in two versions of a layer, and what each class gained or lost."""

from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo.errors import UsageError
from nmgeo.measures.class_change import class_change_ha
from nmgeo.messages import Text, list_first, option, text, word
from nmgeo.sources.geometry_kinds import keep_polygons
from nmgeo.sources.standard_columns import given_columns
from nmgeo.sources.value_types import NO_CLASS, class_texts
from nmgeo.translations import did_you_mean, section_words
from nmgeo.units import M2_PER_HECTARE

_COLUMNS: Final = ["from_class", "to_class", "moved_ha", "before_ha", "after_ha"]
_NET_DECIMALS: Final = 2
_MOST_CLASSES: Final = 10  # that the remark names
_LEAST_OVERLAP_HA: Final = 0.00005  # less shows as 0.0000
_SLIVER_HA: Final = 0.001  # 10 square metres, which redrawing and rounding leave
_OUTSIDE: Final = "outside_layer"


def land_by_class(frames: dict[str, gpd.GeoDataFrame], by: str) -> gpd.GeoDataFrame:
    """Measure the land by class before and after.

    Parameters
    ----------
    frames : dict of str to GeoDataFrame
        ``old`` and ``new``, in any CRS.
    by : str
        A column of classes that both have.

    Returns
    -------
    GeoDataFrame, EPSG:2326
        The rows and sums of :func:`nmgeo.measures.class_change.class_change_ha`, hectares, without
        rows of less than 10 m2; ``attrs["remark"]`` counts those, and says what each class gained
        or lost, and the totals.

    Raises
    ------
    UsageError
        If there is no such column.
    LayerError
        If a layer has no polygons.
    """
    land = {side: keep_polygons(frame, side) for side, frame in frames.items()}
    for side, frame in land.items():
        if by not in frame.drop(columns="geometry"):
            known = given_columns(frame)
            wrong = text(
                "the {which} layer has no such column{guess}",
                which=side,
                guess=did_you_mean(by, known),
            )
            raise UsageError(option("by", by), wrong, text("use {known}", known=", ".join(known)))
    columns = _as_one_type(land["old"][by], land["new"][by])
    rows = class_change_ha(land["old"], land["new"], *map(class_texts, columns))
    told = _with_overlaps(_class_remark(rows), *rows.attrs["double_ha"])
    every = rows[[*_COLUMNS, "geometry"]]
    rows = every[~_are_slivers(every)].reset_index(drop=True)
    told = _with_net_changes(told, every)
    rows.attrs["remark"] = _with_slivers(told, every["moved_ha"][_are_slivers(every)])
    outside = dict.fromkeys(["from_class", "to_class"], _OUTSIDE)
    return rows.fillna(outside)


def _as_one_type(old: pd.Series, new: pd.Series) -> list[pd.Series]:
    """Return both columns as numbers where one holds true and false, and the other 1 and 0."""
    both = [old, new]
    are_bool = {pd.api.types.is_bool_dtype(column) for column in both}
    are_numbers = all(pd.api.types.is_numeric_dtype(column) for column in both)
    return (
        [column.astype("Float64") for column in both] if are_numbers and len(are_bool) > 1 else both
    )


def _class_remark(rows: pd.DataFrame) -> Text:
    """Say both totals, and what kept its class."""
    same = (rows["from_class"] == rows["to_class"]) & (rows["from_class"] != NO_CLASS)
    first, second = rows["from_class"].notna(), rows["to_class"].notna()
    return text(
        "{before:,.4f} ha before, {after:,.4f} ha after, of which {same:,.4f} ha kept its class",
        before=rows.loc[first, "moved_ha"].sum(),
        after=rows.loc[second, "moved_ha"].sum(),
        same=rows.loc[same, "moved_ha"].sum(),
    )


def _with_overlaps(remark: Text, old: float, new: float) -> Text:
    """Say how much land several features of one layer hold, and for which class it counts."""
    if max(old, new) < _LEAST_OVERLAP_HA:
        return remark
    return text(
        "{told}; overlaps inside a layer count for the class that is first in the alphabet: "
        "{old:,.4f} ha before, {new:,.4f} ha after",
        told=remark,
        old=old,
        new=new,
    )


def _are_slivers(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows hold less than 10 m2, of classes that hold more on both sides."""
    is_small = (rows["moved_ha"] > 0) & (rows["moved_ha"] < _SLIVER_HA)
    return is_small & ~(rows["before_ha"] < _SLIVER_HA) & ~(rows["after_ha"] < _SLIVER_HA)


def _with_slivers(remark: Text, slivers_ha: pd.Series) -> Text:
    """Say how many rows are left out, and how much land they hold."""
    if slivers_ha.empty:
        return remark
    return text(
        "{told}; left out: {count} rows under 10 m², together {m2:,.2f} m²",
        told=remark,
        count=len(slivers_ha),
        m2=slivers_ha.sum() * M2_PER_HECTARE,
    )


def _with_net_changes(remark: Text, rows: pd.DataFrame) -> Text:
    """Put what each class gained or lost in front, the largest gain first; less than 0.005 is 0."""
    after, before = (rows.groupby(side)["moved_ha"].sum() for side in ("to_class", "from_class"))
    net = (
        after.sub(before, fill_value=0)
        .round(_NET_DECIMALS)
        .sort_values(ascending=False, kind="stable")
    )
    said = [text("{name} {ha:+,.2f}", name=_called(name), ha=ha) for name, ha in net.items() if ha]
    if not said:
        return remark
    classes = list_first(said, _MOST_CLASSES)
    return text("net change of each class in ha: {classes}; {told}", classes=classes, told=remark)


def _called(name: Any) -> str:
    words = section_words("class_row")[NO_CLASS]
    return word(words["en"], words) if name == NO_CLASS else str(name)
