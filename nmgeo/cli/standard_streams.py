"""Standard streams: what happens if one is closed, breaks, or is a terminal that obeys escapes."""

import codecs
import io
import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, Final

from nmgeo.errors import replace_control

_WIDEST: Final = 1_000  # columns of a terminal
_MODES: Final = (  # of a stream that was closed: reading finds nothing, a message is lost,
    ("stdin", "r", os.O_RDONLY),  # and writing data fails, so that the run does not end as done
    ("stdout", "w", os.O_RDONLY),
    ("stderr", "w", os.O_WRONLY),
)


def reopen_closed() -> None:
    """Open each standard stream that the caller closed, so that no file takes its number."""
    for number, (name, mode, flag) in enumerate(_MODES):
        if getattr(sys, name) is not None:
            continue
        with suppress(OSError):
            taken = os.open(os.devnull, flag)
            if taken != number:
                os.dup2(taken, number)
                os.close(taken)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def discard_unwritten() -> None:
    """Give up what a stream did not take, which Python would otherwise try again at the end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)


def printable(data: str) -> str:
    """Return text as a terminal may be given it: only line ends and tabs steer it."""
    return "".join(c if c in "\n\t" else replace_control(c) for c in data)


class PrintableWriter(io.RawIOBase):
    """Writes UTF-8 to a terminal without the control characters that values may hold."""

    def __init__(self, stream: IO[str]) -> None:
        """Write to an open text stream."""
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Write bytes, which may end inside a character, and return how many they were."""
        self._stream.write(printable(self._decode(bytes(data))))
        return len(data)

    def flush(self) -> None:
        """Flush the terminal."""
        self._stream.flush()


def note_printed(content: bytes) -> None:
    """Note what is printed into a file, for its provenance."""
    from nmgeo import provenance  # noqa: PLC0415 - not for help

    provenance.note_printed(content)


class NotedWriter(io.RawIOBase):
    """Writes bytes to a stream, and tells a function what it wrote."""

    def __init__(self, stream: IO[bytes], note: Callable[[bytes], object]) -> None:
        """Write to an open stream of bytes."""
        self._stream, self._note = stream, note

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Write bytes, and return how many they were."""
        content = bytes(data)
        self._stream.write(content)
        self._note(content)
        return len(content)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


def is_file(stream: IO[str]) -> bool:
    """Tell whether a stream leads into a file, as of ``nmgeo area > areas.csv``."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def terminal_width() -> int:
    """Return the columns of the terminal; more than :data:`_WIDEST` hold no table of ours.

    ``COLUMNS`` may say any number, and each line of a table is filled up to it.
    """
    return min(shutil.get_terminal_size().columns, _WIDEST)
