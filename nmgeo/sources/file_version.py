"""File versions: numbers that change with a file, so that an unchanged file is read only once."""

import os
from contextlib import suppress
from pathlib import Path

from nmgeo.catalog import OwnFile
from nmgeo.sources.file_names import split_layer


def file_version(path: Path) -> tuple[int, ...]:
    """Return numbers that change when a file, one beside it or one inside it changes.

    Parameters
    ----------
    path : Path
        A file or a folder. Files beside it are those of its name with another suffix.

    Returns
    -------
    tuple of int
        Time of the last change in nanoseconds and size in bytes of each file, in the order of
        their names; empty if the path is not there.
    """
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists fails at a name that is too long
        return ()
    inside = path.rglob("*") if path.is_dir() else ()
    beside = [path]  # of a folder that cannot be listed
    with suppress(PermissionError), os.scandir(path.parent) as entries:  # glob takes far longer
        beside += [Path(one.path) for one in entries if one.name.startswith(f"{path.stem}.")]
    parts = [part.stat() for part in sorted({*beside, *inside}) if part.exists()]
    return tuple(number for part in parts for number in (part.st_mtime_ns, part.st_size))


def source_version(file: OwnFile) -> tuple[int, ...]:
    """Return the :func:`file_version` of a user's file; that of a frame is always the same."""
    return () if file.given is not None else file_version(split_layer(file.path)[0])
