"""Workbooks and files made to slip past what is looked at before GDAL opens them."""

import warnings
import zipfile

import pytest

from nmgeo.errors import NmgeoError
from nmgeo.messages import text
from nmgeo.outputs.tables import to_markdown
from nmgeo.project import open_project
from nmgeo.sources.file_safety import require_file
from nmgeo.sources.plain_table import read_plain_table
from nmgeo.web_address import is_web_address

SHEET = "xl/worksheets/sheet1.xml"
PLAIN = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
DECLARED = b'<!DOCTYPE a [<!ENTITY a "b">]>' + PLAIN


def refusal(path):
    with pytest.raises(NmgeoError) as caught:
        require_file(path, path.name)
    return str(caught.value)


def workbook(path, *members):
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # Python warns of two members of one name
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("suffix", ["xlsx", "ods", "kmz", "zip"])
def test_an_archive_with_two_members_of_one_name_is_refused(tmp_path, suffix):
    path = workbook(tmp_path / f"a.{suffix}", (SHEET, DECLARED), (SHEET, PLAIN))

    assert refusal(path) == f"a.{suffix}: holds {SHEET!r} twice; pack it anew"


@pytest.mark.parametrize("blanks", [b" " * 70_000, b"\n" * 65_536, b"\r\n\t" * 50_000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_document_type_behind_many_blanks_is_found(tmp_path, blanks, encoding):
    content = (blanks + DECLARED).decode().encode(encoding)
    path = workbook(tmp_path / "a.xlsx", (SHEET, content))

    assert "declares a document type" in refusal(path)


def test_a_file_that_begins_with_blanks_without_end_is_refused(tmp_path):
    (tmp_path / "a.gpx").write_bytes(b" " * 1_100_000 + DECLARED)

    assert "begins with more than 1 MB of blanks" in refusal(tmp_path / "a.gpx")


@pytest.mark.parametrize("kind", ['"s"', "'s'", '"&#115;"'])
def test_cells_that_repeat_a_long_text_do_not_fill_the_memory(tmp_path, kind):
    table = b"<sst><si><t>a</t></si><si><t>" + b"x" * 1_000_000 + b"</t></si></sst>"
    cells = f'<c r="A1" t={kind}><v>1</v></c>'.encode() * 2_000
    rows = b'<worksheet><sheetData><row r="1">' + cells + b"</row></sheetData></worksheet>"
    path = workbook(tmp_path / "a.xlsx", ("xl/sharedStrings.xml", table), (SHEET, rows))

    assert refusal(path).startswith("a.xlsx: its cells hold 2,000 MB of text")
    require_file(path, path.name, max_size=3_000_000_000)


def test_a_long_text_beside_many_short_ones_is_read(tmp_path):
    table = b"<sst><si><t>a</t></si><si><t>" + b"x" * 1_000_000 + b"</t></si></sst>"
    cells = b'<c t="s"><v>0</v></c>' * 2_000 + b'<c t="s"><v>1</v></c>' + b"<c><v>1</v></c>" * 2_000
    rows = b"<worksheet><sheetData><row>" + cells + b"</row></sheetData></worksheet>"

    require_file(workbook(tmp_path / "a.xlsx", ("xl/sharedStrings.xml", table), (SHEET, rows)), "a")


@pytest.mark.parametrize("member", ['"crs"', r'"\u0063rs"', r'"c\u0072\u0053"'])
def test_a_link_to_a_crs_is_found_wherever_it_stands(tmp_path, member):
    link = f'{member}: {{"type": "link", "properties": {{"href": "http://127.0.0.1:9/a"}}}}'
    filler = '{"type": "Feature", "properties": {"crs": "é"}, "geometry": null},' * 3_000
    path = tmp_path / "a.geojson"
    path.write_text(f'{{"features": [{filler}], {link}, "more": [{filler}]}}', encoding="utf-8")

    assert "names its CRS by a link" in refusal(path)


def test_a_project_file_of_blanks_is_read(tmp_path, monkeypatch):
    (tmp_path / "nmgeo.toml").write_text('lang = "en"\n' + (" " * 3_999 + "\n") * 9)
    monkeypatch.chdir(tmp_path)

    assert open_project().lang == "en"


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "https://", "https://a.hk/ b", "https://a.hk/\n# b"),
        *("https://a.hk/a>)[b](https://c.hk)", "https://a.hk/\u202eb", "https://a.hk/|b"),
    ],
)
def test_what_would_end_a_link_is_no_address(address):
    assert not is_web_address(address)


def test_a_table_links_to_addresses_as_they_stand():
    address = "https://zh.wikipedia.org/wiki/河套_(深港)?a=1&b=%20#c"
    assert is_web_address(address)
    table = to_markdown(["source_title"], ["Source"], [["A"]], [address])
    assert f"[A](<{address}>)" in table


def test_matched_is_no_verb_of_what_is_counted():
    assert text("{count} rows matched", count=1) == "1 row matched"
    assert text("{count} rows match", count=1) == "1 row matches"


def test_a_workbook_none_of_whose_sheets_opens_is_refused_in_one_line(tmp_path):
    names = {
        name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
        for name in ("office", "table", "text")
    }
    spaces = " ".join(f'xmlns:{name}="{urn}"' for name, urn in names.items())
    cell = '<table:table-cell table:number-columns-repeated="1000000"><text:p>a</text:p>'
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="S"><table:table-row>{cell}</table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    kind = ("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    path = workbook(tmp_path / "a.ods", kind, ("content.xml", content))

    with pytest.raises(NmgeoError) as caught:
        read_plain_table(path)

    assert str(caught.value) == f"{path}: damaged, or no table of text; save it as CSV UTF-8"
