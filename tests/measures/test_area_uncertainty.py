"""Ranges: hectares are printed no finer than their edge is known."""

import json
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import sites, square

import nmgeo as nm
from nmgeo.measures.area_rounding import round_areas
from nmgeo.measures.area_uncertainty import area_range_ha, justified_decimals
from nmgeo.measures.distance_uncertainty import round_distances
from nmgeo.outputs.tables import render

NAN = float("nan")


@pytest.mark.parametrize(
    ("area", "accuracy", "decimals"),
    [
        (87.15, 60, 0),
        (11.65, 500, 0),
        (1, 6, 1),
        (1, 0.5, 2),
        (1, 0, 2),
        (1, NAN, 2),
        (1.49, 60, 1),
        (9.96, 500, 0),
        (0, 500, 0),
        (0, NAN, 0),
    ],
)
def test_so_many_decimals_as_the_edge_of_a_disc_allows(area, accuracy, decimals):
    assert justified_decimals(area, accuracy, 2) == decimals


@given(area=st.floats(0, 50_000), accuracy=st.floats(0, 1_000))
def test_rounding_moves_an_area_by_a_quarter_of_what_it_may_be_out_or_half_a_square_metre_of_100(
    area, accuracy
):
    room = (2 * math.sqrt(math.pi * area * 1e4) * accuracy + math.pi * accuracy**2) / 1e4
    edge_m = 2 * math.sqrt(math.pi * area * 1e4)
    row = {"area_ha": area, **area_range_ha(area, edge_m, accuracy, 1), "accuracy_m": accuracy}
    shown = round_areas(pd.DataFrame([row]).astype(float)).iloc[0]

    half = max(room / 4, 0.005)
    assert abs(float(shown["area_ha"]) - area) <= half * 1.01 + 1e-9
    assert float(shown["low_ha"]) <= row["low_ha"] + half / 100 + 1e-9
    assert float(shown["high_ha"]) >= row["high_ha"] - half / 100 - 1e-9


@pytest.mark.parametrize(
    ("side", "out", "range_"), [(1_000, 5, "98.0,102.1"), (100, 0.5, "0.98,1.03")]
)
def test_a_change_of_coordinates_makes_no_range_wider(ask, side, out, range_):
    rows = nm.area(ask(sites(a=square(0, 0, side)).assign(accuracy_m=out)))

    assert f",{range_}," in render("area", rows, "csv")


def test_the_areas_of_a_table_have_the_decimals_of_the_surest():
    taken = {"inside_ha": 75.0, "low_ha": 73.2, "high_ha": 76.8, "accuracy_m": 10.0}
    left = {"free_ha": 25.04, "free_low_ha": 23.7, "free_high_ha": 28.8, "accuracy_m": 10.0}
    shown = round_areas(pd.DataFrame([taken | left, {**left, "inside_ha": 124.96}]))

    assert [str(shown[name].iloc[0]) for name in taken if name.endswith("ha")] == [
        *("75.0", "73.2", "76.8")
    ]
    assert [str(ha) for ha in shown["free_ha"]] == ["25.0", "25.0"]


@given(
    st.lists(
        st.tuples(st.floats(0, 2_000), st.floats(0, 500) | st.just(NAN)), min_size=2, max_size=9
    )
)
def test_no_column_puts_two_areas_in_the_wrong_order_or_shows_land_as_0(cells):
    rows = pd.DataFrame(sorted(cells), columns=["area_ha", "accuracy_m"])
    shown = [float(ha) for ha in round_areas(rows)["area_ha"]]

    assert shown == sorted(shown)
    assert all(ha > 0 for ha, area in zip(shown, rows["area_ha"], strict=True) if area >= 1e-4)


def test_one_lot_is_never_shown_as_less_than_two_digits_say():
    rows = {"inside_ha": [1.49, 0.39, 0.09, 0.003], "accuracy_m": [60.0, 61.0, 61.0, 61.0]}
    shown = round_areas(pd.DataFrame(rows))

    assert [str(ha) for ha in shown["inside_ha"]] == ["1.5", "0.4", "0.1", "0.003"]


def test_what_nobody_knows_the_accuracy_of_has_the_most_decimals():
    rows = pd.DataFrame({"area_ha": [87.1512, 87.1512], "accuracy_m": [60.0, NAN]})

    assert [str(ha) for ha in round_areas(rows)["area_ha"]] == ["87.15", "87.15"]
    assert round_areas(rows[["area_ha"]]).equals(rows[["area_ha"]])


def test_shares_and_mixed_values_are_rounded_with_their_land():
    rows = pd.DataFrame(
        {
            "value": [87.15, 1234.5, "about 3"],
            "unit": ["ha", "m", "text"],
            "inside_share": [0.53829, 1.0, NAN],
            "accuracy_m": [60.0, 60.0, 60.0],
        }
    )
    shown = round_areas(rows)

    assert [str(value) for value in shown["value"]] == ["87", "1234.5", "about 3"]
    assert [str(share) for share in shown["inside_share"]] == ["0.54", "1.00", "nan"]


def test_what_lies_inside_is_no_finer_than_both_ends_are_known():
    measured = {"inside_ha": 1.234, "inside_share": 0.53829, "mix_share": 0.98765}
    rows = pd.DataFrame([{**measured, "inside_m": 10_316.0, "accuracy_m": NAN}])
    rows = round_areas(round_distances(rows.assign(inside_accuracy_m=1050.0)))

    assert rows[["inside_m", *measured]].astype(str).iloc[0].tolist() == [
        *("10300.0", "1.2", "0.54", "0.99")
    ]


def test_rows_of_one_site_may_be_of_an_accuracy_that_is_known_or_not():
    shares = {"inside_share": [0.53829, 1.0, 0.125], "accuracy_m": [60.0, 60.0, NAN]}
    shown = round_areas(pd.DataFrame(shares, index=["a", "a", "b"]))

    assert [str(share) for share in shown["inside_share"]] == ["0.54", "1.00", "0.13"]


@pytest.mark.parametrize("form", ["table", "md", "csv"])
def test_a_measured_area_stands_beside_its_range(form):
    text = render("area", nm.area(), form)

    assert "87.15" not in text
    assert ("67,108" if form == "csv" else "67–108") in text
    assert "11.6365" in text  # what was published stays as it was


def test_json_is_not_rounded():
    row = json.loads(render("area", nm.area(), "json"))["rows"][0]

    assert row["area_ha"] == nm.area()["area_ha"].iloc[0]
    assert row["high_ha"] - row["area_ha"] == pytest.approx(20.22, abs=0.01)
