"""Journals: the finished parts of a long run, kept beside its output until that is whole."""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from glob import escape
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa

from nmgeo.errors import ExportError, UsageError
from nmgeo.files import open_whole, short_name, write_whole
from nmgeo.messages import Text, option, text

try:
    import fcntl
except ImportError:  # there is none on Windows, where two runs are not told apart
    fcntl = None  # type: ignore[assignment]

_NAME: Final = "journal.json"
_LOCK: Final = "lock"
_DELIVERED: Final = "delivered.json"
_SHORT_S: Final = 5.0  # seconds that a run takes at least before its batches are kept
_HELD_BYTES: Final = 2**25  # of batches that are done and not yet kept
_REMEDY: Final = text("leave out {resume} to start again", resume=option("resume", value=True))


class Journal:
    """The folder of an unfinished run: what was asked of it, and each batch that is done.

    While it is open no other run can write the same output; a run that is killed lets go of it.

    Parameters
    ----------
    out : Path
        Where the output is to be; the folder is ``.<name>.parts`` beside it.
    asked : mapping of str to str
        What the parts follow from: options by the name of their parameter, and in words the
        input, the content of layers, the version and the batch size.
    resume : bool
        Go on with the parts that are there, instead of beginning anew.

    Raises
    ------
    UsageError
        If the parts that are there follow from something else.
    ExportError
        If another run is writing this output.
    """

    def __init__(self, out: Path, asked: Mapping[str, str], *, resume: bool) -> None:
        """Find the folder, or make it."""
        self.folder = journal_folder(out)
        self.whole = self.folder / f"whole{out.suffix}"  # the output, while it is written
        self._held: list[tuple[int, pa.Table]] = []  # batches that are done and not yet kept
        self._lasts_at = monotonic() + _SHORT_S
        self._lock = _locked(self.folder, out)
        try:
            self.resumed = resume and self._is_begun()  # whether parts of an earlier run are used
            if self.resumed:
                self._require(out, dict(asked))
            else:
                self._begin(out, asked)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        """Hold the folder until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Keep what is done by a run that stops, if there is room; let another have the folder."""
        try:
            if kind is not None:
                with suppress(OSError):  # why the run stops is what there is to say
                    self._keep_held()
        finally:
            os.close(self._lock)

    def find(self, number: int) -> pa.Table | None:
        """Return a batch that is done, None if it is not."""
        try:
            with pa.OSFile(str(self._part(number))) as file:
                return pa.ipc.open_file(file).read_all()
        except (OSError, pa.ArrowInvalid):
            return None

    def keep(self, number: int, table: pa.Table) -> None:
        """Keep a batch; it is there as a whole or not at all, even after a power cut.

        Those of the first seconds are held until the run lasts longer, or stops: to keep them takes
        longer than it would save a run that is over by then.
        """
        self._held.append((number, table))
        held_bytes = sum(table.nbytes for _, table in self._held)
        if monotonic() > self._lasts_at or held_bytes > _HELD_BYTES:
            self._keep_held()

    def _keep_held(self) -> None:
        """Keep what is held; after one that cannot be kept, the others are of no use."""
        held, self._held = self._held, []
        for number, table in held:
            with (
                open_whole(self._part(number)) as file,
                pa.ipc.new_file(file, table.schema) as writer,
            ):
                writer.write_table(table)

    def deliver(self, draft: Path) -> None:
        """Move the whole output to where it takes its name; all of it is on the disk by then."""
        with self.whole.open("r+b") as file:
            os.fsync(file.fileno())
        write_whole(self.folder / _DELIVERED, json.dumps(_identity(self.whole)).encode())
        self.whole.replace(draft)

    def discard(self) -> None:
        """Remove the folder and all that is in it."""
        self._held.clear()
        _settle(self.folder.parent)
        with suppress(FileNotFoundError):  # the next run has tidied up already
            self._clear()
        (self.folder / _LOCK).unlink(missing_ok=True)
        with suppress(OSError):  # another run has come in
            self.folder.rmdir()

    def discard_unbegun(self) -> None:
        """Remove the folder if no batch is done, or if what is done cannot be kept."""
        with suppress(OSError):
            self._keep_held()
        if self.find(0) is None:
            self.discard()

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:06}.arrow"

    def _is_begun(self) -> bool:
        """Whether a run got as far as to say what was asked of it, which it does first."""
        return (self.folder / _NAME).exists() or self.find(0) is not None

    def _begin(self, out: Path, asked: Mapping[str, str]) -> None:
        self._clear()
        stem = escape(short_name(out.name))
        for orphan in out.parent.glob(f".{stem}.*.part"):  # of a run that was killed
            orphan.unlink()
        write_whole(self.folder / _NAME, json.dumps(asked, indent=2).encode())

    def _clear(self) -> None:
        """Empty the folder; what was asked goes last, as nothing else says what parts are of."""
        paths = sorted(self.folder.iterdir(), key=lambda path: path.name == _NAME)
        for path in paths:
            if path.name != _LOCK:
                path.unlink()

    def _require(self, out: Path, asked: dict[str, str]) -> None:
        try:
            begun = json.loads((self.folder / _NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise UsageError(_thing(out), text("its journal cannot be read"), _REMEDY) from None
        other = [name for name in {**asked, **begun} if begun.get(name) != asked.get(name)]
        if other:
            what = option(other[0]) if other[0].isidentifier() else other[0]
            wrong = text("was started with another {what}", what=what)
            raise UsageError(_thing(out), wrong, _REMEDY)


def _thing(out: Path) -> Text:
    return text("{resume} {out}", resume=option("resume", value=True), out=out)


def journal_folder(out: Path) -> Path:
    """Return the folder of the journal of an output."""
    return out.with_name(f".{short_name(out.name)}.parts")


def is_finished(out: Path) -> bool:
    """Whether an output is that of a run which was killed before it had tidied up."""
    try:
        said = json.loads((journal_folder(out) / _DELIVERED).read_text(encoding="utf-8"))
        return bool(said == _identity(out))
    except (OSError, ValueError):
        return False


def remove_journal(out: Path) -> None:
    """Remove the folder of a run whose output is there."""
    if is_finished(out):
        shutil.rmtree(journal_folder(out), ignore_errors=True)


def tidy_up(out: Path) -> None:
    """Remove the folder of an output that is complete, unless a run is writing there."""
    if journal_folder(out).is_dir():
        with suppress(ExportError, OSError), Journal(out, {}, resume=False) as journal:
            journal.discard()


def _identity(file: Path) -> list[Any]:
    """Tell a file from every other, whatever its name."""
    seen = file.stat()
    return [seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns]


def _locked(folder: Path, out: Path) -> int:
    """Make the folder, and hold the lock in it, which goes with the process that holds it."""
    while True:
        folder.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # the run that had it has just removed it: once more
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT)
            try:
                _take(lock, out)
                if os.path.samestat(os.fstat(lock), (folder / _LOCK).stat()):
                    return lock
            except BaseException:
                os.close(lock)
                raise
            os.close(lock)


def _take(lock: int, out: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        wrong = text("another run is writing this")
        remedy = text("wait for it, or choose another name")
        raise ExportError(str(out), wrong, remedy) from None
    except OSError:  # a disk that knows no locks, as some in a network
        return


def _settle(folder: Path) -> None:
    """See to it that names in a folder outlast a power cut, where a system lets one."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
