"""Slips: each mistake of units is named by the factor that it leaves behind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmgeo.commands.unit_mistakes import same_factor_mistakes, unit_mistake
from nmgeo.translations import section_words, translate
from nmgeo.units import AREA_UNITS, to_hectares


@pytest.mark.parametrize(
    ("said", "unit", "measured", "name"),
    [
        (10, "m2", 10, "ha_as_m2"),
        (100_000, "ha", 10, "m2_as_ha"),
        (1_076_391, "m2", 10, "sqft_as_m2"),
        (100_000, "sqft", 10, "m2_as_sqft"),
        (24.71, "ha", 10, "acre_as_ha"),
        (1_076_391, "acre", 10, "sqft_as_acre"),
        (0.1, "ha", 10, "km2_as_ha"),
        (10, "km2", 10, "ha_as_km2"),
        (150, "ha", 10, "mu_as_ha"),
        (11.6, "m2", 11.6, "ha_as_m2"),
        (0.001, "ha", 10, "wan_left_out"),
        (11.6365, "sqft", to_hectares(116_365, "sqft"), "wan_left_out"),
        (1e9, "m2", 10, "wan_too_many"),
        (1e9, "ha", 10, "yi_too_many"),
        (1e-7, "ha", 10, "yi_left_out"),
        (1.004, "ha", 1_004, "thousand_left_out"),
        (11_636.5, "ha", 11.6365, "thousand_too_many"),
        (8.7, "ha", 87, "ten_left_out"),
        (870, "ha", 87, "ten_too_many"),
        (870, "m2", 8.7, "hundred_left_out"),
        (8_700_000, "m2", 8.7, "hundred_too_many"),
    ],
)
def test_a_slip_is_named(said, unit, measured, name):
    found = unit_mistake(to_hectares(said, unit), measured, unit)

    assert found is not None
    assert found[0] == name
    assert to_hectares(said, unit) / found[1] == pytest.approx(measured, rel=0.01)


@pytest.mark.parametrize(
    ("said", "unit", "zeros", "name", "others"),
    [
        (1e9, "m2", 8, "wan_as_yi", []),  # 10億 for 10萬
        (1e5, "ha", 8, "wan_as_yi", ["m2_as_ha"]),
        (10, "m2", 4, "yi_as_wan", ["ha_as_m2"]),  # 0.001萬 for 0.001億
        (1e9, "m2", 4, "wan_too_many", []),
        (1e8, "m2", 8, "thousand_too_many", []),  # 億 for 萬 would be out by 10,000
        (1e-7, "ha", 8, "yi_left_out", []),
    ],
)
def test_a_figure_said_in_wan_or_yi_may_have_meant_the_other(said, unit, zeros, name, others):
    found = unit_mistake(to_hectares(said, unit), 10, unit, zeros)

    assert found is not None
    assert (found[0], same_factor_mistakes(found[0], unit, zeros)) == (name, others)
    assert to_hectares(said, unit) / found[1] == pytest.approx(10)


@pytest.mark.parametrize(
    ("said", "measured"), [(10, 10), (10, 12), (10, 5), (0, 10), (10, 0), (1_031, 100)]
)
def test_what_no_factor_explains_has_no_name(said, measured):
    assert unit_mistake(said, measured, "ha") is None


def test_ten_and_square_feet_are_told_apart_on_either_side_of_the_middle():
    assert unit_mistake(102.9, 10, "m2")[0] == "ten_too_many"
    assert unit_mistake(104.6, 10, "m2")[0] == "sqft_as_m2"
    assert unit_mistake(103.7, 10, "m2") is None


@settings(deadline=None, max_examples=30)
@given(
    measured=st.floats(0.01, 10_000),
    meant=st.sampled_from(AREA_UNITS),
    unit=st.sampled_from(AREA_UNITS),
    off=st.floats(0.98, 1.02),
)
def test_a_figure_in_another_unit_is_always_named(measured, meant, unit, off):
    number = measured / to_hectares(1, meant) * off
    found = unit_mistake(to_hectares(number, unit), measured, unit)

    assert found is None if meant == unit else found[0] == f"{meant}_as_{unit}"


def test_every_slip_has_words():
    times = ("ten", "hundred", "thousand", "wan", "yi")

    assert set(section_words("area_unit")) == set(AREA_UNITS)
    assert set(section_words("slip")) == {
        *(f"{name}_{end}" for name in times for end in ("too_many", "left_out")),
        *("wan_as_yi", "yi_as_wan"),
    }
    assert translate("slip", "wan_left_out", "tc") == "漏了萬"
