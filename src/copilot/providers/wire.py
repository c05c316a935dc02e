"""The HTTP client that all SDKs are given: it records bodies, keeps keys at home and bounds what comes back.

The SDKs differ in what they do about redirects, proxies, timeouts and odd answers. Here it is decided once:
redirects are an error (one SDK would send its key to the new address), loopback hosts are never reached
through a proxy, only known headers leave (environment variables make SDKs add others), an answer that is
neither an event stream nor JSON is an error, and no body grows past `stream.MAX_BODY`.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import partial
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from copilot.providers.ahead import Ahead
from copilot.providers.base import OnWire
from copilot.providers.failures import Service
from copilot.providers.parts import inside
from copilot.providers.stream import SLOW, Tap
from copilot.record.attachment_marks import shortened
from copilot.vocabulary.errors import BadResponseError, NetworkError
from copilot.vocabulary.frozen import mutable
from copilot.vocabulary.values import WireRecord

CONNECT_SECONDS = 5.0
READ_SECONDS = 180.0
"""The longest silence between two pieces of an answer; silent reasoning may take more than a minute."""

LOCAL_READ_SECONDS = 600.0
"""The same for a server on this machine, which may be loading a model first."""

_LINES = (
    "application/x-jsonl",
    "application/jsonl",
    "application/octet-stream",
    "application/binary",
    "text/plain",
)
_FILES = ("/results", "/content")
"""How the answers of a batch come: lines of JSON, at addresses that end so."""

_LEAVING = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-type",
        "content-length",
        "transfer-encoding",
        "user-agent",
        "x-goog-api-client",
        "idempotency-key",
    }
)
"""Headers of an SDK's own that may leave, beside those that begin with `x-stainless-`."""

_RECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_QUERY_SECRETS = frozenset({"key", "api_key", "apikey", "api-key", "token", "access_token"})


@mutable
class Posted:
    """What one call of a provider posts: the newest body, with its hash. With `held` it goes nowhere.

    An answer must begin within `first_byte` seconds and is read for up to `silence` seconds without a byte;
    0 leaves it to the client. `ahead` is on its way before the SDK asked for it, and is this call's alone.
    `instead` is an address's end and the body that is posted there, whatever an SDK made of it.
    """

    held: bool = False
    body: bytes | None = None
    sha256: str = ""
    first_byte: float = 0.0
    silence: float = 0.0
    cut: bool = False
    ahead: Ahead | None = None
    instead: tuple[str, bytes] | None = None

    def was_cut(self) -> None:
        """The answer ended in the middle of a line."""
        self.cut = True

    def note(self, method: str, body: bytes) -> None:
        """Take in a body that is about to be sent. Raises HeldBackError where it is not to be."""
        if method == "POST":
            self.body, self.sha256 = body, sha256(body).hexdigest()
        if self.held:
            raise HeldBackError(f"this {method} was not to be sent")

    def bodied(self, request: httpx2.Request) -> httpx2.Request:
        """The request with the body that is to be sent."""
        if self.instead is None or request.method != "POST" or not request.url.path.endswith(self.instead[0]):
            return request
        gone = ("content-length", "transfer-encoding")
        headers = [(name, value) for name, value in request.headers.multi_items() if name.lower() not in gone]
        body, extensions = self.instead[1], request.extensions
        return httpx2.Request("POST", request.url, headers=headers, content=body, extensions=extensions)

    def taken(self, request: httpx2.Request) -> Ahead | None:
        """What went ahead for this request, which takes its answer; None where nothing did."""
        if self.ahead is None or not self.ahead.is_for(request):
            return None
        ahead, self.ahead = self.ahead, None
        return ahead

    async def drop_ahead(self) -> None:
        """Give up what went ahead and no request has asked for."""
        ahead, self.ahead = self.ahead, None
        if ahead is not None:
            await ahead.drop()


class HeldBackError(Exception):
    """A request was made only to be looked at; an SDK may wrap this."""


POSTED: Final[ContextVar[Posted | None]] = ContextVar("posted", default=None)
"""The `Posted` of the running task: a client serves several at a time."""


class WireClient(httpx2.AsyncClient):
    """Made on the bridge's loop, one for each provider. `service.key` never appears in a record.

    `identity` are the headers that say who asks, on every request: an SDK takes some from the environment.
    `learn` is told the headers of every answer.
    """

    def __init__(
        self,
        service: Service,
        on_wire: OnWire,
        *,
        identity: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
        learn: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        loopback = {"127.0.0.1", "localhost", "[::1]"} | _loopback_host(service.base_url)
        super().__init__(
            timeout=httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            mounts={f"all://{host}": None for host in loopback},
            verify=_trust(service.base_url),
        )
        self._service = service
        self._on_wire = on_wire
        self._identity = identity or {}
        self._learn = learn

    async def send_ahead(self, posted: Posted, url: str, body: bytes) -> None:
        """Post `body` now; the next equal request of the same call is given its answer.

        Returns when it is sent, or failed.
        """
        named = {"user-agent": "copilot", "content-type": "application/json", "accept": "application/json"}
        request = self.build_request("POST", url, headers=named, content=body)
        posted.ahead = ahead = Ahead(request, partial(self.send, stream=True))
        await ahead.left()

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, auth: Any = None, **_: Any
    ) -> httpx2.Response:
        """Send once, without redirects. Raises BadResponseError for an answer of the wrong kind."""
        self._prepare(request)
        posted = POSTED.get()
        if posted is not None:
            request = posted.bodied(request)
            if (ahead := posted.taken(request)) is not None:
                return await ahead.answer()
        body = await request.aread()
        if posted is not None:
            posted.note(request.method, body)
        known = posted.sha256 if posted is not None and posted.body is body else sha256(body).hexdigest()
        # Before it leaves: nothing is sent that is not in the log.
        self._record(request, "request", 0, body, known)
        answer = await self._begun(request, auth)
        if self._learn is not None:
            self._learn(answer.headers)

        def ended(body: bytes) -> None:
            self._record(request, "response", answer.status_code, body)

        response = httpx2.Response(
            answer.status_code,
            headers=[(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _RECODED],
            stream=Tap(
                self._service,
                answer,
                ended,
                events=_kind(answer) == "events",
                cut=None if posted is None else posted.was_cut,
            ),
            request=request,
            extensions=answer.extensions,
        )
        try:
            await self._check(response, stream)
            if not stream:
                await response.aread()
                self._check_whole(response)
        except BaseException:
            await response.aclose()
            raise
        return response

    async def _begun(self, request: httpx2.Request, auth: Any) -> httpx2.Response:
        """The answer's head. Raises NetworkError where it takes too long."""
        posted = POSTED.get()
        limit = (posted.first_byte if posted is not None else 0.0) or None
        try:
            async with asyncio.timeout(limit):
                return await super().send(request, stream=True, auth=auth, follow_redirects=False)
        except TimeoutError as error:
            words = f"no answer began within {limit:g} s; it was given up"
            raise NetworkError(self._service.cannot(words), SLOW) from error

    def _prepare(self, request: httpx2.Request) -> None:
        # SDKs bring timeouts of their own (one of them: none at all); ours hold.
        timeout = self.timeout.as_dict()
        if (posted := POSTED.get()) is not None and posted.silence:
            timeout["read"] = posted.silence
        request.extensions = {**request.extensions, "timeout": timeout}
        for name in list(request.headers):
            if name.lower() not in _LEAVING and not name.lower().startswith("x-stainless-"):
                del request.headers[name]
        request.headers.update(self._identity)

    async def _check(self, response: httpx2.Response, stream: bool) -> None:
        status, kind = response.status_code, _kind(response)
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("location", "")).netloc.rpartition("@")[2] or "a path"
            raise BadResponseError(
                self._service.says(f"a redirect to {target}, which is not followed", status),
                "Set the base URL to the address that is meant. A network that wants a login does this, too.",
            )
        if not 200 <= status < 300 or kind in ("", "events") or (kind == "json" and not stream):
            return
        if kind in _LINES and str(response.request.url.path).endswith(_FILES):
            return
        start = (await response.aread())[:200].decode("utf-8", "replace")
        named = response.headers.get("content-type", "")
        raise BadResponseError(self._service.says(f"not a provider response ({named}): {start}", status))

    def _check_whole(self, response: httpx2.Response) -> None:
        # Gateways put their errors into answers that claim to be fine.
        if response.is_success and (error := inside(_parsed(response), "error")):
            words = str(inside(error, "message") or error)
            raise BadResponseError(self._service.says(words, response.status_code))

    def _record(
        self, request: httpx2.Request, direction: Any, status: int, body: bytes, digest: str = ""
    ) -> None:
        self._on_wire(
            WireRecord(
                provider=self._service.name,
                direction=direction,
                method=request.method,
                url=self._service.scrub(_without_secrets(request.url)),
                status=status,
                body=self._service.scrub(shortened(body).decode("utf-8", "replace")),
                sha256=digest,
            )
        )


def _parsed(response: httpx2.Response) -> object:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _kind(response: httpx2.Response) -> str:
    named = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named == "text/event-stream":
        return "events"
    return "json" if named.endswith(("/json", "+json")) else named


def _trust(base_url: str) -> ssl.SSLContext | bool:
    """Whom TLS trusts: nobody where the address has no TLS, since loading the authorities takes 30 ms."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if urlsplit(base_url).scheme == "http" else True


def is_loopback(base_url: str) -> bool:
    """Whether the base URL leads to this very machine."""
    return bool(_loopback_host(base_url))


def _loopback_host(base_url: str) -> set[str]:
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return {host} if host == "localhost" or host.endswith(".localhost") else set()
    written = f"[{host}]" if address.version == 6 else host
    return {written} if address.is_loopback or address.is_unspecified else set()


def _without_secrets(url: httpx2.URL) -> str:
    for name in {k for k, _ in url.params.multi_items() if k.lower() in _QUERY_SECRETS}:
        url = url.copy_set_param(name, "[key]")
    return str(url.copy_with(username=None, password=None) if url.userinfo else url)
