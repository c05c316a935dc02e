"""What the window knows, as values: the turns that run, how others ended, and all of it together."""

from collections.abc import Iterable
from dataclasses import field, replace
from typing import Literal, Protocol, TypeVar

from copilot.desktop.event_words import Level, LogRow
from copilot.desktop.growing import Growing
from copilot.desktop.listing import Choosing, Listing
from copilot.desktop.paths import Paths
from copilot.desktop.preview_words import PreviewNews
from copilot.desktop.request_check import RequestCheck
from copilot.desktop.spending_view import SpendingView
from copilot.desktop.tool_call_view import ToolCallView
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ConfirmDialog
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.values import FileChoice, ModelChoice, Project, Usage

Phase = Literal["sending", "thinking", "answering", "approval", "tool", "waiting", "stopping"]

PHASE_WORDS: dict[Phase, str] = {
    "sending": "sending the request",
    "thinking": "thinking",
    "answering": "answering",
    "approval": "waiting for your approval",
    "tool": "running a tool",
    "waiting": "waiting to send the request",
    "stopping": "stopping",
}
"""What a turn is doing, for a person."""


@frozen
class RequestUsage:
    """What one request cost."""

    turn_id: str
    branch: str = ""
    round: int
    provider: str
    model: str
    usage: Usage
    seconds: float
    usd: float | None = None


@frozen
class Turn:
    """A turn that runs. `said` and `thought` are what came since the last message was kept.

    `waits` is what a request waits for before it is sent.
    """

    turn_id: str
    branch: str
    model: ModelChoice
    started: float
    phase: Phase = "sending"
    round: int = 0
    said: Growing = field(default_factory=Growing)
    thought: Growing = field(default_factory=Growing)
    waits: e.RetryScheduled | None = None
    assistant: str = ""

    @property
    def text(self) -> str:
        """The answer so far."""
        return self.said.text

    @property
    def thinking(self) -> str:
        """What the model shows of its thinking."""
        return self.thought.text

    def silent(self) -> "Turn":
        """The turn before anything of its next message was said."""
        return replace(self, said=Growing(), thought=Growing())


@frozen
class Ending:
    """How the last turn on a branch ended, where that was not an answer; shown under its messages."""

    branch: str
    level: Level
    title: str
    text: str = ""


class OfBranch(Protocol):
    """Something of which each branch has at most one."""

    @property
    def branch(self) -> str:
        """Its branch."""
        ...


ItemT = TypeVar("ItemT", bound=OfBranch)


def of_branch(items: Iterable[ItemT], branch: str) -> ItemT | None:
    """The one of a branch."""
    return next((item for item in items if item.branch == branch), None)


def put(items: tuple[ItemT, ...], branch: str, item: ItemT | None) -> tuple[ItemT, ...]:
    """With this one as the branch's, or without any."""
    others = tuple(one for one in items if one.branch != branch)
    if item is None:
        return others if len(others) != len(items) else items
    return (*others, item)


@frozen
class ViewState:
    """Everything the panels read. Of what each branch has, the plain names mean the branch that is shown:
    `turn`, `ending`, `pruned`, `check`, `queue`."""

    project: Project | None = None
    paths: Paths = field(default_factory=lambda: Paths(Discussion()), compare=False, repr=False)
    turns: tuple[Turn, ...] = ()
    endings: tuple[Ending, ...] = ()
    queues: tuple[e.QueueChanged, ...] = ()
    calls: tuple[ToolCallView, ...] = ()
    approvals: tuple[ConfirmDialog, ...] = ()
    context: e.ContextBuilt | None = None
    preview: e.RequestPreviewed | None = None
    checks: tuple[RequestCheck, ...] = ()
    listing: Listing | None = None
    choosing: tuple[Choosing, ...] = ()
    notices: tuple[e.Notice, ...] = ()
    log: tuple[LogRow, ...] = ()
    requests: tuple[RequestUsage, ...] = ()
    spending: SpendingView = SpendingView()
    models: tuple[e.ModelsListed, ...] = ()
    failures: tuple[e.CommandFailed, ...] = ()
    prunings: tuple[e.HistoryPruned, ...] = ()
    drafted: e.CompactDrafted | None = None
    previews: tuple[PreviewNews, ...] = ()
    proposed: e.RuleProposed | None = None
    added: e.RuleAdded | None = None
    trust: e.TrustAsked | None = None
    undo: str = ""
    runs: tuple[e.RunChanged, ...] = ()
    stopped: bool = False

    @property
    def branch(self) -> str:
        """The branch that is shown: the active one, whatever runs elsewhere."""
        return self.project.discussion.active if self.project is not None else ""

    @property
    def turn(self) -> Turn | None:
        """The turn that runs on the branch that is shown."""
        return of_branch(self.turns, self.branch)

    @property
    def ending(self) -> Ending | None:
        """How the last turn on the branch that is shown ended."""
        return of_branch(self.endings, self.branch)

    @property
    def pruned(self) -> e.HistoryPruned | None:
        """What the latest request of the branch that is shown leaves out."""
        return of_branch(self.prunings, self.branch)

    @property
    def check(self) -> RequestCheck | None:
        """What the last turn on the branch that is shown sent, beside its preview."""
        return of_branch(self.checks, self.branch)

    @property
    def queue(self) -> tuple[e.QueuedMessage, ...]:
        """What waits to be said on the branch that is shown."""
        return self.queue_on(self.branch)

    def turn_on(self, branch: str) -> Turn | None:
        """The turn that runs on a branch."""
        return of_branch(self.turns, branch)

    def turn_of(self, turn_id: str) -> Turn | None:
        """The running turn of that id."""
        return next((turn for turn in self.turns if turn.turn_id == turn_id), None)

    def queue_on(self, branch: str) -> tuple[e.QueuedMessage, ...]:
        """What waits to be said on a branch."""
        waiting = of_branch(self.queues, branch)
        return waiting.messages if waiting is not None else ()

    @property
    def files(self) -> tuple[FileChoice, ...]:
        """The chosen files as they will be when the worker has done what it was asked."""
        for change in reversed(self.choosing):
            if not change.kept:
                return change.files
        return self.project.files if self.project is not None else ()

    def path(self) -> Messages:
        """The messages of the branch that is shown."""
        return self.paths.of(self.branch)

    def path_of(self, branch: str) -> Messages:
        """The messages of a branch; none where it is not there."""
        return self.paths.of(branch)

    def call(self, call_id: str) -> ToolCallView | None:
        """The tool call of that id."""
        return next((c for c in reversed(self.calls) if c.call_id == call_id), None)

    def total(self) -> Usage:
        """The tokens of all requests of this session."""
        return Usage.total(request.usage for request in self.requests)
