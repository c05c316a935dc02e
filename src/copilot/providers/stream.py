"""An answer's body on its way to an SDK, and the events that the SDK makes of it, both to an ordered end.

An SDK's stream is a chain of asynchronous generators. One that is left before its end is closed by the
garbage collector, whenever and in whichever thread that runs; so here every chain is read, or cancelled, to
its end.
"""

import asyncio
import codecs
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import TypeVar

import httpx2

from copilot.providers.base import Patience
from copilot.providers.failures import Service
from copilot.vocabulary.errors import BadResponseError, NetworkError

T = TypeVar("T")

SLOW = "Try again, or another model. [limits] in config.toml says how long an answer may take."

DRAIN_SECONDS = 1.0
"""How long what follows the last event that matters is read before it is cut off."""

MAX_BODY = 64 * 2**20
"""Bytes of one answer, decompressed."""


class Tap(httpx2.AsyncByteStream):
    """An answer's body: decompressed, kept for the record, made readable.

    Bytes that are not UTF-8 become U+FFFD (two SDKs would fail on them). Of an event stream, comment lines
    are left out (one SDK fails on those), and so are the mark `[DONE]` and what follows it (one SDK would
    leave its generators where it finds that). `ended` is told the whole body, once, when it is over; `cut`
    is called where an event stream ends in the middle of a line.
    """

    def __init__(
        self,
        service: Service,
        answer: httpx2.Response,
        ended: Callable[[bytes], None],
        *,
        events: bool,
        cut: Callable[[], None] | None = None,
    ) -> None:
        self._service = service
        self._answer = answer
        self._ended: Callable[[bytes], None] | None = ended
        self._events = events
        self._cut = cut
        self._kept = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        text = codecs.getincrementaldecoder("utf-8")("replace")
        lines = _Lines() if self._events else None
        async with aclosing(self._answer.aiter_bytes()) as pieces:
            async for piece in pieces:
                readable = text.decode(self._noted(piece)).encode()
                yield lines.take(readable) if lines else readable
                if lines and lines.done:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(DRAIN_SECONDS):
                            async for rest in pieces:
                                self._noted(rest)
                    return
        if self._events and self._cut is not None and self._kept and self._kept[-1:] not in b"\r\n":
            self._cut()
        last = text.decode(b"", final=True).encode()
        yield lines.take(last) + lines.rest() if lines else last

    async def aclose(self) -> None:
        """Let go of the connection."""
        if self._ended is not None:
            ended, self._ended = self._ended, None
            ended(bytes(self._kept))
        await self._answer.aclose()

    def _noted(self, piece: bytes) -> bytes:
        self._kept += piece
        if len(self._kept) > MAX_BODY:
            raise BadResponseError(self._service.says(f"more than {MAX_BODY // 2**20} MiB in one answer"))
        return piece


class _Lines:
    """An event stream without comment lines and without `[DONE]` and what follows, across edges of pieces.

    `done` turns True at `[DONE]`; from then on nothing is given.
    """

    _MARKS = (b"data: [DONE]", b"data:[DONE]")

    def __init__(self) -> None:
        self.done: bool = False
        self._start: bytes = b""
        self._dropping: bool = False
        self._passing: bool = False
        self._half_break: bool = False  # the last dropped line ended with CR: an LF after it belongs to it

    def take(self, piece: bytes) -> bytes:
        """What of a piece may go on; a line's start is held back while it may still become the mark."""
        kept = bytearray()
        if self._half_break and piece:
            self._half_break = False
            piece = piece.removeprefix(b"\n")
        for part in piece.splitlines(keepends=True):
            if self.done:
                break
            kept += self._taken(part)
        return bytes(kept)

    def rest(self) -> bytes:
        """What was held back at the end of the stream."""
        held, self._start = self._start, b""
        return held

    def _taken(self, part: bytes) -> bytes:
        whole = part.endswith((b"\n", b"\r"))
        self._half_break = False
        if not self._passing and not self._dropping:
            part, self._start = self._start + part, b""
            self._dropping = part.startswith(b":")
            self.done = part.startswith(self._MARKS)
            if self.done:
                return b""
            if not whole and any(mark.startswith(part) for mark in self._MARKS):
                self._start = part
                return b""
            self._passing = not self._dropping
        given = part if self._passing else b""
        if whole:
            self._half_break = self._dropping and part.endswith(b"\r")
            self._passing = self._dropping = False
        return given


async def watched(
    events: AsyncIterable[T], service: Service, patience: Patience | None = None
) -> AsyncGenerator[T]:
    """The same events. Raises NetworkError when they take longer than `patience` allows.

    Only a whole event is progress, however many pings and comments come in between; the client's own read
    timeout does not see a server that sends those, or one byte a second, for ever. When the caller has seen
    enough and closes this, what is left is read for `DRAIN_SECONDS` and then cut off.
    """
    clock = asyncio.get_running_loop().time
    allowed = patience or Patience()
    idle, begun = allowed.first_byte or allowed.progress, False
    end = clock() + allowed.answer
    iterator = aiter(events)
    try:
        while True:
            left = end - clock()
            try:
                async with asyncio.timeout(min(idle, left)):
                    event = await anext(iterator)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if left <= idle:
                    words = f"the answer was not done after {allowed.answer:g} s"
                elif begun:
                    words = f"the answer made no progress for {idle:g} s"
                else:
                    words = f"no answer began within {idle:g} s"
                raise NetworkError(service.cannot(f"{words}; it was given up"), SLOW) from error
            idle, begun = allowed.progress, True
            yield event
    finally:
        await _drain(iterator)


async def _drain(iterator: AsyncIterator[object]) -> None:
    """Read an iterator to its end. A cancelled read unwinds the whole chain, the innermost first."""
    with suppress(Exception):  # the answer is whole: what is wrong with the rest does not matter
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in iterator:
                pass
