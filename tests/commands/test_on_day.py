"""The day of a catalog in commands that measure: no status that was stated later."""

import warnings

import pytest

import nmgeo as nm
from nmgeo.errors import Notice
from nmgeo.sources.layers import read_layer


@pytest.fixture
def earlier():
    return nm.open_catalog(on="2026-02-04")


def test_a_status_that_was_stated_later_is_not_known(earlier):
    with pytest.warns(
        Notice, match="2 of 16 features have no status that was stated by 2026-02-04"
    ):
        stations = read_layer(earlier, "stations")
    newest = read_layer(nm.open_catalog(), "stations")
    later = newest["as_of"] > "2026-02-04"

    assert set(stations.loc[later, "status"]) == {"not_known"}
    assert stations.loc[later, "opens"].isna().all()
    assert stations.loc[~later, "status"].equals(newest.loc[~later, "status"])
    assert stations.geometry.equals(newest.geometry)


def test_a_station_that_opened_in_an_earlier_year_was_open_on_the_day():
    def open_on(day):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Notice)
            stations = read_layer(nm.open_catalog(on=day), "stations")
        return set(stations.index[stations["status"] == "open"])

    newest = read_layer(nm.open_catalog(), "stations")
    early = set(newest.index[newest["opened"] < 2007])

    assert open_on("2008-01-01") == set(newest.index[newest["status"] == "open"])
    assert open_on("2007-06-01") == early == open_on("2007-12-31")  # the year had not ended
    assert not open_on("1909-12-31")


def test_the_status_of_a_site_is_not_known_before_the_day_of_the_newest_statuses(earlier):
    newest = nm.open_catalog(on="2026-11-20")

    assert set(nm.sites(earlier)["status"]) == {"not_known"}
    assert set(nm.sites(newest)["status"]) == {"partly_open", "under_construction"}


@pytest.mark.parametrize(
    "words",
    [
        ("near", "stations"),
        ("rings", "--at", "500m"),
        ("inside", "sites"),
        ("matrix",),
        ("robust", "stations"),
        ("strip", "boundary", "--width", "35m"),
        ("sites",),
    ],
)
def test_every_command_that_measures_takes_a_day(words, run):
    done = run(*words, "--on", "2026-02-04", "--format", "csv")
    wrong = run(*words, "--on", "04/02/2026", "--format", "csv")

    assert done.exit_code == 0
    assert (wrong.exit_code, "not a date" in wrong.stderr) == (2, True)


def test_a_sheet_and_near_measure_to_what_was_open_and_say_what_was_not_known(run):
    page = run("sheet", "hetao", "--on", "2024-11-20").stdout
    table = run("near", "stations", "--on", "2026-02-04", "--format", "table").stdout

    assert "Lok Ma Chau, 880 m (750–1,020 m), from the edge" in page
    assert "whether it was open on the day asked about is not known" not in page
    assert "As known on 2024-11-20." in page
    assert "opens 2034" not in page
    assert "not known on that day" in table
    assert "2034" not in table


def test_near_says_that_a_state_is_not_known_on_the_day(earlier):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        rows = nm.near("stations", earlier, lang="en")
    row = rows[rows["site_id"] == "hetao_hk_park"].iloc[0]

    assert (row["nearest_status"], row["nearest_name"]) == ("not_known", "The Loop (HSITP)")
