"""Journals: one run an output at a time, and nothing of what is done is lost or mixed up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import GeometryCollection
from test_stream import here, lots, parquet, wells
from test_stream_resume import asked, measured, parts, small_batches, stop
from world import point, write

import nmgeo as nm
from nmgeo import crs
from nmgeo.errors import ExportError, LayerError, UsageError
from nmgeo.scale.resume import Journal
from nmgeo.sources import batches

__all__ = ["asked", "here", "lots", "measured", "small_batches", "wells"]  # fixtures


def journal(out):
    return out.with_name(f".{out.name}.parts")


def test_a_second_run_on_the_same_output_is_refused_and_the_first_one_ends_whole(tmp_path, asked):
    out, whole = tmp_path / "o.csv", tmp_path / "whole.csv"
    nm.stream(whole, *asked)
    refused = []

    def meanwhile(rows, _total):
        yield next(rows)
        for resume in (False, True):
            with pytest.raises(ExportError, match=r"o.csv: another run is writing this") as caught:
                nm.stream(out, *asked, resume=resume)
            refused.append(caught.value.exit_code)
        yield from rows

    nm.stream(out, *asked, watch=meanwhile)

    assert refused == [6, 6]
    assert out.read_bytes() == whole.read_bytes()
    assert not journal(out).exists()


def test_a_run_that_is_over_lets_the_next_one_have_the_output(tmp_path, asked):
    for _ in range(2):
        stop(tmp_path / "o.csv", asked)
    nm.stream(tmp_path / "o.csv", *asked)

    assert not journal(tmp_path / "o.csv").exists()


@pytest.mark.parametrize("left", [[], ["lock"], ["lock", "journal.json.part"]])
def test_a_run_killed_before_it_had_begun_is_begun_by_resume(tmp_path, asked, left):
    out = tmp_path / "o.csv"
    journal(out).mkdir()
    for name in left:
        (journal(out) / name).write_text("{", encoding="utf-8")
    nm.stream(out, *asked, resume=True)

    assert out.exists()
    assert not journal(out).exists()


def test_parts_of_nobody_knows_what_are_not_resumed(tmp_path, asked):
    out = tmp_path / "o.csv"
    stop(out, asked)
    (journal(out) / "journal.json").unlink()

    with pytest.raises(UsageError, match="its journal cannot be read"):
        nm.stream(out, *asked, resume=True)


def test_another_layer_of_the_same_file_is_not_resumed(tmp_path, here, lots):
    for layer in ("a", "b"):
        lots.to_file(tmp_path / "two.gpkg", layer=layer)
    first, second = (here(f"{tmp_path}/two.gpkg#{layer}") for layer in ("a", "b"))
    out, near = tmp_path / "o.csv", nm.near_batches("wells", first)
    stop(out, (near, first))
    kept = parts(out)

    with pytest.raises(UsageError, match="was started with another file of sites"):
        nm.stream(out, near, second, resume=True)
    assert parts(out) == kept
    nm.stream(out, near, first, resume=True)


@pytest.mark.parametrize("form", ["shp", "gdb"])
def test_what_belongs_to_a_file_is_looked_at_too(tmp_path, here, lots, form):
    file = tmp_path / f"lots.{form}"
    lots.to_file(file, engine="pyogrio", **({"driver": "OpenFileGDB"} if form == "gdb" else {}))
    catalog = here(file)
    out, near = tmp_path / "o.csv", nm.near_batches("wells", catalog)
    stop(out, (near, catalog))
    half = max(file.glob("*.gdbtable")) if form == "gdb" else file.with_suffix(".dbf")
    os.utime(half, (1, 1))
    (tmp_path / "lots.csv").write_text("of no concern", encoding="utf-8")

    with pytest.raises(UsageError, match="was started with another file of sites"):
        nm.stream(out, near, catalog, resume=True)


def test_wrong_usage_costs_nothing_that_is_done(tmp_path, asked, run):
    out = tmp_path / "o.csv"
    stop(out, asked)
    kept = parts(out)
    words = ["near", "wells", "--layer", f"wells={tmp_path}/wells.geojson", "--key", "lot"]
    words += ["--sites", tmp_path / "lots.parquet", "-o", out, "--crs", "wgs84"]
    words += ["--resume", "--engine", "dask"]

    for more in ([], ["--scheduler", "nobody"]):
        result = run(*words, *more)
        assert result.exit_code == 2, result.stderr
        assert parts(out) == kept
    done = run(*words[:-2])
    assert done.exit_code == 0, done.stderr


def test_a_fault_that_a_resumed_run_meets_costs_nothing_that_is_done(tmp_path, here, lots):
    lots.loc["s60", "geometry"] = GeometryCollection([point(0, 0)])
    catalog = here(parquet(lots, tmp_path / "p.parquet"), key="id")
    out, near = tmp_path / "o.csv", nm.near_batches("wells", catalog)
    stop(out, (near, catalog))

    with pytest.raises(LayerError, match="batch 5"):
        nm.stream(out, near, catalog, resume=True)
    assert len(parts(out)) == 5


def in_parts(lots, folder):
    for number in range(8):
        parquet(lots[8 * number : 8 * number + 8], folder / f"part.{number}.parquet")
    return folder


def test_what_is_hidden_in_a_folder_is_no_part_of_it(tmp_path, here, lots):
    folder = in_parts(lots, tmp_path / "parts")
    parquet(lots, folder / ".o.parquet.parts" / "whole.parquet")
    parquet(lots, folder / "_temporary" / "part.9.parquet")

    assert len(batches.open_batches(here(folder).own_sites).parts) == 8


@pytest.mark.parametrize("out", ["parts/o.parquet", "parts/deep/o.parquet", "o/../parts/o.csv"])
def test_an_output_in_the_folder_of_sites_is_refused(tmp_path, here, lots, out):
    catalog = here(in_parts(lots, tmp_path / "parts"))
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(UsageError, match=r"lies in .*parts, which is read; choose another place"):
        nm.stream(tmp_path / out, nm.near_batches("wells", catalog), catalog)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["lots.parquet", "link.parquet"])
def test_what_is_read_is_not_replaced(tmp_path, asked, name):
    (tmp_path / "link.parquet").symlink_to(tmp_path / "lots.parquet")
    before = (tmp_path / "lots.parquet").read_bytes()

    with pytest.raises(UsageError, match="is a file that is read; choose another name"):
        nm.stream(tmp_path / name, *asked, overwrite=True)
    assert (tmp_path / "lots.parquet").read_bytes() == before


@pytest.fixture
def delivered(tmp_path, asked, monkeypatch):
    """Write an output whose run is killed before it has tidied up."""

    def killed(_self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "discard", killed)
        with pytest.raises(KeyboardInterrupt):
            nm.stream(tmp_path / "o.parquet", *asked)
    assert journal(tmp_path / "o.parquet").exists()
    return tmp_path / "o.parquet"


def test_a_run_killed_at_the_very_end_is_tidied_by_resume(delivered, asked, measured):
    whole = delivered.read_bytes()
    nm.stream(delivered, *asked, resume=True)

    assert (measured, delivered.read_bytes()) == ([], whole)
    assert not journal(delivered).exists()


def test_a_run_killed_at_the_very_end_is_tidied_by_the_next(delivered, asked):
    with pytest.raises(ExportError, match="is there already"):
        nm.stream(delivered, *asked)
    assert not journal(delivered).exists()


def test_an_output_that_is_somebody_elses_is_not_taken_for_ours(delivered, asked):
    delivered.unlink()
    delivered.write_text("mine", encoding="utf-8")

    with pytest.raises(ExportError, match="is there already"):
        nm.stream(delivered, *asked, resume=True)
    assert delivered.read_text(encoding="utf-8") == "mine"


def test_what_was_finished_is_not_read_again(tmp_path, here, lots, monkeypatch):
    catalog = here(in_parts(lots, tmp_path / "parts"), crs="wgs84")
    out, near = tmp_path / "o.csv", nm.near_batches("wells", catalog)
    stop(out, (near, catalog))
    kept = len(parts(out))
    read, batches_of = [], batches.Part.batches

    def noted(self):
        read.append(Path(self.path).name)
        return batches_of(self)

    monkeypatch.setattr(batches.Part, "batches", noted)
    nm.stream(out, near, catalog, resume=True)

    first = ["part.0.parquet", "part.1.parquet"]  # to tell the system, and read ahead
    assert sorted({*read} - {*first}) == [f"part.{n}.parquet" for n in range(max(kept, 2), 8)]


def test_the_output_is_on_the_disk_before_what_it_was_made_of_goes(tmp_path, asked, monkeypatch):
    done = []
    fsync, replace = os.fsync, Path.replace

    def synced(file):
        done.append(f"sync {Path(f'/proc/self/fd/{file}').readlink().name}")
        fsync(file)

    def moved(self, target):
        done.append(f"move {self.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", moved)
    nm.stream(tmp_path / "o.csv", *asked)

    assert done.index("sync whole.csv") < done.index("move whole.csv")
    assert done[-1] == f"sync {tmp_path.name}"


def test_a_lock_goes_with_the_process_that_held_it(tmp_path):
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from nmgeo.scale.resume import Journal\n"
        "held = Journal(Path('o.csv'), {}, resume=False)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, timeout=60)
    assert done.returncode == -signal.SIGKILL

    with Journal(tmp_path / "o.csv", {}, resume=True) as again:
        assert again.resumed
        again.discard()
    assert list(tmp_path.iterdir()) == []


def test_the_disk_may_know_no_locks(tmp_path, asked, monkeypatch):
    def unknown(_file, _how):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("nmgeo.scale.resume.fcntl.flock", unknown)
    nm.stream(tmp_path / "o.parquet", *asked)

    assert gpd.read_parquet(tmp_path / "o.parquet").crs == crs.WGS84


def test_drafts_of_a_run_that_was_killed_go_with_the_next(tmp_path, asked):
    (tmp_path / ".o.csv.4711.part").write_text("torn", encoding="utf-8")
    (tmp_path / ".p.csv.4711.part").write_text("not ours", encoding="utf-8")
    nm.stream(tmp_path / "o.csv", *asked)

    assert [path.name for path in tmp_path.glob(".*")] == [".p.csv.4711.part"]


def test_a_layer_that_is_read_is_not_replaced_either(tmp_path, here, lots):
    catalog = here(write(lots, tmp_path / "lots.gpkg"))

    with pytest.raises(UsageError, match="is a file that is read"):
        nm.stream(
            tmp_path / "wells.geojson",
            nm.near_batches("wells", catalog),
            catalog,
            form="geojsonl",
            overwrite=True,
        )
