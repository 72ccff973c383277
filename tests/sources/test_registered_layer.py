"""Layers of the catalog: what is drawn of them is what is read of them."""

import hashlib
import json
import warnings
from dataclasses import replace

import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal

from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, Notice
from nmgeo.sources.registered_layer import read_columns, read_record

COLUMNS = ("kind", "name_en", "name_tc", "name_sc", "height_m")


@pytest.mark.parametrize("name", sorted(open_catalog().layers))
def test_what_is_drawn_is_what_is_read(name):
    record = open_catalog().layers[name]

    shapes, columns = read_columns(record, COLUMNS)

    frame = read_record(record)
    assert shapes.crs == frame.crs
    assert list(shapes) == list(frame.geometry)
    assert set(columns) == {column for column in COLUMNS if column in record.columns}
    for column, values in columns.items():
        assert values == [None if pd.isna(value) else value for value in frame[column]]


@pytest.mark.parametrize("name", sorted(open_catalog().layers))
def test_a_shipped_file_is_read_like_one_of_a_folder_of_the_user(tmp_path, name):
    record = open_catalog().layers[name]
    copy = tmp_path / record.path.name
    copy.write_bytes(record.path.read_bytes())

    read = read_record(replace(record, path=copy))

    assert_geodataframe_equal(read_record(record), read, check_less_precise=False)
    assert list(read.geometry.to_wkb()) == list(read_record(record).geometry.to_wkb())


def _registered(tmp_path, content):
    path = tmp_path / "drawn.geojson"
    path.write_bytes(content)
    hashed = hashlib.sha256(content).hexdigest()
    return replace(open_catalog().layers["wetlands"], path=path, sha256=hashed)


@pytest.mark.parametrize("what", ["missing", "altered", "no geometry", "damaged"])
def test_a_layer_that_cannot_be_drawn_is_an_error(tmp_path, what):
    content = open_catalog().layers["wetlands"].path.read_bytes()
    whole = json.loads(content)
    record = _registered(tmp_path, content)
    if what == "missing":
        record.path.unlink()
    elif what == "altered":
        record.path.write_bytes(content + b"\n")
    elif what == "no geometry":
        whole["features"][0]["geometry"] = None
        record = _registered(tmp_path, json.dumps(whole).encode())
    else:
        record = _registered(tmp_path, b"nothing that GDAL knows")

    with pytest.raises(LayerError) as error:
        read_columns(record, COLUMNS)

    said = {
        "missing": "missing",
        "altered": "altered (sha256 ",
        "no geometry": "1 feature without geometry",
        "damaged": "cannot be read (",
    }
    assert said[what] in str(error.value)
    assert "nmgeo check lists what is wrong" in str(error.value) or what == "altered"


def _features(name):
    path = open_catalog().layers[name].path
    return json.loads(path.read_bytes())


def _record_of(tmp_path, name, whole):
    content = json.dumps(whole).encode()
    path = tmp_path / f"{name}.geojson"
    path.write_bytes(content)
    hashed = hashlib.sha256(content).hexdigest()
    return replace(open_catalog().layers[name], path=path, sha256=hashed)


@pytest.mark.parametrize("read", [read_record, lambda record: read_columns(record, COLUMNS)])
@pytest.mark.parametrize("place", [[1e9, 1e9], [0, 0], [22.4, 114.1]])
def test_a_feature_outside_hong_kong_is_an_error(tmp_path, read, place):
    whole = _features("stations")
    whole["features"][1]["geometry"]["coordinates"] = place

    with pytest.raises(LayerError, match=r"feature 2: lies outside Hong Kong|than any CRS"):
        read(_record_of(tmp_path, "stations", whole))


@pytest.mark.parametrize("read", [read_record, lambda record: read_columns(record, COLUMNS)])
def test_a_layer_without_features_is_an_error(tmp_path, read):
    with pytest.raises(LayerError, match="holds no features"):
        read(_record_of(tmp_path, "ponds", _features("ponds") | {"features": []}))


@pytest.mark.parametrize("read", [read_record, lambda record: read_columns(record, COLUMNS)])
@pytest.mark.parametrize("name", ["wetlands", "land", "ponds"])
def test_a_polygon_that_crosses_itself_is_an_error(tmp_path, read, name):
    whole = _features(name)
    _bow(whole["features"][0])

    with pytest.raises(LayerError, match=r"invalid geometry in feature .*: Self-intersection"):
        read(_record_of(tmp_path, name, whole))


@pytest.mark.parametrize("accuracy", [-3, "abc", 1e9])
def test_an_accuracy_that_is_none_is_an_error(tmp_path, accuracy):
    whole = _features("stations")
    whole["features"][1]["properties"]["accuracy_m"] = accuracy

    with pytest.raises(LayerError, match="accuracy_m is"):
        read_record(_record_of(tmp_path, "stations", whole))


def test_a_layer_with_text_that_is_cut_is_an_error(tmp_path):
    content = open_catalog().layers["wetlands"].path.read_bytes()
    cut = content.replace(b'"name_en": "', b'"name_en": "\\u0000', 1)
    assert cut != content

    with pytest.raises(LayerError, match=r"U\+0000"):
        read_record(_registered(tmp_path, cut))


@pytest.mark.parametrize("value", [["x"], 5, True])
@pytest.mark.parametrize("column", ["status", "name_en", "source", "title"])
def test_a_name_a_status_or_a_source_that_is_no_text_is_an_error(tmp_path, column, value):
    whole = json.loads(open_catalog().layers["stations"].path.read_bytes())
    for feature in whole["features"]:
        feature["properties"][column] = value

    with pytest.raises(LayerError, match=f"{column} is .*, no text"):
        read_record(_registered(tmp_path, json.dumps(whole).encode()))


def _bow(site):
    site["geometry"] = {
        "type": "Polygon",
        "coordinates": [
            [[114.07, 22.51], [114.08, 22.52], [114.08, 22.51], [114.07, 22.52], [114.07, 22.51]]
        ],
    }


def _raised(site):
    ring = [[114.07, 22.51, 5], [114.08, 22.51, 5], [114.08, 22.52, 5], [114.07, 22.51, 5]]
    site["geometry"] = {"type": "Polygon", "coordinates": [ring]}


def _unnamed(site):
    site["properties"]["id"] = None


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (_bow, "invalid geometry in feature "),
        (_raised, "its geometry has heights, which EPSG:4326 has not"),
        (_unnamed, "row 1 has no id"),
    ],
)
def test_the_remedy_is_one_that_a_folder_of_data_has(tmp_path, change, wrong):
    whole = _features("sites")
    for feature in whole["features"]:
        change(feature)

    with pytest.raises(LayerError) as error:
        read_record(_record_of(tmp_path, "sites", whole))

    assert wrong in error.value.wrong
    assert error.value.remedy == "restore it; nmgeo check lists what is wrong"


def _told(read):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(LayerError):
            read()
    return [one.category for one in said]


def test_what_gdal_says_of_a_layer_is_said_once(tmp_path):
    whole = _features("stations")
    whole["features"][1]["geometry"]["coordinates"] = []
    record = _record_of(tmp_path, "stations", whole)

    assert _told(lambda: read_record(record)) == [Notice]
    assert not _told(lambda: read_columns(record, COLUMNS))
