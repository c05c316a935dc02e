"""How far a long piece of work is, on standard error: one line that is written over on a terminal."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

QUIET_SECONDS = 0.5
"""Work that is done within this time says nothing."""
_TERMINAL_SECONDS = 0.1
_LOG_SECONDS = 5.0
_LOOKS = 1_000
"""Things looked at between two looks at the clock."""


class Progress:
    """A context manager; the line is gone when it ends. Where nobody looks, a line every few seconds."""

    def __init__(self, stream: TextIO, noun: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._noun = noun
        self._terminal = stream.isatty()
        self._clock = clock
        self._next = clock() + QUIET_SECONDS
        self._width = 0
        self._looked = 0
        self._told = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._width and self._terminal:
            self._stream.write(f"\r{' ' * self._width}\r")  # terminals that know no escapes do this too
            self._stream.flush()

    def looked(self) -> bool:
        """One more thing was looked at, of nobody knows how many. False: no reason to stop."""
        self._looked += 1
        if self._looked % _LOOKS == 0 and not self._told:
            self._say(f"{self._looked:,} {self._noun} looked at")
        return False

    def tell(self, done: int, of: int) -> None:
        """`done` of so many are done."""
        self._told = True
        self._say(f"{done:,} of {of:,} {self._noun}")

    def _say(self, line: str) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (_TERMINAL_SECONDS if self._terminal else _LOG_SECONDS)
        self._width = max(self._width, len(line))
        self._stream.write(f"\r{line:<{self._width}}" if self._terminal else f"{line}\n")
        self._stream.flush()
