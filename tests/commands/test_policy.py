"""Policy: the instruments for each site and place."""

from pathlib import Path

import pytest
from rich.cells import cell_len
from world import sites as lots
from world import square, write

from nmgeo.catalog import open_catalog
from nmgeo.commands.policy import policy
from nmgeo.commands.sites import sites
from nmgeo.errors import Notice, UnknownSiteError, UsageError
from nmgeo.outputs.web.page_data import build_page_data
from nmgeo.records.policies import read_policies
from nmgeo.translations import LANGS

CONTRACT = {
    *("site_id", "policy_id", "name_en", "kind", "status", "ended", "source_url", "as_of"),
    *("holds_by", "outline_accuracy_m"),
}
LEFT_OPEN = pytest.mark.filterwarnings("ignore:the overlap of:nmgeo.errors.Notice")


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


def test_without_a_site_the_sites_come_first_and_then_the_other_places_by_their_ids():
    assert list(dict.fromkeys(policy()["site_id"])) == [
        *("hetao_hk_park", "san_tin_technopole", "sandy_ridge"),
        *("fln_nda", "hetao_sz_park", "hsk_ht_nda"),
        *("northern_metropolis", "hong_kong"),  # what applies everywhere is listed once, last
    ]


def test_without_a_site_every_instrument_of_the_ledger_is_listed():
    assert set(policy()["policy_id"]) == set(read_policies(open_catalog()).index)


def test_without_a_site_another_place_has_only_the_instruments_that_name_it():
    rows = policy()
    others = rows[~rows["site_id"].isin(sites()["site_id"])]

    named = others[~others["site_id"].isin(["northern_metropolis", "hong_kong"])]

    assert set(named["holds_by"]) == {"site"}
    assert not rows["policy_id"][rows["holds_by"].isin(["region", "territory"])].duplicated().any()
    assert not rows.duplicated(["site_id", "policy_id"]).any()


@pytest.mark.parametrize(
    ("place", "named", "reasons"),
    [
        ("hsk_ht_nda", "land_disposal_hsk", ["site", "region", "territory"]),
        ("hetao_sz_park", "hetao_sz_plan", ["site", "territory"]),
    ],
)
def test_a_place_without_an_outline_may_be_asked_about(place, named, reasons):
    rows = policy(place).set_index("policy_id")

    assert set(rows["site_id"]) == {place}
    assert rows.loc[named, "holds_by"] == "site"
    assert list(dict.fromkeys(rows["holds_by"])) == reasons


def test_a_place_that_no_instrument_names_is_refused():
    with pytest.raises(UnknownSiteError, match="frontier_closed_area"):
        policy("frontier_closed_area")


@LEFT_OPEN
def test_the_places_are_not_listed_beside_a_users_sites(tmp_path):
    centre = sites().loc["sandy_ridge:tender_lot"].geometry.centroid.buffer(0.0001)
    mine = lots(mine=square(0, 0, 1)).to_crs(4326).set_geometry([centre], crs=4326)
    here = open_catalog(sites=write(mine, tmp_path / "mine.geojson"))

    assert set(policy(None, here)["site_id"]) == {"mine"}


@pytest.mark.parametrize(
    ("day", "begun", "over"),
    [
        ("2025-10-26", False, False),
        ("2025-10-27", True, False),
        ("2030-12-31", True, False),
        ("2031-01-01", True, True),
    ],
)
@pytest.mark.filterwarnings("ignore:.*left out, as:nmgeo.errors.Notice")
@pytest.mark.filterwarnings("ignore:the data end with:nmgeo.errors.Notice")
def test_on_a_day_what_had_begun_is_listed_and_says_whether_it_had_ended(day, begun, over):
    held = policy("sandy_ridge", on=day).set_index("policy_id")["ended"]

    assert ("five_year_plan_15" in held.index) is begun  # proposed on 2025-10-27
    assert held.get("five_year_plan_15", default=False) == over


def test_on_a_day_it_is_said_which_instruments_have_no_known_beginning():
    with pytest.warns(Notice, match=r"3 policies are left out.*: hetao_ozp, nifs"):
        held = policy(on="2017-06-01")

    assert "hetao_ozp" not in set(held["policy_id"])
    assert "hetao_ozp" in set(policy()["policy_id"])


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "04/02/2026", ""])
def test_a_day_that_is_none_is_refused(day):
    with pytest.raises(UsageError, match="write it as 2026-02-04"):
        policy(on=day)


def test_an_unknown_site_is_named_with_the_likeliest_one():
    with pytest.raises(UnknownSiteError, match=r"'sandy_rige': unknown \(did you mean sandy_ridge"):
        policy("sandy_rige")


def test_an_outline_may_be_asked_about_by_its_own_id():
    assert policy("sandy_ridge:tender_lot").equals(policy("sandy_ridge"))


@pytest.mark.parametrize(
    ("lang", "confirmed", "ours"),
    [
        ("en", "15th Five-Year Plan (2026-30)", "Flow of data at Hetao"),
        ("tc", "「十五五」規劃", "河套數據流動（nmgeo 譯名）"),
        ("sc", "「十五五」规划", "河套数据流动（nmgeo 译名）"),
    ],
)
def test_an_instrument_has_its_confirmed_name_or_else_our_translation_marked_as_ours(
    lang, confirmed, ours
):
    rows = policy("hetao_hk_park", lang=lang).set_index("policy_id")

    assert rows.loc["five_year_plan_15", "policy_name"] == confirmed
    assert rows.loc["hetao_data", "policy_name"] == ours
    assert rows.loc["hetao_data", ["name_tc", "name_sc"]].to_list() == ["", ""]


@pytest.mark.parametrize(("lang", "mark"), [("tc", "（nmgeo 譯名）"), ("sc", "（nmgeo 译名）")])
def test_every_name_that_is_not_confirmed_is_marked_as_ours_and_no_other(lang, mark):
    rows = policy(lang=lang)
    marked = rows["policy_name"].str.endswith(mark)

    assert 0 < marked.sum() < len(rows)
    assert (marked == (rows[f"name_{lang}"] == "")).all()


@pytest.mark.parametrize("lang", LANGS)
def test_an_instrument_that_has_no_translation_either_is_called_by_its_english_name(
    broken_geodata, lang
):
    broken_geodata.set_rows("translations.csv", broken_geodata.rows("translations.csv")[:1])
    rows = policy("hetao_hk_park", broken_geodata.open(), lang=lang).set_index("policy_id")

    assert rows.loc["hetao_data", "policy_name"] == "Flow of data at Hetao"


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_calls_every_instrument_what_the_listing_calls_it(shipped_atlas, lang):
    shown = build_page_data(shipped_atlas("en"))["policies"]
    listed = policy(lang=lang).drop_duplicates("policy_id").set_index("policy_id")["policy_name"]

    called = {one["id"]: one["names"][LANGS.index(lang)] for one in shown}
    assert len(called) > 0
    assert called == {id_: listed[id_] for id_ in called}


@LEFT_OPEN
def test_a_users_site_may_have_the_instruments_of_a_site_known_only_roughly(tmp_path):
    mine = lots(mine=square(0, 0, 100)).to_crs(4326)
    outline = sites().loc["sandy_ridge:tender_lot"]
    centre = outline.geometry.centroid.buffer(0.0001)
    file = write(mine.set_geometry([centre], crs=4326), tmp_path / "mine.geojson")
    rows = policy("mine", open_catalog(sites=file)).set_index("policy_id")

    assert rows.loc["sandy_ridge_tender", "holds_by"] == "undecided"
    assert rows.loc["sandy_ridge_tender", "outline_accuracy_m"] == outline["accuracy_m"]


def test_a_site_and_an_instrument_are_known_by_every_name():
    assert policy("\u6cb3\u5957").equals(policy("hetao_hk_park"))
    assert policy("New Industrial Acceleration Program")["policy_id"].tolist() == ["nias"]


@LEFT_OPEN
def test_a_point_stands_for_a_site_in_degrees_and_on_the_grid():
    by_degrees = policy("114.118,22.5285")
    on_grid = policy("830270,843230")
    by_letters = policy("KK 0355 9420")

    assert by_degrees["policy_id"].tolist() == on_grid["policy_id"].tolist()
    assert by_degrees["policy_id"].tolist() == by_letters["policy_id"].tolist()
    assert "sandy_ridge_award" in set(by_degrees["policy_id"])


@LEFT_OPEN
def test_a_file_stands_for_a_site(tmp_path):
    centre = sites().loc["sandy_ridge:tender_lot"].geometry.centroid.buffer(0.0001)
    mine = lots(mine=square(0, 0, 1)).to_crs(4326).set_geometry([centre], crs=4326)

    rows = policy(str(write(mine, tmp_path / "mine.geojson")))

    assert set(rows["site_id"]) == {"mine"}


@pytest.mark.parametrize(
    ("chosen", "column"),
    [({"kind": "funding"}, "kind"), ({"stage": "pilot"}, "stage"), ({"status": "open"}, "status")],
)
def test_instruments_are_kept_by_kind_stage_and_status(chosen, column):
    (value,) = chosen.values()
    rows = policy(**chosen)

    assert len(rows)
    assert rows[column].str.split(";").map(lambda cell: value in cell).all()


def test_where_nothing_meets_all_that_is_asked_the_table_is_empty_with_its_columns():
    none = policy(kind="funding", stage="pilot", status="closed")

    assert none.empty
    assert list(none.columns) == list(policy(kind="funding").columns)


@pytest.mark.parametrize("chosen", [{"kind": "x"}, {"stage": "x"}, {"status": "x"}])
def test_a_kind_stage_or_status_that_does_not_exist_is_refused(chosen):
    with pytest.raises(UsageError, match="no such value; use one of"):
        policy(**chosen)


@pytest.mark.filterwarnings("ignore:.*left out, as:nmgeo.errors.Notice")
def test_on_a_day_no_later_status_is_shown():
    rows = policy("sandy_ridge", on="2024-11-20").set_index("policy_id")

    assert rows.loc["sandy_ridge_eoi", ["status", "status_date"]].tolist() == [
        *("closed", "2024-07-31"),
    ]
    assert "sandy_ridge_tender" not in rows.index


def test_what_is_offered_is_said_in_short():
    rows = policy().drop_duplicates("policy_id").set_index("policy_id")["in_short"]

    assert rows["nias"] == "HK$10 bn; 1:2 government:enterprise"
    assert rows["hetao_mou"] == "Memorandum of 2017 on the zone"


@pytest.mark.parametrize("lang", LANGS)
def test_the_list_fits_80_columns(run, monkeypatch, lang):
    monkeypatch.setenv("COLUMNS", "80")
    done = run("policy", "hetao_hk_park", "--format", "table", "--lang", lang)

    assert done.exit_code == 0
    assert max(map(cell_len, done.stdout.splitlines())) <= 80


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_what_may_apply_by_the_region_is_listed_once_for_all_own_lots():
    file = Path(__file__).parents[1] / "golden" / "lots.geojson"
    rows = policy(catalog=open_catalog(sites=file))
    may = rows[(rows["holds_by"] == "undecided") & (rows["holds_for"] == "northern_metropolis")]

    assert set(may["site_id"]) == {"northern_metropolis"}
    assert may["policy_id"].is_unique


def test_a_name_that_is_unknown_may_have_been_a_site_or_an_instrument(run):
    for written in ("Sha Ling tender", "沙嶺招標", "沙岭招标"):
        assert "Open tender" in run("policy", written, "--format", "json").stdout
    said = run("policy", "Atlantis tender").stderr
    assert "site or instrument 'Atlantis tender': unknown" in said


def test_several_sites_are_listed_together_and_what_all_have_once():
    both = policy(["hetao", "SANDY-RIDGE", "hetao_hk_park"])
    each = [policy(one) for one in ("hetao", "sandy_ridge")]

    assert both["site_id"].unique().tolist()[:2] == ["hetao_hk_park", "sandy_ridge"]
    assert set(both["policy_id"]) == {id_ for rows in each for id_ in rows["policy_id"]}
    wide = both[~both["site_id"].isin(["hetao_hk_park", "sandy_ridge"])]
    assert wide["policy_id"].is_unique
    assert set(wide["holds_by"]) == {"region", "territory"}


@LEFT_OPEN
def test_places_of_two_frames_with_the_same_id_are_not_taken_for_one():
    one, other = (lots(**{id_: square(0, 0, 100)}) for id_ in "ab")

    assert {"a", "b"} <= set(policy([one, other, one])["site_id"])
    with pytest.raises(UsageError, match="site 'a': is an id in two of the files or frames; give"):
        policy(["hetao", one, one.copy()])


def test_several_kinds_stages_and_statuses_are_kept():
    rows = policy("hetao", kind=["funding", "plan"], status=["open", "proposed"])

    assert set(rows["kind"]) <= {"funding", "plan"}
    assert set(rows["status"]) == {"open", "proposed"}
    with pytest.raises(UsageError, match="kind='plans': no such value"):
        policy("hetao", kind=["funding", "plans"])
    with pytest.raises(UsageError, match="no such value"):
        policy("hetao", kind=[["funding"]])


def test_the_command_line_takes_several_sites_kinds_and_coordinates_in_parts(run, tmp_path):
    asked = ("policy", "hetao", "sandy_ridge", "--kind", "funding", "--kind", "plan")
    lines = run(*asked, "--format", "csv").stdout.splitlines()
    mine = write(lots(a=square(0, 0, 100), B=square(200, 0, 100)), tmp_path / "lots.geojson")
    own = run("policy", "A", "b", "--sites", mine, "--key", "id", "--format", "csv").stdout

    assert len(lines) == len(policy(["hetao", "sandy_ridge"], kind=["funding", "plan"])) + 1
    assert "\na,a," in own
    assert "\nB,B," in own
    for parts in ("114.118, 22.5285", "KK 0549 7128"):
        found = run("policy", *parts.split(), "--format", "csv")
        assert found.stdout == run("policy", parts, "--format", "csv").stdout != ""
