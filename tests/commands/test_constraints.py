"""Constraints: what constrains a site, and the land that is left."""

import math
import re

import pandas as pd
import pytest
from world import files, layer, point, sites, square

import nmgeo as nm
from nmgeo import crs
from nmgeo.commands.constraints import constraints
from nmgeo.errors import LayerError, UsageError
from nmgeo.sources.layers import read_layer

ALL = {"zone": "all"}
LOT = sites(a=square(0, 0, 100))  # one hectare


def zones(*shapes, **columns):
    """Build a layer of polygons ``z0``, ``z1``, ..."""
    return layer({f"z{n}": shape for n, shape in enumerate(shapes)}, **columns)


def row_of(rows, name):
    return rows[rows["layer"] == name].iloc[0]


def test_half_of_a_lot_under_a_constraint_leaves_the_other_half(ask):
    here = ask(LOT, zone=zones(square(-50, 0, 100), rule=["Plan A, notes 3"]))
    rows = constraints(["zone"], here, covers=ALL)

    zone, together = row_of(rows, "zone"), row_of(rows, "together")
    assert (zone["state"], zone["rule"], zone["nearest_m"]) == ("constrained", "Plan A, notes 3", 0)
    assert zone["inside_ha"] == pytest.approx(0.5, abs=1e-5)
    assert together["free_ha"] == pytest.approx(0.5, abs=1e-5)
    assert together["state"] == "as_drawn"


@pytest.mark.parametrize(
    ("covers", "state", "left"),
    [
        ({"zone": "all"}, "clear", "as_drawn"),
        ({}, "not_covered", "at_most"),
        ({"zone": "survey"}, "clear", "as_drawn"),
        ({"zone": "half"}, "not_covered", "at_most"),
    ],
)
def test_a_site_is_clear_only_of_a_layer_that_covers_it(ask, covers, state, left):
    layers = {"zone": zones(square(400, 0, 100)), "survey": zones(square(-50, -50, 900))}
    here = ask(LOT, **layers, half=zones(square(-50, -50, 100)))
    rows = constraints(["zone"], here, covers=covers)

    zone = row_of(rows, "zone")
    assert (zone["state"], row_of(rows, "together")["state"]) == (state, left)
    assert zone["nearest_m"] == pytest.approx(300, abs=1e-3)
    assert pd.isna(zone["inside_ha"]) == (state == "not_covered")


@pytest.mark.parametrize(
    ("covers", "side", "share", "left"),
    [
        ({}, 100, float("nan"), "at_most"),
        (ALL, 100, 1, "as_drawn"),
        ({"zone": "survey"}, 90, 0.81, "at_most"),
        ({"zone": "survey"}, 100, 1, "as_drawn"),
    ],
)
def test_what_nobody_surveyed_of_a_constrained_site_is_left_at_most(ask, covers, side, share, left):
    here = ask(LOT, zone=zones(square(-75, 0, 100)), survey=zones(square(0, 0, side)))
    rows = constraints(["zone"], here, covers=covers)

    assert row_of(rows, "zone")["state"] == "constrained"
    assert row_of(rows, "zone")["covered_share"] == pytest.approx(share, abs=1e-5, nan_ok=True)
    assert row_of(rows, "together")["state"] == left
    assert row_of(rows, "together")["inside_ha"] == pytest.approx(0.25, abs=1e-5)


def test_where_no_layer_says_anything_together_they_say_nothing_of_what_lies_inside(ask):
    here = ask(LOT, zone=zones(square(400, 0, 100)), pond=layer({"p": point(50, 50)}))
    rows = constraints(["zone", "pond"], here)

    inside_ = ["inside_ha", "low_ha", "high_ha", "inside_share"]
    assert row_of(rows, "together")[inside_].isna().all()
    assert row_of(rows, "together")["free_ha"] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("gap", "state"),
    [(-60, "constrained"), (-8, "undecided"), (0, "undecided"), (8, "undecided"), (16, "clear")],
)
def test_what_the_accuracies_leave_open_is_undecided(ask, gap, state):
    zone = zones(square(100 + gap, 0, 100), accuracy_m=[5.0])
    rows = constraints(["zone"], ask(LOT.assign(accuracy_m=10.0), zone=zone), covers=ALL)

    assert row_of(rows, "zone")["state"] == state
    assert row_of(rows, "zone")["accuracy_m"] == 15


@pytest.mark.parametrize(("site", "far"), [(15.0, None), (None, 15.0)])
@pytest.mark.parametrize(
    ("gap", "state"), [(-60, "constrained"), (-8, "undecided"), (8, "undecided"), (16, "clear")]
)
def test_of_two_accuracies_the_one_that_is_known_leaves_a_state_open(ask, site, far, gap, state):
    zone = zones(square(100 + gap, 0, 100), accuracy_m=[far])
    rows = constraints(["zone"], ask(LOT.assign(accuracy_m=site), zone=zone), covers=ALL)

    row, together = row_of(rows, "zone"), row_of(rows, "together")
    assert (row["state"], row["accuracy_m"]) == (state, 15)
    met = site or state != "clear"  # what is clear of a site has no part in what is left of it
    assert together["accuracy_m"] == pytest.approx(15 if met else math.nan, nan_ok=True)
    assert [row["low_m"], row["high_m"]] == pytest.approx(
        [max(gap - 15, 0), max(gap, 0) + 15], abs=1e-3
    )
    assert row["low_ha"] <= row["inside_ha"] <= row["high_ha"]
    free = together[["free_low_ha", "free_high_ha"]]
    assert free.isna().all() if site is None else free.iloc[0] < together["free_ha"] <= free.iloc[1]


@pytest.mark.parametrize(("gap", "state"), [(-1, "constrained"), (1, "clear")])
def test_where_no_accuracy_is_known_a_state_is_as_drawn_and_has_no_range(ask, gap, state):
    rows = constraints(["zone"], ask(LOT, zone=zones(square(100 + gap, 0, 100))), covers=ALL)

    assert row_of(rows, "zone")["state"] == state
    ranges = ["low_m", "high_m", "low_ha", "high_ha", "free_low_ha", "free_high_ha", "accuracy_m"]
    assert rows[ranges].isna().all(axis=None)


@pytest.mark.parametrize("known", [30.0, None])
def test_a_state_goes_by_every_feature_and_not_by_the_nearest_alone(ask, known):
    """The nearest is 5 m off and 1 m out; the next, 20 m off, may be 30 m out or nobody knows."""
    both = zones(square(105, 0, 50), square(120, 60, 50), accuracy_m=[1.0, known])
    rows = constraints(["zone"], ask(LOT.assign(accuracy_m=1.0), zone=both), covers=ALL)

    assert row_of(rows, "zone")["state"] == ("undecided" if known else "clear")
    assert row_of(rows, "zone")["accuracy_m"] == 2
    together = row_of(rows, "together")
    assert together["accuracy_m"] == (31 if known else 1)
    assert pd.isna(together["layer_accuracy_m"]) == (known is None)


@pytest.mark.parametrize("order", [("zone", "belt"), ("belt", "zone")])
def test_the_worst_of_the_layers_counts_that_is_known_whatever_their_order(ask, order):
    layers = {"zone": zones(square(0, 0, 9), accuracy_m=[40.0]), "belt": zones(square(0, 0, 9))}
    rows = constraints(order, ask(LOT.assign(accuracy_m=1.0), **layers))

    assert row_of(rows, "together")["accuracy_m"] == 41
    assert pd.isna(row_of(rows, "together")["layer_accuracy_m"])


@pytest.mark.parametrize(("site", "far"), [(None, None), (None, 15.0), (15.0, None), (15.0, 15.0)])
@pytest.mark.parametrize(
    ("lang", "words"), [("en", "may be wider"), ("tc", "可能更闊"), ("sc", "可能更宽")]
)
def test_what_is_not_known_to_be_out_is_said(ask, run, site, far, lang, words):
    zone = zones(square(400, 0, 100), accuracy_m=[far])
    here = ask(LOT.assign(accuracy_m=site), zone=zone)
    said = run("constraints", "zone", *files(here, "zone"), "--lang", lang).stderr

    assert (words in said) == (site is None or far is None)


def test_a_zone_that_only_touches_a_lot_does_not_constrain_it_for_certain(ask):
    rows = constraints(["zone"], ask(LOT, zone=zones(square(100, 0, 100))), covers=ALL)

    assert row_of(rows, "zone")["state"] == "undecided"
    assert row_of(rows, "zone")["inside_ha"] == pytest.approx(0, abs=1e-5)


def test_land_under_two_layers_is_taken_off_once(ask):
    here = ask(LOT, zone=zones(square(-50, 0, 100)), belt=zones(square(-60, 0, 100)))
    rows = constraints(["zone", "belt"], here)

    assert row_of(rows, "together")["inside_ha"] == pytest.approx(0.5, abs=1e-5)
    assert row_of(rows, "together")["inside_share"] == pytest.approx(0.5, abs=1e-5)


def test_every_rule_that_holds_is_cited_and_else_the_nearest(ask):
    both = zones(square(0, 0, 50), square(50, 0, 50), square(500, 0, 9), Citation=["A", "B", "C"])
    rows = constraints(["zone"], ask(sites(a=LOT.geometry["a"], b=square(700, 0, 9)), zone=both))

    assert rows[rows["layer"] == "zone"]["rule"].to_list() == ["A; B", "C"]


def test_a_pond_of_which_only_a_point_is_known_has_no_hectares(ask):
    rows = constraints(["pond"], ask(LOT, pond=layer({"p": point(50, 50)})))

    assert row_of(rows, "pond")["state"] == "constrained"
    assert pd.isna(row_of(rows, "pond")["inside_ha"])


def test_the_users_layers_are_asked_about_and_the_extents_are_not(ask):
    here = ask(LOT, zone=zones(square(400, 0, 9)), survey=zones(square(-9, -9, 900)))
    rows = constraints(catalog=here, covers={"zone": "survey"})

    assert rows["layer"].to_list() == ["ponds", "zone", "together"]


def test_a_lot_in_the_shipped_ponds_is_constrained_by_default():
    ponds = read_layer(nm.open_catalog(), "ponds")
    widest = crs.to_hk80(ponds).area.idxmax()
    lot = ponds.loc[[widest]].assign(accuracy_m=1.0)[["accuracy_m", "geometry"]]
    row = row_of(constraints(lot), "ponds")

    assert row["state"] == "constrained"
    assert row["inside_share"] == pytest.approx(1)
    assert row["accuracy_m"] == 61
    assert row["low_ha"] < row["inside_ha"] <= row["high_ha"]


def test_the_shipped_ponds_and_the_published_rules_stand_by(run):
    rows = constraints()

    assert set(rows[rows["layer"] == "ponds"]["state"]) == {"constrained", "undecided"}
    assert set(rows[rows["layer"] == "together"]["state"]) == {"at_most"}
    published = rows[rows["layer"] == "published"]
    assert published["rule"].str.startswith("35 m").any()
    assert published["rule_url"].str.startswith("http").all()
    assert (
        "A site that a layer does not cover may be constrained all the same"
        in run("constraints").stderr
    )


def test_an_extent_of_a_layer_that_is_not_asked_about_is_refused():
    with pytest.raises(UsageError, match="covers='zone': is not among the layers"):
        constraints(["wetlands"], covers=ALL)


def test_a_site_without_area_and_an_extent_without_area_are_refused(ask):
    with pytest.raises(LayerError, match="has no area"):
        constraints(["zone"], ask(sites(a=point(0, 0)), zone=zones(square(0, 0, 9))))
    here = ask(LOT, zone=zones(square(0, 0, 9)), survey=layer({"p": point(0, 0)}))
    with pytest.raises(LayerError, match="layer 'survey'"):
        constraints(["zone"], here, covers={"zone": "survey"})


@pytest.mark.parametrize("form", ["table", "md"])
def test_the_share_and_the_range_of_a_distance_are_shown(ask, run, form):
    shipped = run("constraints", "wetlands", "--format", form).stdout
    here = ask(LOT, zone=zones(square(75, 0, 100)))
    own = run("constraints", "zone", *files(here, "zone"), "--format", form).stdout

    assert "4,300–5,500" in shipped
    assert "Share" not in shipped  # wetlands are points
    assert "Share (%)" in own
    assert re.search(r"constrained\W+0\.25\W+25\.00\b", own)


def test_a_constraint_within_an_accuracy_is_a_range():
    rows = constraints(["wetlands"])
    near = rows[rows["layer"] == "wetlands"]

    assert near["high_m"].tolist() == pytest.approx(
        (near["nearest_m"] + near["accuracy_m"]).tolist()
    )
    assert (near["low_m"] <= near["nearest_m"]).all()


def test_no_bound_is_printed_for_a_site_that_no_layer_covers(run):
    table = run("constraints", "wetlands", "--format", "table").stdout
    data = run("constraints", "--format", "csv").stdout

    assert "not covered" in table
    assert "All layers" not in table
    assert "together" in data
