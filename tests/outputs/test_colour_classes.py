"""Classes of a column: categories, quantiles, natural breaks and statutory zones."""

import numpy as np
import pandas as pd
import pytest
from world import layer, sites, square

from nmgeo.catalog import open_catalog
from nmgeo.errors import UsageError
from nmgeo.outputs.appearance import Appearance, classes_by_layer
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.colour_classes import MAX_CATEGORIES, NO_VALUE_COLOUR, classify


def lots(**columns):
    count = len(next(iter(columns.values())))
    return layer({f"l{n}": square(200 * n, 0, 100) for n in range(count)}, **columns)


def test_categories_come_in_the_order_of_their_number_with_hectares():
    frame = lots(use=["farm", "shop", "farm", None, "farm", "shop"])
    legend = classify(frame, "use", None).legend(frame)

    assert [(one["label"], one["count"]) for one in legend] == [("farm", 3), ("shop", 2), ("", 1)]
    assert [one["hectares"] for one in legend] == pytest.approx([3, 2, 1], abs=0.01)
    assert legend[-1]["colour"] == NO_VALUE_COLOUR


def test_yes_and_no_are_categories_as_the_table_writes_them():
    frame = lots(flag=[True, False, True])
    for column in (frame["flag"], frame["flag"].astype("boolean").where([True, True, False])):
        legend = classify(frame.assign(flag=column), "flag", None).legend(frame)

        assert {one["label"] for one in legend} <= {"true", "false", ""}
        assert len(legend) == column.nunique(dropna=False)


def test_hectares_of_a_class_are_not_rounded_before_they_are_shown():
    frame = layer({"a": square(0, 0, 304.1), "b": square(900, 0, 6)}, use=["farm", "shop"])
    legend = classify(frame, "use", None).legend(frame)

    assert [one["hectares"] for one in legend] == pytest.approx([9.247681, 0.0036], abs=1e-6)


def test_blanks_make_no_category_of_their_own():
    frame = lots(use=["farm", " farm", "farm ", None, "", " "])
    legend = classify(frame, "use", None).legend(frame)

    assert [(one["label"], one["count"]) for one in legend] == [("farm", 3), ("", 3)]


def test_a_colour_that_comes_again_has_a_pattern():
    classes = classify(lots(use=[f"u{n}" for n in range(MAX_CATEGORIES)]), "use", None)

    looks = list(zip(classes.colours, classes.patterns, strict=True))
    assert len(set(looks)) == MAX_CATEGORIES
    assert set(classes.patterns[:8]) == {""}


def test_quantiles_hold_as_many_features_each():
    classes = classify(lots(value=np.arange(100.0)), "value", None)

    assert np.bincount(classes.codes).tolist() == [20] * 5


def test_classes_of_whole_numbers_have_whole_limits_and_years_no_comma():
    classes = classify(lots(year=[2025, 2025, 2026, 2027, np.nan]), "year", None)
    counts = classify(lots(units=[1_000, 1_001, 7_000, 8_000, 9_000, 20_000]), "units", None)

    assert classes.labels == ("2025", "2026", "2027", "")
    assert classes.codes.tolist() == [0, 0, 1, 2, 3]
    assert counts.labels[0] == "1,000 – 1,001"


def test_no_number_stands_in_two_classes():
    classes = classify(
        lots(value=[0.5, 10, 10.5, 20, 20.25, 30, 40.5, 50, 60.5, 70]), "value", None
    )

    assert classes.labels == ("0.5 – 10", "10.5 – 20", "20.25 – 30", "40.5 – 50", "60.5 – 70")


def test_categories_of_one_size_are_in_the_order_of_their_numbers():
    classes = classify(lots(block=["李10", "李2", "李1"]), "block", None)

    assert classes.labels == ("李1", "李2", "李10")


def test_natural_breaks_part_numbers_where_they_are_far_apart():
    numbers = [1, 2, 3, 50, 51, 52, 200, 201, 202, 900, 901, 5000]
    classes = classify(lots(value=numbers), "value", "breaks")

    assert classes.codes.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4]
    assert classes.labels[0] == "1 – 3"


@pytest.mark.parametrize("size", [1e-200, 1e150, 1e160, 1e300])
def test_natural_breaks_are_those_of_numbers_of_any_size(size):
    numbers = np.array([1, 2, 3, 50, 51, 52, 200, 201, 202, 900, 901, 5000])

    found = [classify(lots(value=numbers * by), "value", "breaks") for by in (1, size)]
    assert found[0].codes.tolist() == found[1].codes.tolist()


def test_natural_breaks_take_the_null_of_a_shapefile_for_a_number():
    least = -np.finfo(float).max
    classes = classify(lots(value=[least, 1, 2, 3, 50, 51, 9000]), "value", "breaks")

    assert classes.codes[0] == 0
    assert classes.codes.max() < len(classes.labels)


@pytest.mark.parametrize("values", [[7, 7, 7], [1, 2, 2], [3, np.nan, 3]])
def test_few_different_numbers_are_few_classes(values):
    for scheme in ("quantiles", "breaks"):
        classes = classify(lots(value=values), "value", scheme)

        assert len(classes.codes) == 3
        assert classes.codes.max() < len(classes.labels)


@pytest.mark.parametrize(
    ("label", "zone"),
    [("R(A)12", "R(A)"), ("OU(Business)", "OU"), ("g/ic(1)", "G/IC"), ("O", "O"), ("CA(2)", "CA")],
)
def test_a_zone_of_a_statutory_plan_is_recognised_by_its_label(label, zone):
    classes = classify(lots(zone_label=[label]), None, None)

    assert classes.labels == (zone,)


def test_what_is_no_zone_is_a_class_of_its_own():
    classes = classify(lots(ZONE_LABEL=["V", "Sea", None]), None, None)

    assert classes.labels == ("V", "")
    assert classes.codes.tolist() == [0, 1, 1]


def test_without_a_column_and_without_zones_nothing_is_classified():
    assert classify(lots(use=["farm"]), None, None) is None


@pytest.mark.parametrize(
    ("column", "scheme", "said"),
    [
        ("usee", None, r"colour_by='usee': no such column \(did you mean use\?\); name one of use"),
        ("lot", None, "colour_by='lot': 10000 different values, more than 24; classify numbers"),
        ("use", "breaks", "colour_by='use': holds 'farm', which is not a number; use classes="),
        ("geometry", None, "no such column"),
    ],
)
def test_what_cannot_be_classified_is_refused_with_a_remedy(column, scheme, said):
    frame = lots(use=["farm"])
    frame = frame.loc[frame.index.repeat(10_000)].assign(lot=[str(n) for n in range(10_000)])

    with pytest.raises(UsageError, match=said):
        classify(frame, column, scheme)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(UsageError, match="not a number"):
        classify(lots(value=[1.0, float("inf")]), "value", None)


@pytest.mark.parametrize(
    ("values", "scheme"),
    [
        ([np.nan, np.nan], None),
        (pd.array([None, None], dtype="Int64"), None),
        ([None, None], "breaks"),
    ],
)
def test_a_column_without_any_number_is_named_so(values, scheme):
    wrong = "colour_by='value': holds no number; name another column"
    with pytest.raises(UsageError, match=wrong):
        classify(lots(value=values), "value", scheme)


def test_numbers_with_gaps_are_classified_and_the_gap_is_its_own_class():
    classes = classify(lots(value=pd.array([1, 2, None], dtype="Int64")), "value", None)

    assert classes.labels[-1] == ""
    assert classes.codes[-1] == len(classes.labels) - 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"title": "<b>" * 4_000}, "title=: 12000 characters, more than 200"),
        ({"classes": "jenks", "colour_by": "use"}, "classes='jenks': unknown classification"),
        ({"classes": "breaks"}, "classes=: no column is named"),
    ],
)
def test_a_title_or_classification_that_cannot_be_used_is_refused(asked, said):
    with pytest.raises(UsageError, match=said):
        Appearance(**asked)


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")  # of policies, which are not asked for
def test_the_column_of_ids_colours_too_and_a_wrong_name_lists_the_files_own():
    wells = sites(a=square(0, 0, 9), b=square(90, 0, 9))[["geometry"]].rename_axis("code")
    wells = wells.reset_index().assign(use=["x", "y"])
    atlas = build_atlas(open_catalog(sites=wells, layers={"wells": wells}, key="code"))

    for name in ("sites:code", "wells:code"):
        (classes,) = classes_by_layer(atlas, Appearance(colour_by=name)).values()
        assert classes.labels == ("a", "b")
    with pytest.raises(UsageError, match=r"name one of code, use, or one of \d+ columns that"):
        classes_by_layer(atlas, Appearance(colour_by="sites:kode"))


@pytest.mark.parametrize(("count", "more"), [(12, ""), (14, "; there are 2 more")])
def test_the_first_twelve_columns_are_named_and_the_others_counted(count, more):
    frame = lots(**{f"c{n}": [n] for n in range(count)})
    with pytest.raises(UsageError) as refused:
        classify(frame, "rent", None)

    named = ", ".join(f"c{n}" for n in range(12))
    assert refused.value.remedy == f"name one of {named}{more}"


def test_large_numbers_are_written_out():
    classes = classify(lots(value=[1200006.0, 2300011.5, 5e6]), "value", None)

    assert classes.labels == ("1,200,006", "2,300,011.5", "5,000,000")


def test_the_columns_that_a_message_names_are_those_of_the_file():
    frame = lots(lot=["a"], name_en=["Ah"], price=[1.0]).assign(name="Ah", area_ha=1.0)

    with pytest.raises(UsageError, match="name one of lot, price, or one of 1 column"):
        classify(frame, "x", None)


@pytest.mark.parametrize(
    ("numbers", "labels"),
    [
        ([1990, 2026, 2031], ["1990", "2026", "2031"]),
        ([5000, 32000, 120000], ["5,000", "32,000", "120,000"]),
        ([-50000, -2000, 9], ["-50,000", "-2,000", "9"]),
    ],
)
def test_all_numbers_of_a_legend_have_commas_or_none(numbers, labels):
    frame = lots(price=numbers)

    assert [one["label"] for one in classify(frame, "price", None).legend(frame)] == labels


def test_a_number_in_a_legend_has_as_few_digits_as_tell_it_from_the_others():
    measured = lots(value=[0.7200143464171525, 2.9998704860334207, 3.48000187811929, 1.25])
    close = lots(value=[0.7200143464171525, 0.7200151, 3.48000187811929])

    assert classify(measured, "value", "categories").labels == ("0.72", "1.25", "3", "3.48")
    assert classify(close, "value", "categories").labels == ("0.72001", "0.72002", "3.48")
    assert classify(measured, "value", None).labels == ("0.72", "1.25", "3", "3.48")


def test_a_label_that_is_cut_says_so():
    long = "warehouse " * 8
    labels = classify(lots(use=[long.strip(), "farm", "x" * 60]), "use", None).labels

    assert sorted(map(len, labels)) == [4, 60, 60]
    assert [label for label in labels if label.endswith("…")] == [f"{long[:59]}…"]
