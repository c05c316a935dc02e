"""One connection, below HTTP: who may connect, how many may, and how long each may take for a request's head.

The server's own protocol has no such bounds: a peer that sends a header a byte at a time would keep its
connection for ever, and so would one that reads nothing of an answer.
"""

import asyncio
import ipaddress
import json
from typing import cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from copilot.serve.peers import Asked, may_connect
from copilot.vocabulary.frozen import frozen

HEADERS = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
"""With every answer, the errors among them."""


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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or end it before a byte was read."""
        super().connection_made(transport)
        if self._is_welcome():
            self._time_head()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._head_done()
        self._unstuck()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see whether a request's head is still due."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_done()
        elif self._late is None:
            self._time_head()

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
        if len(self.connections) > self.bounds.at_once or not may_connect(connected):
            return False
        address = self.client[0] if self.client else ""
        if not address or ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            return True
        clients = [cast(H11Protocol, one).client for one in self.connections]
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
