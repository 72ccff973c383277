"""Refuse XML before GDAL opens it: with a document type declaration, a web page, damaged GPX.

A document type declaration (DOCTYPE) may define entities that grow without end, or name files and
hosts. No format of geometry needs one.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final
from xml.parsers.expat import ExpatError, ParserCreate, errors

from nmgeo.errors import LayerError
from nmgeo.messages import Text, text

_CHUNK: Final = 65_536
_BLANKS: Final = b" \t\r\n\v\f\0"  # in UTF-16 each has a NUL beside it
_MOST_BLANK: Final = 16  # chunks
_STARTS: Final = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_DOCTYPE: Final = b"<!doctype"
_PAGE: Final = "html"
_GPX: Final = b"<gpx"
_POINTS: Final = ("wpt", "rtept", "trkpt")  # elements of GPX that have a place
_SHOWN: Final = 40  # characters of a value that a message shows
_UNKNOWN: Final = (ValueError, LookupError)  # encodings that expat does not read


class _FoundError(Exception):
    """Ends the parse with what was found."""


def require_plain_xml(stream: IO[bytes], file: str, part: str = "") -> None:
    """Stop if XML declares a document type, or is a web page.

    Parameters
    ----------
    stream : binary file
        At its start; it is read up to its first element.
    file : str
        What the user typed, for the message.
    part : str
        The member of an archive, if it is one.

    Raises
    ------
    LayerError
        If it does. What is no XML passes.
    """
    head = _after_blanks(stream, file)
    if not head.lstrip(_BLANKS).startswith(_STARTS):
        return
    name, declared = _first_name(head, stream)
    if name == _PAGE and not part:
        remedy = text("get the file itself; the address may need a login")
        raise LayerError(file, text("is a web page (HTML)"), remedy)
    if declared:
        wrong = text("declares a document type (DOCTYPE), which may name other files")
        if part:
            wrong = text("its part {part}: {wrong}", part=part, wrong=wrong)
        raise LayerError(file, wrong, text("save it anew without one"))


def _after_blanks(stream: IO[bytes], file: str) -> bytes:
    """Return the first chunk that holds more than blanks, or NUL alone, which no XML does."""
    for _ in range(_MOST_BLANK):
        head = stream.read(_CHUNK)
        if head.strip(_BLANKS) or not head.strip(b"\0"):
            return head
    wrong = text("begins with more than {megabytes:.0f} MB of blanks", megabytes=_MOST_BLANK / 16)
    raise LayerError(file, wrong, text("get it again"))


def _first_name(head: bytes, stream: IO[bytes]) -> tuple[str, bool]:
    """Return the name of the document type or of the first element, and whether it is the type."""

    def found(name: str, *, declared: bool) -> None:
        raise _FoundError(name.lower(), declared)

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = lambda name, *_: found(name, declared=True)
    parser.StartElementHandler = lambda name, _: found(name, declared=False)
    chunk = head
    try:
        while chunk:
            parser.Parse(chunk, False)  # noqa: FBT003 - it takes no keyword
            chunk = stream.read(_CHUNK)
    except _FoundError as answer:
        name, declared = answer.args
        return name, declared
    except (ExpatError, *_UNKNOWN):
        return "", _DOCTYPE in (head + chunk).replace(b"\0", b"").lower()
    return "", False


def require_sound_gpx(path: Path, file: str) -> None:
    """Stop at the first fault of a GPX file, which GDAL would pass over or describe poorly.

    Parameters
    ----------
    path : Path
        Any file; what is no GPX passes.
    file : str
        What the user typed, for the message.

    Raises
    ------
    LayerError
        With the line: the XML is damaged, or a point has no latitude or longitude.
    """
    with path.open("rb") as opened:
        if _GPX not in opened.read(_CHUNK):
            return
        opened.seek(0)
        parser = ParserCreate()

        def check(name: str, attributes: Mapping[str, str]) -> None:
            if name.rpartition(":")[2] in _POINTS and (wrong := _wrong_place(attributes)):
                raise _FoundError(wrong)

        parser.StartElementHandler = check
        try:
            parser.ParseFile(opened)
        except _FoundError as answer:
            line = parser.CurrentLineNumber
            wrong = text("line {line}: {wrong}", line=line, wrong=answer.args[0])
            raise LayerError(file, wrong, text("mend that point or leave it out")) from None
        except ExpatError as error:
            raise LayerError(file, _damage(error), text("get it again, or mend it")) from None
        except _UNKNOWN:
            return


def _wrong_place(attributes: Mapping[str, str]) -> Text | None:
    """Say what is wrong with the latitude and longitude of a point, None if nothing is."""
    for axis in ("lat", "lon"):
        written = attributes.get(axis)
        if written is None:
            return text("a point has no {axis}", axis=axis)
        if not _is_number(written):
            shown = written[:_SHOWN]
            return text("a point has {axis} {value!r}, which is no number", axis=axis, value=shown)
    return None


def _is_number(written: str) -> bool:
    try:
        return math.isfinite(float(written))
    except ValueError:
        return False


def _damage(error: ExpatError) -> Text:
    """Say where XML breaks off, or is damaged."""
    why = errors.messages[error.code]
    if why in (errors.XML_ERROR_UNCLOSED_TOKEN, errors.XML_ERROR_NO_ELEMENTS):
        return text("breaks off at line {line}", line=error.lineno)
    return text("its XML is damaged at line {line} ({why})", line=error.lineno, why=why)
