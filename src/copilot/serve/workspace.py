"""One user as the server sees them: their process while there is one, their streams, who follows."""

import json
import threading
from collections.abc import Callable, Mapping
from math import ceil
from time import monotonic, time
from typing import cast

from copilot.serve.contract import Limits, Numbered, TooMuchError, WorkspaceEndedError
from copilot.serve.pipe import Ask, Start, Told
from copilot.serve.place import UserPlace
from copilot.serve.restarts import Restarts
from copilot.serve.stream import MOST_BYTES, Following, Stream
from copilot.serve.user_process import AGAIN, ENDED, UserProcess
from copilot.storage.disk import make_folder
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import JsonValue

MOST_HELD = 64 * 1024 * 1024
"""Bytes of snapshots that are on their way to the followers of one user."""

STOPPED = "your access was taken back"
CLOSING = "the server is closing"


def said_in(body: bytes) -> Mapping[str, JsonValue]:
    """The object in an answer's body. Raises WorkspaceEndedError for what is none."""
    try:
        return cast(Mapping[str, JsonValue], dict(json.loads(body)))
    except (ValueError, TypeError, RecursionError) as error:
        raise WorkspaceEndedError("the workspace gave no sensible answer") from error


def do_nothing() -> None:
    """For a follower whom nobody wakes."""


class Workspace:
    """Made with the first request; the methods are those of `contract.Workspaces`. Any thread.

    `start` gives what a process is told, for the limits that hold when it begins.
    """

    def __init__(
        self, place: UserPlace, start: Callable[[Limits], Start], environ: Mapping[str, str]
    ) -> None:
        self._place, self._start, self._environ = place, start, environ
        self._starting = threading.Lock()
        """Held while a process begins or ends."""
        self._lock = threading.Lock()
        """Held for moments only. Whoever needs both takes it second."""
        self._process: UserProcess | None = None
        self._streams: dict[str, Stream] = {}
        self._followers: set[Following] = set()
        self._seats = 0
        """How many follow, or are about to."""
        self._limits: Limits | None = None
        self._last = 0
        self._restarts = Restarts()
        self._shut = ""

    def projects(self) -> tuple[str, ...]:
        """Raises StorageError."""
        return self._place.projects()

    def create(self, limits: Limits, project: str) -> None:
        """Raises ProjectError, TooMuchError, StorageError."""
        with self._starting:
            make_folder(self._place.folder)
            self._place.create(project, limits)

    def ask(self, limits: Limits, ask: Ask, body: bytes = b"") -> tuple[int, bytes]:
        """Have the process do something with a project: the number of a snapshot, and the answer's body."""
        self._place.require(ask.project)
        process, first = self._running(limits, ask.project)
        answer, found = process.ask(replace(ask, first=first), body)
        return answer.at, found

    def approvals(self, limits: Limits, project: str) -> tuple[Mapping[str, JsonValue], ...]:
        """Those that wait."""
        said = said_in(self.ask(limits, Ask(number=0, what="approvals", project=project))[1])
        return tuple(cast(list[Mapping[str, JsonValue]], said["waiting"]))

    def follow(self, limits: Limits, project: str, after: int, wake: Callable[[], None] | None) -> Following:
        """See `contract.Workspaces.follow`."""
        with self._lock:
            if self._seats >= limits.followers:
                raise TooMuchError(f"{limits.followers} of you follow already; there can be no more")
            self._seats += 1
        try:
            self._place.require(project)
            self._running(limits, project)
            stream = self._stream(project)
            first = None if after and stream.reaches(after) else self._snapshot(limits, project, stream)
        except BaseException:
            self._leave_seat()
            raise
        begins = after if first is None else first.number
        follower = Following(stream, begins, first, wake or do_nothing, self._left)
        with self._lock:
            there = self._streams.get(project) is stream
            self._followers.add(follower)
        if not there:  # the process went while it was asked
            follower.end(ENDED)
        return follower

    def tend(self) -> None:
        """Look after the process: to be called every second or so."""
        process = self._process
        if process is None:
            return
        if process.overdue:
            process.kill()
        elif self._idle(process):
            threading.Thread(target=self._end_idle, args=(process,), daemon=True).start()

    def stop(self, why: str, *, for_good: bool = False) -> None:
        """End the process and all followers. With `for_good` none is started any more."""
        if for_good:
            with self._starting:  # one that is about to begin is there afterwards
                self._shut = why
        with self._lock:
            streams, process = list(self._streams.values()), self._process
        for stream in streams:
            stream.end(why)
        if process is not None:
            process.end()

    @property
    def pid(self) -> int | None:
        """The process id, None while there is no process."""
        process = self._process
        return None if process is None or process.gone else process.pid

    def _running(self, limits: Limits, project: str) -> tuple[UserProcess, int]:
        """The process, started where there is none, and the number of the project's first event."""
        with self._starting:
            if self._shut:
                raise WorkspaceEndedError(self._shut)
            process = self._process
            if process is None or process.gone:
                process = self._begin(limits)
            with self._lock:
                stream = self._streams.get(project)
                if stream is None:
                    self._last = max(self._last, int(time() * 1000) * 1000)
                    stream = self._streams[project] = Stream(self._last)
            return process, stream.last + 1

    def _begin(self, limits: Limits) -> UserProcess:
        if wait := self._restarts.wait:
            raise WorkspaceEndedError(
                "the workspace ended again and again just after it began",
                f"It can be started again in {ceil(wait)} seconds.",
            )
        process = UserProcess(self._start(limits), self._environ, self._told, self._over)
        with self._lock:
            self._process, self._limits = process, limits
        return process

    def _told(self, told: Told, line: bytes) -> bool:
        """On the process's thread."""
        with self._lock:
            stream = self._streams.get(told.project)
        if stream is None or told.number != stream.last + 1 or b"\n" in line:
            return False
        stream.put(Numbered(told.number, "event", line))
        return True

    def _over(self, process: UserProcess) -> None:
        """On the process's thread, once it is gone."""
        with self._lock:
            streams = list(self._streams.values())
            self._streams.clear()
            self._last = max((self._last, *(one.last for one in streams)))
            self._process = None
            self._restarts.ended(process.began, orderly=process.orderly)
        for stream in streams:
            stream.end(f"{ENDED}. {AGAIN}")

    def _stream(self, project: str) -> Stream:
        with self._lock:
            stream = self._streams.get(project)
        if stream is None:
            raise WorkspaceEndedError(ENDED, AGAIN)
        return stream

    def _snapshot(self, limits: Limits, project: str, stream: Stream) -> Numbered:
        """One that the stream goes on from: the last one again, where that will do."""
        kept = stream.snapshot
        if kept is None:
            at, body = self.ask(limits, Ask(number=0, what="snapshot", project=project))
            kept = Numbered(at, "snapshot", body)
            if len(body) <= MOST_BYTES:
                stream.snapshot = kept
        with self._lock:
            held = sum(one.holds for one in self._followers)
        if held and held + len(kept.line) > MOST_HELD:
            raise TooMuchError("too much is on its way to those of you that follow already", retry_after=5.0)
        return kept

    def _idle(self, process: UserProcess) -> bool:
        with self._lock:
            limits = self._limits
            if limits is None or self._seats or process.turns or process.waiting:
                return False
        return process.used < monotonic() - limits.idle_seconds

    def _end_idle(self, process: UserProcess) -> None:
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._idle(process):
                process.end()
        finally:
            self._starting.release()

    def _left(self, follower: Following) -> None:
        with self._lock:
            self._followers.discard(follower)
        self._leave_seat()

    def _leave_seat(self) -> None:
        with self._lock:
            self._seats -= 1
            if self._process is not None:
                self._process.used = monotonic()
