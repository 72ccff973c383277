"""Lines to the nearest station and control point: those of nm.near, in each year."""

import numpy as np
import pandas as pd
import pytest
from world import points

import nmgeo as nm
from nmgeo.errors import UsageError
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.map_styles import opening_stages
from nmgeo.outputs.nearest_links import links_by_year, nearest_links
from nmgeo.outputs.web.distance_entries import distance_entries
from nmgeo.outputs.web.page_json import json_rows, names_in_languages

MEASURED = ["nearest_m", "accuracy_m", "low_m", "high_m"]


@pytest.fixture(scope="module")
def atlas():
    return build_atlas()


def in_year(rows, layer, year):
    """Return the rows of a layer that hold in a year, by outline."""
    until = rows["until_year"].astype(float).fillna(np.inf)
    held = (rows["layer"] == layer) & (rows["from_year"] <= year) & (year < until)
    return rows[held].set_index("outline_id")


@pytest.mark.filterwarnings("ignore:.*not (counted|known)")  # said by the command
@pytest.mark.parametrize("layer", ["stations", "crossings"])
@pytest.mark.parametrize("year", [2025, 2026, 2033, 2034, 2035])
def test_the_nearest_of_a_year_and_what_is_as_near_are_those_of_near(atlas, layer, year):
    found = in_year(atlas.links_by_year, layer, year)
    asked = nm.near(layer, years=year)
    asked = asked.set_axis(asked["site_id"] + ":" + asked["basis"])

    assert list(found["nearest_id"].reindex(asked.index)) == list(asked["nearest_id"])
    assert found[MEASURED].reindex(asked.index).to_numpy() == pytest.approx(
        asked[MEASURED].to_numpy(dtype=float)
    )
    as_near = found["also"].reindex(asked.index)
    assert list(as_near.map(len)) == list(asked["ties"])
    names = atlas.layers[layer]["name"]
    for also, remark in zip(as_near, asked["remark"], strict=True):
        assert all(names[one] in remark for one in also)


def test_a_year_that_the_command_refuses_has_no_nearest(atlas):
    with pytest.raises(UsageError, match="2025, not since when"):
        nm.near("stations", years=2024)

    assert in_year(atlas.links_by_year, "stations", 2024).empty


def test_where_one_accuracy_is_not_known_the_other_makes_the_range(atlas):
    lots = points(a=(0, 0), b=(5_000, 0)).assign(accuracy_m=[np.nan, 5.0])
    found = nearest_links(lots, atlas.layers)
    every = found[found["layer"] == "stations"].set_index("outline_id")
    asked = nm.near(lots, "stations")

    assert every["low_m"].notna().all()
    assert every[MEASURED].to_numpy() == pytest.approx(asked[MEASURED].to_numpy(dtype=float))
    years = in_year(links_by_year(lots, atlas.layers), "stations", 2026)
    assert years["accuracy_m"].notna().all()


def test_the_page_names_all_that_is_as_near(atlas):
    stations = atlas.layers["stations"].head(4).assign(status="open", opens=np.nan)
    twice = stations.geometry.iloc[[0, 0, 0, 3]].array
    layers = atlas.layers | {"stations": stations.set_geometry(twice)}
    lots = stations[["geometry", "accuracy_m"]].iloc[[0, 3]]
    rows = json_rows(links_by_year(lots, layers))
    found = distance_entries(rows, layers)

    assert max(len(row["also"]) for row in rows) == 2
    for row, entry in zip(rows, found, strict=True):
        others = layers[row["layer"]].loc[row["also"]].to_dict("records")
        assert entry["also"] == [names_in_languages(one) for one in others]


def _told(lots, layers):
    rows = links_by_year(lots, layers)
    rows = rows[rows["layer"] == "stations"].astype({"until_year": "object"})
    told = rows[["outline_id", "nearest_id", "also", "from_year", "until_year"]]
    return [tuple(None if row is pd.NA else row for row in row) for row in told.to_numpy()]


def test_a_line_begins_anew_where_more_is_as_near_and_ends_with_what_opens_nearer(atlas):
    lots = points(b=(0, 0), a=(9_000, 0)).assign(accuracy_m=5.0)
    stations = points(s=(100, 0), t=(-100, 0), u=(50, 0)).assign(
        status=["open", "planned", "planned"], opens=[np.nan, 2030, 2032], as_of="2026-01-01"
    )
    named = stations.assign(name_en="x", name_tc="x", name_sc="x", accuracy_m=np.nan)

    assert _told(lots, atlas.layers | {"stations": named}) == [
        ("a", "s", [], 2026, None),
        ("b", "s", [], 2026, 2030),
        ("b", "s", ["t"], 2030, 2032),
        ("b", "u", [], 2032, None),
    ]


def test_what_is_called_open_is_so_whatever_later_year_it_opens_as_in_near(atlas):
    lots = points(a=(0, 0)).assign(accuracy_m=5.0)
    stations = points(s=(100, 0), t=(50, 0)).assign(
        status="open", opens=[2020, 2030], as_of="2026-01-01", accuracy_m=np.nan
    )
    named = stations.assign(name_en="x", name_tc="x", name_sc="x")
    near = [nm.near(lots, named, years=year)["nearest_id"].item() for year in (2026, 2030)]

    assert near == ["t", "t"]
    assert _told(lots, atlas.layers | {"stations": named}) == [("a", "t", [], 2026, None)]
    assert opening_stages("stations", named, 2026).tolist() == ["open_in_year"] * 2


def test_what_says_nothing_of_its_opening_is_always_there(atlas):
    lots = points(a=(0, 0)).assign(accuracy_m=5.0)
    stations = points(s=(100, 0), t=(50, 0)).assign(status=[None, "planned"], opens=np.nan)
    named = stations.assign(name_en="x", name_tc="x", name_sc="x", accuracy_m=np.nan, as_of=None)

    assert _told(lots, atlas.layers | {"stations": named}) == [("a", "s", [], 0, None)]
