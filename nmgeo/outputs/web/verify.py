"""Verification of a web page: the hosts that it can reach, derived from its bytes.

The page is not parsed as HTML, since a difference between two parsers could be exploited. It is
compared with a few strict forms instead, and a page in any other form counts as able to reach any
host. The content security policy must come before everything that it controls.
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
from nmgeo.regular_file import require_regular_file, unopened_as_error

ANY_HOST: Final = "any"
UNKNOWN: Final = "unknown"
_START: Final = re.compile(
    r"\s*<!doctype html>\s*<html(?: lang=\"[\w-]*\")?>\s*<head>\s*<meta charset=\"utf-8\">\s*"
    r"<meta http-equiv=\"content-security-policy\" content=\"([ !#-%'-;=?-~]*)\">",
    flags=re.IGNORECASE | re.ASCII,
)
# Elements of <head> that a policy does not control: they can leave the page or contact a host.
_META: Final = re.compile(r"<meta(?=[\s/>])", flags=re.IGNORECASE)
_PLAIN_META: Final = re.compile(r"<meta name=\"[\w-]+\" content=\"[^\"<>]*\">")
_LINK: Final = re.compile(r"<link(?=[\s/>])", flags=re.IGNORECASE)
_MAX_BYTES: Final = 500_000_000  # no browser shows a larger page
_REQUIRED_NONE: Final = ("default-src", "base-uri", "form-action")  # each must be 'none'
_CODE_DIRECTIVES: Final = ("script-src", "style-src")
_FETCH_DIRECTIVES: Final = ("img-src", "connect-src", "font-src", "media-src")
_HASH: Final = re.compile(r"'sha256-[A-Za-z0-9+/]{43}='")
_HOST: Final = re.compile(
    r"(?:(?:https?|wss?)://)?(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:/[\w./~%-]*)?"
)

Directives = dict[str, list[str]]


def verify(file: Path | str) -> pd.DataFrame:
    """List the hosts that a page can reach without a click, and the origin of its scripts.

    Parameters
    ----------
    file : path
        An HTML page.

    Returns
    -------
    DataFrame, one row
        ``page``, ``bytes``, ``sha256``, ``hosts_count``, ``hosts`` (text), ``faults``, ``scripts``
        and ``policy``. ``hosts`` is ``any`` if the page cannot be verified, and ``faults`` says
        why. ``scripts`` is ``nmgeo`` with the version if only scripts of the installed version
        can run, ``none`` if none can, else ``unknown``.

    Raises
    ------
    LayerError
        If the file does not exist, is not UTF-8 text, or is too large for a browser.

    Source
    ------
    Content Security Policy Level 3 (W3C). It does not prevent a script from leaving the page, so
    the hashes of scripts must be known.
    """
    path = Path(file)
    html = _read_page(path)
    start = _START.match(html)
    policy = start[1] if start else ""
    directives = _directives(policy)
    scripts = _script_origin(directives)
    faults = [*_find_faults(policy, directives, html[start.end() if start else 0 :])]
    if scripts == UNKNOWN:
        faults.append(f"scripts that are not those of nmgeo {__version__} may leave the page")
    hosts = [ANY_HOST] if faults else _allowed_hosts(directives)
    row = {"page": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
    row |= {"hosts_count": len(hosts), "hosts": " ".join(hosts), "faults": "; ".join(faults)}
    return pd.DataFrame([row | {"scripts": scripts, "policy": policy}])


def _read_page(path: Path) -> str:
    """Read a page."""
    remedy = text("name an HTML file")
    require_regular_file(path, str(path))
    with unopened_as_error(str(path)), path.open("rb") as file:
        page = file.read(_MAX_BYTES + 1)
    if len(page) > _MAX_BYTES:
        wrong = text("larger than {size} MB", size=_MAX_BYTES // 10**6)
        raise LayerError(str(path), wrong, remedy)
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError:
        raise LayerError(str(path), text("cannot be read as a page"), remedy) from None


def _directives(policy: str) -> Directives:
    """Return the sources of each directive; a repeated directive gets an invalid source.

    A browser uses the first one, but a reader may see the other.
    """
    directives: Directives = {}
    for directive, *sources in filter(None, map(str.split, policy.split(";"))):
        name = directive.lower()
        kept = [source if _HASH.fullmatch(source) else source.lower() for source in sources]
        directives[name] = [*kept, f"({name} again)"] if name in directives else kept
    return directives


def _find_faults(policy: str, directives: Directives, rest: str) -> Iterator[str]:
    """List what lets a page reach other hosts, whatever its policy states."""
    if not policy:
        yield "no content policy before all else"
        return
    yield from (
        f"{name} is not 'none'" for name in _REQUIRED_NONE if directives.get(name) != ["'none'"]
    )
    for name, sources in directives.items():
        if name not in (*_REQUIRED_NONE, *_CODE_DIRECTIVES, *_FETCH_DIRECTIVES):
            yield f"{name} is not looked into"
        elif name not in _REQUIRED_NONE:
            unknown = [source for source in sources if not _is_harmless(name, source)]
            yield from (f"{name} {source}" for source in unknown)
    if any(not _PLAIN_META.match(rest, found.start()) for found in _META.finditer(rest)):
        yield "a meta element that may leave the page"
    if _LINK.search(rest):
        yield "a link element that may call a host early"


def _is_harmless(name: str, source: str) -> bool:
    if source == "'none'" or (name in _CODE_DIRECTIVES and _HASH.fullmatch(source)):
        return True
    return name in _FETCH_DIRECTIVES and (
        source in ("data:", "blob:") or bool(_HOST.fullmatch(source))
    )


def _allowed_hosts(directives: Directives) -> list[str]:
    named = {source for name in _FETCH_DIRECTIVES for source in directives.get(name, [])}
    return sorted(named - {"'none'", "data:", "blob:"})


def _script_origin(directives: Directives) -> str:
    """Return the origin of the scripts that can run: nmgeo only if every hash is known."""
    allowed = set(directives.get("script-src", directives.get("default-src", [ANY_HOST]))) - {
        "'none'"
    }
    if not allowed:
        return "none"
    return f"nmgeo {__version__}" if allowed <= _own_script_hashes() else UNKNOWN


def _own_script_hashes() -> set[str]:
    """Return the hashes of all scripts of pages of the installed version."""
    pages = (render(build_page({"lang": "en", "sites": []}, tiles).get_root()) for tiles in TILES)
    found = (_START.match(page) for page in pages)
    return {source for one in found if one for source in _directives(one[1])["script-src"]}
