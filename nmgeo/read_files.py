"""Files that a command reads, over which it writes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from nmgeo.errors import UsageError
from nmgeo.messages import option, text

_READ: Final = ContextVar[set[Path] | None]("read", default=None)


@contextmanager
def noted_files() -> Iterator[None]:
    """Note the files that are read in this block; within another such block, in that one."""
    token = _READ.set(set() if (known := _READ.get()) is None else known)
    try:
        yield
    finally:
        _READ.reset(token)


def note_read(*paths: Path) -> None:
    """Note files or folders as read by the command that runs."""
    if (known := _READ.get()) is not None:
        known.update(paths)


def require_unread(out: Path) -> None:
    """Refuse to write over what the command that runs has read. Errors: :func:`require_apart`."""
    for path in sorted(_READ.get() or ()):
        require_apart(out, path)


def require_apart(out: Path, path: Path) -> None:
    """Refuse to write over a file that is read, or where it would be read the next time.

    Raises
    ------
    UsageError
        If ``out`` is that file, or lies in that folder.
    """
    if _is_same_file(out, path):
        wrong = text("is a file that is read")
        raise UsageError(option("out", str(out)), wrong, text("choose another name"))
    if path.is_dir() and path.resolve() in out.resolve().parents:
        wrong = text("lies in {folder}, which is read", folder=str(path))
        raise UsageError(option("out", str(out)), wrong, text("choose another place"))


def _is_same_file(out: Path, path: Path) -> bool:
    """Tell whether two paths lead to one file; one that is not there, or cannot be, is no other."""
    try:
        return out.samefile(path)
    except OSError:
        return False
