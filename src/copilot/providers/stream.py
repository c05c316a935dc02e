"""An answer's body on its way to an SDK, to an ordered end.

An answer is read to its end, or cut off: a connection serves the next request only where nothing is left
in it.
"""

import codecs
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from typing import cast

import httpx2

from copilot.providers.call import current
from copilot.providers.failures import Service
from copilot.providers.watching import DRAIN_SECONDS
from copilot.vocabulary.errors import BadResponseError

MAX_BODY = 64 * 2**20
"""Bytes of one answer, decompressed."""

_RECORDED = 2**16
"""Bytes of an answer beyond that which are recorded."""


class Decoded(httpx2.SyncByteStream):
    """The body of an answer that came compressed."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_bytes()

    def close(self) -> None:
        """Let go of the connection."""
        self._answer.close()


class Tap(httpx2.SyncByteStream):
    """An answer's body (nothing of it compressed any more): kept for the record, made readable.

    Bytes that are not UTF-8 become U+FFFD (two SDKs would fail on them). Of an event stream, comment lines
    are left out (one SDK fails on those), and so are the mark `[DONE]` and what follows it (one SDK would
    leave the rest unread where it finds that). `ended` is told the whole body, once, when it is over; `cut`
    is called where an event stream ends in the middle of a line.
    """

    def __init__(
        self,
        service: Service,
        body: httpx2.SyncByteStream,
        ended: Callable[[bytes], None],
        *,
        events: bool,
        cut: Callable[[], None] | None = None,
    ) -> None:
        self._service = service
        self._body = body
        self._ended: Callable[[bytes], None] | None = ended
        self._events = events
        self._cut = cut
        self._kept = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        text = codecs.getincrementaldecoder("utf-8")("replace")
        lines = _Lines() if self._events else None
        with closing(cast(Generator[bytes], iter(self._body))) as pieces:
            for piece in pieces:
                readable = text.decode(self._noted(piece)).encode()
                yield lines.take(readable) if lines else readable
                if lines and lines.done:
                    with suppress(Exception), current().within(DRAIN_SECONDS):
                        for rest in pieces:
                            self._noted(rest)
                    return
        if self._events and self._cut is not None and self._kept and self._kept[-1:] not in b"\r\n":
            self._cut()
        last = text.decode(b"", final=True).encode()
        yield lines.take(last) + lines.rest() if lines else last

    def close(self) -> None:
        """Let go of the connection."""
        if self._ended is not None:
            ended, self._ended = self._ended, None
            ended(bytes(self._kept))
        self._body.close()

    def _noted(self, piece: bytes) -> bytes:
        self._kept += piece
        if len(self._kept) > MAX_BODY:
            self._kept[_RECORDED:] = b"\n[copilot: the rest is not recorded]"
            raise BadResponseError(self._service.says(f"more than {MAX_BODY // 2**20} MiB in one answer"))
        return piece


class _Lines:
    """The whole lines of an event stream, without comments and without `[DONE]` and what follows.

    A line is given in one piece: one SDK puts it together from pieces in a time that grows with its square.
    `done` turns True at `[DONE]`; from then on nothing is given.
    """

    _MARKS = (b"data: [DONE]", b"data:[DONE]")
    _LONGEST_MARK = 12

    def __init__(self) -> None:
        self.done: bool = False
        self._held: list[bytes] = []
        self._start: bytes = b""
        self._half_break: bool = False  # the last dropped line ended with CR: an LF after it belongs to it

    def take(self, piece: bytes) -> bytes:
        """The lines that end in a piece, as far as they may go on."""
        kept: list[bytes] = []
        if self._half_break and piece:
            self._half_break = False
            piece = piece.removeprefix(b"\n")
        for part in piece.splitlines(keepends=True):
            self._start = (self._start + part)[: self._LONGEST_MARK]
            self.done = self._start.startswith(self._MARKS)
            if self.done:
                break
            self._held.append(part)
            self._half_break = False
            if part.endswith((b"\n", b"\r")):
                self._half_break = self._start.startswith(b":") and part.endswith(b"\r")
                kept.append(self.rest())
        return b"".join(kept)

    def rest(self) -> bytes:
        """The line that is held, also one that the stream ends in; nothing of a comment."""
        line = b"" if self.done or self._start.startswith(b":") else b"".join(self._held)
        self._held, self._start = [], b""
        return line
