"""Writing one HTTP response: whole or in chunks, with pauses, watching whether the client is still there."""

import re
import select
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler

from copilot.rehearsal.scenario import FaultPart

CAPTIVE_PORTAL = b"""<!DOCTYPE html>
<html><head><title>Welcome to the hotel's network</title></head>
<body><h1>Please log in</h1><form action="/login"><input name="room"></form></body></html>
"""

_BEYOND_ASCII = re.compile(rb"([\xc2-\xf4][\x80-\xbf]*)[\x80-\xbf]")

_STEP = 0.05
"""Seconds between two looks at the client and at the server's end while a response waits."""


def bomb() -> bytes:
    """An event stream, compressed: 65 MiB of one line."""
    packer, zeros = zlib.compressobj(wbits=31), bytes(2**20)
    packed = [packer.compress(b"data: "), *(packer.compress(zeros) for _ in range(65)), packer.flush()]
    return b"".join(packed)


class Sending:
    """One response on one connection.

    Every method raises ConnectionError when the client has gone or the server is being stopped.
    """

    def __init__(self, handler: BaseHTTPRequestHandler, stopping: threading.Event) -> None:
        self._handler = handler
        self._stopping = stopping
        self.begun = False
        self.garbled = False
        self.twice = False

    def whole(
        self, status: int, body: bytes, headers: Mapping[str, str], kind: str = "application/json"
    ) -> None:
        """Send a complete response."""
        self._head(status, {"content-type": kind, "content-length": str(len(body)), **headers})
        self._write(body)

    def begin(self, headers: Mapping[str, str], kind: str = "text/event-stream; charset=utf-8") -> None:
        """Send the head of a streamed response."""
        self._head(
            200,
            {"content-type": kind, "cache-control": "no-cache", "transfer-encoding": "chunked", **headers},
        )

    def chunk(self, data: bytes) -> None:
        """Send a piece of a streamed response."""
        if self.garbled:
            data = _BEYOND_ASCII.sub(rb"\1", data)
        if self.twice:
            data += data
        if data:
            self._write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self) -> None:
        """End a streamed response properly."""
        self._write(b"0\r\n\r\n")

    def drop(self) -> None:
        """Close the connection as it stands."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """Break the connection: the client is told that it was reset, not that it ended."""
        linger_not = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        self._handler.close_connection = True

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stopping.wait(min(left, _STEP)):
                raise ConnectionAbortedError("the server is being stopped")
            if self._client_gone():
                raise ConnectionAbortedError("the client went away")

    def stall(self, fault: FaultPart, keepalive: Callable[[], None]) -> None:
        """Say nothing for `fault.seconds` (for ever by default), or nothing but keep-alives; then drop."""
        left = float("inf") if fault.seconds is None else fault.seconds
        while left > 0:
            self.wait(min(left, 0.2))
            left -= 0.2
            if fault.fault == "trickle":
                keepalive()
        self.drop()

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.begun = True
        self._handler.send_response_only(status)
        headers = {"date": self._handler.date_time_string(), **headers}
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def _write(self, data: bytes) -> None:
        self._handler.wfile.write(data)

    def _client_gone(self) -> bool:
        connection = self._handler.connection
        try:
            readable, _, _ = select.select([connection], [], [], 0)
            return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True
