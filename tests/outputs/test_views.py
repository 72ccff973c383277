"""Views: what a reader sees of each table, in words and in round figures."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len

import nmgeo as nm
from nmgeo.columns import all_columns, all_tables
from nmgeo.outputs.tables import render

ON_DEMAND = {  # columns of rings that come with --by or --clip
    *("ring_ha", "outside_range_ha", "category", "inside_m", "inside_ha", "inside_share"),
    *("mix_share", "inside_accuracy_m", "inside_range_ha"),
}
TOTAL = {"net_ha": 1001.4, "gross_ha": 2000.0, "double_counted_ha": 998.6}
AREA = pd.DataFrame({"name": ["Park"], "basis": ["park"], "area_ha": [87.1], "accuracy_m": [50.0]})
PAGE = pd.DataFrame(
    {
        "page": ["map.html"],
        "bytes": [1234567],
        "sha256": ["ab"],
        "hosts_count": [2],
        "hosts": ["https://a.hk https://b.hk"],
        "policy": ["default-src 'none'"],
    }
)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        (
            "en",
            (
                "Land, overlaps counted once: 1,001 ha. The rows add up to 2,000 ha, of which "
                "999 ha is double-counted."
            ),
        ),
        (
            "tc",
            (
                "土地淨面積（重疊部分只計一次）：1,001 公頃。"
                "各行合計 2,000 公頃，當中 999 公頃重複計算。"
            ),
        ),
        (
            "sc",
            (
                "土地净面积（重叠部分只计一次）：1,001 公顷。"
                "各行合计 2,000 公顷，当中 999 公顷重复计算。"
            ),
        ),
    ],
)
@pytest.mark.parametrize("form", ["table", "md"])
def test_the_total_is_a_sentence_of_whole_hectares_under_the_table(form, lang, text):
    written = render("area", AREA, form, lang=lang, total=TOTAL, width=300)

    assert written.splitlines()[-1] == text


@pytest.mark.parametrize("width", [40, 80, 100])
@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_the_sentence_is_wrapped_to_the_width(lang, width):
    bare = render("area", AREA, "table", lang=lang, width=width)
    below = render("area", AREA, "table", lang=lang, width=width, total=TOTAL)
    lines = below.removeprefix(bare).splitlines()
    whole = render("area", AREA, "table", lang=lang, width=300, total=TOTAL).splitlines()[-1]

    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(whole.split())


def test_the_total_is_unrounded_in_json():
    assert json.loads(render("area", AREA, "json", total=TOTAL))["total"] == TOTAL


@pytest.mark.parametrize(
    ("said", "text"), [(87.0, "87"), (11.6365, "11.6365"), (1004.0, "1,004"), (0.5, "0.5")]
)
@pytest.mark.parametrize("form", ["table", "md", "csv"])
def test_a_published_area_is_shown_as_published(form, said, text):
    written = render("area", AREA.assign(published_area_ha=said), form, width=200)

    shown = text.replace(",", "") if form == "csv" else text
    assert shown in written.replace("|", " ").replace(",", " " * (form == "csv") or ",").split()


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["yes", "no"]), ("tc", ["是", "否"]), ("sc", ["是", "否"])]
)
@pytest.mark.parametrize("form", ["table", "md"])
@pytest.mark.parametrize("kind", [bool, object, np.bool_])
def test_a_boolean_is_a_word_to_a_reader(form, lang, words, kind):
    rows = pd.DataFrame({"rule": ["a", "b"], "as_drawn": np.array([True, False], dtype=kind)})
    written = render("robust", rows, form, lang=lang, width=100)

    last = [line.strip("| ").split()[-1] for line in written.splitlines()[-2:]]
    assert last == words


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_boolean_stays_one_for_a_program(form):
    text = render("policy", pd.DataFrame({"policy_name": ["a"], "ended": [True]}), form)

    assert ("true" in text) if form == "json" else ("True" in text)


@pytest.mark.parametrize(
    ("verb", "there", "gone"),
    [
        ("area", "stated_ha", None),
        ("policy", "status", "kind"),
        ("claims", "source_title", "source_dated"),
        ("rings", "range_ha", "accuracy_m"),
        ("inside", "accuracy_m", None),
    ],
)
def test_a_view_has_what_a_reader_needs_and_no_more(verb, there, gone):
    assert there in all_tables()[verb].shown
    assert gone not in all_tables()[verb].shown


@pytest.mark.parametrize(
    ("verb", "rows"),
    [
        ("area", nm.area),
        ("policy", lambda: nm.policy("sandy_ridge")),
        ("claims", lambda: nm.claims("sandy_ridge")),
        ("rings", lambda: nm.rings(["1km"])),
        ("inside", lambda: nm.inside("sites")),
    ],
)
def test_a_table_has_every_column_of_its_view(verb, rows):
    table = rows()
    on_demand = ON_DEMAND if verb == "rings" else set()

    plain = {name for name in all_tables()[verb].shown if "*" not in name} - on_demand
    assert {column for name in plain for column in all_columns()[name].of or [name]} <= set(
        table.columns
    )


@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_a_page_can_reach_carries_its_bytes_and_hosts(form):
    text = render("verify", PAGE, form)
    row = (
        json.loads(text)["rows"][0]
        if form == "json"
        else next(iter(csv.DictReader(io.StringIO(text))))
    )

    assert list(row) == list(PAGE.columns)
    assert (str(row["bytes"]), str(row["hosts_count"])) == ("1234567", "2")
    assert row["hosts"] == "https://a.hk https://b.hk"


def test_a_reader_sees_the_bytes_and_hosts_of_a_page():
    text = render("verify", PAGE, "table", width=200)

    assert "https://a.hk https://b.hk" in text
    assert "1,234,567" in text
