"""What a crew says: kept, logged and shown, in one order, whichever of its threads says it."""

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from copilot.ai.saving import Saving
from copilot.storage.redaction import Redactor
from copilot.vocabulary.abridged import Abridging
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.events import (
    ApprovalResolved,
    Event,
    FilesChanged,
    FilesListed,
    MessageKept,
    Notice,
    ProjectChanged,
    RequestSent,
    ToolCallRequested,
    ToolFinished,
    ToolStarted,
    UsageReported,
    WorkerStopped,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Copied, Message
from copilot.vocabulary.text import clean

if TYPE_CHECKING:
    from copilot.ai.kit import Kit


_FOLLOWED = (UsageReported, ToolCallRequested, ToolFinished, RequestSent)
"""What is followed at once by something else that its thread says, or by `let_out`."""


def traced(error: BaseException) -> str:
    """Where a mistake of ours was made."""
    import traceback  # with textwrap and tokenize: no start needs it

    return "".join(traceback.format_exception(error))


class Telling:
    """The outbox. All methods from any thread; `wake` is called after each event."""

    def __init__(self, kit: "Kit", wake: Callable[[], None]) -> None:
        self._kit = kit
        self._wake = wake
        self._outbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._held: list[Event] = []
        """What is shown with the next event, since that comes at once: the log has them in one write."""
        self._order = threading.RLock()
        self._abridging = Abridging()
        self._begun = kit.store.project.discussion.messages
        self._told: set[str] = set()
        """Ids of the messages that front ends have beside those with which they have `_begun`."""
        self._log_trouble_told = False
        self.saving = Saving(kit.store, self.notice)
        self._ended = False

    def next(self, timeout: float | None) -> Event | None:
        """The next event, waiting up to `timeout` seconds (None: for ever, 0: not at all), or None."""
        try:
            return self._outbox.get(block=timeout != 0, timeout=timeout)
        except queue.Empty:
            return None

    def emit(self, event: Event) -> None:
        """Keep what must not be lost, log it, then show it."""
        if isinstance(event, ApprovalResolved):
            self._keep_approval(event)
        self._show(event)

    def let_out(self) -> None:
        """Show what is held back until something else is said: whoever said it does something long now."""
        with self._order:
            if not self._held:
                return
            self._kit.log.flush()
            self._put_out()
        self._wake()

    def project(self, worker: str, request_id: str, added: tuple[Message | Copied, ...], undo: str) -> None:
        """Tell the project as it is now. Whoever changed it holds the store's lock meanwhile: so front ends
        hear of changes in the order in which they were made.

        What a turn has kept and not told yet goes along: no branch ends in a message that nobody has.
        """
        kit = self._kit
        with kit.store.lock:
            added = (*self._untold(added), *added)
            self.emit(
                ProjectChanged(
                    at=kit.clock(),
                    worker=worker,
                    request_id=request_id,
                    project=kit.store.project,
                    added=added,
                    undo=undo,
                )
            )
            self._have(kit.store.project.discussion.messages)

    def _have(self, messages: Messages) -> None:
        """Front ends have all of these now: of what was told, only ids of others are to be known."""
        with self._order:
            self._begun = messages
            self._told = {one for one in self._told if messages.place(one) is None}

    def _untold(self, added: tuple[Message | Copied, ...]) -> tuple[Message, ...]:
        discussion = self._kit.store.project.discussion
        have = self._told.union(one.id for one in added) if added else self._told
        found: dict[str, tuple[int, Message]] = {}
        for branch in discussion.branches:
            at = branch.tip
            while at is not None and at not in have and at not in found and self._begun.place(at) is None:
                place = discussion.messages.place(at)
                assert place is not None, "a branch has its messages"
                found[at] = place, discussion.messages[place]
                at = found[at][1].parent
        return tuple([message for _, message in sorted(found.values(), key=lambda one: one[0])])

    def notice(self, text: str, *, turn_id: str = "") -> None:
        """Say what the person should know."""
        kit = self._kit
        words = self.keyless(text.strip())
        self.emit(Notice(at=kit.clock(), worker=kit.name, level="warning", text=words, turn_id=turn_id))

    def keyless(self, text: str) -> str:
        """Words for the person: an error may repeat what it was about."""
        return Redactor(self._kit.keys).text(clean(text))

    def _keep_approval(self, event: ApprovalResolved) -> None:
        """Keep an answer. One that cannot be kept is told as a rejection, and the turn ends."""
        try:
            self._kit.store.keep_event(event)
        except StorageError:
            note = "the answer could not be kept"
            self._show(replace(event, decision="reject", by="cancel", shown=False, note=note, diff=""))
            raise

    def _show(self, event: Event) -> None:
        """The log has the events in the order in which they are shown, the end last, each before it is."""
        with self._order:
            if self._ended:
                return
            self._ended = isinstance(event, WorkerStopped)
            match event:
                case MessageKept(message=message):
                    self._told.add(message.id)
                case ProjectChanged(added=added):
                    self._told.update(one.id for one in added)
                case _:
                    pass
            self._held.append(event)
            more = self._is_followed(event)
            if not isinstance(event, FilesListed | FilesChanged):
                self._kit.log.event(self._abridging.told(event), more=more)
            else:
                self._kit.log.flush()
            if more:
                return
            self._put_out()
        self._wake()
        self.saving.look()

    def _put_out(self) -> None:
        self._kit.store.sync()
        held, self._held = self._held, []
        for event in held:
            self._outbox.put(event)
        if not self._log_trouble_told and (trouble := self._kit.log.trouble):
            self._log_trouble_told = True
            self.notice(trouble)

    def _is_followed(self, event: Event) -> bool:
        if isinstance(event, MessageKept):  # a person's is followed by the context, which may take long
            return event.message.role != "user"
        if isinstance(event, ToolStarted):
            return self._kit.tools.brief(event.name)
        return isinstance(event, _FOLLOWED)
