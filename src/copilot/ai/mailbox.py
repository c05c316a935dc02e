"""The worker's inbox, and what has to be known at once: which turns were stopped, whether all is to end."""

import queue
from collections import deque

from copilot.vocabulary.approvals import ConfirmDialog, Decision
from copilot.vocabulary.commands import CancelTurn, Command, Decide, Shutdown, TryNow
from copilot.vocabulary.errors import TurnCancelledError


class Mailbox:
    """Commands in the order they came. `put` may be called from any thread, everything else from one."""

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._aside: deque[Command] = deque()
        self._stopped: set[str] = set()
        self._hurried: set[str] = set()
        self._closing = False

    def put(self, command: Command) -> None:
        """Queue a command; what a busy turn must know at once is also noted: a stop, a `TryNow`."""
        match command:
            case CancelTurn(turn_id=turn_id):
                self._stopped.add(turn_id)
            case TryNow(turn_id=turn_id):
                self._hurried.add(turn_id)
            case Shutdown():
                self._closing = True
            case _:
                pass
        self._inbox.put(command)

    def get(self) -> Command:
        """The next command, waiting for one."""
        return self._aside.popleft() if self._aside else self._inbox.get()

    @property
    def closing(self) -> bool:
        """Whether all is to end."""
        return self._closing

    def stopped(self, turn_id: str) -> bool:
        """Whether this turn is to end."""
        return self._closing or turn_id in self._stopped

    def hurried(self, turn_id: str) -> bool:
        """Whether this turn's wait is to end; asking forgets it, so that it ends no later wait."""
        if turn_id not in self._hurried:
            return False
        self._hurried.discard(turn_id)
        return True

    def decision(self, dialog: ConfirmDialog) -> Decision:
        """Wait for the answer to `dialog`. Raises TurnCancelledError when the turn is stopped meanwhile."""
        while not self.stopped(dialog.turn_id):
            command = self._inbox.get()
            match command:
                case Decide(decision=decision) if decision.request_id == dialog.request_id:
                    return decision
                case Decide():
                    continue  # an answer to a request that is no longer open
                case _:
                    self._aside.append(command)
        raise TurnCancelledError("stopped while waiting for approval")
