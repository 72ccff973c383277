"""Links of GeoJSON to a CRS elsewhere, which GDAL might follow."""

import re
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20
_LONGEST: Final = 65_536  # bytes of a link, with all that stands between its ends
_LINKED_CRS: Final = re.compile(
    rb'"crs"\s*:\s*\{[^{}]*(\{[^{}]*\}[^{}]*)?"type"\s*:\s*"(link|url)"', re.IGNORECASE
)
_ESCAPED: Final = re.compile(rb"\\u00([2-7][0-9a-fA-F])")


def links_to_crs(path: Path) -> bool:
    """Tell whether GeoJSON names its CRS by a link, wherever and however it is written."""
    rest = b""
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            piece = rest + chunk
            if b"\\u00" in piece:
                piece = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), piece)
            if b'"crs"' in piece.lower() and _LINKED_CRS.search(piece):
                return True
            rest = piece[-_LONGEST:]
    return False
