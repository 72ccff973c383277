"""The tools of the page: each control does what it says, in Chromium."""

import math
import re

import pytest
from pyproj import Transformer
from world import layer, line, point, square, write

import nmgeo as nm
from nmgeo import open_catalog
from nmgeo.errors import Notice
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.tables import land_sentence

LOOP, TECHNOPOLE = "hetao_hk_park:park", "san_tin_technopole:development_area_excl_loop"
HK80 = Transformer.from_crs("EPSG:4326", "EPSG:2326", always_xy=True)


@pytest.fixture(scope="module")
def atlas():
    return build_atlas()


def to_grid(page, event, act):
    """Do something with the mouse; return by pyproj where the map says that it happened."""
    listen = f"window.got = [], MAP.on('{event}', (e) => got.push([e.latlng.lng, e.latlng.lat]))"
    page.on_map(listen)
    act()
    return [HK80.transform(*lonlat) for lonlat in page.evaluate("got")]


def numbers(text):
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def dashes(page, name):
    return page.locator(f'path[aria-label^="{name}, "]').get_attribute("stroke-dasharray")


def test_a_layer_that_is_switched_off_leaves_the_map_and_its_signs_the_legend(page):
    label = page.locator("#nm-legend label", has_text="Rail stations")
    drawn, signs = page.locator("path[aria-label^='Kwu Tung, ']"), page.locator("#nm-legend li")
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
    lot = nm.sites().loc["sandy_ridge:tender_lot"].geometry.representative_point()
    page.on_map(f"MAP.setView([{lot.y}, {lot.x}], 15, {{animate: false}})")
    press(page, lot.y, lot.x)

    chosen = page.locator("tr[aria-selected=true]").all_inner_texts()
    assert [text.split("\t")[0] for text in chosen] == ["Sandy Ridge Data Facility Cluster"]
    assert page.locator("button.nm-choose[aria-pressed=true]").count() == 1
    assert page.locator("#nm-panel h2").inner_text() == "Sandy Ridge Data Facility Cluster"


@pytest.mark.parametrize("asked", ["lo wu", "羅湖", "罗湖"])
def test_the_search_finds_a_station_in_each_language_and_goes_there(page, atlas, asked):
    page.fill("#nm-search", asked)
    also = (
        "" if asked == "lo wu" else f" ({asked})"
    )  # what was found, where it is not what is shown
    page.locator("#nm-found button", has_text=f"Lo Wu{also} — Rail stations").click()
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


@pytest.mark.parametrize(
    ("year", "dash", "stands"),
    [
        (2033, "6 4", "not yet open in the year chosen"),
        (2034, "14 4", "due to open by the year chosen"),
    ],
)
def test_a_railway_that_is_promised_never_looks_open_and_says_so(page, year, dash, stands):
    page.locator("#nm-year").fill(str(year))

    name = page.locator("path[aria-label^='Northern Link Main Line']").get_attribute("aria-label")
    assert name == f"Northern Link Main Line, Railways, {stands}"
    assert dashes(page, "Northern Link Main Line") == dash
    assert dashes(page, "East Rail Line to Lo Wu") is None


@pytest.mark.parametrize("year", [2024, 2035])
def test_what_has_no_opening_year_is_neither_open_nor_due(page, year):
    page.locator("#nm-year").fill(str(year))

    name = page.locator("path[aria-label^='Sha Tau Kok']").get_attribute("aria-label")
    assert name.endswith("opening year not known")
    assert dashes(page, "Sha Tau Kok Control Point") == "1 4"


def test_what_has_no_state_is_neither_open_nor_not(visit, tmp_path):
    shapes = {"well": point(0, 0), "path": line((0, 0), (500, 500))}
    own = write(layer(shapes, name_en=["Well", "Path"]), tmp_path / "mine.geojson")
    page = visit(nm.map(tmp_path / "own.html", open_catalog(layers={"mine": own})))

    path = page.locator("path[aria-label='Well, mine']")
    assert path.get_attribute("stroke-dasharray") is None
    assert path.get_attribute("fill") == path.get_attribute("stroke")
    assert page.locator("#nm-legend label:has-text('mine') + ul").inner_text() == "mine"


def test_the_legend_says_how_far_the_rings_reach(visit, tmp_path):
    page = visit(nm.map(tmp_path / "far.html", at=["2km", "300m"]))

    said = page.locator("#nm-legend label:has-text('Rings') + ul").inner_text()
    assert said.startswith("0–300 m, 300–2,000 m. ")


def test_a_name_that_is_the_same_in_both_scripts_is_shown_once(page):
    page.evaluate(f"NM.set({{site: '{TECHNOPOLE}'}})")

    assert page.locator("#nm-panel h2 + p").inner_text() == "新田科技城"


def test_no_name_on_the_map_is_cut_off_at_its_side(page):
    page.on_map("MAP.setView([22.5, 114.02], 13, {animate: false})")
    page.evaluate("new Promise(requestAnimationFrame)")
    found = page.evaluate("""() => {
        const box = document.querySelector(".folium-map").getBoundingClientRect();
        const names = [...document.querySelectorAll(".nm-label")];
        return {all: names.length, cut: names.filter((one) => {
            const { left, right } = one.getBoundingClientRect();
            return left < box.left || right > box.right;
        }).length};
    }""")

    assert found["all"] > 3
    assert found["cut"] == 0


@pytest.mark.parametrize("year", [2024, 2026, 2035])
def test_the_instruments_of_the_panel_that_run_in_the_year_stand_out_by_the_ledger(
    page, atlas, year
):
    page.evaluate(f"NM.set({{site: {TECHNOPOLE!r}}})")
    page.locator("#nm-year").fill(str(year))

    held = atlas.policies[atlas.policies["site_id"] == "san_tin_technopole"]
    closed = held["status_date"].where(held["ended"], "")
    ends = held["valid_to"].where(held["valid_to"] != "", closed).str[:4]
    begins = held["valid_from"].str[:4]
    runs = (begins <= str(year)) & ((ends == "") | (ends >= str(year)))
    listed = page.locator("#nm-panel ul > li")
    assert listed.count() == len(held)
    assert page.locator("#nm-panel ul > li:not(.nm-later)").count() == runs.sum()


IN_WORDS = {"end of 2026": 2026, "2026-27": 2027}  # when land is released


def last_dated(atlas, site, year):
    """Return the dates of the last year, up to one, of which the claims date something."""
    of_site = atlas.claims[atlas.claims["subject"] == site]
    of_land = of_site["attribute"].isin(["first_land_release", "first_sites"])
    is_dated = of_site["unit"].isin(["date", "year"]) | of_land
    dates = [(IN_WORDS.get(d) or int(d[:4]), d in IN_WORDS, d) for d in of_site["value"][is_dated]]
    past = sorted(date for date in dates if date[0] <= year)
    return [date for last, _, date in past if last == past[-1][0]]


@pytest.mark.parametrize("year", [2024, 2026, 2028, 2035])
def test_without_a_site_the_panel_says_what_is_dated_of_each_by_the_year(page, atlas, year):
    page.locator("#nm-year").fill(str(year))

    expected = {}
    for site, name in atlas.sites.set_index("site_id")["name"].items():
        dates = last_dated(atlas, site, year)
        expected |= {name: dates} if dates else {}
    told = page.locator("#nm-panel li").all_inner_texts()
    shown = page.locator("#nm-panel li").evaluate_all(
        "all => all.map(one => [...one.querySelectorAll('strong')].map(date => date.textContent))"
    )
    assert {
        text.partition(":")[0]: dates for text, dates in zip(told, shown, strict=True)
    } == expected


@pytest.mark.parametrize("year", [2024, 2030])
def test_the_panel_of_a_site_says_what_is_dated_of_it_by_the_year(page, atlas, year):
    page.evaluate(f"NM.set({{site: {LOOP!r}}})")
    page.locator("#nm-year").fill(str(year))

    said = page.locator("#nm-panel p", has_text=f"By {year}").locator("strong")
    assert said.all_inner_texts() == last_dated(atlas, "hetao_hk_park", year)


def test_an_amount_of_land_is_followed_by_its_unit_and_money_led_by_it(page):
    page.evaluate(f"NM.set({{site: {TECHNOPOLE!r}}})")
    said = page.locator("#nm-panel").text_content()

    assert "; 20 ha" in said
    assert re.search(r"HKD [\d,]+", said)
    assert not re.search(r"\bha \d", said)


def test_measuring_gives_metres_and_hectares_of_the_grid(page):
    box = page.locator(".folium-map").bounding_box()
    corners = [(60, 60), (260, 75), (190, 330)]
    places = [(math.floor(box["x"]) + x, math.floor(box["y"]) + y) for x, y in corners]
    page.locator("#nm-measure").click()
    a, b, c = to_grid(page, "click", lambda: [page.mouse.click(*place) for place in places])

    twice = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    length, area = numbers(page.locator("#nm-measured").inner_text())[:2]
    assert length == pytest.approx(math.dist(a, b) + math.dist(b, c), abs=0.6)  # in whole metres
    assert area == pytest.approx(abs(twice) / 2e4, abs=0.006)


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


def test_what_is_measured_can_be_taken_back_and_ended_by_keyboard(page):
    page.locator("#nm-measure").press("Enter")
    page.locator(".folium-map").focus()
    for _ in range(3):
        page.keyboard.press("m")
        page.on_map("MAP.panBy([80, 30], {animate: false})")
    three = page.locator("#nm-measured").inner_text()
    page.keyboard.press("Backspace")
    two = page.locator("#nm-measured").inner_text()
    page.keyboard.press("Escape")

    assert " ha" in three
    assert " ha" not in two
    assert page.locator("#nm-measure[aria-pressed=false]").count() == 1


def test_the_pointers_grid_reference_is_that_of_pyproj(page):
    box = page.locator(".folium-map").bounding_box()
    place = (math.floor(box["x"]) + 133, math.floor(box["y"]) + 217)
    east, north = to_grid(page, "mousemove", lambda: page.mouse.move(*place))[-1]

    said = numbers(page.locator("#nm-pointer").inner_text())  # HK80 first
    assert said[1:3] == [pytest.approx(east, abs=1), pytest.approx(north, abs=1)]


def test_full_screen_has_a_button_that_goes_there_and_back_and_keeps_the_legend(page):
    page.bring_to_front()  # only a page that is seen may
    button = page.get_by_role("button", name="Full screen")
    button.click()
    page.locator("html:fullscreen").wait_for()
    assert page.locator("#nm-legend").is_visible()
    page.locator("#nm-full[aria-pressed=true]").click()
    page.locator("html:not(:fullscreen)").wait_for()
    page.locator("#nm-full[aria-pressed=false]").wait_for()


def test_nothing_was_asked_for_or_complained_of(page):
    assert page.heard == []
    assert len(nm.sites()) == page.evaluate("NM.data.sites.length")


def test_the_popup_of_a_users_feature_tells_its_attributes(visit, tmp_path):
    wells = layer({"w": point(0, 0)}, depth_m=[12.5], owner=["<b>Ah Ming</b>"], empty=[None])
    here = open_catalog(layers={"wells": write(wells, tmp_path / "wells.geojson")})
    page = visit(nm.map(tmp_path / "map.html", here))
    page.evaluate("MapView.open('wells/w')")
    told = page.locator(".leaflet-popup-content dl").inner_text().split("\n")

    assert told == ["depth_m", "12.5", "owner", "<b>Ah Ming</b>"]


def test_an_open_popup_follows_the_language(page):
    page.evaluate("MapView.open('stations/stn_lo_wu')")
    page.evaluate("NM.set({lang: 'tc'})")

    assert page.locator(".leaflet-popup-content h2").inner_text() == "羅湖"
    close = page.locator(".leaflet-popup-close-button").get_attribute("aria-label")
    assert close == "關閉"


def test_a_site_named_in_one_language_alone_is_called_so_in_all(visit, tmp_path):
    own = write(
        layer({"lot": square(9000, -9000, 200)}, name_tc=["地盤"]), tmp_path / "lots.geojson"
    )
    with pytest.warns(Notice, match="which policy instruments apply"):
        page = visit(nm.map(tmp_path / "own.html", open_catalog(sites=own)))

    for lang in ("en", "tc", "sc"):
        page.evaluate(f"NM.set({{lang: '{lang}', site: 'lot'}})")
        assert page.locator("#nm-panel h2").inner_text() == "地盤"
        assert page.locator("button.nm-choose").inner_text() == "地盤"


@pytest.mark.parametrize(
    ("status", "out", "said"),
    [
        (None, 5, "error up to 5 m"),
        (None, None, "accuracy not known"),
        ("official", None, "official outline, accuracy not known"),
        ("indicative", None, "accuracy not known"),
        ("official", 5, "official outline, within 5 m"),
    ],
)
def test_an_accuracy_is_said_whether_there_is_a_status_or_not(page, status, out, said):
    assert page.evaluate("([status, out]) => NM.accuracyText(status, out)", [status, out]) == said


def test_what_is_round_a_site_is_shown_alone_when_it_is_chosen(page):
    page.evaluate(f"NM.set({{site: {LOOP!r}}})")
    seen = page.evaluate("""() => {
        const rings = NM.data.rings.map(ring => ring.site);
        const pane = document.querySelector(".leaflet-overlay-pane");
        const paths = [...pane.querySelectorAll("path[stroke-dasharray='1 5']")];
        const shown = paths.filter(path => path.getAttribute("stroke-opacity") === "1");
        return [paths.length, shown.length, rings.filter(site => site === NM.state.site).length];
    }""")

    assert seen[0] == seen[1] == seen[2] > 0


def test_a_search_with_more_results_than_it_shows_says_so(page):
    page.fill("#nm-search", "a")

    assert page.locator("#nm-found li").count() == 12
    assert page.locator("#nm-count").inner_text() == "12+ found"


def test_an_instrument_that_was_searched_for_is_unfolded_and_in_focus(page):
    page.fill("#nm-search", "Manufacturing+")
    page.locator("#nm-found button").first.click()

    focused = page.evaluate("document.activeElement.textContent")
    assert "(Manufacturing+): open" in focused
    assert page.evaluate("document.activeElement.closest('details').open")


def test_the_address_is_written_at_the_first_change_and_not_as_the_page_opens(visit, shipped):
    page = visit(shipped, 2)
    page.wait_for_timeout(1300)  # longer than the map rests before its view is written
    opened = page.evaluate("location.hash")
    page.locator("#nm-year").fill("2031")

    assert opened == ""
    page.wait_for_function("location.hash.includes('y=2031')")


FONTS = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), fonts = new Set();
    while (texts.nextNode()) {
        const { parentElement: node, data } = texts.currentNode;
        if (!data.trim() || !node.checkVisibility()) continue;
        const { fontFamily, fontSize, fontStyle, fontWeight } = getComputedStyle(node);
        fonts.add([fontFamily, fontSize, fontStyle, fontWeight > 500].join());
    }
    return [...fonts].sort();
}"""


def test_the_page_opens_in_few_sizes_of_one_family(page):
    fonts = page.evaluate(FONTS)  # a browser takes up to a millisecond for each

    assert len(fonts) <= 14, fonts
    assert len({font[: font.rindex("px")].rsplit(",", 1)[0] for font in fonts}) == 1


def test_a_broken_view_in_the_address_is_left_aside(visit, shipped):
    page = visit(shipped, mark="#v=22.5,114.1,")

    assert page.on_map("MAP.getZoom()") > 8
    assert page.heard == []


@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_the_land_under_the_table_is_that_of_the_command_line(page, lang):
    page.evaluate(f"NM.set({{lang: '{lang}'}})")
    shown = page.locator("#nm-table caption").text_content()
    page.evaluate("NM.set({lang: 'en'})")

    meant = land_sentence(nm.land(), nm.area(), lang)
    assert re.findall(r"[\d,]+", shown) == re.findall(r"[\d,]+", meant)
    assert "–" not in shown


def test_an_instrument_links_to_the_source_of_its_status_and_to_its_own(page):
    page.evaluate("NM.set({site: NM.data.sites.find(one => one.site === 'sandy_ridge').id})")
    cited = page.locator("#nm-rule-sandy_ridge_tender .nm-source")

    assert "closed, 2026-03-02: Guandian: Sandy Ridge tender result" in cited.text_content()
    assert cited.locator("a").count() >= 2
    assert "guandian" in cited.locator("a").first.get_attribute("href")
