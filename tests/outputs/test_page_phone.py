"""The page on a phone, upright and lying: a low header with all tools, and a usable map."""

import pytest
from browser import violations

FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def phone(page):
    def turned(width, height):
        page.set_viewport_size({"width": width, "height": height})
        page.on_map("MAP.invalidateSize({animate: false})")
        return page

    return turned


@pytest.mark.parametrize(("width", "height"), [(375, 667), (320, 640), (812, 375)])
def test_the_header_is_low_and_nothing_scrolls_sideways(phone, width, height):
    page = phone(width, height)

    assert page.locator(".nm-head").bounding_box()["height"] <= 56
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_in_landscape_the_map_is_at_least_250_pixels_high(phone):
    page = phone(812, 375)
    box = page.locator(".folium-map").bounding_box()

    assert box["height"] >= 250
    assert box["y"] + box["height"] <= 375
    assert box["width"] >= 400


@pytest.mark.parametrize(("width", "height"), [(375, 667), (812, 375)])
def test_every_tool_can_be_reached_and_the_caveat_is_read_beside_the_map(phone, width, height):
    page = phone(width, height)
    if height > width:
        page.locator("#nm-more").click()
    for tool in ("#nm-measure", "#nm-print"):
        page.locator(tool).scroll_into_view_if_needed()
        assert page.locator(tool).is_visible()

    assert "not legal boundaries" in page.locator(".nm-caveat").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_on_a_phone_is_accessible(phone, scheme):
    page = phone(375, 667)
    page.emulate_media(color_scheme=scheme)

    assert violations(page) == []


def test_with_forced_colours_what_is_pressed_or_chosen_is_set_off(page):
    page.emulate_media(forced_colors="active")
    ground = "nodes => nodes.map(node => getComputedStyle(node).backgroundColor)"
    pressed, other = page.locator("#nm-langs button").evaluate_all(ground)[:2]
    page.evaluate("NM.set({ site: NM.data.sites[0].id })")
    rows = page.locator("#nm-table tbody th").evaluate_all(ground)
    page.evaluate("NM.set({ site: null })")
    page.emulate_media(forced_colors="none")

    assert pressed != other
    assert rows[0] == pressed != rows[1]


def test_forced_colours_leave_the_shapes_their_colours(page):
    page.emulate_media(forced_colors="active")
    kept = page.locator("path.nm-site").first.evaluate("one => getComputedStyle(one).stroke")
    page.emulate_media(forced_colors="none")

    assert kept == page.locator("path.nm-site").first.evaluate(
        "one => getComputedStyle(one).stroke"
    )


def sheet(page):
    return page.locator(".nm-side").bounding_box()


def test_the_sheet_has_three_heights_by_press_and_by_keyboard(phone):
    page = phone(375, 667)
    tops = [sheet(page)["y"]]
    for _ in range(2):
        page.locator("#nm-sheet").click()
        tops.append(sheet(page)["y"])
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 3
    assert page.locator("#nm-sheet").get_attribute("aria-label") == "Height of the panel: high"

    page.locator("#nm-sheet").focus()
    page.keyboard.press("ArrowDown")
    assert sheet(page)["y"] == tops[1]
    page.keyboard.press("ArrowDown")
    assert sheet(page)["y"] == tops[0]
    assert page.locator(".folium-map").bounding_box()["height"] >= 250


def test_the_sheet_follows_the_finger_and_rests_at_the_nearest_height(phone):
    page = phone(375, 667)
    box = page.locator("#nm-sheet").bounding_box()
    page.mouse.move(box["x"] + 180, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, 180, steps=4)
    assert sheet(page)["y"] == pytest.approx(170, abs=4)
    page.mouse.up()

    assert page.evaluate("Sheet.height()") == "high"


def test_a_tap_on_the_map_raises_the_sheet_to_what_is_there_and_leaves_the_map_in_view(
    phone, press
):
    page = phone(375, 667)
    page.on_map("MAP.setView([22.49, 114.075], 13, {animate: false})")
    press(page, 22.4965, 114.0735)

    assert page.evaluate("Sheet.height()") == "middle"
    here = page.locator("#nm-here h2").bounding_box()
    assert sheet(page)["y"] <= here["y"] <= 667
    assert sheet(page)["y"] >= 300


@pytest.mark.parametrize("height", ["middle", "high"])
@pytest.mark.parametrize("lang", ["en", "tc"])
def test_the_raised_sheet_is_accessible(phone, lang, height):
    page = phone(375, 667)
    page.evaluate(f"NM.set({{lang: '{lang}'}}); Sheet.set('{height}')")

    assert violations(page) == []


def test_every_target_on_a_phone_is_at_least_24_pixels(phone):
    page = phone(375, 667)
    page.evaluate("Sheet.set('high')")
    small = page.locator("button, input, select, summary, a[role=button]").evaluate_all("""
        all => all.filter((one) => one.checkVisibility()).map((one) => {
            const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
            return [one.outerHTML.slice(0, 80), Math.min(width, height)];
        }).filter(([, size]) => size && size < 24)""")

    assert small == []


def test_the_place_of_the_reader_is_shown_with_its_accuracy_where_the_browser_tells_it(page):
    page.evaluate("""() => {
        const coords = { latitude: 22.5, longitude: 114.07, accuracy: 12.4 };
        const geolocation = { getCurrentPosition: (found) => found({ coords }) };
        Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
    }""")
    page.locator(".nm-locate").click()

    assert page.locator("#nm-located").inner_text() == "Located within 13 m"
    assert page.on_map("MAP.getBounds().contains([22.5, 114.07])")
    assert page.locator("#nm-here").is_visible()


def test_a_browser_that_tells_no_place_is_said(page):
    page.evaluate("""() => {
        const geolocation = { getCurrentPosition: (found, failed) => failed() };
        Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
    }""")
    page.locator(".nm-locate").focus()
    page.keyboard.press("Enter")

    assert page.locator("#nm-located").inner_text() == "The browser does not tell its location."


def test_the_panel_of_the_drawing_is_in_view_when_it_is_asked_for(phone, press):
    page = phone(375, 667)
    page.on_map("MAP.setView([22.49, 114.075], 13, {animate: false})")
    press(page, 22.4965, 114.0735)
    page.locator("#nm-more").click()
    page.locator("#nm-draw").click()

    heading = page.locator("#nm-drawing h2").bounding_box()
    assert sheet(page)["y"] + 44 <= heading["y"] <= 640
    page.evaluate("Here.clear()")


def test_on_a_screen_that_is_enlarged_four_times_no_control_lies_on_another(phone):
    page = phone(320, 256)
    boxes = page.locator(".leaflet-control-zoom a, .nm-locate, .leaflet-control-scale, .nm-credit")
    found = [one.bounding_box() for one in boxes.all()]
    whole = page.locator(".folium-map").bounding_box()

    for n, one in enumerate(found):
        assert one["y"] + one["height"] <= whole["y"] + whole["height"]
        for other in found[:n]:
            beside = (
                one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
            )
            above = (
                one["y"] >= other["y"] + other["height"] or other["y"] >= one["y"] + one["height"]
            )
            assert beside or above, (one, other)
    credit = page.locator(".nm-credit").bounding_box()
    assert credit["height"] < whole["height"] / 3


def test_upright_every_site_is_named(phone):
    page = phone(375, 667)
    page.on_map("MAP.fitBounds(NM.data.bounds, {padding: [12, 12], animate: false})")
    page.evaluate(FRAME)

    named = page.locator(".nm-site-name").evaluate_all(
        "all => all.map(one => one.querySelector('text').textContent)"
    )
    assert [name.split()[0] for name in sorted(named)] == ["Hetao", "San", "Sandy"]


def test_lying_the_panel_of_the_chosen_site_is_in_view_and_its_table_is_whole(phone):
    page = phone(812, 375)
    scroll = page.locator(".nm-scroll").first
    heights = scroll.evaluate("one => [one.clientHeight, one.scrollHeight]")
    assert heights[0] == heights[1]

    page.evaluate("NM.set({site: NM.data.sites[0].id})")
    assert 0 <= page.locator("#nm-panel").bounding_box()["y"] < 120


def test_the_tool_in_use_behind_the_button_is_seen_in_the_dark(phone):
    page = phone(375, 667)
    page.emulate_media(color_scheme="dark")
    page.locator("#nm-more").click()
    page.locator("#nm-draw").click()
    contrast = page.locator("#nm-more").evaluate("""one => {
        const { color, backgroundColor } = getComputedStyle(one);
        const hex = text => `#${text.match(/\\d+/g).slice(0, 3).map(
            part => Number(part).toString(16).padStart(2, "0")).join("")}`;
        return Colours.contrast(hex(color), hex(backgroundColor));
    }""")

    assert contrast >= 4.5


def test_the_names_keep_off_the_titles_of_the_two_years(phone):
    page = phone(812, 375)
    page.select_option("#nm-with", "2034")
    page.evaluate(FRAME)
    over = page.evaluate("""() => {
        const boxes = css => [...document.querySelectorAll(css)].map(one => (
            one.getBoundingClientRect()));
        const names = boxes(".nm-label text");
        return boxes(".nm-swipe-years span").flatMap(one => names.filter(other => (
            one.left < other.right && one.right > other.left
            && one.top < other.bottom && one.bottom > other.top)));
    }""")

    assert over == []


@pytest.mark.parametrize("width", [900, 1024, 1280])
def test_the_header_of_a_small_window_is_one_row(phone, width):
    page = phone(width, 768)

    title = page.locator(".nm-head > div:first-of-type").bounding_box()
    tools = page.locator(".nm-bar").bounding_box()
    assert title["y"] < tools["y"] + tools["height"]
    assert title["x"] + title["width"] <= tools["x"]


def test_the_title_of_a_narrow_frame_stands_off_its_edge(window, shipped):
    page = window.new_page()
    page.set_viewport_size({"width": 375, "height": 600})
    page.goto(f"{shipped.as_uri()}?embed")

    assert page.locator("h1").bounding_box()["y"] >= 4
    page.close()
