"""Provenance: which command wrote a file, and from what, kept by the SHA-256 of the file.

Nothing is added to the file, so that the same input gives the same bytes on any day and in any
folder. What is known of it stands in a journal of the user instead. ``NMGEO_JOURNAL`` names its
folder, or turns it off.
"""

import json
import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nmgeo.catalog import Catalog, Layer, OwnFile
from nmgeo.files import LISTENERS, read_json_object, sha256, write_whole

VARIABLE: Final = "NMGEO_JOURNAL"
SCHEMA: Final = "nmgeo.provenance/1"
_OFF: Final = "off"
_KEPT: Final = 2_000  # records; the oldest are removed
_LARGEST: Final = 1_000_000_000  # bytes of an input; the hash of a larger one would take too long
_RECORD: Final = re.compile(r"[0-9a-f]{64}\.json")
_OUTPUTS: Final = ("-o", "--out")  # where a file is written says nothing of what is in it


@dataclass
class Run:
    """One command: what was called, and the data that it could read."""

    command: str
    catalog: Catalog | None = None
    own: dict[str, OwnFile] = field(default_factory=dict)  # without the frames that were given

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Own files, fetched layers and shipped data, each with its SHA-256."""
        shipped = () if self.catalog is None else _shipped(self.catalog, self.own)
        return [*({"name": name, **_own(file)} for name, file in self.own.items()), *shipped]


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
        elif not word.startswith("--out="):
            kept.append(word)
    return shlex.join(["nmgeo", *kept])


@contextmanager
def run(command: str) -> Iterator[None]:
    """Record files written in this block as written by a command; the outermost block counts."""
    if _RUN.get() is not None:
        yield
        return
    token = _RUN.set(Run(command))
    try:
        yield
    finally:
        _RUN.reset(token)


def use_catalog(catalog: Catalog) -> Catalog:
    """Note the data of a catalog that a command opened, and return it.

    What has the same name counts once.
    """
    if (now := _RUN.get()) is None:
        return catalog
    now.catalog = now.catalog or catalog
    sites = {"sites": catalog.own_sites} if catalog.own_sites else {}
    for name, file in {**sites, **catalog.own_layers}.items():
        now.own.setdefault(name, replace(file, given=None, beside=()))
    return catalog


def _shipped(catalog: Catalog, own: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield what is known of fetched layers and shipped data in whose place nothing was given."""
    for layer in catalog.pulled.values():
        file = f"{layer.url} ({layer.version})"
        yield {"name": layer.name, "file": file, **_said(layer, layer.accuracy_m)}
    for record in (*catalog.layers.values(), *catalog.tables.values()):
        if record.name not in own:
            accuracy_m = record.accuracy_m if isinstance(record, Layer) else None
            yield {"name": record.name, "file": record.path.name, **_said(record, accuracy_m)}


def _own(file: OwnFile) -> dict[str, Any]:
    path = Path(file.path.partition("#")[0])
    version = path.stat() if path.is_file() else None
    is_small = version is not None and version.st_size <= _LARGEST
    digest = _digest(path, version.st_size, version.st_mtime_ns) if version and is_small else None
    told = {"licence": file.licence, "credit": file.credit, "accuracy_m": file.accuracy_m}
    return {"file": file.path, "sha256": digest, **told}


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


def find_record(path: Path) -> Mapping[str, Any] | None:
    """Return what is known of a file by its content; None if nothing is."""
    folder = journal_folder()
    if folder is None:
        return None
    told = read_json_object(folder / f"{sha256(path)}.json")
    return told if told is not None and told.get("schema") == SCHEMA else None


def _keep(path: Path) -> None:
    """Keep a record of what was written; a journal that cannot be written stops no command."""
    now, folder = _RUN.get(), journal_folder()
    if now is None or folder is None:
        return
    from nmgeo import __version__  # noqa: PLC0415 - the door imports this module

    with suppress(OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True)
        inputs = now.inputs
        for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
            record = {
                "schema": SCHEMA,
                "nmgeo": __version__,
                "command": now.command,
                "written_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "inputs": inputs,
            }
            content = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
            write_whole(folder / f"{sha256(file)}.json", content)
        _forget_oldest(folder)


def _forget_oldest(folder: Path) -> None:
    """Remove the oldest records; other files in the folder are none of ours."""
    ours = (file for file in folder.glob("*.json") if _RECORD.fullmatch(file.name))
    records = sorted(ours, key=lambda file: file.stat().st_mtime)
    for old in records[:-_KEPT]:
        old.unlink(missing_ok=True)


LISTENERS.append(_keep)
