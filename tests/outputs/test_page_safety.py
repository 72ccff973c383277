"""A reader's safety: hostile words in every place where data reach the page do nothing."""

import itertools
import re
from dataclasses import replace

import pandas as pd
import pytest
from world import layer, square, write, write_json

import nmgeo as nm
from nmgeo.catalog import RESERVED, open_catalog
from nmgeo.errors import Notice
from nmgeo.outputs.web.layer_data import MAX_PATH_FEATURES
from nmgeo.outputs.web.map import render_page

_OUT = ["", '">', "'>", "</script>", "-->", "]]>", "</style>", "</title>", "*/", "\\", "}})", "`"]
_DO = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg onload=window.hit=1>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<input autofocus onfocus=window.hit=1>",
    "<details open ontoggle=window.hit=1>",
    "<link rel=stylesheet href=https://example.com/x.css>",
    "<meta http-equiv=refresh content='0;url=https://example.com'>",
]
_WORDS = r"""
__proto__ constructor prototype toString hasOwnProperty valueOf __defineGetter__ undefined
null NaN Infinity true 0 -1 1e309 stations sites rings links nm-table nm-data nm-policy
sort-name <!-- <!--<script> <![CDATA[ <plaintext> {net_ha} {accuracy_m.__class__} %00%0a
%s%n%x%d %(name)s #v=0,0,0 a,b;c|d&e=f javascript:window.hit=1 JaVaScRiPt:window.hit=1
//example.com/x.js https://example.com/x.png vbscript:msgbox(1) ../../../../etc/passwd
file:///etc/passwd C:\Windows\win.ini back\slash\ \0\x00\u0000 expression(window.hit=1)
url(#nm-p0) "quoted" 'apostrophe' שלום مرحبا 👩‍👩‍👧‍👦🏳️‍🌈 Z̸̢̛̙͓a̵l̷g̶o̸ 新田<科技>城
data:text/html,<script>window.hit=1</script> '-(window.hit=1)-'
""".split()  # noqa: SIM905 - a line each would be a page
_ALONE = [
    "java\tscript:window.hit=1",
    "<a href='javascript:window.hit=1'>x</a>",
    "<base href=https://example.com/>",
    "<form action=https://example.com><button>x</button></form>",
    "<object data=https://example.com/x.swf>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "&#60;script&#62;window.hit=1",
    "\\u003cscript\\u003ewindow.hit=1\\u003c/script\\u003e",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{# note #}",
    "{{ this.get_root().__class__ }}",
    "${window.hit = 1}",
    "`; window.hit = 1; `",
    '"; window.hit = 1; "',
    "'; window.hit = 1; '",
    "$& $` $' $1 $$",
    "[object Object]",
    "a\u2028window.hit=1\u2029b",
    "\u202egnp.exe\u202c",
    "\u2066isolate\u2069",
    "a\u200bb\u200dc\ufeffd",
    "\x7fdelete",
    "line\nbreak",
    "red; background: url(https://example.com/x)",
    "} * { display: none } {",
    "W" * 5_000,
    "a" * 2_000 + "<script>window.hit=1</script>",
    "\u0301\u0302",
    "'; DROP TABLE sites; --",
    "1 OR 1=1",
    "=cmd|' /C calc'!A0",
]
HOSTILE = [*_WORDS, *_ALONE, *(out + do for out, do in itertools.product(_OUT, _DO))]
COLUMNS = [
    *("name_en", "name_tc", "name_sc", "site_id", "basis", "method", "status", "geometry_status"),
    *(
        "source",
        "as_of",
        "part_of",
        "published_hedge",
        "published_as_of",
        "published_source",
        "published_source_url",
    ),
    *("published_source_class", "also_published_ha", "colour", "fill", "stroke", "url"),
]
LINKS = "all => all.map(a => [a.protocol, a.rel, a.getAttribute('href')])"
NAMES = [text for text in HOSTILE if text not in RESERVED]  # of layers
FILE_NAME = str.maketrans("/!;:\n\t", "／！；：  ")


def told(text):
    return dict.fromkeys(COLUMNS, text) | {"accuracy_m": 5, "published_area_ha": 1.0}


def place(number, north=0):
    return square(2000 + 40 * (number % 20), north + 40 * (number // 20), 30)


def named_after(folder, number, text):
    """Return a file whose name holds a hostile word, as far as a name can."""
    return folder / f"{number} {text.translate(FILE_NAME)[:60]}.geojson"


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory):
    """Write a page all of whose words are hostile, each alone: of sites, features and layers."""
    folder = tmp_path_factory.mktemp("hostile")
    lots = [(place(n), text, told(text)) for n, text in enumerate(HOSTILE)]
    wells = [(place(n, 900), text, told(text)) for n, text in enumerate(HOSTILE)]
    layers = {"wells": write_json(folder / "wells.geojson", wells)}
    for n, text in enumerate(NAMES):
        one = [(place(n, 1800), "w", {"name_en": "w"})]
        layers[text] = write_json(named_after(folder, n, text), one)
    sites = write_json(folder / "<img src=x onerror=window.hit=1>.geojson", lots)
    here = open_catalog(sites=sites, layers=layers)
    with pytest.warns(Notice, match="sites together"):  # so many sites
        return nm.map(folder / "map.html", here, at=["50m"])


@pytest.fixture(scope="module")
def hostile_ledger(tmp_path_factory, shipped_atlas):
    """Write a page whose ledger and registry are hostile, each word alone in a row of its own."""
    atlas, rows = shipped_atlas("en"), range(len(HOSTILE))
    site = atlas.sites["site_id"].iloc[0]
    words = ("policy_id", "name_en", "name_tc", "name_sc", "kind", "status", "holds_by")
    said = ("offers", "amount", "amount_unit", "ratio", "threshold")
    whole, held = [f"w{n}" for n in rows], [f"h{n};w{n}" for n in rows]
    rules = pd.concat([atlas.policies.iloc[:1]] * len(HOSTILE), ignore_index=True)
    rules = rules.assign(source=held, **dict.fromkeys((*words, *said), HOSTILE))
    claims = atlas.claims[atlas.claims["unit"].isin(["year", "date"])].iloc[:1]
    claims = pd.concat([claims.assign(subject=site)] * len(HOSTILE), ignore_index=True)
    sources = pd.DataFrame({"source_class": HOSTILE, "source_title": HOSTILE}).set_axis(whole)
    sources = sources.assign(source_page=HOSTILE, source_quote=HOSTILE)
    sources["source_url"] = [f"https://example.com/{text}" for text in HOSTILE]
    bare = sources.assign(source_url=HOSTILE).set_axis([f"h{n}" for n in rows])
    table = next(iter(atlas.catalog.tables.values()))
    tables = {text: replace(table, credit=text, licence=text) for text in HOSTILE}
    drawn = replace(
        atlas,
        policies=rules.assign(site_id=site),
        statuses=rules[["policy_id", "status"]].assign(as_of="2026", hedge=HOSTILE),
        claims=claims.assign(attribute=HOSTILE, hedge=HOSTILE, source=held),
        sources=pd.concat([sources, bare]),
        translations={text: (text, text, text) for text in HOSTILE},
        catalog=replace(atlas.catalog, tables=tables),
    )
    file = tmp_path_factory.mktemp("ledger") / "map.html"
    file.write_text(render_page(drawn), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def hostile(visit, hostile_file):
    return visit(hostile_file)


@pytest.fixture(scope="module")
def shown(hostile, open_everything):
    return open_everything(hostile)


@pytest.fixture(scope="module")
def headings(shown):
    return shown["headings"]


def unharmed(page):
    """Return what is to be nothing: what ran, what was asked for or complained of."""
    return [page.evaluate("window.hit ?? null"), page.heard]


def test_the_corpus_is_large_and_has_no_string_twice():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 150


def test_the_words_would_do_harm_if_they_were_not_set_as_text(visit, tmp_path):
    (tmp_path / "raw.html").write_text(f"<!DOCTYPE html><body>{_DO[0]}{_DO[1]}", encoding="utf-8")

    assert visit(tmp_path / "raw.html").evaluate("window.hit") == 1


def test_no_word_runs_asks_for_or_breaks_anything(hostile, headings):
    assert len(headings) >= 2 * len(HOSTILE) + len(NAMES)
    assert unharmed(hostile) == [None, []]
    strange = "main script, main iframe, main link, main meta, main base, main object, main form"
    assert hostile.locator(strange).count() == 0
    assert hostile.locator("img:not(.leaflet-tile)").count() == 0


def test_every_name_is_shown_as_text_of_a_site_and_of_a_feature(headings):
    assert headings[: len(HOSTILE)] == HOSTILE
    assert [text for text in HOSTILE if headings.count(text) < 2] == []


@pytest.mark.parametrize("lang", ["tc", "sc"])
def test_every_name_is_shown_as_text_in_chinese(hostile, headings, lang):  # noqa: ARG001
    hostile.evaluate(f"NM.set({{lang: '{lang}'}})")
    names = hostile.locator("#nm-table button.nm-choose").all_text_contents()
    hostile.evaluate("NM.set({lang: 'en'})")

    assert names == HOSTILE
    assert unharmed(hostile) == [None, []]


def test_every_name_of_a_layer_is_shown_as_text_in_the_legend(hostile):
    labels = hostile.locator("#nm-legend label").all_text_contents()

    assert [text for text in NAMES if not any(text in label for label in labels)] == []


def test_every_word_of_a_site_is_shown_as_text_in_its_panel(shown):
    pairs = zip(shown["panels"], HOSTILE, strict=True)
    told = [panel.count(text) for panel, text in pairs]

    assert min(told) >= 5  # name, basis, status, method, hedge


def test_the_words_of_a_ledger_and_a_registry_are_text(visit, hostile_ledger, open_everything):
    page = visit(hostile_ledger)
    panel = open_everything(page)["panels"][0]
    page.evaluate("NM.set({site: NM.data.sites[0].id})")
    credit = page.locator("#nm-credits").text_content()
    links = page.locator("#nm-panel a").evaluate_all(LINKS)

    assert [text for text in HOSTILE if panel.count(text) < 3 or text not in credit] == []
    assert len(links) >= len(HOSTILE)
    assert {protocol for protocol, _, _ in links} <= {"http:", "https:"}
    assert all("noopener" in rel for _, rel, _ in links)
    assert unharmed(page) == [None, []]


def test_links_are_only_web_links_that_tell_nothing_of_the_page(hostile, page):
    page.evaluate("NM.set({site: NM.data.sites[0].id})")
    shipped = page.locator("#nm-panel a").evaluate_all(LINKS)
    mine = hostile.locator("main a:not([role=button])").evaluate_all(LINKS)

    assert shipped
    assert all("noopener" in rel for _, rel, _ in shipped)
    assert {protocol for protocol, _, _ in [*shipped, *mine]} <= {"http:", "https:"}


def test_the_ids_of_a_hostile_key_column_are_text(visit, tmp_path):
    key = '"><img src=x onerror=window.hit=1>'
    lots = [(place(n), None, {key: text}) for n, text in enumerate(HOSTILE)]
    file = write_json(tmp_path / "lots.geojson", lots)
    here = open_catalog(sites=file, key=key)
    with pytest.warns(Notice, match="sites together"):
        page = visit(nm.map(tmp_path / "map.html", here, at=["50m"]))
    for number in range(3):
        page.locator("button.nm-choose").nth(number).click()

    assert page.locator("button.nm-choose").all_text_contents() == HOSTILE
    assert unharmed(page) == [None, []]


def test_attributes_of_a_large_layer_and_their_names_are_text(visit, tmp_path):
    rows = {
        f"r{n}": square(60 * (n % 50), 60 * (n // 50), 40) for n in range(MAX_PATH_FEATURES + 1)
    }
    values = dict(zip(rows, HOSTILE, strict=False))
    columns = {
        text: [text if values.get(row) == text else None for row in rows] for text in HOSTILE
    }
    file = write(layer(rows, **columns), tmp_path / "lots.geojson")
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"lots": file}, crs="wgs84")))
    shown = page.on_map(
        """(places) => places.map(([lng, lat]) => {
            CanvasLayers.identify(L.latLng(lat, lng));
            const terms = [...document.querySelectorAll(".leaflet-popup-content dt")];
            return terms.map((one) => [one.textContent, one.nextSibling.textContent]);
        })""",
        [c.coords[0] for c in layer(rows).to_crs(4326).representative_point()[: len(HOSTILE)]],
    )

    told = [text for text, pairs in zip(HOSTILE, shown, strict=True) if [text, text] in pairs]
    assert told == HOSTILE
    assert unharmed(page) == [None, []]


def test_no_value_can_end_the_block_of_data(hostile_file, shipped):
    ends = [file.read_text(encoding="utf-8").count("</script") for file in (hostile_file, shipped)]

    assert ends[0] == ends[1]


def test_the_policy_lets_nothing_inline_and_nothing_be_evaluated(hostile_file):
    row = nm.verify(hostile_file).iloc[0]
    policy = row["policy"]

    assert (row["hosts"], row["faults"]) == ("", "")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert not re.search("unsafe|\\*|script-src[^;]*(data:|https?:)", policy)


@pytest.mark.parametrize(
    "inject",
    [
        "document.body.append(Object.assign(document.createElement('script'), {text: 'hit = 1'}))",
        "document.body.insertAdjacentHTML('beforeend', '<img src=data: onerror=window.hit=1>')",
        "setTimeout('window.hit = 1')",
        "location.href = 'javascript:window.hit=1'",
    ],
)
def test_a_script_put_into_the_page_does_not_run(visit, shipped, inject):
    page = visit(shipped, 2)
    before = len(page.heard)
    page.evaluate(f"void ({inject})")
    page.evaluate("new Promise((done) => setTimeout(done, 50)).then(() => 0)")

    assert page.evaluate("window.hit ?? null") is None
    assert "Content Security Policy" in " ".join(page.heard[before:])
