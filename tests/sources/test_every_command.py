"""Every command that takes a file reads it with the same care.

The commands and their files come from the program itself: one that is new is tested at once, and
fails if its other arguments are not in the lists below.
"""

import re
from pathlib import Path

import pytest
from hostile import CANARY, hostile
from listener import Listener

import nmgeo as nm

WRITTEN = {"out", "html", "svg"}  # parameters that name a file to write
DRAWN = "-o out/o.html --overwrite"
SITES = {  # what goes before a file of sites, or a file that stands for itself
    "near": "stations",
    "robust": "stations --at 400m",
    "rings": "--at 500m",
    "strip": "boundary --width 35m --side right",
    "inside": "boundary",
    "find": "--stage pilot",
    "zoning": "--by boundary",
    "export": "sites -o out/o.geojson --overwrite",
    "partition": "-o out/parts",
    "join": "owners.csv",
    "atlas": "-o out/atlas --overwrite",
    "pack": "out/o.zip --overwrite",
    "print": "-o out/o.pdf --overwrite",
    "map": DRAWN,
}
LAYER = SITES | {  # what goes before a file that is the layer "zones"
    "near": "zones",
    "matrix": "zones",
    "robust": "zones --at 400m",
    "rings": "--at 500m --count zones",
    "strip": "zones --width 35m --side outside",
    "inside": "zones",
    "zoning": "hetao_hk_park --by zones:Name",
    "constraints": "zones --covers zones=all",
    "crosscheck": "zones",
    "find": "--near zones:1km",
    "export": "zones -o out/o.geojson --overwrite",
}
PLACES = {  # the other arguments of a file among several
    ("diff", "old"): "{} stations",
    ("diff", "new"): "stations {}",
    ("reconcile", "a"): "{} stations",
    ("reconcile", "b"): "stations {}",
    ("join", "table"): "{}",
    ("find", "place"): "{} --stage pilot",
    ("zoning", "site"): "{} --by boundary",
    ("map", "basemap"): f"{DRAWN} --basemap {{}}",
    ("print", "font"): f"{SITES['print']} --font {{}}",
}
OWN = {  # what goes before a table of one's own policies or figures
    "history": "hetao_hk_park",
    "changes": "--from 2025-01-01 --to 2026-01-01",
    "compare": "hetao san_tin_technopole",
    "sheet": "hetao_hk_park",
}
UNREAD = {("layers", "layer"), ("layers", "sites"), ("map", "verify")}  # named, or as it is


def files_of(command):
    """Return the parameters of a command that are a file to read, by name."""
    every = [*command["arguments"], *command["options"]]
    return {
        one["name"]: one["flags"]
        for one in every
        if one["name"] not in WRITTEN
        and (
            re.search("FILE|PAGE", one["metavar"] or "")
            or re.fullmatch(r"[\w/-]+\.[a-z]{2,7}", one["example"] or "")
        )
    }


READ = {
    (command["name"], name): flags
    for command in nm.schema()["commands"]
    for name, flags in files_of(command).items()
}


def words(command, name, file):
    """Return the words of a command that is given a file."""
    if (place := PLACES.get((command, name))) is not None:
        return [command, *place.format(file).split()]
    if name == "layer":
        return [command, *LAYER.get(command, "").split(), "--layer", f"zones={file}"]
    others = SITES if name in ("sites", "file") else OWN
    return [command, *others.get(command, "").split(), *READ[command, name][:1], file]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with hostile files in ``in``, and the listener that they name."""
    folder = tmp_path_factory.mktemp("hostile")
    heard = Listener(folder / "requests")
    hostile(folder, heard.url)
    (folder / "out").mkdir()
    (folder / "owners.csv").write_text("site,owner\nhetao_hk_park,x\n", encoding="utf-8")
    yield folder, heard
    heard.close()


@pytest.fixture(autouse=True)
def here(place, monkeypatch):
    monkeypatch.chdir(place[0])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PATH", "")  # crosscheck finds no other programs, which take long


def require_safe(done, folder, heard):
    """Fail at a traceback, a byte of the canary anywhere, or a request."""
    assert done.exception is None or isinstance(done.exception, SystemExit)
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files).decode(errors="ignore")
    assert CANARY not in done.output + written
    assert not heard.requests


def test_the_files_of_the_program_are_found():
    assert len(READ) > 50
    assert {("audit", "claims"), ("replay", "manifest"), ("reconcile", "b")} <= READ.keys()
    assert {*PLACES, *UNREAD} <= READ.keys()


@pytest.mark.parametrize("file", ["/dev/zero", "in/vrt.geojson"])
@pytest.mark.parametrize(("command", "name"), READ)
def test_a_file_that_cannot_be_read_ends_every_command_in_one_line(place, run, command, name, file):
    done = run(*words(command, name, file))

    require_safe(done, *place)
    if (command, name) not in UNREAD:
        assert (done.exit_code, done.stdout) == (4, ""), done.stderr
        assert re.fullmatch("nmgeo: .+\n", done.stderr)


@pytest.mark.parametrize("command", sorted({command for command, _ in READ}))
def test_a_file_that_is_read_leads_no_command_elsewhere(place, run, command):
    name = next(n for n in ("sites", "layer", *files_of_name(command)) if (command, n) in READ)
    done = run(*words(command, name, "in/net.kml"))

    require_safe(done, *place)
    assert done.exit_code in (0, 2, 3, 4)


def files_of_name(command):
    return [name for one, name in READ if one == command]


def test_nothing_is_written_beside_what_was_read(place):
    folder, _ = place
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["secret", "in", "out", "owners.csv", "requests"]
    )
    assert not [path for path in Path("in").iterdir() if path.suffix in (".gfs", ".part")]
