"""HTTP: one request at a time, with retries, limits of time and size, and no way to other hosts."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from nmgeo.errors import SourceError, UsageError
from nmgeo.messages import option, text
from nmgeo.services.addresses import redirect_target, require_address
from nmgeo.services.content import (
    AbsentError,
    DamagedError,
    TryAgainError,
    host_of,
    read_collection,
    read_json,
)
from nmgeo.services.partial_file import PARTIAL, PartialFile

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")
_REDIRECTS: Final = 5
_AGAIN: Final = (408, 425, 429, 500, 502, 503, 504)
_ABSENT: Final = 404
_NO_SUCH_PART: Final = 416
_AGENT: Final = "nmgeo"
_FOREVER_S: Final = 1e8  # about three years; the system takes no much longer wait
_LONGEST: Final = 30  # wait between two attempts, in first waits


@dataclass(frozen=True)
class Limits:
    """Limits of a fetch.

    Parameters
    ----------
    silence_s : float
        Seconds without a byte, after which a request is given up.
    request_s : float
        Seconds for one request, however slowly its bytes come.
    attempts : int
        How often a request is tried.
    wait_s : float
        Seconds before the second attempt, doubled for each further one, with jitter.
    max_bytes : int
        Size of all answers together.

    Raises
    ------
    UsageError
        If a time is not above 0.
    """

    silence_s: float = 90.0
    request_s: float = 600.0
    attempts: int = 4
    wait_s: float = 1.0
    max_bytes: int = 2_000_000_000

    def __post_init__(self) -> None:
        """Check the times."""
        if not (0 < self.silence_s < _FOREVER_S and self.request_s > 0):
            wrong = text("is no time to wait for an answer")
            remedy = text("write {example}", example="900")
            raise UsageError(option("timeout", f"{self.request_s:g}"), wrong, remedy)


@dataclass
class Client:
    """Fetches answers within limits.

    Parameters
    ----------
    limits : Limits
    received : int
        Bytes so far.
    """

    limits: Limits = field(default_factory=Limits)
    received: int = 0

    def get_json(self, url: str, params: Mapping[str, str] | None) -> dict[str, Any]:
        """Return the JSON object of an answer; see :meth:`get`."""
        return self.get(url, params, read=lambda raw: read_json(raw, url))

    def get_collection(self, url: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object of an answer that holds a list of features; see :meth:`get`."""
        return self.get(url, params, read=lambda raw: read_collection(raw, url))

    def get(
        self, url: str, params: Mapping[str, str] | None = None, *, read: Callable[[bytes], _T]
    ) -> _T:
        """Return an answer as ``read`` reads its bytes.

        Raises
        ------
        UsageError
            If the address may not be fetched.
        SourceError
            If the service is not reached, refuses, redirects elsewhere, or goes beyond a limit.
        """
        return self._repeat(url, lambda: read(self._once(url, params, self._body)))

    def download(self, url: str, file: PartialFile, check: Callable[[], None]) -> None:
        """Fetch a file piece by piece, from where an earlier run stopped; raises as :meth:`get`.

        Parameters
        ----------
        url : str
            Its address.
        file : PartialFile
            Where it goes. It is begun anew if ``check`` raises.
        check : function
            Looks at the file once it is whole.
        """

        def write(url: str, answer: "httpx.Response") -> None:
            file.write(answer.status_code, answer.headers, self._parts(url, answer, file.start))

        def attempt() -> None:
            try:
                self._once(url, None, write, file.headers)
            except DamagedError:
                file.clear()
                raise
            try:
                check()
            except (SourceError, TryAgainError):
                file.clear()
                raise

        self._repeat(url, attempt)

    def _repeat(self, url: str, attempt: Callable[[], _T]) -> _T:
        """Return what an attempt returns, which is repeated after faults that may pass."""
        require_address(url)
        tenacity = _library("tenacity")
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TryAgainError),
            stop=tenacity.stop_after_attempt(self.limits.attempts),
            wait=tenacity.wait_exponential(self.limits.wait_s, max=_LONGEST * self.limits.wait_s)
            + tenacity.wait_random(0, self.limits.wait_s),
            reraise=True,
        )
        try:
            return tries(attempt)  # type: ignore[no-any-return]
        except TryAgainError as error:
            count = self.limits.attempts
            wrong = text("{why}, {count} times in a row", why=error.why, count=count)
            remedy = text("try again later; what was fetched is kept")
            raise SourceError(host_of(url), wrong, remedy) from None

    @cached_property
    def _session(self) -> "httpx.Client":
        """Connections, which are kept from one request to the next."""
        headers, timeout = {"User-Agent": _AGENT}, self.limits.silence_s
        session: httpx.Client = _library("httpx").Client(timeout=timeout, headers=headers)
        return session

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def _once(
        self,
        url: str,
        params: Mapping[str, str] | None,
        take: Callable[[str, "httpx.Response"], _T],
        headers: Mapping[str, str] | None = None,
    ) -> _T:
        """Make one request, and return what ``take`` makes of the answer."""
        with _faults_as_errors(url):
            for _ in range(_REDIRECTS + 1):
                with self._session.stream("GET", url, params=params, headers=headers) as answer:
                    if not answer.is_redirect:
                        _require_success(url, answer)
                        return take(url, answer)
                    target = answer.headers.get("location", "")
                    url, params = redirect_target(str(answer.url), target), None
        raise SourceError(host_of(url), text("redirects without end"), text("check the address"))

    def _body(self, url: str, answer: "httpx.Response") -> bytes:
        return b"".join(self._parts(url, answer, 0))

    def _parts(self, url: str, answer: "httpx.Response", before: int) -> Iterator[bytes]:
        """Yield an answer as it comes; ``before`` are the bytes that an earlier one brought."""
        begun = time.monotonic()
        size = before if answer.status_code == PARTIAL else 0
        for part in answer.iter_bytes():
            size += len(part)
            self._require_room(url, size)
            yield part
            if time.monotonic() - begun > self.limits.request_s:
                seconds = f"{self.limits.request_s:g}"
                wrong = text("one answer takes longer than {seconds} s", seconds=seconds)
                remedy = text("try again later, or raise {timeout}", timeout=option("timeout"))
                raise SourceError(host_of(url), wrong, remedy)
        self.received += size

    def _require_room(self, url: str, size: int) -> None:
        if self.received + size > self.limits.max_bytes:
            limit = f"{self.limits.max_bytes / 1e6:,.6g} MB"
            wrong = text("sends more than {limit}", limit=limit)
            bbox, most = option("bbox"), option("max_size")
            remedy = text("fetch a part with {bbox}, or raise {most}", bbox=bbox, most=most)
            raise SourceError(host_of(url), wrong, remedy)


def _require_success(url: str, answer: "httpx.Response") -> None:
    status = answer.status_code
    if status in _AGAIN:
        raise TryAgainError(text("it answers {status}", status=status))
    if status == _NO_SUCH_PART:
        raise DamagedError(text("it answers {status}", status=status))
    if not answer.is_success:
        wrong, remedy = text("it answers {status}", status=status), text("check the address")
        kind = AbsentError if status == _ABSENT else SourceError
        raise kind(host_of(url), wrong, remedy)


@contextmanager
def _faults_as_errors(url: str) -> Iterator[None]:
    """Turn the faults of a connection into those that may pass and those that do not."""
    httpx = _library("httpx")
    try:
        yield
    except httpx.InvalidURL:
        wrong, remedy = text("the address cannot be read"), text("check the address")
        raise SourceError(host_of(url), wrong, remedy) from None
    except httpx.TransportError as error:
        if _is_certificate(error):
            wrong = text("its TLS certificate cannot be verified")
            remedy = text("check the address and the clock of this computer")
            raise SourceError(host_of(url), wrong, remedy) from None
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise TryAgainError(text("the connection fails ({why})", why=why)) from None
    except httpx.DecodingError:
        raise TryAgainError(text("its answer is damaged")) from None


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _library(name: str) -> Any:
    """Import a library that the base installation does not need."""
    try:
        return import_module(name)
    except ImportError:
        wrong, remedy = text("is not installed"), text("install nmgeo[pull]")
        raise SourceError(name, wrong, remedy) from None
