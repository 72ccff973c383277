"""The tools of the page: each control does what it says, in Chromium."""

import math
import re

import pytest
from pyproj import Transformer

import nmgeo as nm
from nmgeo.atlases import build_atlas

LOOP, TECHNOPOLE = "hetao_hk_park:park", "san_tin_technopole:development_area_excl_loop"
HK80 = Transformer.from_crs("EPSG:4326", "EPSG:2326", always_xy=True)


@pytest.fixture(scope="module")
def atlas():
    return build_atlas()


def to_grid(page, event, act):
    """Do something with the mouse; return by pyproj where the map says that it happened."""
    listen = f"window.got = []; MAP.on('{event}', (e) => got.push([e.latlng.lng, e.latlng.lat]))"
    page.on_map(listen)
    act()
    return [HK80.transform(*lonlat) for lonlat in page.evaluate("got")]


def numbers(text):
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def dashes(page, name):
    return page.locator(f'path[aria-label="{name}"]').get_attribute("stroke-dasharray")


def test_a_layer_that_is_switched_off_leaves_the_map_and_its_signs_the_legend(page):
    label = page.locator("#nm-legend label", has_text="Rail stations")
    drawn, signs = page.locator("path[aria-label='Kwu Tung']"), page.locator("#nm-legend li")
    before = signs.count()
    label.click()

    assert drawn.count() == 0
    assert signs.count() == before - 2  # open, and not open
    label.click()
    assert drawn.count() == 1
    assert signs.count() == before


def test_the_table_sorts_by_a_column_up_and_down(page):
    shown = "all => all.map(row => Number(row.cells[2].textContent.replace(',', '')))"
    header = page.get_by_role("button", name="Area (ha)")
    header.click()
    up = page.locator("#nm-table tbody tr").evaluate_all(shown)
    header.click()
    down = page.locator("#nm-table tbody tr").evaluate_all(shown)

    assert up == sorted(up)
    assert down == up[::-1]
    assert page.locator("#nm-table th[aria-sort=descending]").inner_text().startswith("Area (ha)")


def test_a_site_chosen_in_the_table_is_chosen_on_the_map_and_in_the_panel(page):
    page.locator(f'button[data-key="{LOOP}"]').click()

    chosen = page.locator("tr[aria-selected=true]")
    assert chosen.count() == 1
    assert "Hetao Hong Kong Park" in chosen.inner_text()
    assert (
        page.locator("path.nm-site[stroke-width='5']")
        .get_attribute("aria-label")
        .startswith("Hetao Hong Kong Park")
    )
    assert page.locator("#nm-panel h2").inner_text() == "Hetao Hong Kong Park"


def test_a_site_chosen_on_the_map_is_chosen_in_the_table_and_in_the_panel(page, press):
    page.on_map("MAP.setView([22.5275, 114.12], 15, {animate: false})")
    press(page, 22.5275, 114.12)

    chosen = page.locator("tr[aria-selected=true]").all_inner_texts()
    assert [text.split("\t")[0] for text in chosen] == ["Sandy Ridge Data Facility Cluster"]
    assert page.locator("button.nm-choose[aria-pressed=true]").count() == 1
    assert page.locator("#nm-panel h2").inner_text() == "Sandy Ridge Data Facility Cluster"


@pytest.mark.parametrize("asked", ["lo wu", "羅湖", "罗湖"])
def test_the_search_finds_a_station_in_each_language_and_goes_there(page, atlas, asked):
    page.fill("#nm-search", asked)
    page.locator("#nm-found button", has_text="Lo Wu — Rail stations").click()
    page.locator(".leaflet-popup-content h2", has_text="Lo Wu").wait_for()

    there = atlas.layers["stations"].loc["stn_lo_wu", "geometry"]
    seen = page.on_map("([lat, lng]) => MAP.getBounds().contains([lat, lng])", [there.y, there.x])
    assert seen


@pytest.mark.parametrize("asked", ["sandy ridge", "沙嶺", "沙岭"])
def test_the_search_finds_a_site_in_each_language_and_chooses_it(page, asked):
    page.fill("#nm-search", asked)
    page.locator("#nm-found button", has_text="Sandy Ridge Data Facility Cluster").first.click()

    assert page.evaluate("NM.state.site") == "sandy_ridge:tender_lot"


def test_the_search_goes_to_a_station_whose_layer_was_off(page):
    page.evaluate("NM.set({off: new Set(['stations'])})")
    page.fill("#nm-search", "Lo Wu")
    page.locator("#nm-found button", has_text="Lo Wu — Rail stations").click()

    assert page.locator(".leaflet-popup-content h2", has_text="Lo Wu").count() == 1


@pytest.mark.parametrize(("year", "dash"), [(2026, "3 3"), (2027, None), (2035, None)])
def test_a_station_is_open_from_the_year_it_opens(page, year, dash):
    page.locator("#nm-year").fill(str(year))

    assert dashes(page, "Kwu Tung") == dash
    assert page.locator("#nm-year-now").inner_text() == str(year)


@pytest.mark.parametrize("year", [2024, 2026, 2035])
def test_the_instruments_of_the_panel_are_in_force_by_the_ledger(page, atlas, year):
    page.evaluate(f"NM.set({{site: {TECHNOPOLE!r}}})")
    page.locator("#nm-year").fill(str(year))

    held = atlas.policies[atlas.policies["site_id"] == "san_tin_technopole"]
    begins, ends = held["valid_from"].str[:4], held["valid_to"].str[:4]
    runs = (begins != "") & (begins <= str(year)) & ((ends == "") | (ends >= str(year)))
    listed = page.locator("#nm-panel ul > li")
    assert listed.count() == len(held)
    assert page.locator("#nm-panel ul > li:not(.nm-later)").count() == runs.sum()


def test_measuring_gives_metres_and_hectares_of_the_grid(page):
    box = page.locator(".folium-map").bounding_box()
    corners = [(60, 60), (260, 75), (190, 330)]
    places = [(math.floor(box["x"]) + x, math.floor(box["y"]) + y) for x, y in corners]
    page.locator("#nm-measure").click()
    a, b, c = to_grid(page, "click", lambda: [page.mouse.click(*place) for place in places])

    twice = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    length, area = numbers(page.locator("#nm-measured").inner_text())[:2]
    assert length == pytest.approx(math.dist(a, b) + math.dist(b, c), abs=0.1)
    assert area == pytest.approx(abs(twice) / 2e4, abs=0.001)


def test_measuring_goes_on_over_a_site_and_chooses_nothing(page, press):
    page.on_map("MAP.setView([22.5275, 114.12], 17, {animate: false})")
    page.locator("#nm-measure").click()
    press(page, 22.5275, 114.12)
    press(page, 22.5277, 114.1205)

    assert page.evaluate("NM.state.site") is None
    assert " m" in page.locator("#nm-measured").inner_text()
    assert numbers(page.locator("#nm-measured").inner_text())[0] > 50


def test_measuring_works_by_keyboard_from_the_middle_of_the_map(page):
    page.locator("#nm-measure").press("Enter")
    page.locator(".folium-map").focus()
    page.keyboard.press("m")
    page.on_map("MAP.panBy([100, 0], {animate: false})")
    page.keyboard.press("m")

    assert re.match(r"[\d,.]+ m ", page.locator("#nm-measured").inner_text())


def test_the_pointers_grid_reference_is_that_of_pyproj(page):
    box = page.locator(".folium-map").bounding_box()
    place = (math.floor(box["x"]) + 133, math.floor(box["y"]) + 217)
    east, north = to_grid(page, "mousemove", lambda: page.mouse.move(*place))[-1]

    said = numbers(page.locator("#nm-pointer").inner_text())  # HK80 first
    assert said[1:3] == [pytest.approx(east, abs=1), pytest.approx(north, abs=1)]


def test_full_screen_has_a_button_that_fills_the_screen_with_the_map(page):
    page.get_by_role("button", name="Full screen").click()
    page.locator("#nm-map-box:fullscreen").wait_for()
    page.evaluate("document.exitFullscreen()")
    page.locator("#nm-map-box:not(:fullscreen)").wait_for()


@pytest.fixture
def printed(page):
    page.emulate_media(media="print")
    return page


def test_the_print_is_a4(printed):
    pdf = printed.pdf(prefer_css_page_size=True)
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())

    assert (width, height) == (pytest.approx(595, abs=1), pytest.approx(842, abs=1))


@pytest.mark.parametrize("part", [".folium-map", "#nm-legend", "footer", "#nm-table", "h1"])
def test_the_print_shows_the_map_the_legend_and_the_sources(printed, part):
    assert printed.locator(part).is_visible()


@pytest.mark.parametrize(
    "part", [".nm-bar", "#nm-search", "#nm-year", ".leaflet-control-zoom", "#nm-pointer"]
)
def test_the_print_leaves_out_what_paper_cannot_do(printed, part):
    assert not printed.locator(part).is_visible()


def test_the_print_shows_the_legend_even_if_it_was_folded(printed):
    printed.evaluate("document.querySelector('details').open = false")
    printed.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert printed.locator("#nm-legend").is_visible()


def test_nothing_was_asked_for_or_complained_of(page):
    assert page.heard == []
    assert len(nm.sites()) == page.evaluate("NM.data.sites.length")
