"""Damaged files: bytes flipped at random end in a result or in one line, and never in a crash.

Each format runs in a process of its own, since a crash of GDAL ends the process. By hand, with
more files: ``NMGEO_FUZZ=2000 python -m pytest tests/sources/test_fuzz.py``.
"""

import os
import random
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from world import layer, square, write

from nmgeo.catalog import OwnFile
from nmgeo.commands.doctor import doctor
from nmgeo.errors import NmgeoError
from nmgeo.sources.layers import read_own

FLIPS = int(os.environ.get("NMGEO_FUZZ", "25"))
SEED = 20_261_126
SQUARES = layer(
    {"x": square(0, 0, 100), "y": square(200, 0, 100)}, name=["First", "新田"], lot=[7, 8]
)
NAMES = ("a.geojson", "a.gpkg", "a.shp", "a.fgb", "a.kml", "a.gml", "a.csv", "a.parquet", "a.zip")


def make(folder, name):
    """Write a small file of a format; return the files that make it up."""
    frame, path = SQUARES.rename_axis("id").reset_index(), folder / name
    drivers = {".gml": "GML", ".geojsonl": "GeoJSONSeq", ".mif": "MapInfo File"}
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        path.write_text("id,lon,lat,name\nx,114.05,22.5,First\ny,114.06,22.5,新田\n", "utf-8")
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
        print(number, part.name, flush=True)  # noqa: T201 - the last line names the crash
        try:
            look_at(folder / name)
        except Exception:
            (folder.parent / "crash").write_bytes(part.read_bytes())
            raise
        part.write_bytes(before)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_bytes_end_in_a_result_or_in_one_line(tmp_path, name):
    (tmp_path / "in").mkdir()
    argv = [sys.executable, __file__, str(tmp_path / "in"), name, str(FLIPS)]
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=600, env={**os.environ, "PYTHONPATH": path}
    )

    last = done.stdout.splitlines()[-1:] + done.stderr.splitlines()[-12:]
    assert done.returncode == 0, "\n".join(last)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
