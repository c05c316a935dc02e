"""A process that makes sections for `pool`: chunks of jobs come in, lists of what was made go out."""

import gc
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from copilot.context.cache import Cache
from copilot.context.making import Job, work
from copilot.context.pool_memory import give_back, hold_memory
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader

_Asked = queue.SimpleQueue[Sequence[Job] | None]

_GIVE_BACK_BYTES = 2_000_000
"""Of files, after which what their trees left behind is given back."""
NICENESS = 5
"""Of a process that makes sections where others go first; Windows has no such thing."""


def main() -> None:
    """Answer on standard output until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    serve(sys.stdin.buffer, answers)
    os._exit(0)  # taking down what was made takes longer than a chunk, and somebody waits


def serve(source: BinaryIO, answers: BinaryIO) -> None:
    """Answer until `source` ends. Ctrl+C is the parent's business: it ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    hold_memory()
    base, cache_path, version, nice = pickle.load(source)  # from our own parent
    if nice and hasattr(os, "nice"):
        os.nice(NICENESS)
    base_dir = Path(base)
    boundary = Boundary(base_dir)
    asked: _Asked = queue.SimpleQueue()
    with (
        Cache(Path(cache_path) if cache_path else None, version, base_dir, time.time()) as cache,
        TreeReader(base_dir) as reader,
    ):
        _answer(answers, "ready")
        threading.Thread(target=_listen, args=(source, asked), daemon=True).start()
        read = 0
        while (chunk := asked.get()) is not None:
            _answer(answers, [work(job, reader, boundary, cache.content) for job in chunk])
            read += sum(job.stamp[0] for job in chunk)
            if read >= _GIVE_BACK_BYTES:
                give_back()
                read = 0


def _listen(source: BinaryIO, asked: _Asked) -> None:
    """Beside the work: else parent and child could each wait for the other to empty a full pipe."""
    try:
        with suppress(EOFError):
            while True:
                asked.put(pickle.load(source))
    finally:  # a parent that was killed while it wrote leaves half of something
        asked.put(None)


def _answer(answers: BinaryIO, answer: object) -> None:
    pickle.dump(answer, answers)
    answers.flush()
