"""The ledger: every table is read strictly, and a row knows where it stands."""

import pytest

from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, UnmatchedPolicyError
from nmgeo.messages import text
from nmgeo.outputs.explain import explain
from nmgeo.records.policies import read_claims, read_places, read_policies
from nmgeo.records.statuses import read_statuses
from nmgeo.records.tables import (
    UNITS,
    is_date,
    is_value,
    read_sources,
    read_table,
    require_known,
    require_valid,
    text_frame,
)

READERS = {
    "sources.csv": read_sources,
    "places.csv": read_places,
    "claims.csv": read_claims,
    "policies.csv": read_policies,
    "statuses.csv": read_statuses,
}
TABLES = list(open_catalog().tables)
ROW = {"subject": "lot", "basis": "whole", "at": "claims.csv, line 7"}


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_is_read_as_text(name):
    record, rows = open_catalog().tables[name], read_table(open_catalog(), name)

    assert [tuple(row) for row in rows] == [(*record.columns, "at")] * len(rows)
    assert all(isinstance(cell, str) for row in rows for cell in row.values())


def test_a_row_says_its_file_and_line():
    rows = read_table(open_catalog(), "claims")

    assert rows[0]["at"].endswith("claims.csv, line 2")
    assert rows[1]["at"].endswith("claims.csv, line 3")


def test_a_cell_of_two_lines_does_not_put_the_next_row_on_a_wrong_line(broken_geodata):
    broken_geodata.set_cell("claims.csv", 0, "note", "two\nlines")
    rows = read_table(broken_geodata.open(), "claims")

    assert rows[0]["note"] == "two\nlines"
    assert rows[1]["at"].endswith("line 4")


def test_a_table_that_was_altered_is_refused(broken_geodata):
    with (broken_geodata.folder / "claims.csv").open("a", encoding="utf-8") as file:
        file.write("\n")

    with pytest.raises(LayerError, match=r"claims\.csv: altered"):
        read_table(broken_geodata.open(), "claims")


@pytest.mark.parametrize("file", READERS)
def test_a_row_that_stands_twice_is_refused(broken_geodata, file):
    header, first, *rest = broken_geodata.rows(file)
    broken_geodata.set_rows(file, [header, first, first, *rest])

    with pytest.raises(LayerError, match=r"line 3: .+ expected each key once"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
def test_a_row_out_of_order_is_refused(broken_geodata, file):
    header, first, second, *rest = broken_geodata.rows(file)
    broken_geodata.set_rows(file, [header, second, first, *rest])

    with pytest.raises(LayerError, match=r"line 3: .+ expected rows sorted by key"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
@pytest.mark.parametrize(
    "change", [lambda cells: cells[:-1], lambda cells: cells[::-1]], ids=["fewer", "turned"]
)
def test_columns_that_are_not_the_registered_ones_are_refused(broken_geodata, file, change):
    broken_geodata.set_rows(file, [change(cells) for cells in broken_geodata.rows(file)])

    with pytest.raises(LayerError, match="columns differ from the registry"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
@pytest.mark.parametrize(
    "change", [lambda cells: cells[:-1], lambda cells: [*cells, "more"]], ids=["few", "many"]
)
def test_a_row_with_a_cell_too_few_or_too_many_is_refused(broken_geodata, file, change):
    header, first, *rest = broken_geodata.rows(file)
    broken_geodata.set_rows(file, [header, change(first), *rest])

    with pytest.raises(LayerError, match=rf"{file}, line 2"):
        READERS[file](broken_geodata.open())


@pytest.mark.parametrize("file", READERS)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'"never closed'])
def test_a_table_that_is_no_csv_in_utf8_is_refused(broken_geodata, file, content):
    broken_geodata.replace(file, content)

    with pytest.raises(LayerError, match=file):
        READERS[file](broken_geodata.open())


def test_rows_become_a_frame_of_text_with_the_columns_of_their_record():
    record, rows = open_catalog().tables["claims"], read_table(open_catalog(), "claims")
    frame = text_frame(rows, record.columns)

    assert tuple(frame.columns) == record.columns
    assert {str(kind) for kind in frame.dtypes} == {"object"}
    assert len(frame) == len(rows)


def test_no_rows_become_a_frame_with_all_its_columns():
    record = open_catalog().tables["claims"]

    assert tuple(text_frame([], record.columns).columns) == record.columns


def test_what_holds_is_required_in_silence():
    assert require_valid(ROW, "subject", True, text("a lot")) is None  # noqa: FBT003


def test_what_does_not_hold_is_refused_with_its_place_and_what_it_has_to_be():
    with pytest.raises(LayerError) as refused:
        require_valid(ROW, "subject", False, text("a park"))  # noqa: FBT003

    assert str(refused.value) == (
        "claims.csv, line 7: invalid value 'lot' in column subject; expected a park"
    )


def test_cells_that_cannot_stand_together_are_all_shown():
    with pytest.raises(LayerError, match="invalid value 'lot whole' in column subject basis"):
        require_valid(ROW, "subject basis", False, "there once")  # noqa: FBT003


def test_names_that_are_known_match_in_silence():
    assert require_known(ROW, "subject", ["a", "b"], {"a", "b", "c"}) is None


def test_the_first_name_that_is_not_known_is_named():
    with pytest.raises(UnmatchedPolicyError, match=r"line 7: subject 'x' does not exist"):
        require_known(ROW, "subject", ["a", "x", "y"], {"a"})


@pytest.mark.parametrize("unit", sorted({*UNITS} - {"date", "text"}))
@pytest.mark.parametrize("value", ["0", "87", "11.6365"])
def test_a_number_is_a_value_of_every_unit_of_numbers(unit, value):
    assert is_value(value, unit)


@pytest.mark.parametrize("unit", sorted({*UNITS} - {"date", "text"}))
def test_only_a_level_and_a_share_may_be_below_zero(unit):
    assert is_value("-3", unit) is (unit in {"mPD", "percent"})


@pytest.mark.parametrize(
    "value",
    ["", "about 87", "1,000", "1e3", "nan", "inf", "+1", ".5", "5.", " 5", "5\n", "0x5", "1_0"],
)
def test_what_is_no_plain_number_is_no_value_of_a_unit(value):
    assert not is_value(value, "ha")


@pytest.mark.parametrize(
    ("value", "unit", "stands"),
    [
        ("2026-02", "date", True),
        ("soon", "date", False),
        ("2026-02", "text", True),
        ("anything at all", "text", True),
        ("", "text", False),
    ],
)
def test_a_date_is_a_value_of_dates_and_anything_but_nothing_of_text(value, unit, stands):
    assert is_value(value, unit) is stands


@pytest.mark.parametrize("text", ["2026", "2026-02", "2026-02-04", "2024-02-29", "1899"])
def test_a_date_may_be_only_its_year_or_month(text):
    assert is_date(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "26", "2026-2", "2026-13", "2026-02-30", "2025-02-29", "0000", "2026-00"),
        *("2026/02/04", "20260204", "2026-02-04T00", " 2026", "2026\n", "２０２６"),
    ],
)
def test_what_is_no_day_month_or_year_is_no_date(text):
    assert not is_date(text)


def test_a_table_is_read_anew_once_a_file_has_changed_and_what_is_given_is_a_copy(broken_geodata):
    first = read_sources(broken_geodata.open())
    first.loc[:, "source_title"] = "mine"
    title = read_sources(broken_geodata.open())["source_title"].iloc[0]

    broken_geodata.edit("sources.csv", title, f"{title} corrected")

    assert read_sources(broken_geodata.open())["source_title"].iloc[0] == f"{title} corrected"


def test_what_is_kept_is_named_in_each_file_that_follows_from_it(tmp_path, run):
    for name in ("a.json", "b.json"):
        run("area", "-o", tmp_path / name)
        used = set(explain(tmp_path / name)["file"])
        assert {"claims", "policies", "places", "sources"} <= used
