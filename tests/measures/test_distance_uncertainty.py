"""Roundings: a distance is printed no finer than what is known of its ends."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmgeo.measures.distance_uncertainty import known_error_m, round_distances, rounding_steps_m
from nmgeo.outputs.tables import render

NAN = float("nan")
metres = st.floats(0, 50_000)
CENTIMETRE = 0.005 + 1e-9  # what a distance loses where it is kept to one


@pytest.mark.parametrize(
    ("accuracy", "step"),
    [(0, 1), (1, 1), (19.9, 1), (20, 10), (199, 10), (200, 100), (1999, 100), (2000, 1000)],
)
def test_the_step_is_the_power_of_ten_not_above_half_the_accuracy(accuracy, step):
    assert rounding_steps_m(pd.Series([accuracy])).tolist() == [step]


def test_what_nobody_knows_the_accuracy_of_is_rounded_to_10_m():
    assert rounding_steps_m(pd.Series([NAN])).tolist() == [10]


@given(gap=metres, out=st.floats(0, 5_000))
def test_rounding_adds_a_quarter_of_the_accuracy_at_most_and_a_range_only_grows(gap, out):
    row = {"nearest_m": gap, "low_m": max(gap - out, 0), "high_m": gap + out, "accuracy_m": out}
    shown = round_distances(pd.DataFrame([row])).iloc[0]

    assert abs(shown["nearest_m"] - gap) <= max(out / 4, 0.5) + CENTIMETRE
    assert shown["low_m"] <= row["low_m"] + CENTIMETRE
    assert shown["high_m"] >= row["high_m"] - CENTIMETRE
    assert shown["low_m"] <= shown["nearest_m"] <= shown["high_m"]


def test_equal_distances_have_equal_ranges_whatever_a_change_of_coordinates_left_of_them():
    gaps = pd.Series([123.00004, 123.0, 122.99996])
    rows = pd.DataFrame({"low_m": gaps - 5, "high_m": gaps + 5, "accuracy_m": 5.0})

    assert round_distances(rows)["low_m"].tolist() == [118.0] * 3
    assert round_distances(rows)["high_m"].tolist() == [128.0] * 3


def test_of_two_ends_the_one_that_is_known_is_the_least_that_both_may_be_out():
    both = known_error_m([400.0, 400.0, NAN, NAN], [1.0, NAN, 1.0, NAN])

    assert both[:3].tolist() == [401.0, 400.0, 1.0]
    assert pd.isna(both[3])


def test_rows_without_distances_or_an_accuracy_are_left_as_they_are():
    areas = pd.DataFrame({"area_ha": [1.23], "accuracy_m": [300.0]})
    gaps = pd.DataFrame({"nearest_m": [1234.5]})

    assert round_distances(areas).equals(areas)
    assert round_distances(gaps).equals(gaps)


def test_a_mixed_column_is_rounded_where_it_holds_metres_of_a_known_accuracy():
    rows = pd.DataFrame(
        {
            "value": [1234.5, 1234.5, 1234.5, "about 3"],
            "unit": ["m", "ha", "m", "text"],
            "accuracy_m": [360.0, 360.0, NAN, NAN],
        }
    )

    assert round_distances(rows)["value"].tolist() == [1200.0, 1234.5, 1234.5, "about 3"]


def test_json_is_not_rounded():
    rows = pd.DataFrame({"nearest_m": [1234.5], "accuracy_m": [360.0]})

    assert '"nearest_m": 1234.5' in render("near", rows, "json")
    assert "1200,360" in render("near", rows, "csv")


def test_a_distance_that_is_not_0_is_not_shown_as_0():
    rows = pd.DataFrame({"nearest_m": [43.0, 0.0, 1_043.0], "accuracy_m": [400.0] * 3})

    assert round_distances(rows)["nearest_m"].tolist() == [40.0, 0.0, 1_000.0]
