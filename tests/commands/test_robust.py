"""Robust: whether a ranking holds from edge and centroid, by counts, and within accuracies."""

import json

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from world import EAST, NORTH, points, sites, write

from nmgeo.catalog import open_catalog
from nmgeo.commands.robust import _both_states, _row, _Rule, list_pairs, robust
from nmgeo.crs import NOISE_M
from nmgeo.errors import UnitError, UsageError
from nmgeo.outputs.tables import render

settings.register_profile("quick", deadline=None, max_examples=60)
settings.load_profile("quick")


def exact(frame, accuracy_m=1.0):
    return frame.assign(accuracy_m=accuracy_m)


def box(x, width, height=100):
    """Build a rectangle that begins at x and is centred on the line y = 0."""
    west, south = EAST + x, NORTH - height / 2
    return shapely.box(west, south, west + width, south + height)


def rule(rows, name, origin, reach=None):
    """Return the row of one rule."""
    at = rows["reach_m"].isna() if reach is None else rows["reach_m"] == reach
    return rows[(rows["rule"] == name) & (rows["origin"] == origin) & at].iloc[0]


# big: its edge is 100 m from the well, its centroid 1,100 m; small: 300 m and 350 m.
BIG, SMALL = box(100, 2_000), box(-400, 100)
WELL = points(w=(0, 0))


def test_a_ranking_that_no_rule_turns_round_holds(ask):
    lands = exact(sites(near=box(100, 100), far=box(5_000, 100)))
    rows = robust("wells", ask(lands, wells=exact(WELL)))

    assert set(rows["as_drawn"]) == {"yes"}
    assert set(rows["holds"]) == {"yes"}
    assert rows.attrs["verdict"] == (
        "Ranking by distance from the edge: near, far. Within the stated accuracies, rules "
        "that confirm it: 16; contradict it: 0; tie sites: 0; are undecided: 0. "
        "With the outlines as drawn, every rule gives this order."
    )


def test_a_ranking_by_the_edge_that_the_centroid_turns_round_is_named(ask):
    lands = exact(sites(big=BIG, small=SMALL))
    rows = robust("wells", ask(lands, wells=exact(WELL)), at=["500m"])

    assert rule(rows, "distance", "edge")["holds"] == "yes"
    found = rule(rows, "distance", "centroid")
    assert (found["as_drawn"], found["holds"]) == ("no", "no")
    assert found["flips"] == found["refuted"] == "small before big"
    assert found["remark"] == "order changes: small before big"
    assert (
        "order changes by: distance from the centroid, count within 500 m" in rows.attrs["verdict"]
    )


def test_each_pair_is_listed_with_the_rules_that_keep_or_reverse_its_order(ask):
    rows = robust("wells", ask(exact(sites(big=BIG, small=SMALL)), wells=exact(WELL)), at=["500m"])
    pairs = list_pairs(rows)

    assert pairs["pair"].tolist() == ["big before small"]
    for state, column in (("yes", "same"), ("tied", "level"), ("no", "reversed")):
        assert pairs[f"{column}_count"].tolist() == [(rows["as_drawn"] == state).sum()]
    assert pairs["reversed_count"].item() >= 2


def test_what_lies_exactly_at_a_reach_turns_no_ranking_round(ask):
    a, b = box(0, 100), box(10_000, 100)
    at = {f"{x}{n}": (x, 5 * n) for n in range(10) for x in (-100, 10_200)}
    wells = exact(points(first=(-99, 0), **at), 0.0)
    rows = robust("wells", ask(exact(sites(a=a, b=b), 0.0), wells=wells), at=["100m"])
    found = rule(rows, "count", "edge", 100.0)

    assert (found["as_drawn"], found["holds"]) == ("yes", "yes")


def test_the_reach_at_which_a_count_turns_the_ranking_round_is_named(ask):
    # a has one well at 100 m; b has two, at 450 and 460 m.
    lands = exact(sites(a=box(0, 100), b=box(10_000, 100)))
    wells = exact(points(w1=(200, 0), w2=(10_550, 0), w3=(10_560, 0)))
    rows = robust("wells", ask(lands, wells=wells), at=["400m", "500m", "1km"])
    counts = rows[(rows["rule"] == "count") & (rows["origin"] == "edge")]

    assert dict(zip(counts["reach_m"], counts["holds"], strict=True)) == {
        400.0: "yes",
        500.0: "no",
        1000.0: "no",
    }
    assert rule(rows, "count", "edge", 500.0)["remark"] == "order changes: b before a"
    assert "count within 500 m of the edge" in rows.attrs["verdict"]
    assert "count within 400 m of the edge" not in rows.attrs["verdict"]


def test_a_ranking_by_count_is_asked_about_by_its_reach(ask):
    lands = exact(sites(a=box(0, 100), b=box(10_000, 100)))
    wells = exact(points(w1=(200, 0), w2=(10_550, 0), w3=(10_560, 0)))
    rows = robust("wells", ask(lands, wells=wells), by="800m", at=["400m", "800m"])

    assert rows.attrs["verdict"].startswith("Ranking by count within 800 m of the edge: b, a.")
    assert rule(rows, "count", "edge", 800.0)["holds"] == "yes"
    assert rule(rows, "count", "edge", 400.0)["holds"] == "no"
    assert rule(rows, "distance", "edge")["holds"] == "no"


@pytest.mark.parametrize(("out", "holds"), [(49.0, "yes"), (51.0, "undecided")])
def test_a_distance_is_decided_until_the_ranges_overlap(ask, out, holds):
    # a at 100 +- 2 x 49 m and b at 300 +- 2 x 49 m: 198 against 202; with 51 m, 202 against 198.
    lands = exact(sites(a=box(100, 100), b=box(-400, 100)), out)
    rows = robust("wells", ask(lands, wells=exact(WELL, out)), at=["1km"])

    found = rule(rows, "distance", "edge")
    assert (found["as_drawn"], found["holds"]) == ("yes", holds)
    assert found["open"] == ("a before b" if holds == "undecided" else "")


def test_the_nearest_of_all_is_what_any_feature_may_be(ask):
    # b's nearest is certain at 300 m; another at 400 m may be as near as 100 m.
    lands = exact(sites(a=box(100, 100), b=box(-400, 100)), 0.0)
    wells = points(w=(0, 0), loose=(-800, 0)).assign(accuracy_m=[0.0, 310.0])
    rows = robust("wells", ask(lands, wells=wells), at=["1km"])

    assert rule(rows, "distance", "edge")["holds"] == "undecided"
    wells = wells.assign(accuracy_m=[0.0, 290.0])
    rows = robust("wells", ask(lands, wells=wells), at=["1km"])
    assert rule(rows, "distance", "edge")["holds"] == "yes"


def test_without_an_accuracy_nothing_is_decided_but_the_drawing_still_speaks(ask):
    rows = robust("wells", ask(sites(big=BIG, small=SMALL), wells=WELL), at=["500m"])

    assert set(rows["holds"]) == {"undecided"}
    assert rows["as_drawn"].tolist() == ["yes", "no", "tied", "no"]
    assert "Accuracy not known for 2 of 2 sites, so no order" in rows.attrs["verdict"]
    assert "Accuracy not known for 1 of 1 features" in rows.attrs["verdict"]


def test_a_rule_that_has_sites_level_orders_nothing_and_proves_nothing(ask):
    # p, q and r have their well at 200, 300 and 2,000 m: by 5 and by 100 m none has any.
    lands = exact(sites(p=box(0, 100), q=box(10_000, 100), r=box(20_000, 100)))
    wells = exact(points(w1=(300, 0), w2=(10_400, 0), w3=(22_100, 0)))
    rows = robust("wells", ask(lands, wells=wells), at=["5m", "100m", "1km", "3km"])
    found = [rule(rows, "count", "edge", reach) for reach in (5.0, 100.0, 1000.0, 3000.0)]

    assert [row["holds"] for row in found] == ["tied"] * 4
    assert [row["as_drawn"] for row in found] == ["tied"] * 4
    assert [row["tied"].count("=") for row in found] == [3, 3, 1, 3]
    assert [row["remark"] for row in found][1:3] == ["tied pairs: 3 of 3", "tied pairs: 1 of 3"]
    assert rule(rows, "distance", "edge")["holds"] == "yes"
    assert "every rule gives this order" not in rows.attrs["verdict"]
    assert (
        "With the outlines as drawn, some sites are tied by: count within 5 m of the edge"
        in rows.attrs["verdict"]
    )
    assert "confirm it: 2; contradict it: 0; tie sites: 8;" in rows.attrs["verdict"]


def test_a_reach_that_is_named_twice_is_one_rule(ask):
    lands = exact(sites(near=box(100, 100), far=box(5_000, 100)))
    rows = robust("wells", ask(lands, wells=exact(WELL)), at=["1km", "1000m", "0m"])

    assert rows["reach_m"].dropna().tolist() == [0.0, 0.0, 1000.0, 1000.0]
    assert set(rows.loc[rows["reach_m"] == 0, "holds"]) == {"tied"}


def test_outlines_of_one_site_are_not_ranked_against_each_other(ask):
    lands = exact(sites(a=box(100, 100), b=box(300, 100), c=box(900, 100)))
    lands = lands.assign(site_id=["x", "x", "y"], basis=["park", "whole", "park"])

    rows = robust("wells", ask(lands, wells=exact(WELL)))
    assert set(rows["pairs_count"]) == {2}


def test_sites_that_are_level_have_no_ranking(ask):
    lands = exact(sites(a=box(100, 100), b=box(-200, 100)))
    for by in ("distance", "800m"):
        with pytest.raises(UsageError, match=f"by='{by}': every site is level: there is nothing"):
            robust("wells", ask(lands, wells=exact(WELL)), by=by)


@pytest.mark.parametrize(
    ("name", "how", "error", "named"),
    [
        ("sites", {}, UsageError, "every site is at 0 from itself"),
        ("station", {}, UsageError, "did you mean stations"),
        ("stations", {"by": "centroid"}, UnitError, "by='centroid': neither distance nor"),
        ("stations", {"at": ["400"]}, UnitError, "at='400': not a length"),
    ],
)
def test_what_cannot_be_ranked_is_refused(name, how, error, named):
    with pytest.raises(error, match=named):
        robust(name, **how)


def test_one_site_is_no_ranking(ask):
    with pytest.raises(UsageError, match="nothing to rank"):
        robust("wells", ask(sites(a=BIG), wells=WELL))


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "undecided"), ("tc", "未能確定"), ("sc", "未能确定")]
)
def test_the_shipped_ranking_is_told_in_three_languages(lang, words):
    rows = robust("stations", lang=lang)
    table = render("robust", rows, "table", lang=lang)

    assert len(rows) == 2 * (1 + 7)
    assert words in table
    assert len(json.loads(render("robust", rows, "json"))["rows"]) == len(rows)


ends = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)).map(sorted)


@given(first=ends, second=ends, picks=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_what_is_decided_holds_wherever_in_the_ranges_the_truth_lies(first, second, picks):
    best, drawn, worst = zip(first, second, strict=True)
    rule = _Rule("edge", float("nan"), drawn, best, worst)
    found = _row(rule, _both_states(rule, [(0, 1)]), ["a", "b"], "en")
    truth = [low + pick * (high - low) for low, high, pick in zip(best, worst, picks, strict=True)]

    if found["holds"] == "yes":
        assert truth[0] < truth[1]
    if found["holds"] == "no":
        assert truth[1] < truth[0]
    if found["holds"] == "tied":
        assert truth[0] == truth[1]
    if found["holds"] == "undecided":
        assert best[0] < worst[0] or best[1] < worst[1]
    else:
        assert found["as_drawn"] == found["holds"]
    apart = drawn[1] - drawn[0]
    assert found["as_drawn"] == ("yes" if apart > NOISE_M else "no" if apart < -NOISE_M else "tied")


@settings(max_examples=8)
@given(xs=st.lists(st.integers(0, 3_000), min_size=2, max_size=5, unique=True))
def test_points_known_exactly_are_ranked_alike_from_edge_and_centroid(xs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dots")
    dots = exact(points(**{f"p{n}": (x, 0) for n, x in enumerate(xs)}), 0.0)
    file = write(dots, folder / "dots.geojson", 2326)
    well = write(exact(points(w=(-10, 0)), 0.0), folder / "well.geojson", 2326)
    here = open_catalog(sites=file, layers={"wells": well}, crs="hk80")
    rows = robust("wells", here, at=["1km"])

    assert "no" not in set(rows["as_drawn"])
    assert set(rows[rows["rule"] == "distance"]["holds"]) == {"yes"}
