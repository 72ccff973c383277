"""The one ruler: known points, and no way that skips a datum shift."""

import geopandas as gpd
import pytest
from pyproj import CRS
from shapely import Point, Polygon

from nmgeo import crs
from nmgeo.areas import geodesic_ha
from nmgeo.errors import LayerError, MissingCRSError, UsageError
from world import points, sites, square

# Easting, northing (HK80 grid) and longitude, latitude (WGS 84): the origin of the projection,
# and a point of the Lands Department's converter.
KNOWN = [
    ((836_694.05, 819_069.80), (114.18100933, 22.31060243)),
    ((835_411.431, 817_266.016), (114.168562005, 22.294313001)),
]
MILLIMETRE = 1e-8  # in degrees


@pytest.mark.parametrize(("grid", "degrees"), KNOWN)
def test_a_known_point_of_the_grid_is_within_a_millimetre_in_wgs84(grid, degrees):
    found = crs.transformed(gpd.GeoSeries([Point(grid)], crs=crs.MEASURED), crs.STORED)

    assert (found.x[0], found.y[0]) == pytest.approx(degrees, abs=MILLIMETRE)


@pytest.mark.parametrize(("grid", "degrees"), KNOWN)
def test_a_known_point_of_wgs84_is_within_a_millimetre_on_the_grid(grid, degrees):
    found = crs.transformed(gpd.GeoSeries([Point(degrees)], crs=crs.STORED), crs.MEASURED)

    assert (found.x[0], found.y[0]) == pytest.approx(grid, abs=0.001)


def test_there_and_back_is_where_it_was():
    there = crs.transformed(points(a=(12.34, 56.78)).geometry, crs.STORED)
    back = crs.transformed(there, crs.MEASURED)

    assert back.distance(points(a=(12.34, 56.78)).geometry)["a"] < 0.001


def test_a_square_kilometre_has_its_known_area_on_the_ellipsoid():
    square_metres = geodesic_ha(sites(a=square(0, 0, 1_000)))["a"] * 10_000

    assert square_metres == pytest.approx(999_995.3, abs=0.05)


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:4547", "EPSG:4610"])
@pytest.mark.parametrize("target", [crs.MEASURED, crs.STORED])
def test_a_datum_without_a_known_shift_is_refused_never_guessed(code, target):
    with pytest.raises(LayerError, match="datum shift"):
        crs.transformed(gpd.GeoSeries([Point(114.06, 22.5)], crs=code), target)


def test_geometry_without_a_crs_is_refused():
    with pytest.raises(MissingCRSError, match="has no CRS"):
        crs.measured(gpd.GeoDataFrame(geometry=[Point(824_000, 840_000)]))


def test_heights_are_dropped():
    solid = Polygon([(824_000, 840_000, 5), (824_010, 840_000, 5), (824_000, 840_010, 5)])

    assert not crs.transformed(gpd.GeoSeries([solid], crs=crs.MEASURED), crs.STORED).has_z.any()


def test_what_is_measured_is_left_as_it_was():
    frame = points(a=(0, 0)).to_crs(crs.STORED)
    before = frame.copy()

    crs.measured(frame)

    assert frame.crs == crs.STORED
    assert frame.geom_equals(before).all()


def test_the_index_is_kept():
    assert list(crs.measured(points(b=(0, 0), a=(9, 9)).to_crs(crs.STORED)).index) == ["b", "a"]


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
    assert crs.fits(bounds, CRS.from_epsg(code)) is fitting


@pytest.mark.parametrize(
    ("bounds", "codes"),
    [
        ((824_000, 840_000, 825_000, 841_000), ["EPSG:2326"]),
        ((114.0, 22.4, 114.1, 22.5), ["EPSG:4326"]),
        ((205_000, 2_490_000, 206_000, 2_491_000), ["EPSG:32650"]),
        ((12_696_000, 2_571_000, 12_697_000, 2_572_000), ["EPSG:3857"]),
        ((-0.2, 51.4, 0.1, 51.6), []),
    ],
)
def test_the_systems_in_which_numbers_lie_in_hong_kong_are_named(bounds, codes):
    assert crs.candidates(bounds) == codes
