"""Columns: a table of any width breaks names at their joints, and dates last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nmgeo.outputs.terminal.table import layout_table
from nmgeo.outputs.terminal.wrap import break_words

FILE = "lots_that_said_2326.gpkg"


def test_a_file_name_gives_way_before_a_date_and_breaks_at_its_joints():
    laid = layout_table(["File", "Day"], [[FILE, "(2024-05-20)"]], [True, True], 26, 0)

    assert [line.split() for line in laid.splitlines()[2:]] == [
        ["lots_that_", "(2024-05-20)"],
        ["said_2326."],
        ["gpkg"],
    ]


def test_a_date_that_must_break_does_so_at_a_dash():
    assert break_words("as of (2024-05-20)", 10) == "as of (2024-05-\n20)"


def test_latin_letters_in_chinese_are_kept_together():
    assert break_words("流浮山（nmgeo 譯名）", 12) == "流浮山\n（nmgeo 譯名）"


@pytest.mark.parametrize("text", ["one word", "沙嶺數據園區", "", "1,004.06", "x" * 30])
def test_what_has_no_joints_is_left_as_it_is(text):
    assert break_words(text, 9) == text


@given(text=st.text(), room=st.integers(1, 20))
def test_nothing_of_a_text_is_lost_or_moved(text, room):
    assert "".join(break_words(text, room).split()) == "".join(text.split())


@given(
    rows=st.lists(st.tuples(*[st.text("ab_. 沙", max_size=30)] * 4), min_size=1, max_size=4),
    width=st.integers(36, 100),
)
def test_columns_never_take_more_than_the_terminal(rows, width):
    laid = layout_table(["A", "B", "C", "D"], rows, [True] * 4, width, 0)

    assert max(cell_len(line) for line in laid.splitlines()) <= width
