"""Coordinates as people write them, and the headings above them."""

import math

import pyarrow as pa
import pytest
from pyproj import CRS

from nmgeo.crs import HK80
from nmgeo.sources.coordinate_columns import (
    build_shapes,
    find_coordinates,
    read_numbers,
)
from nmgeo.sources.coordinate_headings import axis_of
from nmgeo.sources.coordinate_text import parse_number, parse_pair
from nmgeo.sources.grid_reference import parse_grid_reference


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *[("824100", 824100.0), ("824,100.5", 824100.5), ("824 100", 824100.0), ("-1.5", -1.5)],
        *[("824100 mE", 824100.0), ("824100m", 824100.0), ("東 824100", 824100.0)],
        *[("８２４１００", 824100.0), ("22.5°", 22.5), ("22.5 N", 22.5), ("S22.5", -22.5)],
        *[("22°30'", 22.5), ("22°30'36\"N", 22.51), ("22° 30′ 36″", 22.51), ("22 30 36", 22.51)],
        *[("22:30:36", 22.51), ("N22 30.6", 22.51), ("北緯22度30分36秒", 22.51)],
        ("22°30'36''", 22.51),
    ],
)
def test_a_coordinate_is_read_however_it_is_written(cell, number):
    assert parse_number(cell) == pytest.approx(number, abs=1e-12)


@pytest.mark.parametrize(
    "cell",
    [
        *("", "m", "abc", "nan", "inf", "1_000", "12 Main St", "22°75'", "2026-11-26"),
        *("1,00", "N22S", "1" * 500 + "x"),
    ],
)
def test_what_is_no_coordinate_is_none(cell):
    assert math.isnan(parse_number(cell))


@pytest.mark.parametrize(
    "cell",
    [
        *("22.5,114.1", "114.1, 22.5", "(22.5; 114.1)", "22.5 114.1", "POINT (114.1 22.5)"),
        *("N22.5 E114.1", "22.5N,114.1E", "北緯22.5 東經114.1", "22°30'N 114°06'E"),
        "22 30 00 N, 114 06 00 E",
    ],
)
def test_degrees_in_one_cell_are_read_in_either_order(cell):
    assert parse_pair(cell) == pytest.approx((114.1, 22.5))


@pytest.mark.parametrize(
    "cell",
    [
        *("824100,840000", "E824100 N840000", "824100E 840000N", "840000N 824100E"),
        *("824,100 840,000", "824,100,840,000", "824100/840000", "東距824100, 北距840000"),
    ],
)
def test_a_grid_reference_is_easting_and_northing_unless_letters_say(cell):
    assert parse_pair(cell) == (824100, 840000)


@pytest.mark.parametrize(
    "cell",
    ["", "8, Main Street", "1-2", "2026/11/26", "22.5N 22.6N", "1,840000", "22.5", "1," * 400],
)
def test_what_is_no_pair_is_none(cell):
    assert parse_pair(cell) is None


# A point in both systems as the transformation tool of the Lands Department gives it, to the metre.
PUBLISHED = (832591.3, 820351.4)


@pytest.mark.parametrize(
    ("cell", "side_m"),
    [
        *[("KK 05494 71279", 1), ("50QKK0549471279", 1), ("50q kk 05494,71279", 1)],
        *[
            ("ＫＫ ０５４９ ７１２７", 10),
            ("KK0549 7127", 10),
            ("KK 054 712", 100),
            ("KK 05-71", 1000),
        ],
    ],
)
def test_letters_and_digits_are_a_square_of_the_utm_grid(cell, side_m):
    reference = parse_grid_reference(cell)

    east, north = reference.corner(HK80)
    assert reference.side_m == side_m
    assert PUBLISHED[0] - side_m * 1.05 - 1 < east < PUBLISHED[0] + 1
    assert PUBLISHED[1] - side_m * 1.05 - 1 < north < PUBLISHED[1] + 1


def test_the_zones_meet_at_114_degrees_east():
    west, east = (parse_grid_reference(cell) for cell in ("HE 09108 69106", "JK 90892 69106"))

    assert west.corner(HK80) == pytest.approx(east.corner(HK80), abs=1.5)


@pytest.mark.parametrize("square", ["GE", "HE", "GF", "HF", "JK", "KK", "JL", "KL"])
def test_the_letters_of_a_square_are_those_of_the_military_grid(square):
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O
    column, row = (letters.index(letter) for letter in square)
    zone = 49 if column < 8 else 50  # columns begin again with every third zone
    reference = parse_grid_reference(f"{square} 00 00")

    assert reference.zone == zone
    assert reference.easting == (column % 8 + 1) * 100_000
    north = (row - (0 if zone % 2 else 5)) * 100_000  # in zones of even number A is 500 km south
    assert reference.northing == 2_000_000 + north


@pytest.mark.parametrize(
    "cell",
    [
        *("KK", "KK 123", "KK 12345", "KK 123 4567", "49QKK 05 71", "ZZ 05 71", "KI 05 71"),
        *("KK 1 2", "KK 05 71 m", "50Q 05 71", "", "KK " + "1" * 100),
    ],
)
def test_what_is_no_grid_reference_is_none(cell):
    assert parse_grid_reference(cell) is None


@pytest.mark.parametrize(
    ("axis", "headings"),
    [
        (
            "longitude",
            "lon|LONG|lng|Longitude|stop_lon|經度|经度|GPS Longitude|經度 (度)|siteLongitude",
        ),
        (
            "longitude",
            "Longitude 經度|經度(Longitude)|Longitude\n經度|Geometry_Longitude|設施經度|東經",
        ),
        ("latitude", "lat|Latitude|stop_lat|緯度|纬度|WGS84_Latitude|Latitude (decimal degrees)"),
        (
            "easting",
            "easting|Easting (m)|EASTING|HK80_E|HK1980 Easting|E|東距|东距|東坐標|東距（米）",
        ),
        ("easting", "Easting/東距|X (Easting)|HK1980 Grid Easting (X)"),
        ("northing", "northing|Northing (m)|HK80_N|N|北距|北坐標|HK1980 Grid Northing|坐標(北)"),
        ("x", "x|X|X_COORD|XCOORD|POINT_X|X坐標|Coordinate X"),
        ("y", "y|POINT_Y|Y 座標|HK80_Y"),
        (
            "pair",
            "Coordinates|location|坐標|經緯度|Grid Reference|GeoPoint|Lat/Long|latlng",
        ),
        ("pair", "Location 位置|設施經緯度"),
        (None, "East/North|緯度/經度|檔案位置"),
        (
            None,
            "Estate|name|Address|no|East Kowloon|Latest|elevation|wkt|MTR Exit|north_district",
        ),
    ],
)
def test_a_heading_names_an_axis(axis, headings):
    names = headings.split("|")

    assert [axis_of(name) for name in names] == [axis] * len(names)


def found(**columns):
    return find_coordinates(columns, columns)


def test_coordinates_are_found_behind_the_same_words_of_both():
    depot = find_coordinates(
        *[{"Depot Longitude/車廠經度": ["114"], "Depot Latitude/車廠緯度": ["22"]}] * 2
    )
    ends = dict.fromkeys(["origin_lon", "origin_lat", "target_lon", "target_lat"], ("22.5",))
    mixed = {"min_lon": ["114"], "max_lat": ["22"]}

    assert depot.columns == ("Depot Longitude/車廠經度", "Depot Latitude/車廠緯度")
    assert find_coordinates(ends, ends) is find_coordinates(mixed, mixed) is None


@pytest.mark.parametrize(
    ("columns", "names", "code"),
    [
        ({"lat": ["22.5"], "lon": ["114.1"]}, ("lon", "lat"), 4326),
        ({"HK80_E": ["824100"], "HK80_N": ["840000"]}, ("HK80_E", "HK80_N"), 2326),
        ({"hk80_lon": ["114.1"], "hk80_lat": ["22.5"]}, ("hk80_lon", "hk80_lat"), 4611),
        ({"X": ["824100"], "Y": ["840000"]}, ("X", "Y"), None),
        ({"easting": [1.0], "northing": [2.0], "lat": ["1"], "lon": ["2"]}, ("lon", "lat"), 4326),
        (
            {"lat": [""], "lon": [None], "easting": [1], "northing": [2]},
            ("easting", "northing"),
            2326,
        ),
        (
            {"start_lat": [1], "lat": [2], "start_lon": [3], "lon": [4]},
            ("start_lon", "start_lat"),
            4326,
        ),
        ({"location": ["22.5,114.1"]}, ("location",), 4326),
        ({"坐標": ["E824100 N840000"]}, ("坐標",), 2326),
        ({"Grid Reference": ["", "KK 0549 7128"]}, ("Grid Reference",), 4326),
        ({"lat": ["no"], "lon": ["none"]}, ("lon", "lat"), 4326),
    ],
)
def test_the_columns_of_coordinates_are_found(columns, names, code):
    coordinates = found(**columns)

    assert coordinates.columns == names
    assert coordinates.crs == (None if code is None else CRS.from_epsg(code))


def test_a_table_without_coordinates_has_none():
    assert found(name=["Ah"], location=["8, Main Street"], lat=["22.5"]) is None


def test_points_are_built_from_text_and_numbers():
    table = pa.table({"lon": ["114.1", " ", "114°06'E", None], "lat": [22.5, 22.5, 22.5, 22.5]})
    coordinates = find_coordinates(table.column_names, table.to_pydict())
    points = build_shapes(coordinates, table)

    assert [None if p is None else (round(p.x, 6), p.y) for p in points] == [
        (114.1, 22.5),
        None,
        (114.1, 22.5),
        None,
    ]
    assert read_numbers(pa.chunked_array([["1", "", "2,000"]])).tolist()[::2] == [1, 2000]


def test_references_and_degrees_may_stand_in_one_column():
    cells = ["114.1412, 22.3222", "KK 05494 71279", "KK 05"]
    points = build_shapes(found(location=cells), pa.table({"location": cells}))

    assert points[0].distance(points[1]) < 0.0002
    assert points[2] is None
