"""Columns: a table of any width breaks names at their joints, and dates last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmgeo.outputs.columns import broken, widths

FILE = "lots_that_said_2326.gpkg"


def test_where_there_is_room_every_column_is_as_wide_as_its_text():
    assert widths([["File", "Day"], [FILE, "2024-05-20"]], 80) == [len(FILE), 10]


def test_a_file_name_gives_way_before_a_date_and_breaks_at_its_joints():
    file, day = widths([["File", "Day"], [FILE, "(2024-05-20)"]], 25)

    assert (file, day) == (12, 12)
    assert broken(FILE, file).split("\n") == ["lots_that_", "said_2326.", "gpkg"]
    assert broken("(2024-05-20)", day) == "(2024-05-20)"


def test_a_date_that_must_break_does_so_at_a_dash():
    assert broken("as of (2024-05-20)", 10) == "as of (2024-05-\n20)"


@pytest.mark.parametrize("text", ["one word", "沙嶺數據園區", "", "1,004.06", "x" * 30])
def test_what_has_no_joints_is_left_as_it_is(text):
    assert broken(text, 9) == text


@given(text=st.text(), room=st.integers(1, 20))
def test_nothing_of_a_text_is_lost_or_moved(text, room):
    assert "".join(broken(text, room).split()) == "".join(text.split())


@given(
    rows=st.lists(st.tuples(*[st.text("ab_. 沙", max_size=30)] * 4), min_size=1, max_size=4),
    width=st.integers(36, 100),
)
def test_columns_never_take_more_than_the_terminal(rows, width):
    assert sum(widths(rows, width)) + 3 <= width
