"""Layouts that the person named, as actions: save the one there is, switch, rename, delete."""

from collections.abc import Callable, Sequence

from copilot.desktop.action_table import NamedAction
from copilot.desktop.layout_shelf import LayoutShelf, name_trouble
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.viewport import Viewport
from copilot.desktop.widgets import Icon
from copilot.projects.home import Home
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.text import sentences

NONE_YET = "no layout has been saved under a name"
LATER = "The layout will be there at the next start."


def layout_actions(
    home: Home, view: Viewport, ask: Callable[[Question], None], note: Callable[[str], None]
) -> tuple[NamedAction, ...]:
    """By name, for the layouts of a home and the window that they are for."""
    shelf = LayoutShelf(home.layouts)
    return LayoutActions(shelf, view.layout_now, view.put_layout, ask, note).actions()


class LayoutActions:
    """`now` gives the layout there is, `put` puts one in place (False: at the next start), `ask` asks the
    person, `note` tells them.
    """

    def __init__(
        self,
        shelf: LayoutShelf,
        now: Callable[[], str],
        put: Callable[[str], bool],
        ask: Callable[[Question], None],
        note: Callable[[str], None],
    ) -> None:
        self._shelf, self._now, self._put = shelf, now, put
        self._ask, self._note = ask, note

    def actions(self) -> tuple[NamedAction, ...]:
        """By name."""

        def any_there() -> bool:
            return bool(self._shelf.names())

        return (
            NamedAction(
                name="layout.switch",
                title="Switch the layout…",
                run=lambda: self._choose("Which layout?", self._switch),
                group="View",
                enabled=any_there,
                why=NONE_YET,
                words="arrangement panels docking workspace",
            ),
            NamedAction(
                name="layout.save_as",
                title="Save the layout as…",
                run=self._save_as,
                group="View",
                words="arrangement panels docking workspace name",
            ),
            NamedAction(
                name="layout.rename",
                title="Rename a layout…",
                run=lambda: self._choose("Rename which layout?", self._rename),
                enabled=any_there,
                why=NONE_YET,
            ),
            NamedAction(
                name="layout.delete",
                title="Delete a layout…",
                run=lambda: self._choose("Delete which layout?", self._delete),
                enabled=any_there,
                why=NONE_YET,
            ),
        )

    def _choose(self, hint: str, then: Callable[[str], None]) -> None:
        def choices() -> Sequence[Choice]:
            return [Choice(title=name, run=lambda name=name: then(name)) for name in self._shelf.names()]

        self._ask(Question(hint=hint, choices=choices))

    def _name(self, hint: str, words: str, then: Callable[[str], None], first: str = "") -> None:
        """Ask for a name; `words` say what becomes of it."""

        def typed(name: str) -> Choice:
            return Choice(
                title=f"{words} {name.strip()}",
                run=lambda: then(name),
                why=name_trouble(name),
                icon=Icon.PENCIL,
            )

        question = Question(
            hint=hint, choices=no_choices, typed=typed, first=first, icon=Icon.PENCIL, nothing="Type a name."
        )
        self._ask(question)

    def _switch(self, name: str) -> None:
        def work() -> None:
            if not self._put(self._shelf.read(name)):
                self._note(LATER)

        self._guarded(work)

    def _save_as(self) -> None:
        def typed(name: str) -> Choice:
            there = name.strip().casefold() in {one.casefold() for one in self._shelf.names()}
            return Choice(
                title=f"{'Replace' if there else 'Save as'} {name.strip()}",
                run=lambda: self._keep(name),
                why=name_trouble(name),
                icon=Icon.PENCIL,
            )

        def choices() -> Sequence[Choice]:
            return [
                Choice(title=name, run=lambda name=name: self._keep(name), note="replace it")
                for name in self._shelf.names()
            ]

        self._ask(
            Question(
                hint="A name for the layout as it is now",
                choices=choices,
                typed=typed,
                icon=Icon.PENCIL,
                nothing="Type a name.",
            )
        )

    def _keep(self, name: str) -> None:
        self._guarded(lambda: self._shelf.keep(name, self._now()))

    def _rename(self, name: str) -> None:
        self._name(
            "Its new name",
            f"Rename {name} to",
            lambda to: self._guarded(lambda: self._shelf.rename(name, to)),
            name,
        )

    def _delete(self, name: str) -> None:
        self._guarded(lambda: self._shelf.delete(name))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except CopilotError as error:
            self._note(sentences(str(error), error.hint))
