"""What the worker tells front ends and the log.

Every event carries `at` (UTC seconds) and `worker`, and where it belongs to a turn `turn_id` and `branch`.
Every start has exactly one end: `TurnStarted` one of `TurnFinished`, `TurnCancelled`, `TurnFailed`;
`ApprovalRequested` one `ApprovalResolved`; `ToolCallRequested` one `ToolFinished`. A name, once released,
changes only with `SCHEMA_VERSION`.
"""

from collections.abc import Mapping
from typing import Literal

from copilot.vocabulary.approvals import ApprovalDetail
from copilot.vocabulary.errors import ErrorKind
from copilot.vocabulary.event_base import Event as Event
from copilot.vocabulary.event_base import TurnEvent as TurnEvent
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import Copied, JsonValue, Message, ResultStatus
from copilot.vocabulary.policy_events import RuleAdded as RuleAdded
from copilot.vocabulary.policy_events import RuleProposed as RuleProposed
from copilot.vocabulary.policy_events import TrustAsked as TrustAsked
from copilot.vocabulary.preview_events import PreviewEnded as PreviewEnded
from copilot.vocabulary.preview_events import PreviewReady as PreviewReady
from copilot.vocabulary.preview_events import PreviewStarted as PreviewStarted
from copilot.vocabulary.queue_events import QueueChanged as QueueChanged
from copilot.vocabulary.queue_events import QueuedMessage as QueuedMessage
from copilot.vocabulary.run_events import RunChanged as RunChanged
from copilot.vocabulary.run_events import SnapshotsCleaned as SnapshotsCleaned
from copilot.vocabulary.run_events import SnapshotTaken as SnapshotTaken
from copilot.vocabulary.usage_events import CacheMissed as CacheMissed
from copilot.vocabulary.usage_events import TokensCounted as TokensCounted
from copilot.vocabulary.usage_events import UsageReported as UsageReported
from copilot.vocabulary.usage_events import UsageTotalled as UsageTotalled
from copilot.vocabulary.values import (
    CacheBreak,
    FileState,
    ModelChoice,
    ModelInfo,
    Project,
    Section,
    Usage,
    Verdict,
)

SCHEMA_VERSION = 1


@frozen
class WorkerStarted(Event):
    """The worker is ready for commands; `version` is the program's."""

    version: str
    schema: int = SCHEMA_VERSION


@frozen
class ProjectOpened(Event):
    """The project as the store holds it: front ends start from this and fold what follows."""

    project: Project


@frozen
class ProjectChanged(Event):
    """A command changed the project (files, prompt, branches). Messages are as before, but for `added`.

    `undo` says in a few words what `UndoDiscussion` would take back now; empty where there is nothing.
    """

    request_id: str
    project: Project
    added: tuple[Message | Copied, ...] = ()
    undo: str = ""


@frozen
class MessageKept(Event):
    """A message was acknowledged: it is on disk and is now the tip of `branch`.

    A message with an id already known replaces it (a tool message grows as its results come in).
    """

    branch: str
    message: Message


@frozen
class TurnStarted(TurnEvent):
    """A turn begins. `assistant` is the name of the profile under which it does, "" for none; `asked_by` the
    branch of the one that handed the task over."""

    model: ModelChoice
    user_message: str
    assistant: str = ""
    asked_by: str = ""


@frozen
class ContextBuilt(Event):
    """The context was written. `request_id` is the turn's id inside a turn; `tokens` is an estimate.

    `skipped` names every file that was chosen and could not be shown, each with its reason; `stepped` each
    file that has a smaller view than was chosen, because all of them together exceed `budget` tokens.
    """

    request_id: str
    path: str
    files: tuple[str, ...]
    characters: int
    tokens: int
    skipped: tuple[str, ...] = ()
    stepped: tuple[FileState, ...] = ()
    budget: int = 0


@frozen
class FilesListed(Event):
    """Every file of the base directory that no ignore rule takes out; replaces what was known.

    It tells what is on disk now and is not kept in the log.
    """

    base_dir: str
    files: tuple[FileState, ...]


@frozen
class FilesChanged(Event):
    """Files changed on disk: these states replace those of the same path; `removed` are gone.

    Not kept in the log either.
    """

    base_dir: str
    files: tuple[FileState, ...]
    removed: tuple[str, ...] = ()


@frozen
class RequestPreviewed(Event):
    """The request that would be sent now, to the byte.

    `sha256` is that of the serialised body without credentials, in `body_path`; both empty where it could
    not be made (`trouble` says why). `text_path` holds it readable, in the order of `sections`. `changed`
    is None where nothing was sent on this branch before, or nothing differs but what was appended.
    `left_out` are the ids of messages that are not in it, so that it fits.
    """

    request_id: str
    branch: str
    model: ModelChoice
    sha256: str
    body_path: str
    text_path: str
    tokens: int
    sections: tuple[Section, ...]
    changed: CacheBreak | None = None
    diff: str = ""
    trouble: str = ""
    left_out: tuple[str, ...] = ()
    least_usd: float | None = None
    most_usd: float | None = None


@frozen
class RequestSent(TurnEvent):
    """A request is on its way. `round` counts from 1; `tokens` is an estimate.

    It costs `least_usd` where all that can be is read from a cache, and `most_usd` where nothing is and the
    answer is as long as it may be; both None where no price is known.
    """

    round: int
    messages: int
    characters: int
    tokens: int
    least_usd: float | None = None
    most_usd: float | None = None


@frozen
class TextDelta(TurnEvent):
    """A piece of the answer."""

    text: str


@frozen
class ThinkingDelta(TurnEvent):
    """A piece of what the model shows of its thinking."""

    text: str


@frozen
class ToolCallRequested(TurnEvent):
    """The model asks for a tool."""

    call_id: str
    name: str
    arguments: Mapping[str, JsonValue]


@frozen
class ApprovalRequested(TurnEvent):
    """A change wants approval. Only with verdict "ask" is the person asked; else the policy answers.

    `why` says in words why the verdict is what it is; `rule` is the name of the rule that decided, if any.
    """

    request_id: str
    call_id: str
    tool: str
    detail: ApprovalDetail
    verdict: Verdict
    why: str = ""
    rule: str = ""


@frozen
class ApprovalResolved(TurnEvent):
    """The one answer to an `ApprovalRequested`. `shown` is False where the person never saw it.

    `diff` is the unified diff of the person's edit, empty where nothing was edited.
    """

    request_id: str
    call_id: str
    decision: Literal["approve", "reject"]
    by: Literal["person", "policy", "nobody", "cancel", "dry_run"]
    shown: bool
    note: str = ""
    diff: str = ""


@frozen
class ToolStarted(TurnEvent):
    """A tool begins to act. `script` is the file that holds the approved script, empty for other tools."""

    call_id: str
    name: str
    script: str = ""
    sha256: str = ""


@frozen
class ToolOutput(TurnEvent):
    """A piece of a running tool's output."""

    call_id: str
    stream: Literal["stdout", "stderr"]
    text: str


@frozen
class ToolFinished(TurnEvent):
    """The result of a tool call, as the model will read it.

    `seconds` leaves out the wait for approval; `exit_code` only where a process ran. One that is `recorded`
    is that of another session: nothing ran.
    """

    call_id: str
    name: str
    status: ResultStatus
    output: str
    seconds: float
    exit_code: int | None = None
    recorded: bool = False


@frozen
class FilesRefreshed(TurnEvent):
    """Tracked files differ from the context that was sent; the next request carries them."""

    paths: tuple[str, ...]


@frozen
class HistoryPruned(TurnEvent):
    """The next request leaves `messages` (`dropped` of them, oldest first) out to fit; none is lost.

    `tokens` is the estimate of what is left. `shortened` tool outputs are cut in it, and `stripped` older
    file blocks are one line.
    """

    dropped: int
    tokens: int
    messages: tuple[str, ...] = ()
    shortened: int = 0
    stripped: int = 0


@frozen
class RetryScheduled(TurnEvent):
    """The turn waits `wait_seconds` from `at` on, unless `TryNow` or a stop comes, then sends the request.

    Kind "retry": it failed, and this will be attempt number `attempt`. Kind "limit": it is held back to stay
    within the service's limits or the person's own.
    """

    attempt: int
    wait_seconds: float
    reason: str
    kind: Literal["retry", "limit"] = "retry"


@frozen
class Notice(Event):
    """Something the person should know; the turn, if any, goes on."""

    level: Literal["info", "warning"]
    text: str
    turn_id: str = ""


@frozen
class TurnFinished(TurnEvent):
    """The turn is over. `reason` "answered" or "round_limit"; `rejections` counts rejected approvals."""

    text: str
    rounds: int
    reason: Literal["answered", "round_limit"]
    rejections: int = 0


@frozen
class TurnCancelled(TurnEvent):
    """The person stopped the turn; what was already said is kept."""

    partial_text: str


@frozen
class TurnFailed(TurnEvent):
    """The turn is over. `hint` says what to do next."""

    kind: ErrorKind
    message: str
    hint: str
    retryable: bool
    request_id: str = ""


@frozen
class ModelsListed(Event):
    """The answer to `ListModels`. `base_url` is the asked one; `details` are the same models, in order.

    Logs of before this field have the names alone.
    """

    request_id: str
    provider: str
    models: tuple[str, ...]
    base_url: str = ""
    details: tuple[ModelInfo, ...] = ()


@frozen
class CompactDrafted(Event):
    """The model's summary of the messages `covers` of a branch, for the person to edit (`KeepCompact`)."""

    request_id: str
    branch: str
    covers: tuple[str, ...]
    text: str
    usage: Usage


@frozen
class CommandFailed(Event):
    """A command outside a turn could not be done."""

    request_id: str
    message: str
    hint: str = ""
    kind: ErrorKind = "internal"


@frozen
class WorkerStopped(Event):
    """The last event of a worker."""

    reason: str = field(default="shutdown")
