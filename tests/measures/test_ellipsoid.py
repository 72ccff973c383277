"""Geodesics between outlines: known by arithmetic, and the same as the grid's to its scale."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import layer, line, point, points, sites, square

from nmgeo.measures.areas import geodesic_ha
from nmgeo.measures.buffers import ring_shapes
from nmgeo.measures.distances import nearest_m
from nmgeo.measures.ellipsoid import geodesic_buffers, geodesic_m

LOT = sites(a=square(0, 0, 100))
NEAR = {"rel": 2e-5, "abs": 1e-3}  # the scale of the grid


@pytest.mark.parametrize(
    ("others", "metres"),
    [
        (points(w=(130, 140)), 50),
        (points(w=(50, 50)), 0),
        (points(w=(50, 130.7), v=(900, 0)), 30.7),
        (layer({"s": square(140, 3.3, 50)}), 40),
        (layer({"s": square(-500, -500, 2_000)}), 0),
        (layer({"l": line((-1_000, 150), (1_000, 150))}), 50),
        (layer({"l": line((150, -1_000), (150, 1_000)), "p": point(50, 149)}), 49),
    ],
)
def test_distances_are_known_by_arithmetic(others, metres):
    assert geodesic_m(LOT, others).iloc[0] == pytest.approx(metres, rel=2e-3, abs=1e-3)
    assert geodesic_m(LOT, others).to_list() == pytest.approx(
        nearest_m(LOT, others).to_list(), **NEAR
    )


def test_nothing_has_no_distance():
    assert geodesic_m(LOT, points(a=(0, 0)).iloc[:0]).isna().all()


@pytest.mark.parametrize("reach", [20, 500, 5_000])
@pytest.mark.parametrize(
    "shape",
    [
        square(0, 0, 100),
        square(0, 0, 300).difference(square(100, 100, 100)),  # a hole
        square(0, 0, 300).difference(square(100, 100, 300)),  # a dent
        square(0, 0, 50).union(square(120, 0, 50)),  # two parts
    ],
)
def test_a_buffer_on_the_ellipsoid_is_that_of_the_grid_but_for_its_arcs(shape, reach):
    lots = sites(a=shape)
    drawn = geodesic_ha(geodesic_buffers(lots, reach)).iloc[0]

    assert drawn == pytest.approx(ring_shapes(lots, [reach])["area_ha"].iloc[0], rel=1.2e-4)


@settings(deadline=None, max_examples=20)
@given(x=st.integers(-900, 900), y=st.integers(-900, 900), side=st.integers(1, 600))
def test_the_grid_and_the_ellipsoid_find_the_same(x, y, side):
    others = layer({"s": square(x, y, side)})

    assert geodesic_m(LOT, others).to_list() == pytest.approx(
        nearest_m(LOT, others).to_list(), **NEAR
    )
