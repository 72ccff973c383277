"""Measures: the verbs, on the shipped data and on a user's own files."""

from pathlib import Path

import pytest
from world import line, point, points, sites, square, write

from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.commands.area import area, area_rows, land
from nmgeo.commands.inside import inside
from nmgeo.commands.near import near
from nmgeo.commands.rings import rings
from nmgeo.commands.sites import sites as listed
from nmgeo.errors import LayerError, UnknownLayerError

OUTLINES = [
    ("hetao_hk_park", "park"),
    ("san_tin_technopole", "development_area_excl_loop"),
    ("san_tin_technopole", "ozp_scheme_area"),
    ("sandy_ridge", "tender_lot"),
]
CONTRACT = {
    "area": "basis area_ha geodesic_ha ppm published_area_ha geometry_status accuracy_m",
    "near": "basis layer nearest_id nearest_name nearest_m accuracy_m",
    "rings": "basis from_m to_m area_ha accuracy_m",
    "inside": "basis layer feature_id inside_ha inside_share accuracy_m",
}
VERBS = {
    "area": area,
    "near": lambda here=None, **how: near("stations", here, **how),
    "rings": lambda here=None, **how: rings(["500m"], here, **how),
    "inside": lambda here=None, **how: inside("sites", here, **how),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Ask each verb about one lot."""
    file = write(sites(a=square(0, 0, 100)), tmp_path_factory.mktemp("plain") / "a.geojson", 2326)
    here = open_catalog(sites=file, crs="hk80")
    return {verb: ask(here) for verb, ask in VERBS.items()}


@pytest.mark.parametrize("verb", VERBS)
def test_rows_carry_what_scripts_rely_on(verb):
    assert {"site_id", *CONTRACT[verb].split()} <= set(VERBS[verb]().columns)


@pytest.mark.parametrize("verb", VERBS)
def test_every_outline_has_a_row(verb):
    rows = VERBS[verb]()

    assert set(zip(rows["site_id"], rows["basis"], strict=True)) == set(OUTLINES)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("lang", "name"), [("tc", "新田科技城"), ("sc", "沙岭数据园区")])
def test_names_come_in_chinese(verb, lang, name):
    assert name in set(VERBS[verb](lang=lang)["name"])


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "column",
    ["area_ha", "ppm", "nearest_m", "ties", "layer", "site_accuracy_m", "feature_id", "from_m"],
)
def test_a_users_column_never_stands_in_the_way_of_ours(ask, plain, verb, column):
    named = VERBS[verb](ask(sites(a=square(0, 0, 100)).assign(**{column: 7})))

    shared = [name for name in CONTRACT[verb].split() if name != "geometry"]
    assert named[shared].astype(str).equals(plain[verb][shared].astype(str))


def test_published_areas_stand_beside_the_outlines_that_they_are_of():
    rows = area().set_index(["site_id", "basis"])

    assert rows["published_area_ha"].to_dict() == pytest.approx(
        dict(zip(OUTLINES, [87, 539, 1004, 11.6365], strict=True))
    )


def test_published_areas_come_out_within_the_accuracy_of_each_outline():
    rows = area()
    room_m2 = ruler.to_hk80(listed()).length.to_numpy() * rows["accuracy_m"]

    assert ((rows["area_ha"] - rows["published_area_ha"]).abs() * 1e4 <= room_m2).all()


def test_the_difference_between_grid_and_ellipsoid_is_in_millionths_and_small():
    rows = area()

    assert (rows["area_ha"] / rows["geodesic_ha"] - 1).mul(1e6).tolist() == pytest.approx(
        rows["ppm"].tolist()
    )
    assert rows["ppm"].abs().max() < 20


def test_land_under_two_outlines_is_said_to_be_counted_twice(ask):
    total = land(ask(sites(a=square(0, 0, 100), b=square(50, 0, 100))))

    expected = {"gross_ha": 2.0, "net_ha": 1.5, "double_counted_ha": 0.5, "remainder_ha": 0.0}
    assert total == pytest.approx(expected, abs=1e-6)


def test_the_shipped_outlines_overlap_and_the_total_says_so():
    total = land()

    assert total["gross_ha"] == pytest.approx(area()["area_ha"].sum())
    assert total["double_counted_ha"] == pytest.approx(total["gross_ha"] - total["net_ha"])
    assert total["double_counted_ha"] > 500  # San Tin Technopole is drawn on two bases


def test_points_have_no_area_and_are_refused(ask):
    with pytest.raises(LayerError, match=r"feature p: Point has no area"):
        area(ask(points(p=(0, 0))))


@pytest.mark.parametrize("name", ["lots#1", "lots?x=1", "地段", "a b", "lots%20", "<b>"])
def test_a_file_may_have_any_name_that_gdal_takes_for_one(tmp_path, name):
    plain = write(sites(a=square(0, 0, 100)), tmp_path / "lots.geojson")
    odd = Path(plain).rename(tmp_path / f"{name}.geojson")

    assert area(open_catalog(sites=odd))["site_id"].tolist() == ["a"]


@pytest.mark.parametrize("name", ["lots!", "lots;1", "!", "a!b;c"])
def test_a_file_name_that_gdal_reads_as_its_own_is_refused_in_one_line(tmp_path, name):
    plain = write(sites(a=square(0, 0, 100)), tmp_path / "lots.geojson")
    odd = Path(plain).rename(tmp_path / f"{name}.geojson")

    with pytest.raises(LayerError, match=r"GDAL reads '!' and ';' in a name as its own; rename it"):
        area(open_catalog(sites=odd))


def test_points_and_lines_have_blank_areas_among_the_rows_of_an_atlas():
    lots = sites(lot=square(0, 0, 100), well=point(0, 0), road=line((0, 0), (50, 0)))
    lots = lots.assign(
        name=lots.index, fitted_to_published=False, geometry_status="", accuracy_m=1.0
    )
    rows = area_rows(lots, open_catalog()).set_index("site_id")

    assert rows.loc["lot", "area_ha"] == pytest.approx(1.0)
    assert rows.loc[["well", "road"], ["area_ha", "geodesic_ha", "ppm"]].isna().all(axis=None)
    assert rows.attrs["land"]["gross_ha"] == pytest.approx(1.0)


@pytest.mark.parametrize("verb", [near, inside, lambda name: rings(["1km"], count=[name])])
def test_an_unknown_layer_is_named_with_the_likeliest_one(verb):
    with pytest.raises(UnknownLayerError, match=r"layer 'station': .*did you mean stations\?"):
        verb("station")
