"""Grids over points: the nearest two features and counts within distances, against GEOS."""

from unittest import mock

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nmgeo.measures.fast import edge_grid
from nmgeo.measures.fast.count_grid import CountGrid
from nmgeo.measures.fast.edge_grid import EdgeGrid
from nmgeo.measures.fast.kernels import within_counts

NOISE_M = 0.01
BOX = (0.0, 0.0, 1_000.0, 800.0)
ON_GRID = st.integers(0, 16).map(lambda step: 50.0 * step)
PLACE = st.tuples(ON_GRID, ON_GRID)
ANYWHERE = st.tuples(st.floats(0, 1_000), st.floats(0, 800))


def square(place):
    (x, y), size = place
    return shapely.box(x, y, x + size, y + size)


def with_hole(place):
    x, y = place
    ring = shapely.box(x, y, x + 300, y + 300)
    return ring.difference(shapely.box(x + 100, y + 100, x + 200, y + 200))


FEATURES = st.one_of(
    PLACE.map(shapely.Point),
    st.tuples(PLACE, st.sampled_from([25.0, 100.0, 400.0])).map(square),
    PLACE.map(with_hole),
    st.lists(PLACE, min_size=2, max_size=12, unique=True).map(shapely.LineString),
    st.lists(PLACE, min_size=2, max_size=4, unique=True).map(shapely.MultiPoint),
    PLACE.map(lambda xy: shapely.MultiPolygon([square((xy, 25.0)), square(((900.0, 0.0), 25.0))])),
    PLACE.map(lambda xy: shapely.Point(*xy, 7.0)),
    st.just(shapely.Polygon()),
    st.none(),
)
COLLECTIONS = st.lists(FEATURES, max_size=3).map(
    lambda parts: shapely.GeometryCollection(
        [part for part in parts if part is not None and not part.has_z]
    )
)


def expected(points, shapes):
    """Return the distances of all pairs, infinite to what is missing or empty."""
    gaps = shapely.distance(shapely.points(points)[:, None], np.array(shapes, dtype=object)[None])
    return np.where(np.isnan(gaps), np.inf, gaps)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(FEATURES, min_size=1, max_size=9),
    st.lists(PLACE | ANYWHERE, min_size=1, max_size=9),
    st.sampled_from([0, 1_000]),
)
def test_the_nearest_two_are_those_of_geos(shapes, places, many):
    points = np.array(places, dtype=float).clip(BOX[:2], BOX[2:])
    gaps = expected(points, shapes)
    with mock.patch.object(edge_grid, "_MANY", many):  # some chains are left out first, or none
        found = EdgeGrid(np.array(shapes, dtype=object), BOX, NOISE_M).nearest_two(points)

    for row, gap in enumerate(gaps):
        order = np.sort(np.append(gap, [np.inf, np.inf]))[:3]
        if not np.isfinite(order[0]):
            assert found.positions[row].tolist() == [-1, -1]
            continue
        if not found.tied[row]:
            least = np.where(np.isfinite(order[:2]), order[:2], np.nan)
            np.testing.assert_allclose(found.distances[row], least, atol=1e-7)
            assert found.positions[row, 0] == gap.argmin()
            foot = shapely.Point(found.foot[row])
            assert shapely.distance(foot, shapely.Point(points[row])) == pytest.approx(order[0])
            assert shapely.distance(foot, shapes[gap.argmin()]) < 1e-7
            second = found.positions[row, 1]
            assert (second == -1) == np.isinf(order[1])
            assert second == -1 or gap[second] == pytest.approx(order[1])
        near = np.diff(order[np.isfinite(order)])
        if not found.tied[row]:
            assert (near > NOISE_M - 1e-7).all()
        if (near < NOISE_M - 1e-7).any():
            assert found.tied[row]


def test_what_is_learned_of_a_place_changes_no_answer(monkeypatch):
    monkeypatch.setattr(edge_grid, "_AT_ONCE", 7)
    dice = np.random.default_rng(5)
    shapes = shapely.buffer(shapely.points(dice.uniform(0, 800, (40, 2))), 20)
    points = dice.uniform(0, 800, (60, 2))
    grid = EdgeGrid(shapes, BOX, NOISE_M)
    grid.nearest_two(points[::3])
    again, alone = grid.nearest_two(points), EdgeGrid(shapes, BOX, NOISE_M).nearest_two(points)

    for one, other in zip(again, alone, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_points_have_no_answers():
    found = EdgeGrid(np.array([shapely.Point(1, 1)]), BOX, NOISE_M).nearest_two(np.empty((0, 2)))

    assert [len(column) for column in found] == [0, 0, 0, 0]


def expected_counts(points, shapes, limits):
    pairs = shapely.points(points)[:, None, None], np.array(shapes, dtype=object)[None, :, None]
    return shapely.dwithin(*pairs, np.array(limits)[None, None, :]).sum(axis=1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(FEATURES | COLLECTIONS, min_size=1, max_size=9),
    st.lists(PLACE | ANYWHERE, min_size=1, max_size=9),
    st.lists(st.sampled_from([0.0, 50.0, 50.01, 125.0, 2_000.0]), min_size=1, unique=True),
)
def test_counts_are_those_of_geos(shapes, places, limits):
    points = np.array(places, dtype=float).clip(BOX[:2], BOX[2:])
    grid = CountGrid(np.array(shapes, dtype=object), np.array(limits), BOX)
    first, every = grid.counts(points[::2]), grid.counts(points)

    np.testing.assert_array_equal(every, expected_counts(points, shapes, limits))
    np.testing.assert_array_equal(first, every[::2])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(FEATURES | COLLECTIONS, min_size=1, max_size=9),
    st.lists(st.tuples(PLACE | ANYWHERE, PLACE), min_size=1, max_size=9),
    st.lists(st.sampled_from([0.0, 50.0, 50.01, 125.0, 2_000.0]), min_size=1, unique=True),
)
def test_counts_of_rough_places_are_those_of_exact_ones(shapes, places, limits):
    points = np.array([place for place, _ in places], dtype=float).clip(BOX[:2], BOX[2:])
    rough = points + 0.4 * np.sin([way for _, way in places])
    grid = CountGrid(np.array(shapes, dtype=object), np.array(limits), BOX, out_m=0.6)

    counts = grid.counts(rough, lambda rows: points[rows])

    np.testing.assert_array_equal(counts, expected_counts(points, shapes, limits))


def test_geos_is_asked_only_where_a_polygon_may_hold_a_place(monkeypatch):
    asked, dice = [], np.random.default_rng(3)
    shapes = shapely.buffer(shapely.points(dice.uniform(0, 800, (40, 2))), 20)
    measured, told = shapely.distance, shapely.dwithin
    monkeypatch.setattr(shapely, "distance", lambda a, b: asked.append(len(a)) or measured(a, b))
    monkeypatch.setattr(shapely, "dwithin", lambda a, b, m: asked.append(len(a)) or told(a, b, m))

    CountGrid(shapes, np.array([50.0, 125.0]), BOX).counts(dice.uniform(0, 800, (2_000, 2)))

    assert sum(asked) < 1_000  # not for each cell and each feature near it


@pytest.mark.parametrize("odd", [None, shapely.Point(), shapely.box(0, 0, 9, 9)])
def test_many_points_are_counted_as_any_sites(odd, monkeypatch):
    monkeypatch.setattr("nmgeo.measures.fast.kernels._MANY_SITES", 3)
    monkeypatch.setattr("nmgeo.measures.fast.kernels.FEW_PAIRS", -1)
    sites = np.array([*shapely.points([[0, 0], [30, 40], [700, 700], [50, 0]]), odd], dtype=object)
    shapes = shapely.box([0, 690], [0, 690], [10, 720], [10, 720])

    for some in (sites, sites[:4]):
        counts = within_counts(some, shapes, [0.0, 40.0])
        each = [within_counts(some[[row]], shapes, [0.0, 40.0])[0] for row in range(len(some))]
        assert counts.tolist() == np.array(each).tolist()


@pytest.mark.parametrize("many", [0, 1_000], ids=["some left out first", "none left out"])
def test_of_many_shapes_the_nearest_two_and_the_counts_are_those_of_geos(many, monkeypatch):
    """Shapes of every kind and size all over the box, as Hypothesis seldom draws them."""
    monkeypatch.setattr(edge_grid, "_MANY", many)
    dice = np.random.default_rng(8)
    places = dice.uniform(BOX[:2], BOX[2:], (90, 2))
    round_ = shapely.buffer(shapely.points(places[:40]), dice.uniform(5, 150, 40), quad_segs=3)
    lines = shapely.linestrings(dice.uniform(BOX[:2], BOX[2:], (15, 4, 2)))
    shapes = np.array([*round_, *lines, *shapely.points(places[40:])], dtype=object)
    points = dice.uniform(BOX[:2], BOX[2:], (400, 2))
    gaps = expected(points, shapes)
    found = EdgeGrid(shapes, BOX, NOISE_M).nearest_two(points)
    limits = np.array([0.0, 40.0, 300.0])

    clear = ~found.tied
    assert clear.sum() > 200
    np.testing.assert_allclose(found.distances[clear], np.sort(gaps)[clear, :2], atol=1e-7)
    np.testing.assert_allclose(found.distances[:, 0], gaps.min(axis=1), atol=NOISE_M)
    counts = CountGrid(shapes, limits, BOX).counts(points)
    np.testing.assert_array_equal(counts, expected_counts(points, shapes, limits))
