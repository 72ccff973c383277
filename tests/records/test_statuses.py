"""Statuses: each is dated, and a day shows the one that was known, never a later one."""

import csv
from datetime import date, timedelta

import pytest

import nmgeo as nm
from nmgeo.catalog import last_day, open_catalog, shipped_folder
from nmgeo.records.policies import read_policies
from nmgeo.records.statuses import NOT_KNOWN, hedge_expected, read_statuses, statuses_on

DAYS = [date(y, m, d) for y, m, d in ((2017, 6, 1), (2024, 11, 20), (2026, 2, 4), (2026, 7, 3))]
DAYS.append(date(2026, 11, 26))


def known_by(keys, day):
    """Whether one of the sources was out by a day, or has no date."""
    with (shipped_folder() / "sources.csv").open(encoding="utf-8", newline="") as file:
        dated = {row["source"]: row["dated"] for row in csv.DictReader(file)}
    return any(not dated[key] or last_day(dated[key]) <= day for key in keys.split(";"))


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.filterwarnings("ignore:.*left out, as:nmgeo.errors.Notice")
def test_every_status_on_a_day_is_the_last_row_of_the_table_by_then(day):
    rows, stated = read_statuses(open_catalog()), day.isoformat()
    shown = read_policies(open_catalog(), known_on=day)
    was_out = rows["source"].map(lambda keys: known_by(keys, stated))
    known = rows[(rows["last_day"] <= stated) & was_out]

    for id_, status in shown["status"].items():
        line = known[known["policy_id"] == id_]
        assert status == (NOT_KNOWN if line.empty else line["status"].iloc[-1]), id_


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2024-06-16", None),
        ("2024-06-17", "open"),
        ("2024-11-20", "closed"),
        ("2025-03-17", "open"),
        ("2025-04-10", "open"),
        ("2025-04-11", "closed"),
    ],
)
def test_a_line_of_statuses_is_read_on_each_of_its_days(day, status):
    known = statuses_on(read_statuses(open_catalog()), date.fromisoformat(day))

    assert known["status"].get("sandy_ridge_eoi") == status


def test_a_status_of_a_year_is_known_from_its_last_day():
    rows = read_statuses(open_catalog())

    assert "hetao_ozp" not in statuses_on(rows, date(2018, 12, 30)).index
    assert statuses_on(rows, date(2018, 12, 31)).loc["hetao_ozp", "status"] == "approved"


@pytest.mark.parametrize(("days", "old"), [(365, False), (366, True)])
def test_a_status_is_marked_once_it_is_older_than_a_year(days, old):
    since = date(2024, 9, 20)  # the approval of the plan
    known = statuses_on(read_statuses(open_catalog()), since + timedelta(days=days))

    assert known.loc["san_tin_ozp", "status_over_a_year"] == old


def test_without_a_day_the_newest_status_of_each_instrument_is_shown():
    newest = statuses_on(read_statuses(open_catalog()), None)

    assert newest.loc["land_disposal_hsk", "status"] == "closed"
    assert set(newest.index) == set(read_policies(open_catalog()).index)
    assert newest.loc["hetao_ozp", "status_over_a_year"]
    assert not newest.loc["huanggang_port_area", "status_over_a_year"]


def test_what_rests_on_a_headline_says_so():
    newest = statuses_on(read_statuses(open_catalog()), None)

    assert newest.loc["hsk_logistics_eoi", "status_hedge"] == "as in a headline"


def test_the_last_day_of_a_leap_february_is_the_29th():
    assert last_day("2024-02") == "2024-02-29"


FIVE_DAYS = ("2018-01-01", "2024-11-20", "2025-11-17", "2026-02-04", "2026-11-27")


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
@pytest.mark.parametrize("day", FIVE_DAYS)
def test_the_status_of_every_instrument_is_that_of_the_table_on_five_days(day):
    with (shipped_folder() / "statuses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {}
    for row in sorted(rows, key=lambda row: latest_day(row["as_of"])):
        if latest_day(row["as_of"]) <= day and known_by(row["source"], day):
            known[row["policy_id"]] = (row["status"], row["as_of"])
    shown = nm.policy(catalog=nm.open_catalog(on=day))
    listed = {
        row["policy_id"]: (row["status"], row["status_date"]) for row in shown.to_dict("records")
    }

    assert {id_: said for id_, said in listed.items() if said[0] != "not_known"} == known
    assert all(id_ not in known for id_, said in listed.items() if said[0] == "not_known")


def latest_day(written):
    """Return the last day that a date of the table can mean, reckoned apart from the code."""
    year, month, day = (*written.split("-"), "", "")[:3]
    if not month:
        return f"{year}-12-31"
    last = (date(int(year) + int(month) // 12, int(month) % 12 + 1, 1) - timedelta(days=1)).day
    return f"{year}-{month}-{day or last:0>2}"


def test_a_status_dated_later_than_its_source_is_an_expectation():
    rows = read_statuses(open_catalog())
    closing = rows[(rows["policy_id"] == "sandy_ridge_tender") & (rows["status"] == "closed")]

    assert closing[["as_of", "hedge"]].to_numpy().tolist() == [
        ["2025-12-31", "expected"],  # said by sources of October 2025
        ["2026-03-02", ""],
    ]
    assert statuses_on(rows, date(2026, 1, 15)).loc["sandy_ridge_tender", "status_hedge"] == (
        "expected"
    )


@pytest.mark.parametrize(
    ("hedge", "day", "stated", "now"),
    [
        ("", "2025-12-31", "2025-10-18", "expected"),
        ("before", "2029", "2026-07-18", "expected; before"),
        ("aimed", "2029", "2026-07-18", "aimed"),
        ("", "2026-01", "2026-01-10", ""),
        ("", "2026-01-11", "2026-01", ""),
        ("about", "2026", "", "about"),
    ],
)
def test_what_is_dated_later_than_it_was_stated_is_hedged_once(hedge, day, stated, now):
    assert hedge_expected(hedge, day, stated) == now
    assert hedge_expected(now, day, stated) == now
