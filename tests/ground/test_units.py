"""Units: a length is a plain number and a unit, and nothing else."""

from decimal import Decimal

import pytest

from nmgeo.errors import UnitError
from nmgeo.units import (
    AREA_UNITS,
    metres,
    read_area,
    read_area_unit,
    read_share,
    rounding_margins,
    to_hectares,
)


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
    ("value", "unit", "area"),
    [
        *((87, "ha", 87), (116_365, "m2", 11.6365), (3.02, "km2", 302)),
        *((1_076_391, "sqft", 9.999999612864), (640, "acre", 258.9988110336), (15, "mu", 1)),
    ],
)
def test_a_published_area_is_converted_to_hectares(value, unit, area):
    assert to_hectares(value, unit) == pytest.approx(area, abs=1e-9)


@pytest.mark.parametrize("unit", ["m", "acres", "HA", ""])
def test_a_unit_that_is_none_of_area_is_refused_with_those_that_are(unit):
    with pytest.raises(UnitError, match=", ".join(AREA_UNITS)):
        to_hectares(1, unit)


@pytest.mark.parametrize(
    ("unit", "texts"),
    [
        ("ha", ["ha", "HA", "Hectares", "公頃", "公顷", "hm²", "㏊"]),
        ("m2", ["m2", "m²", "㎡", "sq. m", "sq m", "sqm", "square metres", "平方米", "ｍ２"]),
        ("km2", ["km²", "㎢", "sq km", "平方公里"]),
        ("sqft", ["sq ft", "sq. ft.", "ft²", "square feet", "Square Foot", "平方呎", "平方英尺"]),
        ("acre", ["acres", "Acre", "英畝"]),
        ("mu", ["mu", "亩", "市畝"]),
    ],
)
def test_a_unit_of_area_is_known_as_people_write_it(unit, texts):
    assert {read_area_unit(text) for text in texts} == {(unit, 0)}


@pytest.mark.parametrize(
    ("text", "unit", "zeros"),
    [
        *(
            ("萬平方米", "m2", 4),
            ("万平方米", "m2", 4),
            ("億平方呎", "sqft", 8),
            ("亿平方米", "m2", 8),
        ),
        *(("百萬平方呎", "sqft", 6), ("million sq ft", "sqft", 6), ("'000 m2", "m2", 3)),
        *(("千公頃", "ha", 3), ("平方千米", "km2", 0)),
    ],
)
def test_a_unit_may_carry_its_zeros(text, unit, zeros):
    assert read_area_unit(text) == (unit, zeros)


def test_zeros_of_the_unit_count_once():
    assert read_area("20.5", "萬平方米") == (Decimal(205000), "m2", "", 4)
    assert read_area("3 ha", "萬平方米") == (Decimal(3), "ha", "", 0)
    with pytest.raises(UnitError, match="萬 stands before the unit '萬平方米'; write it once"):
        read_area("20萬", "萬平方米")


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        *(("二十萬平方米", 200_000, "m2"), ("約二十万平方米", 200_000, "m2"), ("十公頃", 10, "ha")),
        *(
            ("一百零五公頃", 105, "ha"),
            ("三千五百公頃", 3_500, "ha"),
            ("兩億平方呎", 2 * 10**8, "sqft"),
        ),
        *(("一點五萬平方米", 15_000, "m2"), ("二〇公頃", 20, "ha"), ("五平方千米", 5, "km2")),
        *(
            ("十二萬平方米", 120_000, "m2"),
            ("百萬平方米", 1_000_000, "m2"),
            ("5千平方米", 5_000, "m2"),
        ),
    ],
)
def test_a_number_may_be_written_in_chinese(text, number, unit):
    area = read_area(text)

    assert (area.number, area.unit) == (number, unit)


@pytest.mark.parametrize("text", ["", "m", "ft", "sq", "呎", "斗種", "jobs", "ha ha"])
def test_a_unit_that_is_not_known_is_refused_with_those_that_are(text):
    with pytest.raises(UnitError, match=r"unknown unit; use one of ha, m2, km2, sqft, acre, mu"):
        read_area_unit(text)


def test_the_mu_that_differs_between_hong_kong_and_the_mainland_is_refused():
    with pytest.raises(UnitError, match="667 m2 in the mainland and 761 m2 in Hong Kong"):
        read_area("5畝")


@pytest.mark.parametrize(
    ("text", "number", "unit", "hedge"),
    [
        ("10.5 ha", "10.5", "ha", ""),
        ("1,076,391 sq ft", "1076391", "sqft", ""),
        ("1 076 391 m²", "1076391", "m2", ""),
        ("１，０７６ 平方米", "1076", "m2", ""),
        ("10.8萬平方呎", "108000", "sqft", ""),
        ("10.8万平方米", "108000", "m2", ""),
        ("1.2億㎡", "120000000", "m2", ""),
        ("3百萬平方米", "3000000", "m2", ""),
        ("2 million sq. ft.", "2000000", "sqft", ""),
        ("約10公頃", "10", "ha", "約"),
        ("Over 600 hectares", "600", "ha", "over"),
        ("up to 224ha", "224", "ha", "up to"),
        ("> 3 km²", "3", "km2", ">"),
        ("300", "300", "ha", ""),
    ],
)
def test_an_area_is_read_as_people_write_it(text, number, unit, hedge):
    assert read_area(text, "ha")[:3] == (Decimal(number), unit, hedge)


def test_an_area_that_has_a_unit_of_its_own_keeps_it():
    assert read_area("3 km2", "ha").unit == "km2"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "ha",
            "-5 ha",
            "−5 ha",
            "－5 ha",
            "約-5 ha",
            "+5 ha",
            "(5) ha",
            "1,5 ha",
            "1,07,639 m2",
        ),
        *("12,34 ha", "1.2.3 ha", "1e5 m2", "1.08E+06", "nan ha", "十二三公頃", "٥ ha", "TBC 5 ha"),
        *("5-6 ha", "5 to 6 ha", "5\n6 ha", "=5 ha", "9" * 40 + " ha"),
    ],
)
def test_what_is_no_area_is_refused(text):
    with pytest.raises(UnitError, match="area"):
        read_area(text, "ha")


def test_an_area_without_a_unit_is_refused():
    with pytest.raises(UnitError, match=r"'300': no unit; add one, as in 10\.5 ha"):
        read_area("300")


@pytest.mark.parametrize(
    ("number", "hedge", "room"),
    [
        ("87", "", (0.5, 0.5)),
        ("87", "proposed", (0.5, 0.5)),
        ("539", "derived: 626 less 87", (0.5, 0.5)),
        ("11.64", "", (0.005, 0.005)),
        ("300", "", (0.5, 0.5)),
        ("1.08E+5", "", (500, 500)),
        ("300", "about; planned", (50, 50)),
        ("87", "約", (0.5, 0.5)),
        ("600", "over", (0, 100)),
        ("600", "逾", (0, 100)),
        ("600", "at least", (0, 100)),
        ("600", "not less than", (0, 100)),
        ("224", "up to; proposed", (1, 0)),
        ("220", "no more than", (10, 0)),
        ("220", "不超過", (10, 0)),
        ("220", "less than", (10, 0)),
        ("0", "about", (0.5, 0.5)),
    ],
)
def test_the_last_digit_and_the_hedge_say_how_far_the_truth_may_lie(number, hedge, room):
    assert rounding_margins(Decimal(number), hedge) == pytest.approx(room)


@pytest.mark.parametrize(("text", "part"), [("0.1%", 0.001), ("5 %", 0.05), ("100%", 1), ("0%", 0)])
def test_a_share_is_read_from_a_percentage(text, part):
    assert read_share(text) == pytest.approx(part)


@pytest.mark.parametrize("text", ["", "5", "0.05", "-1%", "101%", "1e2%", "%", "５%", "nan%"])
def test_anything_else_is_no_share(text):
    with pytest.raises(UnitError, match=r"write a number and %, as in 0\.1%"):
        read_share(text)
