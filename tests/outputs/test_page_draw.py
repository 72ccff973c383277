"""Drawing and buffers on the page, by mouse and keyboard, with the numbers of the library."""

import csv
import json
import math
import re

import geopandas as gpd
import pytest
import shapely
from browser import violations
from world import layer, point, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog

LOOP = "hetao_hk_park:park"
INDENTED = "san_tin_technopole:development_area_excl_loop"
CORNERS = [(22.50, 114.06), (22.52, 114.09), (22.495, 114.09)]
SQUARE = [(22.50, 114.06), (22.50, 114.07), (22.51, 114.07), (22.51, 114.06)]


def as_number(text):
    return float(text.replace(",", ""))


def draw(page, press, corners=CORNERS):
    page.on_map("MAP.setView([22.508, 114.08], 13, {animate: false})")
    page.locator("#nm-draw").click()
    for corner in corners:
        press(page, *corner)
    page.get_by_role("button", name="Finish").click()


def drawn(page):
    """Return the polygon as the page holds it."""
    corners = page.evaluate("NM.state.drawing.corners.map(({lat, lng}) => [lng, lat])")
    return gpd.GeoDataFrame(
        {"name_en": ["Drawing"]}, geometry=[shapely.Polygon(corners)], crs="EPSG:4326"
    )


def values(page, selector):
    """Return the terms of a list of definitions with their values."""
    terms = page.locator(f"{selector} dt").all_inner_texts()
    return dict(zip(terms, page.locator(f"{selector} dd").all_inner_texts(), strict=True))


def buffer_text(page, metres):
    page.fill("#nm-buffer-m", str(metres))
    found = page.locator("#nm-buffer-found p.nm-area", has_text=f"Within {metres:,} m")
    found.wait_for()
    return found.inner_text()


def test_a_drawn_polygon_has_the_hectares_and_overlaps_that_the_library_measures(page, press):
    draw(page, press)
    frame, found = drawn(page), values(page, "#nm-drawing")

    hectares, low, high = map(as_number, re.findall(r"[\d,.]*\d", found["Area (ha)"]))
    measured = nm.area(frame)["area_ha"].iloc[0]
    assert hectares == pytest.approx(measured, abs=0.5)
    assert low < measured < high
    for _, site in nm.sites().iterrows():
        inside = shapely.intersection(
            site.geometry, frame.geometry.iloc[0]
        )  # near enough in degrees for a share
        share = 100 * inside.area / frame.geometry.iloc[0].area
        told = [v for k, v in found.items() if k.startswith(site["name_en"]) and site["basis"]]
        assert (share < 0.05) or any(
            f"({share:.0f}" in one or f"({share:.1f}" in one for one in told
        )
    assert "Fishponds and wetland · accuracy ±60 m" in found


def test_the_download_is_geojson_that_the_library_measures_alike(page, press, tmp_path):
    draw(page, press)
    page.fill("#nm-buffer-m", "500")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download GeoJSON").click()
    path = tmp_path / "drawing.geojson"
    waiting.value.save_as(path)

    feature = json.loads(path.read_text())["features"][0]
    area = nm.area(str(path))
    assert feature["properties"]["area_ha"] == pytest.approx(area["area_ha"].iloc[0], abs=1e-3)
    assert feature["properties"]["buffer_m"] == 500
    assert shapely.geometry.shape(feature["geometry"]).exterior.is_ccw


def test_the_drawing_as_csv_has_the_same_measures_and_its_outline_as_wkt(page, press):
    draw(page, press)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    (row,) = csv.DictReader(waiting.value.path().read_text("utf-8-sig").splitlines())

    feature = page.evaluate("Draw.toGeoJSON()")
    assert waiting.value.suggested_filename == "drawing.csv"
    assert float(row["area_ha"]) == feature["properties"]["area_ha"]
    outline = shapely.geometry.shape(feature["geometry"])
    assert shapely.from_wkt(row["wkt"]).equals(outline)


def test_by_keyboard_a_polygon_is_drawn_moved_extended_and_undone(page):
    page.on_map("MAP.setView([22.5, 114.06], 14, {animate: false})")
    page.locator("#nm-draw").focus()
    page.keyboard.press("Enter")
    page.locator(".folium-map").focus()
    for corner in SQUARE:
        page.on_map(f"MAP.setView({list(corner)}, 14, {{animate: false}})")
        page.keyboard.press("m")
    page.keyboard.press("Enter")
    assert page.evaluate("NM.state.drawing.done")
    before = page.evaluate("NM.state.drawing.corners[2]")

    corner = page.locator("[data-key=corner-2]")
    assert corner.get_attribute("aria-label") == "Corner 3 of 4"
    corner.focus()
    page.keyboard.press("Shift+ArrowUp")
    assert page.evaluate("NM.state.drawing.corners[2].lat") > before["lat"]
    assert page.evaluate("document.activeElement.dataset.key") == "corner-2"  # it keeps the focus
    page.locator("[data-key=middle-0]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("NM.state.drawing.corners.length") == 5
    page.locator("[data-key=corner-1]").focus()
    page.keyboard.press("Delete")
    assert page.evaluate("NM.state.drawing.corners.length") == 4
    for _ in range(3):
        page.keyboard.press("Control+z")
    assert page.evaluate("NM.state.drawing.corners[2]") == before


def test_edges_that_would_cross_are_refused_and_the_drawing_stays(page, press):
    a, b, c, d = SQUARE
    page.on_map("MAP.setView([22.505, 114.065], 14, {animate: false})")
    page.locator("#nm-draw").click()
    for corner in (a, c, b, d):  # the edge from b to d would cross the one from a to c
        press(page, *corner)

    assert "would cross" in page.locator("#nm-drawing [role=status]").inner_text()
    assert page.evaluate("NM.state.drawing.corners.length") == 3
    page.locator("#nm-drawing").get_by_role("button", name="Undo").click()
    assert page.evaluate("NM.state.drawing.corners.length") == 2
    page.locator("#nm-drawing").get_by_role("button", name="Clear").click()
    assert page.evaluate("NM.state.drawing") is None


def test_a_corner_that_is_dragged_over_another_edge_goes_back(page, press):
    draw(page, press, SQUARE)
    before = page.evaluate("NM.state.drawing.corners[0]")
    box = page.locator("[data-key=corner-0]").bounding_box()
    far = page.locator("[data-key=corner-2]").bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(far["x"] + 90, far["y"] + 40, steps=5)
    page.mouse.up()

    assert "would cross" in page.locator("#nm-drawing [role=status]").inner_text()
    assert page.evaluate("NM.state.drawing.corners[0]") == before
    assert page.locator("[data-key=corner-0]").bounding_box() == box
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] - 30, box["y"] + 40, steps=5)
    page.mouse.up()
    assert page.evaluate("NM.state.drawing.corners[0].lat") < before["lat"]


@pytest.mark.parametrize("metres", [1, 500, 3000])
def test_the_buffer_of_a_site_has_the_hectares_and_counts_of_rings(page, metres):
    page.evaluate(f"NM.set({{site: '{LOOP}', year: 2034}})")
    said = buffer_text(page, metres)
    found = values(page, "#nm-buffer-found")

    ring = nm.rings(at=metres).loc[LOOP]
    hectares, low, high = map(as_number, re.findall(r"\d[\d,.]*", said)[1:])
    assert hectares == pytest.approx(ring["area_ha"], abs=0.5)
    assert (low, high) == pytest.approx((ring["low_ha"], ring["high_ha"]), abs=1.1)
    assert int(found["Rail stations"].split()[0]) == ring["stations_count"]
    assert int(found["Boundary control points"].split()[0]) == ring["crossings_count"]


@pytest.mark.parametrize("metres", [1000, 3000])
def test_the_range_of_a_buffer_is_that_of_rings_rounded_outwards(page, metres):
    page.evaluate(f"NM.set({{site: '{INDENTED}'}})")
    low, high = map(as_number, re.findall(r"\d[\d,.]*", buffer_text(page, metres))[-2:])

    ring = nm.rings(at=metres).loc[INDENTED]
    assert (low, high) == (math.floor(ring["low_ha"]), math.ceil(ring["high_ha"]))


def test_the_buffer_of_a_drawing_agrees_with_rings_to_a_square_metre(page, press):
    draw(page, press)
    buffer_text(page, 750)
    script = """() => {
        const ring = NM.state.drawing.corners.map(({lat, lng}) => Grid.toGrid(lat, lng));
        return Planar.area(Planar.buffer({region: [ring]}, 750)) / 1e4;
    }"""

    expected = nm.rings(drawn(page), 750)["area_ha"].iloc[0]
    assert page.evaluate(script) == pytest.approx(expected, abs=2e-3)


def test_the_slider_moves_by_keyboard_and_its_edge_lies_at_the_distance(page):
    page.evaluate(f"NM.set({{site: '{LOOP}'}})")
    page.locator("#nm-buffer-slide").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.locator("#nm-buffer-found p", has_text="Within 30 m").wait_for()

    assert page.input_value("#nm-buffer-m") == "30"
    edge = page.evaluate(f"""() => {{
        const site = NM.data.sites.find(({{id}}) => id === '{LOOP}');
        const region = Symbols.rings(site.shape).flat().map((ring) => (
            ring.slice(0, -1).map(([lng, lat]) => Grid.toGrid(lat, lng))));
        return Planar.bufferEdge({{region}}, 30).flat().map((at) => (
            Planar.distance({{points: [at]}}, {{region}})));
    }}""")
    assert min(edge) > 29.9
    assert max(edge) < 30.01


def test_a_distance_that_cannot_be_leaves_the_buffer_as_it_was(page):
    page.evaluate(f"NM.set({{site: '{LOOP}'}})")
    buffer_text(page, 100)
    for typed in ("-5", "3001", "1e9", ""):
        page.fill("#nm-buffer-m", typed)
        assert page.evaluate("NM.state.buffer") == 100

    page.locator("#nm-buffer-m").blur()
    assert page.input_value("#nm-buffer-m") == "100"


def test_a_point_tells_the_nearest_station_of_the_year_and_what_it_lies_in(page, press):
    page.on_map("MAP.setView([22.4965, 114.0735], 15, {animate: false})")
    page.locator("#nm-draw").click()
    page.locator("#nm-drawing").get_by_role("button", name="Point", exact=True).click()
    press(page, 22.4965, 114.0735)
    found = values(page, "#nm-drawing")

    assert found["Nearest station open in 2026"].startswith("Lok Ma Chau: ")
    assert "San Tin Technopole, outline zoning plan scheme area" in found
    page.locator("#nm-year").fill("2034")
    assert values(page, "#nm-drawing")["Nearest station open in 2034"].startswith("Chau Tau: ")


def test_the_address_holds_the_drawing_and_the_buffer(page, press, visit, shipped):
    draw(page, press)
    buffer_text(page, 250)
    mark = page.evaluate("location.hash")
    other = visit(shipped, 2, mark)

    assert other.evaluate("NM.state.drawing") == page.evaluate("NM.state.drawing")
    assert other.evaluate("NM.state.buffer") == 250


NO_DRAWINGS = (
    *("polygon;1,2,3", "x;1,2,3;4,5,6;7,8,9", "point;91,0,5", "polygon;0,0,1;1,1,1;1,0,1;0,1,1"),
    *("polygon;a,b,c;d,e,f;g,h,i", "<b>", "polygon;0,0,0;0,1,0;1,1,0", "polygon;0,0,1;0,1,1"),
)


def test_a_drawing_in_the_address_that_is_none_is_ignored(page):
    found = page.evaluate("(asked) => asked.map((one) => Draw.read(one))", list(NO_DRAWINGS))

    assert found == [None] * len(NO_DRAWINGS)


def test_a_polygon_is_drawn_by_touch(chromium, shipped):
    context = chromium.new_context(
        offline=True, has_touch=True, viewport={"width": 812, "height": 375}
    )
    page = context.new_page()
    page.goto(shipped.as_uri())
    page.locator("#nm-draw").tap()
    box = page.locator(".folium-map").bounding_box()
    for x, y in ((150, 80), (300, 90), (250, 200)):
        page.touchscreen.tap(box["x"] + x, box["y"] + y)
    page.get_by_role("button", name="Finish").tap()
    drawn = page.evaluate("NM.state.drawing")
    context.close()

    assert drawn["done"]
    assert len(drawn["corners"]) == 3


@pytest.mark.parametrize(("lang", "scheme"), [("en", "dark"), ("tc", "light")])
def test_drawing_is_accessible(page, press, lang, scheme):
    draw(page, press)
    page.emulate_media(color_scheme=scheme)
    page.evaluate(f"NM.set({{lang: '{lang}', site: '{LOOP}', buffer: 800}})")
    page.locator("#nm-buffer-found p.nm-area").wait_for()

    assert violations(page) == []


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_own_layers_are_counted_whether_encoded_or_not(visit, tmp_path):
    places = {f"p{n}": point(30 * n, 0) for n in range(600)}  # encoded
    mine = write(layer(places, name_en=[f"P{n}" for n in range(600)]), tmp_path / "many.geojson")
    some = write(
        layer({"a": square(0, 0, 100), "b": square(5_000, 0, 10)}), tmp_path / "few.geojson"
    )
    sites = write(layer({"s": square(0, 0, 50)}, name_en=["S"]), tmp_path / "site.geojson")
    catalog = open_catalog(layers={"many": mine, "few": some}, sites=str(sites))
    page = visit(nm.map(tmp_path / "own.html", catalog))
    page.evaluate("NM.set({site: NM.data.sites[0].id})")
    buffer_text(page, 1000)

    found, ring = values(page, "#nm-buffer-found"), nm.rings(catalog, 1000).iloc[0]
    assert int(found["many"]) == ring["many_count"]
    assert int(found["few"]) == ring["few_count"]


def pressed(page):
    return [page.locator(f"#nm-{one}").get_attribute("aria-pressed") for one in ("measure", "draw")]


def test_drawing_ends_measuring_and_closes_what_would_take_its_clicks(page):
    page.evaluate("MapView.open('stations/stn_lo_wu')")
    page.locator("#nm-measure").click()
    assert page.locator(".leaflet-popup").count() == 0
    page.evaluate("MapView.open('stations/stn_lo_wu')")
    page.locator("#nm-draw").click()

    assert pressed(page) == ["false", "true"]
    assert page.locator(".leaflet-popup").count() == 0


def test_of_a_mixed_layer_a_drawing_tells_land_and_points(visit, tmp_path):
    shapes = {"a": square(0, 0, 100), "b": point(150, 50), "c": point(9_000, 0)}
    mixed = write(layer(shapes), tmp_path / "mixed.geojson")
    page = visit(nm.map(tmp_path / "mixed.html", open_catalog(layers={"mixed": mixed})))
    box = gpd.GeoSeries([square(-50, -50, 300)], crs="EPSG:2326").to_crs(4326)[0]
    page.evaluate(
        "path => NM.set({drawing: {kind: 'polygon', done: true, corners:"
        " path.map(([lng, lat]) => ({lng, lat, off: 0}))}})",
        [list(corner) for corner in box.exterior.coords[:-1]],
    )

    assert values(page, "#nm-drawing")["mixed"] == "1.00 ha (11.1%); features: 1"


def test_little_land_of_a_rough_outline_keeps_one_digit(page):
    said = page.evaluate("[0.1935, 0.05, 0.4999, 0.5, 0.00004, 0].map(ha => NM.hectares(ha, 0))")

    assert said == ["0.2", "0.05", "0.5", "1", "0", "0"]
