"""A file of tiles as the base map: put into the page up to a budget, or one clear line."""

import base64
import gzip
import math
import sqlite3
import struct
import zlib
from contextlib import closing

import pytest
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

import nmgeo as nm
from nmgeo.errors import LayerError, Notice, UsageError

pytestmark = pytest.mark.usefixtures("one_atlas")

SUFFIXES = (".mbtiles", ".pmtiles")
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


def tiles_of(view, zooms, picture=None):
    """List zoom, column, row from the north and picture of the tiles that cover a view."""
    south, west, north, east = view
    for zoom in zooms:
        left, top = tile_of(north, west, zoom)
        right, bottom = tile_of(south, east, zoom)
        for column in range(left, right + 1):
            for row in range(top, bottom + 1):
                yield zoom, column, row, png(colour=zoom * 10) if picture is None else picture


def write_tiles(path, zooms=(10, 11, 12), picture=None, view=VIEW, **facts):
    """Write an MBTiles file that covers a view, or a PMTiles file if its name ends so."""
    tiles = tiles_of(view, zooms, picture)
    facts = {"name": "Test", "format": "png", **facts}
    if path.suffix == ".pmtiles":
        return write_pmtiles(path, tiles, facts)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table metadata (name text, value text)")
        database.executemany("insert into metadata values (?, ?)", facts.items())
        database.execute("create table tiles (zoom_level, tile_column, tile_row, tile_data)")
        for zoom, column, row, content in tiles:
            place = (zoom, column, 2**zoom - 1 - row)
            database.execute("insert into tiles values (?, ?, ?, ?)", (*place, content))
    return path


def write_pmtiles(path, tiles, facts):
    kind = TileType.MVT if facts["format"] == "pbf" else TileType.PNG
    with path.open("wb") as file:
        writer = Writer(file)
        by_id = {zxy_to_tileid(*place): content for *place, content in tiles}
        for number, content in sorted(by_id.items()):
            writer.write_tile(number, content.encode() if isinstance(content, str) else content)
        header = {"tile_type": kind, "tile_compression": Compression.NONE, "center_zoom": 10}
        bounds = dict.fromkeys(("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"), 0)
        centre = {"center_lon_e7": 0, "center_lat_e7": 0}
        writer.finalize({**header, **bounds, **centre}, facts)
    return path


def draw(tmp_path, file, **asked):
    return nm.map(tmp_path / "map.html", basemap=file, **asked)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_tiles_of_the_view_are_in_the_page_which_loads_nothing(visit, tmp_path, suffix):
    file = write_tiles(tmp_path / f"hk{suffix}", attribution='<a href="x">Survey <b>Office</b></a>')
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


def test_the_opacity_of_the_tiles_is_kept_in_the_link(visit, tmp_path):
    page = visit(draw(tmp_path, write_tiles(tmp_path / "hk.mbtiles")))
    page.locator("[data-key=opacity]").fill("40")

    layer = page.locator(".leaflet-tile-pane .leaflet-layer").first
    assert layer.evaluate("node => node.style.opacity") == "0.4"
    link = page.evaluate("Tools.address()")
    assert "o=40" in link
    again = visit(tmp_path / "map.html", 7, link[link.index("#") :])
    assert again.evaluate("NM.state.opacity") == 40
    again.evaluate("Tiles.fade(100)")


def test_half_a_pair_of_surrogates_in_an_attribution_is_a_question_mark(tmp_path):
    file = write_tiles(tmp_path / "hk.pmtiles", attribution="Office \ud800")

    assert "Office ?" in draw(tmp_path, file).read_text("utf-8")


def test_both_kinds_of_files_give_the_same_page(tmp_path):
    pages = [
        draw(tmp_path, write_tiles(tmp_path / f"hk{suffix}"), overwrite=True).read_bytes()
        for suffix in SUFFIXES
    ]

    assert pages[0] == pages[1]


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


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_cannot_be_used_is_one_line_and_writes_nothing(tmp_path, kind, suffix):
    make, said = BROKEN[kind]
    file = make(tmp_path / f"hk{suffix}")
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


def with_directory(content):
    """Return a writer of a PMTiles file whose directory is what is given, packed."""

    def write(path):
        whole = bytearray(write_tiles(path.with_suffix(".pmtiles")).read_bytes())
        packed = gzip.compress(content, mtime=0)
        struct.pack_into("<QQ", whole, 8, len(whole), len(packed))
        path.write_bytes(bytes(whole) + packed)

    return write


def cut_pmtiles(path):
    whole = write_tiles(path.with_suffix(".pmtiles")).read_bytes()
    path.write_bytes(whole[:200])


def many_leaves(path):
    """Write a PMTiles file of many leaf directories, which share bytes and are each long."""
    count, entries = 300, 200_000
    leaf = gzip.compress(b"\xc0\x9a\x0c" + b"\1" * (4 * entries), mtime=0)
    whole = bytearray(write_tiles(path.with_suffix(".pmtiles")).read_bytes())
    start = len(whole)
    numbers = [*([200] * count), *([0] * count)]  # ids, then the length of each run: a leaf
    lengths = [len(leaf) + n for n in range(count)]  # other lengths, so that no cache helps
    root = bytearray()
    for number in (count, *numbers, *lengths, *([1] * count)):
        rest = number
        while rest > 127:
            root.append(rest & 127 | 128)
            rest >>= 7
        root.append(rest)
    packed = gzip.compress(bytes(root), mtime=0)
    struct.pack_into("<QQ", whole, 8, start + len(leaf) + count, len(packed))
    struct.pack_into("<QQ", whole, 40, start, len(leaf) + count)
    path.write_bytes(bytes(whole) + leaf + b"\0" * count + packed)


def odd_zoom(path):
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table metadata (name text, value text)")
        database.execute("create table tiles (zoom_level, tile_column, tile_row, tile_data)")
        database.execute("insert into tiles values (5.0, 1, 1, ?)", (png(),))


DAMAGED = {
    "many leaves": many_leaves,
    "odd zoom": odd_zoom,
    "directory bomb": with_directory(b"\0" * 5_000_000),
    "long numbers": with_directory(b"\xff" * 500_000),
    "directory of itself": with_directory(b"\1\0\0\x20\1"),
    "many entries": with_directory(b"\xff\xff\xff\xff\x0f\0"),
    "cut pmtiles": cut_pmtiles,
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
