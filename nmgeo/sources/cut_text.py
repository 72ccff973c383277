"""Find U+0000 in text files: GDAL ends a value there, or a line of CSV."""

import mmap
from functools import lru_cache
from pathlib import Path
from typing import Final

from nmgeo.messages import text
from nmgeo.sources.mapped_bytes import mapped_bytes

CUT: Final = text("text behind the character U+0000 is not read")
_JSON: Final = ("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON")
_PLAIN: Final = "CSV"
_ESCAPED: Final = rb"\u0000"
_BACKSLASH: Final = ord("\\")


def is_text_cut(path: Path, driver: str) -> bool:
    """Whether a text file holds U+0000, as it is or as an escape of JSON.

    Parameters
    ----------
    path : Path
        A file in UTF-8.
    driver : str
        The format that GDAL reads it as.

    Returns
    -------
    bool
        False for formats that are no text.
    """
    if driver not in (*_JSON, _PLAIN) or not path.is_file():
        return False
    state = path.stat()
    return _is_cut(path, driver in _JSON, (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=32)
def _is_cut(path: Path, is_json: bool, _changed: tuple[int, int]) -> bool:  # noqa: FBT001
    with mapped_bytes(path) as data:
        return data.find(b"\0") >= 0 or (is_json and _has_escape(data))


def _has_escape(data: mmap.mmap | bytes) -> bool:
    """Whether there is an escape of U+0000 whose backslash is not one of a pair."""
    at = data.find(_ESCAPED)
    while at >= 0:
        first = at
        while first and data[first - 1] == _BACKSLASH:
            first -= 1
        if (at - first) % 2 == 0:
            return True
        at = data.find(_ESCAPED, at + 1)
    return False
