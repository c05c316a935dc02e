"""What is done by the window itself rather than by one of its panels, by name."""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.controller import Controller
from copilot.desktop.widgets import Action
from copilot.desktop.workbench import Workbench


def window_actions(
    control: Controller, bench: Callable[[], Workbench], reset_layout: Action, close: Action
) -> tuple[NamedAction, ...]:
    """In the order of the menus. `bench` gives the workbench once it is made."""

    def running() -> bool:
        return control.state.turn is not None

    return (
        NamedAction(
            name="project.open",
            title="Projects: open, new, copy, put away…",
            run=lambda: bench().projects.open(),
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
        NamedAction(name="layout.reset", title="Reset the layout", run=reset_layout, group="View"),
        NamedAction(name="window.close", title="Close", run=close, keys="Ctrl+Q", group="Session"),
    )
