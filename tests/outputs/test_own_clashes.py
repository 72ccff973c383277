"""A column of a user's file whose name nmgeo takes for its own is kept under another name."""

import json

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from world import layer, square

import nmgeo as nm
from nmgeo.errors import UsageError

SQUARES = {"a": square(0, 0, 100), "b": square(200, 0, 100), "c": square(400, 0, 100)}
pytestmark = pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.Notice")


@pytest.fixture(name="own")
def own_file(tmp_path):
    """Write a file with a column of keys, and others of the names of nmgeo."""
    columns = {"site_id": ["s1", "s2", "s1"], "area_ha": [9.5, 8.5, 7.5], "ppm": ["x", "y", "z"]}
    frame = layer(SQUARES, lot=["A", "B", "C"], **columns)
    path = tmp_path / "own.gpkg"
    frame.reset_index(drop=True).to_file(path)
    return path


@pytest.mark.parametrize("form", ["gpkg", "geojson"])
def test_an_export_of_sites_keeps_every_own_column(tmp_path, own, form):
    nm.export(tmp_path / f"out.{form}", sites=own, key="lot")

    back = gpd.read_file(tmp_path / f"out.{form}").set_index("lot")
    assert back["site_id"].tolist() == ["A", "B", "C"]
    assert back["site_id_in_file"].tolist() == ["s1", "s2", "s1"]
    assert back["area_ha_in_file"].tolist() == [9.5, 8.5, 7.5]
    assert back["ppm_in_file"].tolist() == ["x", "y", "z"]
    assert back["area_ha"].round(2).tolist() == [1.0] * 3


def test_a_pack_keeps_every_own_column(tmp_path, own):
    nm.pack(tmp_path / "pack", sites=own, key="lot")

    back = pyogrio.read_dataframe(tmp_path / "pack" / "nmgeo.gpkg", layer="sites")
    assert back["site_id_in_file"].tolist() == ["s1", "s2", "s1"]
    assert back["area_ha_in_file"].tolist() == [9.5, 8.5, 7.5]


def test_what_nmgeo_wrote_itself_is_not_kept_twice(tmp_path, own):
    nm.export(tmp_path / "once.geojson", sites=own, key="lot")
    nm.export(tmp_path / "twice.geojson", sites=tmp_path / "once.geojson", key="lot")

    once, twice = (
        json.loads((tmp_path / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
        for name in ("once", "twice")
    )
    assert {*twice[0]["properties"]} <= {*once[0]["properties"]}


def test_a_column_id_is_kept_beside_the_ids_of_geojson(tmp_path):
    frame = layer(SQUARES, lot=["A", "B", "C"], id=[7, 8, 9])
    nm.export(tmp_path / "out.geojson", layer=frame.set_index("lot"))

    features = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))["features"]
    assert [(one["id"], one["properties"]["id_in_file"]) for one in features] == [
        ("A", 7),
        ("B", 8),
        ("C", 9),
    ]


def test_a_column_id_is_kept_in_kml_and_another_key_is_the_name(tmp_path):
    layer(SQUARES, id=[7, 8, 9], lot=["A", "B", "C"]).to_file(tmp_path / "own.gpkg")
    nm.export(tmp_path / "out.kml", tmp_path / "own.gpkg", key={"own": "lot"})
    nm.export(tmp_path / "ids.kml", "stations")

    back = pyogrio.read_dataframe(tmp_path / "out.kml")
    assert back[["Name", "lot", "id_in_file"]].to_numpy().tolist()[0] == ["A", "A", 7]
    ids = pyogrio.read_dataframe(tmp_path / "ids.kml")["id"]
    assert sorted(ids) == sorted(nm.read_layer(nm.open_catalog(), "stations").index)


def geojson(path, members, **columns):
    """Write GeoJSON with ids of features, and columns."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [114.05 + row / 100, 22.5]},
            "properties": {name: values[row] for name, values in columns.items()},
            **({} if member is None else {"id": member}),
        }
        for row, member in enumerate(members)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("members", "columns", "kept"),
    [
        ([None, None], {"id": [7, 8]}, [7, 8]),
        (["f0", "f1"], {}, ["f0", "f1"]),
        ([70, 71], {}, ["70", "71"]),
        (["L0", "L1"], {}, None),
        ([0, 1], {}, None),
        ([None, None], {}, None),
    ],
)
def test_ids_of_geojson_are_a_column_beside_another_key(tmp_path, members, columns, kept):
    file = geojson(tmp_path / "own.geojson", members, lot=["L0", "L1"], **columns)
    nm.export(tmp_path / "out.csv", file, key={"own": "lot"})

    back = pd.read_csv(tmp_path / "out.csv")
    assert back["lot"].tolist() == ["L0", "L1"]
    assert (back["id"].astype(str).tolist() if "id" in back else None) == (
        kept and list(map(str, kept))
    )


@pytest.mark.filterwarnings("ignore:.*generalised to a grid:nmgeo.Notice")
def test_sums_by_site_id_are_by_the_users_column_in_masked_sites_too(own):
    how = {"key": "lot", "generalise": "100m"}
    rows = nm.sum_by(nm.area(own, **how), "site_id", own, **how)

    assert rows[["site_id", "sites_count"]].to_numpy().tolist() == [["s1", 2], ["s2", 1]]


@pytest.mark.filterwarnings("ignore:.*generalised to a grid:nmgeo.Notice")
def test_a_column_that_is_called_as_such_a_name_is_not_taken_for_it(tmp_path):
    frame = layer(SQUARES, site_id=["A", "B", "C"], site_id_in_file=["s1", "s2", "s1"])
    frame.reset_index(drop=True).to_file(tmp_path / "own.gpkg")
    how = {"sites": tmp_path / "own.gpkg", "generalise": "100m"}
    rows = nm.sum_by(nm.area(**how), "site_id", **how)

    assert rows["site_id"].tolist() == ["A", "B", "C"]


@pytest.mark.parametrize("layer_or_sites", ["layer", "sites"])
def test_names_and_openings_are_kept_as_they_stand_in_the_file(tmp_path, layer_or_sites):
    opens = ["2027-05-01", "soon", None]
    names = {"name": ["old a", "old b", None], "name_en": ["A", "B", "C"]}
    frame = layer(SQUARES, lot=["1", "2", "3"], opens=opens, **names)
    frame.reset_index(drop=True).to_file(tmp_path / "own.gpkg")
    named = {"layer": "own"}.get(layer_or_sites, layer_or_sites)
    own = {layer_or_sites: tmp_path / "own.gpkg", "key": {named: "lot"}}
    nm.export(tmp_path / "out.gpkg", **own)

    back = pyogrio.read_dataframe(tmp_path / "out.gpkg").set_index("lot")
    assert back["opens_in_file"].tolist()[:2] == opens[:2]
    assert back["name_in_file"].tolist()[:2] == ["old a", "old b"]
    assert "name_en_in_file" not in back


@pytest.mark.parametrize("form", ["csv", "gpkg"])
def test_the_table_of_sites_has_openings_as_they_stand_in_the_file(tmp_path, run, form):
    file, out = tmp_path / "own.gpkg", tmp_path / f"out.{form}"
    layer(SQUARES, lot=["1", "2", "3"], opens=["2027-05-01", "soon", None]).to_file(file)
    run("sites", "--sites", str(file), "--key", "lot", "-o", str(out))

    read = {"csv": pd.read_csv, "gpkg": pyogrio.read_dataframe}
    back = read[form](out)
    assert back["opens_in_file"].tolist()[:2] == ["2027-05-01", "soon"]
    assert back["opens"].tolist()[0] == 2027
    assert set(back["basis"]) == {"as_given"}


def test_a_basis_that_is_missing_stays_so_in_an_export(tmp_path):
    layer(SQUARES, lot=["1", "2", "3"], basis=["plan", None, ""]).to_file(tmp_path / "own.gpkg")
    nm.export(tmp_path / "out.gpkg", sites=tmp_path / "own.gpkg", key="lot")

    back = pyogrio.read_dataframe(tmp_path / "out.gpkg")
    assert back["basis"].fillna("none").tolist() == ["plan", "none", ""]


def test_names_are_kept_beside_the_column_that_a_user_calls_the_name(tmp_path):
    frame = layer(SQUARES, title=["x", "y", "z"], name_en=["A", "B", "C"])
    frame.reset_index(drop=True).to_file(tmp_path / "own.gpkg")
    nm.export(tmp_path / "out.gpkg", tmp_path / "own.gpkg", name={"own": "title"})

    back = pyogrio.read_dataframe(tmp_path / "out.gpkg")
    assert back["name_en_in_file"].tolist() == ["A", "B", "C"]


def test_a_wrong_column_is_answered_with_the_names_of_the_file(own):
    with pytest.raises(UsageError, match="use one of lot, area_ha, ppm, site_id, basis"):
        nm.sum_by(nm.area(own, key="lot"), "nope", own, key="lot")
