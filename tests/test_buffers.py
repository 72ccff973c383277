"""Buffers: the land round a square, known by arithmetic."""

import math

import pytest
from world import point, sites, square

from nmgeo.buffers import ring_shapes
from nmgeo.errors import UsageError


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

    assert rows.crs.to_epsg() == 4326
    assert [len(ring.interiors) for ring in rows.geometry] == [0, 1]


@pytest.mark.parametrize("distances", [[], [0], [-500, 1000], [0, 500]])
def test_a_ring_needs_a_distance_of_more_than_0(distances):
    with pytest.raises(UsageError, match="more than 0"):
        ring_shapes(sites(lot=square(0, 0, 100)), distances)
