"""Geometry that can be measured: faults are refused, or repaired and said."""

import json

import pytest
import shapely
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon
from world import (
    EAST,
    NORTH,
    bow_tie,
    layer,
    line,
    multi,
    point,
    points,
    read,
    square,
    write_csv,
    write_json,
)

from nmgeo.errors import LayerError, Notice
from nmgeo.measures.areas import area_ha
from nmgeo.sources.geometry_kinds import require_polygons
from nmgeo.sources.repair_geometry import repair_geometry

NAN = float("nan")


def test_a_sound_frame_is_returned_without_a_word():
    frame = layer({"a": square(0, 0, 100), "b": line((0, 0), (9, 9)), "c": point(0, 0)})

    assert repair_geometry(frame, "own.gpkg", strict=True) is frame


def test_empty_parts_among_others_are_left_out():
    shapes = [point(0, 0), line((0, 0), (9, 9)), square(0, 0, 9)]
    several = [shapely.multipoints, shapely.multilinestrings, shapely.multipolygons]
    made = list(zip(several, shapes, strict=True))
    hollow = [into([type(shape)(), shape]) for into, shape in made]
    frame = repair_geometry(layer(dict(zip("abc", hollow, strict=True))), "own.gpkg", strict=True)

    assert shapely.get_num_geometries(hollow).tolist() == [2, 2, 2]
    assert shapely.get_num_geometries(frame.geometry).tolist() == [1, 1, 1]
    assert frame.geometry.tolist() == [into([shape]) for into, shape in made]


@pytest.mark.parametrize("shape", [f"EMPTY, ({EAST} {NORTH})", f"({EAST} {NORTH}), EMPTY"])
def test_an_empty_point_in_a_file_does_not_lie_at_0_0(tmp_path, shape):
    file = write_csv(tmp_path / "p.csv", ["id", "wkt"], ["a", f"MULTIPOINT ({shape})"])

    assert read(file, crs="hk80").geometry.tolist() == [MultiPoint([point(0, 0)])]


def two_points(tmp_path, shape):
    rows = ["a", f"POINT ({EAST} {NORTH})"], ["b", shape]
    return write_csv(tmp_path / "p.csv", ["id", "wkt"], *rows)


def test_only_a_point_that_is_there_lies_outside(tmp_path):
    with pytest.warns(Notice, match=r"no geometry, left out: 1 feature \(feature b\)"):
        assert len(read(two_points(tmp_path, "POINT EMPTY"), crs="hk80", key="id")) == 1
    with pytest.raises(LayerError, match="feature b: lies outside"):
        read(two_points(tmp_path, "POINT (0 0)"), crs="hk80", key="id")


def test_a_bow_tie_is_repaired_to_its_two_triangles():
    frame = layer({"a": bow_tie(0, 0, 100)})

    with pytest.warns(Notice):
        mended = repair_geometry(frame, "own.gpkg", strict=False)

    assert mended.geometry["a"].is_valid
    assert mended.area["a"] == pytest.approx(100 * 100 / 2)
    assert not frame.geometry["a"].is_valid


def test_a_repair_says_how_many_the_first_ids_and_why():
    frame = layer({f"lot{n}": bow_tie(n * 200, 0, 100) for n in range(5)} | {"ok": point(0, 0)})

    with pytest.warns(
        Notice,
        match=r"^own.gpkg: repaired 5 .+ feature lot0, lot1, lot2 and 2 more: Self-intersection",
    ):
        repair_geometry(frame, "own.gpkg", strict=False)


def test_a_repair_leaves_the_others_as_they_were():
    frame = layer({"bad": bow_tie(0, 0, 100), "good": square(200, 0, 100)})

    with pytest.warns(Notice):
        mended = repair_geometry(frame, "own.gpkg", strict=False)

    assert list(mended.index) == ["bad", "good"]
    assert mended.geometry["good"].equals_exact(square(200, 0, 100), 0)
    assert mended.crs == frame.crs


def test_a_repaired_polygon_loses_its_spike():
    spiked = Polygon(
        [(EAST + x, NORTH + y) for x, y in [(0, 0), (10, 0), (10, 10), (10, 99), (10, 10), (0, 10)]]
    )

    with pytest.warns(Notice):
        mended = repair_geometry(layer({"a": spiked}), "own.gpkg", strict=False)

    assert mended.geometry["a"].equals(square(0, 0, 10))


def test_a_part_of_a_multipolygon_is_repaired_and_the_rest_is_kept():
    frame = layer({"a": multi(bow_tie(0, 0, 100), square(300, 0, 100))})

    with pytest.warns(Notice):
        mended = repair_geometry(frame, "own.gpkg", strict=False)

    assert mended.area["a"] == pytest.approx(5_000 + 10_000)


def test_parts_of_a_multipolygon_that_overlap_count_once():
    frame = layer({"a": multi(square(0, 0, 100), square(50, 0, 100))})

    with pytest.warns(Notice):
        mended = repair_geometry(frame, "own.gpkg", strict=False)

    assert mended.area["a"] == pytest.approx(150 * 100)


def test_strict_refuses_what_would_be_repaired():
    with pytest.raises(LayerError, match=r"feature a: Self-intersection.+leave out strict=True"):
        repair_geometry(layer({"a": bow_tie(0, 0, 100)}), "own.gpkg", strict=True)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "shape", [None, Polygon(), Point(), MultiPolygon(), LineString(), GeometryCollection()]
)
def test_a_missing_or_empty_geometry_is_refused_by_name(shape, strict):
    with pytest.raises(LayerError, match=r"own\.gpkg: feature b: no geometry"):
        repair_geometry(layer({"a": point(0, 0), "b": shape}), "own.gpkg", strict=strict)


@pytest.mark.parametrize(
    "shape",
    [
        Point(NAN, NORTH),
        Point(float("inf"), NORTH),
        LineString([(EAST, NORTH), (float("inf"), NORTH)]),
        Polygon([(EAST, NORTH), (EAST, float("-inf")), (EAST + 9, NORTH)]),
    ],
)
def test_a_coordinate_that_is_no_number_is_refused_by_name(shape):
    with pytest.raises(LayerError, match=r"feature b: (a coordinate is no number|no geometry)"):
        repair_geometry(layer({"a": point(0, 0), "b": shape}), "own.gpkg", strict=False)


@pytest.mark.parametrize("vertices", [[0, 0, 0, 0], [0, 9, 0, 0], [0, 5, 9, 0]])
def test_a_polygon_that_has_collapsed_is_refused_by_name(vertices):
    flat = Polygon([(EAST + x, NORTH) for x in vertices])

    with pytest.raises(LayerError, match="feature a: invalid, and nothing is left after repair"):
        repair_geometry(layer({"a": flat}), "own.gpkg", strict=False)


def test_a_line_that_has_collapsed_is_refused_by_name():
    with pytest.raises(LayerError, match="feature a: invalid, and nothing is left after repair"):
        repair_geometry(layer({"a": line((0, 0), (0, 0))}), "own.gpkg", strict=False)


def test_polygons_of_one_or_many_parts_have_an_area():
    one, two = square(0, 0, 10), multi(square(20, 0, 10), square(40, 0, 10))

    assert require_polygons(layer({"a": one, "b": two}), "sites") is None


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (point(0, 0), "Point"),
        (line((0, 0), (9, 9)), "LineString"),
        (shapely.MultiPoint([point(0, 0)]), "MultiPoint"),
        (GeometryCollection([square(0, 0, 9), point(0, 0)]), "GeometryCollection"),
    ],
)
def test_what_has_no_area_is_refused_by_name(shape, kind):
    with pytest.raises(LayerError, match=f"sites: feature b: {kind} has no area"):
        require_polygons(layer({"a": square(0, 0, 9), "b": shape}), "sites")


def test_only_the_first_ids_are_named():
    with pytest.raises(LayerError, match="feature a, b, c and 1 more: Point has no area"):
        require_polygons(points(a=(0, 0), b=(1, 0), c=(2, 0), d=(3, 0)), "sites")


def test_an_invalid_polygon_is_repaired_said_and_measured(tmp_path):
    file = write_json(tmp_path / "a.geojson", [(bow_tie(0, 0, 100), "a", {})])

    with pytest.warns(Notice, match=r"a.geojson: repaired 1 .+ feature a: Self-intersection"):
        frame = read(file)

    assert area_ha(frame)["a"] == pytest.approx(0.5)


def test_strict_refuses_an_invalid_polygon(tmp_path):
    with pytest.raises(LayerError, match="Self-intersection"):
        read(write_json(tmp_path / "a.geojson", [(bow_tie(0, 0, 100), "a", {})]), strict=True)


def test_a_feature_without_geometry_is_left_out_by_name(tmp_path):
    file = write_json(tmp_path / "a.geojson", [(point(0, 0), "a", {}), (None, "b", {})])

    with pytest.warns(Notice, match=r"no geometry, left out: 1 feature \(feature b\)"):
        assert read(file).index.tolist() == ["a"]
    with pytest.raises(LayerError, match="feature b: no geometry; give it an outline"):
        read(file, strict=True)


def test_features_without_geometry_alone_are_refused(tmp_path):
    with pytest.raises(LayerError, match=r"features? a, b: no geometry"):
        read(write_json(tmp_path / "a.geojson", [(None, "a", {}), (None, "b", {})]))


@pytest.mark.parametrize("number", ["NaN", "1e999", "Infinity"])
def test_a_coordinate_that_is_no_number_is_refused(tmp_path, number):
    text = json.dumps({"type": "Feature", "id": "a", "properties": {}, "geometry": None})
    place = f'{{"type": "Point", "coordinates": [{number}, 22.5]}}'
    (tmp_path / "a.geojson").write_text(text.replace("null", place))

    with pytest.raises(LayerError):
        read(tmp_path / "a.geojson")
