"""Numerals: every number below 10,000 that is written in Chinese is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmgeo.chinese_numbers import to_digits

SIGNS = "零一二三四五六七八九"


def written(number):
    """Write a number from 1 to 9,999 as it is said."""
    digits = [int(digit) for digit in f"{number:04d}"]
    said = "".join(
        SIGNS[digit] + place if digit else "零"
        for digit, place in zip(digits, ("千", "百", "十", ""), strict=True)
    )
    while "零零" in said:
        said = said.replace("零零", "零")
    return said.strip("零")


@given(st.integers(1, 9_999))
def test_a_number_is_read_as_it_is_said(number):
    assert to_digits(f"約{written(number)}公頃") == f"約{number}公頃"


@pytest.mark.parametrize("text", ["5平方千米", "TBC", "", "十二三公頃", "公頃"])
def test_what_has_digits_or_no_number_is_left_as_it_is(text):
    assert to_digits(text) == text
