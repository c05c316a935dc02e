"""What the window shows, as a fold over events: `state = apply(state, event)`. No Dear PyGui here.

Replaying the events of a session gives the same state again. Values are frozen, so a panel sees that
something changed by comparing identities.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from copilot.desktop import listing, text
from copilot.desktop.event_words import Level, LogRow, log_row
from copilot.desktop.listing import Choosing, Listing
from copilot.desktop.request_check import RequestCheck, begun, reported
from copilot.desktop.spending_view import SpendingView, told
from copilot.desktop.tool_call_view import ToolCallView, calls_of
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ConfirmDialog
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Branch, Discussion, Message
from copilot.vocabulary.values import FileChoice, ModelChoice, Project, Usage

LOG_ROWS = 2_000
"""Rows of the log panel; the file in `logs/` has them all."""

STREAM_CHARACTERS = 400_000
"""Characters kept of each output stream of a tool; the file beside the script has them all."""

FAILURES = 50
"""Commands that could not be done, of which panels still show why."""

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
"""What the turn is doing, for a person."""


@frozen
class RequestUsage:
    """What one request cost."""

    turn_id: str
    round: int
    provider: str
    model: str
    usage: Usage
    seconds: float
    usd: float | None = None


@frozen
class Turn:
    """The turn that runs. `text` and `thinking` are what came since the last message was kept.

    `waits` is what a request waits for before it is sent.
    """

    turn_id: str
    branch: str
    model: ModelChoice
    started: float
    phase: Phase = "sending"
    round: int = 0
    text: str = ""
    thinking: str = ""
    waits: e.RetryScheduled | None = None


@frozen
class Ending:
    """How the last turn on a branch ended, where that was not an answer; shown under its messages."""

    branch: str
    level: Level
    title: str
    text: str = ""


@frozen
class ViewState:
    """Everything the panels read."""

    project: Project | None = None
    turn: Turn | None = None
    ending: Ending | None = None
    calls: tuple[ToolCallView, ...] = ()
    approvals: tuple[ConfirmDialog, ...] = ()
    context: e.ContextBuilt | None = None
    preview: e.RequestPreviewed | None = None
    check: RequestCheck | None = None
    listing: Listing | None = None
    choosing: tuple[Choosing, ...] = ()
    notices: tuple[e.Notice, ...] = ()
    log: tuple[LogRow, ...] = ()
    requests: tuple[RequestUsage, ...] = ()
    spending: SpendingView = SpendingView()
    models: tuple[e.ModelsListed, ...] = ()
    failures: tuple[e.CommandFailed, ...] = ()
    pruned: e.HistoryPruned | None = None
    drafted: e.CompactDrafted | None = None
    stopped: bool = False

    @property
    def branch(self) -> str:
        """The branch of the running turn, else the active one."""
        if self.turn is not None:
            return self.turn.branch
        return self.project.discussion.active if self.project is not None else ""

    @property
    def files(self) -> tuple[FileChoice, ...]:
        """The chosen files as they will be when the worker has done what it was asked."""
        for change in reversed(self.choosing):
            if not change.kept:
                return change.files
        return self.project.files if self.project is not None else ()

    def path(self) -> tuple[Message, ...]:
        """The messages of the branch that is shown."""
        if self.project is None or all(b.name != self.branch for b in self.project.discussion.branches):
            return ()
        return self.project.discussion.path(self.branch)

    def call(self, call_id: str) -> ToolCallView | None:
        """The tool call of that id."""
        return next((c for c in reversed(self.calls) if c.call_id == call_id), None)

    def total(self) -> Usage:
        """The tokens of all requests of this session."""
        return Usage.total(request.usage for request in self.requests)


def apply(state: ViewState, event: e.Event) -> ViewState:
    """The state after one more event. An event that the window does not know leaves a row in the log."""
    row = log_row(event)
    if row is not None:
        state = replace(state, log=(*state.log, row)[-LOG_ROWS:])
    spending = told(state.spending, event)
    if spending is not state.spending:
        state = replace(state, spending=spending)
    if isinstance(event, e.TurnEvent):
        return _of_turn(state, event)
    match event:
        case e.ProjectOpened(project=project):
            calls = calls_of(project.discussion.messages)
            state = replace(state, project=project, calls=calls, ending=None, preview=None, check=None)
            return replace(state, pruned=None, drafted=None)
        case e.MessageKept():
            return _message(state, event)
        case e.ContextBuilt():
            return replace(state, context=event)
        case e.RequestPreviewed():
            return replace(state, preview=event)
        case e.Notice():
            return replace(state, notices=(*state.notices, event))
        case e.ModelsListed(provider=provider, base_url=url):
            others = tuple(one for one in state.models if (one.provider, one.base_url) != (provider, url))
            return replace(state, models=(*others, event))
        case e.WorkerStopped():
            return replace(state, stopped=True, turn=None, approvals=())
        case _:
            return _files(state, event)


def _files(state: ViewState, event: e.Event) -> ViewState:
    match event:
        case e.ProjectChanged(project=project, request_id=request_id):
            return replace(state, project=project, choosing=listing.kept(state.choosing, request_id))
        case e.CommandFailed(request_id=request_id):
            failures = (*state.failures, event)[-FAILURES:]
            return replace(state, choosing=listing.failed(state.choosing, request_id), failures=failures)
        case e.CompactDrafted():
            return replace(state, drafted=event)
        case e.FilesListed():
            files = listing.listed(state.listing, event)
            return replace(state, listing=files, choosing=listing.shown(state.choosing))
        case e.FilesChanged():
            return replace(state, listing=listing.changed(state.listing, event))
        case _:
            return state


def stopping(state: ViewState) -> ViewState:
    """The state after the person asked to stop: no event, but to be seen at once."""
    return _phase(state, "stopping")


def choosing(state: ViewState, change: Choosing) -> ViewState:
    """The state after the person changed the chosen files: to be seen before the worker has done it."""
    return replace(state, choosing=listing.sent(state.choosing, change))


def dismissed(state: ViewState) -> ViewState:
    """The state after the person read the notices."""
    return replace(state, notices=())


def keep(discussion: Discussion, branch: str, message: Message) -> Discussion:
    """The discussion with a message kept at the tip of `branch`; a known id is replaced in its place."""
    known = any(m.id == message.id for m in discussion.messages)
    if known:
        messages = tuple(message if m.id == message.id else m for m in discussion.messages)
    else:
        messages = (*discussion.messages, message)
    tip = Branch(name=branch, tip=message.id)
    branches = tuple(tip if b.name == branch else b for b in discussion.branches)
    if tip not in branches:
        branches = (*branches, tip)
    return replace(discussion, messages=messages, branches=branches)


def _message(state: ViewState, event: e.MessageKept) -> ViewState:
    if state.project is None:
        return state
    project = replace(state.project, discussion=keep(state.project.discussion, event.branch, event.message))
    turn = state.turn
    if turn is not None and event.message.role == "assistant" and event.branch == turn.branch:
        turn = replace(turn, text="", thinking="")
    return replace(state, project=project, turn=turn)


def _of_turn(state: ViewState, event: e.TurnEvent) -> ViewState:
    match event:
        case e.TurnStarted():
            turn = Turn(turn_id=event.turn_id, branch=event.branch, model=event.model, started=event.at)
            check = begun(event, state.preview)
            return replace(state, turn=turn, ending=None, check=check, pruned=None)
        case e.TurnFinished() | e.TurnCancelled() | e.TurnFailed():
            return _ended(state, event)
        case e.RequestSent(round=number):
            return _turn(
                _phase(state, "sending"), lambda turn: replace(turn, round=number, text="", thinking="")
            )
        case e.TextDelta(text=piece):
            return _turn(_phase(state, "answering"), lambda turn: replace(turn, text=turn.text + piece))
        case e.ThinkingDelta(text=piece):
            return _turn(
                _phase(state, "thinking"), lambda turn: replace(turn, thinking=turn.thinking + piece)
            )
        case e.HistoryPruned():
            return replace(state, pruned=event)
        case e.RetryScheduled():
            return _turn(_phase(state, "waiting"), lambda turn: replace(turn, waits=event))
        case e.UsageReported():
            return _usage(state, event)
        case e.ApprovalRequested():
            return _asked(state, event)
        case e.ApprovalResolved(request_id=request_id, call_id=call_id):
            left = tuple(a for a in state.approvals if a.request_id != request_id)
            after: Phase = "tool" if call_id else "sending"
            return _phase(replace(state, approvals=left), "approval" if left else after)
        case _:
            return _tool(state, event)


def _usage(state: ViewState, event: e.UsageReported) -> ViewState:
    model = state.turn.model if state.turn is not None else None
    row = RequestUsage(
        turn_id=event.turn_id,
        round=event.round,
        provider=model.provider if model else "",
        model=model.model if model else "",
        usage=event.usage,
        seconds=event.seconds,
        usd=event.usd,
    )
    return replace(state, requests=(*state.requests, row), check=reported(state.check, event))


def _asked(state: ViewState, event: e.ApprovalRequested) -> ViewState:
    if event.verdict != "ask":
        return state
    dialog = ConfirmDialog(
        request_id=event.request_id,
        turn_id=event.turn_id,
        branch=event.branch,
        call_id=event.call_id,
        tool=event.tool,
        detail=event.detail,
    )
    state = _call(state, event.call_id, lambda call: replace(call, status="waiting"))
    return _phase(replace(state, approvals=(*state.approvals, dialog)), "approval")


def _tool(state: ViewState, event: e.TurnEvent) -> ViewState:
    match event:
        case e.ToolCallRequested(call_id=call_id, name=name, arguments=arguments):
            view = ToolCallView(
                call_id=call_id, name=name, arguments=arguments, at=event.at, branch=event.branch
            )
            return replace(state, calls=(*(c for c in state.calls if c.call_id != call_id), view))
        case e.ToolStarted(script=script):
            state = _call(state, event.call_id, lambda call: replace(call, status="running", script=script))
            return _phase(state, "tool")
        case e.ToolOutput(stream="stdout", text=piece):
            return _call(state, event.call_id, lambda call: replace(call, stdout=_grown(call.stdout, piece)))
        case e.ToolOutput(text=piece):
            return _call(state, event.call_id, lambda call: replace(call, stderr=_grown(call.stderr, piece)))
        case e.ToolFinished():
            return _call(
                state,
                event.call_id,
                lambda call: replace(
                    call,
                    status=event.status,
                    output=event.output,
                    seconds=event.seconds,
                    exit_code=event.exit_code,
                ),
            )
        case _:
            return state


def _ended(state: ViewState, event: e.TurnFinished | e.TurnCancelled | e.TurnFailed) -> ViewState:
    ending = None
    match event:
        case e.TurnFailed(message=message, hint=hint):
            ending = Ending(branch=event.branch, level="error", title=message, text=hint)
        case e.TurnCancelled():
            ending = Ending(branch=event.branch, level="warning", title="You stopped this turn.")
        case e.TurnFinished(reason="round_limit", rounds=rounds):
            limit = f"The turn used all its {text.plural(rounds, 'round')}."
            ending = Ending(
                branch=event.branch, level="warning", title=limit, text="Send a message to go on."
            )
        case e.TurnFinished():
            pass
    left = tuple(a for a in state.approvals if a.turn_id != event.turn_id)
    return replace(state, turn=None, ending=ending, approvals=left)


def _turn(state: ViewState, change: Callable[[Turn], Turn]) -> ViewState:
    return state if state.turn is None else replace(state, turn=change(state.turn))


def _phase(state: ViewState, phase: Phase) -> ViewState:
    turn = state.turn
    if turn is None or turn.phase in (phase, "stopping"):
        return state
    return replace(state, turn=replace(turn, phase=phase, waits=None))


def _call(state: ViewState, call_id: str, change: Callable[[ToolCallView], ToolCallView]) -> ViewState:
    # From the newest back: a running tool is nearly always the last one.
    for index in range(len(state.calls) - 1, -1, -1):
        if state.calls[index].call_id == call_id:
            changed = change(state.calls[index])
            return replace(state, calls=(*state.calls[:index], changed, *state.calls[index + 1 :]))
    return state


def _grown(before: str, piece: str) -> str:
    return (before + piece)[-STREAM_CHARACTERS:]
