"""The inbox, and what has to be known at once: which turns were stopped, what was decided, whether all ends.

One for all threads of a crew. Answers to approvals pass the inbox by: whoever waits for one is woken.
"""

import queue
import threading

from copilot.vocabulary.approvals import ConfirmDialog, Decision
from copilot.vocabulary.commands import CancelTurn, Command, Decide, Shutdown, TryNow
from copilot.vocabulary.errors import TurnCancelledError

EARLY_ANSWERS = 256
"""Answers that are kept though nobody waits for them: one may come before its question is told to all."""


class Mailbox:
    """Commands in the order they came. Any thread may call it; `get` is for one."""

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._news = threading.Condition()
        self._stopped: set[str] = set()
        self._hurried: set[str] = set()
        self._follows: dict[str, str] = {}
        self._decided: dict[str, Decision] = {}
        self._closing = False

    def put(self, command: Command) -> None:
        """Take a command; what a busy turn must know at once is known at once. Never blocks."""
        with self._news:
            match command:
                case CancelTurn(turn_id=turn_id):
                    self._stopped.add(turn_id)
                case TryNow(turn_id=turn_id):
                    self._hurried.add(turn_id)
                case Decide(decision=decision):
                    self._decided[decision.request_id] = decision
                    if len(self._decided) > EARLY_ANSWERS:
                        del self._decided[next(iter(self._decided))]
                case Shutdown():
                    self._closing = True
                    self._inbox.put(command)
                case _:
                    self._inbox.put(command)
            self._news.notify_all()

    def get(self) -> Command:
        """The next command, waiting for one."""
        return self._inbox.get()

    @property
    def closing(self) -> bool:
        """Whether all is to end."""
        return self._closing

    def follow(self, turn_id: str, other: str) -> None:
        """From now on a turn stops with another one, too."""
        self._follows[turn_id] = other

    def stopped(self, turn_id: str) -> bool:
        """Whether this turn is to end."""
        if self._closing or turn_id in self._stopped:
            return True
        other = self._follows.get(turn_id)
        return other is not None and self.stopped(other)

    def hurried(self, turn_id: str) -> bool:
        """Whether this turn's wait is to end; asking forgets it, so that it ends no later wait."""
        with self._news:
            there = turn_id in self._hurried
            self._hurried.discard(turn_id)
            return there

    def decision(self, dialog: ConfirmDialog) -> Decision:
        """Wait for the answer to `dialog`. Raises TurnCancelledError when the turn is stopped meanwhile."""
        with self._news:
            while not self.stopped(dialog.turn_id):
                decision = self._decided.pop(dialog.request_id, None)
                if decision is not None:
                    return decision
                self._news.wait()
        raise TurnCancelledError("stopped while waiting for approval")
