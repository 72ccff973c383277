"""Single cases of damage: each ends in one line and exit code 4, whoever reads the file."""

import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from world import layer, square, write

import nmgeo as nm
from nmgeo.catalog import OwnFile
from nmgeo.errors import Notice
from nmgeo.sources import shapefile_table
from nmgeo.sources.find import find_source
from nmgeo.sources.flatgeobuf import holds_more
from nmgeo.sources.source import GEOMETRY

SQUARES = layer({"x": square(0, 0, 100)}, name=["First"])


def replaced(path, old, new):
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def broken_prj(folder):
    path = Path(write(SQUARES, folder / "a.shp"))
    path.with_suffix(".prj").write_text('PROJCS["x"')
    return path


def broken_prj_alone(folder):
    path = broken_prj(folder)
    path.with_suffix(".cpg").unlink()
    return path


def broken_schema(folder):
    path = Path(write(SQUARES, folder / "a.gpkg", layer="a"))
    replaced(path, b'CREATE TABLE "a"', b'CREATE TABLE\xff"a"')
    return path


def broken_utf8(folder):
    path = Path(write(SQUARES, folder / "a.geojson"))
    replaced(path, b'"First"', b'"Fi\xff\xfet"')
    return path


def broken_projjson(folder):
    SQUARES.to_parquet(folder / "a.parquet")
    replaced(folder / "a.parquet", b'"type": "ProjectedCRS"', b'"type": "Pr\xffjectedCRS"')
    return folder / "a.parquet"


def other_geometry_than_stated(folder):
    SQUARES.to_parquet(folder / "a.parquet")
    table = pq.read_table(folder / "a.parquet")
    geo = table.schema.metadata[b"geo"].replace(b'"WKB"', b'"point"')
    pq.write_table(table.replace_schema_metadata({b"geo": geo}), folder / "a.parquet")
    return folder / "a.parquet"


def zip_of_the_future(folder):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.csv", "id,lon,lat\n1,114.05,22.5\n")
    data = bytearray((folder / "a.zip").read_bytes())
    data[4] = data[data.find(b"PK\1\2") + 6] = 255
    (folder / "a.zip").write_bytes(bytes(data))
    return folder / "a.zip"


def name_of_300_letters(folder):
    return folder / f"{'x' * 300}.geojson"


def name_in_latin_1(folder):
    path = Path(write(SQUARES, folder / "a.geojson"))
    return path.rename(folder / os.fsdecode(b"\xe9.geojson"))


def without_permission(folder):
    return Path(write(SQUARES, folder / "locked.geojson"))


def endless(_):
    return Path("/dev/zero")


@pytest.fixture
def locked(monkeypatch):
    """Let no file of that name be opened, as for a user without permission."""
    plain = Path.open

    def opened(self, *args, **kwargs):
        if self.stem == "locked":
            raise PermissionError(13, "Permission denied")
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", opened)


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize(
    "make",
    [
        *(broken_prj, broken_schema, broken_projjson, zip_of_the_future),
        other_geometry_than_stated,
        *(name_of_300_letters, name_in_latin_1, without_permission, endless),
    ],
)
@pytest.mark.parametrize("command", ["area --sites", "doctor"])
def test_damage_ends_in_one_line(tmp_path, run, make, command):
    done = run(*command.split(), make(tmp_path))

    assert (done.exit_code, done.stdout) == (4, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("nmgeo: ")


@pytest.mark.parametrize("suffix", [".shp", ".gpkg"])
@pytest.mark.parametrize("command", ["area --sites", "doctor"])
def test_a_damaged_crs_is_said_in_one_line(tmp_path, run, command, suffix):
    if suffix == ".shp":
        file = broken_prj_alone(tmp_path)
    else:
        file = write(SQUARES, tmp_path / "a.gpkg", layer="a")
        with closing(sqlite3.connect(file)) as base, base:
            base.execute(
                "UPDATE gpkg_spatial_ref_sys SET definition='PROJCS[\"x\"' WHERE srs_id > 0"
            )
    done = run(*command.split(), file)

    assert len(done.stderr.splitlines()) <= (
        1 if done.exit_code else 2
    )  # a finding of doctor stands in its table
    assert "no features" not in done.stderr + done.stdout


def test_a_name_of_300_letters_without_an_option_ends_in_one_line(tmp_path, run):
    done = run("area", name_of_300_letters(tmp_path))

    assert done.exit_code in (2, 4)
    assert len(done.stderr.splitlines()) == 1


def test_a_file_in_a_deleted_folder_ends_in_one_line(tmp_path, run, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    done = run("area", "--sites", "a.geojson")

    assert done.exit_code == 4
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("command", "code"), [("area --sites", 4), ("doctor", 3)])
def test_broken_text_is_refused_and_a_finding(tmp_path, run, command, code):
    done = run(*command.split(), broken_utf8(tmp_path))

    assert done.exit_code == code
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_flatgeobuf_is_a_finding(tmp_path, run):
    file = write(SQUARES.iloc[:0], tmp_path / "a.fgb")

    assert run("area", "--sites", file).exit_code == 4
    assert "no_geometry" in run("doctor", file).stdout


def test_a_page_that_never_ends_is_not_verified(run):
    done = run("map", "--verify", "/dev/zero")

    assert done.exit_code == 4
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["area --sites", "near stations --sites", "doctor"])
def test_flatgeobuf_whose_crs_has_a_number_that_is_none_states_no_crs(tmp_path, run, command):
    path = tmp_path / "a.fgb"
    SQUARES.to_crs("EPSG:2326").to_file(path, SPATIAL_INDEX="NO")
    replaced(path, (2326).to_bytes(4, "little"), b"\x16\x09\0\x20")

    done = run(*command.split(), path)
    stated = run(*command.split(), path, "--crs", "EPSG:2326")

    assert "states no CRS; " in done.stdout + done.stderr
    assert done.exit_code in {3, 4}
    assert stated.exit_code == 0


CUT = "an outline cannot be built (ParseException: Input buffer is smaller than requested"


@pytest.fixture
def damaged(tmp_path):
    """Return a GeoPackage of two squares and one without geometry; the outline of a is damaged."""
    squares = layer({"a": square(0, 0, 100), "b": square(200, 0, 100), "c": None})
    path = write(squares.reset_index(names="lot"), tmp_path / "a.gpkg", layer="a")

    def change(how):
        with closing(sqlite3.connect(path)) as base, base:
            for (name,) in base.execute("select name from sqlite_master where type='trigger'"):
                base.execute(f'drop trigger "{name}"')
            (shape,) = base.execute("select geom from a where lot = 'a'").fetchone()
            base.execute("update a set geom = ? where lot = 'a'", (how(shape),))
        return path

    return change


@pytest.mark.parametrize("command", ["area --sites", "near stations --sites", "rings --at 1km"])
@pytest.mark.parametrize(("key", "name"), [((), "1"), (("--key", "lot"), "a")])
def test_an_outline_that_breaks_off_is_damaged(run, damaged, command, key, name):
    file = damaged(lambda shape: shape[:-20])
    words = command.split() if "--sites" in command else [*command.split(), "--sites"]

    done = run(*words, file, *key)

    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr.startswith(f"nmgeo: {file}: feature {name}: {CUT}")
    assert len(done.stderr.splitlines()) == 1


def test_so_is_a_layer_of_them(run, damaged):
    done = run("near", damaged(lambda shape: shape[:-20]))

    assert (done.exit_code, done.stdout) == (4, "")
    assert CUT in done.stderr


def test_so_is_a_curve_in_batches(damaged):
    curve = bytes.fromhex("010a000000010000000108000000")  # behind a head without a box
    file = damaged(lambda shape: b"GP\0\1" + shape[4:8] + curve)
    source = find_source(OwnFile(path=file))

    shapes = next(source.batches())[GEOMETRY]

    assert [shape is None for shape in shapes.to_pylist()] == [False, False, True]


def test_what_has_no_geometry_is_missing_as_before(run, damaged):
    done = run("area", damaged(bytes), "--key", "lot")

    assert done.exit_code == 0
    assert "no area, left blank: 1 feature, no geometry (feature c)" in done.stderr


def counted(path, *, index, count):
    """Write three squares into a FlatGeobuf whose head counts so many."""
    several = layer({name: square(200 * n, 0, 100) for n, name in enumerate("abc")})
    several.to_file(path, SPATIAL_INDEX="YES" if index else "NO")
    data = bytearray(path.read_bytes())
    table = 12 + int.from_bytes(data[12:16], "little")
    places = table - int.from_bytes(data[table : table + 4], "little", signed=True)
    place = table + int.from_bytes(data[places + 20 : places + 22], "little")
    assert data[place] == 3
    data[place] = count
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("command", ["area", "doctor", "near stations --sites"])
@pytest.mark.parametrize("count", [1, 2])
def test_flatgeobuf_that_counts_fewer_features_than_it_holds_is_refused(
    tmp_path, run, command, count
):
    path = counted(tmp_path / "a.fgb", index=False, count=count)
    done = run(*command.split(), path)

    wrong = f"holds more features than the {count} that it counts; get it again, or mend it"
    assert done.exit_code == 4
    assert done.stderr.splitlines()[-1] == f"nmgeo: {path}: {wrong}"


@pytest.mark.parametrize("member", ["a.fgb", "folder/data"])
def test_flatgeobuf_in_a_zip_is_looked_at_too(tmp_path, run, member):
    for count, code in ((2, 4), (3, 0)):
        path = counted(tmp_path / "a.fgb", index=False, count=count)
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
            packed.write(path, member)

        done = run("area", tmp_path / "a.zip")

        assert done.exit_code == code, done.stderr
        assert ("holds more features than the 2" in done.stderr) == bool(code)


@pytest.mark.parametrize("index", [False, True])
def test_flatgeobuf_that_counts_what_it_holds_is_read(tmp_path, run, index):
    done = run("area", counted(tmp_path / "a.fgb", index=index, count=3))

    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 4


def test_flatgeobuf_of_another_count_with_an_index_is_refused_by_gdal(tmp_path, run):
    done = run("area", counted(tmp_path / "a.fgb", index=True, count=2))

    assert done.exit_code == 4
    assert "cannot be read" in done.stderr


@pytest.mark.parametrize("size", [0, 8, 20, 60, 300])
def test_a_head_that_breaks_off_holds_no_more(tmp_path, size):
    path = counted(tmp_path / "a.fgb", index=False, count=3)
    path.write_bytes(path.read_bytes()[:size])

    assert not holds_more(path, 3)


def test_geoparquet_that_keeps_its_geometry_otherwise_than_it_states_is_refused(tmp_path, run):
    done = run("area", other_geometry_than_stated(tmp_path))

    wrong = "its geometry is not kept as 'point', which it states"
    assert done.stderr.endswith(f"a.parquet: {wrong}; write it with geopandas or GDAL\n")


@pytest.mark.parametrize("command", ["area", "doctor"])
def test_geoparquet_with_a_column_twice_is_refused(tmp_path, run, command):
    path = tmp_path / "a.parquet"
    SQUARES.to_parquet(path)
    table = pq.read_table(path)
    pq.write_table(table.append_column("name", table["name"]), path)

    done = run(command, path)

    assert done.stderr.endswith(": column 'name' stands more than once; rename one of them\n")


@pytest.mark.parametrize("archive", [False, True])
def test_records_that_are_marked_as_deleted_are_left_out_with_a_word(
    tmp_path, archive, monkeypatch
):
    monkeypatch.setattr(shapefile_table, "_CHUNK", 1)  # a record at a time
    file = tmp_path / "a.shp"
    write(layer({lot: square(500 * n, 0, 100) for n, lot in enumerate("abc")}, lot=[*"abc"]), file)
    table = bytearray((tmp_path / "a.dbf").read_bytes())
    head, width = (int.from_bytes(table[at : at + 2], "little") for at in (8, 10))
    table[head + width : head + width + 1] = b"*"
    (tmp_path / "a.dbf").write_bytes(bytes(table))
    if archive:
        file = tmp_path / "a.zip"
        with zipfile.ZipFile(file, "w") as packed:
            for part in sorted(tmp_path.glob("a.[dps]*")):
                packed.write(part, part.name)

    said = r"a\.(shp|zip): 1 record is marked as deleted and not read"
    with pytest.warns(Notice, match=said):
        rows = nm.area(str(file), key="lot", crs="EPSG:4326")
    measure, lots = nm.near_batches("stations"), nm.open_catalog(sites=file, crs="EPSG:4326")
    with pytest.warns(Notice, match=said):
        nm.stream(tmp_path / "o.csv", measure, lots)

    assert rows["site_id"].tolist() == ["a", "c"]
