"""Partial files: a download that goes on where an earlier run stopped, if it is still the same."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from nmgeo.cache import unwritable, write_cached
from nmgeo.messages import text
from nmgeo.services.content import DamagedError

PARTIAL: Final = 206  # the status of an answer with a part of a file
_VALIDATOR: Final = "download-validator.txt"
_STRONG: Final = timedelta(seconds=60)  # a younger file may change again within its second


@dataclass(frozen=True)
class PartialFile:
    """A file that is fetched in as many runs as it takes.

    The bytes are in ``path``. Beside it lies what the service said of its version: its entity tag,
    or when it was changed. By that the service tells whether it still has the same file.
    """

    path: Path

    @property
    def start(self) -> int:
        """The first byte to ask for: the last one that is there is asked for again.

        So a file that is there already gets an answer too, which says that it is the same.
        """
        if not self._validator:
            return 0
        with suppress(OSError):
            return max(0, self.path.stat().st_size - 1)
        return 0

    @property
    def headers(self) -> dict[str, str]:
        """Headers that ask for what is missing, or for the whole file if it is another by now."""
        plain = {"Accept-Encoding": "identity"}  # parts are those of the file as it is
        if not self.start:
            return plain
        return plain | {"Range": f"bytes={self.start}-", "If-Range": self._validator}

    def write(self, status: int, headers: Mapping[str, str], parts: Iterable[bytes]) -> None:
        """Write an answer: a part behind what is there, or the whole file in place of it.

        Raises
        ------
        DamagedError
            If it is a part that was not asked for.
        ExportError
            If the cache cannot be written.
        """
        start = self.start if status == PARTIAL else 0
        if status == PARTIAL and not headers.get("content-range", "").startswith(f"bytes {start}-"):
            raise DamagedError(text("its answer is damaged"))
        if not start:
            self.clear()
            write_cached(self._note, _validator_of(headers).encode())
        try:
            with self.path.open("r+b" if start else "wb", buffering=0) as file:
                file.seek(start)
                for part in parts:
                    file.write(part)
        except OSError as error:
            raise unwritable(error) from None

    def clear(self) -> None:
        """Forget what is there."""
        for path in (self._note, self.path):
            path.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return self.path.with_name(_VALIDATOR)

    @property
    def _validator(self) -> str:
        with suppress(OSError, UnicodeDecodeError):
            return self._note.read_text(encoding="ascii")
        return ""


def _validator_of(headers: Mapping[str, str]) -> str:
    """Return what tells versions of a file apart: a strong tag or date; empty if there is none."""
    tag = headers.get("etag", "")
    if tag.startswith('"') and tag.isascii():
        return tag
    changed, now = headers.get("last-modified", ""), headers.get("date", "")
    with suppress(ValueError, TypeError):
        if parsedate_to_datetime(now) - parsedate_to_datetime(changed) >= _STRONG:
            return changed
    return ""
