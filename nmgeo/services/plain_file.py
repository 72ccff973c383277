"""Plain files: a download that is kept as it comes, once it is no web page and whole."""

import json
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from nmgeo.messages import text
from nmgeo.services.answers import Request
from nmgeo.services.content import TryAgainError, refuse_page
from nmgeo.services.http import Client
from nmgeo.services.partial_file import PartialFile

_STEM: Final = "download"
_HEAD: Final = 65_536  # bytes that tell what a file is
_ZIP: Final = b"PK\x03\x04"
_JSON: Final = (".json", ".geojson")
_KNOWN: Final = (*_JSON, ".zip", ".gpkg", ".fgb", ".parquet", ".kml", ".kmz", ".gml", ".csv")


def fetch_file(request: Request, client: Client, folder: Path) -> str:
    """Fetch a file into a folder.

    Parameters
    ----------
    request : Request
        Its address; what follows ``#`` is the layer to read.
    client : Client
    folder : Path
        Where to keep it.

    Returns
    -------
    str
        Its path, with ``#LAYER`` if the address has one.

    Raises
    ------
    SourceError
        Whatever is wrong with the answer.
    """
    parts = urlsplit(request.url)
    url = parts._replace(fragment="").geturl()
    part = folder / f"{_STEM}.part"
    for earlier in folder.glob(f"{_STEM}.*"):  # an earlier run got it, and stopped later
        earlier.replace(part)
    client.download(url, PartialFile(part), lambda: _check(part, url))
    path = part.rename(part.with_suffix(_suffix(_head(part), parts.path)))
    return f"{path}#{unquote(parts.fragment)}" if parts.fragment else str(path)


def _head(path: Path) -> bytes:
    """Return how a file begins."""
    with path.open("rb") as file:
        return file.read(_HEAD)


def _check(path: Path, url: str) -> None:
    """Stop at a file that is a web page, empty, or half of a JSON document."""
    head = refuse_page(_head(path), url)
    if not head:
        raise TryAgainError(text("its answer is empty"))
    if _suffix(head, urlsplit(url).path) in _JSON:
        try:
            json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            raise TryAgainError(text("its answer breaks off or is no JSON")) from None


def _suffix(raw: bytes, path: str) -> str:
    """Return the suffix by the content, else by the address."""
    named = PurePosixPath(path).suffix.lower()
    if raw.startswith(_ZIP):
        return named if named in {".kmz", ".zip"} else ".zip"
    if raw.lstrip()[:1] == b"{":
        return ".geojson"
    return named if named in _KNOWN else ".geojson"
