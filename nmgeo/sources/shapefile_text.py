"""Text of Shapefiles: its encoding, and its values decoded.

GDAL is told that the text is Latin-1, so that it hands on each byte as it is; nmgeo decodes it.
"""

import codecs
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import pyarrow as pa

from nmgeo.arrow_columns import one_array
from nmgeo.sources.archive import open_archive
from nmgeo.sources.shapefile_table import read_head
from nmgeo.sources.text_encoding import (
    CUT_UTF8,
    UTF8,
    declared_encoding,
    decode_cut,
    detect_encoding,
    is_chinese_utf8,
    read_encoding,
)

_RAW: Final = "latin-1"
_SAMPLE: Final = 1 << 20
_WIDE: Final = ("utf-16", "utf-32")  # in which no table of dBASE is
_DRIVER_BYTE: Final = 29
_LONGEST_NAME: Final = 10  # bytes of the name of a column
_CODE_PAGES: Final = {0x4D: "cp936", 0x4F: "cp950", 0x78: "cp950", 0x7A: "cp936"}

Reader = Callable[[str], bytes | None]  # the bytes of the file with a suffix, None if there is none


def open_options(codec: str | None) -> dict[str, str]:
    """Return how GDAL has to open a Shapefile whose text is in a codec; nothing for None."""
    if codec is None:
        return {}
    return {"ENCODING": "UTF-8" if codec == UTF8 else "ISO-8859-1"}


def shapefile_encoding(read: Reader, encoding: str | None) -> tuple[str, bool]:
    """Return the codec of the text of a Shapefile, and whether it is declared.

    Parameters
    ----------
    read : function
        Returns the first bytes of the file beside it with a suffix such as ``.dbf``.
    encoding : str, optional
        What the user says.

    Returns
    -------
    (str, bool)
        What the user says, else what the ``.cpg`` names unless the text shows that it is UTF-8,
        else what the text shows;
        :data:`nmgeo.sources.text_encoding.CUT_UTF8` for UTF-8 in which the last character of a
        name or value is cut off.
    """
    declared = encoding_of_cpg(read) if encoding is None else read_encoding(encoding)
    table = read(".dbf") or b""
    if declared not in (None, UTF8):
        is_utf8 = encoding is None and is_chinese_utf8(text_of_table(table))
        return UTF8 if is_utf8 else declared, True
    parts = _texts_of_table(table)
    if _are_cut(parts):
        return CUT_UTF8, True
    words = _lines(parts)
    if declared is not None or words.isascii():
        return UTF8, True
    page = table[_DRIVER_BYTE] if len(table) > _DRIVER_BYTE else 0
    if page in _CODE_PAGES:
        return read_encoding(_CODE_PAGES[page]), True
    return detect_encoding(words), False


def encoding_of_cpg(read: Reader) -> str | None:
    """Return the codec that the ``.cpg`` names, None if it names none that holds text in bytes."""
    said = (read(".cpg") or b"").decode("latin-1").strip(" \t\r\n\0\ufeff")
    codec = declared_encoding(said)
    return None if codec is None or codec.startswith(_WIDE) else codec


def text_of_table(table: bytes) -> bytes:
    """Return the names of the columns of a .dbf, and the values of those that hold text."""
    return _lines(_texts_of_table(table))


def _lines(texts: Sequence[tuple[bytes, bool]]) -> bytes:
    return b"".join(text + b"\n" for text, _ in texts)


def _are_cut(texts: Sequence[tuple[bytes, bool]]) -> bool:
    """Whether texts are in UTF-8, but for one at least that its field ends within a character.

    Parameters
    ----------
    texts : sequence of (bytes, bool)
        Each with whether it fills its field.
    """
    decoder = codecs.getincrementaldecoder(UTF8)
    cut = whole = False
    for one, is_full in texts:
        try:
            words = decoder().decode(one, final=not is_full)
        except UnicodeDecodeError:
            return False
        cut |= len(words.encode()) < len(one)
        whole |= not words.isascii()  # else a letter of Latin-1 might be taken for part of another
    return cut and whole


def _texts_of_table(table: bytes) -> list[tuple[bytes, bool]]:
    size, width, names, spans = read_head(BytesIO(table))
    rows = range(size, len(table) - width + 1, width) if width else ()  # whole ones
    found = ((table[row + a : row + b].rstrip(b" \0"), b - a) for row in rows for a, b in spans)
    cells = ((cell, len(cell) == longest) for cell, longest in found if not cell.isascii())
    return [*((name, len(name) >= _LONGEST_NAME) for name in names), *cells]


def read_beside(path: Path) -> Reader:
    """Read the files beside a Shapefile in a folder."""

    def read(suffix: str) -> bytes | None:
        for own in (suffix, suffix.upper()):
            if (part := path.with_suffix(own)).is_file():
                with part.open("rb") as file:
                    return file.read(_SAMPLE)
        return None

    return read


def read_packed(archive: Path, member: str, file: str) -> Reader:
    """Read the files beside a Shapefile in an archive; ``member`` is its .shp.

    Raises
    ------
    LayerError
        On reading, if the archive ``file`` is damaged.
    """
    stem = member[: -len(".shp")]

    def read(suffix: str) -> bytes | None:
        with open_archive(archive, file) as opened:
            there = set(opened.namelist())
            names = (stem + own for own in (suffix, suffix.upper()) if stem + own in there)
            return next((opened.open(name).read(_SAMPLE) for name in names), None)

    return read


def decode_table(table: pa.Table, codec: str) -> pa.Table:
    """Decode the names and values that GDAL handed on byte by byte.

    Parameters
    ----------
    table : Table
        Opened with :func:`open_options`.
    codec : str
        From :func:`shapefile_encoding`.

    Returns
    -------
    Table
        With U+FFFD for bytes of no character.
    """
    if codec == UTF8:
        return table
    columns = [_decoded(column, codec) for column in table.columns]
    return pa.Table.from_arrays(columns, [decode_name(name, codec) for name in table.column_names])


def decode_name(name: str, codec: str) -> str:
    """Decode a name or value that GDAL handed on byte by byte, without a character cut off."""
    return name if codec == UTF8 or name.isascii() else decode_cut(name.encode(_RAW), codec)


def _decoded(column: pa.ChunkedArray, codec: str) -> pa.ChunkedArray:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    plain = one_array(column).dictionary_encode()
    words = pa.array(
        [decode_name(word, codec) for word in plain.dictionary.to_pylist()], pa.string()
    )
    return pa.chunked_array([words.take(plain.indices)])
