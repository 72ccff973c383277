"""Streams: a run that is stopped leaves nothing torn, and goes on to the same bytes."""

import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from test_stream import here, lots, parquet, wells
from world import EAST, NORTH, points, sites, square, write

import nmgeo as nm
from nmgeo import crs
from nmgeo.errors import ExportError, SourceError, UsageError
from nmgeo.scale import batch_work
from nmgeo.scale import resume as journals
from nmgeo.scale.batch_measures import BatchMeasure, measure_batch
from nmgeo.sources import batches

__all__ = ["here", "lots", "wells"]  # fixtures
SIZE = 1_000  # of the batches of a process
PROCESS = f"""
import os, signal, sys
from nmgeo.sources import batches
batches.BATCH = {SIZE}
from nmgeo.cli import app
from nmgeo.scale import resume
if sys.argv[1].isdigit():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # where it was ignored
    resume._SHORT_S = float("inf") if sys.argv[1].startswith("0") else 0.0
    how, keep = int(sys.argv.pop(1)), resume.Journal.keep
    def last(self, number, table):
        keep(self, number, table)
        if number == 1: os.kill(os.getpid(), how)
    resume.Journal.keep = last
app()
"""
NMGEO = [sys.executable, "-c", PROCESS]  # ends by the signal of a number; early if it begins with 0
INSIDE = "inside zones --layer zones=zones.gpkg --crs hk80"
SAID = {"key": "lot", "crs": {"sites": "wgs84"}}  # so that no batch is heard to tell it
FORMS = ["parquet", "fgb", "csv", "geojsonl", "geojsons"]
DONE, ALL = 3, 6  # batches before a run is stopped, and of the file


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Let a file of 64 sites be read in 6 batches."""
    monkeypatch.setattr(batches, "BATCH", 11)


@pytest.fixture
def asked(tmp_path, here, lots):
    """Return a measure and a catalog with a file of batches."""
    catalog = here(parquet(lots, tmp_path / "lots.parquet"), **SAID)
    return nm.near_batches("wells", catalog), catalog


def stopping(fault):
    """Return a watch that lets three batches pass."""

    def watch(rows, _total):
        for _ in range(DONE):
            yield next(rows)
        raise fault

    return watch


def stop(out, asked, fault=KeyboardInterrupt):
    """Stop a run after three batches."""
    with pytest.raises((KeyboardInterrupt, ExportError)):
        nm.stream(out, *asked, watch=stopping(fault))
    assert not out.exists()


def parts(out):
    """Return the batches that an unfinished run has kept."""
    return sorted(path.name for path in out.with_name(f".{out.name}.parts").glob("*.arrow"))


@pytest.fixture
def measured(monkeypatch):
    """Count the batches that are measured."""
    seen = []

    def counted(frame, measure, file, **how):
        seen.append(file.rpartition(" ")[2])
        return measure_batch(frame, measure, file, **how)

    monkeypatch.setattr(batch_work, "measure_batch", counted)
    return seen


@pytest.mark.parametrize("form", FORMS)
def test_a_resumed_run_gives_the_same_bytes_and_measures_only_the_rest(
    tmp_path, asked, measured, form
):
    whole, out = tmp_path / f"whole.{form}", tmp_path / f"o.{form}"
    nm.stream(whole, *asked)
    stop(out, asked)
    kept = len(parts(out))
    assert DONE <= kept < ALL
    measured.clear()
    nm.stream(out, *asked, resume=True)

    assert measured == [str(number) for number in range(kept, ALL)]
    assert out.read_bytes() == whole.read_bytes()
    assert not out.with_name(f".{out.name}.parts").exists()


def test_without_resume_it_begins_anew(tmp_path, asked, measured):
    stop(tmp_path / "o.csv", asked)
    measured.clear()
    nm.stream(tmp_path / "o.csv", *asked)

    assert measured == [str(number) for number in range(ALL)]


def test_there_may_be_nothing_to_resume_yet(tmp_path, asked):
    nm.stream(tmp_path / "a.csv", *asked, resume=True)
    nm.stream(tmp_path / "b.csv", *asked)

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_part_that_is_torn_is_measured_again(tmp_path, asked, measured):
    whole, out = tmp_path / "whole.csv", tmp_path / "o.csv"
    nm.stream(whole, *asked)
    stop(out, asked)
    torn = out.with_name(f".{out.name}.parts") / "000001.arrow"
    torn.write_bytes(torn.read_bytes()[:-100])
    measured.clear()
    nm.stream(out, *asked, resume=True)

    assert measured[0] == "1"
    assert out.read_bytes() == whole.read_bytes()


def changed_file(tmp_path, here, lots):
    catalog = here(parquet(lots[:60], tmp_path / "lots.parquet"), **SAID)
    return nm.near_batches("wells", catalog), catalog


def changed_key(tmp_path, here, _lots):
    catalog = here(tmp_path / "lots.parquet", **SAID | {"key": "id"})
    return nm.near_batches("wells", catalog), catalog


def changed_crs(tmp_path, here, _lots):
    catalog = here(tmp_path / "lots.parquet", **SAID | {"crs": {"sites": "gcj02"}})
    return nm.near_batches("wells", catalog), catalog


def changed_option(tmp_path, here, _lots):
    catalog = here(tmp_path / "lots.parquet", **SAID)
    return nm.near_batches("wells", catalog, open_only=True), catalog


def changed_layer(tmp_path, here, _lots):
    catalog = here(tmp_path / "lots.parquet", **SAID)
    write(points(w9=(0, 0)), tmp_path / "wells.geojson")
    return nm.near_batches("wells", catalog), catalog


def changed_accuracy(tmp_path, here, _lots):
    catalog = here(tmp_path / "lots.parquet", **SAID, accuracy={"sites": "5m"})
    return nm.near_batches("wells", catalog), catalog


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed_file, "file of sites"),
        (changed_key, "key="),
        (changed_crs, "crs="),
        (changed_option, "open_only="),
        (changed_layer, "content of a layer"),
        (changed_accuracy, "accuracy="),
    ],
)
def test_a_run_that_was_begun_otherwise_is_not_resumed(tmp_path, here, lots, asked, change, why):
    out = tmp_path / "o.csv"
    stop(out, asked)
    other = change(tmp_path, here, lots)

    with pytest.raises(
        UsageError, match=f"o.csv: was started with another {why}; leave out resume"
    ):
        nm.stream(out, *other, resume=True)
    assert len(parts(out)) >= DONE


def test_what_the_same_command_has_completed_stays_as_it_is(run, large, monkeypatch, tmp_path):
    monkeypatch.setenv("NMGEO_JOURNAL", str(tmp_path / "journal"))
    assert run(*large, "-o", "o.csv").exit_code == 0
    again = run(*large, "-o", "o.csv", "--resume")
    said = again.stderr.splitlines()[0]
    assert (again.exit_code, said) == (0, "nmgeo: o.csv is complete, nothing to do")

    other = run(*large, "-o", "o.csv", "--resume", "--accuracy", "5m")
    assert (other.exit_code, "o.csv: was written by nmgeo near" in other.stderr) == (6, True)
    write(sites(z=square(9, 0, 100))[["geometry"]], "zones.gpkg", crs.HK80)
    other = run(*large, "-o", "o.csv", "--resume")
    assert (other.exit_code, "was written from other inputs; choose" in other.stderr) == (6, True)


def test_what_is_complete_is_tidied_by_resume_unless_a_run_is_writing_there(
    run, large, monkeypatch, tmp_path
):
    monkeypatch.setenv("NMGEO_JOURNAL", str(tmp_path / "journal"))
    folder = tmp_path / ".o.geojsonl.parts"
    with monkeypatch.context() as patch:
        patch.setattr(journals.Journal, "discard", lambda _self: None)  # killed before it had
        run(*large, "-o", "o.geojsonl")
    with journals.Journal(tmp_path / "o.geojsonl", {}, resume=False):
        assert run(*large, "-o", "o.geojsonl", "--resume").exit_code == 0
        assert folder.exists()

    assert "is complete" in run(*large, "-o", "o.geojsonl", "--resume").stderr
    assert not folder.exists()


def test_another_version_does_not_resume(tmp_path, asked, monkeypatch):
    stop(tmp_path / "o.csv", asked)
    monkeypatch.setattr(nm, "__version__", "9.9")

    with pytest.raises(UsageError, match="another version of nmgeo"):
        nm.stream(tmp_path / "o.csv", *asked, resume=True)


def test_a_journal_that_cannot_be_read_is_refused(tmp_path, asked):
    stop(tmp_path / "o.csv", asked)
    (tmp_path / ".o.csv.parts" / "journal.json").write_text("{", encoding="utf-8")

    with pytest.raises(UsageError, match="its journal cannot be read; leave out resume=True"):
        nm.stream(tmp_path / "o.csv", *asked, resume=True)


@pytest.mark.parametrize("form", FORMS)
def test_a_full_disk_leaves_nothing_torn_and_can_be_resumed(tmp_path, asked, form):
    out = tmp_path / f"o.{form}"
    with pytest.raises(ExportError) as caught:
        nm.stream(out, *asked, watch=stopping(OSError(28, "No space left on device")))

    assert str(caught.value).endswith(
        f"o.{form}: cannot be written (No space left on device); "
        "make room and go on with resume=True"
    )
    assert not out.exists()
    assert [path.suffix for path in (tmp_path / f".o.{form}.parts").glob("whole*")] == []
    nm.stream(out, *asked, resume=True)
    assert out.exists()


def test_a_disk_that_fails_the_measure_is_not_that_of_the_output(tmp_path, asked):
    full, (near, catalog) = "[Errno 28] No space left on device: '/cache'", asked
    met = []

    class Failing(BatchMeasure):
        def rows(self, outlines, name):
            met.append(name)
            if len(met) > DONE:
                raise OSError(28, "No space left on device", "/cache")
            return super().rows(outlines, name)

    measure = Failing(**{each.name: getattr(near, each.name) for each in fields(near)})
    with pytest.raises(SourceError) as caught:
        nm.stream(tmp_path / "o.csv", measure, catalog)
    assert str(caught.value) == (
        f"{tmp_path}/lots.parquet, batch 3: cannot be measured ({full}); "
        "mend it and go on with resume=True"
    )
    assert len(parts(tmp_path / "o.csv")) == DONE


def test_an_output_that_was_there_survives_a_run_that_is_stopped(tmp_path, asked):
    out = tmp_path / "o.csv"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        nm.stream(out, *asked, overwrite=True, watch=stopping(KeyboardInterrupt))

    assert out.read_text(encoding="utf-8") == "mine"


def nmgeo(*words):
    return subprocess.run([*NMGEO, *words], capture_output=True, timeout=120, text=True)


@pytest.fixture
def large(tmp_path, monkeypatch):
    """Write 2,500 points, which are three batches, and a layer; go to their folder."""
    monkeypatch.chdir(tmp_path)
    for module in ("sources.batches", "scale.batch_run"):  # as PROCESS does
        monkeypatch.setattr(f"nmgeo.{module}.BATCH", SIZE)
    x, y = np.random.default_rng(1).uniform(0, 5000, (2, 2_500))
    shapes = shapely.points(EAST + x, NORTH + y)
    gpd.GeoDataFrame(geometry=shapes, crs=crs.HK80).to_parquet("p.parquet")
    write(sites(z=square(0, 0, 100))[["geometry"]], "zones.gpkg", crs.HK80)
    return ["near", "zones", "--layer", "zones=zones.gpkg", "--sites", "p.parquet", "--crs", "hk80"]


def test_a_process_that_is_killed_leaves_no_output_and_is_resumed_to_the_same_bytes(run, large):
    killed = nmgeo(str(int(signal.SIGKILL)), *large, "-o", "o.parquet")

    assert killed.returncode == -signal.SIGKILL
    assert not Path("o.parquet").exists()
    assert parts(Path("o.parquet")) == ["000000.arrow", "000001.arrow"]
    resumed = run(*large, "-o", "o.parquet", "--resume")
    assert resumed.exit_code == 0, resumed.stderr
    assert run(*large, "-o", "whole.parquet").exit_code == 0
    assert Path("o.parquet").read_bytes() == Path("whole.parquet").read_bytes()
    assert sorted(path.name for path in Path().iterdir()) == [
        *("o.parquet", "p.parquet", "whole.parquet", "zones.gpkg")
    ]


def test_what_a_run_of_seconds_has_done_is_held_and_measured_again_if_it_is_killed(run, large):
    killed = nmgeo(f"0{int(signal.SIGKILL)}", *large, "-o", "o.parquet")

    assert killed.returncode == -signal.SIGKILL
    assert parts(Path("o.parquet")) == []
    assert run(*large, "-o", "o.parquet", "--resume").exit_code == 0
    assert run(*large, "-o", "whole.parquet").exit_code == 0
    assert Path("o.parquet").read_bytes() == Path("whole.parquet").read_bytes()
    assert not Path(".o.parquet.parts").exists()


def test_a_run_of_seconds_keeps_what_it_has_done_when_it_is_stopped(large):
    stopped = nmgeo(f"0{int(signal.SIGINT)}", *large, "-o", "o.parquet")

    assert stopped.returncode not in (0, -signal.SIGINT)
    assert parts(Path("o.parquet"))[:2] == ["000000.arrow", "000001.arrow"]


@pytest.mark.parametrize(("limit", "value"), [("_SHORT_S", -1.0), ("_HELD_BYTES", 0)])
def test_batches_are_kept_once_a_run_lasts_or_is_large(tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(journals, limit, value)
    journal = journals.Journal(tmp_path / "o.csv", {}, resume=False)
    journal.keep(0, pa.table({"a": [1]}))

    assert parts(tmp_path / "o.csv") == ["000000.arrow"]
    journal.discard()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(28, "No space left on device"), ExportError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_run_that_stops_says_why_though_what_it_has_done_cannot_be_kept(
    tmp_path, asked, monkeypatch, fault, said
):
    open_whole, out = journals.open_whole, tmp_path / "o.csv"

    def with_room_for_one(path):
        if path.suffix == ".arrow" and path.stem != "000000":
            raise OSError(27, "File too large")
        return open_whole(path)

    monkeypatch.setattr(journals, "_SHORT_S", float("inf"))
    monkeypatch.setattr(journals, "open_whole", with_room_for_one)
    with pytest.raises(said):
        nm.stream(out, *asked, watch=stopping(fault))

    assert parts(out) == ["000000.arrow"]


@pytest.mark.parametrize(
    ("room", "left"),
    [(700_000, {".arrow", ".json", ""}), (30_000, set())],  # some batches are done, or none
)
def test_a_disk_that_is_really_full_is_one_line_and_exit_code_6(
    run, large, room, left, monkeypatch
):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # half a module would stay on disk
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        done = run(*large, "-o", "o.geojsonl")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (done.exit_code, done.stdout) == (6, "")
    assert re.fullmatch(r"nmgeo: o.geojsonl: cannot be written \(.*\); make room .*\n", done.stderr)
    assert not Path("o.geojsonl").exists()
    assert {path.suffix for path in Path(".o.geojsonl.parts").glob("*")} == left
    assert Path(".o.geojsonl.parts").exists() == bool(left)
    assert run(*large, "-o", "o.geojsonl", "--resume").exit_code == 0
    assert len(Path("o.geojsonl").read_text().splitlines()) == 2_500


def test_ctrl_c_leaves_no_output(run, large):
    done = nmgeo(str(int(signal.SIGINT)), *large, "-o", "o.csv")

    assert done.returncode not in (0, -signal.SIGKILL)
    assert done.stderr.startswith("nmgeo: stopping after this batch; repeat the command with --res")
    assert "Traceback" not in done.stderr
    assert not Path("o.csv").exists()
    assert run(*large, "-o", "o.csv", "--resume").exit_code == 0


def test_stdout_has_the_rows_and_stderr_the_notes_alone_where_it_is_no_terminal(run, large):
    csv = run(*large, "-o", "-")
    lines = run(*large, "-o", "-", "-f", "geojsonl")

    for done in (csv, lines):  # no bar
        notes = [line.removeprefix("nmgeo: ")[:9] for line in done.stderr.splitlines()]
        assert notes == ["Accuracy ", "If the ac", "zones.gpk", "Measured "]  # and a key
    assert csv.stdout.splitlines()[0].startswith("site_id,basis,name,layer")
    assert len(csv.stdout.splitlines()) == 2_501
    assert json.loads(lines.stdout.splitlines()[-1])["properties"]["site_id"] == "2499"


def on_terminal(*words, **pipes):
    """Run it with stderr on a terminal, and stdout too unless a pipe is given; what is shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*NMGEO, *words], **{"stdout": theirs, "stderr": theirs, **pipes}) as run:
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    assert run.returncode == 0
    return said


def test_a_terminal_gets_a_bar_that_is_gone_in_the_end(large):
    said = on_terminal(*large, "-o", "o.csv")

    assert b"2500/2500" in said
    after = said.rsplit(b"nmgeo: wrote o.csv, without geometry", 1)[-1]
    assert after.strip().startswith(b"nmgeo: Accuracy not known for 2,500 of the outlines.")
    assert b"\x1b" not in after


def test_the_doctor_counts_what_it_reads_on_a_terminal(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(points(a=(0, 0), b=(1, 0), c=(2, 0)), "three.gpkg", crs.HK80)
    words = ("doctor", "three.gpkg", "--crs", "hk80")

    assert re.search(rb"features.*3/\?", on_terminal(*words))
    elsewhere = run(*words)
    assert (elsewhere.exit_code, elsewhere.stderr) == (0, "")


def test_a_notice_has_lines_of_its_own_beside_the_bar(large, monkeypatch):
    frame = gpd.read_parquet("p.parquet")
    frame.loc[1_200, "geometry"] = None
    frame.to_parquet("p.parquet")
    with monkeypatch.context() as narrow:
        narrow.setenv("COLUMNS", "60")
        said = on_terminal(*large, "-o", "o.csv")

    note = rb"nmgeo: note: p.parquet: 1 site has no geometry and no\s*\nmeasures \(batch 1\)"
    assert b"sites" in said
    assert re.search(rb"(\n|\r|\x1b\[2K)" + note + rb"\s*\n", said)


def test_rows_on_a_terminal_have_no_bar_among_them(large):
    write(points(a=(0, 0)), "one.gpkg", crs.HK80)
    words = ["one.gpkg" if word == "p.parquet" else word for word in large]
    said = on_terminal(*words, "-o", "-")

    assert said.startswith(b"site_id,basis")
    assert b"\x1b" not in said


def test_a_reader_that_leaves_early_is_no_fault(large):
    with subprocess.Popen(
        [*NMGEO, *large, "-o", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout.readline().startswith(b"site_id,")
        running.stdout.close()
        words = running.stderr.read()

    assert (running.returncode, words) == (0, b"")


@pytest.mark.parametrize(
    ("line", "code", "named"),
    [
        ("near stations --sites p.parquet -o o.csv --format json", 2, "--format json: the name"),
        ("near stations --sites p.parquet -o - --resume", 2, "--resume: needs a file"),
        ("near stations --resume", 2, "--resume: needs a file of sites"),
        ("rings --at 1km --resume", 2, "--resume: needs a file of sites"),
        (
            "rings --at 1km --sites p.parquet -o o.csv --dissolve --resume",
            2,
            "--dissolve needs all sites together",
        ),
        ("near stations --sites p.parquet -o o.shp", 2, "unknown file extension '.shp'"),
        *(
            (f"near stations --sites p.parquet -o {name}", 2, "the name has no file extension")
            for name in ("o", "/dev/null", "csv")
        ),
        ("rings --sites p.parquet -o o.csv", 2, "--at 500m"),
        ("inside wetlands --sites p.parquet -o o.csv", 4, "Point has no area"),
        (f"{INSIDE} --sites p.parquet -o o.csv", 4, "p.parquet: no feature has an area"),
        ("near stations --sites zones.gpkg -o p.parquet", 6, "p.parquet: is there already"),
        ("near stations --sites zones.gpkg -o p.parquet/o.csv", 6, "p.parquet/o.csv"),
    ],
)
@pytest.mark.usefixtures("large")
def test_what_makes_no_sense_is_one_line_its_code_and_no_file(run, line, code, named):
    before = sorted(path.name for path in Path().iterdir())
    result = run(*line.split())

    assert (result.exit_code, result.stdout) == (code, "")
    assert re.fullmatch(r"nmgeo: [^\n]+\n", result.stderr)
    assert named in result.stderr
    assert sorted(path.name for path in Path().iterdir()) == before


@pytest.mark.parametrize("command", ["rings --at 500m", INSIDE.removesuffix(" --crs hk80")])
@pytest.mark.usefixtures("large")
def test_rings_and_inside_write_files_too(run, command):
    write(sites(a=square(0, 0, 50), b=square(90, 0, 20))[["geometry"]], "lots.gpkg", crs.HK80)
    result = run(*command.split(), "--sites", "lots.gpkg", "--crs", "hk80", "-o", "o.csv")

    wrote, unknown, *_ = result.stderr.splitlines()
    assert (result.exit_code, wrote) == (0, "nmgeo: wrote o.csv, without geometry")
    assert unknown.startswith("nmgeo: Accuracy not known for 2 of the outlines")
    assert len(Path("o.csv").read_text().splitlines()) == 3
