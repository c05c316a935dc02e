"""The way to the services: every call goes over it, and all end when it closes. From any thread."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from copilot.providers.base import Cancelled, Chunk
from copilot.providers.call import POLL_SECONDS, Call, beside, under
from copilot.vocabulary.errors import TurnCancelledError

T = TypeVar("T")

CLOSE_SECONDS = 5.0
"""How long `close` waits for running requests to let go of their connections."""


class Bridge:
    """Made by `assembly`, handed to the provider files. A call runs on the thread that makes it."""

    def __init__(self) -> None:
        self._closing = False
        self._running = 0
        self._at_close: list[Callable[[], None]] = []
        self._door = threading.Lock()  # nothing begins once closing has begun
        self._loading: dict[str, Callable[[float], None]] = {}
        self._loads = threading.Lock()  # one at a time: modules that are half there are no use to another

    def iterate(
        self, make_iterator: Callable[[], Generator[Chunk]], cancelled: Cancelled
    ) -> Generator[Chunk]:
        """The chunks of a generator that is made, run and closed as one call.

        Raises what it raises, and TurnCancelledError at most `call.POLL_SECONDS` after `cancelled` turned
        True. Closing this early lets the request go at once.
        """
        call = Call(cancelled=lambda: self._closing or cancelled())
        with self._counted():
            with under(call):
                chunks = make_iterator()
            try:
                while (chunk := self._under(call, partial(next, chunks, None))) is not None:
                    yield chunk
            finally:
                call.until = 0.0  # what is left of the answer is not read
                with under(call):
                    chunks.close()

    def call(self, function: Callable[[], T], cancelled: Cancelled | None = None) -> T:
        """What the function returns. Raises what it raises, and TurnCancelledError as `iterate` does."""
        call = Call(cancelled=lambda: self._closing or (cancelled is not None and cancelled()))
        with self._counted():
            return self._under(call, function)

    def once(self, name: str, load: Callable[[], None]) -> Callable[[float], None]:
        """Begin to load what has this name, where nobody has; see `call.beside` for what is given."""

        def alone() -> None:
            with self._loads:
                load()

        with self._door:
            if name not in self._loading:
                self._loading[name] = beside(alone)
            return self._loading[name]

    def at_close(self, function: Callable[[], None]) -> None:
        """Have this run when the bridge closes: clients close their connections by it."""
        self._at_close.append(function)

    def close(self) -> None:
        """End what runs, close what is open. May be called twice."""
        with self._door:
            if self._closing:
                return
            self._closing = True
        end = time.monotonic() + CLOSE_SECONDS
        while self._running and time.monotonic() < end:
            time.sleep(POLL_SECONDS / 10)
        with under(Call()):
            for let_go in self._at_close:
                let_go()

    def _under(self, call: Call, work: Callable[[], T]) -> T:
        """What `work` gives as a part of the call. Whatever an SDK makes of a stop: it is one."""
        try:
            with under(call):
                call.pause()
                return work()
        except TurnCancelledError:
            if self._closing:
                raise TurnCancelledError("the program is closing") from None
            raise
        except Exception as error:
            if call.cancelled():
                raise TurnCancelledError("the request was stopped") from error
            raise

    @contextmanager
    def _counted(self) -> Generator[None]:
        with self._door:
            if self._closing:
                raise TurnCancelledError("the program is closing")
            self._running += 1
        try:
            yield
        finally:
            with self._door:
                self._running -= 1
