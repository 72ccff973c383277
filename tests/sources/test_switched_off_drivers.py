"""Drivers that a variable switches off in GDAL: files are read all the same, and writing says why.

Each command runs in a process of its own, since GDAL reads these variables as it is loaded.
"""

import os
import subprocess
import sys

import pytest
from world import sites, square, write

SWITCHED_OFF = "unset {}, which switches drivers of GDAL off"


@pytest.fixture
def lots(tmp_path):
    return write(sites(a=square(0, 0, 100)), tmp_path / "lots.gpkg")


def command(*words, **environment):
    told = os.environ | environment
    named = [sys.executable, "-m", "nmgeo", *map(str, words)]
    return subprocess.run(named, env=told, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("variable", ["GDAL_SKIP", "OGR_SKIP"])
def test_a_file_is_read_and_what_cannot_be_written_says_why(tmp_path, lots, variable):
    done = command("area", lots, **{variable: "GPKG,GeoJSON"})
    assert done.returncode == 0, done.stderr
    assert ",1.00," in done.stdout

    done = command("area", lots, "-o", tmp_path / "a.gpkg", **{variable: "GPKG"})
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(SWITCHED_OFF.format(variable))


@pytest.mark.parametrize(
    "words", [["pack", "folder"], ["export", "-o", "a.geojson"], ["area", "-o", "a.xlsx"]]
)
def test_every_way_to_write_says_so(tmp_path, words):
    *words, out = words
    done = command(*words, tmp_path / out, OGR_SKIP="GPKG,GeoJSON,XLSX,ODS")

    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(SWITCHED_OFF.format("OGR_SKIP"))
    assert list(tmp_path.iterdir()) == []
