"""Which turns of a user run, in all of their projects: how many there may be, and for how long."""

import threading
from collections.abc import Callable
from time import monotonic

from copilot.serve.contract import Limits, TooMuchError
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import (
    CommandFailed,
    CompactDrafted,
    Event,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)

Turn = tuple[str, str]
"""A project, and the id of a turn in it (or of a `CompactBranch`, which asks a model as well)."""


class Running:
    """Any thread. `told` is called with their number whenever it changes, in order."""

    def __init__(
        self, limits: Limits, told: Callable[[int], None], ticks: Callable[[], float] = monotonic
    ) -> None:
        self._limits = limits
        self._told = told
        self._ticks = ticks
        self._lock = threading.Lock()
        self._began: dict[Turn, float] = {}
        self._started: set[Turn] = set()
        self._stopped: set[Turn] = set()

    def admit(self, project: str, turn_id: str) -> None:
        """One more is to begin. Raises TooMuchError, ProjectError for an id that is taken."""
        with self._lock:
            if (project, turn_id) in self._began:
                raise ProjectError("a turn with this id runs already", "Give each one its own.")
            if len(self._began) >= self._limits.turns:
                raise TooMuchError(
                    f"{self._limits.turns} turns of yours run already", "Wait, or stop one.", retry_after=5.0
                )
            self._add((project, turn_id))

    def take(self, project: str, event: Event) -> bool:
        """What was told in a project; whether it is a turn too many, which a message began that waited.

        A turn that another one handed its task to counts, and is never too many: that one waits for it.
        """
        with self._lock:
            before = len(self._began)
            match event:
                case TurnStarted(turn_id=turn_id):
                    self._add((project, turn_id))
                    self._started.add((project, turn_id))
                    return self._limits.turns <= before < len(self._began) and not event.asked_by
                case TurnFinished(turn_id=turn_id) | TurnCancelled(turn_id=turn_id):
                    self._drop((project, turn_id))
                case TurnFailed(turn_id=turn_id):
                    self._drop((project, turn_id))
                case CommandFailed(request_id=turn_id) | CompactDrafted(request_id=turn_id):
                    if (project, turn_id) not in self._started:  # else another command has the same id
                        self._drop((project, turn_id))
                case _:
                    pass
        return False

    def check_free(self, project: str, command_id: str) -> None:
        """Raises ProjectError where a turn that runs has the id that another command was given."""
        with self._lock:
            if (project, command_id) in self._began:
                raise ProjectError("a turn that runs has this id", "Give each command its own.")

    def overdue(self) -> tuple[Turn, ...]:
        """Those that ran for longer than they may; each once."""
        with self._lock:
            since = self._ticks() - self._limits.turn_seconds
            late = [turn for turn, began in self._began.items() if began < since]
            return self._to_stop(late)

    def all(self) -> tuple[Turn, ...]:
        """Those that run and were not named to be stopped before; each once."""
        with self._lock:
            return self._to_stop(list(self._began))

    @property
    def count(self) -> int:
        """How many run."""
        return len(self._began)

    def _to_stop(self, turns: list[Turn]) -> tuple[Turn, ...]:
        found = tuple(turn for turn in turns if turn not in self._stopped)
        self._stopped.update(found)
        return found

    def _add(self, turn: Turn) -> None:
        if turn not in self._began:
            self._began[turn] = self._ticks()
            self._told(len(self._began))

    def _drop(self, turn: Turn) -> None:
        self._stopped.discard(turn)
        self._started.discard(turn)
        if self._began.pop(turn, None) is not None:
            self._told(len(self._began))
