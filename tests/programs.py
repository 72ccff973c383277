"""Programs of other projects that some tests run.

CI installs all of them and fails without. Elsewhere a test that needs a missing program is skipped,
and the reason names the package to install. A program that is there only in part counts as missing.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

POSTGRES = Path("/usr/lib/postgresql")


def need(package, *names):
    """Return the path of the first program that is here, or say which package brings it."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing(package, f"{names[0]} is not installed")
    return path


def need_library(package, name):
    """Import a Python library, or say which package brings it."""
    if importlib.util.find_spec(name) is None:
        missing(package, f"{name} is not installed", "pip install")
    return importlib.import_module(name)


def need_answer(package, words, part="", **environment):
    """Run a program, and count it as missing if it fails or does not name a part of itself."""
    try:
        done = subprocess.run(
            words,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        missing(package, f"{words[0]} does not start ({error})")
    if done.returncode or part not in done.stdout:
        lines = done.stderr.strip().splitlines() or [f"it does not know {part!r}"]
        missing(package, f"{words[0]} is installed only in part ({lines[-1]})")


def missing(package, what, install="apt-get install"):
    """Skip the test, or fail it in CI, where nothing is missing."""
    say = pytest.fail if os.environ.get("CI") else pytest.skip
    say(f"{what}; get it with: {install} {package}")


@pytest.fixture(scope="module")
def postgis():
    """Start a PostGIS server of our own on a socket; its settings for psql."""
    program = Path(need("postgresql-postgis", "initdb", *POSTGRES.glob("*/bin/initdb")))
    need("postgresql-postgis", "psql")
    as_root = os.geteuid() == 0
    before = ["runuser", "-u", "postgres", "--"] if as_root else []

    def server(*words):
        subprocess.run([*before, *words], check=True, capture_output=True, cwd="/")

    # The path of a socket is short, so the folder lies directly in the system's temporary one.
    with tempfile.TemporaryDirectory(prefix="nmgeo-postgis-") as folder:
        if as_root:  # a server refuses to run as root
            shutil.chown(folder, "postgres")
        data, control = f"{folder}/data", program.with_name("pg_ctl")
        settings = {"PGHOST": folder, "PGUSER": "postgres", "PGDATABASE": "postgres"}
        listen = f"-k {folder} -c listen_addresses='' -c fsync=off"
        server(program, "-D", data, "-U", "postgres", "-A", "trust")
        server(control, "-D", data, "-l", f"{folder}/log", "-w", "-o", listen, "start")
        try:
            extension = ["psql", "-qc", "CREATE EXTENSION postgis"]
            need_answer("postgresql-postgis", extension, **settings)
            yield settings
        finally:
            server(control, "-D", data, "-m", "immediate", "stop")
