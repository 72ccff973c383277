"""Bad input: whatever is given as a file, one line says what it is, soon and in little memory."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
from world import layer, read, square, write, write_csv, write_json

import nmgeo as nm
from nmgeo.commands.doctor import doctor
from nmgeo.errors import LayerError, Notice, UsageError

LOTS = layer({f"x{n}": square(n % 50 * 30, n // 50 * 30, 20) for n in range(2_500)})
READERS = pytest.mark.parametrize("look_at", [read, doctor], ids=["read", "doctor"])
LINE = b'{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[114,22.4]}}\n'
MEASURE = """
import sys
from pathlib import Path
from nmgeo.catalog import OwnFile
from nmgeo.commands.doctor import doctor
from nmgeo.errors import LayerError, UsageError
from nmgeo.sources.own_layer import read_own
def said(run, file):
    try:
        return f"{len(run(file))} rows"
    except LayerError as error:
        return str(error)
for file in sys.argv[1:]:
    for run in (lambda file: read_own(OwnFile(path=file, crs="wgs84")), doctor):
        print(said(run, file))
    # ru_maxrss would begin at what the process had that started this one
    told = Path("/proc/self/status").read_text()
    print(int(told.split("VmHWM:")[1].split()[0]) // 1024)
"""


def measured(*files):
    """Read files in one process: what is said of each twice, and the peak memory in MB so far."""
    strict = ("-W", "error", "-W", "ignore::DeprecationWarning")  # of libraries among themselves
    argv = [sys.executable, *strict, "-c", MEASURE, *files]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    found = zip(lines[::3], lines[1::3], lines[2::3], strict=True)
    return {file: (*said, int(peak)) for file, (*said, peak) in zip(files, found, strict=True)}


def archive(path, *names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "lon,lat\n114.05,22.5\n")
    return path


@READERS
@pytest.mark.parametrize(
    "name",
    ["../a.csv", "in/../../a.csv", "/etc/a.csv", "..\\a.csv", "C:\\a.csv", "\\\\host\\a.csv"],
)
def test_an_archive_that_leads_outside_of_itself_is_refused(tmp_path, look_at, name):
    file = archive(tmp_path / "a.zip", "b.csv", name)

    with pytest.raises(LayerError, match="leads outside of it; do not use it"):
        look_at(file, crs="wgs84")


@READERS
def test_an_archive_that_keeps_inside_is_read(tmp_path, look_at):
    file = archive(tmp_path / "a.zip", "a..b.csv")

    assert len(look_at(file, crs="wgs84").iloc[:1]) == 1


@READERS
@pytest.mark.parametrize(
    "make",
    [
        lambda path: pyogrio.write_dataframe(pd.DataFrame({"lot": [1]}), path.with_suffix(".gpkg")),
        lambda path: write_csv(path.with_suffix(".csv"), ["lot"], ["1"]),
    ],
    ids=["gpkg", "csv"],
)
def test_a_table_without_coordinates_is_refused(tmp_path, look_at, make):
    make(tmp_path / "a")

    with pytest.raises(LayerError, match="has no coordinates in its columns lot; give a g"):
        look_at(next(tmp_path.iterdir()), crs="wgs84")


def test_a_layer_without_geometry_beside_one_with_it_is_passed_over(tmp_path):
    file = write(LOTS, tmp_path / "a.gpkg", layer="lots")
    pyogrio.write_dataframe(pd.DataFrame({"lot": [1]}), file, layer="notes", append=True)

    assert set(doctor(file)["layer"]) == {"lots"}


@READERS
@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.fgb", "a.kml", "a.zip"])
@pytest.mark.parametrize("share", [0.3, 0.95])
def test_a_file_that_breaks_off_is_refused(tmp_path, look_at, name, share):
    file = tmp_path / name
    if name == "a.zip":
        (tmp_path / "in").mkdir()
        write(LOTS, tmp_path / "in" / "a.shp")
        shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path / "in")
    else:
        write(LOTS, file)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])

    with pytest.raises(
        LayerError, match=r"a\.shp: breaks off" if name == "a.shp" else "a"
    ) as caught:
        look_at(file)
    assert str(caught.value).isprintable()


@READERS
@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (Path.mkdir, "is a folder; name a file in it"),
        (os.mkfifo, "is a device or a pipe; save what it gives to a file first"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device or a pipe"),
        (lambda path: path.symlink_to("/dev/null"), "is a device or a pipe"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.symlink_to("nowhere"), "not found"),
        (Path.touch, "is empty; get it again"),
    ],
    ids=["folder", "pipe", "zero", "null", "loop", "nowhere", "empty"],
)
@pytest.mark.parametrize("name", ["a", "a.geojson", "a.zip", "a.csv", "a.shp"])
def test_what_is_no_file_is_refused(tmp_path, look_at, make, wrong, name):
    make(tmp_path / name)

    with pytest.raises(LayerError, match=wrong):
        look_at(tmp_path / name)


ENDLESS = ["/dev/zero", "/dev/stdin", "pipe", "."]
ANSWERS = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from nmgeo.cli import app
for file in sys.argv[1:]:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            app(["area", "--sites", file])
        except SystemExit as end:
            code = end.code
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Ask one process, to whose stdin nobody writes, what each ends with, by file."""
    folder = tmp_path_factory.mktemp("endless")
    os.mkfifo(folder / "pipe")
    argv = [sys.executable, "-c", ANSWERS, *ENDLESS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(argv, cwd=folder, **pipes) as process:
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
        lines = process.stdout.read().splitlines()
    return dict(zip(ENDLESS, map(json.loads, lines), strict=False))


@pytest.mark.parametrize("file", ENDLESS)
def test_a_command_does_not_wait_for_what_never_ends(answers, file):
    assert file in answers, "it waits"
    code, out, err = answers[file]

    assert (code, out) == (4, "")
    assert len(err.splitlines()) == 1


LARGE = [
    ("a.geojson", b""),
    ("a.geojson", b'{"type":"FeatureCollection","features":['),
    ("a.gpkg", b"SQLite format 3\x00"),
    ("a.shp", b"\x00\x00\x27\x0a"),
    ("a.fgb", b"fgb\x03fgb\x00"),
    ("a.kml", b"<kml>"),
    ("a.zip", b"PK\x03\x04"),
    ("a.csv", b""),
    ("a.csv", b"lon,lat\n114.05,22.5\n"),
    ("a.geojsonl", LINE),
    ("a.txt", b"anything"),
]


@pytest.fixture(scope="module")
def of_large(tmp_path_factory):
    """Make files of two gigabytes that begin as one of a format does, and read all of them."""
    files = []
    for name, head in LARGE:
        files.append(tmp_path_factory.mktemp("large") / name)
        with files[-1].open("wb") as holes:
            holes.write(head)
            holes.truncate(2**31 + 1)
    found = measured(*map(str, files))
    return dict(zip(LARGE, found.items(), strict=True))


@pytest.mark.parametrize(("name", "head"), LARGE)
def test_two_gigabytes_of_nothing_are_refused_in_little_memory(of_large, name, head):
    file, (read_whole, examined, peak) = of_large[name, head]

    assert read_whole.startswith(f"{file}: ")
    assert examined.startswith(f"{file}: ")
    assert peak < 500


def test_two_gigabytes_in_one_line_are_neither_measured_nor_examined(tmp_path):
    file = tmp_path / "a.csv"
    with file.open("wb") as holes:
        holes.write(b"x,y\n114.05,22.5\n")
        holes.seek(2**31 + 1)
        holes.write(b"\n114.06,22.6\n")

    refused, examined, peak = measured(str(file))[str(file)]

    assert refused == (
        f"{file}: 2.1 GB, too large to be measured as a whole; "
        "cut out the part you need; nmgeo doctor reads it all"
    )
    remedy = "if you trust it, add max_size='2148MB'"
    assert examined.startswith(f"{file}: a line of it has 2,147 MB; {remedy}")
    assert peak < 500


def test_a_small_archive_of_two_gigabytes_is_not_unpacked(tmp_path):
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", b"lon,lat\n114.05,22.5\n" + b"\n" * 10_000_000)
        packed.getinfo("a.csv").file_size = 2_001_000_000  # as the archive says of it

    with pytest.raises(LayerError, match=r"unpacks to 2,001 MB, [\d,]+ times its size"):
        read(file, crs="wgs84")


def test_ten_times_the_features_take_no_ten_times_the_memory(tmp_path):
    few, many = (
        write_csv(
            tmp_path / f"{count}.csv",
            ["id", "lon", "lat", "name"],
            *([n, 114 + n % 1_000 / 1e4, 22.4 + n / 1e7, f"lot {n}" * 9] for n in range(count)),
        )
        for count in (1_000, 20_000)
    )

    def peak_of(file):
        whole = 'lambda file: read_own(OwnFile(path=file, crs="wgs84")), '
        code = MEASURE.replace(whole, "").replace("(doctor)", "[doctor]")
        argv = [sys.executable, "-c", code, file]
        return int(subprocess.run(argv, capture_output=True, text=True).stdout.split()[-1])

    assert peak_of(many) < peak_of(few) + 20  # or each feature takes 1 KB


@READERS
def test_faults_of_one_record_do_not_hide_the_others(tmp_path, look_at):
    broken = {"type": "Polygon", "coordinates": [[[114, 22.5], [114.1, 22.5]]]}
    file = write_json(tmp_path / "a.geojson", [(square(0, 0, 9), "a", {}), (broken, "b", {})])

    if look_at is doctor:
        assert "b" in set(doctor(file)["feature_id"])
    else:
        with pytest.raises(LayerError, match=r"feature b: an outline cannot be built .*; mend it"):
            read(file)


def on_a_stream(file, **said):
    """Measure a file batch by batch."""
    here = nm.open_catalog(sites=file, **said)
    nm.stream(io.BytesIO(), nm.near_batches("stations", here), here)


@pytest.mark.parametrize("look_at", [read, doctor, on_a_stream], ids=["read", "doctor", "stream"])
@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("a.geojsonl", LINE * 19 + LINE[:-30]),
        ("a.geojsonl", LINE * 9 + LINE[:-30] + b"\n" + LINE * 10),
        ("a.geojsons", b"".join(b"\x1e" + LINE for _ in range(19)) + b"\x1e" + LINE[:-30]),
    ],
    ids=["at its end", "within", "of RFC 8142"],
)
def test_a_line_that_cannot_be_read_is_not_left_out_in_silence(tmp_path, look_at, name, damaged):
    (tmp_path / name).write_bytes(damaged)

    with pytest.raises(LayerError, match=r"only 19 of 20 features can be read; get it again"):
        look_at(tmp_path / name)


@pytest.mark.parametrize("look_at", [read, doctor, on_a_stream], ids=["read", "doctor", "stream"])
@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", b"lon,lat\n114.05,22.5\n"), ("a.geojsonl", LINE)]
)
def test_a_file_that_ends_in_zeros_is_refused(tmp_path, look_at, name, text):
    (tmp_path / name).write_bytes(text + bytes(4096))

    with pytest.raises(LayerError, match="breaks off: its end is NUL bytes; get it again"):
        look_at(tmp_path / name, crs="wgs84")


def test_a_shapefile_without_its_dbf_has_lost_what_it_says(tmp_path):
    file = Path(write(LOTS.head(2), tmp_path / "a.shp"))
    file.with_suffix(".dbf").unlink()

    assert doctor(file).set_index("finding").loc["dbf_missing", "severity"] == "fault"
    with pytest.raises(UsageError, match="key='lot': no such column; leave out key="):
        doctor(file, key="lot")


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be"])
def test_a_text_in_utf_16_is_read_and_called_so(tmp_path, code):
    (tmp_path / "a.csv").write_bytes("\ufeffx,y\n114.05,22.5\n".encode(code))

    with pytest.warns(Notice, match="text read as UTF-16"):
        assert read(tmp_path / "a.csv", crs="wgs84").geometry.x.tolist() == [114.05]
    with pytest.warns(Notice, match="text read as UTF-16"):
        assert "unreadable" not in set(doctor(tmp_path / "a.csv", crs="wgs84")["finding"])


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n  \n"])
def test_lines_are_read_whatever_the_file_ends_with(tmp_path, end):
    (tmp_path / "a.geojsonl").write_bytes((LINE * 20).strip() + end)

    assert len(read(tmp_path / "a.geojsonl")) == 20


@pytest.mark.parametrize(
    ("columns", "cells", "what"),
    [
        (["id", "lon", "lat"], ["b", "abc", 22.5], "lon is 'abc'"),
        (["id", "lon", "lat"], ["b", "", ""], "lon is '', lat is ''"),
        (["id", "wkt"], ["b", "POINT (114"], "wkt is 'POINT \\(114'"),
    ],
)
def test_the_cell_that_gives_no_coordinate_is_named(tmp_path, columns, cells, what):
    good = ["a", "POINT (114 22.5)"] if "wkt" in columns else ["a", 114, 22.5]
    file = write_csv(tmp_path / "a.csv", columns, good, cells)

    with pytest.raises(LayerError, match=f"feature b: no coordinates, as {what}; mend it"):
        read(file, crs="wgs84", key="id")


def test_a_row_without_an_id_is_counted_from_1(tmp_path):
    file = write_csv(tmp_path / "a.csv", ["n", "lon", "lat"], ["x", 114, 22.5], ["y", "", ""])

    with pytest.raises(
        LayerError, match=r"a\.csv: row 2 below the headings: no coordinates, as lon"
    ):
        read(file, crs="wgs84")


@READERS
def test_what_an_archive_holds_is_said_where_it_does_not_open_as_one(tmp_path, look_at):
    file = archive(tmp_path / "a.zip", "one.geojson", "two.geojson")

    with pytest.raises(LayerError, match=r"holds 2 data sets: one.geojson, two.geojson; name"):
        look_at(file)
