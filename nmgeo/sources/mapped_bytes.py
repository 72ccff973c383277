"""The bytes of a file, looked through without reading it as a whole."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def mapped_bytes(path: Path) -> Iterator[mmap.mmap | bytes]:
    """Map a file into memory until the end of the block.

    Parameters
    ----------
    path : Path
        A regular file.

    Yields
    ------
    mmap or bytes
        No bytes of an empty file, which cannot be mapped.

    Raises
    ------
    OSError
        If it cannot be opened.
    """
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # it is empty
            yield b""
            return
        with mapped:
            yield mapped
