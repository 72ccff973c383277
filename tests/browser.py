"""Chromium without network: what a page asks for and complains of is heard.

Fixtures of the tests of the page; ``shared_fixtures.py`` makes them known.
"""

from functools import cache, partial
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import sync_playwright
from programs import need, need_answer

import nmgeo as nm

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}

_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
_OPEN_EVERYTHING = """async () => {
    const headings = [], panels = [], popups = L.Popup.prototype.options;
    popups.autoPan = false;  // half of the time
    for (const site of NM.data.sites) {
        NM.set({site: site.id});
        headings.push(document.querySelector("#nm-panel h2").textContent);
        panels.push(document.getElementById("nm-panel").textContent);
    }
    for (const layer of NM.data.layers) {
        for (const feature of layer.features) {
            MapView.open(`${layer.name}/${feature.id}`);
            const last = [...document.querySelectorAll(".leaflet-popup-content h2")].pop();
            if (last) headings.push(last.textContent);
        }
    }
    popups.autoPan = true;
    await new Promise(done => {  // a broken picture is told after those before it
        const last = new Image();
        last.onerror = done;
        last.src = "data:image/png,";
    });
    return {headings, panels};
}"""

_EMULATED = """["print", "(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"]
    .some(query => matchMedia(query).matches)"""
_FRESH = """() => {
    if (document.getElementById("nm-measure").ariaPressed === "true") {
        document.getElementById("nm-measure").click();
    }
    document.getElementById("nm-search").value = "";
    document.querySelector("details").open = true;
    scrollTo(0, 0);
    document.activeElement.blur();
    MAP.closePopup();
    Draw.stop();
    Sheet.set("low");
    Compare.readDivider(null);
    MAP.invalidateSize({animate: false});
    MAP.fitBounds(NM.data.bounds, {animate: false});
    const asOpened = {
        lang: NM.data.lang, year: NM.data.year, site: null, off: new Set(NM.data.off),
        drawing: null, drawTool: false, buffer: 0, bufferOf: null, compare: null,
    };
    const words = value => JSON.stringify(value instanceof Set ? [...value].sort() : value);
    const isOther = ([key, value]) => words(value) !== words(NM.state[key]);
    const other = Object.entries(asOpened).filter(isOther);
    if (other.length) NM.set(Object.fromEntries(other));
}"""


def violations(page):
    """Return what axe finds to mend on a page as it stands."""
    if "axe" not in page.evaluate("Object.keys(window)"):
        page.evaluate(_AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.fixture(scope="session")
def chromium():
    path = need("chromium", "chromium-headless-shell", "chromium", "chromium-browser")
    need_answer("chromium", [path, "--version"], "Chrom")  # Ubuntu's may be a stub
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """Write the page of the shipped data, in English."""
    return nm.map(tmp_path_factory.mktemp("shipped") / "map.html")


@pytest.fixture(scope="session")
def window(chromium):
    """Return a window without network, for Chromium takes a second of CPU to make one."""
    context = chromium.new_context(offline=True, viewport=WIDE)
    context.set_default_timeout(30_000)  # on a busy machine a page takes seconds to open
    yield context
    context.close()


@pytest.fixture(scope="module")
def visit(window):
    """Open a page once, without network.

    What it asks for, complains of or leaves for is in its ``heard``; ``on_map(code)`` runs
    JavaScript in which the map is ``MAP``.
    """

    @cache
    def opened(file, tab=1, mark=""):  # noqa: ARG001 - each tab is a page of its own
        home, page = file.as_uri(), window.new_page()
        page.heard = []

        def hear(what, *, foreign_to=None):
            if foreign_to is None or not what.startswith((foreign_to, "data:", "about:")):
                page.heard.append(what)

        page.on("console", lambda said: hear(said.text))
        page.on("pageerror", lambda error: hear(str(error)))
        page.on("request", lambda asked: hear(asked.url, foreign_to=home))
        page.on("framenavigated", lambda frame: hear(frame.url, foreign_to=home))
        page.on("popup", lambda other: hear(f"opened {other.url}"))
        page.on("dialog", lambda dialog: (hear(dialog.message), dialog.dismiss()))
        page.goto(home + mark)
        if name := page.evaluate("document.querySelector('.folium-map')?.id"):
            page.on_map = partial(_on_map, page, name)
            page.on_map("MAP._zoomAnimated = MAP._fadeAnimated = false")  # nothing to wait for
        return page

    def in_front(*words, **how):
        page = opened(*words, **how)
        page.bring_to_front()  # one behind others is drawn once a second
        return page

    yield in_front
    for page in window.pages:
        page.close()


def _on_map(page, name, code, value=None):
    """Run code, but do not bring the map here: most of its methods return it, 20,000 values."""
    return page.evaluate(
        f"""value => {{
            const code = ({code.replace("MAP", name)});
            const found = typeof code === "function" ? code(value) : code;
            return found instanceof L.Class ? null : found;
        }}""",
        value,
    )


@pytest.fixture(scope="session")
def open_everything():
    """Open the panel of every site and the popup of every feature.

    Their ``headings`` and the text of the ``panels`` are returned.
    """
    return lambda page: page.evaluate(_OPEN_EVERYTHING)


@pytest.fixture
def page(visit, shipped):
    """Return the page of the shipped data as it is when opened."""
    page = visit(shipped)
    page.set_viewport_size(WIDE)
    if page.evaluate(_EMULATED):
        page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
    page.on_map(_FRESH)
    return page


@pytest.fixture
def press():
    """Click the map of a page at a place (latitude, longitude)."""

    def pressed(page, lat, lng):
        box = page.locator(".folium-map").bounding_box()
        at = page.on_map("([lat, lng]) => MAP.latLngToContainerPoint([lat, lng])", [lat, lng])
        page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])

    return pressed
