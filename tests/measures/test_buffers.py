"""Buffers: the land round a square, known by arithmetic."""

import math
import re

import pandas as pd
import pytest
from shapely import GeometryCollection, Polygon
from world import layer, line, lonlat, point, sites, square

from nmgeo.crs import ELLIPSOID
from nmgeo.errors import UsageError
from nmgeo.measures.buffer_error import MaxError, read_max_error
from nmgeo.measures.buffers import ring_shapes


@pytest.mark.parametrize(("side", "reach"), [(100, 500), (1000, 250), (300, 2000)])
def test_the_land_round_a_square_is_the_square_four_strips_and_a_circle(side, reach):
    rows = ring_shapes(sites(lot=square(0, 0, side)), [reach])
    straight, rounded = side**2 + 4 * side * reach, math.pi * reach**2

    lost = straight + rounded - rows["area_ha"].iloc[0] * 1e4
    assert 0 <= lost <= 0.00011 * rounded


def test_exclusive_rings_add_up_to_the_cumulative_ones():
    lot, reaches = sites(lot=square(0, 0, 100)), [500, 1000, 2000]
    apart = ring_shapes(lot, reaches)["area_ha"].cumsum()
    whole = ring_shapes(lot, reaches, cumulative=True)["area_ha"]

    assert apart.tolist() == pytest.approx(whole.tolist())


@pytest.mark.parametrize(("cumulative", "starts"), [(False, [0, 500]), (True, [0, 0])])
def test_a_ring_begins_where_the_one_before_ends_or_at_0(cumulative, starts):
    rows = ring_shapes(sites(lot=square(0, 0, 100)), [1000, 500, 500], cumulative=cumulative)

    assert rows["from_m"].tolist() == starts
    assert rows["to_m"].tolist() == [500, 1000]


@pytest.mark.parametrize(("cumulative", "own"), [(False, [1, 0]), (True, [1, 1])])
def test_a_ring_says_how_much_of_it_is_the_sites_own_land(cumulative, own):
    rows = ring_shapes(sites(lot=square(0, 0, 100)), [500, 1000], cumulative=cumulative)

    assert rows["own_ha"].tolist() == pytest.approx(own)


def test_rings_come_by_site_in_the_order_given_and_then_outwards():
    rows = ring_shapes(sites(b=square(0, 0, 10), a=point(9000, 0)), [20, 10])

    assert rows["outline_id"].tolist() == ["b", "b", "a", "a"]
    assert rows["to_m"].tolist() == [10, 20, 10, 20]


def test_an_outer_ring_has_a_hole_and_the_rings_come_in_wgs_84():
    rows = ring_shapes(sites(lot=square(0, 0, 100)), [500, 1000])

    assert rows.crs.to_epsg() == 2326
    assert [len(ring.interiors) for ring in rows.geometry] == [0, 1]


@pytest.mark.parametrize("distances", [[], [0], [0, 500]])
def test_a_ring_needs_a_distance_that_is_not_0(distances):
    with pytest.raises(UsageError, match=r"write at=.500m."):
        ring_shapes(sites(lot=square(0, 0, 100)), distances)


@pytest.mark.parametrize(("depth", "left"), [(20, 60), (49, 2), (50, 0), (60, 0)])
def test_a_setback_leaves_a_smaller_square_or_nothing(depth, left):
    rows = ring_shapes(sites(lot=square(0, 0, 100)), [-depth])

    assert rows["area_ha"].tolist() == pytest.approx([left**2 / 1e4], abs=1e-9)
    assert rows["from_m"].isna().all()
    assert rows.geometry.is_empty.tolist() == [left == 0]


def test_a_setback_stands_beside_the_rings_and_not_in_their_sum():
    rows = ring_shapes(sites(lot=square(0, 0, 100)), [500, -20, 1000, -10])

    assert rows["to_m"].tolist() == [-20, -10, 500, 1000]
    assert rows["own_ha"].tolist() == pytest.approx([0.36, 0.64, 1.0, 0.0])
    assert rows["from_m"].tolist()[2:] == [0, 500]


def test_a_setback_leaves_nothing_of_a_point_or_a_line():
    rows = ring_shapes(sites(p=point(0, 0), l=line((0, 0), (50, 0))), [-1])

    assert rows["area_ha"].tolist() == [0, 0]


def test_every_site_may_have_its_own_distance():
    lots = sites(a=square(0, 0, 100), b=square(5000, 0, 100))
    rows = ring_shapes(lots, pd.Series({"b": -20.0, "a": 35.0}))

    assert rows[["outline_id", "to_m"]].to_numpy().tolist() == [["a", 35], ["b", -20]]
    assert rows["area_ha"].tolist() == pytest.approx(
        [(100**2 + 4 * 100 * 35 + math.pi * 35**2) / 1e4, 0.36], rel=1e-4
    )


@pytest.mark.parametrize(("flat", "ends"), [(True, 0), (False, math.pi * 35**2)])
def test_the_land_along_a_line_ends_square_or_round(flat, ends):
    track = sites(track=line((0, 0), (400, 300), (404, 303), (800, 600)))
    rows = ring_shapes(track, [35], flat=flat)

    assert rows["area_ha"].tolist() == pytest.approx([(1000 * 70 + ends) / 1e4], rel=1e-5)


def test_the_width_of_a_hole_is_grown_into_and_set_back_from():
    frame = square(0, 0, 100).difference(square(40, 40, 20))

    grown, back = ring_shapes(sites(lot=frame), [-10, 5])["area_ha"].mul(1e4)
    assert grown == pytest.approx(80**2 - (20**2 + 4 * 20 * 10 + math.pi * 100), rel=1e-4)
    assert back == pytest.approx(100**2 + 4 * 100 * 5 + math.pi * 25 - 10**2, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "reach", "segments"),
    [("0.1%", 500, 18), ("0.1%", 5000, 18), ("1m", 1000, 18), ("1m", 100, 6), ("50%", 9, 1)],
)
def test_a_budget_takes_the_fewest_segments_that_keep_it(text, reach, segments):
    budget = read_max_error(text)

    assert budget.segments(reach, 2e-5) == segments
    short = [reach * (1 - math.cos(math.pi / 4 / n)) for n in (segments, max(segments - 1, 0.5))]
    allowed = budget.amount * (reach if budget.is_share else 1) - reach * 2e-5
    assert short[0] <= allowed < short[1]


@pytest.mark.parametrize(("text", "reach"), [("0.004%", 500), ("0%", 500), ("1cm", 500)])
def test_a_budget_finer_than_the_grid_is_refused(text, reach):
    with pytest.raises(UsageError, match=r"allow 0\.005% or more|max_error='1cm'"):
        read_max_error(text).segments(reach, 2e-5)


@pytest.mark.parametrize("east", [-24_000, 0, 76_000], ids=["west", "San Tin", "window"])
@pytest.mark.parametrize("reach", [500, 20_000, 60_000, 100_000, 200_000])
def test_as_far_as_the_grid_goes_a_budget_is_kept_or_refused_with_one_that_is(east, reach):
    lot = sites(p=point(east, 0))
    try:
        budget = read_max_error("0.005%")
        off = ring_shapes(lot, [reach], max_error=budget)["radius_error_share"].iloc[0]
    except UsageError as error:
        budget = read_max_error(re.search(r"allow (\S+%) or more", str(error))[1])
        off = ring_shapes(lot, [reach], max_error=budget)["radius_error_share"].iloc[0]

    assert off <= budget.amount
    assert budget.amount < 0.0009


def test_a_distance_beyond_the_use_of_the_grid_is_refused():
    with pytest.raises(UsageError, match=r"1,000,000 km is too far .*; give 200 km or less"):
        ring_shapes(sites(p=point(0, 0)), [500, 1e9])
    with pytest.raises(UsageError, match="too far"):
        ring_shapes(sites(p=point(0, 0)), [-200_001])


def test_rings_can_be_drawn_without_measuring_their_radii():
    lot = sites(lot=square(0, 0, 100))
    drawn, measured = ring_shapes(lot, [500, 1000], radii=False), ring_shapes(lot, [500, 1000])

    unmeasured = ["radius_min_m", "radius_max_m", "radius_error_share"]
    assert drawn[unmeasured].isna().all(axis=None)
    assert list(drawn) == list(measured)
    assert drawn.drop(columns=unmeasured).equals(measured.drop(columns=unmeasured))


def test_the_radius_of_a_ring_is_measured_on_the_ellipsoid():
    rows = ring_shapes(sites(p=point(0, 0)), [500], max_error=read_max_error("0.1%"))
    middle = lonlat(point(0, 0))
    edge = rows.to_crs(4326).geometry.iloc[0].exterior.coords
    far = [ELLIPSOID.inv(middle.x, middle.y, *place)[2] for place in edge]

    assert rows["segments"].tolist() == [18]
    assert rows["radius_max_m"].iloc[0] == pytest.approx(max(far), abs=1e-3)
    short = 500 * (1 - math.cos(math.pi / 4 / 18))
    assert rows["radius_min_m"].iloc[0] == pytest.approx(500 - short, abs=0.005)
    assert rows["radius_error_share"].iloc[0] == pytest.approx(short / 500, abs=1e-5)


def test_the_square_end_of_a_line_is_not_taken_for_a_short_radius():
    track = sites(track=line((0, 0), (1000, 0)))
    rows = ring_shapes(track, [35], flat=True, max_error=read_max_error("1%"))

    assert rows["radius_min_m"].iloc[0] == pytest.approx(35, abs=0.001)


def test_a_shallow_dent_is_not_bridged():
    edge = [(0, 0), (300, 0), (300, 200), (155, 200), (150, 199), (145, 200), (0, 200)]
    lot = sites(lot=Polygon([point(*xy).coords[0] for xy in edge]))
    rows = ring_shapes(lot, [300], max_error=read_max_error("0.01%"))

    assert rows["radius_error_share"].iloc[0] <= 1e-4


def test_arcs_are_never_coarser_than_was_asked_for():
    turn = [math.tau * k / 15 for k in range(15)]  # bends of 24 degrees, fans of 18 at most
    lot = Polygon([point(100 * math.cos(a), 100 * math.sin(a)).coords[0] for a in turn])
    allowed = 1 - math.cos(math.pi / 4 / 5)
    rows = ring_shapes(sites(lot=lot), [1000], max_error=MaxError(allowed + 3e-5, is_share=True))

    assert rows["segments"].tolist() == [5]
    assert rows["radius_error_share"].iloc[0] <= allowed


def test_one_ring_round_a_polygon_and_a_point_is_as_far_from_both():
    both = GeometryCollection([square(0, 0, 100), point(500, 0)])
    rows = ring_shapes(layer({"all": both}), [500.0])

    assert rows["radius_max_m"].tolist() == pytest.approx([500.0], abs=0.05)
