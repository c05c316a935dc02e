"""The state of a torn-off panel: what the window tells, folded as the window itself folds it."""

from dataclasses import replace

from copilot.desktop.paths import Paths
from copilot.desktop.torn.messages import Happened, Patched, Snapshot, ToPanel
from copilot.desktop.view_state import ViewState, apply


def folded(state: ViewState, message: ToPanel) -> ViewState:
    """The state after one more message; the same one where the message tells nothing of it."""
    match message:
        case Snapshot(state=whole):
            return _with_paths(whole)
        case Happened(event=event):
            return apply(state, event)
        case Patched(names=names, state=parts):
            patched = replace(state, **{name: getattr(parts, name) for name in names})
            return _with_paths(patched) if "project" in names else patched
        case _:
            return state


def _with_paths(state: ViewState) -> ViewState:
    """The paths through a discussion are worked out here: they do not go through the pipe."""
    return state if state.project is None else replace(state, paths=Paths(state.project.discussion))
