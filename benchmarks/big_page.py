"""Time a page with a large layer, beside plain folium in the same run: write, size, ready, pan.

Needs chromium. `python benchmarks/big_page.py 20000`; above 20,000 folium is left out, because its
page does not open in three minutes.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import shapely
from playwright.sync_api import sync_playwright
from xstatic.pkg import leaflet as leaflet_package

import nmgeo as nm

nm.map  # noqa: B018 - imported before the clock starts, as folium is

SEED = 20260101
FOLIUM_MOST = 20_000
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def buildings(count: int) -> gpd.GeoDataFrame:
    """Make rectangles the size of buildings, with five attributes, on the Hong Kong 1980 Grid."""
    random = np.random.default_rng(SEED)
    east, north = random.uniform(810_000, 835_000, count), random.uniform(828_000, 844_000, count)
    wide, high = random.uniform(8, 30, (2, count))
    columns = {
        "name": [f"Block {n}" for n in range(count)],
        "floors": random.integers(1, 60, count),
        "use": random.choice(["housing", "industry", "office"], count),
        "built": random.integers(1950, 2026, count),
        "ref": [f"{n:07d}" for n in range(count)],
    }
    shapes = shapely.box(east, north, east + wide, north + high)
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=2326)


def _shaded(feature: dict) -> dict:
    shade = 4 * feature["properties"]["floors"]
    return {"color": "#333", "weight": 1, "fillColor": f"#{shade:02x}72b2", "fillOpacity": 0.5}


def write_folium(source: Path, page: Path) -> None:
    """Write what an analyst would: polygons with a style and a popup of their attributes."""
    frame = gpd.read_file(source).to_crs(4326)
    drawn = empty_folium()
    fields = ["name", "floors", "use", "built", "ref"]
    folium.GeoJson(
        frame,
        style_function=_shaded,
        highlight_function=lambda _: {"weight": 3},
        tooltip=folium.GeoJsonTooltip(fields),
        popup=folium.GeoJsonPopup(fields),
    ).add_to(drawn)
    save_offline(drawn, page)


def empty_folium() -> folium.Map:
    """Return a map of folium without tiles."""
    return folium.Map([22.45, 114.05], zoom_start=12, tiles=None)


def save_offline(drawn: folium.Map, page: Path) -> None:
    """Write a map of folium with Leaflet in the page, so that it opens without network."""
    for links in (drawn.default_js, drawn.default_css):
        del links[1:]  # Leaflet alone
    drawn.save(page)
    leaflet = Path(leaflet_package.BASE_DIR)
    html = page.read_text(encoding="utf-8")
    for kind in ("js", "css"):
        text = (leaflet / f"leaflet.{kind}").read_text(encoding="utf-8")
        tag = "script" if kind == "js" else "style"
        start = html.index("https://cdn.jsdelivr.net/npm/leaflet", 0)
        begin, end = html.rindex("<", 0, start), html.index(">", start) + 1
        html = html[:begin] + f"<{tag}>{text}</{tag}>" + html[end:].removeprefix("</script>")
    page.write_text(html, encoding="utf-8")


def opened(page: Path) -> tuple[float, float]:
    """Return the seconds until a page is drawn, and of one pan of its map."""
    with sync_playwright() as driver:
        chromium = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_context(viewport={"width": 1200, "height": 800}, offline=True).new_page()
        tab.set_default_timeout(180_000)
        start = time.perf_counter()
        tab.goto(page.as_uri(), wait_until="load", timeout=180_000)
        tab.evaluate(FRAMES)
        ready = time.perf_counter() - start
        tab.mouse.move(400, 300)
        tab.mouse.down()
        start = time.perf_counter()
        tab.mouse.move(150, 300, steps=2)
        tab.mouse.up()
        tab.evaluate(FRAMES)
        pan = time.perf_counter() - start
        browser.close()
    return ready, pan


def main(count: int) -> None:
    """Print a row for each way of writing the page."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "buildings.gpkg"
        buildings(count).to_file(source)
        catalog = nm.open_catalog(layers={"buildings": source}, crs="hk80")
        ways = {"nmgeo": lambda page: nm.map(page, catalog)}
        if count <= FOLIUM_MOST:
            ways["folium"] = lambda page: write_folium(source, page)
        sys.stdout.write("| polygons | page | write s | size MB | ready s | pan s |\n")
        sys.stdout.write("| --: | :-- | --: | --: | --: | --: |\n")
        for name, write in ways.items():
            page = Path(folder) / f"{name}.html"
            start = time.perf_counter()
            write(page)
            seconds, size = time.perf_counter() - start, page.stat().st_size / 1e6
            ready, pan = opened(page)
            sys.stdout.write(
                f"| {count:,} | {name} | {seconds:.1f} | {size:.1f} | {ready:.1f} | {pan:.2f} |\n"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FOLIUM_MOST)
