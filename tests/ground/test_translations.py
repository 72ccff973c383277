"""Words: all that a reader sees is there in English, Traditional and Simplified Chinese."""

import csv
import json
import subprocess
import sys
from string import Formatter

import pytest

from nmgeo import languages
from nmgeo.catalog import GEOMETRY_STATUS, open_catalog
from nmgeo.columns import all_columns, column_heading
from nmgeo.commands.figure_text import figure_text
from nmgeo.commands.policy_join import HOLDS_BY
from nmgeo.errors import UsageError
from nmgeo.languages import Language
from nmgeo.messages import text
from nmgeo.outputs.values import format_amount
from nmgeo.records.policies import SOURCE_CLASSES, STAGES
from nmgeo.records.sites import AS_GIVEN
from nmgeo.translations import (
    LANGS,
    did_you_mean,
    message_templates,
    section_words,
    translate,
    translate_error,
    word_sections,
)

ENTRIES = [(group, key) for group in word_sections() for key in section_words(group)]


def cells(table, column):
    with open_catalog().tables[table].path.open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)} - {""}


def properties(name):
    found = set()
    for layer in open_catalog().layers.values():
        features = json.loads(layer.path.read_text(encoding="utf-8"))["features"]
        found |= {feature["properties"].get(name) for feature in features}
    return found - {None}


@pytest.mark.parametrize(("group", "key"), ENTRIES)
def test_every_entry_says_it_in_three_languages(group, key):
    entry = section_words(group)[key]

    assert tuple(entry) == LANGS
    assert all(text and text == text.strip() for text in entry.values())


@pytest.mark.parametrize(("group", "key"), ENTRIES)
def test_every_language_has_room_for_the_same_figures(group, key):
    figures = [
        sorted((name, form) for _, name, form, _ in Formatter().parse(text) if name)
        for text in section_words(group)[key].values()
    ]

    assert figures[0] == figures[1] == figures[2]


@pytest.mark.parametrize(
    ("group", "used"),
    [
        ("kind", cells("policies", "kind")),
        ("status", cells("statuses", "status") | properties("status")),
        ("basis", cells("claims", "basis") | properties("basis") | {AS_GIVEN}),
        ("source_class", cells("sources", "class") | set(SOURCE_CLASSES)),
        ("geometry_status", properties("geometry_status") | set(GEOMETRY_STATUS)),
        ("accuracy", set(GEOMETRY_STATUS) | {"stated", "unknown"}),
        ("holds_by", set(HOLDS_BY)),
        ("part", {name[5:] for name in cells("claims", "attribute") if name.startswith("area_")}),
        ("route", {"grid", "ellipsoid", "ogr", "qgis", "postgis"}),
        ("stage", set(STAGES)),
        ("result", {"ok", "broken"}),
    ],
)
def test_every_word_that_the_data_use_is_known(group, used):
    assert used - set(section_words(group)) == set()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("status", GEOMETRY_STATUS)
def test_the_accuracy_of_an_outline_is_a_phrase_with_its_metres(status, lang):
    assert "250" in translate("accuracy", status, lang).format(accuracy_m=250.0)


def test_a_word_is_said_in_the_language_that_was_asked_for():
    assert [translate("geometry_status", "official", lang) for lang in LANGS] == [
        "official",
        "官方界線",
        "官方界线",
    ]


@pytest.mark.parametrize("key", ["my_column", "", "<b>", "區域"])
def test_a_word_of_the_user_is_left_as_it_is(key):
    assert column_heading(key, "tc") == key


def test_a_word_that_was_almost_right_is_suggested():
    assert did_you_mean("statoins", ["wetlands", "stations"]) == " (did you mean stations?)"


def test_nothing_is_suggested_for_a_word_that_is_like_none():
    assert did_you_mean("zzz", ["wetlands", "stations"]) == ""


def test_what_a_language_has_no_words_for_is_in_english(monkeypatch):
    more = Language(code="pt", title="Português", html="pt", button="PT")
    monkeypatch.setattr(languages, "LANGUAGES", (*languages.LANGUAGES, more))
    claim = {"value": "18135000000", "unit": "HKD", "hedge": "about; estimate"}
    error = UsageError("a.csv", text("holds no features"), text("check the name"))

    assert figure_text(claim, "pt") == figure_text(claim, "en")
    assert format_amount(40_000, "per_day", "pt") == format_amount(40_000, "per_day", "en")
    assert translate_error(error, "pt") == str(error)
    assert column_heading("area_sqft", "pt") == column_heading("area_sqft", "en")


ANOTHER_LANGUAGE = """
import sys
from typing import Literal
from nmgeo import languages

more = languages.Language(code="pt", title="Português", html="pt", button="PT")
languages.LANGUAGES += (more,)
languages.LANGS += ("pt",)
languages.NAME_COLUMNS += (more.name_column,)
languages.Lang = Literal["en", "tc", "sc", "pt"]

from nmgeo.cli import app

app(["schema"], standalone_mode=False)
app(["map", "--lang", "pt", "-o", sys.argv[1]], standalone_mode=False)
"""


def test_the_schema_and_the_map_know_a_language_once_it_is_in_the_list(tmp_path):
    page = tmp_path / "map.html"

    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_LANGUAGE, page], capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["geodata"]["layers"]["sites"]["title"]["pt"]
    assert '<html lang="pt"' in page.read_text(encoding="utf-8")


def test_a_feature_has_one_chinese_term():
    texts = [words for section in word_sections() for words in section_words(section).values()]
    columns = [one for column in all_columns().values() for one in (column.heading, column.help)]
    every = [*texts, *columns, *message_templates().values()]

    assert [
        one["tc"] for one in every if "要素" in one.get("tc", "")
    ] == []  # which is mainland use
    assert [one["sc"] for one in every if "图征" in one.get("sc", "")] == []
