"""Rulings: which instruments are for a place that they name."""

import pytest
from world import RULES, ledger

from nmgeo.catalog import open_catalog
from nmgeo.commands.policy_match import match_place, outlines_of_site
from nmgeo.errors import UnknownSiteError
from nmgeo.records.tables import site_ids


def test_a_site_takes_what_names_it_and_what_it_lies_in():
    rows = match_place("park", RULES, in_region=True)

    assert rows["policy_id"].tolist() == ["for_park", "north", "all_hk"]
    assert rows["holds_by"].tolist() == ["site", "region", "territory"]
    assert rows["outline_accuracy_m"].isna().all()


def test_an_instrument_that_holds_for_several_reasons_stands_once_by_the_closest():
    rules = ledger(p=("hong_kong", "northern_metropolis", "park"))

    assert match_place("park", rules, in_region=True)["holds_by"].tolist() == ["site"]
    assert match_place("lot", rules, in_region=True)["holds_by"].tolist() == ["region"]


def test_instruments_come_by_reason_and_then_by_id():
    rules = ledger(z=("park",), a=("hong_kong",), b=("park", "lot"), n=("northern_metropolis",))

    assert match_place("park", rules, in_region=True)["policy_id"].tolist() == ["b", "z", "n", "a"]


@pytest.mark.parametrize(
    ("in_region", "expected"),
    [
        (True, {"elsewhere": "site", "north": "region", "all_hk": "territory"}),
        (False, {"elsewhere": "site", "all_hk": "territory"}),
    ],
)
def test_a_place_without_an_outline_takes_what_names_it_and_what_it_lies_in(in_region, expected):
    rows = match_place("somewhere", RULES, in_region=in_region)

    assert dict(zip(rows["policy_id"], rows["holds_by"], strict=True)) == expected
    assert list(rows["policy_id"]) == list(expected)


def test_a_site_is_picked_with_all_its_outlines():
    picked = outlines_of_site(site_ids(open_catalog()), "san_tin_technopole")

    assert [outline.partition(":")[0] for outline in picked] == ["san_tin_technopole"] * 2


def test_one_outline_is_picked_by_its_own_id_and_all_if_none_is_named():
    assert outlines_of_site({"a:x": "a", "a:y": "a"}, "a:y") == ["a:y"]
    assert outlines_of_site({"a:x": "a", "b:x": "b"}, None) == ["a:x", "b:x"]


def test_an_unknown_site_is_refused_with_the_one_that_was_meant():
    with pytest.raises(UnknownSiteError, match=r"did you mean sandy_ridge\?"):
        outlines_of_site(site_ids(open_catalog()), "sandy_rigde")


def test_of_many_sites_the_first_are_named():
    with pytest.raises(UnknownSiteError, match=r"use s0, s1, .*, s9 \.\.\.$"):
        outlines_of_site({f"o{n}": f"s{n}" for n in range(11)}, "t")
