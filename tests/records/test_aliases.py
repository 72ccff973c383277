"""Other names: whatever a site, place or instrument is called, it is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, UnmatchedPolicyError
from nmgeo.records.aliases import find_id, fold_name, names_of, read_aliases, suggest_ids


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ("hetao_hk_park", "hetao_hk_park"),
        ("He Tao", "hetao_hk_park"),
        ("河套", "hetao_hk_park"),
        ("落馬洲河套", "hetao_hk_park"),
        ("\uff28\uff33\uff29\uff34\uff30", "hetao_hk_park"),
        ("lok ma  chau LOOP", "hetao_hk_park"),
        ("New Tian", "san_tin_technopole"),
        ("新田科技城", "san_tin_technopole"),
        ("Sha Ling", "sandy_ridge"),
        ("沙嶺", "sandy_ridge"),
        ("沙岭", "sandy_ridge"),
        ("nias", "nias"),
        ("New Industrial Acceleration Program", "nias"),
        ("新型工業加速計劃", "nias"),
        ("I&T Industry Guidance Fund", "itif"),
        ("Lo Wu Control Point", "bcp_lw"),
        ("northern metropolis", "northern_metropolis"),
        ("Sha Ling tender", "sandy_ridge_tender"),
        ("沙嶺招標", "sandy_ridge_tender"),
        ("沙岭招标", "sandy_ridge_tender"),
        ("HETAO-HK_Park", "hetao_hk_park"),
        ("STN-kwu-tung", "stn_kwu_tung"),
        ("New-Tian", "san_tin_technopole"),
        ("Atlantis", None),
        ("Atlantis tender", None),
        ("", None),
    ],
)
def test_a_thing_is_found_by_every_name_it_has(written, id_):
    assert find_id(open_catalog(), written) == id_


def test_no_other_name_is_the_id_of_another_thing():
    names = names_of(open_catalog())

    assert {id_: names[fold_name(id_)] for id_ in set(names.values())} == {
        id_: id_ for id_ in set(names.values())
    }


@given(st.text(max_size=20))
def test_folding_twice_is_folding_once(written):
    assert fold_name(fold_name(written)) == fold_name(written)


@settings(deadline=None)  # the first reads the tables
@given(st.sampled_from(sorted(read_aliases(open_catalog()))))
def test_width_case_and_spaces_do_not_matter(name):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name.upper())

    assert find_id(open_catalog(), f"  {wide} ") == find_id(open_catalog(), name)


def test_what_was_almost_right_is_suggested():
    sites = {"sandy_ridge", "hetao_hk_park", "san_tin_technopole"}

    assert suggest_ids(open_catalog(), "sandy rigde", sites) == ["sandy_ridge"]
    assert suggest_ids(open_catalog(), "科技城", sites) == ["san_tin_technopole"]
    assert suggest_ids(open_catalog(), "沙嶺地", sites) == ["sandy_ridge"]
    assert suggest_ids(open_catalog(), "河套深", sites) == ["hetao_hk_park"]
    assert suggest_ids(open_catalog(), "科技", sites) == ["san_tin_technopole", "hetao_hk_park"]
    assert suggest_ids(open_catalog(), "s", sites) == []  # a letter is in the most names
    assert suggest_ids(open_catalog(), "zzzz", sites) == []


def test_a_name_of_two_things_is_refused(broken_geodata):
    header, first, *rows = broken_geodata.rows("aliases.csv")
    one, other = ["A b", "bcp_lw", *first[2:]], ["a\u3000b", "bcp_szb", *first[2:]]
    broken_geodata.set_rows("aliases.csv", [header, *sorted([first, *rows, one, other])])

    with pytest.raises(LayerError, match="in column alias; expected a name of one thing"):
        read_aliases(broken_geodata.open())


@pytest.mark.parametrize(("column", "value"), [("id", "atlantis"), ("source", "Z99")])
def test_a_name_of_nothing_or_without_a_source_is_refused(broken_geodata, column, value):
    broken_geodata.set_cell("aliases.csv", 0, column, value)

    with pytest.raises(UnmatchedPolicyError, match=rf"aliases.csv, line 2: {column} '{value}'"):
        read_aliases(broken_geodata.open())


def test_a_name_without_a_date_is_refused(broken_geodata):
    broken_geodata.set_cell("aliases.csv", 0, "as_of", "03/04/2026")

    with pytest.raises(LayerError, match="line 2: invalid value '03/04/2026' in column as_of"):
        read_aliases(broken_geodata.open())
