"""Simplifying: fewer vertices for drawing, no feature lost, no shared border torn."""

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from world import layer, line, multi, point, square

from nmgeo import crs as ruler
from nmgeo.outputs.web.geometry_encoding import simplify_layer

HOLED = square(0, 0, 300).difference(square(100, 100, 50)).difference(square(200, 200, 50))


def wiggly(seed, side, many=20):
    """Draw a grid of squares whose shared edges wiggle."""
    rng = np.random.default_rng(seed)
    posts = {(x, y): (x * 200, y * 200) for x in range(side + 1) for y in range(side + 1)}

    def edge(start, end):
        (x0, y0), (x1, y1) = posts[start], posts[end]
        along = np.linspace(0, 1, many + 2)[1:-1]
        off = rng.uniform(-4, 4, many)
        across = (y1 - y0, x0 - x1)
        return [
            (x0 + t * (x1 - x0) + o * across[0] / 200, y0 + t * (y1 - y0) + o * across[1] / 200)
            for t, o in zip(along, off, strict=True)
        ]

    edges = {}
    for x, y in posts:
        for end in ((x + 1, y), (x, y + 1)):
            if end in posts:
                edges[(x, y), end] = edge((x, y), end)
                edges[end, (x, y)] = edges[(x, y), end][::-1]
    cells = {}
    for x in range(side):
        for y in range(side):
            corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]
            ring = [xy for a, b in pairwise(corners) for xy in (posts[a], *edges[a, b])]
            cells[f"{x}-{y}"] = shapely.transform(
                shapely.Polygon(ring), lambda c: c + shapely.get_coordinates(point(0, 0))
            )
    return layer(cells)


@pytest.fixture(scope="module")
def grid():
    frame = wiggly(7, 6)
    assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    return frame


@pytest.fixture(scope="module", params=[1, 5, 20, 100])
def simple(request, grid):
    return grid, simplify_layer(grid, request.param)


def on_grid(frame):
    return frame.to_crs(ruler.HK80).geometry.to_numpy()


def test_borders_that_were_shared_stay_shared(simple):
    _, after = simple

    assert shapely.coverage_is_valid(after.geometry.to_numpy())


def test_no_land_is_lost_or_covered_twice(simple):
    before, after = simple
    shapes = on_grid(after)
    whole = shapely.union_all(shapes)

    assert shapely.area(shapes).sum() == pytest.approx(whole.area, rel=1e-7)
    assert shapely.get_num_interior_rings(shapely.get_parts(whole)).sum() == 0
    assert whole.area == pytest.approx(before.area.sum(), rel=0.05)


def test_no_feature_is_lost(simple):
    before, after = simple

    assert list(after.index) == list(before.index)
    assert not after.geometry.is_empty.any()
    assert after.geometry.is_valid.all()


def test_there_are_fewer_vertices(simple):
    before, after = simple

    assert shapely.get_num_coordinates(after.geometry).sum() < (
        shapely.get_num_coordinates(before.geometry).sum()
    )


def test_more_tolerance_gives_fewer_vertices(grid):
    left = [shapely.get_num_coordinates(simplify_layer(grid, t).geometry).sum() for t in (1, 5, 20)]

    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1]


def test_lines_move_no_further_than_about_the_tolerance(grid):
    after = on_grid(simplify_layer(grid, 5))

    assert shapely.hausdorff_distance(after, grid.geometry.to_numpy()).max() < 10


def test_the_layer_itself_is_left_as_it_is_and_comes_out_in_wgs84(grid):
    before = grid.copy()
    after = simplify_layer(grid.assign(note="kept"), 5)

    assert grid.geom_equals_exact(before, 0).all()
    assert after.crs == ruler.WGS84
    assert (after["note"] == "kept").all()


@pytest.mark.parametrize(
    "shapes",
    [
        {"a": line(*((x, math.sin(x)) for x in range(200))), "b": line((0, 50), (90, 50))},
        {"a": point(0, 0), "b": point(1, 1)},
        {"a": point(0, 0).buffer(50), "b": point(30, 0).buffer(50)},
        {"tiny": square(0, 0, 0.5), "big": point(500, 0).buffer(90)},
        {"a": multi(point(0, 0).buffer(50), square(500, 0, 0.5)), "b": HOLED},
    ],
    ids=["lines", "points", "overlapping", "smaller than the tolerance", "several and holes"],
)
def test_what_is_no_coverage_keeps_each_feature_whole(shapes):
    frame = layer(shapes)
    after = simplify_layer(frame, 2)

    assert list(after.index) == list(frame.index)
    assert after.geometry.is_valid.all()
    assert not after.geometry.is_empty.any()
    assert shapely.hausdorff_distance(on_grid(after), frame.geometry.to_numpy()).max() < 4
