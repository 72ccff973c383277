"""Columns: every one is described in every language, and what describes it exists."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import tomli

import nmgeo
from nmgeo.catalog import open_catalog
from nmgeo.columns import all_columns, all_tables, column_heading, find_column
from nmgeo.languages import LANGS, LANGUAGES, find_language
from nmgeo.translations import word_sections

TRANSLATIONS = Path(nmgeo.__file__).with_name("translations")
COLUMNS = all_columns().values()
TYPES = {"text", "number", "integer", "boolean", "date", "year", "url", "value"}
UNITS = {None, "ha", "m", "share", "percent", "ppm", "count", "bytes"}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_column_has_a_heading_and_a_sentence_of_help_in_every_language(column):
    for told in (column.heading, column.help):
        assert tuple(told) == LANGS
        assert all(text and text == text.strip() for text in told.values())
    assert all(text.endswith((".", "。")) for text in column.help.values())
    assert len(column.help["en"].split()) <= 25


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_what_describes_a_column_exists(column):
    others = {*column.accuracy, *column.of}
    others |= {column.otherwise, column.heading_by, column.link} - {None}

    assert others <= set(all_columns())
    assert set(column.words) <= set(word_sections())
    assert (column.type in TYPES, column.unit in UNITS) == (True, True)
    assert column.rounds in {"nearest", "down", "up", "step"}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_column_whose_name_ends_in_a_unit_has_that_unit(column):
    end = column.name.rpartition("_")[2]

    if end in UNITS - {None} and column.type != "text":
        assert column.unit == end


@pytest.mark.parametrize("table", all_tables().values(), ids=lambda table: table.name)
def test_a_table_shows_columns_that_its_command_returns(table):
    for shown in table.shown:
        column = find_column(shown)
        parts = column.of if column is not None else ()
        for part in parts or (shown,):
            assert any(fnmatchcase(name, part) for name in table.columns) or table.columns == ()
    assert set(table.columns) <= set(all_columns())
    assert len(set(table.columns)) == len(table.columns)


def test_a_count_of_a_users_layer_is_headed_by_its_name():
    assert column_heading("wells_count", "en") == "wells (no.)"
    assert column_heading("wells_open_count", "tc") == "已啟用wells (個)"
    assert find_column("wells_open_count").name == "{layer}_open_count"


def test_a_column_of_the_user_is_not_described():
    assert find_column("lot_no") is None
    assert column_heading("lot_no", "sc") == "lot_no"


def test_there_is_one_list_of_languages():
    assert tuple(language.code for language in LANGUAGES) == LANGS
    assert find_language("tc").html == "zh-Hant-HK"
    assert find_language("tc").name_column == "name_tc"


# The id in GeoJSON and in streams, the columns of the last row of a receipt, and the area of the
# sites of a class in a file that hides them, and how the layers of a pack look.
ELSEWHERE = {"id", "outline_id", "gross_ha", "net_ha", "double_counted_ha", "remainder_ha"} | {
    *("sites_ha", "map_colour", "map_hatch", "main_outline")
}


def test_every_description_is_used_by_a_table_a_file_or_another_column():
    used = {n for table in all_tables().values() for n in (*table.columns, *table.shown)}
    used |= {name for column in COLUMNS for name in (*column.of, column.otherwise)}
    catalog = open_catalog()
    for file in (*catalog.layers.values(), *catalog.tables.values()):
        used |= set(file.columns)

    assert {column.name for column in COLUMNS} - used - ELSEWHERE == set()


@pytest.mark.parametrize(("file", "known"), [("columns", all_columns()), ("tables", all_tables())])
def test_the_entries_of_a_file_are_those_that_toml_reads(file, known):
    entries = tomli.loads((TRANSLATIONS / f"{file}.toml").read_text(encoding="utf-8"))

    assert [*known] == [*entries]
    for name, entry in entries.items():
        read = {field: getattr(known[name], field) for field in entry}
        assert read == {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}


def test_only_the_columns_that_are_asked_for_are_read(monkeypatch):
    read, loads = [], tomli.loads
    monkeypatch.setattr(tomli, "loads", lambda text: read.append(text) or loads(text))
    all_columns.cache_clear()

    assert all_columns()["area_ha"].unit == "ha"
    assert len(read) == 1
