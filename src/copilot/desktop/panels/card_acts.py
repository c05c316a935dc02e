"""What is done with cards, by their buttons, their menu and the keyboard."""

from collections.abc import Callable

from copilot.desktop.act_menu import Act
from copilot.desktop.entries import AnswerEntry, Entry, LiveEntry, PersonEntry, key_of, message_of, text_of
from copilot.desktop.gate import dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.panels.restoring import restore_question
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import DeleteMessages, EditMessage, ForkBranch, Regenerate, UndoDiscussion
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message


@frozen
class Host:
    """The panel: `redraw` builds a card anew, `caret` gives the keys to an edit box or back to the cards."""

    view: Callable[[], ViewState]
    redraw: Callable[[str], None]
    caret: Callable[[str], None]
    to_end: Callable[[], None]


class CardActs:
    """`acts` lists them for the menu."""

    def __init__(self, actions: Actions, state: CardState, host: Host) -> None:
        self._actions = actions
        self._state = state
        self._host = host
        reading: tuple[Act[Entry], ...] = (
            Act("copy", "Copy", "C", self.copy, lambda e: bool(text_of(e))),
            Act("text", "Select text", "T", self.as_text, lambda e: bool(text_of(e))),
            Act("fold", "Fold or unfold", "Enter", self.fold, foldable),
        )
        go_on: Act[Entry] = Act("go_on", "Continue from here…", "G", self.go_on, self._can_go_on)
        changing: tuple[Act[Entry], ...] = (
            Act("edit", "Edit", "E", self.edit, self._editable),
            Act("again", "Ask again", "R", self.again, self._askable),
            Act("fork", "New branch from here…", "B", self.fork, lambda e: message_of(e) is not None),
            Act("restore", "Restore to here…", "H", self.restore, self._deletable),
            Act("delete", "Delete", "Delete", self.delete, self._deletable),
        )
        self.acts: tuple[Act[Entry], ...] = (
            *reading,
            *(changing if actions.recording is None else (go_on,)),
        )

    def copy(self, entry: Entry) -> None:
        """The message as it was written, to the clipboard."""
        if words := text_of(entry):
            dpg.set_clipboard_text(words)

    def as_text(self, entry: Entry) -> None:
        """The message in a box to select from, or as before."""
        key = key_of(entry)
        if key in self._state.editing or not text_of(entry):
            return
        self._state.as_text ^= {key}
        self._state.fold(key, folded=False)
        self._host.redraw(key)
        self._host.caret(key)

    def fold(self, entry: Entry) -> None:
        """Show a line of it, or all."""
        if foldable(entry):
            key = key_of(entry)
            self._state.fold(key, folded=not self._state.folded(key))
            self._host.redraw(key)

    def edit(self, entry: Entry) -> None:
        """Edit in place, going on with a draft that was left."""
        if self._editable(entry):
            key = key_of(entry)
            self._state.begin_edit(key, text_of(entry))
            self._host.redraw(key)
            self._host.caret(key)

    def keep_edit(self, entry: Entry) -> None:
        """The branch goes on from the edited message."""
        message = message_of(entry)
        words = self._state.drafts.get(key_of(entry), "")
        if message is None or not words.strip():
            return
        if words != text_of(entry):
            self._actions.submit(
                EditMessage(
                    request_id=self._actions.new_id(),
                    branch=self._host.view().branch,
                    message=message.id,
                    text=words,
                )
            )
        self._end_edit(entry, keep=False)

    def leave_edit(self, entry: Entry) -> None:
        """Back to the message as it is; the draft waits for the next edit."""
        unchanged = self._state.drafts.get(key_of(entry)) == text_of(entry)
        self._end_edit(entry, keep=not unchanged)

    def again(self, entry: Entry) -> None:
        """Ask again: a person's message, in an edit the edited one, or the one that an answer is to."""
        asked = self._asked(entry)
        if asked is None or not self._askable(entry):
            return
        key = key_of(entry)
        words = self._state.drafts.get(key) if key in self._state.editing else None
        self._state.leave_edit(key, keep=False)
        self._host.to_end()
        self._actions.submit(
            Regenerate(
                turn_id=self._actions.new_id(),
                branch=self._host.view().branch,
                model=self._actions.model(),
                policy=ApprovalPolicy(),
                message=asked.id,
                text=words if words != asked.text else None,
            )
        )

    def fork(self, entry: Entry | None) -> None:
        """A branch that begins with the messages up to this one; it is named first."""
        view = self._host.view()
        if view.project is None:
            return
        path = view.path()
        message = message_of(entry) if entry is not None else (path[-1] if path else None)
        at = message.id if message is not None else None
        taken = {branch.name for branch in view.project.discussion.branches}

        def named(words: str) -> Choice | None:
            name = " ".join(words.split())
            if not name:
                return None
            why = f"There is a branch {name} already." if name in taken else ""
            return Choice(
                title=f"Make the branch {name}", icon=Icon.BRANCH, run=lambda: self._make(name, at), why=why
            )

        number = 2
        while f"{view.branch}-{number}" in taken:
            number += 1
        self._actions.ask(
            Question(
                hint="Name of the new branch",
                choices=no_choices,
                icon=Icon.BRANCH,
                typed=named,
                first=f"{view.branch}-{number}",
                nothing="A branch needs a name.",
                foot="It begins with the messages up to this one. Enter makes it, Escape closes.",
            )
        )

    def delete(self, entry: Entry) -> None:
        """Take it out of the branch; it can be taken back for a while."""
        message = message_of(entry)
        if message is not None and self._deletable(entry):
            self._actions.submit(
                DeleteMessages(
                    request_id=self._actions.new_id(),
                    branch=self._host.view().branch,
                    messages=(message.id,),
                )
            )

    def restore(self, entry: Entry) -> None:
        """Back to where it was the last message: the files, the messages, or both."""
        message = message_of(entry)
        if message is not None and self._deletable(entry):
            self._actions.ask(restore_question(self._actions, self._host.view().branch, message.id))

    def go_on(self, entry: Entry) -> None:
        """Go on from this message of a recording, with another model."""
        message = message_of(entry)
        if message is not None and self._actions.recording is not None:
            self._actions.recording.go_on(message.id)

    def undo(self) -> None:
        """Take the last change of branches or messages back."""
        self._actions.submit(UndoDiscussion(request_id=self._actions.new_id()))

    def _make(self, name: str, at: str | None) -> None:
        self._actions.submit(ForkBranch(request_id=self._actions.new_id(), name=name, at=at))

    def _end_edit(self, entry: Entry, *, keep: bool) -> None:
        key = key_of(entry)
        self._state.leave_edit(key, keep=keep)
        self._host.redraw(key)
        self._host.caret("")

    def _asked(self, entry: Entry) -> Message | None:
        """The person's message that an entry is, or is an answer to."""
        message = message_of(entry)
        if message is None or isinstance(entry, PersonEntry):
            return message
        found = None
        for one in self._host.view().path():
            if one.role == "user":
                found = one
            if one is message:
                return found
        return None

    def _editable(self, entry: Entry) -> bool:
        return message_of(entry) is not None and bool(text_of(entry)) and self._free()

    def _deletable(self, entry: Entry) -> bool:
        return message_of(entry) is not None and self._free()

    def _can_go_on(self, entry: Entry) -> bool:
        message, recording = message_of(entry), self._actions.recording
        return message is not None and recording is not None and recording.can(message.id)

    def _askable(self, entry: Entry) -> bool:
        return isinstance(entry, PersonEntry | AnswerEntry) and self._free()

    def _free(self) -> bool:
        return self._host.view().turn is None


def foldable(entry: Entry) -> bool:
    """Whether a card has words to fold away."""
    return message_of(entry) is not None or isinstance(entry, LiveEntry)
