"""Explain: a file is known by its content, wherever it lies."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from threading import current_thread, main_thread
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
from PIL import Image
from world import layer, sites, square, write

import nmgeo as nm
from nmgeo import provenance, stamps
from nmgeo.errors import LayerError
from nmgeo.files import sha256
from nmgeo.outputs import explain as explain_module
from nmgeo.stamps import read_stamp

pytestmark = pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")

NMGEO = (sys.executable, "-W", "ignore", "-c", "from nmgeo.cli import app; app()")


@pytest.fixture(autouse=True)
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("NMGEO_JOURNAL", str(tmp_path / "journal"))
    return tmp_path / "journal"


@pytest.fixture
def files(tmp_path):
    lots = write(sites(a=square(0, 0, 100)), tmp_path / "lots.geojson", 2326)
    zones = write(layer({"z": square(0, 0, 300)}), tmp_path / "zones.gpkg")
    return Path(lots), Path(zones)


@pytest.mark.parametrize("name", ["a.csv", "a.gpkg", "a.xlsx", "a.fgb", "a.parquet", "a.geojson"])
def test_a_table_of_any_format_tells_its_command_and_its_inputs(files, tmp_path, run, name):
    lots, zones = files
    words = ("inside", "zones", "--layer", f"zones={zones}", "--sites", lots, "--crs", "sites=hk80")
    assert run(*words, "-o", tmp_path / name).exit_code == 0
    moved = shutil.move(tmp_path / name, tmp_path / "moved")
    rows = nm.explain(moved).set_index("file")

    assert rows.loc["moved", "detail"] == provenance.command_line(map(str, words))
    assert rows.loc["moved", "sha256"] == sha256(tmp_path / "moved")
    assert rows.loc["nmgeo", "detail"] == nm.__version__
    assert rows.loc["zones", "sha256"] == sha256(zones)
    assert rows.loc["sites", "sha256"] == sha256(lots)
    assert list(rows.index) == ["moved", "nmgeo", "sites", "zones"]  # only what was read


def test_inputs_that_changed_or_are_gone_are_told(files, tmp_path, run, monkeypatch):
    lots, zones = files
    monkeypatch.chdir(tmp_path)
    words = ("inside", "zones", "--layer", f"zones={zones.name}", "--sites", lots.name)
    run(*words, "--crs", "sites=hk80", "-o", "a.geojson")
    run("near", "stations", "--sites", lots.name, "--crs", "hk80", "-o", "b.csv")
    monkeypatch.chdir("/")
    told = [nm.explain(tmp_path / name).set_index("file")["now"] for name in ("a.geojson", "b.csv")]
    zones.write_bytes(zones.read_bytes() + b"\0")
    lots.unlink()
    later = nm.explain(tmp_path / "a.geojson").set_index("file")["now"]

    assert told[0].dropna().to_dict() == {"sites": "same", "zones": "same"}
    assert told[1].dropna().to_dict() == {"sites": "same", "stations": "same"}
    assert later.dropna().to_dict() == {"sites": "missing", "zones": "differs"}


def test_what_a_file_says_of_itself_leads_to_no_file(files, tmp_path, run, monkeypatch, journal):
    lots, _ = files
    run("near", "stations", "--sites", lots, "--crs", "hk80", "-o", tmp_path / "a.geojson")
    shutil.rmtree(journal)
    opened = []
    monkeypatch.setattr(explain_module, "_digest_of", opened.append)

    with pytest.warns(nm.Notice, match="as the file says"):
        rows = nm.explain(tmp_path / "a.geojson").set_index("file")["now"]

    assert opened == []
    assert rows.dropna().to_dict() == {"stations": "same"}


@pytest.mark.parametrize("words", [["area"], ["area", "-f", "json"], ["area", "-f", "md"]])
def test_what_was_printed_into_a_file_is_explained_too(files, tmp_path, words):
    lots, _ = files
    command = [*words, "--sites", str(lots), "--crs", "hk80"]
    out = tmp_path / "printed"
    with out.open("wb") as file:
        done = subprocess.run([*NMGEO, *command], stdout=file, stderr=subprocess.PIPE, check=False)
    rows = nm.explain(out).set_index("file")

    assert done.returncode == 0
    assert rows.loc["printed", "detail"] == provenance.command_line(command)
    assert rows.loc["sites", "sha256"] == sha256(lots)


def test_bytes_that_were_printed_into_a_file_are_explained_and_a_pipe_is_not(
    files, tmp_path, journal
):
    lots, _ = files
    command = [*NMGEO, "sites", "--sites", str(lots), "--crs", "hk80", "-o", "-", "-f", "geojsonl"]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    assert not journal.exists()
    with (tmp_path / "printed").open("wb") as file:
        subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=True)

    assert (tmp_path / "printed").read_bytes() == printed
    assert "sites" in nm.explain(tmp_path / "printed")["file"].tolist()


def test_a_table_without_outlines_is_an_input_too(files, tmp_path, run):
    lots, _ = files
    owners = tmp_path / "owners.csv"
    owners.write_text("id,owner\na,b\n", encoding="utf-8")
    of_sites = ("--sites", lots, "--crs", "sites=hk80")
    assert run("join", owners, *of_sites, "-o", tmp_path / "a.csv").exit_code == 0
    assert run("doctor", lots, "--crs", "hk80", "-o", tmp_path / "b.csv").exit_code == 0
    claims = Path("docs/examples/own_claims.csv")
    run("check", claims, "-o", tmp_path / "c.csv")

    for file, read in (("a.csv", owners), ("b.csv", lots), ("c.csv", claims)):
        rows = nm.explain(tmp_path / file).set_index("file")
        assert rows.loc[read.name, "sha256"] == sha256(read)


def test_nothing_is_hashed_in_vain(files, tmp_path, run, monkeypatch):
    lots, _ = files
    monkeypatch.setenv("NMGEO_JOURNAL", "off")
    monkeypatch.setattr(provenance, "_digest", pytest.fail)
    monkeypatch.setattr(provenance, "sha256", pytest.fail)

    assert run("area", "--sites", lots, "--crs", "hk80", "-o", tmp_path / "a.csv").exit_code == 0


def test_sites_are_hashed_beside_the_measuring(files, tmp_path, run, monkeypatch):
    lots, zones = files
    hashed = []

    def noting(path):
        hashed.append((path.name, current_thread() is main_thread()))
        return sha256(path)

    monkeypatch.setattr(provenance, "sha256", noting)

    words = ("near", "zones", "--layer", f"zones={zones}", "--sites", lots, "--crs", "sites=hk80")
    assert run(*words, "-o", tmp_path / "a.parquet").exit_code == 0
    assert hashed[0] == (lots.name, False)


CARRY = (
    *("gpkg", "parquet", "fgb", "geojson", "geojsonl", "ndjson", "geojsons", "geojsonseq"),
    *("kml", "shp.zip", "json", "xlsx", "ods", "md"),
)


@pytest.mark.parametrize("suffix", CARRY)
def test_a_file_tells_its_provenance_on_another_computer(files, tmp_path, run, monkeypatch, suffix):
    lots, zones = files
    words = ("inside", "zones", "--layer", f"zones={zones}", "--sites", lots, "--crs", "sites=hk80")
    out = tmp_path / f"a.{suffix}"
    assert run(*words, "-o", out).exit_code == 0
    monkeypatch.setenv("NMGEO_JOURNAL", "off")
    moved = shutil.move(out, tmp_path / "moved")
    with pytest.warns(nm.Notice, match="as the file says; it may have been changed since"):
        rows = nm.explain(moved)

    told = provenance.command_line(["inside", "zones", "--layer", "zones=zones.gpkg"])
    assert rows["detail"].iloc[0] == f"{told} --sites lots.geojson --crs sites=hk80"
    inputs = rows[rows["part_of_run"] == "input"].set_index("file")
    assert inputs["sha256"].to_dict() == {"sites": sha256(lots), "zones": sha256(zones)}
    assert inputs["detail"].to_dict() == {"sites": "lots.geojson", "zones": "zones.gpkg"}
    assert str(tmp_path).encode() not in Path(moved).read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "txt", "wkt.csv"])
def test_a_text_takes_its_provenance_along_beside_it(files, tmp_path, run, monkeypatch, suffix):
    lots, _ = files
    out = tmp_path / "here" / f"a.{suffix}"
    assert run("area", "--sites", lots, "--crs", "hk80", "-o", out).exit_code == 0
    assert run("explain", out, "--beside").exit_code == 0
    monkeypatch.setenv("NMGEO_JOURNAL", "off")
    there = shutil.move(out.parent, tmp_path / "there")

    rows = nm.explain(there / out.name)
    assert rows["detail"].iloc[0] == "nmgeo area --sites lots.geojson --crs hk80"
    assert rows.set_index("file").loc["sites", "sha256"] == sha256(lots)
    assert str(tmp_path) not in (there / f"{out.name}.provenance.json").read_text()
    (there / out.name).write_text("changed")
    done = run("explain", there / out.name)
    assert (done.exit_code, done.stdout) == (4, "")
    assert "it was changed since" in done.stderr
    assert run("explain", there / out.name, "--beside").exit_code == 4


def test_what_somebody_else_wrote_beside_a_file_is_not_replaced(files, tmp_path, run):
    out = tmp_path / "a.csv"
    beside = tmp_path / "a.csv.provenance.json"
    assert run("area", "--sites", files[0], "--crs", "hk80", "-o", out).exit_code == 0
    beside.write_text('{"mine": 1}')
    done = run("explain", out, "--beside")
    assert (done.exit_code, beside.read_text()) == (6, '{"mine": 1}')
    beside.unlink()
    assert [run("explain", out, "--beside").exit_code for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("suffix", CARRY)
def test_the_same_command_writes_the_same_bytes_in_any_folder(files, tmp_path, run, suffix):
    lots, _ = files
    found = []
    for folder in ("one", "two/three"):
        place = tmp_path / folder
        place.mkdir(parents=True)
        mine = shutil.copy(lots, place / "lots.geojson")
        assert (
            run("area", "--sites", mine, "--crs", "hk80", "-o", place / f"a.{suffix}").exit_code
            == 0
        )
        found.append((place / f"a.{suffix}").read_bytes())
    assert found[0] == found[1]


def test_a_stamp_of_somebody_else_is_read_safely(tmp_path, run, monkeypatch):
    monkeypatch.setenv("NMGEO_JOURNAL", "off")
    file = tmp_path / "a.geojson"
    lines = {
        '{"schema":"nmgeo.provenance/1","command":"\\u001b]0;x","inputs":[{"name":[1]},3]}': 0,
        '{"schema":"nmgeo.provenance/1","inputs":' + "[" * 50_000: 4,
        '{"schema":"other/1"}': 4,
        '{"schema":': 4,
    }
    for said, code in lines.items():
        file.write_text(f'{{"features": [], "nmgeo-provenance": {said}}}', encoding="utf-8")
        done = run("explain", file)
        assert done.exit_code == code
        assert "\x1b" not in done.stdout + done.stderr
    base = tmp_path / "b.gpkg"
    with closing(sqlite3.connect(base)) as made:
        made.executescript(
            "create view gpkg_metadata as with recursive n(id) as (select 1 union all select id + 1"
            " from n) select id, 'https://nmgeo.invalid/provenance' md_standard_uri, '{}' metadata"
            " from n"
        )
    assert run("explain", base).exit_code == 4


def test_pages_and_sheets_tell_it_too_and_stay_what_they_are(tmp_path, monkeypatch):
    nm.map(tmp_path / "map.html", site="sandy_ridge")
    nm.print(tmp_path / "one.svg", site="sandy_ridge", subject="sandy_ridge")
    nm.print(tmp_path / "one.pdf", site="sandy_ridge", subject="sandy_ridge")
    nm.map(tmp_path / "map.png", site="sandy_ridge")
    monkeypatch.setenv("NMGEO_JOURNAL", "off")
    with pytest.warns(nm.Notice, match="as the file says"):
        told = {path.name: nm.explain(path) for path in sorted(tmp_path.glob("*.*"))}

    assert [rows.iloc[0]["detail"] for rows in told.values()] == [
        *("nm.map()", "nm.map()", "nm.print()", "nm.print()"),
    ]
    assert "sites" in set(told["one.pdf"]["file"])
    ET.parse(tmp_path / "one.svg")  # noqa: S314 - our own
    with closing(pypdfium2.PdfDocument(tmp_path / "one.pdf")) as pdf:
        assert len(pdf) == 1
    with Image.open(tmp_path / "map.png") as picture:
        picture.load()
        assert picture.text["nmgeo-provenance"].startswith('{"schema":"nmgeo.provenance/1"')


def test_pages_and_sheets_are_known_too_and_a_call_of_python(tmp_path, run):
    nm.map(tmp_path / "map.html", site="sandy_ridge")
    nm.print(tmp_path / "one.svg", site="sandy_ridge", subject="sandy_ridge")
    run("sheet", "sandy_ridge", "-o", tmp_path / "sheet.md")
    told = {n: nm.explain(tmp_path / n).iloc[0] for n in ("map.html", "one.svg", "sheet.md")}

    assert [row["detail"] for row in told.values()] == [
        *("nm.map()", "nm.print()", "nmgeo sheet sandy_ridge"),
    ]
    done = run("explain", tmp_path / "map.html", "--lang", "tc", "-f", "md")
    assert (done.exit_code, "輸入" in done.stdout) == (0, True)


def test_a_file_of_an_atlas_is_known_by_the_manifest_beside_it(files, tmp_path, monkeypatch):
    monkeypatch.setenv("NMGEO_JOURNAL", "off")
    nm.atlas(tmp_path / "maps", files[0], crs="hk80", at="300m")

    for name in ("sites.csv", "manifest.json"):
        rows = nm.explain(tmp_path / "maps" / name).set_index("file")
        assert rows.loc[name, "detail"] == "nmgeo atlas"
        assert rows.loc["sites", "sha256"] == sha256(files[0])
        assert {"GEOS", "nmgeo", "sites.geojson"} <= set(rows.index)
    (tmp_path / "maps" / "sites.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(LayerError, match="nmgeo did not write it"):
        nm.explain(tmp_path / "maps" / "sites.csv")


def test_a_file_of_others_and_a_damaged_journal_get_one_line(files, tmp_path, journal, run):
    with pytest.raises(LayerError, match="nmgeo did not write it on this computer, or it was chan"):
        nm.explain(files[0])
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    odd = {
        "none": "not found",
        "loop": "Too many levels of symbolic links",
        "pipe": "is a device or a pipe",
        ".": "is a folder",
        "/dev/zero": "is a device",
        "/proc/self/mem": "(is empty|not found)",
    }
    for name, wrong in odd.items():
        with pytest.raises(LayerError, match=wrong):
            nm.explain(tmp_path / name)
    nm.export(tmp_path / "s.csv", "stations")
    for record in journal.iterdir():
        record.write_text('{"schema": "nmgeo.provenance/1", "inputs": 3}', encoding="utf-8")
    assert len(nm.explain(tmp_path / "s.csv")) == 2
    for content in ("[]", "{", "[" * 100_000, json.dumps({"schema": "x"})):
        for record in journal.iterdir():
            record.write_text(content, encoding="utf-8")
        assert run("explain", tmp_path / "s.csv").exit_code == 4


def test_a_journal_that_cannot_be_written_stops_nothing_and_the_oldest_are_forgotten(
    tmp_path, monkeypatch, journal
):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv("NMGEO_JOURNAL", str(tmp_path / "file"))
        nm.export(tmp_path / "s.csv", "stations")
    monkeypatch.setattr(provenance, "_KEPT", 1)
    for name in ("t.fgb", "u.kml"):
        nm.export(tmp_path / name, "stations")
    assert len(list(journal.iterdir())) == 1
    assert nm.explain(tmp_path / "u.kml").iloc[0]["detail"] == "nm.export()"


def test_a_journal_in_a_folder_of_others_removes_its_own_records_alone(run, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("NMGEO_JOURNAL", str(folder))
    monkeypatch.setattr("nmgeo.provenance._KEPT", 1)
    (folder / "notes.json").write_text("{}")
    (folder / f"{'0' * 64}.json").write_text("{}")  # a record, the oldest
    os.utime(folder / f"{'0' * 64}.json", (0, 0))

    assert run("sites", "-o", tmp_path / "a.csv").exit_code == 0
    left = {file.name for file in folder.iterdir()}
    assert "notes.json" in left
    assert f"{'0' * 64}.json" not in left
    assert len(left) == 2


@pytest.mark.parametrize(
    "content",
    [
        '"libraries": {"x": "\\ud800"}',
        '"own_inputs": {"x": {"path": [1]}, "y": 5}',
    ],
)
def test_a_manifest_of_somebody_else_is_read_safely(run, tmp_path, content):
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    told = f'{{"schema": "nmgeo.manifest/1", "outputs": {{"a.csv": "{digest}"}}, {content}}}'
    (tmp_path / "manifest.json").write_text(told)

    assert run("explain", file, "--json").exit_code == 0


@pytest.mark.parametrize("kind", ["pipe", "endless", "large"])
def test_a_manifest_that_is_no_small_file_is_not_opened(run, tmp_path, kind):
    (tmp_path / "a.csv").write_text("a\n1\n")
    manifest = tmp_path / "manifest.json"
    if kind == "pipe":
        os.mkfifo(manifest)
    elif kind == "endless":
        manifest.symlink_to("/dev/zero")
    else:
        with manifest.open("wb") as file:
            file.truncate(6_000_000)

    done = run("explain", tmp_path / "a.csv")
    assert done.exit_code == 4
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_damaged_record_is_explained_as_far_as_it_goes(run, tmp_path, monkeypatch):
    monkeypatch.setenv("NMGEO_JOURNAL", str(tmp_path / "journal"))
    assert run("sites", "-o", tmp_path / "a.csv").exit_code == 0
    (record,) = (tmp_path / "journal").iterdir()
    record.write_text('{"schema": "nmgeo.provenance/1", "inputs": [1], "command": "\\ud800"}')

    assert run("explain", tmp_path / "a.csv", "--json").exit_code == 0


def test_the_page_says_how_many_records_are_kept():
    page = Path(__file__).parents[2] / "docs" / "how-to" / "report-and-folder.md"
    kept = vars(provenance)["_KEPT"]

    assert f"the last {kept:,} files" in page.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:.* texts are cut:nmgeo.errors.Notice")
@pytest.mark.parametrize("suffix", [".xlsx", ".ods", ".shp.zip"])
def test_the_statement_of_an_archive_is_the_comment_of_its_last_entry(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    nm.export(path, "stations")
    with zipfile.ZipFile(path) as archive:
        *others, last = archive.infolist()
        assert archive.testzip() is None

    content = path.read_bytes()
    told = content[content.rfind(b"PK\x01\x02") :]  # the last of the list, with its length at 32

    assert int.from_bytes(told[32:34], "little") == len(last.comment)
    assert told.find(b"PK\x05\x06") == told.find(last.comment) + len(last.comment)
    assert json.loads(last.comment.partition(b" ")[2]) == read_stamp(path)
    assert [one.comment for one in others] == [b""] * len(others)


def test_a_statement_that_fits_is_written_and_a_longer_one_is_not():
    longest = vars(stamps)["_LONGEST"]
    room = longest - len(stamps.stamp_text({"schema": ""}))

    assert len(stamps.stamp_text({"schema": "x" * room})) == longest
    assert stamps.stamp_text({"schema": "x" * (room + 1)}) == ""
