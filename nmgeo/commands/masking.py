"""Geographic masking: sites and layers that must not be shown exactly are generalised before use.

Whatever is measured, drawn or written afterwards starts from the coarse form, so that nothing of it
leads back to the exact one: no distance, ring, link, extent or attribute.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from nmgeo.catalog import Catalog, Given, OwnFile
from nmgeo.commands.chosen_sites import chosen_outlines
from nmgeo.errors import UsageError, notify
from nmgeo.languages import LANGUAGES
from nmgeo.measures.areas import area_ha
from nmgeo.measures.generalise import (
    REACH,
    class_hulls,
    farthest_m,
    generalised_shapes,
    grid_points,
)
from nmgeo.messages import Text, option, text
from nmgeo.provenance import note_hidden
from nmgeo.records.sites import add_site_columns, read_sites
from nmgeo.sources.frame import has_named_ids
from nmgeo.sources.own_layer import read_own
from nmgeo.sources.standard_columns import (
    NAMES,
    OWN_SITE_ID,
    add_standard_columns,
    given_columns,
)
from nmgeo.sources.value_types import NO_CLASS, class_texts
from nmgeo.translations import Lang, did_you_mean, translate
from nmgeo.units import metres, named_after

FEWEST: Final = 3  # sites of a class that is shown
_CELL_M: Final = 100.0  # if none is named
_SMALLEST_M, _LARGEST_M = 10.0, 10_000.0
_KEPT: Final = (*NAMES, "site_id", OWN_SITE_ID, "basis", "status", "opens")
_STATUS: Final = "schematic"
_DIGITS: Final = 2  # of the area of a class


@dataclass(frozen=True)
class Masking:
    """How coarse sites are made.

    Parameters
    ----------
    generalise : str or float, optional
        Size of the cells of the grid, ``"100m"``, which is also that of points and hulls; a number
        is metres.
    points_only : bool, optional
        Whether a point stands for each outline.
    aggregate : str, optional
        Column whose classes are shown in place of sites.
    """

    generalise: str | float | None = None
    points_only: bool | None = None
    aggregate: str | None = None

    @property
    def cell_m(self) -> float:
        """Size of the cells, metres.

        Raises
        ------
        UsageError
            If it is below 10 m, which hides nothing, or above 10 km.
        """
        if self.generalise is None:
            return _CELL_M
        said = self.generalise
        with named_after("generalise", said):
            cell = metres(said) if isinstance(said, str) else float(said)
        if not _SMALLEST_M <= cell <= _LARGEST_M:
            wrong = text("not a length from 10 m to 10 km")
            remedy = text("write one such as 100m")
            raise UsageError(option("generalise", said), wrong, remedy)
        return cell


def masked_catalog(catalog: Catalog, how: Masking) -> Catalog:
    """Mask what is not masked yet: own sites and layers, or the shipped sites if there are none.

    Parameters
    ----------
    catalog : Catalog
        From :func:`nmgeo.open_catalog`.
    how : Masking
        How coarse.

    Returns
    -------
    Catalog
        It names the exact files, which are not read again.

    Raises
    ------
    UsageError
        If the cell size is invalid, a file has no such column, or no class has enough sites.

    Warns
    -----
    Notice
        What is lost, which every output repeats.
    """
    own_layers = {
        name: file if file.remark else _coarse_file(name, file, read_own(file), how)
        for name, file in catalog.own_layers.items()
    }
    masked, sites = replace(catalog, own_layers=own_layers), catalog.own_sites
    if sites is None and own_layers:  # the shipped sites beside them are public
        return masked
    if sites is not None and sites.remark:
        return masked
    rows = chosen_outlines(read_sites(catalog), catalog)
    shipped = OwnFile(path="sites", given=Given(rows))
    coarse = _coarse_file("sites", sites or shipped, rows, how)
    return replace(masked, own_sites=coarse, chosen=())


def _coarse_file(name: str, file: OwnFile, rows: gpd.GeoDataFrame, how: Masking) -> OwnFile:
    if not has_named_ids(file):  # the column of that name is not what nmgeo calls so
        rows = rows.drop(columns=OWN_SITE_ID, errors="ignore")
    coarse, remark = masked_rows(rows, how, file.path)
    note_hidden(name, str(remark))
    if name == "sites":
        coarse = add_site_columns(coarse, keyed=False)
    given = Given(coarse, checked=True, of_file=file.on_disk is not None)
    return replace(file, given=given, key=None, beside=(), remark=remark)


def masked_rows(rows: gpd.GeoDataFrame, how: Masking, file: str) -> tuple[gpd.GeoDataFrame, Text]:
    """Return the coarse form of features, and what is lost in it.

    Parameters
    ----------
    rows : GeoDataFrame, n rows, any CRS
        Indexed by id; left as they are.
    how : Masking
        How coarse.
    file : str
        What the features are called in a message.

    Returns
    -------
    (GeoDataFrame, Text)
        EPSG:2326, with ids, names and status alone; ``accuracy_m`` grows by how far the coarse form
        may lie from the exact one. The classes of ``aggregate`` have ``sites_count`` and
        ``sites_ha``, of two digits.

    Raises
    ------
    UsageError
        As :func:`masked_catalog`.
    """
    make = _classes if how.aggregate is not None else _points if how.points_only else _outlines
    coarse, remark = make(rows, how, file)
    notify(text("{file}: {remark}", file=file, remark=remark))
    coarse = coarse.assign(geometry_status=_STATUS, method=str(remark))
    return add_standard_columns(coarse), remark


_Made = tuple[gpd.GeoDataFrame, Text]
_Maker = Callable[[gpd.GeoDataFrame, Masking, str], _Made]


def _outlines(rows: gpd.GeoDataFrame, how: Masking, _: str) -> _Made:
    cell = how.cell_m
    remark = text(
        "generalised to a grid of {cell:g} m: outlines are up to {reach:g} m off, distances and "
        "areas are those of the generalised outlines, and of the columns only ids, names and "
        "status are kept",
        cell=cell,
        reach=REACH * cell,
    )
    return _kept(rows, generalised_shapes(rows, cell), REACH * cell), remark


def _points(rows: gpd.GeoDataFrame, how: Masking, _: str) -> _Made:
    cell = how.cell_m
    points = grid_points(rows, cell)
    remark = text(
        "drawn as points on a grid of {cell:g} m: outlines and areas are lost, distances start at "
        "the points, and of the columns only ids, names and status are kept",
        cell=cell,
    )
    return _kept(rows, points, farthest_m(points, rows, cell)), remark


def _kept(rows: gpd.GeoDataFrame, shapes: gpd.GeoSeries, off_m: Any) -> gpd.GeoDataFrame:
    """Return the columns that tell no place, with the coarse shapes and their accuracy."""
    columns = {name: rows[name] for name in _KEPT if name in rows}
    accuracy = rows["accuracy_m"].fillna(0.0) + off_m
    return gpd.GeoDataFrame({**columns, "accuracy_m": accuracy}, geometry=shapes)


def _classes(rows: gpd.GeoDataFrame, how: Masking, file: str) -> _Made:
    column, cell = str(how.aggregate), how.cell_m
    values = _class_values(rows, column, file)
    large = values.groupby(values).transform("size").reindex(rows.index) >= FEWEST
    if not large.any():
        wrong = text("no class has {fewest} sites or more", fewest=FEWEST)
        raise UsageError(option("aggregate", column), wrong, text("name a column of fewer classes"))
    found = _hulls(rows[large], values[large], how)
    remark = text(
        "{count} sites are shown as {classes} classes of {column!r}, drawn as hulls or points on a "
        "grid of {cell:g} m: single sites are lost; {left} sites in classes of fewer than "
        "{fewest} are left out",
        count=int(large.sum()),
        classes=len(found),
        column=column,
        cell=cell,
        left=int((~large).sum()),
        fewest=FEWEST,
    )
    return found, remark


def _hulls(rows: gpd.GeoDataFrame, classes: pd.Series, how: Masking) -> gpd.GeoDataFrame:
    """Return the hull or the point of each class, how many sites it has and their area."""
    cell = how.cell_m
    found = hulls = class_hulls(rows, classes, cell)
    off: Any = REACH * cell
    if how.points_only:
        found = found.set_geometry(grid_points(hulls, cell))
        off = farthest_m(found.geometry, hulls, cell)
    sums = area_ha(rows).groupby(classes).sum().map(lambda area: float(f"{area:.{_DIGITS}g}"))
    names = {one.name_column: _named(found.index, one.code) for one in LANGUAGES}
    return found.assign(**names, sites_ha=sums, accuracy_m=off)


def _named(classes: pd.Index, lang: Lang) -> pd.Series:
    """Return the names of classes in a language: they are the user's own, but for that of none."""
    return classes.to_series().replace(NO_CLASS, translate("class_row", NO_CLASS, lang))


def _class_values(rows: gpd.GeoDataFrame, column: str, file: str) -> pd.Series:
    """Return the class of each site as text, as every command that counts by class reads it."""
    if column not in rows or column == rows.active_geometry_name:
        known = given_columns(rows.drop(columns=rows.active_geometry_name))
        hint = did_you_mean(column, known)
        wrong = text("no such column in {file}{guess}", file=file, guess=hint)
        remedy = text("use {columns}", columns=", ".join(known))
        raise UsageError(option("aggregate", column), wrong, remedy)
    return class_texts(rows[column])
