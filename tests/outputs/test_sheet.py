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
        frozenset(line for line in sheet.splitlines() if line.startswith("> "))
        for sheet in sheets.values()
    }

    assert len(quoted) == 1


def test_what_is_in_several_languages_begins_with_that_of_the_sheet(sheets):
    name = {"en": "Sandy Ridge", "tc": "沙嶺", "sc": "沙岭"}
    quoted = {"en": "> Sandy Ridge", "tc": "> 沙嶺", "sc": "> 沙嶺"}
    for lang, sheet in sheets.items():
        assert sheet.startswith(f"# {name[lang]}")
        first = next(line for line in sheet.splitlines() if line.startswith("> "))
        assert first.startswith(quoted[lang])


def test_a_sheet_says_how_it_is_rounded_of_what_day_and_how_to_cite(sheets):
    assert "rounded to what the accuracy of the outline justifies" in sheets["en"]
    assert re.search(r"Cite as: nmgeo contributors \(20\d\d\)", sheets["en"])
    assert "引用格式" in sheets["tc"]


def rows_of(sheet, start):
    return [line for line in sheet.splitlines() if line.startswith(f"| {start}")]


def test_the_status_of_an_instrument_cites_what_stated_it(sheets):
    """The tender was launched in 2025 and closed in 2026; each has a source of its own."""
    (tender,) = rows_of(sheets["en"], "Tender for the Sandy Ridge Data Facility Cluster")

    assert "closed | 2026-03-02" in tender
    assert "Guandian: Sandy Ridge tender result 2 March 2026" in tender
    assert "launches tender" not in tender


@pytest.mark.filterwarnings("ignore:stations:nmgeo.errors.Notice")
def test_an_event_that_came_to_pass_is_not_expected_any_more(sheets):
    day = nm.sheet("sandy_ridge", on="2026-01-15")

    assert rows_of(sheets["en"], "2025-12-31 | tender closes (as announced)")
    assert rows_of(sheets["tc"], "2025-12-31 | 招標截止（按公布）")
    assert rows_of(day, "2025-12-31 | tender closes (expected)")  # nobody had said more by then
    assert rows_of(sheets["en"], "2029 | operation to start (expected")


@pytest.mark.filterwarnings("ignore:stations:nmgeo.errors.Notice")
def test_what_is_measured_says_who_measured_it_and_when_a_station_was_open(sheets):
    day = nm.sheet("sandy_ridge", on="2026-01-15")

    (area,) = rows_of(sheets["en"], "measured area (tender lot)")
    assert area.endswith("| – | measured by nmgeo |")
    (now,) = rows_of(sheets["en"], "nearest station open today")
    assert "[measured by nmgeo; station as in Wiki mirror: East Rail line]" in now
    assert rows_of(day, "nearest station open on 2026-01-15 | Lo Wu, 300 m")
    assert "The station open on 2026-01-15 that is nearest to Sandy Ridge" in day
    assert "2026-01-15已啟用而距沙嶺數據園區最近的車站為羅湖" in day
    assert "open today" not in day


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
