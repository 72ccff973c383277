"""Diff: what was added, removed or changed, and hectares from class to class that add up."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from world import layer, point, points, square, write

import nmgeo as nm
from nmgeo.errors import LayerError, Notice, UsageError
from nmgeo.measures.class_change import class_change_ha
from nmgeo.measures.shape_change import edges_moved_m
from nmgeo.translations import translate_message

KEYS = ["from_class", "to_class"]
SQUARES = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 5), st.sampled_from("abc")),
    min_size=1,
    max_size=6,
)


def zones(squares):
    """Build a layer of squares on a grid of 10 m, which may overlap, with a class each."""
    shapes = {
        f"z{i}": square(10 * x, 10 * y, 10 * side) for i, (x, y, side, _) in enumerate(squares)
    }
    return layer(shapes, zone=[kind for *_, kind in squares])


@settings(max_examples=5)
@given(SQUARES)
def test_a_layer_does_not_differ_from_itself(squares):
    here = zones(squares)

    assert nm.diff(here, here).empty
    moved = nm.diff(here, here, by="zone")
    assert (moved["from_class"] == moved["to_class"]).all()


def by_class(old, new):
    rows = class_change_ha(old, new, old["zone"], new["zone"])
    return rows.assign(**{side: rows[side].astype(object).fillna("-") for side in KEYS})


@settings(max_examples=30)
@given(SQUARES, SQUARES)
def test_hectares_by_class_add_up_to_the_square_metre_and_mirror(one, two):
    old, new = zones(one), zones(two)
    rows = by_class(old, new)

    for side, total, frame in (("from_class", "before_ha", old), ("to_class", "after_ha", new)):
        groups = rows[rows[side] != "-"].groupby(side)
        moved = groups["moved_ha"].sum()
        assert moved.to_numpy() == pytest.approx(groups[total].first().to_numpy(), abs=1e-5)
        land = shapely.union_all(frame.geometry.to_numpy()).area / 10_000
        assert moved.sum() == pytest.approx(land, abs=1e-4)
    moved, back = (
        found.set_index(KEYS)["moved_ha"].to_dict() for found in (rows, by_class(new, old))
    )
    assert {(a, b): ha for (b, a), ha in back.items()} == pytest.approx(moved, abs=1e-6)


def test_features_are_matched_by_id_and_each_change_is_named():
    old = layer({"a": square(0, 0, 100), "b": square(200, 0, 100), "c": square(400, 0, 100)})
    new = layer({"a": square(0, 0, 100), "b": square(200, 0, 110), "d": square(900, 0, 100)})
    old, new = (f.assign(lot=f.index, use=["pond", "farm", "x"][: len(f)]) for f in (old, new))
    new.loc["a", "use"] = "CA"
    rows = nm.diff(old, new, key="lot").set_index("feature_id")

    assert rows["change"].to_dict() == {
        "a": "attributes",
        "b": "shape",
        "d": "added",
        "c": "removed",
    }
    assert rows.loc["a", "attributes"] == "use: pond → CA"
    assert rows.loc["b", "difference_ha"] == pytest.approx(0.21, abs=1e-3)
    assert rows.attrs["remark"] == (
        "3 features before, 3 after: 1 added, 1 removed, 2 changed, 0 the same; matched by id"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (({"height": [3]}, {}), "; only the old layer has the columns height"),
        (({}, {"height": [3], "use": ["CA"]}), "; only the new layer has the columns height, use"),
    ],
)
def test_columns_of_one_version_alone_are_named(more, said):
    old, new = (layer({"a": square(0, 0, 100)}, **columns) for columns in more)

    assert nm.diff(old, new).attrs["remark"].endswith(said)
    assert "only the" not in nm.diff(old, old).attrs["remark"]


def test_without_a_key_features_are_matched_by_shape_then_by_overlap():
    old = layer({"a": square(0, 0, 100), "b": square(500, 0, 100)}, use=["x", "y"])
    new = layer({1: square(500, 0, 100), 2: square(0, 0, 120), 3: square(9, 900, 10)})
    rows = nm.diff(old, new.assign(use=["y", "z", "z"]))

    assert rows[["change", "feature_id", "attributes"]].fillna("").to_numpy().tolist() == [
        ["shape_and_attributes", "2", "use: x → z"],
        ["added", "3", ""],
    ]


def test_points_are_compared_too():
    rows = nm.diff(points(a=(0, 0), b=(5, 5)), points(b=(5, 5)))

    assert rows["change"].tolist() == ["removed"]
    assert np.array_equal(rows["difference_ha"], [0.0])


def test_every_class_of_either_layer_has_a_row_also_one_that_lies_on_others():
    old = layer(
        {1: square(0, 0, 300), 2: square(50, 50, 100), 3: square(600, 0, 100)},
        zone=["a", "old", "both"],
    )
    new = layer(
        {1: square(0, 0, 300), 2: square(9, 9, 10), 3: square(600, 0, 100), 4: square(20, 0, 9)},
        zone=["a", "both", "both", "new"],
    )
    rows = nm.diff(old, new, by="zone")

    pairs = [("a", "a"), ("both", "both"), ("old", "outside_layer"), ("outside_layer", "new")]
    assert list(rows[["from_class", "to_class"]].itertuples(index=False, name=None)) == pairs
    assert rows["moved_ha"].tolist() == pytest.approx([9, 1, 0, 0])
    assert rows["before_ha"].tolist() == pytest.approx([9, 1, 0, np.nan], nan_ok=True)
    assert rows["after_ha"].tolist() == pytest.approx([9, 1, np.nan, 0], nan_ok=True)
    assert rows.attrs["remark"].startswith("10.0000 ha before, 10.0000 ha after, of which 10.0000")


def test_land_in_several_classes_counts_once_and_is_said():
    old = layer({1: square(0, 0, 100), 2: square(0, 0, 100)}, zone=["b", "a"])
    rows = nm.diff(old, old, by="zone")

    classes = rows[["from_class", "to_class", "moved_ha"]].to_numpy().tolist()
    assert classes == [["a", "a", pytest.approx(1)], ["b", "b", 0]]
    told = "overlaps inside a layer count for the class that is first in the alphabet: "
    assert rows.attrs["remark"].endswith(told + "1.0000 ha before, 1.0000 ha after")
    assert "overlaps" not in nm.diff(old[:1], old[:1], by="zone").attrs["remark"]


@pytest.mark.parametrize(
    ("before", "after", "classes"),
    [
        ([1, 2], [1.0, np.nan], [["1", "1"], ["2", "no_class"]]),
        ([101, 2], [101.0, 2.5], [["101", "101"], ["2", "2.5"]]),
        ([True, False], [1, 0], [["0", "0"], ["1", "1"]]),
        ([True, False], [0.0, np.nan], [["0", "no_class"], ["1", "0"]]),
        ([True, False], ["True", "1"], [["False", "1"], ["True", "True"]]),
    ],
)
def test_the_type_of_a_number_makes_no_other_class(run, tmp_path, before, after, classes):
    shapes = {"a": square(0, 0, 100), "b": square(200, 0, 100)}
    old, new = layer(shapes, n=before), layer(shapes, n=after)
    rows = nm.diff(old, new, by="n")

    assert rows[["from_class", "to_class"]].to_numpy().tolist() == classes
    files = write(old, tmp_path / "old.geojson"), write(new, tmp_path / "new.gpkg")
    table = run("diff", *files, "--by", "n").stdout.splitlines()[1:]
    assert [line.split(",")[:2] for line in table] == classes


def test_ids_match_whatever_the_type_of_their_numbers():
    shapes = {"a": square(0, 0, 100), "b": square(200, 0, 100)}
    old, new = layer(shapes, lot=[101, 102]), layer(shapes, lot=[101.0, 102.0])

    assert (
        nm.diff(old, new, key="lot")
        .attrs["remark"]
        .startswith("2 features before, 2 after: 0 added, 0 removed, 0 changed, 2 the same")
    )


@pytest.mark.parametrize("side", ["old", "new"])
def test_the_key_of_one_file_is_that_of_the_other_too(tmp_path, side):
    shapes = {"a": square(0, 0, 100), "b": square(200, 0, 100)}
    files = {
        "old": write(layer(shapes), tmp_path / "old.gpkg"),
        "new": write(layer(shapes)[::-1], tmp_path / "new.gpkg"),
    }

    assert len(nm.diff(*files.values(), key={side: "id"})) == 0
    other = {"old": "new", "new": "old"}[side]
    files[other] = str(tmp_path / "lots.gpkg")
    layer(shapes, lot=list(shapes))[::-1].to_file(files[other])
    with pytest.raises(UsageError, match=r"no such column in .*lots.gpkg; use"):
        nm.diff(*files.values(), key={side: "id"})
    assert len(nm.diff(*files.values(), key={side: "id", other: "lot"})) == 0


def test_points_have_no_class_of_land():
    old = layer({"a": square(0, 0, 100), "p": point(500, 0)}, zone=["R", "R"])
    new = layer({"a": square(0, 0, 100)}, zone=["V"])
    with pytest.warns(Notice, match=r"old: no area, left out: 1 feature, Point \(feature p\)"):
        rows = nm.diff(old, new, by="zone")

    assert rows[["from_class", "to_class"]].to_numpy().tolist() == [["R", "V"]]
    assert nm.diff(old, new)["feature_id"].tolist() == ["a", "p"]


def test_land_without_a_class_is_not_land_outside_the_other_layer(run, tmp_path):
    old = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, zone=["CA", "V"])
    new = layer({"a": square(0, 0, 100)}, zone=[None])
    rows = nm.diff(old, new, by="zone")

    assert rows[["from_class", "to_class"]].to_numpy().tolist() == [
        ["CA", "no_class"],
        ["V", "outside_layer"],
    ]
    files = [write(frame, tmp_path / f"{n}.gpkg") for n, frame in enumerate((old, new))]
    lines = run("diff", *files, "--by", "zone").stdout.splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["CA", "no_class"],
        ["V", "outside_layer"],
    ]
    for lang, words in (("tc", ("沒有類別", "圖層以外")), ("sc", ("没有类别", "图层以外"))):
        shown = run("diff", *files, "--by", "zone", "--format", "table", "--lang", lang).stdout
        assert all(word in shown for word in words)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "net change of each class in ha: V +3.00, no class -1.00, CA -2.00; "),
        ("tc", "各類別淨變化（公頃）：V +3.00、沒有類別 -1.00、CA -2.00；"),
        ("sc", "各类别净变化（公顷）：V +3.00、没有类别 -1.00、CA -2.00；"),
    ],
)
def test_the_first_thing_said_of_classes_is_what_each_gained_or_lost(lang, said):
    shapes = {"a": square(0, 0, 100), "b": square(200, 0, 100), "c": square(400, 0, 100)}
    old = layer(shapes | {"d": square(600, 0, 100)}, zone=["CA", "CA", None, "GB"])
    new = layer(shapes | {"d": square(600, 0, 100.1)}, zone=["V", "V", "V", "GB"])

    remark = nm.diff(old, new, by="zone").attrs["remark"]

    assert translate_message(remark, lang).startswith(said)


def test_rows_of_less_than_ten_square_metres_are_counted_and_not_listed():
    old = layer({"a": square(0, 0, 100), "b": square(100, 0, 100)}, zone=["CA", "V"])
    new = layer({"a": square(0, 0, 100.02), "b": square(100, 0, 100)}, zone=["CA", "V"])
    rows = nm.diff(old, new, by="zone")

    assert rows[["from_class", "to_class"]].to_numpy().tolist() == [["CA", "CA"], ["V", "V"]]
    told = rows.attrs["remark"]
    assert "; left out: 2 rows under 10 m², together 4.00 m²" in told
    assert "小於10平方米的列2個，共4.00平方米" in translate_message(told, "tc")


def test_a_class_that_is_less_than_ten_square_metres_is_listed():
    old = layer({"a": square(0, 0, 100), "b": square(300, 0, 0.5)}, zone=["CA", "V"])
    rows = nm.diff(old, old.assign(zone="CA"), by="zone")

    assert rows["from_class"].tolist() == ["CA", "V"]
    assert "left out" not in rows.attrs["remark"]


def test_land_that_has_no_class_before_and_after_kept_none():
    old = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, zone=[None, "V"])
    rows = nm.diff(old, old.assign(zone=["", "V "]), by="zone")

    assert rows[["from_class", "to_class"]].to_numpy().tolist() == [["V", "V"], ["no_class"] * 2]
    assert "of which 1.0000 ha kept its class" in rows.attrs["remark"]


def test_a_class_that_is_called_outside_layer_stands_apart_from_land_outside():
    old = layer({"a": square(0, 0, 100)}, use=["outside_layer"])
    new = layer({"b": square(50, 0, 100)}, use=["no_class"])
    rows = nm.diff(old, new, by="use")

    found = sorted(map(tuple, rows[["from_class", "to_class"]].to_numpy().tolist()))
    assert found == [
        ('"outside_layer"', '"no_class"'),
        ('"outside_layer"', "outside_layer"),
        ("outside_layer", '"no_class"'),
    ]


def test_a_wrong_column_or_key_is_refused():
    old = layer({"a": square(0, 0, 100)}, zone=["a"])
    with pytest.raises(UsageError, match=r"the new layer has no such column"):
        nm.diff(old, old.drop(columns="zone"), by="zone")
    with pytest.raises(LayerError, match="no id stands in both layers"):
        nm.diff(old.assign(n=["p"]), old.assign(n=["q"]), key="n")


def test_the_command_takes_two_files_and_writes_the_changes(run, tmp_path):
    old = write(layer({"a": square(0, 0, 100)}, zone=["CA"]), tmp_path / "old.gpkg")
    new = write(layer({"a": square(0, 0, 100)}, zone=["V"]), tmp_path / "new.gpkg")

    done = run("diff", old, new, "--by", "zone")
    assert done.stdout.splitlines()[1].startswith("CA,V,1.0")
    assert "0.0000 ha kept its class" in done.stderr
    done = run("diff", old, new, "--key", "id", "-o", tmp_path / "out.gpkg")
    assert (done.exit_code, "1 changed" in done.stderr) == (0, True)


def test_a_moved_lot_says_how_far_and_what_land_both_hold():
    old = layer({"9": square(0, 0, 100), "10": square(200, 0, 100), "104": square(400, 0, 100)})
    new = layer({"10": square(203, 0, 100), "9": square(0, 4, 100), "104": square(400.005, 0, 100)})
    rows = nm.diff(old, new)

    assert rows["feature_id"].tolist() == ["9", "10"]  # 104 moved by less than 1 cm
    assert rows["edge_moved_m"].tolist() == pytest.approx([4, 3], abs=1e-3)
    assert rows["shared_ha"].tolist() == pytest.approx([0.96, 0.97], abs=1e-4)
    assert rows["difference_ha"].abs().max() < 1e-6


@pytest.mark.parametrize(
    ("old", "new", "moved_m"),
    [
        ("POINT (0 0)", "POINT (3 4)", 5),
        ("LINESTRING (0 0, 100 0)", "LINESTRING (0 0, 50 7, 100 0)", 7),
        ("POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0))", "POLYGON ((0 0, 9 0, 9 9, 0 12, 0 0))", 3),
        ("MULTIPOINT (0 0, 9 0)", "POINT (0 0)", 9),
        ("LINESTRING (0 0, 100 0)", "MULTILINESTRING ((0 0, 20 0), (80 0, 100 0))", 30),
    ],
)
def test_the_edge_moved_as_far_as_the_hausdorff_distance(old, new, moved_m):
    far = edges_moved_m(shapely.from_wkt([old, "POINT EMPTY"]), shapely.from_wkt([new, new]))

    assert far[0] == pytest.approx(moved_m, abs=0.2)
    assert np.isnan(far[1])


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("a", None, "use: a → –"),
        (None, "a", "use: – → a"),
        (np.nan, 3.0, "use: – → 3.0"),
        (None, np.nan, None),
        (3, 3.0, None),
    ],
)
def test_a_value_that_comes_or_goes_is_a_change_and_one_that_stays_is_none(before, after, change):
    old, new = (
        layer({"a": square(0, 0, 100), "b": square(200, 0, 9)}, use=np.array([use, side], object))
        for use, side in ((before, "old"), (after, "new"))
    )
    rows = nm.diff(old, new)

    said = dict(zip(rows["feature_id"], rows["attributes"], strict=True))
    assert said == {"b": "use: old → new"} | ({"a": change} if change else {})


def test_a_feature_without_geometry_is_kept_and_told_of():
    old = layer({"a": square(0, 0, 100), "b": None, "c": None, "d": square(300, 0, 100)})
    new = layer({"a": square(0, 0, 100), "b": None, "c": square(500, 0, 100), "d": None})
    with pytest.warns(Notice) as said:
        rows = nm.diff(old.assign(lot=old.index), new.assign(lot=new.index), key="lot")

    assert [str(one.message) for one in said] == [
        "old: no geometry, left blank: 2 features (feature b, c)",
        "new: no geometry, left blank: 2 features (feature b, d)",
    ]
    assert rows.set_index("feature_id")["change"].to_dict() == {"c": "shape", "d": "shape"}
    assert rows[["edge_moved_m", "shared_ha"]].isna().all(axis=None)
    with pytest.warns(Notice, match="no geometry, left blank"):
        assert nm.diff(old, old).empty


def test_columns_that_neither_file_has_are_not_compared():
    shapes = {"a": square(0, 0, 100), "b": square(200, 0, 9)}
    old = layer(shapes, 業主名稱=["陳", "李"], lot=["a", "b"])
    new = layer(shapes, owner=["陳", "李"], lot=["a", "b"])
    rows = nm.diff(old, new, key="lot")

    assert rows.empty
    assert "only the old layer has the columns 業主名稱; " in rows.attrs["remark"]
    assert rows.attrs["remark"].endswith("only the new layer has the columns owner")


def test_a_name_that_changes_is_told_once_as_the_file_calls_it():
    old, new = (
        layer({"a": square(0, 0, 100)}, name=[name], status=[None], lot=["1"])
        for name in ("Chan", "Lee")
    )
    (row,) = nm.diff(old, new, key="lot").to_dict("records")

    assert row["attributes"] == "name: Chan → Lee"
