"""Exports: RFC 7946 GeoJSON and its twin, compared before they are kept."""

import json
import re
import sys

import geopandas as gpd
import pytest
import shapely
from world import bow_tie, layer, multi, points, sites, square, write, write_json

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError, UnknownLayerError, UsageError
from nmgeo.outputs import export

LAYERS = ["sites", "rings", *list(open_catalog().layers)[1:]]
VERBS = {
    "area": nm.area,
    "near": lambda here: nm.near("stations", here),
    "rings": lambda here: nm.rings(["1km"], here),
    "inside": lambda here: nm.inside("sites", here),
    "policy": lambda here: nm.policy(None, here),
    "report": nm.report,
    "document": nm.document,
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Every layer once, and its twin, as text."""
    folder = tmp_path_factory.mktemp("exports")
    pairs = {name: nm.export(folder / f"{name}.geojson", name) for name in LAYERS}
    return {name: list(map(read, pair)) for name, pair in pairs.items()}


def read(path):
    return path.read_text(encoding="utf-8")


def features(path):
    return json.loads(read(path))["features"]


def coordinates(text):
    """Return every coordinate of a GeoJSON file as it is written."""
    shapes = re.findall(r'"coordinates": *(\[.*\]) *}', text)
    return re.findall(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", " ".join(shapes))


def rings_of(text):
    for feature in json.loads(text)["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon":
                yield part


@pytest.mark.parametrize("name", LAYERS)
def test_geojson_names_no_crs_and_its_twin_names_the_grid(written, name):
    plain, twin = map(json.loads, written[name])

    assert "crs" not in plain
    assert twin["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::2326"


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("which", "decimals"), [(0, 7), (1, 2)], ids=["wgs84", "hk80"])
def test_coordinates_are_written_to_the_centimetre(written, name, which, decimals):
    found = coordinates(written[name][which])

    assert len(found) >= 2
    assert max(len(number.partition(".")[2]) for number in found) <= decimals


@pytest.mark.parametrize("name", ["sites", "rings"])
def test_outer_rings_run_counterclockwise_and_inner_ones_clockwise(written, name):
    polygons = list(rings_of(written[name][0]))

    assert all(polygon.exterior.is_ccw for polygon in polygons)
    assert not any(hole.is_ccw for polygon in polygons for hole in polygon.interiors)


@pytest.mark.parametrize("name", LAYERS)
def test_features_are_sorted_by_their_ids(written, name):
    for text in written[name]:
        ids = [feature["id"] for feature in json.loads(text)["features"]]
        assert ids == sorted(set(ids))


@pytest.mark.parametrize("name", LAYERS)
def test_the_file_carries_its_box(written, name):
    document = json.loads(written[name][0])
    frame = gpd.GeoDataFrame.from_features(document["features"])

    assert document["bbox"] == pytest.approx(list(frame.total_bounds), abs=1e-7)


@pytest.mark.parametrize("name", LAYERS)
def test_the_file_carries_the_credits_of_what_is_in_it(written, name):
    drawn_on = {"sites": ["sites", "policies"], "rings": ["sites", "stations", "crossings"]}
    lines = open_catalog().credits_of(drawn_on.get(name, [name]))
    for text in written[name]:
        assert json.loads(text)["description"] == "; ".join(lines)


@pytest.mark.parametrize(
    ("chosen", "shipped"),
    [
        (lambda here: nm.near("wells", here), []),
        (lambda here: nm.near("wells", here, origin="wells"), []),
        (lambda here: nm.near("stations", here), ["stations"]),
        (lambda here: nm.near("sites", here), ["sites"]),
        (lambda _: "wells", []),
        (lambda _: "sites", ["policies"]),
        (lambda _: "rings", ["stations", "crossings"]),
    ],
    ids=["near", "near-origin", "near-stations", "near-sites", "wells", "sites", "rings"],
)
def test_what_the_user_brought_is_not_credited_to_us(tmp_path, ask, chosen, shipped):
    wells = points(w=(3000, 0)).assign(site_id="a")
    here = ask(sites(a=square(2000, 0, 100)).drop(columns="site_id"), wells=wells)
    lines = ["Sites: the author's own data"] * bool(shipped) + list(here.credits_of(shipped))
    for path in nm.export(tmp_path / "out.geojson", chosen(here), here):
        assert json.loads(read(path)).get("description", "") == "; ".join(lines)


def test_both_files_hold_the_same_outlines(written):
    plain, twin = (gpd.read_file(text.encode()) for text in written["sites"])

    assert plain.to_crs(2326).hausdorff_distance(twin.geometry).max() < 0.02


def test_exported_sites_carry_what_was_measured_to_the_square_metre(written):
    rows = [feature["properties"] for feature in json.loads(written["sites"][0])["features"]]

    measured = nm.area()["area_ha"].tolist()
    assert [row["area_ha"] for row in rows] == pytest.approx(measured, abs=1e-4)
    held = {policy["id"]: policy for policy in rows[-1]["policies"]}
    assert held["sandy_ridge_tender"]["status"] == "closed"
    assert held["sandy_ridge_tender"]["source_url"].startswith("http")
    assert f"{held['sandy_ridge_tender']['name']} (closed, 2026-03-02)" in rows[-1]["policies_text"]


def test_the_same_layer_gives_the_same_bytes(tmp_path, written):
    again = nm.export(tmp_path / "sites.geojson")

    assert list(map(read, again)) == written["sites"]


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
@pytest.mark.filterwarnings("ignore:the overlap of .* is undecided:nmgeo.errors.Notice")
@pytest.mark.parametrize("verb", VERBS)
def test_an_export_can_be_asked_about_in_its_turn(tmp_path, written, verb):
    (tmp_path / "sites.geojson").write_text(written["sites"][0], encoding="utf-8")
    rows = VERBS[verb](open_catalog(sites=tmp_path / "sites.geojson"))

    assert len(rows) > 0


def test_a_users_own_figure_does_not_pass_for_a_measured_one(tmp_path):
    lots = sites(a=square(2000, 0, 100)).assign(area_ha=777.0)
    here = open_catalog(sites=write(lots, tmp_path / "lots.geojson"))
    path, _ = nm.export(tmp_path / "out.geojson", "sites", here)

    row = features(path)[0]["properties"]
    assert row["area_ha"] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("end", [".geojson", ".gpkg"])
def test_credits_are_in_the_language_that_was_asked_for(tmp_path, end):
    for path in nm.export(tmp_path / f"out{end}", "stations", lang="tc"):
        assert "點由 nmgeo 貢獻者據開放地圖數據".encode() in path.read_bytes()


@pytest.mark.parametrize("end", [".geojson", ".gpkg", ".csv"])
def test_what_a_users_file_does_not_say_has_no_column(tmp_path, end):
    lots = sites(a=square(2000, 0, 100)).assign(owner="Li", tenant=None)
    here = open_catalog(sites=write(lots, tmp_path / "lots.gpkg"))
    (path, *_) = nm.export(tmp_path / f"out{end}", "sites", here)

    found = set(gpd.read_file(path).columns)
    assert not found & {"status", "opens", "method", "published_area_ha", "low_ha"}
    assert {"id", "owner", "area_ha"} <= found
    assert "tenant" in found or end == ".geojson"  # it is the user's
    assert not found & {"name", "name_en", "name_tc"}  # which are but the id


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
@pytest.mark.parametrize("end", [".csv", ".gpkg", ".geojson"])
@pytest.mark.parametrize("name", ["sites", "lots"])
def test_the_column_of_ids_keeps_its_name(tmp_path, end, name):
    lots = sites(x=square(0, 0, 100)).assign(lot="a")[["lot", "geometry"]]
    file = tmp_path / f"o{end}"
    key = {"sites": "lot", "lots": "lot"}
    nm.export(file, name, catalog=nm.open_catalog(sites=lots, layers={"lots": lots}, key=key))

    found = gpd.read_file(file)
    assert found["lot"].tolist() == ["a"]
    assert "id" not in found or end == ".geojson"  # where each feature has an id


def test_a_name_that_is_the_id_of_its_feature_is_kept_where_another_name_is_stated(tmp_path):
    lots = sites(a=square(2000, 0, 100)).assign(name_en="Lot", name_tc="a")
    here = open_catalog(layers={"lots": write(lots, tmp_path / "lots.gpkg")}, key={"lots": "id"})
    nm.export(tmp_path / "out.gpkg", "lots", here)

    assert gpd.read_file(tmp_path / "out.gpkg")["name_tc"].tolist() == ["a"]


@pytest.mark.parametrize(
    "columns",
    [
        {"note": '{"a": 1}'},
        {"note": '["x"]'},
        {"surveyed": "2026/02/04"},
        {"surveyed": "2026-02-04T10:00:00Z"},
        {"shape": "round"},
        {"note": "=1+1 <b> 河套 \U0001f3d9 \u2028"},
        {"plots": 2**53},
        {"share": 0.000012},
        {"built": True},
        {"policies": "mine"},
    ],
    ids=str,
)
def test_any_attribute_of_a_users_file_is_exported_as_it_is(tmp_path, columns):
    file = write_json(tmp_path / "lots.geojson", [(square(0, 0, 100), "a", columns)])
    here = open_catalog(layers={"lots": file})
    path, _ = nm.export(tmp_path / "out.geojson", "lots", here)

    row = features(path)[0]["properties"]
    assert {name: row[name] for name in columns} == columns


def test_multipolygons_holes_and_repaired_polygons_are_exported(tmp_path):
    holed = square(0, 0, 300).difference(square(100, 100, 100))
    shapes = layer({"m": multi(square(1000, 0, 50), holed), "t": bow_tie(2000, 0, 100)})
    here = open_catalog(layers={"lots": write(shapes, tmp_path / "lots.geojson")})
    with pytest.warns(nm.Notice, match="repaired 1 invalid geometry in feature t"):
        _, twin = nm.export(tmp_path / "out.geojson", "lots", here)

    areas = gpd.read_file(twin).area.tolist()
    assert areas == pytest.approx([50**2 + 300**2 - 100**2, 100**2 / 2], rel=1e-3)


WRITE = export._write  # noqa: SLF001
DAMAGE = {
    "a feature is lost": lambda f: f.iloc[:-1],
    "an outline is moved by 5 cm": lambda f: f.set_geometry(
        f.translate(*([0.05] * 2 if f.crs.is_projected else [5e-7] * 2))
    ),
    "an attribute is changed": lambda f: f.assign(name="somebody else's"),
    "an attribute is lost": lambda f: f.drop(columns="name"),
    "two ids change places": lambda f: f.assign(id=f["id"].iloc[::-1].to_numpy()),
    "the system is another": lambda f: f.set_crs(3857, allow_override=True),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_draft_that_does_not_read_back_is_refused(tmp_path, monkeypatch, damage, overwrite):
    def damaged(draft, name, frame, options):
        return WRITE(draft, name, DAMAGE[damage](frame), options)

    monkeypatch.setattr(export, "_write", damaged)
    if overwrite:
        (tmp_path / "out.geojson").write_text("as it was", encoding="utf-8")
    with pytest.raises(ExportError, match=r"out.*do not read back"):
        nm.export(tmp_path / "out.geojson", "stations", overwrite=overwrite)

    left = {path.name: read(path) for path in tmp_path.iterdir()}
    assert left == ({"out.geojson": "as it was"} if overwrite else {})


@pytest.mark.parametrize("there", ["out.geojson", "out.hk80.geojson"])
def test_nothing_is_replaced_unasked(tmp_path, there):
    (tmp_path / there).write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"is there already.*overwrite=True"):
        nm.export(tmp_path / "out.geojson", "stations")

    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert read(tmp_path / there) == "mine"


def test_files_are_replaced_on_demand(tmp_path):
    (tmp_path / "out.geojson").write_text("mine", encoding="utf-8")
    path, _ = nm.export(tmp_path / "out.geojson", "wetlands", overwrite=True)

    assert json.loads(read(path))["name"] == "wetlands"


def test_a_name_that_is_no_geojson_is_refused(tmp_path):
    with pytest.raises(UsageError, match="unknown file extension"):
        nm.export(tmp_path / "out.shp")


def test_an_unknown_layer_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UnknownLayerError, match="layer 'station'"):
        nm.export(tmp_path / "deep" / "out.geojson", "station")

    assert list(tmp_path.iterdir()) == []


def test_a_ring_has_an_id_of_its_own_for_each_outline_of_a_users_file(tmp_path):
    lots = sites(a=square(2000, 0, 100), b=square(2500, 0, 100)).assign(site_id="one")
    here = open_catalog(sites=write(lots, tmp_path / "lots.geojson"))
    path, _ = nm.export(tmp_path / "out.geojson", "rings", here)

    ids = [f["id"] for f in features(path)]
    assert len(set(ids)) == len(ids) == 4


def test_a_users_points_are_exported_with_their_ids(tmp_path):
    here = open_catalog(layers={"wells": write(points(b=(0, 0), a=(9, 9)), tmp_path / "w.geojson")})
    path, _ = nm.export(tmp_path / "out.geojson", "wells", here)

    assert [f["id"] for f in features(path)] == ["a", "b"]


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
@pytest.mark.parametrize("asked", ["sites", "rings", "frame", "file", "layer of the catalog"])
def test_sites_and_layers_to_export_may_be_frames_and_files(tmp_path, asked):
    lots = layer({"a": square(0, 0, 100), "b": square(200, 0, 100)}, name=["A", "B"])
    path = tmp_path / "lots.geojson"
    write(lots, path)
    ways = {
        "sites": {"sites": lots},
        "rings": {"layer": "rings", "sites": lots, "at": 500},
        "frame": {"layer": lots.to_crs(4326)},
        "file": {"layer": path},
        "layer of the catalog": {"layer": "lots", "catalog": open_catalog(layers={"lots": lots})},
    }

    nm.export(tmp_path / "o.geojson", **ways[asked])
    found = features(tmp_path / "o.geojson")
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in found]
    back = gpd.GeoSeries(shapes, crs=4326).to_crs(2326)

    ring_m2 = shapely.area(shapely.buffer(square(0, 0, 100), 500, quad_segs=64))
    expected_m2 = ring_m2 if asked == "rings" else 10_000
    assert [feature["id"].split(":")[0] for feature in found] == ["a", "b"]
    assert list(back.area) == pytest.approx([expected_m2] * 2, rel=0.002)


@pytest.mark.filterwarnings("ignore:column")  # is cut in a Shapefile
@pytest.mark.parametrize("suffix", [".geojson", ".fgb", ".gpkg", ".shp.zip", ".kml", ".parquet"])
def test_a_full_disk_is_named_whatever_the_library_says(tmp_path, monkeypatch, suffix):
    resource = pytest.importorskip("resource")  # of POSIX
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # half a module would stay on disk
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))  # as a disk with little room
    try:
        with pytest.raises(ExportError, match=r"cannot be written \(File too large\)"):
            nm.export(tmp_path / f"a{suffix}", "ponds")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(tmp_path.iterdir()) == []


def test_a_layer_is_dissolved_by_the_classes_of_its_columns(tmp_path):
    zones = {"a": square(0, 0, 100), "b": square(50, 0, 100), "c": square(900, 0, 100)}
    zones = layer(zones, plan=["P1", "P1", "P2"], use=["farm", "farm", None])
    here = open_catalog(layers={"zones": write(zones, tmp_path / "zones.geojson")})

    nm.export(tmp_path / "out.gpkg", "zones:plan,use", here)
    found = gpd.read_file(tmp_path / "out.gpkg")
    assert found["plan"].tolist() == ["P1", "P2"]
    assert found["features_count"].tolist() == [2, 1]
    assert found["area_ha"].tolist() == pytest.approx([1.5, 1.0], rel=1e-6)
    assert found.to_crs(2326).area.tolist() == pytest.approx([15_000, 10_000], rel=1e-4)
    with pytest.raises(UsageError, match="has no such column"):
        nm.export(tmp_path / "other.gpkg", "zones:nope", here)


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_a_last_decimal_after_five_zeros_is_no_noise(tmp_path):
    """GDAL would write 114.1 for 114.1000004, which is 4 cm away."""
    corners = [(114.1000004, 22.5), (114.1000304, 22.5), (114.1000304, 22.5000304)]
    lots = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Polygon(corners)], crs=4326)
    lots.to_file(tmp_path / "lots.gpkg")
    nm.export(tmp_path / "out.geojson", "sites", sites=tmp_path / "lots.gpkg", key="id")

    assert "114.1000004" in (tmp_path / "out.geojson").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "sites"),
        (["sites"], "sites"),
        (["Stations"], "stations"),
        (["lots.geojson"], "lots"),
        (["zones:use", "--layer", "zones=lots.geojson"], "zones"),
    ],
)
def test_a_file_that_is_not_named_is_called_as_the_layer(run, tmp_path, monkeypatch, words, name):
    monkeypatch.chdir(tmp_path)
    write(sites(a=square(0, 0, 100)).assign(use="pond"), "lots.geojson")
    done = run("export", *words)

    assert done.exit_code == 0, done.stderr
    found = sorted(one.name for one in (tmp_path / "maps").iterdir())
    assert found == [f"{name}.geojson", f"{name}.hk80.geojson"]
