"""Maps: one offline page, looked at in Chromium."""

import re

import pytest
from world import layer, point, sites, square, write, write_json

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError, UsageError
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.web.layer_data import MAX_PATH_FEATURES
from nmgeo.outputs.web.map import render_page
from nmgeo.outputs.web.page_data import build_page_data


@pytest.fixture(scope="module")
def files(tmp_path_factory, shipped, shipped_atlas):
    """Write the page of the shipped data in each language."""
    folder, written = tmp_path_factory.mktemp("maps"), {"en": shipped}
    for lang in ("tc", "sc"):
        written[lang] = folder / f"{lang}.html"
        written[lang].write_text(render_page(shipped_atlas(lang)), encoding="utf-8")
    return written


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_a_map_with_the_name_of_a_picture_is_a_picture_of_the_sites(ask, tmp_path):
    path = nm.map(tmp_path / "lots.svg", ask(sites(lot=square(0, 0, 100))), title="My lots")

    text = path.read_text(encoding="utf-8")
    assert text.count("<svg") >= 1
    assert "My lots" in text


@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_the_page_needs_nothing_from_outside_and_has_nothing_to_complain_of(
    visit, files, open_everything, lang
):
    page = visit(files[lang], 2)

    assert len(open_everything(page)["headings"]) > len(nm.sites())
    assert page.heard == []


@pytest.mark.parametrize(
    ("lang", "marked", "title"),
    [
        ("en", "en", "Northern Metropolis"),
        ("tc", "zh-Hant-HK", "北部都會區"),
        ("sc", "zh-Hans", "北部都会区"),
    ],
)
def test_the_page_says_its_language(visit, files, lang, marked, title):
    page = visit(files[lang])

    assert page.get_attribute("html", "lang") == marked
    assert title in page.title()


def test_the_map_ends_where_its_tiles_end(page):
    assert page.on_map("MAP.getMaxZoom()") == 19


def test_every_layer_has_a_switch_that_takes_it_off_the_map(visit, files, shipped_atlas):
    page = visit(files["en"])
    labels = " ".join(page.locator("#nm-legend label").all_text_contents())

    assert all(record.title_en in labels for record in open_catalog().main_layers.values())
    switch = page.locator("#nm-legend label", has_text="Rail stations")
    before = page.locator("path.leaflet-interactive").count()
    switch.click()
    left = page.locator("path.leaflet-interactive").count()
    switch.click()
    assert before - left == len(shipped_atlas("en").layers["stations"])


def test_the_page_says_how_well_each_outline_is_known_and_whose_data_it_is(visit, files):
    page = visit(files["en"])
    text = page.locator(".nm-side").text_content()

    off = nm.sites().loc["hetao_hk_park:park", "accuracy_m"]
    told = f"Hetao Hong Kong Park, park: partly open, digitised from maps: error up to {off:g} m"
    assert told in text
    assert all(line in text for line in open_catalog().credits)


def test_a_click_on_a_site_opens_all_that_is_known_of_it(visit, files):
    page = visit(files["en"])
    chart = page.locator(".folium-map")
    lot = nm.sites().loc["sandy_ridge:tender_lot"]
    middle = lot.geometry.representative_point()
    move = f"setView([{middle.y}, {middle.x}], 15, {{animate: false}})"
    page.evaluate(f"{chart.get_attribute('id')}.{move}")
    chart.click()  # in its middle
    text = page.locator("#nm-panel").text_content()

    for name in ("Sandy Ridge Data Facility Cluster", "沙嶺數據園區", "沙岭数据园区"):
        assert name in text
    assert re.search(r"12 \(0–\d+\)", text)  # measured, and how far that may be out
    assert "11.6365" in text  # published
    assert f"error up to {lot['accuracy_m']:g} m" in text
    assert "Award of the Sandy Ridge lot: awarded" in text
    links = page.locator("#nm-panel a").evaluate_all("all => all.map(a => a.href)")
    assert links
    assert all(link.startswith(("http://", "https://")) for link in links)


@pytest.mark.parametrize("where", ["name", "id", "layer"])
def test_braces_in_a_users_file_are_never_run_as_a_template(tmp_path, where):
    words = {"name": "w", "id": "w", "layer": "w"} | {where: "{{ 'ha' * 9 }}"}
    feature = (point(0, 0), words["id"], {"name_en": words["name"]})
    file = write_json(tmp_path / "wells.geojson", [feature])
    page = render_page(build_atlas(open_catalog(layers={words["layer"]: file})))

    assert "ha" * 9 not in page


def test_the_rings_are_those_asked_for(visit, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", at=["2km"]))

    assert page.evaluate("NM.data.rings.length") == len(nm.rings(["2km"]))


def test_a_page_is_not_replaced_unasked(tmp_path):
    (tmp_path / "map.html").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match="is there already"):
        nm.map(tmp_path / "map.html")

    assert (tmp_path / "map.html").read_text(encoding="utf-8") == "mine"


def test_the_permalink_brings_back_view_layers_language_year_and_site(page, visit, shipped):
    page.on_map("MAP.setView([22.5, 114.05], 14, {animate: false})")
    state = "{lang: 'tc', year: 2030, site: 'sandy_ridge:tender_lot', off: new Set(['stations'])}"
    page.evaluate(f"NM.set({state})")
    other = visit(shipped, 3, page.evaluate("location.hash"))

    asked = "() => [NM.state.lang, NM.state.year, NM.state.site, [...NM.state.off]]"
    assert other.evaluate(asked) == ["tc", 2030, "sandy_ridge:tender_lot", ["stations"]]
    where = other.on_map("(() => [MAP.getCenter().lat, MAP.getCenter().lng, MAP.getZoom()])()")
    assert where == [pytest.approx(22.5, abs=1e-4), pytest.approx(114.05, abs=1e-4), 14]


def test_the_permalink_brings_back_that_every_layer_was_on(page, visit, shipped):
    page.evaluate("NM.set({off: new Set()})")
    other = visit(shipped, 4, page.evaluate("location.hash"))

    assert other.evaluate("NM.state.off.size") == 0


@pytest.mark.parametrize(
    "mark",
    [
        "#v=999,999,99",
        "#v=1e308,-1e308,1e9",
        "#v=,,",
        "#v=NaN,Infinity,x",
        "#v=22.5,114.1,-3",
        "#y=2026.5",
        "#y=2026e0x",
        "#y=99999",
        "#g=__proto__&s=constructor&off=__proto__,toString",
        "#s=<img src=x onerror=window.hit=1>&g=<script>window.hit=1</script>",
        "#v=javascript:window.hit=1&off=,,,",
        "#%E0%A4%A&%00=%00",
        "#" + "a=" * 5000,
    ],
)
def test_a_hostile_address_is_ignored(visit, shipped, mark):
    page = visit(shipped, 5, mark)

    kept = page.evaluate("[NM.state.lang, NM.state.year, NM.state.site, window.hit ?? null]")
    seen = page.on_map("MAP.getBounds().intersects(NM.data.bounds)")
    assert (kept, seen, page.heard) == (["en", page.evaluate("NM.data.year"), None, None], True, [])


def test_tiles_that_cannot_be_reached_are_told_of_and_the_base_is_shown(visit, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", tiles="landsd-en"))
    page.locator("#nm-tiles", has_text="The background map cannot be loaded").wait_for()

    page.locator("canvas.nm-base").wait_for()
    assert page.locator("[data-key='base-base']").is_checked()
    assert "DATA.GOV.HK" in page.locator(".nm-credit").inner_text()
    assert page.locator("path.leaflet-interactive").count() > len(nm.sites())
    hosts = {told.split("/")[2] for told in page.heard if told.startswith("http")}
    assert hosts == {"mapapi.geodata.gov.hk"}


def test_tiles_carry_their_credit_on_the_face_of_the_map(visit, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", tiles="imagery"))
    page.wait_for_function("NM.state.base === 'base'")  # without network no tile comes
    page.evaluate("NM.set({ base: 'tiles' })")

    assert "Lands Department" in page.locator(".leaflet-control-attribution").inner_text()


def test_the_message_of_missing_tiles_stays_when_a_site_is_chosen(visit, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", tiles="landsd-en"))
    page.locator("#nm-tiles", has_text="The background map cannot be loaded").wait_for()
    page.locator("button.nm-choose").first.click()

    assert "The background map cannot be loaded" in page.locator("main").inner_text()


@pytest.mark.parametrize("name", ["rings", "links", "sites"])
def test_a_users_layer_may_not_have_the_name_of_one_that_is_measured(name):
    with pytest.raises(UsageError, match="that name is taken"):
        open_catalog(layers={name: "wells.geojson"})


def test_a_layer_with_a_comma_in_its_name_stays_off_by_the_permalink(visit, tmp_path):
    file = write_json(tmp_path / "wells.geojson", [(point(0, 900), "w", {"name_en": "Well"})])
    written = nm.map(tmp_path / "map.html", open_catalog(layers={"old, new": file}))
    page = visit(written)
    page.evaluate("NM.set({off: new Set(['old, new'])})")
    other = visit(written, 2, page.evaluate("location.hash"))

    assert other.evaluate("[...NM.state.off]") == ["old, new"]


@pytest.mark.parametrize("kind", ["MultiPoint", "MultiLineString"])
def test_a_layer_of_several_parts_is_drawn_and_breaks_nothing(visit, tmp_path, kind):
    a, b = [[114.05, 22.5], [114.06, 22.51]]
    lines = {"MultiPoint": [a, b], "MultiLineString": [[a, b], [b, a]]}
    shape = {"type": kind, "coordinates": lines[kind]}
    file = write_json(tmp_path / "odd.geojson", [(shape, "w", {"name_en": "Well"})])
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"odd": file})))

    assert page.heard == []
    assert page.locator("[aria-label^='Well,']").count() >= 1
    assert "M" in (page.locator("path[aria-label^='Well,']").first.get_attribute("d") or "")


def test_several_points_are_discs_that_are_hollow_until_they_open(visit, tmp_path):
    shape = {"type": "MultiPoint", "coordinates": [[114.05, 22.5], [114.06, 22.51]]}
    told = {"name_en": "Gates", "status": "planned", "opens": 2030}
    file = write_json(tmp_path / "gates.geojson", [(shape, "w", told)])
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"gates": file})))
    gates = page.locator("path[aria-label^='Gates,']").first
    looks = {}
    for year in (2026, 2031):
        page.locator("#nm-year").fill(str(year))
        looks[year] = gates.get_attribute("fill"), gates.get_attribute("stroke-dasharray")

    assert looks[2026] == ("#fff", "3 3")
    assert looks[2031][1] is None
    page.evaluate("NM.set({year: 2026})")
    assert gates.get_attribute("d").count("M") == 2
    assert gates.get_attribute("fill-opacity") == "1"


def test_empty_text_of_a_large_layer_is_missing_as_its_missing_numbers_are(tmp_path):
    places = {f"w{n}": point(20 * (n % 50), 9 * (n // 50)) for n in range(MAX_PATH_FEATURES + 1)}
    told = {"use": ["", "well", None], "depth": [None, 2.5, 4.0]}
    columns = {key: values * (len(places) // 3) for key, values in told.items()}
    file = write(layer(places, **columns), tmp_path / "wells.gpkg")
    data = build_page_data(build_atlas(open_catalog(layers={"wells": file}, crs="wgs84")))

    wells = next(one["columns"] for one in data["layers"] if one["name"] == "wells")
    rows = set(zip(wells["use"], wells["depth"], strict=True))
    assert rows == {(None, None), ("well", 2.5), (None, 4.0)}
