"""The HTTP client that all SDKs are given: it records bodies, keeps keys at home and bounds what comes back.

The SDKs differ in what they do about redirects, proxies, timeouts and odd answers. Here it is decided once:
redirects are an error (one SDK would send its key to the new address), loopback hosts are never reached
through a proxy, only known headers leave (environment variables make SDKs add others), an answer that is
neither an event stream nor JSON is an error, and no body grows past `MAX_BODY`.
"""

import asyncio
import codecs
import ipaddress
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2

from copilot.providers.base import OnWire
from copilot.providers.failures import Service
from copilot.providers.parts import inside
from copilot.vocabulary.errors import BadResponseError, NetworkError
from copilot.vocabulary.values import WireRecord

T = TypeVar("T")

CONNECT_SECONDS = 5.0
READ_SECONDS = 180.0
"""The longest silence between two pieces of an answer; silent reasoning may take more than a minute."""

LOCAL_READ_SECONDS = 600.0
"""The same for a server on this machine, which may be loading a model first."""

IDLE_SECONDS = 600.0
"""The longest time without one whole event, however many pings and comments come in between."""

TOTAL_SECONDS = 3600.0
"""The longest answer."""

MAX_BODY = 64 * 2**20
"""Bytes of one answer, decompressed."""

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
        "authorization",
        "x-api-key",
        "x-goog-api-key",
        "x-goog-api-client",
        "anthropic-version",
        "anthropic-beta",
        "idempotency-key",
    }
)
_QUERY_SECRETS = frozenset({"key", "api_key", "apikey", "api-key", "token", "access_token"})


class WireClient(httpx2.AsyncClient):
    """Made on the bridge's loop, one for each provider. `service.key` never appears in a record."""

    def __init__(self, service: Service, on_wire: OnWire, *, read_seconds: float = READ_SECONDS) -> None:
        loopback = {"127.0.0.1", "localhost", "[::1]"} | _loopback_host(service.base_url)
        super().__init__(
            timeout=httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            mounts={f"all://{host}": None for host in loopback},
        )
        self._service = service
        self._on_wire = on_wire

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, auth: Any = None, **_: Any
    ) -> httpx2.Response:
        """Send once, without redirects. Raises BadResponseError for an answer of the wrong kind."""
        self._prepare(request)
        self._record(request, "request", 0, await request.aread())
        answer = await super().send(request, stream=True, auth=auth, follow_redirects=False)
        response = httpx2.Response(
            answer.status_code,
            headers=[(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _RECODED],
            stream=_Tap(self, answer, request),
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

    def _prepare(self, request: httpx2.Request) -> None:
        # SDKs bring timeouts of their own (one of them: none at all); ours hold.
        request.extensions = {**request.extensions, "timeout": self.timeout.as_dict()}
        for name in list(request.headers):
            if name.lower() not in _LEAVING and not name.lower().startswith("x-stainless-"):
                del request.headers[name]
        if not self._service.key:
            request.headers.pop("authorization", None)

    async def _check(self, response: httpx2.Response, stream: bool) -> None:
        status, kind = response.status_code, _kind(response)
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("location", "")).netloc.rpartition("@")[2] or "a path"
            raise BadResponseError(
                self._service.says(f"a redirect to {target}, which is not followed", status),
                "Set the base URL to the address that is really meant.",
            )
        if not 200 <= status < 300 or kind in ("", "events") or (kind == "json" and not stream):
            return
        start = (await response.aread())[:200].decode("utf-8", "replace")
        named = response.headers.get("content-type", "")
        raise BadResponseError(self._service.says(f"not a provider response ({named}): {start}", status))

    def _check_whole(self, response: httpx2.Response) -> None:
        # Gateways put their errors into answers that claim to be fine.
        if response.is_success and (error := inside(_parsed(response), "error")):
            words = str(inside(error, "message") or error)
            raise BadResponseError(self._service.says(words, response.status_code))

    def _record(self, request: httpx2.Request, direction: Any, status: int, body: bytes) -> None:
        self._on_wire(
            WireRecord(
                provider=self._service.name,
                direction=direction,
                method=request.method,
                url=self._service.scrub(_without_secrets(request.url)),
                status=status,
                body=self._service.scrub(body.decode("utf-8", "replace")),
            )
        )

    def record_response(self, request: httpx2.Request, status: int, body: bytes) -> None:
        """Called by the tap, once, when an answer has ended or was let go."""
        self._record(request, "response", status, body)

    def too_long(self) -> BadResponseError:
        """The error for an answer past `MAX_BODY`."""
        return BadResponseError(self._service.says(f"more than {MAX_BODY // 2**20} MiB in one answer"))


_RECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class _Tap(httpx2.AsyncByteStream):
    """An answer's body on its way to the SDK: decompressed, kept for the record, made readable.

    Bytes that are not UTF-8 become U+FFFD (two SDKs would fail on them) and comment lines of an event stream
    are left out (one SDK fails on those).
    """

    def __init__(self, client: WireClient, answer: httpx2.Response, request: httpx2.Request) -> None:
        self._client = client
        self._answer = answer
        self._request = request
        self._kept = bytearray()
        self._recorded = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        text = codecs.getincrementaldecoder("utf-8")("replace")
        comments = _Comments() if _kind(self._answer) == "events" else None
        async with aclosing(self._answer.aiter_bytes()) as pieces:
            async for piece in pieces:
                self._kept += piece
                if len(self._kept) > MAX_BODY:
                    raise self._client.too_long()
                readable = text.decode(piece).encode()
                yield comments.without(readable) if comments else readable
        yield text.decode(b"", final=True).encode()

    async def aclose(self) -> None:
        if not self._recorded:
            self._recorded = True
            self._client.record_response(self._request, self._answer.status_code, bytes(self._kept))
        await self._answer.aclose()


class _Comments:
    """Drops the lines of an event stream that start with a colon, across the edges of pieces."""

    def __init__(self) -> None:
        self._at_start = True
        self._dropping = False

    def without(self, piece: bytes) -> bytes:
        kept = bytearray()
        for line in piece.splitlines(keepends=True):
            if self._at_start:
                self._dropping = line.startswith(b":")
            if not self._dropping:
                kept += line
            self._at_start = line.endswith((b"\n", b"\r"))
        return bytes(kept)


async def watched(
    events: AsyncIterable[T], service: Service, *, idle: float = IDLE_SECONDS, total: float = TOTAL_SECONDS
) -> AsyncGenerator[T]:
    """The same events. Raises NetworkError when none comes for `idle` seconds or all take `total` seconds.

    The client's own read timeout does not see a server that sends pings, or one byte a second, for ever.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + total
    iterator = aiter(events)
    while True:
        try:
            async with asyncio.timeout(min(idle, end - clock())):
                event = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise NetworkError(service.cannot("the answer made no progress; it was given up")) from error
        yield event


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
