"""A first request that leaves before the HTTP library is there to send it.

To load that library takes as long as a third of all that comes before a first request. So that one is written
here; then the library is loaded, and makes the same request over the connection that this one went out on:
what it writes there was sent already and goes nowhere, and it reads the answer. For addresses that need no
more than that: no proxy, no user name, nothing to be escaped.
"""

import math
import os
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import httpcore2

from copilot.providers.addresses import is_loopback
from copilot.providers.base import OnWire
from copilot.providers.call import Call
from copilot.providers.failures import Service
from copilot.providers.network import Network
from copilot.providers.recording import record_request, record_response
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.patterns import late

if TYPE_CHECKING:
    import ssl

CONNECT_SECONDS = 5.0
READ_SECONDS = 180.0
"""The longest silence between two pieces of an answer; silent reasoning may take more than a minute."""

LOCAL_READ_SECONDS = 600.0
"""The same for a server on this machine, which may be loading a model first."""

NAMED: Final = {"user-agent": "copilot", "content-type": "application/json", "accept": "application/json"}
"""The headers of our own that every request of ours has."""

_LIBRARY = "httpx2"
_PLAIN = late(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~:-]{1,200}){1,20}(?:\?alt=sse)?)"
)
_VALUE = late(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_PORTS = {"http": 80, "https": 443}
_PLAIN_ANSWER = late(rb"HTTP/1\.[01] 200[ \r]")
_LENGTH = late(rb"(?i)\r\ncontent-length:[ \t]{0,9}([0-9]{1,9})(?:\r|\Z)")
_BODY = b"\r\n\r\n"
_ENCODED = late(rb"(?i)\r\ncontent-encoding:")
_CHUNKED = late(rb"(?i)\r\ntransfer-encoding:")
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_LARGEST = 4_194_304
"""Bytes of an answer that is taken; a list of models has some thousands."""


class Early:
    """One request that has left, or what went wrong with it. For the thread that sent it.

    `passed` is set once the library has its connection, or never will: until then no other request may go
    over the library, which would give this one a connection that is free by then, and send it twice.
    """

    def __init__(
        self, url: str, place: tuple[str, int], head: bytes, body: bytes, trust: "ssl.SSLContext | None"
    ) -> None:
        self.passed = threading.Event()
        self.trust = trust
        self._asked = ("POST", url, body)
        self._place = place
        self._head = head
        self._stream: httpcore2.NetworkStream | None = None
        self._failed: Exception | None = None

    def is_for(self, method: str, url: str, body: bytes) -> bool:
        """Whether this is the request."""
        return (method, url, body) == self._asked

    def connection(self) -> httpcore2.NetworkStream | None:
        """The connection on which it left, once; None afterwards. Raises what sending it raised."""
        if self.passed.is_set():
            return None
        self.passed.set()
        if self._failed is not None:
            raise self._failed
        stream, self._stream = self._stream, None
        assert stream is not None, "what did not fail was sent"
        return _Sent(stream)

    def drop(self) -> None:
        """Give the answer up, where nobody took it."""
        self.passed.set()
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(Exception):
                stream.close()

    def send(self, call: Call, service: Service, on_wire: OnWire) -> None:
        """Connect and write. Raises TurnCancelledError; whatever else goes wrong, `connection` raises."""
        method, url, body = self._asked
        call.note(method, body)
        # before it leaves
        record_request(service, on_wire, method, url, body, call.sha256, plain=call.plain)
        try:
            with call.within(call.first_byte or math.inf):
                stream = Network().connect_tcp(*self._place, CONNECT_SECONDS)
                self._stream = stream
                if self.trust is not None:
                    stream = self._stream = stream.start_tls(self.trust, self._place[0], CONNECT_SECONDS)
                stream.write(self._head + body, READ_SECONDS)
        except TurnCancelledError:
            raise
        except Exception as error:  # it is the library's to say what it means
            self._failed = error


class _Sent(httpcore2.NetworkStream):
    """A connection on which a request left that its owner still has to write: that is passed over."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream
        self._answered = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come. From here on the connection is like any other."""
        self._answered = True
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hand it over, from the second request on."""
        if self._answered:
            self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Let go of it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same: where it is to have TLS in it, it has."""
        del ssl_context, server_hostname, timeout
        return self

    def get_extra_info(self, info: str) -> Any:
        """As the connection."""
        return self._stream.get_extra_info(info)


def early_post(service: Service, path: str, body: bytes, identity: Mapping[str, str]) -> Early | None:
    """A post to the service without the library, to be sent.

    None where the library is there already, or is needed for such an address.
    """
    url = f"{service.base_url.rstrip('/')}/{path}"
    place = _PLAIN.fullmatch(url)
    if _LIBRARY in sys.modules or place is None or not (is_loopback(url) or _no_proxy()):
        return None
    scheme, host = place["scheme"], place["host"]
    port = int(place["port"] or _PORTS[scheme])
    if place["port"] and port == _PORTS[scheme]:
        return None  # the library leaves it out of the address, and so out of the record
    headers = {
        "host": f"{host}:{place['port']}" if place["port"] else host,
        "accept-encoding": "gzip, deflate",
        "connection": "keep-alive",
        **NAMED,
        "content-length": str(len(body)),
        **identity,
    }
    head = _head(f"POST {place['path']} HTTP/1.1", headers)
    if head is None:
        return None
    return Early(url, (host.strip("[]"), port), head, body, trust(service.base_url))


def early_get(service: Service, on_wire: OnWire, url: str, identity: Mapping[str, str]) -> bytes | None:
    """What a server on this machine answers to a GET, asked without the library.

    None where that is there already, or is to ask (again), since this did not go smoothly.
    """
    place = _PLAIN.fullmatch(url)
    if _LIBRARY in sys.modules or place is None or place["scheme"] != "http" or not is_loopback(url):
        return None
    headers = {
        "host": url.split("/")[2],
        **{name: NAMED[name] for name in ("user-agent", "accept")},
        **identity,
    }
    # Of HTTP 1.0, so that most answers come in one piece and end with the connection.
    asked = _head(f"GET {place['path']} HTTP/1.0", {**headers, "connection": "close"})
    if asked is None:
        return None
    record_request(service, on_wire, "GET", url, b"", sha256(b"").hexdigest(), plain=True)
    try:
        answer = _asked(place["host"].strip("[]"), int(place["port"] or 80), asked)
    except TurnCancelledError:
        raise
    except Exception:  # the library will meet it, too, and say what it means
        return None
    head, _, whole = answer.partition(_BODY)
    if not _PLAIN_ANSWER.match(head) or _ENCODED.search(head) or _missing(answer) not in (0, None):
        return None
    body = _joined(whole) if _CHUNKED.search(head) else whole
    if body is None:
        return None
    record_response(service, on_wire, "GET", url, 200, body)
    return body


def _asked(host: str, port: int, head: bytes) -> bytes:
    """The answer, up to the length that it says, or to the end of the connection."""
    stream = Network().connect_tcp(host, port, CONNECT_SECONDS)
    try:
        stream.write(head, READ_SECONDS)
        answer = b""
        while ((left := _missing(answer)) is None or left > 0) and len(answer) < _LARGEST:
            if left is None and answer.endswith(_LAST_CHUNK):
                break
            piece = stream.read(65_536, READ_SECONDS)
            if not piece:
                break
            answer += piece
        return answer
    finally:
        stream.close()


def _joined(chunks: bytes) -> bytes | None:
    """What chunks are made of; None where they are none."""
    found: list[bytes] = []
    while True:
        size, _, rest = chunks.partition(b"\r\n")
        try:
            count = int(size.partition(b";")[0], 16)
        except ValueError:
            return None
        if count <= 0:
            return b"".join(found) if count == 0 else None
        found.append(rest[:count])
        chunks = rest[count + 2 :]


def _missing(answer: bytes) -> int | None:
    """How many bytes of an answer are missing, less than none where there are too many; None where it does
    not say how long it is."""
    head, end, body = answer.partition(_BODY)
    length = _LENGTH.search(head) if end else None
    return None if length is None else int(length[1]) - len(body)


def trust(base_url: str) -> "ssl.SSLContext | None":
    """Whom TLS trusts, as the library has it; None where the address has no TLS."""
    if not base_url.startswith("https:"):
        return None
    context = httpcore2.default_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _head(first: str, headers: Mapping[str, str]) -> bytes | None:
    """The request's head with this first line; None for one that cannot be written like this."""
    if not all(map(_VALUE.fullmatch, headers.values())):
        return None
    lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join((*lines, "", "")).encode("ascii")


def _no_proxy() -> bool:
    """Whether no proxy is named, in the environment or by a system that has a place for that."""
    if any(value and re.search("_proxy$", name, re.IGNORECASE) for name, value in os.environ.items()):
        return False
    if sys.platform in ("win32", "darwin"):
        from urllib.request import getproxies

        return not getproxies()
    return True
