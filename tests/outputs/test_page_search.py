"""The search of the page: coordinates, place names of the base, and attributes of own features."""

import pytest
from pyproj import Transformer
from world import layer, points, write

import nmgeo as nm
from nmgeo.catalog import open_catalog

DEGREES = Transformer.from_crs("EPSG:2326", "EPSG:4326", always_xy=True)


@pytest.mark.parametrize(
    ("asked", "lat", "lng"),
    [
        ("22.4965, 114.0735", 22.4965, 114.0735),
        ("22.4965 114.0735", 22.4965, 114.0735),
        ("825,631 839,660", None, None),
        ("825631 839660", None, None),
    ],
)
def test_coordinates_in_degrees_or_on_the_grid_are_gone_to(page, asked, lat, lng):
    page.fill("#nm-search", asked)
    page.locator("#nm-found button").first.click()
    found = page.on_map("[MAP.getCenter().lat, MAP.getCenter().lng]")

    if lat is None:
        lng, lat = DEGREES.transform(825_631, 839_660)
    assert found == pytest.approx([lat, lng], abs=2e-5)
    assert page.locator("#nm-here").is_visible()


@pytest.mark.parametrize("asked", ["Mai Po Lung", "米埔隴", "Ki Lun Tsuen", "麒麟村"])
def test_a_place_of_the_base_is_found_in_english_and_chinese(page, asked):
    page.fill("#nm-search", asked)
    page.locator("#nm-found button").first.click()

    assert page.on_map("MAP.getZoom()") >= 15
    assert page.locator("#nm-here").is_visible()


@pytest.mark.parametrize("count", [3, 501])
def test_a_feature_is_found_by_any_of_its_attributes(visit, tmp_path, count):
    wells = layer(
        dict(points(**{f"w{n}": (n, n) for n in range(count)}).geometry),
        owner=[f"Owner {n}" for n in range(count)],
    )
    page = visit(
        nm.map(
            tmp_path / "map.html",
            open_catalog(layers={"wells": write(wells, tmp_path / "w.geojson")}),
        )
    )
    page.fill("#nm-search", "owner 2")
    page.locator("#nm-found button").first.click()

    assert "Owner 2" in page.locator(".leaflet-popup-content").inner_text()


@pytest.mark.parametrize("asked", ["91 181", "1,2,3", "22.5", "NaN NaN", "900001 1", "..., ..."])
def test_what_are_no_coordinates_is_not_gone_to(page, asked):
    page.fill("#nm-search", asked)

    assert page.locator("#nm-found button", has_text="Here").count() == 0
    assert page.heard == []


@pytest.mark.parametrize("asked", ["sandy ridge", "Innovation and Technology Industry"])
def test_a_site_that_is_gone_to_is_shown_although_its_layer_was_off(page, asked):
    page.evaluate("NM.set({off: new Set(['sites', 'rings'])})")
    page.fill("#nm-search", asked)
    page.locator("#nm-found button").first.click()

    assert page.evaluate("NM.state.site")
    assert page.evaluate("[...NM.state.off]") == ["rings"]
    assert page.locator("path.nm-site[stroke-width='5']").count() == 1


def test_a_feature_of_a_large_layer_is_shown_although_it_was_off(visit, tmp_path):
    wells = layer(dict(points(**{f"w{n}": (n, n) for n in range(501)}).geometry))
    file = write(wells, tmp_path / "w.geojson")
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"wells": file})))
    page.evaluate("NM.set({off: new Set(['wells'])})")
    page.fill("#nm-search", "w17")
    page.locator("#nm-found button").first.click()

    assert page.evaluate("NM.state.off.size") == 0
    assert page.locator(".leaflet-popup-content").count() == 1
