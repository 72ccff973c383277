"""The page on a phone, upright and lying: one line of header, and a map that can be used."""

import pytest
from browser import violations


@pytest.fixture
def phone(page):
    def turned(width, height):
        page.set_viewport_size({"width": width, "height": height})
        page.on_map("MAP.invalidateSize({animate: false})")
        return page

    return turned


@pytest.mark.parametrize(("width", "height"), [(375, 667), (320, 640), (812, 375)])
def test_the_header_is_one_line_and_nothing_scrolls_sideways(phone, width, height):
    page = phone(width, height)

    assert page.locator(".nm-head").bounding_box()["height"] <= 60
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
    for tool in ("#nm-measure", "#nm-print"):
        page.locator(tool).scroll_into_view_if_needed()
        assert page.locator(tool).is_visible()

    assert "not legal boundaries" in page.locator(".nm-caveat").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_on_a_phone_is_accessible(phone, scheme):
    page = phone(375, 667)
    page.emulate_media(color_scheme=scheme)

    assert violations(page) == []


def test_forced_colours_leave_the_shapes_their_colours(page):
    page.emulate_media(forced_colors="active")
    kept = page.locator("path.nm-site").first.evaluate("one => getComputedStyle(one).stroke")
    page.emulate_media(forced_colors="none")

    assert kept == page.locator("path.nm-site").first.evaluate(
        "one => getComputedStyle(one).stroke"
    )
