"""The words that the page carries: those that it can show, and no others."""

import re

import pytest
from world import layer, square, write

import nmgeo as nm
from nmgeo.outputs.web.page import FOLDER, SCRIPTS
from nmgeo.outputs.web.page_words import page_words


@pytest.fixture(scope="module")
def words(shipped_atlas):
    return page_words(shipped_atlas("en"))


def test_each_phrase_that_the_page_names_is_there_and_no_phrase_of_other_outputs(words):
    code = "".join((FOLDER / name).read_text(encoding="utf-8") for name in (*SCRIPTS, "page.html"))
    named = set(re.findall(r'\b(?:t\(|data-t=|data-label=)"(\w+)"', code))

    assert len(named) > 60
    assert named - set(words["phrase"]) == set()
    assert {"base_none", "draw_how_point", "sheet_low"} <= set(words["phrase"])  # named by a part
    assert not {"robust_order", "none_within", "area_method"} & set(words["phrase"])


def test_the_sentences_are_terms_methods_and_credits(words, shipped_atlas):
    atlas = shipped_atlas("en")
    terms = {*atlas.policies["offers"], *atlas.policies["ratio"], *atlas.policies["threshold"]}

    assert set(words["text"]) & terms
    assert set(words["text"]) & set(atlas.catalog.credits)
    assert set(words["text"]) <= {*terms, *atlas.sites["method"], *atlas.catalog.credits}


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_the_caveat_is_of_whole_sentences(tmp_path):
    file = write(layer({"a": square(0, 0, 60), "b": square(90, 0, 60)}), tmp_path / "lots.gpkg")
    page = nm.map(tmp_path / "map.html", nm.open_catalog(sites=file), at="none", points_only=True)

    caveat = re.search(r'"caveat":\["(.*?)"', page.read_text(encoding="utf-8"))[1]
    assert ". Drawn as points" in caveat
