"""Time and peak memory of files of 10^5 to 10^7 sites, and how both grow.

``python benchmarks/streams.py 100000 1000000`` prints the table; with ``--docs`` it is also written
into docs/explanation/scale.md, and the plot beside it.
"""

import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from nmgeo import crs
from nmgeo.formats import find_format
from nmgeo.formats.rows import GEOMETRY, Answer

DOCS = Path(__file__).parent.parent / "docs"
NMGEO = str(Path(sys.executable).with_name("nmgeo"))
SEED = 20260101
SITES, VERTICES = 200, 60  # of the layer
CHUNK = 500_000
WEST, SOUTH, EAST, NORTH = 805_000, 818_000, 845_000, 846_000  # Hong Kong 1980 Grid
OFTEN_UP_TO = 1_000_000  # sites of which each run is the best of three; beyond, only points, once
RUNS = 3
COLOURS = {"near": "#0b6e99", "rings": "#b3541e", "inside": "#3d7a37"}
COMMANDS = {
    "near": ["near", "zones"],
    "rings": [
        "rings",
        "--at",
        "500m",
        "--at",
        "1km",
        "--at",
        "2km",
        "--count",
        "zones",
        "--counts-only",
    ],
    "inside": ["inside", "zones"],
}
ROWS = {"near": 1, "rings": 3, "inside": 1}  # of a site, at least


class Run(NamedTuple):
    """What one command took."""

    verb: str
    sites: int
    seconds: float
    mebibytes: float
    rows: int


def write_layer(path: Path) -> None:
    """Write the polygons that are measured to."""
    dice = np.random.default_rng(SEED)
    middle = dice.uniform((WEST, SOUTH), (EAST, NORTH), (SITES, 1, 2))
    angle = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    reach = 300 * dice.uniform(0.6, 1, (SITES, VERTICES, 1))
    rings = middle + reach * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    zones = [f"Z{number}" for number in range(SITES)]
    frame = gpd.GeoDataFrame({"zone": zones}, geometry=shapely.polygons(rings), crs=crs.HK80)
    frame.to_file(path, driver="GPKG")


def write_sites(path: Path, count: int, *, squares: bool) -> None:
    """Write points, or squares of 20 m, in no order, a chunk at a time."""
    dice = np.random.default_rng(SEED)

    def tables() -> Iterator[pa.Table]:
        for start in range(0, count, CHUNK):
            size = min(CHUNK, count - start)
            x, y = dice.uniform((WEST, SOUTH), (EAST, NORTH), (size, 2)).T
            shapes = shapely.box(x, y, x + 20, y + 20) if squares else shapely.points(x, y)
            stored = crs.transform(gpd.GeoSeries(shapes, crs=crs.HK80), crs.WGS84)
            ids = pa.array(range(start, start + size)).cast(pa.string())
            schema = pa.schema([("id", pa.string()), GEOMETRY])
            wkb = pa.array(shapely.to_wkb(stored.to_numpy()), pa.binary())
            yield pa.table([ids, wkb], schema=schema)

    find_format("parquet").write(path, Answer(tables=tables(), crs=crs.WGS84))


def write(path: Path, count: int, *, squares: bool) -> None:
    """Write sites in another process: Linux counts the memory of a parent as its child's peak."""
    job = get_context("spawn").Process(
        target=write_sites, args=(path, count), kwargs={"squares": squares}
    )
    job.start()
    job.join()
    if job.exitcode:
        raise SystemExit("no sites were written")


def run(verb: str, layer: Path, sites: Path, count: int) -> Run:
    """Run a command in a process of its own."""
    out = sites.with_name("out.parquet")
    words = [*COMMANDS[verb], "--layer", f"zones={layer}", "--sites", str(sites), "--key", "id"]
    words += ["--crs", "zones=hk80"]
    start = time.perf_counter()
    running = subprocess.Popen([NMGEO, *words, "-o", str(out)])
    _, status, used = os.wait4(running.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"nmgeo {verb} failed")
    rows = pq.ParquetFile(out).metadata.num_rows
    out.unlink()
    return Run(verb, count, seconds, used.ru_maxrss / 1024, rows)


def best(verb: str, layer: Path, sites: Path, count: int) -> Run:
    """Return the quickest run of a few."""
    times = RUNS if count <= OFTEN_UP_TO else 1
    return min((run(verb, layer, sites, count) for _ in range(times)), key=lambda r: r.seconds)


def measure(counts: list[int]) -> list[Run]:
    """Run every command on files of every size."""
    runs = []
    with tempfile.TemporaryDirectory() as name:
        layer, sites = Path(name) / "zones.gpkg", Path(name) / "sites.parquet"
        write_layer(layer)
        for count in counts:
            write(sites, count, squares=False)
            runs += [best(verb, layer, sites, count) for verb in ("near", "rings")]
            if count <= OFTEN_UP_TO:
                write(sites, count, squares=True)
                runs.append(best("inside", layer, sites, count))
    return runs


def table(runs: list[Run]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores",
        "",
        "| command | sites | s | sites a second | peak MiB |",
        "| :-- | --: | --: | --: | --: |",
    ]
    lines += [
        f"| `{r.verb}` | {r.sites:,} | {r.seconds:.1f} | {r.sites / r.seconds:,.0f} "
        f"| {r.mebibytes:,.0f} |"
        for r in sorted(runs, key=lambda r: (list(COMMANDS).index(r.verb), r.sites))
    ]
    return "\n".join(lines) + "\n"


def plot(runs: list[Run]) -> str:
    """Return the time against the number of sites, both logarithmic, as SVG."""

    def x(sites: float) -> float:
        return 70 + (math.log10(sites) - 5) * 240

    def y(seconds: float) -> float:
        return 300 - math.log10(seconds) * 100

    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 350" font-size="13"'
    parts = [f'{head} font-family="sans-serif"><rect width="620" height="350" fill="#fff"/>']
    for power in (5, 6, 7):
        at = x(10**power)
        parts.append(f'<path d="M{at} 20V300" stroke="#ddd"/>')
        parts.append(f'<text x="{at}" y="320" text-anchor="middle">{10**power:,}</text>')
    for seconds in (1, 10, 100):
        at = y(seconds)
        parts.append(f'<path d="M70 {at}H550" stroke="#ddd"/>')
        parts.append(f'<text x="62" y="{at + 4}" text-anchor="end">{seconds} s</text>')
    parts.append('<text x="310" y="342" text-anchor="middle">sites</text>')
    steepest = f"M{x(1e5)} {y(1)}L{x(1e7)} {y(100)}"
    parts.append(f'<path d="{steepest}" stroke="#999" stroke-dasharray="4 4"/>')
    parts.append(f'<text x="{x(1e7) - 8}" y="{y(1) - 12}" text-anchor="end" fill="#666">')
    parts.append("dashed: 10 µs a site, linear</text>")
    for row, (verb, colour) in enumerate(COLOURS.items()):
        mine = sorted((r.sites, r.seconds) for r in runs if r.verb == verb)
        line = "L".join(f"{x(n):.1f} {y(s):.1f}" for n, s in mine)
        parts.append(f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(n):.1f}" cy="{y(s):.1f}" r="4" fill="{colour}"/>' for n, s in mine
        ]
        parts.append(f'<text x="82" y="{36 + 18 * row}" fill="{colour}">nmgeo {verb}</text>')
    return "".join(parts) + "</svg>\n"


def main(words: list[str]) -> None:
    """Print the table, and with ``--docs`` keep it."""
    counts = [int(word) for word in words if word != "--docs"] or [100_000, 1_000_000]
    runs = measure(counts)
    if any(r.rows < r.sites * ROWS[r.verb] for r in runs):
        raise SystemExit("rows are missing")
    sys.stdout.write(table(runs))
    if "--docs" in words:
        page = DOCS / "explanation" / "scale.md"
        text = page.read_text(encoding="utf-8")
        kept = re.sub(
            r"(<!-- measured: streams -->\n).*?(<!-- end: streams -->)",
            rf"\1\n{table(runs)}\n\2",
            text,
            flags=re.DOTALL,
        )
        page.write_text(kept, encoding="utf-8", newline="\n")
        plotted = page.with_name("streams-scale.svg")
        plotted.write_text(plot(runs), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
