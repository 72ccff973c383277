"""Tell whether GeoJSON states a CRS that is not known, which GDAL reads as WGS 84."""

import json
import mmap
import re
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nmgeo.crs import WGS84, read_crs
from nmgeo.errors import UsageError
from nmgeo.messages import Text, text
from nmgeo.sources.mapped_bytes import mapped_bytes

_MEMBER: Final = "crs"
_FEATURES: Final = "features"
_WINDOWS: Final = (1_000, 65_536, 16_000_000)  # bytes in which a value is looked for, then in all
_OPENED: Final = re.compile(rb"[\xef\xbb\xbf\s]*\{")
_KEY: Final = re.compile(rb'\s*("(?:[^"\\]|\\.)*")\s*:\s*', re.DOTALL)
_NEXT: Final = re.compile(rb"\s*,")
_CLOSED: Final = re.compile(rb"\s*\}\s*\Z")
_QUOTED: Final = re.compile(  # a letter may be written by its number
    rb'"(?:[cC]|\\u00[46]3)(?:[rR]|\\u00[57]2)(?:[sS]|\\u00[57]3)"'
)
_TAIL: Final = 16_000_000  # bytes behind the features in which the member is looked for
_KINDS: Final = {"name": "name", "ogc": "urn"}  # starts of its type, as GDAL reads them
_LAST: Final = 1_000  # members of that name, of whatever, that are looked at there
_DECODER: Final = json.JSONDecoder(object_pairs_hook=list, strict=False)
_WGS84: Final = re.compile(  # names that GDAL alone knows
    r"^(?:GCS_)?WGS[\s_]*(?:19)?84\W*(?:DD)?\W*$|\bEPSG\W+(?:\d+(?:\.\d+)*\W+)?4326\W*$"
    r"|\bCRS\W?84\W*$",
    re.IGNORECASE,
)
_CUT: Final = re.compile(r"[\0-\x1f\x7f]")  # where programs end a name, or show another

_Members = list[tuple[str, Any]]


def fault_of_crs(path: Path, *, is_read: bool = False) -> Text | None:
    """Say why the member ``crs`` of GeoJSON states no CRS that is known.

    It may stand before or behind the features, which are not read to find it.

    Parameters
    ----------
    path : Path
        GeoJSON in UTF-8.
    is_read : bool
        Whether GDAL knows the name, so that it need not be one that PROJ knows.

    Returns
    -------
    Text, or None
        None if the member is known, null or missing.
    """
    with mapped_bytes(path) as data:
        stated = _stated(data)
    if len(stated) > 1:
        return text("it has more than one member 'crs'")
    if stated and is_unknown_crs(stated[0], is_read=is_read):
        return text("its member 'crs' names no known CRS")
    return None


def is_unknown_crs(value: Any, *, is_read: bool = False) -> bool:
    """Tell whether the value of a member ``crs`` names no CRS; null is none at all.

    Parameters are those of :func:`fault_of_crs`.
    """
    if value is None:
        return False
    name = crs_name(value)
    if not name or _CUT.search(name):
        return True
    return not (is_read or _WGS84.search(name) or _is_wgs84(name))


def _is_wgs84(name: str) -> bool:
    """Tell whether PROJ knows a name as WGS 84, as which GDAL reads each that it does not know."""
    try:
        found = read_crs(name)
    except UsageError:
        return False
    return found.is_geographic and found.name.startswith(WGS84.name)


def crs_name(value: Any) -> str:
    """Return the name in a member ``crs``, in any of its forms; empty if there is none."""
    told = _lowered(value)
    kind, inner = str(told.get("type")).lower(), _lowered(told.get("properties"))
    if kind.startswith("epsg"):
        return f"EPSG:{inner['code']}" if inner.get("code") else ""
    name = next((inner.get(key) for start, key in _KINDS.items() if kind.startswith(start)), None)
    return name.strip(" ") if isinstance(name, str) else ""


def _lowered(value: Any) -> dict[str, Any]:
    """Return an object, or its pairs, by names in small letters, as GDAL finds them."""
    pairs = value.items() if isinstance(value, Mapping) else value
    if not isinstance(pairs, list) and not isinstance(value, Mapping):
        return {}
    return {str(one[0]).lower(): one[1] for one in pairs if isinstance(one, tuple)}


def _stated(data: mmap.mmap | bytes) -> list[Any]:
    """Return the values of all members ``crs`` of the outermost object."""
    opened = _OPENED.match(data)
    if opened is None:
        return []
    first, end = _members(data, opened.end())
    stated = _values(first)
    if _CLOSED.match(data, end):
        return stated
    for found in deque(_QUOTED.finditer(data, max(end, len(data) - _TAIL)), maxlen=_LAST):
        last, end = _members(data, found.start())
        if _CLOSED.match(data, end):  # no other object is open there
            return stated + _values(last)
    return stated


def _values(members: _Members) -> list[Any]:
    return [value for name, value in members if name.lower() == _MEMBER]


def _members(data: mmap.mmap | bytes, at: int) -> tuple[_Members, int]:
    """Read members of an object from a place on, up to the features or the end of the object."""
    members: _Members = []
    while key := _KEY.match(data, at):
        name = _decoded(key[1])
        if name == _FEATURES:
            break
        read = _value(data, key.end())
        if read is None:
            break
        members.append((str(name), read[0]))
        at = read[1]
        following = _NEXT.match(data, at)
        if following is None:
            break
        at = following.end()
    return members, at


def _value(data: mmap.mmap | bytes, at: int) -> tuple[Any, int] | None:
    """Read a value of JSON."""
    for size in (*_WINDOWS, len(data)):
        value = _decoded_from(data[at : at + size])
        if value is not None:
            return value[0], at + value[1]
    return None


def _decoded(written: bytes) -> Any:
    found = _decoded_from(written)
    return found and found[0]


def _decoded_from(written: bytes) -> tuple[Any, int] | None:
    """Read the value at the start of bytes and where it ends, in bytes."""
    try:
        return _DECODER.raw_decode(written.decode("latin-1"))
    except (ValueError, RecursionError):
        return None
