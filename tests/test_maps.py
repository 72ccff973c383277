"""Maps: one offline page, looked at in Chromium."""

import os
import shutil
from functools import cache

import pytest
from playwright.sync_api import sync_playwright
from world import point, square, write_json

import nmgeo as nm
from nmgeo.atlases import build_atlas
from nmgeo.catalog import open_catalog
from nmgeo.errors import ExportError
from nmgeo.maps import render_page

HOSTILE = [
    "<script>window.hit = 1</script>",
    "</script><script>window.hit = 2</script>",
    "<img src=x onerror='window.hit = 3'>",
    '"><img src=x onerror="window.hit = 4">',
    "'><svg onload=window.hit=5>",
    "<svg><script>window.hit = 6</script></svg>",
    "<iframe srcdoc='<script>parent.hit = 7</script>'></iframe>",
    "<a href='javascript:window.hit=9'>x</a>",
    "<style>@import 'http://example.com/x.css'</style>",
    "--></main><script>window.hit = 10</script>",
    "{{ 7 * 7 }}",
    "{{ this.get_root().__class__ }}",
    "${window.hit = 11}",
    "`; window.hit = 12; `",
    '"; window.hit = 13; "',
    "'; window.hit = 14; '",
    "\\'; window.hit = 15; //",
    "\u2028window.hit = 16\u2029",
    "&lt;script&gt;window.hit = 17&lt;/script&gt;",
    "]]><script>window.hit = 18</script>",
    "{accuracy_m.__class__}",
]
FULL_WIDTH = str.maketrans("/!;", "／！；")


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("chromium is not here; get it with: apt-get install chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the page of the shipped data in each language."""
    folder = tmp_path_factory.mktemp("maps")
    return {lang: nm.map(folder / f"{lang}.html", lang=lang) for lang in ("en", "tc", "sc")}


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory):
    """Write a page of sites and layers all of whose words are hostile, side by side."""
    folder = tmp_path_factory.mktemp("hostile")
    rows, brought = [], {}
    for number, text in enumerate(HOSTILE):
        words = ("name_en", "name_tc", "basis", "method", "geometry_status", "as_of", "source")
        words = dict.fromkeys((*words, "status", "said_hedge", "said_source_url"), text)
        rows.append((square(2000 + 50 * number, 0, 40), text, words | {"accuracy_m": 5}))
        name = f"{number} {text}".translate(FULL_WIDTH)
        file = write_json(folder / f"{name}.geojson", [(point(50 * number, 900), text, words)])
        brought[text] = file
    lots = write_json(folder / "lots.geojson", rows)
    return nm.map(folder / "map.html", open_catalog(sites=lots, layers=brought))


@pytest.fixture(scope="module")
def visit(chromium):
    """Open a page once, without network; what it asks for and complains of is in ``heard``."""
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})

    @cache
    def opened(file, _window=1):
        def foreign(address):
            return address != file.as_uri() and not address.startswith("data:")

        page = context.new_page()
        page.heard = []
        page.on("console", lambda said: page.heard.append(said.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("request", lambda asked: foreign(asked.url) and page.heard.append(asked.url))
        page.goto(file.as_uri())
        return page

    yield opened
    context.close()


def open_everything(page):
    """Open the panel of every site and the popup of every feature; return their headings."""
    return page.evaluate(
        """async () => {
            const headings = [];
            for (const site of NM.data.sites) {
                NM.set({site: site.id});
                headings.push(document.querySelector("#nm-panel h2").textContent);
            }
            for (const layer of NM.data.layers.filter(one => one.features)) {
                for (const feature of layer.features) {
                    Chart.open(`${layer.name}/${feature.id}`);
                    const last = [...document.querySelectorAll(".leaflet-popup-content h2")].pop();
                    if (last) headings.push(last.textContent);
                }
            }
            await new Promise(done => {  // a broken picture is told after those before it
                const last = new Image();
                last.onerror = done;
                last.src = "data:image/png,";
            });
            return headings;
        }"""
    )


@pytest.mark.parametrize("lang", ["en", "tc", "sc"])
def test_the_page_needs_nothing_from_outside_and_has_nothing_to_complain_of(visit, files, lang):
    page = visit(files[lang], 2)

    assert len(open_everything(page)) > len(nm.sites())
    assert page.heard == []


@pytest.mark.parametrize(
    ("lang", "marked", "title"),
    [
        ("en", "en", "Northern Metropolis"),
        ("tc", "zh-Hant-HK", "北部都會區"),
        ("sc", "zh-Hans", "北部都会区"),
    ],
)
def test_the_page_says_its_language(visit, files, lang, marked, title):
    page = visit(files[lang])

    assert page.get_attribute("html", "lang") == marked
    assert title in page.title()


def test_every_layer_has_a_switch_that_takes_it_off_the_map(visit, files):
    page = visit(files["en"])
    labels = " ".join(page.locator("#nm-legend label").all_inner_texts())

    assert all(record.title_en in labels for record in open_catalog().layers.values())
    switch = page.locator("#nm-legend label", has_text="Rail stations")
    before = page.locator("path.leaflet-interactive").count()
    switch.click()
    left = page.locator("path.leaflet-interactive").count()
    switch.click()
    assert before - left == len(build_atlas().layers["stations"])


def test_the_page_says_how_well_each_outline_is_known_and_whose_data_it_is(visit, files):
    page = visit(files["en"])
    text = page.locator(".nm-side").inner_text()

    assert "Hetao Hong Kong Park, park: digitised from maps: may be 60 m out" in text
    assert all(line in text for line in open_catalog().credits)


def test_a_click_on_a_site_opens_all_that_is_known_of_it(visit, files):
    page = visit(files["en"])
    chart = page.locator(".folium-map")
    move = "setView([22.5275, 114.12], 15, {animate: false})"
    page.evaluate(f"{chart.get_attribute('id')}.{move}")
    chart.click()  # in its middle
    text = page.locator("#nm-panel").inner_text()

    for name in ("Sandy Ridge Data Facility Cluster", "沙嶺數據園區", "沙岭数据园区"):
        assert name in text
    assert "11.65" in text  # measured
    assert "11.64" in text  # published
    assert "may be 500 m out" in text
    assert "Award of the Sandy Ridge lot: awarded" in text
    links = page.locator("#nm-panel a").evaluate_all("all => all.map(a => a.href)")
    assert links
    assert all(link.startswith(("http://", "https://")) for link in links)


def test_the_hostile_words_would_do_harm_if_they_were_not_escaped(visit, tmp_path):
    file = tmp_path / "raw.html"
    file.write_text(f"<!DOCTYPE html><body>{HOSTILE[0]}{HOSTILE[2]}", encoding="utf-8")
    page = visit(file)

    assert page.evaluate("window.hit") in (1, 3)


@pytest.mark.parametrize("where", ["name", "id", "layer"])
def test_braces_in_a_users_file_are_never_run_as_a_template(tmp_path, where):
    words = {"name": "w", "id": "w", "layer": "w"} | {where: "{{ 'ha' * 9 }}"}
    feature = (point(0, 0), words["id"], {"name_en": words["name"]})
    file = write_json(tmp_path / "wells.geojson", [feature])
    page = render_page(build_atlas(open_catalog(layers={words["layer"]: file})))

    assert "ha" * 9 not in page


def test_hostile_words_of_a_users_file_are_text_and_do_nothing(visit, hostile_file):
    page = visit(hostile_file, 2)
    headings = open_everything(page)

    assert page.evaluate("window.hit") is None
    assert page.heard == []
    assert page.locator("main script, main img, main iframe").count() == 0
    assert all(headings.count(text) >= 2 for text in HOSTILE)  # as a site and in a layer


def test_hostile_names_of_layers_are_text_in_the_legend(visit, hostile_file):
    labels = visit(hostile_file).locator("#nm-legend label").all_text_contents()

    assert all(any(text in label for label in labels) for text in HOSTILE)


@pytest.mark.parametrize("word", ["__proto__", "constructor"])
def test_words_that_javascript_knows_are_words_like_others(visit, tmp_path, word):
    words = {"name_en": word, "source": word, "status": word, "geometry_status": word}
    file = write_json(tmp_path / "wells.geojson", [(point(0, 0), word, words)])
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={word: file})))

    assert word in open_everything(page)
    assert page.heard == []


def test_the_same_input_gives_the_same_bytes(files):
    assert render_page(build_atlas()) == files["en"].read_text(encoding="utf-8")


def test_the_rings_are_those_asked_for(visit, tmp_path):
    page = visit(nm.map(tmp_path / "map.html", at=["2km"]))

    assert page.evaluate("NM.data.rings.length") == len(nm.rings(["2km"]))


def test_a_page_is_not_replaced_unasked(tmp_path):
    (tmp_path / "map.html").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match="is there already"):
        nm.map(tmp_path / "map.html")

    assert (tmp_path / "map.html").read_text(encoding="utf-8") == "mine"
