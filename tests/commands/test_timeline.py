"""Timeline: dated events in order, and their drawing, in which no text is markup."""

import xml.etree.ElementTree as ET

import pytest

import nmgeo as nm
from nmgeo.errors import NmgeoError, UsageError


@pytest.fixture(scope="module")
def rows():
    return nm.timeline("san tin")


def test_events_are_in_order_and_have_a_source(rows):
    assert rows["first_day"].is_monotonic_increasing
    assert (rows["last_day"] >= rows["first_day"]).all()
    assert (rows["source_title"] != "").all()
    assert set(rows["event_kind"]) == {"milestone", "status", "opening"}


@pytest.mark.parametrize(
    ("event", "when", "days"),
    [
        ("first sites to be released", "2026-27", ("2026-01-01", "2027-12-31")),
        ("works start", "2024-12", ("2024-12-01", "2024-12-31")),
        ("San Tin station opens", "2034", ("2034-01-01", "2034-12-31")),
    ],
)
def test_a_time_is_what_was_published_and_what_it_can_mean(rows, event, when, days):
    row = rows[rows["event"] == event].iloc[0]

    assert (row["when"], (row["first_day"], row["last_day"])) == (when, days)


@pytest.mark.parametrize(
    ("asked", "thing"), [(["sandy_ridge"], "subject 'sandy_ridge'"), ([], "timeline")]
)
def test_a_day_before_all_events_is_one_line_that_names_what_was_asked_about(asked, thing):
    with pytest.raises(UsageError, match=f"^{thing}: no dated events; leave out on=$"):
        nm.timeline(*asked, on="2010-01-01")


def test_a_status_that_is_stated_again_is_not_an_event():
    rows = nm.timeline("san_tin_phase1_works")
    works = rows[rows["event"].str.startswith("Phase 1 works at San Tin Technopole: under way")]

    assert len(works) == 1


def test_what_a_milestone_and_a_status_say_alike_stands_once():
    rows = nm.timeline("sandy_ridge")
    on_day = rows[rows["when"] == "2025-10-10"]["event"].tolist()

    assert on_day == ["tender opens", "Rezoning of the Sandy Ridge site: under way"]
    assert not rows["event"].str.startswith("Tender for the Sandy Ridge").any()
    assert rows["event"].eq("tender awarded").sum() == 1


def test_only_what_was_stated_by_a_day_is_listed():
    rows = nm.timeline("san tin", on="2024-10-01")

    assert (rows["as_of"].str[:4] <= "2024").all()
    assert "opening" not in set(rows["event_kind"])
    assert nm.timeline("san tin", nm.open_catalog(on="2024-10-01")).equals(rows)


def test_all_sites_are_listed_with_their_names():
    rows = nm.timeline(lang="tc")

    assert {"新田科技城", "沙嶺數據園區"} <= set(rows["name"])


def test_the_drawing_is_xml_with_a_line_for_each_event(rows):
    drawn = nm.timeline_svg(rows, "San Tin <script>&")
    root = ET.fromstring(drawn)  # noqa: S314 - our own

    assert root.tag.endswith("svg")
    marks = [e for e in root.iter() if e.get("class") in {"milestone", "status", "opening"}]
    assert len(marks) == len(rows) + 3
    assert "<script>" not in drawn
    assert drawn == nm.timeline_svg(rows, "San Tin <script>&")


def test_a_value_of_an_event_is_never_markup(rows):
    hostile = rows.head(1).assign(event="</text><script>alert(1)</script>", when='"><a href="x">')

    assert "<script>" not in nm.timeline_svg(hostile)
    assert "<a " not in nm.timeline_svg(hostile)


@pytest.mark.parametrize("name", ["nowhere", "ramsar"])
def test_an_unknown_subject_is_one_line(name):
    with pytest.raises(NmgeoError):
        nm.timeline(name)


def test_the_command_line_draws(run, tmp_path):
    done = run("timeline", "sandy_ridge", "--svg", tmp_path / "t.svg")

    assert done.exit_code == 0, done.output
    assert (tmp_path / "t.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_day_before_all_events_is_told_from_a_thing_without_any():
    with pytest.raises(UsageError, match=r"no dated events; leave out on=$"):
        nm.timeline("hetao", on="1990-01-01")
