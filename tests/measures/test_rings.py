"""Polygons without holes as coordinates: what is told of them is what GEOS tells of geometries."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nmgeo.measures.fast import kernels, rings
from nmgeo.measures.fast.rings import Rings, nearest_places

ORIGIN = np.array([820_000.0, 830_000.0])
WHOLE = st.tuples(st.integers(-6, 6), st.integers(-6, 6))
BROKEN = st.tuples(st.floats(-6, 6, width=32), st.floats(-6, 6, width=32))
CORNERS = st.lists(st.one_of(WHOLE, BROKEN), min_size=3, max_size=9)


def polygons_of(outlines):
    """Return the valid ones of some polygons, near Hong Kong."""
    drawn = np.array([shapely.Polygon(ORIGIN + np.array(corners)) for corners in outlines])
    return drawn[shapely.is_valid(drawn)]


def boxes(count, seed=3):
    dice = np.random.default_rng(seed)
    x, y = (ORIGIN + dice.uniform(0, 9_000, (count, 2))).T
    return shapely.box(x, y, x + 20, y + 20)


@settings(deadline=None)
@given(
    outlines=st.lists(CORNERS, min_size=1, max_size=12),
    points=st.lists(st.one_of(WHOLE, BROKEN), min_size=12, max_size=12),
)
def test_the_nearest_place_is_the_end_of_the_shortest_line_to_the_last_bit(outlines, points):
    shapes = polygons_of(outlines)
    ends = ORIGIN + np.array(points)[: len(shapes)]
    outside = ~shapely.intersects_xy(shapes, *ends.T) if len(shapes) else np.zeros(0, dtype=bool)
    shapes, ends = shapes[outside], ends[outside]
    lines = shapely.shortest_line(shapes, shapely.points(ends))

    found = nearest_places(Rings.of_shapes(shapes), ends)

    np.testing.assert_array_equal(found, shapely.get_coordinates(lines)[::2])


def test_a_corner_that_stands_twice_is_an_edge_without_length():
    ring = ORIGIN + np.array([(0, 0), (4, 0), (4, 0), (4, 4), (0, 0)])
    shapes, end = shapely.polygons([ring]), ORIGIN + np.array([7, -2])

    found = nearest_places(Rings.of_shapes(shapes), end[np.newaxis])

    assert (found[0] - ORIGIN).tolist() == [4, 0]


def test_more_rings_than_are_measured_at_once_each_have_their_place(monkeypatch):
    shapes = np.concatenate([boxes(7), shapely.buffer(shapely.points([ORIGIN] * 3), 9)])
    ends = ORIGIN - np.arange(20.0).reshape(10, 2) * 50
    whole = nearest_places(Rings.of_shapes(shapes), ends)
    monkeypatch.setattr(rings, "_AT_ONCE", 3)

    np.testing.assert_array_equal(nearest_places(Rings.of_shapes(shapes), ends), whole)


@pytest.mark.parametrize(
    "shape",
    [
        None,
        shapely.Polygon(),
        shapely.Point(1, 2),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]),
        shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2)),
        shapely.force_3d(shapely.box(0, 0, 1, 1), 5),
    ],
)
def test_all_but_plain_polygons_are_no_rings(shape):
    assert Rings.of_shapes(np.array([shapely.box(0, 0, 1, 1), shape])) is None


def test_rings_are_built_as_they_were():
    shapes = np.array([shapely.box(0, 0, 1, 2), shapely.Point(5, 5).buffer(3)])
    found = Rings.of_shapes(shapes)

    assert shapely.equals_exact(found.shapes, shapes).all()
    assert shapely.equals_exact(found[np.array([1])], shapes[1:]).all()
    assert len(found[np.array([], dtype=int)]) == 0
    np.testing.assert_array_equal(found.boxes, shapely.bounds(shapes))


@pytest.mark.parametrize(
    ("ring", "closed"),
    [
        ([(0, 0), (1, 0), (1, 1), (0, 0)], True),
        ([(0, 0), (1, 0), (1, 1), (0, 1)], False),
        ([(0, 0), (1, 0), (0, 0)], False),
    ],
)
def test_a_ring_ends_where_it_begins_and_has_three_corners(ring, closed):
    assert Rings(np.array(ring, dtype=float), np.array([0, len(ring)])).are_closed == closed


@pytest.mark.parametrize("count", [3, 400, 3_000])
@pytest.mark.parametrize("least", [1, 10**9])
def test_the_nearest_two_of_rings_are_those_of_geometries(monkeypatch, count, least):
    monkeypatch.setattr(kernels, "NUMBA_MIN_GEOMETRIES", least)
    shapes = np.concatenate([boxes(count), shapely.buffer(boxes(count // 3, 4), 30, quad_segs=1)])
    wells = shapely.points(ORIGIN + np.random.default_rng(5).uniform(0, 9_000, (25, 2)))

    for others in (wells, boxes(25, 6), wells[:1]):
        found = kernels.nearest_two(Rings.of_shapes(shapes), others, noise_m=0.01)
        meant = kernels.nearest_two(shapes, others, noise_m=0.01)
        for some, same in zip(found, meant, strict=True):
            np.testing.assert_array_equal(some, same)
