"""The listing of the base directory that a front end shows, kept as the disk is.

One thread lists and compares, a second one waits for the disk (`workspace/watch`). Both begin with the first
`follow`; a program that shows no files has neither.
"""

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path

from copilot.ai.telling import traced
from copilot.providers.base import Cancelled
from copilot.vocabulary.errors import CopilotError, TurnCancelledError
from copilot.vocabulary.events import Event, FilesChanged, FilesListed
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.values import Discussion, FileState, ModelChoice, Project
from copilot.workspace.watch import watch
from copilot.workspace.watched_tree import Changes

ListFilesOf = Callable[[Project, ModelChoice, Cancelled], tuple[FileState, ...]]

LEAST_SECONDS = 0.25
"""From the beginning of one listing to that of the next, where the disk asks for it."""
IDLE_SHARE = 7 / 3
"""After a listing, this many times the work it took is left free: 30 % of one core at most."""
_WAITED_SHARE = 1 / 3
"""How much of a listing's duration counts as work where this thread was not busy: others may have been."""
RETRY_SECONDS = 5.0
"""A listing that failed is tried again after this time, also where nothing changes."""
_JOIN_SECONDS = 1.0


@frozen(kw_only=False)
class _Asked:
    """What to list. Compared by identity: a listing made for an earlier one is not told."""

    project: Project
    model: ModelChoice
    __eq__ = object.__eq__
    __hash__ = object.__hash__


@frozen(kw_only=False)
class _Eye:
    """The thread that waits for the disk."""

    base_dir: str
    stop: threading.Event
    thread: threading.Thread


class FilesWatch:
    """Tells `FilesListed` once and then `FilesChanged` with what differs. All methods from any thread.

    `emit` and `warn` (a notice for the person) are called from the listing thread, never after `stop`.
    """

    def __init__(
        self,
        *,
        list_files: ListFilesOf,
        emit: Callable[[Event], None],
        warn: Callable[[str], None],
        clock: Callable[[], float],
        worker: str,
        polling: bool = False,
    ) -> None:
        self._list_files = list_files
        self._emit = emit
        self._warn = warn
        self._clock = clock
        self._worker = worker
        self._polling = polling
        self._news = threading.Condition()
        self._asked: _Asked | None = None
        self._known: dict[str, FileState] | None = None
        self._urgent = self._changed = self._stopped = False
        self._free_at = 0.0
        self._retry_at = math.inf
        self._trouble = ""
        self._thread: threading.Thread | None = None
        self._eye: _Eye | None = None

    def follow(self, project: Project, model: ModelChoice) -> None:
        """List the project's base directory whole (`FilesListed`), and go on telling what changes in it."""
        with self._news:
            if self._stopped:
                return
            self._asked = _Asked(project, model)
            self._known = None
            self._urgent = True
            self._look_at(project.base_dir)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="files", daemon=True)
                self._thread.start()
            self._news.notify_all()

    def update(self, project: Project) -> None:
        """The project was changed: list again what is followed and tell what differs, if anything can."""
        with self._news:
            asked = self._asked
            if asked is None or _without_talk(project) == _without_talk(asked.project):
                return
            if project.base_dir != asked.project.base_dir:
                self.follow(project, asked.model)
                return
            self._asked = replace(asked, project=project)
            self._urgent = True
            self._news.notify_all()

    def stop(self) -> bool:
        """End both threads, waiting at most 1 s; True when they have ended. Nothing is told after that."""
        with self._news:
            self._stopped = True
            eye, lister = self._eye, self._thread
            if eye is not None:
                eye.stop.set()
            self._news.notify_all()
        until = time.monotonic() + _JOIN_SECONDS
        threads = [t for t in (lister, eye.thread if eye else None) if t is not None]
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _look_at(self, base_dir: str) -> None:
        """Have the disk watched at this place, and nowhere else."""
        if self._eye is not None:
            if self._eye.base_dir == base_dir and self._eye.thread.is_alive():
                return
            self._eye.stop.set()
        stop = threading.Event()
        thread = threading.Thread(target=self._see, args=(base_dir, stop), name="files-disk", daemon=True)
        self._eye = _Eye(base_dir, stop, thread)
        thread.start()

    def _see(self, base_dir: str, stop: threading.Event) -> None:
        def note(_changes: Changes) -> None:
            with self._news:
                self._changed = self._changed or not stop.is_set()
                self._news.notify_all()

        try:
            watch(Path(base_dir), stop, note, on_trouble=self._say, polling=self._polling)
        except Exception as error:  # the top of the thread
            self._say(f"Changes on disk are no longer seen.\n{traced(error)}")

    def _run(self) -> None:
        try:
            while (asked := self._next()) is not None:
                began, busy = time.monotonic(), time.thread_time()
                self._list(asked)
                now = time.monotonic()
                work = max(time.thread_time() - busy, _WAITED_SHARE * (now - began))
                self._free_at = max(began + LEAST_SECONDS, now + IDLE_SHARE * work)
        except Exception as error:  # the top of the thread
            self._say(f"The list of files is no longer kept up to date.\n{traced(error)}")

    def _next(self) -> _Asked | None:
        """Wait until there is reason to list, and time for it; None at the end."""
        with self._news:
            while not self._stopped:
                due = min(self._free_at if self._changed else math.inf, self._retry_at)
                wait = 0.0 if self._urgent else due - time.monotonic()
                if wait <= 0:
                    self._urgent = self._changed = False
                    return self._asked
                self._news.wait(None if wait == math.inf else wait)
        return None

    def _list(self, asked: _Asked) -> None:
        try:
            files = self._list_files(asked.project, asked.model, lambda: self._is_old(asked))
        except TurnCancelledError:
            self._retry_at = time.monotonic() + RETRY_SECONDS
        except CopilotError as error:
            self._retry_at = time.monotonic() + RETRY_SECONDS
            reason = f"{str(error).rstrip('.')}. {error.hint}".strip()
            text = f"The files of {asked.project.base_dir} cannot be listed: {reason}"
            if text != self._trouble and not self._is_old(asked):
                self._say(text)
                self._trouble = text
        else:
            self._retry_at = math.inf
            self._trouble = ""
            self._tell(asked, {state.path: state for state in files})

    def _tell(self, asked: _Asked, now: dict[str, FileState]) -> None:
        """Tell the whole, or what differs from what was told, unless something else is wanted by now."""
        at, base_dir = self._clock(), asked.project.base_dir
        before = self._known
        if before is None:
            event: Event = FilesListed(
                at=at, worker=self._worker, base_dir=base_dir, files=tuple(now.values())
            )
        else:
            files = tuple(state for path, state in now.items() if before.get(path) != state)
            removed = tuple(path for path in before if path not in now)
            if not files and not removed:
                return
            event = FilesChanged(at=at, worker=self._worker, base_dir=base_dir, files=files, removed=removed)
        with self._news:
            if not self._is_old(asked):
                self._known = now
                self._emit(event)

    def _is_old(self, asked: _Asked) -> bool:
        return self._stopped or self._asked is not asked

    def _say(self, text: str) -> None:
        with self._news:
            if not self._stopped:
                self._warn(text)


def _without_talk(project: Project) -> Project:
    """What a listing depends on."""
    return replace(project, discussion=Discussion())
