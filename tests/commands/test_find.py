"""Find: each need of a project is passed, failed or not known, with amount and source."""

from functools import cache

import pytest
import shapely

import nmgeo as nm
from nmgeo.commands.grants import compute_grant, read_project
from nmgeo.commands.needs import land_years
from nmgeo.errors import NmgeoError, UnknownSiteError
from nmgeo.records.policies import read_claims
from nmgeo.sources.layers import read_layer
from tests.world import point, points, sites, square, write

ASKED = {
    "stage": "pilot",
    "near": "stations:1km",
    "open_by": 2031,
    "land_by": 2031,
    "min_area": "5ha",
    "fund": "project cost 160m",
}


@cache
def answers(**needs):
    return nm.find(**{**ASKED, **needs})


def of(rows, phase, need):
    return rows[(rows["phase_id"] == phase) & (rows["need"] == need)].iloc[0]


def test_each_need_of_each_phase_has_an_answer_with_its_source():
    rows = answers()

    assert set(rows["result"]) <= {"passed", "failed", "not_known", "noted"}
    assert rows.groupby("phase_id")["need"].nunique().max() == 6
    sourced = rows[(rows["result"] == "passed") & (rows["need"] != "stage")]
    assert (sourced["source_title"] != "").all()
    assert (sourced["as_of"] != "").all()


def test_what_fails_least_stands_first_and_a_site_before_its_phases():
    rows = answers()
    first = rows["phase_id"].drop_duplicates().tolist()

    assert first[0] == "san_tin_technopole"
    assert first.index("sandy_ridge") > first.index("hetao_hk_park")


@pytest.mark.parametrize(
    ("phase", "need", "result", "found", "missed"),
    [
        ("san_tin_technopole", "stage", "passed", "pilot", ""),
        ("sandy_ridge", "stage", "not_known", "no instrument of the site names a stage", ""),
        ("san_tin_technopole", "land", "passed", "2026-27 (planned)", ""),
        ("san_tin_phase2", "land", "failed", "2035 (planned)", "4 years late"),
        ("sandy_ridge", "land", "failed", "awarded on 2026-03-02", ""),
        ("hetao_phase2", "land", "not_known", "no date of release published", ""),
        ("san_tin_phase1_stage1", "area", "passed", "about 43 ha", ""),
        ("hetao_phase1_batch1", "area", "not_known", "no area published", ""),
        ("hetao_hk_park", "near", "not_known", "880 m (750–1,020 m)", ""),
        ("sandy_ridge", "near", "passed", "Lo Wu, 300 m (0–800 m)", ""),
        ("san_tin_phase1_stage1", "near", "not_known", "the phase may be further", ""),
        ("nias", "fund", "not_known", "names production, not pilot", ""),
    ],
)
def test_an_answer_is_that_of_the_tables(phase, need, result, found, missed):
    row = of(answers(), phase, need)

    assert (row["result"], row["missed"]) == (result, missed)
    assert found in row["found"]


def test_land_is_said_to_come_before_its_station():
    row = of(answers(), "san_tin_technopole", "later")

    assert row["result"] == "noted"
    assert "San Tin opens 2034, 8 years later" in row["found"]


def test_own_sites_are_tested_in_place_of_the_shipped_ones():
    shipped = nm.sites().to_crs(2326).query("site_id == 'san_tin_technopole'")
    middle = shapely.maximum_inscribed_circle(shipped.geometry.iloc[0]).coords[0]
    lot = shapely.Point(middle).buffer(100, cap_style="square")  # 200 m x 200 m
    mine = sites(inside=lot, far=square(-20_000, -10_000, 100))
    rows = nm.find(nm.open_catalog(sites=mine), **(ASKED | {"min_area": "2ha"}))

    inside = rows[rows["site_id"] == "inside"].set_index("need")
    assert inside["result"].drop("later", errors="ignore").to_dict() | {"near": ""} == {
        "stage": "passed",
        "near": "",
        "land": "not_known",
        "area": "passed",
        "fund": nm.find(**ASKED)
        .query("site_id == 'san_tin_technopole' and need == 'fund'")["result"]
        .iloc[0],
    }
    assert inside["found"]["area"].startswith("measured: 4 ha")
    far = rows[rows["site_id"] == "far"].set_index("need")
    assert far["result"]["stage"] == "not_known"
    assert (far["result"]["area"], far["missed"]["area"]) == ("failed", "1 ha short")
    assert (far["result"]["near"], far["result"]["fund"]) == ("failed", inside["result"]["fund"])


@pytest.mark.parametrize(
    ("needed", "result", "missed"),
    [("3ha", "passed", ""), ("4ha", "not_known", ""), ("5ha", "failed", "1 ha short")],
)
def test_the_range_of_an_own_area_may_leave_the_need_open(needed, result, missed):
    mine = sites(lot=square(0, 0, 200)).assign(accuracy_m=2.0)

    row = nm.find(nm.open_catalog(sites=mine), min_area=needed).iloc[0]

    assert (row["result"], row["found"]) == (result, "measured: 4.00 ha (3.84–4.17 ha)")
    assert row["missed"] == missed


def test_an_own_point_has_no_area_to_test():
    mine = sites(well=point(0, 0))

    assert nm.find(nm.open_catalog(sites=mine), min_area="1ha")["result"].tolist() == ["not_known"]


def test_what_is_missed_is_measured_in_the_unit_of_the_need():
    rows = nm.find(min_area="90ha", near=["stations:200m"], open_by=2026)

    assert of(rows, "hetao_hk_park", "area")["missed"] == "3 ha short"
    assert of(rows, "hetao_hk_park", "near")["result"] == "failed"
    assert of(rows, "hetao_hk_park", "near")["missed"] == "680 m too far"


@pytest.mark.parametrize(
    ("wanted", "result", "missed"),
    [
        ("500m", "failed", "1,100 m too far"),  # of 1,588.6 m as shown, 1,600 m
        ("1300m", "not_known", ""),
        ("1900m", "not_known", ""),
        ("2km", "passed", ""),
    ],
)
def test_what_is_missed_follows_from_the_distance_as_shown_and_its_range(wanted, result, missed):
    far = points(w=(1_588.6, 0)).assign(accuracy_m=350.0)
    catalog = nm.open_catalog(sites=sites(lot=point(0, 0)), layers={"wells": far})

    row = nm.find(catalog, near=f"wells:{wanted}").iloc[0]

    assert (row["result"], row["missed"]) == (result, missed)
    assert "w, 1,600 m (1,200–2,000 m); accuracy of the site not known" in row["found"]


def test_what_lies_too_far_fails_whenever_it_opens():
    rows = nm.find(near="wetlands:1km", open_by=2031)

    assert set(rows["result"]) == {"failed"}
    assert set(rows["wanted"]) == {"wetlands within 1,000 m, open by 2031"}


def near_stops(columns, **needs):
    """Answer for a lot that is 10 m from stop a and 6,000 m from stop b."""
    stops = points(a=(10, 0), b=(6_000, 0)).assign(**columns)
    here = nm.open_catalog(sites=sites(lot=point(0, 0)), layers={"stops": stops})
    return nm.find(here, near="stops:1km", **needs).iloc[0]


@pytest.mark.filterwarnings("ignore:stops. what opens after:nmgeo.Notice")
@pytest.mark.parametrize(
    ("columns", "result", "found"),
    [
        ({"status": ["planned", "planned"]}, "not_known", "; not known when it opens"),
        ({}, "not_known", "; the layer does not say what is open"),
        ({"status": ["planned", "open"]}, "not_known", "b, 6,000 m"),
        ({"status": ["planned", "open"]}, "not_known", "; not known when open: a (10 m)"),
        ({"status": "planned", "opens": [None, 2040]}, "not_known", "open by then; not known"),
        ({"status": ["open", "planned"]}, "passed", "a, 10 m"),
        ({"status": ["planned", "open"], "opens": [2040, None]}, "failed", "b, 6,000 m"),
    ],
)
def test_what_may_be_open_by_the_year_leaves_the_need_open(columns, result, found):
    row = near_stops(columns, open_by=2031)

    assert (row["result"], row["wanted"]) == (result, "stops within 1,000 m, open by 2031")
    assert found in row["found"]
    assert row["missed"] == ("5,000 m too far" if result == "failed" else "")


@pytest.mark.filterwarnings("ignore:stops. what opens after:nmgeo.Notice")
@pytest.mark.parametrize(
    ("out_m", "accuracy_m", "result", "missed"),
    [
        (6_000, 5.0, "failed", "5,000 m too far"),
        (2_000, 5.0, "failed", "at least 1,000 m too far"),
        (1_100, 200.0, "not_known", ""),
    ],
)
def test_what_may_be_open_by_the_year_and_is_nearer_bounds_how_much_is_missed(
    out_m, accuracy_m, result, missed
):
    stops = points(open=(6_000, 0), may=(0, -out_m), far=(9_000, 0)).assign(
        status=["open", "planned", "planned"], accuracy_m=[5.0, accuracy_m, 5.0]
    )
    here = nm.open_catalog(sites=sites(lot=point(0, 0)), layers={"stops": stops})
    row = nm.find(here, near="stops:1km", open_by=2031).iloc[0]

    assert (row["result"], row["missed"]) == (result, missed)
    assert ("not known when open: may (" in row["found"]) == (out_m < 6_000)


def test_distances_are_said_to_be_measured_by_nmgeo_beside_the_source_of_a_station(run):
    done = run("find", "--near", "stations:1km", "--format", "table")

    assert "distances are measured by nmgeo; the source beside one is that of" in done.stderr
    assert nm.find(stage="pilot").attrs["notes"] == []


def test_without_a_year_it_does_not_matter_when_a_feature_opens():
    assert near_stops({"status": ["planned", "open"]})["result"] == "passed"


def test_a_shipped_layer_without_years_leaves_the_need_open():
    row = of(nm.find(near="development_areas:5km", open_by=2027), "sandy_ridge", "near")

    assert (row["result"], row["verdict"]) == ("not_known", "not_known")
    assert "Kwu Tung North" in row["found"]
    assert row["found"].endswith("not known when it opens")
    assert row["publisher"].startswith("CEDD")


def test_a_crossing_that_is_rebuilt_leaves_the_need_open_and_is_cited():
    crossings = read_layer(nm.open_catalog(), "crossings").to_crs(2326)
    here = nm.open_catalog(sites=crossings.loc[["bcp_stk"], ["geometry"]])
    with pytest.warns(nm.Notice, match="crossings: what opens after 2025 is not known"):
        row = nm.find(here, near="crossings:1km", open_by=2034).iloc[0]

    assert row["result"] == "not_known"
    assert "not known when open: Sha Tau Kok Control Point (0 m)" in row["found"]
    assert row["source"] == crossings.loc["bcp_stk", "source"]


def test_a_year_that_a_layer_knows_nothing_of_is_named_as_it_was_given():
    with pytest.raises(NmgeoError, match=r"open_by=2020: .*; write a year from 2025"):
        nm.find(near="stations:1km", open_by=2020)


def test_a_layer_of_the_user_has_no_source(run, tmp_path):
    lot, stops = write(sites(lot=point(0, 0)), tmp_path / "lot.gpkg"), tmp_path / "stops.gpkg"
    write(points(a=(10, 0)), stops)
    asked = ["find", "--near", "stops:1km", "--layer", f"stops={stops}", "--sites", lot]

    assert not near_stops({})[["as_of", "source"]].any()
    for form in ("csv", "json", "table"):
        assert "None" not in run(*asked, "--format", form).stdout


@pytest.mark.parametrize(
    ("cost", "amount", "missed"),
    [
        ("project cost 160m", 160e6 / 3, ""),
        ("project cost HK$0.9bn", 200e6, ""),
        ("項目成本 1.4億", 140e6 / 3, "project cost HK$10m short; own money HK$6.6667m short"),
        ("project cost 160m, own money 90m", 45e6, "own money HK$10m short"),
        ("project cost 160m, own money 110m", 50e6, ""),
        ("project cost 900m, own money 600m", 200e6, ""),
        ("project cost 160m, own money 160m", 0, "nothing left to pay"),
        ("project cost 160m, own money 200m", 0, "nothing left to pay"),
        ("project cost 160m, own money 0", 0, "own money HK$100m short"),
    ],
)
def test_a_grant_follows_the_ratio_the_cap_and_the_thresholds(cost, amount, missed):
    grant = compute_grant("nias", read_claims(nm.open_catalog()), read_project(cost), "en")

    assert grant.amount == pytest.approx(amount)
    assert grant.missed == missed


@pytest.mark.parametrize(
    ("own", "steps"),
    [
        ("110m", "cut to what own money leaves, HK$160m − HK$110m = HK$50m; within the cap"),
        ("90m", "HK$160m × 1/3 = HK$53.333m; own money HK$90m × 1/2 = HK$45m; within the cap"),
        ("170m", "own money HK$170m covers the cost of HK$160m"),
    ],
)
def test_the_steps_of_a_grant_say_how_own_money_lowers_it(own, steps):
    project = read_project(f"project cost 160m, own money {own}")

    assert steps in compute_grant("nias", read_claims(nm.open_catalog()), project, "en").steps


def test_no_instrument_pays_a_project_that_own_money_covers():
    rows = nm.find(site="san_tin_technopole", fund="project cost 160m, own money 160m")

    assert set(rows["result"]) == {"failed"}
    assert of(rows, "san_tin_technopole", "fund")["found"] == "own money covers the cost"
    assert set(rows["wanted"]) == {"HK$160m, own money HK$160m"}


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_own_money_covers_a_project_whatever_terms_are_not_known():
    rows = nm.find(fund="project cost 4m, own money 4m", on="2026-03-01")

    assert set(rows["result"]) == {"failed"}


@pytest.mark.parametrize(
    ("written", "cost"),
    [
        ("project cost 160,000,000", 160e6),
        ("project cost HK$160,000", 160e3),
        ("項目成本 5000元", 5e3),
        ("project cost HK$1,000", 1e3),
    ],
)
def test_the_money_of_a_project_may_have_no_multiplier(written, cost):
    assert read_project(written) == {"project_cost": cost}


def test_a_cap_of_nothing_is_not_taken_for_own_money():
    claims = read_claims(nm.open_catalog())
    capped = (claims["subject"] == "nifs") & (claims["attribute"] == "cap")
    claims.loc[capped, "value"] = "0"
    grant = compute_grant("nifs", claims, read_project("project cost 160m"), "en")

    assert (grant.amount, grant.missed) == (0, "")
    assert "cut to the cap of HK$0" in grant.steps


def test_the_steps_of_a_grant_are_those_of_its_ratio():
    claims = read_claims(nm.open_catalog())
    matched = (claims["subject"] == "nias") & (claims["attribute"] == "match")
    claims.loc[matched, "value"] = "2:3"
    grant = compute_grant("nias", claims, read_project("project cost 160m"), "en")

    assert grant.amount == 64e6
    assert grant.steps.startswith("HK$160m × 2/5 = HK$64m")


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_a_cap_that_was_published_later_leaves_the_amount_unknown():
    before, after = (nm.find(fund="project cost 400m", on=day) for day in ("2026-03-01", None))

    assert of(before, "nifs", "fund")["result"] == "not_known"
    assert of(before, "nifs", "fund")["found"] == (
        "HK$400m × 1/3 = HK$133.33m; a cap or threshold was published after that day"
    )
    assert of(after, "nifs", "fund")["result"] == "passed"
    assert "cut to the cap of HK$15m" in of(after, "nifs", "fund")["found"]


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_thresholds_are_those_of_the_day():
    before, after = (
        nm.find(fund="project cost 160m", on=day) for day in ("2025-11-17", "2026-02-04")
    )

    assert of(before, "nias", "fund")["missed"].startswith("project cost HK$140m short")
    assert of(after, "nias", "fund")["result"] == "passed"
    assert "HK$160m × 1/3 = HK$53.333m" in of(after, "nias", "fund")["found"]


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_before_the_first_instrument_no_stage_is_known():
    assert set(nm.find(stage="pilot", on="2010-01-01")["result"]) == {"not_known"}


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_figures_of_a_later_day_are_not_used():
    rows = nm.find(land_by=2031, on="2024-10-31")

    assert of(rows, "hetao_hk_park", "land")["result"] == "not_known"
    assert of(rows, "sandy_ridge", "land")["result"] == "not_known"


@pytest.mark.parametrize(
    ("value", "years"),
    [
        ("2026-27", (2026, 2027)),
        ("end of 2026", (2026, 2026)),
        ("2026 Q4 to 2028 Q3", (2026, 2028)),
        ("2025-12-22", (2025, 2025)),
        ("soon", None),
    ],
)
def test_the_years_of_a_figure_are_its_first_and_last(value, years):
    assert land_years({"value": value}) == years


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ({}, "no need was given"),
        ({"stage": "dreams"}, "no such value"),
        ({"near": "stations"}, "cannot be read"),
        ({"near": "stations:far"}, "near='stations:far': not a length"),
        ({"near": "nowhere:1km"}, "unknown"),
        ({"near": ["stations:1km", "stations:5km"]}, "layer 'stations' is given twice; give each"),
        ({"open_by": 2031}, "says nothing of which layer"),
        ({"land_by": "soon"}, "not a year"),
        ({"min_area": "5"}, "min_area='5': no unit"),
        ({"fund": "160m"}, "cannot be read"),
        ({"fund": "project cost 160x"}, "cannot be read"),
        ({"fund": f"project cost {'9' * 400}"}, "cannot be read"),
        ({"fund": "own money 3m"}, "cannot be read"),
        ({"fund": "project cost 160"}, "'project cost 160' has no unit; write m for million"),
        ({"fund": "project cost 160m, own money 110"}, "'own money 110' has no unit"),
        ({"fund": "project cost HK$160"}, r"less than HK\$1,000; write m for million"),
        ({"fund": "project cost 160m, project cost 200m"}, "'project cost' is given twice"),
        ({"fund": "project cost 160m, cost 200m"}, "'project cost' is given twice"),
        ({"fund": "project cost 1m", "on": "03/04/2026"}, "not a date"),
    ],
)
def test_a_need_that_cannot_be_read_is_one_line(needs, said):
    with pytest.raises(NmgeoError, match=said):
        nm.find(**needs)


def test_the_command_line_shows_the_best_and_counts_the_rest(run):
    done = run("find", "--stage", "pilot", "--min-area", "5ha", "--format", "table")

    assert "San Tin Technopole: all needs met" in done.stdout
    assert "4 more, none meets all needs;" in done.stderr
    assert "Sandy Ridge" in run("find", "--stage", "pilot", "--all", "--format", "table").stdout


def test_all_that_meet_all_needs_are_shown_up_to_a_dozen(run, tmp_path):
    done = run("find", "--min-area", "5ha", "--format", "table")
    assert "Phase 2 (land to be resumed): all needs met" in done.stdout
    assert "none meets all needs" in done.stderr

    lots = sites(**{f"lot_{n}": square(100.0 * n, 0.0, 90.0) for n in range(15)})
    file = write(lots, tmp_path / "lots.gpkg")
    done = run("find", "--min-area", "0.5ha", "--sites", file, "--format", "table")
    assert done.stdout.count("all needs met") == 12
    assert "3 more, 3 of which meet all needs; --all shows them" in done.stderr


@pytest.mark.parametrize(
    ("needs", "order"),
    [({"near": "stations:100m"}, ["b", "c", "a"]), ({"min_area": "5ha"}, ["c", "a", "b"])],
)
def test_what_misses_least_stands_first(needs, order):
    shapes = {"a": square(9000, 0, 150), "b": square(1000, 0, 100), "c": square(5000, 0, 200)}
    wells = points(s=(0, 0)).assign(status="open", accuracy_m=1.0)
    here = nm.open_catalog(sites=sites(**shapes), layers={"wells": wells})
    asked = {name: value.replace("stations", "wells") for name, value in needs.items()}

    assert nm.find(here, **asked)["site_id"].tolist() == order


def test_what_is_near_many_own_sites_is_measured_and_rounded_once(monkeypatch):
    rounded = []
    monkeypatch.setattr(
        "nmgeo.commands.needs_near.round_distances", lambda rows: rounded.append(len(rows)) or rows
    )
    lots = sites(**{f"lot_{n}": square(1_000.0 * n, 0.0, 100.0) for n in range(5)})

    nm.find(nm.open_catalog(sites=lots), near="stations:1km")

    assert rounded == [5]


def test_one_site_and_its_phases_are_tested_alone():
    every = nm.find(**ASKED)
    alone = nm.find(site="hetao", **ASKED)

    assert set(alone["site_id"][alone["phase_id"] != alone["site_id"]]) >= {"hetao_hk_park"}
    phases = set(every["phase_id"][every["site_id"] == "hetao_hk_park"])
    assert set(alone["phase_id"]) - set(alone.attrs["instruments"]) == phases
    one = nm.find(site=["hetao_phase2", "sandy_ridge"], stage="pilot")
    assert set(one["phase_id"]) == {"hetao_phase2", "sandy_ridge"}


def test_a_site_of_the_user_is_tested_alone():
    mine = sites(a=square(0, 0, 100), b=square(900, 0, 100))

    assert set(nm.find(nm.open_catalog(sites=mine), site="b", min_area="1ha")["site_id"]) == {"b"}


def test_a_site_that_is_not_known_is_named():
    with pytest.raises(UnknownSiteError, match="site 'hetau': unknown"):
        nm.find(site="hetau", stage="pilot")


@pytest.mark.parametrize("words", [["hetao"], ["--site", "hetao"]])
def test_the_command_takes_a_site_as_area_does(run, words):
    done = run("find", *words, "--stage", "pilot", "--format", "csv")

    assert done.exit_code == 0, done.stderr
    assert {line.split(",")[0] for line in done.stdout.splitlines()[1:]} == {"hetao_hk_park"}


@pytest.mark.parametrize("words", [["hetao_hk_park:park"], ["--site", "hetao_hk_park:park"]])
def test_an_outline_stands_for_its_site(run, words):
    done = run("find", *words, "--stage", "pilot", "--format", "csv")

    assert done.stdout == run("find", "hetao", "--stage", "pilot", "--format", "csv").stdout


def test_every_command_takes_an_outline_without_an_option():
    outline = "san_tin_technopole:ozp_scheme_area"

    assert nm.area(outline)["basis"].tolist() == ["ozp_scheme_area"]
    assert nm.area(outline).equals(nm.area(site=outline))
