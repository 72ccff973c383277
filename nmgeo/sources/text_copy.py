"""Text files that GDAL does not read as they are: a copy in UTF-8, and plain GeoJSON inside."""

import codecs
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from nmgeo.errors import LayerError
from nmgeo.messages import Text, option, text
from nmgeo.sources.temporary_folder import TemporaryFolder
from nmgeo.sources.text_encoding import (
    UTF8,
    decode_chunks,
    detect_encoding,
    encoding_name,
    is_chinese_utf8,
    is_utf16,
    mixed_lines,
    read_encoding,
)
from nmgeo.sources.title_rows import cut_titles, title_notice

TABLES: Final = (".csv", ".tsv", ".psv", ".txt", ".dat")
SEPARATED: Final = (".csv", ".tsv", ".psv")
_SHOWN: Final = (UTF8, "utf-16")  # encodings that a text shows by itself
_JSON: Final = (".json", ".geojson", ".geojsonl", ".geojsons", ".jsonl", ".ndjson", ".js")
_XML: Final = (".kml", ".gml", ".gpx", ".xml")
TEXTS: Final = (*TABLES, *_JSON, *_XML)
_CHUNK: Final = 1 << 20
_HEAD: Final = 4096
_TAIL: Final = 64
_LONGEST_ASCII: Final = 256  # chunks that are searched for the first other character
_DECLARED: Final = re.compile(r"(<\?xml[^>]*?encoding\s*=\s*[\"'])([\w.:-]+)")
_ASSIGNED: Final = re.compile(  # data that a web page loads as a script
    rb"\s*(?:(?:export\s+)?(?:var|let|const)\s+[\w$]+\s*=|export\s+default\b|[\w$.]+\s*[=(])\s*(?=[\[{])"
)
_LIST: Final = re.compile(rb"\s*\[\s*\{")
_COLLECTION: Final = b'{"type":"FeatureCollection","features":'


@dataclass(frozen=True)
class Copy:
    """A copy of a text file for GDAL: its path, and what the user is told of it.

    ``folder`` holds the copy; it is removed with the last reference to it.
    """

    path: Path
    folder: TemporaryFolder
    told: tuple[Text, ...] = ()


def copy_text(path: Path, file: str, encoding: str | None) -> Copy | None:
    """Copy a text file in another encoding, or in another form, as GDAL reads it.

    Parameters
    ----------
    path : Path
        A file; what is no text is left alone.
    file : str
        What the user wrote, for an error.
    encoding : str or None
        What the user says of its encoding; detected if not given.

    Returns
    -------
    Copy or None
        None if GDAL reads the file as it is.

    Raises
    ------
    LayerError
        If its text is not in the encoding that the user says, or in more than one.
    """
    if path.suffix.lower() not in TEXTS or not path.is_file():
        return None
    codec, declared = text_codec(path, file, encoding)
    told: list[Text] = []
    folder = TemporaryFolder()
    made = path
    if codec != UTF8:
        made = _in_utf8(path, folder.path / path.name, codec)
        if not declared:
            told.append(encoding_notice(codec))
    if (plain := _plain_json(made, folder.path)) is not None:
        made, wrapped = plain
        if wrapped:
            told.append(text("is JavaScript; the GeoJSON in it is read"))
    made = _as_csv(made, folder.path)
    if made.suffix.lower() in SEPARATED:
        made, titles = cut_titles(made, folder.path)
        if titles:
            told.append(title_notice(titles))
    return None if made == path else Copy(made, folder, tuple(told))


def encoding_notice(codec: str) -> Text:
    """Say in which encoding text is read that does not name its own."""
    return text(
        "text read as {encoding} ({change} changes that)",
        encoding=encoding_name(codec),
        change=option("encoding"),
    )


def text_codec(path: Path, file: str, encoding: str | None) -> tuple[str, bool]:
    """Return the codec of a text file, and whether the user or the file names it.

    Parameters and errors are those of :func:`copy_text`.
    """
    if encoding is not None:
        return checked_encoding(_sample(path), read_encoding(encoding), file), True
    sample = _sample(path)
    is_xml = path.suffix.lower() in _XML and not is_utf16(sample)
    found = _DECLARED.search(sample[:_HEAD].decode("latin-1")) if is_xml else None
    if found and not (named := read_encoding(found[2])).startswith("utf-16"):  # which it is not
        return named, True
    tabular = path.suffix.lower() not in (*_JSON, *_XML)  # which are UTF-8 by their standards
    if tabular and (lines := mixed_lines(sample)):
        utf8, other = lines
        wrong = text("text of line {one} is UTF-8, that of line {two} is not", one=utf8, two=other)
        raise LayerError(
            file,
            wrong,
            text("save it anew as UTF-8, or say {encoding}", encoding=option("encoding")),
        )
    return detect_encoding(sample, "cp1252" if tabular else UTF8), False


def checked_encoding(sample: bytes, codec: str, file: str) -> str:
    """Return the codec of text that the user names; UTF-16 without a mark is told its byte order.

    Raises
    ------
    LayerError
        If it is named UTF-8 or UTF-16 and is not, or is UTF-8 and named otherwise. No other
        encoding shows beyond doubt that it is the wrong one.
    """
    likely = detect_encoding(sample) if codec in _SHOWN else codec
    if codec != UTF8 and is_chinese_utf8(sample):
        likely = UTF8
    if encoding_name(likely) != encoding_name(codec):
        names = {"said": encoding_name(codec), "likely": encoding_name(likely)}
        wrong = text("its text is not {said}, but looks like {likely}", **names)
        raise LayerError(file, wrong, text("leave out {encoding}", encoding=option("encoding")))
    return likely


def _sample(path: Path) -> bytes:
    """Return the first part of a file that is not ASCII alone, else its start."""
    with path.open("rb") as file:
        first = file.read(_CHUNK)
        chunk = first
        for _ in range(_LONGEST_ASCII):
            if not chunk.isascii() or b"\0" in chunk or not chunk:
                break
            chunk = file.read(_CHUNK)  # begins with a whole character, as ASCII is before it
    return chunk or first


def _in_utf8(path: Path, copy: Path, codec: str) -> Path:
    with path.open("rb") as source, copy.open("w", encoding=UTF8, newline="") as out:
        words = decode_chunks(iter(lambda: source.read(_CHUNK), b""), codec)
        for number, piece in enumerate(words):
            plain = piece.removeprefix("\ufeff") if number == 0 else piece
            out.write(_DECLARED.sub(r"\g<1>UTF-8", plain, count=1) if number == 0 else plain)
    return copy


def _plain_json(path: Path, folder: Path) -> tuple[Path, bool] | None:
    """Copy the GeoJSON of a script, or of a bare list of features; tell which of both it was."""
    if path.suffix.lower() not in (*_JSON, ".txt"):
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(codecs.BOM_UTF8)
    script = _ASSIGNED.match(head)
    body = head[script.end() if script else 0 :]
    is_list = _LIST.match(body) is not None and re.search(rb'"type"\s*:\s*"Feature"', body)
    if not (script or is_list):
        return None
    copy = folder / f"{path.stem}.geojson"
    target = copy if copy != path else folder / f"{path.stem}_.geojson"
    with path.open("rb") as source, target.open("wb") as out:
        source.seek(_mark_size(source) + (script.end() if script else 0))
        out.write(_COLLECTION if is_list else b"")
        shutil.copyfileobj(source, out)
        if script:
            _cut_end(out)
        out.write(b"}" if is_list else b"")
    return target, script is not None


def _mark_size(file: BinaryIO) -> int:
    return len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0


def _cut_end(out: BinaryIO) -> None:
    """Cut off what closes a script behind its data."""
    size = out.tell()
    out.seek(max(size - _TAIL, 0))
    with Path(out.name).open("rb") as written:
        out.flush()
        written.seek(max(size - _TAIL, 0))
        tail = written.read()
    out.truncate(size - len(tail) + len(tail.rstrip(b" \t\r\n;)")))
    out.seek(0, os.SEEK_END)


def _as_csv(path: Path, folder: Path) -> Path:
    """Give a table in text the suffix by which GDAL knows it."""
    if path.suffix.lower() not in (".txt", ".dat"):
        return path
    with path.open("rb") as file:
        if file.read(_HEAD).removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (
            b"{",
            b"[",
            b"<",
            b"\x1e",
        ):
            return path
    link = folder / f"{path.stem}.csv"
    try:
        link.symlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, link)
    return link
