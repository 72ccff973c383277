"""No number of a user's file changes without a word, in any format."""

import json
import math
from decimal import Decimal

import pandas as pd
import pyogrio
import pytest
from world import layer, square

import nmgeo as nm

SQUARES = {"a": square(0, 0, 100), "b": square(200, 0, 100)}
LARGE = 2**62 + 3
TOLD = "column 'n': numbers that a {} would change are written as text; .gpkg keeps them"


def exported(path, values):
    nm.export(path, layer(SQUARES, n=values))
    options = {"HEADERS": "FORCE"} if path.suffix in {".xlsx", ".ods"} else {}
    return pyogrio.read_dataframe(path, layer=0, read_geometry=False, **options)["n"]


@pytest.mark.parametrize("form", ["gpkg", "fgb"])
def test_whole_numbers_are_exact_where_a_format_has_them(tmp_path, form):
    assert exported(tmp_path / f"a.{form}", [LARGE, -LARGE]).tolist() == [LARGE, -LARGE]


def test_whole_numbers_are_exact_in_the_text_of_geojson(tmp_path):
    nm.export(tmp_path / "a.geojson", layer(SQUARES, n=[LARGE, -LARGE]))

    features = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"]
    assert [one["properties"]["n"] for one in features] == [LARGE, -LARGE]


@pytest.mark.parametrize("form", ["shp.zip", "xlsx", "ods"])
@pytest.mark.parametrize("other", [-LARGE, None])
def test_whole_numbers_are_text_where_a_format_would_change_them(tmp_path, form, other):
    with pytest.warns(nm.Notice) as said:
        back = exported(tmp_path / f"a.{form}", pd.array([LARGE, other], dtype="Int64"))

    told = TOLD.format("Shapefile" if form == "shp.zip" else "sheet")
    assert [str(one.message) for one in said] == [told]
    assert [*back.dropna()] == [str(one) for one in (LARGE, other) if one]


def test_whole_numbers_of_18_characters_are_numbers_of_a_shapefile(tmp_path):
    ends = [10**18 - 1, 1 - 10**17]
    assert exported(tmp_path / "a.shp.zip", ends).tolist() == ends


@pytest.mark.parametrize("value", [1e300, -1e300, 1.2345678e-12])
def test_fractions_too_large_or_small_for_a_shapefile_are_text(tmp_path, value):
    with pytest.warns(nm.Notice, match=TOLD.format("Shapefile")):
        back = exported(tmp_path / "a.shp.zip", [value, 0.5])

    assert [float(written) for written in back] == [value, 0.5]


def test_small_shares_that_nmgeo_measures_stay_numbers_of_a_shapefile(tmp_path):
    nm.export(tmp_path / "a.shp.zip", layer(SQUARES, covered_share=[1e-12, 0.5]))

    back = pyogrio.read_dataframe(tmp_path / "a.shp.zip")["covered_sh"]
    assert math.isclose(back[1], 0.5)


@pytest.mark.parametrize("form", ["gpkg", "geojson", "csv"])
@pytest.mark.parametrize(
    ("decimals", "meant"),
    [
        ([Decimal("1.10"), None], [1.1, None]),
        ([Decimal(12), None], [12, None]),
        ([Decimal("0.1234567890123456789"), None], ["0.1234567890123456789", None]),
    ],
)
def test_decimals_are_numbers_or_text_with_all_digits(tmp_path, form, decimals, meant):
    nm.export(tmp_path / f"a.{form}", layer(SQUARES, n=decimals))

    if form == "csv":
        assert pd.read_csv(tmp_path / "a.csv", dtype=str)["n"][0] == str(meant[0])
    else:
        back = pyogrio.read_dataframe(tmp_path / f"a.{form}")["n"]
        assert (back[0], bool(pd.isna(back[1]))) == (meant[0], True)
