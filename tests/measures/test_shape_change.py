"""How far a shape moved: the greatest distance of its edges, in every way of looking for it."""

import numpy as np
import pytest
import shapely

from nmgeo.measures.shape_change import edges_moved_m

SQUARE, CIRCLE = shapely.box(0, 0, 100, 100), shapely.Point(0, 0).buffer(50, quad_segs=30)
RING = CIRCLE.difference(shapely.Point(0, 0).buffer(10))
FINE = shapely.Point(0, 0).buffer(50, quad_segs=400)  # looked through by an index


def moved(shape, east, north):
    return shapely.transform(shape, lambda places: np.add(places, (east, north)))


@pytest.mark.parametrize("shape", [SQUARE, CIRCLE, RING, FINE, shapely.Point(1, 1)])
def test_a_shift_moves_the_edges_by_its_length(shape):
    found = edges_moved_m([shape], [moved(shape, 3, 4)])

    assert found == pytest.approx([5.0], abs=0.05)


def test_a_corner_that_was_cut_off_a_hole_and_a_bulge_between_vertices_are_found():
    cut = shapely.Polygon([(0, 0), (100, 0), (100, 60), (60, 100), (0, 100)])
    hole = SQUARE.difference(shapely.box(40, 40, 60, 60))
    notch = shapely.Polygon([(0, 0), (100, 0), (100, 100), (50, 70), (0, 100)])

    found = edges_moved_m([SQUARE] * 3, [cut, hole, notch])

    assert found == pytest.approx([40 / np.sqrt(2), 40.0, 30.0], abs=0.5)


def test_what_is_missing_or_empty_is_not_known_and_a_collection_is_looked_through():
    mixed = shapely.GeometryCollection([SQUARE, shapely.Point(500, 0)])

    found = edges_moved_m([None, SQUARE, mixed], [SQUARE, shapely.Polygon(), moved(mixed, 0, 7)])

    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(7.0, abs=0.05)


@pytest.mark.parametrize("metres", [2.0, 300.0])
def test_between_the_vertices_of_a_collection_is_looked_finely_however_small_it_is(metres):
    plain, notch = [(0, 0), (1, 0), (1, 1), (0, 1)], [(0, 0), (1, 0), (1, 1), (0.37, 0.2), (0, 1)]
    shapes = [shapely.Polygon(np.multiply(corners, metres)) for corners in (plain, notch)]
    rings = [shapely.segmentize(shape.exterior, metres / 500) for shape in shapes]
    meant = shapely.hausdorff_distance(*rings)

    found = edges_moved_m(*([shapely.GeometryCollection([shape])] for shape in shapes))

    assert found == pytest.approx([meant], abs=metres / 100)
