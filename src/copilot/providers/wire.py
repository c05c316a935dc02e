"""The HTTP client that all SDKs are given: it records bodies, keeps keys at home and bounds what comes back.

The SDKs differ in what they do about redirects, proxies, timeouts and odd answers. Here it is decided once:
redirects are an error (one SDK would send its key to the new address), loopback hosts are never reached
through a proxy, only known headers leave (environment variables make SDKs add others), an answer that is
neither an event stream nor JSON is an error, and no body grows past `stream.MAX_BODY`.
"""

import math
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2

from copilot.providers.addresses import loopback_host
from copilot.providers.ahead import Ahead
from copilot.providers.base import OnWire
from copilot.providers.call import Call, OutOfTimeError, current
from copilot.providers.early import CONNECT_SECONDS, NAMED, READ_SECONDS, trust
from copilot.providers.failures import Service
from copilot.providers.network import Network
from copilot.providers.parts import inside
from copilot.providers.recording import record_request, record_response
from copilot.providers.stream import Decoded, Tap
from copilot.providers.watching import SLOW
from copilot.vocabulary.errors import BadResponseError, NetworkError

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

_LENGTH = b"content-length"
_PREPARED = "copilot.prepared"
"""An extension of requests that need nothing more."""

Headers = list[tuple[bytes, bytes]]

_RECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_QUERY_SECRETS = frozenset({"key", "api_key", "apikey", "api-key", "token", "access_token"})


class WireClient(httpx2.Client):
    """One for each provider, for any number of threads. `service.key` never appears in a record.

    `identity` are the headers that say who asks, on every request: an SDK takes some from the environment.
    `learn` is told the headers of every answer. `trusted` is whom TLS trusts, where that was loaded already.
    """

    def __init__(
        self,
        service: Service,
        on_wire: OnWire,
        *,
        identity: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
        learn: Callable[[Mapping[str, str]], None] | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        loopback = {"127.0.0.1", "localhost", "[::1]"} | loopback_host(service.base_url)
        super().__init__(
            timeout=httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            mounts={f"all://{host}": None for host in loopback},
            verify=trusted or trust(service.base_url) or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )
        self._wait_by_calls()
        self._service = service
        self._on_wire = on_wire
        self._identity = identity or {}
        self._learn = learn
        self._known: dict[str, tuple[httpx2.URL, Headers]] = {}
        """Addresses that were posted to ahead, with the headers that go there."""

    def send_ahead(self, call: Call, url: str, body: bytes, left: Callable[[], object] | None) -> None:
        """Post `body` now; the next equal request of the same call is given its answer.

        Returns when that begins, or when sending failed; calls `left`, if any, when it is sent.
        """
        request = self._post(url, body)
        call.ahead = Ahead(request, partial(self.send, stream=True), left)

    def _post(self, url: str, body: bytes) -> httpx2.Request:
        """A request of our own; its headers are put together once."""
        known = self._known.get(url)
        if known is None:
            request = self.build_request("POST", url, headers=NAMED, content=body)
            self._prepare(request)
            headers = [(name, value) for name, value in request.headers.raw if name.lower() != _LENGTH]
            self._known[url] = (request.url, headers)
            return request
        return httpx2.Request(
            "POST",
            known[0],
            headers=[*known[1], (_LENGTH, b"%d" % len(body))],
            stream=httpx2.ByteStream(body),  # for a `content` it would put headers together
            extensions={"timeout": self._timeouts(), _PREPARED: True},
        )

    def send(
        self, request: httpx2.Request, *, stream: bool = False, auth: Any = None, **_: Any
    ) -> httpx2.Response:
        """Send once, without redirects. Raises BadResponseError for an answer of the wrong kind."""
        if _PREPARED not in request.extensions:
            self._prepare(request)
        call = current()
        request = _bodied(request, call.instead)
        if (ahead := call.taken(request)) is not None:
            return ahead.answer()
        body, url = request.read(), _without_secrets(request.url)
        if not call.left_early(request.method, url, body):
            call.note(request.method, body)
            known = call.sha256 if call.body is body else sha256(body).hexdigest()
            # Before it leaves: nothing is sent that is not in the log.
            record_request(self._service, self._on_wire, request.method, url, body, known, plain=call.plain)
        answer = self._begun(request, auth)
        if self._learn is not None:
            self._learn(dict(answer.headers.items()))

        def ended(body: bytes) -> None:
            record_response(self._service, self._on_wire, request.method, url, answer.status_code, body)

        response = _decoded(answer) if "content-encoding" in answer.headers else answer
        body_of = cast(httpx2.SyncByteStream, response.stream)
        events = _kind(response) == "events"
        response.stream = Tap(self._service, body_of, ended, events=events, cut=call.was_cut)
        try:
            self._check(response, stream)
            if not stream or not response.is_success:
                self._read(response)  # an SDK would read what an error says without a clock
            if not stream:
                self._check_whole(response)
        except BaseException:
            response.close()
            raise
        return response

    def _wait_by_calls(self) -> None:
        """Have every connection made by `network.Network`; the library has no other place to say so."""
        for transport in (self._transport, *self._mounts.values()):
            if isinstance(transport, httpx2.HTTPTransport):
                pool = cast(Any, transport)._pool
                assert pool._network_backend is not None, "another version of the HTTP library"
                pool._network_backend = Network()

    def _begun(self, request: httpx2.Request, auth: Any) -> httpx2.Response:
        """The answer's head. Raises NetworkError where it takes too long.

        A request that has all that it needs goes to the transport: the library would look for cookies, which
        never leave here, and for redirects, which are refused.
        """
        call = current()
        limit = call.first_byte or math.inf
        try:
            with call.within(limit):
                if _PREPARED not in request.extensions or self.is_closed:
                    return super().send(request, stream=True, auth=auth, follow_redirects=False)
                answer = self._transport_for_url(request.url).handle_request(request)
                answer.request = request
                return answer
        except OutOfTimeError as error:
            words = f"no answer began within {limit:g} s; it was given up"
            raise NetworkError(self._service.cannot(words), SLOW) from error

    def _read(self, response: httpx2.Response) -> bytes:
        """The whole body. Raises NetworkError where it takes longer than an answer may take to begin.

        Only answers of batches may be so large that they take as long as they take.
        """
        limit = math.inf if _is_batch(response) else current().first_byte or self.timeout.read or math.inf
        try:
            with current().within(limit):
                return response.read()
        except OutOfTimeError as error:
            words = f"not all of it came within {limit:g} s; it was given up"
            raise NetworkError(self._service.says(words, response.status_code), SLOW) from error

    def _prepare(self, request: httpx2.Request) -> None:
        # SDKs bring timeouts of their own (one of them: none at all); ours hold.
        request.extensions = {**request.extensions, "timeout": self._timeouts()}
        for name in list(request.headers):
            if name.lower() not in _LEAVING and not name.lower().startswith("x-stainless-"):
                del request.headers[name]
        request.headers.update(self._identity)

    def _timeouts(self) -> dict[str, float | None]:
        timeout = self.timeout.as_dict()
        if silence := current().silence:
            timeout["read"] = silence
        return timeout

    def _check(self, response: httpx2.Response, stream: bool) -> None:
        status, kind = response.status_code, _kind(response)
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("location", "")).netloc.rpartition("@")[2] or "a path"
            raise BadResponseError(
                self._service.says(f"a redirect to {target}, which is not followed", status),
                "Set the base URL to the address that is meant. A network that wants a login does this, too.",
            )
        if not 200 <= status < 300 or kind in ("", "events") or (kind == "json" and not stream):
            return
        if _is_batch(response):
            return
        start = self._read(response)[:200].decode("utf-8", "replace")
        named = response.headers.get("content-type", "")
        raise BadResponseError(self._service.says(f"not a provider response ({named}): {start}", status))

    def _check_whole(self, response: httpx2.Response) -> None:
        # Gateways put their errors into answers that claim to be fine.
        if response.is_success and (error := inside(_parsed(response), "error")):
            words = str(inside(error, "message") or error)
            raise BadResponseError(self._service.says(words, response.status_code))


def _bodied(request: httpx2.Request, instead: tuple[str, bytes] | None) -> httpx2.Request:
    """The request with the body that is to be sent."""
    if instead is None or request.method != "POST" or not request.url.path.endswith(instead[0]):
        return request
    gone = ("content-length", "transfer-encoding")
    headers = [(name, value) for name, value in request.headers.multi_items() if name.lower() not in gone]
    return httpx2.Request(
        "POST", request.url, headers=headers, content=instead[1], extensions=request.extensions
    )


def _decoded(answer: httpx2.Response) -> httpx2.Response:
    """An answer whose body comes decompressed."""
    return httpx2.Response(
        answer.status_code,
        headers=[(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _RECODED],
        stream=Decoded(answer),
        request=answer.request,
        extensions=answer.extensions,
    )


def _parsed(response: httpx2.Response) -> object:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _is_batch(response: httpx2.Response) -> bool:
    """Whether these are the answers of a batch."""
    if not response.is_success:
        return False
    return _kind(response) in _LINES and str(response.request.url.path).endswith(_FILES)


def _kind(response: httpx2.Response) -> str:
    named = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named == "text/event-stream":
        return "events"
    return "json" if named.endswith(("/json", "+json")) else named


def _without_secrets(url: httpx2.URL) -> str:
    for name in {k for k, _ in url.params.multi_items() if k.lower() in _QUERY_SECRETS} if url.query else ():
        url = url.copy_set_param(name, "[key]")
    return str(url.copy_with(username=None, password=None) if url.userinfo else url)
