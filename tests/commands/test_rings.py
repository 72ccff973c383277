"""Surroundings: the land round a site, and what lies in it."""

import math
import re

import numpy as np
import pytest
from world import layer, line, point, points, sites, square, write

from nmgeo.commands.near import near
from nmgeo.commands.ring_notes import inside_remarks
from nmgeo.commands.rings import rings
from nmgeo.errors import LayerError, Notice, UnitError, UsageError


@pytest.mark.parametrize(
    ("cumulative", "counts"), [(False, [2, 2, 0]), (True, [2, 4, 4])], ids=["rings", "discs"]
)
def test_a_ring_counts_what_lies_in_it(ask, cumulative, counts):
    wells = points(held=(50, 50), edge=(599, 50), next=(601, 50), last=(1099, 50), out=(9999, 50))
    here = ask(sites(a=square(0, 0, 100)), wells=wells)
    rows = rings(["500m", "1km", "2km"], here, cumulative=cumulative, count=[])

    assert rows["wells_count"].tolist() == counts


@pytest.mark.parametrize("at", [["100m"], ["100m", "200m"], [f"{n}00m" for n in range(1, 20)]])
def test_what_lies_exactly_on_the_edge_of_a_ring_is_in_it_and_in_no_other(ask, at):
    wells = points(**{f"w{n}{x}": (x, 5 * n) for n in range(20) for x in (-100, 200)})
    here = ask(sites(a=square(0, 0, 100)), wells=wells)

    assert rings(at, here, count=[])["wells_count"].tolist() == [40] + [0] * (len(at) - 1)


def test_a_ring_counts_what_is_open_in_a_layer_that_says_so(ask):
    wells = points(a=(150, 50), b=(160, 50), c=(900, 50))
    wells = wells.assign(status=["open", "planned", "open"])
    here = ask(sites(a=square(0, 0, 100)), wells=wells)
    rows = rings(["500m", "1km"], here, count=[])

    assert rows["wells_count"].tolist() == [2, 1]
    assert rows["wells_open_count"].tolist() == [1, 1]


def test_a_layer_without_any_status_has_no_count_of_what_is_open(ask):
    rows = rings(
        ["500m"], ask(sites(a=square(0, 0, 9)), wells=points(w=(0, 0))), count=["wetlands"]
    )

    assert [c for c in rows.columns if c.endswith("_count")][:1] == ["wetlands_count"]
    assert "wells_open_count" not in rows.columns


@pytest.mark.parametrize("layer_name", ["stations", "crossings"])
def test_no_more_is_open_in_a_ring_than_there_is(layer_name):
    rows = rings(["500m", "5km"])

    assert (rows[f"{layer_name}_open_count"] <= rows[f"{layer_name}_count"]).all()


def test_rings_are_measured_in_the_units_that_were_asked_for(ask):
    rows = rings(["1km", "500m"], ask(sites(a=square(0, 0, 100))))

    assert rows[["from_m", "to_m"]].to_numpy().tolist() == [[0, 500], [500, 1000]]
    assert rows["own_ha"].tolist() == pytest.approx([1.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("text", ["500", "--2km", "0.5 deg", "near", "", "-"])
def test_a_distance_that_is_no_length_is_refused(text):
    with pytest.raises(UnitError, match="length"):
        near("stations", within=text)
    with pytest.raises(UsageError, match="length"):
        rings([text])


@pytest.mark.parametrize("text", ["-20m", " -0.02 km", "\N{MINUS SIGN}20m"])
def test_a_distance_below_0_is_a_setback(ask, text):
    wells = points(deep=(50, 50), shallow=(90, 50), out=(150, 50))
    rows = rings([text], ask(sites(a=square(0, 0, 100)), wells=wells), count=[])

    assert rows["area_ha"].tolist() == pytest.approx([0.36], abs=1e-6)
    assert rows["wells_count"].tolist() == [1]


def test_a_setback_that_leaves_nothing_is_0_hectares_and_says_so(ask):
    lots = sites(a=square(0, 0, 100), b=square(500, 0, 30))
    with pytest.warns(Notice, match=r"nothing of b \(1 of the outlines\)"):
        rows = rings(["-20m"], ask(lots))

    assert rows["area_ha"].tolist() == pytest.approx([0.36, 0], abs=1e-6)


def test_a_setback_is_not_said_to_reach_into_the_sea(ask):
    lot = ask(sites(a=square(0, 0, 100)))

    assert "the sea" not in rings(["-20m"], lot).attrs["remark"]
    assert "the sea" in rings(["-20m", "20m"], lot).attrs["remark"]


def test_the_distance_may_stand_in_a_column(ask):
    lots = sites(a=square(0, 0, 100), b=square(5000, 0, 100)).assign(setback_m=["-20", "0.5 km"])
    rows = rings([], ask(lots), at_column="setback_m")

    assert rows["to_m"].tolist() == [-20, 500]
    numbers = rings([], ask(lots.assign(setback_m=[-20, 500])), at_column="setback_m")
    assert numbers["area_ha"].tolist() == rows["area_ha"].tolist()


@pytest.mark.parametrize("column", ["setbak", "opens", "zzz"])
def test_a_column_that_is_none_is_answered_by_those_of_the_file(ask, column):
    lots = sites(a=square(0, 0, 100)).assign(setback=["20m"], open=[1])

    with pytest.raises(
        UsageError, match=r"no values in such a column.*; use .*: (id, )?setback, open$"
    ) as told:
        rings([], ask(lots), at_column=column)
    assert ("did you mean setback?" in str(told.value)) == (column == "setbak")


@pytest.mark.parametrize("cell", [None, "deep", "5 deg", "nan", "1e3"])
def test_a_cell_that_holds_no_distance_names_its_file_site_and_column(ask, cell):
    lots = sites(a=square(0, 0, 100), b=square(500, 0, 30)).assign(setback=["20m", cell])

    with pytest.raises(LayerError, match=r"mine.geojson: site b: setback: (.* is no|no value)"):
        rings([], ask(lots), at_column="setback")


def test_a_dissolved_ring_counts_land_once_and_says_what_was_counted_twice(ask):
    lots = ask(sites(a=square(0, 0, 100), b=square(0, 100, 100)))
    apart, whole = rings(["500m"], lots), rings(["500m"], lots, dissolve=True)

    block = (2 * 100**2 + 2 * 300 * 500 + math.pi * 500**2) / 1e4
    assert whole["area_ha"].tolist() == pytest.approx([block], rel=1e-4)
    again = apart["area_ha"].sum() - whole["area_ha"].iloc[0]
    assert whole["double_counted_ha"].tolist() == pytest.approx([again])
    assert f"double-count {again:,.2f} ha" in whole.attrs["remark"]
    assert whole.index.tolist() == ["all"]


def test_lots_that_touch_are_set_back_from_their_common_edge_only_when_apart(ask):
    lots = ask(sites(a=square(0, 0, 100), b=square(0, 100, 100)))
    apart, whole = rings(["-20m"], lots), rings(["-20m"], lots, dissolve=True)

    assert apart["area_ha"].sum() == pytest.approx(2 * 0.36, abs=1e-5)
    assert whole["area_ha"].sum() == pytest.approx(60 * 160 / 1e4, abs=1e-5)
    assert whole["double_counted_ha"].isna().all()


@pytest.mark.parametrize(
    ("east", "kept", "count"), [(50, 0.5, 1), (-900, 1, 2), (900, 0, 0)], ids=["half", "all", "0"]
)
def test_a_straight_boundary_cuts_off_what_is_on_its_left(ask, east, kept, count):
    fence = layer({"fence": line((east, -9000), (east, 9000))})
    wells = points(west=(-10, 50), east=(110, 50))
    lot = ask(sites(a=square(0, 0, 100)), fence=fence, wells=wells)
    rows, whole = rings(["50m"], lot, clip="fence", count=[]), rings(["50m"], lot)["area_ha"]

    assert rows["area_ha"].tolist() == pytest.approx([kept * whole.iloc[0]], abs=1e-4)
    assert rows["outside_ha"].tolist() == pytest.approx([(1 - kept) * whole.iloc[0]], abs=1e-4)
    assert rows["covered_share"].tolist() == pytest.approx([1])
    assert rows["wells_count"].tolist() == [count]


def test_what_is_cut_off_has_the_range_of_the_accuracy_of_the_boundary(ask):
    fence = layer({"fence": line((50, -9000), (50, 9000))}, accuracy_m=[10.0])
    lot = ask(sites(a=square(0, 0, 100)), fence=fence)
    row = rings(["50m"], lot, clip="fence").iloc[0]

    band = 10 * 200 / 1e4
    assert row["outside_low_ha"] == pytest.approx(row["outside_ha"] - band, abs=1e-4)
    assert row["outside_high_ha"] == pytest.approx(row["outside_ha"] + band, abs=1e-4)


def test_of_the_sites_own_land_what_is_cut_off_is_not_counted(ask):
    fence = layer({"fence": line((50, -9000), (50, 9000))})
    lots = sites(half=square(0, 0, 100), none=square(-900, 0, 100))
    rows = rings(["50m", "100m", "-20m"], ask(lots, fence=fence), clip="fence")

    assert rows["own_ha"].tolist() == pytest.approx([0.18, 0.5, 0, 0, 0, 0], abs=1e-4)
    assert (rows["own_ha"] <= rows["area_ha"] + 1e-9).all()


def test_where_a_boundary_tells_nothing_nothing_is_said_to_be_outside(ask):
    fence = layer({"f": line((50, -9000), (50, 9000))}, accuracy_m=[10.0])
    lots = sites(past=square(0, 13_000, 100), by=square(0, 0, 100)).assign(accuracy_m=5.0)
    with pytest.warns(Notice, match="past the ends of fence: 1 of 2 rings, those of past"):
        rows = rings(["50m"], ask(lots, fence=fence), clip="fence", count=[])

    assert rows.filter(like="outside_").notna().all(axis=1).tolist() == [False, True]
    assert rows.loc["past", ["outside_ha", "outside_low_ha", "outside_high_ha"]].isna().all()
    assert rows[["low_ha", "high_ha"]].notna().all(axis=None)


@pytest.mark.parametrize("form", ["table", "md", "csv"])
def test_water_of_a_layer_of_ones_own_is_told_apart_from_what_a_boundary_leaves(
    run, tmp_path, form
):
    lot, bay = square(0, 0, 100), layer({"bay": square(50, 0, 50)}, kind=["sea"])
    files = write(sites(a=lot), tmp_path / "a.gpkg"), write(bay, tmp_path / "water.gpkg")
    asked = ["--sites", files[0], "--layer", f"water={files[1]}", "--crs", "wgs84"]
    how = ["--at", "50m", "--clip", "boundary", "--by", "water:kind", "--format", form]
    done = run("rings", *how, *asked)

    assert ("Cut off, in Shenzhen (ha)" in done.stdout) == (form == "md")  # which a table breaks
    assert ("inside_accuracy_m" in done.stdout) == (form == "csv")
    assert re.search(r"sea\W+1\W+0\.25\b", done.stdout)
    assert "Water on the Hong Kong side is counted: --clip land leaves out the sea" in done.stderr


def test_no_accuracy_gives_no_range(ask):
    lot = ask(sites(a=square(0, 0, 100)), fence=layer({"f": line((50, -9000), (50, 9000))}))

    columns = ["outside_low_ha", "outside_high_ha"]
    assert rings(["50m"], lot, clip="fence")[columns].isna().all(axis=None)


def test_rings_that_are_clipped_to_the_sea_say_what_leaves_it_out(run):
    done = run("rings", "--at", "500m", "--clip", "sea")

    assert "only sea is counted. --clip land leaves out the sea." in done.stderr


def test_past_the_ends_of_a_boundary_nothing_is_clipped_and_that_is_said(ask):
    lot = ask(sites(a=square(0, 0, 100)), fence=layer({"f": line((50, -9000), (50, 50))}))
    with pytest.warns(Notice, match="nothing is clipped past the ends of fence: 1 of 1 ring, "):
        row = rings(["50m"], lot, clip="fence").iloc[0]

    assert row["covered_share"] == pytest.approx(0.5, abs=1e-4)
    assert row["outside_ha"] == pytest.approx(row["area_ha"] / 3, abs=1e-4)


def test_outside_of_polygons_of_land_lies_all_that_is_not_counted(ask):
    coast = layer({"n": square(0, 0, 100), "s": square(0, -100, 100)})
    lot = ask(sites(a=square(0, 0, 100)), coast=coast)
    row = rings(["50m"], lot, clip="coast").iloc[0]

    assert row["area_ha"] == pytest.approx(1.5, abs=1e-4)
    assert row["outside_ha"] == pytest.approx(
        (100**2 + 4 * 5000 + math.pi * 2500) / 1e4 - 1.5, 1e-3
    )


@pytest.mark.parametrize(
    "shapes",
    [
        {"p": point(0, 0)},
        {"a": line((0, 0), (9, 0)), "b": line((20, 0), (30, 0))},
        {"loop": square(0, 0, 9).exterior},
        {"s": line((0, 0), (-50, 0), (-50, 50), (100, 50))},
    ],
    ids=["point", "two lines", "loop", "turns back"],
)
def test_what_has_no_two_sides_is_no_boundary(ask, shapes):
    lot = ask(sites(a=square(0, 0, 100)), fence=layer(shapes))

    with pytest.raises(LayerError, match="layer 'fence'"):
        rings(["50m"], lot, clip="fence")


def test_a_boundary_may_come_in_several_pieces(ask):
    pieces = {"b": line((50, 20), (50, 9000)), "a": line((50, -9000), (50, 20))}
    lot = ask(sites(a=square(0, 0, 100)), fence=layer(pieces))
    row = rings(["50m"], lot, clip="fence").iloc[0]

    assert row["outside_ha"] == pytest.approx(row["area_ha"], abs=1e-4)


def test_the_shipped_boundary_keeps_every_station_and_crossing_of_a_ring():
    clipped, whole = (rings(["500m"], clip=clip) for clip in ("boundary", None))

    counts = [column for column in whole.columns if column.endswith("_count")]
    assert clipped[counts].equals(whole[counts])
    assert (clipped["outside_ha"] > 0).any()


def test_polygons_in_a_ring_are_measured_by_category_and_as_a_share_of_it(ask):
    zones = {"w": square(-50, 0, 50), "e": square(100, 0, 50), "e2": square(125, 0, 50)}
    zones = layer(zones, use=["farm", "shop", "shop"])
    lot = ask(sites(a=square(0, 0, 100)), zones=zones)
    every = rings(["100m"], lot, by="zones:use")
    rows = every[every["category"] != "remainder"]

    assert every["inside_ha"].sum() == pytest.approx(every["ring_ha"].iloc[0], abs=1e-9)
    assert rows["category"].tolist() == ["farm", "shop"]
    assert rows["inside_count"].tolist() == [1, 2]
    assert rows["inside_ha"].tolist() == pytest.approx([0.25, 0.375], abs=1e-4)
    assert rows["inside_share"].tolist() == pytest.approx(
        (rows["inside_ha"] / rows["ring_ha"]).tolist()
    )
    total = rings(["100m"], lot, by="zones")
    assert total["inside_ha"].tolist() == pytest.approx([rows["inside_ha"].sum()])


def test_a_remark_says_how_uncertain_the_edges_are_of_what_lies_in_rings(ask):
    here = sites(a=square(0, 0, 100)).assign(accuracy_m=50)
    lot = ask(here, ponds=layer({"p": square(100, 0, 50)}).assign(accuracy_m=60))
    measured, dots = rings(["100m"], lot, by="ponds"), rings(["100m"], lot)

    assert "may lie off by up to 110 m in all" in inside_remarks(measured, "en")[0]
    assert not inside_remarks(dots, "en")


def test_rows_of_a_ring_add_up_to_it_with_overlaps_and_a_remainder(ask):
    zones = layer({"w": square(0, 0, 200), "e": square(100, 0, 200)}, use=["farm", "shop"])
    far = sites(a=square(0, 0, 100), b=square(5_000, 0, 100))
    rows = rings(["100m", "300m"], ask(far, zones=zones), by="zones:use")
    sums = rows.groupby(["site_id", "to_m"]).agg({"inside_ha": "sum", "ring_ha": "first"})

    assert sums["inside_ha"].tolist() == pytest.approx(sums["ring_ha"].tolist(), abs=1e-9)
    every = ["farm", "shop", "overlaps", "remainder"]
    assert rows.loc[rows["site_id"] == "a", "category"].tolist() == every * 2
    assert rows.loc[rows["site_id"] == "b", "category"].tolist() == ["remainder"] * 2
    assert rows.loc[rows["category"] == "overlaps", "inside_ha"].sum() == pytest.approx(-2.0)
    assert rows["inside_count"].isna().sum() == 6


def test_land_in_a_ring_has_a_range_as_inside_has_it(ask):
    ponds = layer({"a": square(50, 0, 100), "b": square(160, 0, 50), "c": square(900, 0, 50)})
    ponds = ponds.assign(accuracy_m=[5.0, 5.0, 5.0], sort=["wet", "wet", "far"])
    lot = sites(one=square(0, 0, 100)).assign(accuracy_m=2.0)
    catalog = ask(lot, ponds=ponds)
    rows = rings(["100m"], catalog, by="ponds:sort").set_index("category")
    ring = rings(["100m"], catalog).reset_index(drop=True)
    area = ring["area_ha"].iloc[0]

    wet = rows.loc["wet"]
    assert wet["inside_low_ha"] < wet["inside_ha"] < wet["inside_high_ha"]
    assert wet["inside_low_ha"] == pytest.approx((90 * 90 + 33 * 40) / 1e4, abs=0.01)
    rest = rows.loc["remainder"]
    assert rest["inside_low_ha"] < rest["inside_ha"] < rest["inside_high_ha"]
    assert rest["inside_high_ha"] < ring["high_ha"].iloc[0]
    assert (rows["ring_low_ha"] == ring["low_ha"].iloc[0]).all()
    assert rows["inside_ha"].sum() == pytest.approx(area)
    assert "low_ha" not in rows


def test_land_in_a_ring_has_no_range_where_no_accuracy_is_known(ask):
    ponds = layer({"a": square(50, 0, 100)})
    rows = rings(["100m"], ask(sites(one=square(0, 0, 100)), ponds=ponds), by="ponds")

    assert rows[["inside_low_ha", "inside_high_ha"]].isna().all(axis=None)
    assert rows["inside_ha"].gt(0).all()


def test_lines_in_exclusive_rings_add_up_by_category(ask):
    roads = layer({"a": line((50, 50), (950, 50)), "b": line((50, 60), (50, 400))}, kind=["A", "B"])
    lot = ask(sites(a=square(0, 0, 100)), roads=roads)
    rows = rings(["100m", "500m"], lot, by="roads:kind")

    assert rows["category"].tolist() == ["A", "B", "A", "B"]
    assert rows["inside_m"].tolist() == pytest.approx([150, 140, 400, 200], abs=0.01)
    assert rows["mix_share"].tolist() == pytest.approx(
        [150 / 290, 140 / 290, 2 / 3, 1 / 3], abs=1e-5
    )


def test_points_in_a_ring_are_counted_by_category_and_a_ring_without_any_says_0(ask):
    wells = points(a=(150, 50), b=(160, 50), c=(170, 50)).assign(kind=["deep", None, "deep"])
    rows = rings(["10m", "100m"], ask(sites(a=square(0, 0, 100)), wells=wells), by="wells:kind")

    said = rows["category"].astype(object).where(rows["category"].notna(), None)
    assert said.tolist() == [None, "deep", "no_class"]
    assert rows["inside_count"].tolist() == [0, 2, 1]
    assert rows["mix_share"].tolist() == pytest.approx([np.nan, 2 / 3, 1 / 3], nan_ok=True)


def test_what_lies_in_a_ring_is_as_far_out_as_the_site_and_the_worst_of_its_category(ask):
    zones = {name: square(100 + 10 * at, 0, 9) for at, name in enumerate("abcd")}
    zones = layer(zones, use=["x", "x", "y", None], accuracy_m=[3.0, 8.0, np.nan, 1.0])
    lots = sites(a=square(0, 0, 100)).assign(accuracy_m=5.0)
    rows = rings(["20m", "100m"], ask(lots, zones=zones), by="zones:use")
    rows = rows[rows["category"] != "remainder"]
    told = dict(zip(rows["category"], rows["inside_accuracy_m"], strict=True))

    assert {key: told[key] for key in ("x", "y")} == {"x": 13, "y": 5}
    assert set(rows["inside_accuracy_m"]) == {13, 5, 6}


def test_land_that_reaches_into_two_rings_counts_in_both(ask):
    zones = layer({"z": square(120, 0, 100)}, use=["farm"])
    lot = ask(sites(a=square(0, 0, 100)), zones=zones)
    rows = rings(["50m", "200m"], lot, by="zones:use")
    rows = rows[rows["category"] == "farm"]

    assert rows["inside_count"].tolist() == [1, 1]
    assert rows["inside_ha"].tolist() == pytest.approx([0.3, 0.7], abs=1e-3)
    assert "area_ha" not in rows
    assert "mix_share" not in rows


def test_the_range_of_a_ring_is_its_edges_times_the_accuracy(ask):
    lot = sites(a=square(0, 0, 100)).assign(accuracy_m=5.0)
    rows = rings(["100m", "300m"], ask(lot), count=[])

    edges = np.array([400 + 200 * np.pi, 800 + 800 * np.pi])
    corners = np.pi * 5**2 / 1e4
    assert (rows["area_ha"] - rows["low_ha"]).tolist() == pytest.approx(edges * 5 / 1e4, rel=1e-3)
    assert (rows["high_ha"] - rows["area_ha"]).tolist() == pytest.approx(
        edges * 5 / 1e4 + corners, rel=1e-3
    )
    assert rings(["100m"], ask(lot.drop(columns="accuracy_m")))["low_ha"].isna().all()


def test_what_the_boundary_cuts_off_is_said_to_lie_in_shenzhen(run):
    rows = rings(["500m"], clip="boundary")

    assert set(rows["outside_where"]) == {"shenzhen"}
    assert "the part in Shenzhen is not counted" in rows.attrs["remark"]
    shown = run("rings", "--at", "500m", "--clip", "boundary", "--format", "md").stdout
    assert "Cut off, in Shenzhen (ha)" in shown
    cut = rows.loc["hetao_hk_park:park"]
    assert cut["outside_low_ha"] < cut["outside_ha"] < cut["outside_high_ha"]


def test_clipped_at_land_a_ring_leaves_out_sea_and_shenzhen():
    at_land, at_line = (rings(["1km"], clip=clip).iloc[0] for clip in ("land", "boundary"))

    assert at_land["outside_where"] == "sea_or_shenzhen"
    assert at_land["outside_ha"] == pytest.approx(at_line["outside_ha"], rel=0.1)
    assert at_land["outside_low_ha"] < at_land["outside_ha"] < at_land["outside_high_ha"]


def test_beyond_the_square_end_of_a_line_nothing_is_counted(ask):
    track = sites(track=line((0, 0), (1000, 0)), lot=square(0, 5000, 10))
    wells = points(beside=(500, 20), beyond=(1020, 0), near=(20, 5005))
    rows = rings(["35m"], ask(track, wells=wells), cap="flat", count=[])

    assert rows["wells_count"].tolist() == [1, 1]
    assert rows["area_ha"].iloc[0] == pytest.approx(7, abs=1e-4)


def test_a_budget_is_measured_and_said():
    rows = rings(["1km"], max_error="0.1%")

    assert (rows["radius_error_share"] <= 0.001).all()
    assert "1,000 m at 999.05–1,000.00 m; largest error 0.095 %" in rows.attrs["remark"]


def test_the_radius_that_was_achieved_is_always_reported():
    rows = rings(["500m", "1km"])

    assert (rows["radius_min_m"] > rows["to_m"] * (1 - 1e-4)).all()
    assert (rows["radius_max_m"] < rows["to_m"] * (1 + 1e-4)).all()
    assert "500 m at 499.96–500.00 m; 1,000 m at 999.92–1,000.00 m" in rows.attrs["remark"]


def test_what_is_drawn_on_the_grid_never_passes_through_degrees():
    lots = sites(a=square(0, 0, 100), b=square(200, 0, 100))
    rows = rings(lots, "50m", crs="hk80")

    assert rows.crs.to_epsg() == 2326
    assert rows.loc["a"].geometry.boundary.distance(point(-50, 50)) == 0.0
    assert rings(lots.to_crs(4326), "50m").crs.to_epsg() == 4326


def test_a_ring_says_for_how_many_features_its_edge_is_undecided(ask):
    lot = sites(a=square(0, 0, 100)).assign(accuracy_m=5.0)
    wells = points(near=(200, 50), edge=(598, 50), far=(900, 50)).assign(accuracy_m=[1, 1, 1])

    found = rings(["500m"], ask(lot, wells=wells), count="wells")
    assert found["wells_count"].tolist() == [2]
    assert found.attrs["remark"].endswith(
        "is open whether a feature lies in a ring in this many cases: wells 1. A feature near the "
        "edges of two rings makes two."
    )
    counted = rings(["500m"], ask(lot, wells=wells), count="wells", counts_only=True)
    assert counted.attrs["remark"].endswith(
        "is open whether a feature lies in a ring in this many cases: wells 1. A feature near the "
        "edges of two rings makes two."
    )
    exact = ask(lot.assign(accuracy_m=0.0), wells=wells.assign(accuracy_m=0))
    assert "is open whether" not in rings(["500m"], exact, count="wells").attrs["remark"]


def test_credits_name_the_layers_that_are_shown():
    counted, measured = rings(["500m"]), rings(["500m"], by="ponds")

    assert any("published plans" in line for line in counted.attrs["credits"])
    assert not any("published plans" in line for line in measured.attrs["credits"])


def test_the_range_of_a_clipped_ring_widens_by_that_of_what_is_cut_off(ask):
    lot, shape = sites(a=square(0, 0, 100)).assign(accuracy_m=5.0), line((50, -9000), (50, 9000))
    sure, wide = (
        rings(["50m"], ask(lot, fence=layer({"f": shape}, accuracy_m=[m])), clip="fence").iloc[0]
        for m in (10.0, 20.0)
    )

    band = 10 * 200 / 1e4
    assert sure["low_ha"] < sure["area_ha"] - band
    assert sure["high_ha"] > sure["area_ha"] + band
    assert wide["low_ha"] == pytest.approx(sure["low_ha"] - band, abs=1e-4)
    assert wide["high_ha"] == pytest.approx(sure["high_ha"] + band, abs=1e-4)
