"""Asking one of the person's assistants: chosen by name, it works on a branch of its own from here on."""

from collections.abc import Callable, Sequence

from copilot.desktop.action_table import NamedAction
from copilot.desktop.controller import Controller
from copilot.desktop.panels.chooser import Choice, Question
from copilot.desktop.text import one_line
from copilot.desktop.widgets import Icon
from copilot.desktop.workbench import Workbench
from copilot.vocabulary.assistants import Assistant

NONE_YET = "There are none yet. In a terminal: copilot assistants create reviewer"


def assistant_action(control: Controller, bench: Callable[[], Workbench]) -> NamedAction:
    """What stands in the composer goes to the one that is chosen. `bench` as in `window_actions`."""

    def ask(one: Assistant) -> None:
        words = bench().composer.draft
        if control.ask_assistant(one, words) and words == bench().composer.draft:
            bench().composer.insert("")

    def choices() -> Sequence[Choice]:
        return [_choice(one, lambda one=one: ask(one)) for one in control.assistants]

    def question() -> Question:
        there = bool(control.assistants)
        return Question(
            hint="Send the message to which assistant?",
            choices=choices,
            icon=Icon.PERSON,
            nothing="No assistant has these letters." if there else NONE_YET,
            foot="It answers on a branch of its own that goes on from here, at its own cost",
        )

    return NamedAction(
        name="branch.assistant",
        title="Ask an assistant…",
        run=lambda: bench().chooser.open(question()),
        group="Branch",
        enabled=lambda: bool(bench().composer.draft.strip()) and control.state.project is not None,
        why="nothing is written yet",
        words="profile agent hand over delegate several",
    )


def _choice(one: Assistant, run: Callable[[], None]) -> Choice:
    tools = "" if one.tools is None else "no tools" if not one.tools else f"tools: {', '.join(one.tools)}"
    origin = "of this folder" if one.project else ""
    note = " · ".join(filter(None, (origin, one.about, one.model or one.provider, tools)))
    return Choice(title=one.name, run=run, icon=Icon.PERSON, note=one_line(note, 60), words=one.about)
