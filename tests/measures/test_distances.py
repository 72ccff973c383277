"""Proximity: distances known by arithmetic on the metre grid."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point
from world import layer, line, point, points, sites, square

from nmgeo.crs import NOISE_M
from nmgeo.errors import MissingCRSError, UsageError
from nmgeo.measures.distances import (
    distance_error_m,
    distance_matrix_m,
    nearest,
    nearest_m,
    pairs_within,
    within_count,
)
from nmgeo.measures.k_nearest import k_nearest

LOT = sites(lot=square(0, 0, 100))

settings.register_profile("quick", deadline=None, max_examples=30)
settings.load_profile("quick")
metre = st.integers(-5_000, 5_000)
places = st.lists(st.tuples(metre, metre), min_size=1, max_size=12)
lots = st.builds(square, metre, metre, st.integers(10, 2_000))


def wells(xys):
    return points(**{f"w{number:02}": xy for number, xy in enumerate(xys)})


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
    two = points(at=(600, 50), beyond=(600.02, 50))

    assert within_count(LOT, two, 500.0).to_dict() == {"lot": 1}
    assert pairs_within(LOT, two, 500.0)["feature_id"].tolist() == ["at"]


def test_counts_come_from_distances_and_not_from_a_polygon_inside_the_circle():
    site = sites(p=point(0, 0))
    chords = {f"w{n}": (3 * n, 4 * n) for n in (100, -100)}  # 500 m, off the buffer's corners

    assert within_count(site, points(**chords), 500.0)["p"] == 2


def test_pairs_come_by_site_and_then_by_feature():
    two = sites(b=square(0, 0, 10), a=square(100, 0, 10))
    rows = pairs_within(two, points(y=(50, 0), x=(60, 0), z=(900, 0)), 60.0)

    assert rows["outline_id"].tolist() == ["b", "b", "a", "a"]
    assert rows["feature_id"].tolist() == ["y", "x", "y", "x"]
    assert rows["gap_m"].tolist() == pytest.approx([40.0, 50.0, 50.0, 40.0])


def test_a_site_with_nothing_within_reach_counts_0():
    counts = within_count(LOT, points(x=(900, 0)), 500.0)

    assert counts.to_dict() == {"lot": 0}
    assert counts.name == "within_count"


def test_nothing_that_is_given_is_changed():
    here, there = sites(a=square(0, 0, 10)).to_crs(4326), points(x=(20, 0))
    before = here.copy(), there.copy()
    nearest(here, there)
    k_nearest(here, there, k=1)
    distance_matrix_m(here, there)

    assert here.equals(before[0])
    assert there.equals(before[1])


@pytest.mark.parametrize("bare", ["sites", "others"])
def test_a_frame_without_a_crs_is_refused(bare):
    frames = {"sites": LOT, "others": points(x=(0, 0))}
    frames[bare] = gpd.GeoDataFrame(geometry=[point(0, 0)])

    with pytest.raises(MissingCRSError, match="has no CRS"):
        nearest(**frames)


def test_ranks_are_shared_by_ties_and_count_them():
    rows = k_nearest(LOT, points(far=(900, 0), z=(110, 50), a=(-10, 50), n=(133, 50)), k=4)

    assert rows["nearest_id"].tolist() == ["z", "a", "n", "far"]
    assert rows["rank"].tolist() == [1, 1, 3, 4]
    assert rows["ties"].tolist() == [1, 1, 0, 0]
    assert rows["next_id"].tolist()[:3] == ["n", "n", "far"]
    assert rows["next_further_m"].tolist()[:3] == [23.0, 23.0, 767.0]
    assert rows[["next_id", "next_further_m"]].iloc[3].isna().all()


def test_what_differs_by_less_than_a_centimetre_is_a_tie():
    less, more = (110 + 0.9 * NOISE_M, 50), (110 + 1.1 * NOISE_M, 50)

    assert k_nearest(LOT, points(a=(110, 50), b=less), k=1)["ties"].tolist() == [1, 1]
    assert k_nearest(LOT, points(a=(110, 50), b=more), k=1)["ties"].tolist() == [0]


def test_the_next_best_is_found_however_far_it_is():
    row = k_nearest(LOT, points(a=(110, 50), b=(49_100, 50)), k=1).iloc[0]

    assert (row["next_id"], row["next_further_m"]) == ("b", 48_990.0)


def test_what_agrees_in_a_column_is_not_paired():
    two = sites(a=square(0, 0, 10), b=square(100, 0, 10))

    assert k_nearest(two, two, k=9, exclude_same="site_id")["nearest_id"].tolist() == ["b", "a"]


def test_with_nothing_to_be_near_there_are_no_ranks():
    assert k_nearest(LOT, points(x=(0, 0)).iloc[:0], k=3).empty
    assert k_nearest(LOT, points(x=(900, 0)), reach_m=10.0).empty


@given(shapes=st.lists(lots, min_size=1, max_size=4), xys=places, k=st.integers(1, 13))
def test_the_ranks_are_those_of_brute_force(shapes, xys, k):
    here = sites(**{f"s{number}": shape for number, shape in enumerate(shapes)})
    there = wells(xys)
    found = k_nearest(here, there, k=k).set_index(["outline_id", "nearest_id"])

    for site, shape in here.geometry.items():
        gaps = there.distance(shape).sort_values(kind="stable")
        closer = pd.Series([(gaps < gap - NOISE_M).sum() for gap in gaps], gaps.index)
        rows = found.loc[site]
        assert set(closer.index[closer < k]) <= set(rows.index)  # a tie may join them
        assert rows["nearest_m"].tolist() == pytest.approx(gaps[rows.index].tolist(), abs=1e-9)
        assert (rows["rank"] <= closer[rows.index] + 1).all()


@given(lot=lots, xys=places, k=st.integers(1, 11))
def test_the_k_nearest_begin_the_k_plus_1_nearest(lot, xys, k):
    here, there = sites(lot=lot), wells(xys)
    some, more = k_nearest(here, there, k=k), k_nearest(here, there, k=k + 1)

    assert some.equals(more.head(len(some)))


@given(lot=lots, xys=places, reach=metre.map(abs))
def test_what_is_within_reach_is_the_same_however_it_is_asked(lot, xys, reach):
    here, there = sites(lot=lot), wells(xys)
    listed = k_nearest(here, there, reach_m=float(reach))

    assert sorted(listed["nearest_id"]) == pairs_within(here, there, reach)["feature_id"].tolist()
    assert listed["nearest_m"].is_monotonic_increasing or listed["ties"].any()


def test_every_pair_is_measured_and_may_be_out_by_both_ends():
    here = sites(a=square(0, 0, 100), b=point(0, 300)).assign(accuracy_m=[5.0, None])
    there = points(x=(103, 104), y=(0, 0)).assign(accuracy_m=[1.0, 2.0])

    assert distance_matrix_m(here, there).loc["a"].to_dict() == {"x": 5.0, "y": 0.0}
    assert distance_matrix_m(here, there).loc["b", "y"] == 300.0
    assert distance_error_m(here, there).loc["a"].to_dict() == {"x": 6.0, "y": 7.0}
    assert distance_error_m(here, there).loc["b"].isna().all()


def test_more_pairs_than_fit_into_memory_are_refused(monkeypatch):
    monkeypatch.setattr("nmgeo.measures.distances._MAX_PAIRS", 1)

    with pytest.raises(UsageError, match="1 site and 2 features: a matrix holds at most 1 pairs"):
        distance_matrix_m(LOT, points(x=(0, 0), y=(9, 9)))


def test_the_nearest_of_many_points_is_that_of_geos_wherever_they_lie(monkeypatch):
    monkeypatch.setattr("nmgeo.measures.k_nearest._MANY", 9)
    dice = np.random.default_rng(4)
    places = [(0, 0), (1, 1), (2, 0), *dice.uniform(0, 60_000, (90, 2))]
    here = points(**{f"h{n}": xy for n, xy in enumerate(places)})
    there = points(**{f"t{n}": xy for n, xy in enumerate(dice.uniform(0, 60_000, (70, 2)))})
    rows = k_nearest(here, there, k=1)
    gaps = shapely.distance(np.array(here.geometry)[:, None], np.array(there.geometry)[None])

    assert rows["nearest_m"].tolist() == pytest.approx(gaps.min(axis=1), rel=1e-3)
    assert rows["nearest_id"].tolist() == [f"t{n}" for n in gaps.argmin(axis=1)]
