"""The commands that change a project: kept, told in the order they were made, and some of them taken back."""

from collections.abc import Callable

from copilot.ai.kit import Kit
from copilot.ai.telling import Telling
from copilot.ai.turn import user_text
from copilot.ai.turns import Turns
from copilot.projects.branching import added_to, rewound, with_text
from copilot.projects.changes import Change, changed
from copilot.projects.going_back import gone_back
from copilot.projects.undoing import Step, Undoable, step, undone
from copilot.tools.context import FilesSeen
from copilot.vocabulary.commands import (
    DeleteBranch,
    DeleteMessages,
    EditMessage,
    ForkBranch,
    MergeNote,
    Regenerate,
    RenameBranch,
    RestoreTo,
    RunTurn,
    UndoDiscussion,
)
from copilot.vocabulary.errors import ProjectError, StorageError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Discussion

STEPS = 200
"""Changes of a session that can be taken back."""


class Changes:
    """Of one crew. `seen` is what each branch's model knows of files."""

    def __init__(self, kit: Kit, telling: Telling, turns: Turns, seen: dict[str, FilesSeen]) -> None:
        self._kit = kit
        self._telling = telling
        self._turns = turns
        self._seen = seen
        self._steps: list[Step] = []

    def do(self, command: Change) -> None:
        """Raises ProjectError, also where a turn runs on a branch whose messages or name would change."""
        kit, command = self._kit, self._keyless(command)
        with self._turns.lock, kit.store.lock:
            self._turns.check_free(*_needed(command))
            before = kit.store.project
            after = changed(before, command, kit.new_id, kit.clock)
            added = added_to(before.discussion, after.discussion)
            kit.store.change(after, added)
            if isinstance(command, Undoable) and after.discussion != before.discussion:
                self._note(command, before.discussion)
            self._telling.project(kit.name, command.request_id, added, self.undo)

    def fork(self, name: Callable[[Discussion], str]) -> str:
        """Make a branch, empty and not the active one, with the name that this gives for the discussion as it
        is; its name. Raises ProjectError, StorageError."""
        with self._turns.lock, self._kit.store.lock:
            free = name(self._kit.store.project.discussion)
            self.do(ForkBranch(request_id=self._kit.new_id(), name=free, at=None, switch=False))
        return free

    def take_back(self, command: UndoDiscussion) -> None:
        """Raises ProjectError where nothing can be taken back, or something has come since."""
        kit = self._kit
        with self._turns.lock, kit.store.lock:
            if not self._steps:
                raise ProjectError("there is nothing to undo")
            last = self._steps[-1]
            self._turns.check_free(*last.touched)
            project = kit.store.project
            kit.store.change(replace(project, discussion=undone(project.discussion, last)))
            self._steps.pop()
            if isinstance(last.command, RenameBranch):
                self._renamed(last.command.to, last.command.name)
            if isinstance(last.command, DeleteBranch):
                self._turns.undeleted(last.command.name)
            self._forget(last.touched)
            self._telling.project(kit.name, command.request_id, (), self.undo)

    def rewind(self, command: Regenerate) -> RunTurn:
        """Take the branch back to before the message, and give the turn that asks it again.

        Raises ProjectError, also where no turn can begin on the branch.
        """
        kit = self._kit
        with self._turns.lock, kit.store.lock:
            self._turns.check(command.branch)
            before = kit.store.project
            discussion, message = rewound(before.discussion, command.branch, command.message)
            if command.text is not None:
                message = with_text(message, user_text(command.text, kit.keys))
            kit.store.change(replace(before, discussion=discussion))
            self._note(command, before.discussion)
            self._telling.project(kit.name, command.turn_id, (), self.undo)
            one = kit.assistants.named(message.assistant)
            return RunTurn(
                turn_id=command.turn_id,
                project=kit.store.project,
                branch=command.branch,
                user_message=message.text,
                model=command.model if one is None else kit.assistants.means.model_of(one, command.model),
                policy=command.policy,
                attachments=message.attachments,
                assistant=one,
            )

    def go_back(self, command: RestoreTo) -> None:
        """Make a message the last of its branch. Raises ProjectError, also where a turn runs on it."""
        kit = self._kit
        with self._turns.lock, kit.store.lock:
            self._turns.check_free(command.branch)
            before = kit.store.project
            discussion = gone_back(before.discussion, command.branch, command.message)
            if discussion != before.discussion:
                kit.store.change(replace(before, discussion=discussion))
                self._note(command, before.discussion)
            self._telling.project(kit.name, command.request_id, (), self.undo)

    @property
    def undo(self) -> str:
        """What `take_back` would take back now; the newest that nothing stands against."""
        discussion = self._kit.store.project.discussion
        while self._steps and not _fits(discussion, self._steps[-1]):
            self._steps.pop()
        return self._steps[-1].words if self._steps else ""

    def _note(self, command: Undoable, before: Discussion) -> None:
        after = self._kit.store.project.discussion
        self._steps = [*self._steps, step(command, before, after)][-STEPS:]
        match command:
            case RenameBranch(name=name, to=to):
                self._renamed(name, to)
            case DeleteBranch(name=name):
                self._turns.deleted(name)
            case _:
                pass
        self._forget(self._steps[-1].touched)

    def _renamed(self, name: str, to: str) -> None:
        project = self._kit.store.project.name
        self._turns.renamed(name, to)
        self._kit.last_sent.rename(project, name, to)
        try:
            self._kit.spending.ledger.rename(project, name, to)
        except StorageError as error:
            self._telling.notice(
                f"What {name} cost could not be put under its new name: {error}. {error.hint}"
            )

    def _forget(self, branches: frozenset[str]) -> None:
        """What the model read on these branches may not be in them any more."""
        base_dir = self._kit.store.project.base_dir
        for branch in branches:
            self._seen.pop(seen_key(base_dir, branch), None)

    def _keyless(self, command: Change) -> Change:
        match command:
            case EditMessage() | MergeNote():
                return replace(command, text=user_text(command.text, self._kit.keys))
            case _:
                return command


def seen_key(base_dir: str, branch: str) -> str:
    """Under what is held what the model of a branch knows of files."""
    return f"{base_dir}\n{branch}"


def _needed(command: Change) -> tuple[str, ...]:
    """The branches that must be still while a command is done."""
    match command:
        case RenameBranch(name=name) | DeleteBranch(name=name):
            return (name,)
        case EditMessage(branch=branch) | DeleteMessages(branch=branch) | MergeNote(branch=branch):
            return (branch,)
        case _:
            return ()


def _fits(discussion: Discussion, last: Step) -> bool:
    try:
        undone(discussion, last)
    except ProjectError:
        return False
    return True
