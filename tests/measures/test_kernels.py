"""The kernels beside the plain definition: every pair, by GEOS."""

import importlib.util
from unittest import mock

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from world import EAST, NORTH, line, multi, point, square

from nmgeo.measures.fast import kernels
from nmgeo.measures.fast.kernels import inside_shares, nearest, overlaps, within_counts
from nmgeo.measures.fast.spatial_index import cut_pieces

BOTH = pytest.mark.parametrize("fast", [False, True], ids=["plain", "compiled"])
ORIGIN = np.array([EAST, NORTH])
DONUT = square(0, 0, 300).difference(square(100, 100, 100))
STAR = shapely.Polygon(
    [
        (EAST + r * np.cos(t), NORTH + r * np.sin(t))
        for t, r in zip(np.linspace(0, 6.28, 120), np.tile([800, 2_000], 60), strict=True)
    ]
)

metre = st.integers(-3_000, 3_000)
finer = st.floats(-3_000, 3_000, allow_nan=False).map(lambda value: round(value, 3))
corner = st.tuples(metre | finer, metre | finer)
side = st.integers(1, 1_500)


def moved(shape, by, turn):
    return translate(rotate(shape, turn), *by)


angle = st.sampled_from([0, 0, 30, 90, 137.5])
single = st.one_of(
    st.builds(lambda xy: point(*xy), corner),
    st.builds(lambda xy, size: square(*xy, size), corner, side),
    st.builds(moved, st.just(DONUT), corner, angle),
    st.builds(lambda xys: line(*xys), st.lists(corner, min_size=2, max_size=5, unique=True)),
)
several = st.one_of(
    single,
    st.builds(
        lambda xy, size, by: multi(square(*xy, size), square(xy[0] + size + by, xy[1], size)),
        corner,
        side,
        side,
    ),
    st.builds(
        lambda xys: shapely.MultiPoint([point(*xy) for xy in xys]),
        st.lists(corner, min_size=1, max_size=4),
    ),
    st.builds(
        lambda a, b: shapely.MultiLineString([line(*a), line(*b)]),
        *[st.lists(corner, min_size=2, max_size=3, unique=True)] * 2,
    ),
    st.builds(moved, st.just(STAR), corner, angle),
)
hollow = st.one_of(  # with an empty part
    st.builds(lambda xy: shapely.multipoints([shapely.Point(), point(*xy)]), corner),
    st.builds(
        lambda xys: shapely.multilinestrings([line(*xys), shapely.LineString()]),
        st.lists(corner, min_size=2, max_size=3, unique=True),
    ),
    st.builds(
        lambda xy, size: shapely.multipolygons([shapely.Polygon(), square(*xy, size)]), corner, side
    ),
)
shapes = st.lists(several | hollow, min_size=1, max_size=20).map(lambda found: array(*found))
lots = st.one_of(
    st.builds(lambda xy, size: square(*xy, size), corner, side),
    st.builds(moved, st.sampled_from([DONUT, STAR]), corner, angle),
)
tables = st.lists(lots, min_size=1, max_size=12).map(lambda found: array(*found))


@pytest.fixture(autouse=True, scope="module")
def in_blocks():
    """Search in blocks, however few there are."""
    with all_at_once(-1):
        yield


def all_at_once(vertex_pairs):
    return mock.patch.object(kernels, "FEW_PAIRS", vertex_pairs)


def array(*found):
    """Build an array of geometry, with None for what is missing."""
    made = np.empty(len(found), dtype=object)
    made[:] = found
    return made


def all_gaps(geoms, sites):
    return shapely.distance(geoms[:, None], sites[None, :])


def same_as_every_pair(geoms, sites, fast):
    positions, distances = nearest(geoms, sites, fast=fast)
    with all_at_once(1e9):
        assert nearest(geoms, sites, fast=fast)[0].tolist() == positions.tolist()
    gaps = all_gaps(geoms, sites)
    assert distances == pytest.approx(gaps.min(axis=1), abs=1e-6)
    near = gaps <= gaps.min(axis=1, keepdims=True) + 2e-6
    assert near[np.arange(len(geoms)), positions].all()
    tied = gaps <= gaps.min(axis=1, keepdims=True) + 1e-9
    assert (positions <= tied.argmax(axis=1)).all()


def same_counts(sites, geoms, reaches):
    told = [shapely.dwithin(sites[:, None], geoms[None, :], reach).sum(axis=1) for reach in reaches]
    for fast in (False, True):
        counts = within_counts(sites, geoms, reaches, fast=fast)
        assert counts.tolist() == np.column_stack(told).tolist()
    with all_at_once(1e9):
        assert within_counts(sites, geoms, reaches).tolist() == counts.tolist()


@BOTH
@settings(deadline=None, max_examples=40)
@given(geoms=shapes, sites=shapes)
def test_the_nearest_is_that_of_every_pair(fast, geoms, sites):
    same_as_every_pair(geoms, sites, fast)


@settings(deadline=None, max_examples=40)
@given(geoms=shapes, sites=shapes, reaches=st.lists(st.integers(0, 4_000), min_size=1, max_size=4))
def test_the_counts_are_those_of_every_pair(geoms, sites, reaches):
    same_counts(sites, geoms, reaches)


@settings(deadline=None, max_examples=40)
@given(sites=tables, polygons=tables)
def test_the_overlaps_are_those_of_every_pair(sites, polygons):
    found = np.zeros((len(sites), len(polygons)))
    site, polygon, areas = overlaps(sites, polygons)
    found[site, polygon] = areas

    plain = shapely.area(shapely.intersection(sites[:, None], polygons[None, :]))
    assert found == pytest.approx(plain, rel=1e-9, abs=1e-4)
    assert (areas > 0).all()
    assert np.lexsort((polygon, site)).tolist() == list(range(len(site)))


@settings(deadline=None, max_examples=40)
@given(sites=tables, polygons=tables)
def test_the_share_inside_is_that_of_the_union(sites, polygons):
    plain = shapely.area(shapely.intersection(polygons, shapely.union_all(sites)))

    shares = inside_shares(polygons, sites)
    assert shares == pytest.approx(plain / shapely.area(polygons), abs=1e-8)
    assert ((shares >= 0) & (shares <= 1)).all()


@BOTH
def test_distances_are_known_by_arithmetic(fast):
    sites = array(square(0, 0, 100), multi(square(1_000, 0, 10), square(1_030, 40, 10)), DONUT)
    geoms = array(point(-30, -40), point(1_020, 10), point(150, 150), square(120, 120, 10))

    positions, distances = nearest(geoms, sites, fast=fast)
    assert positions.tolist() == [0, 1, 2, 2]
    assert distances.tolist() == pytest.approx([50, 10, 50, 20], abs=1e-9)


@BOTH
@pytest.mark.parametrize(
    "geom",
    [
        point(50, 50),
        point(100, 50),
        point(100, 100),
        line((-50, 50), (150, 50)),
        line((100, -10), (100, 110)),
        square(-50, -50, 500),
        square(100, 20, 5),
        square(20, 20, 5),
        multi(square(900, 900, 1), square(20, 20, 5)),
        shapely.MultiPoint([point(900, 900), point(50, 50)]),
        DONUT,
    ],
    ids=lambda geom: geom.geom_type,
)
def test_what_touches_crosses_holds_or_is_inside_is_at_0(fast, geom):
    positions, distances = nearest(
        array(geom), array(point(5e3, 5e3), square(0, 0, 100)), fast=fast
    )

    assert (positions.tolist(), distances.tolist()) == ([1], [0.0])


@BOTH
def test_of_two_at_the_same_distance_the_first_is_taken(fast):
    lots = [square(100 * column, 100 * row, 100) for row in range(4) for column in range(4)]
    turned = np.array([rotate(lot, 33.3, origin=(EAST, NORTH)) for lot in lots])
    corners = shapely.points(np.unique(shapely.get_coordinates(turned).round(6), axis=0))

    positions, distances = nearest(corners, turned[::-1], fast=fast)
    ties = all_gaps(corners, turned[::-1]) <= distances[:, None] + 1e-6
    assert positions.tolist() == ties.argmax(axis=1).tolist()


@BOTH
def test_thousands_of_sites_of_every_size(fast):
    random = np.random.default_rng(1)
    places = random.uniform(-30_000, 30_000, (2_000, 2))
    sites = np.array(
        [
            moved(shape, by, 0)
            for shape, by in zip(
                [DONUT, STAR, square(0, 0, 9), point(0, 0), line((0, 0), (900, 900))] * 400,
                places,
                strict=True,
            )
        ]
    )
    spots = shapely.points(random.uniform(-40_000, 40_000, (150, 2)) + ORIGIN)
    roads = np.array([line(*random.uniform(-30_000, 30_000, (6, 2))) for _ in range(10)])

    same_as_every_pair(np.concatenate([spots, roads]), sites, fast)


def test_counts_of_thousands_of_geometries():
    random = np.random.default_rng(2)
    sites = np.array([moved(STAR, by, 0) for by in random.uniform(-20_000, 20_000, (40, 2))])
    geoms = shapely.points(random.uniform(-25_000, 25_000, (3_000, 2)).round() + ORIGIN)

    same_counts(sites, geoms, (0, 500, 1_000, 2_000, 60_000))


def test_one_at_exactly_the_distance_is_counted():
    geoms = np.array([point(x, 50) for x in range(-1_000, 0, 5)] * 3)

    reaches = (500, 499.999_999, 4.999, 5)
    plain, counts = (
        within_counts(array(square(0, 0, 100)), geoms, reaches, fast=fast) for fast in (False, True)
    )
    assert plain.tolist() == counts.tolist()
    assert counts.tolist() == [[300, 297, 0, 3]]


@BOTH
def test_the_missing_and_the_empty_are_near_nothing(fast):
    geoms = array(None, shapely.Point(), point(0, 0))
    sites = array(None, shapely.Polygon(), square(3, 4, 1))

    positions, distances = nearest(geoms, sites, fast=fast)
    assert positions.tolist() == [-1, -1, 2]
    assert distances.tolist() == pytest.approx([np.nan, np.nan, 5.0], nan_ok=True)
    assert nearest(geoms, sites[:2], fast=fast)[0].tolist() == [-1, -1, -1]
    assert nearest(geoms[:0], sites, fast=fast)[1].tolist() == []
    assert within_counts(sites, geoms, (5, 4)).tolist() == [[0, 0], [0, 0], [1, 0]]
    assert within_counts(sites, geoms, ()).shape == (3, 0)
    assert within_counts(sites[:0], geoms, (5,)).shape == (0, 1)


def test_nothing_overlaps_what_is_missing_empty_or_flat():
    sites = array(None, shapely.Polygon(), square(0, 0, 10), line((0, 0), (9, 9)))

    assert [part.tolist() for part in overlaps(sites, sites)] == [[2], [2], [100.0]]
    assert [part.tolist() for part in overlaps(sites[:0], sites)] == [[], [], []]
    assert [part.tolist() for part in overlaps(sites, sites[:0])] == [[], [], []]
    shares = inside_shares(array(None, square(0, 0, 10), point(1, 1)), sites)
    assert shares.tolist() == pytest.approx([np.nan, 1.0, np.nan], nan_ok=True)


def test_land_that_two_sites_share_is_inside_once():
    sites = array(square(0, 0, 10), square(5, 0, 10))

    assert inside_shares(array(square(0, 0, 20)), sites).tolist() == [150 / 400]
    assert inside_shares(array(square(0, 0, 20)), sites[:0]).tolist() == [0.0]


@BOTH
def test_what_is_given_is_left_as_it_was(fast):
    sites, geoms = array(STAR, DONUT), np.array([point(x, 0) for x in range(99)])
    before = shapely.to_wkb(sites).tolist(), shapely.to_wkb(geoms).tolist()

    nearest(geoms, sites, fast=fast)
    within_counts(sites, geoms, (100,))
    overlaps(sites, sites)
    assert (shapely.to_wkb(sites).tolist(), shapely.to_wkb(geoms).tolist()) == before
    assert not shapely.is_prepared(sites).any()


def test_a_cut_site_is_covered_by_small_pieces_of_it():
    pieces, owner = cut_pieces(
        array(DONUT, None, STAR, shapely.MultiPoint([point(0, 0), point(1, 1)]))
    )

    assert shapely.get_num_coordinates(pieces).max() <= 100
    assert np.unique(owner).tolist() == [0, 2, 3]
    assert shapely.area(pieces[owner == 2]).sum() == pytest.approx(STAR.area, rel=1e-12)


def test_numba_is_used_for_many_and_only_where_it_is_installed(monkeypatch):
    asked = []
    monkeypatch.setattr("nmgeo.measures.fast.kernels.NUMBA_MIN_GEOMETRIES", 100)
    monkeypatch.setattr("nmgeo.measures.fast.kernels.find_spec", asked.append)
    geoms, sites = np.array([point(x, 0) for x in range(100)]), array(square(200, 0, 1))

    assert nearest(geoms, sites)[1].tolist() == list(range(200, 100, -1))
    assert nearest(geoms[:99], sites)[1].tolist() == list(range(200, 101, -1))
    assert asked == ["numba"]
    assert importlib.util.find_spec("numba")


def test_the_next_nearest_is_of_another_owner_whichever_block_the_items_are_of():
    item = np.array([7, 7, 7, 8, 8])
    pairs = (item, np.array([0, 1, 2, 0, 2]), np.array([5.0, 6.0, 9.0, 4.0, 3.0]))
    owner = np.array([10, 10, 11])  # two sites are parts of one

    assert kernels._second(pairs, owner).tolist() == [9.0, 4.0]  # noqa: SLF001


@pytest.mark.parametrize("count", [50, 4_000])
def test_the_nearest_two_of_many_blocks_are_those_of_geos(count):
    dice = np.random.default_rng(2)
    items = shapely.points(ORIGIN + dice.uniform(0, 9_000, (count, 2)))
    rooms = shapely.buffer(shapely.points(ORIGIN + dice.uniform(0, 9_000, (30, 2))), 80)
    found = kernels.nearest_two(items, rooms, noise_m=0.01)
    gaps = shapely.distance(items[:, None], rooms[None])

    clear = ~found.tied
    np.testing.assert_allclose(found.distances[clear], np.sort(gaps)[clear, :2], atol=1e-6)
    np.testing.assert_array_equal(found.positions[clear], np.argsort(gaps)[clear, :2])
    assert clear.mean() > 0.8
