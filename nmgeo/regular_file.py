"""Files that can be read to an end: no folder, device or pipe; what the system says in words."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nmgeo.errors import LayerError, NmgeoError, reason
from nmgeo.messages import text
from nmgeo.read_files import note_read

_ADDRESS: Final = re.compile(r"([a-z][a-z0-9+.-]+:)/+", re.IGNORECASE)
_NOT_THERE: Final = (errno.ENOENT, errno.ENOTDIR)


def is_there(path: Path | str) -> bool:
    """Whether there is such a file or folder; a name that no system takes is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # it is too long, or holds NUL
        return False


def require_regular_file(path: Path, name: str, *, may_be_empty: bool = False) -> None:
    """Stop unless a file can be opened and read to an end, and holds something.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        What the user typed, for the message.
    may_be_empty : bool
        Whether a file without content passes.

    Raises
    ------
    LayerError
        If it is missing, empty (as the files of /proc say they are), a folder, a device or a pipe,
        or may not be opened.
    """
    with unopened_as_error(name):
        state = _state(path, name)
        if stat.S_ISDIR(state.st_mode):
            raise LayerError(name, text("is a folder"), text("name a file in it"))
        if not stat.S_ISREG(state.st_mode):
            remedy = text("save what it gives to a file first")
            raise LayerError(name, text("is a device or a pipe"), remedy)
        if not (state.st_size or may_be_empty):
            raise LayerError(name, text("is empty"), text("get it again"))
        path.open("rb").close()
    note_read(path)


def _state(path: Path, name: str) -> os.stat_result:
    try:
        return path.stat()
    except ValueError:  # no system takes such a name
        raise not_found(name) from None


def not_found(name: str) -> LayerError:
    """Say that there is no such file; of an address, that it is not opened."""
    if scheme := _ADDRESS.match(name):
        address = f"{scheme[1]}//{name[scheme.end() :]}"  # pathlib drops a slash
        remedy = text("download the file, and give the path that it then has")
        return LayerError(address, text("is an address, which is not opened"), remedy)
    return LayerError(name, text("not found"), text("check the name"))


@contextmanager
def unopened_as_error(name: str) -> Iterator[None]:
    """Raise a :class:`LayerError` for what the system says of a file in the block."""
    try:
        yield
    except OSError as error:
        if isinstance(error, NmgeoError):
            raise
        if error.errno in _NOT_THERE:
            raise not_found(name) from None
        wrong = text("cannot be opened ({why})", why=reason(error))
        raise LayerError(name, wrong, text("check the name and its permissions")) from None
