"""A file of tiles as the base map: put into the page up to a budget, or one clear line."""

import base64
import math
import sqlite3
import struct
import zlib
from contextlib import closing

import pytest

import nmgeo as nm
from nmgeo.errors import LayerError, Notice, UsageError

VIEW = (22.48, 114.02, 22.54, 114.15)  # round the shipped sites


def png(side=256, colour=200):
    """Return a grey picture."""

    def chunk(kind, content):
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    lines = (b"\0" + bytes([colour]) * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def tile_of(latitude, longitude, zoom):
    north = math.asinh(math.tan(math.radians(latitude)))
    column = int((longitude + 180) / 360 * 2**zoom)
    return column, int((1 - north / math.pi) / 2 * 2**zoom)


def write_tiles(path, zooms=(10, 11, 12), picture=None, view=VIEW, **facts):
    """Write an MBTiles file that covers a view."""
    south, west, north, east = view
    facts = {"name": "Test", "format": "png", **facts}
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table metadata (name text, value text)")
        database.executemany("insert into metadata values (?, ?)", facts.items())
        database.execute("create table tiles (zoom_level, tile_column, tile_row, tile_data)")
        for zoom in zooms:
            left, top = tile_of(north, west, zoom)
            right, bottom = tile_of(south, east, zoom)
            for column in range(left, right + 1):
                for row in range(top, bottom + 1):
                    place = (zoom, column, 2**zoom - 1 - row)
                    content = png(colour=zoom * 10) if picture is None else picture
                    database.execute("insert into tiles values (?, ?, ?, ?)", (*place, content))
    return path


def draw(tmp_path, file, **asked):
    return nm.map(tmp_path / "map.html", basemap=file, **asked)


def test_the_tiles_of_the_view_are_in_the_page_which_loads_nothing(visit, tmp_path):
    file = write_tiles(tmp_path / "hk.mbtiles", attribution='<a href="x">Survey <b>Office</b></a>')
    path = draw(tmp_path, file)
    page = visit(path)
    page.on_map("MAP.setView([22.51, 114.08], 12, {animate: false})")
    page.locator("img.leaflet-tile-loaded").first.wait_for()

    sources = page.locator("img.leaflet-tile").evaluate_all("all => all.map(one => one.src)")
    expected = f"data:image/png;base64,{base64.b64encode(png(colour=120)).decode()}"
    assert expected in sources
    assert all(one.startswith("data:image/") for one in sources)
    assert "Survey Office" in page.locator(".leaflet-control-attribution").inner_text()
    assert page.evaluate("NM.state.base") == "tiles"
    assert nm.verify(path)["hosts_count"].tolist() == [0]
    page.on_map("MAP.setView([22.51, 114.08], 15, {animate: false})")  # closer than the file has
    assert page.heard == []


def test_the_tiles_are_in_the_picture_of_the_view(visit, tmp_path):
    page = visit(draw(tmp_path, write_tiles(tmp_path / "hk.mbtiles")))
    page.locator("img.leaflet-tile-loaded").first.wait_for()
    drawn = page.evaluate("Picture.svg()")

    assert base64.b64encode(png(colour=120)).decode()[:200] in drawn or "data:image/png" in drawn
    page.locator("#nm-legend label", has_text="No base map").click()
    assert page.locator("img.leaflet-tile").count() == 0


def test_the_same_file_gives_the_same_bytes(tmp_path):
    file = write_tiles(tmp_path / "hk.mbtiles")
    first = draw(tmp_path, file).read_bytes()

    assert draw(tmp_path, file, overwrite=True).read_bytes() == first


def test_zooms_beyond_the_budget_are_left_out_with_a_notice(tmp_path):
    file = write_tiles(tmp_path / "hk.mbtiles", zooms=(10, 11, 17))
    with pytest.warns(Notice) as heard:
        path = draw(tmp_path, file, budget="300kB")

    assert any("up to zoom 11; closer ones exceed 0.3 MB" in str(one.message) for one in heard)
    assert path.stat().st_size < 2_000_000


BROKEN = {
    "vector": (lambda path: write_tiles(path, format="pbf"), "holds vector tiles"),
    "zipped": (lambda path: write_tiles(path, picture=b"\x1f\x8b123"), "holds vector tiles"),
    "elsewhere": (lambda path: write_tiles(path, view=(51, 0, 51.1, 0.1)), "no tile where"),
    "large": (lambda path: write_tiles(path, picture=png(1025)), "1025 by 1025 pixels"),
    "script": (lambda path: write_tiles(path, picture=b"<svg onload=alert(1)>"), "is no PNG"),
    "text": (lambda path: write_tiles(path, picture="hello"), "is no PNG"),
    "cut": (lambda path: write_tiles(path, picture=png()[:90]), "a tile is damaged"),
    "bomb": (lambda path: write_tiles(path, picture=b"\0" * 2_500_000), "cannot be read"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_cannot_be_used_is_one_line_and_writes_nothing(tmp_path, kind):
    make, said = BROKEN[kind]
    file = make(tmp_path / "hk.mbtiles")
    with pytest.raises(LayerError, match=said):
        draw(tmp_path, file)

    assert not (tmp_path / "map.html").exists()


def truncated(path):
    whole = write_tiles(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 3])


def endless(path):
    """Write a view of tiles that never ends."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table metadata (name text, value text)")
        database.execute(
            "create view tiles as with recursive n(x) as (select 1 union all select x + 1 from n)"
            " select x as zoom_level, x as tile_column, x as tile_row, x as tile_data from n"
        )


DAMAGED = {
    "truncated": truncated,
    "text": lambda path: path.write_text("hello"),
    "empty": lambda path: path.write_bytes(b""),
    "endless": endless,
    "pmtiles": lambda path: path.write_bytes(b"PMTiles\x03" + b"\0" * 200),
    "missing": lambda path: path.unlink(missing_ok=True),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_one_line(run, tmp_path, kind):
    file = tmp_path / "hk.mbtiles"
    DAMAGED[kind](file)
    done = run("map", "--basemap", file, "-o", tmp_path / "map.html")

    assert done.exit_code == 4
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "map.html").exists()


def test_a_map_has_one_background(tmp_path):
    with pytest.raises(UsageError, match="one background"):
        draw(tmp_path, tmp_path / "hk.mbtiles", tiles="imagery")
