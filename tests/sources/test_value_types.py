"""Values keep the type that a file gives them, from the file to every output."""

import io
import json

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
from world import square, write_json

import nmgeo as nm
from nmgeo.crs import WGS84
from nmgeo.formats import find_format
from nmgeo.formats.rows import Answer, to_arrow
from nmgeo.outputs.web.layer_data import _attribute_columns
from nmgeo.sources.value_types import text_column

LOT = 2**53 + 1  # which a float cannot hold
GIVEN = {
    "lot": LOT,
    "flag": True,
    "floors": 3,
    "tags": ["x", "新"],
    "nest": {"k": [1, None, LOT]},
    "share": 0.5,
    "brace": '{"k": 1}',
}


@pytest.fixture
def lots(tmp_path):
    """Write a file in which each column has a missing value too."""
    rows = [(square(2000, 0, 100), "a", GIVEN), (square(3000, 0, 100), "b", dict.fromkeys(GIVEN))]
    return write_json(tmp_path / "lots.geojson", rows)


def test_values_are_exported_as_they_were_given(run, tmp_path, lots):
    done = run("export", "--sites", lots, "--crs", "wgs84", "-o", str(tmp_path / "out.geojson"))
    assert done.exit_code == 0, done.output
    first, second = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))["features"]

    assert {name: first["properties"][name] for name in GIVEN} == GIVEN
    assert type(first["properties"]["lot"]) is int
    assert {second["properties"][name] for name in GIVEN} == {None}


def test_the_columns_of_a_file_have_its_types(lots):
    frame = nm.read_layer(nm.open_catalog(layers={"lots": lots}, crs="wgs84"), "lots")

    assert frame["lot"].tolist() == [LOT, pd.NA]
    assert frame["flag"].tolist() == [True, pd.NA]
    assert frame.dtypes[["lot", "flag", "floors", "share"]].astype(str).tolist() == [
        *("Int64", "boolean", "Int64", "float64"),
    ]
    assert frame.loc["a", "tags"] == GIVEN["tags"]


def rows_of(lots):
    frame = nm.read_layer(nm.open_catalog(layers={"lots": lots}, crs="wgs84"), "lots")
    return Answer(tables=[to_arrow(frame[[*GIVEN, "geometry"]])], crs=frame.crs)


def test_every_format_holds_the_types_that_it_can(tmp_path, lots):
    lines, cells, places = io.BytesIO(), io.BytesIO(), io.BytesIO()
    find_format("geojsonl").write(lines, rows_of(lots))
    find_format("csv").write(cells, rows_of(lots))
    find_format("kml").write(places, rows_of(lots))
    find_format("gpkg").write(tmp_path / "out.gpkg", rows_of(lots))
    find_format("parquet").write(tmp_path / "out.parquet", rows_of(lots))

    assert json.loads(lines.getvalue().splitlines()[0])["properties"] == GIVEN
    assert cells.getvalue().decode().splitlines()[1] == (
        f'{LOT},true,3,"[""x"", ""新""]","{{""k"": [1, null, {LOT}]}}",0.5,"{{""k"": 1}}"'
    )
    assert b'name="lot" type="string"' in places.getvalue()  # an int of KML has 32 bits
    assert b'name="floors" type="int"' in places.getvalue()
    small = to_arrow(gpd.GeoDataFrame({"lot": [7]}, geometry=gpd.points_from_xy([114], [22])))
    large = small.set_column(0, "lot", pa.array([LOT]))
    later = io.BytesIO()
    find_format("kml").write(later, Answer(tables=[small, large], crs=WGS84))
    assert b'name="lot" type="string"' in later.getvalue()  # as a later part may hold any number
    _, package = pyogrio.raw.read_arrow(tmp_path / "out.gpkg")
    assert package["lot"].to_pylist() == [LOT, None]
    assert package["flag"].to_pylist() == [True, None]
    assert json.loads(package["nest"].to_pylist()[0]) == GIVEN["nest"]
    stored = pq.read_table(tmp_path / "out.parquet")
    assert stored["lot"].to_pylist() == [LOT, None]
    assert json.loads(stored["nest"].to_pylist()[0]) == GIVEN["nest"]


def test_the_page_shows_the_digits_of_a_number_that_javascript_would_round(lots):
    frame = nm.read_layer(nm.open_catalog(layers={"lots": lots}, crs="wgs84"), "lots")
    told = _attribute_columns(frame.assign(name="n"))

    assert told["lot"] == [str(LOT), None]
    assert told["nest"] == [{"k": [1, None, str(LOT)]}, None]
    assert told["floors"] == [3, None]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (12345, "12345"),
        (12345.5, "12345.5"),
        (True, "true"),
        (["x", 1], '["x", 1]'),
        ({"en": "新"}, '{"en": "新"}'),
        (LOT, str(LOT)),
        ("plain", "plain"),
    ],
)
@pytest.mark.parametrize("missing", [False, True])
def test_any_value_in_a_column_that_is_known_is_text(run, tmp_path, given, shown, missing):
    told = dict.fromkeys(("name", "source", "status", "geometry_status", "as_of"), given)
    rows = [(square(2000, 0, 100), "a", told)]
    rows += [(square(3000, 0, 100), "b", dict.fromkeys(told))] if missing else []
    path = write_json(tmp_path / "lots.geojson", rows)
    frame = nm.read_layer(nm.open_catalog(layers={"lots": path}, crs="wgs84"), "lots")

    assert frame.loc["a", [n if n != "name" else "name_en" for n in told]].tolist() == [shown] * 5
    done = run("area", "--sites", path, "--crs", "wgs84", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"][0]["name"] == shown


def test_a_column_of_numbers_beside_text_is_text():
    column = pd.Series([3.0, 2.5, None, "x", False, ["a"]], dtype=object)

    assert text_column(column).dropna().tolist() == ["3", "2.5", "x", "false", '["a"]']
