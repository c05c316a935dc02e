"""One turn from the command line: submit, show each event, ask where asked, wait for the end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copilot.cli.world import Ending
from copilot.vocabulary.approvals import Decision
from copilot.vocabulary.commands import CancelTurn, Command, Decide, RunTurn
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandFailed,
    ContextBuilt,
    Event,
    ProjectChanged,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)

if TYPE_CHECKING:
    from copilot.ai.worker import Worker

Show = Callable[[Event], None]
Ask = Callable[[ApprovalRequested], Decision | None]
_POLL_SECONDS = 0.25
"""How often the main thread looks up from waiting, so that a signal is noticed on every platform."""


@dataclass(slots=True)
class Reader:
    """Takes a worker's events one by one and shows each; `trouble` is why nothing can be shown any more."""

    worker: "Worker"
    show: Show
    trouble: OSError | None = field(default=None)

    @property
    def gone(self) -> bool:
        """True once nobody reads any more."""
        return self.trouble is not None

    def next(self) -> Event:
        """The next event, already shown; waits for it."""
        while True:
            event = self.worker.next_event(_POLL_SECONDS)
            if event is not None:
                self._show(event)
                return event

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


def run_turn(reader: Reader, turn: RunTurn, ask: Ask) -> Ending:
    """Run a turn to its one end. `ask` is called where the policy leaves it to the person."""
    worker = reader.worker
    worker.submit(turn)
    rejections = 0
    told = False
    while True:
        event = reader.next()
        if reader.gone and not told:
            told = True
            worker.submit(CancelTurn(turn_id=turn.turn_id))
        match event:
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
            case TurnFailed() | WorkerStopped():
                return Ending(failed=True, rejections=rejections)
            case _:
                pass


def done(reader: Reader, command: Command, request_id: str) -> Event:
    """Submit a command outside a turn and wait for what answers it (`CommandFailed` where it failed)."""
    reader.worker.submit(command)
    while True:
        event = reader.next()
        if isinstance(event, WorkerStopped):
            return event
        if (
            isinstance(event, (CommandFailed, ProjectChanged, ContextBuilt))
            and event.request_id == request_id
        ):
            return event
