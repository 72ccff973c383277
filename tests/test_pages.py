"""Pages: what one can reach, what it weighs, and that none is half written."""

import re

import pytest
from world import layer, point, square, write, write_json
from xstatic.pkg import leaflet

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError, LayerError, NmgeoError, UsageError
from nmgeo.files import sha256
from nmgeo.outputs import pages
from nmgeo.outputs.maps import TILES, render_page

OPEN = "<html><body>No policy</body></html>"
CLOSED = '<meta http-equiv="Content-Security-Policy" content="{}">'


@pytest.fixture
def ask_page(tmp_path):
    """Ask what a page with this text can reach."""

    def asked(text):
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        return nm.verify(tmp_path / "page.html").iloc[0]

    return asked


def test_our_page_can_reach_no_host(shipped):
    row = nm.verify(shipped).iloc[0]

    assert (row["hosts_count"], row["hosts"]) == (0, "")
    assert (row["bytes"], row["sha256"]) == (shipped.stat().st_size, sha256(shipped))
    assert row["policy"].startswith("default-src 'none';")


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("tiles", [name for name in TILES if name != "none"])
def test_a_page_with_tiles_can_reach_one_host(tmp_path, tiles):
    row = nm.verify(nm.map(tmp_path / "map.html", tiles=tiles)).iloc[0]

    assert (row["hosts_count"], row["hosts"]) == (1, "https://mapapi.geodata.gov.hk")


@pytest.mark.parametrize(
    "text",
    [
        OPEN,
        f"<!-- {CLOSED.format('default-src &#39;none&#39;;')} -->{OPEN}",
        f"<script>'{CLOSED.format('default-src &#39;none&#39;;')}'</script>{OPEN}",
        CLOSED.format("default-src 'none'; script-src 'unsafe-inline'"),
        CLOSED.format("script-src 'self'"),
    ],
)
def test_a_page_without_a_closed_policy_can_reach_any_host(ask_page, text):
    assert ask_page(text)["hosts"] == "any"


@pytest.mark.parametrize(
    "source", ["https://a.hk", "wss://a.hk", "a.hk", "*.a.hk", "http:", "https:", "*"]
)
def test_whatever_a_policy_lets_in_is_counted(ask_page, source):
    row = ask_page(CLOSED.format(f"default-src 'none'; connect-src {source}"))

    assert (row["hosts_count"], row["hosts"]) == (1, source)


@pytest.mark.parametrize("name", ["nothing.html", "."])
def test_a_page_that_is_not_there_is_an_error_in_one_line(tmp_path, name):
    with pytest.raises(LayerError, match="no page that can be read"):
        nm.verify(tmp_path / name)


def test_the_same_input_gives_the_same_bytes(shipped, shipped_atlas):
    text = shipped.read_text(encoding="utf-8")

    assert render_page(shipped_atlas("en")) == render_page(shipped_atlas("en")) == text


def test_the_page_of_the_shipped_data_is_under_400_kb(shipped):
    assert shipped.stat().st_size < 400_000


@pytest.mark.usefixtures("built_once")
def test_a_notebook_shows_the_page_in_a_sandbox(visit, tmp_path):
    html = nm.site_map()._repr_html_()
    outer = tmp_path / "notebook.html"
    outer.write_text(f"<!DOCTYPE html><title>Notebook</title><body>{html}", encoding="utf-8")
    page = visit(outer)
    inner = page.frame_locator("iframe")
    inner.locator("button.nm-choose").first.click()

    assert re.match(r'<iframe sandbox="allow-scripts" .*srcdoc="', html)
    assert inner.locator("#nm-panel h2").inner_text() == "Hetao Hong Kong Park"
    assert "HK80" in inner.locator("#nm-pointer").inner_text()
    assert page.heard == []


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
    inner.locator("#nm-full").click()
    inner.locator("#nm-langs [data-key=tc]").click()

    assert inner.locator("html").get_attribute("lang") == "zh-Hant-HK"
    assert [told for told in page.heard if "Permissions policy" not in told] == []


def test_tiles_of_an_unknown_name_are_a_usage_error_that_names_the_nearest(tmp_path):
    with pytest.raises(UsageError, match="landsd-en") as wrong:
        nm.map(tmp_path / "map.html", tiles="landsd_en")

    assert wrong.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_missing_asset_package_is_an_error_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(leaflet, "BASE_DIR", str(tmp_path / "nowhere"))
    pages._asset.cache_clear()  # noqa: SLF001 - as in a new run
    with pytest.raises(NmgeoError, match="XStatic-Leaflet"):
        nm.map(tmp_path / "map.html")

    assert list(tmp_path.iterdir()) == []


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
@pytest.mark.parametrize("target", ["folder", "file/map.html"])
def test_a_target_that_cannot_be_written_is_an_error_and_is_left_alone(
    tmp_path,
    target,
):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError):
        nm.map(tmp_path / target, overwrite=True)

    assert sorted(one.name for one in tmp_path.rglob("*")) == ["file", "folder"]


@pytest.mark.parametrize("size", ["8", "8 MiB", "-1MB", "lots", ""])
def test_a_budget_that_is_no_size_is_a_usage_error(tmp_path, size):
    with pytest.raises(UsageError, match="not a size"):
        nm.map(tmp_path / "map.html", budget=size)
