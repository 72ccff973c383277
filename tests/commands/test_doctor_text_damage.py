"""What spreadsheets and wrong encodings leave behind in the values of a file."""

from pathlib import Path

import pytest
from world import layer, point, read, write, write_csv

from nmgeo.commands.doctor import doctor
from nmgeo.errors import LayerError, Notice

CHINESE = ["新田科技城", "河套", "沙嶺", "元朗南"]


def found(file):
    """Return the findings on values: severity, id, field and what was found."""
    rows = doctor(file)
    return rows[rows["field"].notna()].set_index("finding")


def table(folder, name, values):
    """Write a CSV file with one column of values beside the coordinates."""
    rows = [[f"r{n}", value, 114.05, 22.4 + n / 1000] for n, value in enumerate(values)]
    return write_csv(folder / "a.csv", ["id", name, "lon", "lat"], *rows)


@pytest.mark.parametrize(
    ("damaged", "finding", "severity"),
    [
        ("2-Mar", "date_for_code", "fault"),
        ("Mar-02", "date_for_code", "fault"),
        ("11-SEP", "date_for_code", "fault"),
        ("2024/1/5", "date_for_code", "fault"),
        ("3月5日", "date_for_code", "fault"),
        ("#REF!", "formula_failed", "fault"),
        ("#N/A", "formula_failed", "fault"),
        ("#DIV/0!", "formula_failed", "fault"),
        ("#####", "formula_failed", "fault"),
        ("1.23E+05", "power_for_code", "fault"),
        ("1E+12", "power_for_code", "fault"),
        ("1E5", "power_for_code", "note"),
        ("1234567890123450000", "digits_rounded", "fault"),
        ("????", "text_lost", "fault"),
        ("??", "text_lost", "fault"),
        ("新田\ufffd技城", "text_lost", "fault"),
        ("新田科技城".encode().decode("latin-1"), "text_misread", "fault"),
        ("新田".encode("big5").decode("latin-1"), "text_misread", "fault"),
        ("新田科技".encode().decode("gbk"), "text_misread", "fault"),
    ],
)
def test_a_damaged_value_is_named_with_its_feature_and_field(tmp_path, damaged, finding, severity):
    rows = found(table(tmp_path, "lot", ["DD 5", damaged, "DD 7"]))

    assert list(rows.index) == [finding]
    assert list(rows[["severity", "feature_id", "field"]].iloc[0]) == [severity, "r1", "lot"]
    assert rows.iloc[0]["remedy"]


@pytest.mark.parametrize(
    "value",
    [
        *CHINESE,
        *("café", "São Paulo", "½ acre", "20 °C", "± 5 m", "£5", "“lot”", "naïve", "Zürich"),
        *("2-3", "1-2-3", "E5", "5E", "DD 1E", "12-2026", "2026-03-02", "Marble"),
        *("123456789012345", "1234567890123456", "what?", "a?b=c&d=?", "000", "0", ""),
        *("聯通", "一二三", "香港特別行政區", "元朗", "粉嶺"),
    ],
)
def test_a_sound_value_is_left_alone(tmp_path, value):
    assert found(table(tmp_path, "remark", ["a", value, "b"])).empty


def test_a_column_of_dates_may_hold_dates(tmp_path):
    assert found(table(tmp_path, "as_of_date", ["2-Mar", "3-Mar"])).empty


@pytest.mark.parametrize(
    ("name", "codes", "severity"),
    [
        ("lot_no", ["007", "012", "123", "45", "678"], "fault"),
        ("TPU", ["5121", "5122", "5123", "421", "5124"], "note"),
        ("編號", ["5121", "5122", "5123", "421", "5124"], "note"),
        ("code", ["001", "12", "003", "123456789012345678"], "fault"),  # the padded have three
        ("lot_no", ["007", "012", "123", "045", "678"], None),  # as they should be
        ("lot_no", ["08", "09", "10", "100", "101"], None),  # as wide as the padded or wider
        ("lot_no", ["1", "2", "3", "10", "11"], None),  # counted
        ("area", ["5121", "5122", "5123", "421", "5124"], None),  # measured
        ("lot_no", ["5121", "421"], None),  # too few to tell
    ],
)
def test_zeros_that_are_lost_are_seen_in_the_lengths_of_codes(tmp_path, name, codes, severity):
    rows = found(table(tmp_path, name, codes))

    assert list(rows["severity"]) == ([] if severity is None else [severity])
    if severity:
        assert rows.iloc[0]["field"] == name
        assert f"1 of {len(codes)} codes have fewer than" in rows.iloc[0]["evidence"]


def test_codes_that_are_numbers_of_the_file_are_looked_at_too(tmp_path):
    lots = layer({str(n): point(n, 0) for n in range(5)}, lot_no=[5121, 5122, 421, 5123, 5124])

    assert found(write(lots, tmp_path / "a.gpkg")).loc["zeros_lost", "feature_id"] == "2"


def test_a_number_too_long_for_a_float_is_rounded(tmp_path):
    lots = layer({"a": point(0, 0)}, ref=[1.2345678901234e18])

    rows = found(write(lots, tmp_path / "a.gpkg"))

    assert rows.loc["digits_rounded", "field"] == "ref"


def test_chinese_without_a_cpg_is_noted_and_with_it_is_not(tmp_path):
    frame = layer({str(n): point(n, 0) for n in range(4)}, name_tc=CHINESE)
    file = Path(write(frame, tmp_path / "a.shp"))

    assert set(doctor(file)["finding"]) == {"crs_uncertain"}

    file.with_suffix(".cpg").unlink()
    rows = doctor(file).set_index("finding")
    assert "a.cpg" in rows.loc["cpg_missing", "remedy"]


@pytest.mark.parametrize(("written", "said"), [("big5", "UTF-8"), ("big5", "ISO-8859-1")])
def test_chinese_under_the_wrong_cpg_is_a_fault(tmp_path, written, said):
    frame = layer({str(n): point(n, 0) for n in range(4)}, name_tc=CHINESE)
    file = Path(write(frame, tmp_path / "a.shp", encoding=written))
    file.with_suffix(".cpg").write_text(said)

    rows = doctor(file)

    assert set(rows[rows["severity"] == "fault"]["finding"]) <= {"text_misread", "text_lost"}
    assert "fault" in set(rows["severity"])


def test_utf_8_under_the_wrong_cpg_is_read_and_told(tmp_path):
    frame = layer({str(n): point(n, 0) for n in range(4)}, name_tc=CHINESE)
    file = Path(write(frame, tmp_path / "a.shp", encoding="utf-8"))
    file.with_suffix(".cpg").write_text("ISO-8859-1")

    with pytest.warns(Notice, match=r"read as UTF-8, not as Windows-1252, which its \.cpg names"):
        rows = doctor(file)
    assert "fault" not in set(rows["severity"])


def test_chinese_of_a_csv_in_big5_is_read_and_that_is_said_once(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("id,lon,lat,name\n7,114.08,22.5,新田\n".encode("big5"))

    with pytest.warns(Notice) as said:
        rows = doctor(file)
    assert sum("text read as Big5-HKSCS" in str(notice.message) for notice in said) == 1
    assert set(rows["finding"]) == {"crs_uncertain"}
    with pytest.warns(Notice, match="text read as Big5-HKSCS"):
        assert read(file, crs="wgs84")["name"].tolist() == ["新田"]


def test_big5_in_a_geopackage_is_named_with_what_helps(tmp_path):
    frame = layer({"7": point(0, 0)}, name=["AAAA"])
    file = Path(write(frame, tmp_path / "a.gpkg"))
    file.write_bytes(file.read_bytes().replace(b"AAAA", "新田".encode("big5")))

    row = doctor(file).set_index("finding").loc["text_misread"]

    assert (row["feature_id"], row["field"], row["remedy"]) == (
        "7",
        "name",
        "save it anew as UTF-8",
    )
    with pytest.raises(LayerError, match="in another encoding than it names; save it anew as UTF"):
        read(file, crs="wgs84")


def test_a_date_in_a_column_of_dates_or_of_words_is_no_damaged_code(tmp_path):
    for name in ("date", "updated"):
        assert found(table(tmp_path, name, ["2024/1/5", "3月5日", "2024/1/6"])).empty


def test_of_codes_that_are_equally_short_the_first_is_the_example(tmp_path):
    codes = ["0012345", "0023456", "45678", "56789", "0034567"]
    row = found(table(tmp_path, "code", codes)).iloc[0]

    assert "2 of 5 codes have fewer than 7 digits, such as '45678'" in row["evidence"]
