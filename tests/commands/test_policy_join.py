"""Joins: instruments by place, published areas by site and basis."""

import math
import warnings

import pandas as pd
import pytest
from world import RULES, ledger, multi, point, square
from world import sites as bare_sites

from nmgeo.commands.policy_join import join_policies, join_published_areas
from nmgeo.errors import Notice


def sites(basis="whole", **shapes):
    """Build sites of which no accuracy is known."""
    return bare_sites(basis, **shapes).assign(accuracy_m=math.nan)


SHIPPED = sites(park=square(0, 0, 100), lot=square(1000, 0, 100)).assign(accuracy_m=[6.0, 30.0])
LEFT_OPEN = "ignore:the overlap of:nmgeo.errors.Notice"


def held(joined):
    return {
        site: dict(rows[["policy_id", "holds_by"]].to_numpy())
        for site, rows in joined.groupby("site_id")
    }


def accuracy(joined):
    return dict(joined[["policy_id", "outline_accuracy_m"]].to_numpy())


@pytest.mark.parametrize(
    "shape", [square(50, 50, 100), square(10, 10, 10), square(-50, -50, 500), point(50, 50)]
)
def test_a_users_site_takes_the_instruments_of_the_site_that_it_overlaps(shape):
    mine = sites(mine=shape)

    assert held(join_policies(mine, RULES, SHIPPED))["mine"] == {
        "for_park": "place",
        "north": "region",
        "all_hk": "territory",
    }


def test_a_users_site_with_the_id_of_a_shipped_one_is_matched_by_place_alone():
    mine = sites(park=square(1000, 0, 100))

    assert held(join_policies(mine, RULES, SHIPPED))["park"] == {
        "for_lot": "place",
        "north": "region",
        "all_hk": "territory",
    }


def test_a_users_site_with_the_id_of_a_shipped_one_far_away_takes_nothing_of_it():
    with pytest.warns(Notice, match="^no shipped site overlaps park: "):
        joined = join_policies(sites(park=square(5000, 0, 100)), RULES, SHIPPED)

    assert held(joined) == {"park": {"all_hk": "territory"}}


def test_a_site_far_from_all_shipped_ones_takes_only_what_holds_for_all_hong_kong():
    with pytest.warns(Notice, match="^no shipped site overlaps mine: "):
        joined = join_policies(sites(mine=square(5000, 0, 10)), RULES, SHIPPED)

    assert held(joined) == {"mine": {"all_hk": "territory"}}


@pytest.mark.parametrize(
    ("shape", "near"),
    [
        (square(94, 0, 50), ["park (± 6 m)"]),
        (square(93, 0, 50), []),
        (square(100, 0, 50), ["park (± 6 m)"]),
        (square(106, 0, 50), ["park (± 6 m)"]),
        (multi(square(104, 0, 50), square(1120, 0, 50)), ["park (± 6 m)", "lot (± 30 m)"]),
        (point(3, 50), ["park (± 6 m)"]),
    ],
    ids=["reaches in as far", "reaches further in", "touches", "as far away", "two", "a point"],
)
def test_an_overlap_within_the_accuracy_of_an_outline_is_undecided(shape, near):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        joined = held(join_policies(sites(mine=shape), RULES, SHIPPED))["mine"]

    note = (
        f"the overlap of mine with {', '.join(near)} is undecided within the accuracy of the "
        "outlines: policy instruments of the latter may apply"
    )
    assert [str(n.message) for n in said] == ([note] if near else [])
    assert joined == {
        **{f"for_{name.split()[0]}": "undecided" for name in near},
        **({} if near else {"for_park": "place"}),
        "north": "undecided" if near else "region",
        "all_hk": "territory",
    }


@pytest.mark.filterwarnings(LEFT_OPEN)
def test_the_accuracy_of_a_users_outline_adds_to_that_of_the_shipped_one():
    lots = sites(rough=square(90, 0, 50), sharp=square(90, 0, 50)).assign(accuracy_m=[5.0, 1.0])

    found = held(join_policies(lots, RULES, SHIPPED))

    assert found["rough"]["for_park"] == "undecided"
    assert found["sharp"]["for_park"] == "place"


@pytest.mark.filterwarnings(LEFT_OPEN)
@pytest.mark.parametrize(
    ("hull", "why"), [(square(10, 10, 50), "place"), (square(10, 10, 500), "undecided")]
)
def test_a_hull_of_several_sites_is_matched_for_certain_only_if_all_of_it_lies_inside(hull, why):
    hulls = sites(farms=hull).assign(sites_count=3)

    assert held(join_policies(hulls, RULES, SHIPPED))["farms"]["for_park"] == why


def test_several_sites_that_one_outline_leaves_open_are_said_in_one_line():
    lots = {f"s{n}": square(980, 2 * n, 1) for n in range(40)}
    with pytest.warns(Notice) as said:
        join_policies(sites(**lots), RULES, SHIPPED)

    (text,) = [str(n.message) for n in said]
    assert text == (
        "the overlap of s0, s1, s2 and 37 more with lot (± 30 m) is undecided within the accuracy "
        "of the outlines: policy instruments of the latter may apply"
    )


def test_what_overlaps_a_site_is_not_open_because_another_outline_of_it_is_near():
    twice = sites(a=square(0, 0, 100), b=square(150, 0, 100))
    twice = twice.assign(site_id="park", accuracy_m=6.0)

    joined = join_policies(sites(mine=square(20, 20, 50)), RULES, twice)

    assert held(joined)["mine"]["for_park"] == "place"


def test_the_accuracy_of_the_overlapped_outline_stands_beside_what_holds_by_place():
    assert accuracy(join_policies(sites(mine=square(1050, 0, 100)), RULES, SHIPPED)) == {
        "for_lot": 30,
        "north": pytest.approx(math.nan, nan_ok=True),
        "all_hk": pytest.approx(math.nan, nan_ok=True),
    }


def test_the_more_accurate_of_two_overlapped_outlines_of_a_site_counts():
    twice = sites(a=square(0, 0, 100), b=square(0, 0, 90)).assign(site_id="park")
    joined = join_policies(
        sites(mine=square(0, 0, 50)), RULES, twice.assign(accuracy_m=[20.0, 6.0])
    )

    assert accuracy(joined)["for_park"] == 6


def test_the_less_accurate_of_two_overlapped_sites_counts_where_an_instrument_names_both():
    joined = join_policies(sites(mine=square(50, 0, 1000)), ledger(p=("park", "lot")), SHIPPED)

    assert accuracy(joined) == {"p": 30}


def test_a_site_over_two_shipped_ones_takes_the_instruments_of_both():
    joined = join_policies(sites(mine=square(50, 0, 1000)), RULES, SHIPPED)

    assert {"for_park", "for_lot"} < set(held(joined)["mine"])


def areas(**said):
    """Build published areas on the basis ``whole``."""
    index = pd.MultiIndex.from_product([list(said), ["whole"]], names=["site_id", "basis"])
    rows = {"published_area_ha": list(said.values()), "published_hedge": "about"}
    return pd.DataFrame(rows, index=index)


def test_a_published_area_stands_beside_the_outline_of_the_same_site_and_basis():
    joined = join_published_areas(SHIPPED, areas(park=87.0))

    assert joined.loc["park", ["published_area_ha", "published_hedge"]].tolist() == [87.0, "about"]
    assert joined.loc["lot", ["published_area_ha", "published_hedge"]].isna().all()


def test_a_published_area_on_another_basis_is_not_taken():
    joined = join_published_areas(
        sites(basis="tender_lot", park=square(0, 0, 100)), areas(park=87.0)
    )

    assert joined["published_area_ha"].isna().all()


def test_a_users_own_said_area_is_kept_and_is_not_given_our_source():
    mine = sites(park=square(0, 0, 100), lot=square(1000, 0, 100))
    joined = join_published_areas(
        mine.assign(published_area_ha=["1.25", "unknown"]), areas(park=87.0)
    )

    assert joined["published_area_ha"].iloc[0] == 1.25
    assert joined["published_area_ha"].isna().tolist() == [False, True]
    assert joined["published_hedge"].isna().all()


def test_a_users_column_named_like_one_of_ours_does_not_stop_the_join():
    joined = join_published_areas(SHIPPED.assign(published_hedge="mine"), areas(park=87.0))

    assert joined.loc["park", ["published_area_ha", "published_hedge"]].tolist() == [87.0, "about"]


def test_a_join_of_areas_keeps_every_outline_once_in_its_order():
    joined = join_published_areas(SHIPPED, areas(park=87.0, other=1.0))

    assert joined.index.tolist() == ["park", "lot"]


def test_a_site_drawn_on_two_bases_stands_once():
    twice = sites(a=square(0, 0, 100), b=square(0, 0, 50)).assign(site_id="mine")

    joined = join_policies(twice, ledger(p=("park",)), SHIPPED)
    assert joined["policy_id"].tolist() == ["p"]


def test_rows_come_by_site_then_by_reason_then_by_id():
    rules = ledger(z=("park",), a=("hong_kong",), b=("park", "lot"), n=("northern_metropolis",))
    joined = join_policies(sites(y=square(0, 0, 90), x=square(1000, 0, 90)), rules, SHIPPED)

    assert joined["site_id"].tolist() == ["y"] * 4 + ["x"] * 3
    assert joined["policy_id"].tolist() == ["b", "z", "n", "a", "b", "n", "a"]


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_sites_joined_together_take_what_each_takes_alone():
    shapes = {
        "in_park": square(50, 50, 10),
        "also_in_park": square(60, 60, 10),
        "far": square(5000, 0, 10),
        "near_park": square(102, 0, 50),
        "in_both": multi(square(50, 50, 10), square(1050, 0, 10)),
        "also_far": square(6000, 0, 10),
    }
    together = join_policies(sites(**shapes), RULES, SHIPPED)
    alone = [join_policies(sites(**{id_: shape}), RULES, SHIPPED) for id_, shape in shapes.items()]

    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))
