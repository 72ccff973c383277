"""A reader's safety: hostile words in every place where a user's data reach the page do nothing."""

import itertools
import re

import pytest
from world import layer, square, write, write_json

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.payloads import BIG

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
SEVERAL = [" ¦ ".join(HOSTILE[n : n + 5]) for n in range(0, len(HOSTILE), 5)]  # sites cost time
COLUMNS = [
    *("name_en", "name_tc", "name_sc", "site_id", "basis", "method", "status", "geometry_status"),
    *("source", "as_of", "part_of", "said_hedge", "said_as_of", "said_source", "said_source_url"),
    *("said_source_class", "also_said_ha", "colour", "url"),
]
LINKS = "all => all.map(a => [a.protocol, a.rel, a.getAttribute('href')])"
FILE_NAME = str.maketrans("/!;:\n\t", "／！；：  ")


def told(text):
    return dict.fromkeys(COLUMNS, text) | {"accuracy_m": 5, "said_area_ha": 1.0}


def place(number, north=0):
    return square(2000 + 40 * (number % 20), north + 40 * (number // 20), 30)


def named_after(folder, texts):
    """Return a file whose name holds hostile words, as far as a name can."""
    return folder / f"{' '.join(texts).translate(FILE_NAME)[:60]}.geojson"


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory):
    """Write a page all of whose words are hostile; the layers have several in a name."""
    folder = tmp_path_factory.mktemp("hostile")
    lots = [(place(n), text, told(text)) for n, text in enumerate(SEVERAL)]
    wells = [(place(n, 900), text, told(text)) for n, text in enumerate(HOSTILE)]
    layers = {"wells": write_json(named_after(folder, HOSTILE[:3]), wells)}
    for n in range(0, len(HOSTILE), 20):
        texts = HOSTILE[n : n + 20]
        one = [(place(n, 1800), "w", {"name_en": "w"})]
        layers[" ¦ ".join(texts)] = write_json(named_after(folder, [str(n), *texts]), one)
    sites = write_json(folder / "<img src=x onerror=window.hit=1>.geojson", lots)
    here = open_catalog(sites=sites, layers=layers)
    return nm.map(folder / "map.html", here, at=["50m"])


@pytest.fixture(scope="module")
def hostile(visit, hostile_file):
    return visit(hostile_file)


@pytest.fixture(scope="module")
def headings(hostile, open_everything):
    return open_everything(hostile)


def unharmed(page):
    """Return what is to be nothing: what ran, what was asked for or complained of."""
    return [page.evaluate("window.hit ?? null"), page.heard]


def test_the_corpus_is_large_and_has_no_string_twice():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 150


def test_the_words_would_do_harm_if_they_were_not_set_as_text(visit, tmp_path):
    (tmp_path / "raw.html").write_text(f"<!DOCTYPE html><body>{_DO[0]}{_DO[1]}", encoding="utf-8")

    assert visit(tmp_path / "raw.html").evaluate("window.hit") == 1


def test_no_word_runs_asks_for_or_breaks_anything(hostile, headings):
    assert len(headings) > len(HOSTILE) + len(SEVERAL)
    assert unharmed(hostile) == [None, []]
    strange = "main script, main iframe, main link, main meta, main base, main object, main form"
    assert hostile.locator(strange).count() == 0
    assert hostile.locator("img:not(.leaflet-tile)").count() == 0


def test_every_name_is_shown_as_text_of_a_site_and_of_a_feature(headings):
    assert [text for text in (*SEVERAL, *HOSTILE) if text not in headings] == []


@pytest.mark.parametrize("lang", ["tc", "sc"])
def test_every_name_is_shown_as_text_in_chinese(hostile, headings, lang):  # noqa: ARG001
    hostile.evaluate(f"NM.set({{lang: '{lang}'}})")
    names = hostile.locator("#nm-table button.nm-choose").all_text_contents()
    hostile.evaluate("NM.set({lang: 'en'})")

    assert names == SEVERAL
    assert unharmed(hostile) == [None, []]


def test_every_name_of_a_layer_is_shown_as_text_in_the_legend(hostile):
    labels = " ".join(hostile.locator("#nm-legend label").all_text_contents())

    assert [text for text in HOSTILE if text not in labels] == []


def test_every_word_of_a_site_is_shown_as_text_in_its_panel(hostile):
    odd = HOSTILE.index("<!--") // 5
    hostile.evaluate("(n) => NM.set({site: NM.data.sites[n].id})", odd)
    panel = hostile.locator("#nm-panel").text_content()

    assert panel.count(SEVERAL[odd]) >= 6  # name, basis, status, method, hedge, source


def test_links_are_only_web_links_that_tell_nothing_of_the_page(hostile, page):
    page.evaluate("NM.set({site: NM.data.sites[0].id})")
    shipped = page.locator("#nm-panel a").evaluate_all(LINKS)
    mine = hostile.locator("main a:not([role=button])").evaluate_all(LINKS)

    assert shipped
    assert all("noopener" in rel for _, rel, _ in shipped)
    assert {protocol for protocol, _, _ in [*shipped, *mine]} <= {"http:", "https:"}


def test_the_ids_of_a_hostile_key_column_are_text(visit, tmp_path):
    key = '"><img src=x onerror=window.hit=1>'
    lots = [(place(n), None, {key: text, "name_tc": "甲"}) for n, text in enumerate(HOSTILE[::3])]
    file = write_json(tmp_path / "lots.geojson", lots)
    page = visit(nm.map(tmp_path / "map.html", open_catalog(sites=file, key=key), at=["50m"]))
    for number in range(3):
        page.locator("button.nm-choose").nth(number).click()

    assert page.locator("button.nm-choose").all_text_contents() == HOSTILE[::3]
    assert unharmed(page) == [None, []]


def test_attributes_of_a_large_layer_and_their_names_are_text(visit, tmp_path):
    rows = {f"r{n}": square(60 * (n % 50), 60 * (n // 50), 40) for n in range(BIG + 1)}
    values = dict(zip(rows, HOSTILE, strict=False))
    columns = {
        text: [text if values.get(row) == text else None for row in rows] for text in HOSTILE
    }
    file = write(layer(rows, **columns), tmp_path / "lots.geojson")
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"lots": file})))
    shown = page.on_map(
        """(places) => places.map(([lng, lat]) => {
            Big.identify(MAP, L.latLng(lat, lng));
            const terms = [...document.querySelectorAll(".leaflet-popup-content dt")];
            return terms.map((one) => [one.textContent, one.nextSibling.textContent]);
        })""",
        [
            list(c.coords[0])
            for c in layer(rows).to_crs(4326).representative_point()[: len(HOSTILE)]
        ],
    )

    told = [text for text, pairs in zip(HOSTILE, shown, strict=True) if [text, text] in pairs]
    assert told == HOSTILE
    assert unharmed(page) == [None, []]


def test_no_value_can_end_the_block_of_data(hostile_file, shipped):
    ends = [file.read_text(encoding="utf-8").count("</script") for file in (hostile_file, shipped)]

    assert ends[0] == ends[1]


def test_the_policy_lets_nothing_inline_and_nothing_be_evaluated(hostile_file):
    policy = nm.verify(hostile_file)["policy"][0]

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
