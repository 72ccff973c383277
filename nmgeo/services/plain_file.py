"""Plain files: a download that is kept as it comes, once it is no web page and whole."""

import json
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from nmgeo.cache import write_cached
from nmgeo.messages import text
from nmgeo.services.answers import Request
from nmgeo.services.content import TryAgainError, refuse_page
from nmgeo.services.http import Client

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
    raw = client.get(url, read=lambda raw: _checked(raw, url))
    path = folder / f"download{_suffix(raw, parts.path)}"
    write_cached(path, raw)
    return f"{path}#{unquote(parts.fragment)}" if parts.fragment else str(path)


def _checked(raw: bytes, url: str) -> bytes:
    refuse_page(raw, url)
    if not raw:
        raise TryAgainError(text("its answer is empty"))
    if _suffix(raw, urlsplit(url).path) in _JSON:
        try:
            json.loads(raw)
        except (ValueError, RecursionError):
            raise TryAgainError(text("its answer breaks off or is no JSON")) from None
    return raw


def _suffix(raw: bytes, path: str) -> str:
    """Return the suffix by the content, else by the address."""
    named = PurePosixPath(path).suffix.lower()
    if raw.startswith(_ZIP):
        return named if named in {".kmz", ".zip"} else ".zip"
    if raw.lstrip()[:1] == b"{":
        return ".geojson"
    return named if named in _KNOWN else ".geojson"
