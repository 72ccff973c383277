"""Votes on a CRS: near a known place counts only where its moved copies are further away."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nmgeo.crs import read_system
from nmgeo.sources.crs_check import candidates
from nmgeo.sources.crs_check.known_places import KnownPlace, known_places
from nmgeo.sources.crs_check.votes import likeliest_system

GAP_M = 10.0  # of the file, read on the grid, from the known place


class AsDrawn:
    """A system in which known places are given."""

    crs, swapped = read_system("EPSG:2326").crs, False
    from_wgs84 = staticmethod(lambda places: places)


def candidate(option, gap_m, moved_m, x, y):
    return SimpleNamespace(
        system=read_system(option),
        first=shapely.Point(x, y),
        territory_count=1,
        nearest_m=lambda: np.array([gap_m]),
        misfit_m=lambda _number: gap_m,
        moved_misfit_m=lambda _number: moved_m,
    )


@pytest.mark.parametrize(("moved_m", "decided"), [(2 * GAP_M, True), (2 * GAP_M - 0.1, False)])
def test_a_file_twice_as_near_to_a_known_place_as_to_its_copies_is_told_by_it(moved_m, decided):
    along = np.array([[114.06, 22.5 + n / 1e3] for n in range(5)])
    known = [KnownPlace("a place", along, along[2])]
    evidence = SimpleNamespace(
        known=known, stated=None, named=[], by_columns=((), ()), columns=(), count=1
    )
    fitting = [
        candidate("EPSG:2326", GAP_M, moved_m, 824_000, 840_000),
        candidate("EPSG:32650", 1_000.0, 1_000.0, 197_000, 2_492_000),
    ]

    found = likeliest_system(evidence, fitting)

    assert (found.is_decided, "a place" in found.why) == (decided, decided)


def test_copies_of_a_known_place_are_moved_equally_far_to_all_four_sides():
    moved = candidates._MOVED  # noqa: SLF001

    assert set(map(tuple, np.sign(moved))) == {(1, 1), (1, -1), (-1, -1), (-1, 1)}
    assert len(np.unique(np.abs(moved))) == 1


@pytest.mark.parametrize("size", [0.011, 0.3])
def test_an_outline_is_known_by_points_spread_evenly_along_all_of_it(size):
    outline = shapely.box(114, 22.4, 114 + size / 2, 22.4 + size / 2)
    (place,) = known_places(gpd.GeoSeries([outline], crs=4326), [["A"]], "lots")
    gaps = shapely.length(shapely.linestrings(np.stack([place.places[:-1], place.places[1:]], 1)))

    assert shapely.distance(outline.boundary, shapely.points(place.places)).max() < 1e-12
    assert np.allclose(place.places[0], place.places[-1])
    assert gaps.sum() == pytest.approx(outline.length, rel=0.02)
    assert gaps.max() == pytest.approx(outline.length / 40, rel=1e-9)


def test_a_small_outline_is_known_by_its_centre():
    small = shapely.box(114, 22.4, 114.001, 22.402)
    place, _ = known_places(gpd.GeoSeries([small], crs=4326), [["A"]], "lots")

    assert place.places.tolist() == [[pytest.approx(114.0005), pytest.approx(22.401)]]


def test_a_moved_copy_is_as_far_as_half_of_its_points_are_from_the_nearest_outline():
    x = np.arange(5) * 10_000.0
    off = [0, 1, 7, 9, 9]  # of the copy that is moved to the north-east
    outlines = [shapely.Point(800_150 + x[n], 840_150 + off[n]) for n in range(5)]
    grid = np.column_stack([800_000 + x, np.full(5, 840_000.0)])
    one = candidates.Candidate(AsDrawn(), [KnownPlace("a place", grid, grid[2])])
    for shape in outlines:  # each in a tree of its own, as layers of a file are
        one.compare(shapely.STRtree([shape]))

    assert one.moved_misfit_m(0) == pytest.approx(7)
    assert one.misfit_m(0) == pytest.approx(np.hypot(150, 157))


def test_a_feature_of_which_a_part_is_nowhere_is_no_known_place():
    there = shapely.box(114.0, 22.4, 114.001, 22.401)
    nowhere = shapely.MultiPolygon([there, shapely.box(614.0, 22.4, 614.1, 22.5)])
    found = known_places(gpd.GeoSeries([there, nowhere], crs=4611), [["A"], ["B"]], "lots")

    assert [len(place.places) for place in found] == [1, 1]
    assert np.isfinite(np.vstack([place.places for place in found])).all()
    assert [sorted(place.names) for place in found] == [["a"], []]
