"""Layers of the user that stand in place of shipped ones and have other geometry or columns."""

import warnings

import pytest
from world import layer, line, point, points, sites, square

import nmgeo as nm
from nmgeo.errors import Notice
from nmgeo.outputs.map_styles import style_of
from nmgeo.outputs.map_zooms import names_at, rows_at
from nmgeo.outputs.merged_symbols import MERGED, merge_symbols
from nmgeo.outputs.pack.qgis_expressions import shown_from
from nmgeo.outputs.site_symbology import styles_of

LAND = layer({"land": square(0, 0, 50), "edge": line((0, 0), (9, 9)), "spot": point(30, 0)})


def catalog_of(**layers):
    lots = sites(lot=square(0, 0, 900))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        return nm.open_catalog(sites=lots, layers=layers)


def test_land_and_lines_named_as_stations_or_control_points_are_merged_with_nothing():
    wells = points(a=(31, 0), b=(5_000, 0))

    drawn = merge_symbols({"stations": LAND, "crossings": wells}, 50_000)["crossings"]
    assert drawn[MERGED].tolist() == [True, False]
    assert drawn.geometry.loc["a"] == LAND.geometry.loc["spot"]

    drawn = merge_symbols({"stations": wells, "crossings": LAND}, 50_000)["crossings"]
    assert drawn[MERGED].tolist() == [False, False, True]
    assert drawn.geometry.tolist()[:2] == LAND.geometry.tolist()[:2]


def test_without_the_columns_of_the_shipped_layer_every_feature_is_shown():
    assert len(rows_at("roads", LAND, 9)) == len(LAND)
    assert len(rows_at("hills", LAND, 9)) == len(LAND)
    assert len(names_at("place_names", LAND, 9)) == len(LAND)
    assert styles_of("roads", LAND, 2026) == [style_of("roads")] * len(LAND)
    assert shown_from("hills", "", ["name"]) == ""
    assert shown_from("hills", "", ["height_m"]) != ""


def test_heights_that_are_text_are_read():
    hills = layer({"low": point(0, 0), "high": point(9, 9)}, height_m=["x", "500"])

    assert rows_at("hills", hills, 12).index.tolist() == ["high"]


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_a_sheet_and_a_pack_are_drawn_with_them(tmp_path):
    own = dict.fromkeys(["stations", "roads", "hills", "place_names"], LAND)
    catalog = catalog_of(**{name: rows.copy() for name, rows in own.items()})

    nm.print(tmp_path / "sheet.svg", catalog=catalog)
    nm.pack(tmp_path / "pack", catalog=catalog)

    assert (tmp_path / "sheet.svg").stat().st_size > 1000
    assert any((tmp_path / "pack").iterdir())


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_a_report_says_nothing_of_open_stations_where_they_have_no_status():
    rows = nm.report(catalog=catalog_of(stations=points(a=(950, 0))))

    near = rows[rows["section"] == "near"]
    assert near["item"].tolist() == ["stations", "crossings", "crossings, open"]
    assert near["value"].tolist()[0] == pytest.approx(50)
