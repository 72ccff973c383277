"""Areas: known by arithmetic on the metre grid."""

import math

import geopandas as gpd
import pytest
import shapely
from world import layer, line, multi, point, sites, square

from nmgeo.crs import to_hk80
from nmgeo.errors import MissingCRSError
from nmgeo.measures.areas import (
    area_ha,
    area_limits_ha,
    area_uncertainty_ha,
    geodesic_ha,
    inside_share,
    land_totals,
    mercator_ha,
    net_ha,
    perimeter_m,
)

HOLED = square(0, 0, 300).difference(square(100, 100, 100))


def test_a_square_with_a_hole_is_its_side_squared_less_the_hole():
    areas = area_ha(sites(lot=HOLED))

    assert areas["lot"] == pytest.approx(9 - 1, abs=1e-9)
    assert areas.name == "area_ha"


def test_the_parts_of_a_site_add_up():
    apart = multi(square(0, 0, 100), square(500, 0, 200))

    assert area_ha(sites(lot=apart))["lot"] == pytest.approx(1 + 4, abs=1e-9)


@pytest.mark.parametrize(
    "shape", [square(0, 0, 300), HOLED, HOLED.reverse(), multi(HOLED, square(500, 0, 200))]
)
def test_the_ellipsoid_agrees_with_the_grid_to_20_ppm(shape):
    lot = sites(lot=shape)

    assert geodesic_ha(lot)["lot"] == pytest.approx(area_ha(lot)["lot"], rel=20e-6)


@pytest.mark.parametrize("measure", [area_ha, geodesic_ha])
def test_points_and_lines_have_no_area(measure):
    flat = measure(layer({"p": point(0, 0), "l": line((0, 0), (30, 40))}))

    assert flat.to_dict() == {"p": 0.0, "l": 0.0}


@pytest.mark.parametrize("measure", [area_ha, geodesic_ha])
def test_a_measure_keeps_the_index_and_changes_nothing_it_is_given(measure):
    lots = sites(b=square(0, 0, 100), a=square(500, 0, 200))
    before = lots.copy()

    assert list(measure(lots).index) == ["b", "a"]
    assert lots.equals(before)


def test_the_area_does_not_depend_on_the_crs_that_the_sites_are_stored_in():
    lots = sites(a=HOLED)

    assert area_ha(lots.to_crs(4326))["a"] == pytest.approx(8, rel=1e-8)


def test_land_under_two_sites_is_counted_once():
    lots = sites(a=square(0, 0, 100), b=square(50, 0, 100), c=square(500, 0, 100))

    assert net_ha(lots) == pytest.approx(1 + 0.5 + 1, abs=1e-9)


@pytest.mark.parametrize(
    "measure", [area_ha, geodesic_ha, net_ha, perimeter_m, mercator_ha, land_totals]
)
def test_a_frame_without_a_crs_is_refused(measure):
    with pytest.raises(MissingCRSError, match="has no CRS"):
        measure(gpd.GeoDataFrame(geometry=[square(0, 0, 100)]))


def test_a_perimeter_is_that_of_all_edges_and_of_all_parts():
    edges = perimeter_m(sites(lot=multi(HOLED, square(500, 0, 100))))

    assert edges["lot"] == pytest.approx(4 * 300 + 4 * 100 + 4 * 100, abs=1e-9)
    assert edges.name == "perimeter_m"


def test_the_room_of_an_area_is_its_perimeter_times_its_accuracy_where_that_is_known():
    lots = sites(a=square(0, 0, 100), b=square(0, 0, 100)).assign(accuracy_m=[5.0, None])

    room = area_uncertainty_ha(lots)
    assert room["a"] == pytest.approx(0.2)
    assert room.isna().tolist() == [False, True]


SHAPES = {
    "square": square(0, 0, 300),
    "apart": multi(square(0, 0, 100), square(900, 0, 100)),
    "close": multi(square(0, 0, 100), square(110, 0, 100)),
    "bent": shapely.union(square(0, 0, 300), square(250, 0, 300)).difference(square(100, 50, 200)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("off", [0.0, 1.0, 30.0, 400.0])
def test_no_outline_within_the_accuracy_has_an_area_out_of_the_range(shape, off):
    lots = sites(a=SHAPES[shape]).assign(accuracy_m=off)
    ends = area_limits_ha(lots, area_ha(lots))

    drawn = to_hk80(lots).to_numpy()[0]
    grown, shrunk = shapely.buffer(drawn, off, quad_segs=64), shapely.buffer(drawn, -off)
    assert ends["high_ha"]["a"] >= grown.area / 1e4 - 1e-9
    assert ends["low_ha"]["a"] <= shrunk.area / 1e4 + 1e-9
    assert 0 <= ends["low_ha"]["a"] <= area_ha(lots)["a"] <= ends["high_ha"]["a"] + 1e-9


def test_the_range_of_a_disc_is_that_of_the_discs_within_its_accuracy():
    disc = square(0, 0, 1).centroid.buffer(200, quad_segs=256)
    lots = sites(a=disc).assign(accuracy_m=100.0)

    assert area_limits_ha(lots, area_ha(lots))["high_ha"]["a"] == pytest.approx(
        9 * math.pi, rel=1e-3
    )


def test_web_mercator_stretches_by_the_square_of_the_secant_of_the_latitude():
    """At 22.5 N: 1 / cos(22.5 degrees) squared, less what the ellipsoid takes off."""
    drawn = mercator_ha(sites(lot=square(0, 0, 1_000)))

    assert drawn["lot"] == pytest.approx(117.7, abs=0.1)
    assert drawn.name == "mercator_ha"


def test_points_and_lines_add_no_land():
    mixed = sites(a=square(0, 0, 100), p=point(50, 50), l=line((0, 0), (100, 100)))

    assert land_totals(mixed)["double_counted_ha"] == 0
    assert land_totals(mixed)["gross_ha"] == pytest.approx(1)


def test_land_is_added_up_without_measuring_every_pair_of_sites_that_overlap(monkeypatch):
    lots = sites(**{f"s{n}": point(n % 10, n % 7).buffer(200 + n % 11) for n in range(101)})
    shared = []
    intersection = shapely.intersection
    monkeypatch.setattr(
        shapely, "intersection", lambda a, b: shared.append(len(a)) or intersection(a, b)
    )
    total = land_totals(lots)

    assert sum(shared) == 101 - 1
    assert total["double_counted_ha"] == pytest.approx(total["gross_ha"] - total["net_ha"])
    assert total["double_counted_ha"] > 0.9 * total["gross_ha"]


@pytest.mark.parametrize("count", [0, 1])
def test_where_there_are_no_two_sites_no_land_is_counted_again(count):
    assert land_totals(sites(a=square(0, 0, 100)).iloc[:count])["double_counted_ha"] == 0


def test_overlapping_features_share_the_land_once():
    others = layer({"x": square(50, 0, 100), "y": square(50, 0, 200)})

    assert inside_share(sites(lot=square(0, 0, 100)), others)["lot"] == pytest.approx(0.5)


def test_nothing_to_lie_inside_of_is_a_share_of_0():
    shares = inside_share(sites(lot=square(0, 0, 100)), layer({"x": point(0, 0)}).iloc[:0])

    assert shares.to_dict() == {"lot": 0.0}
    assert shares.name == "inside_share"


def test_a_site_without_land_at_the_end_has_no_area_on_the_ellipsoid():
    areas = geodesic_ha(sites(lot=square(0, 0, 100), none=shapely.Polygon()))

    assert areas["lot"] == pytest.approx(1, abs=1e-3)
    assert areas["none"] == 0
