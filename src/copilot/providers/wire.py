"""The HTTP client that all SDKs are given: it records bodies, keeps keys at home and bounds what comes back.

The SDKs differ in what they do about redirects, proxies, timeouts and odd answers. Here it is decided once:
redirects are an error (one SDK would send its key to the new address), loopback hosts are never reached
through a proxy, only known headers leave (environment variables make SDKs add others), an answer that is
neither an event stream nor JSON is an error, and no body grows past `stream.MAX_BODY`.
"""

import ipaddress
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from copilot.providers.base import OnWire
from copilot.providers.failures import Service
from copilot.providers.parts import inside
from copilot.providers.stream import Tap
from copilot.vocabulary.errors import BadResponseError
from copilot.vocabulary.values import WireRecord

CONNECT_SECONDS = 5.0
READ_SECONDS = 180.0
"""The longest silence between two pieces of an answer; silent reasoning may take more than a minute."""

LOCAL_READ_SECONDS = 600.0
"""The same for a server on this machine, which may be loading a model first."""

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
_RECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_QUERY_SECRETS = frozenset({"key", "api_key", "apikey", "api-key", "token", "access_token"})


@dataclass(slots=True)
class Posted:
    """What one call of a provider posts: the newest body. With `held` it goes nowhere."""

    held: bool = False
    body: bytes | None = None

    def note(self, method: str, body: bytes) -> None:
        """Take in a body that is about to be sent. Raises HeldBackError where it is not to be."""
        if method == "POST":
            self.body = body
        if self.held:
            raise HeldBackError(f"this {method} was not to be sent")


class HeldBackError(Exception):
    """A request was made only to be looked at; an SDK may wrap this."""


POSTED: Final[ContextVar[Posted | None]] = ContextVar("posted", default=None)
"""The `Posted` of the running task: a client serves several at a time."""


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
        body = await request.aread()
        if (posted := POSTED.get()) is not None:
            posted.note(request.method, body)
        self._record(request, "request", 0, body)
        answer = await super().send(request, stream=True, auth=auth, follow_redirects=False)

        def ended(body: bytes) -> None:
            self._record(request, "response", answer.status_code, body)

        response = httpx2.Response(
            answer.status_code,
            headers=[(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _RECODED],
            stream=Tap(self._service, answer, ended, events=_kind(answer) == "events"),
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
                sha256=sha256(body).hexdigest() if direction == "request" else "",
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
