"""The fact sheet: sentences with the numbers of the map, sources, and HTML that loads nothing."""

import re

import pytest

import nmgeo as nm
from nmgeo.errors import NmgeoError
from nmgeo.outputs.document_html import markdown_page
from nmgeo.outputs.tables import escape_markdown, to_markdown


@pytest.fixture(scope="module")
def sheets():
    return {lang: nm.sheet("沙嶺", lang=lang) for lang in ("en", "tc")}


def test_the_sentences_have_the_numbers_of_area_and_near(sheets):
    quoted = [line for line in sheets["en"].splitlines() if line.startswith("> ")]

    assert len(quoted) == 4
    assert "measures 12 ha (0–117 ha)" in quoted[0]
    assert "published figure is 11.64 ha" in quoted[0]
    assert "Lo Wu, 300 m (0–800 m)" in quoted[1]
    assert "量度面積為12公頃（0–117公頃）" in quoted[2]


def test_the_sentences_are_the_same_in_every_language_of_the_sheet(sheets):
    quoted = {
        tuple(line for line in sheet.splitlines() if line.startswith("> "))
        for sheet in sheets.values()
    }

    assert len(quoted) == 1


def test_a_sheet_says_how_it_is_rounded_of_what_day_and_how_to_cite(sheets):
    assert "rounded to what the accuracy of the outline justifies" in sheets["en"]
    assert re.search(r"Cite as: nmgeo contributors \(20\d\d\)", sheets["en"])
    assert "引用格式" in sheets["tc"]


def test_a_sheet_fits_a_page(sheets):
    assert len(sheets["en"].splitlines()) < 80


def test_html_loads_nothing_and_holds_the_timeline():
    page = nm.sheet("sandy_ridge", html=True)

    assert page.count("<svg") == 1
    assert "<script" not in page
    assert not re.search(r" src=|@import|url\(", page)
    assert all(a.startswith(("http://", "https://")) for a in re.findall(r'href="([^"]*)"', page))


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "a|b", "[x](<javascript:alert(1)>)", "*b* `c` &lt;", "\\"],
)
def test_a_value_stays_text_in_html(hostile):
    table = to_markdown(["what"], ["What"], [[hostile]])
    page = markdown_page(f"# {escape_markdown(hostile)}\n\n{table}", hostile, "en", svg="")

    assert "<script>" not in page
    assert "href" not in page
    assert page.count("<td>") == 1


def test_a_sheet_of_no_site_is_one_line():
    with pytest.raises(NmgeoError, match="unknown"):
        nm.sheet("nias")


def test_the_command_line_takes_markdown_and_html_alone(run, tmp_path):
    assert run("sheet", "sandy_ridge", "-o", tmp_path / "s.html").exit_code == 0
    assert run("sheet", "sandy_ridge", "-o", tmp_path / "s.pdf").exit_code == 2
    assert run("sheet", "sandy_ridge", "-o", tmp_path / "s.html").exit_code == 6
    assert run("sheet", "sandy_ridge").stdout.startswith("# Sandy Ridge")
