"""Which turns run, one on each branch at the most, and what waits beside them to be said."""

import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

from copilot.ai.queue_file import QueueFile, Waiting
from copilot.vocabulary.commands import EditQueued, QueueMessage, RunTurn, TakeBackQueued
from copilot.vocabulary.errors import ProjectError, StorageError
from copilot.vocabulary.events import Event, QueueChanged, QueuedMessage, TurnEvent, TurnFinished
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.values import ModelChoice

MOST_TURNS = 16
"""Turns that run at once."""

_WAIT = "Wait until it is over, or stop it."
_GONE = "It was said, or taken back."


@frozen
class Due:
    """A turn that is to begin with a message that waited: `message_id` becomes that message's id."""

    command: RunTurn
    message_id: str


class Turns:
    """Of one crew. All methods from any thread. Whoever needs the store's lock as well takes `lock` first.

    What waits is in `file` from `take_up` on, so that the next run has it; where nobody calls that, the file
    stays as it is.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        clock: Callable[[], float],
        worker: str,
        new_id: Callable[[], str],
        file: QueueFile,
    ) -> None:
        self._emit = emit
        self._clock = clock
        self._worker = worker
        self._new_id = new_id
        self._file = file
        self._keeps = False
        self.lock = threading.RLock()
        self._running: dict[str, RunTurn] = {}
        self._over: dict[str, tuple[RunTurn, bool]] = {}
        self._waiting: dict[str, list[QueuedMessage]] = {}
        self._begins: dict[str, str] = {}
        """On which branch which message that waits begins the turn that runs."""
        self._ended: dict[str, Callable[[TurnEvent], None]] = {}
        """Who is told of a turn's end, beside all."""
        self._put_by: dict[str, list[QueuedMessage]] = {}
        """What waited on branches that were deleted, should that be undone."""

    def take_up(self, left: Iterable[Waiting], branches: Collection[str], said: Collection[str]) -> None:
        """Begin with what the last run left: told, and said with the next turn on its branch, not before.

        `said` are the ids of messages that are kept already: a kill came between that and the next line.
        """
        with self.lock:
            self._keeps = True
            for one in left:
                waiting = [message for message in one.messages if message.message_id not in said]
                if waiting and one.branch in branches:
                    self._waiting[one.branch] = waiting
                    self._tell(one.branch)
            self._keep_if_possible()

    def check(self, branch: str) -> None:
        """Raises ProjectError where no turn can begin on the branch now."""
        with self.lock:
            self.check_free(branch)
            if len(self._running) >= MOST_TURNS:
                raise ProjectError(f"{MOST_TURNS} turns run already; no more run at once", _WAIT)

    def check_free(self, *branches: str) -> None:
        """Raises ProjectError where a turn runs on one of them."""
        with self.lock:
            for branch in branches:
                if branch in self._running:
                    raise ProjectError(f"a turn runs on the branch {branch!r}", _WAIT)

    def begin(self, command: RunTurn, ended: Callable[[TurnEvent], None] | None = None) -> None:
        """The turn runs from now on. `ended` is called once, when its end was told.

        Raises ProjectError where it cannot.
        """
        with self.lock:
            self.check(command.branch)
            self._running[command.branch] = command
            if ended is not None:
                self._ended[command.turn_id] = ended

    def end(self, event: TurnEvent) -> Due | None:
        """The turn is over, and told so; what is to follow at once, if something waits and all went well."""
        with self.lock:
            command = self._running.pop(event.branch)
            finished = isinstance(event, TurnFinished)
            self._over[event.branch] = (command, finished)
            self._begins.pop(event.branch, None)
            self._emit(event)
            ended = self._ended.pop(event.turn_id, None)
            if ended is not None:
                ended(event)
            return self._due(event.branch) if finished else None

    def add(self, command: QueueMessage, text: str) -> Due | None:
        """Let a message wait for the turn's branch; the turn to begin where that one has just finished.

        Raises ProjectError, and StorageError where it cannot be kept: then it does not wait.
        """
        with self.lock:
            branch, _ = self.place(command.turn_id)
            message = QueuedMessage(message_id=command.message_id, text=text, attachments=command.attachments)
            self._put(branch, [*self._waiting.get(branch, ()), message])
            return None if branch in self._running or not self._over[branch][1] else self._due(branch)

    def place(self, turn_id: str) -> tuple[str, ModelChoice]:
        """The branch where a turn runs, or was the last to run, and its model. Raises ProjectError."""
        with self.lock:
            last = {branch: command for branch, (command, _) in self._over.items()}
            for branch, command in (*self._running.items(), *last.items()):
                if command.turn_id == turn_id:
                    return branch, command.model
        raise ProjectError("the turn that the message was to wait for is not there", "Send it as a new one.")

    def change(self, command: EditQueued | TakeBackQueued, text: str = "") -> None:
        """Another text for a message that waits, or out with it. Raises ProjectError where none does, and
        StorageError where that cannot be kept."""
        with self.lock:
            for branch, waiting in self._waiting.items():
                begins = self._begins.get(branch)
                for at, message in enumerate(waiting):
                    if message.message_id == command.message_id != begins:
                        edit = isinstance(command, EditQueued)
                        new = [replace(message, text=text)] if edit else []
                        self._put(branch, [*waiting[:at], *new, *waiting[at + 1 :]])
                        return
        raise ProjectError("the message does not wait any more", _GONE)

    def say(self, branch: str, keep: Callable[[QueuedMessage], None]) -> None:
        """Have everything kept that waits on the branch, in order; what cannot be kept goes on waiting."""
        with self.lock:
            waiting = self._waiting.get(branch, [])
            while waiting and waiting[0].message_id != self._begins.get(branch):
                keep(waiting[0])
                del waiting[0]
                self._keep_if_possible()
                self._tell(branch)

    def said(self, branch: str, message_id: str) -> None:
        """The message that began the turn is kept."""
        with self.lock:
            self._begins.pop(branch, None)
            waiting = self._waiting.get(branch, [])
            if waiting and waiting[0].message_id == message_id:
                del waiting[0]
                self._keep_if_possible()
                self._tell(branch)

    def renamed(self, branch: str, to: str) -> None:
        """What waits on a branch goes along with it."""
        with self.lock:
            if branch in self._over:
                self._over[to] = self._over.pop(branch)
            if waiting := self._waiting.pop(branch, None):
                self._waiting[to] = waiting
                self._keep_if_possible()
                self._tell(to)

    def deleted(self, branch: str) -> None:
        """What waits on a branch goes with it."""
        with self.lock:
            self._over.pop(branch, None)
            self._put_by[branch] = self._waiting.pop(branch, [])
            self._keep_if_possible()

    def undeleted(self, branch: str) -> None:
        """The branch is back, and so is what waited on it."""
        with self.lock:
            if waiting := self._put_by.pop(branch, []):
                self._waiting[branch] = waiting
                self._keep_if_possible()
                self._tell(branch)

    def _due(self, branch: str) -> Due | None:
        """The next turn, begun by the first message that waits; it waits until it is kept."""
        waiting = self._waiting.get(branch, [])
        if not waiting:
            return None
        message = waiting[0]
        self._running[branch] = replace(
            self._over[branch][0],
            turn_id=self._new_id(),
            resumes=False,
            recorded=(),
            branch=branch,
            user_message=message.text,
            attachments=message.attachments,
        )
        self._begins[branch] = message.message_id
        return Due(command=self._running[branch], message_id=message.message_id)

    def _put(self, branch: str, messages: list[QueuedMessage]) -> None:
        """These wait on the branch. Raises StorageError where they cannot be kept; then all is as before."""
        if self._keeps:
            self._file.write({**self._waiting, branch: messages})
        self._waiting[branch] = messages
        self._tell(branch)

    def _keep_if_possible(self) -> None:
        """What the file says too much the next run finds in the project, or on no branch."""
        if self._keeps:
            with suppress(StorageError):
                self._file.write(self._waiting)

    def _tell(self, branch: str) -> None:
        last = self._running.get(branch) or self._over.get(branch, (None, False))[0]
        self._emit(
            QueueChanged(
                at=self._clock(),
                worker=self._worker,
                turn_id=last.turn_id if last is not None else "",
                branch=branch,
                messages=tuple(self._waiting.get(branch, ())),
            )
        )
