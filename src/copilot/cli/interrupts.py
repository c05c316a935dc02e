"""Ctrl+C: the first one ends the turn cleanly, the second one leaves at once.

SIGTERM and the terminal's hang-up count the same. A handler only calls what it was handed and, where the
main thread waits for the person to type, raises KeyboardInterrupt to end that wait.
"""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from copilot.cli.world import INTERRUPTED

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupts:
    """A context manager that holds the signal handlers; only for the main thread.

    `stop` is called once, at the first signal, and must be safe to call from a signal handler.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.count = 0
        self._stop = stop
        self._asking = False
        self._held = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
            self._before[number] = signal.getsignal(number)
            if self._before[number] is not signal.SIG_IGN:  # nohup and background jobs ask to be left alone
                signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @contextmanager
    def asking(self) -> Generator[None]:
        """While this is open a signal raises KeyboardInterrupt in the main thread."""
        self._asking = True  # before the look at what came until now: nothing comes unheard in between
        try:
            if self.count:
                raise KeyboardInterrupt
            yield
        finally:
            self._asking = False

    @contextmanager
    def held(self) -> Generator[None]:
        """While this is open Ctrl+C belongs to another program in the terminal (the person's editor)."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._held and number == signal.SIGINT:
            return
        self.count += 1
        if self.count > 1:
            os._exit(INTERRUPTED)  # what was acknowledged is on disk; everything else was asked to end
        self._stop()
        if self._asking:
            raise KeyboardInterrupt
