"""Time ten commands, and the same ten of another checkout beside them; nothing is asserted.

``python benchmarks/regression.py`` prints the table; ``--before DIR`` names the folder of another
checkout, whose commands are timed in turn with ours. CPU seconds tell more than wall seconds on a
machine that does other work.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from streams import write as write_sites
from streams import write_layer

HERE: Final = Path(__file__).resolve().parent.parent
RUNS: Final = 3
POINTS, LOTS, MANY = 200_000, 2_000, 20_000
OWN: Final = ["--layer", "zones=zones.gpkg", "--crs", "zones=hk80", "--crs", "sites=wgs84"]
COMMANDS: Final = {
    "nmgeo --help": ["--help"],
    "nmgeo near --help": ["near", "--help"],
    "area, shipped sites": ["area"],
    "near stations, shipped sites": ["near", "stations"],
    "policy, shipped sites": ["policy"],
    "strip boundary --width 35m": ["strip", "boundary", "--width", "35m"],
    f"area of {MANY:,} lots": ["area", "--sites", "many.gpkg", "--crs", "hk80", "-o", "OUT.csv"],
    f"constraints, {LOTS:,} lots in 200 zones": [
        *("constraints", "--sites", "lots.gpkg", "--layer", "zones=zones.gpkg", "--crs", "hk80"),
        *("-o", "OUT.csv"),
    ],
    f"near, {POINTS:,} points, 200 zones": [
        *("near", "zones", "--sites", "points.parquet", "--key", "id", *OWN, "-o", "OUT.parquet"),
    ],
    f"inside, {POINTS:,} squares, 200 zones": [
        *("inside", "zones", "--sites", "squares.parquet", "--key", "id", *OWN),
        *("-o", "OUT.parquet"),
    ],
}


def make(folder: Path) -> None:
    """Write the files that the commands are asked about."""
    random = np.random.default_rng(3)
    write_layer(folder / "zones.gpkg")
    write_sites(folder / "points.parquet", POINTS, squares=False)
    write_sites(folder / "squares.parquet", POINTS, squares=True)
    for name, count in (("lots", LOTS), ("many", MANY)):
        x, y = random.uniform((815_000, 825_000), (840_000, 843_000), (count, 2)).T
        side = random.uniform(20, 60, count)
        frame = gpd.GeoDataFrame(geometry=shapely.box(x, y, x + side, y + side), crs=2326)
        frame.to_file(folder / f"{name}.gpkg")


def spent(words: list[str], root: Path, folder: Path) -> tuple[float, float, float] | None:
    """Run a command of a checkout; return wall and CPU seconds and the peak, None if it fails."""
    argv = [sys.executable, "-c", "from nmgeo.cli import app; app()"]
    argv += [word.replace("OUT", f"{time.monotonic_ns()}") for word in words]
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    how = os.environ | {"PYTHONPATH": str(root)}
    running = subprocess.Popen(argv, cwd=folder, env=how, **quiet)
    _, status, used = os.wait4(running.pid, 0)
    wall = time.perf_counter() - start
    return None if status else (wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def line(name: str, words: list[str], roots: list[Path], folder: Path, times: int) -> str:
    """Return a row of the table: for each checkout the best of a few runs, in turn."""
    runs = [[spent(words, root, folder) for root in roots] for _ in range(times)]
    cells = []
    for each in zip(*runs, strict=True):
        done = [one for one in each if one is not None]
        if not done:
            cells.append("– | – | –")
            continue
        wall, cpu, peak = (min(column) for column in zip(*done, strict=True))
        cells.append(f"{wall:.2f} | {cpu:.2f} | {peak:,.0f}")
    return f"| {name} | {' | '.join(cells)} |"


def put(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--before", type=Path, help="folder of another checkout")
    words.add_argument("--runs", type=int, default=RUNS, help="of each; the least counts")
    said = words.parse_args()
    roots = [*([said.before.resolve()] if said.before else []), HERE]
    heads = ["before: wall s", "CPU s", "peak MiB"] if said.before else []
    heads = ["command", *heads, "wall s", "CPU s", "peak MiB"]
    put(f"| {' | '.join(heads)} |")
    put("| :-- |" + " --: |" * (len(heads) - 1))
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
        for command, asked in COMMANDS.items():
            put(line(command, asked, roots, Path(name), said.runs))


if __name__ == "__main__":
    main()
