"""The commands that change branches and their messages, and those of the queue beside a turn.

What changes a branch is answered by `ProjectChanged` or `CommandFailed`, and refused while a turn runs on it.
Nothing is taken away by an edit or a deletion: what stands behind the place is kept once more, under new ids,
and the branch goes on from there; the old messages stay in the tree until the project is opened again.
"""

from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Attachment, Discussion
from copilot.vocabulary.values import ModelChoice


@frozen
class ForkBranch:
    """Make a branch named `name` with its tip at message `at` (None: empty).

    With `switch` it becomes the active one. Also while turns run.
    """

    request_id: str
    name: str
    at: str | None
    switch: bool = True


@frozen
class SwitchBranch:
    """Make an existing branch the active one. Also while turns run."""

    request_id: str
    name: str


@frozen
class RenameBranch:
    """Give the branch `name` the name `to`, which no other has."""

    request_id: str
    name: str
    to: str


@frozen
class DeleteBranch:
    """Take a branch away, but for the last one. Where it is active, the one before it becomes so."""

    request_id: str
    name: str


@frozen
class EditMessage:
    """Replace the text of a message of the branch; its attachments and calls stay. Results have no text."""

    request_id: str
    branch: str
    message: str
    text: str


@frozen
class DeleteMessages:
    """Take messages out of a branch. Calls and their results go together, whichever of them is named."""

    request_id: str
    branch: str
    messages: tuple[str, ...]


@frozen
class MergeNote:
    """Keep `text` as a person's message at the tip of `branch`, with a first line that says where it is from:
    message `message` of the branch `source` (None: the last one)."""

    request_id: str
    branch: str
    source: str
    message: str | None
    text: str


@frozen
class TakeIn:
    """Add the branches of another discussion, as of one that was exported. Also while turns run.

    Nothing that is there changes: a branch whose name is taken gets a number, and messages that both have are
    shared. What is attached to the messages was kept with the project before.
    """

    request_id: str
    discussion: Discussion


@frozen
class UndoDiscussion:
    """Take back this session's last change of branches or messages (`ProjectChanged.undo` says which)."""

    request_id: str


@frozen
class Regenerate:
    """Ask a person's message again: `message`, or where that is None the last one of the branch.

    The line as it was stays as a branch of its own ("main, answer 1"), `branch` goes back to before the
    message (`ProjectChanged` with `turn_id` as its request), and the turn begins. `text` is asked in place of
    what stood there, where it is not None; attachments go along. `CommandFailed` has `turn_id`, too.
    """

    turn_id: str
    branch: str
    model: ModelChoice
    policy: ApprovalPolicy
    message: str | None = None
    text: str | None = None


@frozen
class QueueMessage:
    """Add to what waits on the branch where the turn runs (`QueueChanged`).

    It is kept, with `message_id` as its id, as the next message after the tools of the round under way; where
    the turn finishes before, it begins the next one, with the same model and policy. A turn that failed or
    was stopped leaves it waiting. `CommandFailed` has `message_id` as its request.
    """

    turn_id: str
    message_id: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@frozen
class EditQueued:
    """Replace the text of a message that still waits (`QueueChanged`, else `CommandFailed`)."""

    message_id: str
    text: str


@frozen
class TakeBackQueued:
    """Take a message out of what waits (`QueueChanged`, else `CommandFailed`: it was sent)."""

    message_id: str


BranchCommand = (
    ForkBranch
    | SwitchBranch
    | RenameBranch
    | DeleteBranch
    | EditMessage
    | DeleteMessages
    | MergeNote
    | TakeIn
    | UndoDiscussion
)
QueueCommand = QueueMessage | EditQueued | TakeBackQueued
