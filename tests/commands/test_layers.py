"""Layers: the layers and tables of the shipped data, and their caveats."""

import pytest
from world import points, write

from nmgeo.catalog import open_catalog
from nmgeo.commands.layers import caveat, layers

LAYERS = [
    *("sites", "boundary", "railways", "stations", "crossings"),
    *("development_areas", "wetlands"),
]
TABLES = ["sources", "places", "claims", "policies"]


def test_all_layers_and_tables_are_listed_with_licence_and_credit():
    rows = layers().set_index("layer")

    assert {*LAYERS, *TABLES} <= set(rows.index)
    assert (
        rows[["title", "as_of", "licence", "credit", "source_url", "sha256"]].ne("").all(axis=None)
    )


def test_layers_say_how_well_they_are_known():
    rows = layers().set_index("layer").loc[LAYERS]

    known = {"official", "digitised", "indicative", "schematic"}
    assert set(rows["geometry_status"]) <= known
    assert (rows["accuracy_m"] > 0).all()


@pytest.mark.parametrize(("lang", "title"), [("en", "Wetland"), ("tc", "濕地"), ("sc", "湿地")])
def test_titles_come_in_the_language_asked_for(lang, title):
    assert title in layers(lang=lang)["title"].to_list()


def test_a_users_layer_is_listed_by_its_name_and_file(tmp_path):
    file = write(points(w=(0, 0)), tmp_path / "wells.geojson")
    rows = layers(open_catalog(layers={"wells": file})).set_index("layer")

    assert rows.loc["wells", "file"] == file


@pytest.mark.parametrize(("lang", "words"), [("tc", "並非出入口"), ("sc", "并非出入口")])
def test_what_is_warned_of_in_a_layer_is_said_in_the_language_that_is_asked_for(run, lang, words):
    assert words in layers(lang=lang).set_index("layer").loc["stations", "caveat"]
    said = run("near", "stations", "--lang", lang).stderr
    assert words in said
    assert "One point a station" not in said


@pytest.mark.parametrize("lang", ["tc", "sc"])
def test_every_caveat_is_translated(lang):
    english, other = layers()["caveat"], layers(lang=lang)["caveat"]

    assert (english.fillna("") != "").any()
    assert not (english[english.fillna("") != ""] == other[english.fillna("") != ""]).any()


def test_nothing_is_warned_of_in_a_users_layer_that_has_the_name_of_one_of_ours():
    assert caveat("stations")
    assert caveat("stations", open_catalog(layers={"stations": "mine.gpkg"})) == ""
    assert caveat("wells", open_catalog(layers={"wells": "mine.gpkg"})) == ""
