"""Receipts: how each area was got, known by arithmetic, and laid out to be read."""

import csv
import io
import json
import math
import re

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from world import bow_tie, multi, points, sites, square, write

import nmgeo as nm
from nmgeo.commands.area import receipt
from nmgeo.errors import LayerError
from nmgeo.measures.area_rounding import round_land_totals
from nmgeo.measures.areas import land_totals
from nmgeo.outputs.receipt import write_receipt

HOLED = square(0, 0, 300).difference(square(100, 100, 100))
boxes = st.builds(square, *[st.integers(-500, 500)] * 2, st.integers(10, 600))


@pytest.fixture
def of(ask):
    """Return the receipt of one lot, drawn on the grid."""

    def row(shape, accuracy_m=None):
        return receipt(ask(sites(a=shape).assign(accuracy_m=accuracy_m))).iloc[0]

    return row


def corners_ha(accuracy_m):
    return math.pi * accuracy_m**2 / 1e4


def test_a_hectare_known_to_5_m_is_0_8_to_1_2_hectares_and_its_corners(of):
    row = of(square(0, 0, 100), 5.0)

    assert row["area_ha"] == pytest.approx(1.0, abs=1e-6)
    assert row["perimeter_m"] == pytest.approx(400, abs=1e-3)
    assert [row["low_ha"], row["high_ha"]] == pytest.approx([0.8, 1.2 + corners_ha(5)], abs=1e-6)


@pytest.mark.parametrize("form", ["table", "md", "csv"])
def test_a_range_is_rounded_outwards_but_not_by_what_a_change_of_coordinates_left(ask, form):
    lots = sites(a=square(0, 0, 100), b=square(500, 0, 30)).assign(accuracy_m=[5.0, 0.4])
    text = write_receipt(receipt(ask(lots)), form=form)  # 0.09 give or take 0.0048

    found = re.findall(r"(0\.\d\d)\D+?([01]\.\d\d)(?!\d)", text)
    assert {("0.80", "1.21"), ("0.08", "0.10")} <= set(found)


def test_the_least_that_an_area_can_be_is_0(of):
    row = of(square(0, 0, 100), 100.0)

    assert [row["low_ha"], row["high_ha"]] == pytest.approx([0.0, 5.0 + corners_ha(100)], abs=1e-6)


def test_a_hole_has_an_edge_too(of):
    row = of(HOLED, 1.0)

    assert row["perimeter_m"] == pytest.approx(1_200 + 400, abs=1e-3)
    assert row["high_ha"] - row["area_ha"] == pytest.approx(0.16 + corners_ha(1), abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        (square(0, 0, 100), 4),
        (HOLED, 8),
        (multi(HOLED, square(500, 0, 100)), 12),
        (multi(square(0, 0, 100), square(500, 0, 100)), 8),
    ],
)
def test_a_corner_is_counted_once(of, shape, count):
    assert of(shape)["vertices_count"] == count


def test_an_accuracy_that_nobody_states_leaves_no_range_and_it_says_so(of):
    row = of(square(0, 0, 100))
    assert row[["accuracy_m", "low_ha", "high_ha"]].isna().all()


def test_an_unknown_accuracy_is_said_in_words(ask):
    text = write_receipt(receipt(ask(sites(a=square(0, 0, 100)))))

    assert text.count("accuracy not known") == 3  # the outline, at least, at most


@pytest.mark.parametrize("form", ["table", "md"])
@pytest.mark.parametrize(
    ("status", "said"), [(None, "error up to 5 m"), ("surveyed", "surveyed: error up to 5 m")]
)
def test_an_accuracy_is_said_whatever_the_status_of_the_outline(ask, form, status, said):
    lot = sites(a=square(0, 0, 100)).assign(accuracy_m=5.0, geometry_status=status)
    text = write_receipt(receipt(ask(lot)), form=form)

    assert [line for line in text.splitlines() if line.strip("| ").endswith(said)]
    assert "not known" not in text


def test_web_mercator_is_over_by_17_7_per_cent_at_san_tin(of):
    """Measured apart from nmgeo: 1,177,152 m2 for a square kilometre of the grid."""
    row = of(square(0, 0, 1_000))

    assert row["mercator_ha"] == pytest.approx(117.72, abs=0.02)
    assert row["mercator_percent"] == pytest.approx(17.72, abs=0.02)
    assert row["ppm"] == pytest.approx(4.5, abs=0.5)


@pytest.mark.parametrize(("code", "said"), [(2326, "EPSG:2326"), (4326, "EPSG:4326")])
def test_the_crs_of_the_file_is_named_beside_that_of_the_measure(tmp_path, code, said):
    lot = sites(a=square(30_000, 0, 100))  # further east than Hong Kong reaches north
    file = write(lot, tmp_path / "a.gpkg", code)
    row = receipt(nm.open_catalog(sites=file)).iloc[0]

    assert (row["file_crs"], row["measured_crs"], row["ellipsoid"]) == (said, "EPSG:2326", "WGS 84")


@pytest.mark.parametrize(
    ("code", "given", "said"),
    [
        (2326, "hk80", "EPSG:2326"),
        (2326, "epsg:2326", "EPSG:2326"),
        (2326, "hk80-swapped", "EPSG:2326-swapped"),
        (4326, "hk80-degrees", "EPSG:4611"),
        (4326, "GCJ02", "gcj02"),
    ],
)
def test_what_the_user_says_of_the_crs_stands_before_what_the_file_says(
    tmp_path, code, given, said
):
    file = write(sites(a=square(0, 0, 100)), tmp_path / "a.gpkg", code)

    row = receipt(nm.open_catalog(sites=file, crs=given)).iloc[0]
    assert row["file_crs"] == said


def test_the_shipped_outlines_each_have_a_receipt():
    rows = receipt()

    assert rows["area_ha"].tolist() == nm.area()["area_ha"].tolist()
    assert rows["mercator_percent"].between(17.6, 17.9).all()
    assert (rows["low_ha"] < rows["area_ha"]).all()
    assert (rows["area_ha"] < rows["high_ha"]).all()
    assert rows.attrs["land"] == nm.land()


def test_a_point_has_no_receipt(ask):
    with pytest.raises(LayerError, match="Point has no area"):
        receipt(ask(points(p=(0, 0))))


def test_land_under_three_outlines_is_counted_again_twice():
    total = land_totals(sites(a=square(0, 0, 100), b=square(0, 0, 100), c=square(0, 0, 100)))

    assert total == pytest.approx(
        {"gross_ha": 3, "net_ha": 1, "double_counted_ha": 2, "remainder_ha": 0}, abs=1e-9
    )


@settings(deadline=None, max_examples=30)
@given(st.lists(boxes, min_size=1, max_size=8))
def test_all_rows_are_each_piece_once_and_what_is_counted_again(shapes):
    total = land_totals(sites(**{f"s{n}": shape for n, shape in enumerate(shapes)}))

    gross = sum(shape.area for shape in shapes) / 1e4
    assert total["gross_ha"] == pytest.approx(gross)
    assert total["net_ha"] + total["double_counted_ha"] == pytest.approx(gross, rel=1e-9)
    assert total["remainder_ha"] == pytest.approx(0, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.lists(boxes, min_size=2, max_size=6), st.randoms())
def test_what_is_counted_again_does_not_depend_on_the_order(shapes, random):
    mixed = random.sample(shapes, len(shapes))
    totals = [
        land_totals(sites(**{f"s{n}": s for n, s in enumerate(each)})) for each in (shapes, mixed)
    ]

    assert totals[0]["double_counted_ha"] == pytest.approx(totals[1]["double_counted_ha"], abs=1e-9)


def test_what_is_counted_again_is_measured_and_not_subtracted(monkeypatch):
    """A wrong union shows as a remainder."""
    monkeypatch.setattr("nmgeo.measures.areas.net_ha", lambda _: 1.4)
    total = land_totals(sites(a=square(0, 0, 100), b=square(50, 0, 100)))

    assert total["double_counted_ha"] == pytest.approx(0.5)
    assert total["remainder_ha"] == pytest.approx(0.1)


@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
@pytest.mark.parametrize("width", [50, 80])
def test_a_receipt_fits_the_terminal_and_loses_nothing(lang, width):
    lines = write_receipt(receipt(lang=lang), lang=lang, width=width).splitlines()

    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
    assert {"86.99", "102.43", "EPSG:2326"} <= {word for line in lines for word in line.split()}


def test_a_receipt_is_read_one_outline_after_another_and_then_the_land(ask):
    lots = sites(a=square(0, 0, 100), b=square(50, 0, 100)).assign(accuracy_m=5.0)
    lots = lots.assign(geometry_status="digitised")
    text = write_receipt(receipt(ask(lots)))

    assert [line for line in text.splitlines() if line and not line.startswith(" ")] == [
        "a: whole",
        "b: whole",
        "Land, all outlines",
    ]
    facts = [line.split() for line in text.splitlines()]
    assert ["Area", "(ha)", "1.00"] in facts
    assert ["At", "least", "(ha)", "0.80"] in facts
    assert ["Double-counted", "(ha)", "0.50"] in facts
    assert "Check: sum - net - double, must be 0 (ha) 0.00" in " ".join(text.split())
    assert "digitised from maps: error up to 5 m" in text


def test_a_receipt_in_markdown_is_a_table_an_outline_and_escapes_names(ask):
    here = ask(sites(a=square(0, 0, 100)).assign(name_en="<b>*x*</b>"))
    text = write_receipt(receipt(here), form="md")

    assert "### &lt;b&gt;\\*x\\*&lt;/b&gt;: whole\n\n|  |  |\n| :-- | :-- |\n" in text
    assert "| Area (ha) | 1.00 |" in text


def test_a_name_cannot_move_the_cursor(ask):
    here = ask(sites(a=square(0, 0, 100)).assign(name_en="x\x1b[31m[red]y"))
    text = write_receipt(receipt(here))

    assert "\x1b" not in text
    assert "[red]y" in text


@pytest.mark.parametrize("form", ["table", "md"])
def test_the_command_prints_a_receipt_to_be_read(run, form):
    result = run("area", "--receipt", "--format", form)

    assert result.exit_code == 0
    assert "Hetao Hong Kong Park: park" in result.stdout
    assert "Land, all outlines" in result.stdout


def test_the_command_prints_a_receipt_as_data(run):
    document = json.loads(run("area", "--receipt", "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(run("area", "--receipt").stdout)))

    assert document["schema"] == "nmgeo.receipt/1"
    assert document["total"]["remainder_ha"] == pytest.approx(0, abs=1e-6)
    assert list(rows[0]) == [*document["rows"][0], *document["total"]]
    land = {name: float(rows[-1][name]) for name in document["total"]}
    assert land == pytest.approx(document["total"], abs=0.011)
    assert [row["net_ha"] for row in rows[:-1]] == [""] * len(document["rows"])
    assert rows[-1]["area_ha"] == ""
    assert rows[0]["mercator_percent"] == "17.8"


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_a_repaired_outline_is_counted_as_it_is_measured(of):
    row = of(bow_tie(0, 0, 100))

    assert row["area_ha"] == pytest.approx(0.5, abs=1e-6)
    assert row["vertices_count"] == 6


def test_a_multipolygon_of_one_part_is_no_other_than_the_part(of):
    whole, alone = of(shapely.MultiPolygon([HOLED]), 1.0), of(HOLED, 1.0)

    assert whole[["area_ha", "low_ha", "vertices_count"]].tolist() == pytest.approx(
        alone[["area_ha", "low_ha", "vertices_count"]].tolist()
    )


@settings(deadline=None, max_examples=50)
@given(net=st.floats(0, 5_000), double=st.floats(0, 5_000), decimals=st.integers(0, 2))
def test_the_digits_of_the_land_add_up(net, double, decimals):
    land_ = {"gross_ha": net + double, "net_ha": net, "double_counted_ha": double}
    told = round_land_totals({**land_, "remainder_ha": 0.0}, decimals, "ha")

    rest = told["gross_ha"] - told["net_ha"] - told["double_counted_ha"]
    assert round(rest, decimals) == told["remainder_ha"] == 0
    assert told["double_counted_ha"] == pytest.approx(double, abs=1.1 * 10**-decimals)


def test_a_remainder_is_shown_and_not_rounded_into_the_rest():
    land_ = {"gross_ha": 2.0, "net_ha": 1.4, "double_counted_ha": 0.5, "remainder_ha": 0.1}

    assert round_land_totals(land_, 2, "ha") == pytest.approx(land_)
