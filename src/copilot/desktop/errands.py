"""Small pieces of work beside the main thread: files read, pictures made small, servers looked for."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Errands:
    """One thread does them one after the other; it is made with the first. `wake` is called after each.

    An error of a piece of work is a bug of ours: `trouble` hears of it on the main thread.
    """

    def __init__(self, wake: Callable[[], None], trouble: Callable[[str, Exception], None]) -> None:
        self._wake = wake
        self._trouble = trouble
        self._waiting: queue.SimpleQueue[Callable[[], Callable[[], None]]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Have `work` done there, and `then` called with what it gave, here (`take`)."""

        def job() -> Callable[[], None]:
            result = work()
            return lambda: then(result)

        self._waiting.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="errands", daemon=True)
            self._thread.start()

    def apart(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """The same on a thread of its own: for what may take as long as a person wants."""

        def job() -> None:
            try:
                result = work()
                self._done.put(lambda: then(result))
            except Exception as error:  # the top of the thread
                self._done.put(lambda e=error: self._trouble("an errand", e))
            self._wake()

        threading.Thread(target=job, name="errand", daemon=True).start()

    def take(self) -> None:
        """On the main thread, once a frame: what is done is taken in. Never waits."""
        while True:
            try:
                finished = self._done.get(block=False)
            except queue.Empty:
                return
            finished()

    def _run(self) -> None:
        while True:
            job = self._waiting.get()
            try:
                self._done.put(job())
            except Exception as error:  # the top of the thread
                self._done.put(lambda e=error: self._trouble("an errand", e))
            self._wake()
