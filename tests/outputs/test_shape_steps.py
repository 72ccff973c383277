"""Shapes on the page: written as steps, and the same again to the last digit."""

import pytest
import shapely
from world import layer, line, multi, point, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.web.page_data import build_page_data
from nmgeo.outputs.web.shape_steps import shapes_as_steps

HOLED = square(0, 0, 90).difference(square(30, 30, 30))
SHAPES = {
    "point": point(5, 5),
    "points": shapely.MultiPoint([point(0, 0), point(70, 5)]),
    "line": line((0, 0), (50, 70)),
    "lines": shapely.MultiLineString([line((0, 0), (9, 9)), line((90, 0), (80, 5))]),
    "holed": HOLED,
    "several": multi(HOLED, square(200, 0, 10)),
}


def shapes(data):
    layers = [feature["shape"] for one in data["layers"] for feature in one["features"]]
    return [row["shape"] for part in ("sites", "rings", "links") for row in data[part]] + layers


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shapes")
    return open_catalog(layers={"own": write(layer(SHAPES), folder / "own.geojson")})


def test_the_page_draws_every_shape_to_the_digit(visit, catalog, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", catalog))
    drawn = page.evaluate("""() => [NM.data.sites, NM.data.rings, NM.data.links,
        ...NM.data.layers.map(one => one.features)].flat().map(one => one.shape)""")

    data = build_page_data(build_atlas(catalog, at=("500m", "1km")))
    assert {one["type"] for one in drawn} >= {shape.geom_type for shape in SHAPES.values()}
    assert drawn == shapes(data)


def test_the_edge_between_two_rings_is_written_once():
    data = build_page_data(build_atlas(at=("500m", "1km")))
    outer = [one["shape"]["steps"] for one in shapes_as_steps(data)["rings"] if one["from_m"]]

    assert outer
    assert all(len(edge) > 50 and hole == 0 for edge, hole in outer)


def test_steps_take_less_than_half_the_room(catalog):
    data = build_page_data(build_atlas(catalog, at=("500m", "1km")))
    before, after = (len(str(shapes(one))) for one in (data, shapes_as_steps(data)))

    assert after < before / 2
