"""Making many files' sections in all of the machine's cores: processes of our own, each fed by a thread.

A process that ends on a file (a parser may overflow its stack) costs that file's section and nothing else.
"""

import contextlib
import json
import os
import pickle
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.context.making import Job, Kept, Made, kept, work
from copilot.context.pool_copy import Copy, copies, may_copy
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.frozen import field, mutable
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader

if TYPE_CHECKING:
    import subprocess

    Process = Copy | subprocess.Popen[bytes]

_CHUNK_BYTES = 100_000
"""Files that are given out together."""
_LARGE_BYTES = 30_000
"""A file of so many is given out by itself and before all others, the largest first: as long as little else
is kept, and so that none is left for the end. Its syntax tree may take megabytes (measured: 10 for 40 KB of
formulas), better not in this process, where all sections come together."""
_AHEAD = 2
"""Chunks that a process is given before its first answer."""
_LOOK_SECONDS = 0.05
_CRASHED = "its section could not be made: the process that made it ended"
_MAIN = "from copilot.context.pool_process import main; main()"
_ENVIRONMENT = ("SYSTEMROOT", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What a Python needs to start and to read names as we do; no key goes along."""


Chunk = Sequence[str]
"""Paths: jobs are made when they are asked for, and forgotten when done. 10,000 take a megabyte."""


@mutable(kw_only=True)
class Pool:
    """Processes that make sections, for one `run`. With `share` the calling thread works beside them.

    Where they are `nice`, all else on the machine goes first. `look` lets them ask the cache at `cache` (its
    path and version) for equal content first. The first processes are the `copies` of this one, but not to
    `look`: SQLite is never carried into a copy. Any other is the program `python` and runs the code `main`.
    """

    base_dir: Path
    processes: int
    share: bool
    cache: tuple[str, str]
    look: bool
    nice: bool
    copies: Sequence[Copy] = ()
    python: str = sys.executable or ""
    main: str = _MAIN
    _job: Callable[[str], Job] = field(init=False)
    _todo: deque[Chunk] = field(default_factory=deque[Chunk], init=False)
    _suspects: deque[Chunk] = field(default_factory=deque[Chunk], init=False)
    """Each file of a chunk on which a process ended, by itself: only another process may try it."""
    _suspected: set[str] = field(default_factory=set[str], init=False)
    _done: "queue.SimpleQueue[list[Kept] | None]" = field(init=False)
    _running: "list[Process]" = field(default_factory=list["Process"], init=False)
    _over: bool = field(default=False, init=False)

    def run(
        self, paths: Iterable[str], job: Callable[[str], Job], cancelled: Callable[[], bool]
    ) -> Iterator[Kept]:
        """The sections in no order; `job` is what there is to do for a path.

        Raises TurnCancelledError soon after `cancelled` turned True.
        """
        self._job = job
        self._done = queue.SimpleQueue()
        self._todo.extend(_chunks(paths, job))
        threads: list[threading.Thread] = []
        count = max(1, min(self.processes - self.share, len(self._todo)))
        first = deque(self.copies)
        self._running.extend(first)
        try:
            for _ in range(count):
                thread = threading.Thread(target=self._feed, args=(first,), daemon=True)
                with contextlib.suppress(RuntimeError):  # the system has no more threads for us
                    thread.start()
                    threads.append(thread)
            for one in self._gather(len(threads)):
                if cancelled():
                    raise TurnCancelledError("stopped while the context was built")
                if one is not None:
                    yield one
        finally:
            self._over = True  # set before the look at who runs: a feeder looks the other way round
            for process in tuple(self._running):
                _kill(process)
            for thread in threads:
                thread.join()
            for process in first:  # nobody came to feed it
                close(process)

    def _gather(self, feeders: int) -> Iterator[Kept | None]:
        """Each section as it is made; None now and then where there is none yet."""
        boundary = Boundary(self.base_dir)
        with TreeReader(self.base_dir) as reader:
            while feeders:
                chunk = self._take() if self.share else None
                for path in chunk or ():
                    yield work(self._job(path), reader, boundary)
                with contextlib.suppress(queue.Empty):
                    while feeders:
                        found = self._done.get(timeout=0 if chunk else _LOOK_SECONDS)
                        feeders -= found is None
                        yield from found or ()
                yield None
            # processes that could not be started leave their share
            for path in chain.from_iterable(self._todo):
                yield work(self._job(path), reader, boundary)
            yield from map(self._crashed, chain.from_iterable(self._suspects))

    def _take(self) -> Chunk | None:
        """What the calling thread does itself: small files, as long as there are any."""
        with contextlib.suppress(IndexError):
            return self._todo.pop()
        return None

    def _take_any(self) -> Chunk | None:
        """What a process is given."""
        for waiting in (self._todo, self._suspects):
            with contextlib.suppress(IndexError):
                return waiting.popleft()
        return None

    def _feed(self, first: deque[Copy]) -> None:
        """One process after the other, until nothing is left to do or one does not come to work."""
        try:
            process: Copy | None = None
            with contextlib.suppress(IndexError):
                process = first.popleft()
            while process or (not self._over and (self._todo or self._suspects)):
                if not self._feed_one(process):
                    return  # the calling thread does the rest
                process = None
        finally:
            self._done.put(None)

    def _feed_one(self, process: "Process | None") -> bool:
        """Feed one process, or a new one, to its end; False where it never came to work."""
        if process is None:
            try:
                process = _start(self.python, self.main)
            except OSError:  # no more processes, or not known where this Python is
                return False
            self._running.append(process)
        asked: deque[Chunk] = deque()
        began = False
        try:
            if not self._over and self._greet(process):
                began = True
                self._converse(process, asked)
        except (OSError, EOFError, pickle.UnpicklingError):
            pass  # it ended early
        finally:
            if asked or not began:
                _kill(process)
            close(process)
            self._running.remove(process)
        if asked and not self._over:
            first, *rest = asked
            for chunk in reversed(rest):
                self._give_back(chunk)
            self._blame(first)
        return began

    def _greet(self, process: "Process") -> bool:
        """Tell a new process what it works on; whether it is ready."""
        assert process.stdin is not None
        assert process.stdout is not None
        path, version = self.cache
        pickle.dump((str(self.base_dir), path if self.look else "", version, self.nice), process.stdin)
        process.stdin.flush()
        return pickle.load(process.stdout) == "ready"  # all answers are from a process of our own

    def _converse(self, process: "Process", asked: deque[Chunk]) -> None:
        """Ask until nothing is left; `asked` is what is not answered. Raises where the process ends."""
        assert process.stdin is not None
        assert process.stdout is not None
        while not self._over:
            while len(asked) < _AHEAD and (chunk := self._take_any()) is not None:
                asked.append(chunk)
                pickle.dump(tuple(map(self._job, chunk)), process.stdin)
            process.stdin.flush()
            if not asked:
                return
            self._done.put(pickle.load(process.stdout))
            asked.popleft()

    def _give_back(self, chunk: Chunk) -> None:
        if chunk[0] in self._suspected:
            self._suspects.appendleft(chunk)
        else:
            self._todo.appendleft(chunk)

    def _blame(self, chunk: Chunk) -> None:
        """A process ended on this chunk: each of its files is tried by itself, or it is the one."""
        if len(chunk) == 1:
            self._done.put([self._crashed(chunk[0])])
            return
        self._suspected.update(chunk)
        self._suspects.extend([path] for path in chunk)

    def _crashed(self, path: str) -> Kept:
        job = self._job(path)
        return kept(job, Made(sha256="", view=job.view, note=_CRASHED), job.stamp)


def ready_copies(count: int) -> list[Copy]:
    """At most so many copies of this process that wait for a `Pool`; none where it may not be copied."""
    if not may_copy():
        return []
    import_module("copilot.context.summarize")  # once, what all of them need
    from copilot.context.pool_process import serve

    return copies(count, serve)


def _chunks(paths: Iterable[str], job: Callable[[str], Job]) -> Iterator[Chunk]:
    """Large files; then neighbours together, so that a process finds its folders open."""
    large: list[tuple[int, str]] = []
    small: list[list[str]] = [[]]
    size = 0
    for path in paths:
        own = job(path).stamp[0]
        if own >= _LARGE_BYTES:
            large.append((own, path))
            continue
        small[-1].append(path)
        size += own + 2_000
        if size >= _CHUNK_BYTES:
            small.append([])
            size = 0
    large.sort(key=itemgetter(0), reverse=True)
    yield from ([path] for _, path in large)
    yield from filter(None, small)


def _start(python: str, main: str) -> "subprocess.Popen[bytes]":
    import subprocess

    utf8 = ("-X", "utf8") if sys.getfilesystemencoding() == "utf-8" else ()
    code = f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); {main}"
    return subprocess.Popen(
        [python, "-I", "-S", *utf8, "-c", code, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _kill(process: "Process") -> None:
    with contextlib.suppress(OSError):
        process.kill()


def close(process: "Process") -> None:
    """Wait for its end; it ends when its standard input does."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what it had not read yet
                pipe.close()
    process.wait()
