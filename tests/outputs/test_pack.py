"""The pack: QGIS opens its project, GDAL its layers, and the same input gives the same bytes."""

import json
import os
import re
import sqlite3
import subprocess
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
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.citations import credits_in
from nmgeo.outputs.map_styles import (
    BASE,
    LAYERS,
    NAMES_FROM,
    PLACES_FROM,
    SYMBOLS_FROM,
    scale_of,
    style_of,
)
from nmgeo.outputs.pack.qgis_style import Styled, qml
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
places = project.mapLayer("nmgeo_layer_place_names")
settings = places.labeling().settings()
shown = settings.dataDefinedProperties().property(QgsPalLayerSettings.Show).expressionString()
told["places"] = {}
for feature in places.getFeatures():
    context = QgsExpressionContext()
    context.setFields(places.fields())
    context.setFeature(feature)
    told["places"][feature["kind"]] = [
        bool(QgsExpression(shown.replace("@map_scale", scale)).evaluate(context))
        for scale in ("30000", "100000", "1000000")
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
        _, parts = looks[f"{site['colour']} {site['geometry_status']}{other}"]
        hatches = len(parts) - 2  # a fill and an edge
        expected = {"digitised": 0, "indicative": 1, "schematic": 2}[site["geometry_status"]]
        assert hatches == (0 if other else expected), site["id"]
        main.add(site["site"])
    assert opened["seen"] == [site["colour"] for site in page["sites"]]
    assert not any(opened["layers"][name]["shown"] for name in ("rings", "links"))
    assert opened["layers"]["stations"]["shown"]


def test_qgis_names_sites_and_places_as_the_page_does(opened):
    *names, figures = opened["named"]["sites"].split("\n")

    assert len(names) == 2
    assert figures == "87 公頃 · 描繪 ±50 米"
    assert opened["from"]["sites"] == [None, None]
    for name, zoom in SYMBOLS_FROM.items():
        assert opened["from"][name] == [scale_of(zoom), scale_of(NAMES_FROM[name])]
    assert opened["places"] == {
        "village": [True, False, False],
        "shenzhen_place": [True, False, False],
        "country_park": [True, False, False],
        "district": [True, True, False],
        "town": [True, True, True],
    }


def test_zooms_are_those_of_the_page():
    folder = Path(nm.__file__).parent / "page"
    scripts = "".join((folder / name).read_text() for name in ("map.js", "base_map.js"))
    for kind, zoom in PLACES_FROM.items():
        assert re.search(rf"\b{kind}: \[[^]]*, {zoom}\]", scripts), kind
    for name, zoom in SYMBOLS_FROM.items():
        assert re.search(rf"FIRST_ZOOM = .*\b{name}: {zoom}\b", scripts), name
        assert re.search(rf"RANKS = .*\b{name}: \[[^]]*, {NAMES_FROM[name]}\]", scripts), name


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


@pytest.mark.filterwarnings("ignore:no shipped site overlaps:nmgeo.errors.Notice")
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


@pytest.mark.filterwarnings("ignore:no shipped site overlaps:nmgeo.errors.Notice")
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
