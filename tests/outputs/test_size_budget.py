"""Budgets: what a page weighs, what weighs most, and what would make it less."""

import pytest

from nmgeo.errors import UnitError
from nmgeo.outputs.web.page_data import build_page_data, to_script_json
from nmgeo.outputs.web.size_budget import budget_message, size_by_part
from nmgeo.units import read_size

PLAIN = {
    "name": "lots",
    "features": [
        {"id": "a", "note": "x" * 100, "shape": {"coordinates": [[1, 2], [3, 4]]}},
        {"id": "b", "note": "y" * 50, "shape": {"coordinates": [[5, 6]]}},
    ],
}
PACKED = {
    "name": "plots",
    "pack": {"steps": "A" * 1000},
    "columns": {"id": ["a", "b"], "use": ["farm", "home"]},
    "features": [],
}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8MB", 8_000_000),
        ("400 kB", 400_000),
        (" 1.5 MB ", 1_500_000),
        ("0kB", 0),
        ("0.0004kB", 0),
        ("999999MB", 999_999_000_000),
        ("5GB", 5_000_000_000),
    ],
)
def test_a_size_is_read_as_bytes(text, size):
    assert read_size(text) == size


@pytest.mark.parametrize(
    "text",
    [
        *("8", "8 B", "8mb", "8KB", "8Mb", "8MiB", "MB", "", "-8MB", "+8MB", "8,5MB"),
        *("1e3MB", ".5MB", "5.MB", "9999999MB", "８MB", "8MB; ls", "8MB 4kB", "8 M B", "nanMB"),
    ],
)
def test_what_is_no_size_is_refused_with_how_to_write_one(text):
    with pytest.raises(UnitError, match="write a number and kB, MB or GB, as in 8MB"):
        read_size(text)


def test_a_hostile_size_is_shown_harmlessly():
    with pytest.raises(UnitError) as refused:
        read_size("8\n\x1b[31mMB")

    assert str(refused.value).isprintable()


def test_what_weighs_most_comes_first():
    weights = [weight for _, weight in size_by_part({"layers": [PLAIN, PACKED]})]

    assert weights == sorted(weights, reverse=True)


def test_vertices_and_each_attribute_are_weighed_apart():
    assert {what for what, _ in size_by_part({"layers": [PLAIN, PACKED]})} == {
        *("lots id", "lots note", "lots vertices"),
        *("plots id", "plots use", "plots vertices"),
    }


def test_an_attribute_weighs_what_its_text_does_in_the_page():
    found = dict(size_by_part({"layers": [PLAIN]}))

    assert found["lots note"] == sum(
        len(to_script_json({"note": f["note"]})) for f in PLAIN["features"]
    )


def test_the_vertices_of_a_packed_layer_are_its_pack():
    found = dict(size_by_part({"layers": [PACKED]}))

    assert 1000 < found["plots vertices"] < 1050


def test_what_weighs_the_same_comes_by_name():
    twins = [PLAIN | {"name": name} for name in ("b", "a")]

    assert [what for what, _ in size_by_part({"layers": twins})] == [
        *("a note", "b note", "a vertices", "b vertices", "a id", "b id")
    ]


def test_a_page_without_layers_costs_nothing():
    assert size_by_part({"layers": []}) == []


def test_every_layer_of_the_shipped_page_is_weighed_and_none_above_the_page(shipped_atlas):
    data = build_page_data(shipped_atlas("en"))
    found = size_by_part(data)

    names = {layer["name"] for layer in data["layers"]}
    assert {f"{name} vertices" for name in names} <= {what for what, _ in found}
    assert sum(weight for _, weight in found) < len(to_script_json(data).encode()) * 1.1


def test_a_page_over_its_budget_is_told_its_size_its_causes_and_what_to_do():
    text = budget_message(9_500_000, 8_000_000, {"layers": [PLAIN, PACKED]})

    assert text.startswith(
        "the page is 9.50 MB, over the budget of 8 MB; largest parts: code 9.50 MB, "
    )
    assert text.endswith("no page can be smaller than its code")
    assert "\n" not in text


def test_where_something_can_be_left_out_it_is_said_what():
    long = [{"id": "a", "more": [["note", "x" * 9_000_000]], "shape": {}}]
    text = budget_message(9_300_000, 8_000_000, {"layers": [PLAIN | {"features": long}]})

    assert "largest parts: lots note 9.00 MB, code 0.30 MB, " in text
    assert text.endswith("leave attributes out of the file, or add simplify='1m'")


def test_a_long_name_of_a_site_is_its_name_and_not_its_vertices():
    site = {"id": "a", "names": ["x" * 1_000_000, None, None], "shape": {"coordinates": [[1, 2]]}}
    found = size_by_part({"sites": [site], "layers": []})

    assert found[0][0] == "sites names"
    assert found[0][1] > 1_000_000
    assert dict(found)["sites vertices"] < 100


def test_what_is_told_of_a_feature_is_weighed_by_its_own_name():
    feature = {"id": "a", "more": [["note", "x" * 90], ["shape", "y"]], "shape": {"x": 1}}
    found = dict(size_by_part({"layers": [PLAIN | {"features": [feature]}]}))

    assert found["lots note"] == 90 + len('{"note":""}')
    assert {"lots shape", "lots vertices", "lots id"} < set(found)


def test_chinese_weighs_what_it_does_in_utf_8():
    assert dict(size_by_part({"words": "新田", "layers": []}))["words"] == 6 + len('{"":""}')


def test_nearly_all_of_the_shipped_page_is_named(shipped, shipped_atlas):
    size, data = shipped.stat().st_size, build_page_data(shipped_atlas("en"))
    code = size - len(to_script_json(data).encode())
    named = code + sum(weight for _, weight in size_by_part(data))

    assert named == pytest.approx(size, rel=0.05)
    assert {"words", "policies", "sources", "near"} < {what for what, _ in size_by_part(data)}


def test_only_the_four_heaviest_causes_are_named():
    text = budget_message(3_000, 2_000, {"layers": [PLAIN, PACKED]})

    assert text.partition("largest parts: ")[2].partition(";")[0].count(",") == 3
    assert "plots id" not in text
