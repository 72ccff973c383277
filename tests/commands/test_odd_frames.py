"""What is given in Python in another shape than usual: works where it is plain, else one error."""

import geopandas as gpd
import pandas as pd
import pytest
from world import sites, square

import nmgeo as nm
from nmgeo.errors import LayerError, UsageError
from nmgeo.provenance import read_statement

LOTS = sites(a=square(0, 0, 100), b=square(900, 0, 100))[["geometry"]]
ZONES = gpd.GeoDataFrame({"zone": ["x"]}, geometry=[square(-50, -50, 300)], crs=2326)


def test_a_frame_by_itself_is_the_layer_of_which_rings_measure_the_area():
    found = nm.rings(LOTS, 500, by=ZONES)
    by_name = nm.rings(LOTS, 500, by="zones", catalog=nm.open_catalog(layers={"zones": ZONES}))

    assert found["inside_ha"].tolist() == by_name["inside_ha"].tolist()
    assert found["inside_ha"].iloc[0] == pytest.approx(9)


@pytest.mark.parametrize("by", [(ZONES, "zone", "x"), (ZONES,)])
def test_a_layer_and_its_column_are_two_values(by):
    wrong = f"by: holds {len(by)} values?, not a layer and one of its columns"
    with pytest.raises(UsageError, match=wrong):
        nm.rings(LOTS, 500, by=by)


@pytest.mark.parametrize("active", [("geometry", ""), ("shape", "drawn")])
def test_columns_of_several_levels_become_one(active):
    plain = pd.DataFrame({"area": [1.0, 2.0], "owner": ["A", "B"]}, index=LOTS.index)
    plain.columns = pd.MultiIndex.from_tuples([("area", "sum"), ("owner", "")])
    plain[active] = LOTS.geometry
    frame = gpd.GeoDataFrame(plain).set_geometry(active, crs=2326)

    assert nm.area(frame)["area_ha"].tolist() == [1, 1]
    found = nm.sites(frame)
    assert {"area_sum", "owner"} <= set(found.columns)
    assert nm.inside(LOTS, (frame, "owner"))["category"].tolist().count("A") == 1
    assert isinstance(frame.columns, pd.MultiIndex)  # the caller's own is as it was


def test_the_name_of_a_layer_is_text():
    with pytest.raises(UsageError, match="layer 5: its name is not text"):
        nm.open_catalog(sites=LOTS, layers={5: ZONES})


def test_the_name_of_a_frame_is_the_path_of_no_file(tmp_path):
    shipped = tmp_path / "stations.gpkg"
    nm.export(shipped, layer="stations")
    for name in ("a" * 300, str(shipped)):
        rows = nm.near(name, nm.open_catalog(sites=LOTS, layers={name: ZONES}))

        assert len(rows) == len(LOTS)
        assert rows.attrs["credits"] == []


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_a_map_of_a_frame_names_no_file(tmp_path):
    private = tmp_path / "private.txt"
    private.write_text("not given to the command")
    for number, name in enumerate(("a" * 300, str(private))):
        out = tmp_path / f"{number}.html"
        nm.map(out, catalog=nm.open_catalog(sites=LOTS, layers={name: ZONES}))

        inputs = {one["name"]: one for one in (read_statement(out) or {})["inputs"]}
        assert inputs[name]["sha256"] is None


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_masked_sites_of_a_file_keep_the_credits_that_it_states(tmp_path):
    shipped = tmp_path / "stations.gpkg"
    nm.export(shipped, layer="stations")
    exact = nm.near("roads", nm.open_catalog(sites=shipped)).attrs["credits"]
    masked = nm.near("roads", nm.open_catalog(sites=shipped), generalise="500m").attrs["credits"]

    assert set(exact) < set(masked)  # and what was lost


def test_what_holds_no_features_is_named_by_its_type():
    with pytest.raises(UsageError, match="sites: holds no features: its type is int"):
        nm.area(5)


def test_an_empty_label_of_an_index_is_no_id():
    frame = LOTS.set_axis(["", "b"])

    with pytest.raises(LayerError, match="the index has no id in row 1"):
        nm.area(frame)


def test_pack_says_where_its_folder_stands(run):
    done = run("pack", "-o", "folder")

    assert done.exit_code == 2
    assert "no such option: -o; write nmgeo pack DIR" in done.stderr


def test_a_frame_is_not_written_as_geojson_to_tell_that_it_is_one(monkeypatch):
    monkeypatch.setattr(gpd.GeoDataFrame, "__geo_interface__", property(pytest.fail))

    assert len(nm.rings(LOTS, at=500)) == len(nm.near(LOTS, "stations")) == len(LOTS)
