"""Time whole commands beside whole scripts: from a file to a file, start and writing included.

``python benchmarks/whole.py 1000000`` measures points and squares against 200 zones with nmgeo and
with the scripts in ``benchmarks/scripts``, which an analyst would write with GeoPandas. Every run
is a process of its own, both in turn; the answers are compared, and the run stops if they differ.
The floor reads and writes the sites, and measures nothing. ``--peers`` asks SedonaDB and DuckDB for
the nearest too, of those that are installed; DuckDB measures all pairs, which takes minutes. A
second table has the time of reading alone, by format. A process that takes less memory than this
one is shown with that of this one.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from streams import write as write_sites
from streams import write_layer

SCRIPTS: Final = Path(__file__).with_name("scripts")
NMGEO: Final = [sys.executable, "-c", "from nmgeo.cli import app; app()"]
SIZE: Final = 1_000_000
RUNS: Final = 3  # the least of each figure counts, for both alike
PEERS: Final = {"sedonadb": "SedonaDB", "duckdb": "DuckDB"}
READERS: Final = ("read_batches", "read_frame")
OPTIONS: Final = {
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
        "--cumulative",
    ],
    "inside": ["inside", "zones"],
}
SAME: Final = {"near": 0.01, "rings": 1e-3, "inside": 1e-6}  # metres, zones on average, hectares


class Spent(NamedTuple):
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run(argv: list[str], folder: Path, out: str = "") -> Spent:
    """Run a process once."""
    if out:
        (folder / out).unlink(missing_ok=True)
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(argv, cwd=folder, **quiet)
    _, status, used = os.wait4(running.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(argv)}")
    wall = time.perf_counter() - start
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def best(runs: list[Spent]) -> Spent:
    """Return the least of each figure."""
    return Spent(*map(min, zip(*runs, strict=True)))


def make(folder: Path, size: int, verb: str, suffix: str) -> str:
    """Write the sites in a format, and return the name of the file."""
    plain, name = folder / f"{verb}.parquet", f"{verb}{suffix}"
    if not plain.exists():
        write_sites(plain, size, squares=verb == "inside")
    if not (folder / name).exists():
        frame = gpd.read_parquet(plain)
        if suffix == ".csv":
            rows = pd.DataFrame({"id": frame["id"], "lon": frame.geometry.x})
            rows.assign(lat=frame.geometry.y).to_csv(folder / name, index=False)
        else:
            frame.to_file(folder / name)
    return name


def answers(verb: str, file: Path) -> np.ndarray:
    """Read the numbers that a command or a script wrote, in the order of the sites."""
    rows = {".csv": pd.read_csv, ".parquet": pd.read_parquet}.get(file.suffix, gpd.read_file)(file)
    rows = rows.rename(columns={"site_id": "id"}).astype({"id": int})
    if verb == "near":
        return rows.sort_values("id")["nearest_m"].to_numpy()
    if verb == "inside":
        return rows.groupby("id")["inside_ha"].sum().sort_index().to_numpy()
    if "to_m" in rows:
        return rows.pivot_table(index="id", columns="to_m", values="zones_count").to_numpy()
    return rows.sort_values("id")[["zones_500", "zones_1000", "zones_2000"]].to_numpy()


def differ(verb: str, ours: Path, theirs: Path) -> float:
    """Return how far two answers are apart."""
    gaps = np.abs(answers(verb, ours) - answers(verb, theirs))
    # Coordinates are rounded: nmgeo counts a zone up to a centimetre beyond a limit as well.
    return gaps.mean() if verb == "rings" else gaps.max()


def ask_peers(folder: Path, sites: str, runs: int) -> list[tuple[str, Spent]]:
    """Time the engines that are installed, and compare their answers with ours."""
    lines = []
    for module, name in PEERS.items():
        if find_spec(module) is None:
            continue
        argv = [sys.executable, str(SCRIPTS / f"near_{module}.py"), sites, "zones.gpkg"]
        taken = best([run([*argv, "peer.parquet"], folder, "peer.parquet") for _ in range(runs)])
        apart = differ("near", folder / "ours.parquet", folder / "peer.parquet")
        if not apart <= SAME["near"]:
            sys.exit(f"{name}: the answers differ by {apart}")
        lines.append((name, taken))
    return lines


def compare(
    verb: str, suffix: str, folder: Path, size: int, runs: int, *, peers: bool = False
) -> str:
    """Time a command beside its script; return the rows of the table."""
    sites, ours, theirs = make(folder, size, verb, suffix), f"ours{suffix}", f"theirs{suffix}"
    argv = [*NMGEO, *OPTIONS[verb], "--sites", sites, "--layer", "zones=zones.gpkg", "--key", "id"]
    argv += ["--crs", "zones=hk80", "--crs", "sites=wgs84", "-o", ours]
    peer = [sys.executable, str(SCRIPTS / f"{verb}.py"), sites, "zones.gpkg", theirs]
    each = [(run(argv, folder, ours), run(peer, folder, theirs)) for _ in range(runs)]
    command, script = map(best, zip(*each, strict=True))
    apart = differ(verb, folder / ours, folder / theirs)
    if not apart <= SAME[verb]:
        sys.exit(f"{verb}{suffix}: the answers differ by {apart}")
    lines = [(f"nmgeo {verb}", command), ("GeoPandas script", script)]
    if suffix == ".parquet":
        floor = [sys.executable, str(SCRIPTS / "floor.py"), sites, "", "floor.parquet"]
        lines.append(("floor", best([run(floor, folder) for _ in range(runs)])))
        if peers and verb == "near":
            lines += ask_peers(folder, sites, runs)
    return "\n".join(
        f"| {name} | {size:,} | {suffix[1:]} | {spent.wall_s:.2f} | {spent.cpu_s:.2f} "
        f"| {spent.peak_mb:,.0f} | {script.wall_s / spent.wall_s:.1f} "
        f"| {script.cpu_s / spent.cpu_s:.1f} |"
        for name, spent in lines
    )


def reading(suffix: str, folder: Path, size: int, runs: int) -> str:
    """Time the reading of points alone; return a row of the table."""
    sites = make(folder, size, "near", suffix)
    each = [
        [run([sys.executable, str(SCRIPTS / f"{name}.py"), sites], folder) for name in READERS]
        for _ in range(runs)
    ]
    cells = [
        f"{spent.wall_s:.2f} | {spent.cpu_s:.2f} | {spent.peak_mb:,.0f}"
        for spent in map(best, zip(*each, strict=True))
    ]
    return f"| {suffix[1:]} | {' | '.join(cells)} |"


def put(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("size", type=int, nargs="?", default=SIZE)
    words.add_argument("--formats", nargs="*", default=["parquet", "gpkg", "fgb", "csv"])
    words.add_argument("--commands", nargs="*", default=["near", "rings", "inside"])
    words.add_argument("--runs", type=int, default=RUNS)
    words.add_argument("--peers", action="store_true")
    said = words.parse_args()
    names = ("geopandas", "shapely", "pyarrow", "pyogrio")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    put(f"Python {platform.python_version()}, {os.cpu_count()} cores; {versions}\n")
    put("| process | sites | format | wall s | CPU s | peak MiB | times, wall | times, CPU |")
    put("| :-- | --: | :-- | --: | --: | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_layer(folder / "zones.gpkg")
        pairs = [("near", form) for form in said.formats]
        pairs += [("rings", "parquet"), ("inside", "parquet")]
        for verb, form in pairs:
            if verb in said.commands:
                sizes = said.size, said.runs
                put(compare(verb, f".{form}", folder, *sizes, peers=said.peers))
        put(
            "\n| format | nmgeo: wall s | CPU s | peak MiB | GeoPandas: wall s | CPU s | peak MiB |"
        )
        put("| :-- | --: | --: | --: | --: | --: | --: |")
        for form in said.formats:
            put(reading(f".{form}", folder, said.size, said.runs))


if __name__ == "__main__":
    main()
