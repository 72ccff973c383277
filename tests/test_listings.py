"""Listings: layers, sites, instruments and claims of the shipped data."""

import pytest
from world import points, square, write
from world import sites as lots

from nmgeo.catalog import open_catalog
from nmgeo.errors import UnknownSiteError, UsageError
from nmgeo.listings import claims, layers, policy, sites

CONTRACT = {"site_id", "policy_id", "name_en", "kind", "status", "source_url", "as_of"}
LAYERS = ["sites", "boundary", "stations", "crossings", "development_areas", "wetlands"]
TABLES = ["sources", "places", "claims", "policies"]


def test_all_layers_and_tables_are_listed_with_licence_and_credit():
    rows = layers().set_index("layer")

    assert {*LAYERS, *TABLES} <= set(rows.index)
    assert (
        rows[["title", "as_of", "licence", "credit", "source_url", "sha256"]].ne("").all(axis=None)
    )


def test_layers_say_how_well_they_are_known():
    rows = layers().set_index("layer").loc[LAYERS]

    known = {"official", "digitised", "indicative", "schematic"}
    assert set(rows["geometry_status"]) <= known
    assert (rows["accuracy_m"] > 0).all()


@pytest.mark.parametrize(("lang", "title"), [("en", "Wetland"), ("tc", "濕地"), ("sc", "湿地")])
def test_titles_come_in_the_language_asked_for(lang, title):
    assert title in layers(lang=lang)["title"].to_list()


def test_a_users_layer_is_listed_by_its_name_and_file(tmp_path):
    file = write(points(w=(0, 0)), tmp_path / "wells.geojson")
    rows = layers(open_catalog(layers={"wells": file})).set_index("layer")

    assert rows.loc["wells", "file"] == file


def test_a_site_stands_once_for_each_basis():
    assert sites()[["site_id", "basis"]].to_numpy().tolist() == [
        ["hetao_hk_park", "park"],
        ["san_tin_technopole", "development_area_excl_loop"],
        ["san_tin_technopole", "ozp_scheme_area"],
        ["sandy_ridge", "tender_lot"],
    ]


@pytest.mark.parametrize(
    ("lang", "name"),
    [
        ("en", "Sandy Ridge Data Facility Cluster"),
        ("tc", "沙嶺數據園區"),
        ("sc", "沙岭数据园区"),
    ],
)
def test_sites_are_named_in_the_language_asked_for(lang, name):
    assert sites(lang=lang)["name"].iloc[-1] == name


def test_every_instrument_of_a_site_carries_its_source():
    rows = policy("hetao_hk_park")

    assert set(rows.columns) >= CONTRACT
    assert rows["source_url"].str.startswith(("http://", "https://")).all()
    assert rows["as_of"].str.match(r"\d{4}(-\d\d){0,2}$").all()


@pytest.mark.parametrize(
    ("site", "named", "not_named"),
    [
        ("hetao_hk_park", "hetao_outline", "san_tin_ozp"),
        ("san_tin_technopole", "san_tin_ozp", "hetao_outline"),
        ("sandy_ridge", "sandy_ridge_tender", "hetao_outline"),
    ],
)
def test_an_instrument_holds_where_it_says(site, named, not_named):
    rows = policy(site).set_index("policy_id")

    assert set(rows["site_id"]) == {site}
    assert rows.loc[named, "holds_by"] == "site"
    assert not_named not in rows.index


def test_without_a_site_all_are_listed():
    assert list(dict.fromkeys(policy()["site_id"])) == [
        "hetao_hk_park",
        "san_tin_technopole",
        "sandy_ridge",
    ]


@pytest.mark.parametrize(
    ("day", "begun"),
    [("2026-03-11", False), ("2026-03-12", True), ("2030-12-31", True), ("2031-01-01", False)],
)
def test_on_a_day_only_what_had_begun_and_not_ended_is_listed(day, begun):
    held = policy("sandy_ridge", on=day)["policy_id"].to_list()

    assert ("five_year_plan_15" in held) is begun  # from 2026-03-12 to the end of 2030


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "04/02/2026", ""])
def test_a_day_that_is_none_is_refused(day):
    with pytest.raises(UsageError, match="write it as 2026-02-04"):
        policy(on=day)


def test_an_unknown_site_is_named_with_the_likeliest_one():
    with pytest.raises(UnknownSiteError, match=r"'sandy_rige': unknown \(did you mean sandy_ridge"):
        policy("sandy_rige")


def test_an_outline_may_be_asked_about_by_its_own_id():
    assert policy("sandy_ridge:tender_lot").equals(policy("sandy_ridge"))


@pytest.mark.parametrize(("lang", "name"), [("tc", "「十五五」規劃"), ("sc", "「十五五」规划")])
def test_an_instrument_has_its_chinese_name_or_else_its_english_one(lang, name):
    rows = policy("sandy_ridge", lang=lang).set_index("policy_id")

    assert rows.loc["five_year_plan_15", "policy_name"] == name
    unnamed = rows[rows[f"name_{lang}"] == ""]
    assert len(unnamed) > 0
    assert (unnamed["policy_name"] == unnamed["name_en"]).all()


def test_a_users_site_has_the_instruments_of_the_site_that_it_lies_in(tmp_path):
    mine = lots(mine=square(0, 0, 100)).to_crs(4326)
    centre = sites().loc["sandy_ridge:tender_lot"].geometry.centroid.buffer(0.0001)
    file = write(mine.set_geometry([centre], crs=4326), tmp_path / "mine.geojson")
    rows = policy("mine", open_catalog(sites=file)).set_index("policy_id")

    assert rows.loc["sandy_ridge_tender", "holds_by"] == "place"


def test_claims_that_disagree_are_all_there_each_with_its_source():
    rows = claims("ntn_new_town")
    said = rows[rows["attribute"] == "area"]

    assert set(said["value"]) == {"1500", "1420"}
    assert said["source_url"].str.startswith(("http://", "https://")).all()


def test_claims_of_all_subjects_hold_those_of_each():
    rows = claims()

    assert len(rows[rows["subject"] == "sandy_ridge"]) == len(claims("sandy_ridge"))


def test_a_subject_of_which_nothing_was_said_is_refused():
    with pytest.raises(UsageError, match="subject 'nowhere'"):
        claims("nowhere")
