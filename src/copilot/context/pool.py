"""Making many files' sections in all of the machine's cores: processes of our own, each fed by a thread.

A process that ends on a file (a parser may overflow its stack) costs that file's section and nothing else.
"""

import contextlib
import gc
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from copilot.context.making import Job, Kept, Made, kept, work
from copilot.vocabulary.errors import TurnCancelledError
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader

_CHUNK_BYTES = 300_000
_AHEAD = 2
"""Chunks that a process is given before its first answer."""
_LOOK_SECONDS = 0.05
_CRASHED = "its section could not be made: the process that made it ended"
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]);"
    " from copilot.context.pool_process import main; main()"
)


Chunk = Sequence[Job]


@contextlib.contextmanager
def no_collector() -> Generator[None]:
    """Without the garbage collector: a syntax tree has no cycles, and looking for some costs a tenth."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@dataclass(slots=True, kw_only=True)
class Pool:
    """Processes that make sections. With `share` the calling thread works beside them.

    `look` lets them ask the cache at `cache` (its path and version) for equal content first.
    """

    base_dir: Path
    processes: int
    share: bool
    cache: tuple[str, str]
    look: bool
    _todo: deque[Chunk] = field(default_factory=deque[Chunk], init=False)
    _done: "queue.SimpleQueue[list[Kept] | None]" = field(init=False)
    _running: "list[subprocess.Popen[bytes]]" = field(
        default_factory=list["subprocess.Popen[bytes]"], init=False
    )
    _over: bool = field(default=False, init=False)

    def run(self, jobs: Chunk, cancelled: Callable[[], bool]) -> Iterator[Kept]:
        """The sections in no order. Raises TurnCancelledError soon after `cancelled` turned True."""
        self._done = queue.SimpleQueue()
        self._todo.extend(_chunks(jobs))
        others = max(1, self.processes - self.share)
        threads = [threading.Thread(target=self._feed, daemon=True) for _ in range(others)]
        for thread in threads:
            thread.start()
        try:
            yield from self._gather(len(threads), cancelled)
        finally:
            self._over = True
            for process in self._running:
                with contextlib.suppress(OSError):
                    process.kill()
            for thread in threads:
                thread.join()

    def _gather(self, feeders: int, cancelled: Callable[[], bool]) -> Iterator[Kept]:
        boundary = Boundary(self.base_dir)
        with TreeReader(self.base_dir) as reader:
            while feeders:
                if cancelled():
                    raise TurnCancelledError("stopped while the context was built")
                chunk = self._take() if self.share else None
                for job in chunk or ():
                    yield work(job, reader, boundary)
                with contextlib.suppress(queue.Empty):
                    while True:
                        found = self._done.get(timeout=0 if chunk else _LOOK_SECONDS)
                        if found is None:
                            feeders -= 1
                        yield from found or ()
            # a process that could not be started leaves its share
            while (chunk := self._take()) is not None:
                for job in chunk:
                    yield work(job, reader, boundary)

    def _take(self) -> Chunk | None:
        try:
            return self._todo.popleft()
        except IndexError:
            return None

    def _feed(self) -> None:
        """One process after the other, until nothing is left to do or one cannot be started."""
        try:
            while not self._over and self._todo:
                crashed = self._feed_one()
                if len(crashed) == 1 and len(crashed[0]) == 1:
                    job = crashed[0][0]
                    self._done.put([kept(job, Made(sha256="", view=job.view, note=_CRASHED), job.stamp)])
                else:
                    self._todo.extend([job] for chunk in crashed for job in chunk)
        except OSError:
            pass  # no process: the calling thread does the rest
        finally:
            self._done.put(None)

    def _feed_one(self) -> list[Chunk]:
        """Feed one process; what it left unanswered when it ended early."""
        process = _start()
        self._running.append(process)
        asked: deque[Chunk] = deque()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with process, contextlib.suppress(OSError):
                path, version = self.cache
                pickle.dump((str(self.base_dir), path if self.look else "", version), process.stdin)
                while True:
                    while len(asked) < _AHEAD and (chunk := self._take()) is not None:
                        asked.append(chunk)
                        pickle.dump(tuple(chunk), process.stdin)
                    process.stdin.flush()
                    if not asked:
                        break
                    self._done.put(pickle.load(process.stdout))  # from a process of our own
                    asked.popleft()
        except (EOFError, pickle.UnpicklingError):
            process.kill()
        finally:
            self._running.remove(process)
        if self._over or not asked:
            return []
        first, *rest = asked
        self._todo.extendleft(reversed(rest))
        return [first]


def _chunks(jobs: Chunk) -> Iterator[Chunk]:
    """Neighbours together, so that a process finds its folders open; small enough to end together."""
    chunk: list[Job] = []
    size = 0
    for job in jobs:
        chunk.append(job)
        size += job.stamp[0] + 2_000
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},  # no key goes along
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
