"""Overlaps: what is shared, in the range that the edges leave it, known by arithmetic."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from world import layer, sites, square

from nmgeo.measures.distance_uncertainty import known_error_m
from nmgeo.measures.overlaps import covered_area, shared_area

NAN = float("nan")
TAKEN = ["low_ha", "inside_ha", "high_ha"]
FREE = ["free_low_ha", "free_ha", "free_high_ha"]
EAST = square(50, -450, 1_000)  # of the lot the half east of x 50
# The accuracies of lot and zone, and the least and the most of 100 x 50 m that the half may be;
# drawn out, a lot has round corners.
ROUND = 2 * (1 - math.pi / 4)
HALF = pytest.mark.parametrize(
    ("site_m", "far_m", "low", "high"),
    [
        (10.0, NAN, 40 * 80, 60 * 120 - ROUND * 10**2),
        (NAN, 10.0, 40 * 100, 60 * 100),
        (5.0, 10.0, 35 * 90, 65 * 110 - ROUND * 5**2),
        (0.0, 0.0, 50 * 100, 50 * 100),
        (NAN, NAN, NAN, NAN),
    ],
)
settings.register_profile("quick", deadline=None, max_examples=30)
settings.load_profile("quick")
metre = st.integers(-300, 300)
squares = st.builds(square, metre, metre, st.integers(10, 400))
accuracies = st.sampled_from([0.0, 5.0, 60.0, NAN])


turns = st.lists(st.floats(0, 2 * math.pi), min_size=3, max_size=9, unique=True)


@st.composite
def stars(draw):
    """Draw polygons of either direction, some with vertices that are repeated or with a hole."""
    angles = sorted(draw(turns), reverse=draw(st.booleans()))
    reach = draw(st.floats(3, 90))
    spokes = [(reach * (1 + n % 3), angle) for n, angle in enumerate(angles)]
    x, y = draw(st.floats(-300, 300)), draw(st.floats(-300, 300))
    ring = [(x + far * math.cos(a), y + far * math.sin(a)) for far, a in spokes]
    middle = shapely.get_coordinates(square(0, 0, 0))[0]
    shell = middle + np.repeat(ring, draw(st.integers(1, 2)), axis=0)
    star = shapely.Polygon(shell)
    hole = star.is_valid and draw(st.booleans())
    return star.difference(star.centroid.buffer(1)) if hole else star


def lot(accuracy_m=NAN, shape=None):
    return sites(lot=shape or square(0, 0, 100)).assign(accuracy_m=accuracy_m)


def zones(*shapes, accuracy_m=NAN):
    frame = layer({f"z{n}": shape for n, shape in enumerate(shapes)})
    return frame.assign(accuracy_m=accuracy_m)


@HALF
def test_what_is_shared_lies_in_a_range_by_the_edges_that_are_known(site_m, far_m, low, high):
    row = shared_area(lot(site_m), zones(EAST, accuracy_m=far_m)).iloc[0]

    expected = pytest.approx([low / 1e4, 0.5, high / 1e4], abs=1e-4, nan_ok=True)
    assert row[TAKEN].tolist() == expected
    assert row["inside_share"] == pytest.approx(0.5)
    assert row["accuracy_m"] == pytest.approx(known_error_m([site_m], [far_m])[0], nan_ok=True)


@HALF
def test_what_is_held_and_what_is_free_lie_in_ranges_of_their_own(site_m, far_m, low, high):
    row = covered_area(lot(site_m), zones(EAST, accuracy_m=far_m)).iloc[0]

    expected = pytest.approx([low / 1e4, 0.5, high / 1e4], abs=1e-4, nan_ok=True)
    assert row[TAKEN].tolist() == expected
    if not math.isnan(site_m):
        assert row[FREE].tolist() == expected


@pytest.mark.parametrize("far_m", [10.0, NAN])
def test_of_a_site_whose_area_has_no_range_what_is_free_has_none(far_m):
    row = covered_area(lot(), zones(EAST, accuracy_m=far_m)).iloc[0]

    assert row[FREE].tolist() == pytest.approx([NAN, 0.5, NAN], nan_ok=True)


@pytest.mark.parametrize(("x", "up_to"), [(105, 5), (109, 1), (111, None)])
def test_what_may_be_shared_is_not_a_flat_zero(x, up_to):
    beside = zones(square(x, -450, 1_000), accuracy_m=10.0)
    rows = shared_area(lot(), beside)

    assert rows[TAKEN].to_numpy().ravel().tolist() == pytest.approx(
        [0, 0, up_to / 100] if up_to else []
    )
    assert covered_area(lot(), beside)["high_ha"].tolist() == pytest.approx([(up_to or 0) / 100])


def test_a_site_all_of_it_inside_has_the_range_of_its_area():
    row = shared_area(lot(10.0), zones(square(-500, -500, 2_000), accuracy_m=1.0)).iloc[0]

    grown = 1.4 + math.pi * 10**2 / 1e4  # with round corners
    assert row[TAKEN].tolist() == pytest.approx([0.6, 1.0, grown], abs=1e-4)
    free = covered_area(lot(10.0), zones()).iloc[0]
    assert free[TAKEN].tolist() == [0, 0, 0]
    assert free[FREE].tolist() == pytest.approx([0.6, 1.0, grown], abs=1e-4)


def test_rows_come_by_site_and_then_by_feature_and_what_shares_nothing_has_none():
    lots = sites(b=square(0, 0, 100), a=square(50, 0, 100), c=square(900, 0, 100))
    others = layer({"y": square(0, 0, 200), "x": square(60, 0, 200), "touching": square(0, 200, 9)})
    rows = shared_area(lots.assign(accuracy_m=NAN), others.assign(accuracy_m=NAN))

    assert rows[["outline_id", "feature_id"]].to_numpy().tolist() == [
        *(["b", "y"], ["b", "x"]),
        *(["a", "y"], ["a", "x"]),
    ]


def test_of_features_that_overlap_the_land_is_held_once():
    both = zones(square(50, 0, 100), square(50, 0, 200))

    assert shared_area(lot(), both)["inside_ha"].tolist() == pytest.approx([0.5, 0.5])
    assert covered_area(lot(), both)["inside_ha"].tolist() == pytest.approx([0.5])


def test_each_feature_is_as_far_out_as_it_says():
    apart = zones(square(104, -450, 1_000), square(-1_004, -450, 1_000), accuracy_m=[10.0, 1.0])

    assert covered_area(lot(), apart)["high_ha"].tolist() == pytest.approx([0.06])
    assert shared_area(lot(), apart)["feature_id"].tolist() == ["z0"]


@given(
    here=squares,
    there=st.lists(squares, min_size=1, max_size=3),
    site_m=accuracies,
    far_m=accuracies,
)
def test_a_range_holds_what_is_drawn_and_what_is_held_and_free_is_the_site(
    here, there, site_m, far_m
):
    frames = lot(site_m, here), zones(*there, accuracy_m=far_m)
    row, pairs = covered_area(*frames).iloc[0], shared_area(*frames)

    assert row["inside_ha"] + row["free_ha"] == pytest.approx(here.area / 1e4)
    untold = math.isnan(site_m) and math.isnan(far_m)
    for low, drawn, high in (row[TAKEN], *pairs[TAKEN].to_numpy()):
        assert math.isnan(low) == math.isnan(high) == untold
        assert untold or 0 <= low <= drawn <= high
    low, drawn, high = row[FREE]
    assert math.isnan(site_m) or 0 <= low <= drawn <= high


@given(here=squares, there=squares, site_m=accuracies, far_m=accuracies)
def test_what_two_share_is_the_same_from_either_side(here, there, site_m, far_m):
    one = shared_area(lot(site_m, here), zones(there, accuracy_m=far_m))
    other = shared_area(lot(far_m, there), zones(here, accuracy_m=site_m))

    assert one[TAKEN].to_numpy() == pytest.approx(other[TAKEN].to_numpy(), nan_ok=True)
    assert covered_area(lot(site_m, here), zones(there))["inside_ha"].sum() == pytest.approx(
        one["inside_ha"].sum()
    )


@given(star=stars().filter(lambda star: star.is_valid), side=st.sampled_from([200, 4_000]))
def test_what_is_shared_is_the_area_of_the_intersection_to_the_last_bit(star, side):
    zone = square(-side / 2, -side / 2, side)

    found = shared_area(lot(shape=star), zones(zone))["inside_ha"].tolist()

    shared_m2 = star.intersection(zone).area
    assert found == ([shared_m2 / 1e4] if shared_m2 else [])
