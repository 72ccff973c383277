"""Encodings of text: UTF-8, UTF-16, and what offices in Hong Kong wrote before, such as Big5-HKSCS.

GDAL and the operating system read Big5 without the characters of HKSCS (深水埗, 邨, 啟), so nmgeo
decodes text itself.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from nmgeo.errors import UsageError
from nmgeo.messages import option, text
from nmgeo.sources.hkscs import BIG5, LOST, map_private_use

UTF8: Final = "utf-8"
CUT_UTF8: Final = "utf-8-sig"  # the same codec; GDAL does not decode text that is cut off
ENCODINGS: Final = {  # what is recognised without a declaration, and its name for a reader
    UTF8: "UTF-8",
    CUT_UTF8: "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    BIG5: "Big5-HKSCS",
    "gb18030": "GB 18030",
    "cp1252": "Windows-1252",
}
_SUPERSETS: Final = {  # a codec of Python, and the one that also knows the characters it lacks
    "big5": BIG5,
    "cp950": BIG5,
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ascii": UTF8,
    CUT_UTF8: UTF8,
    "iso8859-1": "cp1252",
}
_CODE_PAGE: Final = re.compile(r"(?:ansi|oem|windows|cp|ms)?[ _-]?(\d{3,5})", re.IGNORECASE)
_UNICODE_PAGES: Final = {"65001": UTF8, "1200": "utf-16-le", "88591": "cp1252"}
_FREQUENT: Final = frozenset(
    "香港九龍新界元朗屯門北區大埔沙田荃灣葵青西貢離島深水埗觀塘黃中東南油尖旺街道路村邨園場"
    "站心學校醫院公市樓廈地段號會堂館碼頭巴士鐵停車發展規劃署政府土名稱類型編面積人口有的一"
    "街镇广东深圳区罗湖龙岗福田宝安学场车国华门医园图书馆发规划县厂"
)
_ENOUGH: Final = 20_000  # characters that a guess looks at
_COMMON: Final = 0.5  # least score of a guess at Chinese
_WESTERN: Final = 0.8  # least share of single accented letters in western text
_LETTERS: Final = re.compile(rb"(?<=[A-Za-z])[\xc0-\xff](?![\x80-\xff])|[\xc0-\xff](?=[A-Za-z]{2})")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_SURE: Final = 2  # Chinese characters of a line that is UTF-8, and not by chance
_HANDLER: Final = "nmgeo.lost"


def read_encoding(name: str) -> str:
    """Return the codec that an encoding is read with.

    Parameters
    ----------
    name : str
        As a user or a ``.cpg`` file writes it: ``"Big5"``, ``"950"``, ``"UTF-16"``.

    Returns
    -------
    str
        The name of a codec of Python; for Big5 and GBK the one that has all characters.

    Raises
    ------
    UsageError
        If no text encoding has this name.

    Examples
    --------
    >>> read_encoding("Big5"), read_encoding("ANSI 950"), read_encoding("utf8")
    ('big5hkscs', 'big5hkscs', 'utf-8')
    """
    if codec := _codec(name.strip()):
        return codec
    remedy = text("write one such as big5-hkscs, utf-16 or gb18030")
    raise UsageError(option("encoding", name), text("no such encoding"), remedy)


def declared_encoding(name: str) -> str | None:
    """Return the codec that a ``.cpg`` file names, None if it names none."""
    return _codec(name.strip())


def _codec(name: str) -> str | None:
    if page := _CODE_PAGE.fullmatch(name):
        name = _UNICODE_PAGES.get(page[1], f"cp{page[1]}")
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding:  # noqa: SLF001 - rot13 is none
        return None
    return _SUPERSETS.get(found.name, found.name)


def encoding_name(codec: str) -> str:
    """Return what a reader calls a codec."""
    return ENCODINGS.get(codec, codec)


def detect_encoding(sample: bytes, fallback: str = "cp1252") -> str:
    """Tell in which encoding text is.

    UTF-8 and UTF-16 show themselves. Other text is read as Big5-HKSCS, as GB 18030 and as western
    text; the reading with the most common characters is chosen.

    Parameters
    ----------
    sample : bytes
        From the start of the text; it may end within a character.
    fallback : str
        What to answer where no reading makes sense, as of damaged text.

    Returns
    -------
    str
        One of :data:`ENCODINGS`.

    Examples
    --------
    >>> detect_encoding("深水埗區".encode("big5hkscs"))
    'big5hkscs'
    """
    if codec := _marked(sample):
        return codec
    if _is_utf8(sample):
        return UTF8
    high = re.findall(rb"[\x80-\xff]", sample)
    if len(_LETTERS.findall(sample)) >= _WESTERN * len(high):
        return "cp1252"
    scores = {codec: _score(sample, codec) for codec in (BIG5, "gb18030")}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= _COMMON else fallback


def _marked(sample: bytes) -> str | None:
    """Tell UTF-16 by its byte order mark, or by the NUL bytes of ASCII in it."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = sample[:1024]
    if b"\0" not in head or head.startswith(codecs.BOM_UTF8):
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) * 10 > max(even, odd) or max(even, odd) * 10 < len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def is_utf16(sample: bytes) -> bool:
    """Whether text is in UTF-16."""
    return _marked(sample) is not None


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(UTF8)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def is_chinese_utf8(sample: bytes) -> bool:
    """Tell whether text is UTF-8 beyond doubt: all of it, with Chinese in it.

    Examples
    --------
    >>> is_chinese_utf8("元朗".encode()), is_chinese_utf8("元朗".encode("big5"))
    (True, False)
    """
    return _is_utf8(sample) and len(_HAN.findall(sample.decode(errors="ignore"))) >= _SURE


def mixed_lines(sample: bytes) -> tuple[int, int] | None:
    """Find text in two encodings: the first line of Chinese in UTF-8, and the first in another.

    Parameters
    ----------
    sample : bytes
        From the start of the text; its last line is left out, as it may end within a character.

    Returns
    -------
    (int, int) or None
        Their numbers from 1; None if all is in one encoding, or none of it is Chinese in UTF-8.
    """
    if sample.isascii() or _marked(sample) or _is_utf8(sample):
        return None
    whole, _, _ = sample.rpartition(b"\n")
    chinese = other = 0
    for number, line in enumerate(whole.split(b"\n"), start=1):
        if line.isascii():
            continue
        if not _is_utf8(line):
            other = other or number
        elif len(_HAN.findall(line.decode(errors="ignore"))) >= _SURE:
            chinese = chinese or number
    return (chinese, other) if chinese and other else None


def _score(sample: bytes, codec: str) -> float:
    """Return how much of a reading is common Chinese: 1 if all is, below 0 if bytes do not fit."""
    words = codecs.getincrementaldecoder(codec)("replace").decode(sample)
    found = [char for char in words if not char.isascii()][:_ENOUGH]
    common = sum(_is_common(char, codec) for char in found)
    frequent = sum(char in _FREQUENT for char in found)
    return (common + frequent / 2 - 5 * found.count(LOST)) / max(len(found), 1)


def _is_common(char: str, codec: str) -> bool:
    """Whether a character is in the frequent half of its character set, or in HKSCS."""
    if codec == BIG5:
        code = char.encode(BIG5, "ignore")
        return len(code) == 2 and (0xA1 <= code[0] <= 0xC6 or code[0] >= 0xFA)  # noqa: PLR2004
    code = char.encode("gb2312", "ignore")
    return len(code) == 2 and 0xA1 <= code[0] <= 0xD7  # noqa: PLR2004


def decode(data: bytes, codec: str) -> str:
    """Decode text; private-use HKSCS characters become those of Unicode.

    Parameters
    ----------
    data : bytes
        Text of a file.
    codec : str
        From :func:`detect_encoding` or :func:`read_encoding`.

    Returns
    -------
    str
        With U+FFFD for what is no character of the encoding.

    Examples
    --------
    >>> decode("深水埗".encode("big5hkscs"), "big5hkscs")
    '深水埗'
    """
    return map_private_use(data.decode(codec, _HANDLER))


def decode_cut(data: bytes, codec: str) -> str:
    """Decode text as :func:`decode` does, but leave out a last character that is cut off.

    Examples
    --------
    >>> decode_cut("地盤面積".encode()[:10], "utf-8")
    '地盤面'
    """
    return map_private_use(codecs.getincrementaldecoder(codec)(_HANDLER).decode(data))


def decode_chunks(chunks: Iterator[bytes], codec: str) -> Iterator[str]:
    """Decode text that comes in pieces, as :func:`decode` does."""
    decoder = codecs.getincrementaldecoder(codec)(_HANDLER)
    for chunk in chunks:
        yield map_private_use(decoder.decode(chunk))
    yield map_private_use(decoder.decode(b"", final=True))


def _replace_lost(error: UnicodeError) -> tuple[str, int]:
    """Read what a codec does not know as Windows reads it, else as U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding.lower().replace("-", "") == BIG5:
        pair = error.object[error.start : error.start + 2]
        try:
            return pair.decode("cp950"), error.start + 2
        except UnicodeDecodeError:
            pass
    return LOST, error.end


codecs.register_error(_HANDLER, _replace_lost)
