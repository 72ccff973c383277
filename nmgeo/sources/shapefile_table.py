"""The table of a Shapefile, its .dbf: where its text is, and what is marked as deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple

import numpy as np

from nmgeo.sources.archive import open_archive

_FIELD: Final = 32  # bytes that describe a field, as many as the head has
_ZIP: Final = "/vsizip/"
_CHUNK: Final = 1 << 22
_END: Final = 0x0D  # behind the last field
_DELETED: Final = ord("*")


def file_of(path: str) -> Path | None:
    """Return the file on this computer that GDAL opens, None if it is no file."""
    whole = Path(path.removeprefix(_ZIP))
    return next((one for one in (whole, *whole.parents) if one.is_file()), None)


@contextmanager
def open_table(path: str) -> Iterator[IO[bytes] | None]:
    """Open the .dbf of a Shapefile, in a folder or in an archive; None if there is none."""
    shapes, file = Path(path.removeprefix(_ZIP)), file_of(path)
    if not path.startswith(_ZIP) or file is None:
        beside = (shapes.with_suffix(suffix) for suffix in (".dbf", ".DBF"))
        table = next((one for one in beside if one.is_file()), None)
        if table is None:
            yield None
        else:
            with table.open("rb") as opened:
                yield opened
        return
    with open_archive(file, str(file)) as archive:
        stem = shapes.relative_to(file).with_suffix(".dbf").as_posix().lower()
        name = next((name for name in archive.namelist() if name.lower() == stem), None)
        if name is None:
            yield None
        else:
            with archive.open(name) as opened:
                yield opened


class Head(NamedTuple):
    """The head of a .dbf.

    Attributes
    ----------
    size, width : int
        Bytes of the head and of a row.
    names : list of bytes
        Names of the columns.
    texts : list of (int, int)
        Where in a row each column of text begins and ends.
    """

    size: int
    width: int
    names: list[bytes]
    texts: list[tuple[int, int]]


def read_head(table: IO[bytes]) -> Head:
    """Read the head of a .dbf, which then stands at its first row."""
    head = table.read(_FIELD)
    size, width = (int.from_bytes(head[at : at + 2], "little") for at in (8, 10))
    described = table.read(max(size - _FIELD, 0))
    names, texts, start = [], [], 1
    for at in range(0, len(described) - _FIELD + 1, _FIELD):
        if described[at] == _END:
            break
        end = start + described[at + 16]
        names.append(described[at : at + 11].split(b"\0")[0])
        if described[at + 11 : at + 12] == b"C":
            texts.append((start, end))
        start = end
    return Head(size, width, names, texts)


def read_rows(table: IO[bytes], width: int) -> Iterator[np.ndarray]:
    """Read the rest of a .dbf: arrays of bytes, n x width; nothing for a damaged head."""
    while width and (rows := table.read(max(_CHUNK // width, 1) * width)):
        whole = len(rows) // width * width
        yield np.frombuffer(rows[:whole], dtype=np.uint8).reshape(-1, width)


def count_deleted(path: str) -> int:
    """Count the records that are marked as deleted, which GDAL counts and does not read.

    Parameters
    ----------
    path : str
        A Shapefile as GDAL opens it.
    """
    with open_table(path) as table:
        if table is None:
            return 0
        width = read_head(table).width
        return sum(int((rows[:, 0] == _DELETED).sum()) for rows in read_rows(table, width))
