"""The sections of the chosen files: what the cache knows, the rest made anew, few here, many in processes."""

import os
import sys
from _thread import LockType, allocate_lock  # `threading` takes its time to load
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from copilot.context.cache import Cache, Names
from copilot.context.choosing import MANY, while_wanted
from copilot.context.listing import Wanted
from copilot.context.making import Job, Kept, item, work
from copilot.context.pool_memory import give_back, hold_memory
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.text import holds_key
from copilot.vocabulary.values import FileItem
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader

if TYPE_CHECKING:
    from copilot.context.pool_copy import Copy
    from copilot.context.shelf import Shelf

POOL_FROM = 200
"""Files from which it pays to start processes: one costs about as much as a hundred summaries (measured)."""
HOLD_FROM = 50
"""Files from which it pays to tell the C library to keep memory."""
_LOOK_SECONDS = 0.05
_BATCH = 250
"""Sections made between two times that they are kept: a stop loses no more."""


@frozen
class Workshop:
    """What building a context stands on.

    `cache` is the file of summaries (None: none), `version` that of the summariser. `clock` gives UTC
    seconds. `share` lets the calling thread make sections beside the `processes` (0: as many as there are
    cores), and this process be copied, keep memory and put sections aside on the disk: for one that ends
    soon after. `nice` processes let a window go first, and all else. `excludes` and `left_out` are as in
    `files.Folder`. What holds one of the `keys` is neither cached nor put aside.
    `progress` hears how many of how many files are made. `turn` is held by the one that makes sections:
    where a context and a listing want the same files at once, the second finds them in the cache.
    """

    cache: Path | None = None
    version: str = ""
    clock: Callable[[], float] = lambda: 0.0
    processes: int = 0
    share: bool = True
    nice: bool = True
    excludes: Path | None = None
    left_out: tuple[str, ...] = ()
    keys: Collection[str] = ()
    turn: LockType = field(default_factory=allocate_lock, compare=False)
    progress: Callable[[int, int], None] = lambda _done, _all: None


@frozen
class Gathered:
    """The files by path, in no order; how many of them were read for it.

    `names` are what each defines and imports, where that was asked for.
    """

    items: Mapping[str, FileItem]
    names: dict[str, Names] = field(default_factory=dict[str, Names])
    read: int = 0
    trouble: str = ""


@mutable
class Copies:
    """A context manager over the copies of this process that make sections beside it.

    A copy holds what this process knew when it was made, also what is forgotten here since: made early, it
    knows nothing of a listing that may be long.
    """

    workshop: Workshop
    _made: "list[Copy]" = field(default_factory=list["Copy"], init=False)

    def __enter__(self) -> "Copies":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._made:
            return
        from copilot.context.pool import close

        while self._made:
            close(self._made.pop())

    def early(self) -> None:
        """Make them now, there are many files, where it is plain that none of them is known."""
        if self.workshop.cache is None or not self.workshop.cache.exists():
            self._make()

    def take(self) -> "Sequence[Copy]":
        """Those that there are, or some made now; they are the taker's to close."""
        if not self._made:
            self._make()
        taken, self._made = self._made, []
        return taken

    def _make(self) -> None:
        count = self.workshop.processes or _cores()
        if self.workshop.share and count > 1:
            from copilot.context.pool import ready_copies

            self._made = ready_copies(count - 1)


def gather(
    base_dir: Path,
    wanted: Wanted,
    workshop: Workshop,
    cancelled: Callable[[], bool],
    *,
    copies: Copies,
    names: bool = False,
) -> Gathered:
    """The sections of the files that are wanted. Raises TurnCancelledError.

    `names` asks for what each file defines and imports as well.
    """
    with (
        _held(workshop.turn, cancelled),
        Cache(workshop.cache, workshop.version, base_dir, workshop.clock()) as cache,
    ):
        items: dict[str, FileItem] = {}
        told: dict[str, Names] = {}
        for one, named in cache.files(wanted, names=names):
            items[one.path] = one
            if names:
                told[one.path] = named
        read = len(wanted) - len(items)
        known = frozenset(items)
        paths = (path for path in wanted if path not in known)
        shelf = _shelf(workshop, wanted, items) if read >= POOL_FROM else None
        batch: list[Kept] = []
        try:
            made = _made(base_dir, wanted, paths, read, workshop, cache, copies, cancelled)
            for done, one in enumerate(made, 1):
                secret = _holds_key(one, workshop.keys)
                if shelf is None or secret:
                    path = wanted.listing.path(one.path)
                    items[path] = item(path, one.made, one.stamp, one.pieces)
                else:
                    shelf.put(one)
                if names:
                    told[one.path] = one.made.defines, one.made.imports
                if not secret:
                    batch.append(one)
                if len(batch) == _BATCH:
                    cache.keep(batch)
                    batch.clear()
                    if workshop.share:
                        give_back()
                workshop.progress(done, read)
        finally:  # what a stopped run made is not made again
            cache.keep(batch)
        return Gathered(items=items if shelf is None else shelf, names=told, read=read, trouble=cache.trouble)


def _shelf(workshop: Workshop, wanted: Wanted, items: dict[str, FileItem]) -> "Shelf | None":
    """Where sections wait until all are made: beside the cache, which holds the same; None: in memory."""
    if not workshop.share or workshop.cache is None:
        return None
    from copilot.context.shelf import Shelf
    from copilot.storage.spool import Spool

    with suppress(OSError):
        return Shelf(wanted, Spool(workshop.cache.parent), items)
    return None


@contextmanager
def _held(turn: LockType, cancelled: Callable[[], bool]) -> Generator[None]:
    while not turn.acquire(timeout=_LOOK_SECONDS):
        if cancelled():
            raise TurnCancelledError("stopped while the context was built")
    try:
        yield
    finally:
        turn.release()


def _made(
    base_dir: Path,
    wanted: Wanted,
    paths: Iterator[str],
    count: int,
    workshop: Workshop,
    cache: Cache,
    copies: Copies,
    cancelled: Callable[[], bool],
) -> Iterator[Kept]:
    def job(path: str) -> Job:
        view, stamp = wanted[path]
        return Job(path=path, view=view, stamp=stamp)

    processes = workshop.processes or _cores()
    if workshop.share and count >= HOLD_FROM:
        hold_memory()
    look = count >= MANY and not cache.empty
    taken = () if look or count < MANY else copies.take()
    if not taken and (count < POOL_FROM or processes < 2):
        boundary = Boundary(base_dir)
        with TreeReader(base_dir) as reader:
            for path in while_wanted(paths, cancelled):
                yield work(job(path), reader, boundary, cache.content)
        return
    from copilot.context.pool import Pool

    pool = Pool(
        base_dir=base_dir,
        processes=processes,
        share=workshop.share,
        cache=(str(workshop.cache or ""), workshop.version),
        look=look,
        nice=workshop.nice,
        copies=taken,
    )
    yield from pool.run(paths, job, cancelled)


def _cores() -> int:
    """Those that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _holds_key(one: Kept, keys: Collection[str]) -> bool:
    made = one.made
    return bool(keys) and any(
        holds_key(text, keys) for text in (one.path, made.body, *made.defines, *made.imports)
    )
