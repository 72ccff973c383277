"""Refuse a file for those beside it, which GDAL reads with it: .dbf, .prj, .cpg and others."""

import os
from pathlib import Path
from typing import Final

from nmgeo.errors import LayerError
from nmgeo.messages import text
from nmgeo.sources.crs_places import require_own_crs
from nmgeo.sources.size_limits import SIDE, raise_limit

_SIDE_TEXTS: Final = (".prj", ".qpj", ".cpg", ".cst", ".gfs", ".xsd", ".csvt")
_PARTS: Final = (".shx", ".dbf", ".prj", ".cpg")  # of a Shapefile


def require_side_files(path: Path, file: str, max_size: int) -> None:
    """Refuse what GDAL would read beside a file: a link away, endless text, or what it cannot read.

    Without its table a Shapefile would be measured without its attributes.

    Parameters
    ----------
    path : Path
        The file.
    file : str
        What the user typed, for the message.
    max_size : int
        Bytes up to which a text beside it is read.

    Raises
    ------
    LayerError
        With the name of the file beside it.
    """
    folders = {path.parent.resolve(), path.resolve().parent}
    for entry in _beside(path):
        if entry.is_symlink() and path.with_name(entry.name).resolve().parent not in folders:
            wrong = text("the file {name!r} beside it is a link to another folder", name=entry.name)
            raise LayerError(file, wrong, text("put the file itself there"))
        _require_readable(entry, file)
        if entry.name.lower().endswith(_SIDE_TEXTS):
            _require_text(entry, file, max_size)


def _require_readable(entry: os.DirEntry[str], file: str) -> None:
    name = entry.name
    if name.lower().endswith(_PARTS) and not os.access(entry.path, os.R_OK):
        wrong = text("the file {name!r} beside it cannot be opened", name=name)
        raise LayerError(file, wrong, text("check its permissions"))
    if not (entry.is_file() or entry.is_dir()):
        wrong = text("the file {name!r} beside it is a device or a pipe", name=name)
        raise LayerError(file, wrong, text("rename or remove it"))


def _require_text(entry: os.DirEntry[str], file: str, max_size: int) -> None:
    if (size := entry.stat().st_size) > max(SIDE, max_size):
        wrong = text(
            "the file {name!r} beside it has {megabytes:,.0f} MB",
            name=entry.name,
            megabytes=size / 1e6,
        )
        raise LayerError(file, wrong, raise_limit(size))
    if entry.is_file():
        with Path(entry.path).open("rb") as part:
            require_own_crs(part, file, entry.name)


def _beside(path: Path) -> list[os.DirEntry[str]]:
    """Return what GDAL may take for a part of a file: it has its name, in any case."""
    start, own = f"{path.stem}.".casefold(), path.name
    with os.scandir(path.parent) as entries:
        return [e for e in entries if e.name.casefold().startswith(start) and e.name != own]
