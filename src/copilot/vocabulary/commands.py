"""What front ends ask of the worker. Frozen values; ids are strings made by the sender."""

from dataclasses import dataclass

from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.values import FileChoice, ModelChoice, Project, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTurn:
    """Answer `user_message` on `branch` of `project`, a full snapshot: a turn never reads the window."""

    turn_id: str
    project: Project
    branch: str
    user_message: str
    model: ModelChoice
    policy: ApprovalPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """The person's answer to an `ApprovalRequested`."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTurn:
    """End the turn, whatever it is doing."""

    turn_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """Write the project's context to `md_gen/` and say where (`ContextBuilt`)."""

    request_id: str
    project: Project
    branch: str
    model: ModelChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFiles:
    """List the project's base directory (`FilesListed`), and go on telling what changes in it."""

    request_id: str
    project: Project
    model: ModelChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """Make the request that `user_message` would send, without sending it (`RequestPreviewed`)."""

    request_id: str
    project: Project
    branch: str
    user_message: str
    model: ModelChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ListModels:
    """Ask a provider which models it has (`ModelsListed`)."""

    request_id: str
    model: ModelChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseFiles:
    """Replace the project's chosen files (`ProjectChanged`)."""

    request_id: str
    files: tuple[FileChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBudget:
    """Replace what bounds the context: its tokens, and the order in which files keep their views."""

    request_id: str
    max_context_tokens: int
    rank: tuple[Standing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkBranch:
    """Make a branch named `name` with its tip at message `at` (None: empty) and make it active."""

    request_id: str
    name: str
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchBranch:
    """Make an existing branch the active one."""

    request_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSystemPrompt:
    """Replace the project's system prompt."""

    request_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """Cancel what runs, flush, end the thread (`WorkerStopped` is the last event)."""


Command = (
    RunTurn
    | Decide
    | CancelTurn
    | BuildContext
    | ListFiles
    | PreviewRequest
    | ListModels
    | ChooseFiles
    | SetBudget
    | ForkBranch
    | SwitchBranch
    | SetSystemPrompt
    | Shutdown
)
