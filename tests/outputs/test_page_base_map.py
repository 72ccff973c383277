"""The base of the map: drawn from geodata, quiet, switched, light and dark, with its credit."""

import json

import pytest

from nmgeo.catalog import open_catalog
from nmgeo.outputs.web.base_map import base_map

POND, SEA, LAND, SHENZHEN = (
    (22.4875, 114.0375),
    (22.4885, 113.98),
    (22.47, 114.12),
    (22.54, 114.06),
)
LIGHT = {LAND: "#f7f5ef", SEA: "#cfe3ee", POND: "#d8e9f2", SHENZHEN: "#eceae5"}
DARK = {LAND: "#20211f", SEA: "#15252e", POND: "#1c323d", SHENZHEN: "#1a1b1a"}
_COLOUR = """([lat, lng]) => {
    MAP.setView([lat, lng], 15, {animate: false});
    const canvas = document.querySelector("canvas.nm-base").getBoundingClientRect();
    const box = MAP.getContainer().getBoundingClientRect();
    const at = MAP.latLngToContainerPoint([lat, lng]);
    const [x, y] = [at.x + box.x - canvas.x, at.y + box.y - canvas.y].map(Math.round);
    const context = document.querySelector("canvas.nm-base").getContext("2d");
    const [r, g, b] = context.getImageData(x, y, 1, 1).data;
    return "#" + [r, g, b].map(part => part.toString(16).padStart(2, "0")).join("");
}"""


def test_the_base_is_under_120_kb_and_names_each_feature_in_three_languages():
    base = base_map(open_catalog())

    assert len(json.dumps(base, ensure_ascii=False).encode()) < 120_000
    assert {layer["name"] for layer in base["layers"]} == set(open_catalog().context_layers)
    for layer in base["layers"]:
        assert {len(names) for names in layer["names"]} == {3}
        assert len(layer["names"]) == len(layer["kinds"])


@pytest.mark.parametrize(("scheme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_land_sea_and_ponds_have_their_colour_in_light_and_dark(page, scheme, colours):
    page.emulate_media(color_scheme=scheme)

    assert {at: page.on_map(_COLOUR, list(at)) for at in colours} == colours


def test_the_base_follows_the_map_while_it_is_dragged(page):
    covers = """() => {
        const canvas = document.querySelector("canvas.nm-base").getBoundingClientRect();
        const map = document.querySelector(".folium-map").getBoundingClientRect();
        return canvas.left <= map.left && canvas.right >= map.right;
    }"""
    page.mouse.move(700, 450)
    page.mouse.down()
    page.mouse.move(300, 450, steps=6)

    page.wait_for_function(covers)
    assert page.on_map("MAP.dragging.moving()")
    page.mouse.up()


def test_a_short_pan_paints_the_base_no_more_and_a_long_one_does(page):
    marked = """east => {
        const context = document.querySelector("canvas.nm-base").getContext("2d");
        context.fillStyle = "#ff00ff";
        context.fillRect(0, 0, 9, 9);
        MAP.panBy([east, 0], {animate: false});
        const [red, green] = context.getImageData(4, 4, 1, 1).data;
        return red === 255 && green === 0;
    }"""

    assert page.on_map(marked, 40)
    assert not page.on_map(marked, 2_000)


def test_the_base_is_switched_off_and_the_address_says_so(page):
    page.locator("#nm-legend label", has_text="No base map").click()

    assert page.locator("canvas.nm-base").count() == 0
    assert "b=none" in page.evaluate("location.hash")
    assert not page.locator(".nm-credit").is_visible()
    page.locator("#nm-legend label", has_text="Base map").last.click()
    assert page.locator("canvas.nm-base").count() == 1


def test_the_base_says_whose_it_is_on_the_map(page):
    assert "OpenStreetMap" in page.locator(".nm-credit").inner_text()
    page.evaluate("NM.set({lang: 'tc'})")

    assert "香港特區政府" in page.locator(".nm-credit").inner_text()


def test_a_base_that_is_asked_for_in_the_address_is_shown(visit, shipped):
    page = visit(shipped, mark="#b=none")

    assert page.locator("canvas.nm-base").count() == 0


@pytest.mark.parametrize("zoom", [11, 12, 13, 14, 15])
def test_no_name_covers_another_name_or_a_symbol_and_none_is_small(page, zoom):
    page.on_map(f"MAP.setView([22.505, 114.08], {zoom}, {{animate: false}})")
    page.evaluate("Labels.place()")
    found = page.evaluate("""() => {
        const shown = [...document.querySelectorAll(".nm-label")];
        const boxes = shown.map(one => [one.textContent, one.getBoundingClientRect()]);
        const meet = ([, a], [, b]) => a.left < b.right && a.right > b.left
            && a.top < b.bottom && a.bottom > b.top;
        const pairs = boxes.flatMap((a, n) => boxes.slice(n + 1).filter(b => meet(a, b))
            .map(b => [a[0], b[0]]));
        const small = [...document.querySelectorAll("path.nm-site")].map(
            one => ["a site", one.getBoundingClientRect()]
        ).filter(([, { width, height }]) => Math.max(width, height) < 50);
        const covered = small.flatMap(a => boxes.filter(b => meet(a, b)).map(b => b[0]));
        const sizes = shown.map(one => parseFloat(getComputedStyle(one).fontSize));
        return {count: shown.length, pairs, covered, smallest: Math.min(...sizes)};
    }""")

    assert found["count"] > 3
    assert found["pairs"] == []
    assert found["covered"] == []
    assert found["smallest"] >= 12


def test_with_forced_colours_no_name_covers_another_or_a_button(window, shipped):
    page = window.new_page()
    page.set_viewport_size({"width": 1024, "height": 768})
    page.emulate_media(forced_colors="active")
    page.goto(shipped.as_uri())
    page.locator(".nm-label").first.wait_for()
    pairs = page.evaluate("""() => {
        const all = [...document.querySelectorAll(".nm-label, .nm-locator, .leaflet-bar")];
        const meet = (a, b) => a.left < b.right && a.right > b.left
            && a.top < b.bottom && a.bottom > b.top;
        return all.flatMap((a, n) => all.slice(n + 1).filter(
            b => meet(a.getBoundingClientRect(), b.getBoundingClientRect())
        ).map(b => [a.textContent, b.textContent]));
    }""")
    page.close()

    assert pairs == []


def test_a_station_and_a_control_point_at_one_place_are_one_symbol_as_the_page_opens(
    visit, shipped
):
    page = visit(shipped, mark="#v=22.505,114.08,11")
    middles = page.evaluate("""() => ["Lo Wu,", "Lo Wu Control Point,"].map((start) => {
        const box = document.querySelector(`path[aria-label^="${start}"]`).getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2].map(Math.round);
    })""")

    assert middles[0] == middles[1]


@pytest.mark.parametrize("size", [(375, 812), (812, 375)])
def test_the_large_sites_are_named_on_a_phone_too(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.on_map("MAP.invalidateSize({animate: false}).fitBounds(NM.data.bounds, {animate: false})")
    page.evaluate("Labels.place()")
    names = page.locator(".nm-site-name").evaluate_all("""all => all.map(one => (
        [...one.querySelectorAll("text:not([class])")].map(line => line.textContent).join(" ")))""")

    assert {"Hetao Hong Kong Park", "San Tin Technopole"} <= set(names)


def test_a_village_is_named_from_zoom_14_and_a_hill_by_its_height(page):
    def names(zoom):
        page.on_map(f"MAP.setView([22.4936, 114.0934], {zoom}, {{animate: false}})")
        page.evaluate("Labels.place()")
        return page.locator(".nm-label").all_text_contents()

    assert "Ki Lun Tsuen" not in names(13)
    assert {"Ki Lun Tsuen", "Ki Lun Shan 222"} <= set(names(15))


def test_the_locator_shows_where_the_view_lies_and_is_not_read_aloud(page):
    before = page.locator(".nm-seen").get_attribute("width")
    page.on_map("MAP.setZoom(16, {animate: false})")

    assert float(page.locator(".nm-seen").get_attribute("width")) < float(before)
    assert page.locator(".nm-locator svg").get_attribute("aria-hidden") == "true"


def test_a_dark_page_prints_its_base_in_light_colours_with_grey_roads(page):
    page.emulate_media(color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = {at: page.on_map(_COLOUR, list(at)) for at in LIGHT}
    read = "key => getComputedStyle(document.documentElement).getPropertyValue(key)"
    road = page.evaluate(read, "--b-motorway")
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert printed == LIGHT
    assert road.strip() == "#e2e2e2"
    assert page.on_map(_COLOUR, list(LAND)) == DARK[LAND]


@pytest.mark.parametrize("lang", ["en", "tc"])
@pytest.mark.parametrize(
    ("width", "height"), [(1280, 900), (1024, 768), (812, 375), (600, 800), (375, 667), (320, 640)]
)
def test_the_credit_keeps_off_the_scale_at_every_zoom(page, width, height, lang):
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("lang => NM.set({lang})", lang)
    gaps = page.on_map("""() => {
        MAP.invalidateSize({animate: false});
        return [9, 10, 11, 12, 13, 14, 15, 16].map(zoom => {
            MAP.setZoom(zoom, {animate: false});
            const [scale, credit] = [".leaflet-control-scale-line", ".nm-credit"]
                .map(part => document.querySelector(part).getBoundingClientRect());
            return credit.width && Math.round(credit.left - scale.right);
        });
    }""")

    assert min(gaps) >= 6
