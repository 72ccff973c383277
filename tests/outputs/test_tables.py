"""Tables: terminal, CSV, Markdown and JSON, each safe for what reads it."""

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len

import nmgeo as nm
from nmgeo.columns import all_tables, column_heading
from nmgeo.formats.rows import Answer, to_arrow
from nmgeo.formats.text_files import write_csv
from nmgeo.outputs.tables import escape_markdown, render
from nmgeo.outputs.view import build_view

pytestmark = pytest.mark.usefixtures("one_atlas")

LANGS = ("en", "tc", "sc")
SECOND = {"area": "stated_ha", "near": "nearest_name", "inside": "feature_name"}
VERBS = {
    "layers": nm.layers,
    "sites": nm.sites,
    "area": nm.area,
    "near": lambda **how: nm.near("stations", **how),
    "rings": lambda **how: nm.rings(["500m", "1km"], **how),
    "inside": lambda **how: nm.inside("sites", **how),
    "policy": nm.policy,
    "claims": lambda **how: nm.claims("sandy_ridge", **how),
    "report": nm.report,
}
AREA = pd.DataFrame(
    {
        "name": ["Park", "河套"],
        "basis": ["park", "whole"],
        "area_ha": [1234.5678, 1 / 3],
        "ppm": [-3.21, np.nan],
        "published_area_ha": [np.nan, 0.5],
        "accuracy_m": [60.4, np.nan],
    }
)


@cache
def answer(verb, lang="en"):
    return VERBS[verb](lang=lang)


def csv_rows(rows):
    return list(csv.DictReader(io.StringIO(render("area", rows, "csv"))))


def table(rows, lang="en", width=80):
    return render("area", rows, "table", lang=lang, width=width).splitlines()


@pytest.mark.parametrize("verb", VERBS)
def test_json_names_its_schema_and_carries_every_row_and_column(verb):
    rows = answer(verb)
    document = json.loads(render(verb, rows, "json"))

    assert document["schema"] == f"nmgeo.{verb}/1"
    assert len(document["rows"]) == len(rows)
    assert list(document["rows"][0]) == [c for c in rows.columns if c != "geometry"]


def test_json_is_unrounded_and_null_where_a_value_is_missing():
    first, second = json.loads(render("area", AREA, "json"))["rows"]

    assert (first["area_ha"], second["area_ha"]) == (1234.5678, 1 / 3)
    assert (first["published_area_ha"], second["ppm"], second["accuracy_m"]) == (None, None, None)


def test_json_keeps_chinese_as_it_is_and_carries_the_total():
    text = render("area", AREA, "json", total={"net_ha": 1.5})

    assert "河套" in text
    assert json.loads(text)["total"] == {"net_ha": 1.5}


@pytest.mark.parametrize(
    ("missing", "kind"), [(None, object), (np.nan, float), (pd.NA, "string"), (pd.NaT, None)]
)
def test_whatever_is_missing_is_null_in_json_and_empty_in_csv(missing, kind):
    rows = pd.DataFrame({"name": ["a"], "x": pd.Series([missing], dtype=kind)})

    assert json.loads(render("area", rows, "json"))["rows"] == [{"name": "a", "x": None}]
    assert csv_rows(rows) == [{"name": "a", "x": ""}]


def test_a_list_in_a_users_column_is_written_and_not_a_fault():
    rows = pd.DataFrame({"name": ["a"], "tags": pd.Series([np.array(["x", "y"])], dtype=object)})

    assert json.loads(render("area", rows, "json"))["rows"][0]["tags"] == ["x", "y"]
    assert "x" in csv_rows(rows)[0]["tags"]


def test_csv_is_rounded_by_the_unit_of_each_column():
    first, second = csv_rows(AREA)

    assert (first["area_ha"], first["ppm"], first["accuracy_m"]) == ("1234.57", "-3.2", "60")
    assert (first["published_area_ha"], second["ppm"], second["area_ha"]) == ("", "", "0.33")


def test_csv_does_not_round_what_has_no_unit():
    assert csv_rows(AREA.assign(plot_ratio=[1.75, 0.5]))[0]["plot_ratio"] == "1.75"


def test_a_value_in_hectares_keeps_its_decimals_in_csv():
    rows = pd.DataFrame({"item": ["area"], "value": [11.6365], "unit": ["ha"]})

    assert csv_rows(rows)[0]["value"] == "11.64"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("lang", LANGS)
def test_csv_keeps_the_names_of_its_columns_in_every_language(verb, lang):
    head = render(verb, answer(verb, lang), "csv", lang=lang).splitlines()[0]

    assert head == ",".join(c for c in answer(verb).columns if c != "geometry")


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-cmd|' /C calc'!A0", "@x", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_in_front(text):
    assert csv_rows(AREA.assign(name=text))[0]["name"] == f"'{text}"


@pytest.mark.parametrize(
    "cell",
    ["=1", "\n=1", "\t1", "  =1", "\u3000=1", "\u00a0+1", "＝1", "＋1", "－1", "＠A1", "-1+1"],
)
def test_a_formula_does_not_run_in_a_spreadsheet_however_it_begins(cell):
    rows = pd.DataFrame({"name": [cell]})
    shown = render("area", rows, "csv")
    stored = io.BytesIO()
    write_csv(stored, Answer(tables=[to_arrow(rows)], crs=None))

    assert next(csv.DictReader(io.StringIO(shown)))["name"] == f"'{cell}"
    assert next(csv.DictReader(io.StringIO(stored.getvalue().decode())))["name"] == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+1.5", "a=1", "新田 =", " x"])
def test_what_is_no_formula_stays_as_it_is(cell):
    assert render("area", pd.DataFrame({"name": [cell]}), "csv") == f"name\n{cell}\n"


def test_the_name_of_a_users_column_cannot_be_a_formula_either():
    rows = pd.DataFrame({"name": ["a"], "=1+1": ["x"]})

    assert render("area", rows, "csv").splitlines()[0] == "name,'=1+1"


def test_a_carriage_return_does_not_break_a_row_of_csv():
    assert csv_rows(AREA.assign(name="a\rb"))[0]["name"] == "a\rb"


@pytest.mark.parametrize("text", ["-3", "+852", "plain = text", "a-b", ""])
def test_numbers_and_plain_text_stay_as_they_are_in_csv(text):
    assert csv_rows(AREA.assign(name=text))[0]["name"] == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("[x](javascript:y)", r"\[x\](javascript:y)"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
        ("R&D", "R&amp;D"),
        ("*a* _b_ `c` ~d~ #e", r"\*a\* \_b\_ \`c\` \~d\~ \#e"),
        ("back\\slash", r"back\\slash"),
        ("two\nlines", "two\ufffdlines"),
    ],
)
def test_markdown_takes_text_as_text(text, escaped):
    assert escape_markdown(text) == escaped


@pytest.mark.parametrize("text", ["a|b", "a\nb", "a\r\nb", "\u2028", "| x |\n| --- |", "\\|"])
def test_a_value_never_breaks_a_row_of_a_markdown_table(text):
    lines = render("area", AREA.assign(name=text), "md").rstrip("\n").split("\n")

    bars = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines]
    assert len(lines) == 2 + len(AREA)
    assert set(bars) == {bars[0]}


def test_a_source_in_markdown_is_a_link_but_only_to_the_web():
    rows = pd.DataFrame(
        {
            "policy_name": ["a", "b"],
            "source_title": ["One", "Two"],
            "source_url": ["https://x.hk/a", "javascript:alert(1)"],
        }
    )
    text = render("policy", rows, "md")

    assert "[One](<https://x.hk/a>)" in text
    assert "javascript" not in text


@pytest.mark.parametrize(
    ("lang", "head"), [("en", "Area (ha)"), ("tc", "面積 (公頃)"), ("sc", "面积 (公顷)")]
)
@pytest.mark.parametrize("form", ["table", "md"])
def test_headings_carry_the_unit_in_the_language_asked_for(form, lang, head):
    text = render("area", nm.area(lang=lang), form, lang=lang, width=200)

    assert head in text.replace("\\", "")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("width", [80, 100])
def test_no_line_of_a_table_is_wider_than_the_terminal(verb, lang, width):
    lines = render(verb, answer(verb, lang), "table", lang=lang, width=width).splitlines()

    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("verb", ["area", "near", "inside"])
@pytest.mark.parametrize("lang", LANGS)
def test_columns_stand_under_their_headings_in_every_language(verb, lang):
    lines = render(verb, answer(verb, lang), "table", lang=lang, width=300).splitlines()
    rule = next(n for n, line in enumerate(lines) if set(line) == {"─"})
    body = lines[rule + 1 :]

    heading = column_heading(SECOND[verb], lang)  # of a column of text, which is left-aligned
    at = cell_len(lines[rule - 1].partition(heading)[0])
    assert all(offset_of_text(line, at) for line in body)


def offset_of_text(line, at):
    """Whether a cell begins at an offset: a blank stands before it and text at it."""
    before = next(line[:n] for n in range(len(line) + 1) if cell_len(line[:n]) >= at)
    return cell_len(before) == at and before.endswith(" ") and line[len(before)] != " "


def test_a_missing_value_is_a_dash_and_thousands_have_a_comma():
    text = "\n".join(table(AREA, width=200))

    assert "1,234.57" in text
    assert "–" in text


@pytest.mark.parametrize("text", ["a\x1b[31mb", "a\nb", "a\rb", "a\x07b", "a\u202eb", "a\u2028b"])
def test_control_characters_never_reach_the_terminal(text):
    lines = table(AREA.assign(name=text), width=200)

    assert all(line.isprintable() for line in lines)
    assert "\ufffd" in "".join(lines)


def test_a_table_without_rows_still_has_its_headings():
    assert "Area (ha)" in "\n".join(table(AREA.iloc[:0], width=200))


@pytest.mark.parametrize(
    ("accuracy", "text"), [(0.5, "0.5"), (0.25, "0.25"), (2.0, "2"), (5.5, "5.5"), (60.4, "60")]
)
def test_a_small_accuracy_is_not_rounded_to_nothing(accuracy, text):
    rows = AREA.assign(accuracy_m=accuracy).iloc[1:]

    assert csv_rows(rows)[0]["accuracy_m"] == text
    assert text in table(rows)[-1].split()


def test_what_is_the_same_in_every_row_is_said_once_below_the_table():
    *lines, last = table(AREA.assign(accuracy_m=60.0), width=200)

    assert last == "± (m): 60 (all rows)."
    assert "±" not in lines[0]


def test_a_column_that_is_empty_in_every_row_is_not_shown():
    assert "Stated" not in "".join(table(AREA.assign(published_area_ha=np.nan), width=200))
    assert "Stated" in "".join(table(AREA, width=200))


def test_a_share_is_a_per_cent_for_a_reader_and_stays_a_share_in_data():
    rows = pd.DataFrame({"name": ["a"], "feature_name": ["b"], "inside_share": [0.12345]})

    assert table_of("inside", rows)[0].split()[-2:] == ["Share", "(%)"]
    assert table_of("inside", rows)[-1].split()[-1] == "12.35"
    assert (
        table_of("inside", rows.assign(accuracy_m=5.0, inside_share=0.12))[-1].split()[-2] == "12"
    )
    assert "0.1235" in render("inside", rows, "csv")


def test_what_every_remark_says_is_said_once():
    rows = pd.DataFrame(
        {"name": ["a", "b"], "nearest_name": "x", "remark": ["opens 2034; late", "late"]}
    )
    lines = table_of("near", rows)

    assert lines[-1] == "Remark: late (all rows)."
    assert [line.count("late") for line in lines].count(1) == 1


def table_of(command, rows):
    return render(command, rows, "table", width=200).splitlines()


LONG = pd.DataFrame(
    {
        "name": ["Technopole development", "Technopole development", "Elsewhere"],
        "basis": ["development area without the Loop"] * 3,
        "from_m": [0.0, 500.0, 0.0],
        "to_m": [500.0, 100_000.0, 500.0],
        "area_ha": [1.0, 3_178_608.83, 2.0],
        "low_ha": [0.0, 3_000_000.0, 1.0],
        "high_ha": [2.0, 3_300_000.0, 3.0],
        **{f"{layer}_count": [1, 2, 3] for layer in ("stations", "crossings", "waterworks")},
        "accuracy_m": [60.0, 60.0, 60.0],
    }
)


def test_a_number_is_never_broken_and_words_only_where_nothing_else_helps():
    lines = render("rings", LONG, "table").splitlines()

    assert max(map(cell_len, lines)) <= 80
    assert "3,178,608.8" in "".join(lines)
    assert "3,000,000.0–3,300,000.0" in "".join(lines)
    assert "Technopole development: development area without the Loop" in lines
    assert sum("development area" in line for line in lines) == 2  # a line for each outline


def test_where_there_is_room_every_row_says_what_it_is_about():
    lines = render("rings", LONG, "table", width=200).splitlines()

    assert sum("Technopole development" in line for line in lines) == 2


@pytest.mark.parametrize("width", [20, 40])
def test_a_number_that_has_no_room_is_still_whole(width):
    assert "3,000,000.0–3,300,000.0" in render("rings", LONG, "table", width=width)


def test_a_ring_says_how_much_was_cut_off_and_where_it_lay():
    cut = {"outside_low_ha": [66.3], "outside_high_ha": [102.7], "outside_where": ["shenzhen"]}
    rows = LONG.iloc[:1].assign(outside_ha=84.3, **cut)

    for form in ("table", "md"):
        text = render("rings", rows, form, width=300)
        assert "Cut off, in Shenzhen (ha)" in text
        assert "66.3–102.7" in text
        assert "84.3" not in text


@pytest.mark.parametrize("form", ["table", "csv", "md"])
def test_a_distance_that_was_asked_for_is_shown_as_it_was_asked_for(form):
    rows = pd.DataFrame(
        {"name": ["a", "a"], "basis": "b", "from_m": [0.0, 0.5], "to_m": [0.5, 1500]}
    )
    shown = render("rings", rows, form)

    for value in ("0.5", "1500") if form == "csv" else ("0–0.5", "0.5–1,500"):
        assert value in shown


def test_a_decimal_of_the_user_is_a_number_of_json_and_one_that_is_not_a_number_is_null():
    cells = [Decimal("2.50"), Decimal(12), Decimal("NaN")]
    rows = pd.DataFrame({"site_id": ["a", "b", "c"], "rent": cells})

    told = json.loads(render("area", rows, "json"))["rows"]
    assert [row["rent"] for row in told] == [2.5, 12, None]


@pytest.mark.parametrize(
    ("units", "sizes", "accuracy_m", "said"),
    [
        ("ha", [0.254], 2, "0.25 ha"),
        ("ha", [0.254, 0.16], None, "0.41 ha"),
        ("ha", [0.254, 12.3], 10, "12.6 ha"),
        ("ha", [1004.2, 0.3], 450, "1,004.5 ha"),
        ("m2", [0.254], 2, "2,500 m²"),
        ("sqft", [1004.2], 450, "108,100,000 sq ft"),
    ],
)
def test_a_total_has_the_digits_of_its_rows(units, sizes, accuracy_m, said):
    total = {"gross_ha": sum(sizes), "net_ha": sum(sizes), "double_counted_ha": 0.0}
    rows = pd.DataFrame({"name": "a", "basis": "whole", "area_ha": sizes})
    rows = rows.assign(accuracy_m=float("nan") if accuracy_m is None else accuracy_m)

    shown = render("area", rows, "table", total=total, units=units)
    assert f"once: {said}, the sum of the rows before rounding." in " ".join(shown.split())


def test_what_stands_above_rows_is_what_is_about_them():
    table = replace(all_tables()["diff"], leading=3)
    rows = pd.DataFrame(
        {"change": ["added"] * 2, "feature_id": ["a", "b"], "name": None, "attributes": ["x", "y"]}
    )

    assert build_view(table, rows, "en").leading == 2  # no name, and no attribute in its place
