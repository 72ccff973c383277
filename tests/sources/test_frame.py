"""Frames and GeoJSON in Python as sources: ids, CRS, geometry columns, and no stale copies."""

import gc
import weakref

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from world import layer, lonlat, mapped, square

from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice, UsageError
from nmgeo.measures.areas import area_ha
from nmgeo.records.sites import read_sites
from nmgeo.sources.frame import given_index
from nmgeo.sources.layers import read_layer
from nmgeo.sources.own_layer import stated_crs

SQUARES = layer({"x": square(0, 0, 100), "y": square(200, 0, 100)}, name=["First", "Second"])


def ids_of(frame, **said):
    return list(read_sites(open_catalog(sites=frame, **said)).index)


def test_a_frame_is_read_as_its_file_would_be():
    found = read_sites(open_catalog(sites=SQUARES))

    assert area_ha(found).round(6).to_dict() == {"x": 1.0, "y": 1.0}
    assert list(found["name_en"]) == ["First", "Second"]


def test_a_frame_is_a_layer():
    catalog = open_catalog(layers={"zones": SQUARES})

    assert list(read_layer(catalog, "zones").index) == ["x", "y"]
    assert stated_crs(catalog.own_layers["zones"]) == ruler.HK80


@pytest.mark.parametrize(
    "given",
    [
        lonlat(square(0, 0, 100)),
        mapped(square(0, 0, 100)),
        {"type": "Feature", "properties": None, "geometry": mapped(square(0, 0, 100))},
        [lonlat(square(0, 0, 100))],
        gpd.GeoSeries([lonlat(square(0, 0, 100))]),
    ],
)
def test_what_has_a_geo_interface_is_read(given):
    found = read_sites(open_catalog(sites=given, crs="wgs84"))

    assert area_ha(found).round(4).to_dict() == {"0": 1.0}


def test_a_feature_collection_is_in_wgs84_and_has_its_feature_ids():
    rows = [
        {"type": "Feature", "id": 7, "properties": {"name": "A"}, "geometry": mapped(shape)}
        for shape in (square(0, 0, 100),)
    ]
    catalog = open_catalog(sites={"type": "FeatureCollection", "features": rows})

    assert read_sites(catalog)["name_en"].to_dict() == {"7": "A"}
    assert stated_crs(catalog.own_sites) == ruler.WGS84


@pytest.mark.parametrize("given", [SQUARES.set_crs(None, allow_override=True), square(0, 0, 1)])
def test_a_frame_without_crs_is_refused_in_words_of_python(given):
    with pytest.raises(MissingCRSError, match=r"sites: the frame has no CRS; pass crs='EPSG:2326'"):
        read_sites(open_catalog(sites=given))


def test_a_crs_that_the_numbers_do_not_fit_is_refused():
    with pytest.raises(DoubtfulCRSError, match="sites: "):
        read_sites(open_catalog(sites=SQUARES.set_crs(4326, allow_override=True)))


def test_the_active_geometry_column_is_used_and_the_other_is_named():
    two = SQUARES.rename_geometry("outline").assign(middle=SQUARES.centroid)

    with pytest.warns(Notice, match="'outline' is used, not middle"):
        found = read_sites(open_catalog(sites=two))

    assert area_ha(found).round(6).to_list() == [1.0, 1.0]
    assert "middle" not in found


def test_without_an_active_geometry_column_the_frame_is_refused():
    bare = gpd.GeoDataFrame({"a": [1]}).assign(spot=gpd.GeoSeries([square(0, 0, 1)], crs=2326))

    with pytest.raises(LayerError, match=r"no geometry column is active.*spot; .*set_geometry"):
        read_sites(open_catalog(sites=bare))


def test_the_index_is_the_id_and_is_kept_as_given():
    numbered = SQUARES.set_axis([10, 30])
    catalog = open_catalog(sites=numbered)

    assert ids_of(numbered) == ["10", "30"]
    assert list(given_index(catalog.own_sites)) == [10, 30]
    assert ids_of(numbered, key="name") == ["First", "Second"]
    assert list(given_index(open_catalog(sites=numbered, key="name").own_sites)) == [
        "First",
        "Second",
    ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([3, 3], r"the index holds '3' 2 times; use gdf.reset_index\(drop=True\), or key="),
        ([1, "1"], "the index holds '1' 2 times"),
        (
            [object(), "a"],
            "the index holds a value of type object in row 1; give text or",
        ),
        (["a", None], "the index has no id in row 2"),
        (pd.MultiIndex.from_tuples([(1, 2), (3, 4)]), "the index has 2 levels"),
    ],
)
def test_labels_that_are_no_ids_are_refused(labels, message):
    with pytest.raises(LayerError, match=message):
        ids_of(SQUARES.set_axis(labels))


def test_objects_in_the_column_of_ids_are_refused():
    with pytest.raises(LayerError, match="column 'code' holds a value of type list in row 2"):
        ids_of(SQUARES.assign(code=["a", ["b"]]), key="code")
    with pytest.raises(LayerError, match="column 'code' holds a value of type list in row 2"):
        ids_of(SQUARES.assign(code=[None, ["b"]]), key="code")
    with pytest.raises(LayerError, match="row 2 has no code"):
        ids_of(SQUARES.assign(code=pd.array([1, None], dtype="Int64")), key="code")


@pytest.mark.parametrize("given", [5, pd.DataFrame({"lon": [114.1]}), object()])
def test_what_holds_no_features_is_refused(given):
    with pytest.raises(UsageError, match=r"^sites: (a .*geometry|holds no features)"):
        read_sites(open_catalog(sites=given))


@pytest.mark.parametrize(
    "given",
    [
        {"type": "Polygon", "coordinates": [1]},
        {"type": "FeatureCollection"},
        {"type": "Feature", "geometry": {"type": "Nothing"}},
        {"a": 1},
        ["a"],
    ],
)
def test_what_is_no_geojson_is_refused(given):
    with pytest.raises(LayerError, match="sites: is not GeoJSON"):
        read_sites(open_catalog(sites=given))


@pytest.mark.parametrize("crs", [[], "", 0, {}, {"type": "name", "properties": {"name": ""}}])
def test_a_member_that_names_no_crs_is_not_read_as_degrees(crs):
    rows = [{"type": "Feature", "properties": {}, "geometry": mapped(square(0, 0, 1))}]

    with pytest.raises(LayerError, match="'crs' names no known CRS"):
        read_sites(open_catalog(sites={"type": "FeatureCollection", "crs": crs, "features": rows}))


def test_a_link_to_a_crs_is_not_followed():
    link = {"type": "link", "properties": {"href": "http://127.0.0.1:9/x"}}
    rows = [{"type": "Feature", "properties": {}, "geometry": mapped(square(0, 0, 1))}]

    with pytest.raises(LayerError, match="'crs' names no known CRS"):
        read_sites(open_catalog(sites={"type": "FeatureCollection", "crs": link, "features": rows}))


def test_an_empty_frame_is_refused():
    with pytest.raises(LayerError, match="holds no features"):
        read_sites(open_catalog(sites=SQUARES.iloc[:0]))


def test_a_frame_that_changes_later_is_read_as_it_was_given():
    frame = SQUARES.copy()
    catalog = open_catalog(sites=frame)
    frame.geometry = frame.geometry.translate(1_000)
    frame["name"] = "moved"

    assert read_sites(catalog)["name_en"].to_list() == ["First", "Second"]
    assert ids_of(frame) == ["x", "y"]
    assert read_sites(open_catalog(sites=frame))["name_en"].to_list() == ["moved", "moved"]


def test_a_frame_is_let_go_with_its_catalog():
    catalog = open_catalog(sites=SQUARES)
    read_sites(catalog)
    held = weakref.ref(catalog.own_sites)
    del catalog
    gc.collect()

    assert held() is None


def test_frames_of_one_question_serve_to_check_each_other():
    pair = open_catalog(sites=SQUARES, layers={"zones": SQUARES})

    assert list(read_layer(pair, "zones").index) == ["x", "y"]
    assert shapely.equals(*(read(pair).geometry.iloc[0] for read in (read_sites, read_sites)))
