"""Reconcile: two registers matched by overlap, with hectares that explain the difference."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from world import layer, point, square, write

import nmgeo as nm
from nmgeo.errors import LayerError, Notice, UsageError
from nmgeo.measures.pieces import shared_pieces, uncovered_m2, uncovered_pieces

SQUARES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 5)), min_size=1, max_size=7
)
TURNED = {"split": "merged", "merged": "split", "only_a": "only_b", "only_b": "only_a"}


def register(squares):
    return layer({i: square(10 * x, 10 * y, 10 * s) for i, (x, y, s) in enumerate(squares)})


@settings(max_examples=5)
@given(SQUARES, SQUARES)
def test_the_rows_add_up_to_the_difference_of_the_totals_and_mirror(one, two):
    a, b = register(one), register(two)
    rows = nm.reconcile(a, b).set_index("match_result")
    each = rows.drop(index="total")

    difference = (b.area.sum() - a.area.sum()) / 10_000
    assert each["b_less_a_ha"].sum() == pytest.approx(difference, abs=1e-6)
    assert rows.loc["total", "b_less_a_ha"] == pytest.approx(difference, abs=1e-6)
    assert rows.loc["total", ["a_count", "b_count"]].tolist() == [len(a), len(b)]
    back = nm.reconcile(b, a).set_index("match_result").rename(index=TURNED)
    for name, row in rows.iterrows():
        assert row["a_count"] == back.loc[name, "b_count"]
        assert row["b_less_a_ha"] == pytest.approx(-back.loc[name, "b_less_a_ha"], abs=1e-9)


@settings(max_examples=5)
@given(SQUARES, SQUARES)
def test_the_pieces_add_up_to_each_feature_where_registers_do_not_overlap_themselves(one, two):
    a, b = (
        register({(x, y): (4 * x, 4 * y, min(s, 4)) for x, y, s in some}.values())
        for some in (one, two)
    )
    pieces = nm.reconcile(a, b, pieces=True)

    for side, frame in (("a_id", a), ("b_id", b)):
        held = pieces.groupby(side)["piece_ha"].sum()
        assert held[frame.index.astype(str)].to_numpy() == pytest.approx(
            frame.area.to_numpy() / 10_000, abs=1e-6
        )


def test_every_kind_of_match_is_recognised_by_thresholds_that_are_stated():
    a = layer(
        {
            "same": square(0, 0, 100),
            "split": square(200, 0, 100),
            "m1": square(400, 0, 50),
            "m2": square(450, 0, 50),
            "partial": square(600, 0, 100),
            "alone": square(800, 0, 100),
        }
    )
    b = layer(
        {
            1: square(0, 0, 99),
            2: square(200, 0, 50),
            3: square(250, 0, 50),
            4: square(400, 0, 100),
            5: square(650, 0, 100),
            6: square(2000, 0, 100),
            7: square(899, 99, 100),  # touches "alone" in one square metre
        }
    )
    rows = nm.reconcile(a, b).set_index("match_result")

    assert rows[["a_count", "b_count"]].to_numpy().tolist() == [
        *([1, 1], [1, 2], [2, 1], [1, 1], [1, 0], [0, 2], [6, 7])
    ]
    assert (
        "same: 95% of the larger feature shared; matched: 10% of the smaller"
        in rows.attrs["remark"]
    )
    pieces = nm.reconcile(a, b, pieces=True)
    tiny = pieces[pieces["match_result"] == "below_least"]
    assert tiny["piece_ha"].tolist() == pytest.approx([1e-4], abs=1e-8)
    strict = nm.reconcile(a, b, same="99%").set_index("match_result")
    assert strict.loc["same", "a_count"] == 0


def test_bad_thresholds_and_features_without_area_are_refused():
    a = layer({"a": square(0, 0, 100)})
    with pytest.raises(UsageError, match=r"least='0%': a threshold is more than 0%"):
        nm.reconcile(a, a, least="0%")
    with pytest.raises(LayerError, match="has no area"):
        nm.reconcile(a, a.set_geometry(a.centroid))


def test_points_of_a_register_are_left_out():
    a = layer({"a": square(0, 0, 100), "p": point(500, 0)})
    with pytest.warns(Notice, match=r"A: no area, left out: 1 feature, Point \(feature p\)"):
        rows = nm.reconcile(a, layer({"b": square(0, 0, 100)})).set_index("match_result")

    assert rows.loc["total", ["a_count", "b_count"]].tolist() == [1, 1]


def test_the_command_prints_the_sums_and_writes_the_pieces(run, tmp_path):
    a = write(layer({"a": square(0, 0, 100)}), tmp_path / "a.gpkg")
    b = write(layer({"b": square(0, 0, 200)}), tmp_path / "b.gpkg")

    done = run("reconcile", a, b)
    assert done.stdout.splitlines()[-1].startswith("total,1,1,1.0")
    assert "B less A: +3.0000 ha" in done.stderr
    done = run("reconcile", a, b, "-o", tmp_path / "pieces.csv")
    lines = (tmp_path / "pieces.csv").read_text().splitlines()
    assert (done.exit_code, len(lines)) == (0, 3)


def test_the_pieces_have_the_remark_of_the_sums():
    a = layer({"a": square(0, 0, 100), "c": square(500, 0, 40)})
    b = layer({"b": square(50, 0, 100), "d": square(500, 100, 70)})
    said = nm.reconcile(a, b).attrs["remark"]

    assert "B less A: +0.3300 ha = 0.9900 ha of B outside A, less 0.6600 ha of A outside B" in said
    assert nm.reconcile(a, b, pieces=True).attrs["remark"] == said


def test_each_file_of_a_pair_has_its_own_column_of_ids(run, tmp_path):
    lot = layer({"a": square(0, 0, 100)}).assign(lot="A1")
    a = write(lot, tmp_path / "a.gpkg")
    b = write(lot.rename(columns={"lot": "PARCEL"}), tmp_path / "b.gpkg")

    done = run("reconcile", a, b, "--key", "a=lot", "--key", "b=PARCEL", "--pieces")
    assert done.stdout.splitlines()[1].startswith("same,1,shared,A1,A1,")
    done = run("reconcile", a, b, "--key", "c=lot")
    assert (done.exit_code, "no such file was given" in done.stderr) == (2, True)
    assert run("diff", a, b, "--key", "old=lot", "--key", "new=PARCEL").exit_code == 0


@settings(max_examples=10)
@given(SQUARES, SQUARES)
def test_the_land_outside_a_register_is_that_of_its_pieces_also_where_registers_overlap(one, two):
    a, b = (np.array(register(squares).geometry) for squares in (one, two))
    both = shared_pieces(a, b)
    row, other = both["row"].to_numpy(), both["other"].to_numpy()

    found = uncovered_m2(a, b, row, other, both)
    assert found == pytest.approx(shapely.area(shapely.difference(a, shapely.union_all(b))))
    assert found == pytest.approx(shapely.area(uncovered_pieces(a, b, row, other)))
    pairs = shapely.area(shapely.intersection(a[:, None], b[None, :]))
    assert both["piece_m2"].to_numpy() == pytest.approx(pairs[pairs > 1e-6])


def test_shapes_that_are_equal_or_only_touch_need_no_overlay(monkeypatch):
    a = np.array([square(10 * x, 0, 10) for x in range(3)])
    for name in ("intersection", "difference"):
        monkeypatch.setattr(shapely, name, lambda one, _: pytest.fail("laid") if len(one) else one)

    both = shared_pieces(a, np.array([*a[:2], square(20, 0, 10)]))
    row, other = both["row"].to_numpy(), both["other"].to_numpy()
    assert (row.tolist(), other.tolist()) == ([0, 1, 2], [0, 1, 2])
    assert shapely.is_empty(uncovered_pieces(a, a, row, other)).all()
    assert uncovered_m2(a, a, row, other, both) == pytest.approx([0, 0, 0])
