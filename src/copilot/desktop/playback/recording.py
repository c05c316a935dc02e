"""A session's log as states of the window: what it showed after each event.

The log is folded once, in slices, and states are kept every so many events: going anywhere in it folds at
most the events since the last of them.
"""

import threading
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal

from copilot.desktop.view_state import apply
from copilot.desktop.view_values import ViewState
from copilot.record.log_index import LogIndex
from copilot.record.replay_steps import is_error, is_step
from copilot.vocabulary import events as e
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.joining import joined

LONGEST_GAP = 2.0
"""Seconds that a pause of the session lasts at most when it is played, however long it was."""

APART = 128
"""Events between two states that are kept: folding as many takes some 5 ms (measured)."""

MOST_KEPT = 1024
"""States that are kept; every other one goes where there would be more."""

_AT_ONCE = 32
"""Events that are folded while others wait for the log."""

MomentKind = Literal["turn", "approval", "error"]


@frozen(kw_only=False)
class Moment:
    """Something that a person may want to see: it happens with the event before `position`."""

    position: int
    kind: MomentKind


@frozen
class Approval:
    """What was asked, the `number`th of the session, and what the person said by then."""

    number: int
    asked: e.ApprovalRequested
    answer: e.ApprovalResolved | None


class Recording:
    """One session. A position counts the events that have happened: from 0 to `end`, which grows.

    One thread reads (`read`), any other asks.
    """

    def __init__(self, index: LogIndex, *, apart: int = APART, most_kept: int = MOST_KEPT) -> None:
        self.index = index
        self._lock = threading.Lock()
        self._apart, self._most_kept = apart, most_kept
        self._looked = 0
        """Records of the index that were folded, or are no events."""
        self._numbers, self._times = array("L"), array("d")
        self._kept: dict[int, ViewState] = {0: ViewState()}
        self._newest = ViewState()
        self._last: tuple[int, ViewState] = (0, ViewState())
        self._last_at: float | None = None
        self.stops = array("L")
        """The positions at which a step begins."""
        self.moments: list[Moment] = []
        self._asked: list[tuple[int, e.ApprovalRequested]] = []
        self._answers: dict[str, tuple[int, e.ApprovalResolved]] = {}
        self._said: dict[str, int] = {}

    @property
    def end(self) -> int:
        """The last position that is known by now."""
        return len(self._times)

    @property
    def seconds(self) -> float:
        """How long playing takes up to the end, at its own speed."""
        return self.time(self.end)

    def read(self, seconds: float) -> bool:
        """Read on for about so long; False where there is nothing more. Raises StorageError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._looked < len(self.index):
                self._fold()
            elif not self.index.grow():
                return False
        return True

    def time(self, position: int) -> float:
        """When an event happens as it is played, in seconds from the beginning."""
        return self._times[position - 1] if 0 < position <= len(self._times) else 0.0

    def at_time(self, seconds: float) -> int:
        """The position after all that happened by then."""
        return bisect_right(self._times, seconds, hi=self.end)

    def number(self, position: int) -> int:
        """The record of the index that is the event before a position; the first where nothing happened."""
        if not self._numbers:
            return 0
        return self._numbers[max(0, min(position, self.end) - 1)]

    def position_of(self, number: int) -> int:
        """The position right after a record of the index, or after the event before it."""
        return bisect_right(self._numbers, number, hi=self.end)

    def state(self, position: int) -> ViewState:
        """What the window shows then. Raises StorageError."""
        position = max(0, min(position, self.end))
        with self._lock:
            begin = max(at for at in self._kept if at <= position)
            state = self._kept[begin]
            if begin <= self._last[0] <= position:
                begin, state = self._last
        state = _folded(state, map(self._event, self._numbers[begin:position]))
        self._last = (position, state)
        return state

    def moment(self, position: int, kind: MomentKind, by: int) -> int | None:
        """The next position of that kind (`by` 1) or the one before (-1); None where there is none."""
        found = [one.position for one in self.moments if one.kind == kind]
        return _beside(found, position, by)

    def stop(self, position: int, by: int) -> int:
        """Where the next step begins, or the one before; the end or the beginning where there is none."""
        found = _beside(self.stops, position, by)
        return found if found is not None else (self.end if by > 0 else 0)

    def said(self, message: str) -> int | None:
        """The position after which a message was first there; None where the session did not keep it."""
        return self._said.get(message)

    def step(self, position: int) -> int:
        """The number in the session of the event before a position."""
        return self.index.entry(self.number(position)).seq

    def approval(self, position: int) -> "Approval | None":
        """The approval that was asked for last by then; None where none was."""
        upto = [number for number, (at, _) in enumerate(self._asked) if at <= position]
        if not upto:
            return None
        asked = self._asked[upto[-1]][1]
        answered = self._answers.get(asked.request_id)
        answer = answered[1] if answered is not None and answered[0] <= position else None
        return Approval(number=upto[-1] + 1, asked=asked, answer=answer)

    def _fold(self) -> None:
        """Fold a few events more."""
        with self._lock:
            end = min(len(self.index), self._looked + _AT_ONCE)
            numbers = [one for one in range(self._looked, end) if self.index.entry(one).kind == "event"]
            self._looked = end
            events = list(map(self._event, numbers))
            self._newest = _folded(self._newest, events)
            after = self.end + len(numbers)
            if after - max(self._kept) >= self._apart:
                self._keep(after)
            for number, event in zip(numbers, events, strict=True):
                self._count(number, event)

    def _keep(self, position: int) -> None:
        self._kept[position] = self._newest
        if len(self._kept) > self._most_kept:
            self._apart *= 2
            self._kept = dict(list(self._kept.items())[::2])

    def _count(self, number: int, event: e.Event | None) -> None:
        at = self.index.at(number)
        gap = 0.0 if self._last_at is None else min(max(0.0, at - self._last_at), LONGEST_GAP)
        self._last_at = at
        if event is not None:
            self._note(event, self.end + 1)
        self._numbers.append(number)
        self._times.append(self.seconds + gap)  # last: others count these

    def _note(self, event: e.Event, position: int) -> None:
        if is_step(event):
            self.stops.append(position)
        if isinstance(event, e.MessageKept):
            self._said.setdefault(event.message.id, position)
        if isinstance(event, e.ApprovalResolved):
            self._answers[event.request_id] = (position, event)
        if isinstance(event, e.TurnStarted):
            self.moments.append(Moment(position, "turn"))
        elif isinstance(event, e.ApprovalRequested):
            self.moments.append(Moment(position, "approval"))
            self._asked.append((position, event))
        elif is_error(event):
            self.moments.append(Moment(position, "error"))

    def _event(self, number: int) -> e.Event | None:
        record = self.index.record(number)
        return record.event() if record is not None else None


def _folded(state: ViewState, events: Iterable[e.Event | None]) -> ViewState:
    """The state after these events; neighbouring pieces of a text are taken at once."""
    waiting: e.Event | None = None
    for event in events:
        if event is None:
            continue
        longer = joined(waiting, event) if waiting is not None else None
        if longer is None and waiting is not None:
            state = apply(state, waiting)
        waiting = longer or event
    return state if waiting is None else apply(state, waiting)


def _beside(found: "array[int] | list[int]", position: int, by: int) -> int | None:
    if by > 0:
        return next((one for one in found if one > position), None)
    return next((one for one in reversed(found) if one < position), None)
