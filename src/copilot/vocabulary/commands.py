"""What front ends ask of the worker. Frozen values; ids are strings made by the sender."""

from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.assistants import Assistant, Handed
from copilot.vocabulary.branch_commands import BranchCommand as BranchCommand
from copilot.vocabulary.branch_commands import DeleteBranch as DeleteBranch
from copilot.vocabulary.branch_commands import DeleteMessages as DeleteMessages
from copilot.vocabulary.branch_commands import EditMessage as EditMessage
from copilot.vocabulary.branch_commands import EditQueued as EditQueued
from copilot.vocabulary.branch_commands import ForkBranch as ForkBranch
from copilot.vocabulary.branch_commands import MergeNote as MergeNote
from copilot.vocabulary.branch_commands import QueueCommand as QueueCommand
from copilot.vocabulary.branch_commands import QueueMessage as QueueMessage
from copilot.vocabulary.branch_commands import Regenerate as Regenerate
from copilot.vocabulary.branch_commands import RenameBranch as RenameBranch
from copilot.vocabulary.branch_commands import SwitchBranch as SwitchBranch
from copilot.vocabulary.branch_commands import TakeBackQueued as TakeBackQueued
from copilot.vocabulary.branch_commands import TakeIn as TakeIn
from copilot.vocabulary.branch_commands import UndoDiscussion as UndoDiscussion
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.policy_commands import AddRule as AddRule
from copilot.vocabulary.policy_commands import Distrust as Distrust
from copilot.vocabulary.policy_commands import LookAtTrust as LookAtTrust
from copilot.vocabulary.policy_commands import PolicyCommand as PolicyCommand
from copilot.vocabulary.policy_commands import ProposeRule as ProposeRule
from copilot.vocabulary.policy_commands import Trust as Trust
from copilot.vocabulary.preview_commands import ApplyPreview as ApplyPreview
from copilot.vocabulary.preview_commands import DiscardPreview as DiscardPreview
from copilot.vocabulary.preview_commands import PreviewCommand as PreviewCommand
from copilot.vocabulary.preview_commands import PreviewScript as PreviewScript
from copilot.vocabulary.recorded_calls import RecordedCall
from copilot.vocabulary.run_commands import RedoRun as RedoRun
from copilot.vocabulary.run_commands import RestoreTo as RestoreTo
from copilot.vocabulary.run_commands import RunCommand as RunCommand
from copilot.vocabulary.run_commands import ShowRun as ShowRun
from copilot.vocabulary.run_commands import UndoRun as UndoRun
from copilot.vocabulary.values import FileChoice, ModelChoice, Project, Standing


@frozen
class RunTurn:
    """Answer `user_message` on `branch` of `project`, a full snapshot: a turn never reads the window.

    One that `resumes` keeps no message: what stands on the branch is answered. `recorded` calls of a session
    that is continued get the results that they had, up to the first call that is another.

    The bytes of `attachments` wait in the home, under their hashes. The discussion is the store's: what was
    kept on the branch when the turn begins. Turns on several branches run at once; one that cannot begin (the
    branch has a turn already, or too many run) is answered by `CommandFailed` with `turn_id` as its request.
    With an `assistant` it answers under that profile; `handed`: another one handed the task over. One that
    `calls` may say `/name arguments`: the words of that command are kept and sent in its place.
    """

    turn_id: str
    project: Project
    branch: str
    user_message: str
    model: ModelChoice
    policy: ApprovalPolicy
    attachments: tuple[Attachment, ...] = ()
    assistant: Assistant | None = None
    handed: Handed | None = None
    resumes: bool = False
    recorded: tuple[RecordedCall, ...] = ()
    calls: bool = False


@frozen
class Decide:
    """The person's answer to an `ApprovalRequested`."""

    decision: Decision


@frozen
class CancelTurn:
    """End the turn, whatever it is doing."""

    turn_id: str


@frozen
class TryNow:
    """End the wait that a `RetryScheduled` announced; nothing happens where the turn does not wait."""

    turn_id: str


@frozen
class BuildContext:
    """Write the project's context to `md_gen/` and say where (`ContextBuilt`)."""

    request_id: str
    project: Project
    branch: str
    model: ModelChoice


@frozen
class ListFiles:
    """List the project's base directory (`FilesListed`), and go on telling what changes in it."""

    request_id: str
    project: Project
    model: ModelChoice


@frozen
class PreviewRequest:
    """Make the request that `user_message` would send, without sending it (`RequestPreviewed`)."""

    request_id: str
    project: Project
    branch: str
    user_message: str
    model: ModelChoice
    attachments: tuple[Attachment, ...] = ()


@frozen
class CountTokens:
    """Have the provider's endpoint count the request that `user_message` would send (`TokensCounted`).

    Also while a turn runs, which it does not hold up.
    """

    request_id: str
    project: Project
    branch: str
    user_message: str
    model: ModelChoice
    attachments: tuple[Attachment, ...] = ()


@frozen
class StopCounting:
    """End a `CountTokens` that is under way (`CommandFailed`)."""

    request_id: str


@frozen
class ListModels:
    """Ask a provider which models it has (`ModelsListed`)."""

    request_id: str
    model: ModelChoice


@frozen
class ChooseFiles:
    """Replace the project's chosen files (`ProjectChanged`)."""

    request_id: str
    files: tuple[FileChoice, ...]


@frozen
class SetBudget:
    """Replace what bounds the context: its tokens, and the order in which files keep their views."""

    request_id: str
    max_context_tokens: int
    rank: tuple[Standing, ...]


@frozen
class PutBack:
    """Hold these messages of a branch: where a request must become shorter, others go first
    (`ProjectChanged`)."""

    request_id: str
    branch: str
    messages: tuple[str, ...]


@frozen
class Release:
    """Undo `PutBack` for these messages (`ProjectChanged`)."""

    request_id: str
    branch: str
    messages: tuple[str, ...]


@frozen
class CompactBranch:
    """Ask the model for a summary of what would be left out of the branch's next request, or, where nothing
    would, of everything before its last exchange (`CompactDrafted`). `CancelTurn` with `request_id` stops it.

    `policy` says whether there is a person to ask where its cost may pass a cap.
    """

    request_id: str
    branch: str
    model: ModelChoice
    policy: ApprovalPolicy


@frozen
class KeepCompact:
    """Keep a summary, perhaps edited, as a message of the branch: it is sent in place of what it covers
    (`MessageKept`, then `ProjectChanged`)."""

    request_id: str
    branch: str
    text: str
    covers: tuple[str, ...]


@frozen
class SetSystemPrompt:
    """Replace the project's system prompt."""

    request_id: str
    text: str


@frozen
class Shutdown:
    """Cancel what runs, flush, end the thread (`WorkerStopped` is the last event)."""


Command = (
    RunTurn
    | Decide
    | CancelTurn
    | TryNow
    | BuildContext
    | ListFiles
    | PreviewRequest
    | CountTokens
    | StopCounting
    | ListModels
    | ChooseFiles
    | SetBudget
    | PutBack
    | Release
    | CompactBranch
    | KeepCompact
    | SetSystemPrompt
    | Regenerate
    | BranchCommand
    | QueueCommand
    | RunCommand
    | PolicyCommand
    | PreviewCommand
    | Shutdown
)
