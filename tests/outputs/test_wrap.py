"""Columns: a table of any width breaks names at their joints, and dates last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nmgeo.outputs.terminal.table import layout_list, layout_table
from nmgeo.outputs.terminal.wrap import break_words, wrap_text

FILE = "lots_that_said_2326.gpkg"


def test_a_file_name_gives_way_before_a_date_and_breaks_at_its_joints():
    laid = layout_table(["File", "Day"], [[FILE, "(2024-05-20)"]], [True, True], 26, 0)

    assert [line.split() for line in laid.splitlines()[2:]] == [
        ["lots_that_", "(2024-05-20)"],
        ["said_2326."],
        ["gpkg"],
    ]


def test_a_date_that_must_break_does_so_at_a_dash():
    assert break_words("as of (2024-05-20)", 10) == "as of\n(2024-05-\n20)"


def test_latin_letters_in_chinese_are_kept_together():
    assert break_words("流浮山（nmgeo 譯名）", 12) == "流浮山\n（nmgeo 譯\n名）"


@pytest.mark.parametrize("width", range(6, 40))
def test_no_line_of_chinese_begins_with_a_stop_or_ends_with_a_bracket(width):
    text = "新田科技城：發展範圍（不含河套），約1,004公頃（2024年）；「一區兩園」、其他。"
    lines = wrap_text(text, width)

    assert max(map(cell_len, lines)) <= width
    assert "".join(lines) == text
    assert not [line for line in lines if line[0] in "，。、；：）」" or line[-1] in "（「"]


def test_a_unit_in_brackets_stays_whole():
    assert wrap_text("公布面積 (公頃)", 11) == ["公布面積", "(公頃)"]
    assert wrap_text("原有用途（約）", 12) == ["原有用途", "（約）"]


def test_the_range_of_a_number_is_never_broken_in_a_table():
    laid = layout_table(
        ["地點", "距離"], [["河套深港科技創新合作區", "(2,800–4,100)"]], [True] * 2, 24, 0
    )

    assert "(2,800–4,100)" in laid


@pytest.mark.parametrize("text", ["one word", "沙嶺數據", "", "1,004.06", "2024-05"])
def test_what_fits_is_left_as_it_is(text):
    assert break_words(text, 9) == text


def test_what_has_no_joint_is_cut_where_the_line_ends():
    assert break_words("x" * 20, 9) == f"{'x' * 9}\n{'x' * 9}\nxx"
    assert break_words("沙嶺數據園區", 9) == "沙嶺數據\n園區"


@given(text=st.text(), room=st.integers(2, 20))
def test_nothing_of_a_text_is_lost_or_moved(text, room):
    assert "".join(break_words(text, room).split()) == "".join(text.split())


@given(
    rows=st.lists(st.tuples(*[st.text("ab_. 沙", max_size=30)] * 4), min_size=1, max_size=4),
    width=st.integers(36, 100),
)
def test_columns_never_take_more_than_the_terminal(rows, width):
    laid = layout_table(["A", "B", "C", "D"], rows, [True] * 4, width, 0)

    assert max(cell_len(line) for line in laid.splitlines()) <= width


def test_a_value_has_four_columns_where_the_screen_has_none():
    listed = layout_list(["a long heading"], [["abcdefgh"]], 10)

    assert listed.split() == ["a", "long", "heading", "abcd", "efgh"]
