"""Time the start of the command line and the whole atlas, beside a peer in the same run."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
BIN = Path(sys.executable).parent
NMGEO = str(BIN / "nmgeo")
DATA = Path(__file__).parent.parent / "geodata"

# What an analyst would write by hand for one layer of the atlas: no policies, rings or report.
PEER = f"""
import folium
import geopandas as gpd
sites = gpd.read_file({str(DATA / "sites.geojson")!r})[["name_en", "geometry"]]
stations = gpd.read_file({str(DATA / "stations.geojson")!r})[["name_en", "geometry"]]
grid = sites.to_crs(2326)
sites["area_ha"] = grid.area / 1e4
near = grid.sjoin_nearest(stations.to_crs(2326), distance_col="m")
sites["near_m"] = near.groupby(level=0)["m"].min()
drawn = folium.Map([22.5, 114.08], zoom_start=12)
folium.GeoJson(sites).add_to(drawn)
folium.GeoJson(stations).add_to(drawn)
drawn.save("peer.html")
"""


def median_s(argv: list[str]) -> float:
    """Return the median wall time of a command over some fresh processes, in seconds."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(RUNS + 1):  # the first warms the disk and is not counted
            start = time.perf_counter()
            subprocess.run(argv, cwd=folder, check=True, capture_output=True)
            times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    """Print the table of benchmarks/README.md."""
    python = [sys.executable, "-c"]
    pairs = [
        ("`nmgeo --help`", [NMGEO, "--help"], "`import typer`", [*python, "import typer"]),
        ("`nmgeo layers`", [NMGEO, "layers"], "`import pandas`", [*python, "import pandas"]),
        (
            "`nmgeo area --json`",
            [NMGEO, "area", "--json"],
            "`import geopandas`",
            [*python, "import geopandas"],
        ),
        (
            "`nmgeo atlas`",
            [NMGEO, "atlas", "-o", "maps"],
            "two layers by hand, geopandas and folium",
            [*python, PEER],
        ),
    ]
    sys.stdout.write(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, median of {RUNS}\n\n"
    )
    sys.stdout.write(
        "| command | s | peer in the same run | s | ratio |\n| :-- | --: | :-- | --: | --: |\n"
    )
    for name, argv, peer, other in pairs:
        ours, theirs = median_s(argv), median_s(other)
        sys.stdout.write(f"| {name} | {ours:.2f} | {peer} | {theirs:.2f} | {ours / theirs:.1f} |\n")


if __name__ == "__main__":
    main()
