"""OpenDocument spreadsheets, a zip of XML: the same sheets as those of a workbook."""

import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, Final
from xml.sax.saxutils import escape, quoteattr

from nmgeo.formats.archive import add_entry
from nmgeo.formats.rows import Answer
from nmgeo.formats.sheets import NumberStyle, Sheet, sheets_of

_MIME: Final = "application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACES: Final = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "number": "datastyle",
        "fo": "xsl-fo-compatible",
        "config": "config",
        "manifest": "manifest",
    }.items()
)
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OOO: Final = "http://openoffice.org/2004/office"
_CM: Final = 0.22  # of a character


def write_ods(file: BinaryIO, answer: Answer) -> None:
    """Write the rows to be read, the notes, and the values with all digits as sheets.

    Raises
    ------
    UsageError
        If a sheet cannot hold them.
    """
    sheets = sheets_of(answer)
    with zipfile.ZipFile(file, "w") as archive:
        add_entry(archive, "mimetype", _MIME.encode(), zipfile.ZIP_STORED)
        add_entry(archive, "content.xml", "".join(_content(sheets)).encode())
        add_entry(archive, "settings.xml", _settings(sheets).encode())
        add_entry(archive, "META-INF/manifest.xml", _manifest().encode())


def _content(sheets: Sequence[Sheet]) -> Iterator[str]:
    yield f'{_XML}<office:document-content {_NAMESPACES} office:version="1.3">'
    yield "<office:automatic-styles>"
    yield (
        '<style:style style:name="head" style:family="table-cell">'
        '<style:table-cell-properties fo:wrap-option="wrap"/>'
        '<style:text-properties fo:font-weight="bold"/></style:style>'
    )
    for number, sheet in enumerate(sheets):
        yield from _widths(number, sheet)
    yield from map(_number_style, sorted(_used_styles(sheets)))
    yield "</office:automatic-styles><office:body><office:spreadsheet>"
    for number, sheet in enumerate(sheets):
        yield from _table(number, sheet)
    yield "<table:database-ranges>"
    for number, sheet in enumerate(sheets):
        if sheet.heads:
            yield _filter(number, sheet)
    yield "</table:database-ranges></office:spreadsheet></office:body></office:document-content>"


def _widths(number: int, sheet: Sheet) -> Iterator[str]:
    for place, width in enumerate(sheet.widths()):
        yield (
            f'<style:style style:name="s{number}c{place}w" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{width * _CM:.2f}cm"/>'
            "</style:style>"
        )


def _style_name(style: NumberStyle) -> str:
    decimals, percent, grouped = style
    return f"n{decimals}{'p' * percent}{'g' * grouped}"


def _number_style(style: NumberStyle) -> str:
    """Return how numbers of a style are shown, and the style of their cells."""
    name, places = _style_name(style), style.decimals
    kind, sign = ("percentage", "<number:text>%</number:text>") if style.percent else ("number", "")
    grouped = "true" if style.grouped and not style.percent else "false"
    return (
        f'<number:{kind}-style style:name="{name}n"><number:number '
        f'number:decimal-places="{places}" number:min-decimal-places="{places}" '
        f'number:min-integer-digits="1" number:grouping="{grouped}"/>{sign}</number:{kind}-style>'
        f'<style:style style:name="{name}" style:family="table-cell" '
        f'style:data-style-name="{name}n"/>'
    )


def _used_styles(sheets: Sequence[Sheet]) -> set[NumberStyle]:
    return {
        style
        for sheet in sheets
        for row in sheet.rows
        for place, value in enumerate(row)
        if _is_number(value) and (style := sheet.number_style(value, place)) is not None
    }


def _is_number(value: Any) -> bool:
    return value is not None and not isinstance(value, str | bool)


def _table(number: int, sheet: Sheet) -> Iterator[str]:
    yield f"<table:table table:name={quoteattr(sheet.title)}>"
    for place in range(len(sheet.heads)):
        yield f'<table:table-column table:style-name="s{number}c{place}w"/>'
    heads = "".join(_text_cell(head, ' table:style-name="head"') for head in sheet.heads)
    yield f"<table:table-header-rows><table:table-row>{heads}</table:table-row>"
    yield "</table:table-header-rows>"
    for row in sheet.rows:
        cells = "".join(_cell(value, sheet, p) for p, value in enumerate(row))
        yield f"<table:table-row>{cells}</table:table-row>"
    yield "</table:table>"


def _cell(value: Any, sheet: Sheet, place: int) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str):
        return _text_cell(value)
    if isinstance(value, bool):
        said = "true" if value else "false"
        return (
            f'<table:table-cell office:value-type="boolean" office:boolean-value="{said}">'
            f"<text:p>{said.upper()}</text:p></table:table-cell>"
        )
    style = sheet.number_style(value, place)
    name = "" if style is None else f' table:style-name="{_style_name(style)}"'
    kind = "percentage" if style is not None and style.percent else "float"
    number = str(value) if isinstance(value, Decimal) else repr(value)
    return (
        f'<table:table-cell{name} office:value-type="{kind}" office:value="{number}">'
        f"<text:p>{number}</text:p></table:table-cell>"
    )


def _text_cell(value: str, style: str = "") -> str:
    """Return a cell of text: a paragraph a line, every blank kept."""
    lines = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell{style} office:value-type="string">{lines}</table:table-cell>'


def _spaced(line: str) -> str:
    """Return text with runs of blanks and tabs as elements, since XML readers fold them."""
    words = escape(line).replace("\t", "<text:tab/>").replace("  ", ' <text:s text:c="1"/>')
    if words.startswith(" "):
        words = f'<text:s text:c="1"/>{words[1:]}'
    return words


def _filter(number: int, sheet: Sheet) -> str:
    name = sheet.title.replace("'", "''")
    corner = f"'{name}'.{_letters(len(sheet.heads) - 1)}{len(sheet.rows) + 1}"
    area = quoteattr(f"'{name}'.A1:{corner}")
    return (
        f'<table:database-range table:name="range{number}" table:target-range-address={area} '
        'table:display-filter-buttons="true"/>'
    )


def _letters(place: int) -> str:
    """Return the letters of a column that counts from 0: ``A``, ``Z``, ``AA``."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def _settings(sheets: Sequence[Sheet]) -> str:
    """Return the settings that keep the first row of each sheet in sight."""
    frozen = {"VerticalSplitMode": 2, "VerticalSplitPosition": 1, "ActiveSplitRange": 2}
    frozen |= {"PositionBottom": 1}
    items = "".join(
        f'<config:config-item config:name="{name}" config:type="int">{value}</config:config-item>'
        for name, value in frozen.items()
    )
    entries = "".join(
        f"<config:config-item-map-entry config:name={quoteattr(sheet.title)}>{items}"
        "</config:config-item-map-entry>"
        for sheet in sheets
    )
    return (
        f'{_XML}<office:document-settings {_NAMESPACES} xmlns:ooo="{_OOO}" office:version="1.3">'
        "<office:settings>"
        '<config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f'<config:config-item-map-named config:name="Tables">{entries}'
        "</config:config-item-map-named></config:config-item-map-entry>"
        "</config:config-item-map-indexed></config:config-item-set></office:settings>"
        "</office:document-settings>"
    )


def _manifest() -> str:
    parts = {"/": _MIME, "content.xml": "text/xml", "settings.xml": "text/xml"}
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in parts.items()
    )
    head = f'{_XML}<manifest:manifest {_NAMESPACES} manifest:version="1.3">'
    return f"{head}{entries}</manifest:manifest>"
