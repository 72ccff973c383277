"""Errors: one line that says what, where and what to do, and an exit code."""

import errno
import os
import pickle
import re
import sqlite3
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point, box
from world import points, write

import nmgeo as nm
from nmgeo import errors

MODULES = sorted(Path(nm.__file__).parent.rglob("*.py"))

CODES = {
    errors.UsageError: 2,
    errors.UnknownLayerError: 2,
    errors.UnknownSiteError: 2,
    errors.UnitError: 2,
    errors.AuditError: 3,
    errors.LayerError: 4,
    errors.MissingCRSError: 4,
    errors.DoubtfulCRSError: 4,
    errors.UnmatchedPolicyError: 4,
    errors.SourceError: 5,
    errors.ExportError: 6,
}
HOSTILE = ("a\nb", "a\rb", "a\x1b[31mb", "a\x00b", "a\x85b", "a\u2028b", "a\u202eb", "a\ud800b")


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_every_error_carries_its_documented_exit_code(kind, code):
    assert kind("a", "b", "c").exit_code == code


def test_no_error_is_left_out_of_the_table():
    here = [kind for kind in vars(errors).values() if isinstance(kind, type)]

    assert {k for k in here if issubclass(k, errors.NmgeoError)} - {errors.NmgeoError} == set(CODES)


@pytest.mark.parametrize("kind", CODES)
def test_the_text_is_thing_wrong_and_remedy(kind):
    assert str(kind("lots.shp", "has no CRS", "give --crs")) == "lots.shp: has no CRS; give --crs"


@pytest.mark.parametrize("kind", CODES)
def test_the_parts_survive_the_way_to_another_process(kind):
    error = pickle.loads(pickle.dumps(kind("lots.shp", "has no CRS", "give --crs")))  # noqa: S301

    assert (error.thing, error.wrong, error.remedy) == ("lots.shp", "has no CRS", "give --crs")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_on_one_line_and_cannot_steer_the_terminal(name):
    assert str(errors.LayerError(name, "gone", "look")).isprintable()


def test_chinese_is_printed_as_it_is():
    assert str(errors.LayerError("新田.shp", "缺", "補")) == "新田.shp: 缺; 補"


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.UsageError, ValueError),
        (errors.UnknownLayerError, LookupError),
        (errors.UnknownSiteError, LookupError),
        (errors.LayerError, ValueError),
        (errors.SourceError, OSError),
        (errors.ExportError, OSError),
    ],
)
def test_an_error_is_caught_by_the_builtin_that_it_is(kind, builtin):
    with pytest.raises(builtin):
        raise kind("a", "b", "c")


def test_a_notice_is_a_warning_and_not_an_error():
    assert issubclass(errors.Notice, UserWarning)
    assert not issubclass(errors.Notice, errors.NmgeoError)


def test_a_notice_is_placed_at_the_line_of_the_caller():
    lots = gpd.GeoDataFrame(
        {"name": ["a"], "centre": gpd.GeoSeries([Point(825_050, 838_050)], crs=2326)},
        geometry=[box(825_000, 838_000, 825_100, 838_100)],
        crs=2326,
    )
    with pytest.warns(errors.Notice, match="the active geometry column") as said:
        nm.area(lots)
    assert {one.filename for one in said} == {__file__}


def test_a_package_whose_name_begins_as_ours_is_a_caller():
    theirs = compile("notify('said')", "theirs.py", "exec")
    with pytest.warns(errors.Notice, match="said") as said:
        exec(theirs, {"__name__": "nmgeo_tools.lots", "notify": errors.notify})  # noqa: S102 - ours
    assert [one.filename for one in said] == ["theirs.py"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["near", "statoins"], 2),
        (["policy", "sandy_rigde"], 2),
        (["rings", "--at", "500"], 2),
        (["near", "stations", "--within", "0.5deg"], 2),
        (["policy", "--on", "2026-02-30"], 2),
        (["area", "--crs", "EPSG:2326"], 2),
        (["near", "stations", "--layer", "nonsense"], 2),
        (["near", "wetlands", "--sites", "a;b.gpkg"], 4),
        (["claims", "atlantis"], 2),
        (["area", "--sites", "missing.gpkg"], 4),
        (["near", "mine", "--layer", "mine=missing.gpkg"], 4),
        (["check", "--data", "no-such-folder"], 4),
        (["export", "stations", "-o", "stations.shp"], 2),
    ],
)
def test_a_fault_is_one_line_on_stderr_and_its_exit_code(run, tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)

    done = run(*words)

    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith("nmgeo: ")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\nb.gpkg", "a\x1b[31mb.gpkg", "a\u202eb.gpkg"])
def test_a_hostile_file_name_is_refused_on_one_line(run, name):
    done = run("area", "--sites", name)

    assert done.exit_code == 4
    assert done.stderr.rstrip("\n").isprintable()


def test_a_hostile_column_name_is_refused_on_one_line(run, tmp_path):
    file = write(points(a=(0, 0)).assign(**{"a\nb\x1b[31m": 1}), tmp_path / "own.geojson")

    done = run("area", "--sites", file, "--key", "lot")

    assert done.exit_code == 2
    assert done.stderr.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("a\nb"), "a"),
        (ValueError("\n b\n"), "b"),
        (ValueError(), "ValueError"),
        (OSError(" "), "OSError"),
    ],
)
def test_an_error_of_a_library_says_something_even_if_its_text_is_empty(error, said):
    assert errors.first_line(error) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("GDAL says so\nand more"), "GDAL says so"),
        (OSError(), "OSError"),
        (ValueError(" \n"), "ValueError"),
    ],
)
def test_the_reason_of_an_error_is_never_empty(error, said):
    assert errors.reason(error) == said


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_an_error_says_is_put_into_a_message_where_it_cannot_be_empty(path):
    bare = re.findall(r"why=(?:str\(error\)|error[,)]|error\.strerror)", path.read_text("utf-8"))

    assert bare == []


GDAL = "Error while writing batch to OGR layer: sqlite3_exec({}) failed: {}"


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database or disk is full"),
        RuntimeError(GDAL.format("COMMIT", "database or disk is full")),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    ],
)
def test_a_full_disk_is_one_error_whatever_a_database_calls_it(error):
    assert errors.system_error(error).errno == errno.ENOSPC


def test_the_error_of_a_database_shows_no_sql():
    error = RuntimeError(GDAL.format("UPDATE a SET b = 'c (d)' WHERE lower(e)", "no such table: a"))

    said = str(errors.system_error(error))
    assert said == "Error while writing batch to OGR layer: no such table: a"
