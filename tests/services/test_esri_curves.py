"""Curves of Esri JSON: points on them, and chords that are no further off than is allowed."""

import math

import numpy as np
import pytest
import shapely

from nmgeo.errors import SourceError
from nmgeo.services.esri_curves import read_points
from nmgeo.services.esri_json import DEVIATION_M, geojson_feature

CENTRE, MAJOR, MINOR, TURN = np.array([830_000.0, 840_000.0]), 200.0, 80.0, 0.6


def on_ellipse(angle):
    x, y = MAJOR * np.cos(angle), MINOR * np.sin(angle)
    turned = [x * math.cos(TURN) - y * math.sin(TURN), x * math.sin(TURN) + y * math.cos(TURN)]
    return np.stack(turned, axis=-1) + CENTRE


def elliptic(first, last, *, clockwise):
    """Return a path from one angle of the ellipse to another."""
    sweep = (first - last if clockwise else last - first) % math.tau
    minor = int(0 < sweep < math.pi)
    start, end = map(list, (on_ellipse(first), on_ellipse(last)))
    return [start, {"a": [end, list(CENTRE), minor, int(clockwise), TURN, MAJOR, MINOR / MAJOR]}]


BEZIER = np.array([[0.0, 0.0], [300.0, 500.0], [-200.0, 500.0], [100.0, 0.0]])


def on_bezier(t):
    """Return points by the construction of de Casteljau, which the reader does not use."""
    points = np.repeat(BEZIER[None], len(t), axis=0)
    while points.shape[1] > 1:
        points = points[:, :-1] * (1 - t)[:, None, None] + points[:, 1:] * t[:, None, None]
    return points[:, 0]


def gaps_m(part, exact):
    """Return how far exact points are from the line, and its vertices from the exact curve."""
    line = shapely.LineString(list(read_points(part, DEVIATION_M)))
    off = shapely.distance(shapely.points(exact), line).max()
    return off, shapely.distance(shapely.points(line.coords), shapely.LineString(exact)).max()


@pytest.mark.parametrize(
    ("first", "last", "clockwise", "sweep"),
    [
        (0.3, 2.0, False, 1.7),
        (2.0, 0.3, True, -1.7),
        (0.3, 2.0, True, 1.7 - math.tau),
        (2.0, 0.3, False, math.tau - 1.7),
        (1.0, 1.0, False, math.tau),
        (1.0, 1.0, True, -math.tau),
    ],
)
def test_an_arc_of_an_ellipse_follows_it_the_way_it_says(first, last, clockwise, sweep):
    exact = on_ellipse(first + np.linspace(0, sweep, 20_001))
    off, stray = gaps_m(elliptic(first, last, clockwise=clockwise), exact)

    assert off <= DEVIATION_M
    assert stray < 1e-5
    line = shapely.LineString(list(read_points(elliptic(first, last, clockwise=clockwise), 1e-4)))
    assert line.length == pytest.approx(shapely.LineString(exact).length, rel=1e-5)


def test_a_bezier_curve_and_arcs_of_circles_are_followed():
    b = [BEZIER[0].tolist(), {"b": BEZIER[[3, 1, 2]].tolist()}]
    off, stray = gaps_m(b, on_bezier(np.linspace(0, 1, 20_001)))
    assert (off <= DEVIATION_M, stray < 1e-3) == (True, True)

    circle = CENTRE + 500 * np.stack([np.cos(t := np.linspace(0, 1.5, 20_001)), np.sin(t)], -1)
    start, through, end = (circle[row].tolist() for row in (0, 7_000, -1))
    for curve in ({"c": [end, through]}, {"a": [end, CENTRE.tolist(), 1, 0]}):
        off, stray = gaps_m([start, curve], circle)
        assert (off <= DEVIATION_M, stray < 1e-5) == (True, True)
    few = list(read_points([start, {"c": [end, through]}], 1.0))
    assert (len(few), few[0], few[-1]) == (13, tuple(start), tuple(end))


def test_points_on_a_line_and_of_three_dimensions_stay():
    part = [[0, 0, 5], {"c": [[2, 0, 5], [1, 0, 5]]}, [3, 0, 5, 7]]
    assert list(read_points(part, 0.1)) == [(0, 0), (2, 0), (3, 0)]


@pytest.mark.parametrize(
    "curve",
    [
        {"a": [[1, 0], [0, 0], 1, 0, 0, 5, 0.5]},  # its ends do not lie on it
        {"a": [[1, 0], [0, 0], 1, 0, 0, 0, 1]},
        {"b": [[1, 0], [0.5, 1]]},
        {"b": [[1, 0], [1e9, 1e9], [1, 1]]},  # needs too many chords
        {"b": [[1, 0], [float("nan"), 1], [1, 1]]},
        {"c": [], "b": []},
        {"x": [[1, 0], [1, 1]]},
    ],
)
def test_a_curve_that_cannot_be_read_is_refused(curve):
    with pytest.raises(SourceError, match="a geometry that cannot be read"):
        geojson_feature({"geometry": {"curvePaths": [[[0, 0], curve]]}}, "EPSG:2326", "http://a")
