"""Damaged files: bytes flipped at random end in a result or in one line, and never in a crash.

All formats run in another process, since a crash of GDAL ends the process; another one goes on
with the formats that are left. By hand, with more files:
``NMGEO_FUZZ=2000 python -m pytest tests/sources/test_fuzz.py``.
"""

import os
import random
import subprocess
import sys
import warnings
import zipfile
from importlib import import_module
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
from world import layer, square, write

from nmgeo.catalog import OwnFile
from nmgeo.commands.doctor import doctor
from nmgeo.errors import NmgeoError
from nmgeo.sources.crs_check import decide
from nmgeo.sources.crs_check.decide import shipped_known_places
from nmgeo.sources.own_layer import read_own

FLIPS = int(os.environ.get("NMGEO_FUZZ", "25"))  # CI damages more
SEED = 20_261_126
SQUARES = layer(
    {"x": square(0, 0, 100), "y": square(200, 0, 100)}, name=["First", "新田"], lot=[7, 8]
)
NAMES = (
    *("a.geojson", "a.geojsonl", "a.json", "a.gpkg", "a.shp", "a.fgb", "a.kml", "a.gml"),
    *("a.gpx", "a.csv", "a.parquet", "a.zip", "a.tab", "a.mif", "a.dxf", "a.xlsx"),
)
DONE = "done"
ESRI = """{"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}, "fields":
[{"name": "name", "type": "esriFieldTypeString", "alias": "name", "length": 9}], "features":
[{"attributes": {"name": "First"}, "geometry": {"x": 114.05, "y": 22.5}}]}"""


def make(folder, name):
    """Write a small file of a format; return the files that make it up."""
    frame, path = SQUARES.rename_axis("id").reset_index(), folder / name
    drivers = {".gml": "GML", ".geojsonl": "GeoJSONSeq", ".mif": "MapInfo File"}
    drivers |= {".tab": "MapInfo File", ".xlsx": "XLSX"}
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        path.write_text("id,lon,lat,name\nx,114.05,22.5,First\ny,114.06,22.5,新田\n", "utf-8")
    elif path.suffix == ".json":
        path.write_text(ESRI)
    elif path.suffix == ".gpx":
        head = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
        path.write_text(f'{head}<wpt lat="22.5" lon="114.05"><name>First</name></wpt></gpx>')
    elif path.suffix == ".dxf":
        frame[["geometry"]].to_file(path, driver="DXF")
    elif path.suffix == ".xlsx":
        plain = pd.DataFrame(frame.drop(columns="geometry"))
        pyogrio.write_dataframe(plain, path, driver="XLSX")
    elif path.suffix in drivers:
        frame.to_crs(4326).to_file(path, driver=drivers[path.suffix])
    elif path.suffix == ".zip":
        write(SQUARES, folder / "b.shp")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in folder.glob("b.*"):
                archive.write(part, part.name)
                part.unlink()
    else:
        write(SQUARES, path)
    return sorted(part for part in folder.iterdir() if part.is_file())


def damaged(parts, chance):
    """Flip, cut or repeat some bytes of one of the files; return what it held before."""
    part = chance.choice(parts)
    before = part.read_bytes()
    data = bytearray(before)
    for _ in range(chance.choice((1, 1, 3, 10))):
        data[chance.randrange(len(data))] = chance.choice((0, 0xFF, 0x7F, chance.randrange(256)))
    if chance.random() < 0.1:
        del data[chance.randrange(len(data)) :]
    part.write_bytes(bytes(data))
    return part, before


def look_at(file):
    """Read and examine a file; a NmgeoError of one line is an answer too."""
    for look in (lambda: read_own(OwnFile(path=str(file))), lambda: doctor(file)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                look()
            except NmgeoError as error:
                if len(str(error).splitlines()) != 1 or error.exit_code not in (2, 3, 4):
                    raise


def run(folder, name, flips):
    """Damage a file again and again, and put it right after each look."""
    parts, chance = make(folder, name), random.Random(f"{SEED} {name}")  # noqa: S311
    for number in range(flips):
        part, before = damaged(parts, chance)
        say(f"{number} {part.name}")  # the last line names the crash
        try:
            look_at(folder / name)
        except Exception:
            (folder.parent / f"crash-{part.name}").write_bytes(part.read_bytes())
            raise
        part.write_bytes(before)


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_all(folder, flips, names):
    """Damage files of several formats; the CRS check has a few known places, to be fast."""
    few = shipped_known_places()[:5]
    for module in (decide, import_module("nmgeo.commands.doctor.examine")):
        module.shipped_known_places = lambda: few
    for name in names:
        place = folder / name.replace(".", "-")  # GDAL takes a folder with a dot for an archive
        place.mkdir()
        run(place, name, flips)
        say(f"{DONE} {name}")


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """Return by format what its run ended with: nothing, or the last lines before a crash."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    left, found = list(NAMES), {}
    while left:  # a crash ends the process: the next goes on with the formats that are left
        argv = [sys.executable, __file__, str(tmp_path_factory.mktemp("fuzz")), str(FLIPS), *left]
        done = subprocess.run(
            argv, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
        )
        lines = done.stdout.splitlines()
        sound = [name for name in left if f"{DONE} {name}" in lines]
        found |= dict.fromkeys(sound, "")
        left = [name for name in left if name not in sound]
        if left:
            found[left.pop(0)] = "\n".join([*lines[-1:], *done.stderr.splitlines()[-12:], "crash"])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_damaged_bytes_end_in_a_result_or_in_one_line(ends, name):
    assert ends[name] == ""


if __name__ == "__main__":
    run_all(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
