"""Find where a file states its CRS, and refuse a link or another file before GDAL follows it."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import PurePosixPath
from typing import IO, Any, Final

from nmgeo.errors import MissingCRSError
from nmgeo.messages import Text, text
from nmgeo.sources.stated_crs import require_local_crs, require_local_wkt

_CHUNK: Final = 1 << 20
_HEAD: Final = 65_536
_SHORT: Final = 1_000  # bytes of most
_LONGEST: Final = 65_536  # bytes of a CRS that is stated, with all that stands around it
_WORD: Final = 8  # bytes of a number or a word, which may be cut off
_HEADER: Final = 10_000_000  # bytes of a header that are looked at
_FLATGEOBUF: Final = b"fgb"
_TEXTS: Final = (".prj", ".qpj")
_TABLE: Final = ".gdbtable"  # its head names the CRS, in UTF-16 or not
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_BLANKS: Final = b"\xef\xbb\xbf\xff\xfe \t\r\n\x1e\0"
_ESCAPED: Final = re.compile(rb"(?<!\\)\\u00([46][1-9a-fA-F]|[57][0-9aA])")  # a letter
_KEY_OF_JSON: Final = re.compile(
    rb"[\"'](?:crs|spatialReference)[\"']\s*(?::\s*|(?=/[*/]))", re.IGNORECASE
)
_WORDS_OF_JSON: Final = (b"crs", b"spatialreference")
_OF_XML: Final = re.compile(
    rb"srsName\s*=\s*(\"[^\"]*\"|'[^']*')|<SRSName[^>]*>(.*?)</", re.IGNORECASE | re.DOTALL
)
_AROUND: Final = re.compile(r"<!--.*?-->|<!\[CDATA\[|\]\]>", re.DOTALL)
_LINKS: Final = ("link", "url")
_NAMES: Final = ("name", "urn", "code", "wkt", "wkt2")  # members that GDAL gives to PROJ
_PAIRS: Final = json.JSONDecoder(object_pairs_hook=list)
_REMOVE: Final = text("remove the member 'crs' from the file")


def require_own_crs(stream: IO[bytes], file: str, part: str = "") -> None:
    """Stop if a file names its CRS by a link or by another file, wherever and however.

    Parameters
    ----------
    stream : binary file
        At its start: GeoJSON, TopoJSON, ESRI JSON, XML, FlatGeobuf or a table of a geodatabase.
    file : str
        What the user typed, for the message.
    part : str
        The file beside it, in its folder or in an archive, if it is one.

    Raises
    ------
    MissingCRSError
        If it does. What is of another format passes.
    """
    head = stream.read(_HEAD)
    start = head.lstrip(_BLANKS)
    kind = PurePosixPath(part).suffix.lower()
    if kind in _TEXTS:
        require_local_crs(head.replace(b"\0", b"").decode("latin-1"), file)
    elif kind == _TABLE:
        require_local_wkt(head.replace(b"\0", b"").decode("latin-1"), file)
    elif start.startswith((b"{", b"[", b"/")):
        for members in _of_json(_pieces(head, stream)):
            if isinstance(members, str):
                raise MissingCRSError(file, members, _REMOVE)
            _require_local(members, file)
    elif start.startswith(b"<"):
        for said in _of_xml(_pieces(head, stream)):
            require_local_crs(said, file)
    elif head.startswith(_FLATGEOBUF):
        size = min(int.from_bytes(head[8:12], "little"), _HEADER)
        require_local_wkt((head + stream.read(max(size - len(head), 0))).decode("latin-1"), file)


def _pieces(head: bytes, stream: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield a file piece by piece, each with the end of the one before, and whether it is last."""
    wide, rest, chunk = head.startswith(_UTF16), b"", head
    while chunk:
        following = stream.read(_CHUNK)
        piece = rest + (chunk.replace(b"\0", b"") if wide else chunk)
        yield piece, not following
        rest, chunk = piece[-_LONGEST:], following


def _of_xml(pieces: Iterator[tuple[bytes, bool]]) -> Iterator[str]:
    """Yield what attributes and elements of XML state of a CRS, each text once for a piece."""
    for piece, _ in pieces:
        for attribute, element in set(_OF_XML.findall(piece)):
            said = (attribute[1:-1] or element).decode("latin-1")
            yield unescape(_AROUND.sub("", said))


def _of_json(pieces: Iterator[tuple[bytes, bool]]) -> Iterator[Any]:
    """Yield what members of JSON state of a CRS, or what is wrong with one, as text."""
    for piece, is_last in pieces:
        plain = piece
        if b"\\u00" in piece:
            plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), piece)
        lower = plain.lower()
        if not any(word in lower for word in _WORDS_OF_JSON):  # a tenth of the time
            continue
        for found in _KEY_OF_JSON.finditer(plain):
            stated = plain[found.end() : found.end() + _LONGEST]
            if stated.startswith((b"{", b"/")):
                members = _members(stated)
                if isinstance(members, list) or is_last or len(stated) == _LONGEST:
                    yield members  # what is cut off here stands whole in the next piece


def _members(stated: bytes) -> list[tuple[str, Any]] | Text:
    """Return the members of an object, which may repeat and nest, as pairs; or what is wrong."""
    for size in (_SHORT, _LONGEST):
        try:
            return list(_PAIRS.raw_decode(stated[:size].decode("latin-1"))[0])
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated") or error.pos >= len(stated) - _WORD
        except (ValueError, RecursionError):
            is_cut = False
    if is_cut and len(stated) == _LONGEST:
        return text("its member 'crs' is longer than {most:,} bytes", most=_LONGEST)
    return text("its member 'crs' is no plain JSON")


def _require_local(members: list[tuple[str, Any]], file: str) -> None:
    for name, value in members:
        key = name.lower()
        if key == "type" and str(value).lower() in _LINKS:
            wrong = text("names its CRS by a link, which is not followed")
            raise MissingCRSError(file, wrong, _REMOVE)
        if key in _NAMES and isinstance(value, str):
            require_local_crs(value, file)
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            _require_local(value, file)
