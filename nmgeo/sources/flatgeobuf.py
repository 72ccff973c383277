"""FlatGeobuf: whether a file holds more features than its head counts, which GDAL leaves out."""

import struct
from pathlib import Path
from typing import Any, Final

from nmgeo.sources.mapped_bytes import mapped_bytes

_HEAD: Final = 8  # bytes of the stamp, behind which the size of the head stands
_NODE: Final = 22  # where its table of places says where the width of the index stands
_SIZE: Final = struct.Struct("<I").unpack_from


def holds_more(path: Path, count: int) -> bool:
    """Tell whether more features follow those that the head of a file counts.

    A file with a spatial index is not looked at: with another count GDAL finds its features
    nowhere, and says so.

    Parameters
    ----------
    path : Path
        A file that GDAL read to the last feature that is counted.
    count : int
        How many are.
    """
    with mapped_bytes(path) as data:
        try:
            if _has_index(data):
                return False
            at = _HEAD + 4 + int(_SIZE(data, _HEAD)[0])
            for _ in range(count):  # a million take a fifth of a second
                at += 4 + _SIZE(data, at)[0]
            return at < len(data)
        except struct.error:
            return False  # it breaks off, as GDAL says


def _has_index(data: Any) -> bool:
    """Tell whether the head says that a spatial index follows, as it does if it says nothing."""
    table = _HEAD + 4 + _SIZE(data, _HEAD + 4)[0]
    places = table - struct.unpack_from("<i", data, table)[0]
    held = struct.unpack_from("<H", data, places)[0] > _NODE
    place = struct.unpack_from("<H", data, places + _NODE)[0] if held else 0
    return not place or struct.unpack_from("<H", data, table + place)[0] > 0
