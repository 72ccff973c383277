"""Join: a user's table onto sites by key or place, nothing half-joined, and sums by a column."""

import re
import warnings

import openpyxl
import pytest

import nmgeo as nm
from nmgeo.errors import AuditError, NmgeoError
from tests.world import sites, square, write

TABLE = """site,owner,price
新田,Wong,12
ＳＡＮＤＹ　ridge,Lee,007
Hetao Prak,Ho,1
hetao_hk_park;Sha Ling,Au,2
"""


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "owners.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def test_each_row_is_matched_folded_or_unmatched_with_what_is_near(table):
    rows = nm.join(table)

    assert rows["key_match"].tolist() == ["matched", "folded", "unmatched", "matched", "matched"]
    assert rows["folded_by"].iloc[1] == "spaces, width, case"
    assert rows["suggestions"].iloc[2].startswith("Hetao Park")
    assert rows["line_number"].tolist() == [2, 3, 4, 5, 5]
    assert rows.attrs["share"] == pytest.approx(0.8)


def test_a_cell_stays_the_text_that_it_was(table):
    assert nm.join(table)["price"].tolist() == ["12", "007", "1", "2", "2"]


def test_what_matched_is_joined_onto_its_outlines(table):
    drawn = nm.joined_outlines(nm.join(table))

    assert drawn["geometry"].notna().all()
    assert set(drawn["owner"]) == {"Wong", "Lee", "Au"}


def test_a_column_called_geometry_stays_beside_the_outlines(tmp_path):
    file = tmp_path / "drawn.csv"
    file.write_text("site,geometry,outline_id\nSandy Ridge,as drawn,7\n", encoding="utf-8")

    drawn = nm.joined_outlines(nm.join(file))

    assert drawn[["geometry_in_table", "outline_id"]].to_numpy().tolist() == [["as drawn", "7"]]
    assert drawn.geometry.is_valid.all()


def test_a_sheet_is_read_as_text(tmp_path):
    book = openpyxl.Workbook()
    for row in (["lot_no", "owner"], ["sandy_ridge", "Lee"], [None, None]):
        book.active.append(row)
    book.save(tmp_path / "owners.xlsx")
    rows = nm.join(tmp_path / "owners.xlsx")

    assert rows["site_id"].tolist() == ["sandy_ridge"]


@pytest.mark.parametrize(
    ("codec", "sign"), [("big5hkscs", ","), ("utf-16", "\t"), ("utf-8-sig", ";")]
)
def test_text_of_offices_is_read(tmp_path, codec, sign):
    file = tmp_path / "owners.csv"
    file.write_text(
        f"site{sign}owner\n沙嶺{sign}陳\n新田{sign}黃\n落馬洲河套{sign}李\n", encoding=codec
    )

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rows = nm.join(file)

    assert rows["key_match"].tolist() == ["matched"] * 3
    assert len(caught) == (codec != "utf-8-sig")


def test_rows_lie_in_the_site_that_holds_their_place(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("lon,lat,who\n114.07,22.515,a\n114.3,22.4,b\n", encoding="utf-8")
    with pytest.warns(nm.Notice):
        rows = nm.join(file, place=True)

    assert rows["key_match"].tolist() == ["matched", "unmatched"]
    assert rows["who"].tolist() == ["a", "b"]
    assert re.fullmatch(r"\d+\.\d{6}, \d+\.\d{6}", rows["written"].iloc[0])  # not the row number
    assert "name_en" not in rows  # which the table has not


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("site,owner\n", "empty"),
        ("owner,price\nx,1\n", "no column of keys"),
        ("site,owner\nsandy_ridge,Lee,more\n", "3 cells, expected 2"),
        ("site,site\nsandy_ridge,Lee\n", "two columns are called"),
        ('site,owner\n"sandy_ridge,Lee\n', "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_joined_is_one_line(tmp_path, text, said):
    file = tmp_path / "bad.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(NmgeoError, match=said):
        nm.join(file)


def test_less_than_was_asked_for_is_a_failed_check(table, run):
    with pytest.raises(AuditError, match="1 of 5 rows match no site"):
        nm.require_matched(nm.join(table), "100%")
    assert run("join", table, "--fail-under", "100%").exit_code == 3
    assert run("join", table, "--fail-under", "80%").exit_code == 0


def test_areas_and_rings_are_summed_by_a_column_of_the_sites():
    lots = sites(a=square(0, 0, 100), b=square(1000, 0, 100), c=square(2000, 0, 200))
    lots["owner"] = ["Lee", "Ho", "Lee"]
    areas = nm.sum_by(nm.area(lots, crs="hk80"), "owner", lots, crs="hk80")
    rings = nm.sum_by(nm.rings(lots, ["100m"], crs="hk80"), "owner", lots, crs="hk80")

    assert areas["owner"].tolist() == ["Ho", "Lee"]
    assert areas["area_ha"].tolist() == pytest.approx([1.0, 5.0], rel=1e-6)
    assert "low_ha" not in areas  # no accuracy is known
    assert areas["sites_count"].tolist() == [1, 2]
    assert rings["sites_count"].tolist() == [1, 2]


def test_the_command_line_writes_what_matched_and_sums_it(table, run, tmp_path):
    out = tmp_path / "joined.gpkg"

    assert run("join", table, "-o", out).exit_code == 0
    done = run("area", "--sites", out, "--by", "owner", "--format", "table")
    assert "Wong" in done.stdout
    assert run("rings", "--at", "100m", "--sites", out, "--by", "nothing").exit_code == 2


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "(not stated)"), ("tc", "（未註明）"), ("sc", "（未注明）")]
)
def test_sites_without_a_value_are_named_as_such_in_the_sums(lang, word):
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100), c=square(600, 0, 100))
    lots["owner"] = [None, " ", "Lee"]
    sums = nm.sum_by(nm.area(lots, crs="hk80"), "owner", lots, crs="hk80", lang=lang)

    assert sums.set_index("owner")["sites_count"].to_dict() == {"Lee": 1, word: 2}
    assert sums["owner"].tolist()[-1] == word


def test_blanks_at_the_ends_make_no_other_value_of_a_sum():
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100), c=square(600, 0, 100))
    lots["owner"] = ["Lee ", " Lee", "Lee"]
    sums = nm.sum_by(nm.area(lots, crs="hk80"), "owner", lots, crs="hk80")

    assert sums.set_index("owner")["sites_count"].to_dict() == {"Lee": 3}


def test_sums_of_rings_say_that_they_may_overlap_and_what_is_not_known(run, tmp_path):
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100)).assign(owner="Ho")
    file = write(lots, tmp_path / "lots.geojson", 2326)
    done = run("rings", file, "--at", "300m", "--by", "owner", "--crs", "hk80")

    assert "counts once for each of them, so the sums may overlap" in done.stderr
    assert "Accuracy not known for 2 of the outlines" in done.stderr
    assert "Accuracy not known" in run("area", file, "--crs", "hk80").stderr
    inside = run("inside", "other", file, "--layer", f"other={file}", "--crs", "hk80")
    assert "Accuracy not known for 2" in inside.stderr
    assert "Accuracy not known" not in run("area").stderr + run("inside", "sites").stderr


def test_a_sum_has_the_sum_of_the_ranges_and_the_worst_accuracy():
    lots = sites(a=square(0, 0, 100), b=square(300, 0, 100)).assign(owner="Ho", accuracy_m=[1, 5])

    area = nm.area(lots, crs="hk80")
    (total,) = nm.sum_by(area, "owner", lots, crs="hk80").to_dict("records")

    assert total["low_ha"] == pytest.approx(area["low_ha"].sum())
    assert total["high_ha"] == pytest.approx(area["high_ha"].sum())
    assert total["accuracy_m"] == 5


@pytest.mark.parametrize("name", ["no_class", "(not stated)", "（未註明）"])
def test_an_owner_that_is_called_as_what_is_not_stated_is_another(name):
    lots = sites(**{one: square(300 * n, 0, 100) for n, one in enumerate("abc")})
    lots["owner"] = [name, None, name]
    sums = nm.sum_by(nm.area(lots), "owner", lots)

    assert sums["owner"].tolist() == [f'"{name}"', "(not stated)"]
    assert sums["sites_count"].tolist() == [2, 1]


@pytest.fixture
def lots():
    """Three lots in two sites of their owner, of which one lot has no accuracy."""
    three = sites(A=square(0, 0, 100), B=square(300, 0, 100), C=square(600, 0, 100))
    given = {"lot": list("ABC"), "site_id": ["S1", "S1", "S2"], "accuracy_m": [5.0, None, 2.0]}
    return three.assign(**given).set_index("lot")


def test_sums_by_site_id_are_by_the_column_of_the_user_and_not_by_the_key(lots, run, tmp_path):
    file = write(lots.reset_index(), tmp_path / "lots.geojson", 2326)
    own = ("--sites", file, "--key", "lot", "--crs", "hk80", "--by", "site_id", "-f", "csv")
    area = run("area", *own).stdout.splitlines()
    inside = run("inside", "other", "--layer", f"other={file}", *own).stdout.splitlines()

    assert [row.split(",")[:3] for row in area[1:]] == [["S1", "2", "2.00"], ["S2", "1", "1.00"]]
    assert [row.split(",")[0] for row in inside[1:]] == ["S1", "S1", "S2"]
    assert nm.area(lots)["site_id"].tolist() == list("ABC")  # as the index is called
    assert nm.area(lots.rename_axis(None))["site_id"].tolist() == ["S1", "S1", "S2"]
    framed = nm.sum_by(nm.area(lots), "site_id", lots)
    assert framed["area_ha"].tolist() == pytest.approx([2, 1], rel=1e-4)


@pytest.mark.parametrize("command", [["area"], ["rings", "--at", "100m"], ["inside", "other"]])
def test_sums_by_an_accuracy_that_one_site_lacks_have_it_last(lots, run, tmp_path, command):
    file = write(lots.reset_index(), tmp_path / "lots.geojson", 2326)
    own = ("--sites", file, "--key", "lot", "--crs", "hk80", "--by", "accuracy_m", "-f", "csv")
    layer = ["--layer", f"other={file}"] if "other" in command else []
    done = run(*command, *own, *layer)
    rows = [row.split(",") for row in done.stdout.splitlines()]

    assert [row[0] for row in rows] == ["accuracy_m", "2", "5", ""]
    assert rows[0].count("accuracy_m") == 1


def test_a_column_that_is_called_as_a_sum_is_refused_by_name(lots):
    lots["area_ha"] = [1, 2, 3]

    with pytest.raises(NmgeoError, match="the sums have a column of that name, too"):
        nm.sum_by(nm.area(lots), "area_ha", lots)
