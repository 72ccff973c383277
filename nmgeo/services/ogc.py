"""OGC services: WFS 2.0 and 1.1 with GeoJSON, and OGC API Features."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from nmgeo import crs
from nmgeo.errors import UsageError
from nmgeo.messages import text
from nmgeo.services.addresses import redirect_target
from nmgeo.services.answers import Answer, Feature, Fetch, Kept, Request, walk_pages
from nmgeo.services.content import features_of, host_of, refuse_page
from nmgeo.services.http import Client

_PAGE: Final = 1_000
# XML is searched, not parsed: no entity of it is expanded.
_TYPE: Final = re.compile(rb"<(?:\w+:)?FeatureType\b[^<>]*>\s*<(?:\w+:)?Name>([^<]+)<")
_VERSION: Final = re.compile(rb"<(?:\w+:)?WFS_Capabilities\b[^<>]*\bversion=\"([\d.]+)\"")
_HITS: Final = re.compile(rb"\b(?:numberMatched|numberOfFeatures)=\"(\d{1,18})\"")
_JSON: Final = re.compile(rb">\s*((?:application/)?(?:geo\+?)?json[^<>]*)<", re.IGNORECASE)
_SYSTEM: Final = crs.WGS84.to_string()


def fetch_wfs(request: Request, client: Client, kept: Kept) -> Answer:
    """Ask a WFS for the features of a type, as GeoJSON.

    Parameters
    ----------
    request : Request
        Whose address may name the type in its query, as ``?typeNames=zones``.
    client : Client
    kept : Kept
        Answers of an earlier run.

    Returns
    -------
    Answer

    Raises
    ------
    UsageError
        If there are several types and the address names none, or the request has a condition.
    SourceError
        Whatever is wrong with an answer.
    """
    _refuse_condition(request)
    url, said = _without_query(request.url)
    ask = {**said, "service": "WFS"}
    about = client.get(
        url, {**ask, "request": "GetCapabilities"}, read=lambda raw: refuse_page(raw, url)
    )
    version = (_VERSION.search(about) or [b"", b"2.0.0"])[1].decode()
    name = said.get("typenames") or said.get("typename") or _only_type(about, url)
    form = (_JSON.search(about) or [b"", b"geojson"])[1].decode(errors="replace").strip()
    is_new = version.startswith("2")
    ask |= {"version": version, "request": "GetFeature"}
    ask |= {"typeNames" if is_new else "typeName": name}
    if request.bbox is not None:
        ask["bbox"] = f"{request.query['bbox']},{_SYSTEM}"
    count = client.get(url, {**ask, "resultType": "hits"}, read=lambda raw: _hits(raw, url))
    kept.require_same("count", {"count": count, "type": name})
    ask |= {"outputFormat": form, "srsName": _SYSTEM}
    return Answer(_wfs_pages(url, ask, count, client, kept, is_new=is_new), count, title=name)


def _refuse_condition(request: Request) -> None:
    if request.where is not None:
        wrong = text("only ArcGIS services take a condition on attributes")
        raise UsageError(host_of(request.url), wrong, text("leave it out"))


def _without_query(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    said = {name.lower(): value for name, value in parse_qsl(parts.query)}
    kept = {k: v for k, v in said.items() if k not in {"service", "request", "version"}}
    return urlunsplit(parts._replace(query="", fragment="")), kept


def _only_type(about: bytes, url: str) -> str:
    names = [name.decode(errors="replace").strip() for name in _TYPE.findall(about)]
    if len(names) == 1:
        return str(names[0])
    wrong = text("has the types {names}", names=", ".join(names) or "-")
    raise UsageError(host_of(url), wrong, text("add ?typeNames=... to the address"))


def _hits(raw: bytes, url: str) -> int | None:
    """Return how many features a WFS says it has; None if it does not say."""
    found = _HITS.search(refuse_page(raw, url))
    return None if found is None else int(found[1])


def _wfs_pages(
    url: str,
    ask: Mapping[str, str],
    count: int | None,
    client: Client,
    kept: Kept,
    *,
    is_new: bool,
) -> Iterator[list[Feature]]:
    """Yield the pages of a WFS; of version 1.1 in parts only if it does not send all at once."""
    size = "count" if is_new else "maxFeatures"

    def fetch(start: int) -> Fetch:
        window = {size: str(_PAGE), "startIndex": str(start)} if is_new or start else {}
        return lambda: client.get_collection(url, {**ask, **window})

    def next_page(told: dict[str, Any], found: int) -> Fetch | None:
        last = len(told["features"]) < _PAGE if count is None else found >= count
        return None if last else fetch(found)

    for told in walk_pages(kept, fetch(0), next_page, url):
        yield features_of(told, url)


def fetch_ogc_api(request: Request, client: Client, kept: Kept) -> Answer:
    """Ask a collection of an OGC API for its features.

    Parameters
    ----------
    request : Request
        Whose address is that of a collection, or of its items.
    client : Client
    kept : Kept
        Answers of an earlier run.

    Returns
    -------
    Answer

    Raises
    ------
    UsageError
        If the request has a condition.
    SourceError
        Whatever is wrong with an answer.
    """
    _refuse_condition(request)
    url, said = _without_query(request.url)
    url = re.sub(r"/items$", "", url.rstrip("/"))
    about = client.get_json(url, {"f": "json"})
    ask = {**said, "f": "json", "limit": str(_PAGE), **request.query}
    first = client.get_collection(f"{url}/items", ask)
    count = first.get("numberMatched")
    count = count if isinstance(count, int) else None
    kept.require_same("count", {"count": count, "url": url})
    pages = _linked_pages(first, f"{url}/items", client, kept)
    return Answer(pages, count, title=str(about.get("title") or ""))


def _linked_pages(
    first: dict[str, Any], url: str, client: Client, kept: Kept
) -> Iterator[list[Feature]]:
    """Yield the first page and those that each page links to, on the same host."""
    at = url

    def next_page(told: dict[str, Any], _found: int) -> Fetch | None:
        nonlocal at
        links = [one for one in told.get("links") or () if isinstance(one, dict)]
        target = next((one.get("href") for one in links if one.get("rel") == "next"), None)
        if target is None:
            return None
        at = redirect_target(at, str(target))
        return partial(client.get_collection, at)

    for told in walk_pages(kept, lambda: first, next_page, url):
        yield features_of(told, url)
