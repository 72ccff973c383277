"""Pictures of map tiles: their kind and size, by their first bytes and without decoding them."""

from collections.abc import Mapping
from typing import Any, Final

from nmgeo.errors import LayerError
from nmgeo.messages import Text, text

MAX_TILES: Final = 100_000  # of a zoom, that are read of a file
MAX_TILE_BYTES: Final = 2_000_000
_MAX_SIDE: Final = 1024  # pixels of a tile
_SIGNATURES: Final[Mapping[bytes, str]] = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"RIFF": "webp",
}
_JPEG_MARK: Final = 0xFF
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_HEADER: Final = 9  # bytes of a segment up to the width and height
_PNG_HEADER: Final = 24
_WEBP_HEADER: Final = 30
_GZIP: Final = b"\x1f\x8b"  # vector tiles are compressed by it


def find_kind(path: str, picture: Any) -> str:
    """Return the kind of a picture: ``png``, ``jpeg`` or ``webp``.

    Parameters
    ----------
    path : str
        The file of tiles, for messages.
    picture : bytes
        A tile; a value of another type is refused.

    Raises
    ------
    LayerError
        If it is no such picture, damaged, or wider or higher than 1,024 pixels.
    """
    content = bytes(picture) if isinstance(picture, bytes) else b""
    kind = next((kind for mark, kind in _SIGNATURES.items() if content.startswith(mark)), None)
    if content.startswith(_GZIP):
        raise vector_tiles(path)
    if kind is None or (kind == "webp" and content[8:12] != b"WEBP"):
        raise LayerError(path, text("a tile is no PNG, JPEG or WebP"), pictures_needed())
    size = _pixels(kind, content)
    if size is None or min(size) < 1:
        raise LayerError(path, text("a tile is damaged"), pictures_needed())
    if max(size) > _MAX_SIDE:
        wrong = text("a tile has {wide} by {high} pixels", wide=size[0], high=size[1])
        raise LayerError(path, wrong, text("write tiles of {most} or fewer", most=_MAX_SIDE))
    return kind


def _pixels(kind: str, content: bytes) -> tuple[int, int] | None:
    """Return the width and height that a picture states; None if it is cut off before."""
    if kind == "png":
        whole = len(content) > _PNG_HEADER and content.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
        return _numbers(content, 16, 20, 4, "big") if whole else None
    if kind == "jpeg":
        return _jpeg_pixels(content)
    if len(content) < _WEBP_HEADER:
        return None
    if content[12:16] == b"VP8X":
        wide, high = _numbers(content, 24, 27, 3, "little")
        return wide + 1, high + 1
    if content[12:16] == b"VP8L":
        packed = int.from_bytes(content[21:25], "little")
        return (packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1
    wide, high = _numbers(content, 26, 28, 2, "little")
    return wide & 0x3FFF, high & 0x3FFF


def _jpeg_pixels(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + _JPEG_HEADER < len(content) and content[at] == _JPEG_MARK:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            return _numbers(content, at + 7, at + 5, 2, "big")
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _numbers(content: bytes, one: int, other: int, size: int, order: Any) -> tuple[int, int]:
    first, second = (int.from_bytes(content[at : at + size], order) for at in (one, other))
    return first, second


def vector_tiles(path: str) -> LayerError:
    """Return the error of a file of vector tiles."""
    return LayerError(
        path, text("holds vector tiles"), text("give a file of PNG, JPEG or WebP tiles")
    )


def pictures_needed() -> Text:
    """Return the remedy for a file of tiles that cannot be read."""
    return text("give a whole MBTiles or PMTiles file of pictures")
