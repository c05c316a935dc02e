"""The events of a project as a stream of JSON lines, while the follower, the token and the server last.

Each line is an object with `number` and `event`, or `number` and `snapshot`; `{"beat": UTC}` once all was
told that there is, and again and again while nothing comes; `{"end": WHY}` as the last.
"""

import asyncio
import json
from collections.abc import Callable

from starlette.types import Message, Receive, Scope, Send

from copilot.serve.contract import Follow, Numbered
from copilot.serve.visits import Visit

KIND = "application/x-ndjson"
BEAT_SECONDS = 15.0


class Wake:
    """What a follow calls, on some thread, when there is something to take."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.event = asyncio.Event()

    def __call__(self) -> None:
        """Wake the stream."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.event.set)


class Stream:
    """The answer to one follower."""

    def __init__(self, follow: Follow, wake: Wake, visit: Visit, utc: Callable[[], float]) -> None:
        self._follow, self._wake, self._visit, self._utc = follow, wake, visit, utc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until one of the three ends. The follow is closed in any case."""
        del scope
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", KIND.encode())]}
            )
            await send(_lines(b""))  # the head is on its way before anything happens
            why = await self._told(gone, send)
            if not gone.done():
                await send(_lines(json.dumps({"end": why}).encode() + b"\n", more=False))
        finally:
            gone.cancel()
            self._follow.close()

    async def _told(self, gone: "asyncio.Future[None]", send: Send) -> str:
        """Send what comes; why nothing more does."""
        told_all = False
        while not gone.done() and not self._visit.why:
            self._wake.event.clear()
            over = self._follow.over  # before the last look: nothing comes after it
            taken = self._follow.take(0.0)
            if taken:
                await send(_lines(b"".join(line_of(one) for one in taken)))
            elif over:
                return over
            elif not told_all:
                told_all = True
                await send(self._beat())
            else:
                await self._wait(gone, send)
        return self._visit.why

    def _beat(self) -> Message:
        return _lines(json.dumps({"beat": round(self._utc(), 3)}).encode() + b"\n")

    async def _wait(self, gone: "asyncio.Future[None]", send: Send) -> None:
        waits = [asyncio.ensure_future(one.wait()) for one in (self._wake.event, self._visit.ended)]
        try:
            done, _ = await asyncio.wait(
                (gone, *waits), timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for one in waits:
                one.cancel()
        if not done:
            await send(self._beat())


def line_of(one: Numbered) -> bytes:
    """One thing as a line of the stream."""
    head = b'{"number":%d,' % one.number
    inside = one.line[1:] if one.kind == "snapshot" else b'"event":' + one.line + b"}"
    return head + inside + b"\n"


async def _gone(receive: Receive) -> None:
    """Return when the follower went away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _lines(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}
