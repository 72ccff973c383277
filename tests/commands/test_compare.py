"""Compare: sites and instruments side by side, measured and published, each with its source."""

import warnings

import pytest

import nmgeo as nm
from nmgeo.errors import NmgeoError, Notice


@pytest.fixture(scope="module")
def rows():
    return nm.compare("hetao", "沙嶺")


def of(rows, subject, attribute, basis=""):
    found = rows[(rows["subject"] == subject) & (rows["attribute"] == attribute)]
    return found[found["basis"] == basis].iloc[0] if basis else found.iloc[0]


def test_what_is_measured_is_what_area_and_near_say(rows):
    area = nm.area(site="hetao_hk_park")["area_ha"].iloc[0]

    assert float(of(rows, "hetao_hk_park", "measured_area")["value"]) == round(area)
    assert of(rows, "sandy_ridge", "measured_station")["figure"] == "Lo Wu, 300 m (0–800 m)"


def test_every_published_figure_has_date_and_source(rows):
    published = rows[~rows["attribute"].str.startswith("measured_")]

    assert (published[["as_of", "source_title", "publisher"]] != "").all(axis=None)


def test_of_several_figures_the_official_one_is_shown_and_the_rest_are_counted():
    rows = nm.compare("新田", "hetao")
    jobs = of(rows, "san_tin_technopole", "jobs")

    assert (jobs["figure"], jobs["others_count"]) == ("at least 165,000 jobs", 1)


def test_terms_of_an_instrument_are_the_newest():
    rows = nm.compare("nias", "nifs")

    assert of(rows, "nias", "project_cost_min")["figure"] == "HK$150m"
    assert (
        of(nm.compare("nias", "itif", on="2025-11-17"), "nias", "cap")["figure"] == "up to HK$200m"
    )


def test_side_by_side_has_a_column_for_each_and_only_what_both_have(rows):
    wide = nm.set_side_by_side(rows)
    every = nm.set_side_by_side(rows, every=True)

    assert list(wide) == ["what", "Hetao Hong Kong Park", "Sandy Ridge Data Facility Cluster"]
    assert (wide != "").all(axis=None)
    assert len(every) > len(wide)


@pytest.mark.parametrize("names", [(), ("hetao",), ("hetao", "河套"), ("hetao", "nowhere")])
def test_fewer_than_two_subjects_or_an_unknown_one_is_one_line(names):
    with pytest.raises(NmgeoError, match=r"give 2 to 4|unknown"):
        nm.compare(*names)


def test_the_command_line_says_what_is_left_out(run):
    done = run("compare", "hetao", "sandy_ridge", "--format", "table")

    assert "(67–108 ha)" in done.stdout
    assert "attributes of one alone are left out" in done.stderr


def test_what_is_measured_stands_first_then_the_published_area(rows):
    attributes = list(dict.fromkeys(rows["attribute"]))
    measured = [name for name in attributes if name.startswith("measured_")]

    assert measured
    assert attributes[: len(measured) + 1] == [*measured, "area"]


def test_statuses_that_were_not_known_on_a_day_are_said_in_the_rows_and_not_beside_them():
    with warnings.catch_warnings():
        warnings.simplefilter("error", Notice)
        rows = nm.compare("hetao", "沙嶺", on="2025-01-01")

    assert (rows["attribute"] == "measured_station").sum() == 2
