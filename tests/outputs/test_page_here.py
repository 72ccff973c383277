"""What is here: a click lists everything at a place, with numbers that the library confirms."""

import math
import re

import pandas as pd
import pytest
from browser import violations
from pyproj import Transformer
from shapely import Point
from world import layer, square, write

import nmgeo as nm
from nmgeo.catalog import open_catalog
from nmgeo.measures.distance_uncertainty import (
    distance_range_m,
    round_distances,
    rounding_steps_m,
)

GRID = Transformer.from_crs("EPSG:4326", "EPSG:2326", always_xy=True)
PLACE = (22.4965, 114.0735)  # in San Tin Technopole
WET = (22.4875, 114.0375)


def look(page, lat, lng, press):
    page.on_map(f"MAP.setView([{lat}, {lng}], 15, {{animate: false}})")
    press(page, lat, lng)
    page.locator("#nm-here h2").wait_for()
    return page.locator("#nm-here")


def test_a_click_lists_every_site_there_the_smallest_first(page, press):
    here = look(page, *PLACE, press)
    sites = nm.sites().to_crs("EPSG:2326")
    holding = sites[sites.contains(Point(GRID.transform(PLACE[1], PLACE[0])))]

    listed = here.locator(".nm-stack button").all_inner_texts()
    assert len(listed) == len(holding) == 2
    assert [int(re.search(r"([\d,]+) ha", one)[1].replace(",", "")) for one in listed] == sorted(
        round(area)
        for area in nm.area().set_index("site_id").loc[holding["site_id"], "area_ha"][:2]
    )


def test_the_place_is_said_on_the_grid_and_in_degrees(page, press):
    said = look(page, *PLACE, press).locator("p").first.inner_text()
    east, north, lat, lng = [
        float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", said)[1:]
    ]

    expected = GRID.transform(lng, lat)
    assert (east, north) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("year", [2026, 2034])
def test_the_nearest_station_is_open_in_the_year_and_at_the_distance_on_the_grid(page, press, year):
    page.locator("#nm-year").fill(str(year))
    said = look(page, *PLACE, press).locator("h3:has-text('Nearest station') + p").inner_text()

    stations = nm.read_layer(open_catalog(), "stations").to_crs("EPSG:2326")
    is_open = (stations["opens"].isna() & (stations["status"] == "open")) | (
        stations["opens"] <= year
    )
    metres = stations[is_open].distance(Point(GRID.transform(PLACE[1], PLACE[0])))
    told = float(re.search(r": ([\d,]+) m", said)[1].replace(",", ""))
    assert said.startswith(stations.loc[metres.idxmin(), "name_en"])
    step = rounding_steps_m(stations.loc[[metres.idxmin()], "accuracy_m"]).iloc[0]
    assert told == pytest.approx(metres.min(), abs=6 + step / 2)  # of a pixel, and of its accuracy
    assert told % step == 0


@pytest.mark.parametrize("accuracy", [80.0, 400.0, 7.0, 1.0, None])
def test_a_distance_on_the_page_is_rounded_as_on_the_command_line(page, accuracy):
    metres = [0.0, 4.0, 40.0, 44.9, 45.0, 105.0, 1771.2, 1775.0, 1851.01, 12345.678]
    rows = pd.DataFrame({"nearest_m": metres, "accuracy_m": accuracy}, dtype=float)
    rows = round_distances(rows.assign(**distance_range_m(rows["nearest_m"], rows["accuracy_m"])))
    said = page.evaluate(
        "([all, out]) => all.map(one => NM.roundedDistance(one, out))", [metres, accuracy]
    )

    columns = ["nearest_m", "low_m", "high_m"]
    expected = rows[columns].to_numpy().tolist()
    told = [[math.nan if one[c] is None else one[c] for c in columns] for one in said]
    assert told == [pytest.approx(row, nan_ok=True) for row in expected]


@pytest.mark.parametrize(
    ("year", "lang", "status"),
    [
        (2026, "en", "Northern Metropolis Development Bill: gazetted"),
        (2026, "tc", "北部都會區發展條例草案: 已刊憲"),
        (2026, "sc", "北部都会区发展条例草案: 已刊宪"),
        (2024, "en", "Innovation and Technology Industry-Oriented Fund: announced"),
        (2026, "en", "Innovation and Technology Industry-Oriented Fund: under way"),
    ],
)
def test_an_instrument_here_has_its_status_of_the_year(page, press, year, lang, status):
    page.evaluate(f"NM.set({{lang: '{lang}', year: {year}}})")
    listed = look(page, *PLACE, press).locator("details li").all_text_contents()

    named = status.partition(": ")[0]
    assert [one for one in listed if one.startswith(named)] == [status]


def test_a_pond_of_the_base_is_named_with_its_accuracy(page, press):
    base = look(page, *WET, press).locator("h3:has-text('Base map') + ul li").all_inner_texts()

    assert any("Fishponds and wetland · accuracy ±60 m" in line for line in base)
    page.locator("#nm-legend label", has_text="No base map").click()
    assert page.locator("#nm-here h3:has-text('Base map')").count() == 0
    page.evaluate("NM.set({base: 'base'})")


def test_the_panel_closes_by_its_button_and_by_escape(page, press):
    look(page, *PLACE, press).locator(".nm-close").click()
    assert not page.locator("#nm-here").is_visible()
    look(page, *PLACE, press)
    page.keyboard.press("Escape")
    assert not page.locator("#nm-here").is_visible()


def test_by_keyboard_the_centre_of_the_map_is_looked_up(page):
    page.on_map(f"MAP.setView([{WET[0]}, {WET[1]}], 15, {{animate: false}})")
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")

    assert "Fishponds" in page.locator("#nm-here").inner_text()


@pytest.mark.parametrize("lang", ["en", "tc"])
def test_the_panel_is_accessible(page, press, lang):
    page.evaluate(f"NM.set({{lang: '{lang}'}})")
    look(page, *PLACE, press)

    assert violations(page) == []


def test_a_lot_under_a_site_is_found_and_opened(visit, tmp_path, press):
    east, north = GRID.transform(PLACE[1], PLACE[0])
    shapes = {f"l{n}": square(0, 0, 100 + n) for n in range(510)}  # stacked, and encoded
    lots = layer(shapes, lot_no=[f"Lot {n}" for n in range(510)])
    first = lots.geometry.iloc[0].centroid
    lots = lots.set_geometry(lots.translate(east - first.x, north - first.y))
    file = write(lots.iloc[:501], tmp_path / "lots.gpkg")
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"lots": file})))
    listed = look(page, *PLACE, press).locator(".nm-stack button")

    assert listed.count() == 50
    assert page.locator("#nm-here .nm-stack + button").inner_text() == "453 more"
    listed.first.click()
    page.locator(".leaflet-popup-content dd", has_text="Lot 0").first.wait_for()


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_what_is_more_than_the_list_holds_is_opened_by_keyboard(visit, tmp_path, press):
    lots = {f"l{n}": square(0, 0, 100 + n) for n in range(60)}
    file = write(layer(lots), tmp_path / "lots.geojson")
    page = visit(nm.map(tmp_path / "map.html", open_catalog(layers={"lots": file})))
    lng, lat = (
        layer({"a": square(0, 0, 100)}).to_crs("EPSG:4326").geometry.iloc[0].centroid.coords[0]
    )
    here = look(page, lat, lng, press)
    listed, more = here.locator(".nm-stack button"), here.locator("[data-key=here-more]")
    before, left = listed.count(), int(re.match(r"\d+", more.inner_text())[0])

    more.focus()
    page.keyboard.press("Enter")
    assert listed.count() == before + left >= 60
    assert page.evaluate("document.activeElement.dataset.key") == f"here-{before}"
    assert more.count() == 0
    press(page, lat, lng)
    assert listed.count() == before


def test_beside_another_year_what_is_here_is_of_the_year_on_its_side(page, press):
    page.select_option("#nm-with", "2034")
    place = page.on_map("MAP.getCenter()")
    here = look(page, place["lat"], place["lng"], press)
    nearest = here.locator("h3", has_text="Nearest station")
    page.locator(".nm-swipe").focus()
    page.keyboard.press("End")
    assert nearest.inner_text().endswith("open in 2026")

    page.keyboard.press("Home")
    assert nearest.inner_text().endswith("open in 2034")


def test_beside_no_base_what_the_base_shows_is_here_on_its_side_alone(page, press):
    page.select_option("#nm-with", "none")
    here = look(page, *PLACE, press)
    base = here.locator("h3", has_text="Base map")
    page.locator(".nm-swipe").focus()
    page.keyboard.press("End")
    assert base.count() == 1

    page.keyboard.press("Home")
    assert base.count() == 0
    page.evaluate("NM.set({base: 'none', compare: {base: 'base'}})")
    assert base.count() == 1
    assert page.locator("#nm-legend li", has_text="Fishponds").count() == 1
