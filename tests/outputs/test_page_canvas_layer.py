"""Layers too large for a path each: drawn on a canvas, and still told feature by feature."""

import json
import re
import warnings

import pytest
import shapely
from browser import violations
from shapely import Polygon
from world import layer, line, lonlat, point, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.errors import Notice
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.site_symbology import MAX_NAMED_SITES
from nmgeo.outputs.web import map as web_map
from nmgeo.outputs.web.geometry_encoding import MAX_SEPARATE_RINGS
from nmgeo.outputs.web.page_data import build_page_data, to_script_json

COUNT, SIDE, WIDE = 3_000, 20, 60  # squares of 20 m, 30 m apart, 60 to a row
CANVAS = "canvas.nm-layer"
ROWS = "all => all.map(one => [one.querySelector('dt').textContent, one.textContent])"


def place(number):
    """Return the south-west corner of a feature, away from all that is shipped."""
    return -4000 + 30 * (number % WIDE), 30 * (number // WIDE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("big")


@pytest.fixture(scope="module")
def brought(folder):
    """Write three large files: lots, paths (each a diagonal) and wells."""
    shapes = {
        "lots": {f"l{n}": square(*place(n), SIDE) for n in range(COUNT)},
        "paths": {
            f"p{n}": line((place(n)[0], 3000 + place(n)[1]), (place(n)[0] + 25, 3025 + place(n)[1]))
            for n in range(COUNT)
        },
        "wells": {f"w{n}": point(place(n)[0], 6000 + place(n)[1]) for n in range(COUNT)},
    }
    # one line across its own wide box, on clear ground
    shapes["paths"]["across"] = line((-4000, 8000), (-3000, 9000))
    files = {}
    for name, features in shapes.items():
        told = {
            "name_en": [f"Name of {key}" for key in features],
            "owner": [f"Owner of {key}" if key[-1] != "7" else None for key in features],
            "note": [f"{key} " * 20 for key in features],
            "floors": [float(n) for n in range(len(features))],
        }
        files[name] = write(layer(features, **told), folder / f"{name}.geojson")
    return files


@pytest.fixture(scope="module")
def big_file(folder, brought):
    return nm.map(folder / "big.html", open_catalog(layers=brought))


@pytest.fixture
def big(visit, big_file):
    """Return the page of the large layers, without the others, near the lots."""
    page = visit(big_file)
    own = "NM.data.layers.filter(one => !one.big).map(one => one.name)"
    page.evaluate(f"NM.set({{site: null, off: new Set({own})}})")
    page.on_map("MAP.closePopup()")
    page.evaluate("Here.clear()")  # the mark of a click of another test
    return page


def go(page, shape, zoom=18):
    """Put the middle of a shape of the grid in the middle of the map."""
    middle = lonlat(shape.centroid)
    page.on_map(
        f"([lat, lng]) => MAP.setView([lat, lng], {zoom}, {{animate: false}})",
        [middle.y, middle.x],
    )
    return middle.y, middle.x


def told(page):
    """Return what the popup says: name to value."""
    names = page.locator(".leaflet-popup-content dt").all_inner_texts()
    return dict(
        zip(names, page.locator(".leaflet-popup-content dd").all_inner_texts(), strict=True)
    )


def only(page, name):
    """Show one of the large layers alone."""
    off = f"NM.data.layers.map(one => one.name).filter(one => one !== '{name}')"
    page.evaluate(f"NM.set({{off: new Set({off})}})")


def ink(page):
    """Count the pixels that are drawn."""
    return page.evaluate(
        """() => [...document.querySelectorAll("canvas.nm-layer")].reduce((sum, tile) => {
            const { data } = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height);
            for (let n = 3; n < data.length; n += 4) sum += data[n] > 0;
            return sum;
        }, 0)"""
    )


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("lots", square(*place(1530), SIDE)),
        ("paths", line((-3100, 3750), (-3075, 3775))),
        ("wells", point(-3100, 6750)),
    ],
)
def test_a_large_layer_is_drawn_on_a_canvas_and_not_as_paths(big, name, shape):
    only(big, name)
    go(big, shape, zoom=16)
    big.locator(CANVAS).first.wait_for()

    assert ink(big) > 1000
    assert big.locator("path.leaflet-interactive").count() == 0


@pytest.mark.parametrize("number", [0, 1, 1530, COUNT - 1])
def test_a_click_in_a_polygon_tells_its_attributes(big, press, number):
    press(big, *go(big, square(*place(number), SIDE)))

    assert told(big) == {
        "id": f"l{number}",
        "name_en": f"Name of l{number}",
        "owner": f"Owner of l{number}",
        "note": (f"l{number} " * 20).strip(),
        "floors": str(number),
    }


def test_a_click_between_polygons_tells_nothing(big, press):
    x, y = place(1530)
    press(big, *go(big, square(x + SIDE + 1, y + SIDE + 1, 8)))

    assert big.locator(".leaflet-popup-content").count() == 0


def test_an_attribute_that_a_feature_lacks_is_left_out(big, press):
    press(big, *go(big, square(*place(1537), SIDE)))

    assert told(big)["id"] == "l1537"
    assert "owner" not in told(big)


def test_a_click_on_a_line_tells_its_attributes(big, press):
    x, y = place(1530)
    press(big, *go(big, line((x, 3000 + y), (x + 25, 3025 + y))))

    assert told(big)["id"] == "p1530"


def test_a_click_far_from_a_line_but_in_its_box_tells_nothing(big, press):
    press(big, *go(big, point(-3800, 8800)))

    assert big.locator(".leaflet-popup-content").count() == 0


@pytest.mark.parametrize("zoom", [16, 18])
def test_a_click_on_a_point_tells_that_point_and_not_its_neighbour(big, press, zoom):
    x, y = place(1530)
    press(big, *go(big, point(x, 6000 + y), zoom))

    assert told(big)["id"] == "w1530"


def test_the_middle_of_the_map_is_told_by_keyboard(big):
    go(big, square(*place(1530), SIDE))
    big.locator(".folium-map").focus()
    big.keyboard.press("Enter")

    assert told(big)["id"] == "l1530"


def walk(page, key="Enter", button="next"):
    """Press a key on a button of the walker of the lots; return the id that is told."""
    page.locator(f"[data-key='lots {button}']").focus()
    page.keyboard.press(key)
    return told(page)["id"]


def in_view(page, number):
    middle = lonlat(square(*place(number), SIDE).centroid)
    return page.on_map("([lat, lng]) => MAP.getBounds().contains([lat, lng])", [middle.y, middle.x])


def test_a_walk_by_keyboard_starts_with_what_is_in_view_and_goes_on_from_there(big):
    go(big, square(*place(1530), SIDE))
    ids = [walk(big) for _ in range(4)]

    assert len(set(ids)) == 4
    assert all(in_view(big, int(one[1:])) for one in ids)
    assert walk(big, button="previous") == ids[2]
    assert walk(big, key="ArrowLeft") == ids[1]
    assert walk(big, key="ArrowRight") == ids[2]


def test_a_walk_starts_anew_where_the_map_was_moved_to(big):
    go(big, square(*place(1530), SIDE))
    walk(big)
    go(big, square(*place(30), SIDE))

    assert in_view(big, int(walk(big)[1:]))
    assert int(walk(big)[1:]) < 1000


@pytest.mark.parametrize("button", ["next", "previous"])
def test_a_walk_with_nothing_in_view_moves_the_map_to_what_it_tells(big, button):
    go(big, square(20_000, 20_000, SIDE))

    assert in_view(big, int(walk(big, button=button)[1:]))


def test_a_walk_in_haste_comes_by_each_feature_in_turn(big):
    go(big, square(20_000, 20_000, SIDE))
    big.evaluate("NM.set({lang: 'en'})")
    said = big.evaluate(
        """() => Array.from({ length: 400 }, () => {
            document.querySelector("[data-key='lots next']").click();
            return document.querySelector("[aria-label=lots] [role=status]").textContent;
        })"""
    )

    turns = [int(re.search(r"([\d,]+) of 3,000", text)[1].replace(",", "")) for text in said]
    assert turns == [(turns[0] + n - 1) % COUNT + 1 for n in range(400)]
    assert len({text.partition(":")[0] for text in said}) == 400


@pytest.mark.parametrize(
    ("lang", "said", "button"),
    [
        ("en", r"Name of (l\d+): [\d,]+ of 3,000", "Next"),
        ("tc", r"Name of (l\d+)：第 [\d,]+ 項，共 3,000 項", "下一項"),
        ("sc", r"Name of (l\d+)：第 [\d,]+ 项，共 3,000 项", "下一项"),
    ],
)
def test_a_walk_says_what_it_tells_and_where_it_is_in_each_language(big, lang, said, button):
    big.evaluate(f"NM.set({{lang: '{lang}'}})")
    group = big.get_by_role("group", name="lots")
    group.get_by_role("button", name=button).press("Enter")
    status, found = group.get_by_role("status").inner_text(), violations(big)
    big.evaluate("NM.set({lang: 'en'})")

    assert re.fullmatch(said, status)[1] == told(big)["id"]
    assert found == []


def test_what_is_told_is_outlined_until_its_popup_is_closed(big):
    only(big, "lots")
    walk(big)
    outlines = big.locator(".leaflet-overlay-pane path")

    assert outlines.count() == 1
    big.keyboard.press("Escape")
    outlines.wait_for(state="detached")


@pytest.mark.parametrize("width", [1280, 320])
def test_a_finger_can_walk_at_any_width(big, width):
    big.set_viewport_size({"width": width, "height": 700})
    boxes = [one.bounding_box() for one in big.locator("#nm-walk button").all()]
    wide = big.evaluate("document.documentElement.scrollWidth")
    big.set_viewport_size({"width": 1280, "height": 900})

    assert len(boxes) == 6
    assert all(box["width"] >= 44 and box["height"] >= 44 for box in boxes)
    assert wide == width


def test_a_large_layer_that_is_switched_off_is_not_walked(big):
    only(big, "wells")

    assert big.locator("#nm-walk [role=group]").count() == 1
    assert big.get_by_role("group", name="wells").count() == 1


def test_a_large_layer_that_is_switched_off_is_neither_drawn_nor_told(big, press):
    at = go(big, square(*place(1530), SIDE))
    big.locator("#nm-legend label", has_text="lots").click()
    big.evaluate("NM.set({off: new Set(NM.data.layers.map(one => one.name))})")

    assert big.locator(CANVAS).count() == 0
    press(big, *at)
    assert big.locator(".leaflet-popup-content").count() == 0


def test_the_search_finds_a_feature_of_a_large_layer(big):
    big.fill("#nm-search", "Name of l1530")
    found = big.locator("#nm-found button").count()
    big.fill("#nm-search", "")

    assert found == 1


def test_the_page_asks_for_nothing_and_complains_of_nothing(big):
    assert big.heard == []


@pytest.fixture(scope="module")
def mixed(visit, folder):
    """Open a page of a large layer of all kinds: lots with a pond each, and a well in one."""
    shapes = {f"l{n}": square(*place(n), SIDE) for n in range(COUNT)}
    x, y = place(0)
    shapes["ring"] = square(x, y - 400, 200).difference(square(x + 80, y - 320, 40))
    shapes["well"] = point(x + 30, y - 370)
    shapes["path"] = line((x + 20, y - 300), (x + 60, y - 220))
    file = write(layer(shapes), folder / "mixed.gpkg")
    page = visit(nm.map(folder / "mixed.html", open_catalog(layers={"mixed": file}, crs="wgs84")))
    only(page, "mixed")
    return page


@pytest.mark.parametrize(
    ("at", "id_"),
    [
        ((60, -360), "ring"),  # its land
        ((100, -300), None),  # its hole
        ((90, -318), None),  # its hole, near its edge
        ((30, -370), "well"),  # on its land
        ((40, -260), "path"),
        ((10, 10), "l0"),
        ((25, 25), None),
    ],
)
def test_in_a_large_layer_of_all_kinds_a_click_tells_what_lies_there(mixed, press, at, id_):
    x, y = place(0)
    mixed.on_map("MAP.closePopup()")
    press(mixed, *go(mixed, point(x + at[0], y + at[1])))

    assert told(mixed).get("id") == id_


PIXEL = """([lat, lng]) => {
    const at = MAP.latLngToContainerPoint([lat, lng]);
    const box = MAP.getContainer().getBoundingClientRect(), x = at.x + box.left, y = at.y + box.top;
    for (const tile of document.querySelectorAll("canvas.nm-layer")) {
        const edge = tile.getBoundingClientRect(), [left, top] = [x - edge.left, y - edge.top];
        if (left >= 0 && top >= 0 && left < edge.width && top < edge.height) {
            const ink = tile.getContext("2d"), [x0, y0] = [left, top].map(Math.floor);
            return ink.getImageData(x0, y0, 1, 1).data[3];
        }
    }
    return null;
}"""


@pytest.mark.parametrize(
    ("at", "ink"),
    [((60, -360), 115), ((100, -300), 0), ((50, -300), 115), ((75, -260), 115)],
    ids=["land", "hole", "between outline and hole", "between outline and hole, above"],
)
def test_in_a_large_layer_of_all_kinds_polygons_are_filled_around_their_holes(mixed, at, ink):
    x, y = place(0)
    middle = go(mixed, point(x + at[0], y + at[1]))
    mixed.locator(CANVAS).first.wait_for()

    assert mixed.on_map(PIXEL, list(middle)) == ink


@pytest.fixture(scope="module")
def classed(visit, folder):
    """Open a page of a large layer in classes: lots on a wide field, and wells and a path."""
    shapes = {f"l{n}": square(*place(n), SIDE) for n in range(COUNT)}
    shapes["field"] = square(-13_000, -9_000, 20_000)
    shapes["path"] = line(place(0), place(COUNT - 1))
    shapes |= {f"w{n}": point(place(n)[0], 6000 + place(n)[1]) for n in range(5)}
    kinds = [f"kind {n % 12}" for n in range(len(shapes))]
    file = write(layer(shapes, kind=kinds), folder / "classed.gpkg")
    here = open_catalog(layers={"classed": file}, crs="wgs84")
    page = visit(nm.map(folder / "classed.html", here, colour_by="kind", classes="categories"))
    only(page, "classed")
    return page


# Pan, or paint anew; return how often a method of a canvas is called meanwhile, the pixels that are
# seen, and how far they are from what was painted before, on the whole and at most but for a few.
PAINTED = """([steps, method, inks]) => {
    const canvas = Object.values(MAP._layers).find(one => one.options.css === "nm-layer");
    const drawing = CanvasRenderingContext2D.prototype, own = drawing[method];
    let calls = 0;
    drawing[method] = function (...words) { calls++; return own.apply(this, words); };
    for (const step of steps) MAP.panBy(step, { animate: false });
    if (!steps.length) canvas.paint();
    drawing[method] = own;
    const { width, height } = canvas._container, ink = canvas._container.getContext("2d");
    const { data } = ink.getImageData(0, 0, width, height), before = window.nmBefore ?? data;
    const all = (from, n) => n % 4 === 3 ? from[n] : from[n] * from[n | 3] / 255;
    let seen = 0, off = 0, far = 0;
    const near = Array(inks.length).fill(Infinity);
    for (let n = 0; n < data.length; n++) {
        const gap = Math.abs(all(data, n) - all(before, n));
        off += gap / data.length;
        far += gap > 64;
        if (n % 4 || data[n + 3] <= 60) continue;
        seen++;
        inks.forEach((parts, k) => {
            const gaps = parts.map((part, channel) => Math.abs(part - data[n + channel]));
            near[k] = Math.min(near[k], Math.max(...gaps));
        });
    }
    window.nmBefore = data;
    return { calls, seen, off, far, near };
}"""
INKS = "NM.data.layers.find(one => one.big).classes.map(one => Colours.parts(NM.ink(one.colour)))"


def painted(page, *steps, method="rect", inks=()):
    """Pan by steps, or paint anew, and return what ``PAINTED`` counts."""
    return page.on_map(PAINTED, [steps, method, inks])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_large_layer_seen_from_afar_has_every_class_in_its_colour_without_paths(classed, scheme):
    classed.emulate_media(color_scheme=scheme)
    go(classed, square(*place(1530), SIDE), zoom=12)
    found = painted(classed, inks=classed.evaluate(INKS))
    classed.emulate_media(color_scheme="light")

    assert found["calls"] == 1  # the canvas itself
    assert found["seen"] > 500
    assert len(found["near"]) >= 6
    assert max(found["near"]) < 12


@pytest.mark.parametrize("zoom", [13, 16])
@pytest.mark.parametrize(
    "steps", [[[300, 0]], [[-300, 200]], [[-150, -150], [0, 280], [1, 1]], [[5000, 0], [-5000, 0]]]
)
def test_a_pan_paints_what_painting_anew_paints(classed, zoom, steps):
    go(classed, square(*place(1530), SIDE), zoom)
    painted(classed, *steps)
    anew = painted(classed)

    assert anew["seen"] > 500
    assert anew["off"] < 0.05  # a path has its edges smoothed in another way, as it is long
    assert anew["far"] < 20


def test_a_pan_paints_no_more_than_what_comes_into_view(classed):
    go(classed, square(*place(1530), SIDE), zoom=16)
    anew = painted(classed, method="lineTo")
    panned = painted(classed, [0, 200], method="lineTo")

    assert 0 < panned["calls"] < anew["calls"] / 2


def test_a_large_layer_that_is_off_is_not_painted_when_the_colours_of_the_screen_change(classed):
    classed.evaluate("NM.set({off: new Set(NM.data.layers.map(one => one.name))})")
    for scheme in ("dark", "light"):
        classed.emulate_media(color_scheme=scheme)
        classed.evaluate("() => new Promise(requestAnimationFrame)")  # until the page has heard
    only(classed, "classed")

    assert [said for said in classed.heard if not said.startswith("Canvas2D")] == []


def test_a_large_layer_of_points_has_a_dot_in_the_legend(big):
    big.evaluate("NM.set({off: new Set()})")
    signs = {
        name: big.locator("#nm-legend label", has_text=name)
        .locator("+ ul path:first-child")
        .get_attribute("d")
        for name in ("lots", "paths", "wells")
    }

    assert "a5.5 5.5" in signs["wells"]
    assert signs["paths"] == "M2 8H28"
    assert signs["lots"].endswith("Z")


@pytest.fixture(scope="module")
def halves(folder):
    """Write two sites that share a border of many vertices, each some cm off it."""
    wave = [(10 * n, 0.05 * (-1) ** n) for n in range(2_000)]
    south = [*wave, (wave[-1][0], -900), (0, -900)]
    north = [*wave, (wave[-1][0], 900), (0, 900)]
    shapes = {"south": Polygon(line(*south)), "north": Polygon(line(*north))}
    return write(layer(shapes), folder / "halves.geojson", COORDINATE_PRECISION=9)


@pytest.fixture(scope="module")
def atlas_of_halves(halves):
    return build_atlas(open_catalog(sites=halves))


def test_outlines_of_own_sites_are_drawn_with_fewer_vertices_and_measured_with_all(atlas_of_halves):
    exact, coarse = build_page_data(atlas_of_halves), build_page_data(atlas_of_halves, 10.0)
    drawn = {one["id"]: shapely.from_geojson(json.dumps(one["shape"])) for one in coarse["sites"]}

    assert len(to_script_json(exact)) > len(to_script_json(coarse)) + 60_000
    assert all(shapely.get_num_coordinates(shape) < 20 for shape in drawn.values())
    assert drawn["south"].intersection(drawn["north"]).area == 0
    assert drawn["south"].union(drawn["north"]).geom_type == "Polygon"
    for key in ("near", "rings", "links", "land"):
        assert exact[key] == coarse[key]
    for key in ("area_ha", "low_ha"):
        assert [one[key] for one in exact["sites"]] == [one[key] for one in coarse["sites"]]


def test_the_tolerance_of_own_sites_stands_in_the_legend(
    visit, folder, halves, atlas_of_halves, monkeypatch
):
    here = open_catalog(sites=halves)
    monkeypatch.setattr(web_map, "build_atlas", lambda *_, **__: atlas_of_halves)
    page = visit(nm.map(folder / "halves.html", here, simplify="10m"))
    labels = page.locator("#nm-legend label", has_text="simplified to").all_inner_texts()

    assert labels == ["Sites, simplified to 10 m"]


def test_shipped_sites_are_drawn_as_they_are_whatever_the_tolerance(shipped_atlas):
    exact, coarse = (build_page_data(shipped_atlas("en"), tolerance) for tolerance in (0.0, 100.0))

    assert exact == coarse


def test_rings_of_many_own_sites_are_drawn_together_and_the_page_says_so(visit, folder):
    lots = {f"s{n}": square(*place(n), SIDE) for n in range(MAX_SEPARATE_RINGS + 1)}
    here = open_catalog(sites=write(layer(lots), folder / "many.geojson"))
    with pytest.warns(Notice) as said:
        page = visit(nm.map(folder / "many.html", here))

    assert sum("sites together" in str(one.message) for one in said) == 1
    assert page.evaluate("NM.data.rings.length") == 2
    assert page.locator("pattern").count() == 6  # one for each look, not for each site
    assert page.locator("#nm-legend label", has_text="Rings round all sites together").count() == 1
    assert page.heard == []


def test_a_page_of_very_many_sites_has_one_sign_for_all_and_opens_without_lines(visit, folder):
    lots = {f"s{n}": square(*place(n), SIDE) for n in range(MAX_NAMED_SITES + 1)}
    here = open_catalog(sites=write(layer(lots), folder / "very_many.geojson"))
    with pytest.warns(Notice):
        page = visit(nm.map(folder / "very_many.html", here))

    signs = page.locator("#nm-legend label:text-matches('^Sites') + ul li")
    assert signs.all_inner_texts() == ["accuracy not known"]
    assert page.locator("pattern").count() == 1
    assert page.evaluate("[...NM.state.off]") == ["links"]
    assert page.locator(".nm-site-name").count() == 0
    page.locator("button.nm-choose").first.click()
    shown = page.locator("#nm-panel h2").bounding_box()
    assert 0 < shown["y"] < 900  # the panel is not under all the rows of the table
    assert page.locator("#nm-table thead").is_visible()


def test_the_table_of_sites_is_not_drawn_anew_by_the_year(visit, shipped):
    page = visit(shipped, 2, "#y=2030")
    row = page.locator("#nm-table tbody tr").first.element_handle()
    page.locator("#nm-year").fill("2031")
    same = row.evaluate("one => one.isConnected")
    page.locator("#nm-langs [data-key=tc]").click()

    assert same
    assert not row.evaluate("one => one.isConnected")


def test_the_tolerance_of_a_simplified_layer_stands_in_the_legend(visit, folder, brought):
    here = open_catalog(layers={"lots": brought["lots"]})
    page = visit(nm.map(folder / "simple.html", here, simplify="2m"))

    label = page.locator("#nm-legend label", has_text="lots").inner_text()
    assert label.endswith("simplified to 2 m")
    assert page.locator("#nm-legend label", has_text="simplified to").count() == 1


def test_a_page_over_its_budget_is_written_with_a_notice_of_what_is_heaviest(folder, brought):
    here = open_catalog(layers={"lots": brought["lots"]})
    with pytest.warns(Notice, match="over the budget of 0.1 MB") as said:
        path = nm.map(folder / "heavy.html", here, budget="100kB")

    heavy = re.findall(
        r"([\w ]+) [\d.]+ MB(?=[,;])", str(said[0].message).partition("largest parts: ")[2]
    )
    assert path.exists()
    assert next(part for part in map(str.strip, heavy) if part != "code") == "lots note"


def test_the_outline_of_a_site_is_named_where_it_is_the_heaviest(tmp_path):
    round_one = layer({"round": point(0, 0).buffer(900, quad_segs=4_000)})
    here = open_catalog(sites=write(round_one, tmp_path / "round.geojson"))
    with pytest.warns(Notice, match=r"largest parts: (code [\d.]+ MB, )?(sites|rings)"):
        nm.map(tmp_path / "heavy.html", here, budget="100kB")


def test_a_page_within_its_budget_says_nothing(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nm.map(tmp_path / "light.html", budget="8MB")
