"""Reading a user's files: every format, every fault one line, and ids that stay what they were."""

import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
from world import layer, point, read, square, write, write_csv, write_json

from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, UsageError
from nmgeo.measures.areas import area_ha
from nmgeo.names import add_names
from nmgeo.sources.layers import read_layer

SQUARES = layer({"x": square(0, 0, 100), "y": square(200, 0, 100)})
PLACES = ["code", "lon", "lat"], ["007", 114.05, 22.5], ["1E5", 114.06, 22.5]


def zipped(folder, archive, inside=""):
    with zipfile.ZipFile(archive, "w") as file:
        for path in folder.iterdir():
            file.write(path, inside + path.name)
    return archive


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.fgb", "a.kml", "新田.gpkg"])
def test_the_same_land_is_read_from_every_format(tmp_path, name):
    frame = read(write(SQUARES, tmp_path / name))

    assert sorted(area_ha(frame).round(6)) == [1.0, 1.0]


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.fgb"])
def test_a_key_names_the_rows_in_every_format(tmp_path, name):
    frame = read(write(SQUARES, tmp_path / name), key="id")

    assert frame.to_crs(ruler.HK80).geometry["y"].bounds[0] == pytest.approx(824_200, abs=0.01)


@pytest.mark.parametrize(
    ("ids", "found"),
    [(["x", "y"], ["x", "y"]), ([7, 3], ["7", "3"]), ([None, None], ["0", "1"])],
)
def test_ids_of_geojson_are_its_feature_ids_else_the_row_number(tmp_path, ids, found):
    features = [(square(n * 200, 0, 100), key, {}) for n, key in enumerate(ids)]

    assert list(read(write_json(tmp_path / "a.geojson", features)).index) == found


@pytest.mark.parametrize("key", ["a", 5])
def test_a_feature_id_that_stands_twice_is_refused(tmp_path, key):
    file = write_json(tmp_path / "a.geojson", [(point(n, 0), key, {}) for n in range(2)])

    with pytest.raises(LayerError, match=f"field id: '{key}' stands (2 times|more than once)"):
        read(file)


def test_one_of_two_layers_is_read_by_name(tmp_path):
    for name, frame in (("first", SQUARES), ("second", SQUARES.iloc[:1])):
        write(frame, tmp_path / "two.gpkg", layer=name)

    assert len(read(tmp_path / "two.gpkg#second")) == 1


@pytest.mark.parametrize("name", ["two.gpkg", "two.gpkg#third"])
def test_without_a_right_name_the_layers_of_a_file_are_listed(tmp_path, name):
    for layer_name in ("first", "second"):
        write(SQUARES, tmp_path / "two.gpkg", layer=layer_name)

    with pytest.raises(LayerError, match="first, second") as caught:
        read(tmp_path / name)

    assert " at 0x" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "big5"])
def test_chinese_names_of_a_shapefile_are_read_in_its_encoding(tmp_path, encoding):
    frame = SQUARES.assign(name_tc=["新田科技城", "河套"])

    found = read(write(frame, tmp_path / "a.shp", encoding=encoding))

    assert list(found["name_tc"]) == ["新田科技城", "河套"]


def test_a_chinese_name_in_a_column_of_no_language_is_the_chinese_name(tmp_path):
    frame = SQUARES.assign(name=["Lot 1", "河套"])
    mixed = SQUARES.assign(name_en=["Lot 1", "The Loop 河套"], name_tc=["一號", None])
    plain = SQUARES.assign(name=["Lot 1", "Lot 2"])

    assert list(read(write(frame, tmp_path / "a.geojson"))["name_tc"].fillna("")) == ["", "河套"]
    assert list(read(write(mixed, tmp_path / "b.geojson"))["name_tc"]) == ["一號", "The Loop 河套"]
    assert read(write(plain, tmp_path / "c.geojson"))["name_tc"].isna().all()


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "新田.zip"])
def test_a_zipped_shapefile_is_read(tmp_path, name):
    (tmp_path / "in").mkdir()
    write(SQUARES, tmp_path / "in" / "a.shp")

    assert len(read(zipped(tmp_path / "in", tmp_path / name))) == 2


def test_a_hash_in_the_name_of_a_file_is_no_layer(tmp_path):
    assert len(read(write(SQUARES, tmp_path / "lot#5.geojson"))) == 2


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (PLACES, "EPSG:4326"),
        ((["code", "Longitude", "LATITUDE"], *PLACES[1:]), "wgs84"),
        (
            (["code", "easting", "northing"], ["007", 824_000, 840_000], ["1E5", 830_000, 840_000]),
            "hk80",
        ),
        ((["code", "wkt"], *([c, f"POINT ({x} {y})"] for c, x, y in PLACES[1:])), "EPSG:4326"),
    ],
)
def test_csv_is_read_once_it_is_said_what_its_coordinates_are(tmp_path, rows, code):
    file = write_csv(tmp_path / "a.csv", *rows)

    assert list(read(file, crs=code, key="code").index) == ["007", "1E5"]


def test_a_key_that_is_no_column_is_refused_with_the_one_that_was_meant(tmp_path):
    with pytest.raises(UsageError, match=r"did you mean lot_no\?"):
        read(write(SQUARES.assign(lot_no=["p", "q"]), tmp_path / "a.gpkg"), key="lot")


def test_the_geometry_is_no_key(tmp_path):
    with pytest.raises(UsageError, match="key='geometry'"):
        read(write(SQUARES, tmp_path / "a.gpkg"), key="geometry")


@pytest.mark.parametrize(
    ("lots", "wrong"),
    [
        (["p", None], "row 2 has no lot"),
        ([1, None], "row 2 has no lot"),
        (["p", ""], "row 2 has no lot"),
        (["p", "p"], "field lot: 'p' stands 2 times"),
        ([1, 1], "field lot: '1' stands 2 times"),
    ],
)
def test_a_key_that_is_missing_or_not_unique_is_refused(tmp_path, lots, wrong):
    features = [(point(n, 0), None, {"lot": lot}) for n, lot in enumerate(lots)]

    with pytest.raises(LayerError, match=wrong):
        read(write_json(tmp_path / "a.geojson", features), key="lot")


def test_a_whole_number_as_key_is_read_as_its_digits(tmp_path):
    file = write(SQUARES.assign(lot=[10, 11]), tmp_path / "a.gpkg")

    assert list(read(file, key="lot").index) == ["10", "11"]


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.csv", "a.shp", "a.zip", "a.txt"])
@pytest.mark.parametrize("content", [b"", b"not a map\n", b"\x00\xff\xfe", b'{"type": "Feat'])
def test_a_file_that_is_none_of_features_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(LayerError, match="a\\."):
        read(tmp_path / name, crs="wgs84")


def test_a_truncated_file_is_refused(tmp_path):
    file = Path(write(SQUARES, tmp_path / "a.geojson"))
    file.write_bytes(file.read_bytes()[:-50])

    with pytest.raises(LayerError, match=r"a\.geojson"):
        read(file)


@pytest.mark.parametrize("name", ["", "a.shp", "a.gpkg", "a.csv"])
def test_a_folder_is_refused(tmp_path, name):
    (tmp_path / "in" / name).mkdir(parents=True)

    with pytest.raises(LayerError, match=str(tmp_path / "in" / name)):
        read(tmp_path / "in" / name)


@pytest.mark.parametrize("name", ["a.gpkg", "a.gpkg#roads", "no/a.shp", "a.zip"])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(LayerError, match="not found"):
        read(tmp_path / name)


def test_a_file_with_no_features_is_refused(tmp_path):
    with pytest.raises(LayerError, match="holds no features"):
        read(write_json(tmp_path / "a.geojson", []))


def test_a_table_without_coordinates_is_refused(tmp_path):
    pyogrio.write_dataframe(pd.DataFrame({"lot": [1]}), tmp_path / "a.gpkg")
    write_csv(tmp_path / "a.csv", ["lot"], ["1"])

    for name in ("a.gpkg", "a.csv"):
        with pytest.raises(LayerError, match="has no coordinates"):
            read(tmp_path / name, crs="wgs84")


@pytest.mark.parametrize(
    "name", ["新田　科技城", "<script>alert(1)</script>", "'; DROP--", "\x1b[31m"]
)
def test_the_name_of_a_feature_is_kept_as_it_is(tmp_path, name):
    frame = read(write_json(tmp_path / "a.geojson", [(point(0, 0), "a", {"Name": name})]))

    assert add_names(frame, "tc")["name"]["a"] == name


def test_a_feature_without_a_name_is_called_by_its_id(tmp_path):
    frame = read(write_json(tmp_path / "a.geojson", [(point(0, 0), "lot 5", {})]))

    assert add_names(frame, "en")["name"]["lot 5"] == "lot 5"


def test_an_own_layer_stands_before_the_shipped_one_of_its_name(tmp_path):
    file = write_json(tmp_path / "a.geojson", [(point(0, 0), "mine", {})])

    assert list(read_layer(open_catalog(layers={"stations": file}), "stations").index) == ["mine"]


@pytest.mark.parametrize("name", open_catalog().layers)
def test_a_shipped_layer_has_the_columns_of_every_layer(name):
    frame = read_layer(open_catalog(), name)

    assert frame.index.is_unique
    assert {"name_en", "name_tc", "name_sc", "opens", "accuracy_m", "source"} <= set(frame)
    assert frame["name_en"].notna().all()


def test_a_copy_of_a_shipped_layer_reads_like_the_layer(tmp_path):
    catalog = open_catalog()
    shutil.copy(catalog.layers["stations"].path, tmp_path / "mine.geojson")

    mine = read(tmp_path / "mine.geojson")

    pd.testing.assert_frame_equal(mine, read_layer(catalog, "stations"))


@pytest.mark.parametrize("name", ["新田　地段", "<b>&", "a\nb", "\x1b[31m", "../etc"])
def test_an_own_layer_may_bear_any_name(tmp_path, run, name):
    file = write(SQUARES, tmp_path / "a.gpkg")

    done = run("near", name, "--layer", f"{name}={file}", "--json")

    assert {row["layer"] for row in json.loads(done.stdout)["rows"]} == {name}
