"""The table of a Shapefile, its .dbf: where its text is, and what is marked as deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from nmgeo.sources.archive import open_archive

FIELD: Final = 32  # bytes that describe a field, as many as the head has
_ZIP: Final = "/vsizip/"
_CHUNK: Final = 1 << 22
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


def text_fields(table: IO[bytes]) -> tuple[int, list[tuple[int, int]]]:
    """Read the head of a .dbf.

    Returns
    -------
    (int, list of (int, int))
        The bytes of a row, and where in it each column of text begins and ends. The file then
        stands at its first row.
    """
    head = table.read(FIELD)
    width, size = int.from_bytes(head[10:12], "little"), int.from_bytes(head[8:10], "little")
    described, spans, start = table.read(max(size - FIELD, 0)), [], 1
    for at in range(0, len(described) - FIELD + 1, FIELD):
        end = start + described[at + 16]
        if described[at + 11 : at + 12] == b"C":
            spans.append((start, end))
        start = end
    return width, spans


def count_deleted(path: str) -> int:
    """Count the records that are marked as deleted, which GDAL counts and does not read.

    Parameters
    ----------
    path : str
        A Shapefile as GDAL opens it.
    """
    count = 0
    with open_table(path) as table:
        width = text_fields(table)[0] if table is not None else 0
        while width and table is not None and (rows := table.read(max(_CHUNK // width, 1) * width)):
            count += rows[::width].count(_DELETED)
    return count
