"""Errors and notices: what is wrong, where, and what to do, in one line, with an exit code."""

import errno
import os
import re
import sys
import warnings
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any, ClassVar, Final
from unicodedata import category

_FACTS: Final[ContextVar[set[Hashable] | None]] = ContextVar("facts", default=None)
_FULL: Final = "disk is full"  # in what SQLite says
_SQL: Final = re.compile(r"sqlite3_\w+\(.*\) failed: ")  # in what GDAL says of it
_HELD: Final[ContextVar[list[str] | None]] = ContextVar("held", default=None)
_KEPT: Final[list[Any]] = []  # filters of warnings
_ONE_SAYS: Final = RLock()
_LONGEST_WORD: Final = 255  # as the longest name of a file
_ENDLESS: Final = re.compile(rf"\w{{{_LONGEST_WORD + 1},}}")
_SHOWN: Final = 60  # characters of a longer one
EXIT_CODES: Final[Mapping[int, str]] = {
    0: "done",
    2: "wrong usage",
    3: "a check failed",
    4: "input rejected",
    5: "source or cluster not reached",
    6: "output not written",
}


class NmgeoError(Exception):
    """An error that the user can correct.

    Parameters
    ----------
    thing : str
        Where: a file, layer, parameter, row or field.
    wrong : str
        What is wrong with it.
    remedy : str
        What to do, as an instruction.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, thing: str, wrong: str, remedy: str) -> None:
        """Store the three parts, so that a caller need not parse the text."""
        self.thing, self.wrong, self.remedy = thing, wrong, remedy
        super().__init__(thing, wrong, remedy)

    def __str__(self) -> str:
        """Return the message on one line, as :func:`message_line` writes it."""
        return message_line(f"{self.thing}: {self.wrong}; {self.remedy}")


def message_line(message: str) -> str:
    """Return a message on one line, without control characters, its longest words cut short.

    Examples
    --------
    >>> len(message_line(f"site {'x' * 10_000}: unknown"))
    75
    """
    short = message
    if len(message) > _LONGEST_WORD:
        short = _ENDLESS.sub(lambda word: f"{word[0][:_SHOWN]}…", message)
    return on_one_line(short)


def on_one_line(message: str) -> str:
    """Replace characters that would break the line or move the cursor."""
    return message if message.isprintable() else "".join(map(replace_control, message))


def first_line(error: BaseException) -> str:
    """Return the first line of what an error of a library says, or its kind if it says nothing."""
    return next((line for line in map(str.strip, str(error).splitlines()) if line), "") or (
        type(error).__name__
    )


def reason(error: BaseException) -> str:
    """Return what the system says of an error; the first line of it if that is of no system."""
    return getattr(error, "strerror", None) or first_line(error)


def replace_control(character: str) -> str:
    """Return a character, or a replacement if it is not printable; a wide space is."""
    shown = character.isprintable() or category(character) == "Zs"
    return character if shown else "\N{REPLACEMENT CHARACTER}"


def system_error(error: BaseException) -> OSError:
    """Return the error of the system that a library tells as one of its database, without SQL."""
    if isinstance(error, OSError):
        return error
    said = first_line(error)
    if _FULL in said:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return OSError(_SQL.sub("", said))


class Notice(UserWarning):
    """A fact that the user of a result must know, such as a repair or a limit."""


@contextmanager
def facts_said_once() -> Iterator[None]:
    """Let :func:`notify` tell each fact once in this block; the outermost block counts."""
    if _FACTS.get() is not None:
        yield
        return
    token = _FACTS.set(set())
    try:
        yield
    finally:
        _FACTS.reset(token)


@contextmanager
def held_notices() -> Iterator[list[str]]:
    """Let :func:`notify` put what it would say in this block into a list, and not say it."""
    held: list[str] = []
    token = _HELD.set(held)
    try:
        yield held
    finally:
        _HELD.reset(token)


@contextmanager
def filters_kept() -> Iterator[None]:
    """Let :func:`notify` in all threads follow the filters of warnings as they are now.

    Python has one list of filters for all threads. One that ignores warnings for a moment, as
    ``shapely.is_valid`` does, silences the others, and two at a time may leave it so, or change the
    list that the first one found.
    """
    found: Any = warnings.filters
    kept = list(found)
    _KEPT.append(kept)
    try:
        yield
    finally:
        _KEPT.pop()
        found[:] = kept
        warnings.filters = found


@contextmanager
def _kept_filters() -> Iterator[None]:
    if not _KEPT:
        yield
        return
    with _ONE_SAYS:
        before, warnings.filters = warnings.filters, list(_KEPT[-1])
        try:
            yield
        finally:
            warnings.filters = before


def notify(said: str, *, fact: Hashable = None) -> None:
    """Warn of a fact, at the line of the user's code that led to it.

    Parameters
    ----------
    said : str
        The message.
    fact : hashable, optional
        What it is about, if a command tells that once, in whatever words.

    Warns
    -----
    Notice
        The fact. Its place is the innermost frame outside this package.
    """
    if (held := _HELD.get()) is not None:
        held.append(said)
        return
    if fact is not None and (facts := _FACTS.get()) is not None:
        if fact in facts:
            return
        facts.add(fact)
    level, frame = 1, sys._getframe()  # noqa: SLF001 - as warnings does
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == __package__:
        level, frame = level + 1, frame.f_back
    with _kept_filters():
        warnings.warn(said, Notice, stacklevel=level)


class UsageError(NmgeoError, ValueError):
    """The command or call has wrong parameters."""

    exit_code = 2


class UnknownLayerError(UsageError, LookupError):
    """No layer has this name."""


class UnknownSiteError(UsageError, LookupError):
    """No site has this id."""


class UnitError(UsageError):
    """A length could not be read."""


class AuditError(NmgeoError):
    """A check was completed and failed."""

    exit_code = 3


class LayerError(NmgeoError, ValueError):
    """Input data cannot be used as they are."""

    exit_code = 4


class MissingCRSError(LayerError):
    """A file does not state its coordinate reference system."""


class DoubtfulCRSError(LayerError):
    """The coordinates of a file do not fit the coordinate reference system that it states."""


class UnmatchedPolicyError(LayerError):
    """A policy or a claim names a place, a policy or a source that does not exist."""


class SourceError(NmgeoError, OSError):
    """A service, cluster or tool that is needed is not available."""

    exit_code = 5


class ExportError(NmgeoError, OSError):
    """The output could not be written."""

    exit_code = 6
