"""Provenance: which command wrote a file, and from what.

A file carries its statement where its format can hold one (:mod:`nmgeo.stamps`): the command and
the inputs, without paths and without the time, so that the same input gives the same bytes on any
day and in any folder. A journal of the user keeps the same by the SHA-256 of each file, with the
paths and the time, also of what was printed into a file. ``NMGEO_JOURNAL`` names its folder, or
turns it off.

This module is longer than 300 lines because a run, the statement in its file and its line in the
journal hold the same facts.
"""

import hashlib
import json
import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any, Final

from nmgeo.catalog import Catalog, Layer, OwnFile
from nmgeo.errors import ExportError
from nmgeo.files import FINISHERS, LISTENERS, OTHER_NAME, sha256, write_whole
from nmgeo.json_objects import read_json_object
from nmgeo.messages import text
from nmgeo.read_files import note_read, noted_files
from nmgeo.regular_file import is_there
from nmgeo.stamps import holds_stamp, read_stamp, stamp_text, write_stamp
from nmgeo.stated_credits import stated_credits

VARIABLE: Final = "NMGEO_JOURNAL"
SCHEMA: Final = "nmgeo.provenance/1"
_OFF: Final = "off"
_KEPT: Final = 2_000  # records; of more, the oldest are removed, and a twentieth of these
_LARGEST: Final = 1_000_000_000  # bytes of an input; the hash of a larger one would take too long
_RECORD: Final = re.compile(r"[0-9a-f]{64}\.json")
_HOW: Final = ("--overwrite", "--resume")  # how it is written, likewise
_NO_HASH: Final = "the hash of the exact file is left out, since it would confirm a guess of it"
_OUTPUTS: Final = ("-o", "--out")  # where a file is written says nothing of what is in it


@dataclass
class Run:
    """One command: what was called, and the data that it could read."""

    command: str
    catalog: Catalog | None = None
    own: dict[str, OwnFile] = field(default_factory=dict)  # without the values of frames
    used: set[str] = field(default_factory=set)  # names of layers and tables, and paths of files
    remarks: dict[str, list[str]] = field(default_factory=dict)  # what is said of them, by name
    tables: dict[str, OwnFile] = field(default_factory=dict)  # read beside a catalog, by path
    hidden: dict[str, str] = field(default_factory=dict)  # what was lost of own files, by name
    printed: Any = None  # hash of what went to stdout; None if nothing did

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Own files, fetched layers and shipped data that were read, each with its SHA-256."""
        own = [(n, file) for n, file in self.own.items() if {n, file.path} & self.used]
        own += [(_without_folder(path), file) for path, file in self.tables.items()]
        shipped = () if self.catalog is None else _shipped(self.catalog, self.used - {*self.own})
        found = [*({"name": name, **_own(file)} for name, file in own), *shipped]
        return [one | self._remark(one["name"]) for one in found]

    @property
    def own_paths(self) -> dict[str, str]:
        """By the name of an input, where the user's file lies on this computer."""
        tables = {_without_folder(path): file for path, file in self.tables.items()}
        own = {name: file.on_disk for name, file in (self.own | tables).items()}
        return {name: str(path.resolve()) for name, path in own.items() if path is not None}

    def _remark(self, name: str) -> dict[str, str]:
        said = self.remarks.get(name)
        return {"remark": "; ".join(said)} if said else {}

    def _hidden(self, name: str) -> dict[str, Any]:
        said = self.hidden.get(name)
        return {"sha256": None, "remark": f"{said}; {_NO_HASH}"} if said else {}

    @property
    def statement(self) -> dict[str, Any]:
        """What a file says of itself: nothing that differs between days, folders or computers.

        Nor the hash of a file whose places are hidden: it would confirm a guess of them.
        """
        inputs = [
            one | {"file": _without_folder(one["file"])} | self._hidden(one["name"])
            for one in self.inputs
        ]
        command = " ".join(map(_without_folders, self.command.split(" ")))
        return {"schema": SCHEMA, "nmgeo": _version(), "command": command, "inputs": inputs}


_RUN: Final = ContextVar[Run | None]("run", default=None)


def command_line(args: Sequence[str]) -> str:
    """Return a command as it was typed, without the file that it writes.

    Examples
    --------
    >>> command_line(["near", "stations", "-o", "a.csv", "--within", "1km"])
    'nmgeo near stations --within 1km'
    """
    words = iter(args)
    kept = []
    for word in words:
        if word in _OUTPUTS:
            next(words, None)
        elif word not in _HOW and not word.startswith("--out="):
            kept.append(word)
    return shlex.join(["nmgeo", *kept])


@contextmanager
def run(command: str) -> Iterator[None]:
    """Record files written in this block as written by a command; the outermost block counts."""
    with nullcontext() if _RUN.get() is not None else run_again(command):
        yield


@contextmanager
def run_again(command: str) -> Iterator[None]:
    """Record files written in this block as written by this command alone.

    Whatever command is around it, the same files are then written with the same statement.
    """
    token = _RUN.set(Run(command))
    try:
        with noted_files():
            yield
    finally:
        _RUN.reset(token)


def note_used(*names: str) -> None:
    """Note layers and tables by name, or own files by path, as read by the command that runs."""
    if (now := _RUN.get()) is not None:
        now.used.update(names)


@contextmanager
def hashed_meanwhile(file: OwnFile) -> Iterator[None]:
    """Hash an own file beside the work of this block, so that the journal need not wait for it.

    What keeps it from being hashed is said when it is recorded.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for large files alone

    is_recorded = _RUN.get() is not None and journal_folder() is not None
    with ThreadPoolExecutor(1) as pool:
        if is_recorded:  # else it is hashed in vain
            pool.submit(_hash, file)
        yield


def note_table(path: str) -> None:
    """Note a file that is no layer of a catalog, such as a table to join, as read."""
    if (now := _RUN.get()) is not None:
        now.tables.setdefault(path, OwnFile(path=path))


def note_printed(content: bytes) -> None:
    """Note what a command prints into a file, so that :func:`keep_printed` can record it."""
    if (now := _RUN.get()) is not None:
        now.printed = now.printed or hashlib.sha256()
        now.printed.update(content)


def note_remark(name: str, remark: str) -> None:
    """Note what is to be known of a layer that the command read, once."""
    now = _RUN.get()
    if now is not None and remark not in now.remarks.setdefault(name, []):
        now.remarks[name].append(str(remark))


def note_hidden(name: str, remark: str) -> None:
    """Note that own sites or an own layer are used in a coarse form, and what was lost."""
    if (now := _RUN.get()) is not None:
        now.hidden[name] = str(remark)


def use_catalog(catalog: Catalog) -> Catalog:
    """Note the data of a catalog that a command opened, and return it.

    What has the same name counts once.
    """
    if (now := _RUN.get()) is None:
        return catalog
    now.catalog = now.catalog or catalog
    note_read(*(record.path for record in (*catalog.layers.values(), *catalog.tables.values())))
    sites = {"sites": catalog.own_sites} if catalog.own_sites else {}
    for name, file in {**sites, **catalog.own_layers}.items():
        given = file.given and replace(file.given, value=None)  # a frame is not kept in memory
        now.own.setdefault(name, replace(file, given=given, beside=()))
        if file.remark:
            note_hidden(name, str(file.remark))
    return catalog


def _shipped(catalog: Catalog, used: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield what is known of the fetched layers and shipped data that were read."""
    pulled = {name: layer for name, layer in catalog.pulled.items() if name in used}
    for layer in pulled.values():
        file = f"{layer.url} ({layer.version})"
        yield {"name": layer.name, "file": file, **_said(layer, layer.accuracy_m)}
    for record in (*catalog.layers.values(), *catalog.tables.values()):
        if record.name in used and record.name not in pulled:
            accuracy_m = record.accuracy_m if isinstance(record, Layer) else None
            yield {"name": record.name, "file": record.path.name, **_said(record, accuracy_m)}


def _without_folders(word: str) -> str:
    """Return a word of a command with the name of a file in place of its path.

    Examples
    --------
    >>> _without_folders("zones=/home/anna/zones.gpkg#ozp"), _without_folders("S/STT/%")
    ('zones=zones.gpkg#ozp', 'S/STT/%')
    """
    name, sign, value = word.rpartition("=")
    bare = value.strip("'\"")
    path = Path(bare.partition("#")[0])
    is_path = path.is_absolute() or PureWindowsPath(bare).drive or bare.startswith(("~", "."))
    if not is_path and (len(path.parts) < 2 or not path.parent.is_dir()):  # noqa: PLR2004 - a folder
        return word
    return f"{name}{sign}{_without_folder(bare)}"


def _without_folder(file: str) -> str:
    """Return the name of a file without its folder; an address stays."""
    return file if "://" in file else re.split(r"[/\\]", file.rstrip("/\\"))[-1]


def _own(file: OwnFile) -> dict[str, Any]:
    told: dict[str, Any] = {"licence": file.licence, "credit": file.credit}
    credits_, are_all = ((), True) if file.credit else stated_credits(file.on_disk)
    if credits_:  # the file was written by nmgeo, from data of others
        told |= {"credits": [*credits_], "credit": "; ".join(credits_) if are_all else None}
    return {"file": file.path, "sha256": _hash(file), **told, "accuracy_m": file.accuracy_m}


def _hash(file: OwnFile) -> str | None:
    """Hash a file as it is now, unless it is too large."""
    path = file.on_disk
    version = path.stat() if path is not None and path.is_file() else None
    if path is None or version is None or version.st_size > _LARGEST:
        return None
    return _digest(path, version.st_size, version.st_mtime_ns)


@lru_cache(maxsize=64)  # one command may write several files
def _digest(path: Path, _size: int, _changed: int) -> str:
    return sha256(path)


def _said(record: Any, accuracy_m: float | None) -> dict[str, Any]:
    words = ("sha256", "licence", "credit", "as_of")
    return {word: getattr(record, word) for word in words} | {"accuracy_m": accuracy_m}


def journal_folder() -> Path | None:
    """Return the folder of the journal, which need not exist; None if it is turned off."""
    given = os.environ.get(VARIABLE)
    if given == _OFF:
        return None
    if given:
        return Path(given)
    from platformdirs import user_state_path  # noqa: PLC0415 - only without the variable

    return user_state_path("nmgeo", appauthor=False) / "journal"


def read_statement(path: Path) -> Mapping[str, Any] | None:
    """Return what a file says of itself; None if it says nothing."""
    told = read_stamp(path)
    return told if told is not None and told.get("schema") == SCHEMA else None


def find_record(path: Path) -> Mapping[str, Any] | None:
    """Return what is known of a file by its content; None if nothing is."""
    folder = journal_folder()
    if folder is None:
        return None
    told = read_json_object(folder / f"{sha256(path)}.json")
    return told if told is not None and told.get("schema") == SCHEMA else None


def is_written(path: Path, *, overwrite: bool) -> bool:
    """Tell whether a file is what the command that runs wrote, from inputs as they are now.

    Raises
    ------
    ExportError
        If another command is known to have written it, or this one from other inputs, and it is
        not to be overwritten.
    """
    now, record = _RUN.get(), find_record(path) if is_there(path) and path.is_file() else None
    if now is None or record is None:
        return False
    is_same = record["command"] == now.command
    if is_same and _has_inputs_of(now, record):
        return True
    if overwrite:
        return False
    wrong = text("was written by {command}", command=record["command"])
    wrong = text("was written from other inputs") if is_same else wrong
    raise ExportError(str(path), wrong, OTHER_NAME)


def _has_inputs_of(now: Run, record: Mapping[str, Any]) -> bool:
    """Tell whether the inputs, and nmgeo, are still those from which a file was written."""
    again = replace(now, used={one["name"] for one in record["inputs"]})
    hashes = [
        [(one["name"], one["sha256"]) for one in inputs]
        for inputs in (again.inputs, record["inputs"])
    ]
    is_known = all(digest for _, digest in hashes[0])
    is_same = hashes[0] == hashes[1] and again.own_paths == record["own"]
    return is_known and is_same and bool(record["nmgeo"] == _version())


def keep_printed() -> None:
    """Record what the command has printed into a file as written by it, by its content."""
    now = _RUN.get()
    if now is not None and now.printed is not None:
        _record(now, [now.printed.hexdigest()])


def _keep(path: Path) -> None:
    """Record a file, or those of a folder, as written by the command that runs."""
    now = _RUN.get()
    if now is not None and journal_folder() is not None:
        files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
        with suppress(OSError):
            _record(now, [sha256(file) for file in files])


def _record(now: Run, digests: Sequence[str]) -> None:
    """Write records into the journal; one that cannot be written stops no command."""
    folder = journal_folder()
    if folder is None:
        return
    with suppress(OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True)
        record = {
            "schema": SCHEMA,
            "nmgeo": _version(),
            "command": now.command,
            "written_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "inputs": now.inputs,
            "own": now.own_paths,
            "statement": now.statement,
        }
        content = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
        for digest in digests:
            write_whole(folder / f"{digest}.json", content)
        _forget_oldest(folder)


def _version() -> str:
    from nmgeo import __version__  # noqa: PLC0415 - the door imports this module

    return __version__


def statement_text() -> str:
    """Return what a file says of itself, as text for any format; empty outside a command."""
    now = _RUN.get()
    return "" if now is None else stamp_text(now.statement)


def _stamp(draft: Path, path: Path) -> None:
    """Let a draft that gets this name carry the statement of the command that runs."""
    now = _RUN.get()
    if now is not None and holds_stamp(path.name):  # else no input is hashed in vain
        write_stamp(draft, path.name, now.statement)


def _forget_oldest(folder: Path) -> None:
    """Remove the oldest records; other files in the folder are none of ours."""
    ours = [file for file in folder.iterdir() if _RECORD.fullmatch(file.name)]
    if len(ours) > _KEPT:
        records = sorted(ours, key=lambda file: file.stat().st_mtime)
        for old in records[: -max(1, _KEPT * 19 // 20)]:
            old.unlink(missing_ok=True)


FINISHERS.append(_stamp)
LISTENERS.append(_keep)
