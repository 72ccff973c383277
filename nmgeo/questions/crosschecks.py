"""Crosschecks: the same areas, distances and buffers by independent routes, side by side."""

import csv
import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from nmgeo import crs
from nmgeo.catalog import Catalog, open_catalog
from nmgeo.errors import AuditError, UsageError
from nmgeo.questions.listings import sites
from nmgeo.reading.features import read_layer
from nmgeo.reading.geometries import require_polygons
from nmgeo.reading.outlines import OUTLINE
from nmgeo.rulers import areas
from nmgeo.rulers.buffers import SEGMENTS, ring_shapes
from nmgeo.rulers.proximity import nearest_lines, nearest_m
from nmgeo.units import M2_PER_HECTARE, metres
from nmgeo.words import Lang

GRID: Final = "grid"
_MEASURES: Final = {"area_ha": "ha", "nearest_m": "m", "buffer_ha": "ha"}
# How far apart two routes may come out: the grid's own scale, or the rounding of an engine.
_PPM: Final = {"ellipsoid": 120.0}
_ENGINE_PPM: Final = 0.1
# Arcs of GEOS are up to half again as coarse as asked for: 2.25 times 100 ppm of a circle.
_ARCS_PPM: Final = 230.0
_FLOOR: Final = 0.001  # metres or hectares: below, a share says nothing
_SECONDS: Final = 120


@dataclass(frozen=True)
class _Question:
    """Outlines and features on the grid, and a distance; also as a GeoPackage for other tools."""

    outlines: gpd.GeoDataFrame
    others: gpd.GeoDataFrame
    reach_m: float
    file: Path


class _AbsentError(Exception):
    """A tool is not there, or cannot do this."""


def crosscheck(
    layer: str = "stations",
    catalog: Catalog | None = None,
    *,
    at: str = "500m",
    lang: Lang = "en",
) -> pd.DataFrame:
    """Measure every outline again by independent routes, and say how well they agree.

    Parameters
    ----------
    layer : str
        What the distances are measured to.
    catalog : Catalog, optional
        From :func:`nmgeo.open_catalog`; the shipped one if not given.
    at : str
        The buffer that is drawn: ``"500m"``.
    lang : {"en", "tc", "sc"}
        Language of ``name``.

    Returns
    -------
    DataFrame
        A row for each outline, measure and route: ``measure`` (``area_ha``, ``nearest_m`` edge to
        edge, ``buffer_ha`` with its site), ``route``, ``value`` in ``unit``, ``ppm`` (above what
        the grid says, in millionths; missing where that is 0), ``tolerance_ppm``, ``result``
        (``ok``, ``differs``) and the ``tool``. A tool that is not there has one row, ``absent``,
        which says why.

    Raises
    ------
    UnknownLayerError, UnitError, UsageError
        If there is no such layer, or ``at`` is not a length of more than 0.
    LayerError
        If a file is missing or broken, a site has no area, or the layer is empty.

    Source
    ------
    ``grid``: GEOS in EPSG:2326, which all commands use. ``ellipsoid``: GeographicLib (Karney),
    through pyproj; distances between the ends of the shortest line on the grid. ``ogr``:
    SpatiaLite in Debian's GDAL. ``qgis``: native algorithms of ``qgis_process``. ``postgis``: a
    server that ``psql`` reaches by its own settings; nothing is stored there. The last three rest
    on GEOS too, in versions of their own; buffers of the grid do not (:mod:`nmgeo.rulers.bands`).
    """
    here = catalog or open_catalog()
    reach = metres(at)
    if reach <= 0:
        raise UsageError("--at", "a buffer needs a distance of more than 0", "write --at 500m")
    outlines, others = sites(here, lang=lang), read_layer(here, layer)
    require_polygons(outlines, "sites")
    with tempfile.TemporaryDirectory(prefix="nmgeo-") as folder:
        asked = _ask(outlines, others, reach, Path(folder) / "asked.gpkg")
        tables = list(_answers(asked))
    grid = tables[0].set_index(["row", "measure"])["value"]
    rows = pd.concat(tables, ignore_index=True)
    rows = _compared(rows, grid).sort_values(["row", "measure"], kind="stable")
    rows = rows.join(outlines[OUTLINE].reset_index(drop=True), on="row")
    columns = ["measure", "route", "value", "unit", "ppm", "tolerance_ppm", "result", "tool"]
    return rows[[*OUTLINE, *columns]].reset_index(drop=True)


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
        wrong = f"{len(out)} of {len(rows)} differ, first {first['measure']} by {first['route']}"
        raise AuditError("crosscheck", wrong, f"look at {first['site_id']} in the table")


def _ask(
    outlines: gpd.GeoDataFrame, others: gpd.GeoDataFrame, reach: float, file: Path
) -> _Question:
    """Write what is asked about as other tools read it: numbered rows on the grid."""
    shapes = {"outlines": crs.measured(outlines), "others": crs.measured(others)}
    for name, shape in shapes.items():
        frame = gpd.GeoDataFrame(
            {"row": range(len(shape))}, geometry=shape.to_numpy(), crs=shape.crs
        )
        pyogrio.write_dataframe(frame, file, layer=name, append=file.exists(), GEOMETRY_NAME="geom")
    return _Question(outlines, others, reach, file)


def _answers(asked: _Question) -> Iterator[pd.DataFrame]:
    """Ask every route; one that is absent says why."""
    for route, answer in _ROUTES.items():
        try:
            tool, values = answer(asked)
        except _AbsentError as why:
            yield pd.DataFrame(
                {"row": [np.nan], "route": route, "result": "absent", "tool": [str(why)]}
            )
            continue
        table = pd.DataFrame(values, columns=list(_MEASURES)).rename_axis("row").reset_index()
        yield table.melt("row", var_name="measure").assign(route=route, tool=tool, result="")


def _compared(rows: pd.DataFrame, grid: pd.Series) -> pd.DataFrame:
    first = pd.MultiIndex.from_frame(rows[["row", "measure"]])
    wanted = pd.Series(grid.reindex(first).to_numpy(), index=rows.index)
    off = rows["value"] - wanted
    ppm = (off / wanted * 1e6).where(wanted.abs() > _FLOOR)
    drawn = rows["measure"].map({"buffer_ha": _ARCS_PPM}).fillna(_ENGINE_PPM)
    limit = rows["route"].map(_PPM).fillna(drawn)
    near = (off.abs() <= _FLOOR) | (ppm.abs() <= limit)
    result = rows["result"].where(rows["result"] != "", near.map({True: "ok", False: "differs"}))
    return rows.assign(
        ppm=ppm, tolerance_ppm=limit, result=result, unit=rows["measure"].map(_MEASURES)
    )


_Answer = tuple[str, np.ndarray]  # the tool, and a row an outline: the columns of _MEASURES
_SCALE: Final = np.array([1 / M2_PER_HECTARE, 1.0, 1 / M2_PER_HECTARE])  # of what engines say


def _grid(asked: _Question) -> _Answer:
    rings = ring_shapes(asked.outlines, [asked.reach_m])
    values = [
        areas.area_ha(asked.outlines),
        nearest_m(asked.outlines, asked.others),
        rings["area_ha"],
    ]
    return f"GEOS {shapely.geos_version_string}", np.column_stack(values)


def _ellipsoid(asked: _Question) -> _Answer:
    lines = nearest_lines(asked.outlines, asked.others).geometry
    lengths = [crs.ELLIPSOID.geometry_length(line) for line in lines]
    rings = areas.geodesic_ha(ring_shapes(asked.outlines, [asked.reach_m]))
    return "GeographicLib", np.column_stack([areas.geodesic_ha(asked.outlines), lengths, rings])


def _ogr(asked: _Question) -> _Answer:
    far = "(SELECT min(st_distance(s.geom, o.geom)) FROM others o)"
    buffer = f"st_area(st_buffer(s.geom, {asked.reach_m!r}, {SEGMENTS}))"
    sql = f"SELECT row, st_area(s.geom) a, {far} d, {buffer} b FROM outlines s"  # noqa: S608 - a number of ours
    words = ["-q", "-f", "CSV", "/vsistdout/", str(asked.file), "-dialect", "SQLITE", "-sql", sql]
    version = _run(["ogr2ogr", "--version"]).split(",")[0]
    return f"{version}, SpatiaLite", _table(_run(["ogr2ogr", *words]), "a", "d", "b") * _SCALE


def _qgis(asked: _Question) -> _Answer:
    # Debian's qgis_process is a wrapper that fails; the program itself has another name.
    program = shutil.which("qgis_process.bin") or "qgis_process"
    out = asked.file.with_suffix(".csv")

    def column(algorithm: str, name: str, *words: str) -> np.ndarray:
        out.unlink(missing_ok=True)
        layers = (f"--INPUT={asked.file}|layername=outlines", f"--OUTPUT={out}")
        _run([program, "run", algorithm, *layers, *words])
        return _table(out.read_text(encoding="utf-8"), name)[:, 0]

    def formula(text: str) -> np.ndarray:
        words = ("--FIELD_NAME=v", "--FIELD_TYPE=0", f"--FORMULA={text}")
        return column("native:fieldcalculator", "v", *words)

    others = f"--INPUT_2={asked.file}|layername=others"
    far = column("native:joinbynearest", "distance", others)
    buffer = f"area(buffer($geometry, {asked.reach_m!r}, {SEGMENTS}))"
    version = re.search(r"QGIS [\d.]+", _run([program, "--version"]))
    values = np.column_stack([formula("area($geometry)"), far, formula(buffer)])
    return version[0] if version else "QGIS", values * _SCALE


def _postgis(asked: _Question) -> _Answer:
    shapes = (crs.measured(asked.outlines), crs.measured(asked.others))
    s, o = (
        ", ".join(f"({row}, '{wkb}'::geometry)" for row, wkb in enumerate(shape.to_wkb(hex=True)))
        for shape in shapes
    )
    buffer = f"ST_Area(ST_Buffer(s.g, {asked.reach_m!r}, {SEGMENTS}))"
    far = "(SELECT min(ST_Distance(s.g, o.g)) FROM o)"
    values = f"WITH s(row, g) AS (VALUES {s}), o(row, g) AS (VALUES {o})"
    sql = f"{values} SELECT row, ST_Area(g) a, {far} d, {buffer} b FROM s"  # noqa: S608 - hex of ours
    program = ["psql", "--no-psqlrc", "--no-password", "--csv", "--set=ON_ERROR_STOP=1"]
    version = _run(program, given="SELECT postgis_lib_version()").split()[-1]
    return f"PostGIS {version}", _table(_run(program, given=sql), "a", "d", "b") * _SCALE


_ROUTES: Final[Mapping[str, Callable[[_Question], _Answer]]] = {
    GRID: _grid,
    "ellipsoid": _ellipsoid,
    "ogr": _ogr,
    "qgis": _qgis,
    "postgis": _postgis,
}


def _table(text: str, *columns: str) -> np.ndarray:
    """Read the columns of an engine's CSV, one row an outline, in their order."""
    rows = {
        int(row["row"]): [float(row[c]) for c in columns]
        for row in csv.DictReader(io.StringIO(text))
    }
    return np.array([rows[number] for number in range(len(rows))])


def _run(words: Sequence[str], given: str | None = None) -> str:
    """Run a tool without a screen, and return what it prints."""
    # QGIS takes the Python that it finds first for its own, and falls over that of a venv.
    path = [p for p in os.get_exec_path() if not Path(p, os.pardir, "pyvenv.cfg").exists()]
    quiet = {"QT_QPA_PLATFORM": "offscreen", "PGCONNECT_TIMEOUT": "5"}
    try:
        done = subprocess.run(  # noqa: S603 - words of ours, no shell
            words,
            input=given,
            env=os.environ | quiet | {"PATH": os.pathsep.join(path)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except OSError as error:
        raise _AbsentError(f"{words[0]} cannot be run ({error.strerror})") from None
    except subprocess.SubprocessError as error:
        said = str(getattr(error, "stderr", None) or error).strip().splitlines()
        worst = next((line for line in said if "error" in line.lower()), said[-1])
        raise _AbsentError(f"{words[0]}: {worst.strip()}") from None
    return done.stdout
