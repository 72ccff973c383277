"""Addresses: what may be fetched, and where a redirect may lead."""

import re
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from nmgeo.errors import SourceError, UsageError
from nmgeo.messages import text
from nmgeo.services.content import host_of

_ARCGIS: Final = re.compile(r"/(?:FeatureServer|MapServer)(?:/\d+)?/?(?:query/?)?$", re.IGNORECASE)
_TILE: Final = ("{z}", "{x}", "{y}")  # parts of the address of raster tiles
_PORTS: Final = {"http": 80, "https": 443}  # of the schemes that may be fetched


def require_address(url: str) -> str:
    """Return an address that may be fetched.

    Raises
    ------
    UsageError
        If it cannot be read, is not ``http`` or ``https``, has no host, or holds a password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        wrong = text("the address cannot be read")
        raise UsageError(text("URL"), wrong, text("check the address")) from None
    if parts.scheme not in _PORTS or not parts.hostname:
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
        If it cannot be read, or leads to another host, to a file, or from https to http.
    """
    try:
        found = urljoin(url, target)
        before, after = urlsplit(url), urlsplit(found)
        stays = after.username is None and _is_same_host(before, after)
    except ValueError:
        wrong = text("the address cannot be read")
        raise SourceError(host_of(url), wrong, text("check the address")) from None
    if stays:
        return found
    wrong = text("redirects to {host}", host=after.hostname or after.scheme)
    raise SourceError(host_of(url), wrong, text("give that address itself if you trust it"))


def _is_same_host(before: SplitResult, after: SplitResult) -> bool:
    """Tell whether two addresses are of one host and port; https may take the place of http."""
    if before.hostname != after.hostname or after.scheme not in _PORTS:
        return False
    if (before.scheme, after.scheme) == ("http", "https"):
        return before.port is None and after.port is None
    ports = [one.port or _PORTS.get(one.scheme) for one in (before, after)]
    return before.scheme == after.scheme and ports[0] == ports[1]


def service_kind(url: str) -> str:
    """Tell what kind of service answers at an address: by its path and its query.

    Returns
    -------
    {"arcgis", "wfs", "ogc-api", "tiles", "file"}

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
    if all(part in path for part in _TILE):
        return "tiles"
    if re.search(r"/collections/[^/]+(/items)?$", path):
        return "ogc-api"
    return "arcgis" if _ARCGIS.search(path) else "file"
