"""Threads by name: each does its jobs one after the other, and ends when it has none."""

import threading
from collections import deque
from collections.abc import Callable

Job = Callable[[str], None]
"""Is handed the name of the worker that does it."""


class Lanes:
    """Made when the first job for a name comes. `failed` is called with what a job raised."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._news = threading.Condition()
        self._jobs: dict[str, deque[Job]] = {}
        self._numbers: set[int] = set()

    def add(self, name: str, job: Job) -> None:
        """Have a job done behind those of the same name; never blocks."""
        with self._news:
            if name in self._jobs:
                self._jobs[name].append(job)
                return
            self._jobs[name] = deque((job,))
            number = next(n for n in range(2, len(self._numbers) + 3) if n not in self._numbers)
            self._numbers.add(number)
            thread = threading.Thread(
                target=self._run, args=(name, number), name=f"worker-{number}", daemon=True
            )
            thread.start()

    def finish(self) -> None:
        """Wait until no job is left."""
        with self._news:
            self._news.wait_for(lambda: not self._jobs)

    def _run(self, name: str, number: int) -> None:
        while (job := self._next(name, number)) is not None:
            try:
                job(f"worker-{number}")
            except Exception as error:  # the top of the thread
                self._failed(error)

    def _next(self, name: str, number: int) -> Job | None:
        with self._news:
            if self._jobs[name]:
                return self._jobs[name].popleft()
            del self._jobs[name]
            self._numbers.discard(number)
            self._news.notify_all()
            return None
