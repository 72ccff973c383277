"""Text files that GDAL does not read as they are, archives, and names of files."""

import errno
import io
import json
import shutil
import sys
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest

from nmgeo.errors import ExportError, LayerError
from nmgeo.sources import file_names
from nmgeo.sources.archive import extract, find_data
from nmgeo.sources.file_names import split_layer
from nmgeo.sources.shapefile_text import read_beside, shapefile_encoding, text_of_table
from nmgeo.sources.text_copy import copy_text

FEATURES = '[{"type":"Feature","properties":{},"geometry":null}]'
COLLECTION = '{"type":"FeatureCollection","features":[]}'


def copied(path, content, encoding=None):
    """Write a file and return the bytes of its copy and what is told of it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    copy = copy_text(path, path.name, encoding)
    return (None, ()) if copy is None else (copy.path.read_bytes(), copy.told)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,name\na,深水埗\n"),
        ("a.geojson", COLLECTION),
        ("a.kml", '<?xml version="1.0" encoding="UTF-8"?><kml/>'),
        ("a.gpkg", b"SQLite\xb2`"),
        ("a.txt", COLLECTION),
        ("a.json", "[1, 2]"),
    ],
)
def test_what_gdal_reads_as_it_is_is_not_copied(tmp_path, name, content):
    assert copied(tmp_path / name, content) == (None, ())


@pytest.mark.parametrize(
    ("codec", "name"), [("big5hkscs", "Big5-HKSCS"), ("utf-16", "UTF-16"), ("gb18030", "GB 18030")]
)
def test_other_text_is_copied_in_utf_8_and_this_is_said(tmp_path, codec, name):
    words = "編號,名稱\r\na,元朗公園\r\n" if codec != "gb18030" else "编号,名称\r\na,深圳公园\r\n"

    assert copied(tmp_path / "a.csv", words.encode(codec)) == (
        words.encode(),
        (f"text read as {name} (encoding= changes that)",),
    )


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_and_without_its_mark(tmp_path, codec):
    words = "id,name,kind\na,元朗,park and garden\n"

    assert copied(tmp_path / "a.csv", words.encode(codec), "utf-16") == (words.encode(), ())


@pytest.mark.parametrize(
    ("codec", "name"), [("big5hkscs", "Big5-HKSCS"), ("utf-8", "UTF-8"), ("cp1252", "Windows-1252")]
)
def test_text_that_is_not_utf_16_as_the_user_says_is_refused(tmp_path, codec, name):
    words = "id,name\na,Café Zürich\n" if codec == "cp1252" else "id,name\na,元朗公園\n"

    with pytest.raises(LayerError, match=f"its text is not UTF-16, but looks like {name}"):
        copied(tmp_path / "a.csv", words.encode(codec), "utf-16")


def test_xml_in_bytes_that_says_it_is_utf_16_is_read(tmp_path):
    words = '<?xml version="1.0" encoding="UTF-16"?><kml>元朗公園</kml>'

    assert copied(tmp_path / "a.kml", words) == (None, ())


def test_what_the_user_or_the_file_says_of_its_encoding_is_not_repeated(tmp_path):
    words = '<?xml version="1.0" encoding="Big5"?><kml>元朗</kml>'

    assert copied(tmp_path / "a.csv", "a\n元\n".encode("big5"), "big5") == ("a\n元\n".encode(), ())
    assert copied(tmp_path / "a.kml", words.encode("big5")) == (
        words.replace("Big5", "UTF-8").encode(),
        (),
    )


def test_chinese_far_down_in_a_file_shows_its_encoding(tmp_path):
    words = "id,name\n" + "1,x\n" * 400_000 + "2,元朗公園\n"

    assert copied(tmp_path / "a.csv", words.encode("big5"))[0] == words.encode()


@pytest.mark.parametrize(
    "script",
    [
        *("var lots = {};", "let a={}", "const a = {};\n\n", "export default {};", "callback({});"),
        *("window.data = {};", "\ufeffvar x={}"),
    ],
)
def test_geojson_in_a_script_is_read_and_this_is_said(tmp_path, script):
    found, told = copied(tmp_path / "a.js", script.replace("{}", COLLECTION))

    assert json.loads(found) == json.loads(COLLECTION)
    assert told == ("is JavaScript; the GeoJSON in it is read",)


def test_a_bare_list_of_features_becomes_a_collection(tmp_path):
    found, told = copied(tmp_path / "a.geojson", FEATURES)
    in_script = copied(tmp_path / "b.js", f"var x = {FEATURES};")[0]

    assert (
        json.loads(found)
        == json.loads(in_script)
        == json.loads(f'{{"type":"FeatureCollection","features":{FEATURES}}}')
    )
    assert told == ()


def test_a_table_called_txt_is_opened_as_csv(tmp_path):
    (tmp_path / "stops.txt").write_text("stop_id,stop_lat\n", encoding="utf-8")

    assert copy_text(tmp_path / "stops.txt", "stops.txt", None).path.name == "stops.csv"


@pytest.mark.parametrize(
    ("members", "found"),
    [
        (["a.shp", "a.dbf", "a.shx"], "a.shp"),
        (["in/a.shp", "in/a.dbf", "readme.txt", "in/a.pdf"], "in/a.shp"),
        (["in/", "in/a.shp", "__MACOSX/in/._a.shp"], "in/a.shp"),
        (["in/a.shp", "in/b.shp", "notes.csv"], "in"),
        (["a.shp", "b.shp"], ""),
        (["x/y.gdb/a001.gdbtable", "x/y.gdb/gdb"], "x/y.gdb"),
        (["readme.pdf"], ""),
        (["a.csv", "a.pdf"], "a.csv"),
    ],
)
def test_the_data_of_an_archive_is_found_wherever_it_lies(members, found):
    assert find_data(members, "a.zip", "") == found


def test_of_several_data_sets_in_an_archive_one_is_named():
    with pytest.raises(LayerError, match=r"holds 2 data sets: a.kml, in/b.gml; .* a.zip#a.kml"):
        find_data(["a.kml", "in/b.gml"], "x/a.zip", "")
    assert find_data(["a.kml", "in/b.gml"], "a.zip", "in/b.gml") == "in/b.gml"


@pytest.mark.parametrize(
    ("file", "parts"),
    [
        ("a.gpkg", ("a.gpkg", "")),
        ("a.gpkg#b", ("a.gpkg", "b")),
        ("a.gpkg#b#c", ("a.gpkg", "b#c")),
        ("x#y.gpkg", ("x#y.gpkg", "")),
        ("x#y.gpkg#b#c", ("x#y.gpkg", "b#c")),
        ("none.gpkg#b", ("none.gpkg", "b")),
    ],
)
def test_files_and_layers_may_have_a_hash_in_their_names(tmp_path, monkeypatch, file, parts):
    monkeypatch.chdir(tmp_path)
    for name in ("a.gpkg", "x#y.gpkg"):
        Path(name).touch()

    assert split_layer(file) == (Path(parts[0]), parts[1])


def piped(monkeypatch, content):
    file_names.standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    return split_layer("-")[0]


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (COLLECTION.encode(), ".geojson"),
        (FEATURES.encode(), ".geojson"),
        (b'\x1e{"type":"Feature"}\n', ".geojsons"),
        (b'{"type":"Feature","geometry":null}\n{"type":"Feature","geometry":null}\n', ".geojsons"),
        (b'<?xml version="1.0"?><kml/>', ".kml"),
        (b"<gpx/>", ".gpx"),
        (b"id,lon,lat\n", ".csv"),
        (b"SQLite format 3\0", ".gpkg"),
        (b"PAR1", ".parquet"),
        (b"fgb\x03", ".fgb"),
    ],
)
def test_the_format_ofstandard_input_is_told_by_its_content(monkeypatch, content, suffix):
    path = piped(monkeypatch, content)

    assert (path.suffix, path.read_bytes()) == (suffix, content)
    assert split_layer("-#b") == (path, "b")


@pytest.mark.parametrize(
    ("member", "suffix"), [("xl/workbook.xml", ".xlsx"), ("doc.kml", ".kmz"), ("a.shp", ".zip")]
)
def test_an_archive_onstandard_input_is_told_by_its_members(monkeypatch, member, suffix):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "x")

    assert piped(monkeypatch, buffer.getvalue()).suffix == suffix


def teststandard_input_that_is_closed_is_said(monkeypatch):
    file_names.standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(LayerError, match="standard input holds nothing"):
        split_layer("-")


def test_the_text_of_a_damaged_table_is_no_error(tmp_path):
    for table in (b"", b"\x03" * 5, b"\x03" * 33, b"\xff" * 400, bytes(400)):
        text_of_table(table)
        (tmp_path / "a.dbf").write_bytes(table)
        shapefile_encoding(read_beside(tmp_path / "a.shp"), None)


def test_a_full_disk_is_no_damaged_archive(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "id,lon,lat")
    monkeypatch.setattr(shutil, "copyfileobj", Mock(side_effect=OSError(errno.ENOSPC, "full")))

    with pytest.raises(ExportError, match=r"no room to unpack it \(full\); free some space"):
        extract(tmp_path / "a.zip", "a.csv", tmp_path)
