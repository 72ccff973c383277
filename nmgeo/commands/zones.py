"""Classes of a layer, such as the zones of statutory plans, and the land of sites in each."""

from collections.abc import Mapping
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo import crs
from nmgeo.errors import UsageError, notify
from nmgeo.measures.area_by_class import OVERLAPS, area_by_class
from nmgeo.measures.areas import area_ha
from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.messages import Text, either, text
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.regular_file import is_there
from nmgeo.sources.geometry_kinds import require_polygons
from nmgeo.sources.standard_columns import given_columns
from nmgeo.sources.value_types import class_texts
from nmgeo.translations import Lang, did_you_mean
from nmgeo.units import read_hectares

ZONES: Final = "zones"  # the layer of statutory plan zones, once there is one
ZONE_COLUMNS: Final = ("ZONE_LABEL", "ZONE_MAS")
_DESCRIPTIONS: Final[Mapping[str, str]] = {"tc": "DESC_CHT", "sc": "DESC_CHT"}
CLASS_COLUMNS: Final = [
    *(*OUTLINE_COLUMNS, "layer", "category", "category_name", "inside_count", "inside_ha"),
    *("low_ha", "high_ha", "inside_share", "accuracy_m", "site_accuracy_m", "feature_accuracy_m"),
]


def split_classes(layer: Any) -> tuple[Any, str | None]:
    """Split ``LAYER:COLUMN`` or ``(layer, column)`` into the layer and the column.

    Examples
    --------
    >>> split_classes("zones:ZONE_LABEL"), split_classes("zones.gpkg"), split_classes("C:/z.gpkg")
    (('zones', 'ZONE_LABEL'), ('zones.gpkg', None), ('C:/z.gpkg', None))
    """
    if isinstance(layer, tuple) and len(layer) == 2:  # noqa: PLR2004 - a pair
        return layer
    if not isinstance(layer, str) or ":" not in layer or is_there(layer):
        return layer, None
    name, _, column = layer.rpartition(":")
    if not name or not column or any(sign in column for sign in "/\\"):
        return layer, None
    return name, column


def class_labels(
    frame: gpd.GeoDataFrame, column: str, layer: str, thing: str | None = None
) -> pd.Series:
    """Return the class of each feature as text; what has none is of the class ``no_class``.

    Parameters
    ----------
    frame : GeoDataFrame
        The layer.
    column : str
        A column of it; another case of its letters will do.
    layer : str
        Its name.
    thing : str, optional
        What was written, for a message; ``LAYER:COLUMN`` if not given.

    Returns
    -------
    Series of str
        On the index of ``frame``.

    Raises
    ------
    UsageError
        If there is no such column.
    """
    known = [str(name) for name in frame.columns.drop("geometry")]
    found = next((name for name in known if name == column), None)
    found = found or next((name for name in known if name.lower() == column.lower()), None)
    if found is None:
        raise UsageError(thing or f"{layer}:{column}", *_no_column(frame, column, layer))
    return class_texts(frame[found])


def _no_column(frame: gpd.GeoDataFrame, column: str, layer: str) -> tuple[Text, Text]:
    """Say that a layer has no such column, and which it has."""
    columns = given_columns(frame)
    guess, known = did_you_mean(column, columns), ", ".join(columns)
    wrong = text("layer {layer!r} has no such column{guess}", layer=layer, guess=guess)
    if layer != "sites":
        return wrong, text("use {known}", known=known)
    own = either("layers={'NAME': FILE}", "--layer NAME=FILE")
    remedy = text(
        "it holds the shipped sites: use {known}; or add your own with {own}", known=known, own=own
    )
    return wrong, remedy


def find_zone_column(frame: gpd.GeoDataFrame) -> str | None:
    """Return the column of the zones of statutory plans, None if there is none."""
    by_name = {str(name).upper(): str(name) for name in frame.columns}
    return next((by_name[name] for name in ZONE_COLUMNS if name in by_name), None)


def class_names(frame: gpd.GeoDataFrame, labels: pd.Series, column: str, lang: Lang) -> pd.Series:
    """Return the name of each zone of statutory plans by its label, if the layer gives names."""
    told = {str(name).upper(): name for name in frame.columns}.get(
        _DESCRIPTIONS.get(lang, "DESC_ENG")
    )
    if column.upper() not in ZONE_COLUMNS or told is None:
        return pd.Series(dtype=object)
    names: pd.Series = class_texts(frame[told].dropna()).groupby(labels).first()
    return names


def rows_by_class(
    outlines: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    column: str,
    *,
    layer: str,
    min_area: str | None,
    lang: Lang,
) -> gpd.GeoDataFrame:
    """Measure the land of each outline in each class of a layer.

    Parameters
    ----------
    outlines, others : GeoDataFrame
        Polygons, with accuracies.
    column : str
        The column of the classes.
    layer : str
        The name of the layer.
    min_area : str, optional
        Classes with less land in an outline are slivers, added up in one row: ``"1m2"``.
    lang : {"en", "tc", "sc"}
        Language of the names of zones.

    Returns
    -------
    GeoDataFrame, EPSG:2326 if the sites are in it, else EPSG:4326
        Indexed by outline, with :data:`CLASS_COLUMNS`; see
        :func:`nmgeo.measures.area_by_class.area_by_class`.
    """
    labels = class_labels(others, column, layer)
    least_ha = 0.0 if min_area is None else read_hectares(min_area, "min_area")
    found = area_by_class(outlines, others, labels, least_ha=least_ha).set_index("outline_id")
    is_double = found["category"] == OVERLAPS  # a sum of errors, which has no range
    site_accuracy_m = outlines["accuracy_m"].reindex(found.index).mask(is_double)
    rows = found.join(outlines[OUTLINE_COLUMNS]).assign(
        layer=layer,
        category_name=found["category"].map(class_names(others, labels, column, lang)),
        site_accuracy_m=site_accuracy_m,
        accuracy_m=known_error_m(site_accuracy_m, found["feature_accuracy_m"]),
    )
    drawn = gpd.GeoDataFrame(rows[CLASS_COLUMNS], geometry=outlines.geometry.reindex(rows.index))
    placed: gpd.GeoDataFrame = drawn.to_crs(crs.drawn_crs(outlines))
    return placed


def without_slivers(
    rows: pd.DataFrame, min_area: str | None, *, keep: float | None = None
) -> pd.DataFrame:
    """Leave out rows with less land than ``min_area``, and say how many.

    Parameters
    ----------
    rows : DataFrame
        With ``inside_ha``.
    min_area : str or None
        The least land, such as ``"1m2"``; None keeps all.
    keep : float, optional
        Hectares of rows that stay however small they are: 0 keeps those that hold no land.
    """
    if min_area is None:
        return rows
    land_ha = rows["inside_ha"]
    is_small = ((land_ha < read_hectares(min_area, "min_area")) & (land_ha != keep)).to_numpy()
    if count := int(is_small.sum()):
        said = text("left out: {count} pieces under {area}", count=count, area=min_area)
        notify(said)
    return rows[~is_small]


def dissolve_classes(frame: gpd.GeoDataFrame, columns: str, layer: str) -> gpd.GeoDataFrame:
    """Return the land of each class of a layer as one feature.

    Parameters
    ----------
    frame : GeoDataFrame, n rows, polygons
        The layer.
    columns : str
        The column of the classes, or several with commas: ``"PLAN_NO,ZONE_LABEL"``.
    layer : str
        What to call it in a message.

    Returns
    -------
    GeoDataFrame, EPSG:4326
        Indexed by class: the columns, ``features_count`` and ``area_ha``.

    Raises
    ------
    UsageError
        If there is no such column.
    LayerError
        If a feature has no area.
    """
    require_polygons(frame, text("layer {layer!r}", layer=layer))
    names = [name.strip() for name in columns.split(",")]
    labels = pd.DataFrame({name: class_labels(frame, name, layer) for name in names})
    groups = crs.to_hk80(frame).groupby([labels[name] for name in names])
    land = gpd.GeoSeries(groups.agg(lambda shapes: shapes.union_all()), crs=crs.HK80)
    told = land.index.to_frame(index=False)
    ids = told.agg(" ".join, axis=1).to_numpy()
    rows = told.assign(features_count=groups.size().to_numpy()).set_axis(ids)
    drawn = gpd.GeoDataFrame(rows, geometry=land.set_axis(ids)).rename_axis("id")
    placed: gpd.GeoDataFrame = drawn.assign(area_ha=area_ha(drawn)).to_crs(crs.WGS84)
    return placed
