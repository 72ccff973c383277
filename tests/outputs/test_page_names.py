"""Names of small sites on the page, their colours, the legend of classes, and frames."""

import re
from pathlib import Path

import pytest
from browser import violations
from world import layer, square, write

import nmgeo as nm
from nmgeo.errors import Notice

_ARTICLE = Path(__file__).parents[2] / "docs" / "how-to" / "map-in-an-article.md"
# What a name and its line lie on, of outlines other than its own, by the text of the name.
_COVERED = """() => {
    const boxOf = node => node.getBoundingClientRect();
    const meets = (a, b) => (
        a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top);
    const sites = [...document.querySelectorAll("path.nm-site")];
    const lots = sites.map(node => [node.ariaLabel.split(",")[0], boxOf(node)]);
    const names = [...document.querySelectorAll(".nm-label.nm-site-name")];
    const called = name => name.querySelector("text").textContent;
    const under = name => {
        const texts = [...name.querySelectorAll("text")].map(boxOf);
        return lots.filter(([other, box]) => (
            other !== called(name) && texts.some(text => meets(text, box))));
    };
    return [names.map(called), names.flatMap(under).map(([other]) => other)];
}"""
_CONTRASTS = """ground => [...document.querySelectorAll(".nm-label.nm-site-name")].map(name => {
    const parts = getComputedStyle(name.querySelector("text")).fill.match(/\\d+/g).map(Number);
    const colour = parts.map(part => part.toString(16).padStart(2, "0")).join("");
    return Colours.contrast(`#${colour}`, ground);
})"""


@pytest.fixture(scope="module")
def lots(tmp_path_factory):
    """Write a page of twelve lots in rows, smaller than their names, in nine and more colours."""
    folder = tmp_path_factory.mktemp("names")
    shapes = {f"l{n}": square(500 * (n % 4), 550 * (n // 4) - 9000, 250) for n in range(12)}
    told = {"name_en": [f"Lot of the owner {n}" for n in range(12)], "owner": [*"abcdefghijkl"]}
    frame = layer(shapes, accuracy_m=[0.5] * 12, **told)
    file = write(frame, folder / "lots.gpkg")
    with pytest.warns(Notice, match="which policy instruments apply"):
        return nm.map(folder / "map.html", file, colour_by="owner")


@pytest.fixture
def page(visit, lots):
    page = visit(lots)
    page.set_viewport_size({"width": 1300, "height": 900})
    page.on_map("MAP.invalidateSize({animate: false})")
    page.on_map("MAP.fitBounds(NM.data.bounds, {animate: false})")
    return page


@pytest.mark.parametrize("size", [(1300, 900), (700, 500)])
def test_no_name_lies_on_the_outline_of_a_neighbour(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.on_map("MAP.invalidateSize({animate: false})")
    page.on_map("MAP.fitBounds(NM.data.bounds, {animate: false})")
    page.evaluate("Labels.place()")
    named, covered = page.evaluate(_COVERED)

    assert covered == []
    assert len(named) > 5
    assert len(named) == len(set(named))


def test_a_name_that_stays_is_the_same_node_after_a_pan_and_another_in_another_language(page):
    move = """by => {
        Labels.place();
        const before = [...document.querySelectorAll(".nm-site-name")];
        MAP.panBy(by, {animate: false});
        Labels.place();
        return before.map(name => name.isConnected);
    }"""
    stays = page.on_map(move, [3, 0])
    page.evaluate("NM.set({lang: 'tc'})")
    named = page.evaluate("Labels.place(), document.querySelector('.nm-site-name').textContent")

    assert stays.count(True) > len(stays) / 2
    assert not named.isascii()
    assert not any(page.on_map(move, [5_000, 0]))


def test_a_name_without_room_is_not_measured(page):
    measured = page.on_map("""() => {
        const proto = CanvasRenderingContext2D.prototype, {measureText} = proto, asked = [];
        proto.measureText = function (text) {
            asked.push(text);
            return measureText.call(this, text);
        };
        MAP.setView([22.505, 114.08], 12, {animate: false});
        const at = MAP.getCenter();
        Labels.avoid({ at: () => at, radius: 40, shown: () => true });
        Labels.add({ at, text: () => ["no room"] });
        Labels.place();
        proto.measureText = measureText;
        return asked;
    }""")

    assert "no room" not in measured


def test_shapes_and_names_are_moved_in_the_plane_so_that_they_are_one_layer(page):
    page.on_map("MAP.panBy([400, 0], {animate: false})")
    moved = page.evaluate("document.querySelector('.leaflet-overlay-pane > svg').style.transform")

    assert moved.startswith("translate(")


def test_a_page_of_the_shipped_sites_without_rings_opens(visit, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", at="none"))
    page.evaluate("NM.set({site: NM.data.sites[0].id})")

    assert page.locator(".nm-site").count() == len(page.evaluate("NM.data.sites"))
    assert "Rings" not in page.locator("#nm-legend").inner_text()
    assert page.heard == []


@pytest.mark.parametrize(("scheme", "ground"), [("light", "#ffffff"), ("dark", "#1b1b1a")])
def test_names_in_every_colour_of_a_class_are_readable(page, scheme, ground):
    page.emulate_media(color_scheme=scheme)
    page.evaluate("Labels.place()")
    contrasts = page.evaluate(_CONTRASTS, ground)
    page.emulate_media(color_scheme="null")

    assert contrasts
    assert min(contrasts) >= 4.5


def test_half_a_metre_is_never_none(page):
    for lang in ("en", "tc", "sc"):
        page.evaluate("lang => { NM.set({lang}); Labels.place(); }", lang)
        said = page.locator(".nm-about").all_text_contents()
        assert said
        assert all("±0.5" in one for one in said)
    page.evaluate("NM.set({lang: 'en', site: NM.data.sites[0].id})")

    assert "error up to 0.5 m" in page.locator("#nm-panel .nm-note").first.inner_text()
    page.evaluate("NM.set({site: null})")


@pytest.mark.parametrize(
    ("size", "mark", "is_open"),
    [((1300, 900), "", True), ((700, 500), "", False), ((700, 400), "?embed", False)],
)
def test_the_legend_of_own_classes_is_on_the_map(window, lots, size, mark, is_open):
    page = window.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(lots.as_uri() + mark)
    legend = page.locator(".nm-classes")
    opened = legend.evaluate("node => node.open")
    if not opened:
        legend.locator("summary").click()
    rows, box = legend.locator("li"), legend.bounding_box()
    first, count, faults = rows.first.inner_text(), rows.count(), violations(page)
    page.close()

    assert opened is is_open
    assert (first, count) == ("a (features: 1, 6.3 ha)", 12)
    assert box["y"] > 40
    assert box["y"] + box["height"] <= size[1]
    assert faults == []


def test_the_frame_that_the_documentation_gives_shows_the_map_in_an_article(window, lots):
    frame = re.search(r"```html\n(.*?)```", _ARTICLE.read_text(encoding="utf-8"), re.DOTALL)[1]
    state = re.search(r"```text\nlots\.html(.*?)\n", _ARTICLE.read_text(encoding="utf-8"))[1]
    article = lots.with_name("article.html")
    article.write_text(frame.replace("lots.html?embed", f"{lots.name}{state}"), encoding="utf-8")
    page, heard = window.new_page(), []
    page.set_viewport_size({"width": 700, "height": 600})
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(article.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator(".nm-classes summary").click()
    classes, high = (
        inside.locator(".nm-classes li"),
        page.locator("iframe").bounding_box()["height"],
    )
    seen = [inside.locator(part).is_visible() for part in (".folium-map", ".nm-credit")]
    lang = inside.locator("html").get_attribute("lang")
    count = classes.count()
    page.close()

    assert (seen, heard, high, count) == ([True, True], [], 400, 12)
    assert lang.startswith("zh-Hant")


def test_a_name_that_was_measured_is_not_measured_again(page):
    again = page.evaluate(
        """() => {
            const rules = CanvasRenderingContext2D.prototype, plain = rules.measureText;
            let count = 0;
            rules.measureText = function (text) { count += 1; return plain.call(this, text); };
            const round = () => {
                count = 0;
                for (const lang of ["tc", "en"]) { NM.set({lang}); Labels.place(); }
                return count;
            };
            round();
            const found = round();
            rules.measureText = plain;
            return found;
        }"""
    )
    assert again == 0
