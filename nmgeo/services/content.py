"""Content: whether an answer is what was asked for, and not a page, a fault or a piece of it."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from nmgeo.errors import SourceError
from nmgeo.json_objects import parse_json
from nmgeo.messages import text

_HTML: Final = re.compile(rb"\s*(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
_EXCEPTION: Final = re.compile(rb"<(?:\w+:)?(?:ExceptionReport|ServiceExceptionReport)\b")
_EXCEPTION_TEXT: Final = re.compile(rb"<(?:\w+:)?(?:ExceptionText|ServiceException)[^>]*>([^<]+)<")
_BOM: Final = b"\xef\xbb\xbf"
_TOKEN: Final = (401, 403, 498, 499)  # codes of ArcGIS for a service that needs a login
_FAULT: Final = 500  # from here on the service is at fault, which may pass
_SHOWN: Final = 120  # characters of what a service says


class TryAgainError(Exception):
    """A fault that may pass; ``why`` is what to say if it does not."""

    def __init__(self, why: str) -> None:
        """Store what to say."""
        super().__init__(why)
        self.why = why


class DamagedError(TryAgainError):
    """A fault that may pass if the whole file is asked for."""


class AbsentError(SourceError):
    """The service has nothing at an address (404)."""


def host_of(url: str) -> str:
    """Return the host of an address, which is what a message calls a service."""
    return urlsplit(url).hostname or "URL"


def refuse_page(raw: bytes, url: str) -> bytes:
    """Return an answer that is no web page and no exception of a WFS.

    Raises
    ------
    SourceError
        If it is one.
    """
    if _HTML.match(raw.removeprefix(_BOM)):
        wrong = text("sends a web page in place of data")
        raise SourceError(host_of(url), wrong, text("open the address in a browser to see why"))
    if _EXCEPTION.search(raw[:4096]):
        said = _EXCEPTION_TEXT.search(raw)
        why = _shown(said[1].decode(errors="replace") if said else "-")
        wrong = text("refuses the query ({why})", why=why)
        raise SourceError(host_of(url), wrong, text("check the address and the query"))
    return raw


def read_json(raw: bytes, url: str) -> dict[str, Any]:
    """Read an answer as a JSON object.

    Raises
    ------
    SourceError
        If it is a web page, an error in place of data, or something else.
    TryAgainError
        If it breaks off, or the service says that it has a fault.
    """
    try:
        told = parse_json(refuse_page(raw, url).removeprefix(_BOM))
    except (ValueError, RecursionError):
        raise TryAgainError(text("its answer breaks off or is no JSON")) from None
    if not isinstance(told, dict):
        wrong = text("sends JSON of another kind")
        raise SourceError(host_of(url), wrong, text("check the address"))
    if "error" in told:
        _refuse_error(told["error"], url)
    return told


def _refuse_error(error: Any, url: str) -> None:
    """Stop at an error that ArcGIS sends with status 200."""
    held = error if isinstance(error, dict) else {"message": error}
    code, why = held.get("code"), _shown(held.get("message") or held.get("details") or "-")
    if code in _TOKEN:
        wrong = text("needs a login ({why})", why=why)
        raise SourceError(host_of(url), wrong, text("fetch it by hand and use the file"))
    if isinstance(code, int) and code >= _FAULT:
        raise TryAgainError(text("it has a fault ({why})", why=why))
    wrong = text("refuses the query ({why})", why=why)
    raise SourceError(host_of(url), wrong, text("check the address and the query"))


def _shown(said: Any) -> str:
    return " ".join(str(said).split())[:_SHOWN]


def read_collection(raw: bytes, url: str) -> dict[str, Any]:
    """Read an answer as a JSON object with a list of features; raises as both do that it calls."""
    told = read_json(raw, url)
    features_of(told, url)
    return told


def features_of(told: dict[str, Any], url: str) -> list[dict[str, Any]]:
    """Return the features of a collection, each a mapping.

    Raises
    ------
    SourceError
        If the answer holds none.
    """
    found = told.get("features")
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        return found
    wrong = text("sends no list of features")
    raise SourceError(host_of(url), wrong, text("check the address"))
