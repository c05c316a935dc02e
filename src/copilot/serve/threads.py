"""Calls that may take their time, on threads, so many at once for each user."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from copilot.serve.contract import TooMuchError

T = TypeVar("T")

MOST_THREADS = 64
MOST_OF_ONE = 8
"""Calls of one user at once: who floods the server waits for themselves alone."""


class Threads:
    """Only for the loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST_THREADS, "serve")
        self._running: dict[str, int] = {}

    async def run(self, user: str | None, work: Callable[..., T], *args: Any) -> T:
        """What the call gives. Raises TooMuchError where as many run already as one user may have; `user`
        None: the server's own.

        A call whose request is cancelled runs on to its end, and counts until then.
        """
        if user is not None and self._running.get(user, 0) >= MOST_OF_ONE:
            raise TooMuchError(f"{MOST_OF_ONE} requests of yours run already", retry_after=1.0)
        future = self._pool.submit(work, *args)
        if user is not None:
            self._running[user] = self._running.get(user, 0) + 1
            future.add_done_callback(partial(self._done, asyncio.get_running_loop(), user))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Begin nothing more; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _done(self, loop: asyncio.AbstractEventLoop, user: str, _: "Future[Any]") -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._left, user)

    def _left(self, user: str) -> None:
        left = self._running.pop(user) - 1
        if left:
            self._running[user] = left
