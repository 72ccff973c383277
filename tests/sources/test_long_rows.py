"""Rows of CSV with more cells than headings: what is left out is told of."""

import pytest

import nmgeo as nm
from nmgeo.sources.long_rows import long_rows

HEAD = "id,x,y,note"
ROWS = ["a,824000,839000,ok", "b,824100,839000,ok", "c,824200,839000,ok"]
WRONG = "have more cells than headings, first row"


def table(folder, *rows, head=HEAD, between=",", encoding="utf-8", name="a.csv"):
    written = "\n".join([head, *rows, ""]).replace(",", between)
    (folder / name).write_text(written, encoding=encoding)
    return folder / name


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_row_with_text_beyond_the_headings_is_told_of(tmp_path, run, between, encoding):
    file = table(
        tmp_path, ROWS[0], f"{ROWS[1]},lost,too", ROWS[2], between=between, encoding=encoding
    )
    wrong = "1 row has more cells than headings, first row 2 below them: what stands beyond is not"

    for words in (
        ["sites", "--sites", file],
        ["near", "stations", "--sites", file, "-o", tmp_path / "o.csv"],
    ):
        done = run(*words, "--crs", "hk80")
        assert done.exit_code == 0, done.stderr
        assert done.stderr.count(wrong) == 1
    found = nm.doctor(file, crs="hk80").set_index("finding").loc["text_lost"]
    assert found["severity"] == "fault"
    assert found["evidence"].startswith(wrong)


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        [f"{row},,  ," for row in ROWS],  # as spreadsheets write them
        [row.rpartition(",")[0] for row in ROWS],
        ['a,824000,839000,"ok, or\nso"', '"b",824100,839000,"""ok"", yes"'],
    ],
)
def test_rows_that_lose_nothing_are_not(tmp_path, rows):
    file = table(tmp_path, *rows)

    assert long_rows(str(file), "CSV") is None
    assert "text_lost" not in set(nm.doctor(file, crs="hk80")["finding"])


def test_a_cell_may_be_of_any_length(tmp_path, capfd):
    file = table(tmp_path, ROWS[0], f"{ROWS[1]},{'x' * 200_000}")

    assert "first row 2" in str(long_rows(str(file), "CSV"))
    assert capfd.readouterr().err == ""


def test_all_such_rows_are_counted_and_those_of_other_formats_are_not_looked_for(tmp_path):
    file = table(tmp_path, ROWS[0], f"{ROWS[1]},x", f"{ROWS[2]},,y")

    assert f"2 rows {WRONG} 2 below them" in str(long_rows(str(file), "CSV"))
    assert long_rows(str(file), "GeoJSON") is None
    assert long_rows(f"/vsizip/{file}", "CSV") is None


@pytest.mark.parametrize("content", [b"", b"id", b"\xff\xfe\xff\n,,\n", b'"id\n' + b"a," * 99])
def test_what_is_damaged_is_said_where_it_is_read(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)

    assert long_rows(str(tmp_path / "a.csv"), "CSV") is None
