"""Areas in square metres and square feet: names, values, digits and sentences."""

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from nmgeo.columns import all_columns, column_heading, find_column, in_area_unit
from nmgeo.measures.area_rounding import round_areas
from nmgeo.measures.area_units import convert_areas

LOTS = Path(__file__).parents[1] / "golden/lots.geojson"
SQFT_PER_HA = 10_000 / 0.3048**2


def read_rows(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_csv_and_json_name_the_unit_in_the_column(run):
    ha, m2 = (read_rows(run("area", "--format", "csv", "--units", unit)) for unit in ("ha", "m2"))
    document = json.loads(run("area", "--units", "sqft", "--json").stdout)

    assert [name.replace("_ha", "_m2") for name in ha[0]] == list(m2[0])
    assert [float(row["area_m2"]) for row in m2] == [float(row["area_ha"]) * 1e4 for row in ha]
    exact = json.loads(run("area", "--json").stdout)
    assert document["rows"][0]["area_sqft"] == pytest.approx(
        exact["rows"][0]["area_ha"] * SQFT_PER_HA, rel=1e-11
    )
    assert set(document["total"]) == {name.replace("_ha", "_sqft") for name in exact["total"]}


def test_digits_are_those_that_the_accuracy_justifies():
    table = pd.DataFrame(
        {
            "area_ha": [86.99, 0.05123, 0.05123],
            "published_area_ha": [87.0, 11.6365, None],
            "also_published_ha": ["80; 8.5", "", None],
            "accuracy_m": [50.0, 0.01, None],
        }
    )
    m2, sqft = (round_areas(convert_areas(table, u), u) for u in ("m2", "sqft"))

    assert [str(v) for v in m2["area_m2"]] == ["869900", "512", "512"]
    assert [str(int(v)) for v in sqft["area_sqft"]] == ["9363526", "5514", "5514"]
    assert [str(int(v)) for v in sqft["published_area_sqft"][:2]] == ["9360000", "1252542"]
    assert m2["also_published_m2"][0] == "800000; 85000"
    assert convert_areas(table, "ha") is table


def test_a_number_beside_its_unit_is_converted_and_a_quotation_is_not():
    table = pd.DataFrame(
        {"value": [2.0, "2", 5.0], "unit": ["ha", "ha", "m"], "item": ["area_ha", "area", "near"]}
    )
    found = convert_areas(table, "m2")

    assert found["value"].tolist() == [20_000.0, "2", 5.0]
    assert found["unit"].tolist() == ["m2", "ha", "m"]
    assert found["item"].tolist() == ["area_m2", "area", "near"]


@pytest.mark.parametrize("unit", ["m2", "sqft"])
@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_every_heading_of_an_area_names_the_unit_and_none_hectares(unit, lang):
    of_areas = [name for name, column in all_columns().items() if column.unit == "ha"]

    for name in of_areas:
        assert name.endswith("_ha")
        other = in_area_unit(name, unit)
        assert find_column(other).unit == unit
        assert "公頃" not in column_heading(other, lang)
        assert "(ha)" not in column_heading(other, lang)
        assert column_heading(other, lang) != column_heading(name, lang)


@pytest.mark.parametrize(
    "words",
    [
        ("area",),
        ("area", "--receipt"),
        ("audit",),
        ("inside", "sites"),
        ("rings", "--at", "500m", "--dissolve"),
        ("strip", "sites", "--width", "35m"),
        ("diff", "wetlands", "golf_courses"),
        ("reconcile", "sites", "ponds"),
        ("report",),
    ],
)
def test_no_hectares_are_left_in_a_table(words, run):
    done = run(*words, "--units", "sqft", "--format", "table", "--lang", "tc")

    assert "平方呎" in done.stdout
    assert "(公頃)" not in done.stdout + done.stderr


def test_find_compare_and_sheet_write_the_unit(run):
    found = run("find", "--min-area", "5ha", "--units", "m2", "--format", "table")
    compared = run("compare", "hetao", "sandy_ridge", "--units", "sqft", "--format", "table")
    page = run("sheet", "hetao", "--units", "m2")

    assert "870,000 m²" in found.stdout
    assert "9,360,000 sq ft" in compared.stdout
    assert "870,000 m² (670,000–1,080,000 m²)" in page.stdout


def test_a_file_written_batch_by_batch_names_the_unit_too(tmp_path, run):
    out = tmp_path / "out.csv"
    how = ("--at", "100m", "--sites", str(LOTS), "-o", str(out))
    run("rings", *how)
    (ha,) = list(csv.DictReader(out.read_text().splitlines()))[:1]
    run("rings", *how, "--units", "m2", "--overwrite")
    (m2,) = list(csv.DictReader(out.read_text().splitlines()))[:1]

    assert float(m2["area_m2"]) == pytest.approx(float(ha["area_ha"]) * 1e4, rel=1e-11)
    assert not any(name.endswith("_ha") for name in m2)


def test_an_unknown_unit_is_refused(run):
    done = run("area", "--units", "acres")

    assert done.exit_code == 2
    assert "sqft" in done.stderr
