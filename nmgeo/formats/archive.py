"""Zips whose bytes are the same on any day."""

import zipfile
from typing import Final

_ZIPPED_ON: Final = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can state


def add_entry(
    archive: zipfile.ZipFile, name: str, content: bytes, kind: int = zipfile.ZIP_DEFLATED
) -> None:
    """Add a file to a zip, dated the same on any day.

    Parameters
    ----------
    archive : ZipFile
        Open for writing.
    name : str
        Path inside the zip, with ``/``.
    content : bytes
        All of it.
    kind : int
        Compression: ``zipfile.ZIP_DEFLATED`` or ``zipfile.ZIP_STORED``.
    """
    entry = zipfile.ZipInfo(name, _ZIPPED_ON)
    entry.compress_type = kind
    archive.writestr(entry, content)
