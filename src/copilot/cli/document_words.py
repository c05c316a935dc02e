"""How far `copilot document` is, in one line of the terminal."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from copilot.documents.telling import many, span_words
from copilot.vocabulary.events import Event, Notice, RetryScheduled
from copilot.vocabulary.money import money
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.documents.asking import Asker
    from copilot.documents.working import Progress

_TERMINAL_SECONDS, _LOG_SECONDS = 0.2, 10.0
_FEWEST_FOR_TIME = 5
"""Files and folders after which it is told how long the rest will take."""


class Line:
    """A context manager: one line that is written over on a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._clock = clock
        self._began = clock()
        self._next = self._began + (0.0 if self._terminal else _LOG_SECONDS)
        self._width = 0
        self._asker: Asker | None = None

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away."""
        if self._width and self._terminal:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()
        self._width = 0

    def tell(self, progress: "Progress", asker: "Asker") -> None:
        """How far it is, and what remains."""
        self._asker = asker
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (_TERMINAL_SECONDS if self._terminal else _LOG_SECONDS)
        line = f"{progress.done:,} of {progress.of:,} documented, {asker.asked:,} requests"
        if asker.usd:
            line += f", {money(asker.usd)}"
        if progress.done >= _FEWEST_FOR_TIME:
            each = (now - self._began) / progress.done
            line += f", about {span_words(each * (progress.of - progress.done))} left"
        self._width = max(self._width, len(line))
        self._stream.write(f"\r{line:<{self._width}}" if self._terminal else f"{line}\n")
        self._stream.flush()

    def event(self, event: Event) -> None:
        """What a person should know meanwhile: waits before another try, and warnings. From any thread."""
        match event:
            case RetryScheduled() if event.wait_seconds >= 1:
                self._stream.write(f"\n! waiting {event.wait_seconds:.0f} s: {visible(event.reason)}\n")
            case Notice():
                self._stream.write(f"\n! {visible(event.text)}\n")
            case _:
                pass

    def asked_words(self) -> str:
        """What was sent in the end."""
        asker = self._asker
        if asker is None:
            return ""
        usd = f", {money(asker.usd)}" if asker.usd else ""
        used = f"{asker.used.input_tokens:,} tokens in, {asker.used.output_tokens:,} out"
        return f"{many(asker.asked, 'request')}, {used}{usd}."
