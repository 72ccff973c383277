"""Notebooks: results show headings, units and rounding, and no value becomes markup."""

import pickle
import re

import geopandas as gpd
import pandas as pd
import pytest
from world import layer, point, sites, square

import nmgeo as nm

LOTS = sites(b=square(0, 0, 100), a=square(300, 0, 200)).set_crs(2326)
HOSTILE = '<img src=x onerror=alert(1)> & "\x1b[2J'


def test_a_result_shows_headings_units_and_rounded_values():
    html = nm.area()._repr_html_()

    assert "<th>Area (ha)</th>" in html
    assert re.search(r"<td>\d[\d,]*\.\d\d</td>|<td>\d[\d,]*</td>", html)
    assert "CC-BY" in html
    assert "geometry" not in html.replace("geometry_status", "")


def test_a_result_is_shown_in_its_language():
    assert "<th>面積 (公頃)</th>" in nm.area(lang="tc")._repr_html_()


def test_no_value_label_or_name_becomes_markup():
    mine = LOTS.set_axis([HOSTILE, "x"]).rename_axis("<b>").assign(name_en=HOSTILE)
    wells = layer({"w": point(0, 0)}, name_en=[HOSTILE]).set_crs(2326)
    html = nm.near(mine, {HOSTILE: wells})._repr_html_()

    assert "&lt;img src=x" in html
    assert re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td|p)>)", html) == []
    assert "\x1b" not in html


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.head(1),
        lambda rows: rows.sort_values("name"),
        lambda rows: rows[rows["name"] != ""],
        lambda rows: rows.copy(),
        lambda rows: rows.reset_index(drop=True),
        lambda rows: pickle.loads(pickle.dumps(rows)),  # noqa: S301 - our own
        lambda rows: pd.concat([rows, rows]),
    ],
)
@pytest.mark.parametrize("name", ["area", "matrix"])
def test_the_view_outlives_what_one_does_to_a_frame(name, change):
    rows = getattr(nm, name)(LOTS)
    found = change(rows)

    assert type(found) is type(rows)
    assert found.attrs["command"] == name
    assert found._repr_html_().startswith("<table><thead><tr><th>")


def test_a_result_without_its_columns_or_its_geometry_is_still_a_frame():
    rows = nm.area(LOTS)

    assert isinstance(rows, gpd.GeoDataFrame)
    assert not isinstance(rows.drop(columns="geometry"), gpd.GeoDataFrame)
    assert "<table" in rows.drop(columns="geometry")._repr_html_()
    assert "perimeter" in rows[[]].assign(perimeter=1)._repr_html_()
    assert isinstance(rows["area_ha"], pd.Series)


def test_a_result_goes_to_parquet_and_back_and_joins_with_other_frames(tmp_path):
    rows = nm.area(LOTS)
    rows.to_parquet(tmp_path / "rows.parquet")

    back = gpd.read_parquet(tmp_path / "rows.parquet")
    assert back["area_ha"].tolist() == rows["area_ha"].tolist()
    assert len(pd.concat([rows, LOTS])) == 4
    assert (
        rows.merge(LOTS.drop(columns="geometry"), left_index=True, right_index=True).shape[0] == 2
    )


def test_a_long_result_says_how_many_rows_are_not_shown():
    with pd.option_context("display.max_rows", 3):
        assert "<p>3 more rows</p>" in nm.matrix()._repr_html_()


def test_the_signature_and_the_help_are_those_of_the_command():
    assert nm.near.__doc__.startswith("Measure from every")
    assert nm.near is nm.near


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_the_map_of_a_frame_is_shown_and_that_of_a_path_is_written(tmp_path):
    shown = nm.map(LOTS)._repr_html_()

    assert "<iframe" in shown
    assert "srcdoc=" in shown
    assert nm.map(tmp_path / "m.html", LOTS, at=500).is_file()
    assert "<iframe" in nm.site_map(site="sandy_ridge")._repr_html_()
