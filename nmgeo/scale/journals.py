"""Journals: the finished parts of a long run, kept beside its output until that is whole."""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import pyarrow as pa

from nmgeo.errors import UsageError

_NAME: Final = "journal.json"
_REMEDY: Final = "leave out --resume to begin anew"


class Journal:
    """The folder of an unfinished run: what was asked of it, and each batch that is done.

    Parameters
    ----------
    out : Path
        Where the output is to be; the folder is ``.<name>.parts`` beside it.
    asked : mapping of str to str
        What the parts follow from: input, layer, options, version, batch size.
    resume : bool
        Go on with the parts that are there, instead of beginning anew.

    Raises
    ------
    UsageError
        If the parts that are there follow from something else.
    """

    def __init__(self, out: Path, asked: Mapping[str, str], *, resume: bool) -> None:
        """Find the folder, or make it."""
        self.folder = out.with_name(f".{out.name}.parts")
        self.whole = self.folder / f"whole{out.suffix}"  # the output, while it is written
        if resume and self.folder.exists():
            self._require(out, dict(asked))
            return
        self.discard()
        self.folder.mkdir()
        self._write(_NAME, json.dumps(asked, indent=2).encode())

    def find(self, number: int) -> pa.Table | None:
        """Return a batch that is done, None if it is not."""
        try:
            with pa.OSFile(str(self._part(number))) as file:
                return pa.ipc.open_file(file).read_all()
        except (OSError, pa.ArrowInvalid):
            return None

    def keep(self, number: int, table: pa.Table) -> None:
        """Keep a batch; it is there as a whole or not at all, even after a power cut."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        self._write(self._part(number).name, sink.getvalue())

    def discard(self) -> None:
        """Remove the folder and all that is in it."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def discard_unbegun(self) -> None:
        """Remove the folder if no batch is done."""
        if self.find(0) is None:
            self.discard()

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:06}.arrow"

    def _write(self, name: str, data: bytes | pa.Buffer) -> None:
        draft = self.folder / f"{name}.part"
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / name)

    def _require(self, out: Path, asked: dict[str, str]) -> None:
        try:
            begun = json.loads((self.folder / _NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise UsageError(f"--resume {out}", "its journal cannot be read", _REMEDY) from None
        other = [name for name in asked if begun.get(name) != asked[name]]
        if other:
            raise UsageError(f"--resume {out}", f"was begun with another {other[0]}", _REMEDY)
