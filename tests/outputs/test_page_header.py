"""The header on a phone: one line, with every tool in it or behind one button."""

import pytest
from browser import violations

import nmgeo as nm

PHONES = (320, 360, 375, 390, 430)
TITLE = "Lots of the Northern Metropolis offered for sale by tender between 2026 and 2034"
_BOXES = """all => all.filter(one => one.checkVisibility()).map(one => {
    const { left, right, width, height } = one.getBoundingClientRect();
    return [one.id || one.dataset.key, left, right, Math.min(width, height)];
})"""


@pytest.fixture
def phone(page):
    """Return a page on a phone whose owner reads letters of some size; 16 pixels are usual."""
    session = page.context.new_cdp_session(page)

    def turned(width, letters=16, lang="en"):
        session.send("Page.setFontSizes", {"fontSizes": {"standard": letters}})
        page.set_viewport_size({"width": width, "height": 660})
        page.on_map("MAP.invalidateSize({animate: false})")
        page.evaluate("lang => NM.set({lang})", lang)
        return page

    yield turned
    page.keyboard.press("Escape")
    turned(1280)


def out_of_view(page, selector, width):
    """Return the visible elements that are cut off or smaller than 24 pixels."""
    found = page.locator(selector).evaluate_all(_BOXES)
    assert found
    return [one for one in found if one[1] < 0 or one[2] > width or one[3] < 24]


@pytest.mark.parametrize("letters", [16, 32])
@pytest.mark.parametrize("lang", ["en", "tc"])
@pytest.mark.parametrize("width", PHONES)
def test_the_header_is_one_line_and_nothing_in_it_is_cut_off(phone, width, lang, letters):
    page = phone(width, letters, lang)
    title = page.locator("#nm-title").bounding_box()
    lines = page.evaluate("""() => {
        const all = [...document.querySelectorAll(".nm-head h1, .nm-bar button")];
        return all.filter(one => one.checkVisibility()).map(one => {
            const { top, bottom } = one.getBoundingClientRect();
            return (top + bottom) / 2;
        });
    }""")

    assert max(lines) - min(lines) <= 2
    assert title["height"] <= 1.5 * page.evaluate(
        "parseFloat(getComputedStyle(document.getElementById('nm-title')).fontSize)"
    )
    assert title["width"] >= 100
    assert page.locator(".nm-head").bounding_box()["height"] <= 56
    assert out_of_view(page, ".nm-bar button", width) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("letters", [16, 32])
@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
@pytest.mark.parametrize("width", [320, 430])
def test_each_tool_is_reached_by_touch(phone, width, lang, letters):
    page = phone(width, letters, lang)
    assert not page.locator("#nm-measure").is_visible()
    page.locator("#nm-more").click()
    shown = [one[0] for one in page.locator(".nm-bar button").evaluate_all(_BOXES)]

    assert {"en", "tc", "sc", "nm-measure", "nm-draw", "nm-print"} <= set(shown)
    assert out_of_view(page, ".nm-bar button", width) == []
    page.locator("#nm-measure").click()
    assert page.locator("#nm-measure").get_attribute("aria-pressed") == "true"
    assert not page.locator("#nm-measure").is_visible()


@pytest.mark.parametrize("letters", [16, 32])
def test_each_tool_is_reached_by_keyboard_and_the_focus_returns(phone, letters):
    page = phone(375, letters)
    page.locator("#nm-more").focus()
    page.keyboard.press("Enter")
    assert page.locator("#nm-more").get_attribute("aria-expanded") == "true"
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.dataset.key")
        )
    assert {"nm-measure", "nm-draw", "nm-print"} <= set(reached)
    page.locator("#nm-draw").focus()
    page.keyboard.press("Enter")

    assert page.evaluate("NM.state.drawTool")
    assert page.locator("#nm-more").get_attribute("aria-expanded") == "false"
    page.locator("#nm-more").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("#nm-more").get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.id") == "nm-more"


def test_a_press_beside_the_tools_closes_them(phone):
    page = phone(375)
    page.locator("#nm-more").click()
    page.mouse.click(20, 640)

    assert not page.locator("#nm-print").is_visible()


def test_the_button_shows_that_a_tool_behind_it_is_in_use(phone):
    page = phone(375)
    ground = "one => getComputedStyle(one).color"
    before = page.locator("#nm-more").evaluate(ground)
    page.locator("#nm-more").click()
    page.locator("#nm-measure").click()

    assert page.locator("#nm-more").evaluate(ground) != before


@pytest.mark.parametrize("letters", [16, 32])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "tc"])
def test_the_open_tools_are_accessible(phone, lang, scheme, letters):
    page = phone(375, letters, lang)
    page.emulate_media(color_scheme=scheme)
    assert violations(page) == []
    page.locator("#nm-more").click()

    assert violations(page) == []


def test_a_long_title_ends_in_an_ellipsis_and_is_read_in_full_above_the_tools(visit, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", title=TITLE))
    page.set_viewport_size({"width": 320, "height": 660})
    short = page.locator("#nm-title")
    assert short.evaluate("one => one.scrollWidth > one.clientWidth")
    assert short.evaluate("one => getComputedStyle(one).textOverflow") == "ellipsis"
    page.locator("#nm-more").click()

    whole = page.locator("#nm-whole")
    assert whole.inner_text() == TITLE
    assert whole.bounding_box()["x"] >= 0
    assert whole.evaluate("one => one.scrollWidth <= one.clientWidth")
