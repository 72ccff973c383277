"""What a cluster costs: time a part, and memory a worker, on processes of this machine.

``python benchmarks/cluster.py`` prints the tables; with ``--docs`` they are also written into
docs/explanation/scale.md.
"""

import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from distributed import Client, LocalCluster

import nmgeo as nm
from nmgeo import crs
from nmgeo.catalog import Catalog

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "scale.md"
SEED = 20260101
WEST, SOUTH, EAST, NORTH = 805_000, 818_000, 845_000, 846_000  # Hong Kong 1980 Grid
SIDE_M = 20
WORKERS = 2
TINY = 10  # sites in a part that is all overhead
PARTS = (10, 100, 1_000)
LARGE = (10_000, 100_000, 400_000)  # sites a part
RUNS = 3


def write_parts(folder: Path, parts: int, sites: int) -> Catalog:
    """Write squares in no order, which is the worst case, and ask about them."""
    folder.mkdir()
    dice = np.random.default_rng(SEED)
    for number in range(parts):
        x, y = dice.uniform((WEST, SOUTH), (EAST, NORTH), (sites, 2)).T
        shapes = shapely.box(x, y, x + SIDE_M, y + SIDE_M)
        ids = [f"{number}-{row}" for row in range(sites)]
        frame = gpd.GeoDataFrame({"id": ids}, geometry=shapes, crs=crs.HK80)
        frame.to_parquet(folder / f"part.{number}.parquet")
    return nm.open_catalog(sites=folder, key="id", crs="hk80")


@contextmanager
def cluster() -> Iterator[Client]:
    """Start workers, and let each measure once, so that what is loaded is loaded."""
    with (
        LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as here,
        Client(here, set_as_default=False) as client,
        tempfile.TemporaryDirectory() as name,
    ):
        measure(Path(name), write_parts(Path(name) / "warm", 2 * WORKERS, TINY), client)
        yield client


def measure(folder: Path, catalog: Catalog, client: Client | None) -> tuple[float, bytes]:
    """Measure to the stations, here or there: seconds, and what was written."""
    out, held = folder / "out.parquet", nm.near_batches("stations", catalog)
    start = time.perf_counter()
    if client is None:
        nm.stream(out, held, catalog, overwrite=True)
    else:
        with nm.dask_engine(client.scheduler.address) as engine:
            nm.stream(out, held, catalog, overwrite=True, engine=engine)
    return time.perf_counter() - start, out.read_bytes()


def compared(client: Client, parts: int, sites: int) -> str:
    """Return a row: the median of some runs in one process and on the cluster."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalog = write_parts(folder / "parts", parts, sites)
        here, there = ([measure(folder, catalog, c) for _ in range(RUNS)] for c in (None, client))
    if {rows for _, rows in here} != {rows for _, rows in there}:
        raise SystemExit("the rows differ")
    alone, spread = (statistics.median(seconds for seconds, _ in runs) for runs in (here, there))
    return (
        f"| {parts:,} | {sites:,} | {alone:.2f} | {spread:.2f} | {1000 * spread / parts:.1f} "
        f"| {1000 * (spread - alone) / parts:+.1f} |"
    )


def peak() -> float:
    """Return the most memory that this process has had, in MiB; not what its parent had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def remembered(sites: int) -> str:
    """Return a row: the most memory of a worker that measures parts of a size."""
    with cluster() as client, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = max(client.run(peak).values())
        measure(folder, write_parts(folder / "parts", 2 * WORKERS, sites), client)
        after = max(client.run(peak).values())
    return f"| {sites:,} | {before:,.0f} | {after:,.0f} | {(after - before) * 2**20 / sites:,.0f} |"


def tables() -> str:
    """Return both tables in Markdown."""
    start = time.perf_counter()
    with cluster() as client:
        started = time.perf_counter() - start
        rows = [compared(client, parts, TINY) for parts in PARTS]
        rows.append(compared(client, 16, 50_000))
    machine = (
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {WORKERS} workers of one"
    )
    return "\n".join(
        [
            f"{machine} thread, median of {RUNS}; started and warm after {started:.1f} s",
            "",
            "| parts | sites a part | alone s | cluster s | ms a part | more than alone, ms |",
            "| --: | --: | --: | --: | --: | --: |",
            *rows,
            "",
            "| sites a part | worker before, MiB | worker at most, MiB | bytes a site |",
            "| --: | --: | --: | --: |",
            *(remembered(sites) for sites in LARGE),
            "",
        ]
    )


def main(words: list[str]) -> None:
    """Print the tables, and with ``--docs`` keep them."""
    found = tables()
    sys.stdout.write(found)
    if "--docs" in words:
        text = PAGE.read_text(encoding="utf-8")
        pattern = r"(<!-- measured: cluster -->\n).*?(<!-- end: cluster -->)"
        kept = re.sub(pattern, rf"\1\n{found}\n\2", text, flags=re.DOTALL)
        PAGE.write_text(kept, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
