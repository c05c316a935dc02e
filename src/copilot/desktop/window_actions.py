"""What is done by the window itself rather than by one of its panels, by name."""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.assisting import assistant_action
from copilot.desktop.controller import Controller
from copilot.desktop.widgets import Action
from copilot.desktop.workbench import Workbench


def window_actions(
    control: Controller, bench: Callable[[], Workbench], reset_layout: Action, close: Action, *, tab: bool
) -> tuple[NamedAction, ...]:
    """In the order of the menus. `bench` gives the workbench once it is made; `tab` says whether Ctrl+Tab is
    ours to use.
    """

    def running() -> bool:
        return control.state.turn is not None

    return (
        NamedAction(
            name="project.open",
            title="Projects: open, new, copy, put away…",
            run=lambda: bench().open_projects(),
            keys="Ctrl+O",
            group="Session",
            words="recent archive clone folder switch",
        ),
        NamedAction(
            name="turn.stop",
            title="Stop the turn",
            run=control.stop,
            keys="Escape",
            group="Session",
            enabled=running,
        ),
        NamedAction(
            name="context.write", title="Write the context now", run=control.build_context, group="Session"
        ),
        NamedAction(
            name="message.attach",
            title="Attach an image or a PDF…",
            run=lambda: bench().attach.open(),
            group="Edit",
        ),
        assistant_action(control, bench),
        NamedAction(
            name="branch.sum_up",
            title="Sum up the earlier messages…",
            run=lambda: bench().compact.open(),
            group="Branch",
        ),
        NamedAction(
            name="model.choose",
            title="All models, with windows and prices…",
            run=lambda: bench().models.open(),
            group="Model",
        ),
        *_view(bench, reset_layout, tab=tab),
        NamedAction(name="window.close", title="Close", run=close, keys="Ctrl+Q", group="Session"),
    )


def _view(bench: Callable[[], Workbench], reset_layout: Action, *, tab: bool) -> tuple[NamedAction, ...]:
    """Going around the panels, and where they are."""
    return (
        NamedAction(
            name="panel.next",
            title="Go to the next panel",
            run=lambda: bench().step(1),
            keys="Ctrl+Tab" if tab else "",
            group="View",
            words="focus cycle",
        ),
        NamedAction(
            name="panel.previous",
            title="Go to the panel before",
            run=lambda: bench().step(-1),
            keys="Ctrl+Shift+Tab" if tab else "",
            words="focus cycle back",
        ),
        NamedAction(name="layout.reset", title="Reset the layout", run=reset_layout, group="View"),
    )
