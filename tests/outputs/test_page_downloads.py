"""Out of the page: layers as GeoJSON and CSV, the view as a picture, a link with the state."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
from browser import violations
from world import layer, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.formats.formulas import guard_formula

LOOP = "hetao_hk_park:park"


@pytest.fixture
def opened(page):
    page.locator("#nm-save").evaluate("one => { one.open = true; }")
    return page


def saved(page, button, choice=None, within="#nm-save"):
    if choice:
        page.select_option("#nm-save-layer", choice)
    with page.expect_download() as waiting:
        page.locator(within).get_by_role("button", name=button).click()
    return Path(waiting.value.path()).read_bytes(), waiting.value.suggested_filename


def test_the_sites_as_geojson_are_read_by_the_library_with_their_hectares(opened, tmp_path):
    content, name = saved(opened, "Download as GeoJSON", "sites")
    file = tmp_path / name
    file.write_bytes(content)

    again, shipped = gpd.read_file(file), nm.area()
    assert name == "sites.geojson"
    assert again["id"].tolist() == nm.sites().index.tolist()
    assert nm.area(str(file), key="id")["area_ha"].tolist() == pytest.approx(
        shipped["area_ha"].tolist(), abs=0.1
    )
    assert again["name_tc"].notna().all()


def test_stations_as_csv_have_names_and_places(opened):
    content, name = saved(opened, "Download as CSV", "stations")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))

    stations = nm.read_layer(open_catalog(), "stations")
    assert name == "stations.csv"
    assert [row["name_en"] for row in rows] == stations["name_en"].tolist()
    assert [float(row["longitude"]) for row in rows] == pytest.approx(
        stations.geometry.x.tolist(), abs=1e-6
    )


@pytest.mark.parametrize("count", [3, 600])
def test_an_own_layer_comes_back_with_holes_and_without_formulas(visit, tmp_path, count):
    shapes = {f"l{n}": square(200 * (n % 30), 200 * (n // 30), 100) for n in range(count)}
    shapes["l0"] = square(0, 0, 100).difference(square(0, 0, 20))
    frame = layer(shapes, note=["=1+1", *["plain"] * (count - 1)])
    file = write(frame, tmp_path / "lots.gpkg")
    page = visit(nm.map(tmp_path / f"{count}.html", open_catalog(layers={"lots": file})))
    page.locator("#nm-save").evaluate("one => { one.open = true; }")
    content, _ = saved(page, "Download as GeoJSON", "lots")
    rows, _ = saved(page, "Download as CSV", "lots")

    again = gpd.GeoDataFrame.from_features(json.loads(content), crs="EPSG:4326")
    areas = sorted(again.to_crs("EPSG:2326").area)
    assert areas == pytest.approx(sorted(frame.to_crs("EPSG:2326").area), rel=0.01)
    assert set(again["note"]) == {"=1+1", "plain"}
    notes = {row["note"] for row in csv.DictReader(io.StringIO(rows.decode("utf-8-sig")))}
    assert notes == {"'=1+1", "plain"}


def test_the_guard_of_the_page_is_that_of_the_library(page):
    texts = ["=1", "\u3000＝1", "-5", "+1.5", "-a", "@x", "\tx", "\u2002-1", "a=1", "", "−1", "+"]

    guarded = page.evaluate("(texts) => texts.map(Csv.guard)", texts)
    assert guarded == [guard_formula(one) for one in texts]


@pytest.mark.parametrize("kind", ["PNG", "SVG"])
def test_the_view_is_saved_as_a_picture_with_title_scale_and_credit(opened, kind):
    opened.evaluate(f"NM.set({{site: '{LOOP}', buffer: 300}})")
    opened.locator(".nm-buffer-edge").wait_for(state="attached")
    content, name = saved(opened, f"View as {kind}")

    assert name == f"map.{kind.lower()}"
    if kind == "PNG":
        size = opened.locator(".folium-map").bounding_box()
        wide, high = (int.from_bytes(content[n : n + 4], "big") for n in (16, 20))
        assert content.startswith(b"\x89PNG")
        assert (wide, high) == pytest.approx((2 * size["width"], 2 * (size["height"] + 62)), abs=1)
        return
    picture = ET.fromstring(content)  # noqa: S314 - our own
    words = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "Northern Metropolis: land sites · 2026" in words
    assert any("DATA.GOV.HK" in one for one in words if one)
    assert any("Hetao Hong Kong Park" in one for one in words if one)
    assert not list(picture.iter("{http://www.w3.org/2000/svg}image"))  # the base is vectors too
    sea = opened.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--b-sea').trim()"
    )
    assert any(one.get("fill") == sea for one in picture.iter("{http://www.w3.org/2000/svg}path"))
    assert b"javascript" not in content
    assert b"<script" not in content


def test_a_link_is_copied_that_holds_the_whole_state(opened, visit, shipped):
    opened.evaluate(f"""() => {{
        NM.set({{lang: 'tc', year: 2031, site: '{LOOP}', off: new Set(['stations']), buffer: 400}});
        NM.set({{base: 'none', bufferOf: 'site', around: true}});
        Here.show(L.latLng(22.5, 114.07));
    }}""")
    opened.locator("[data-key=link_copy]").click()
    opened.locator("#nm-link").wait_for()
    link = opened.input_value("#nm-link")
    other = visit(shipped, 7, link[link.index("#") :])

    script = """() => { const { lang, year, site, off, buffer, base, bufferOf, around } = NM.state;
        return [lang, year, site, [...off], buffer, base, bufferOf, around, Here.place().lat]; }"""
    assert other.evaluate(script) == opened.evaluate(script)
    opened.evaluate("NM.set({base: 'base', around: false}); Here.clear()")


def test_the_link_holds_the_tables_with_their_filter_and_order(visit, tmp_path):
    frame = layer({f"l{n}": square(200 * n, 0, 100) for n in range(9)}, rent=list(range(9)))
    file = write(frame, tmp_path / "lots.gpkg")
    path = nm.map(tmp_path / "lots.html", open_catalog(layers={"lots": file}))
    page = visit(path)
    page.locator("#nm-tables summary").click()
    page.locator("#nm-tables input[type=search]").fill("l")
    for _ in range(2):
        page.locator("#nm-tables thead button", has_text="rent").click()
    other = visit(path, 2, page.evaluate("new URL(Tools.address()).hash"))

    rows = other.locator("#nm-tables tbody tr").all_inner_texts()
    assert rows == page.locator("#nm-tables tbody tr").all_inner_texts()
    assert rows[0].split("\t")[-1] == "8"
    assert other.input_value("#nm-tables input[type=search]") == "l"
    content, _ = saved(other, "Download as GeoJSON", within="#nm-tables")
    assert json.loads(content)["features"][0]["properties"]["rent"] == 8


@pytest.mark.parametrize("mark", ["t=x", "t=[1]", 't=["lots"]', "h=a,b", "h=1", "t=null", "r=<b>"])
def test_an_address_that_makes_no_sense_is_ignored(visit, shipped, mark):
    other = visit(shipped, mark, f"#{mark}")

    assert other.evaluate("NM.state.buffer") == 0
    assert other.heard == []


@pytest.mark.parametrize("lang", ["en", "tc"])
def test_downloading_is_accessible(opened, lang):
    opened.evaluate(f"NM.set({{lang: '{lang}'}})")
    opened.locator("[data-key=link_copy]").click()
    opened.locator("#nm-link").wait_for()

    assert violations(opened) == []


def test_the_distances_as_csv_say_to_what_and_hold_those_of_0_metres(opened):
    content, name = saved(opened, "Download as CSV", "links")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))

    assert name == "links.csv"
    assert {row["layer"] for row in rows} == {"stations", "crossings"}
    park = [row for row in rows if row["site"] == LOOP and row["layer"] == "stations"]
    assert [(row["name_en"], row["nearest_m"]) for row in park] == [
        ("Lok Ma Chau", "880"),
        ("The Loop (HSITP)", "0"),
    ]
    shapes, _ = saved(opened, "Download as GeoJSON", "links")
    features = json.loads(shapes)["features"]
    assert len(features) == len(rows)
    lined = [one["properties"]["nearest_m"] > 0 for one in features]
    assert [bool(one["geometry"]) for one in features] == lined


def test_a_link_that_names_less_clears_what_was_chosen_before(visit, tmp_path):
    frame = layer({f"l{n}": square(200 * n, 0, 100) for n in range(9)}, rent=list(range(9)))
    file = write(frame, tmp_path / "lots.gpkg")
    page = visit(nm.map(tmp_path / "lots.html", open_catalog(layers={"lots": file})))
    page.locator("#nm-tables summary").click()
    page.evaluate(f"NM.set({{site: '{LOOP}', base: 'none'}}); Here.show(L.latLng(22.5, 114.07))")
    page.evaluate("location.hash = 'y=2031'")
    page.wait_for_function("NM.state.year === 2031")

    assert page.evaluate("[NM.state.site, NM.state.base, Here.place()]") == [None, "base", None]
    assert not page.evaluate("document.querySelector('#nm-tables details').open")
    assert "s=" not in page.evaluate("Tools.address()")


SVG = "{http://www.w3.org/2000/svg}"


def picture_of(page):
    return ET.fromstring(page.evaluate("Picture.svg()"))  # noqa: S314 - our own


@pytest.mark.parametrize(("base", "other", "side"), [("base", "none", 0), ("none", "base", 1)])
def test_a_picture_of_two_base_maps_has_each_on_its_side(page, base, other, side):
    page.evaluate(f"NM.set({{base: '{base}', compare: {{base: '{other}'}}}})")
    page.evaluate("Labels.place()")
    at, width = page.evaluate(
        "[Compare.dividerAt(), document.querySelector('.folium-map').clientWidth]"
    )
    picture = picture_of(page)
    names = [
        float(one.get("x"))
        for one in page.query_selector_all(".nm-names text")
        if (one.text_content() or "").startswith(("Fanling", "Yuen Long", "Tin Shui Wai", "Futian"))
        and "nm-town" in (one.evaluate("one => one.parentNode.className.baseVal"))
    ]
    page.evaluate("NM.set({base: 'base', compare: null})")

    clip = picture.find(f".//{SVG}clipPath[@id='nm-half-base']/{SVG}rect")
    assert [float(clip.get(key)) for key in ("x", "width")] == (
        [at, width - at] if side else [0, at]
    )
    assert picture.find(f".//{SVG}path[@d='M{at:g} 0V{clip.get('height')}']") is not None
    assert names is not None


@pytest.mark.parametrize("lang", ["en", "tc"])
def test_the_texts_under_a_picture_fit_a_phone(opened, lang):
    opened.evaluate(f"NM.set({{lang: '{lang}'}})")
    opened.set_viewport_size({"width": 375, "height": 667})
    opened.on_map("MAP.invalidateSize({animate: false})")
    high = opened.locator(".folium-map").bounding_box()["height"]
    widths = opened.evaluate("""() => {
        const svg = Picture.build();
        document.body.append(svg);
        const texts = [...svg.children].filter((one) => one.localName === "text");
        const found = texts.map((one) => {
            const { left, right, bottom } = one.getBoundingClientRect();
            const box = svg.getBoundingClientRect();
            return [left - box.left, right - box.left, bottom - box.top, box.height];
        });
        svg.remove();
        return found;
    }""")

    assert len(widths) >= 4
    assert all(left >= 0 and right <= 375 and bottom <= of for left, right, bottom, of in widths)
    assert widths[0][3] > high + 62
