"""Reaches: which hosts a page can reach, told from its bytes alone.

A page is not parsed as a browser would, since what two parsers read differently is how a page gets
out: it is held against the few forms that need no parser, and whatever has another form can reach
any host. The policy must stand before all that it is to govern.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from nmgeo import __version__
from nmgeo.errors import LayerError
from nmgeo.files import sha256
from nmgeo.messages import text
from nmgeo.outputs.web.map import TILES, build_page
from nmgeo.outputs.web.page import render

ANY_HOST: Final = "any"
UNKNOWN: Final = "unknown"
_START: Final = re.compile(
    r"\s*<!doctype html>\s*<html(?: lang=\"[\w-]*\")?>\s*<head>\s*<meta charset=\"utf-8\">\s*"
    r"<meta http-equiv=\"content-security-policy\" content=\"([ !#-%'-;=?-~]*)\">",
    flags=re.IGNORECASE | re.ASCII,
)
# What a policy does not govern: an element of <head> that leaves the page or calls a host early.
_META: Final = re.compile(r"<meta(?=[\s/>])", flags=re.IGNORECASE)
_PLAIN_META: Final = re.compile(r"<meta name=\"[\w-]+\" content=\"[^\"<>]*\">")
_LINK: Final = re.compile(r"<link(?=[\s/>])", flags=re.IGNORECASE)
_LARGEST: Final = 500_000_000  # bytes; no browser shows such a page
_CLOSED: Final = ("default-src", "base-uri", "form-action")  # each must be there, and be 'none'
_CODE: Final = ("script-src", "style-src")
_FETCHED: Final = ("img-src", "connect-src", "font-src", "media-src")
_HASH: Final = re.compile(r"'sha256-[A-Za-z0-9+/]{43}='")
_HOST: Final = re.compile(
    r"(?:(?:https?|wss?)://)?(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:/[\w./~%-]*)?"
)

Rules = dict[str, list[str]]


def verify(file: Path | str) -> pd.DataFrame:
    """Say which hosts a page can reach before its reader follows a link, and whose scripts it runs.

    Parameters
    ----------
    file : path
        An HTML page.

    Returns
    -------
    DataFrame, one row
        ``page``, ``bytes``, ``sha256``, ``hosts_count``, ``hosts`` (text; ``any`` where the page
        is not one that this can answer for, and then ``why`` says so, else it is empty),
        ``scripts`` (``nmgeo`` and its version if all that may run are scripts of the version that
        is installed, ``none`` if none may, else ``unknown``) and ``policy``.

    Raises
    ------
    LayerError
        If there is no such page, or it is larger than a page that a browser can show.

    Source
    ------
    Content Security Policy Level 3 (W3C). It does not stop a script from leaving the page, so
    scripts must be known by their hashes.
    """
    path = Path(file)
    html = _read_page(path)
    start = _START.match(html)
    said = start[1] if start else ""
    rules = _rules(said)
    scripts = _scripts(rules)
    faults = [*_faults(said, rules, html[start.end() if start else 0 :])]
    if scripts == UNKNOWN:
        faults.append(f"scripts that are not those of nmgeo {__version__} may leave the page")
    hosts = [ANY_HOST] if faults else _hosts(rules)
    row = {"page": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
    row |= {"hosts_count": len(hosts), "hosts": " ".join(hosts), "why": "; ".join(faults)}
    return pd.DataFrame([row | {"scripts": scripts, "policy": said}])


def _read_page(path: Path) -> str:
    """Read a page, but nothing that never ends, such as a device or a pipe."""
    unread = text("no page that can be read")
    try:
        if not path.is_file():
            raise LayerError(str(path), unread, text("name an HTML file"))
        with path.open("rb") as file:
            page = file.read(_LARGEST + 1)
        if len(page) > _LARGEST:
            wrong = text("is larger than {size} MB", size=_LARGEST // 10**6)
            raise LayerError(str(path), wrong, text("name an HTML file"))
        return page.decode("utf-8")
    except (OSError, ValueError, MemoryError) as error:
        if isinstance(error, LayerError):
            raise
        raise LayerError(str(path), unread, text("name an HTML file")) from None


def _rules(policy: str) -> Rules:
    """Return the sources of each directive; a directive that is there twice gets one that is none.

    A browser takes the first of two, a reader may take the other.
    """
    rules: Rules = {}
    for directive, *sources in filter(None, map(str.split, policy.split(";"))):
        name = directive.lower()
        kept = [source if _HASH.fullmatch(source) else source.lower() for source in sources]
        rules[name] = [*kept, f"({name} again)"] if name in rules else kept
    return rules


def _faults(said: str, rules: Rules, rest: str) -> Iterator[str]:
    """Say what in a page lets it out, whatever hosts its policy names."""
    if not said:
        yield "no content policy before all else"
        return
    yield from (f"{name} is not 'none'" for name in _CLOSED if rules.get(name) != ["'none'"])
    for name, sources in rules.items():
        if name not in (*_CLOSED, *_CODE, *_FETCHED):
            yield f"{name} is not looked into"
        elif name not in _CLOSED:
            odd = [source for source in sources if not _harmless(name, source)]
            yield from (f"{name} {source}" for source in odd)
    if any(not _PLAIN_META.match(rest, found.start()) for found in _META.finditer(rest)):
        yield "a meta element that may leave the page"
    if _LINK.search(rest):
        yield "a link element that may call a host early"


def _harmless(name: str, source: str) -> bool:
    if source == "'none'" or (name in _CODE and _HASH.fullmatch(source)):
        return True
    return name in _FETCHED and (source in ("data:", "blob:") or bool(_HOST.fullmatch(source)))


def _hosts(rules: Rules) -> list[str]:
    named = {source for name in _FETCHED for source in rules.get(name, [])}
    return sorted(named - {"'none'", "data:", "blob:"})


def _scripts(rules: Rules) -> str:
    """Say whose scripts a policy lets run: it is ours only if each is, byte for byte."""
    asked = set(rules.get("script-src", rules.get("default-src", [ANY_HOST]))) - {"'none'"}
    if not asked:
        return "none"
    return f"nmgeo {__version__}" if asked <= _ours() else UNKNOWN


def _ours() -> set[str]:
    """Return the hashes of all scripts that a page of the installed version may have."""
    pages = (render(build_page({"lang": "en", "sites": []}, tiles).get_root()) for tiles in TILES)
    found = (_START.match(page) for page in pages)
    return {source for one in found if one for source in _rules(one[1])["script-src"]}
