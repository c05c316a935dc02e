"""What can be done in the context panel, by name."""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.panels.context_views import MODES, Mode
from copilot.desktop.panels.file_menu import ENTRIES
from copilot.desktop.widgets import Action
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import View


@frozen
class ContextWays:
    """What the panel can do. `shown`: there is a request; `on_file`: one of its files is the chosen part."""

    shown: Callable[[], bool]
    on_file: Callable[[], bool]
    counting: Callable[[], bool]
    mode: Callable[[Mode], None]
    resize: Action
    refresh: Action
    count: Action
    raw: Action
    part: Callable[[int], None]
    view: Callable[[View], None]
    pin: Action
    budget: Action
    line: Callable[[int], None]
    move: Callable[[int], None]
    bring_back: Action


def context_actions(ways: ContextWays) -> tuple[NamedAction, ...]:
    """In the order of the palette."""
    nothing = "there is no request to look at yet"

    def mode(name: Mode) -> Action:
        return lambda: ways.mode(name)

    def viewer(view: View) -> Action:
        return lambda: ways.view(view)

    def seen(name: str, title: str, run: Action, words: str = "") -> NamedAction:
        return NamedAction(
            name=f"context.{name}", title=title, run=run, enabled=ways.shown, why=nothing, words=words
        )

    def of_file(name: str, title: str, run: Action) -> NamedAction:
        why = "the chosen part of the request is no file"
        return NamedAction(name=f"context.{name}", title=title, run=run, enabled=ways.on_file, why=why)

    return (
        *(seen(name, f"Context as {label.lower()}", mode(name), tip) for name, label, tip in MODES),
        NamedAction(
            name="context.large",
            title="Context large, or back in its place",
            run=ways.resize,
            keys="F6",
            group="View",
        ),
        seen("refresh", "Context: make the preview anew", ways.refresh),
        NamedAction(
            name="context.count",
            title="Context: have the provider count it exactly, or stop that",
            run=ways.count,
            enabled=lambda: ways.shown() or ways.counting(),
            why=nothing,
            words="tokens",
        ),
        seen("raw", "Context: the bytes as they are sent", ways.raw),
        seen("part_next", "Context: the next part", lambda: ways.part(1)),
        seen("part_before", "Context: the part before", lambda: ways.part(-1)),
        *(
            of_file(f"file_{view}", f"Chosen part: {label.lower()}", viewer(view))
            for view, label, _ in ENTRIES
        ),
        of_file("file_pin", "Chosen part: pin it, or take the pin off", ways.pin),
        seen("set_budget", "Budget: write another number of tokens", ways.budget, "context limit"),
        seen("budget_next", "Budget: mark the next line", lambda: ways.line(1)),
        seen("budget_before", "Budget: mark the line before", lambda: ways.line(-1)),
        seen("sooner", "Budget: the marked line sooner", lambda: ways.move(-1), "order rank"),
        seen("later", "Budget: the marked line later", lambda: ways.move(1), "order rank"),
        seen("bring_back", "Budget: bring the marked file back", ways.bring_back, "pin stepped down"),
    )
