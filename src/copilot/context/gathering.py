"""The sections of the chosen files: what the cache knows, the rest made anew, few here, many in processes."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from copilot.context.cache import Cache
from copilot.context.choosing import while_wanted
from copilot.context.making import Job, Kept, Made, work
from copilot.vocabulary.text import holds_key
from copilot.vocabulary.values import View
from copilot.workspace.boundary import Boundary, Entry
from copilot.workspace.tree_reader import Stamp, TreeReader

POOL_FROM = 200
"""Files from which processes pay (measured: starting one costs about as much as a hundred summaries)."""
_BATCH = 1_000
"""Sections made between two times that they are kept: a stop loses no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What building a context stands on.

    `cache` is the file of summaries (None: none), `version` that of the summariser. `clock` gives UTC
    seconds. `share` lets the calling thread make sections beside the `processes` (0: as many as there are
    cores). `excludes` and `left_out` are as in `files.Folder`. What holds one of the `keys` is not cached.
    `progress` hears how many of how many files are made.
    """

    cache: Path | None = None
    version: str = ""
    clock: Callable[[], float] = lambda: 0.0
    processes: int = 0
    share: bool = True
    excludes: Path | None = None
    left_out: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    progress: Callable[[int, int], None] = lambda _done, _all: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Each file's section with its weight in wordpieces; how many files were read for it."""

    sections: dict[str, tuple[Made, float]] = field(default_factory=dict[str, tuple[Made, float]])
    read: int = 0
    trouble: str = ""


def gather(
    base_dir: Path,
    wanted: Mapping[str, tuple[View, Entry]],
    workshop: Workshop,
    cancelled: Callable[[], bool],
    *,
    names: bool = False,
) -> Gathered:
    """The sections of `wanted` files at their views. Raises TurnCancelledError.

    `names` asks for what each file defines and imports as well.
    """
    stamped: dict[str, tuple[View, Stamp]] = {
        path: (view, (entry.size, entry.mtime_ns, entry.ctime_ns)) for path, (view, entry) in wanted.items()
    }
    with Cache(workshop.cache, workshop.version, base_dir, workshop.clock()) as cache:
        found = cache.files(stamped, names=names)
        jobs = [
            Job(path=path, view=view, stamp=stamp)
            for path, (view, stamp) in stamped.items()
            if path not in found
        ]
        batch: list[Kept] = []
        try:
            for done, one in enumerate(_made(base_dir, jobs, workshop, cache, cancelled), 1):
                found[one.path] = one.made, one.pieces
                if not _holds_key(one, workshop.keys):
                    batch.append(one)
                if len(batch) == _BATCH:
                    cache.keep(batch)
                    batch.clear()
                workshop.progress(done, len(jobs))
        finally:  # what a stopped run made is not made again
            cache.keep(batch)
        return Gathered(sections=found, read=len(jobs), trouble=cache.trouble)


def _made(
    base_dir: Path, jobs: Sequence[Job], workshop: Workshop, cache: Cache, cancelled: Callable[[], bool]
) -> Iterator[Kept]:
    processes = workshop.processes or _cores()
    if len(jobs) < POOL_FROM or processes < 2:
        boundary = Boundary(base_dir)
        with TreeReader(base_dir) as reader:
            for job in while_wanted(jobs, cancelled):
                yield work(job, reader, boundary, cache.content)
        return
    from copilot.context.pool import Pool

    pool = Pool(
        base_dir=base_dir,
        processes=processes,
        share=workshop.share,
        cache=(str(workshop.cache or ""), workshop.version),
        look=not cache.empty,
    )
    yield from pool.run(jobs, cancelled)


def _cores() -> int:
    """Those that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _holds_key(one: Kept, keys: Sequence[str]) -> bool:
    made = one.made
    return any(holds_key(text, keys) for text in (one.path, made.body, *made.defines, *made.imports))
