"""The pack: QGIS opens its project, GDAL its layers, and the same input gives the same bytes."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import fiona
import geopandas as gpd
import pyogrio
import pytest
import shapely
from programs import need, need_answer

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError
from nmgeo.files import sha256
from nmgeo.formats.geopackage import add_field_titles, add_styles
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.citations import credits_in
from nmgeo.outputs.map_styles import BASE, LAYERS, style_of
from nmgeo.outputs.map_zooms import (
    HILLS_FROM,
    LARGE_POND_HA,
    MERGED_MM,
    NAMED_FEW,
    NAMED_MOST,
    NAMES_FROM,
    PIXEL_MM,
    PLACES_FROM,
    ROADS_FROM,
    SMALL_PONDS_FROM,
    SMALL_SITE_MM,
    SYMBOLS_FROM,
    scale_of,
    symbol_mm,
)
from nmgeo.outputs.pack import pack_files
from nmgeo.outputs.pack.qgis_style import qml
from nmgeo.outputs.pack.styled import Styled
from nmgeo.outputs.site_symbology import coloured_layers, styles_of
from nmgeo.outputs.web.page_data import build_page_data

TABLES = ["instruments", "site_policies", "claims", "fields", "credits"]
LOOK = """
import json, sys
from qgis.core import *
from qgis.PyQt.QtCore import QSize
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
told = {"read": project.read(sys.argv[1]), "title": project.title(), "crs": project.crs().authid()}
layers = [node.layer() for node in project.layerTreeRoot().findLayers()]
told["layers"] = {
    layer.dataProvider().uri().uri().partition("layername=")[2].strip("'"): {
        "title": layer.name(),
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "renderer": type(layer.renderer()).__name__,
        "labels": layer.labelsEnabled(),
        "categories": [one.value() for one in layer.renderer().categories()]
        if isinstance(layer.renderer(), QgsCategorizedSymbolRenderer) else [],
        "colours": {
            one.value(): [one.symbol().color().name(), [
                part.layerType() for part in one.symbol().symbolLayers()]]
            for one in layer.renderer().categories()
        } if isinstance(layer.renderer(), QgsCategorizedSymbolRenderer) else {},
        "shown": project.layerTreeRoot().findLayer(layer).itemVisibilityChecked(),
        "aliases": [layer.attributeAlias(n) for n in range(layer.fields().count())],
    }
    for layer in layers
}
told["relations"] = {r.name(): r.isValid() for r in project.relationManager().relations().values()}
sites = next(one for one in layers if one.name() == project.mapLayer("nmgeo_layer_sites").name())
context, drawn = QgsRenderContext(), []
for feature in sites.getFeatures():
    context.expressionContext().setFeature(feature)
    sites.renderer().startRender(context, sites.fields())
    symbol = sites.renderer().symbolForFeature(feature, context)
    last = symbol.symbolLayer(symbol.symbolLayerCount() - 1)
    drawn.append(last.color().name())
    sites.renderer().stopRender(context)
told["seen"] = drawn
told["named"], told["from"] = {}, {}
for layer in layers:
    if layer.labelsEnabled() and layer.labeling():
        said, context = layer.labeling().settings(), QgsExpressionContext()
        written = QgsExpression(said.fieldName)
        first = next(layer.getFeatures())
        context.setFields(layer.fields())
        context.setFeature(first)
        name = layer.id().removeprefix("nmgeo_layer_")
        told["named"][name] = written.evaluate(context)
        symbols = layer.minimumScale() if layer.hasScaleBasedVisibility() else None
        told["from"][name] = [symbols, said.minimumScale if said.scaleVisibility else None]
def asked(layer, text, feature, scale=1000):
    context, scope = QgsExpressionContext(), QgsExpressionContextScope()
    scope.setVariable("map_scale", scale)
    context.appendScope(scope)
    context.setFields(layer.fields())
    context.setFeature(feature)
    return QgsExpression(text).evaluate(context)
def layer_of(name):
    return project.mapLayer("nmgeo_layer_" + name)
def label_of(layer):
    return layer.labeling().settings()
def shown_of(layer):
    settings = label_of(layer)  # kept, since its properties are its own
    return settings.dataDefinedProperties().property(QgsPalLayerSettings.Show).expressionString()
told["texts"], told["places"], told["merged"], told["hills"] = {}, {}, {}, []
for name in ("hills", "place_names", "stations"):
    layer = layer_of(name)
    if layer is not None and layer.labelsEnabled():
        told["texts"][name] = [
            asked(layer, label_of(layer).fieldName, one) for one in layer.getFeatures()]
places = layer_of("place_names")
for feature in places.getFeatures():
    told["places"][feature["kind"]] = [
        bool(asked(places, shown_of(places), feature, scale))
        for scale in (30000, 100000, 1000000)
    ]
hills = layer_of("hills")
told["hills"] = [
    sum(bool(asked(hills, shown_of(hills), one, scale)) for one in hills.getFeatures())
    for scale in (10000, 30000, 100000, 200000)
]
crossings = layer_of("crossings")
looks = crossings.renderer().categories()
mark = looks[0].symbol().symbolLayer(0).dataDefinedProperties()
for feature in crossings.getFeatures():
    told["merged"][feature["feature_id"]] = [
        [bool(asked(crossings, shown_of(crossings), feature, scale)),
         *(asked(crossings, mark.property(one).expressionString(), feature, scale)
           for one in (QgsSymbolLayer.PropertySize, QgsSymbolLayer.PropertyOffset))]
        for scale in (5000, 60000)
    ]
alone = QgsVectorLayer(project.homePath() + "/nmgeo.gpkg|layername=sites", "alone", "ogr")
told["alone"] = [type(alone.renderer()).__name__, alone.labelsEnabled()]
settings = QgsMapSettings()
settings.setLayers([layer for layer in layers if layer.isSpatial()])
settings.setOutputSize(QSize(400, 300))
settings.setDestinationCrs(project.crs())
settings.setExtent(alone.extent())
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
told["colours"] = len({image.pixel(x, y) for x in range(0, 400, 4) for y in range(0, 300, 4)})
print("TOLD" + json.dumps(told))
app.exitQgis()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a pack in Traditional Chinese."""
    out = tmp_path_factory.mktemp("pack") / "pack"
    nm.pack(out, lang="tc")
    return out


@pytest.fixture(scope="module")
def opened(folder):
    """Open the project in QGIS, and return what it says of it."""
    return asked_in_qgis(folder / "nmgeo.qgs")


def asked_in_qgis(project):
    need("qgis", "qgis")
    here = {"QT_QPA_PLATFORM": "offscreen"}
    python = "/usr/bin/python3"
    need_answer("python3-qgis", [python, "-c", "import qgis.core"], **here)
    words = [python, "-c", LOOK, project]
    done = subprocess.run(words, env=os.environ | here, capture_output=True, text=True, timeout=120)
    assert "TOLD" in done.stdout, done.stderr
    return json.loads(done.stdout.partition("TOLD")[2].splitlines()[0])


def test_qgis_opens_the_project_with_styled_layers(opened):
    layers = opened["layers"]

    assert opened["read"]
    assert opened["crs"] == "EPSG:2326"
    assert set(layers) == {*LAYERS, *BASE, *TABLES}
    assert all(layer["valid"] for layer in layers.values())
    assert {layers[name]["crs"] for name in LAYERS} == {"EPSG:2326"}
    assert layers["sites"]["renderer"] == "QgsCategorizedSymbolRenderer"
    assert layers["sites"]["labels"]
    for name in ("stations", "railways"):
        assert layers[name]["categories"] == ["open_in_year", "not_open", ""]
    assert layers["crossings"]["categories"] == ["open_in_year", "undated", ""]
    assert layers["stations"]["title"] == "鐵路車站"
    assert "Area (ha) · 面積 (公頃)" in layers["sites"]["aliases"]


def test_qgis_shows_sites_as_the_page_does(opened):
    """Colours by site, hatches by certainty, other outlines of a site as thin lines alone."""
    page = build_page_data(build_atlas(lang="tc"))
    looks, main = opened["layers"]["sites"]["colours"], set()
    for site in page["sites"]:
        other = " other" if site["site"] in main else ""
        hatch, status = site["pattern"].partition("-")[0], site["geometry_status"]
        _, parts = looks[f"{site['colour']} {hatch} {status}{other}"]
        expected = {"digitised": 0, "indicative": 1, "schematic": 2}[status]
        assert hatch == {0: "", 1: "fine_lines", 2: "fine_cross"}[expected]
        assert parts.count("LinePatternFill") == (0 if other else expected), site["id"]
        main.add(site["site"])
    assert opened["seen"] == [site["colour"] for site in page["sites"]]
    assert not any(opened["layers"][name]["shown"] for name in ("rings", "links"))
    assert opened["layers"]["stations"]["shown"]


def test_qgis_names_sites_and_places_as_the_page_does(opened):
    *names, figures = opened["named"]["sites"].split("\n")

    assert len(names) == 2
    assert figures == "87 公頃 · 描繪 ±50 米"
    assert opened["from"]["sites"] == [None, None]
    for name in set(SYMBOLS_FROM) & set(LAYERS):
        assert opened["from"][name] == [scale_of(SYMBOLS_FROM[name]), scale_of(NAMES_FROM[name])]
    assert opened["places"] == {
        "village": [True, False, False],
        "shenzhen_place": [True, False, False],
        "country_park": [True, False, False],
        "district": [True, True, False],
        "town": [True, True, True],
    }


def test_qgis_writes_heights_years_and_second_names_as_the_page_does(opened):
    texts = opened["texts"]

    assert "大帽山 957" in texts["hills"]
    assert "大埔 Tai Po" in texts["place_names"]
    assert "錦上路" in texts["stations"]
    assert "洲頭 · 2034" in texts["stations"]
    assert not any(" · " in one for one in texts["place_names"])
    fewer = opened["hills"]
    assert fewer == sorted(fewer, reverse=True)
    assert fewer[-1] == 0 < fewer[-2]


def test_qgis_draws_a_control_point_round_the_station_beside_it(opened):
    near, far = opened["merged"]["bcp_lw"]

    assert near == [True, pytest.approx(4, abs=0.2), "0,0"]
    assert not far[0]
    assert far[1] > near[1]
    assert max(map(abs, map(float, far[2].split(",")))) > 10
    assert all(one == [True, one[1], "0,0"] for one in opened["merged"]["bcp_hyw"])


def test_zooms_are_those_of_the_page():
    folder = Path(nm.__file__).parent / "page"
    scripts = "".join((folder / name).read_text() for name in ("map.js", "base_map.js"))
    for kind, zoom in PLACES_FROM.items():
        assert re.search(rf"\b{kind}: \[[^]]*, {zoom}\]", scripts), kind
    for name, zoom in SYMBOLS_FROM.items():
        pattern = (
            rf"FIRST_ZOOM = .*\b{name}: {zoom}\b"
            if name in LAYERS
            else rf'zoom >= {zoom}\) {{ outline\("{name}"'
        )
        assert re.search(pattern, scripts), name
    for name, zoom in NAMES_FROM.items():
        assert re.search(rf"\b{name}: \[[^]]*, {zoom}\]", scripts), name
    for name, zoom in ROADS_FROM.items():
        assert f'["{name}", {zoom}, ' in scripts
    for zoom, height in HILLS_FROM[1:]:
        assert f"(zoom >= {zoom} && layer.heights[f] > {height})" in scripts
    assert f"zoom >= {SMALL_PONDS_FROM} || " in scripts
    assert f"layer.hectares[f] >= {LARGE_POND_HA};" in scripts
    for words, pixels in ((r"MERGED = {};", MERGED_MM), ("SMALL = {};", SMALL_SITE_MM)):
        assert words.format(round(pixels / PIXEL_MM)) in scripts
    assert "zoom < 11 ? 3.5 : zoom < 12 ? 4.5 : zoom < 13 ? 5.5 : 6) + (path.merged ? 4" in scripts
    sizes = [symbol_mm(zoom) / PIXEL_MM / 2 for zoom in (10.9, 11, 12, 13)]
    assert sizes == pytest.approx([3.5, 4.5, 5.5, 6])
    assert f"MANY = {NAMED_MOST};" in scripts
    assert f"FEW = {NAMED_FEW};" in scripts


def test_qgis_relates_the_tables_and_draws_the_map(opened):
    assert opened["relations"] == {
        "claims_of_sites": True,
        "site_policies_of_sites": True,
        "site_policies_of_instruments": True,
    }
    assert opened["colours"] > 20


def test_qgis_finds_the_style_inside_the_geopackage(opened):
    assert opened["alone"] == ["QgsCategorizedSymbolRenderer", True]


def test_ogrinfo_reads_every_layer(folder):
    ogrinfo = need("gdal-bin", "ogrinfo")
    done = subprocess.run(
        [ogrinfo, "-ro", "-so", "-al", folder / "nmgeo.gpkg"], capture_output=True, text=True
    )
    names = {line.partition(": ")[2] for line in done.stdout.splitlines() if "Layer name" in line}

    assert names >= {*LAYERS, *BASE, *TABLES}
    assert "ERROR" not in done.stderr


def test_layers_hold_what_was_measured(folder):
    file = folder / "nmgeo.gpkg"
    sites, area = gpd.read_file(file, layer="sites"), nm.area()

    assert sites.crs.to_epsg() == 2326
    assert (sites.area / 1e4).to_numpy() == pytest.approx(area["area_ha"].to_numpy(), abs=1e-4)
    assert set(gpd.read_file(file, layer="claims")["subject"]) <= set(sites["site_id"])
    linked = gpd.read_file(file, layer="site_policies")["policy_id"]
    assert set(linked) <= set(gpd.read_file(file, layer="instruments")["policy_id"])
    catalog = nm.open_catalog()
    assert gpd.read_file(file, layer="credits")["credit"].tolist() == credits_in(
        catalog.credits, catalog, "tc"
    )


def test_fields_have_titles_and_meanings_in_both_languages(folder):
    with sqlite3.connect(folder / "nmgeo.gpkg") as base:
        rows = base.execute(
            "SELECT title, description FROM gpkg_data_columns "
            "WHERE table_name = 'sites' AND column_name = 'area_ha'"
        ).fetchall()

    assert rows == [
        (
            "Area (ha) · 面積 (公頃)",
            "Area on the Hong Kong 1980 Grid, in hectares. 按香港1980方格網計算的面積，以公頃計。",
        )
    ]


def test_the_manifest_knows_every_file(folder):
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    there.pop("manifest.json")

    assert told == {name: sha256(path) for name, path in there.items()}
    assert {f"geojson/sites{end}" for end in (".geojson", ".hk80.geojson")} <= set(told)


def test_a_zip_holds_the_same_bytes(folder, tmp_path, run):
    done = run("pack", tmp_path / "pack.zip", "--lang", "tc")
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}

    assert done.exit_code == 0
    assert files == {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_an_existing_file_is_kept(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "nmgeo.gpkg").write_text("mine")
    with pytest.raises(ExportError, match=r"nmgeo\.gpkg: is there already"):
        nm.pack(tmp_path / "pack")

    assert [p.name for p in (tmp_path / "pack").rglob("*") if p.is_file()] == ["nmgeo.gpkg"]
    assert (tmp_path / "pack" / "nmgeo.gpkg").read_text() == "mine"


@pytest.mark.parametrize(("out", "there"), [("p.zip", "p.zip"), ("p", "p/nmgeo.gpkg")])
def test_nothing_is_measured_for_a_pack_that_is_there(out, there, tmp_path, monkeypatch):
    monkeypatch.setattr(pack_files, "build_atlas", None)
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")

    with pytest.raises(ExportError, match="is there already"):
        nm.pack(tmp_path / out)


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_a_layer_of_hostile_names_and_mixed_kinds_is_packed(tmp_path, ask):
    lot = shapely.box(820_000, 833_000, 820_100, 833_100)
    mine = gpd.GeoDataFrame(
        {"site_id": ["a"], "<b>&'\"": ["新田 <script>"], "select": [1]}, geometry=[lot], crs=2326
    )
    mixed = gpd.GeoDataFrame(
        {"name": ["x", "y", None]}, geometry=[lot, lot.centroid, lot.exterior], crs=2326
    )
    nm.pack(tmp_path / "p", ask(mine, **{"my layer": mixed}))
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "p" / "nmgeo.gpkg")}
    root = ET.parse(tmp_path / "p" / "nmgeo.qgs").getroot()  # noqa: S314 - our own

    assert {f"my layer_{kind}" for kind in ("polygon", "linestring", "point")} <= layers
    assert len(root.findall(".//maplayer")) >= len(layers) - 1
    with fiona.open(tmp_path / "p" / "nmgeo.gpkg", layer="sites") as file:
        assert next(iter(file)).properties["<b>&'\""] == "新田 <script>"


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_qgis_opens_layers_of_hostile_names(tmp_path):
    """The project was not well-formed with a quote in a name; GDAL refused a mark at its start."""
    x, y = 820_000, 833_000
    lots = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(x, y, x + 90, y + 90)], crs=2326)
    names = ["<i>|'\"&", "a/b", "a'b\"c", "zones.1"]
    nm.pack(tmp_path / "p", open_catalog(layers=dict.fromkeys(names, lots)))
    nm.export(tmp_path / "a.gpkg", names[0], open_catalog(layers={names[0]: lots}))
    told = asked_in_qgis(tmp_path / "p" / "nmgeo.qgs")["layers"]

    assert pyogrio.list_layers(tmp_path / "a.gpkg")[0][0] == "_<i>_'\"&"
    assert all(layer["valid"] for layer in told.values())
    assert {layer["title"] for layer in told.values()} >= set(names)
    assert {told[n]["renderer"] for n in ("a/b", "zones.1")} == {"QgsSingleSymbolRenderer"}


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_a_status_is_hatched_on_paper_and_in_qgis_as_on_the_page(ask):
    statuses = ["planned", "under_construction", "partly_open", "open"]
    lots = gpd.GeoDataFrame(
        {"status": statuses, "geometry_status": ["schematic"] * 4},
        geometry=[
            shapely.box(820_000 + x, 833_000, 820_090 + x, 833_090) for x in range(0, 400, 100)
        ],
        crs=2326,
    )
    atlas = build_atlas(ask(lots))
    rows = coloured_layers(atlas, atlas.ring_shapes)["sites"]
    looks = styles_of("sites", rows, atlas.year)
    page = [site["pattern"].partition("-")[0] for site in build_page_data(atlas)["sites"]]
    listed = [("", "", look) for look in looks]
    style = qml(Styled(layer="sites", kind="Polygon", fields=[], lang="en", categories=listed))

    assert "LabelDistance" not in style  # of sites without figures
    assert [look.hatch for look in looks] == page == ["cross", "lines", "dots", "fine_cross"]
    assert style.count("LinePatternFill") == 5
    assert style.count("PointPatternFill") == 1


def test_a_label_is_the_name_in_the_language_or_else_the_name_there_is():
    style = qml(Styled(layer="stations", kind="Point", fields=["name_en", "name_tc"], lang="tc"))
    text = ET.fromstring(style).find(".//text-style")  # noqa: S314 - our own

    assert text.get("fieldName") == "coalesce(nullif(\"name_tc\", ''), nullif(\"name_en\", ''))"
    assert text.get("isExpression") == "1"


@pytest.mark.parametrize("kind", ["Polygon", "LineString", "Point", ""])
def test_a_style_is_well_formed_whatever_the_names(kind):
    style = qml(Styled(layer='a"<b>&\x00', kind=kind, fields=['f"<i>&', "\x01"], lang="tc"))

    assert ET.fromstring(style).get("version") == "3.22.0"  # noqa: S314 - our own
    assert style_of('a"<b>') == style_of("another")


def test_a_pack_says_in_one_line_that_the_temporary_folder_is_full(tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")  # of POSIX
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # half a module would stay on disk
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))  # as a disk with little room
    try:
        with pytest.raises(ExportError) as caught:
            nm.pack(tmp_path / "p.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    said = f"cannot be written ({tmp_path}: File too large); free some space, or set TMPDIR"
    assert str(caught.value) == f"{tmp_path / 'p.zip'}: {said}"


@pytest.mark.parametrize("add", [add_styles, add_field_titles])
def test_a_database_that_cannot_be_written_is_an_error_of_the_system(tmp_path, add):
    (tmp_path / "a.gpkg").write_bytes(b"no database" * 1000)

    with pytest.raises(OSError, match="not a database"):
        add(tmp_path / "a.gpkg", {})
