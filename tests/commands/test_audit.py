"""Audits: published areas against measured ones, known by arithmetic on the metre grid."""

import csv
import io
import json
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from world import points, sites, square, write, write_csv

import nmgeo as nm
from nmgeo.commands.audit import audit, require_agreed
from nmgeo.errors import AuditError, LayerError, UnitError, UnmatchedPolicyError, UsageError
from nmgeo.records.tables import SOURCE_CLASSES
from nmgeo.units import AREA_UNITS, read_area, to_hectares

LOT = sites(a=square(0, 0, 100)).assign(accuracy_m=5.0)  # 1.00 ha, 0.8 to 1.2
EXACT = LOT.assign(accuracy_m=0.0)


@pytest.fixture
def judge(ask, tmp_path):
    """Audit rows of cells, the first of which is a header, against lots on the grid."""

    def rows(*cells, lots=LOT, **how):
        return audit(ask(lots), write_csv(tmp_path / "said.csv", *cells), **how)

    return rows


@pytest.fixture
def one(judge):
    """Audit one area, as it is written, against one lot."""

    def row(text, lots=LOT, **how):
        return judge(["site_id", "area"], ["a", text], lots=lots, **how).iloc[0]

    return row


@pytest.mark.parametrize(
    ("text", "result"),
    [("1.2 ha", "agrees"), ("0.81 ha", "agrees"), ("1.26 ha", "differs"), ("0.7 ha", "differs")],
)
def test_a_figure_agrees_within_perimeter_times_accuracy(one, text, result):
    assert one(text)["result"] == result


def test_the_tolerance_is_stated_and_adds_the_outline_and_the_last_digit(one):
    row = one("1.30 ha")

    assert row["outline_tolerance_ha"] == pytest.approx(0.2, abs=1e-6)
    assert row["figure_tolerance_ha"] == pytest.approx(0.005)

    assert row["tolerance_ha"] == pytest.approx(0.2 + 0.005, abs=1e-6)
    assert row["difference_ha"] == pytest.approx(0.3, abs=1e-6)
    assert row["difference_percent"] == pytest.approx(30, abs=1e-3)
    assert row["accuracy_m"] == 5


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("2 ha", 0.5),
        ("2.0 ha", 0.05),
        ("about 2 ha", 0.5),
        ("over 2 ha", 0.001),
        ("up to 2 ha", 1),
        ("20000 m2", 0.001),
        ("20,500 m2", 0.001),
        ("約2萬平方米", 0.5),
        ("about 20000 m2", 0.5),
    ],
)
def test_what_a_figure_leaves_open_depends_on_its_digits_its_hedge_and_its_side(one, text, room):
    assert one(text, EXACT)["tolerance_ha"] == pytest.approx(room, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        *(("over 1.0 ha", "agrees"), ("over 1.1 ha", "differs"), ("over 0.9 ha", "differs")),
        *(("up to 1.1 ha", "agrees"), ("up to 1.0 ha", "differs"), ("up to 1.2 ha", "differs")),
    ],
)
def test_a_hedge_leans_to_one_side(one, text, result):
    assert one(text, sites(a=square(0, 0, 102)))["result"] == result  # 1.04 ha


@pytest.mark.parametrize(("tolerance", "result"), [("0.1%", "differs"), ("1%", "agrees")])
def test_the_least_tolerance_is_asked_for(one, tolerance, result):
    row = one("10,050 m2", EXACT, tolerance=tolerance)

    assert row["result"] == result
    assert row["tolerance_ha"] == pytest.approx(float(tolerance[:-1]) / 100)


def test_a_tolerance_that_is_no_percentage_is_refused():
    with pytest.raises(UnitError, match=r"tolerance='1': not a percentage"):
        audit(tolerance="1")


def test_an_outline_of_unknown_accuracy_is_said_to_be_so(one):
    row = one("1.3 ha", LOT.assign(accuracy_m=None))

    assert row["result"] == "differs"
    assert row["why"] == "differs; accuracy of the outline not known"
    assert row["tolerance_ha"] == pytest.approx(0.05)


@pytest.mark.parametrize("fitted", [True, False])
def test_agreement_with_an_outline_scaled_to_the_figure_is_no_evidence(one, fitted):
    lots = LOT.assign(fitted_to_published=fitted)

    assert one("1.0 ha", lots)["result"] == ("fitted" if fitted else "agrees")
    assert one("1.3 ha", lots)["result"] == "differs"


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("107,639 m2", "sqft_as_m2", "square feet given as square metres: 107,639 → 1.00 ha"),
        ("1 m2", "ha_as_m2", "square metres, or 萬 (× 10,000) left out: 1 → 1.00 ha"),
        ("10,000 ha", "m2_as_ha", "hectares, or 萬 (× 10,000) too many: 10,000 → 1.00 ha"),
        ("2.47 ha", "acre_as_ha", "acres given as hectares: 2.47 → 1.00 ha"),
        ("1萬公頃", "m2_as_ha", "hectares, or 萬 (× 10,000) too many: 10,000 → 1.00 ha"),
        ("1億平方米", "wan_as_yi", "written for 萬 (× 10,000): 100,000,000 → 1.00 ha"),
        ("100,000,000 m2", "wan_too_many", "萬 (× 10,000) too many: 100,000,000 → 1.00 ha"),
        ("1000 ha", "thousand_too_many", "(× 1,000): 1,000 → 1.00 ha"),
        ("1000 m2", "ten_left_out", "a digit too few (÷ 10): 1,000 → 1.00 ha"),
    ],
)
def test_a_slip_of_units_is_named_with_what_was_meant(one, text, name, words):
    row = one(text)

    assert (row["result"], row["unit_mistake"]) == ("differs", name)
    assert row["why"].startswith("differs: looks like ")
    assert row["why"].endswith(words)
    assert row["corrected_ha"] == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(
    ("lang", "why"),
    [("tc", "不符，似乎是漏了萬：1 → 1.00 公頃"), ("sc", "不符，似乎是漏了万：1 → 1.00 公顷")],
)
def test_a_slip_is_said_in_chinese(one, lang, why):
    assert one("1 sqft", sites(a=square(0, 0, 30.48)), lang=lang)["why"] == why.replace(
        "1.00", "0.09"
    )


def test_mistakes_that_leave_the_same_factor_behind_are_both_named(one):
    row = one("20 平方米", sites(a=square(0, 0, 447.2136)), lang="tc")  # 20 ha

    assert (row["unit_mistake"], row["other_unit_mistakes"]) == ("ha_as_m2", "wan_left_out")
    assert row["why"] == "不符，似乎是把公頃寫成平方米，或漏了萬：20 → 20.00 公頃"


def test_a_difference_that_no_slip_explains_has_none(one):
    assert one("1.3 ha")[["unit_mistake", "other_unit_mistakes", "corrected_ha"]].isna().all()


POOR = LOT.assign(accuracy_m=20.0)  # 1.00 ha, 0.2 to 1.8


@pytest.mark.parametrize(
    ("text", "result"),
    [
        *(("1.3 ha", "too_inaccurate"), ("1.00 ha", "too_inaccurate"), ("2.0 ha", "differs")),
        *(("0.4047 ha", "too_inaccurate"), ("0.093 ha", "differs"), ("0.1 ha", "differs")),
    ],
)
def test_an_outline_that_may_be_out_by_half_its_area_proves_no_figure(one, text, result):
    assert one(text, POOR)["result"] == result


def test_a_slip_is_named_even_where_the_outline_is_poor(tmp_path):
    """116,365 square feet are 1.08 ha; the schematic lot of 11.65 ha may be 68 ha out."""
    cells = ["sandy_ridge", "116365", "sq ft", "tender_lot"]
    said = write_csv(tmp_path / "said.csv", ["site_id", "area", "unit", "basis"], cells)
    rows = audit(claims=said)

    assert rows[["result", "unit_mistake"]].to_numpy().tolist() == [["differs", "m2_as_sqft"]]
    with pytest.raises(AuditError, match="1 of 1 comparable figure differs"):
        require_agreed(rows)


def test_only_the_figure_that_an_outline_was_scaled_to_is_said_to_be_so(one):
    lots = LOT.assign(fitted_to_published=True)

    assert one("10,020 m2", lots)["result"] == "fitted"
    assert one("10,080 m2", lots)["result"] == "agrees"
    assert one("1.3 ha", POOR.assign(fitted_to_published=True))["result"] == "too_inaccurate"


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (["site_id", "area_ha"], ["a", "1"]),
        (["id", "value", "unit"], ["a", "10000", "m2"]),
        (["Lot", "Area (sq ft)"], ["a", "107,639"]),
        (["地段", "面積（平方米）"], ["a", "１０，０００"]),
        (["地點編號", "面積", "單位"], ["a", "1", "公頃"]),
        (["subject", "said_area_m2"], ["a", "10000"]),
        (["地段", "面積（萬平方米）"], ["a", "1"]),
        (["地段", "面积(万平方米)"], ["a", "一"]),
        (["id", "area", "unit"], ["a", "1.0", "萬平方米"]),
        (["id", "面積", "單位"], ["a", "0.0001", "億平方米"]),
        (["SITE_ID", " Area_HA "], ["a", " 1 "]),
        (["\ufeffsite_id", "area"], ["a", "1 ha"]),
    ],
)
def test_columns_are_known_by_what_people_call_them(judge, header, cells):
    row = judge(header, cells).iloc[0]

    assert (row["subject"], row["result"]) == ("a", "agrees")
    number = float(read_area(row["value"], row["unit"]).number)
    assert to_hectares(number, row["unit"]) == pytest.approx(row["published_area_ha"], rel=1e-6)


def test_a_value_is_as_written_unless_its_zeros_stand_elsewhere(judge):
    cells = [["a", "1.0", "萬平方米"], ["a", "1.0萬", "平方米"], ["a", "約 0.0001", "億平方米"]]
    rows = judge(["id", "area", "unit"], *cells)

    assert rows["value"].tolist() == ["10000", "1.0萬", "10000"]
    assert set(rows["unit"]) == {"m2"}
    assert rows["figure_tolerance_ha"].tolist() == pytest.approx([0.05, 0.05, 0.5])


def test_the_column_of_ids_may_be_the_key_of_the_sites(tmp_path):
    file = write(LOT.assign(plot=["P1"]), tmp_path / "lots.geojson", 2326)
    said = write_csv(tmp_path / "said.csv", ["plot", "id", "area_ha"], ["P1", "9", "1"])

    rows = audit(nm.open_catalog(sites=file, key="plot", crs="hk80"), said)
    assert rows[["subject", "result"]].to_numpy().tolist() == [["P1", "agrees"]]


TWO = sites(a=square(0, 0, 100), b=square(500, 0, 200)).assign(
    site_id="s", basis=["gross", "net"], accuracy_m=1.0
)


@pytest.mark.parametrize(
    ("subject", "basis", "result", "why", "area_ha"),
    [
        ("s", "gross", "agrees", "agrees", 1),
        ("s", "net", "differs", "differs", 4),
        ("s", "plot", "cannot_compare", "other basis", None),
        ("s", "", "cannot_compare", "several outlines: name a basis", None),
        ("a", "", "agrees", "agrees", 1),
        ("b", "gross", "cannot_compare", "other basis", None),
    ],
)
def test_a_figure_is_compared_on_its_own_basis_only(judge, subject, basis, result, why, area_ha):
    cells = [["site_id", "basis", "area_ha"], [subject, basis, "1.00"]]
    row = judge(*cells, lots=TWO).iloc[0]

    assert (row["result"], row["why"][: len(why)]) == (result, why)
    assert row["area_ha"] == (pytest.approx(area_ha, abs=1e-6) if area_ha else None)


@pytest.mark.parametrize(
    ("basis", "result", "why"),
    [
        ("gfa", "cannot_compare", "other basis: the outline has none"),
        ("", "agrees", "agrees"),
        ("as_given", "agrees", "agrees"),
    ],
)
def test_an_outline_that_names_no_basis_proves_no_figure_that_does(judge, basis, result, why):
    lots = LOT.drop(columns="basis")

    row = judge(["site_id", "basis", "area_ha"], ["a", basis, "1"], lots=lots).iloc[0]
    assert (row["result"], row["why"]) == (result, why)


@pytest.mark.parametrize("word", ["official", "Official", "官方", "官方（转载）"])
def test_the_class_of_a_source_may_be_said_in_any_language(judge, word):
    row = judge(["site_id", "area_ha", "來源類別"], ["a", "1", word]).iloc[0]

    assert row["source_class"] == ("reprinted_official" if "转" in word else "official")


def test_figures_that_disagree_stand_in_the_order_of_their_sources_then_the_newest_first(judge):
    classes = ["", "other", "press", "reprinted_official", "official", "ngo", "official", "own"]
    dates = ["2026", "2025", "2024", "2023", "2021-05", "2022", "2022-01", "2020"]
    cells = [["a", f"1.{n}", c, d] for n, (c, d) in enumerate(zip(classes, dates, strict=True))]
    rows = judge(["site_id", "area_ha", "source_class", "as_of"], *cells)

    assert rows["source_class"].tolist() == ["official", *SOURCE_CLASSES, ""]
    assert rows["as_of"].tolist()[:2] == ["2022-01", "2021-05"]
    assert rows["also_published_ha"].iloc[0] == "1.4; 1.3; 1.2; 1.5; 1.1; 1.7; 1"


def test_figures_that_agree_with_each_other_have_no_others_beside_them(judge):
    rows = judge(["site_id", "area"], ["a", "1 ha"], ["a", "10,000 m2"], ["a", "1.0 ha"])

    assert rows["also_published_ha"].tolist() == ["", "", ""]


def test_sites_come_in_the_order_of_their_file(judge):
    lots = sites(b=square(0, 0, 100), a=square(500, 0, 100))

    rows = judge(["id", "area_ha"], ["a", "1"], ["b", "1"], ["a", "2"], lots=lots)
    assert rows["subject"].tolist() == ["b", "a", "a"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([["site_id", "area_ha"], ["a", "1"], ["a", "TBC"]], r"line 3, column 'area_ha': .*'TBC'"),
        ([["site_id", "area_ha"], ["a", ""]], r"line 2, column 'area_ha': area '': not an area"),
        ([["site_id", "area_ha"], ["a", "-1"]], r"line 2, column 'area_ha'"),
        ([["site_id", "面積"], ["a", "5"]], r"line 2, column '面積': area '5': no unit"),
        ([["site_id", "面積"], ["a", "5畝"]], r"column '面積': .*761 m2 in Hong Kong"),
        ([["site_id", "area", "unit"], ["a", "5", "jobs"]], r"line 2, column 'unit': .*'jobs'"),
        (
            [["id", "area_ha", "class", "source_class"], ["a", "1", "", "officiel"]],
            r"line 2, column 'source_class': unknown class 'officiel'; use one of official, rep",
        ),
        (
            [["id", "area_ha", "date"], ["a", "1", "31/12/2024"]],
            r"'date': invalid date '31/12/2024'",
        ),
        (
            [["id", "area_ha", "as_of"], ["a", "1", "2024-13"]],
            r"line 2, column 'as_of': invalid date '2",
        ),
        ([["site_id", "area_ha"], ["a"]], r"line 2: 1 cell, expected 2; correct the row"),
        (
            [["site_id", "area_ha"]],
            r"the table is empty; give a header and at least one row",
        ),
        ([[]], r"said\.csv: the table is empty"),
        ([["name", "area_ha"], ["a", "1"]], r"no column of site ids; name it site_id"),
        ([["site_id", "size_of_it"], ["a", "1"]], r"no column of areas; name one column area_ha"),
        ([["id", "area_ha", "area_m2"], ["a", "1", "2"]], r"several columns .*area_ha, area_m2"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_line_and_column(judge, cells, words):
    with pytest.raises(LayerError, match=words):
        judge(*cells)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "said.csv: not found"),
        (b'id,area_ha\n"a,1', "save it as CSV UTF-8"),
        (b"\x89PNG\r\n\x00\x00\x00,", "save it as CSV UTF-8"),
        ("id,area_ha\n元朗,1\n".encode() + "新田村,1\n".encode("big5"), "line 2 is UTF-8"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_in_one_line(ask, tmp_path, data, words):
    path = tmp_path / "said.csv"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(LayerError, match=words):
        audit(ask(LOT), path)


def test_a_file_that_is_too_large_for_figures_is_refused_before_it_is_read(ask, tmp_path):
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.truncate(2 * 10**9)
        file.seek(0, 2)
        file.write(b"x")

    wrong = r"2,000 MB is more than the limit of 200 MB; if you trust it, add max_size='2001MB'"
    with pytest.raises(LayerError, match=wrong):
        audit(ask(LOT), path)


@pytest.mark.parametrize(("path", "what"), [("/", "a folder"), ("/dev/zero", "a device")])
def test_a_folder_or_a_device_is_no_csv(ask, path, what):
    with pytest.raises(LayerError, match=f"is {what}"):
        audit(ask(LOT), path)


def test_figures_are_read_in_their_encoding_below_their_title(ask, tmp_path):
    path = tmp_path / "said.csv"
    path.write_bytes("面積表\n\n地點,面積,來源\na,1 ha,元朗地政處\n".encode("big5hkscs"))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rows = audit(ask(LOT), path)
        with pytest.raises(LayerError, match="no column of site ids"):
            audit(ask(LOT), path, encoding="gbk")  # which makes other signs of the headings

    told = "text read as Big5-HKSCS (encoding= changes that); 1 row above the headings left out"
    assert rows["source_title"].tolist() == ["元朗地政處"]
    assert str(caught[0].message) == f"{path}: {told}"


def test_a_site_that_does_not_exist_is_named_with_the_likeliest(tmp_path):
    said = write_csv(tmp_path / "said.csv", ["site_id", "area_ha"], ["sandy_rige", "1"])

    with pytest.raises(UnmatchedPolicyError, match=r"line 2: .*did you mean sandy_ridge\?"):
        audit(claims=said)


def test_sites_that_nobody_published_anything_about_need_figures(ask):
    with pytest.raises(UsageError, match=r"give your figures with claims='FILE\.csv'"):
        audit(ask(LOT))


def test_a_users_outline_of_a_known_site_is_set_against_what_was_published(ask):
    lots = sites(basis="tender_lot", sandy_ridge=square(0, 0, 341.12)).assign(accuracy_m=1.0)
    rows = audit(ask(lots))

    found = rows[rows["basis"] == "tender_lot"].iloc[0]
    assert set(rows["subject"]) == {"sandy_ridge"}
    assert (found["value"], found["unit"], found["result"]) == ("116365", "m2", "agrees")


def test_a_point_cannot_be_audited(ask, tmp_path):
    said = write_csv(tmp_path / "said.csv", ["id", "area_ha"], ["p", "1"])
    with pytest.raises(LayerError, match="Point has no area"):
        audit(ask(points(p=(0, 0))), said)


def test_every_published_area_is_audited():
    claims = nm.claims()
    land = claims["attribute"].str.startswith("area")
    said, rows = claims[land & claims["unit"].isin(AREA_UNITS)], audit()

    assert sorted(rows["subject"] + rows["value"]) == sorted(said["subject"] + said["value"])
    parts = rows[rows["attribute"] != "area"]
    assert parts.index[0] == len(rows) - len(parts)
    assert set(parts["result"]) == {"cannot_compare"}
    zone = rows[rows["attribute"] == "area_zone_OU"].iloc[0]
    assert (zone["published_area_ha"], zone["why"]) == (
        313.24,
        "refers to a part or another extent",
    )


def test_what_ships_agrees_only_where_it_was_made_to():
    """All four outlines were scaled to the published area; the rest has none on its basis."""
    rows = audit()

    assert rows["result"].value_counts().to_dict() == {"cannot_compare": len(rows) - 6, "fitted": 6}
    assert set(rows.loc[rows["result"] == "fitted", "subject"]) == set(nm.sites()["site_id"])
    require_agreed(rows)


def test_sources_that_disagree_stand_side_by_side():
    rows = audit().query("subject == 'sps_wcp' and attribute == 'area'")

    assert rows["source_class"].map(SOURCE_CLASSES.index).is_monotonic_increasing
    assert sorted(rows["published_area_ha"]) == [338, 348, 520]
    assert set(rows["also_published_ha"].iloc[0].split("; ")) < {"338", "348", "520"}


@pytest.mark.parametrize(("lang", "name"), [("en", "Ngau Tam Mei"), ("tc", "牛潭尾")])
def test_places_without_an_outline_are_called_by_their_names(lang, name):
    assert name in set(audit(lang=lang)["name"])


@pytest.mark.parametrize("lang", ["tc", "sc"])
def test_every_place_and_part_is_called_in_chinese(lang):
    rows = audit(lang=lang)

    assert rows["name"].str.contains("[一-龥]").all()
    assert rows["of"].str.contains("[一-龥]").all()
    assert ("流浮山（nmgeo 譯名）" in set(rows["name"])) == (lang == "tc")


def test_a_difference_stops_the_audit_and_says_how_many(judge):
    rows = judge(["id", "area_ha"], ["a", "1"], ["a", "1.5"])

    with pytest.raises(AuditError, match=r"1 of 2 comparable figures differ.*'a'"):
        require_agreed(rows)


@pytest.mark.parametrize(("text", "code"), [("1.1", 0), ("1.5", 3)])
def test_the_exit_code_of_the_command_is_3_when_a_figure_is_out(run, tmp_path, text, code):
    lots = write(LOT, tmp_path / "lots.geojson", 2326)
    said = write_csv(tmp_path / "said.csv", ["id", "area_ha"], ["a", text])
    result = run("audit", "--claims", said, "--sites", lots, "--crs", "hk80", "--json")

    assert result.exit_code == code
    assert json.loads(result.stdout)["rows"][0]["published_area_ha"] == float(text)
    assert ("differ" in result.stderr) == (code == 3)


def test_a_formula_in_a_users_figures_does_not_run_in_a_spreadsheet(run, tmp_path):
    lots = write(LOT, tmp_path / "lots.geojson", 2326)
    said = write_csv(tmp_path / "said.csv", ["id", "area_ha", "source"], ["a", "1", "=1+1"])
    done = run("audit", "--claims", said, "--sites", lots, "--crs", "hk80")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))

    assert rows[0]["source"] == "'=1+1"


def test_the_command_says_what_no_evidence_is(run):
    result = run("audit", "--format", "table")

    assert result.exit_code == 0
    assert "no evidence" in result.stderr


@settings(deadline=None, max_examples=15)
@given(side=st.integers(20, 3_000), unit=st.sampled_from(AREA_UNITS), accuracy=st.floats(0, 100))
def test_a_figure_equal_to_the_measured_area_always_agrees(side, unit, accuracy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("law")
    file = write(sites(a=square(0, 0, side)).assign(accuracy_m=accuracy), folder / "a.gpkg", 2326)
    here = nm.open_catalog(sites=file, crs="hk80")
    number = nm.area(here)["area_ha"].iloc[0] / to_hectares(1, unit)
    said = write_csv(folder / "said.csv", ["id", "area", "unit"], ["a", f"{number:.9f}", unit])

    tells = 4 * side * accuracy < 0.5 * side**2
    assert audit(here, said)["result"].tolist() == ["agrees" if tells else "too_inaccurate"]


@pytest.mark.parametrize("form", ["table", "md"])
def test_the_class_of_a_source_and_what_the_tolerance_adds_are_shown(run, form):
    done = run("audit", "--all", "--format", form)

    assert {"official", "press"} <= set(done.stdout.replace("|", " ").split())
    assert "reprinted" in done.stdout
    assert "zone OU" in done.stdout
    assert "perimeter times accuracy" in done.stderr
    assert form == "md" or max(map(cell_len, done.stdout.splitlines())) <= 80
