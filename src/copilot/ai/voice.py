"""The events of one turn, each with its time, worker, turn and branch filled in."""

from collections.abc import Callable
from typing import Literal

from copilot.vocabulary.events import Event, Notice, TurnEvent
from copilot.vocabulary.frozen import frozen


@frozen
class Voice:
    """Says things about one turn. `clock` gives UTC seconds."""

    emit: Callable[[Event], None]
    clock: Callable[[], float]
    worker: str
    turn_id: str
    branch: str

    def say(self, kind: Callable[..., TurnEvent], /, **fields: object) -> None:
        """Emit an event of the turn; `fields` are the event's own."""
        self.emit(
            kind(at=self.clock(), worker=self.worker, turn_id=self.turn_id, branch=self.branch, **fields)
        )

    def warn(self, text: str) -> None:
        """Emit a notice that something went wrong: the turn goes on."""
        self.note("warning", text)

    def note(self, level: Literal["info", "warning"], text: str) -> None:
        """Emit a notice: the turn goes on."""
        self.emit(Notice(at=self.clock(), worker=self.worker, level=level, text=text, turn_id=self.turn_id))
