"""Measures: the verbs, on the shipped data and on a user's own files."""

from pathlib import Path

import pytest
from world import layer, point, points, sites, square, write

from nmgeo import crs as ruler
from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, UnitError, UnknownLayerError, UsageError
from nmgeo.listings import sites as listed
from nmgeo.measures import area, inside, land, near, rings

OUTLINES = [
    ("hetao_hk_park", "park"),
    ("san_tin_technopole", "development_area_excl_loop"),
    ("san_tin_technopole", "ozp_scheme_area"),
    ("sandy_ridge", "tender_lot"),
]
CONTRACT = {
    "area": "basis area_ha geodesic_ha ppm said_area_ha geometry_status accuracy_m",
    "near": "basis layer nearest_id nearest_name nearest_m accuracy_m",
    "rings": "basis from_m to_m area_ha",
    "inside": "basis layer feature_id inside_ha inside_share",
}
VERBS = {
    "area": area,
    "near": lambda here=None, **how: near("stations", here, **how),
    "rings": lambda here=None, **how: rings(["500m"], here, **how),
    "inside": lambda here=None, **how: inside("sites", here, **how),
}


@pytest.fixture
def ask(tmp_path):
    """Ask about a user's sites and layers, which lie on the grid as they were drawn."""

    def catalog(mine, **layers):
        files = {name: write(f, tmp_path / f"{name}.geojson", 2326) for name, f in layers.items()}
        file = write(mine, tmp_path / "mine.geojson", 2326)
        return open_catalog(sites=file, layers=files)

    return catalog


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
def test_a_users_column_never_stands_in_the_way_of_ours(ask, verb, column):
    plain = VERBS[verb](ask(sites(a=square(0, 0, 100))))
    named = VERBS[verb](ask(sites(a=square(0, 0, 100)).assign(**{column: 7})))

    shared = [name for name in CONTRACT[verb].split() if name != "geometry"]
    assert named[shared].astype(str).equals(plain[shared].astype(str))


def test_published_areas_stand_beside_the_outlines_that_they_are_of():
    rows = area().set_index(["site_id", "basis"])

    assert rows["said_area_ha"].to_dict() == pytest.approx(
        dict(zip(OUTLINES, [87, 539, 1004, 11.6365], strict=True))
    )


def test_published_areas_come_out_within_the_accuracy_of_each_outline():
    rows = area()
    room_m2 = ruler.measured(listed()).length.to_numpy() * rows["accuracy_m"]

    assert ((rows["area_ha"] - rows["said_area_ha"]).abs() * 1e4 <= room_m2).all()


def test_the_difference_between_grid_and_ellipsoid_is_in_millionths_and_small():
    rows = area()

    assert (rows["area_ha"] / rows["geodesic_ha"] - 1).mul(1e6).tolist() == pytest.approx(
        rows["ppm"].tolist()
    )
    assert rows["ppm"].abs().max() < 20


def test_land_under_two_outlines_is_said_to_be_counted_twice(ask):
    total = land(ask(sites(a=square(0, 0, 100), b=square(50, 0, 100))))

    expected = {"gross_ha": 2.0, "net_ha": 1.5, "double_counted_ha": 0.5}
    assert total == pytest.approx(expected, abs=1e-6)


def test_the_shipped_outlines_overlap_and_the_total_says_so():
    total = land()

    assert total["gross_ha"] == pytest.approx(area()["area_ha"].sum())
    assert total["double_counted_ha"] == pytest.approx(total["gross_ha"] - total["net_ha"])
    assert total["double_counted_ha"] > 500  # San Tin Technopole is drawn on two bases


def test_points_have_no_area_and_are_refused(ask):
    with pytest.raises(LayerError, match=r"feature p: Point has no area"):
        area(ask(points(p=(0, 0))))


@pytest.mark.parametrize(
    "name", ["lots!", "lots;1", "lots#1", "lots?x=1", "地段", "a b", "lots%20", "<b>"]
)
def test_a_file_may_have_any_name(tmp_path, name):
    plain = write(sites(a=square(0, 0, 100)), tmp_path / "lots.geojson")
    odd = Path(plain).rename(tmp_path / f"{name}.geojson")

    assert area(open_catalog(sites=odd))["site_id"].tolist() == ["a"]


def test_every_site_of_a_file_is_measured_nearest_first(ask):
    lots = sites(far=square(1000, 0, 100), close=square(0, 0, 100), at=point(40, 0))
    wells = points(w1=(140, 50)).assign(name_en="First well")
    rows = near("wells", ask(lots, wells=wells))

    assert rows["site_id"].tolist() == ["close", "at", "far"]
    assert rows["nearest_m"].tolist() == pytest.approx([40.0, 111.803, 860.0], abs=1e-3)
    assert set(rows["nearest_name"]) == {"First well"}
    assert set(rows["layer"]) == {"wells"}


def test_within_keeps_only_what_is_that_close():
    everything, close = near("stations"), near("stations", within="2km")

    assert (close["nearest_m"] <= 2000).all()
    assert len(close) == (everything["nearest_m"] <= 2000).sum()


@pytest.mark.parametrize("layer_name", ["stations", "crossings"])
def test_what_is_not_open_yet_is_left_out_on_demand(layer_name):
    rows, opened = near(layer_name), near(layer_name, open_only=True)

    assert set(opened["nearest_status"]) == {"open"}
    every, some = (r.set_index(["site_id", "basis"])["nearest_m"] for r in (rows, opened))
    assert (some >= every.reindex(some.index)).all()


def test_where_nothing_is_open_the_nearest_is_missing(ask):
    rows = near("wells", ask(sites(a=square(0, 0, 9)), wells=points(w=(0, 0))), open_only=True)

    assert rows["site_id"].tolist() == ["a"]
    assert rows[["nearest_id", "nearest_name", "nearest_m"]].isna().all(axis=None)


def test_the_accuracy_of_a_distance_adds_both_ends():
    rows = near("stations")

    both = rows["site_accuracy_m"] + rows["nearest_accuracy_m"]
    assert rows["accuracy_m"].tolist() == both.tolist()


def test_the_accuracy_is_missing_where_one_end_does_not_say(ask):
    rows = near("stations", ask(sites(a=square(0, 0, 9))))

    assert rows["accuracy_m"].isna().all()


@pytest.mark.parametrize(
    ("cumulative", "counts"), [(False, [2, 2, 0]), (True, [2, 4, 4])], ids=["rings", "discs"]
)
def test_a_ring_counts_what_lies_in_it(ask, cumulative, counts):
    wells = points(held=(50, 50), edge=(599, 50), next=(601, 50), last=(1099, 50), out=(9999, 50))
    here = ask(sites(a=square(0, 0, 100)), wells=wells)
    rows = rings(["500m", "1km", "2km"], here, cumulative=cumulative, count=[])

    assert rows["wells_count"].tolist() == counts


def test_rings_are_measured_in_the_units_that_were_asked_for(ask):
    rows = rings(["1km", "500m"], ask(sites(a=square(0, 0, 100))))

    assert rows[["from_m", "to_m"]].to_numpy().tolist() == [[0, 500], [500, 1000]]
    assert rows["own_ha"].tolist() == pytest.approx([1.0, 0.0], abs=1e-6)


def test_an_outline_is_compared_with_the_others_but_not_with_itself():
    rows = inside("sites")
    own = rows["site_id"] + ":" + rows["basis"]

    assert not (own == rows["feature_id"]).any()
    assert (rows["inside_share"].between(0, 1)).all()
    assert rows.set_index("site_id").loc["sandy_ridge", ["inside_ha", "inside_share"]].eq(0).all()


def test_shares_of_a_users_layer_are_of_the_site(ask):
    zones = layer({"z1": square(50, 0, 400)}, name_en=["Zone 1"])
    rows = inside("zones", ask(sites(a=square(0, 0, 100)), zones=zones))

    assert rows[["feature_id", "feature_name"]].to_numpy().tolist() == [["z1", "Zone 1"]]
    assert rows["inside_ha"].tolist() == pytest.approx([0.5], abs=1e-4)
    assert rows["inside_share"].tolist() == pytest.approx([0.5], abs=1e-4)


def test_a_layer_of_points_has_no_inside():
    with pytest.raises(LayerError, match=r"layer 'stations'.*Point has no area"):
        inside("stations")


@pytest.mark.parametrize("verb", [near, inside, lambda name: rings(["1km"], count=[name])])
def test_an_unknown_layer_is_named_with_the_likeliest_one(verb):
    with pytest.raises(UnknownLayerError, match=r"layer 'station': .*did you mean stations\?"):
        verb("station")


@pytest.mark.parametrize("text", ["500", "-2km", "0.5 deg", "near", ""])
def test_a_distance_that_is_no_length_is_refused(text):
    with pytest.raises(UnitError, match="length"):
        near("stations", within=text)
    with pytest.raises(UsageError, match="length"):
        rings([text])
