"""Boundaries: which land lies beyond one."""

import pytest
from world import layer, point, square

from nmgeo.measures.clip import make_boundary


@pytest.mark.parametrize("place", [(-9_000, 50), (9_000, 50), (50, -9_000), (50, 9_000)])
def test_land_on_every_side_of_a_polygon_lies_beyond_its_boundary(place):
    boundary = make_boundary(layer({"z": square(0, 0, 100)}, accuracy_m=[1.0]), "zone")

    assert boundary.beyond.contains(point(*place))
    assert boundary.covered.contains(point(*place))
    assert not boundary.beyond.intersects(point(50, 50))
