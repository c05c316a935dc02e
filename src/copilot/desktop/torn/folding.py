"""The state of a torn-off panel: what the window tells, folded as the window itself folds it."""

from dataclasses import replace

from copilot.desktop.torn.messages import Happened, Patched, Snapshot, ToPanel
from copilot.desktop.view_state import ViewState, apply
from copilot.vocabulary.bare import whole
from copilot.vocabulary.events import ProjectChanged


def folded(state: ViewState, message: ToPanel) -> ViewState:
    """The state after one more message; the same one where the message tells nothing of it."""
    match message:
        case Snapshot(state=state):
            return state
        case Happened(event=ProjectChanged() as event):
            had = state.project.discussion.messages if state.project is not None else ()
            return apply(state, whole(event, had))
        case Happened(event=event):
            return apply(state, event)
        case Patched(names=names, state=parts):
            return replace(state, **{name: getattr(parts, name) for name in names})
        case _:
            return state
