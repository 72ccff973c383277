"""Coordinates of plain geometries are read from WKB, and lines are written to it."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from nmgeo.wkb import (
    LINE_OF_TWO,
    POINT,
    plain_bounds,
    read_coordinates,
    read_rings,
    ring_header,
    write_lines,
)


def wkb(*shapes, **how):
    return pa.array(shapely.to_wkb(np.array(shapes, dtype=object), **how), pa.binary())


def test_points_are_read_also_from_the_middle_of_an_array():
    shapes = wkb(*shapely.points([[1.5, 2], [3, 4], [5, 6]]))

    assert read_coordinates(shapes, POINT).tolist() == [[1.5, 2], [3, 4], [5, 6]]
    assert read_coordinates(shapes[1:], POINT).tolist() == [[3, 4], [5, 6]]
    assert read_coordinates(pa.chunked_array([shapes[2:], shapes[:1]]), POINT).tolist() == [
        [5, 6],
        [1.5, 2],
    ]


@pytest.mark.parametrize(
    "shapes",
    [
        wkb(shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)])),
        wkb(shapely.Point(1, 2, 3)),
        wkb(shapely.MultiPoint([(1, 2)])),
        wkb(shapely.Point(1, 2), byte_order=0),
        wkb(shapely.set_srid(shapely.Point(1, 2), 4326), include_srid=True),
        pa.array([], pa.binary()),
        pa.array([None], pa.binary()),
        pa.array([b"\1\1\0"], pa.binary()),
    ],
)
def test_all_else_is_left_to_others(shapes):
    assert read_coordinates(shapes, POINT) is None


def test_missing_points_are_left_out_and_empty_ones_are_no_number():
    shapes = wkb(shapely.Point(1, 2), None, shapely.Point())

    np.testing.assert_equal(read_coordinates(shapes, POINT), [[1, 2], [np.nan, np.nan]])


def test_rings_of_as_many_vertices_are_read():
    squares = wkb(shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3))
    mixed = wkb(shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 0), (1, 1)]))

    assert read_coordinates(squares, ring_header(squares)).max(axis=0).tolist() == [3, 3]
    assert read_coordinates(mixed, ring_header(mixed)) is None
    assert ring_header(wkb(shapely.Point(1, 2))) == b""
    assert ring_header(wkb(None)) == b""


def test_lines_are_those_of_geos():
    starts, ends = np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[4.0, 5.0], [2.0, 3.0]])
    lines = write_lines(starts, ends)
    meant = shapely.linestrings(np.stack([starts, ends], axis=1))

    assert lines.to_pylist() == shapely.to_wkb(meant).tolist()
    assert read_coordinates(lines, LINE_OF_TWO).shape == (4, 2)


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ([shapely.Point(3, -1), None, shapely.Point(-2, 5)], "Point"),
        ([shapely.LineString([(0, 1), (2, -3)])], "LineString"),
        ([shapely.box(0, 1, 2, 3), shapely.box(-5, 1, 2, 9)], "Polygon"),
        ([shapely.Point(3, -1), shapely.box(0, 1, 2, 3)], None),
        ([shapely.box(0, 1, 2, 3), shapely.Point(3, -1).buffer(1)], None),
        ([shapely.Point(3, -1, 2)], None),
        ([None], None),
    ],
)
def test_bounds_of_shapes_that_are_alike_are_those_of_geos(shapes, kind):
    found = plain_bounds(pa.array(shapely.to_wkb(np.array(shapes)), pa.binary()))

    assert found == (kind and (kind, shapely.total_bounds(np.array(shapes)).tolist()))


def test_an_empty_point_has_no_bounds():
    kind, bounds = plain_bounds(pa.array(shapely.to_wkb(shapely.points([[1, 2], [np.nan] * 2]))))

    assert kind == "Point"
    assert np.isnan(bounds).all()


def test_polygons_of_any_number_of_vertices_are_read():
    shapes = np.array(
        [shapely.box(0, 0, 1, 1), shapely.Point(5, 5).buffer(2), shapely.box(3, 3, 4, 9)]
    )
    stored = wkb(*shapes)

    for some, meant in (
        (stored, shapes),
        (stored[1:], shapes[1:]),
        (pa.chunked_array([stored[2:], stored[:2]]), shapes[[2, 0, 1]]),
    ):
        xy, starts = read_rings(some)
        np.testing.assert_array_equal(xy, shapely.get_coordinates(meant))
        assert np.diff(starts).tolist() == shapely.get_num_coordinates(meant).tolist()


@pytest.mark.parametrize(
    "shape",
    [
        None,
        shapely.Polygon(),
        shapely.Point(1, 2),
        shapely.LineString([(0, 0), (1, 1), (2, 2), (3, 1)]),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]),
        shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2)),
        shapely.force_3d(shapely.box(0, 0, 1, 1), 5),
    ],
)
def test_all_but_polygons_without_holes_are_no_rings(shape):
    assert read_rings(wkb(shapely.box(0, 0, 1, 1), shape)) is None


@pytest.mark.parametrize(
    "shapes",
    [
        wkb(shapely.box(0, 0, 1, 1), byte_order=0),
        pa.array([], pa.binary()),
        pa.array([None], pa.binary()),
        pa.array([b"\1\3\0\0"], pa.binary()),
        wkb(shapely.box(0, 0, 1, 1)).cast(pa.large_binary()),
        pa.array([wkb(shapely.box(0, 0, 1, 1))[0].as_py()[:-8]], pa.binary()),
    ],
)
def test_rings_in_other_bytes_are_left_to_others(shapes):
    assert read_rings(shapes) is None
