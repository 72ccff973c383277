"""Time the measures of a whole territory beside GeoPandas, SedonaDB and DuckDB in the same run.

`pip install nmgeo[bench]`, then `python benchmarks/territory.py`: a million points and 300,000
buildings against 200 sites, made from a fixed seed. `--size 10000` takes seconds. Every question
is asked in a process of its own, whose answers have to be those of the first; the table is printed
and written to benchmarks/territory.md.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import shapely

Asked: TypeAlias = Callable[[], Any]
Taken: TypeAlias = Callable[[Any], np.ndarray]  # the numbers of an answer, in one order

SEED = 20260101
SIZE = 1_000_000
SITES = 200
RUNS = 3  # the best counts, for every engine alike
RINGS = (500.0, 1_000.0, 2_000.0)
EAST, NORTH = (800_000, 860_000), (812_000, 847_000)  # of Hong Kong on its grid
PAGE = Path(__file__).with_suffix(".md")
SAME = {"nearest": 1e-6, "counts": 0, "overlap": 1e-3}  # metres, geometries, m2 of a site

ENGINES = {
    "nmgeo": "nmgeo",
    "fast": "nmgeo[fast]",
    "geopandas": "GeoPandas",
    "sedonadb": "SedonaDB",
    "duckdb": "DuckDB spatial",
}
QUESTIONS = {
    ("nearest", "points"): "metres from each point to the nearest site",
    ("nearest", "buildings"): "metres from each building to the nearest site",
    ("counts", "points"): "points within 500, 1,000 and 2,000 m of each site",
    ("counts", "buildings"): "buildings within 500, 1,000 and 2,000 m of each site",
    ("overlap", "buildings"): "m2 of buildings in each site",
}
FLOORS = {"read": "reading the GeoParquet file", "tree": "the bare tree: boxes that meet a site's"}


NOTES = """
Layers are in memory, and code is imported and compiled, before the clock starts; the best of three
runs in a process counts, for every engine alike. `times` is how many times faster than GeoPandas;
`differs` is the largest difference from the answers of nmgeo, in
the unit of the question.

"""


def make(folder: Path, size: int) -> None:
    """Write points, rotated rectangles the size of buildings, and sites of 60 vertices."""
    random = np.random.default_rng(SEED)

    def places(count: int) -> np.ndarray:
        return np.column_stack([random.uniform(*EAST, count), random.uniform(*NORTH, count)])

    count = size * 3 // 10
    corners = random.uniform(8, 40, (count, 1, 2)) / 2 * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    turn = random.uniform(0, np.pi, count)
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    rectangles = np.einsum("nci,ijn->ncj", corners, turned) + places(count)[:, None]
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    lobes = np.sin(3 * angle + random.uniform(0, 6, (SITES, 1)))
    radius = random.uniform(200, 800, (SITES, 1)) * (1 + 0.2 * lobes)
    radius *= random.uniform(0.95, 1.05, (SITES, 60))
    round_ = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    layers = {
        "points": shapely.points(places(size)),
        "buildings": shapely.polygons(rectangles),
        "sites": shapely.polygons(round_ + places(SITES)[:, None]),
    }
    for name, shapes in layers.items():
        frame = gpd.GeoDataFrame({"id": np.arange(len(shapes))}, geometry=shapes, crs=2326)
        frame.to_parquet(folder / f"{name}.parquet")


def read(folder: Path, name: str) -> gpd.GeoDataFrame:
    """Read a layer that :func:`make` wrote."""
    return gpd.read_parquet(folder / f"{name}.parquet")


def by_nmgeo(question: str, layer: str, folder: Path, *, fast: bool = False) -> tuple[Asked, Taken]:
    """Ask the kernels of nmgeo."""
    from nmgeo.measures.fast import kernels  # noqa: PLC0415 - only in its own process, here and below

    shapes, sites = (read(folder, name).geometry.to_numpy() for name in (layer, "sites"))
    if question == "nearest":
        kernels.nearest(shapes[:9], sites, fast=fast)  # compiled code is read from the disk
        return lambda: kernels.nearest(shapes, sites, fast=fast), lambda found: found[1]
    if question == "counts":
        kernels.within_counts(sites, shapes[:9], RINGS, fast=fast)
        return lambda: kernels.within_counts(sites, shapes, RINGS, fast=fast), lambda found: found
    return (
        lambda: kernels.overlaps(sites, shapes),
        lambda found: np.bincount(found[0], weights=found[2], minlength=SITES),
    )


def by_geopandas(question: str, layer: str, folder: Path) -> tuple[Asked, Taken]:
    """Ask GeoPandas as its documentation does."""
    frame, sites = read(folder, layer), read(folder, "sites").rename(columns={"id": "site"})
    if question == "nearest":
        return (
            partial(frame.sjoin_nearest, sites, distance_col="metres"),
            lambda found: found.groupby(level=0)["metres"].first().to_numpy(),
        )
    if question == "counts":
        return (
            lambda: [
                frame.sjoin(sites, predicate="dwithin", distance=ring)["site"].value_counts()
                for ring in RINGS
            ],
            lambda found: np.column_stack(
                [column.reindex(range(SITES), fill_value=0) for column in found]
            ),
        )
    return (
        partial(frame.overlay, sites),
        lambda found: np.bincount(found["site"], found.area, minlength=SITES),
    )


COUNTED = """
    SELECT s.id AS id,
        sum(CASE WHEN ST_DWithin(s.geometry, f.geometry, 500) THEN 1 ELSE 0 END) AS a,
        sum(CASE WHEN ST_DWithin(s.geometry, f.geometry, 1000) THEN 1 ELSE 0 END) AS b,
        count(*) AS c
    FROM features f JOIN sites s ON ST_DWithin(s.geometry, f.geometry, 2000) GROUP BY s.id
"""
OVERLAID = """
    SELECT s.id AS id, sum(ST_Area(ST_Intersection(s.geometry, f.geometry))) AS m2
    FROM features f JOIN sites s ON ST_Intersects(s.geometry, f.geometry) GROUP BY s.id
"""
NEAREST = """
    SELECT f.id AS id, ST_Distance(f.geometry, s.geometry) AS metres
    FROM features f JOIN sites s ON ST_KNN(f.geometry, s.geometry, 1, false)
"""
SQL = {"nearest": NEAREST, "counts": COUNTED, "overlap": OVERLAID}


def taken_of(question: str) -> Taken:
    """Return what puts the rows of an engine in the order of their ids."""

    def taken(rows: Any) -> np.ndarray:
        rows = rows.drop_duplicates("id").set_index("id")
        if question != "nearest":
            rows = rows.reindex(range(SITES), fill_value=0)
        return rows.sort_index().to_numpy(dtype=float).squeeze()

    return taken


def by_sedonadb(question: str, layer: str, folder: Path) -> tuple[Asked, Taken]:
    """Ask SedonaDB, with the layers in its memory."""
    import sedonadb  # noqa: PLC0415

    database = sedonadb.connect()
    for view, name in (("features", layer), ("sites", "sites")):
        database.read_parquet(folder / f"{name}.parquet").to_memtable().to_view(view)
    return lambda: database.sql(SQL[question]).to_pandas(), taken_of(question)


def by_duckdb(question: str, layer: str, folder: Path) -> tuple[Asked, Taken]:
    """Ask DuckDB, with the layers in its memory; it has no join of the nearest."""
    import duckdb  # noqa: PLC0415
    import duckdb_extension_spatial  # noqa: PLC0415

    extensions = Path(duckdb_extension_spatial.__path__[0]) / "extensions"
    database = duckdb.connect()
    database.load_extension(str(next(extensions.rglob("spatial.duckdb_extension"))))
    for view, name in (("features", layer), ("sites", "sites")):
        path = str(folder / f"{name}.parquet")
        database.read_parquet(path).create(view)
    return lambda: database.sql(SQL[question]).df(), taken_of(question)


def by_floor(question: str, layer: str, folder: Path) -> tuple[Asked, Taken]:
    """Do what nothing that answers can do without."""
    if question == "read":
        return lambda: read(folder, layer), lambda _: np.zeros(1)
    shapes, sites = (read(folder, name).geometry.to_numpy() for name in (layer, "sites"))
    return lambda: shapely.STRtree(sites).query(shapes), lambda _: np.zeros(1)


ASKED = {
    "nmgeo": by_nmgeo,
    "fast": lambda *asked: by_nmgeo(*asked, fast=True),
    "geopandas": by_geopandas,
    "sedonadb": by_sedonadb,
    "duckdb": by_duckdb,
    "floor": by_floor,
}


def timed(asked: Asked) -> tuple[float, float, Any]:
    """Return seconds, seconds of all cores, and the answer."""
    start, worked = time.perf_counter(), time.process_time()
    found = asked()
    return time.perf_counter() - start, time.process_time() - worked, found


def answer(engine: str, question: str, layer: str, folder: Path) -> None:
    """Ask one engine one question; leave its answer in the folder, and print the cost of it."""
    asked, taken = ASKED[engine](question, layer, folder)
    seconds, worked, found = min((timed(asked) for _ in range(RUNS)), key=lambda run: run[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.save(folder / f"{engine}-{question}-{layer}.npy", taken(found))
    megabytes = peak / (1e6 if sys.platform == "darwin" else 1e3)
    sys.stdout.write(json.dumps({"s": seconds, "cpu": worked, "mb": megabytes}))


def cost(engine: str, question: str, layer: str, folder: Path) -> dict[str, float]:
    """Run :func:`answer` in a process of its own."""
    return json.loads(alone("--answer", engine, question, layer, "--folder", str(folder)))


def alone(*words: str) -> str:
    """Run this file again in a process of its own, and return what it printed."""
    argv = [sys.executable, __file__, *words]
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout


def engines_for(question: str) -> list[str]:
    """Return the engines that can answer a question, ours first."""
    no = {"nearest": {"duckdb"}, "counts": set(), "overlap": {"fast"}}[question]
    return [engine for engine in ENGINES if engine not in no]


def difference(engine: str, question: str, layer: str, folder: Path) -> float:
    """Return how far the answers of an engine are from those of nmgeo; stop if it is too far."""
    ours, theirs = (np.load(folder / f"{e}-{question}-{layer}.npy") for e in ("nmgeo", engine))
    apart = float(np.abs(ours - theirs).max())
    if not apart <= SAME[question]:
        sys.exit(f"{engine}: {question} of {layer} differs from nmgeo by {apart}")
    return apart


def row(question: str, engine: str, spent: dict[str, float], end: str) -> str:
    """Return a row of the table."""
    numbers = f"{spent['s']:.2f} | {spent['cpu']:.2f} | {spent['mb']:,.0f}"
    return f"| {question} | {engine} | {numbers} | {end}\n"


def rows_of(question: str, layer: str, folder: Path) -> list[str]:
    """Return the rows of the table for a question."""
    costs = {engine: cost(engine, question, layer, folder) for engine in engines_for(question)}
    rows = []
    for engine, spent in costs.items():
        apart = difference(engine, question, layer, folder)
        ratio = costs["geopandas"]["s"] / spent["s"]
        end = f"{ratio:.1f} | {apart:.0e} |"
        rows.append(row(QUESTIONS[question, layer], ENGINES[engine], spent, end))
    return rows


def page(size: int) -> str:
    """Return the table, measured now."""
    names = ("nmgeo", "geopandas", "shapely", "numba", "sedonadb", "duckdb")
    lines = [
        f"# {size:,} points and {size * 3 // 10:,} buildings against {SITES} sites\n\n",
        f"Python {platform.python_version()}, {os.cpu_count()} cores; ",
        ", ".join(f"{name} {version(name)}" for name in names),
        f"; seed {SEED}.\n",
        NOTES,
        "| question | engine | s | CPU s | peak MB | times | differs |\n",
        "| :-- | :-- | --: | --: | --: | --: | --: |\n",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone("--size", str(size), "--make", "--folder", name)  # a child starts at our peak
        for question, layer in QUESTIONS:
            lines += rows_of(question, layer, folder)
        for floor, words in FLOORS.items():
            for layer in ("points", "buildings"):
                spent = cost("floor", floor, layer, folder)
                lines.append(row(f"{words} ({layer})", "lower bound", spent, "| |"))
    return "".join(lines)


def main() -> None:
    """Print the table; write it if the run is of full size."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--size", type=int, default=SIZE, help="points; three tenths as many others")
    words.add_argument("--answer", nargs=3, help=argparse.SUPPRESS)
    words.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    words.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    said = words.parse_args()
    if said.make:
        make(said.folder, said.size)
        return
    if said.answer:
        answer(*said.answer, said.folder)
        return
    table = page(said.size)
    sys.stdout.write(table)
    if said.size == SIZE:
        PAGE.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
