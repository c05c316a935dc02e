"""One turn from the command line: submit, show each event, ask where asked, wait for the end."""

import time
from collections.abc import Callable
from typing import Protocol

from copilot.cli.enter_key import EnterKey
from copilot.cli.world import Ending
from copilot.vocabulary.approvals import Decision
from copilot.vocabulary.commands import CancelTurn, Command, Decide, RunTurn, TryNow
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandFailed,
    CompactDrafted,
    ContextBuilt,
    Event,
    PreviewEnded,
    PreviewReady,
    ProjectChanged,
    RequestPreviewed,
    RetryScheduled,
    RuleAdded,
    RuleProposed,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)
from copilot.vocabulary.frozen import field, mutable

Show = Callable[[Event], None]
Ask = Callable[[ApprovalRequested], Decision | None]
_POLL_SECONDS = 0.25
"""How often the main thread looks up from waiting, so that a signal is noticed on every platform."""

_GATHER_SECONDS = 0.01
"""Too short for a person to see."""


class Works(Protocol):
    """What takes commands and gives events: a crew here, or one behind a server."""

    def submit(self, command: Command) -> None:
        """Hand in a command; never blocks."""
        ...

    def next_event(self, timeout: float | None = None) -> Event | None:
        """The next event, waiting up to `timeout` seconds (None: for ever, 0: not at all), or None."""
        ...


@mutable
class Reader:
    """Takes a worker's events one by one and shows each; `trouble` is why nothing can be shown any more.

    `idle` is called a few times a second while none comes. `back` are events, shown, that come once more.
    Where it `gathers`, it lets some come before it wakes: to wake for each takes the worker's time.
    """

    worker: Works
    show: Show
    trouble: OSError | None = field(default=None)
    idle: Callable[[], None] | None = field(default=None)
    back: tuple[Event, ...] = field(default=())
    gathers: bool = field(default=False)

    @property
    def gone(self) -> bool:
        """True once nobody reads any more."""
        return self.trouble is not None

    def next(self, before: Callable[[Event], None] | None = None) -> Event:
        """The next event, already shown; waits for it. `before` is called with it before it is shown."""
        if self.back:
            event, *rest = self.back
            self.back = tuple(rest)
            return event
        while True:
            event = self.worker.next_event(0 if self.gathers else _POLL_SECONDS)
            if event is None and self.gathers:
                time.sleep(_GATHER_SECONDS)
                event = self.worker.next_event(_POLL_SECONDS)
            if event is not None:
                if before is not None:
                    before(event)
                self._show(event)
                return event
            if self.idle is not None:
                self.idle()

    def rest(self) -> None:
        """Show what is still there, without waiting."""
        while (event := self.worker.next_event(0)) is not None:
            self._show(event)

    def _show(self, event: Event) -> None:
        if self.gone:
            return
        try:
            self.show(event)
        except OSError as error:
            self.trouble = error


def run_turn(reader: Reader, turn: RunTurn, ask: Ask, keys: EnterKey | None = None) -> Ending:
    """Run a turn to its one end. `ask` is called where the policy leaves it to the person.

    While a request waits, Enter on `keys` has it sent now.
    """
    worker = reader.worker
    worker.submit(turn)
    reader.gathers = True
    rejections = 0
    told = False
    while True:
        event = reader.next(lambda event: _forget_typed(event, keys))
        if reader.gone and not told:
            told = True
            worker.submit(CancelTurn(turn_id=turn.turn_id))
        reader.idle = None
        match event:
            case RetryScheduled() if keys is not None:
                reader.idle = lambda: _send_now(worker, turn.turn_id, keys)
            case ApprovalRequested(verdict="ask") if turn.policy.person:
                decision = ask(event)
                if decision is not None:
                    worker.submit(Decide(decision=decision))
            case ApprovalResolved(decision="reject", by="person" | "policy" | "nobody"):
                rejections += 1
            case TurnFinished(reason=reason):
                limit = reason == "round_limit"
                return Ending(failed=reader.gone, round_limit=limit, rejections=rejections)
            case TurnCancelled():
                return Ending(interrupted=not reader.gone, failed=reader.gone, rejections=rejections)
            case CommandFailed(request_id=request_id) if request_id == turn.turn_id:
                return Ending(failed=True, rejections=rejections)
            case TurnFailed(kind="cap"):
                return Ending(capped=True, failed=reader.gone, rejections=rejections)
            case TurnFailed() | WorkerStopped():
                return Ending(failed=True, rejections=rejections)
            case _:
                pass


def _forget_typed(event: Event, keys: EnterKey | None) -> None:
    # Before the person is told of Enter: what is typed from then on counts.
    if keys is not None and isinstance(event, RetryScheduled):
        keys.forget()


def _send_now(worker: Works, turn_id: str, keys: EnterKey) -> None:
    if keys.pressed():
        worker.submit(TryNow(turn_id=turn_id))


def beside(reader: Reader, command: Command, request_id: str) -> Event:
    """Submit a command beside a turn that waits for the person, and wait for what answers it.

    Where the turn ends meanwhile, the event that ends it is given, and comes once more.
    """
    reader.worker.submit(command)
    while True:
        event = reader.next()
        if answered(event, request_id):
            return event
        if isinstance(event, TurnFinished | TurnCancelled | TurnFailed | WorkerStopped):
            reader.back = (*reader.back, event)
            return event


def answered(event: Event, request_id: str) -> bool:
    """Whether this answers a command beside a turn."""
    match event:
        case (
            RuleProposed(request_id=answers)
            | RuleAdded(request_id=answers)
            | PreviewReady(request_id=answers)
            | CommandFailed(request_id=answers)
            | PreviewEnded(request_id=answers, reason="failed" | "stopped")
        ):
            return answers == request_id
        case _:
            return False


def done(reader: Reader, command: Command, request_id: str, ask: Ask | None = None) -> Event:
    """Submit a command outside a turn and wait for what answers it (`CommandFailed` where it failed).

    `ask` is called for each request for approval; without it nobody is there to answer one.
    """
    reader.worker.submit(command)
    while True:
        event = reader.next()
        if isinstance(event, ApprovalRequested) and ask is not None:
            decision = ask(event)
            if decision is not None:
                reader.worker.submit(Decide(decision=decision))
        if isinstance(event, WorkerStopped):
            return event
        if (
            isinstance(event, (CommandFailed, ProjectChanged, ContextBuilt, CompactDrafted, RequestPreviewed))
            and event.request_id == request_id
        ):
            return event
