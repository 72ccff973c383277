"""Packs: what a page draws is where the geometry is, whatever its kind, and nothing is lost."""

import base64
import math

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from world import layer, line, multi, point, sites, square

from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.errors import Notice
from nmgeo.measures.buffers import ring_shapes
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.web.geometry_encoding import (
    MAX_SEPARATE_RINGS,
    SCALE,
    dissolve_rings,
    encode_geometry,
)
from nmgeo.outputs.web.page_data import build_page_data

HOLED = square(0, 0, 300).difference(square(100, 100, 50)).difference(square(200, 200, 50))
KINDS = {
    "points": {"a": point(0, 0), "b": point(-4000, 2500), "c": point(9000, -9000)},
    "several points": {"a": shapely.MultiPoint([point(0, 0), point(70, 5)]), "b": point(3, 4)},
    "lines": {"a": line((0, 0), (50, 5), (-20, 80)), "b": line((900, 0), (901, 1))},
    "several lines": {
        "a": shapely.MultiLineString([line((0, 0), (9, 9)), line((500, 0), (0, 500), (9, 1))]),
        "b": line((-5, -5), (5, 5)),
    },
    "polygons": {"a": square(0, 0, 100), "b": square(100, 0, 100), "c": square(-9000, 5000, 3)},
    "polygons with holes": {"a": HOLED, "b": square(1000, 0, 10)},
    "several polygons": {
        "a": multi(square(1000, 0, 50), HOLED, square(-3000, -3000, 900)),
        "b": square(500, 500, 20),
    },
    "of all kinds": {
        "a": point(50, 0),
        "b": multi(square(1000, 0, 50), HOLED),
        "c": line((0, 0), (100, 0), (100, 100), (0, 0)),
        "d": square(0, 0, 100),
        "e": shapely.MultiPoint([point(900, 0), point(70, 5)]),
        "f": shapely.MultiLineString([line((0, 0), (9, 9)), line((500, 0), (0, 500), (9, 1))]),
    },
    "a ring of lines": {"a": line((0, 0), (100, 0), (100, 100), (0, 0))},
}


def numbers(text):
    """Read whole numbers from base-128 digits, the least first, in base64."""
    found, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value, shift = 0, 0
    assert shift == 0
    return found


def unpacked(packed):
    """Return the paths of each feature as a page draws them, in WGS 84."""
    steps = [n >> 1 if n % 2 == 0 else -(n >> 1) - 1 for n in numbers(packed["steps"])]
    xy = np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / packed["scale"]
    lon = np.degrees((xy[:, 0] - 0.5) * 2 * math.pi)
    lat = np.degrees(np.arctan(np.sinh((0.5 - xy[:, 1]) * 2 * math.pi)))
    vertices = iter(np.column_stack([lon, lat]).tolist())
    lengths = iter(numbers(packed["lengths"]))
    drawn = [
        [[next(vertices) for _ in range(next(lengths))] for _ in range(n)] for n in paths(packed)
    ]
    assert next(vertices, None) is None
    assert next(lengths, None) is None
    return drawn


def paths(packed):
    return [n >> 1 for n in numbers(packed["paths"])]


def closed(packed):
    return [bool(n & 1) for n in numbers(packed["paths"])]


def drawn(feature, *, closed):
    """Return the paths of a feature in metres, rings closed as a page closes them."""
    rings = [path + path[:1] * closed for path in feature]
    shapes = [shapely.LineString(r) if len(r) > 1 else shapely.Point(r[0]) for r in rings]
    return list(gpd.GeoSeries(shapes, crs=ruler.WGS84).to_crs(ruler.HK80))


def expected(shape):
    """Return the paths of a geometry as they were given: points, lines and rings in turn."""
    parts = shapely.get_parts(shape)
    if shapely.get_dimensions(shape) == 2:
        return [shapely.LineString(ring.coords) for ring in shapely.get_rings(parts)]
    return list(parts)


@pytest.fixture(scope="module", params=KINDS)
def packed(request):
    frame = layer(KINDS[request.param])
    order, data = encode_geometry(frame)
    return frame, order, data


def test_every_vertex_is_drawn_within_20_cm_of_where_it_is(packed):
    frame, order, data = packed
    for row, feature, ring in zip(order, unpacked(data), closed(data), strict=True):
        found, given = drawn(feature, closed=ring), expected(frame.geometry.iloc[row])

        assert len(found) == len(given)
        for ours, theirs in zip(found, given, strict=True):
            gaps = shapely.get_coordinates(ours) - shapely.get_coordinates(theirs)
            assert np.hypot(*gaps.T).max() < 0.2


def test_the_order_is_of_every_feature_once(packed):
    frame, order, data = packed

    assert sorted(order) == list(range(len(frame)))
    assert len(paths(data)) == len(frame)


def test_only_polygons_are_closed(packed):
    frame, order, data = packed

    assert closed(data) == list(shapely.get_dimensions(frame.geometry.iloc[order]) == 2)


def test_the_pack_says_its_scale(packed):
    assert packed[2]["scale"] == SCALE == 2**28


def test_the_same_layer_gives_the_same_pack(packed):
    frame, order, data = packed
    again, same = encode_geometry(frame)

    assert (again.tolist(), same) == (order.tolist(), data)


@pytest.mark.parametrize("kind", KINDS)
def test_lists_hold_the_numbers_of_the_text(kind):
    order, text = encode_geometry(layer(KINDS[kind]))
    same_order, lists = encode_geometry(layer(KINDS[kind]), as_text=False)

    assert order.tolist() == same_order.tolist()
    for part in ("paths", "lengths", "steps"):
        assert lists[part] == numbers(text[part])


def test_the_base_of_a_page_is_read_without_a_loop_over_its_text():
    base = build_page_data(build_atlas())["base"]["layers"]

    assert base
    assert {type(one["pack"][part]) for one in base for part in ("paths", "steps")} == {list}


def test_a_hole_is_a_path_of_its_feature():
    order, data = encode_geometry(layer({"a": HOLED, "b": square(1000, 0, 10)}))

    assert dict(zip(order.tolist(), paths(data), strict=True)) == {0: 3, 1: 1}


def test_polygons_without_holes_are_not_split_into_rings(monkeypatch):
    monkeypatch.setattr(shapely, "get_rings", None)  # calling it would fail

    assert paths(encode_geometry(layer(KINDS["polygons"]))[1]) == [1, 1, 1]


def test_an_empty_part_of_a_polygon_is_no_path():
    parts = shapely.MultiPolygon([shapely.Polygon(), square(0, 0, 100)])

    assert paths(encode_geometry(layer({"a": parts, "b": square(500, 0, 100)}))[1]) == [1, 1]


def test_a_ring_is_packed_without_the_vertex_that_closes_it():
    _, data = encode_geometry(layer({"a": square(0, 0, 10)}))

    assert numbers(data["lengths"]) == [4]


def test_two_touching_rings_do_not_run_into_one():
    _, data = encode_geometry(layer({"a": multi(square(0, 0, 10), square(20, 0, 10))}))

    assert numbers(data["lengths"]) == [4, 4]


@pytest.mark.parametrize("code", [4326, 2326, 3857])
def test_a_layer_in_any_system_is_drawn_in_the_same_place(code):
    frame = layer(KINDS["polygons"])
    _, data = encode_geometry(frame.to_crs(code))

    ours, theirs = (
        [xy for feature in unpacked(each) for path in feature for xy in path]
        for each in (data, encode_geometry(frame)[1])
    )
    assert np.abs(np.array(ours) - np.array(theirs)).max() < 3e-6


def test_features_that_lie_together_stand_together():
    grid = {f"{x}-{y}": point(x * 500, y * 500) for x in range(16) for y in range(16)}
    frame = layer(grid)
    order, _ = encode_geometry(frame)

    walk = frame.geometry.iloc[order].distance(frame.geometry.iloc[np.roll(order, -1)], align=False)
    plain = frame.geometry.distance(frame.geometry.shift(-1), align=False).iloc[:-1]
    assert walk.iloc[:-1].sum() < plain.sum()


def test_a_vertex_takes_few_bytes():
    along = np.linspace(0, 60, 5000)
    long = line(*zip(along * 100, np.sin(along) * 500, strict=True))
    _, data = encode_geometry(layer({"a": long}))

    assert len(base64.b64decode(data["steps"])) < 3 * 5000


def rings_of(count):
    """Draw rings to 50 and 100 m round lots of 10 m, 20 m apart in a row."""
    return ring_shapes(sites(**{f"s{n}": square(20 * n, 0, 10) for n in range(count)}), [100, 50])


def test_rings_of_few_sites_are_drawn_one_by_one():
    rings = rings_of(MAX_SEPARATE_RINGS)

    assert dissolve_rings(rings) is rings


def test_rings_of_many_sites_are_drawn_together_and_it_is_said():
    with pytest.warns(
        Notice, match=f"rings of all {MAX_SEPARATE_RINGS + 1} sites together"
    ) as said:
        found = dissolve_rings(rings_of(MAX_SEPARATE_RINGS + 1))

    long = 20 * MAX_SEPARATE_RINGS + 10
    held = found.to_crs(ruler.HK80).area
    # what lies within r of the row of lots, the scallops of whose gaps are some cm deep
    within = [long * (10 + 2 * r) + 2 * r * 10 + math.pi * r**2 for r in (50, 100)]
    assert len(said) == 1
    assert found[["from_m", "to_m"]].to_numpy().tolist() == [[0, 50], [50, 100]]
    assert held.tolist() == pytest.approx([within[0], within[1] - within[0]], rel=2e-3)
    assert found["area_ha"].isna().all()


def test_a_page_brings_a_layer_of_the_user_to_degrees_once(tmp_path, monkeypatch):
    squares = layer({f"s{n}": square(200 * n, 0, 100) for n in range(3)})
    squares.to_file(tmp_path / "plots.gpkg")
    atlas = build_atlas(open_catalog(layers={"plots": tmp_path / "plots.gpkg"}))
    seen, transform = [], pyproj.Transformer.transform
    monkeypatch.setattr(
        pyproj.Transformer,
        "transform",
        lambda self, x, y: seen.append(len(x)) or transform(self, x, y),
    )
    monkeypatch.setattr("nmgeo.outputs.web.layer_data.MAX_PATH_FEATURES", 2)

    build_page_data(atlas)

    assert seen.count(shapely.get_num_coordinates(squares.geometry).sum()) == 1
