"""Time whole commands beside whole scripts: from a file to a file, start and writing included.

``python benchmarks/whole.py 1000000`` measures points and squares against 200 zones with nmgeo and
with the scripts in ``benchmarks/scripts``, which an analyst would write with GeoPandas. Every run
is a process of its own; the answers are compared, and the run stops if they differ.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
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
RUNS: Final = 3  # the best counts, for both alike
SLOWEST: Final = {"rings": 0.2, "inside": 0.2}  # share of the sites that these commands get
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


def run(argv: list[str], folder: Path, out: str) -> Spent:
    """Run a process, the best of a few times."""
    best = None
    for _ in range(RUNS):
        (folder / out).unlink(missing_ok=True)
        start = time.perf_counter()
        running = subprocess.Popen(argv, cwd=folder, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(running.pid, 0)
        if status:
            sys.exit(f"failed: {' '.join(argv)}")
        wall = time.perf_counter() - start
        spent = Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        best = spent if best is None or spent.wall_s < best.wall_s else best
    return best


def make(folder: Path, size: int, verb: str, suffix: str) -> str:
    """Write the sites in a format, and return the name of the file."""
    count = int(size * SLOWEST.get(verb, 1))
    plain, name = folder / f"{verb}.parquet", f"{verb}{suffix}"
    if not plain.exists():
        write_sites(plain, count, squares=verb == "inside")
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


def compare(verb: str, suffix: str, folder: Path, size: int) -> str:
    """Time a command beside its script; return the rows of the table."""
    sites, ours, theirs = make(folder, size, verb, suffix), f"ours{suffix}", f"theirs{suffix}"
    argv = [*NMGEO, *OPTIONS[verb], "--sites", sites, "--layer", "zones=zones.gpkg", "--key", "id"]
    argv += ["--crs", "zones=hk80", "--crs", "sites=wgs84", "-o", ours]
    command = run(argv, folder, ours)
    script = run(
        [sys.executable, str(SCRIPTS / f"{verb}.py"), sites, "zones.gpkg", theirs], folder, theirs
    )
    gaps = np.abs(answers(verb, folder / ours) - answers(verb, folder / theirs))
    # Coordinates are rounded: nmgeo counts a zone up to a centimetre beyond a limit as well.
    apart = gaps.mean() if verb == "rings" else gaps.max()
    if not apart <= SAME[verb]:
        sys.exit(f"{verb}{suffix}: the answers differ by {apart}")
    count = f"{int(size * SLOWEST.get(verb, 1)):,}"
    lines = [
        (f"nmgeo {verb}", command, f"{script.wall_s / command.wall_s:.1f}"),
        ("GeoPandas script", script, ""),
    ]
    return "\n".join(
        f"| {name} | {count} | {suffix[1:]} | {spent.wall_s:.2f} | {spent.cpu_s:.2f} "
        f"| {spent.peak_mb:,.0f} | {times} |"
        for name, spent, times in lines
    )


def put(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("size", type=int, nargs="?", default=SIZE)
    words.add_argument("--formats", nargs="*", default=["parquet", "gpkg", "fgb", "csv"])
    said = words.parse_args()
    names = ("geopandas", "shapely", "pyarrow", "pyogrio")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    put(f"Python {platform.python_version()}, {os.cpu_count()} cores; {versions}\n")
    put("| process | sites | format | wall s | CPU s | peak MiB | times |")
    put("| :-- | --: | :-- | --: | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_layer(folder / "zones.gpkg")
        pairs = [("near", form) for form in said.formats] + [("rings", "parquet")]
        for verb, form in [*pairs, ("inside", "parquet")]:
            put(compare(verb, f".{form}", folder, said.size))


if __name__ == "__main__":
    main()
