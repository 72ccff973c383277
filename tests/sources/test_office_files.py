"""Files that offices have, read whole: text, headings, formats, archives, standard input."""

import io
import json
import sys
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import pytest
from openpyxl import Workbook
from pyproj import CRS
from world import layer, point, read, square

import nmgeo as nm
from nmgeo.catalog import OwnFile, open_catalog
from nmgeo.errors import DoubtfulCRSError, LayerError, Notice, UsageError
from nmgeo.sources import shapefile_text
from nmgeo.sources.coordinate_columns import Coordinates, build_shapes
from nmgeo.sources.crs_check.other_datum import is_grid_on_other_datum
from nmgeo.sources.file_names import standard_input
from nmgeo.sources.find import find_source
from nmgeo.sources.layers import read_layer
from nmgeo.sources.own_layer import read_own

LON, LAT = 114.05, 22.5
KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    "<Folder><Placemark><name>元朗</name><Point><coordinates>114.05,22.5</coordinates></Point>"
    "</Placemark></Folder></Document></kml>"
)
GPX = (
    '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
    "{}</gpx>"
)
WAYPOINT = '<wpt lat="22.5" lon="114.05"><name>Ah</name></wpt>'
TRACK = (
    '<trk><trkseg><trkpt lat="22.5" lon="114.05"/><trkpt lat="22.6" lon="114.1"/></trkseg></trk>'
)
FEATURE = {
    "type": "Feature",
    "properties": {"name": "Ah"},
    "geometry": {"type": "Point", "coordinates": [LON, LAT]},
}


def told(path, **said):
    """Read a file; return its features and what the user is told of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = read_own(OwnFile(path=str(path), **said))
    return frame, [str(one.message) for one in caught if issubclass(one.category, Notice)]


def shapefile(path, names=("深水埗區", "石硤尾啟"), encoding="big5hkscs", cpg=None):
    shapes = [point(100 * number, 0) for number in range(len(names))]
    gpd.GeoDataFrame({"NAME_CHT": list(names)}, geometry=shapes, crs=2326).to_file(
        path, encoding=encoding
    )
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    return path


def packed(path, *files, folder=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, folder + Path(file).name)
    return path


def csv(path, *lines, codec="utf-8"):
    path.write_bytes("\r\n".join([*lines, ""]).encode(codec))
    return path


def test_a_big5_shapefile_without_cpg_is_read_right_and_this_is_said_once(tmp_path):
    frame, notices = told(shapefile(tmp_path / "a.shp"))

    assert list(frame["name_tc"]) == ["深水埗區", "石硤尾啟"]
    assert notices == [f"{tmp_path}/a.shp: text read as Big5-HKSCS (encoding= changes that)"]


@pytest.mark.parametrize("cpg", ["BIG5", "950", "Big5-HKSCS"])
def test_big5_of_a_cpg_is_read_with_the_characters_of_hkscs(tmp_path, cpg):
    frame, notices = told(shapefile(tmp_path / "a.shp", cpg=cpg))

    assert (list(frame["name_tc"]), notices) == (["深水埗區", "石硤尾啟"], [])


@pytest.mark.parametrize(
    ("codec", "cpg", "encoding"),
    [("big5hkscs", "UTF-8", "big5"), ("utf-8", "BIG5", "utf-8"), ("utf-8", "BIG5", None)],
)
def test_a_cpg_that_names_another_encoding_than_the_text_is_in_is_told(
    tmp_path, codec, cpg, encoding
):
    file = shapefile(tmp_path / "a.shp", encoding=codec, cpg=cpg)
    frame, notices = told(file, encoding=encoding)

    names = ("Big5-HKSCS", "UTF-8") if encoding == "big5" else ("UTF-8", "Big5-HKSCS")
    assert list(frame["name_tc"]) == ["深水埗區", "石硤尾啟"]
    said = f"{file}: text read as {names[0]}, not as {names[1]}, which its .cpg names"
    assert notices == [said]
    packed(tmp_path / "a.zip", *tmp_path.glob("a.*"))
    assert [one.partition(": ")[2] for one in told(tmp_path / "a.zip", encoding=encoding)[1]] == [
        said.partition(": ")[2]
    ]


def test_a_cpg_is_told_of_text_alone_that_it_changes(tmp_path):
    file = shapefile(tmp_path / "a.shp", names=("North", "South"), encoding="utf-8", cpg="BIG5")

    assert told(file, encoding="utf-8")[1] == told(file)[1] == []


def test_a_cpg_that_names_utf_16_is_passed_over_and_as_encoding_it_is_refused(tmp_path):
    file = shapefile(tmp_path / "a.shp", cpg="UTF-16")
    frame, notices = told(file)

    assert list(frame["name_tc"]) == ["深水埗區", "石硤尾啟"]
    assert notices == [f"{file}: text read as Big5-HKSCS (encoding= changes that)"]
    with pytest.raises(LayerError, match="its text is not UTF-16, but looks like Big5-HKSCS"):
        told(file, encoding="utf-16")


def test_utf_8_of_a_user_and_of_the_cpg_alike_is_refused_with_what_helps(tmp_path):
    file = shapefile(tmp_path / "a.shp", cpg="UTF-8")

    with pytest.raises(LayerError, match=r"put a\.cpg beside it that names its encoding"):
        told(file, encoding="utf-8")


@pytest.mark.parametrize("encoding", ["big5", "gbk", "latin-1"])
def test_text_that_is_utf_8_is_not_read_as_another(tmp_path, encoding):
    lots = csv(tmp_path / "a.csv", "id,name,lon,lat", f"a,深水埗區,{LON},{LAT}")
    for file in (lots, shapefile(tmp_path / "a.shp", encoding="utf-8")):
        with pytest.raises(LayerError, match="but looks like UTF-8; leave out encoding="):
            told(file, encoding=encoding)


def test_a_shapefile_in_a_folder_of_an_archive_is_read_with_its_encoding(tmp_path):
    file = shapefile(tmp_path / "a.shp")
    parts = [file.with_suffix(s) for s in (".shp", ".shx", ".dbf", ".prj")]
    frame, notices = told(packed(tmp_path / "a.zip", *parts, folder="in/deep/"))

    assert list(frame["name_tc"]) == ["深水埗區", "石硤尾啟"]
    assert "Big5-HKSCS" in notices[0]


def test_the_user_says_the_encoding(tmp_path):
    frame, notices = told(shapefile(tmp_path / "a.shp"), encoding="gbk")

    assert frame["name_tc"].iloc[0] != "深水埗區"
    assert notices == []
    with pytest.raises(UsageError, match="no such encoding"):
        told(tmp_path / "a.shp", encoding="big6")


@pytest.mark.parametrize(
    ("rows", "encoding", "wrong"),
    [
        (
            [("深水埗區", "utf-8"), ("元朗區", "big5")],
            None,
            "line 2 is UTF-8, that of line 3 is not",
        ),
        (
            [("元朗區", "big5"), ("深水埗區", "utf-8")],
            None,
            "line 3 is UTF-8, that of line 2 is not",
        ),
        (
            [("元朗區", "big5")],
            "utf-8",
            "not UTF-8, but looks like Big5-HKSCS; leave out encoding=",
        ),
    ],
)
def test_text_in_another_encoding_than_it_should_be_is_named(tmp_path, rows, encoding, wrong):
    lines = [f"x{n},{name},114.05,22.5\n".encode(codec) for n, (name, codec) in enumerate(rows)]
    (tmp_path / "a.csv").write_bytes(b"id,name,lon,lat\n" + b"".join(lines))

    with pytest.raises(LayerError, match=wrong):
        told(tmp_path / "a.csv", encoding=encoding)


TITLED = [["Stations, 2026"], [], ["id", "lon", "lat", "note"], ["a", LON, LAT, "x"]]


def test_titles_above_the_headings_of_a_table_are_left_out(tmp_path):
    file = tmp_path / "a.csv"
    rows = "\n".join(",".join(map(str, row)) for row in TITLED[1:])
    file.write_text(f'"Stations,\n2026"\n{rows}\n', encoding="utf-8")
    frame, notices = told(file, key="id")

    assert (list(frame.index), list(frame["note"])) == (["a"], ["x"])
    assert notices == [f"{file}: 3 rows above the headings left out; lon, lat read as WGS 84"]


def test_a_title_may_hold_what_other_programs_take_for_the_end_of_a_line(tmp_path):
    rows = ["Stations\u2028of\x0c2026", "id,lon,lat", f"a,{LON},{LAT}"]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8", newline="")
    frame, _ = told(tmp_path / "a.csv", key="id")

    assert list(frame.index) == ["a"]


VALUES = [["id", "lon", "lat", "n", "f", "lot", "open"], ["a", LON, LAT, 3, 1.5, "007", True]]


def titled_xlsx(folder):
    book = Workbook()
    for row in [["Stations, 2026"], [], *VALUES]:
        book.active.append(row)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def titled_ods(folder):
    frame = pd.DataFrame(VALUES[1:], columns=VALUES[0])
    pyogrio.write_dataframe(frame, folder / "plain.ods", driver="ODS")
    cell = b'<table:table-cell office:value-type="string"><text:p>2026</text:p></table:table-cell>'
    titles = b"<table:table-row>" + cell + b"</table:table-row>"
    titles += (
        b'<table:table-row table:number-rows-repeated="1"><table:table-cell/></table:table-row>'
    )
    filling = (  # up to the end of the sheet, as LibreOffice writes it
        b'<table:table-row table:style-name="ro1" table:number-rows-repeated="1048572">'
        b'<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    with (
        zipfile.ZipFile(folder / "plain.ods") as plain,
        zipfile.ZipFile(folder / "a.ods", "w") as out,
    ):
        for name in plain.namelist():
            before, row, after = plain.read(name).partition(b"<table:table-row")
            after = after.replace(b"</table:table>", filling + b"</table:table>")
            out.writestr(name, before + titles + row + after if row else before)
    return folder / "a.ods"


@pytest.mark.parametrize("make", [titled_xlsx, titled_ods])
@pytest.mark.parametrize("in_a_zip", [False, True])
def test_titles_above_the_headings_of_a_sheet_are_left_out(tmp_path, make, in_a_zip):
    file = make(tmp_path)
    frame, notices = told(packed(tmp_path / "a.zip", file) if in_a_zip else file, key="id")

    row = frame.loc["a", ["n", "f", "lot", "open"]].tolist()
    assert row == [3, 1.5, "007", True]
    assert [type(cell).__name__.rstrip("_0123456789") for cell in row] == [
        "int",
        "float",
        "str",
        "bool",
    ]
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == (LON, LAT)
    assert "2 rows above the headings left out" in notices[0]


def test_a_row_of_data_is_no_heading(tmp_path):
    rows = ["a,west,POINT (114.05 22.5)", "easting,northing,POINT (114.05 22.5)"]
    frame, _ = told(csv(tmp_path / "a.csv", "id,side,wkt", *rows), key="id", crs="wgs84")

    assert list(frame.index) == ["a", "easting"]


def table(path, rows):
    """Write a table as CSV or as a sheet."""
    if path.suffix == ".csv":
        pd.DataFrame(rows).to_csv(path, header=False, index=False)
    else:
        pd.DataFrame(rows).to_excel(path, header=False, index=False)
    return path


TABLES = pytest.mark.parametrize("suffix", [".csv", ".xlsx"])


@TABLES
@pytest.mark.parametrize("title", [["Stations"] * 4, ["Stations", "2026", "Planning", "open"]])
def test_titles_in_every_column_are_left_out(tmp_path, suffix, title):
    file = table(tmp_path / f"a{suffix}", [title, *TITLED[2:]])
    frame, notices = told(file, key="id")

    assert (list(frame.index), list(frame["note"])) == (["a"], ["x"])
    assert notices == [f"{file}: 1 row above the headings left out; lon, lat read as WGS 84"]


def test_a_row_of_data_with_words_of_headings_is_no_heading_without_coordinates_below(tmp_path):
    rows = [["id", "from", "to", "side"], ["a", "e", "n", "1"], ["b", "w", "s", "2"]]

    with pytest.raises(LayerError, match="has no coordinates in its columns id, from, to, side"):
        told(table(tmp_path / "a.csv", rows))


@TABLES
@pytest.mark.parametrize(
    "word",
    ["Total", "Grand total:", "Sum", "合計", "总计", "總計 Total", "合\u3000計", "Ｔｏｔａｌ"],
)
def test_totals_at_the_end_are_left_out_of_every_reading(tmp_path, suffix, word):
    rows = [["id", "lon", "lat", "kind", "ha"], ["a", LON, LAT, "x", 3], ["b", LON, LAT, "x", 4]]
    file = table(tmp_path / f"a{suffix}", [*rows, [None] * 5, [None, None, None, word, 7]])
    frame, notices = told(file, key="id")

    assert list(frame.index) == ["a", "b"]
    said = f"{file}: totals without coordinates left out: row 4 below the headings ({word})"
    assert notices == [said, f"{file}: lon, lat read as WGS 84"]
    source = find_source(OwnFile(path=str(file), key="id"))
    with pytest.warns(Notice, match="totals without coordinates left out"):
        assert pa.concat_tables(source.batches(columns=["id"]))["id"].to_pylist() == ["a", "b"]


def test_totals_below_wkt_are_left_out_and_named_by_doctor(tmp_path, run):
    rows = [["id", "wkt", "ha"], ["a", f"POINT ({LON} {LAT})", 3], ["Total", None, 3]]
    file = table(tmp_path / "a.csv", rows)

    assert list(told(file, key="id", crs="wgs84")[0].index) == ["a"]
    done = run("doctor", str(file), "--key", "id", "--crs", "wgs84")
    assert "totals without coordinates left out: row 2 below the headings (Total)" in done.stderr
    assert "geometry_null" not in done.stdout


@pytest.mark.parametrize(
    "rows",
    [
        [["a", LON, LAT], ["Totals Ltd", None, None]],
        [["Total", None, None], ["a", LON, LAT]],
        [["Total", None, None]],
    ],
)
def test_other_rows_without_coordinates_still_stop(tmp_path, rows):
    file = table(tmp_path / "a.csv", [["id", "lon", "lat"], *rows])

    with pytest.raises(LayerError, match="feature Total"):
        told(file, key="id")


@TABLES
def test_a_feature_without_coordinates_of_which_an_attribute_says_total_stops(tmp_path, suffix):
    rows = [["id", "lon", "lat", "damage"], ["a", LON, LAT, "none"], ["b", None, None, "Total"]]

    with pytest.raises(LayerError, match="feature b: no coordinates"):
        told(table(tmp_path / f"a{suffix}", rows), key="id")


@TABLES
@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("is_last", [True, False])
def test_totals_are_left_out_of_parts_of_a_table_if_no_site_follows(
    tmp_path, suffix, size, is_last
):
    totals = [["Sub-total", None, None], [" ", None, None], ["Total", None, None]]
    last = [] if is_last else [["c", LON, LAT]]
    rows = [["a", LON, LAT], ["b", LON, LAT], *totals, *last]
    file = table(tmp_path / f"a{suffix}", [["id", "lon", "lat"], *rows])
    parts = find_source(OwnFile(path=str(file), key="id")).batches(size, columns=["id"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)
        ids = [one for part in parts for one in part["id"].to_pylist()]

    assert [one and one.strip() for one in ids] == (
        ["a", "b"] if is_last else ["a", "b", "Sub-total", ids[3] and "", "Total", "c"]
    )


@TABLES
@pytest.mark.parametrize("heading", ["wkt", "WKT", "geometry", "the_geom"])
def test_a_column_of_wkt_is_read(tmp_path, suffix, heading):
    shape = "POLYGON ((114.05 22.5, 114.06 22.5, 114.06 22.51, 114.05 22.5))"
    file = table(tmp_path / f"a{suffix}", [["id", heading, "n"], ["a", shape, 3]])
    frame, notices = told(file, key="id", crs="wgs84")

    assert frame.geometry.to_wkt().tolist() == [shape]
    assert (notices, heading in frame) == ([], heading == "geometry")
    with pytest.raises(LayerError, match="states no CRS"):
        told(file, key="id")


@TABLES
def test_wkt_that_is_none_is_named(tmp_path, suffix):
    rows = [["id", "wkt"], ["a", f"POINT ({LON} {LAT})"], ["b", "POINT (114"]]

    with pytest.raises(LayerError, match=r"feature b: no coordinates, as wkt is 'POINT \(114'"):
        told(table(tmp_path / f"a{suffix}", rows), key="id", crs="wgs84")


def test_wkt_within_wkt_in_a_sheet_is_not_read_until_the_stack_is_full(tmp_path):
    deep = "GEOMETRYCOLLECTION (" * 1500 + "POINT (1 1)" + ")" * 1500
    rows = [["id", "wkt"], ["a", f"POINT ({LON} {LAT})"], ["b", deep]]

    with pytest.raises(LayerError, match="feature b: no coordinates"):
        told(table(tmp_path / "a.xlsx", rows), key="id", crs="wgs84")


@pytest.mark.parametrize("kind", ["COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MultiSurface"])
def test_curves_in_a_sheet_are_named_and_not_read(tmp_path, kind):
    arc = f"{kind} (CIRCULARSTRING ({LON} {LAT}, {LON + 0.01} {LAT}, {LON} {LAT + 0.01}))"
    rows = [["id", "wkt"], ["a", f"POINT ({LON} {LAT})"], ["b", arc]]

    with pytest.raises(LayerError, match="feature b: no coordinates, as wkt is"):
        told(table(tmp_path / "a.xlsx", rows), key="id", crs="wgs84")
    deep = pa.table({"wkt": [f"{kind} (" * 200_000]})  # at which GEOS ends the process
    assert build_shapes(Coordinates(("wkt",), is_wkt=True), deep).tolist() == [None]


def test_columns_in_big5_have_their_names(tmp_path):
    shapes = gpd.GeoSeries([point(0, 0)], crs=2326)
    frame = gpd.GeoDataFrame({"編號": ["a"], "設施名稱": ["邨"], "數": [3]}, geometry=shapes)
    frame.to_file(tmp_path / "a.shp", encoding="big5hkscs")
    (tmp_path / "a.cpg").unlink(missing_ok=True)
    read, _ = told(tmp_path / "a.shp", key="編號")

    assert (list(read.index), list(read["name_tc"]), list(read["數"])) == (["a"], ["邨"], [3])
    batch = next(find_source(OwnFile(path=str(tmp_path / "a.shp"))).batches(columns=["設施名稱"]))
    assert batch["設施名稱"].to_pylist() == ["邨"]


def dbf(path, name, values, width=11):
    """Write points with one column of text, whose name and values are bytes."""
    shapes = [point(100 * number, 0) for number in range(len(values))]
    schema = {"geometry": "Point", "properties": {"NAME": f"str:{width}"}}
    frame = gpd.GeoDataFrame({"NAME": ["x"] * len(values)}, geometry=shapes, crs=2326)
    frame.to_file(path, engine="fiona", driver="ESRI Shapefile", schema=schema)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[32:43] = name.ljust(11, b"\0")
    head = int.from_bytes(table[8:10], "little")
    for row, value in enumerate(values):
        start = head + row * (width + 1) + 1
        table[start : start + width] = value.ljust(width)
    path.with_suffix(".dbf").write_bytes(bytes(table))
    path.with_suffix(".cpg").unlink(missing_ok=True)
    return path


@pytest.mark.parametrize("how", ["declared", "not declared", "stated", "archive"])
def test_text_that_a_shapefile_cuts_within_a_character_is_read_up_to_it(tmp_path, how):
    values = ["深水埗街".encode()[:11], "新田".encode()]
    file = dbf(tmp_path / "a.shp", "設施名稱".encode()[:10], values)
    if how in ("declared", "archive"):
        (tmp_path / "a.cpg").write_text("UTF-8", encoding="ascii")
    if how == "archive":
        file = packed(tmp_path / "a.zip", *sorted(tmp_path.glob("a.*")))
    frame, notices = told(file, name="設施名", encoding="utf-8" if how == "stated" else None)

    assert (list(frame["設施名"]), notices) == (["深水埗", "新田"], [])


@pytest.mark.parametrize("words", [["Café", "Hôtel Königs", "Straße"], ["café"], ["cafecafecafé"]])
def test_western_text_is_not_taken_for_chinese_that_is_cut(tmp_path, words):
    file = dbf(tmp_path / "a.shp", b"name", [word.encode("latin-1") for word in words], 12)
    frame, notices = told(file)

    assert list(frame["name_en"]) == words
    assert len(notices) == 1


def test_a_sample_that_ends_within_a_row_shows_utf_8(tmp_path, monkeypatch):
    file = dbf(tmp_path / "a.shp", b"name", ["新田".encode()] * 3, 12)
    head = int.from_bytes((tmp_path / "a.dbf").read_bytes()[8:10], "little")
    monkeypatch.setattr(shapefile_text, "_SAMPLE", head + 2 * 13 + 1 + 4)
    frame, notices = told(file)

    assert (list(frame["name_tc"]), notices) == (["新田"] * 3, [])


@pytest.mark.parametrize(
    "value", ["Café".encode("latin-1"), "新田".encode()[:4] + b"X", b"cafecafeca\xe9"]
)
def test_text_that_contradicts_its_cpg_is_refused(tmp_path, value):
    file = dbf(tmp_path / "a.shp", b"name", [value, "新田".encode()], 12)
    (tmp_path / "a.cpg").write_text("UTF-8", encoding="ascii")

    with pytest.raises(LayerError, match="has text in another encoding than it names"):
        told(file)
    lots = nm.open_catalog(sites=file)
    with pytest.raises(LayerError, match="has text in another encoding than it names"):
        nm.stream(tmp_path / "o.csv", nm.near_batches("stations"), lots)


@pytest.mark.parametrize("codec", ["big5hkscs", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("archive", [False, True])
def test_csv_with_a_chinese_header_is_read(tmp_path, codec, archive):
    file = csv(tmp_path / "a.csv", "編號,設施名稱,經度,緯度", "x,深水埗街,114.05,22.5", codec=codec)
    frame, notices = told(packed(tmp_path / "a.zip", file) if archive else file, key="編號")

    assert (list(frame.index), list(frame["name_tc"])) == (["x"], ["深水埗街"])
    assert [(shape.x, shape.y) for shape in frame.geometry] == [(LON, LAT)]
    assert len(notices) == 1  # of text and columns together


@pytest.mark.parametrize(("cpg", "damaged"), [("BIG5", b"BIG5"), (None, b"NAME_CHT")])
def test_a_damaged_part_of_a_zipped_shapefile_is_one_line(tmp_path, cpg, damaged):
    shapefile(tmp_path / "a.shp", cpg=cpg)
    archive = packed(tmp_path / "a.zip", *sorted(tmp_path.glob("a.*")))
    archive.write_bytes(archive.read_bytes().replace(damaged, b"?" * len(damaged), 1))

    with pytest.raises(LayerError, match=r"a\.zip: damaged, or no zip archive; get it again"):
        told(archive)


def test_private_use_characters_of_a_utf_8_file_are_mapped(tmp_path):
    frame, _ = told(csv(tmp_path / "a.csv", "name,lon,lat", "\ue000,114.05,22.5"))

    assert list(frame["name_en"]) == ["\U00020547"]


@pytest.mark.parametrize(
    ("head", "row", "place", "code"),
    [
        ("經度,緯度", "114.05,22.5", (LON, LAT), 4326),
        ("经度,纬度", "114.05,22.5", (LON, LAT), 4326),
        ("stop_lat,stop_lon", "22.5,114.05", (LON, LAT), 4326),
        ("location", '"22.5,114.05"', (LON, LAT), 4326),
        ("Latitude,Longitude", "22°30'N,114°3'E", (LON, LAT), 4326),
        ("Easting (m),Northing (m)", '"824,000","840,000"', (824000, 840000), 2326),
        ("HK80_E,HK80_N", "824000,840000", (824000, 840000), 2326),
        ("東距,北距", "824000,840000", (824000, 840000), 2326),
        ("坐標", "E824000 N840000", (824000, 840000), 2326),
    ],
)
def test_coordinates_are_found_by_their_headings(tmp_path, head, row, place, code):
    frame, notices = told(csv(tmp_path / "a.csv", f"id,{head}", f"a,{row}"))

    assert frame.crs.to_epsg() == code
    assert (frame.geometry.x.iloc[0], frame.geometry.y.iloc[0]) == pytest.approx(place)
    assert len(notices) == 1
    assert "read as" in notices[0]


def test_x_and_y_are_read_as_the_user_says(tmp_path):
    file = csv(tmp_path / "a.csv", "X,Y", "824000,840000")

    assert told(file, crs="hk80")[0].geometry.iloc[0].coords[0] == (824000, 840000)


@pytest.mark.parametrize(
    ("heads", "english", "chinese"),
    [
        ("Facility Name,設施名稱", "Ah", "元朗"),
        ("DC_ENG,DC_CHIN", "Ah", "元朗"),
        ("NAME_ENG,NAME_CHT", "Ah", "元朗"),
        ("ENAME,CNAME", "Ah", "元朗"),
        ("Name of Facility,名稱（中文）", "Ah", "元朗"),
        ('"Facility Name\n設施名稱",檔案名稱', "Ah", "Ah"),
        ("File Name 檔案名稱,Name/名稱", "元朗", "元朗"),
    ],
)
def test_names_are_found_by_their_headings(tmp_path, heads, english, chinese):
    frame, _ = told(csv(tmp_path / "a.csv", f"{heads},lon,lat", "Ah,元朗,114.05,22.5"))

    assert list(frame["name_en"]) == [english]
    assert list(frame["name_tc"]) == [chinese]


@pytest.mark.parametrize(("suffix", "driver"), [(".xlsx", "XLSX"), (".ods", "ODS")])
def test_a_spreadsheet_with_coordinates_is_read(tmp_path, suffix, driver):
    file = tmp_path / f"a{suffix}"
    rows = {"lot": ["a", "b"], "name": ["Ah", "深水埗"], "n": [1, 2]}
    cells = pd.DataFrame({**rows, "easting": [824000.0, 824100.0], "northing": [840000, 840000]})
    pyogrio.write_dataframe(cells, file, driver=driver)
    frame, _ = told(file, key="lot")

    assert (list(frame.index), list(frame["name_en"])) == (["a", "b"], ["Ah", "深水埗"])
    assert (frame.crs.to_epsg(), frame.geometry.x.iloc[1]) == (2326, 824100)
    assert sorted(nm.near(str(file), "stations", key="lot")["site_id"]) == ["a", "b"]


def test_of_several_sheets_the_one_with_coordinates_is_read(tmp_path):
    book = Workbook()
    book.active.title = "Wells"
    book.active.append(["well", "Easting", "Northing"])
    book.active.append(["W1", 824000, 840000])
    book.create_sheet("Notes", 0).append(["These are the wells"])
    book.save(tmp_path / "a.xlsx")

    frame, _ = told(tmp_path / "a.xlsx", key="well")

    assert list(frame.index) == ["W1"]


def sheets_xlsx(folder, sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def sheets_ods(folder, sheets):
    for name, (head, *rows) in sheets.items():
        frame = pd.DataFrame(rows, columns=head)
        append = (folder / "a.ods").exists()
        pyogrio.write_dataframe(frame, folder / "a.ods", layer=name, driver="ODS", append=append)
    return folder / "a.ods"


@pytest.mark.parametrize(
    ("of", "titles"), [(sheets_xlsx, []), (sheets_xlsx, [["Wells of 2026"], []]), (sheets_ods, [])]
)
def test_headings_of_a_later_sheet_that_is_all_text_are_read(tmp_path, of, titles):
    notes = [["Notes"], ["These are the wells"]]
    wells = [*titles, ["well", "東", "北"], ["W1", "824000", "840000"]]
    frame, notices = told(of(tmp_path, {"Notes": notes, "Wells": wells}), key="well", crs="hk80")

    assert list(frame.index) == ["W1"]
    assert [f"{len(titles)} rows above" in said for said in notices] == [True] * bool(titles)
    assert pyogrio.get_gdal_config_option("OGR_XLSX_HEADERS") is None


def test_two_sheets_with_coordinates_are_named(tmp_path):
    book = Workbook()
    for title in ("Notes", "Old", "New"):
        sheet = book.create_sheet(title)
        sheet.append(["About"] if title == "Notes" else ["Easting", "Northing"])
        sheet.append(["text"] if title == "Notes" else [824000, 840000])
    book.remove(book["Sheet"])
    book.save(tmp_path / "a.xlsx")

    with pytest.raises(LayerError, match=r"holds layers Old, New; name one, as in FILE#LAYER"):
        told(tmp_path / "a.xlsx")


@pytest.mark.parametrize("kept", [(".shp",), (".shp", ".dbf", ".prj")])
@pytest.mark.parametrize("folder", [None, "", "in/deep/"])
def test_a_shapefile_without_its_index_says_what_is_missing(tmp_path, kept, folder):
    file = shapefile(tmp_path / "a.shp")
    for part in file.parent.glob("a.*"):
        if part.suffix not in kept:
            part.unlink()
    parts = [file.with_suffix(suffix) for suffix in kept]
    given = file if folder is None else packed(tmp_path / "b.zip", *parts, folder=folder)

    with pytest.raises(LayerError) as error:
        told(given)

    wrong = "a.shx is missing beside a.shp; put it there, with a.dbf and a.prj"
    assert str(error.value) == f"{given}: {wrong}"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.kml", KML),
        ("b.kml", KML.replace('encoding="UTF-8"', 'encoding="Big5"')),
        ("a.gpx", GPX.format(WAYPOINT)),
        ("a.geojson", json.dumps([FEATURE])),
        ("a.js", f"var lots = {json.dumps(FEATURE)};"),
        ("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\na,Ah,22.5,114.05\n"),
        (
            "esri.json",
            json.dumps(
                {
                    "geometryType": "esriGeometryPoint",
                    "spatialReference": {"wkid": 102140},
                    "features": [
                        {"attributes": {"n": "x"}, "geometry": {"x": 824000, "y": 840000}}
                    ],
                }
            ),
        ),
    ],
)
def test_a_file_that_offices_have_is_read_and_examined(tmp_path, name, content):
    (tmp_path / name).write_bytes(content.encode("big5" if name == "b.kml" else "utf-8"))
    frame, _ = told(tmp_path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        faults = nm.doctor(str(tmp_path / name)).query("severity == 'fault'")

    assert len(frame) == 1
    assert len(faults) == 0
    assert frame.to_crs(4326).geometry.x.iloc[0] == pytest.approx(LON, abs=0.02)


def test_kmz_is_read(tmp_path):
    (tmp_path / "doc.kml").write_text(KML, encoding="utf-8")

    assert list(told(packed(tmp_path / "a.kmz", tmp_path / "doc.kml"))[0]["name_en"]) == ["元朗"]


def test_placemarks_of_a_kmz_are_read_beside_its_links(tmp_path):
    link = "<NetworkLink><Link><href>other.kml</href></Link></NetworkLink>"
    (tmp_path / "doc.kml").write_text(KML.replace("<Placemark", link + "<Placemark", 1), "utf-8")
    (tmp_path / "other.kml").write_text(KML.replace("元朗", "B"), encoding="utf-8")
    packed(tmp_path / "a.kmz", tmp_path / "doc.kml", tmp_path / "other.kml")
    frame, notices = told(packed(tmp_path / "a.zip", tmp_path / "a.kmz"))

    assert list(frame["name_en"]) == ["元朗"]
    assert "links to other files are not read" in str(notices)


def test_tracks_are_taken_before_their_points(tmp_path):
    (tmp_path / "a.gpx").write_text(GPX.format(TRACK), encoding="utf-8")
    (tmp_path / "b.gpx").write_text(GPX.format(WAYPOINT + TRACK), encoding="utf-8")

    assert set(told(tmp_path / "a.gpx")[0].geom_type) == {"MultiLineString"}
    with pytest.raises(LayerError, match="holds layers waypoints, tracks; name one"):
        told(tmp_path / "b.gpx")


def test_a_layer_may_have_a_hash_in_its_name(tmp_path):
    file = tmp_path / "a.gpkg"
    for name in ("a#b", "c"):
        frame = gpd.GeoDataFrame({"of": [name]}, geometry=[square(0, 0, 9)], crs=2326)
        frame.to_file(file, layer=name)

    assert list(told(f"{file}#a#b")[0]["of"]) == ["a#b"]


def test_our_own_parquet_is_read_back(tmp_path, run):
    lots = gpd.GeoDataFrame({"lot": ["a"]}, geometry=[square(0, 0, 100)], crs=2326)
    lots.to_file(tmp_path / "a.gpkg")
    rings = str(tmp_path / "r.parquet")
    done = run("rings", "--at", "500m", "--sites", str(tmp_path / "a.gpkg"), "-o", rings)

    assert done.exit_code == 0
    assert run("area", "--sites", rings, "-f", "csv").exit_code == 0
    assert run("near", "stations", "--sites", rings, "-f", "csv").exit_code == 0


@pytest.mark.parametrize("sequence", [False, True])
def test_sites_come_from_standard_input(monkeypatch, sequence):
    words = json.dumps(FEATURE)
    piped = f"\x1e{words}\n\x1e{words}\n" if sequence else json.dumps([FEATURE])
    standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped.encode())))

    assert len(nm.near("-", "stations")) == 1 + sequence


def test_ids_and_names_of_several_files_are_said_by_name(tmp_path):
    lots = gpd.GeoDataFrame({"lot": ["a"], "what": ["Ah"]}, geometry=[square(0, 0, 9)], crs=2326)
    reg = gpd.GeoDataFrame({"reg_no": ["r"], "col": ["Be"]}, geometry=[point(50, 0)], crs=2326)
    lots.to_file(tmp_path / "lots.gpkg")
    reg.to_file(tmp_path / "reg.gpkg")
    said = {"key": {"sites": "lot", "reg": "reg_no"}, "name": {"sites": "what", "reg": "col"}}
    files = {"sites": tmp_path / "lots.gpkg", "layers": {"reg": tmp_path / "reg.gpkg"}}
    here = open_catalog(**files, **said)
    row = nm.near("reg", here).iloc[0]

    assert (row["site_id"], row["name"]) == ("a", "Ah")
    assert (row["nearest_id"], row["nearest_name"]) == ("r", "Be")
    assert list(read_layer(here, "reg").index) == ["r"]
    for word in ("key", "name"):
        with pytest.raises(UsageError, match=r"no such column in .*reg.gpkg"):
            read_layer(open_catalog(**files, **{word: {"reg": "none"}}), "reg")
        with pytest.raises(UsageError, match="no such file was given"):
            open_catalog(**files, **{word: {"other": "x"}})


def test_ids_and_names_are_options_in_streams_too(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lots = gpd.GeoDataFrame({"lot": ["a"], "what": ["Ah"]}, geometry=[square(0, 0, 9)], crs=2326)
    reg = gpd.GeoDataFrame({"reg_no": ["r"], "col": ["Be"]}, geometry=[point(50, 0)], crs=2326)
    lots.to_file("lots.gpkg")
    reg.to_file("reg.gpkg")
    line = (
        "near reg --sites lots.gpkg --layer reg=reg.gpkg --key lot --key reg=reg_no "
        "--name what --name reg=col"
    )
    shown, written = run(*line.split(), "-f", "csv"), run(*line.split(), "-o", "o.csv")

    assert (shown.exit_code, written.exit_code) == (0, 0)
    for table in (shown.stdout, Path("o.csv").read_text(encoding="utf-8")):
        assert "a,as_given,Ah" in table.replace('"', "")
        assert ",r,Be," in table.replace('"', "")
    assert (
        "--name none: no such column"
        in run(*line.replace("--name what", "--name none").split()).stderr
    )


def test_one_site_alone_is_measured(run):
    done = run("area", "--site", "hetao_hk_park", "-f", "csv")

    assert [line.split(",")[0] for line in done.stdout.splitlines()[1:]] == ["hetao_hk_park"]


@pytest.mark.parametrize("suffix", [".mif", ".tab"])
def test_the_grid_in_mapinfo_on_the_datum_of_wgs_84_is_not_measured_300_m_off(tmp_path, suffix):
    lots = layer({"a": square(0, 0, 100)}).to_crs(2326).reset_index()
    file = tmp_path / f"a{suffix}"
    pyogrio.write_dataframe(lots, file, driver="MapInfo File")

    with pytest.raises(DoubtfulCRSError, match="looks like the HK80 grid: it has the projection"):
        read(file)
    again = read(file, crs="EPSG:2326").geometry.iloc[0]
    assert again.hausdorff_distance(lots.geometry.iloc[0]) < 0.05


def test_the_grid_with_its_own_datum_or_with_its_shift_is_no_other_datum():
    shifted = "+proj=tmerc +lat_0=22.3121333333333 +lon_0=114.178555555556 +k=1 +x_0=836694.05"
    shifted += " +y_0=819069.8 +ellps=intl +towgs84=-162.619,-276.959,-161.764,0,0,0,0 +type=crs"

    assert not is_grid_on_other_datum(CRS("EPSG:2326"))
    assert not is_grid_on_other_datum(CRS(CRS("EPSG:2326").to_wkt("WKT1_ESRI")))
    assert not is_grid_on_other_datum(CRS(shifted))
    assert is_grid_on_other_datum(CRS(shifted.replace("intl +towgs84", "WGS84 +x")))


LOT = [(824000, 840000), (824100, 840000), (824100, 840100), (824000, 840100)]


def dxf(path, *lines):
    """Write polylines, each a list of points and whether it is closed."""
    entities = ""
    for points, closed in lines:
        entities += f"0\nLWPOLYLINE\n8\nLOT\n90\n{len(points)}\n70\n{int(closed)}\n"
        entities += "".join(f"10\n{x}\n20\n{y}\n" for x, y in points)
    path.write_text(f"0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n", encoding="ascii")
    return path


def test_closed_polylines_of_a_drawing_are_areas(tmp_path, run):
    lines = ((LOT, True), (LOT, False), ([*LOT, LOT[0]], False), (LOT[:2], True))
    file = dxf(tmp_path / "a.dxf", *lines)
    frame, notices = told(file, crs="hk80")

    assert list(frame.geom_type) == ["Polygon", "LineString", "LineString", "LineString"]
    assert frame.area.tolist() == [10_000, 0, 0, 0]
    assert notices == [f"{file}: closed polylines or hatches read as areas: 1"]
    tables = pa.concat_tables(find_source(OwnFile(path=str(file))).batches())
    assert list(gpd.GeoSeries.from_wkb(tables.column(1).to_numpy()).area) == [10_000, 0, 0, 0]
    done = run("area", "--sites", str(file), "--crs", "hk80", "-f", "csv")
    assert done.stdout.splitlines()[1].startswith("0,as_given,0,1.00")


def test_open_lines_of_a_drawing_are_lines_without_a_word(tmp_path):
    frame, notices = told(dxf(tmp_path / "a.dxf", (LOT, False)), crs="hk80")

    assert (list(frame.geom_type), notices) == (["LineString"], [])
