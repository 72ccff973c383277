"""Crosschecks: the same areas, distances and buffers by independent routes, side by side."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from nmgeo import crs
from nmgeo.commands.calls import takes_rows
from nmgeo.commands.crosscheck_routes import GRID, ROUTES, Question
from nmgeo.commands.external_tools import NoAnswerError
from nmgeo.commands.inputs import (
    Features,
    Inputs,
    Length,
    names_layer,
    open_inputs,
    read_length,
    takes_features,
)
from nmgeo.commands.results import add_credits
from nmgeo.commands.sites import sites as read_outlines
from nmgeo.errors import AuditError, UsageError
from nmgeo.formats.gdal import add_layer
from nmgeo.messages import option, text
from nmgeo.records.sites import OUTLINE_COLUMNS
from nmgeo.sources.geometry_kinds import keep_polygons
from nmgeo.sources.layers import read_layer
from nmgeo.translations import Lang, translate
from nmgeo.units import metres

_MEASURES: Final = {"area_ha": "ha", "nearest_m": "m", "buffer_ha": "ha"}
# Largest difference of two routes: the scale of the grid, or the rounding of an engine.
_PPM: Final = {"ellipsoid": 120.0}
_ENGINE_PPM: Final = 0.1
# Our arcs lose 100 ppm of a circle. Those of GEOS are up to 1.5 times as coarse and lose 2.25 times
# as much.
_ARCS_PPM: Final = 230.0
_FLOOR: Final = 0.001  # metres or hectares; smaller values are not compared as a share


@takes_features(alone="layer", when=names_layer)
def crosscheck(
    sites: Features | None = None,
    layer: Features = "stations",
    *,
    at: Length = "500m",
    lang: Lang = "en",
    **inputs: Unpack[Inputs],
) -> pd.DataFrame:
    """Measure every outline by independent routes, and compare the results.

    Parameters
    ----------
    sites : str, path, GeoDataFrame or object with ``__geo_interface__``, optional
        The sites to measure; those of the catalog if not given.
    layer : str, path, GeoDataFrame or object with ``__geo_interface__``
        The layer to which distances are measured. The name of a layer by itself, as in
        ``nm.crosscheck("crossings")``, is the layer.
    at : str or float
        Width of the buffer: ``"500m"`` or ``500``.
    lang : {"en", "tc", "sc"}
        Language of ``name``.
    catalog, site, key, name, crs, encoding, accuracy, strict, max_size : optional
        See :class:`nmgeo.commands.inputs.Inputs`, also for ``generalise``, ``points_only`` and
        ``aggregate``.

    Returns
    -------
    DataFrame
        A row for each outline, measure and route: ``measure`` (``area_ha``, ``nearest_m`` edge to
        edge, ``buffer_ha`` with its site), ``route``, ``value`` in ``unit``, ``ppm`` (difference
        from the grid in millionths; missing where the grid gives 0), ``tolerance_ppm``, ``result``
        (``ok``, ``differs``, ``untested`` where both are 0, or ``reference``: the grid itself),
        what it has in common with the grid (``shared``: the ``outline``, or also ``geos``) and the
        ``tool``. A tool that is not installed has one row, ``absent``, and one that fails or
        reaches no server has one, ``no_answer``, with the reason. The ``attrs["remark"]`` names
        what no route can check.

    Raises
    ------
    UnknownLayerError, UnitError, UsageError
        If there is no such layer, or ``at`` is not a length of more than 0.
    LayerError
        If a file is missing or broken, no site has an area, or the layer is empty.

    Warns
    -----
    Notice
        Which sites have no area and are left out.

    Source
    ------
    ``grid``: GEOS in EPSG:2326, which all commands use. ``ellipsoid``: GeographicLib (Karney),
    through pyproj; :func:`nmgeo.measures.ellipsoid.geodesic_m` finds its own end points, and
    :func:`nmgeo.measures.ellipsoid.geodesic_buffers` draws its own buffer. ``ogr``: SpatiaLite
    in Debian's GDAL. ``qgis``: native algorithms of ``qgis_process``. ``postgis``: a server that
    ``psql`` reaches by its own settings; nothing is stored there. The last three use GEOS too, in
    other versions; buffers of the grid do not (:mod:`nmgeo.measures.buffer_shapes`).
    """
    here, names = open_inputs(inputs, sites, layer=layer)
    reach = metres(read_length(at, "at"))
    if reach <= 0:
        wrong = text("a buffer needs a distance of more than 0")
        raise UsageError(option("at"), wrong, text("write {at}", at=option("at", "500m")))
    outlines = keep_polygons(read_outlines(here, lang=lang), here.sites_file)
    others = read_layer(here, names["layer"])
    with tempfile.TemporaryDirectory(prefix="nmgeo-") as folder:
        asked = _ask(outlines, others, reach, Path(folder) / "asked.gpkg")
        tables = list(_answers(asked))
    grid = tables[0].set_index(["row", "measure"])["value"]
    rows = pd.concat(tables, ignore_index=True)
    rows = _compared(rows, grid).sort_values(["row", "measure"])
    rows = rows.join(outlines[OUTLINE_COLUMNS].reset_index(drop=True), on="row")
    rows["name"] = rows["name"].fillna(
        translate("phrase", "all_sites", lang)
    )  # a tool without an answer
    columns = ["measure", "route", "value", "unit", "ppm", "tolerance_ppm", "result", "shared"]
    table = rows[[*OUTLINE_COLUMNS, *columns, "tool"]].reset_index(drop=True)
    table.attrs["remark"] = _remark(outlines, lang)
    return add_credits(table, here, [names["layer"]])


def _remark(outlines: gpd.GeoDataFrame, lang: Lang) -> str:
    """Name what no route can check: the accuracy of the least accurate outline."""
    known = outlines.dropna(subset="accuracy_m")
    if known.empty:
        return translate("sentence", "crosscheck_unknown", lang)
    worst = known.sort_values("accuracy_m", kind="stable").iloc[-1]
    words = translate("sentence", "crosscheck", lang)
    return words.format(name=worst["name"], accuracy=worst["accuracy_m"])


@takes_rows("crosscheck", "result", "measure", "route")
def require_agreement(rows: pd.DataFrame) -> None:
    """Stop if two routes differ by more than their tolerance.

    Parameters
    ----------
    rows : DataFrame
        From :func:`crosscheck`.

    Raises
    ------
    AuditError
        Naming the first.
    """
    out = rows[rows["result"] == "differs"]
    if len(out):
        first = out.iloc[0]
        compared = int(rows["result"].isin(["ok", "differs"]).sum())
        wrong = text(
            "{count} of {all} differ, first {measure} by {route}",
            count=len(out),
            all=compared,
            measure=first["measure"],
            route=first["route"],
        )
        remedy = text("look at {site} in the table", site=first["site_id"])
        raise AuditError("crosscheck", wrong, remedy)


def _ask(
    outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame, reach: float, file: Path
) -> Question:
    """Write what is asked about as other tools read it: numbered rows on the grid."""
    shapes = {"outlines": crs.to_hk80(outlines), "others": crs.to_hk80(others)}
    for name, shape in shapes.items():
        frame = gpd.GeoDataFrame(
            {"row": range(len(shape))}, geometry=shape.to_numpy(), crs=shape.crs
        )
        add_layer(file, frame, name)
    return Question(outlines, others, reach, file)


def _answers(asked: Question) -> Iterator[pd.DataFrame]:
    """Ask every route; one that gives no answer says why."""
    for route, answer in ROUTES.items():
        try:
            tool, values = answer(asked)
        except NoAnswerError as why:
            told = pd.Series(why.args, dtype=object)  # so that it is translated when it is printed
            yield pd.DataFrame({"row": np.nan, "route": route, "result": why.result, "tool": told})
            continue
        table = pd.DataFrame(values, columns=list(_MEASURES)).rename_axis("row").reset_index()
        yield table.melt("row", var_name="measure").assign(route=route, tool=tool, result="")


def _compared(rows: pd.DataFrame, grid: pd.Series) -> pd.DataFrame:
    first = pd.MultiIndex.from_frame(rows[["row", "measure"]])
    wanted = pd.Series(grid.reindex(first).to_numpy(), index=rows.index)
    off = rows["value"] - wanted
    ppm = (off / wanted * 1e6).where(wanted.abs() > _FLOOR)
    drawn = rows["measure"].map({"buffer_ha": _ARCS_PPM}).fillna(_ENGINE_PPM)
    limit = rows["route"].map(_PPM).fillna(drawn).clip(lower=drawn)
    near = (off.abs() <= _FLOOR) | (ppm.abs() <= limit)
    nothing, ours = (rows["value"] == 0) & (wanted == 0), rows["route"] == GRID
    found = np.select([ours, nothing, near], ["reference", "untested", "ok"], "differs")
    return rows.assign(
        ppm=ppm.mask(ours),
        tolerance_ppm=limit.mask(ours | rows["measure"].isna()),
        result=rows["result"].where(rows["result"] != "", found),
        unit=rows["measure"].map(_MEASURES),
        shared=[_shared(*pair) for pair in zip(rows["route"], rows["measure"], strict=True)],
    )


def _shared(route: str, measure: object) -> str:
    """Say what a route has in common with the grid: engines have versions of GEOS of their own."""
    if measure not in _MEASURES or route == GRID:
        return "nothing"
    return "outline" if route == "ellipsoid" or measure == "buffer_ha" else "geos"
