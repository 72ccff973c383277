"""The doctor: each fault of geometry, ids and values named with its feature, field and remedy."""

import csv
import io
import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Polygon
from world import (
    bow_tie,
    layer,
    line,
    multi,
    point,
    points,
    square,
    write,
    write_csv,
    write_json,
)

import nmgeo as nm
from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.commands.doctor import doctor, record_batches, require_sound, seen_hashes
from nmgeo.commands.doctor.seen_hashes import Hashes
from nmgeo.errors import AuditError, LayerError, UsageError

GRID = ruler.HK80


def seen(file, **said):
    """Return what the doctor finds beside the CRS, by finding."""
    rows = doctor(file, **said)
    return rows[~rows["finding"].str.startswith("crs")].set_index("finding")


def shaped(path, **shapes):
    return write(layer(shapes), path, GRID)


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.fgb", "a.kml"])
def test_a_sound_file_has_one_row_that_says_so(tmp_path, name):
    rows = doctor(write(layer({"p": square(0, 0, 100), "q": square(200, 0, 50)}), tmp_path / name))

    assert list(rows["severity"]) == ["note"]
    assert list(rows.columns) == [
        *("file", "layer", "finding", "severity"),
        *("feature_id", "field", "evidence", "remedy"),
    ]
    assert require_sound(rows) is None


def test_an_invalid_outline_is_named_with_its_reason_and_its_place(tmp_path):
    rows = seen(shaped(tmp_path / "a.gpkg", good=square(0, 0, 100), bad=bow_tie(200, 0, 100)))

    assert rows.loc["geometry_invalid", "feature_id"] == "bad"
    assert rows.loc["geometry_invalid", "evidence"] == "Self-intersection at (824250 840050)"
    assert "strict=True" in rows.loc["geometry_invalid", "remedy"]


@pytest.mark.parametrize(
    ("shape", "finding"),
    [
        (None, "geometry_null"),
        ({"type": "Polygon", "coordinates": []}, "geometry_empty"),
        (
            {"type": "Polygon", "coordinates": [[[114, 22.5], [114.1, 22.5], [114, 22.5]]]},
            "invalid",
        ),
        ({"type": "LineString", "coordinates": [[114, 22.5]]}, "invalid"),
        (
            {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": [114.1, 22.5]}],
            },
            "geometry_collection",
        ),
    ],
)
def test_geometry_that_is_none_is_named(tmp_path, shape, finding):
    features = [(square(0, 0, 100), "good", {}), (shape, "bad", {})]

    rows = seen(write_json(tmp_path / "a.geojson", features)).reset_index()

    (row,) = rows[rows["severity"] == "fault"].itertuples()
    assert finding in row.finding
    assert row.feature_id == "bad"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "has an empty geometry"),
        ("tc", "幾何是空的，沒有坐標"),
        ("sc", "几何是空的，没有坐标"),
    ],
)
def test_an_empty_geometry_is_not_called_an_empty_file(tmp_path, run, lang, said):
    features = [(square(0, 0, 100), "good", {}), ({"type": "Polygon", "coordinates": []}, "b", {})]
    file = write_json(tmp_path / "a.geojson", features)

    assert said in run("doctor", file, "--lang", lang, "-f", "csv").stdout


def test_an_outline_that_cannot_be_built_is_one_fault_though_there_is_no_other(tmp_path):
    short = {"type": "Polygon", "coordinates": [[[114, 22.5], [114.1, 22.5]]]}
    rows = doctor(write_json(tmp_path / "a.geojson", [(short, "a", {})]))

    assert list(rows["finding"]) == ["crs_uncertain", "geometry_invalid"]
    assert list(rows["severity"]) == ["note", "fault"]


def test_the_cell_that_gives_no_coordinate_is_named(tmp_path):
    cells = ["id", "lon", "lat"], ["a", 114.05, 22.5], ["b", "abc", 22.5]
    row = seen(write_csv(tmp_path / "a.csv", *cells), crs="wgs84").loc["geometry_null"]

    assert (row["feature_id"], row["evidence"]) == ("b", "has no coordinates, as lon is 'abc'")


def test_decimal_commas_are_one_fault_whose_remedy_says_so(tmp_path):
    cells = ["id", "lon", "lat"], ["a", "114,1285", "22,505750"], ["b", "114,1293", "22,5061"]
    file = write_csv(tmp_path / "a.csv", *cells)
    rows = seen(file, crs="wgs84")
    row = rows.loc["geometry_null"]

    assert rows.index[rows["severity"] == "fault"].tolist() == ["geometry_null"]
    assert row["evidence"].endswith("lat is '22,505750'; 1 more feature likewise")
    assert row["remedy"] == "write a decimal point, not a comma: 114.1285"
    with pytest.raises(LayerError, match=r"write a decimal point, not a comma: 114\.1285"):
        nm.near(file, "stations", crs="wgs84")


def test_of_several_files_one_that_cannot_be_read_does_not_hide_the_others(run, tmp_path):
    good = shaped(tmp_path / "good.gpkg", bad=bow_tie(0, 0, 100))
    done = run("doctor", good, tmp_path / "missing.gpkg", good, "--crs", "hk80")

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["finding"] for row in rows].count("geometry_invalid") == 2
    assert [row["file"] for row in rows if row["finding"] == "unreadable"] == [
        str(tmp_path / "missing.gpkg")
    ]
    assert (done.exit_code, done.stderr) == (
        *(4, f"nmgeo: {tmp_path / 'missing.gpkg'}: not found; check the name\n"),
    )


def test_a_feature_that_is_elsewhere_than_the_others_is_named(tmp_path):
    far = {"type": "Point", "coordinates": [823_000, 838_000]}
    features = [*((point(n, 0), f"p{n}", {}) for n in range(3)), (far, "q", {})]
    rows = seen(write_json(tmp_path / "a.geojson", features))

    assert rows.loc["feature_outside", "feature_id"] == "q"
    assert rows.loc["feature_outside", "evidence"] == "lies outside Hong Kong (823000, 838000)"


def test_of_a_feature_that_reaches_far_off_the_place_is_named(tmp_path):
    spike = [[114.08, 22.5], [114.081, 22.5], [114.081, 25], [114.08, 22.5]]
    shape = {"type": "LineString", "coordinates": spike}
    file = write_json(tmp_path / "a.geojson", [(shape, "q", {})])
    wrong = "lies outside Hong Kong (114.0810, 25.0000)"

    assert seen(file).loc["feature_outside", "evidence"] == wrong
    here = open_catalog(sites=file, crs="wgs84")
    with pytest.raises(LayerError, match=re.escape(wrong)):
        nm.near("stations", here)
    with pytest.raises(LayerError, match=re.escape(wrong)):
        nm.stream(tmp_path / "o.csv", nm.near_batches("stations", here), here)


def test_a_file_without_any_geometry_is_a_fault(tmp_path):
    rows = doctor(write_json(tmp_path / "a.geojson", [(None, "a", {})]))

    assert list(rows["finding"]) == ["no_geometry", "geometry_null"]


@pytest.mark.parametrize(("wide", "thin"), [(0.5, True), (1.5, False)])
@pytest.mark.parametrize("code", [ruler.HK80, ruler.WGS84])
def test_a_part_less_than_a_metre_wide_is_a_sliver(tmp_path, wide, thin, code):
    strip = shapely.box(824_200, 840_000, 824_200 + wide, 840_100)
    file = write(layer({"a": multi(square(0, 0, 100), strip)}), tmp_path / "a.gpkg", code)

    rows = seen(file)

    assert ("sliver" in rows.index) is thin
    if thin:
        assert rows.loc["sliver", "evidence"].startswith("a part of 50.0 m² is 0.50 m wide")


def test_the_same_outline_drawn_from_another_corner_is_found_twice(tmp_path):
    ring = list(square(0, 0, 100).exterior.coords)[:-1]
    file = shaped(tmp_path / "a.gpkg", p=Polygon(ring), q=Polygon(ring[2:] + ring[:2]))

    twin = seen(file).loc["geometry_twice"]
    assert (twin["feature_id"], twin["evidence"][:30]) == ("q", "has the geometry of feature p:")


def test_a_twin_of_the_same_id_is_told_by_its_row(tmp_path):
    lots = layer({n: square(0, 0, 100) for n in "pqr"}, lot=["x", "", "x"])
    rows = seen(write(lots, tmp_path / "a.gpkg"), key="lot").loc["geometry_twice"]

    assert rows["feature_id"].tolist() == ["row 2", "x"]
    assert [text.split(":")[0] for text in rows["evidence"]] == [
        *("has the geometry of feature x", "has in row 3 the geometry of row 1"),
    ]


def test_in_numbers_of_no_system_there_is_no_metre_and_so_no_sliver(tmp_path):
    lot = shapely.box(824.2, 840, 824.3, 840.1).wkt  # HK80 in kilometres

    rows = doctor(write_csv(tmp_path / "a.csv", ["id", "wkt"], ["a", lot]))

    assert rows["finding"].tolist() == ["crs_missing"]


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_what_was_there_before_is_known_whatever_the_batches(size):
    things = np.random.default_rng(1).integers(-400, 400, 1_000)
    seen_before, rows = Hashes(), np.arange(1_000)
    parts = np.split(rows, range(size, 1_000, size))

    firsts = np.concatenate([seen_before.firsts(things[part], part) for part in parts])

    assert firsts.tolist() == [things.tolist().index(thing) for thing in things]


def test_what_comes_after_the_last_that_is_remembered_is_held_against_those(monkeypatch, tmp_path):
    monkeypatch.setattr(seen_hashes, "MOST", 2)
    file = shaped(tmp_path / "a.gpkg", **{n: point(i % 4, 0) for i, n in enumerate("abcdefgh")})
    monkeypatch.setattr(record_batches, "_BATCH", 3)
    rows = seen(file).loc["geometry_twice"]

    assert rows["feature_id"].tolist() == ["e", "f", "g", None]
    assert "compared with the first" in rows["evidence"].iloc[-1]


@pytest.mark.parametrize("key", ["a", 5])
def test_an_id_that_stands_twice_is_found_in_geojson(tmp_path, key):
    file = write_json(tmp_path / "a.geojson", [(point(n, 0), key, {}) for n in range(2)])

    assert seen(file).loc["key_twice", "feature_id"] == str(key)


def test_the_column_of_ids_may_be_named(tmp_path):
    lots = layer({str(n): point(n, 0) for n in range(4)}, lot=["p", "q", "p", None])
    rows = seen(write(lots, tmp_path / "a.gpkg"), key="lot")

    assert (rows.loc["key_twice", "feature_id"], rows.loc["key_twice", "field"]) == ("p", "lot")
    assert rows.loc["key_twice", "evidence"] == "the id 'p' occurs in rows 1 and 3"
    assert rows.loc["key_missing", "feature_id"] == "row 4"


def test_a_column_of_ids_that_is_not_there_is_refused(tmp_path):
    lots = layer({"a": point(0, 0)}, lot_no=["p"])

    with pytest.raises(UsageError, match=r"did you mean lot_no\?"):
        doctor(write(lots, tmp_path / "a.gpkg"), key="lot")


def test_kinds_that_are_mixed_are_counted(tmp_path):
    file = write(
        layer({"a": square(0, 0, 9), "b": point(9, 9), "c": point(8, 8)}), tmp_path / "a.geojson"
    )

    assert seen(file).loc["geometry_mixed", "evidence"] == "holds 2 Point, 1 Polygon"


def test_a_polygon_and_a_polygon_of_parts_are_of_one_kind(tmp_path):
    shapes = {"a": square(0, 0, 9), "b": multi(square(20, 0, 9), square(40, 0, 9))}

    assert "geometry_mixed" not in seen(write(layer(shapes), tmp_path / "a.geojson")).index


def test_heights_are_counted(tmp_path):
    deep = LineString([(824_000, 840_000, 5), (824_100, 840_000, 6)])

    rows = seen(shaped(tmp_path / "a.gpkg", a=deep, b=line((0, 9), (9, 9))))

    assert "(Z)" in rows.loc["geometry_z", "evidence"]


def test_a_coordinate_that_is_no_number_is_named(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[point(0, 0), shapely.Point(np.inf, 840_000)], crs=GRID)
    frame.to_file(tmp_path / "a.gpkg")

    row = seen(tmp_path / "a.gpkg").loc["geometry_invalid"]
    assert (row["feature_id"], row["evidence"]) == ("2", "a coordinate is no number")


def test_of_a_fault_that_many_have_ten_are_named_and_the_rest_counted(tmp_path):
    file = shaped(tmp_path / "a.gpkg", **{f"x{n}": bow_tie(n * 200, 0, 100) for n in range(25)})

    rows = seen(file).loc["geometry_invalid"]

    assert list(rows["feature_id"][:10]) == [f"x{n}" for n in range(10)]
    assert list(rows["evidence"])[10:] == ["15 more features, 25 in all"]


def test_every_layer_of_every_file_is_examined(tmp_path):
    for name in ("first", "second"):
        write(layer({"a": square(0, 0, 100)}), tmp_path / "two.gpkg", layer=name)
    one = write(layer({"a": square(0, 0, 100)}), tmp_path / "one.geojson")

    rows = doctor(tmp_path / "two.gpkg", one, f"{tmp_path / 'two.gpkg'}#second")

    assert list(rows.query("finding.str.startswith('crs')")["layer"]) == [
        *("first", "second"),
        *("one", "second"),
    ]


def test_a_file_of_more_than_one_batch_is_read_to_its_end(tmp_path):
    lots = {f"x{n}": square(n % 50 * 30, n // 50 * 30, 20) for n in range(2_500)}
    file = shaped(tmp_path / "a.gpkg", **lots, last=lots["x0"])

    assert seen(file).loc["geometry_twice", "feature_id"] == "last"


def test_a_fault_stops_who_asks_for_soundness(tmp_path):
    rows = doctor(shaped(tmp_path / "a.gpkg", bad=bow_tie(0, 0, 100)), crs="hk80")

    with pytest.raises(AuditError, match=r"1 fault, first geometry_invalid in .*a\.gpkg") as e:
        require_sound(rows)

    assert e.value.exit_code == 3


def test_the_table_survives_json(tmp_path):
    rows = doctor(shaped(tmp_path / "a.gpkg", bad=bow_tie(0, 0, 100)))

    (crs, bad) = json.loads(rows.to_json(orient="records"))
    assert (crs["feature_id"], crs["field"]) == (None, None)
    assert bad["file"].endswith("a.gpkg")


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (square(2000, 0, 100), "has the geometry of feature a: its land would count twice"),
        (square(2000, 0, 100).centroid, "has the geometry of feature a"),
        (line((2000, 0), (3000, 0)), "has the geometry of feature a"),
    ],
)
def test_only_land_counts_twice(tmp_path, shape, said):
    file = write_json(tmp_path / "a.geojson", [(shape, "a", {}), (shape, "b", {})])
    rows = nm.doctor(file)

    assert rows.loc[rows["finding"] == "geometry_twice", "evidence"].tolist() == [said]


def test_a_coordinate_without_end_is_to_be_mended_and_is_said_once(tmp_path, run):
    lots = layer({"a": square(0, 0, 100), "b": square(300, 0, 100)})
    corners = shapely.get_coordinates(lots.geometry.iloc[0])
    corners[2, 0] = np.inf
    lots.loc["a", "geometry"] = shapely.Polygon(corners)
    file = tmp_path / "a.parquet"
    lots.reset_index().to_parquet(file)

    done = run("doctor", file, "--key", "feature_id")

    assert "a coordinate is no number,mend it" in done.stdout
    assert done.stdout.count(",fault,") == 1
    assert "Warning" not in done.stderr


def test_a_coordinate_beyond_all_numbers_is_said_without_its_digits(tmp_path, run):
    file = write_csv(
        tmp_path / "a.csv", ["id", "easting", "northing"], [1, 1e308, 1e308], [2, 824000, 840000]
    )

    done = run("doctor", file)

    assert "a coordinate is larger than any CRS has" in done.stdout
    assert "308" not in done.stdout
    assert "Warning" not in done.stderr


@pytest.mark.parametrize("ask", [nm.doctor, nm.area])
def test_a_table_without_coordinates_is_refused_with_its_columns(tmp_path, ask):
    file = write_csv(tmp_path / "a.csv", ["lot", "owner"], ["A", "b"])

    with pytest.raises(LayerError, match="has no coordinates in its columns lot, owner; give"):
        ask(file)


def test_a_coordinate_that_is_too_large_is_one_finding(tmp_path):
    file = tmp_path / write(points(a=(0, 0), b=(50, 50)), tmp_path / "a.geojson")
    whole = json.loads(file.read_text())
    whole["features"][1]["geometry"]["coordinates"] = [1e308, 22.4]
    file.write_text(json.dumps(whole))

    found = nm.doctor(file).query("severity == 'fault'")
    assert found["finding"].tolist() == ["geometry_invalid"]
