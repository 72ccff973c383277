"""Proximity: distances known by arithmetic on the metre grid."""

import geopandas as gpd
import pytest
from shapely import Point
from world import layer, line, point, points, sites, square

from nmgeo.errors import MissingCRSError
from nmgeo.proximity import nearest, nearest_m, within, within_count

LOT = sites(lot=square(0, 0, 100))


def lonlats(**places):
    shapes = [Point(xy) for xy in places.values()]
    return gpd.GeoDataFrame(geometry=shapes, index=list(places), crs=4326)


@pytest.mark.parametrize(
    ("other", "metres"),
    [
        (point(103, 104), 5.0),  # 3-4-5 from the corner
        (point(140, 50), 40.0),  # from an edge
        (point(50, 50), 0.0),  # inside
        (point(100, 50), 0.0),  # on the edge
        (line((110, -50), (110, 150)), 10.0),
        (square(130, 140, 10), 50.0),  # 30-40-50, corner to corner
        (square(-500, -500, 2000), 0.0),  # holds the site
    ],
)
def test_distances_run_from_edge_to_edge(other, metres):
    assert nearest_m(LOT, layer({"x": other}))["lot"] == pytest.approx(metres, abs=1e-9)


def test_the_nearest_is_named_by_its_id():
    rows = nearest(sites(b=square(0, 0, 10), a=square(500, 0, 10)), points(x=(20, 0), y=(490, 0)))

    assert rows["nearest_id"].to_dict() == {"b": "x", "a": "y"}
    assert rows["nearest_m"].to_dict() == pytest.approx({"b": 10.0, "a": 10.0})


def test_a_tie_names_the_first_and_counts_the_others():
    rows = nearest(LOT, points(far=(900, 0), z=(110, 50), a=(-10, 50), m=(50, 110)))

    assert rows.index.tolist() == ["lot"]
    assert rows.loc["lot"].to_dict() == {"nearest_id": "z", "nearest_m": 10.0, "ties": 2}


def test_with_nothing_to_be_near_the_distance_is_missing():
    rows = nearest(LOT, points(x=(0, 0)).iloc[:0])

    assert rows[["nearest_id", "nearest_m"]].isna().all(axis=None)
    assert rows["ties"].tolist() == [0]


def test_the_nearest_on_the_ground_wins_over_the_nearest_in_degrees():
    site = lonlats(site=(114.05, 22.48))
    others = lonlats(north=(114.05, 22.4895), east=(114.06, 22.48))

    assert nearest(site, others).loc["site", "nearest_id"] == "east"
    assert nearest_m(site, others.loc[["east"]])["site"] == pytest.approx(1029.1, abs=0.05)
    assert nearest_m(site, others.loc[["north"]])["site"] == pytest.approx(1052.0, abs=0.05)


def test_a_distance_is_named_and_given_in_the_order_of_the_sites():
    gaps = nearest_m(sites(b=square(0, 0, 10), a=square(500, 0, 10)), points(x=(20, 0)))

    assert gaps.name == "nearest_m"
    assert gaps.to_dict() == pytest.approx({"b": 10.0, "a": 480.0})


def test_what_is_exactly_at_the_distance_is_within_it():
    wells = points(at=(600, 50), beyond=(600.001, 50))

    assert within_count(LOT, wells, 500.0).to_dict() == {"lot": 1}
    assert within(LOT, wells, 500.0)["feature_id"].tolist() == ["at"]


def test_counts_come_from_distances_and_not_from_a_polygon_inside_the_circle():
    site = sites(p=point(0, 0))
    chords = {f"w{n}": (3 * n, 4 * n) for n in (100, -100)}  # 500 m, off the buffer's corners

    assert within_count(site, points(**chords), 500.0)["p"] == 2


def test_pairs_come_by_site_and_then_by_feature():
    lots = sites(b=square(0, 0, 10), a=square(100, 0, 10))
    rows = within(lots, points(y=(50, 0), x=(60, 0), z=(900, 0)), 60.0)

    assert rows["outline_id"].tolist() == ["b", "b", "a", "a"]
    assert rows["feature_id"].tolist() == ["y", "x", "y", "x"]
    assert rows["gap_m"].tolist() == pytest.approx([40.0, 50.0, 50.0, 40.0])


def test_a_site_with_nothing_within_reach_counts_0():
    counts = within_count(LOT, points(x=(900, 0)), 500.0)

    assert counts.to_dict() == {"lot": 0}
    assert counts.name == "within_count"


def test_nothing_that_is_given_is_changed():
    lots, wells = sites(a=square(0, 0, 10)).to_crs(4326), points(x=(20, 0))
    before = lots.copy(), wells.copy()
    nearest(lots, wells)

    assert lots.equals(before[0])
    assert wells.equals(before[1])


@pytest.mark.parametrize("bare", ["sites", "others"])
def test_a_frame_without_a_crs_is_refused(bare):
    frames = {"sites": LOT, "others": points(x=(0, 0))}
    frames[bare] = gpd.GeoDataFrame(geometry=[point(0, 0)])

    with pytest.raises(MissingCRSError, match="has no CRS"):
        nearest(**frames)
