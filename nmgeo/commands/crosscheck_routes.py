"""Routes of a crosscheck: areas and distances by the grid, the ellipsoid and other programs."""

import io
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmgeo import crs
from nmgeo.commands.external_tools import read_answers, run_tool
from nmgeo.measures import areas
from nmgeo.measures.buffers import SEGMENTS, ring_shapes
from nmgeo.measures.distances import nearest_m
from nmgeo.measures.ellipsoid import geodesic_buffers, geodesic_m
from nmgeo.units import M2_PER_HECTARE

GRID: Final = "grid"


@dataclass(frozen=True)
class Question:
    """Outlines and features on the grid, and a distance; also as a GeoPackage for other tools."""

    outlines: gpd.GeoDataFrame
    others: gpd.GeoDataFrame
    reach_m: float
    file: Path


Answer = tuple[str, np.ndarray]  # the tool; per outline area, distance, area of the buffer
_SCALE: Final = np.array([1 / M2_PER_HECTARE, 1.0, 1 / M2_PER_HECTARE])  # of what engines say


def _grid(asked: Question) -> Answer:
    rings = ring_shapes(asked.outlines, [asked.reach_m])
    values = [
        areas.area_ha(asked.outlines),
        nearest_m(asked.outlines, asked.others),
        rings["area_ha"],
    ]
    return f"GEOS {shapely.geos_version_string}", np.column_stack(values)


def _ellipsoid(asked: Question) -> Answer:
    lengths = geodesic_m(asked.outlines, asked.others)
    rings = areas.geodesic_ha(geodesic_buffers(asked.outlines, asked.reach_m))
    return "GeographicLib", np.column_stack([areas.geodesic_ha(asked.outlines), lengths, rings])


def _ogr(asked: Question) -> Answer:
    far = "(SELECT min(st_distance(s.geom, o.geom)) FROM others o)"
    buffer = f"st_area(st_buffer(s.geom, {asked.reach_m!r}, {SEGMENTS}))"
    sql = f"SELECT row, st_area(s.geom) a, {far} d, {buffer} b FROM outlines s"  # noqa: S608 - a number of ours
    words = ["-q", "-f", "CSV", "/vsistdout/", str(asked.file), "-dialect", "SQLITE", "-sql", sql]
    version = run_tool(["ogr2ogr", "--version"]).split(",")[0]
    return f"{version}, SpatiaLite", read_answers(
        run_tool(["ogr2ogr", *words]), "a", "d", "b"
    ) * _SCALE


def _qgis(asked: Question) -> Answer:
    # Debian's qgis_process is a wrapper that fails; the program itself has another name.
    program = shutil.which("qgis_process.bin") or "qgis_process"
    out = asked.file.with_suffix(".csv")

    def told(algorithm: str, *words: str) -> tuple[str, str]:
        out.unlink(missing_ok=True)
        layers = (f"--INPUT={asked.file}|layername=outlines", f"--OUTPUT={out}", "--json")
        how = run_tool([program, "run", algorithm, *layers, *words])
        return how, out.read_text(encoding="utf-8")

    how, rows = told("native:joinbynearest", f"--INPUT_2={asked.file}|layername=others")
    far = read_answers(rows, "distance")[:, 0]
    # QGIS takes longer to start for a question than to answer it: one question for two numbers.
    buffer = f"area(buffer($geometry, {asked.reach_m!r}, {SEGMENTS}))"
    formula = f"--FORMULA=to_json(array(area($geometry), {buffer}))"
    words = ("--FIELD_NAME=v", "--FIELD_TYPE=2", "--FIELD_LENGTH=0", formula)
    sizes = pd.read_csv(io.StringIO(told("native:fieldcalculator", *words)[1])).sort_values(
        "row", kind="stable"
    )
    area, buffered = zip(*map(json.loads, sizes["v"]), strict=True)
    version = re.search(r'"qgis_version": "([\d.]+)', how)
    tool = f"QGIS {version[1]}" if version else "QGIS"
    return tool, np.column_stack([area, far, buffered]) * _SCALE


def _postgis(asked: Question) -> Answer:
    shapes = (crs.to_hk80(asked.outlines), crs.to_hk80(asked.others))
    s, o = (
        ", ".join(f"({row}, '{wkb}'::geometry)" for row, wkb in enumerate(shape.to_wkb(hex=True)))
        for shape in shapes
    )
    buffer = f"ST_Area(ST_Buffer(s.g, {asked.reach_m!r}, {SEGMENTS}))"
    far = "(SELECT min(ST_Distance(s.g, o.g)) FROM o)"
    values = f"WITH s(row, g) AS (VALUES {s}), o(row, g) AS (VALUES {o})"
    sql = f"{values} SELECT row, ST_Area(g) a, {far} d, {buffer} b FROM s"  # noqa: S608 - hex of ours
    program = ["psql", "--no-psqlrc", "--no-password", "--csv", "--set=ON_ERROR_STOP=1"]
    version = run_tool(program, given="SELECT postgis_lib_version()").split()[-1]
    return f"PostGIS {version}", read_answers(run_tool(program, given=sql), "a", "d", "b") * _SCALE


ROUTES: Final[Mapping[str, Callable[[Question], Answer]]] = {
    GRID: _grid,
    "ellipsoid": _ellipsoid,
    "ogr": _ogr,
    "qgis": _qgis,
    "postgis": _postgis,
}
