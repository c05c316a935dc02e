"""Keeps the base directory right before and right after each gated call, and tells what the call changed.

A snapshot that fails takes nobody's approved run away: it is said that this one cannot be undone.
"""

import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress

from copilot.ai.voice import Voice
from copilot.vocabulary.errors import CopilotError, TurnCancelledError
from copilot.vocabulary.events import RunChanged, SnapshotsCleaned, SnapshotTaken
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import ToolCall
from copilot.vocabulary.run_events import Clash, RunChange
from copilot.vocabulary.text import clean, sentences, visible, without_keys
from copilot.workspace.snapshots.runs import About, Runs, Told

_WORDS = 120
"""Characters of what a run is called."""
_SAYS_LITTLE = ("#", "set -", "cd ", "$ErrorActionPreference")
"""How lines of scripts begin that do not tell what the script is for."""
Cancelled = Callable[[], bool]


@frozen
class RunKeeper:
    """For the calls of one turn. `keys` never show in a difference."""

    runs: Runs
    project: str
    keys: Collection[str]

    @contextmanager
    def warming(self, cancelled: Cancelled) -> Generator[None]:
        """While the person reads what is to be approved, read what the snapshot will need."""
        over = threading.Event()

        def warm() -> None:
            with suppress(CopilotError):  # the snapshot itself says what is wrong
                self.runs.warm(lambda: over.is_set() or cancelled())

        thread = threading.Thread(target=warm, name="snapshot", daemon=True)
        thread.start()
        try:
            yield
        except BaseException:
            over.set()
            raise
        finally:
            thread.join()

    @contextmanager
    def around(
        self,
        call: ToolCall,
        voice: Voice,
        cancelled: Cancelled,
        spent: Callable[[float], None],
        beyond: Sequence[str] = (),
    ) -> Generator[None]:
        """Between the snapshots the call acts; the turn lock is held.

        `spent` is told the seconds that a snapshot took, `beyond` says what no undo of the call brings back.
        Raises TurnCancelledError before the call.
        """
        begun = time.monotonic()
        number = self._begin(call, voice, cancelled)
        spent(time.monotonic() - begun)
        try:
            yield
        finally:
            begun = time.monotonic()
            if number:
                self._end(call, voice, number, beyond)
            spent(time.monotonic() - begun)

    def _begin(self, call: ToolCall, voice: Voice, cancelled: Cancelled) -> int:
        words = without_keys(words_of(call), self.keys)
        about = About(call_id=call.call_id, project=self.project, branch=voice.branch, words=words)
        try:
            number, taken = self.runs.begin(about, cancelled)
        except TurnCancelledError:
            raise
        except CopilotError as error:
            voice.warn(sentences(f"What this call changes cannot be undone: {error}", error.hint))
            return 0
        for notice in self.runs.said():
            voice.warn(notice)
        voice.say(
            SnapshotTaken,
            call_id=call.call_id,
            when="before",
            files=taken.files,
            read_bytes=taken.read_bytes,
            seconds=taken.seconds,
            left_out=taken.left_out,
        )
        return number

    def _end(self, call: ToolCall, voice: Voice, number: int, beyond: Sequence[str]) -> None:
        try:
            told = self.runs.end(number, beyond)
        except CopilotError as error:
            voice.warn(sentences(f"What this call changed could not be kept: {error}", error.hint))
            return
        taken = told.taken
        if taken is not None:
            voice.say(
                SnapshotTaken,
                call_id=call.call_id,
                when="after",
                files=taken.files,
                read_bytes=taken.read_bytes,
                seconds=taken.seconds,
                left_out=taken.left_out,
            )
        event = run_event(told, self.keys, at=voice.clock(), worker=voice.worker)
        voice.emit(replace(event, turn_id=voice.turn_id, done="run"))
        for event in cleaned_events(told, at=voice.clock(), worker=voice.worker):
            voice.emit(event)


def cleaned_events(told: Told, *, at: float, worker: str) -> Iterator[SnapshotsCleaned]:
    """What was forgotten at the end of a run."""
    if told.cleaned is not None:
        one = told.cleaned
        yield SnapshotsCleaned(at=at, worker=worker, runs=one.runs, freed_bytes=one.freed, why=one.why)
    for gone in told.forgotten:
        folders = tuple(visible(path, keep="") for path in gone.folders)
        yield SnapshotsCleaned(
            at=at, worker=worker, runs=(), freed_bytes=gone.freed, why=gone.why, folders=folders
        )


def run_event(
    told: Told, keys: Collection[str], *, at: float, worker: str, request_id: str = ""
) -> RunChanged:
    """What is told of a run: after it, after an undo or redo of it, or because it was asked for."""
    run, by = told.run, told.by
    shown = by or run
    done = by.act if by is not None else "shown"
    return RunChanged(
        at=at,
        worker=worker,
        run=run.number,
        call_id=run.about.call_id,
        state=run.state,
        changes=tuple(_keyless(change, keys) for change in told.changes),
        request_id=request_id,
        branch=run.about.branch,
        act=run.act,
        words=clean(run.about.words),
        done=done,
        more=told.more,
        touched=tuple(visible(path, keep="") for path in told.touched),
        merged=tuple(visible(path, keep="") for path in shown.merged),
        clashes=tuple(
            Clash(path=visible(one.path, keep=""), kept=visible(one.kept, keep=""), why=one.why)
            for one in shown.clashes
        ),
        left_out=run.left_out,
        interrupted=run.interrupted,
    )


def words_of(call: ToolCall) -> str:
    """What a call does, in one line: its tool, and a path or the first line of a script."""
    said = call.arguments.get("path", call.arguments.get("script"))
    lines = [line.strip() for line in said.splitlines() if line.strip()] if isinstance(said, str) else []
    telling = [line for line in lines if not line.startswith(_SAYS_LITTLE)]
    about = visible(next(iter(telling or lines), ""), keep="")
    return clean(f"{call.name} {about}".strip())[:_WORDS]


def _keyless(change: RunChange, keys: Collection[str]) -> RunChange:
    return replace(change, diff=without_keys(clean(change.diff), keys)) if change.diff else change
