"""One connection, below HTTP: who may connect, how many may, and how long each may take for a request's head.

The server's own protocol has no such bounds: a peer that sends a header a byte at a time would keep its
connection for ever, and so would one that reads nothing of an answer.
"""

import asyncio
import ipaddress
import json
from collections.abc import Iterable
from typing import cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from copilot.serve.peers import Asked, may_connect
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

HEADERS = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
"""With every answer, the errors among them."""

FREE_CHUNKS, LEAST_CHUNK = 256, 64
"""Of a body in chunks: so many may be of any size, all further ones have so many bytes on the average. To
read a chunk takes 40 µs, whatever is in it."""

_LONGEST_LINE = 4_096
_LINE_END = b"\r\n"
_HEAD_ENDS = late(rb"\n\r?\n")


@frozen
class Bounds:
    """Of connections; times in seconds.

    `from_one` bounds those of one address beyond this machine, where all who use this machine are not one.
    """

    at_once: int = 512
    from_one: int = 64
    head_seconds: float = 10.0
    idle_seconds: int = 30
    stuck_seconds: float = 30.0


class Chunks:
    """Counts the chunks of one body as they come, at a fraction of what it takes to read them."""

    def __init__(self) -> None:
        self._many = self._size = self._left = 0
        self._line = b""
        self._over = False

    def too_many(self, data: bytes) -> bool:
        """Whether there are more than a body of its size may have. What is no chunk is not ours to say."""
        at = 0
        while at < len(data) and not self._over:
            if self._left:
                step = min(self._left, len(data) - at)
                at, self._left = at + step, self._left - step
                continue
            end = data.find(b"\n", at)
            self._line += data[at : end if end >= 0 else len(data)]
            if end < 0:
                break
            line, self._line, at = self._line, b"", end + 1
            if self._begins(line):
                return True
        self._over |= len(self._line) > _LONGEST_LINE
        return False

    def _begins(self, line: bytes) -> bool:
        """A chunk of the size that the line says; whether it is one too many."""
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            size = 0
        self._over = size <= 0  # the end, or what will be refused
        self._many += 1
        self._size += size
        self._left = size + len(_LINE_END)
        return self._many > FREE_CHUNKS + self._size // LEAST_CHUNK


def _is_chunked(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"transfer-encoding" for name, _ in headers)


def connections(bounds: Bounds) -> type["Connection"]:
    """The connections of a server within these bounds."""

    class Within(Connection):
        pass

    Within.bounds = bounds
    return Within


class Connection(H11Protocol):
    """Speaks HTTP/1.1 with one peer."""

    bounds = Bounds()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._late: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._chunks: Chunks | None = None
        self._before = b""
        """The last bytes of what came of a head."""

        self.since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or end it before a byte was read."""
        super().connection_made(transport)
        self._make_room()
        if self._is_welcome():
            self._time_head()
        else:
            transport.abort()

    def _make_room(self) -> None:
        """Where there are too many, whoever waits longest with a head to come goes: a crowd that says nothing
        keeps nobody out."""
        there = self._there()
        if len(there) > self.bounds.at_once:
            mute = [one for one in there if one is not self and one.mute]
            if mute:
                min(mute, key=lambda one: one.since).transport.abort()

    def _there(self) -> "list[Connection]":
        """The connections that are not about to go."""
        known = cast("set[Connection]", self.connections)
        return [one for one in known if not one.transport.is_closing()]

    @property
    def mute(self) -> bool:
        """Whether its request's head is still due."""
        return self._late is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._head_done()
        self._unstuck()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see whether a request's head is still due."""
        if self.transport.is_closing():
            return
        head, body = self._parted(data) if self.conn.their_state is h11.IDLE else (b"", data)
        if head:
            super().data_received(head)
        if body and not self.transport.is_closing() and not self._in_crumbs(body):
            super().data_received(body)
        if self.conn.their_state is not h11.IDLE:
            self._head_done()
        elif self._late is None:
            self._time_head()

    def _parted(self, data: bytes) -> tuple[bytes, bytes]:
        """What belongs to a request's head, and what follows it."""
        known = self._before + data
        end = _HEAD_ENDS.search(known)
        self._before = b"" if end is not None else known[-2:]
        cut = len(data) if end is None else len(data) - (len(known) - end.end())
        return data[:cut], data[cut:]

    def _in_crumbs(self, data: bytes) -> bool:
        """Whether a body comes in so many small chunks that taking them apart would hold everybody up; the
        request is refused then."""
        if self.conn.their_state is not h11.SEND_BODY or not _is_chunked(self.scope["headers"]):
            self._chunks = None
            return False
        self._chunks = self._chunks or Chunks()
        too_many = self._chunks.too_many(data)
        if too_many:
            self._refuse(400, "the body comes in too many small pieces")
        return too_many

    def pause_writing(self) -> None:
        """The peer takes nothing for the moment."""
        super().pause_writing()
        self._stuck = self.loop.call_later(self.bounds.stuck_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It takes something again."""
        self._unstuck()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in our own form; an answer that has begun is cut off."""
        del msg
        self._refuse(400, "this is not HTTP/1.1 as it is written down")

    def _is_welcome(self) -> bool:
        connected = cast(Asked, self.transport.get_extra_info("socket"))
        there = self._there()
        if len(there) > self.bounds.at_once or not may_connect(connected):
            return False
        address = self.client[0] if self.client else ""
        if not address or ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            return True
        clients = [one.client for one in there]
        return sum(1 for one in clients if one and one[0] == address) <= self.bounds.from_one

    def _time_head(self) -> None:
        self._late = self.loop.call_later(self.bounds.head_seconds, self._too_late)

    def _head_done(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self.conn.their_state is h11.IDLE:
            self._refuse(408, "the request's head took too long")

    def _unstuck(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _refuse(self, status: int, why: str) -> None:
        if self.transport.is_closing():
            return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps({"error": why, "next_step": "", "kind": "bad_request"}).encode()
            headers = [*HEADERS, (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
            for event in (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
