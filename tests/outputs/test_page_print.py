"""The printed page: paper and direction, the map on a page of its own, true to its scale."""

import re

import pytest
from browser import violations
from world import layer, square, write

import nmgeo as nm
from nmgeo import open_catalog

POINTS = {"a4": (595, 842), "a3": (842, 1191)}


@pytest.fixture
def printed(page):
    """Return the page as it is on paper; it is put back at the end."""
    page.evaluate("NM.set({paper: 'a4-portrait'}); dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    yield page
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")


@pytest.mark.parametrize("paper", ["a4", "a3"])
@pytest.mark.parametrize("direction", ["portrait", "landscape"])
def test_the_paper_and_its_direction_are_those_that_were_chosen(page, paper, direction):
    page.locator("#nm-print").click()
    page.select_option("#nm-paper-size", f"{paper}-{direction}")
    page.keyboard.press("Escape")
    pdf = page.pdf(prefer_css_page_size=True)
    size = tuple(map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups()))

    expected = POINTS[paper] if direction == "portrait" else POINTS[paper][::-1]
    assert size == pytest.approx(expected, abs=1)
    page.evaluate("dispatchEvent(new Event('afterprint')); NM.set({paper: 'a4-portrait'})")


def test_print_asks_for_the_paper_first_by_keyboard_and_is_accessible(page):
    page.evaluate("window.asked = 0; window.print = () => { asked += 1; }; 0")
    page.locator("#nm-print").focus()
    page.keyboard.press("Enter")
    assert page.locator("#nm-print-box").is_visible()
    assert violations(page) == []
    page.locator("#nm-print-now").focus()
    page.keyboard.press("Enter")

    assert page.evaluate("asked") == 1
    assert not page.locator("#nm-print-box").is_visible()


PARTS = (".nm-paper-map svg", ".nm-paper-legend", ".nm-paper-north", "footer", "#nm-table")
SCREEN = (".nm-bar", "#nm-search", "#nm-year", ".leaflet-control-zoom", "#nm-pointer", "#nm-play")


def test_the_print_shows_map_legend_and_sources_and_leaves_out_what_paper_cannot_do(printed):
    hidden = [part for part in PARTS if not printed.locator(part).first.is_visible()]
    left = (*SCREEN, "#nm-map-box", "#nm-key", "#nm-save")

    assert hidden == []
    assert [part for part in left if printed.locator(part).is_visible()] == []


def test_the_arrow_to_the_north_hides_nothing_of_the_map(printed):
    area, arrow = (
        printed.locator(part).bounding_box() for part in (".nm-paper-map", ".nm-paper-north")
    )

    assert arrow["y"] >= area["y"] + area["height"]


def test_the_map_with_its_legend_is_on_the_first_page_alone(printed):
    box = printed.locator("#nm-paper").bounding_box()

    assert box["height"] < 273 * 96 / 25.4
    assert "break-after: page" in printed.locator("#nm-paper").evaluate(
        "one => `break-after: ${getComputedStyle(one).breakAfter}`"
    )


def test_the_scale_that_is_printed_is_that_of_the_map(printed):
    said = printed.locator(".nm-paper-scale").inner_text()
    scale = float(re.search(r"1:([\d,]+)", said)[1].replace(",", ""))
    # Two stations are as far apart on the paper as the scale says.
    ends = printed.evaluate("""() => {
        const texts = [...document.querySelectorAll('.nm-paper-map text')];
        const svg = document.querySelector('.nm-paper-map svg');
        const { width } = svg.getBoundingClientRect();
        return [width / 96 * 0.0254, svg.viewBox.baseVal.width, texts.length];
    }""")
    per_pixel = printed.on_map("""(() => {
        const { x, y } = MAP.getSize();
        const at = [[x / 2 - 200, y / 2], [x / 2 + 200, y / 2]];
        return Grid.metres(at.map((one) => MAP.containerPointToLatLng(one))) / 400;
    })()""")

    paper_m, view_pixels, texts = ends
    assert scale == pytest.approx(per_pixel * view_pixels / paper_m, rel=0.005)
    assert texts > 10
    assert "Printed on" in said
    assert "Year 2026" in said


def test_no_name_on_the_printed_map_is_smaller_than_7_points(printed):
    sizes = printed.evaluate("""() => {
        const svg = document.querySelector('.nm-paper-map svg');
        const part = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        return [...svg.querySelectorAll('text')].map((one) => (
            Number(one.getAttribute('font-size')) * part * 0.75));
    }""")

    assert min(sizes) >= 7


@pytest.mark.parametrize("width", [390, 1280])
def test_the_print_holds_the_middle_of_what_was_in_view(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.on_map("MAP.invalidateSize({animate: false})")
    before = page.on_map("[MAP.getCenter().lat, MAP.getCenter().lng, MAP.getZoom()]")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    box = page.locator(".nm-paper-map > svg").bounding_box()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert box["width"] == pytest.approx(703, abs=1)
    after = page.on_map("[MAP.getCenter().lat, MAP.getCenter().lng, MAP.getZoom()]")
    assert after == pytest.approx(before, abs=1e-4)


def test_the_print_shows_the_legend_even_if_it_was_folded_and_without_what_is_off(page):
    page.evaluate(
        "NM.set({off: new Set(['links'])}); document.getElementById('nm-key').open = false"
    )
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    legend = page.locator(".nm-paper-legend").inner_text()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")

    assert "Rail stations" in legend
    assert "Shortest lines" not in legend
    assert not page.evaluate("document.getElementById('nm-key').open")
    page.evaluate("document.getElementById('nm-key').open = true")


def test_a_large_layer_is_one_picture_without_seams(visit, tmp_path):
    shapes = {f"l{n}": square(100 * (n % 30), 100 * (n // 30), 60) for n in range(600)}
    file = write(layer(shapes), tmp_path / "lots.gpkg")
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"lots": file})))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    images = page.locator(".nm-paper-map image").count()
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert images == 1  # of the large layer; the base is drawn as paths
    assert page.heard == []


def test_the_printed_legend_has_rings_and_lines_only_if_some_are_on_the_map(page):
    def groups(site):
        page.evaluate("site => NM.set({site})", site)
        page.evaluate("NM.set({paper: 'a4-portrait'}); dispatchEvent(new Event('beforeprint'))")
        said = page.locator(".nm-paper-legend").text_content()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        return ["Rings" in said, "Shortest lines" in said]

    assert groups(None) == [False, False]
    assert groups("hetao_hk_park:park") == [True, True]


@pytest.mark.parametrize(("base", "other"), [("none", "base"), ("base", "none")])
def test_the_base_map_is_credited_on_paper_on_whichever_side_it_is(page, base, other):
    page.evaluate(f"NM.set({{base: '{base}', compare: {{base: '{other}'}}}})")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    said = page.locator(".nm-paper-sources").text_content()
    page.evaluate("dispatchEvent(new Event('afterprint')); NM.set({base: 'base', compare: null})")

    assert "DATA.GOV.HK" in said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://a.hk/%E6%96%B0%E7%94%B0?q=%2F1", "https://a.hk/新田?q=%2F1"),
        ("https://a.hk/%E2%80%AE%E6%96%B0", "https://a.hk/%E2%80%AE%E6%96%B0"),  # turns text round
        ("https://a.hk/%E6%96", "https://a.hk/%E6%96"),
    ],
)
def test_an_address_with_chinese_is_printed_in_chinese(page, address, said):
    printed = page.evaluate(
        """address => {
        NM.data.sources.a = ["news", "A", address];
        return NM.link("a").querySelector("a").dataset.printed;
    }""",
        address,
    )

    assert printed == said
