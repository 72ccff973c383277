"""Sheets: the scale is true in the file, every character has its glyph, bytes repeat."""

import ctypes
import io
import re
import subprocess
from dataclasses import replace
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from programs import need, need_library
from world import EAST, NORTH, sites, square, write

import nmgeo as nm
from nmgeo.crs import HK80
from nmgeo.errors import ExportError, Notice, UsageError
from nmgeo.outputs.appearance import Appearance
from nmgeo.outputs.atlas import build_atlas
from nmgeo.outputs.map_styles import HATCHES, ROADS, style_of
from nmgeo.outputs.sheets import fonts, map_names, print_sheets, sheet
from nmgeo.outputs.sheets.drawing import Drawing
from nmgeo.outputs.sheets.fonts import Font, find_font
from nmgeo.outputs.sheets.furniture import break_lines, grid_spacing_m
from nmgeo.outputs.sheets.map_layers import frames_of
from nmgeo.outputs.sheets.map_names import names_of_feature
from nmgeo.outputs.sheets.paper import MARGIN_MM, PAPERS, Frame, fit_frame, read_scale
from nmgeo.outputs.web import map as web_map
from nmgeo.outputs.web.page_data import build_page_data

POINT_MM = 25.4 / 72
MM_PER_KM = 100.0  # at 1:10,000


@pytest.fixture(autouse=True)
def shared(monkeypatch, shipped_atlas):
    """Let all sheets of the shipped data share one atlas a language."""
    need_library("'nmgeo[print]'", "fpdf")
    monkeypatch.setattr(print_sheets, "build_atlas", lambda _, lang, **__: shipped_atlas(lang))


@pytest.fixture
def font():
    return find_font(None, set("新田 A"))


def pages_of(path):
    pdfium = need_library("'nmgeo[print]'", "pypdfium2")
    document = pdfium.PdfDocument(path)
    return [document[number] for number in range(len(document))]


def texts_of(path):
    return [page.get_textpage().get_text_range() for page in pages_of(path)]


def lines_of(page):
    """Return the middles of the long upright and level lines of a page, in millimetres."""
    upright, level = set(), set()
    for thing in page.get_objects():
        left, bottom, right, top = (edge * POINT_MM for edge in thing.get_bounds())
        if right - left < 0.3 and top - bottom > 200:
            upright.add(round((left + right) / 2, 3))
        if top - bottom < 0.3 and right - left > 200:
            level.add(round((bottom + top) / 2, 3))
    return sorted(upright), sorted(level)


def test_a_kilometre_of_the_grid_is_a_hundred_millimetres_at_1_to_10000(tmp_path):
    path = nm.print(tmp_path / "a.pdf", subject="hetao_hk_park", scale="1:10,000")
    upright, level = lines_of(pages_of(path)[0])

    assert len(upright) == 3
    assert [b - a for a, b in pairwise(upright)] == pytest.approx([MM_PER_KM] * 2, abs=0.01)
    assert [b - a for a, b in pairwise(level)] == pytest.approx([MM_PER_KM], abs=0.01)
    text = texts_of(path)[0]
    assert all(f"{number} E" in text for number in (825_000, 826_000, 827_000))
    assert "1:10,000 on A3" in text


def test_the_legend_names_the_rings_whose_edge_is_on_the_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    for name, at in (("some", ["500m", "9km"]), ("none", ["9km"])):
        nm.print(tmp_path / f"{name}.svg", subject="hetao", scale="1:10,000", at=at)
    some, none = (
        "".join(ET.parse(tmp_path / f"{name}.svg").getroot().itertext())  # noqa: S314 - our own
        for name in ("some", "none")
    )

    assert "Rings: 500 m" in some
    assert "9,000 m" not in some
    assert "Rings" not in none


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_the_sheet_of_a_site_has_its_rings_lines_and_counts_alone(tmp_path, monkeypatch):
    """The ring of the other lot crosses the sheet; the lot itself is off it."""
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = gpd.GeoDataFrame(
        {"name": ["Lot A", "Lot B"], "use": ["pond", "pond"]},
        geometry=[square(0, -9000, 100), square(2000, -9000, 100)],
        crs=HK80,
    )
    look = {"scale": 8000, "at": ["300m", "2km"], "colour_by": "use", "key": "name"}
    drawn = [
        nm.print(tmp_path / f"{name}.svg", lots, **asked, **look)
        .read_text(encoding="utf-8")
        .partition("<!--")[0]
        for name, asked in (("named", {"subject": "Lot A"}), ("alone", {"site": "Lot A"}))
    ]

    assert drawn[0] == drawn[1]
    assert ">Lot A<" in drawn[0]
    assert ">use: pond (features: 1, 1.0 ha)<" in drawn[0]
    assert ">Rings: 300 m<" in drawn[0]


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("tc", "use：pond（1個圖徵，1.0公頃）"),
        ("sc", "use：pond（1个要素，1.0公顷）"),
        ("both", "use: pond (features: 1, 1.0 ha 1個圖徵，1.0公頃)"),
    ],
)
def test_the_legend_of_a_sheet_says_what_it_counts(tmp_path, monkeypatch, lang, said):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = gpd.GeoDataFrame({"use": ["pond"]}, geometry=[square(0, -9000, 100)], crs=HK80)
    drawn = nm.print(tmp_path / "a.svg", lots, lang=lang, colour_by="use", at="none")

    assert f">{said}<" in drawn.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_rings_of_sites_on_the_grid_are_drawn_where_they_were_measured(tmp_path):
    lots = sites(a=square(0, 0, 100), b=square(100, 0, 100))
    file = write(lots, tmp_path / "lots.gpkg", crs=HK80)

    drawn = frames_of(build_atlas(nm.open_catalog(sites=file, key="id"), at=["300m"]), Appearance())

    assert drawn["rings"].total_bounds.tolist() == [
        EAST - 300,
        NORTH - 300,
        EAST + 500,
        NORTH + 400,
    ]
    assert drawn["sites"].intersection(drawn["sites"].iloc[::-1], align=False).area.sum() == 0
    starts = drawn["links"].geometry.interpolate(0)
    assert lots.loc[drawn["links"]["outline_id"]].distance(starts, align=False).max() == 0


def test_the_page_has_the_size_of_its_paper_and_embeds_its_font(tmp_path):
    pdffonts = need("poppler-utils", "pdffonts")
    path = nm.print(tmp_path / "a.pdf", subject="hetao", paper="a4", landscape=False, lang="tc")
    done = subprocess.run([pdffonts, path], capture_output=True, text=True)
    fonts = [line.split()[-5:-2] for line in done.stdout.splitlines()[2:]]
    page = pages_of(path)[0]

    assert (page.get_width() * POINT_MM, page.get_height() * POINT_MM) == pytest.approx(
        PAPERS["a4"], abs=0.01
    )
    edges = [thing.get_bounds() for thing in page.get_objects()]
    room = MARGIN_MM / POINT_MM  # around all that is drawn
    assert min(min(left, bottom) for left, bottom, _, _ in edges) > room
    assert max(right for _, _, right, _ in edges) < page.get_width() - room
    assert max(top for _, _, _, top in edges) < page.get_height() - room
    assert page.pdf.get_metadata_value("Title") == "河套深港科技創新合作區香港園區"
    assert b"/Lang (zh-Hant-HK)" in path.read_bytes()
    assert fonts
    assert all(font == ["yes", "yes", "yes"] for font in fonts)


@pytest.mark.parametrize("lang", ["en", "both"])  # Chinese alone: see the atlas
def test_words_are_in_the_languages_asked_for(lang, tmp_path):
    text = texts_of(nm.print(tmp_path / "a.pdf", lang=lang))[0]
    english = {"Legend", "Accuracy", "San Tin Technopole", "Hong Kong 1980 Grid"}
    chinese = {"圖例", "誤差", "香港1980方格網"}
    flat = "".join(text.split())  # lines are broken in the middle of Chinese words

    assert all(("".join(word.split()) in flat) == (lang != "tc") for word in english)
    assert all((word in flat) == (lang != "en") for word in chinese)
    assert ("SanTinTechnopole:outlinezoningplanschemearea:indicative" in flat) == (lang == "en")
    assert "新田科技城:outlinezoningplanschemearea分區計劃大綱圖規劃範圍:" in flat or lang == "en"


def test_both_languages_have_credits_and_labels_and_one_scale(tmp_path):
    file = nm.print(tmp_path / "a.pdf", subject="hetao", scale=7_500, lang="both")
    flat = "".join(texts_of(file)[0].split())

    assert flat.count("1:7,500") == flat.count("1:7,500onA3（A3紙）") == 1
    assert ("LandsDepartment" in flat, "地政總署" in flat) == (True, True)
    assert "87ha公頃·digitised描繪±50m" in flat


def test_classes_stand_in_order_in_a_legend_and_each_language_has_its_own_words(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = sites(**{f"lot{n}": square(200 * n, 0, 100) for n in range(8)})
    lots["price"] = [30, 31, 5, 80, 81, 7, 55, 56]
    how = {"scale": 10_000, "lang": "both", "at": "none", "key": "lot", "classes": "breaks"}
    sites_file = write(lots.rename_axis("lot").reset_index(), tmp_path / "lots.gpkg")
    [page] = texts_of(nm.print(tmp_path / "a.pdf", sites=sites_file, colour_by="price", **how))
    flat = "".join(page.split())

    assert re.findall(r"price:(\d+)", flat) == ["5", "7", "30", "55", "80"]
    assert "price:30–31(features:2,2.0ha2個圖徵，2.0公頃)" in flat
    assert "8sites:accuracynotknown8個用地：誤差不詳" in flat


def test_a_class_of_little_land_has_hectares_on_a_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = sites(lot0=square(0, 0, 6), lot1=square(200, 0, 100)).assign(use=["shed", "farm"])
    file = write(lots.rename_axis("lot").reset_index(), tmp_path / "lots.gpkg")
    how = {"scale": 10_000, "at": "none", "key": "lot", "colour_by": "use"}
    [page] = texts_of(nm.print(tmp_path / "a.pdf", sites=file, **how))
    flat = "".join(page.split())

    assert "use:shed(features:1,0.004ha)" in flat
    assert "use:farm(features:1,1.0ha)" in flat


@pytest.mark.filterwarnings("ignore::nmgeo.Notice")
def test_a_symbol_that_is_merged_into_the_frame_is_in_the_legend(tmp_path, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lot = gpd.GeoDataFrame(
        {"lot": ["A"]}, geometry=[shapely.box(823847, 840295, 823925, 840431)], crs=HK80
    )  # the crossing of Lok Ma Chau lies outside, the symbol of it and its station inside

    file = nm.print(
        tmp_path / "a.pdf", sites=write(lot, tmp_path / "a.gpkg"), key="lot", subject="A"
    )

    assert "Boundary control points" in texts_of(file)[0]


@pytest.mark.parametrize(("scale", "said"), [(7_500, True), (100_000, True), (200_000, False)])
def test_what_is_drawn_finer_than_it_is_known_is_said(tmp_path, scale, said):
    flat = "".join(
        texts_of(nm.print(tmp_path / "a.pdf", subject="hetao", scale=scale, at="none"))[0].split()
    )

    assert "0.5mmatthisscale:" in flat  # of railways in any
    assert ("±60m:Fishpondsandwetland" in flat or "Fishpondsandwetland,Reserv" in flat) == said


@pytest.mark.parametrize("suffix", [".pdf", ".svg"])  # pictures: see the last test but one
def test_the_same_sheet_has_the_same_bytes(suffix, tmp_path, shipped_atlas):
    shipped_atlas(
        "tc"
    )  # is shared, so that the first sheet alone would say that its files were read
    once, again = (
        nm.print(tmp_path / f"{name}{suffix}", subject="hetao", lang="tc").read_bytes()
        for name in ("one", "two")
    )

    assert once == again


def test_svg_is_in_millimetres_and_well_formed(tmp_path):
    path = nm.print(tmp_path / "a.svg", subject="hetao", scale=10_000, lang="tc")
    root = ET.parse(path).getroot()  # noqa: S314 - our own
    xs = {
        float(text.get("x"))
        for text in root.iter("{http://www.w3.org/2000/svg}text")
        if text.text.endswith(" E")
    }

    paths = list(root.iter("{http://www.w3.org/2000/svg}path"))
    filled = {path.get("d")[-1] for path in paths if path.get("fill") != "none"}
    open_lines = [path for path in paths if not path.get("d").endswith("Z")]

    assert (root.get("width"), root.get("height")) == ("420mm", "297mm")
    assert filled == {"Z"}
    assert open_lines
    assert len(xs) == 3
    assert max(xs) - min(xs) == pytest.approx(2 * MM_PER_KM, abs=0.01)


def test_a_picture_is_drawn(tmp_path):
    image = need_library("'nmgeo[print]'", "PIL.Image")
    with image.open(nm.print(tmp_path / "a.png")) as picture:
        assert picture.width == round(420 / 25.4 * 200)
        assert len(picture.convert("P").getcolors()) > 20


def structure_of(page):
    """Return role and description of each element of the structure of a page, in order."""
    raw = need_library("'nmgeo[print]'", "pypdfium2").raw
    tree = raw.FPDF_StructTree_GetForPage(page.raw)
    document = raw.FPDF_StructTree_GetChildAtIndex(tree, 0)
    told = []
    for number in range(raw.FPDF_StructElement_CountChildren(document)):
        element = raw.FPDF_StructElement_GetChildAtIndex(document, number)
        if element:
            asked = (raw.FPDF_StructElement_GetType, raw.FPDF_StructElement_GetAltText)
            told.append(tuple(utf16(ask, element) for ask in asked))
    raw.FPDF_StructTree_Close(tree)
    return told


def utf16(ask, element):
    size = ask(element, None, 0)
    held = ctypes.create_string_buffer(size)
    ask(element, held, size)
    return held.raw.decode("utf-16-le").rstrip("\0")


def test_a_pdf_is_tagged_with_headings_paragraphs_and_what_the_map_shows(tmp_path):
    nm.print(tmp_path / "a.pdf", scale="1:50000", lang="tc")
    page = pages_of(tmp_path / "a.pdf")[0]
    (role, shown), *others = structure_of(page)
    roles = [one for one, _ in others]

    assert role == "Figure"
    assert shown.startswith("地圖，比例1:50,000，顯示：河套深港科技創新合作區香港園區、")
    assert "鐵路車站" in shown
    assert roles[0] == "H1"
    assert roles.count("H2") == 3  # legend, accuracy, credits
    assert set(roles[1:]) == {"H2", "P"}
    titles = [one.get_title() for one in page.pdf.get_toc()]
    assert titles == [page.pdf.get_metadata_value("Title")]


def test_an_atlas_has_an_overview_and_a_sheet_for_each_site(tmp_path, run):
    done = run("print", "--atlas", "-o", tmp_path / "atlas.pdf", "--lang", "tc")
    pages = texts_of(tmp_path / "atlas.pdf")

    assert done.exit_code == 0
    assert len(pages) == 1 + nm.sites()["site_id"].nunique()
    assert "總覽" in pages[0]
    assert all("政策工具" in page and "公頃" in page for page in pages[1:])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["san_tin_technopole", "--scale", "1:10000", "--paper", "a4"],
            "--scale 1:10000: does not fit on A4; write --scale 1:30000, or --paper a1",
        ),
        (["--scale", "1:1"], "--scale 1:1: not a scale from 1:500 to 1:1000000"),
        (["--scale", "large"], "--scale large: not a scale"),
        (["--paper", "b5"], "--paper b5: is not known; use one of a4, a3, a2, a1, a0"),
        (["--format", "png"], "--format png: the name of the file says pdf"),
        (["nowhere"], "nowhere"),
        (["--font", "README.md"], "cannot be read as a font"),
        (["--font", "no-such-font.ttf"], "no-such-font.ttf: not found"),
    ],
)
def test_what_cannot_be_printed_is_one_line(words, said, tmp_path, run):
    done = run("print", *words, "-o", tmp_path / "a.pdf")

    assert done.exit_code != 0
    assert said in " ".join(done.stderr.split())
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_atlas_is_a_pdf(tmp_path, run):
    done = run("print", "--atlas", "-o", tmp_path / "a.svg")

    assert "--atlas: svg has one page; write a .pdf" in done.stderr


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_a_character_without_a_glyph_is_a_box(font, tmp_path, monkeypatch, ask):
    lots = gpd.GeoDataFrame({"name": ["Lot \uf8ff"]}, geometry=[square(0, -9000, 90)], crs=HK80)
    catalog = ask(lots)
    atlas = build_atlas(catalog)
    monkeypatch.setattr(print_sheets, "build_atlas", lambda *_, **__: atlas)
    with pytest.warns(Notice, match=rf"font {font.name} has no glyph for \uf8ff \(U\+F8FF\)"):
        nm.print(tmp_path / "a.pdf", catalog)
    nm.print(tmp_path / "a.svg", catalog)

    assert "Lot \u25a1" in texts_of(tmp_path / "a.pdf")[0]
    assert "Lot \uf8ff" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_a_font_without_most_characters_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Font, "missing_glyphs", lambda _, those: sorted(those))
    with pytest.raises(ExportError, match=r"has no glyph for .* \(U\+[0-9A-F]{4}\); install fonts"):
        nm.print(tmp_path / "a.pdf")

    assert list(tmp_path.iterdir()) == []


def test_characters_that_are_not_seen_are_left_out():
    drawing = Drawing(width=100, height=100, title="")
    drawing.text((0, 0), "\x1b[31mLot\u202e A\u200b1\u2028\x00 \ue000")

    assert [one.text for one in drawing.parts] == ["[31mLot A1 \ue000"]


def test_an_existing_file_is_kept(tmp_path):
    (tmp_path / "a.pdf").write_text("mine")
    with pytest.raises(ExportError, match="is there already"):
        nm.print(tmp_path / "a.pdf")

    assert (tmp_path / "a.pdf").read_text() == "mine"


@pytest.mark.parametrize(("written", "scale"), [("1:2,500", 2500), ("1 : 5000", 5000), (750, 750)])
def test_scales_are_read(written, scale):
    assert read_scale(written) == scale


def test_the_largest_usual_scale_that_fits_is_chosen():
    box = (820_000.0, 830_000.0, 823_000.0, 831_000.0)
    frame = fit_frame(box, "a3", None, landscape=True, around=None)

    assert frame.scale == 12_500
    west, south, east, north = frame.bounds
    assert west <= box[0] <= box[2] <= east
    assert south <= box[1] <= box[3] <= north
    with pytest.raises(UsageError, match=r"write scale='1:12500', or paper='a2'"):
        fit_frame(box, "a3", 10_000, landscape=True, around=None)


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
@pytest.mark.parametrize(
    ("at", "scale", "asked"),  # a lot of 100 m and twice its ring in 267 mm, with 6 % of room
    [
        ("none", 500, {"subject": "Lot A"}),
        ("500m", 5_000, {}),
        (["1km", "500m"], 10_000, {"subject": "Lot A"}),
        (["1km", "500m"], 10_000, {"site": "Lot A"}),
    ],
)
def test_the_scale_leaves_room_for_the_largest_ring(at, scale, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = gpd.GeoDataFrame({"name": ["Lot A"]}, geometry=[square(0, -9000, 100)], crs=HK80)
    file = nm.print(tmp_path / "a.svg", lots, key="name", at=at, **asked)

    assert f">1:{scale:,} on A3<" in file.read_text(encoding="utf-8")


def test_rings_that_no_usual_scale_shows_do_not_hinder_a_sheet():
    box, around = (820_000, 830_000, 820_100, 830_100), (0, 0, 1_640_100, 1_660_100)

    assert fit_frame(box, "a4", None, landscape=True, around=around).scale == 1_000_000


@pytest.mark.parametrize(("scale", "step"), [(1_000, 100), (10_000, 1_000), (25_000, 2_000)])
def test_lines_of_the_grid_are_at_least_60_mm_apart(scale, step):
    assert grid_spacing_m(scale) == step


def test_what_is_cut_out_of_a_font_keeps_its_box_and_drops_its_features(font):
    """To draw every glyph for a smaller box takes longer than the rest of the sheet."""
    ttf = need_library("'nmgeo[print]'", "fontTools.ttLib").TTFont
    cut = ttf(io.BytesIO(font.cut_out("新田 A")))

    with ttf(font.path, fontNumber=font.number, lazy=True) as whole:
        for edge in ("xMin", "yMin", "xMax", "yMax"):
            assert getattr(cut["head"], edge) == getattr(whole["head"], edge)
    assert sorted(cut.getBestCmap()) == sorted(map(ord, "新田 A"))
    assert not {"GSUB", "GPOS"} & set(cut.keys())


def test_lines_are_broken_between_words_and_chinese_characters(font):
    width = font.width_mm("one two", 8)

    assert list(break_lines("one two three", font, width, 8)) == ["one two", "three"]
    assert all(font.width_mm(line, 8) <= 20 for line in break_lines("新田科技城" * 9, font, 20, 8))
    assert "".join(break_lines("x" * 500, font, 20, 8)) == "x" * 500


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_map_is_also_a_picture_with_its_credits(suffix, tmp_path, monkeypatch, shipped_atlas):
    monkeypatch.setattr(web_map, "build_atlas", lambda *_, lang, **__: shipped_atlas(lang))
    nm.map(tmp_path / f"before{suffix}", lang="tc")  # files state what is read, which is read once
    once, again = (nm.map(tmp_path / f"{n}{suffix}", lang="tc", title="新田") for n in "ab")

    assert once.read_bytes() == again.read_bytes()
    if suffix == ".svg":
        text = "".join(ET.parse(once).getroot().itertext())  # noqa: S314 - our own
        assert "新田科技城" in text
        assert "界線由 nmgeo 貢獻者據公布的描述及面積繪製" in text
        assert "緩衝環：500米、1,000米" in text
        assert text.count("1,000米") > 1  # also beside a ring
        flat = "".join(text.split())  # lines are broken
        assert "新田科技城：發展範圍（不含河套）：示意，據文字描述繪製，誤差350米" in flat
        assert "並非法定邊界" in text
        assert "最新資料日期：2026-11" in text
    else:
        with need_library("'nmgeo[print]'", "PIL.Image").open(once) as picture:
            assert picture.width == 1600


def test_title_and_scale_bar_of_a_picture_stand_on_white(tmp_path):
    nm.map(tmp_path / "a.svg", title="A title")
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    words = re.search(
        r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>A title<.*?<text x="([\d.]+)" y="([\d.]+)"',
        drawn,
        re.DOTALL,
    )
    title, bar = np.array(words.groups(), float).reshape(2, 2)
    boxes = re.findall(r'<path d="M([^"]*)Z" fill="#ffffff"', drawn[: words.end()])
    corners = [np.array(re.findall(r"[\d.]+", box), float).reshape(-1, 2) for box in boxes]
    sides = [(at.min(axis=0), at.max(axis=0)) for at in corners]
    white = [(low, high) for low, high in sides if 5 < high[1] - low[1] < 20 < high[0] - low[0]]

    for at in (title, bar):
        assert any((low < at).all() and (at < high).all() for low, high in white)


@pytest.mark.parametrize("words", [["--budget", "3MB"], ["--simplify", "1m"]])
def test_options_of_the_page_are_refused_for_a_picture(words, tmp_path, run):
    done = run("map", "-o", tmp_path / "a.png", *words)

    assert "belongs to a web page, and the map is a picture; leave it out" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_open_is_hollow_or_dashed_as_on_the_page(tmp_path):
    path = nm.print(tmp_path / "a.svg")
    root = ET.parse(path).getroot()  # noqa: S314 - our own
    paths = [one.attrib for one in root if one.tag.endswith("path")]
    station, railway = style_of("stations").fill, style_of("railways").line
    hollow = [one for one in paths if one.get("stroke") == station]
    dashes = {one.get("stroke-dasharray") for one in paths if one.get("stroke") == railway}
    text = "".join(root.itertext())

    assert len(hollow) > 1  # the legend has one, too
    assert len([one for one in paths if one["fill"] == station]) > 1
    assert dashes == {None, "2 1.2"}
    assert all(
        f"{layer}: {stage}" in text
        for layer in ("Rail stations", "Railways")
        for stage in ("open", "not yet open in 2026")
    )


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_sites_and_zones_have_the_colours_of_the_page(tmp_path, ask, monkeypatch):
    """A hatch, not the colour, says that an outline is indicative."""
    x, y = 820_000, 833_000
    lots = gpd.GeoDataFrame(
        {"name": [*"abcd"], "geometry_status": ["digitised", "indicative"] * 2},
        geometry=[shapely.box(x + n * 300, y, x + n * 300 + 200, y + 200) for n in range(4)],
        crs=2326,
    )
    labels = ["AGR", "GB", "V", "R(A)1"]
    zones = lots[["geometry"]].assign(ZONE_LABEL=labels).translate(0, 400)
    catalog = ask(lots, zones=lots.assign(geometry=zones, ZONE_LABEL=labels), plain=lots)
    atlas = build_atlas(catalog)
    monkeypatch.setattr(print_sheets, "build_atlas", lambda *_, **__: atlas)
    page = build_page_data(atlas)
    nm.print(tmp_path / "a.svg", catalog)
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    colours = [site["colour"] for site in page["sites"]]
    layers = {layer["name"]: layer for layer in page["layers"]}
    zoned = [one["colour"] for one in layers["zones"]["classes"]]

    fine = HATCHES["fine_lines"].width

    assert len(set(colours)) == len(lots)
    for colour in (*colours, *zoned, layers["plain"]["colour"]):
        assert f'fill="{colour}"' in drawn
    for colour, hatched in zip(colours, (False, True) * 2, strict=True):
        assert (f'stroke="{colour}" stroke-width="{fine:g}"' in drawn) == hatched
    for label in ("AGR", "R(A)"):
        assert f"zones: {label}" in drawn
    assert qgis_colours(tmp_path / "p", catalog) == {
        "sites": set(colours),
        "zones": set(zoned),
        "plain": {layers["plain"]["colour"]},
    }


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
@pytest.mark.parametrize("verb", ["print", "map"])
def test_print_and_pictures_take_the_colours_and_the_title_of_the_page(tmp_path, ask, verb):
    owners = [*"abcdefghij"]  # more than there are colours: the last two are hatched
    shapes = [square(300 * n, -9000, 100) for n in range(len(owners))]
    lots = gpd.GeoDataFrame({"name": owners, "owner": owners}, geometry=shapes, crs=HK80)
    catalog = ask(lots)
    atlas, look = build_atlas(catalog), {"title": "By owner", "colour_by": "owner"}
    told = build_page_data(atlas, look=Appearance(**look))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(print_sheets, "build_atlas", lambda *_, **__: atlas)
        getattr(nm, verb)(tmp_path / "a.svg", catalog, **look)
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    [classes] = [one["classes"] for one in told["layers"] if one["name"] == "sites"]

    assert ">By owner<" in drawn
    assert len(classes) == len(owners)
    for one in classes:
        assert f">owner: {one['label']} (features: 1, 1.0 ha)<" in drawn
        assert f'fill="{one["colour"]}"' in drawn
    bold = HATCHES["lines"].width
    for one in classes[8:]:
        assert one["pattern"] == "lines"
        assert f'stroke="{one["colour"]}" stroke-width="{bold:g}"' in drawn


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_what_cannot_be_coloured_by_is_refused_and_nothing_written(tmp_path, ask, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = gpd.GeoDataFrame({"name": ["a"]}, geometry=[square(0, -9000, 100)], crs=HK80)
    for verb in (nm.print, nm.map):
        with pytest.raises(UsageError, match="no such column"):
            verb(tmp_path / "a.svg", ask(lots), colour_by="owner")

    assert not (tmp_path / "a.svg").exists()


@pytest.mark.filterwarnings("ignore:which policy instruments apply:nmgeo.errors.Notice")
def test_a_map_without_rings_has_no_shortest_lines_either(tmp_path, ask, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = gpd.GeoDataFrame({"name": ["a"]}, geometry=[square(0, -9000, 100)], crs=HK80)
    catalog = ask(lots)
    for verb in (nm.print, nm.map):
        for name, at in (("with", "25m"), ("none", "none")):
            verb(tmp_path / f"{name}.svg", catalog, at=at, overwrite=True)
        drawn, none = (
            (tmp_path / f"{name}.svg").read_text(encoding="utf-8") for name in ("with", "none")
        )
        assert ">Rings: 25 m<" in drawn
        for words in (">Rings", ">Shortest lines", ">25 m<"):
            assert words not in none
    page = build_page_data(build_atlas(catalog, at=()))

    assert {one["name"] for one in page["layers"]}.isdisjoint({"rings", "links"})
    assert (page["rings"], page["links"]) == ([], [])
    assert page["near"]


def test_the_name_of_a_small_site_stays_off_its_neighbour_on_paper():
    frame = Frame(left=0, top=0, width=100, height=100, scale=10_000, centre=(EAST, NORTH))
    room = map_names.Room(frame=frame, width=20, size=9, extent=(40, 40, 45, 45))
    own, right = shapely.box(40, 40, 45, 45), shapely.box(46, 36, 80, 50)
    everywhere = shapely.box(0, 0, 100, 100) - own

    for others, is_free in (([right], True), ([everywhere], False)):
        place = map_names.find_off_neighbours(room, own.centroid, [], [own, *others])
        assert place
        assert shapely.intersects(room.box(place), others).any() != is_free


def test_a_name_that_is_moved_off_its_site_has_a_line_to_it_on_paper(tmp_path, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = sites(small=square(0, 0, 20), large=square(1000, 0, 1500)).rename_axis("lot")
    file = write(lots.reset_index(), tmp_path / "lots.gpkg")
    how = {"sites": file, "key": "lot", "at": "none", "scale": 20_000}
    drawn = nm.print(tmp_path / "a.svg", **how).read_text(encoding="utf-8")
    leaders = re.findall(r'<path d="M([\d.]+),([\d.]+) ([\d.]+),([\d.]+)"[^>]*width="0.25"', drawn)
    name = re.search(r'y="([\d.]+)"[^>]*"middle"[^>]*>small<', drawn)

    [(x, y, far_x, far_y)] = [[float(one) for one in line] for line in leaders]
    assert name
    assert 1 < abs(far_x - x) + abs(far_y - y) < 8
    assert abs(float(name[1]) - far_y) < 4


def test_the_line_to_a_name_crosses_no_other_name():
    frame = Frame(left=0, top=0, width=100, height=100, scale=10_000, centre=(EAST, NORTH))
    room = map_names.Room(frame=frame, width=20, size=9, extent=(40, 40, 45, 45))
    point = shapely.Point(42.5, 42.5)
    first = map_names.find_off_neighbours(room, point, [], [])
    between = shapely.box(46, 38, 47, 46)
    other = map_names.find_off_neighbours(room, point, [between], [])

    assert shapely.intersects(room.leader(point, first), between)
    assert not shapely.intersects(room.leader(point, other), between)
    assert replace(room, far=3).leader(point, first) is None


def test_none_is_no_distance_beside_others(tmp_path, run):
    done = run("map", "-o", tmp_path / "a.svg", "--at", "none", "--at", "500m")

    assert done.exit_code == 2
    assert "--at none: not a length" in done.stderr


def test_a_legend_shows_roads_as_the_map_does(tmp_path):
    nm.print(tmp_path / "a.svg", scale="1:50000")
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")

    for words, kind in (("Motorways", "motorway"), ("Main roads", "main_road")):
        swatch = drawn.rpartition(f">{words}<")[0].rpartition("</text>")[2]
        assert f'stroke="{ROADS[kind].casing}"' in swatch
        assert f'stroke="{ROADS[kind].line}"' in swatch


def qgis_colours(folder, catalog):
    """Return the colours of the edges of own layers in the styles of a pack."""
    nm.pack(folder, catalog)
    found = {}
    for name in ("sites", "zones", "plain"):
        root = ET.parse(folder / "styles" / f"{name}.qml").getroot()  # noqa: S314 - our own
        kinds = root.findall(".//category") or [None]
        lines = root.findall("./renderer-v2/symbols/symbol/layer[@class='SimpleLine']")
        told = [one.find("./Option/Option[@name='line_color']").get("value") for one in lines]
        shown = told[: len(kinds) - 1] or told  # the last is of what has no value
        found[name] = {"#" + bytes(map(int, t.split(",")[:3])).hex() for t in shown}
    return found


def test_the_date_of_a_print_is_that_of_the_fact_sheet(tmp_path):
    day = nm.open_catalog().newest_day

    assert f"Newest data: {day}" in texts_of(nm.print(tmp_path / "a.pdf"))[0]
    assert day in nm.sheet("hetao_hk_park")


def test_a_mark_that_ends_a_sentence_does_not_begin_a_line(font):
    width = font.width_mm("新田科技城", 8)

    assert list(break_lines("新田科技城。河套", font, width, 8)) == ["新田科技", "城。河套"]


@pytest.mark.filterwarnings("ignore::nmgeo.errors.Notice")
def test_many_sites_are_counted_by_their_accuracy(tmp_path, monkeypatch):
    monkeypatch.setattr(print_sheets, "build_atlas", build_atlas)
    lots = sites(**{f"s{n}": square(n * 200, 0, 100) for n in range(60)})
    file = write(lots.assign(accuracy_m=5.0), tmp_path / "lots.gpkg", crs=HK80)
    text = texts_of(nm.print(tmp_path / "a.pdf", file, key="id"))[0]

    assert "60 sites: error up to 5 m" in " ".join(text.split())


@pytest.mark.parametrize(
    ("faces", "number"),
    [
        (["Noto Sans CJK JP", "Noto Sans CJK TC"], 1),
        (["Noto Sans Mono CJK TC", "Noto Sans CJK SC", "Noto Sans CJK TC"], 2),
        (["Latin", "Greek"], 0),
    ],
)
def test_of_a_file_of_fonts_the_face_for_traditional_chinese_is_taken(
    faces, number, tmp_path, monkeypatch
):
    said = [SimpleNamespace(getDebugName=lambda _, face=face: face) for face in faces]
    known = SimpleNamespace(fonts=[{"name": one} for one in said])
    monkeypatch.setattr(fonts, "load", lambda _: SimpleNamespace(TTCollection=lambda _: known))
    (tmp_path / "a.ttc").write_bytes(b"ttcf")

    assert find_font(tmp_path / "a.ttc", set()) == Font(tmp_path / "a.ttc", number)


def test_names_are_in_the_language_of_the_sheet_alone_or_in_both():
    lot = {"name": "Lot", "name_en": "Lot", "name_tc": "地段", "name_sc": "地块"}
    named = {lang: names_of_feature(lot, lang) for lang in ("en", "tc", "sc", "both")}

    assert named == {"en": ["Lot"], "tc": ["地段"], "sc": ["地块"], "both": ["Lot", "地段"]}
    assert names_of_feature({"name": "Lot"}, "both") == ["Lot"]


@pytest.mark.parametrize(("lang", "other"), [("en", r"[\u4e00-\u9fff]"), ("tc", r"San Tin|Hetao")])
def test_a_sheet_has_no_names_in_another_language(tmp_path, lang, other):
    nm.print(tmp_path / "a.svg", subject="san_tin_technopole", lang=lang)

    words = re.findall(r"<text[^>]*>([^<]*)", (tmp_path / "a.svg").read_text(encoding="utf-8"))
    assert words
    assert not [word for word in words if re.search(other, word)]


@pytest.mark.parametrize(("count", "named"), [(40, [40]), (41, [])])
def test_of_more_than_forty_rings_the_legend_alone_says_the_distances(
    count, named, font, monkeypatch
):
    asked = []
    monkeypatch.setattr(map_names, "_name_rings", lambda *given: asked.append(len(given[2])))
    rings = sites(**{f"r{n}": square(0, 0, 10 + n) for n in range(count)}).assign(to_m=500.0)
    frame = Frame(left=0, top=0, width=100, height=100, scale=10_000, centre=(EAST, NORTH))
    writing = map_names.Writing(font=font, lang="en", year=2026, figures={})

    map_names.draw_names(
        Drawing(width=100, height=100, title="a"), frame, {"rings": rings}, writing
    )

    assert asked == named


@pytest.mark.parametrize("scale", [None, "1:10000"])
def test_notes_that_are_too_long_name_a_paper_on_which_they_fit(scale, tmp_path):
    printed = partial(nm.print, tmp_path / "a.pdf", subject="san_tin_technopole", lang="both")

    with pytest.raises(UsageError, match="are longer than the paper") as caught:
        printed(paper="a4", scale=scale)

    remedy = re.search(r"use paper='(a.)' or larger, or one language$", str(caught.value))
    assert printed(paper=remedy[1]).is_file()


def test_notes_that_no_paper_holds_offer_what_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet, "_FACTORS", (99.0,))

    with pytest.raises(UsageError, match=r"longer than the paper; use one language$"):
        nm.print(tmp_path / "a.pdf", subject="hetao", paper="a4", lang="both")
