"""What the window shows, as a fold over events: `state = apply(state, event)`. No Dear PyGui here.

Replaying the events of a session gives the same state again. Values are frozen, so a panel sees that
something changed by comparing identities.
"""

from dataclasses import replace

from copilot.desktop import listing
from copilot.desktop.event_words import log_row
from copilot.desktop.listing import Choosing
from copilot.desktop.paths import Paths
from copilot.desktop.runs_view import heard
from copilot.desktop.spending_view import told
from copilot.desktop.tool_call_view import calls_of, with_known
from copilot.desktop.view_turns import STREAM_CHARACTERS as STREAM_CHARACTERS
from copilot.desktop.view_turns import changed, of_turn, phased
from copilot.desktop.view_values import PHASE_WORDS as PHASE_WORDS
from copilot.desktop.view_values import Ending as Ending
from copilot.desktop.view_values import OfBranch
from copilot.desktop.view_values import Phase as Phase
from copilot.desktop.view_values import RequestUsage as RequestUsage
from copilot.desktop.view_values import Turn as Turn
from copilot.desktop.view_values import ViewState as ViewState
from copilot.vocabulary import events as e
from copilot.vocabulary.bare import whole
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.shelved import Shelved
from copilot.vocabulary.values import Project

LOG_ROWS = 2_000
"""Rows of the log panel; the file in `logs/` has them all."""

FAILURES = 50
"""Commands that could not be done, of which panels still show why."""


def apply(state: ViewState, event: e.Event) -> ViewState:
    """The state after one more event. An event that the window does not know leaves a row in the log."""
    row = log_row(event)
    if row is not None:
        state = replace(state, log=(*state.log, row)[-LOG_ROWS:])
    spending = told(state.spending, event)
    if spending is not state.spending:
        state = replace(state, spending=spending)
    if isinstance(event, e.TurnEvent):
        return of_turn(state, event)
    match event:
        case e.ProjectOpened(project=project):
            return _opened(state, project)
        case e.MessageKept():
            return _message(state, event)
        case e.ContextBuilt():
            return replace(state, context=event)
        case e.RequestPreviewed():
            return replace(state, preview=event)
        case e.Notice(text=words):  # what is told again is told once
            others = tuple(one for one in state.notices if one.text != words)
            return replace(state, notices=(*others, event))
        case e.ModelsListed(provider=provider, base_url=url):
            others = tuple(one for one in state.models if (one.provider, one.base_url) != (provider, url))
            return replace(state, models=(*others, event))
        case e.WorkerStopped():
            return replace(state, stopped=True, turns=(), approvals=())
        case _:
            return _answered(state, event)


def stopping(state: ViewState, turn_id: str = "") -> ViewState:
    """The state after the person asked to stop a turn (that of the branch that is shown, where none is
    named): no event, but to be seen at once."""
    shown = state.turn.turn_id if state.turn is not None else ""
    return phased(state, turn_id or shown, "stopping")


def choosing(state: ViewState, change: Choosing) -> ViewState:
    """The state after the person changed the chosen files: to be seen before the worker has done it."""
    return replace(state, choosing=listing.sent(state.choosing, change))


def dismissed(state: ViewState) -> ViewState:
    """The state after the person read the notices."""
    return replace(state, notices=())


def _opened(state: ViewState, project: Project) -> ViewState:
    found = calls_of([m for m in project.discussion.messages.tail if not isinstance(m, Shelved)])
    return replace(
        state,
        project=project,
        paths=Paths(project.discussion),
        calls=with_known(state.calls, found),
        endings=(),
        queues=(),
        preview=None,
        checks=(),
        prunings=(),
        drafted=None,
        undo="",
    )


def _message(state: ViewState, event: e.MessageKept) -> ViewState:
    if state.project is None:
        return state
    discussion, paths = state.paths.kept(event.branch, event.message)
    state = replace(state, project=replace(state.project, discussion=discussion), paths=paths)
    turn = state.turn_on(event.branch)
    if turn is None or event.message.role != "assistant":
        return state
    return changed(state, turn.turn_id, Turn.silent)


def _answered(state: ViewState, event: e.Event) -> ViewState:
    """The state after what answers a command."""
    match event:
        case e.ProjectChanged(request_id=request_id):
            return replace(_project(state, event), choosing=listing.kept(state.choosing, request_id))
        case e.CommandFailed(request_id=request_id):
            failures = (*state.failures, event)[-FAILURES:]
            return replace(state, choosing=listing.failed(state.choosing, request_id), failures=failures)
        case e.CompactDrafted():
            return replace(state, drafted=event)
        case e.RuleProposed():
            return replace(state, proposed=event)
        case e.RuleAdded():
            return replace(state, added=event)
        case e.TrustAsked():
            return replace(state, trust=event)
        case e.RunChanged():
            return replace(state, runs=heard(state.runs, event))
        case e.FilesListed():
            files = listing.listed(state.listing, event)
            return replace(state, listing=files, choosing=listing.shown(state.choosing))
        case e.FilesChanged():
            return replace(state, listing=listing.changed(state.listing, event))
        case _:
            return state


def _project(state: ViewState, event: e.ProjectChanged) -> ViewState:
    before = state.project.discussion.messages if state.project is not None else Messages()
    project = whole(event, before).project
    names = {branch.name for branch in project.discussion.branches}

    def there(one: OfBranch) -> bool:
        return one.branch in names

    return replace(
        state,
        project=project,
        paths=state.paths.changed(project.discussion),
        endings=tuple(filter(there, state.endings)),
        prunings=tuple(filter(there, state.prunings)),
        checks=tuple(filter(there, state.checks)),
        queues=tuple(filter(there, state.queues)),
        undo=event.undo,
    )
