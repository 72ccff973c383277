"""Files on the way out: whole or not at all, and never over somebody's work.

This module is longer than 300 lines because every way to write a file needs the same few guards.
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO, Final

from nmgeo.errors import ExportError, NmgeoError, reason
from nmgeo.messages import Text, option, text
from nmgeo.read_files import require_unread

GDAL_MARKS: Final = frozenset("!;\t\n\r")  # what GDAL or its caller reads in a name as its own
OTHER_NAME: Final = text(
    "choose another name or add {overwrite}", overwrite=option("overwrite", value=True)
)
PROJECT: Final = "nmgeo.toml"  # the project file, in the folder where one works
_SKIPPED: Final = ("GDAL_SKIP", "OGR_SKIP")  # variables that name drivers
_NO_DRIVER: Final = re.compile("driver|not recognized")  # in what GDAL says if one is missing
_LONG: Final = 180  # bytes of a name, so that temporary ones beside it stay within 255
_ROOM: Final = 65_536  # bytes; a disk without room for them counts as full
DATABASE_ROOM: Final = 1_048_576  # bytes that a database may lack, and give back when it fails
_REMEDIES: Final = {  # by what the system says
    os.strerror(errno.ENAMETOOLONG): text("choose a shorter name"),
    os.strerror(errno.ENOSPC): text("free some space, or choose another place"),
}
FINISHERS: Final[list[Callable[[Path, Path], None]]] = []  # called with a draft and its path
LISTENERS: Final[list[Callable[[Path], None]]] = []  # called with each file once it is written


def sha256(path: Path) -> str:
    """Hash a file.

    Parameters
    ----------
    path : Path
        A file that can be read.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    import hashlib  # noqa: PLC0415 - not for help

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_to_replace(path: Path) -> None:
    """Stop if there is anything already: a file, a folder, a link that leads nowhere.

    Raises
    ------
    ExportError
        If ``path`` exists, or would once its folders are made.
    """
    if os.path.lexists(resolved_path(path)):
        raise ExportError(str(path), text("is there already"), OTHER_NAME)


def require_name(path: Path) -> None:
    """Stop if no file can have this name, before the system is asked for it.

    Raises
    ------
    ExportError
        If it holds U+0000, or is none in UTF-8.
    """
    remedy = text("choose another name")
    if "\0" in str(path):
        raise ExportError(repr(str(path)), text("its name holds U+0000"), remedy)
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ExportError(str(path), text("its name is not UTF-8"), remedy) from None


def resolved_path(path: Path) -> Path:
    """Return where a path leads once its folders are made: ``new/../a`` is ``a``.

    Returns
    -------
    Path
        Absolute, with the links of its folders followed, but not a link that has its own name.

    Raises
    ------
    ExportError
        If it starts in the working directory and that was deleted, or no file can have its name.
    """
    require_name(path)
    try:
        return Path(os.path.normpath(Path(os.path.realpath(path.parent), path.name)))
    except OSError:
        wrong = text("the working directory was deleted")
        raise ExportError(str(path), wrong, text("change to another folder")) from None


def _require_replaceable(path: Path, file: str) -> None:
    """Stop if there is a folder, a pipe or a device, which no file may replace."""
    remedy = text("choose another name")
    if path.is_dir():
        raise ExportError(file, text("is a folder"), remedy)
    if path.exists() and not path.is_file():
        raise ExportError(file, text("is a device or a pipe"), remedy)


@contextmanager
def staged_path(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Lend a path beside ``path`` to write to; it takes the name once all is written.

    Parameters
    ----------
    path : Path
        Where the file is to be; its folder is made if need be.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Yields
    ------
    Path
        A name in the same folder that does not exist yet. Drafts that killed runs on this
        computer left there for the same file are removed.

    Raises
    ------
    ExportError
        If the file is there, even if it came while this one was written, or the place cannot be
        written to. Nothing is left behind.
    UsageError
        If the command that runs has read it.
    """
    require_name(path)
    draft = path.parent / f"{_stem(path)}.{os.getpid()}.part"
    try:
        if not overwrite:
            refuse_to_replace(path)
        require_unread(path)
        _require_replaceable(resolved_path(path), str(path))
        with _folders_of(path), ExitStack() as at_end:
            at_end.callback(_remove, draft)
            _remove_orphans(path)
            yield draft
            finish(draft, path)
            if overwrite:
                draft.replace(path)
            else:
                _publish(draft, path)
        for listener in LISTENERS:
            listener(path)
    except OSError as error:
        if isinstance(error, NmgeoError):
            raise
        raise unwritten(str(path), reason(error)) from None


def unwritten(file: str, why: str) -> ExportError:
    """Return the error of a file that cannot be written, with why in the words of the system."""
    remedy = without_driver(why) or _REMEDIES.get(why) or text("choose another place")
    return ExportError(file, text("cannot be written ({why})", why=why), remedy)


def without_driver(why: str) -> Text | None:
    """Return what to do if GDAL fails for want of a driver that a variable switches off."""
    variable = next((name for name in _SKIPPED if os.environ.get(name)), None)
    if variable is None or not _NO_DRIVER.search(why):
        return None
    return text("unset {variable}, which switches drivers of GDAL off", variable=variable)


@contextmanager
def _folders_of(path: Path) -> Iterator[None]:
    """Make the folders of a file, and remove those that are empty if it is not written."""
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):  # another file was written there meanwhile
                folder.rmdir()
        raise


def finish(draft: Path, path: Path) -> None:
    """Add to a draft what every file carries, whose hash is then that of the file.

    Parameters
    ----------
    draft : Path
        Whole, and perhaps finished already.
    path : Path
        The name that it gets.
    """
    for finisher in FINISHERS:
        finisher(draft, path)


def _stem(path: Path) -> str:
    """Return how drafts of a file begin on this computer, since others may share the folder."""
    import hashlib  # noqa: PLC0415 - not for help
    import platform  # noqa: PLC0415 - likewise

    computer = hashlib.sha256(platform.node().encode()).hexdigest()[:4]
    plain = "".join("_" if letter in GDAL_MARKS else letter for letter in short_name(path.name))
    return f".{plain}.{computer}"


def short_name(name: str) -> str:
    """Return the name of a file, of a long one its start and a hash, for temporary names.

    Examples
    --------
    >>> short_name("lots.gpkg"), short_name(f"{'long' * 60}.gpkg")[-17:]
    ('lots.gpkg', 'longlong.aaaac5a9')
    """
    import hashlib  # noqa: PLC0415 - not for help

    written = name.encode()
    if len(written) <= _LONG:
        return name
    return f"{written[:_LONG].decode(errors='ignore')}.{hashlib.sha256(written).hexdigest()[:8]}"


def _remove_orphans(path: Path) -> None:
    """Remove the drafts of processes that no longer run."""
    for orphan in path.parent.glob(f"{escape(_stem(path))}.*.part"):
        number = orphan.name.split(".")[-2]
        if number.isdecimal() and not _runs(int(number)):
            _remove(orphan)


def _runs(process: int) -> bool:
    """Tell whether a process of this number runs; where the system does not tell, it may."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _remove(draft: Path) -> None:
    shutil.rmtree(draft, ignore_errors=True)
    with suppress(OSError):
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Give a draft its name unless something has it by now, which no look beforehand can tell."""
    try:
        if draft.is_dir():
            draft.rename(path)  # fails on a file, and on a folder that holds anything
        else:
            _link(draft, path)
    except FileExistsError:
        refuse_to_replace(path)
        raise


def _link(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except OSError:  # perhaps for want of hard links: take the name, then replace what is ours
        path.open("x").close()
        try:
            draft.replace(path)
        except OSError:
            path.unlink()
            raise


def require_plain_folder(draft: Path) -> None:
    """Stop before GDAL would write to another place than it is told.

    Raises
    ------
    OSError
        If the folder of a draft has a name that GDAL reads as more than a name.
    """
    if GDAL_MARKS & set(str(draft.parent)):
        raise OSError(text("GDAL reads '!' and ';' in a name as its own"))


def require_room(draft: Path, size: int = _ROOM) -> None:
    """Raise the error of a full disk, which GDAL leaves out or reports as another error.

    Parameters
    ----------
    draft : Path
        What GDAL wrote, perhaps in part.
    size : int
        How many bytes there must be room for.

    Raises
    ------
    OSError
        If nothing more can be written beside it.
    """
    probe = draft.with_name(f"{draft.name}.room")
    try:
        probe.write_bytes(bytes(size))
    finally:
        probe.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, even after a power cut; another is replaced.

    Parameters
    ----------
    path : Path
        Where to; no other program may write there meanwhile.
    content : bytes
        All of it.

    Raises
    ------
    OSError
        If it cannot be written. The draft beside it is removed then.
    """
    with open_whole(path) as file:
        file.write(content)


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that is there at the end of the block as :func:`write_whole` writes it."""
    draft = path.with_name(f"{path.name}.part")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)  # it takes room on a disk that may have none left
        raise


def write_text(path: Path, content: str, *, overwrite: bool = False) -> Path:
    """Write a text file as UTF-8 with LF line ends.

    Parameters
    ----------
    path : Path
        Where to.
    content : str
        All of it.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    ExportError
        As :func:`staged_path`.
    """
    with staged_path(path, overwrite=overwrite) as draft:
        draft.write_text(content, encoding="utf-8", newline="\n")
    return path
