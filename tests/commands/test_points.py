"""Sites that are points or lines: they have distances and rings, and a blank for an area."""

import csv
import json
from functools import partial

import pytest
from world import line, point, sites, square, write, write_csv

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import LayerError, Notice


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Bring a well, a road and a lot."""
    lots = sites(well=point(2000, 0), road=line((2000, 0), (2500, 0)), lot=square(2000, 0, 100))
    return open_catalog(sites=write(lots, tmp_path_factory.mktemp("points") / "lots.geojson"))


LEFT = r"left blank: 2 features, LineString, Point \(feature well, road\)"


def test_area_measures_the_polygons_and_leaves_them_blank(here):
    with pytest.warns(Notice, match=LEFT):
        rows = nm.area(here)

    assert rows["site_id"].tolist() == ["well", "road", "lot"]
    assert rows["area_ha"].isna().tolist() == [True, True, False]
    assert rows[["low_ha", "high_ha"]].iloc[:2].isna().all(axis=None)


@pytest.mark.parametrize("layer", ["zones", "zones:name_en"])
def test_inside_measures_the_polygons_and_leaves_them_blank(here, layer):
    zones = sites(zone=square(1000, 0, 3000)).assign(name_en="Zone")
    both = open_catalog(sites=here.own_sites.path, layers={"zones": zones})
    with pytest.warns(Notice, match=LEFT):
        rows = nm.inside(layer, both)

    assert rows["site_id"].unique().tolist() == ["well", "road", "lot"]
    assert rows["inside_ha"].isna().tolist()[:3] == [True, True, False]
    assert rows.geometry.notna().all()


@pytest.fixture(scope="module")
def hollow(tmp_path_factory):
    """Bring two lots, and between them one without geometry."""
    lots = sites(near=square(2000, 0, 100), hollow=None, far=square(2500, 0, 100))
    zones = sites(zone=square(1000, 0, 3000))
    file = write(lots, tmp_path_factory.mktemp("hollow") / "lots.geojson")
    return open_catalog(sites=file, layers={"zones": zones})


KEPT = {
    "area": (nm.area, "area_ha"),
    "near": (partial(nm.near, layer="zones"), "nearest_m"),
    "near sorted": (partial(nm.near, layer="zones", nearest_first=True, k=1), "nearest_m"),
    "rings": (partial(nm.rings, at="100m"), "area_ha"),
    "counted": (partial(nm.rings, at="100m", counts_only=True), "stations_count"),
    "inside": (partial(nm.inside, layer="zones"), "inside_ha"),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_site_without_geometry_keeps_its_row(hollow, name):
    command, column = KEPT[name]
    with pytest.warns(Notice, match=r"left blank: 1 feature.*\(feature hollow\)"):
        rows = command(catalog=hollow).set_index("site_id")

    assert rows.index[rows[column].isna()].tolist() == ["hollow"]
    assert len(rows) == 3
    assert rows.loc["hollow", "basis"] == "whole"
    assert "nan" not in rows.loc["hollow"].dropna().astype(str).tolist()


SHOWN = [
    ("area",),
    ("near", "stations"),
    ("near", "stations", "--in", "2034", "--k", "2"),
    ("rings", "--at", "100m"),
    ("inside", "ponds"),
    ("inside", "zones:name_en"),
    ("zoning",),
]


@pytest.mark.parametrize("lang", ["en", "tc"])
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_a_reader_sees_no_nan_for_it(run, hollow, tmp_path, words, lang):
    zones = sites(zone=square(1000, 0, 3000)).assign(name_en="Zone", ZONE_LABEL="R(A)")
    layer = f"zones={write(zones, tmp_path / 'zones.gpkg')}"
    given = ["--sites", hollow.own_sites.path, "--lang", lang, "--format", "table"]
    used = words[0] in ("rings", "zoning") or "zones:name_en" in words
    done = run(*words, *given, *(["--layer", layer] if used else []))

    assert done.exit_code == 0, done.output
    assert "hollow" in done.stdout
    assert "nan" not in done.stdout.lower()


def test_one_ring_round_all_sites_leaves_it_out(hollow):
    with pytest.warns(Notice, match="no geometry, left blank"):
        assert nm.rings("100m", hollow, dissolve=True)["site_id"].tolist() == ["all"]


def test_sites_that_have_no_geometry_at_all_are_refused(hollow):
    with pytest.raises(LayerError, match="feature hollow: no geometry"):
        nm.near("zones", hollow, site="hollow")


OF_LAND = {
    "receipt": nm.receipt,
    "constraints": partial(nm.constraints, ["zones"]),
    "strip": partial(nm.strip, "boundary", "100m"),
}


@pytest.mark.parametrize("name", OF_LAND)
def test_other_measures_of_land_leave_them_out(here, name):
    zones = sites(zone=square(1000, 0, 3000)).assign(name_en="Zone")
    both = open_catalog(sites=here.own_sites.path, layers={"zones": zones})
    with pytest.warns(Notice, match=r"left out: 2 features, LineString, Point \(feature well, r"):
        rows = OF_LAND[name](catalog=both)

    named = set(rows["site_id"].dropna())  # the strip that lies in no site has none
    assert named == {"lot"}


def test_zoning_keeps_their_rows_without_measures(here):
    zones = sites(zone=square(1000, 0, 3000)).assign(name_en="Zone")
    both = open_catalog(sites=here.own_sites.path, layers={"zones": zones})
    with pytest.warns(Notice, match=r"left blank: 2 features, LineString, Point \(feature well, r"):
        rows = nm.zoning(layer="zones:name_en", catalog=both)

    assert set(rows.loc[rows["inside_ha"].isna(), "site_id"]) == {"well", "road"}


def test_an_audit_leaves_them_out(here, tmp_path):
    said = write_csv(tmp_path / "said.csv", ["site_id", "area_ha"], ["lot", 1])
    with pytest.warns(Notice, match=r"left out: 2 features, LineString, Point \(feature well, r"):
        rows = nm.audit(catalog=here, claims=said)

    assert rows["result"].tolist() == ["agrees"]


def test_where_no_site_has_an_area_all_refuse():
    flat = open_catalog(sites=sites(well=point(0, 0)))
    for measure in (nm.area, partial(nm.inside, "ponds"), nm.constraints, nm.receipt):
        with pytest.raises(LayerError, match="feature well: Point has no area"):
            measure(catalog=flat)


def test_a_report_has_blank_areas_for_them(here):
    rows = nm.report(here).query("item == 'area_ha'").set_index("site_id")

    assert rows["value"].isna().to_dict() == {"well": True, "road": True, "lot": False}


def test_a_document_has_a_part_for_each(here):
    text = nm.document(here)

    assert all(f"\n## {name}\n" in text for name in ("well", "road", "lot"))


def test_an_export_has_no_area_for_them(here, tmp_path):
    path, _ = nm.export(tmp_path / "out.geojson", "sites", here)

    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    found = {f["id"]: f["properties"].get("area_ha") for f in features}
    assert found == {"well": None, "road": None, "lot": pytest.approx(1.0, abs=1e-4)}


def test_an_export_of_nothing_but_points_is_written(tmp_path):
    file = write(sites(a=point(2000, 0)), tmp_path / "wells.geojson")
    path, _ = nm.export(tmp_path / "out.geojson", "sites", open_catalog(sites=file))

    (feature,) = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert feature["properties"].get("area_ha") is None


def test_an_atlas_has_blank_areas_for_them(here, tmp_path):
    nm.atlas(tmp_path, here)

    rows = csv.DictReader((tmp_path / "sites.csv").read_text(encoding="utf-8").splitlines())
    assert {row["site_id"]: row["area_ha"] for row in rows} == {
        "well": "",
        "road": "",
        "lot": "1.00",
    }


def test_a_map_of_them_is_written(here, tmp_path):
    assert nm.map(tmp_path / "map.html", here).is_file()
