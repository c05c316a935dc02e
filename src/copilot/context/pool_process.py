"""A process that makes sections for `pool`: chunks of jobs come in, lists of what was made go out."""

import gc
import os
import pickle
import signal
import sys
import time
from pathlib import Path

from copilot.context.cache import Cache
from copilot.context.making import work
from copilot.context.pool import Chunk
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader


def main() -> None:
    """Answer until standard input ends. Ctrl+C is the parent's business: it ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    source = sys.stdin.buffer
    base, cache_path, version = pickle.load(source)  # from our own parent
    base_dir = Path(base)
    boundary = Boundary(base_dir)
    with (
        Cache(Path(cache_path) if cache_path else None, version, base_dir, time.time()) as cache,
        TreeReader(base_dir) as reader,
    ):
        while True:
            try:
                chunk: Chunk = pickle.load(source)
            except EOFError:
                return
            pickle.dump([work(job, reader, boundary, cache.content) for job in chunk], answers)
            answers.flush()
