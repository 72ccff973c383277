"""What services are asked and answer, and the answers that are kept until a fetch is whole."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nmgeo.cache import write_cached
from nmgeo.errors import SourceError
from nmgeo.messages import Text, text
from nmgeo.services.content import features_of, host_of

Feature = dict[str, Any]  # of GeoJSON
Fetch = Callable[[], dict[str, Any]]  # returns one answer
_MOST_PAGES: Final = 10_000


@dataclass(frozen=True)
class Request:
    """What is asked of a service.

    Parameters
    ----------
    url : str
        Its address.
    where : str, optional
        A condition of SQL on the attributes.
    bbox : tuple of float, optional
        West, south, east, north in degrees of WGS 84.
    """

    url: str
    where: str | None = None
    bbox: tuple[float, float, float, float] | None = None

    @property
    def key(self) -> str:
        """Name of the folder of its answers."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:24]

    @property
    def query(self) -> dict[str, str]:
        """What it asks for besides the address."""
        box = None if self.bbox is None else ",".join(f"{edge:.7g}" for edge in self.bbox)
        asked = {"where": self.where, "bbox": box}
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True)
class Answer:
    """What a service has to a request.

    Parameters
    ----------
    pages : iterator of lists of features
        Fetched as they are taken.
    count : int, optional
        How many features there are, as the service says.
    title, credit : str
        Of the layer, as the service says; empty if it does not.
    """

    pages: Iterator[list[Feature]]
    count: int | None
    title: str = ""
    credit: str = ""


class Kept:
    """The answers of one request, kept on the disk so that a later run need not ask again."""

    def __init__(self, folder: Path) -> None:
        """Use a folder that is there."""
        self.folder = folder

    def json(self, name: str, fetch: Fetch) -> dict[str, Any]:
        """Return a kept answer, or fetch and keep it."""
        path = self.folder / f"{name}.json"
        with suppress(OSError, ValueError, RecursionError):
            told = json.loads(path.read_bytes())
            if isinstance(told, dict):
                return told
        told = fetch()
        write_cached(path, json.dumps(told, ensure_ascii=False).encode())
        return told

    def require_same(self, name: str, told: dict[str, Any]) -> None:
        """Forget what was kept if the service answers otherwise now than it did then."""
        if self.json(name, lambda: told) != told:
            self.clear()
            self.json(name, lambda: told)

    def clear(self) -> None:
        """Forget every answer."""
        for path in self.folder.glob("*.json"):
            path.unlink(missing_ok=True)

    def contradiction(self, url: str, wrong: Text) -> SourceError:
        """Return the error of answers that do not fit together, and forget them."""
        self.clear()
        return SourceError(host_of(url), wrong, text("try again later"))


def walk_pages(
    kept: Kept, first: Fetch, next_page: Callable[[dict[str, Any], int], Fetch | None], url: str
) -> Iterator[dict[str, Any]]:
    """Yield answers page by page; those that an earlier run kept are not fetched again.

    Parameters
    ----------
    kept : Kept
    first : function
        Fetches the first page.
    next_page : function
        Returns what fetches the next page, given a page and how many features came so far; None
        after the last. It is not asked after a page without features.
    url : str
        For messages.

    Yields
    ------
    dict
        A collection of features.

    Raises
    ------
    SourceError
        If the pages do not end.
    """
    fetch, found = first, 0
    for number in range(_MOST_PAGES):
        told = kept.json(f"page-{number}", fetch)
        yield told
        count = len(features_of(told, url))
        found += count
        after = next_page(told, found) if count else None
        if after is None:
            return
        fetch = after
    raise SourceError(host_of(url), text("links to pages without end"), text("try again later"))


def check_pages(answer: Answer, kept: Kept, url: str) -> Iterator[list[Feature]]:
    """Yield the pages of an answer; stop where the service contradicts itself.

    Parameters
    ----------
    answer : Answer
    kept : Kept
        Forgotten at a contradiction, so that the next run asks for every page again.
    url : str
        For messages.

    Yields
    ------
    list of features

    Raises
    ------
    SourceError
        If an object id is sent twice, or another number of features than the service says.
    """
    seen, found = set[Any](), 0
    for page in answer.pages:
        _refuse_repeated(page, seen, kept, url)
        found += len(page)
        yield page
    if answer.count is not None and found != answer.count:
        wrong = text(
            "sends {found} features and says that it has {count}", found=found, count=answer.count
        )
        raise kept.contradiction(url, wrong)


def _refuse_repeated(page: list[Feature], seen: set[Any], kept: Kept, url: str) -> None:
    """Stop if an object id is sent twice, and add the ids to those seen."""
    ids = [one.get("id") for one in page]
    for one in (one for one in ids if isinstance(one, str | int | float)):
        if one in seen:
            raise kept.contradiction(url, text("sends object {id} twice", id=one))
        seen.add(one)
