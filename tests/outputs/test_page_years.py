"""Time on the page: the years play, what changes is listed, two years lie side by side."""

import re

import pytest
from browser import violations

import nmgeo as nm
from nmgeo import open_catalog
from nmgeo.outputs.atlas import build_atlas


@pytest.fixture
def listed(page):
    page.locator("#nm-changes").evaluate("one => { one.open = true; }")

    def changes():
        return page.locator("#nm-change-list li").all_inner_texts()

    return changes


def swept(page, side):
    """Return how many shapes of one side have an unbroken outline, and how many there are."""
    script = "[...MAP.getPane('nm-SIDE').querySelectorAll('path')].map(one => one.outerHTML)"
    drawn = page.on_map(script.replace("SIDE", side))
    return sum("stroke-dasharray" not in one for one in drawn), len(drawn)


def test_the_years_play_until_the_last_and_stop_at_a_press(page):
    page.evaluate("NM.set({year: NM.data.years[1] - 1})")
    page.locator("#nm-play").click()
    assert page.locator("#nm-play").get_attribute("aria-label") == "Pause"
    page.locator("#nm-play[aria-pressed=false]").wait_for()
    assert page.evaluate("NM.state.year === NM.data.years[1]")

    page.locator("#nm-play").focus()
    page.keyboard.press("Enter")  # from the first year again
    assert page.evaluate("NM.state.year === NM.data.years[0]")
    page.keyboard.press("Enter")
    assert page.locator("#nm-play").get_attribute("aria-label") == "Play the years"


def test_the_timeline_is_of_the_chosen_site_and_sets_the_future_off(page):
    def listed():
        return page.locator("#nm-timeline-list li").evaluate_all(
            "all => all.map(one => [one.textContent, one.className])"
        )

    page.locator("#nm-timeline").evaluate("one => { one.open = true; }")
    page.locator("#nm-year").fill("2028")
    everything = listed()
    dates = page.locator("#nm-timeline-list li").evaluate_all(DATED)
    assert dates == sorted(dates)
    looks = [look for _, look in everything]
    assert looks == ["nm-later" if int(year) > 2028 else "" for year in dates]

    page.evaluate("NM.set({site: NM.data.sites.find(one => one.site === 'hetao_hk_park').id})")
    of_site = listed()
    assert 0 < len(of_site) < len(everything)
    assert {text for text, _ in of_site} <= {text for text, _ in everything}
    assert any("The Loop (HSITP)" in text for text, _ in of_site)  # a station in the site
    assert not any("Au Tau" in text for text, _ in of_site)
    assert "Hetao" in page.locator("#nm-timeline-of").inner_text()
    page.evaluate("NM.set({site: null})")


IN_2026 = {
    "en": (
        "2026-07-03 Northern Metropolis Development Bill: gazetted",
        "2026-07-18 Committee on AI+ and Industry Development Strategy: under way (quoted",
        "2026-03-12 15th Five-Year Plan (2026-30): approved",
        "2026-07-31 Huanggang Port Hong Kong Port Area Ordinance (Cap. 659): in force",
        "2026-12-31 Lower capital charge for insurers that invest in infrastructure: begins (pl",
    ),
    "tc": (
        "2026-07-03 北部都會區發展條例草案: 已刊憲",
        "2026-07-18 AI+與產業發展策略委員會: 進行中",
    ),
    "sc": (
        "2026-07-03 北部都会区发展条例草案: 已刊宪",
        "2026-07-18 AI+与产业发展策略委员会: 进行中",
    ),
}


@pytest.mark.parametrize("lang", IN_2026)
def test_what_changes_of_an_instrument_is_its_status(page, listed, lang):
    page.evaluate(f"NM.set({{lang: '{lang}'}})")
    page.locator("#nm-year").fill("2026")
    said = page.evaluate("Years.changes(2025, 2026).map(one => one.slice(0, 2).join(' '))")

    assert [one for one in IN_2026[lang] if not any(text.startswith(one) for text in said)] == []
    assert set(listed()) <= set(said)
    wrong = {"en": "takes effect", "tc": ": 生效", "sc": ": 生效"}[lang]
    assert not [text for text in said if text.endswith(wrong)]


def test_a_status_that_only_repeats_the_one_before_it_is_no_change(page):
    said = page.evaluate("Years.changes(-Infinity, Infinity).map(one => one.slice(0, 2).join(' '))")

    pilot = "Large-scale land disposal pilot: San Tin: announced"
    assert [text for text in said if pilot in text] == [f"2024-11-29 {pilot}"]


def test_the_milestones_of_an_instrument_are_among_what_changes(page, listed):
    page.locator("#nm-year").fill("2026")
    said = listed()

    bill = "Northern Metropolis Development Bill: "
    only_claimed = (
        f"2026-05-22 {bill}consultation close",
        f"2026-07-08 {bill}first reading (planned)",
        "2026-03-03 Innovation and Technology Industry-Oriented Fund: expressions of interest",
    )
    assert [one for one in only_claimed if not any(text.startswith(one) for text in said)] == []
    assert sum(f"{bill}gazetted" in one for one in said) == 1  # a status says it too


@pytest.mark.parametrize("year", [2027, 2030, 2034])
def test_what_changes_in_a_year_are_the_openings_and_milestones_of_that_year(page, listed, year):
    page.locator("#nm-year").fill(str(year))
    said = listed()

    stations = nm.read_layer(open_catalog(), "stations")
    opening = stations.loc[stations["opens"] == year, "name_en"]
    assert [one for one in opening if not any(f" {one}, Rail" in text for text in said)] == []
    claims = build_atlas().claims
    dated = claims[
        claims["unit"].isin(["date", "year"]) & claims["value"].str.startswith(f"{year}")
    ]
    held = set(nm.sites()["site_id"])
    dates = dated.loc[dated["subject"].isin(held), "value"]
    assert all(any(text.startswith(date) for text in said) for date in dates)
    in_words = {2027: ("2026-27",)}  # when land is released
    assert all(text.startswith((str(year), *in_words.get(year, ()))) for text in said)
    assert f"({len(said)})" in page.locator("#nm-changed").inner_text()


PARK = "hetao_hk_park:park"


@pytest.mark.parametrize(
    ("year", "said"),
    [
        (2026, "Lok Ma Chau: 880 m (750–1,020), open; The Loop (HSITP): 0 m (0–500), planned 2034"),
        (2033, "Lok Ma Chau: 880 m (750–1,020), open; The Loop (HSITP): 0 m (0–500), planned 2034"),
        (2034, "The Loop (HSITP): 0 m (0–500), planned 2034"),
        (2024, "The Loop (HSITP): 0 m (0–500), planned 2034"),  # nobody says what was open in 2024
    ],
)
def test_the_nearest_station_of_a_site_is_open_in_the_year_and_a_planned_one_is_named(
    page, year, said
):
    page.evaluate(f"NM.set({{site: {PARK!r}, year: {year}}})")

    heading = page.locator("#nm-panel dt", has_text="Rail stations")
    assert heading.locator("+ dd").inner_text() == said


def test_a_release_of_land_that_is_dated_in_words_comes_last_in_its_year(page):
    page.evaluate("NM.set({site: null, lang: 'tc'})")
    said = page.locator("#nm-timeline-list li")
    rows = dict(zip(said.all_text_contents(), said.evaluate_all(DATED), strict=True))
    page.evaluate("NM.set({lang: 'en'})")

    release = next(text for text in rows if text.startswith("2026年底"))
    assert rows[release] == "2026"
    assert list(rows.values()) == sorted(rows.values())


DATED = "all => all.map(one => one.dataset.year)"


def test_what_is_as_near_is_named_too(page):
    page.evaluate("NM.set({site: 'san_tin_technopole:ozp_scheme_area', year: 2034})")

    said = page.locator("#nm-panel dt", has_text="Rail stations").locator("+ dd").inner_text()
    assert said.startswith("Chau Tau: 0 m (0–900), planned 2034")
    assert said.endswith("(equally near: Lok Ma Chau · San Tin)")


def test_of_a_year_before_what_is_known_nothing_is_said_to_be_open(page):
    page.evaluate(f"NM.set({{site: {PARK!r}, buffer: 3000, year: 2024}})")
    counted = page.locator("#nm-buffer-found dt", has_text="Rail stations").locator("+ dd")
    counted.wait_for()

    assert re.fullmatch(r"\d+", counted.inner_text())
    name = page.locator("path[aria-label^='Lok Ma Chau, Rail']").get_attribute("aria-label")
    assert name.endswith("opening year not known")
    page.evaluate("NM.set({year: 2026})")
    counted.filter(has_text=re.compile(r"^\d+ \(open in 2026: \d+\)$")).wait_for()
    page.evaluate("NM.set({buffer: 0})")


def test_the_lines_to_stations_and_crossings_are_those_of_the_year(page):
    page.evaluate(f"NM.set({{site: {PARK!r}, year: 2026}})")
    drawn = page.locator("path.nm-line")

    assert drawn.count() == 2  # Lok Ma Chau, and its control point
    page.evaluate("NM.set({year: 2034})")
    assert drawn.count() == 1  # the station of 2034 is in the park
    page.evaluate("NM.set({year: 2026})")
    assert drawn.count() == 2


def test_two_years_lie_side_by_side_and_a_swipe_moves_the_divider(page, listed):
    page.select_option("#nm-with", "2034")
    left, all_left = swept(page, "left")
    right, all_right = swept(page, "right")
    assert all_left == all_right
    assert right > left
    assert page.locator("#nm-changed").inner_text().startswith("What changes from 2026 to 2034")
    assert any("Chau Tau" in one for one in listed())

    line = page.locator(".nm-swipe-line")
    before = line.bounding_box()["x"]
    swipe = page.locator(".nm-swipe").bounding_box()
    middle = swipe["y"] + swipe["height"] / 2
    page.mouse.move(swipe["x"] + swipe["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(swipe["x"] + swipe["width"] / 4, middle, steps=4)
    page.mouse.up()
    assert line.bounding_box()["x"] < before - 50
    page.locator(".nm-swipe").focus()
    page.keyboard.press("Home")
    assert line.bounding_box()["x"] < swipe["x"] + 30
    shown = page.on_map("getComputedStyle(MAP.getPane('nm-left')).clip")
    assert shown.startswith("rect(")


def test_while_years_are_compared_the_shapes_under_them_can_still_be_chosen(page):
    page.select_option("#nm-with", "2034")
    path = page.locator("path[aria-label^='Kwu Tung, ']")
    assert path.get_attribute("stroke-opacity") == "0"
    path.focus()
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup-content h2").inner_text() == "Kwu Tung"

    page.select_option("#nm-with", "")
    assert path.get_attribute("stroke-opacity") == "1"
    assert page.locator(".nm-swipe").is_hidden()


OPEN, DUE, NOT_YET = (
    *("open in the year chosen", "due to open by the year chosen"),
    "not yet open in the year chosen",
)


@pytest.mark.parametrize(("other", "said"), [("", {OPEN, NOT_YET}), ("2034", {OPEN, NOT_YET, DUE})])
def test_the_legend_has_the_states_of_the_years_that_are_shown(page, other, said):
    page.select_option("#nm-with", other)

    rows = page.locator("#nm-legend label[data-layer=stations] + ul li").all_inner_texts()
    assert set(rows) == said


def test_the_year_that_is_reached_ends_its_comparison(page):
    page.select_option("#nm-with", "2028")
    page.locator("#nm-year").fill("2028")

    assert page.evaluate("NM.state.compare") is None
    path = page.locator("path[aria-label^='Kwu Tung, ']")
    assert path.get_attribute("stroke-opacity") == "1"


def test_two_base_maps_lie_side_by_side(page):
    page.select_option("#nm-with", "none")

    assert page.locator(".nm-swipe-years").inner_text().split() == [
        "Base",
        "map",
        "No",
        "base",
        "map",
    ]
    assert page.on_map("MAP.getPane('nm-base').style.clip").startswith("rect(")
    page.select_option("#nm-with", "")
    assert page.on_map("MAP.getPane('nm-base').style.clip") in ("", "auto")


@pytest.mark.parametrize("asked", ["c=2034", "c=none", "c=1999", "c=tiles", "c=<b>"])
def test_the_address_holds_the_comparison(visit, shipped, asked):
    other = visit(shipped, asked, f"#{asked}")

    expected = {"c=2034": {"year": 2034}, "c=none": {"base": "none"}}
    assert other.evaluate("NM.state.compare") == expected.get(asked)
    assert (swept(other, "left")[1] > 10) == (asked == "c=2034")  # drawn as the page opens
    assert other.heard == []


@pytest.mark.parametrize(("lang", "scheme"), [("en", "dark"), ("tc", "light")])
def test_the_comparison_is_accessible(page, listed, lang, scheme):
    page.emulate_media(color_scheme=scheme)
    page.evaluate(f"NM.set({{lang: '{lang}', compare: {{year: 2034}}}})")

    assert listed()
    assert violations(page) == []


def test_playing_the_years_passes_by_the_one_that_is_compared(page):
    page.evaluate("NM.set({year: 2034, compare: {year: 2035}})")
    page.clock.install()
    shown = []
    page.locator("#nm-play").click()  # begins anew, since only that one is left
    for _ in range(3):
        shown.append(page.evaluate("NM.state.year"))
        page.evaluate("NM.set({compare: {year: 2026}})")
        page.clock.run_for(1500)
    page.locator("#nm-play").click()

    assert shown == [2024, 2025, 2027]
    assert page.evaluate("NM.state.compare") == {"year": 2026}


def test_all_that_changes_is_listed(page, listed):
    page.evaluate("NM.set({year: 2026})")
    count = page.evaluate("Years.changes(2025, 2026).length")

    assert count > 30
    assert len(listed()) == count
    assert page.locator("#nm-change-list p").count() == 0


def test_the_address_holds_the_place_of_the_divider(visit, shipped, page):
    page.select_option("#nm-with", "2034")
    assert "cp=" not in page.evaluate("Tools.address()")
    page.locator(".nm-swipe").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("location.hash.includes('cp=45')")
    other = visit(shipped, "divider", page.evaluate("location.hash"))

    assert other.locator(".nm-swipe").input_value() == "45"
    assert other.evaluate("Compare.dividerAt()") == page.evaluate("Compare.dividerAt()")
    other.evaluate("location.hash = 'c=2034&cp=-7'")
    other.wait_for_function("Compare.writeDivider() === null")
    assert other.locator(".nm-swipe").input_value() == "50"
    page.locator(".nm-swipe").fill("50")


@pytest.mark.parametrize(("key", "hidden"), [("Home", [True, False]), ("End", [False, True])])
def test_a_side_without_room_for_its_title_beside_the_buttons_has_none(page, key, hidden):
    page.select_option("#nm-with", "none")
    page.locator(".nm-swipe").focus()
    page.keyboard.press(key)
    titles = page.locator(".nm-swipe-years span").evaluate_all(
        "all => all.map(one => getComputedStyle(one).visibility === 'hidden')"
    )
    shown = page.locator(".nm-swipe-years span").nth(titles.index(False)).bounding_box()
    buttons = page.locator(".leaflet-control-zoom").bounding_box()
    locator = page.locator(".nm-locator").bounding_box()
    page.locator(".nm-swipe").fill("50")

    assert titles == hidden
    assert shown["x"] >= buttons["x"] + buttons["width"]
    assert shown["x"] + shown["width"] <= locator["x"]


def test_the_names_of_a_base_map_are_on_its_side_alone(page):
    page.select_option("#nm-with", "none")
    page.evaluate("Labels.place()")
    sides = page.evaluate("""() => {
        const { left } = document.querySelector(".folium-map").getBoundingClientRect();
        const at = Compare.dividerAt();
        const towns = [...document.querySelectorAll(".nm-names .nm-town, .nm-names .nm-hill")];
        return towns.map((one) => {
            const { x, width } = one.getBoundingClientRect();
            return x + width / 2 - left < at + 60;
        });
    }""")

    assert sides
    assert all(sides)


@pytest.mark.parametrize(
    ("feature", "states"),
    [
        ("{status: 'open', opens: 2030, as_of: '2026-01'}", ["undated", "open_in_year"]),
        ("{status: 'open', opens: 2030}", ["open_in_year", "open_in_year"]),
        ("{status: 'open', opens: 2025, as_of: '2026-01'}", ["not_open", "open_in_year"]),
        ("{status: 'planned', opens: 2030, as_of: '2026-01'}", ["not_open", "not_open"]),
        ("{opens: null, status: null}", ["open_in_year", "open_in_year"]),
    ],
)
def test_what_is_called_open_is_so_whatever_later_year_it_opens(page, feature, states):
    found = [page.evaluate(f"NM.openState({feature}, {year})") for year in (2024, 2026)]

    assert found == states
