"""The user's own data on the page: first view, title, colours, legend, tables and popups."""

import csv
import warnings
from pathlib import Path

import pytest
from world import layer, line, point, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.columns import all_columns
from nmgeo.errors import Notice, UsageError

SIDE, COUNT = 60, 600  # more than are drawn as paths


def lots(count):
    shapes = {f"l{n}": square(100 * (n % 30), 100 * (n // 30), SIDE) for n in range(count)}
    uses = [("farm", "shop", "yard")[n % 3] for n in range(count)]
    return layer(shapes, lot_no=[f"Lot {n}" for n in range(count)], use=uses, rent=range(count))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def pages(folder):
    """Write a page of many lots, which are encoded, and one of few, which are paths."""
    written = {}
    for name, count in (("many", COUNT), ("few", 30)):
        file = write(lots(count), folder / f"{name}.gpkg")
        here = open_catalog(layers={"lots": file})
        written[name] = nm.map(
            folder / f"{name}.html", here, colour_by="lots:use", title="Lots <b>2026</b>"
        )
    return written


@pytest.fixture(params=["many", "few"])
def own(visit, pages, request):
    page = visit(pages[request.param])
    page.on_map("MAP.closePopup()")
    page.evaluate("NM.set({lang: 'en', site: null, off: new Set()})")
    return page


def test_the_first_view_fits_what_the_user_brought(own):
    inside = "([[s, w], [n, e]]) => MAP.getBounds().contains([[s, w], [n, e]])"

    assert own.on_map(inside, own.evaluate("NM.data.bounds"))
    assert own.on_map("MAP.getZoom()") >= 14


def test_the_title_is_text_on_the_page_and_of_the_tab(own):
    assert own.locator("h1").inner_text() == "Lots <b>2026</b>"
    assert own.title() == "Lots <b>2026</b>"
    own.evaluate("NM.set({lang: 'tc'})")
    assert own.title() == "Lots <b>2026</b>"


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_a_column_that_is_empty_for_all_sites_is_left_out(folder, visit):
    lots = layer({"a": square(0, 0, 60), "b": square(90, 0, 60)})
    heads = []
    for n, accuracy_m in enumerate((None, 5.0)):
        here = open_catalog(sites=write(lots.assign(accuracy_m=accuracy_m), folder / f"s{n}.gpkg"))
        page = visit(nm.map(folder / f"s{n}.html", here, at="none"))
        heads.append(
            [
                button.get_attribute("data-key")
                for button in page.query_selector_all("#nm-table th button[data-key^=sort-]")
            ]
        )

    assert heads[0] == ["sort-name", "sort-basis", "sort-area_ha"]
    assert heads[1] == [*heads[0], "sort-accuracy_m"]


def test_without_a_title_the_page_has_the_name_of_the_file(folder):
    frame = lots(3).to_crs("EPSG:2326")
    frame = frame.set_geometry(frame.translate(10_000, -10_000))  # far from the shipped sites
    with pytest.warns(nm.errors.Notice):
        page = nm.map(folder / "named.html", write(frame, folder / "My lots.gpkg"))

    assert "<title>My lots</title>" in page.read_text(encoding="utf-8")


def test_the_legend_counts_the_features_and_hectares_of_each_class(own):
    many = own.evaluate("NM.data.layers.find(one => one.name === 'lots').count")
    said = own.locator("#nm-legend label:has-text('lots') + ul li").all_inner_texts()

    each = many // 3
    assert [line.rpartition(", ")[0] for line in said] == [
        f"{use} (features: {each}" for use in ("farm", "shop", "yard")
    ]
    hectares = [float(line.rpartition(", ")[2].removesuffix(" ha)")) for line in said]
    assert hectares == pytest.approx([each * SIDE**2 / 1e4] * 3, abs=0.06)


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_hectares_of_the_legend_are_rounded_once_and_not_to_nothing(folder, visit):
    frame = layer({"a": square(0, 0, 304.1), "b": square(900, 0, 6)}, use=["farm", "shop"])
    here = open_catalog(sites=write(frame, folder / "classes.gpkg"))
    page = visit(nm.map(folder / "classes.html", here, at="none", colour_by="use"))
    said = page.locator("#nm-legend label + ul li").all_inner_texts()

    assert said[:2] == ["farm (features: 1, 9.2 ha)", "shop (features: 1, 0.004 ha)"]


def test_a_picture_of_the_view_says_what_the_colours_of_the_classes_mean(own):
    said = own.evaluate("""async () => {
        const svg = new DOMParser().parseFromString(await Picture.svg(), "image/svg+xml");
        return [...svg.querySelectorAll("svg > text")].map(one => one.textContent);
    }""")
    legend = own.locator(".nm-classes li").all_text_contents()

    assert "lots · use" in said
    assert set(legend) <= set(said)
    own.evaluate("NM.set({off: new Set(['lots'])})")
    assert "lots · use" not in own.evaluate("Picture.svg()")


def test_the_legend_of_the_classes_goes_with_the_switch_of_the_layer(own):
    own.locator("#nm-legend label", has_text="lots").click()

    assert own.locator("#nm-legend label:has-text('lots') + ul").count() == 0
    assert not own.locator("#nm-tables details").is_visible()
    own.locator("#nm-legend label", has_text="lots").click()
    assert own.locator("#nm-tables details").is_visible()


def open_table(page):
    page.evaluate("document.querySelector('#nm-tables details').open = true")
    page.locator("#nm-tables input[type=search]").fill("")
    page.locator("#nm-tables tbody tr").first.wait_for()
    return page.locator("#nm-tables tbody tr")


def test_the_table_of_a_layer_sorts_numbers_up_and_down(own):
    open_table(own)
    header = own.locator("#nm-tables th button", has_text="rent")
    header.click()
    header.click()

    assert own.locator("#nm-tables th[aria-sort=descending]").inner_text().startswith("rent")
    many = own.evaluate("NM.data.layers.find(one => one.name === 'lots').count")
    assert own.locator("#nm-tables tbody tr").first.locator(".nm-num").inner_text() == str(many - 1)
    header.click()


def test_the_table_is_filtered_by_any_column_and_a_row_goes_to_its_feature(own):
    rows = open_table(own)
    own.locator("#nm-tables input[type=search]").fill("lot 17")

    assert rows.first.locator("td").first.inner_text() == "Lot 17"
    rows.first.locator("button").click()
    own.locator(".leaflet-popup-content dd", has_text="Lot 17").first.wait_for()
    assert "0.36 ha (± ?)" in own.locator(".leaflet-popup-content .nm-area").inner_text()


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
@pytest.mark.parametrize("count", [30, COUNT])
@pytest.mark.parametrize("tolerance", [None, "20m"])
def test_a_polygon_has_the_hectares_of_the_command(visit, folder, count, tolerance):
    shapes = {f"l{n}": square(100 * (n % 30), 100 * (n // 30), 60.42) for n in range(count)}
    file = write(layer(shapes), folder / f"edge{count}.gpkg")  # 0.36506 ha, near to where it rounds
    catalog = open_catalog(layers={"lots": file})
    page = visit(nm.map(folder / f"edge{count}{tolerance}.html", catalog, simplify=tolerance))
    said = page.evaluate("""() => {
        const layer = NM.data.layers.find(one => one.name === "lots"), text = () => (
            [...document.querySelectorAll(".leaflet-popup-content .nm-area")].pop().textContent);
        return Array.from({length: 30}, (_, f) => {
            if (layer.big) CanvasLayers.goToFeature(layer, f);
            else MapView.open(`lots/${layer.features[f].id}`);
            return text();
        });
    }""")

    assert nm.area(file)["area_ha"].round(4).unique() == [0.3651]
    assert set(said) == {"0.37 ha (± ?)"}


def test_the_table_of_few_features_has_every_column_of_the_file_under_its_heading(visit, folder):
    shapes = {key: square(100 * n, 0, SIDE) for n, key in enumerate("ab")}
    columns = {"name_en": ["Fish farm", "Shed"], "kind": ["x", "y"], "accuracy_m": [2, 3]}
    file = write(layer(shapes, **columns), folder / "named.gpkg")
    page = visit(nm.map(folder / "columns.html", open_catalog(layers={"named": file})))
    rows = open_table(page)
    aligned = page.evaluate("""() => ["thead th button", "tbody tr:first-child > *"].map(part => (
        [...document.querySelectorAll(`#nm-tables ${part}`)].map(one => (
            getComputedStyle(one).textAlign))))""")
    page.locator("#nm-tables input[type=search]").fill("fish")

    assert page.locator("#nm-tables thead th").all_inner_texts() == ["id", *columns]
    assert aligned[0] == aligned[1] == ["left", "left", "left", "right"]
    assert rows.all_inner_texts() == ["a\tFish farm\tx\t2"]


def test_the_table_may_hold_only_what_is_in_view(visit, pages):
    page = visit(pages["many"])
    open_table(page)
    check = page.locator("#nm-tables input[type=checkbox]")
    check.check()
    page.on_map("MAP.setZoom(18, {animate: false})")
    count = page.locator("#nm-tables [role=status]").inner_text()

    assert 0 < int(count.split(" of ")[0]) < COUNT
    check.uncheck()
    assert page.locator("#nm-tables [role=status]").inner_text() == f"{COUNT} of {COUNT} rows"


def test_the_rows_of_a_table_are_downloaded_as_csv_without_formulas(visit, tmp_path):
    cells = ["=1+1", "+852 1234", 'says "yes", twice', "plain", "-5", "@name"]
    shapes = {f"l{n}": square(100 * n, 0, 50) for n in range(len(cells))}
    frame = layer(shapes, note=cells, rent=[-1.5, 2, 3, 4, 5, 6])
    here = open_catalog(layers={"lots": write(frame, tmp_path / "lots.gpkg")})
    page = visit(nm.map(tmp_path / "map.html", here))
    open_table(page)
    with page.expect_download() as saved:
        page.locator("#nm-tables button", has_text="Download as CSV").click()

    with Path(saved.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert saved.value.suggested_filename == "lots.csv"
    assert [row["note"] for row in rows] == [
        "'=1+1",
        "'+852 1234",
        cells[2],
        "plain",
        "-5",  # a number, as nmgeo.formats.formulas has it
        "'@name",
    ]
    assert [float(row["rent"]) for row in rows] == [-1.5, 2, 3, 4, 5, 6]
    assert page.heard == []


@pytest.mark.parametrize("size", [(800, 400), (375, 400)])
def test_an_embedded_page_shows_title_map_credit_and_scale_alone(window, shipped, size):
    page = window.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{shipped.as_uri()}?embed")
    seen = {
        part: page.locator(part).is_visible()
        for part in ("h1", ".folium-map", ".nm-credit", ".leaflet-control-scale")
    }
    gone = {part: page.locator(part).is_visible() for part in (".nm-side", ".nm-bar", ".nm-under")}
    high = page.locator(".folium-map").bounding_box()["height"]
    page.close()

    assert all(seen.values())
    assert not any(gone.values())
    assert high > 250


def test_each_feature_has_an_outline_however_small_it_is_drawn(visit, pages):
    page = visit(pages["many"])
    page.on_map("MAP.setZoom(13, {animate: false})")
    page.locator("canvas.nm-layer").first.wait_for()
    solid = page.evaluate("""() => {
        const tiles = [...document.querySelectorAll("canvas.nm-layer")];
        return tiles.map(one => {
            const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
            return data.filter((part, n) => n % 4 === 3 && part > 125).length;
        });
    }""")

    assert sum(solid) > COUNT


def test_whole_numbers_that_javascript_would_round_keep_their_digits(visit, tmp_path):
    values = [2**53 + 1, -(2**60) - 1, 7]
    frame = layer({f"l{n}": square(200 * n, 0, 50) for n in range(3)}, number=values)
    here = open_catalog(layers={"lots": write(frame, tmp_path / "lots.gpkg")})
    page = visit(nm.map(tmp_path / "map.html", here))
    page.evaluate(
        "MapView.open(`lots/${NM.data.layers.find(({ name }) => name === 'lots').features[0].id}`)"
    )
    popup = page.locator(".leaflet-popup-content").inner_text()
    open_table(page)

    assert "9007199254740993" in popup
    rows = page.locator("#nm-tables tbody tr").all_inner_texts()
    assert [row.split("\t")[-1] for row in rows] == [str(value) for value in values]


def test_numbers_have_the_digits_of_their_columns(page):
    columns = all_columns()
    digits = page.evaluate("NM.data.digits")

    assert digits
    of_columns = {name: [columns[name].decimals, columns[name].small] for name in digits}
    assert digits == of_columns | {"area_ha": [0, None]}  # of measured areas, by their accuracy
    shown = page.evaluate("""[[0.456, "accuracy_m"], [123.4, "accuracy_m"], [11.6365, "area_ha"],
        [11.6365, "published_area_ha"]].map(([value, column]) => NM.figure(column, value))""")
    assert shown == ["0.46", "123", "12", "11.6365"]


def test_nothing_was_complained_of(own):
    assert own.heard == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--colour-by", "rents"], "--colour-by rents: no such column (did you mean rent?)"),
        (["--colour-by", "lot_no"], "600 different values, more than 24"),
        (["--colour-by", "use", "--classes", "breaks"], "holds 'farm', which is not a number"),
        (["--title", "<b>" * 4000], "--title: 12000 characters, more than 200"),
    ],
)
def test_what_cannot_be_drawn_as_asked_writes_nothing(run, tmp_path, asked, said):
    file, page = write(lots(COUNT), tmp_path / "lots.gpkg"), tmp_path / "map.html"
    done = run("map", "--layer", f"lots={file}", *asked, "-o", page)

    assert (done.exit_code, page.exists()) == (2, False)
    assert said in done.stderr


def test_colours_need_something_of_the_users():
    with pytest.raises(UsageError, match="colours sites or layers of yours"):
        nm.map("map.html", colour_by="use")


@pytest.mark.parametrize(
    ("asked", "code"), [(("-o", "m.html", "--title", "\udcffbad"), 2), (("-o", "\udcff.html"), 6)]
)
def test_a_title_or_a_name_that_is_not_utf8_is_one_line(run, tmp_path, monkeypatch, asked, code):
    monkeypatch.chdir(tmp_path)
    done = run("map", *asked)

    assert done.exit_code == code
    assert "is not UTF-8" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
@pytest.mark.parametrize("hidden", [False, True], ids=["points", "points_only"])
def test_sites_that_are_points_are_drawn_listed_and_chosen(visit, folder, hidden):
    shapes = lots(3) if hidden else lots(3).assign(geometry=lots(3).centroid)
    file = write(shapes, folder / f"points_{hidden}.gpkg")
    how = {"points_only": True} if hidden else {}
    page = visit(nm.map(folder / f"points_{hidden}.html", nm.open_catalog(sites=file), **how))

    assert page.heard == []
    assert page.locator("#nm-table tbody tr").count() == len(shapes)
    assert page.inner_text("#nm-table caption") == ""
    page.locator(".nm-choose").first.click()
    assert page.evaluate("NM.state.site") is not None


@pytest.mark.parametrize("lang", ["en", "tc"])
@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_the_ring_round_all_sites_is_named_in_the_language_of_the_page(tmp_path, visit, lang):
    rings = nm.rings(at="500m", dissolve=True, lang=lang)
    rings[["name", "geometry"]].to_file(tmp_path / "all.geojson")
    here = open_catalog(layers={"around": tmp_path / "all.geojson"})
    page = visit(nm.map(tmp_path / "map.html", here))
    told = []
    for shown in ("en", "tc", "sc"):
        page.evaluate("lang => NM.set({lang})", shown)
        page.evaluate("MapView.open('around/0')")
        told.append(page.locator(".leaflet-popup-content h2").inner_text())

    assert told == ["All sites", "所有用地", "所有用地"]


_SHOWN = """path => {
    const { stroke, fill, fillOpacity } = getComputedStyle(path);
    return [stroke, fill, fillOpacity];
}"""


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_the_legend_shows_sites_as_the_discs_that_they_are_drawn_as(tmp_path, visit):
    here = open_catalog(sites=write(lots(6), tmp_path / "lots.gpkg"))
    page = visit(nm.map(tmp_path / "map.html", here, colour_by="use", at="none"))
    symbol = page.locator("#nm-legend li:has-text('farm') svg")
    seen = []
    for zoom in (18, 12):
        page.on_map(f"MAP.setZoom({zoom}, {{animate: false}})")
        seen.append(symbol.locator("path:visible").evaluate_all(f"all => all.map({_SHOWN})"))
    disc = page.locator(".folium-map path:not(.nm-site):not([fill=none])[stroke-width='2']")
    drawn = disc.evaluate_all(f"all => all.map({_SHOWN})")

    assert [one[0][2] for one in seen] == ["0.16", "0.9"]
    assert [len(one) for one in seen] == [1, 1]
    assert seen[1][0] in drawn
    boxed = page.locator(".nm-classes li:has-text('farm') svg path:visible")
    assert boxed.evaluate_all(f"all => all.map({_SHOWN})") == seen[1]


def test_the_legend_fills_what_is_so_small_that_it_is_a_dot(own):
    symbol = own.locator("#nm-legend li:has-text('farm') svg path:visible")
    seen = []
    for zoom in (17, 11):
        own.on_map(f"MAP.setZoom({zoom}, {{animate: false}})")
        seen.append(symbol.evaluate_all(f"all => all.map({_SHOWN})"))
    [(edge, _, pale)], [(_, fill, strong)] = seen

    assert (pale, strong) == ("0.45", "1")
    assert fill == edge


def tips(page):
    page.wait_for_timeout(300)  # while one fades
    return page.locator(".nm-tip").count()


def test_the_name_under_the_pointer_goes_when_a_feature_is_chosen_or_left(visit, pages):
    page = visit(pages["few"])
    page.evaluate("NM.set({off: new Set(['sites', 'rings'])})")
    page.mouse.move(5, 5)
    page.fill("#nm-search", "lot 7")
    page.locator("#nm-found button").first.click()
    assert tips(page) == 0
    page.keyboard.press("Escape")
    path = page.locator("path[aria-label$=', lots'] >> nth=7")
    path.hover()
    assert tips(page) == 1
    path.click()
    assert tips(page) == 0

    page.keyboard.press("Escape")
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    path.focus()
    assert tips(page) == 1
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    assert tips(page) == 0


def own_page(folder, name, *, sites, **columns):
    frame = layer({f"s{n}": square(100 * n, 0, SIDE) for n in range(3)}, **columns)
    file = write(frame.rename_axis("id"), folder / f"{name}.gpkg")
    how = {"sites": file} if sites else {"layers": {"lots": file}}
    of = "sites" if sites else "lots"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # that accuracies are not known
        return nm.map(
            folder / f"{name}.html", open_catalog(**how, key={of: "lot_no"}, name={of: "title"})
        )


@pytest.fixture(scope="module", params=[True, False], ids=["sites", "layer"])
def keyed(visit, folder, request):
    """Open a page of sites or of a layer with a column of ids, one of names, and two more."""
    columns = {"lot_no": ["A1", "A2", "A3"], "title": ["One", "Two", "Three"]}
    columns |= {"use": ["farm", "shop", "yard"], "rent": [None, 5.5, 6]}
    return visit(own_page(folder, f"keyed_{request.param}", sites=request.param, **columns))


@pytest.mark.parametrize("asked", ["a2", "shop", "two"])
def test_sites_and_features_are_found_by_their_ids_and_attributes_which_are_shown(keyed, asked):
    keyed.fill("#nm-search", asked)
    keyed.locator("#nm-found button").first.click()
    headings = keyed.locator("#nm-panel h2, .leaflet-popup-content h2").all_inner_texts()

    listed = "\n".join(keyed.locator("#nm-panel dl, .leaflet-popup-content dl").all_inner_texts())
    assert "Two" in headings
    assert "lot_no\nA2\nid\ns1\ntitle\nTwo\nuse\nshop\nrent\n5.5" in listed


def test_the_table_has_the_columns_of_the_file_once_and_numbers_at_the_right(keyed):
    rows = open_table(keyed)
    keyed.locator("#nm-tables input[type=search]").fill("shop")
    heads = keyed.locator("#nm-tables thead th")

    assert heads.all_inner_texts() == ["lot_no", "id", "title", "use", "rent"]
    assert rows.all_inner_texts() == ["A2\ts1\tTwo\tshop\t5.5"]
    assert "nm-num" in heads.last.get_attribute("class")  # although the first row has no rent
    rows.first.locator("button").click()
    headings = keyed.locator("#nm-panel h2, .leaflet-popup-content h2").all_inner_texts()
    assert "Two" in headings


def test_a_download_has_the_attributes_and_no_column_that_is_empty_or_internal(keyed):
    keyed.locator("#nm-save").evaluate("one => { one.open = true; }")
    with keyed.expect_download() as saved:
        keyed.locator("#nm-save").get_by_role("button", name="Download as CSV").click()
    with Path(saved.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["use"] for row in rows] == ["farm", "shop", "yard"]
    assert {"rent", "title"} <= {*rows[0]}
    assert not {"places", "fitted", "named_count", "as_of", "source", "accuracy_m"} & {*rows[0]}


def test_a_site_without_milestones_has_no_heading_for_them(keyed):
    site = keyed.evaluate("NM.data.sites[0].id")
    keyed.evaluate("site => NM.set({site})", site)
    headings = keyed.locator("#nm-panel h3").all_inner_texts()

    own = keyed.evaluate("Boolean(NM.data.sites[0].more)")
    assert ("Land supply and milestones" in headings) is not own


def test_the_legend_of_mixed_geometry_has_a_symbol_for_each_kind(folder, visit):
    shapes = {"a": square(0, 0, 900), "b": line((0, 0), (500, 500)), "c": point(50, 50)}
    frame = layer(shapes, use=["farm", "path", "well"])
    here = open_catalog(layers={"mixed": write(frame, folder / "mixed.geojson")})
    symbols = []
    for how in ({}, {"colour_by": "use"}):
        page = visit(nm.map(folder / f"mixed{len(how)}.html", here, **how))
        rows = page.locator("#nm-legend label:has-text('mixed') + ul li")
        symbols.append([one.locator("svg path").count() for one in rows.all()])
        drawn = rows.locator("svg path").evaluate_all(
            "all => all.map(one => one.getAttribute('d'))"
        )

    assert symbols == [[3], [1, 1, 1]]
    assert len(set(drawn)) == 3
