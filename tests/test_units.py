"""Units: a length is a plain number and a unit, and nothing else."""

import pytest

from nmgeo.errors import UnitError
from nmgeo.units import AREA_UNITS, hectares, metres


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("500m", 500),
        ("1km", 1_000),
        ("0.5 mi", 804.672),
        ("2ft", 0.6096),
        ("  1.25 km ", 1_250),
        ("0m", 0),
        ("007m", 7),
        ("500M", 500),
        ("2KM", 2_000),
        ("0.5 Mi", 804.672),
    ],
)
def test_a_length_is_read_as_metres(text, length):
    assert metres(text) == pytest.approx(length, abs=1e-9)


@pytest.mark.parametrize("text", ["500", "1.5", ""])
def test_a_length_without_a_unit_is_refused(text):
    with pytest.raises(UnitError, match="as in 500m"):
        metres(text)


@pytest.mark.parametrize("text", ["-500m", "-0m", "+500m", "−500m", "(500m)"])
def test_a_length_with_a_sign_is_refused(text):
    with pytest.raises(UnitError):
        metres(text)


@pytest.mark.parametrize("text", ["0.5deg", "1 degree", "1°", "0.5 degrees", "1 DEG"])
def test_degrees_are_refused_and_it_says_why(text):
    with pytest.raises(UnitError, match="degrees are not a length"):
        metres(text)


@pytest.mark.parametrize(
    "text",
    [
        *("m", "m500", "5 0m", "1,000m", "1_000m", "1e3m", ".5m", "5.m", "0x10m", "1.2.3m"),
        *("nanm", "inf m", "NaN km", "５００m", "٥m", "500\u212am", "500metres", "1km 500m"),
        *("500m; rm -rf /", "500m\x00", "500\u200bm", "'500m'", "$(500m)", "m" * 500),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(UnitError, match="write a number and one of m, km, ft, mi"):
        metres(text)


def test_a_length_too_great_to_be_one_is_refused():
    with pytest.raises(UnitError):
        metres("9" * 400 + "m")


def test_the_refusal_shows_hostile_text_harmlessly_on_one_line():
    with pytest.raises(UnitError) as caught:
        metres("5\n\x1b[31mm")

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("value", "unit", "area"), [(87, "ha", 87), (116_365, "m2", 11.6365), (3.02, "km2", 302)]
)
def test_a_published_area_is_converted_to_hectares(value, unit, area):
    assert hectares(value, unit) == pytest.approx(area, abs=1e-9)


@pytest.mark.parametrize("unit", ["m", "acre", "HA", ""])
def test_a_unit_that_is_none_of_area_is_refused_with_those_that_are(unit):
    with pytest.raises(UnitError, match=", ".join(AREA_UNITS)):
        hectares(1, unit)
