"""PMTiles: map tiles in one file, found through directories.

The file is somebody else's. Each part of it that is read has a limit, unpacked too, and the number
of directories on the way to a tile is bounded by the format.
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import IO, Final

from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from nmgeo.errors import LayerError
from nmgeo.messages import text
from nmgeo.sources.tile_pictures import (
    MAX_TILE_BYTES,
    MAX_TILES,
    pictures_needed,
    vector_tiles,
)

MAGIC: Final = b"PMTiles"
_HEADER_BYTES: Final = 127
_MAX_PART_BYTES: Final = 1_000_000  # of a directory or the metadata, unpacked
_MAX_DIRECTORY_BYTES: Final = 10_000_000  # of all that are read, unpacked
_MAX_DEPTH: Final = 4  # directories on the way to a tile, after the specification
_OVERLONG: Final = re.compile(rb"[\x80-\xff]{10}")  # a number of more than 63 bits
_GZIP_WINDOW: Final = 31
_VECTOR: Final = ("MVT", "MLT")  # names, since older versions know the first alone
_DAMAGED: Final = (
    *(MagicNumberNotFound, SpecVersionUnsupported, EOFError, OverflowError, ValueError),
    *(OSError, IndexError, RecursionError, zlib.error),
)


class PMTiles:
    """The tiles of an open file; read them with :func:`nmgeo.sources.raster_tiles`."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        self._file = file
        self._header = deserialize_header(self._read(0, _HEADER_BYTES, _HEADER_BYTES))
        if self._header["tile_type"].name in _VECTOR:
            raise vector_tiles(path)
        self.zooms: Sequence[int] = range(self._header["min_zoom"], self._header["max_zoom"] + 1)
        self.facts: Mapping[str, str] = self._read_facts()
        self._unpacked = 0  # bytes of all directories that were read
        self._directory = lru_cache(maxsize=64)(self._read_directory)

    def tiles(
        self, zoom: int, columns: tuple[int, int], rows: tuple[int, int]
    ) -> Iterator[tuple[int, int, bytes]]:
        """List column, row and picture of the tiles in a range; rows count from the north."""
        places = product(range(columns[0], columns[1] + 1), range(rows[0], rows[1] + 1))
        for (column, row), _ in zip(places, range(MAX_TILES), strict=False):
            picture = self._find(zxy_to_tileid(zoom, column, row))
            if picture is not None:
                yield column, row, picture

    def _find(self, tile: int) -> bytes | None:
        head = self._header
        place = head["root_offset"], head["root_length"]
        for _ in range(_MAX_DEPTH):
            entry = find_tile(self._directory(*place), tile)
            if entry is None:
                return None
            if entry.run_length:
                start = head["tile_data_offset"] + entry.offset
                return self._read(start, entry.length, MAX_TILE_BYTES)
            place = head["leaf_directory_offset"] + entry.offset, entry.length
        return None

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        packed = self._read(offset, length, _MAX_PART_BYTES)
        plain = _unpack(packed)
        self._unpacked += len(plain)
        if self._unpacked > _MAX_DIRECTORY_BYTES:
            raise ValueError("its directories are too long")
        if _OVERLONG.search(plain):
            raise ValueError("a number is too long")
        return deserialize_directory(packed)

    def _read_facts(self) -> dict[str, str]:
        head = self._header
        written = self._read(head["metadata_offset"], head["metadata_length"], _MAX_PART_BYTES)
        if head["internal_compression"] == Compression.GZIP:
            written = _unpack(written)
        told = json.loads(written or b"{}")
        facts = told.items() if isinstance(told, dict) else ()
        return {key: value for key, value in facts if isinstance(value, str)}

    def _read(self, offset: int, length: int, most: int) -> bytes:
        if length > most:
            raise ValueError("a part is too long")
        self._file.seek(offset)
        return self._file.read(length)


@contextmanager
def open_pmtiles(path: str) -> Iterator[PMTiles]:
    """Open a PMTiles file of version 3.

    Raises
    ------
    LayerError
        If it is damaged or of vector tiles; also while tiles are read.
    """
    try:
        with Path(path).open("rb") as file:
            yield PMTiles(file, path)
    except LayerError:  # is a ValueError too
        raise
    except _DAMAGED:
        raise LayerError(path, text("cannot be read as PMTiles"), pictures_needed()) from None


def _unpack(packed: bytes) -> bytes:
    """Unpack up to the limit of a part."""
    unpacking = zlib.decompressobj(_GZIP_WINDOW)
    plain = unpacking.decompress(packed, _MAX_PART_BYTES)
    if not unpacking.eof:
        raise ValueError("a part is cut off or too long")
    return plain
