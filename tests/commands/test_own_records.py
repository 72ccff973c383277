"""A user's own policies and claims beside the shipped ones."""

import json
import warnings

import pytest

import nmgeo as nm
from nmgeo.errors import LayerError, Notice
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.web.page_data import build_page_data

COLUMNS = "policy_id,name_en,kind,status,holds_for,stage,offers,amount,amount_unit,as_of,source"
POLICIES = f"""{COLUMNS},source_url
our_fund,Our pilot fund,funding,open,沙岭;河套,pilot,Half,2000000,HKD,2026-05-01,Letter,https://a.org
our_talks,Our talks,plan,,San Tin,,Talks,,,2026-05-01,Notes,
"""
CLAIMS = """subject,attribute,value,unit,hedge,as_of,source,source_page,source_quote
ＨＥＴＡＯ,jobs,1200,jobs,about,2026-03-01,Our survey,12,"1,200 people work here"
our_fund,project_cost_min,3000000,HKD,,2026-05-01,Letter,,
our_fund,match,1:1,text,,2026-05-01,Letter,,
"""


@pytest.fixture
def files(tmp_path):
    for name, written in (("policies.csv", POLICIES), ("claims.csv", CLAIMS)):
        (tmp_path / name).write_text(written, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ours(files):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        return nm.add_tables(policies=files / "policies.csv", claims=files / "claims.csv")


def test_own_policies_are_listed_for_their_sites_and_marked(ours):
    rows = nm.policy("sandy_ridge", ours, kind="funding").set_index("policy_id")
    shipped = nm.policy("sandy_ridge", kind="funding")

    assert rows.loc["our_fund", "policy_name"] == "Our pilot fund (your own)"
    assert rows.loc["our_fund", "status"] == "open"
    assert rows.loc["our_fund", "source_class"] == "own"
    assert rows.loc["our_fund", "source_title"] == "Letter (policies.csv)"
    assert set(shipped["policy_id"]) == set(rows.index) - {"our_fund"}


def test_a_status_that_is_not_said_is_not_known_and_ends_no_shipped_policy(ours):
    rows = nm.policy("san_tin_technopole", ours).set_index("policy_id")
    shipped = nm.policy("san_tin_technopole").set_index("policy_id")

    assert rows.loc["our_talks", "status"] == "not_known"
    assert rows["ended"].drop("our_talks").equals(shipped["ended"])
    assert len(nm.policy_card("our_talks", ours)) > 0


def test_own_claims_are_found_by_figure_with_page_and_quote(ours):
    row = nm.claims("1200", ours).iloc[0]

    assert (row["subject"], row["figure"]) == ("hetao_hk_park", "about 1,200 jobs")
    assert (row["source_page"], row["source_quote"]) == ("12", "1,200 people work here")
    assert "our_fund" in set(nm.claims("project_cost_min", ours)["subject"])


CITED = """subject,attribute,basis,value,unit,as_of,source,source_page,source_quote
沙嶺,area,gross,11,ha,2026-07-01,Survey,7,Eleven hectares
沙嶺,full_target,,2027,year,2026-07-01,Letter,9,From 2027
沙嶺,jobs,,70,jobs,2026-07-01,Survey,8,Seventy work here
"""
RULE = """policy_id,name_en,kind,status,holds_for,as_of,source,source_page,source_quote
ours,Ours,plan,open,沙嶺,2026-07-01,Notes,3,We pay half
"""


def test_page_and_quote_travel_with_what_is_cited(tmp_path):
    (tmp_path / "claims.csv").write_text(CITED, encoding="utf-8")
    (tmp_path / "policies.csv").write_text(RULE, encoding="utf-8")
    files = {name: tmp_path / f"{name}.csv" for name in ("claims", "policies")}
    ours = nm.add_tables(**files)
    beside = nm.compare("sandy_ridge", "hetao_hk_park", catalog=ours).set_index(["subject", "what"])
    cited = [one for site in build_atlas(ours).sites["_sources"] for one in site]
    sheet, page = nm.sheet("sandy_ridge", ours), build_page_data(build_atlas(ours))
    at_year = [one["place"] for one in page["claims"] if one.get("place")]
    places = [one["places"] for one in page["sites"] if one["site"] == "sandy_ridge"]

    assert "Eleven hectares" in set(nm.history("sandy_ridge", catalog=ours)["source_quote"])
    assert "We pay half" in set(nm.history("ours", catalog=ours)["source_quote"])
    assert "9" in set(beside.loc["sandy_ridge", "source_page"])
    assert "Page 9" in nm.set_side_by_side(beside.reset_index(), every=True).to_string()
    assert any(one.get("quote") == "Eleven hectares" for one in cited)
    assert {"title": "Notes (policies.csv)", "page": "3", "quote": "We pay half"}.items() <= next(
        one.items() for one in cited if one["title"].startswith("Notes")
    )
    assert "Seventy work here" in sheet
    assert ["9", "From 2027"] in at_year
    assert ["7", "Eleven hectares"] in [place for one in places for place in one.values()]


def test_page_and_quote_of_an_own_policy_are_columns_of_each_answer(tmp_path):
    (tmp_path / "policies.csv").write_text(RULE.replace("plan,open", "plan,in_force"), "utf-8")
    ours = nm.add_tables(policies=tmp_path / "policies.csv")
    answers = {
        "policy": nm.policy("sandy_ridge", ours),
        "card": nm.policy_card("ours", ours),
        "timeline": nm.timeline("ours", ours),
        "history": nm.history("ours", catalog=ours),
        "changes": nm.changes("2026-06-01", "2026-08-01", "ours", catalog=ours),
    }

    assert "We pay half" in nm.sheet("sandy_ridge", ours)
    assert ["3", "We pay half"] in [
        row[3:] for row in build_page_data(build_atlas(ours))["sources"].values()
    ]
    for name, rows in answers.items():
        mine = rows[rows["source_title"] == "Notes (policies.csv)"]
        assert {"3"} == set(mine["source_page"]), name
        assert {"We pay half"} == set(mine["source_quote"]), name


def test_find_counts_the_money_of_an_own_policy(ours):
    rows = nm.find(ours, stage="pilot", fund="project cost 4m")

    assert "our_fund" in rows.attrs["instruments"]


def test_the_money_of_a_site_is_that_of_instruments_that_hold_there(ours):
    every, there, elsewhere = (
        set(nm.find(ours, site=site, fund="project cost 4m").attrs["instruments"])
        for site in (None, "hetao", "san_tin_technopole")
    )

    assert every == there
    assert there - elsewhere == {"our_fund"}
    assert "nifs" in elsewhere  # it holds in the whole territory


def test_report_export_and_map_hold_what_is_the_users_own(ours):
    sites = build_atlas(ours).sites
    park = sites[sites["site_id"] == "hetao_hk_park"].iloc[0]

    assert "Our pilot fund (your own)" in park["policies_text"]
    assert any(source["title"] == "Letter (policies.csv)" for source in park["_sources"])


def test_folding_is_said(files):
    with pytest.warns(Notice, match=r"ＨＥＴＡＯ = hetao_hk_park \(width, case\)"):
        nm.add_tables(nm.add_tables(policies=files / "policies.csv"), claims=files / "claims.csv")


PLACED = """policy_id,name_en,kind,status,holds_for,lon,lat,as_of,source
ours,Ours,plan,open,,114.0797,22.5129,2026,Letter
named,Named,plan,open,"SANDY ridge;114.0797,22.5129",,,2026,Letter
"""


def test_rows_hold_for_the_sites_in_which_their_coordinates_lie(tmp_path):
    file = tmp_path / "placed.csv"
    file.write_text(PLACED, encoding="utf-8")
    with pytest.warns(Notice, match="SANDY ridge = sandy_ridge"):
        ours = nm.add_tables(policies=file)
    joined = nm.join(file)

    assert {"ours", "named"} <= set(nm.policy("san_tin_technopole", ours)["policy_id"])
    assert "named" in set(nm.policy("sandy_ridge", ours)["policy_id"])
    assert joined["site_id"].tolist() == ["san_tin_technopole", "sandy_ridge", "san_tin_technopole"]
    assert joined["key_match"].tolist() == ["matched", "folded", "matched"]


def test_a_row_in_no_site_is_a_fault_that_names_the_nearest(tmp_path):
    file = tmp_path / "placed.csv"
    file.write_text(PLACED.replace("114.0797,22.5129,", "114.1215,22.5262,"), encoding="utf-8")
    faults = nm.check_table(file)

    assert faults.attrs["table"] == "policies"
    assert faults["wrong"].iloc[0].startswith("114.1215,22.5262 lies in no site (nearest: sandy")
    assert nm.join(file)["suggestions"].iloc[0].startswith("sandy_ridge (200 m)")


def test_a_claim_of_two_sites_is_a_claim_of_each(tmp_path):
    file = tmp_path / "claims.csv"
    file.write_text(
        "subject,attribute,value,unit,as_of,source\n河套;沙嶺,jobs,77,jobs,2026,x\n", "utf-8"
    )

    found = nm.claims("77 jobs", nm.add_tables(claims=file))["subject"]

    assert set(found) == {"hetao_hk_park", "sandy_ridge"}


@pytest.mark.parametrize(
    ("jobs", "figures"),
    [("300000.0", ["300,000 jobs", "87 ha"]), ("300000", ["300,000 jobs", "87.0 ha"])],
)
def test_decimals_that_a_program_made_of_counts_are_no_digits_of_the_source(
    tmp_path, jobs, figures
):
    rows = [("hetao_hk_park", "jobs", jobs, "jobs"), ("hetao_hk_park", "area", "87.0", "ha")]
    lines = [",".join([*row, "2026-03-01", "us"]) for row in rows]
    file = tmp_path / "claims.csv"
    file.write_text("\n".join(["subject,attribute,value,unit,as_of,source", *lines]), "utf-8")

    found = nm.claims("hetao", nm.add_tables(claims=file), source_class="own")
    assert sorted(found["figure"]) == figures


def test_join_lists_places_of_own_claims_as_add_tables_matches_them(tmp_path):
    file = tmp_path / "claims.csv"
    file.write_text("subject,attribute\nngau tam mei,jobs\nnorthern_metropolis,jobs\n", "utf-8")

    assert nm.join(file)["key_match"].tolist() == ["folded", "matched"]


@pytest.mark.parametrize(
    ("name", "row", "wrong"),
    [
        ("claims", "hetao,jobs,1,jobs,,2026,\n", "source"),
        ("claims", "hetao,jobs,1,jobs,,03/04/2026,x,,\n", "not a date"),
        ("claims", "hetau park,jobs,1,jobs,,2026,x,,\n", "did you mean"),
        ("claims", "hetao,jobs,many,jobs,,2026,x,,\n", "not a value in jobs"),
        ("claims", "hetao,jobs,1,acres,,2026,x,,\n", "unknown unit"),
        ("claims", f"hetao,area,{'9' * 5000},ha,,2026,x,,\n", "not a value in ha"),
        ("policies", f"mine,Ours,plan,open,hetao,,,{'9' * 400},HKD,2026,x,\n", "amount"),
        ("claims", "hetao,jobs,1,jobs,,2026,x,,,more\n", "10 cells, expected 9"),
        ("claims", "hetao,jobs,1,jobs,,2026,=cmd(),,\n", "formula"),
        ("policies", "nias,Ours,plan,open,hetao,,,,,2026,x,\n", "id of a shipped policy"),
        ("policies", "mine,Ours,plan,maybe,hetao,,,,,2026,x,\n", "unknown status"),
        ("policies", "mine,Ours,plan,open,hetao,,,,,2026,x,javascript:alert(1)\n", "web address"),
    ],
)
def test_a_table_with_a_fault_is_refused_row_by_row_with_exit_code_4(files, run, name, row, wrong):
    file = files / f"{name}.csv"
    file.write_text(file.read_text(encoding="utf-8") + row, encoding="utf-8")
    done = run("policy", "hetao", f"--{name}", file, "--format", "csv")

    assert done.exit_code == 4
    assert done.stdout == ""
    assert wrong in done.stderr
    assert "line 4" in done.stderr


def test_every_layer_that_cites_sources_exports_them_as_objects(tmp_path, run):
    for layer in ("stations", "crossings", "development_areas", "wetlands"):
        out = tmp_path / f"{layer}.geojson"
        assert run("export", layer, "-o", out).exit_code == 0
        for feature in json.loads(out.read_text(encoding="utf-8"))["features"]:
            cited = feature["properties"]["_sources"]
            assert [one["id"] for one in cited] == feature["properties"]["source"].split(";")
            assert all(one["publisher"] and one["title"] and one["class"] for one in cited)


def test_the_same_id_twice_shows_the_newest_terms(tmp_path):
    head = "policy_id,name_en,kind,holds_for,ratio,valid_from,valid_to,as_of,source\n"
    rows = (
        "ours,Ours,plan,hetao_hk_park,1:3,2026-01,2026-12,2026-01,x\n"
        "ours,Ours,plan,hetao_hk_park,1:1,2025-01,2025-12,2025-01,x\n"
    )
    (tmp_path / "own.csv").write_text(head + rows, encoding="utf-8")
    card = nm.policy("ours", nm.add_tables(policies=tmp_path / "own.csv"))

    assert card["ratio"].tolist() == ["1:3"]


def test_nothing_is_added_from_a_table_that_is_missing(tmp_path):
    with pytest.raises(LayerError, match="not found"):
        nm.add_tables(claims=tmp_path / "none.csv")
