"""One piece of work beside the main thread, whose result the main thread takes when it is there."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Background(Generic[T]):
    """`work` runs on a thread of its own, never twice at a time; `wake` is called when it is done.

    An error of `work` is a bug of ours; its result is then missing and nothing else.
    """

    def __init__(self, name: str, work: Callable[[], T], wake: Callable[[], None]) -> None:
        self._name = name
        self._work = work
        self._wake = wake
        self._done: queue.SimpleQueue[T] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it runs already."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def take(self) -> T | None:
        """The result, once; None where there is none yet. Never waits."""
        try:
            return self._done.get(block=False)
        except queue.Empty:
            return None

    def _run(self) -> None:
        self._done.put(self._work())
        self._wake()
