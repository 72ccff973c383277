"""Dates that were still to come when they were stated say so, whatever lists them."""

import json

import nmgeo as nm
from nmgeo.catalog import open_catalog, read_date
from nmgeo.names import natural_key


def hedge_of(rows, attribute):
    return rows.set_index("attribute").loc[attribute, "hedge"]


def test_a_date_later_than_its_statement_is_expected_until_it_came_to_pass():
    then = open_catalog().known_by("2026-01-15")

    assert hedge_of(nm.claims("sandy_ridge", then), "tender_close") == "expected"
    assert hedge_of(nm.claims("sandy_ridge", then), "tender_open") == ""
    assert hedge_of(nm.claims("sandy_ridge"), "tender_close") == "as announced"
    assert hedge_of(nm.claims("sandy_ridge"), "operation_start").startswith("expected; before")
    figure = nm.claims("sandy_ridge", lang="tc").set_index("attribute").loc["tender_close"]
    assert figure["figure"] == "2025-12-31（按公布）"


def test_today_is_a_day(run):
    done = run("changes", "--from", "2026-09-01", "--to", "today", "--json")

    assert done.exit_code == 0
    days = [row["as_of"] for row in json.loads(done.stdout)["rows"]]
    assert days
    assert min(days) > "2026-09-01"
    assert read_date("today") > read_date("2026-09-01")


def test_the_kind_of_a_shipped_feature_is_said_in_the_language_asked_for(run):
    said = run("inside", "ponds:kind", "--site", "沙嶺", "--lang", "tc", "--format", "table").stdout

    assert "魚塘" in said
    assert "fishponds" not in said


def test_features_with_a_number_stand_in_the_order_of_numbers():
    ids = list(nm.read_layer(open_catalog(), "ponds").index)

    assert ids == sorted(ids, key=natural_key)
    assert ids.index("pond_p3") < ids.index("pond_p10")
