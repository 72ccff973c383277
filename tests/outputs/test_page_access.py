"""The page for everyone: axe, the keyboard alone, names for a screen reader, narrow windows."""

import pytest
from browser import violations
from world import layer, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog

TECHNOPOLE = "san_tin_technopole:development_area_excl_loop"
WIDTHS = {1280: 900, 320: 640}


@pytest.fixture
def narrow(page):
    page.set_viewport_size({"width": 320, "height": 640})
    return page


def active(page, of="id"):
    """Say what has the focus."""
    return page.evaluate(f"document.activeElement.{of}")


def tab_to(page, selector, most=60):
    """Press Tab until an element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    pytest.fail(f"{selector} is not reached in {most} presses of Tab")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_axe_finds_nothing_to_mend(page, lang, scheme, width):
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.emulate_media(color_scheme=scheme)
    told = []
    for site in (None, TECHNOPOLE):
        page.evaluate("(asked) => NM.set(asked)", {"lang": lang, "site": site})
        told += violations(page)

    assert told == []


def test_axe_finds_nothing_to_mend_in_a_popup_and_a_search(page):
    page.fill("#nm-search", "Kwu Tung")
    page.locator("#nm-measure").click()
    page.evaluate("MapView.open('stations/stn_kwu_tung')")

    assert violations(page) == []


def test_the_text_beside_the_map_keeps_its_length_while_it_is_scrolled(page):
    page.set_viewport_size({"width": 1200, "height": 500})
    page.goto(f"{page.url.partition('#')[0]}#s={TECHNOPOLE}")
    page.reload()
    side = page.locator(".nm-side")
    lengths = side.evaluate("""async (side) => {
        const before = side.scrollHeight;
        side.scrollTop = before;
        const frame = () => new Promise(requestAnimationFrame);
        for (let n = 0; n < 3; n++) await frame();
        return [before, side.scrollHeight];
    }""")

    assert lengths[0] == lengths[1]


def test_a_polygon_is_reached_by_tab_and_opened_by_enter(page):
    tab_to(page, "path.nm-site")
    named = active(page, "ariaLabel")
    page.keyboard.press("Enter")

    assert named.startswith(page.locator("#nm-panel h2").inner_text())
    assert "nm-site" in active(page, "classList.value")  # the focus has not moved


def test_every_shape_on_the_map_that_can_be_clicked_can_be_reached_and_has_a_name(page):
    shapes = page.locator("path.leaflet-interactive")
    told = shapes.evaluate_all("all => all.map(one => [one.tabIndex, one.role, one.ariaLabel])")

    assert len(told) > len(nm.sites())
    assert all(tab == 0 and role == "button" and label for tab, role, label in told)


def test_what_is_reached_by_keyboard_comes_into_view(page):
    inside = "MAP.getBounds().contains([22.5034, 113.9455])"  # Shenzhen Bay Control Point
    assert not page.on_map(inside)
    page.locator("path[aria-label^='Shenzhen Bay']").focus()

    assert page.on_map(inside)


def test_a_popup_opened_by_enter_is_closed_by_escape(page):
    page.locator("path[aria-label^='Kwu Tung, ']").focus()
    page.keyboard.press("Enter")
    page.locator(".leaflet-popup-content h2").wait_for()
    page.keyboard.press("Escape")

    page.locator(".leaflet-popup").wait_for(state="detached", timeout=2_000)


def test_a_polygons_name_says_its_area_and_how_many_instruments_name_it(page, shipped_atlas):
    name = page.locator("path.nm-site[aria-label^='San Tin Technopole, development']")

    said = name.get_attribute("aria-label")
    assert said.startswith("San Tin Technopole, development area without the Loop, 539 ha measured")
    count = shipped_atlas("en").named_counts["san_tin_technopole"]
    assert said.endswith(f", policy instruments that name it, ended ones not counted: {count}")


def test_a_button_of_the_table_keeps_the_focus_when_it_chooses(page):
    page.locator(f'button[data-key="{TECHNOPOLE}"]').focus()
    page.keyboard.press("Enter")

    assert page.evaluate("NM.state.site") == TECHNOPOLE
    assert active(page, "dataset.key") == TECHNOPOLE


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "By 2025"), ("tc", "截至2025年"), ("sc", "截至2025年")]
)
def test_the_year_moved_by_keyboard_says_what_is_dated_of_the_sites_by_then(page, lang, said):
    page.evaluate("(asked) => NM.set(asked)", {"lang": lang, "year": 2024})
    page.locator("#nm-year").focus()
    page.keyboard.press("ArrowRight")

    assert page.locator("#nm-panel h2").inner_text() == said
    assert page.locator("#nm-panel li").count() == len(set(nm.sites()["site_id"]))


def test_no_two_buttons_of_the_table_have_one_name(page):
    names = page.locator("button.nm-choose").evaluate_all("all => all.map(one => one.ariaLabel)")

    assert "San Tin Technopole, outline zoning plan scheme area" in names
    assert len(set(names)) == len(nm.sites())


def test_a_wide_page_does_not_scroll_past_its_end(page):
    page.set_viewport_size({"width": 1280, "height": 400})

    assert page.evaluate("document.documentElement.scrollHeight") == 400


def test_a_header_of_the_table_keeps_the_focus_when_it_sorts(page):
    page.locator("button[data-key=sort-area_ha]").focus()
    page.keyboard.press("Enter")

    assert page.locator("th[aria-sort=ascending]").count() == 1
    assert active(page, "dataset.key") == "sort-area_ha"


def test_the_language_is_switched_by_keyboard_and_keeps_the_focus(page):
    tab_to(page, "#nm-langs [data-key=tc]")
    page.keyboard.press("Enter")

    assert page.locator("h1").inner_text() == "北部都會區：用地"
    assert active(page, "dataset.key") == "tc"


@pytest.mark.parametrize(
    ("lang", "marked"), [("en", "en"), ("tc", "zh-Hant-HK"), ("sc", "zh-Hans")]
)
def test_the_page_says_which_language_it_is_in(page, lang, marked):
    page.locator(f"#nm-langs [data-key={lang}]").click()

    assert page.get_attribute("html", "lang") == marked


def test_the_buttons_of_leaflet_follow_the_language(page):
    page.locator("#nm-langs [data-key=tc]").click()

    assert page.locator(".leaflet-control-zoom-in").get_attribute("aria-label") != "Zoom in"


def test_the_year_is_moved_by_the_arrows(page):
    page.locator("#nm-year").focus()
    before = page.evaluate("NM.state.year")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    assert page.evaluate("NM.state.year") == before + 2
    assert active(page) == "nm-year"


def test_a_switch_of_the_legend_keeps_the_focus_when_it_is_drawn_anew(page):
    switch = page.get_by_role("checkbox", name="Rail stations")
    switch.focus()
    mark = active(page)
    page.keyboard.press("Space")

    assert page.evaluate("NM.state.off.has('stations')")
    assert active(page) == mark


def test_what_the_search_found_keeps_the_focus_when_it_is_chosen(page):
    page.fill("#nm-search", "Sandy Ridge Data")
    tab_to(page, "#nm-found button", most=1)
    page.keyboard.press("Enter")

    assert page.evaluate("NM.state.site") == "sandy_ridge:tender_lot"
    assert "Sandy Ridge" in active(page, "textContent")
    assert active(page, "tagName") == "BUTTON"


def test_the_first_press_of_tab_offers_to_skip_to_the_table(visit, shipped):
    page = visit(shipped, 2)
    page.keyboard.press("Tab")
    assert active(page, "textContent") == "Skip to the table of sites"
    page.keyboard.press("Enter")

    assert active(page) == "nm-table"


def test_focus_can_be_seen(page):
    page.locator("#nm-print").focus()
    page.keyboard.press("Tab")

    style = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(style) == "solid"


@pytest.mark.parametrize("site", [None, TECHNOPOLE])
@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_nothing_is_wider_than_a_phone_of_320_pixels(narrow, lang, site):
    narrow.evaluate("(asked) => NM.set(asked)", {"lang": lang, "site": site})

    assert narrow.evaluate("document.documentElement.scrollWidth") == 320


def test_nothing_is_wider_than_the_window_at_200_per_cent(chromium, shipped):
    context = chromium.new_context(
        offline=True, viewport={"width": 640, "height": 450}, device_scale_factor=2
    )
    page = context.new_page()
    page.goto(shipped.as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert wide == 640


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_finger_touches_is_44_pixels_high_and_wide(page, width):
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.fill("#nm-search", "San Tin")
    page.evaluate(f"NM.set({{site: '{TECHNOPOLE}'}})")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate("MapView.open('stations/stn_kwu_tung')")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input, summary, [role=button]:not(path)")]
            .concat([...document.querySelectorAll("#nm-panel a")])
            .filter(one => one.checkVisibility())
            .map(one => (["checkbox", "radio"].includes(one.type) ? one.closest("label") : one))
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([, box]) => box.width < 43.9 || box.height < 43.9)
            .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
    )

    assert small == []


def test_the_map_does_not_glide_for_who_asked_for_less_motion(window, shipped):
    page = window.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(shipped.as_uri())
    name = page.locator(".folium-map").get_attribute("id")
    page.evaluate(f"window.steps = []; {name}.on('move zoomanim', (told) => steps.push(told.type))")
    page.locator(".folium-map").focus()
    page.evaluate(f"window.ended = new Promise((done) => {name}.once('moveend', done)); 0")
    page.keyboard.press("ArrowRight")
    page.evaluate(
        "Promise.race([ended, new Promise((late) => setTimeout(late, 3000))]).then(() => 0)"
    )
    steps = page.evaluate("steps")
    page.close()

    assert steps == ["move"]


def test_choosing_a_site_does_not_zoom_slowly_for_who_asked_for_less_motion(window, shipped):
    page = window.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(shipped.as_uri())
    name = page.locator(".folium-map").get_attribute("id")
    page.evaluate(f"window.slow = 0; {name}.on('zoomanim', () => {{ slow += 1; }})")
    page.locator("button.nm-choose").last.click()
    slow = page.evaluate("slow")
    page.close()

    assert slow == 0


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_a_site_without_a_date_says_nothing_of_the_year(visit, tmp_path):
    own = write(layer({"mine": square(0, 0, 500)}), tmp_path / "mine.geojson")
    page = visit(nm.map(tmp_path / "own.html", open_catalog(sites=own)))

    assert page.locator("#nm-panel h2").count() == 0
    page.evaluate("NM.set({site: NM.data.sites[0].id})")
    assert page.locator("#nm-panel p", has_text="By 20").count() == 0


def test_a_popup_opened_by_enter_is_read_out_and_gives_the_focus_back(page):
    page.evaluate("NM.set({off: new Set()})")
    station = page.locator("path[aria-label^='Lo Wu, Rail stations']")
    station.focus()
    page.keyboard.press("Enter")
    page.locator(".leaflet-popup:focus").wait_for()

    box = page.locator(".leaflet-popup:focus")
    assert (box.get_attribute("role"), box.get_attribute("aria-label")) == ("dialog", "Lo Wu")
    page.keyboard.press("Escape")
    assert active(page, "getAttribute('aria-label')").startswith("Lo Wu")


def by_keyboard(page):
    """Open the popup of a station by Enter, which reads it out."""
    page.evaluate("NM.set({off: new Set()})")
    page.locator("path[aria-label^='Lo Wu, Rail stations']").focus()
    page.keyboard.press("Enter")
    page.locator(".leaflet-popup:focus").wait_for()


def test_a_popup_opened_by_keyboard_gives_the_focus_back_after_a_change_of_language(page):
    by_keyboard(page)
    page.locator("#nm-langs [data-key=tc]").click()
    page.locator(".leaflet-popup").focus()
    page.keyboard.press("Escape")

    assert active(page, "getAttribute('aria-label')").startswith("羅湖")


def test_a_popup_opened_anew_by_the_search_does_not_give_the_focus_to_an_old_place(page):
    by_keyboard(page)
    page.keyboard.press("Escape")
    page.fill("#nm-search", "Lo Wu")
    page.locator("#nm-found button", has_text="Lo Wu — Rail stations").click()
    page.locator(".leaflet-popup-close-button").click()
    page.locator(".leaflet-popup").wait_for(state="detached")

    assert active(page, "tagName") != "path"


def test_a_popup_that_closes_for_something_else_leaves_the_focus_there(page):
    by_keyboard(page)
    page.get_by_role("checkbox", name="Rail stations").focus()
    mark = active(page)
    page.keyboard.press("Space")
    page.locator(".leaflet-popup").wait_for(state="detached")

    assert active(page) == mark


def test_choosing_a_site_says_one_line(page):
    page.evaluate(f"NM.set({{site: '{TECHNOPOLE}', year: 2030}})")

    said = page.locator("#nm-said")
    assert said.get_attribute("role") == "status"
    assert said.inner_text().startswith("2030: San Tin Technopole")
    assert page.locator("[aria-live]").count() == 0


def test_a_site_that_is_chosen_is_pressed_on_the_map_as_in_the_table(page):
    page.evaluate(f"NM.set({{site: '{TECHNOPOLE}'}})")

    pressed = page.locator("path.nm-site[aria-pressed=true]")
    assert pressed.count() == 1
    assert pressed.get_attribute("aria-label").startswith("San Tin Technopole")


def test_on_a_phone_the_panel_of_a_site_comes_into_view_under_the_map(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(f"NM.set({{site: '{TECHNOPOLE}'}})")

    parts = ("#nm-panel h2", ".folium-map", ".nm-side")
    heading, chart, sheet = (page.locator(part).bounding_box() for part in parts)
    assert sheet["y"] <= heading["y"] < 844
    assert sheet["y"] - chart["y"] >= 250  # of the map are seen above the sheet


def test_a_popup_that_the_keyboard_opened_from_the_search_has_the_focus_and_gives_it_back(page):
    page.fill("#nm-search", "Kwu Tung")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert active(page, "role") == "dialog"
    page.keyboard.press("Escape")
    assert active(page, "dataset.key") == "found-0"


def test_the_focus_is_kept_where_what_had_it_goes(page, press):
    page.on_map("MAP.setView([22.508, 114.08], 13, {animate: false})")
    press(page, 22.4965, 114.0735)
    page.locator("#nm-here .nm-close").focus()
    page.keyboard.press("Enter")
    assert "folium-map" in active(page, "className")

    page.locator("#nm-draw").click()
    for corner in ((22.50, 114.06), (22.52, 114.09), (22.495, 114.09)):
        press(page, *corner)
    for key in ("finish", "clear"):
        page.locator(f"[data-key=draw-{key}]").focus()
        page.keyboard.press("Enter")
        assert page.locator(f"[data-key=draw-{key}]").count() == 0
        assert active(page, "dataset.key") == "draw-polygon"


def test_nothing_lies_on_an_open_popup(page):
    page.evaluate("MapView.open('stations/stn_lo_wu')")
    assert page.locator(".nm-locator").is_hidden()

    page.locator(".leaflet-popup-close-button").click()
    page.locator(".leaflet-popup").wait_for(state="detached")
    assert page.locator(".nm-locator").is_visible()


MEASURED = """() => [...document.querySelectorAll("path.nm-measured[stroke]")].map(
    one => one.getAttribute("stroke")).filter(one => one !== "none")"""


def test_in_the_dark_a_measured_line_is_bright_and_a_popup_dark(page):
    page.emulate_media(color_scheme="dark")
    page.locator("#nm-measure").click()
    for x in (300, 450):
        page.mouse.click(x, 400)
    lines = page.evaluate(MEASURED)
    ground = page.evaluate("one => Colours.contrast(one, '#171817')", lines[0])
    page.locator("#nm-measure").click()
    page.evaluate("MapView.open('stations/stn_lo_wu')")

    assert ground >= 4.5
    page.evaluate("""Promise.all(document.querySelector(".leaflet-popup").getAnimations()
        .map(one => one.finished))""")
    box = page.locator(".leaflet-popup-content-wrapper")
    assert box.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(22, 25, 28)"
    assert violations(page) == []
