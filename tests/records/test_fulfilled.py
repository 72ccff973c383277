"""What was expected and came to pass: told by a later status of the same instrument."""

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.pack.content import tables_of
from nmgeo.outputs.web.page_data import build_page_data
from nmgeo.records.fulfilled import read_fulfilled

TENDER = "sandy_ridge_tender"


def test_a_status_that_was_repeated_later_is_a_fact_for_the_instrument_and_its_place():
    facts = read_fulfilled(open_catalog())

    assert facts.of_status(TENDER, "closed", "2025-12-31", "expected") == "as announced"
    assert facts.of_milestone("sandy_ridge", "tender_close", "2025-12-31", "expected; about") == (
        "as announced; about"
    )
    assert facts.of_milestone("sandy_ridge", "tender_close", "2025-12-31", "") == ""


def test_what_nobody_has_said_since_stays_expected():
    facts, then = (
        read_fulfilled(open_catalog()),
        read_fulfilled(open_catalog().known_by("2026-01-15")),
    )

    assert facts.of_status("hetao_equity_2021", "completed", "2021", "expected") == "expected"
    assert facts.of_milestone("sandy_ridge", "tender_close", "2026-12-31", "expected") == "expected"
    assert facts.of_milestone("sandy_ridge", "operation_start", "2029", "expected") == "expected"
    assert then.of_status(TENDER, "closed", "2025-12-31", "expected") == "expected"


def test_the_timeline_and_the_page_say_so():
    rows = nm.timeline("sandy_ridge")
    page = build_page_data(build_atlas())

    assert rows.set_index("event").loc["tender closes", "hedge"] == "as announced"
    (claim,) = [c for c in page["claims"] if c["attribute"] == "tender_close"]
    assert claim["hedge"] == "as announced"
    (tender,) = [one for one in page["policies"] if one["id"] == TENDER]
    assert tender["steps"] == [
        ["2025-10-10", "tender_open", ""],
        ["2025-12-31", "closed", "as announced"],
        ["2026-03-02", "closed", ""],
    ]


def test_the_status_of_an_instrument_cites_its_source_in_every_file():
    atlas = build_atlas()
    title = "Guandian: Sandy Ridge tender result 2 March 2026"

    held = atlas.sites.set_index("site_id").loc["sandy_ridge", "policies"]
    assert [one["source_title"] for one in held if one["id"] == TENDER] == [title]
    (table,) = [one.rows for one in tables_of(atlas, []) if one.name == "instruments"]
    assert table.set_index("policy_id").loc[TENDER, "source_title"] == title
    facts = nm.report()
    (row,) = facts[facts["item"] == TENDER].to_dict("records")
    assert (row["as_of"], "guandian" in row["source_url"]) == ("2026-03-02", True)
    page = build_page_data(atlas)
    (tender,) = [one for one in page["policies"] if one["id"] == TENDER]
    assert tender["status_sources"] == ["SR4"]
    assert page["sources"]["SR4"][1] == title
