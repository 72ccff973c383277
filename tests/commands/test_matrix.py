"""Matrix: every site against every other, and against every feature of a layer."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import point, points, sites, square

from nmgeo.commands.matrix import matrix, side_by_side
from nmgeo.errors import Notice
from nmgeo.measures.distances import distance_matrix_m
from nmgeo.outputs.tables import render

settings.register_profile("quick", deadline=None, max_examples=30)
settings.load_profile("quick")
metre = st.integers(-5_000, 5_000)
spots = st.lists(st.builds(point, metre, metre), min_size=3, max_size=6)
lots = st.lists(st.builds(square, metre, metre, st.integers(10, 2_000)), min_size=2, max_size=6)


def table(shapes):
    return sites(**{f"s{number}": shape for number, shape in enumerate(shapes)})


def test_every_site_is_measured_against_every_feature(ask):
    lands = sites(a=square(0, 0, 100), b=point(0, 300)).assign(accuracy_m=[5.0, 1.0])
    wells = points(x=(103, 104), y=(0, 0)).assign(name_en=["Ex", "Why"], accuracy_m=2.0)
    rows = matrix("wells", ask(lands, wells=wells))

    assert list(zip(rows["from_id"], rows["to_id"], strict=True)) == [
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
    ]
    far = math.hypot(103, 196)
    assert rows["distance_m"].tolist() == pytest.approx([5, 0, far, 300], abs=1e-3)
    assert rows["accuracy_m"].tolist() == [7, 7, 3, 3]
    assert rows["low_m"].tolist() == pytest.approx([0, 0, far - 3, 297], abs=1e-3)
    assert rows["high_m"].tolist() == pytest.approx([12, 7, far + 3, 303], abs=1e-3)
    assert rows["to_name"].tolist() == ["Ex", "Why"] * 2


def test_the_sites_asked_about_are_set_against_themselves(ask):
    lands = sites(a=square(0, 0, 100), b=square(130, 140, 10)).assign(accuracy_m=20.0)
    rows = matrix(catalog=ask(lands))

    assert rows[["from_id", "to_id"]].to_numpy().tolist() == [["a", "b"]]
    assert rows["distance_m"].tolist() == pytest.approx([50], abs=1e-3)
    assert rows["accuracy_m"].tolist() == [40]


def test_a_site_alone_is_told_to_have_no_other(ask):
    with pytest.warns(Notice, match="a is the only site, and there is no other to measure to"):
        assert matrix(catalog=ask(sites(a=square(0, 0, 100)))).empty


def test_each_pair_of_the_shipped_sites_stands_once():
    rows = matrix()

    pairs = {frozenset(pair) for pair in zip(rows["from_id"], rows["to_id"], strict=True)}
    assert len(pairs) == len(rows) == 6
    assert all(len(pair) == 2 for pair in pairs)
    assert ((rows["low_m"] <= rows["distance_m"]) & (rows["distance_m"] <= rows["high_m"])).all()


def test_where_no_accuracy_is_known_there_is_no_range(ask):
    rows = matrix("wells", ask(sites(a=square(0, 0, 9)), wells=points(w=(1243, 0))))

    assert rows[["accuracy_m", "low_m", "high_m"]].isna().all(axis=None)
    assert side_by_side(rows)["w (m)"].tolist() == ["1,230 (–)"]


@pytest.mark.parametrize(("site", "far"), [(None, 400.0), (400.0, None)])
def test_where_one_accuracy_is_known_the_range_is_by_it_and_may_be_wider(ask, run, site, far):
    lands = sites(a=square(0, 0, 9)).assign(accuracy_m=site)
    here = ask(lands, wells=points(w=(1243, 0)).assign(accuracy_m=far))
    rows = matrix("wells", here)

    assert rows["accuracy_m"].tolist() == [400.0]
    assert rows[["from_accuracy_m", "to_accuracy_m"]].notna().to_numpy().sum() == 1
    assert side_by_side(rows)["w (m)"].tolist() == ["1,200 (800–1,700+?)"]
    files = ("--sites", here.own_sites.path, "--layer", f"wells={here.own_layers['wells'].path}")
    assert "the range uses the other end alone" in run("matrix", "wells", *files).stderr


def test_a_distance_between_exact_ends_has_its_range(ask):
    lands = sites(a=square(0, 0, 100), b=square(150, 0, 10)).assign(accuracy_m=0.0)

    assert side_by_side(matrix(catalog=ask(lands)))["b (m)"].tolist() == ["50 (50–50)", "–"]


@given(shapes=lots)
def test_distances_are_symmetric_and_0_to_itself(shapes):
    gaps = distance_matrix_m(table(shapes), table(shapes)).to_numpy()

    assert (gaps == gaps.T).all()
    assert (gaps.diagonal() == 0).all()


@given(shapes=spots)
def test_between_points_no_detour_is_shorter(shapes):
    gaps = distance_matrix_m(table(shapes), table(shapes)).to_numpy()

    for middle in range(len(shapes)):
        detour = gaps[:, [middle]] + gaps[[middle], :]
        assert (gaps <= detour + 1e-9).all()


def test_side_by_side_a_cell_is_a_rounded_distance_with_its_range(ask):
    lands = sites(a=square(0, 0, 100), b=square(1334, 0, 10)).assign(accuracy_m=180.0)
    wide = side_by_side(matrix(catalog=ask(lands)))

    assert wide["name"].tolist() == ["a", "b"]
    assert wide["a (m)"].tolist() == ["–", "1,200 (800–1,600)"]
    assert "1,200 (800–1,600)" in render("side_by_side", wide, "table", width=80)


def test_what_does_not_fit_the_terminal_stays_a_row_a_pair():
    rows = matrix("stations")

    assert side_by_side(rows, width=80) is None
    assert len(side_by_side(rows, width=300).columns) == 1 + rows["to_id"].nunique()


def test_features_of_the_same_name_are_told_apart(ask):
    wells = points(w1=(0, 0), w2=(9, 9)).assign(name_en="Well")
    wide = side_by_side(matrix("wells", ask(sites(a=square(0, 0, 9)), wells=wells)))

    assert wide.columns.tolist() == ["name", "Well w1 (m)", "Well w2 (m)"]


@pytest.mark.parametrize(("lang", "label"), [("en", "park"), ("tc", "園區")])
def test_an_outline_is_called_by_its_basis_where_its_site_has_several(ask, lang, label):
    lands = sites(a=square(0, 0, 9), b=square(20, 0, 9), c=square(40, 0, 9))
    lands = lands.assign(site_id=["x", "x", "y"], basis=["park", "whole", "park"], name_en="Lot")
    wide = side_by_side(matrix(catalog=ask(lands), lang=lang), lang=lang)

    unit = {"en": "m", "tc": "米"}[lang]
    assert wide.columns[1] == f"Lot · {label} ({unit})"
    assert wide["name"].iloc[0] == f"Lot · {label}"
    assert wide["name"].iloc[2] == "Lot"


def test_a_matrix_on_a_terminal_is_side_by_side_and_a_row_a_pair_in_a_file(run):
    assert "Sandy Ridge" in run("matrix", "--format", "table").stdout.splitlines()[2]
    assert run("matrix", "--format", "csv").stdout.count("\n") == 7
