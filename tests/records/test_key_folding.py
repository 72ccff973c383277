"""Folding of keys: same names match, what was folded is said, and folding twice changes nothing."""

import unicodedata

import hypothesis.strategies as st
from hypothesis import given

from nmgeo.records.key_folding import STEPS, fold_keys, match_keys

NAMES = st.text(
    alphabet=st.sampled_from("abzAZ09 ．　ＡＺａ０９沙嶺岭數据據園园區区落馬马洲廈厦\u3000\t.-/'"),
    max_size=12,
)
WIDE = {chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)}


@given(NAMES)
def test_folding_what_is_folded_changes_nothing(name):
    once = fold_keys([name])

    assert fold_keys(once) == once


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_a_key_in_full_width_and_other_case_matches(key):
    wide = "".join(WIDE[char] for char in key.swapcase())
    [found] = match_keys([wide], {key: "site"})

    assert found is not None
    assert found.target == "site"
    assert "width" in found.steps


@given(st.lists(NAMES, max_size=6))
def test_a_key_as_written_matches_without_a_step(keys):
    targets = {key: key for key in keys}

    assert all(match.steps == () for match in match_keys(keys, targets))


@given(NAMES, NAMES)
def test_keys_that_fold_to_one_form_match_and_others_do_not(one, other):
    [found] = match_keys([one], {other: "site"})

    assert (found is not None) == (fold_keys([one]) == fold_keys([other]))
    assert found is None or set(found.steps) <= set(STEPS)


def test_a_number_that_a_spreadsheet_wrote_with_a_zero_matches_its_whole_number():
    matches = match_keys(["101.0", "102.00", "101.5", "v1.0"], {"101": "a", "102": "b", "v1": "c"})

    assert matches == [("a", ("whole",)), ("b", ("whole",)), None, None]


def test_what_was_folded_is_said():
    targets = {"沙嶺": "s", "DD 89": "d", "嗰": "h"}
    written = ["沙岭", "dd  ８９", unicodedata.normalize("NFC", "嗰"), "nowhere"]
    found = match_keys(written, targets)

    assert found[0] == ("s", ("simplified",))
    assert found[1] == ("d", ("spaces", "width", "case"))
    assert found[2] == ("h", ())
    assert found[3] is None


def test_a_private_use_character_is_the_character_that_it_stood_for():
    [found] = match_keys([chr(0xF6B1)], {"①": "one"})

    assert found == ("one", ("private_use",))


def test_a_folded_key_of_two_targets_matches_neither():
    assert match_keys(["AB"], {"ab": "one", "Ab": "two"}) == [None]
