"""The wheel: geodata travels inside it, and it runs from any directory."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_geodata_words_and_page(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {f"nmgeo/geodata/{p.name}" for p in (ROOT / "geodata").iterdir()} <= names
    assert {"nmgeo/translations/columns.toml", "nmgeo/page/page.html", "nmgeo/py.typed"} <= names
    assert not {name for name in names if name.startswith(("tests/", "geodata/", "docs/"))}


def test_the_wheel_runs_in_an_empty_environment_from_any_directory(wheel, tmp_path):
    home = tmp_path / "venv"
    python = home / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    commands = [
        [uv, "venv", "-q", "--python", sys.executable, home],
        [uv, "pip", "install", "-q", "--python", python, wheel],
    ]
    plain = os.environ | {"UV_COMPILE_BYTECODE": "0"}  # one command runs: few modules are needed
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, env=plain)
    done = subprocess.run(
        [home / "bin" / "nmgeo", "area", "--json"], cwd=tmp_path, check=True, capture_output=True
    )

    assert len(json.loads(done.stdout)["rows"]) == 4
