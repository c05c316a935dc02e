"""What is done from the keyboard whatever panel is in front: the palette, branches, going to panels, help."""

from collections.abc import Callable, Sequence

from copilot.desktop.action_table import ActionTable, NamedAction
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Choice, Chooser, Question
from copilot.desktop.panels.command_palette import (
    PALETTE,
    BranchActions,
    branches,
    every_action,
    new_name,
)
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon
from copilot.vocabulary.commands import ForkBranch, RenameBranch, SwitchBranch


class Reach:
    """Made once; `refresh` with every state. `own_keys` are those that panels take themselves: panel, key,
    what it does."""

    def __init__(
        self,
        table: ActionTable,
        chooser: Chooser,
        actions: Actions,
        own_keys: Callable[[], Sequence[tuple[str, str, str]]],
    ) -> None:
        self._table = table
        self._chooser = chooser
        self._actions = actions
        self._own_keys = own_keys
        self._state = ViewState()
        self._last: list[str] = []

    def refresh(self, state: ViewState) -> None:
        """Remember which branch was shown when."""
        self._state = state
        if state.branch and state.branch not in self._last[:1]:
            self._last = [state.branch, *(name for name in self._last if name != state.branch)]

    def actions(self) -> tuple[NamedAction, ...]:
        """By name."""

        def there() -> bool:
            return self._state.project is not None

        def still() -> bool:
            return there() and self._state.turn is None

        return (
            NamedAction(
                name=PALETTE,
                title="All actions…",
                run=lambda: self._chooser.open(every_action(self._table)),
                keys="Ctrl+Shift+P",
                group="Help",
                words="command palette",
            ),
            NamedAction(
                name="help.keys",
                title="All keys…",
                run=lambda: self._chooser.open(self._every_key()),
                keys="F1",
                group="Help",
                words="keyboard shortcuts chords help",
            ),
            NamedAction(
                name="branch.switch",
                title="Switch branch…",
                run=self._switch_branch,
                keys="Ctrl+K",
                group="Branch",
                enabled=there,
                why="no project is open yet",
                words="go to",
            ),
            NamedAction(
                name="branch.rename",
                title="Rename the branch…",
                run=lambda: self._chooser.open(new_name(self._state, self._rename)),
                keys="F2",
                group="Branch",
                enabled=still,
                why="not while a turn runs on it",
            ),
        )

    def _switch_branch(self) -> None:
        submit, new_id, state = self._actions.submit, self._actions.new_id, self._state
        path = state.path()
        tip = path[-1].id if path else None
        ways = BranchActions(
            switch=lambda name: submit(SwitchBranch(request_id=new_id(), name=name)),
            fork=lambda name: submit(ForkBranch(request_id=new_id(), name=name, at=tip)),
        )
        self._chooser.open(branches(state, self._last, ways))

    def _rename(self, to: str) -> None:
        command = RenameBranch(request_id=self._actions.new_id(), name=self._state.branch, to=to)
        self._actions.submit(command)

    def _every_key(self) -> Question:
        """The chords, to be read and to be done; then the keys that only one panel takes."""

        def choices() -> Sequence[Choice]:
            chords = [
                Choice(
                    title=action.title,
                    run=lambda action=action: self._table.do(action),
                    keys=action.keys,
                    words=action.words,
                    why="" if action.enabled() else action.why or "not now",
                )
                for action in self._table
                if action.keys
            ]
            own = [
                Choice(title=words, run=_nothing, keys=keys, why=f"in {panel}")
                for panel, keys, words in self._own_keys()
            ]
            return (*chords, *own)

        return Question(
            hint="All keys: type to find one",
            choices=choices,
            icon=Icon.KEY,
            foot="Enter does what is marked, Escape closes. “Give an action another key” changes them.",
        )


def _nothing() -> None:
    """For keys that are told here and taken elsewhere."""
