"""Bounds of coordinates: those of each column, whatever their number."""

import numpy as np
import pytest

from nmgeo.bounds import bounds_of, lie_within


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 127, 128, 1_000])
@pytest.mark.parametrize("order", ["C", "F"])
def test_bounds_are_those_of_each_column(count, order):
    places = np.asarray(np.random.default_rng(count).normal(size=(count, 2)), order=order)

    assert bounds_of(places).tolist() == [*places.min(axis=0), *places.max(axis=0)]
    assert bounds_of(places[::2]).tolist() == [*places[::2].min(axis=0), *places[::2].max(axis=0)]


@pytest.mark.parametrize("count", [5, 500])
@pytest.mark.parametrize("row", [0, 4])
def test_a_coordinate_that_is_no_number_is_seen(count, row):
    places = np.zeros((count, 2))
    places[row, 1] = np.nan
    np.testing.assert_equal(bounds_of(places), [0, np.nan, 0, np.nan])
    places[row, 1] = np.inf
    np.testing.assert_equal(bounds_of(places), [0, 0, 0, np.inf])


def test_nowhere_has_no_bounds():
    assert bounds_of(np.empty((0, 2))).tolist() == [np.inf, np.inf, -np.inf, -np.inf]


def test_the_edges_of_a_box_belong_to_it_and_what_is_no_number_lies_nowhere():
    box = (0, 10), (5, 20)
    assert lie_within(np.array([[0.0, 10], [5, 20], [2, 15]]), *box)
    for outside in ([-1, 15], [6, 15], [2, 9], [2, 21], [np.nan, 15]):
        assert not lie_within(np.array([[2.0, 15], outside]), *box)
