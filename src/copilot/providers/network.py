"""Connections whose every wait looks at the call that it is part of (`call.Call.pause`).

The HTTP library's own streams block in the system until something comes; no other thread can end that on all
systems. Here a socket is asked for `call.POLL_SECONDS` at a time.
"""

import errno
import math
import os
import select
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

import httpcore2

from copilot.providers.call import beside, current

ATTEMPT_SECONDS = 0.25
"""After this time without a connection the next address of a name is tried as well (RFC 8305)."""

_RECORD = 2**14
"""The longest record of TLS, in bytes (RFC 8446)."""

_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, 10035})
"""What beginning to connect says where it goes on; the last one is Windows' WSAEWOULDBLOCK."""

T = TypeVar("T")


class Network(httpcore2.NetworkBackend):
    """Makes connections. Times out by `call` as well as by the library's own limits."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of a name that takes one; that of a request that left early."""
        early = current().early
        if early is not None and (stream := early.connection()) is not None:
            return stream
        with _Mapped(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            made = _connected(_addresses(host, port, _end(timeout)), _end(timeout), local_address)
            for option in socket_options or ():
                made.setsockopt(*option)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Stream(made)


class _Post:
    """What is written of a request: the head of a post waits for the body, and leaves with it.

    The library writes the two one after the other, which wakes the other end twice, and what it does for the
    first one holds up the second.
    """

    __slots__ = ("_head",)

    def __init__(self) -> None:
        self._head = b""

    def ready(self, buffer: bytes) -> bytes:
        """What is to be sent now that this is written."""
        whole = self._head + buffer if self._head else buffer
        alone = whole.startswith(b"POST ") and whole.endswith(b"\r\n\r\n")
        self._head = whole if alone else b""
        return b"" if alone else whole

    def rest(self) -> bytes:
        """What has waited in vain: no body comes before the answer is read."""
        head, self._head = self._head, b""
        return head


class Stream(httpcore2.NetworkStream):
    """A connected socket."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._post = _Post()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, b"" at the end."""
        self._send(self._post.rest(), timeout)
        current().idle()
        with _Mapped(httpcore2.ReadTimeout, httpcore2.ReadError):
            return self._tried(partial(self._socket.recv, max_bytes), _end(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hand all of it to the system."""
        self._send(self._post.ready(buffer), timeout)

    def _send(self, buffer: bytes, timeout: float | None) -> None:
        end, left = _end(timeout), memoryview(buffer)
        with _Mapped(httpcore2.WriteTimeout, httpcore2.WriteError):
            while left:
                left = left[self._tried(partial(self._socket.send, left), end) :]

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same with TLS in it."""
        return Encrypted(self, ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        """What the library asks for: whether it was closed while it was idle, and its addresses."""
        match info:
            case "is_readable":
                return _is_readable(self._socket)
            case "socket":
                return self._socket
            case "client_addr":
                return self._socket.getsockname()
            case "server_addr":
                return self._socket.getpeername()
            case _:
                return None

    def _tried(self, work: Callable[[], T], end: float) -> T:
        """What `work` gives, tried until it need not wait."""
        while True:
            self._socket.settimeout(current().pause(end))
            try:
                return work()
            except TimeoutError:
                if time.monotonic() >= end:
                    raise
                current().idle()


class Encrypted(httpcore2.NetworkStream):
    """TLS over another stream, which may have TLS in it as well: to a proxy, and through it."""

    def __init__(
        self,
        under: httpcore2.NetworkStream,
        context: ssl.SSLContext,
        hostname: str | None,
        timeout: float | None,
    ) -> None:
        self._under = under
        self._post = _Post()
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            with _Mapped(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                self._tls = context.wrap_bio(self._in, self._out, server_hostname=hostname)
                self._pumped(self._tls.do_handshake, timeout)
        except BaseException:
            under.close()
            raise

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, b"" at the end. Whether an answer is whole, HTTP says."""
        self._send(self._post.rest(), timeout)
        with _Mapped(httpcore2.ReadTimeout, httpcore2.ReadError):
            try:
                return self._pumped(partial(self._tls.read, max_bytes), timeout)
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hand all of it to the system."""
        self._send(self._post.ready(buffer), timeout)

    def _send(self, buffer: bytes, timeout: float | None) -> None:
        left = memoryview(buffer)
        with _Mapped(httpcore2.WriteTimeout, httpcore2.WriteError):
            while left:
                left = left[self._pumped(partial(self._tls.write, left), timeout) :]

    def close(self) -> None:
        """Let go of it."""
        self._under.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same with another TLS in it."""
        return Encrypted(self, ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        """As the stream under it."""
        return self._tls if info == "ssl_object" else self._under.get_extra_info(info)

    def _pumped(self, work: Callable[[], T], timeout: float | None) -> T:
        """What `work` gives, with what it writes sent and what it lacks read."""
        while True:
            try:
                found = work()
            except ssl.SSLWantReadError:
                self._flush(timeout)
                came = self._under.read(_RECORD, timeout)
                self._in.write(came) if came else self._in.write_eof()
            except ssl.SSLError:
                self._flush(timeout)  # the alert that says why
                raise
            else:
                self._flush(timeout)
                return found

    def _flush(self, timeout: float | None) -> None:
        if self._out.pending:
            self._under.write(self._out.read(), timeout)


Address = tuple[int, int, int, str, Any]


def _addresses(host: str, port: int, end: float) -> list[Address]:
    """The addresses of a name, those of the two families in turns."""
    found: list[Address] = []

    def look_up() -> None:
        found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    if _is_number(host):
        look_up()
    else:
        beside(look_up)(end)
    first = [one for one in found if one[0] == found[0][0]]
    other = [one for one in found if one[0] != found[0][0]]
    turns = [one for pair in zip(first, other, strict=False) for one in pair]
    return [*turns, *first[len(other) :], *other[len(first) :]]


def _is_number(host: str) -> bool:
    """Whether nobody has to be asked for the address."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False


def _connected(addresses: list[Address], end: float, local: str | None) -> socket.socket:
    """The first connection that stands. A new one is begun where the last one failed or takes long."""
    waiting = list(addresses)
    failed: list[OSError] = []
    due = 0.0
    current().idle()
    with selectors.DefaultSelector() as begun:
        try:
            while True:
                now = time.monotonic()
                if waiting and (now >= due or not begun.get_map()):
                    due = now + ATTEMPT_SECONDS
                    _begin(waiting.pop(0), local, begun, failed)
                    continue
                if not begun.get_map():
                    raise failed[-1] if failed else OSError("the name has no address")
                if now >= end:
                    raise TimeoutError
                for key, _ in begun.select(current().pause(min(end, due) if waiting else end)):
                    if (made := _settled(key.fileobj, begun, failed)) is not None:
                        return made
        finally:
            for key in list(begun.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]


def _begin(address: Address, local: str | None, begun: selectors.BaseSelector, failed: list[OSError]) -> None:
    family, kind, protocol, _, place = address
    made: socket.socket | None = None
    try:
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        if local is not None:
            made.bind((local, 0))
        error = made.connect_ex(place)
        if error and error not in _UNDER_WAY:
            raise OSError(error, _words(error))
    except OSError as error:
        failed.append(error)
        if made is not None:
            made.close()
        return
    begun.register(made, selectors.EVENT_WRITE)


def _settled(made: Any, begun: selectors.BaseSelector, failed: list[OSError]) -> socket.socket | None:
    """The connection where it stands."""
    begun.unregister(made)
    error = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if not error:
        return made
    failed.append(OSError(error, _words(error)))
    made.close()
    return None


def _is_readable(connected: socket.socket) -> bool:
    """Whether a read would not wait; of a connection that is idle: whether it was closed."""
    number = connected.fileno()
    if number < 0:
        return True
    if sys.platform == "win32" or not hasattr(select, "poll"):
        return bool(select.select([number], [], [], 0)[0])
    looked_at = select.poll()
    looked_at.register(number, select.POLLIN)
    return bool(looked_at.poll(0))


def _end(timeout: float | None) -> float:
    return math.inf if timeout is None else time.monotonic() + timeout


def _words(error: int) -> str:
    return os.strerror(error)


class _Mapped:
    """The library's own errors for the system's, and for those of a stream under this one."""

    def __init__(self, late: type[Exception], broken: type[Exception]) -> None:
        self._late, self._broken = late, broken

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, (TimeoutError, httpcore2.TimeoutException)):
            raise self._late(str(error)) from error
        if isinstance(error, (OSError, httpcore2.NetworkError)):
            raise self._broken(str(error)) from error
