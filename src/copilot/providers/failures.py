"""What can go wrong on the way to a service and back, in the words of `vocabulary.errors`.

Provider files name their service once (`Service`) and use these functions in their "map errors" part. A
message names the provider, the host of the base URL and the HTTP status; it never holds the key.
"""

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from copilot.providers.addresses import is_loopback
from copilot.providers.parts import inside
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import (
    AuthError,
    BadRequestError,
    BadResponseError,
    ContextTooLongError,
    CopilotError,
    NetworkError,
    ProviderError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
    UnknownModelError,
)
from copilot.vocabulary.frozen import frozen

_NOT_THE_PROTOCOL = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError)
"""What the SDKs, and our own reading of what they hand on, raise when a payload is not the protocol.

Among them JSONDecodeError, UnicodeDecodeError and pydantic's ValidationError, which are ValueErrors.
"""

_LONGEST_WORDS = 2_000

SKEW_SECONDS = 300.0
"""Clocks that differ by more are worth a word."""

_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
"""What the system says where not even an attempt to connect can leave."""

PROXY_NAMED = "Check HTTPS_PROXY and NO_PROXY."
PROXY_LOGIN = "The proxy wants a user name and a password: HTTPS_PROXY=http://name:password@host:port."


@frozen
class Service:
    """Who is asked: the provider's name, its base URL and the key (empty where none is needed)."""

    name: str
    base_url: str
    key: str = ""

    @property
    def host(self) -> str:
        """The base URL's host, with the port where one is written."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url

    def scrub(self, text: str) -> str:
        """`text` without the key."""
        return text.replace(self.key, "[key]") if len(self.key) >= 8 else text

    def says(self, words: str, status: int = 0) -> str:
        """One line for a person: who answered, with which status, and what."""
        words = " ".join(self._keyless(words).split())[:_LONGEST_WORDS]
        answered = f"{self.name} ({self.host}) answered" + (f" HTTP {status}" if status else "")
        return f"{answered}: {words}" if words else answered

    def cannot(self, words: str) -> str:
        """One line for a person about a service that did not answer."""
        return f"{self.name} ({self.host}): {self._keyless(words)}"

    def _keyless(self, words: str) -> str:
        """Words for a person: a service may repeat headers and addresses with keys in them, a library too."""
        return Redactor(()).text(self.scrub(words))


def already_ours(error: BaseException) -> CopilotError | None:
    """The error of ours, also where an SDK wrapped it in its own."""
    return next((e for e in _chain(error) if isinstance(e, CopilotError)), None)


def fault(service: Service, error: Exception) -> ProviderError | None:
    """The error for a broken connection or a payload that makes no sense, also where an SDK wraps it.

    None for an error that is neither: that is a mistake of this program.
    """
    import httpx2  # takes long to load, and where nothing failed it may not be there yet

    causes = tuple(_chain(error))
    transport = next(
        (e for e in causes if isinstance(e, (httpx2.HTTPError, httpx2.InvalidURL, OSError))), None
    )
    if isinstance(transport, httpx2.DecodingError):
        return BadResponseError(service.says(f"the body could not be decoded ({transport})"))
    if isinstance(transport, (httpx2.InvalidURL, httpx2.UnsupportedProtocol)):
        hint = "A base URL looks like https://host/path."
        return BadRequestError(service.cannot(f"the base URL cannot be used: {transport}"), hint)
    if transport is not None:
        return _unreachable(service, causes)
    for cause in causes:
        if isinstance(cause, ImportError):
            return _not_installed(service, cause)
        if isinstance(cause, _NOT_THE_PROTOCOL):
            return BadResponseError(
                service.says(f"not a provider response ({type(cause).__name__}: {cause})")
            )
    return None


def by_status(
    service: Service,
    status: int,
    words: str,
    *,
    headers: Mapping[str, str] | None = None,
    request_id: str = "",
) -> ProviderError:
    """The error for an HTTP status, where the body says nothing more exact. Header names are lower-case."""
    headers = headers or {}
    message = service.says(words, status)
    request_id = request_id or headers.get("request-id") or headers.get("x-request-id") or ""
    if status in (401, 403):
        return AuthError(message, _clock_hint(headers), request_id=request_id)
    if status == 402:
        return QuotaError(message, request_id=request_id)
    if status == 407:
        return _lasting(NetworkError(message, PROXY_LOGIN, request_id=request_id))
    if status == 413:
        return ContextTooLongError(message, request_id=request_id)
    if status == 429:
        return RateLimitedError(message, request_id=request_id, retry_after=retry_after(headers))
    if status in (408, 409, 425) or status >= 500:
        broken = UnavailableError(message, request_id=request_id)
        broken.retry_after = retry_after(headers)
        return broken
    if status == 404 and "model" in words.lower():
        return UnknownModelError(message, request_id=request_id)
    hint = "Check the model's name and the base URL." if status == 404 else None
    return BadRequestError(message, hint, request_id=request_id)


def by_code(service: Service, error: Any) -> ProviderError:
    """The error for one of the openai SDK's, by the code in its body: two providers speak it.

    Local servers say what they like: a plain string as the error, or their own words for a long prompt.
    """
    status = getattr(error, "status_code", 0)
    response = getattr(error, "response", None)
    headers: Mapping[str, str] = response.headers if response is not None else {}
    body = error.body
    words = body if isinstance(body, str) else inside(body, "message")
    words = str(words or (response.text if response is not None else "") or error.message)
    code = " ".join(str(word) for word in (error.code, error.type) if word)
    return by_words(service, status, code, words, headers=headers)


def by_words(
    service: Service,
    status: int,
    code: str,
    words: str,
    *,
    headers: Mapping[str, str] | None = None,
    request_id: str = "",
) -> ProviderError:
    """The error for a code of OpenAI's, also one that came inside a stream (then `status` is 0)."""
    message = service.says(words, status)
    request_id = request_id or (headers or {}).get("x-request-id", "")
    if "insufficient_quota" in code or "billing" in code:
        return QuotaError(message, request_id=request_id)
    lower = words.lower()
    if "context_length_exceeded" in code or (
        "context" in lower and ("exceed" in lower or "maximum" in lower)
    ):
        return ContextTooLongError(message, request_id=request_id)
    if "model_not_found" in code:
        return UnknownModelError(message, request_id=request_id)
    if any(mark in code for mark in ("policy", "invalid_prompt", "content_filter")):
        return RefusedError(message, request_id=request_id)
    if not status:
        status = next((number for mark, number in _CODES.items() if mark in code), 500)
    return by_status(service, status, words, headers=headers, request_id=request_id)


_CODES = {"rate_limit": 429, "authentication": 401, "invalid_api_key": 401, "invalid_request": 400}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that `retry-after-ms` or `retry-after` ask for.

    A date counts from the service's own clock, the `date` header, or from now.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    then, now = _date(value), _date(headers.get("date", "")) or datetime.now(UTC)
    return max((then - now).total_seconds(), 0.0) if then else None


def _unreachable(service: Service, causes: tuple[BaseException, ...]) -> NetworkError:
    import httpx2

    error = next(e for e in causes if isinstance(e, (httpx2.HTTPError, OSError)))
    if isinstance(error, httpx2.ProxyError):
        words = service.cannot(f"the proxy refused: {error}")
        hint = PROXY_LOGIN if "407" in str(error) else PROXY_NAMED
        return _lasting(NetworkError(words, hint, sent=False))
    if any(isinstance(e, ssl.SSLError) for e in causes) or "certificate" in str(error).lower():
        words = service.cannot(f"no trusted connection: {error}")
        return _lasting(NetworkError(words, _tls_hint(str(error)), sent=False))
    nameless = any(isinstance(e, socket.gaierror) for e in causes) or "getaddrinfo" in str(error)
    if nameless or isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
        return _unconnected(service, str(error), causes, nameless=nameless)
    if isinstance(error, httpx2.TimeoutException):
        return NetworkError(service.cannot("nothing came for too long; the request was given up"))
    return NetworkError(service.cannot(f"the connection broke: {error or type(error).__name__}"))


def _unconnected(
    service: Service, words: str, causes: tuple[BaseException, ...], *, nameless: bool
) -> NetworkError:
    """No connection, neither to the service nor to a proxy before it."""
    import httpx2

    late = any(isinstance(e, httpx2.ConnectTimeout) for e in causes)
    if proxy := _proxy(service.base_url):
        why = "its name could not be found (DNS)" if nameless else "no answer in time" if late else words
        why = f"could not connect to the proxy {proxy}: {why}"
        return NetworkError(service.cannot(why), PROXY_NAMED, sent=False)
    if nameless:
        hint = "Check the network and the base URL's host name."
        return NetworkError(service.cannot("the host's name could not be found (DNS)"), hint, sent=False)
    if late:
        return NetworkError(service.cannot("no connection in time"), sent=False)
    away = any(isinstance(e, OSError) and e.errno in _NO_WAY for e in causes)
    hint = None if away else "Is the server running at this address?"
    return NetworkError(service.cannot(f"could not connect: {words}"), hint, sent=False)


def _proxy(base_url: str) -> str:
    """The host of the proxy by which a service is reached, as `wire` has it; empty where there is none."""
    from urllib.request import getproxies, proxy_bypass

    url, proxies = urlsplit(base_url), getproxies()
    named = proxies.get(url.scheme) or proxies.get("all") or ""
    if not named or is_loopback(base_url) or proxy_bypass(url.hostname or ""):
        return ""
    return urlsplit(named).netloc.rpartition("@")[2] or named.rpartition("@")[2]


def _lasting(error: NetworkError) -> NetworkError:
    """The same error where trying again cannot help."""
    error.retryable = False
    return error


def _clock_hint(headers: Mapping[str, str]) -> str | None:
    """What to do where the service's clock and this machine's differ: keys and signatures have times."""
    theirs = _date(headers.get("date", ""))
    if theirs is None:
        return None
    off = (datetime.now(UTC) - theirs).total_seconds()
    if abs(off) < SKEW_SECONDS:
        return None
    way = "ahead of" if off > 0 else "behind"
    return f"This machine's clock is {abs(off) / 60:.0f} min {way} the service's. Set it, then check the key."


def _not_installed(service: Service, error: ImportError) -> ProviderError:
    if error.name:
        hint = "Set this program up again (see the README), or choose another provider."
        return BadRequestError(service.cannot(f"its SDK cannot be loaded here: {error}"), hint)
    # httpx2 says so without a module's name when the environment names a SOCKS proxy.
    return NetworkError(service.cannot(f"the proxy in the environment cannot be used: {error}"))


def _tls_hint(words: str) -> str:
    if "expired" in words or "not yet valid" in words:
        return "Check this machine's clock first: the certificate's dates do not fit it."
    if "mismatch" in words:
        return "Check the host in the base URL: its certificate is for another one."
    return "A proxy may be inspecting the connection: SSL_CERT_FILE can name its certificate."


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _date(text: str) -> datetime | None:
    """A date of a header; one that names no time zone is in UTC, as HTTP has them all."""
    from email.utils import parsedate_to_datetime  # the HTTP library has it loaded

    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
