"""Joins: by key where a site is shipped, by place where it is the user's."""

import pandas as pd
import pytest
from world import point, sites, square

from nmgeo.errors import Notice
from nmgeo.join import join_policies, join_said

SHIPPED = sites(park=square(0, 0, 100), lot=square(1000, 0, 100))


def ledger(**holds_for):
    frame = pd.DataFrame({"holds_for": pd.Series(holds_for, dtype=object)})
    return frame.rename_axis("policy_id")


RULES = ledger(
    all_hk=("hong_kong",),
    for_lot=("lot",),
    for_park=("park",),
    north=("northern_metropolis",),
    elsewhere=("somewhere",),
)


def held(joined):
    return {site: dict(rows.to_numpy()[:, 1:]) for site, rows in joined.groupby("site_id")}


def test_a_shipped_site_is_matched_by_its_id():
    assert held(join_policies(SHIPPED, RULES, SHIPPED)) == {
        "park": {"for_park": "site", "north": "region", "all_hk": "territory"},
        "lot": {"for_lot": "site", "north": "region", "all_hk": "territory"},
    }


@pytest.mark.parametrize(
    "shape", [square(50, 50, 100), square(10, 10, 10), square(-50, -50, 900), point(50, 50)]
)
def test_a_users_site_takes_the_instruments_of_the_site_that_it_overlaps(shape):
    mine = sites(mine=shape)

    assert held(join_policies(mine, RULES, SHIPPED))["mine"] == {
        "for_park": "place",
        "north": "region",
        "all_hk": "territory",
    }


@pytest.mark.parametrize("shape", [square(100, 0, 100), square(100, 100, 50), square(5000, 0, 10)])
def test_touching_is_not_overlap_and_what_is_undecided_is_said(shape):
    with pytest.warns(Notice, match=r"1 sites overlap no shipped site \(mine\)"):
        joined = join_policies(sites(mine=shape), RULES, SHIPPED)

    assert held(joined) == {"mine": {"all_hk": "territory"}}


def test_a_site_over_two_shipped_ones_takes_the_instruments_of_both():
    joined = join_policies(sites(mine=square(50, 0, 1000)), RULES, SHIPPED)

    assert {"for_park", "for_lot"} < set(held(joined)["mine"])


def test_an_instrument_that_holds_for_several_reasons_stands_once_by_the_closest():
    rules = ledger(p=("hong_kong", "northern_metropolis", "park"))

    assert held(join_policies(SHIPPED, rules, SHIPPED)) == {
        "park": {"p": "site"},
        "lot": {"p": "region"},
    }


def test_a_site_drawn_on_two_bases_stands_once():
    twice = sites(a=square(0, 0, 100), b=square(0, 0, 50)).assign(site_id="park")

    assert join_policies(twice, ledger(p=("park",)), SHIPPED)["policy_id"].tolist() == ["p"]


def test_rows_come_by_site_then_by_reason_then_by_id():
    rules = ledger(z=("park",), a=("hong_kong",), b=("park", "lot"), n=("northern_metropolis",))
    joined = join_policies(SHIPPED, rules, SHIPPED)

    assert joined["site_id"].tolist() == ["park"] * 4 + ["lot"] * 3
    assert joined["policy_id"].tolist() == ["b", "z", "n", "a", "b", "n", "a"]


def areas(**said):
    """Build published areas on the basis ``whole``."""
    index = pd.MultiIndex.from_product([list(said), ["whole"]], names=["site_id", "basis"])
    rows = {"said_area_ha": list(said.values()), "said_hedge": "about"}
    return pd.DataFrame(rows, index=index)


def test_a_published_area_stands_beside_the_outline_of_the_same_site_and_basis():
    joined = join_said(SHIPPED, areas(park=87.0))

    assert joined.loc["park", ["said_area_ha", "said_hedge"]].tolist() == [87.0, "about"]
    assert joined.loc["lot", ["said_area_ha", "said_hedge"]].isna().all()


def test_a_published_area_on_another_basis_is_not_taken():
    joined = join_said(sites(basis="tender_lot", park=square(0, 0, 100)), areas(park=87.0))

    assert joined["said_area_ha"].isna().all()


def test_a_users_own_said_area_is_kept_and_is_not_given_our_source():
    mine = sites(park=square(0, 0, 100), lot=square(1000, 0, 100))
    joined = join_said(mine.assign(said_area_ha=["1.25", "unknown"]), areas(park=87.0))

    assert joined["said_area_ha"].iloc[0] == 1.25
    assert joined["said_area_ha"].isna().tolist() == [False, True]
    assert joined["said_hedge"].isna().all()


def test_a_users_column_named_like_one_of_ours_does_not_stop_the_join():
    joined = join_said(SHIPPED.assign(said_hedge="mine"), areas(park=87.0))

    assert joined.loc["park", ["said_area_ha", "said_hedge"]].tolist() == [87.0, "about"]


def test_a_join_of_areas_keeps_every_outline_once_in_its_order():
    joined = join_said(SHIPPED, areas(park=87.0, other=1.0))

    assert joined.index.tolist() == ["park", "lot"]
