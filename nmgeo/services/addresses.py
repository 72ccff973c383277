"""Addresses: what may be fetched, and where a redirect may lead."""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from nmgeo.errors import SourceError, UsageError
from nmgeo.messages import text

_SCHEMES: Final = ("http", "https")
_ARCGIS: Final = re.compile(r"/(?:FeatureServer|MapServer)(?:/\d+)?/?(?:query/?)?$", re.IGNORECASE)
_PORTS: Final = {"http": 80, "https": 443}


def require_address(url: str) -> str:
    """Return an address that may be fetched.

    Raises
    ------
    UsageError
        If it is not ``http`` or ``https``, has no host, or holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() not in _SCHEMES or not parts.hostname:
        wrong = text("is not an address that begins with http or https")
        raise UsageError(text("URL"), wrong, text("write a known name, or https://..."))
    if parts.username is not None or parts.password is not None:
        thing = text("URL of {host}", host=parts.hostname)
        raise UsageError(thing, text("holds a user name or password"), text("leave it out"))
    return url


def redirect_target(url: str, target: str) -> str:
    """Return where a redirect leads, if that is on the same host.

    Raises
    ------
    SourceError
        If it leads to another host, to a file, or from https to http.
    """
    found = urljoin(url, target)
    before, after = urlsplit(url), urlsplit(found)
    same = _host(before.geturl()) == _host(found)
    upgrade = (before.scheme, after.scheme) == ("http", "https")
    same_host = (before.hostname or "").lower() == (after.hostname or "").lower()
    if after.scheme in _SCHEMES and after.username is None:
        if same and before.scheme == after.scheme:
            return found
        if upgrade and same_host and before.port is None and after.port is None:
            return found
    host = after.hostname or after.scheme
    wrong = text("redirects to {host}", host=host)
    raise SourceError(_shown(url), wrong, text("give that address itself if you trust it"))


def _host(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def _shown(url: str) -> str:
    return urlsplit(url).hostname or url


def service_kind(url: str) -> str:
    """Tell what kind of service answers at an address: by its path and its query.

    Returns
    -------
    {"arcgis", "wfs", "ogc-api", "file"}

    Examples
    --------
    >>> service_kind("https://a.hk/rest/services/ZONE/FeatureServer/0")
    'arcgis'
    >>> service_kind("https://a.hk/MapServer/WFSServer"), service_kind("https://a.hk/a.zip")
    ('wfs', 'file')
    """
    parts = urlsplit(url)
    path, query = parts.path.rstrip("/"), parts.query.lower()
    if path.lower().endswith(("/wfsserver", "/wfs")) or "service=wfs" in query:
        return "wfs"
    if re.search(r"/collections/[^/]+(/items)?$", path):
        return "ogc-api"
    return "arcgis" if _ARCGIS.search(path) else "file"
