"""Characters of HKSCS that Big5 keeps in the private area of Unicode."""

import re
from typing import Final

BIG5: Final = "big5hkscs"
LOST: Final = "\N{REPLACEMENT CHARACTER}"
_PRIVATE: Final = re.compile("[\ue000-\uf848]")
_ROW: Final = 157  # characters that share the first byte of a Big5 code
_PRIVATE_ROWS: Final = (  # first character and first byte of each private area of Big5
    (0xE000, 0xFA),
    (0xE311, 0x8E),
    (0xEEB8, 0x81),
)
_LAST_AREA: Final = (0xF6B1, 0xC6, 63)  # begins in the middle of a row
_LOW_TRAILS: Final = 63  # second bytes from 0x40; the others begin at 0xA1


def has_private_use(words: str) -> bool:
    """Whether a text holds characters of the private area that Big5 uses."""
    return _PRIVATE.search(words) is not None


def map_private_use(words: str) -> str:
    """Replace private-use characters by the HKSCS characters that they stood for.

    Parameters
    ----------
    words : str
        Text of a program that knew HKSCS before Unicode had its characters.

    Returns
    -------
    str
        What HKSCS has no character for is left as it is.

    Source
    ------
    The four private areas of Big5 stand in Unicode one after another from U+E000, 157 characters
    a row; the code of Big5 that results is read as HKSCS-2004.

    Examples
    --------
    >>> map_private_use(chr(0xF6B1))
    '①'
    """
    return words if words.isascii() else _PRIVATE.sub(lambda found: _mapped(found[0]), words)


def _mapped(char: str) -> str:
    found = _big5_code(ord(char)).decode(BIG5, "replace")
    return char if LOST in found else found


def _big5_code(number: int) -> bytes:
    """Return the code of Big5 that a private-use character stands for."""
    start, lead, skipped = _LAST_AREA
    if number < start:
        start, lead = max(area for area in _PRIVATE_ROWS if area[0] <= number)
        skipped = 0
    row, place = divmod(number - start + skipped, _ROW)
    trail = 0x40 + place if place < _LOW_TRAILS else 0xA1 + place - _LOW_TRAILS
    return bytes([lead + row, trail])
