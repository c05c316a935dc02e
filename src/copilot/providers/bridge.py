"""From asynchronous clients to plain iterators: one loop thread, and calls into it that can be cancelled.

A blocked read of a synchronous client cannot be cancelled, so the services' asynchronous clients live on the
bridge's loop: they are built, used and closed there. The caller's thread waits for chunks and looks at
`cancelled` while it waits. Made by `assembly`, handed to the provider files.
"""

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import aclosing, suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar, cast

from copilot.providers.base import Cancelled, Chunk
from copilot.vocabulary.errors import TurnCancelledError

T = TypeVar("T")

POLL_SECONDS = 0.05
"""How long a waiting caller goes without looking at `cancelled`."""

CLOSE_SECONDS = 5.0
"""How long `close` waits for running requests to let go of their connections."""

_END: Final = object()


class Bridge:
    """One asyncio loop on one daemon thread. `iterate` and `call` may be used from any other thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="providers", daemon=True)
        self._closing = False
        self._at_close: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._door = threading.Lock()  # nothing is submitted once closing has begun: it would never run
        self._thread.start()

    def iterate(
        self, make_async_iterator: Callable[[], AsyncIterator[Chunk]], cancelled: Cancelled
    ) -> Generator[Chunk]:
        """The chunks of an asynchronous iterator that is made and drained on the loop.

        Raises what the iterator raises, after the chunks before it, and TurnCancelledError at most
        `POLL_SECONDS` after `cancelled` turned True. Closing the iterator early cancels the request.
        """
        arrived: SimpleQueue[object] = SimpleQueue()

        async def pump() -> None:
            # Both our generators and the SDKs' are closed by hand: left to the collector, the connection
            # of a cancelled request would stay open for as long as it likes.
            async with aclosing(cast(Any, make_async_iterator())) as chunks:
                async for chunk in chunks:
                    arrived.put(chunk)

        future = self._submit(pump())
        future.add_done_callback(lambda _: arrived.put(_END))
        try:
            while (item := _next(arrived, cancelled)) is not _END:
                yield cast(Chunk, item)
            _result(future)
        finally:
            future.cancel()

    def call(
        self, coroutine_function: Callable[[], Coroutine[Any, Any, T]], cancelled: Cancelled | None = None
    ) -> T:
        """What the coroutine returns. Raises what it raises, and TurnCancelledError as `iterate` does."""
        future = self._submit(coroutine_function())
        try:
            while True:
                done, _ = concurrent.futures.wait((future,), POLL_SECONDS)
                if done:
                    return _result(future)
                if cancelled is not None and cancelled():
                    raise TurnCancelledError("the request was stopped")
        finally:
            future.cancel()

    def at_close(self, coroutine_function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have this run on the loop when the bridge closes: clients close their connections by it."""
        self._at_close.append(coroutine_function)

    def close(self) -> None:
        """Cancel what runs, close what is open, end the thread. May be called twice."""
        with self._door:
            if self._closing:
                return
            self._closing = True
        ended = asyncio.run_coroutine_threadsafe(_wind_up(self._at_close), self._loop)
        try:
            with suppress(TimeoutError):  # the loop may be busy importing an SDK
                ended.result(CLOSE_SECONDS)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_SECONDS)
            if not self._thread.is_alive():
                self._loop.close()

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        with self._door:
            if not self._closing:
                return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        coroutine.close()
        raise TurnCancelledError("the program is closing")


def _next(arrived: SimpleQueue[object], cancelled: Cancelled) -> object:
    while True:
        if cancelled():
            raise TurnCancelledError("the request was stopped")
        try:
            return arrived.get(timeout=POLL_SECONDS)
        except Empty:
            continue


def _result(future: concurrent.futures.Future[T]) -> T:
    try:
        return future.result()
    except concurrent.futures.CancelledError as error:
        raise TurnCancelledError("the program is closing") from error


async def _wind_up(at_close: list[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    loop = asyncio.get_running_loop()
    running = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for let_go in at_close:
        await let_go()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
