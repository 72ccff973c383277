"""Strips: along a line or an edge, on the side that was asked for, known by arithmetic."""

import math

import pytest
import shapely
from world import layer, line, multi, points, sites, square

from nmgeo.catalog import open_catalog
from nmgeo.commands.sites import sites as list_sites
from nmgeo.commands.strip import strip
from nmgeo.errors import LayerError, UnitError, UsageError
from nmgeo.measures.buffer_shapes import left_buffer
from nmgeo.outputs.tables import render
from nmgeo.sources.layers import read_layer

LOT = sites(a=square(0, 0, 100))


@pytest.mark.parametrize(
    ("side", "cap", "square_metres"),
    [
        ("left", "flat", 35_000),
        ("right", "flat", 35_000),
        ("both", "flat", 70_000),
        ("left", "round", 35_000 + math.pi * 35**2 / 2),
        ("both", "round", 70_000 + math.pi * 35**2),
    ],
)
def test_a_strip_along_a_straight_line_is_its_length_by_its_width(ask, side, cap, square_metres):
    edges = layer({"e": line((0, -50), (600, 750))})
    rows = strip("edges", "35m", ask(LOT, edges=edges), side=side, cap=cap)

    assert rows["area_ha"].max() * 1e4 == pytest.approx(square_metres, rel=1e-5)


@pytest.mark.parametrize(("side", "taken"), [("left", 0.6), ("right", 0.4), ("both", 1.0)])
def test_what_a_strip_takes_of_a_site_lies_on_its_side(ask, side, taken):
    edges = layer({"e": line((60, -500), (60, 900))})
    rows = strip("edges", "200m", ask(LOT, edges=edges), side=side)

    assert rows["inside_ha"].tolist() == pytest.approx([taken], abs=1e-5)
    assert rows["inside_share"].tolist() == pytest.approx([taken], abs=1e-5)


@pytest.mark.parametrize(
    ("side", "square_metres"),
    [
        ("inside", 100**2 - 60**2),
        ("outside", 4 * 100 * 20 + math.pi * 20**2),
        ("both", 100**2 - 60**2 + 4 * 100 * 20 + math.pi * 20**2),
    ],
)
def test_a_strip_along_an_edge_lies_inside_or_outside_of_it(ask, side, square_metres):
    rows = strip("zones", "20m", ask(LOT, zones=layer({"z": square(0, 0, 100)})), side=side)
    rows = rows[rows["feature_id"].notna()]  # outside, the strip touches the lot and meets none

    assert rows["area_ha"].iloc[0] * 1e4 == pytest.approx(square_metres, rel=1e-4)
    assert rows["inside_ha"].iloc[0] == pytest.approx(0 if side == "outside" else 0.64, abs=1e-5)


def test_a_strip_inside_an_edge_is_never_wider_than_the_land(ask):
    rows = strip("sites", "80m", ask(LOT), side="inside")

    assert rows[["area_ha", "inside_share"]].to_numpy().ravel() == pytest.approx([1, 1])


def test_a_sharp_bend_keeps_the_strip_on_its_side():
    bend = line((0, 0), (500, 0), (0, 100))
    inner, outer = (left_buffer(part, 35, 64, flat=True) for part in (bend, shapely.reverse(bend)))

    assert inner.intersection(outer).area == pytest.approx(0, abs=1e-6)
    every = shapely.union_all([inner, outer])
    assert every.area == pytest.approx(inner.area + outer.area)
    turn = math.pi - math.atan2(100, 500)
    assert outer.area == pytest.approx(35 * bend.length + turn * 35**2 / 2, rel=1e-4)


def test_left_and_right_of_a_ring_are_inside_and_outside():
    loop = square(0, 0, 100).exterior
    inner = left_buffer(loop if loop.is_ccw else shapely.reverse(loop), 20, 64, flat=False)

    assert inner.area == pytest.approx(100**2 - 60**2)


def test_a_line_whose_end_lies_in_its_own_strip_is_refused(ask):
    hook = layer({"hook": line((0, 0), (500, 0), (500, 20), (490, 20))})
    here = ask(LOT, hooks=hook)

    with pytest.raises(LayerError, match=r"feature hook: an end .* use side='both'"):
        strip("hooks", "35m", here, side="left")
    assert strip("hooks", "35m", here)["area_ha"].notna().any()


def test_parts_of_a_line_that_overlap_count_once(ask):
    twice = shapely.MultiLineString([line((0, 0), (100, 0)), line((50, 0), (150, 0))])
    rows = strip("edges", "10m", ask(LOT, edges=layer({"e": twice})), side="left")

    assert rows["area_ha"].iloc[0] * 1e4 == pytest.approx(150 * 10, rel=1e-4)


def test_a_strip_and_a_site_that_do_not_meet_have_a_row_each(ask):
    edges = layer({"near": line((-50, 50), (150, 50)), "far": line((900, 0), (900, 100))})
    lots = sites(a=square(0, 0, 100), b=square(5000, 0, 100))
    rows = strip("edges", "10m", ask(lots, edges=edges))

    pairs = rows[["feature_id", "site_id"]].astype(object)
    assert pairs.where(pairs.notna(), None).to_numpy().tolist() == [
        ["near", "a"],
        [None, "b"],
        ["far", None],
    ]
    assert rows["inside_ha"].tolist() == pytest.approx([0.2, 0, 0], abs=1e-6)


def test_the_accuracy_of_line_and_outline_is_added():
    rows = strip("boundary", "200m", side="right")

    of_line = read_layer(open_catalog(), "boundary")["accuracy_m"].item()
    of_sites = list_sites().set_index(["site_id", "basis"])["accuracy_m"]
    expected = of_line + of_sites.loc[[*zip(rows["site_id"], rows["basis"], strict=True)]]
    assert rows["accuracy_m"].tolist() == expected.tolist()


def test_what_a_strip_takes_lies_in_a_range_by_the_accuracies_of_both(ask):
    # The strip is x 0 to 35, the site x 20 to 120; moved by 10 m, 25 or 5 m of 100 m are shared.
    edges = layer({"e": line((0, 5_000), (0, -5_000))}, accuracy_m=[4.0])
    lots = sites(a=square(20, 0, 100)).assign(accuracy_m=6.0)
    row = strip("edges", "35m", ask(lots, edges=edges), side="left").iloc[0]

    assert row["accuracy_m"] == 10
    assert row[["inside_ha", "low_ha", "high_ha"]].tolist() == pytest.approx(
        [0.15, 0.05, 0.25], abs=1e-4
    )


# Drawn in by 5 m, 90 less 70 m squared; drawn out, a square of round corners less one of 90 m.
@pytest.mark.parametrize(
    ("out", "ends"), [(5.0, [0.32, 0.2 + 0.19 + math.pi * 0.0025]), (None, [math.nan] * 2)]
)
@pytest.mark.parametrize("side", ["inside", "both"])
def test_a_site_and_the_strip_along_its_own_edge_move_together(ask, side, out, ends):
    lots = sites(a=square(0, 0, 100), b=square(95, 0, 100)).assign(accuracy_m=out)
    rows = strip("sites", "10m", ask(lots), side=side).set_index(["feature_id", "site_id"])
    own, other = rows.loc[("a", "a")], rows.loc[("b", "a")]

    assert own["inside_ha"] == pytest.approx(0.36, abs=1e-5)
    assert own[["low_ha", "high_ha"]].tolist() == pytest.approx(ends, abs=1e-4, nan_ok=True)
    assert [own["accuracy_m"], other["accuracy_m"]] == pytest.approx(
        [out or math.nan, out * 2 if out else math.nan], nan_ok=True
    )
    assert out is None or other["low_ha"] < other["inside_ha"] < other["high_ha"]


def test_a_strip_that_meets_no_site_is_as_far_out_as_its_line(ask):
    edges = layer({"e": line((900, 0), (900, 100))}, accuracy_m=[20.0])
    rows = strip("edges", "35m", ask(LOT.assign(accuracy_m=5.0), edges=edges))

    assert rows["accuracy_m"].fillna(-1).tolist() == [-1, 20]
    assert "\ne,e,both,35,0.7," in render("strip", rows, "csv")


@pytest.mark.parametrize(("x", "up_to"), [(50, 0.05), (54, 0.01), (56, None)])
def test_a_strip_that_may_reach_a_site_is_not_a_flat_zero(ask, x, up_to):
    # From x 35 to the site there are 15, 19 or 21 m, and both together may be 20 m out.
    edges = layer({"e": line((0, 5_000), (0, -5_000))}, accuracy_m=[10.0])
    lots = sites(a=square(x, 0, 100)).assign(accuracy_m=10.0)
    rows = strip("edges", "35m", ask(lots, edges=edges), side="left")
    row = rows.set_index("site_id").loc["a"]

    assert row[["inside_ha", "low_ha"]].tolist() == [0, 0]
    assert row["high_ha"] == pytest.approx(up_to or 0, abs=1e-4)
    assert rows["feature_id"].fillna("").tolist() == (["e"] if up_to else ["", "e"])


def test_where_no_accuracy_is_known_nobody_knows_what_a_strip_takes_at_most(ask, run):
    edges = layer({"e": line((0, 5_000), (0, -5_000))})
    here = ask(sites(a=square(20, 0, 100), b=square(900, 0, 100)), edges=edges)
    rows = strip("edges", "35m", here, side="left")

    assert rows["inside_ha"].tolist() == pytest.approx([0.15, 0], abs=1e-4)
    assert rows[["low_ha", "high_ha", "accuracy_m"]].isna().all(axis=None)
    files = ("--sites", here.own_sites.path, "--layer", f"edges={here.own_layers['edges'].path}")
    done = run("strip", "edges", "--width", "35m", "--side", "left", *files)
    assert "use the other one alone" in done.stderr


def test_of_line_and_outline_the_one_that_is_known_counts(ask):
    edges = layer({"e": line((0, 5_000), (0, -5_000))}, accuracy_m=[10.0])
    rows = strip("edges", "35m", ask(sites(a=square(20, 0, 100)), edges=edges), side="left")

    assert rows["accuracy_m"].tolist() == [10]
    assert rows["high_ha"].tolist() == pytest.approx([0.25], abs=1e-4)


def test_hong_kong_is_on_the_right_of_the_boundary():
    left, right = (
        strip("boundary", "35m", side=side)["area_ha"].max() for side in ("left", "right")
    )
    park = strip("boundary", "200m", side="right").set_index("site_id")["inside_share"]

    assert left == pytest.approx(right, rel=0.01)
    assert park["hetao_hk_park"] > 0.1
    assert strip("boundary", "200m", side="left")["inside_ha"].max() < 0.1 * 87


@pytest.mark.parametrize(
    ("shape", "side", "known"),
    [
        (line((0, 0), (9, 0)), "inside", "left, right, both"),
        (square(0, 0, 9), "left", "both, inside, outside"),
        (multi(square(0, 0, 9), square(20, 0, 9)), "right", "both, inside, outside"),
    ],
)
def test_a_layer_has_the_sides_of_its_kind(ask, shape, side, known):
    with pytest.raises(UsageError, match=known):
        strip("zones", "5m", ask(LOT, zones=layer({"z": shape})), side=side)


def test_a_strip_needs_a_width_and_something_to_run_along(ask):
    with pytest.raises(UsageError, match="width 0"):
        strip("boundary", "0m")
    with pytest.raises(UnitError, match="length"):
        strip("boundary", "-35m")
    with pytest.raises(LayerError, match="no strip runs"):
        strip("wells", "35m", ask(LOT, wells=points(w=(0, 0))))
