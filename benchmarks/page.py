"""CPU of a page beside plain folium in the same run: load, a pan, three zooms; bytes; ready.

Needs chromium. `python benchmarks/page.py` writes page.md; with counts, such as `5 2000`, it only
prints. CPU is that of all processes of Chromium. Above 20,000 features folium is left out, because
its page does not open in three minutes.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
from big_page import FOLIUM_MOST, FRAMES, buildings, empty_folium, save_offline, write_folium
from playwright.sync_api import CDPSession, Page, sync_playwright

import nmgeo as nm

COUNTS: Final = (5, 2_000, 20_000)
POINTS: Final = 200_000
REPEATS: Final = 3
IDLE: Final = 0.03  # seconds of CPU in half a second


@dataclass(frozen=True)
class Cost:
    """What a page takes: seconds of CPU of each part, and wall seconds until it is drawn."""

    load: float
    pan: float
    zooms: float
    ready: float


def points(count: int) -> gpd.GeoDataFrame:
    """Make points with five attributes."""
    frame = buildings(count)
    return frame.set_geometry(frame.centroid)


def _cpu(session: CDPSession) -> float:
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return float(sum(one["cpuTime"] for one in found))


def _spent(session: CDPSession, act: Callable[[], None]) -> float:
    before = _cpu(session)
    act()
    return _cpu(session) - before


def _wait_until_idle(session: CDPSession, tab: Page) -> None:
    """Wait until the browser has loaded its own pages, which would count for the page measured."""
    while _spent(session, lambda: tab.wait_for_timeout(500)) > IDLE:
        pass


def _pan(tab: Page) -> None:
    tab.mouse.move(400, 300)
    tab.mouse.down()
    tab.mouse.move(150, 300, steps=10)
    tab.mouse.up()
    tab.wait_for_timeout(600)


def _zoom(tab: Page) -> None:
    tab.locator(".folium-map").focus()
    for _ in range(3):
        tab.keyboard.press("+")
        tab.wait_for_timeout(700)
    tab.evaluate(FRAMES)


def measure(page: Path) -> Cost:
    """Open a page in a new browser without network, pan it and zoom in three times."""
    with sync_playwright() as driver:
        chromium = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        session = browser.new_browser_cdp_session()
        tab = browser.new_context(viewport={"width": 1200, "height": 800}, offline=True).new_page()
        tab.set_default_timeout(180_000)
        _wait_until_idle(session, tab)
        start = time.perf_counter()

        def load() -> None:
            nonlocal start
            start = time.perf_counter()
            tab.goto(page.as_uri(), wait_until="load", timeout=180_000)
            tab.evaluate(FRAMES)

        loading = _spent(session, load)
        ready = time.perf_counter() - start
        cost = Cost(
            loading, _spent(session, lambda: _pan(tab)), _spent(session, lambda: _zoom(tab)), ready
        )
        browser.close()
    return cost


def middle(costs: list[Cost]) -> Cost:
    """Return the median of each part."""
    parts = zip(*((one.load, one.pan, one.zooms, one.ready) for one in costs), strict=True)
    return Cost(*map(statistics.median, parts))


def ways(frame: gpd.GeoDataFrame, folder: Path) -> dict[str, Path]:
    """Write pages: of nmgeo, of folium where it opens, and an empty map, which is the least."""
    source = folder / "buildings.gpkg"
    frame.to_file(source)
    catalog = nm.open_catalog(layers={"buildings": source}, crs="hk80")
    pages = {"nmgeo": folder / "nmgeo.html"}
    nm.map(pages["nmgeo"], catalog)
    if len(frame) <= FOLIUM_MOST:
        pages["folium"] = folder / "folium.html"
        write_folium(source, pages["folium"])
    pages["empty map"] = folder / "empty.html"
    save_offline(empty_folium(), pages["empty map"])
    return pages


def rows(title: str, frame: gpd.GeoDataFrame) -> list[str]:
    """Return the rows of a table for one size of data; both pages are measured in turn."""
    with tempfile.TemporaryDirectory() as folder:
        pages = ways(frame, Path(folder))
        costs: dict[str, list[Cost]] = {name: [] for name in pages}
        for _ in range(REPEATS):
            for name, page in pages.items():
                costs[name].append(measure(page))
        return [_row(title, name, page, middle(costs[name])) for name, page in pages.items()]


def _row(title: str, name: str, page: Path, cost: Cost) -> str:
    total = cost.load + cost.pan + cost.zooms
    cpu = " | ".join(f"{part:.2f}" for part in (cost.load, cost.pan, cost.zooms, total))
    return f"| {title} | {name} | {page.stat().st_size / 1e6:.2f} | {cpu} | {cost.ready:.2f} |"


HEAD: Final = (
    "| data | page | MB | load CPU s | pan CPU s | 3 zooms CPU s | together | ready s |",
    "| :-- | :-- | --: | --: | --: | --: | --: | --: |",
)


def main(counts: list[int]) -> None:
    """Print the table; without counts write it to page.md."""
    found = [*HEAD]
    for count in counts or COUNTS:
        found += rows(f"{count:,} polygons", buildings(count))
    if not counts:
        found += rows(f"{POINTS:,} points", points(POINTS))
    table = "\n".join(found)
    sys.stdout.write(f"{table}\n")
    if not counts:
        note = (
            "Written by `python benchmarks/page.py`: CPU seconds of all processes of headless\n"
            "Chromium with software rendering, median of three, the pages in turn; two cores.\n"
            "nmgeo's page also has the base map, the shipped layers and the table;\n"
            "that of folium has the polygons alone; the empty map is Leaflet with nothing on it.\n"
        )
        Path(__file__).with_name("page.md").write_text(f"# The page\n\n{note}\n{table}\n", "utf-8")


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]])
