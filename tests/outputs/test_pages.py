"""Pages: what one needs, what it weighs, and that none is half written."""

import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import Error
from world import layer, point, square, write, write_json
from xstatic.pkg import leaflet

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError, LayerError, UsageError
from nmgeo.outputs.web import page as offline
from nmgeo.outputs.web.map import render_page


def test_the_same_input_gives_the_same_bytes(shipped, shipped_atlas):
    text, provenance = shipped.read_text(encoding="utf-8").split("<!-- nmgeo-provenance")

    assert render_page(shipped_atlas("en")) == render_page(shipped_atlas("en")) == text
    assert provenance.endswith("-->\n")


def test_the_page_of_the_shipped_data_is_under_800_kb(shipped):
    assert shipped.stat().st_size < 800_000


@pytest.mark.usefixtures("built_once")
def test_a_notebook_shows_the_page_in_a_sandbox(visit, tmp_path):
    html = nm.site_map()._repr_html_()
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<!DOCTYPE html><title>Notebook</title><body>{html}", encoding="utf-8")
    page = visit(outer)
    inner = page.frame_locator("iframe")
    inner.locator("button.nm-choose").first.click()

    assert re.match(r'<iframe sandbox="[\w -]+" .*srcdoc="', html)
    assert inner.locator("#nm-panel h2").inner_text() == "Hetao Hong Kong Park"
    assert "HK80" in inner.locator("#nm-pointer").inner_text()
    assert page.heard == []


@pytest.mark.usefixtures("built_once")
def test_in_a_notebook_a_link_to_a_source_opens_and_nothing_else_does(visit, tmp_path):
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<!DOCTYPE html><body>{nm.site_map()._repr_html_()}", encoding="utf-8")
    page = visit(outer, 4)
    inner = page.frame_locator("iframe")
    inner.locator("button.nm-choose").first.click()
    link = inner.locator("#nm-panel a").first
    with page.context.expect_page() as opened:
        link.click()

    assert opened.value.evaluate("window.opener") is None
    assert page.url == outer.as_uri()
    frame = page.frames[1]
    assert frame.evaluate("self.origin") == "null"  # neither the notebook nor what it stores
    with pytest.raises(Error, match=r"sandbox|Blocked"):
        frame.evaluate("parent.document.body")


@pytest.mark.usefixtures("built_once")
def test_the_skip_link_stays_in_the_frame_of_a_notebook(visit, tmp_path):
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<!DOCTYPE html><body>{nm.site_map()._repr_html_()}", encoding="utf-8")
    page = visit(outer, 2)
    inner = page.frame_locator("iframe")
    inner.locator(".nm-skip").press("Enter")

    inner.locator("#nm-table:focus").wait_for()


@pytest.mark.usefixtures("built_once")
def test_no_button_complains_in_the_frame_of_a_notebook(visit, tmp_path):
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<!DOCTYPE html><body>{nm.site_map()._repr_html_()}", encoding="utf-8")
    page = visit(outer, 3)
    inner = page.frame_locator("iframe")
    assert not inner.locator("#nm-full").is_visible()  # the frame forbids a full screen
    inner.locator("#nm-langs [data-key=tc]").click()

    assert inner.locator("html").get_attribute("lang") == "zh-Hant-HK"
    assert [told for told in page.heard if "Permissions policy" not in told] == []


def test_tiles_of_an_unknown_name_are_a_usage_error_that_names_the_nearest(tmp_path):
    with pytest.raises(UsageError, match="landsd-en") as wrong:
        nm.map(tmp_path / "map.html", tiles="landsd_en")

    assert wrong.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def leaflet_in(tmp_path, monkeypatch):
    """Copy the Leaflet package, from which a test may take something away."""
    here = tmp_path / "leaflet"
    shutil.copytree(leaflet.BASE_DIR, here)
    monkeypatch.setattr(leaflet, "BASE_DIR", str(here))
    offline._leaflet_asset.cache_clear()  # noqa: SLF001 - as in a new run
    yield here
    offline._leaflet_asset.cache_clear()  # noqa: SLF001


@pytest.mark.parametrize("gone", [".", "images", "leaflet.js", "leaflet.css"])
def test_a_missing_part_of_the_asset_package_is_an_error_in_one_line(tmp_path, leaflet_in, gone):
    shutil.rmtree(leaflet_in / gone, ignore_errors=True)
    (leaflet_in / gone).unlink(missing_ok=True)
    with pytest.raises(ExportError, match=r"missing .*; install the package XStatic-Leaflet again"):
        nm.map(tmp_path / "map.html")

    assert not (tmp_path / "map.html").exists()


@pytest.mark.usefixtures("leaflet_in")
def test_a_missing_asset_package_is_an_error_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xstatic.pkg.leaflet", None)  # as if it were not there
    with pytest.raises(ExportError, match="install the package XStatic-Leaflet again"):
        nm.map(tmp_path / "map.html")

    assert not (tmp_path / "map.html").exists()


def test_nothing_of_the_asset_package_is_needed_before_a_page_is_written():
    code = "import sys; sys.modules['xstatic.pkg.leaflet'] = None; import nmgeo.outputs.web.map"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_layer_without_features_is_an_error_and_leaves_no_page(tmp_path):
    file = write_json(tmp_path / "empty.geojson", [])
    with pytest.raises(LayerError, match="holds no features"):
        nm.map(tmp_path / "map.html", open_catalog(layers={"empty": file}))

    assert not (tmp_path / "map.html").exists()


@pytest.mark.parametrize("given", [{"sites": "odd.geojson"}, {"layers": {"odd": "odd.geojson"}}])
def test_a_geometry_collection_is_an_error_and_leaves_no_page(tmp_path, given, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = {"type": "LineString", "coordinates": [[114.05, 22.5], [114.06, 22.51]]}
    shape = {"type": "GeometryCollection", "geometries": [line]}
    write_json("odd.geojson", [(shape, "w", {"name_en": "Well"})])
    with pytest.raises(LayerError, match="geometry collection"):
        nm.map("map.html", open_catalog(**given))

    assert not (tmp_path / "map.html").exists()


def test_a_site_outside_hong_kong_is_an_error_and_leaves_no_page(tmp_path):
    file = write(layer({"far": square(400_000, 0, 50)}), tmp_path / "far.geojson")
    with pytest.raises(LayerError, match="Hong Kong"):
        nm.map(tmp_path / "map.html", open_catalog(sites=file))

    assert not (tmp_path / "map.html").exists()


def test_ten_megabytes_of_attributes_of_a_small_layer_stay_out_of_the_page(tmp_path, shipped):
    told = {"name_en": "Well", "note": "x" * 100_000}
    wells = [(point(n, 900), f"w{n}", told) for n in range(100)]
    file = write_json(tmp_path / "wells.geojson", wells)
    path = nm.map(tmp_path / "map.html", open_catalog(layers={"wells": file}))

    assert path.stat().st_size < shipped.stat().st_size + 25_000


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("target", ["folder.html", "file/map.html"])
def test_a_target_that_cannot_be_written_is_an_error_and_is_left_alone(
    tmp_path,
    target,
):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError):
        nm.map(tmp_path / target, overwrite=True)

    assert sorted(one.name for one in tmp_path.rglob("*")) == ["file", "folder.html"]


@pytest.mark.parametrize("size", ["8", "8 MiB", "-1MB", "lots", ""])
def test_a_budget_that_is_no_size_is_a_usage_error(tmp_path, size):
    with pytest.raises(UsageError, match="not a size"):
        nm.map(tmp_path / "map.html", budget=size)
