"""Geometries within geometries: GEOS reads each level within the last, until its stack is full.

It reads the parts of a multipolygon as it reads those of a collection, and sees only then of which
kind they are, so WKB of any kind with parts is looked at before GEOS has it.
"""

import binascii
import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nmgeo.errors import LayerError
from nmgeo.messages import Text, text

LEVELS: Final = 32  # as many as GDAL reads
DEEP: Final = b"\1\0\0\0\0"  # WKB of no kind, which stands for what has too many
_HEAD: Final = 5  # bytes: byte order and type
_LEVEL: Final = _HEAD + 4  # also how many parts follow
_POINT: Final = 1
_LINES: Final = (2, 8)  # types as ISO WKB numbers them: lines and circular strings
_POLYGON: Final = 3
_FLAT: Final = (_POINT, *_LINES, _POLYGON)
_WITH_PARTS: Final = (4, 5, 6, 7, 9, 10, 11, 12)
_Word = Callable[[bytes, int], tuple[Any, ...]]
_WORDS: Final[dict[int, _Word]] = {  # by the byte that says the order of the others
    0: struct.Struct(">I").unpack_from,
    1: struct.Struct("<I").unpack_from,
}
_HEX: Final = (b"0", b"1")  # how shapely tells WKB that is written in hexadecimal digits


def with_few_levels(
    shapes: pa.ChunkedArray, ids: Any, file: str, *, lenient: bool = False
) -> pa.ChunkedArray:
    """Return geometries, none of which has more than :data:`LEVELS` of others within one another.

    Parameters
    ----------
    shapes : ChunkedArray of binary, n
        WKB; null where there is none.
    ids : Array, n
        What to call each in a message.
    file : str
        What to call them all.
    lenient : bool
        Whether :data:`DEEP` stands in place of one that has more; it is an error if not.

    Raises
    ------
    LayerError
        Naming the first such geometry.
    """
    rows = [row for row in _that_may_nest(shapes) if has_too_many_levels(shapes[row].as_py())]
    if not rows:
        return shapes
    if not lenient:
        wrong = text("feature {ids}: {why}", ids=ids[rows[0]].as_py(), why=fault_of_levels())
        raise LayerError(file, wrong, text("split it by kind"))
    are_deep = np.isin(np.arange(len(shapes)), rows)
    return pc.if_else(pa.array(are_deep), pa.scalar(DEEP, shapes.type), shapes)


def fault_of_levels() -> Text:
    """Say that a geometry has too many levels."""
    return text("more than {levels} geometries lie within one another", levels=LEVELS)


def has_too_many_levels(shape: bytes) -> bool:
    """Tell whether WKB holds more than :data:`LEVELS` of geometries within one another."""
    if shape[:1] in _HEX:
        try:
            shape = binascii.unhexlify(shape)
        except binascii.Error:
            return False  # and GEOS reads none of it
    words = [_WORDS[shape[0]]] if shape[:1] in (b"\0", b"\1") else _WORDS.values()
    try:
        return any(_is_deep(shape, word) for word in words)  # an unknown order is that of before
    except (IndexError, struct.error):
        return False  # it breaks off before, as it does for GEOS


def _that_may_nest(shapes: pa.ChunkedArray) -> Any:
    """Return the rows of the geometries with parts that are long enough for too many levels."""
    long = pc.greater(pc.binary_length(shapes), _LEVEL * LEVELS)
    if not pc.any(long).as_py():  # as of points and of outlines of few corners
        return ()
    heads = pc.binary_slice(shapes, 0, _HEAD)
    odd = [head for head in pc.unique(heads).to_pylist() if head and not _is_flat(head)]
    found = pc.and_(pc.is_in(heads, value_set=pa.array(odd, heads.type)), long)
    return np.flatnonzero(pc.fill_null(found, fill_value=False).to_numpy())


def _is_flat(head: bytes) -> bool:
    """Tell whether WKB begins as that of a geometry without parts."""
    word = _WORDS.get(head[0])
    return word is not None and len(head) == _HEAD and _kind(word(head, 1)[0]) in _FLAT


def _kind(code: int) -> int:
    """Return a type without what it says of heights and measures, as GEOS does."""
    return (code & 0xFFFF) % 1000


def _is_deep(shape: bytes, word: _Word) -> bool:
    """Go through WKB as GEOS does, and tell whether there are too many levels."""
    left, at = [1], 0  # the geometries of each level that are still to come
    while left:
        if not left[-1]:
            left.pop()
            continue
        left[-1] -= 1
        word = _WORDS.get(shape[at], word)
        code = word(shape, at + 1)[0]
        at += _HEAD + 4 * bool(code & 0x20000000)  # the number of a CRS
        if _kind(code) in _WITH_PARTS:
            left.append(word(shape, at)[0])
            at += 4
        elif _kind(code) in _FLAT:
            at = _end(shape, at, word, code)
        else:
            return False  # GEOS knows no other kind
        if len(left) > LEVELS + 1:
            return True
    return False


def _end(shape: bytes, at: int, word: _Word, code: int) -> int:
    """Return where a geometry without parts ends, of which the coordinates begin somewhere."""
    flags = (code & 0xFFFF) // 1000
    has_z = flags in (1, 3) or code & 0x80000000
    has_m = flags in (2, 3) or code & 0x40000000
    size = 8 * (2 + bool(has_z) + bool(has_m))
    if _kind(code) == _POINT:
        return at + size
    if _kind(code) in _LINES:
        return at + 4 + size * int(word(shape, at)[0])
    rings, at = word(shape, at)[0], at + 4
    for _ in range(rings):
        at += 4 + size * word(shape, at)[0]
    return at
