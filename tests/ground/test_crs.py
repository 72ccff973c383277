"""The one ruler: known points, no way that skips a datum shift, and files that say too little."""

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS
from shapely import Point, Polygon
from world import lonlat, points, read, sites, square, write, write_csv, write_json

from nmgeo import crs
from nmgeo.errors import DoubtfulCRSError, LayerError, MissingCRSError, Notice, UsageError
from nmgeo.gcj02 import gcj02_to_wgs84, wgs84_to_gcj02
from nmgeo.measures.areas import area_ha, geodesic_ha

# Easting, northing (HK80 grid) and longitude, latitude (WGS 84): the origin of the projection,
# and two points of the Lands Department's converter.
KNOWN = [
    ((836_694.05, 819_069.80), (114.18100933, 22.31060243)),
    ((835_411.431, 817_266.016), (114.168562005, 22.294313001)),
    ((832_591.320, 820_351.389), (114.141187917, 22.322172084)),
]
MILLIMETRE = 1e-8  # in degrees


@pytest.mark.parametrize(("grid", "degrees"), KNOWN)
def test_a_known_point_of_the_grid_is_within_a_millimetre_in_wgs84(grid, degrees):
    found = crs.transform(gpd.GeoSeries([Point(grid)], crs=crs.HK80), crs.WGS84)

    assert (found.x[0], found.y[0]) == pytest.approx(degrees, abs=MILLIMETRE)


@pytest.mark.parametrize(("grid", "degrees"), KNOWN)
def test_a_known_point_of_wgs84_is_within_a_millimetre_on_the_grid(grid, degrees):
    found = crs.transform(gpd.GeoSeries([Point(degrees)], crs=crs.WGS84), crs.HK80)

    assert (found.x[0], found.y[0]) == pytest.approx(grid, abs=0.001)


def test_there_and_back_is_where_it_was():
    there = crs.transform(points(a=(12.34, 56.78)).geometry, crs.WGS84)
    back = crs.transform(there, crs.HK80)

    assert back.distance(points(a=(12.34, 56.78)).geometry)["a"] < 0.001


def test_a_square_kilometre_has_its_known_area_on_the_ellipsoid():
    square_metres = geodesic_ha(sites(a=square(0, 0, 1_000)))["a"] * 10_000

    assert square_metres == pytest.approx(999_995.3, abs=0.05)


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:4547", "EPSG:4610"])
@pytest.mark.parametrize("target", [crs.HK80, crs.WGS84])
def test_a_datum_without_a_known_shift_is_refused_never_guessed(code, target):
    with pytest.raises(LayerError, match="datum shift"):
        crs.transform(gpd.GeoSeries([Point(114.06, 22.5)], crs=code), target)


def test_geometry_without_a_crs_is_refused():
    with pytest.raises(MissingCRSError, match="has no CRS"):
        crs.to_hk80(gpd.GeoDataFrame(geometry=[Point(824_000, 840_000)]))


def test_heights_are_dropped():
    solid = Polygon([(824_000, 840_000, 5), (824_010, 840_000, 5), (824_000, 840_010, 5)])

    assert not crs.transform(gpd.GeoSeries([solid], crs=crs.HK80), crs.WGS84).has_z.any()


def test_what_is_measured_is_left_as_it_was():
    frame = points(a=(0, 0)).to_crs(crs.WGS84)
    before = frame.copy()

    crs.to_hk80(frame)

    assert frame.crs == crs.WGS84
    assert frame.geom_equals(before).all()


def test_the_index_is_kept():
    assert list(crs.to_hk80(points(b=(0, 0), a=(9, 9)).to_crs(crs.WGS84)).index) == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "code"), [("hk80", 2326), ("HK80", 2326), ("wgs84", 4326), ("EPSG:32650", 32650)]
)
def test_a_crs_is_read_as_a_user_writes_it(text, code):
    assert crs.read_crs(text).to_epsg() == code


@pytest.mark.parametrize("text", ["", "EPSG:99999", "hk-80", "2\n326", "EPSG:", "\x00"])
def test_a_crs_that_is_none_is_refused_on_one_line(text):
    with pytest.raises(UsageError, match="EPSG:2326") as caught:
        crs.read_crs(text)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("bounds", "code", "fitting"),
    [
        ((114.0, 22.4, 114.1, 22.5), 4326, True),
        ((824_000, 840_000, 825_000, 841_000), 2326, True),
        ((824_000, 840_000, 825_000, 841_000), 4326, False),
        ((22.4, 114.0, 22.5, 114.1), 4326, False),
        ((-0.2, 51.4, 0.1, 51.6), 4326, False),
        ((float("nan"),) * 4, 4326, False),
        ((1e300, 1e300, 1e300, 1e300), 2326, False),
    ],
)
def test_numbers_fit_a_crs_if_they_lie_in_hong_kong(bounds, code, fitting):
    assert crs.System(str(code), CRS.from_epsg(code)).fits(bounds) is fitting


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((["x", "y"], [114.05, 22.5]), "EPSG:4326"),
        ((["code", "x", "y"], ["a", 824_000, 840_000]), "EPSG:2326"),
        ((["wkt"], [lonlat(square(0, 0, 100)).wkt]), "EPSG:4326"),
    ],
)
def test_csv_that_does_not_say_its_crs_is_refused_with_the_option_that_does(tmp_path, rows, code):
    with pytest.raises(MissingCRSError, match=f"crs='{code}'"):
        read(write_csv(tmp_path / "a.csv", *rows))


@pytest.mark.parametrize(
    ("headings", "read_as"),
    [
        (["lon", "lat"], "lon, lat read as WGS 84"),
        (["easting", "northing"], "easting, northing read as the HK80 grid"),
    ],
)
def test_csv_whose_headings_say_its_crs_and_whose_numbers_fit_is_read_with_one_line(
    tmp_path, headings, read_as
):
    place = Point(824_000, 840_000)
    at = place if "easting" in headings else Point(*crs.to_wgs84(np.array([[place.x, place.y]]))[0])
    with pytest.warns(Notice) as said:
        frame = read(write_csv(tmp_path / "a.csv", headings, [at.x, at.y]))

    notices = [one.message for one in said if issubclass(one.category, Notice)]
    assert [str(notice).partition(": ")[2] for notice in notices] == [read_as]
    assert crs.to_hk80(frame).distance(place).max() < 1


def test_a_shapefile_without_a_prj_is_refused_with_the_option_that_says_it(tmp_path):
    write(sites(a=square(0, 0, 100)), tmp_path / "a.shp", crs=crs.HK80)
    (tmp_path / "a.prj").unlink()

    with pytest.raises(MissingCRSError, match="crs='EPSG:2326'"):
        read(tmp_path / "a.shp")


def test_metres_in_geojson_that_says_nothing_are_refused_with_the_option_that_does(tmp_path):
    shape = shapely.geometry.mapping(square(0, 0, 100))
    file = write_json(tmp_path / "a.geojson", [(shape, "a", {})])

    with pytest.raises(
        DoubtfulCRSError, match=r"read as WGS 84; may be the HK80 grid.*; crs='EPSG:2326'"
    ):
        read(file)

    assert area_ha(read(file, crs="EPSG:2326"))["a"] == 1.0


def test_swapped_axes_are_named_as_such(tmp_path):
    shape = shapely.transform(lonlat(square(0, 0, 100)), lambda xy: xy[:, ::-1])
    file = write_json(tmp_path / "a.geojson", [(shapely.geometry.mapping(shape), "a", {})])

    with pytest.raises(DoubtfulCRSError, match=r"; crs='wgs84-swapped' or crs='hk80-d"):
        read(file)

    assert area_ha(read(file, crs="wgs84-swapped"))["a"] == pytest.approx(1.0, abs=1e-5)


def test_the_example_of_the_explanatory_notes_is_met():
    grid = gpd.GeoSeries([Point(836_055, 832_699)], crs=crs.HK80)
    found = crs.transform(grid, crs.read_crs("hk80-degrees"))

    second = 1 / 3600
    assert found.x[0] == pytest.approx(114 + 10 / 60 + 20.45 * second, abs=0.005 * second)
    assert found.y[0] == pytest.approx(22 + 26 / 60 + 6.76 * second, abs=0.005 * second)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hk80-swapped", "the HK80 grid with the axes swapped"),
        ("HK80-Swapped", "the HK80 grid with the axes swapped"),
        ("EPSG:32650-swapped", "WGS 84 / UTM zone 50N with the axes swapped"),
        ("gcj02", "GCJ-02"),
        ("GCJ02-swapped", "GCJ-02 with the axes swapped"),
        ("hk80-degrees", "HK80 degrees"),
    ],
)
def test_a_system_is_read_as_a_user_writes_it(text, name):
    assert crs.read_system(text).name == name


@pytest.mark.parametrize("system", crs.candidate_systems(), ids=lambda system: system.option)
def test_what_is_written_in_a_system_is_read_back_within_a_millimetre(system):
    places = np.array([[113.9, 22.2], [114.07, 22.5], [114.2, 22.55]])
    read_back = system.to_standard_axes(gpd.GeoSeries(shapely.points(system.from_wgs84(places))))

    there = crs.transform(read_back, crs.HK80)
    here = crs.transform(gpd.GeoSeries(shapely.points(places), crs=crs.WGS84), crs.HK80)
    assert there.distance(here).max() < 0.001
    assert crs.read_system(system.option) == system


@pytest.mark.parametrize("text", ["-swapped", "nonsense-swapped", "gcj-02"])
def test_a_system_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="unknown CRS"):
        crs.read_system(text)


@pytest.mark.parametrize(
    ("part", "meant"),
    [
        ("hongkong", "EPSG:4611, Hong Kong 1980"),
        ("hong kong-swapped", "EPSG:4611, Hong Kong 1980"),
        ("beijing", "EPSG:4555, New Beijing"),
        ("Web Mercator", "EPSG:3857, WGS 84 / Pseudo-Mercator"),
    ],
)
def test_a_part_of_a_name_is_no_crs(part, meant):
    with pytest.raises(UsageError, match=rf"unknown CRS \(did you mean {meant}\?\)"):
        crs.read_system(part)


@pytest.mark.parametrize("name", ["Hong Kong 1980", "hong kong 1980 grid system", "WGS84", "2326"])
def test_a_name_in_full_is_a_crs_in_whatever_letters(name):
    assert crs.read_crs(name).to_epsg() in (2326, 4326, 4611)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_is_that_of_the_public_formula(wgs84, gcj02):
    assert wgs84_to_gcj02(np.array([wgs84]))[0] == pytest.approx(gcj02, abs=1e-12)
    assert gcj02_to_wgs84(np.array([gcj02]))[0] == pytest.approx(wgs84, abs=1e-12)


def test_gcj02_lies_527_m_to_the_east_and_299_m_to_the_south_here():
    place = gpd.GeoSeries([Point(114.07, 22.5)], crs=crs.WGS84)
    shifted = gpd.GeoSeries(shapely.transform(place.to_numpy(), wgs84_to_gcj02), crs=crs.WGS84)
    (x, y), (east, north) = (
        crs.to_hk80(gpd.GeoDataFrame(geometry=s)).get_coordinates().iloc[0]
        for s in (place, shifted)
    )

    assert (round(east - x), round(north - y)) == (527, -299)


def test_a_layer_of_another_country_is_refused(tmp_path):
    london = {"type": "Point", "coordinates": [-0.1, 51.5]}

    with pytest.raises(DoubtfulCRSError, match="not in Hong Kong"):
        read(write_json(tmp_path / "a.geojson", [(london, "a", {})]))


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:4610"])
def test_a_datum_that_cannot_be_shifted_is_refused_and_no_wrong_one_is_advised(tmp_path, code):
    frame = sites(a=square(0, 0, 100)).to_crs(crs.WGS84).set_crs(code, allow_override=True)
    frame.to_file(tmp_path / "a.gpkg")

    with pytest.raises(LayerError, match="has no known transformation") as caught:
        read(tmp_path / "a.gpkg")

    advised = "if it agrees with WGS 84 to a metre, as CGCS2000 does, give crs='EPSG:4326'"
    assert str(caught.value).count("crs=") == str(caught.value).count(advised) == 1


def test_what_the_user_says_of_the_crs_goes_before_what_the_file_says(tmp_path):
    frame = sites(a=square(0, 0, 100)).set_crs(crs.WGS84, allow_override=True)
    frame.to_file(tmp_path / "a.gpkg")

    assert read(tmp_path / "a.gpkg", crs="hk80").crs == crs.HK80


def test_web_mercator_makes_land_too_large_and_buffers_too_short():
    there = sites(a=square(0, 0, 1000)).to_crs(3857)
    disc = gpd.GeoSeries([there.geometry.iloc[0].centroid.buffer(1000, quad_segs=64)], crs=3857)
    true = disc.to_crs(crs.HK80)

    assert there.area.iloc[0] / 1e6 == pytest.approx(1.177, abs=0.001)
    assert (true.area.iloc[0] / math.pi) ** 0.5 == pytest.approx(921, abs=1)
