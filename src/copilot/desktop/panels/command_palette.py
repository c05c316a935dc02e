"""The command palette: every action by name, with its chord; and the switch between branches."""

from collections.abc import Callable, Sequence

from copilot.desktop import text
from copilot.desktop.action_table import ActionTable, NamedAction
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Discussion

PALETTE = "palette.open"

_ICONS = {
    "branch": Icon.BRANCH,
    "context": Icon.CONTEXT,
    "discussion": Icon.PERSON,
    "files": Icon.FOLDER_OPEN,
    "help": Icon.INFO,
    "key": Icon.KEY,
    "log": Icon.LIST,
    "message": Icon.SEND,
    "model": Icon.MODEL,
    "project": Icon.FOLDER,
    "queue": Icon.HOURGLASS,
    "tools": Icon.TERMINAL,
    "turn": Icon.SEND,
    "usage": Icon.USAGE,
}
"""By the first part of an action's name."""


def every_action(table: ActionTable) -> Question:
    """All that can be done: what was done last comes first, what cannot be done now last."""

    def choices() -> Sequence[Choice]:
        recent = {name: place for place, name in enumerate(table.recent)}
        actions = [action for action in table if action.name != PALETTE]
        ordered = sorted(
            enumerate(actions),
            key=lambda one: (not one[1].enabled(), recent.get(one[1].name, len(recent)), one[0]),
        )
        return [_choice(table, action) for _, action in ordered]

    return Question(
        hint="What to do?", choices=choices, icon=Icon.TERMINAL, nothing="No action has these letters."
    )


def _choice(table: ActionTable, action: NamedAction) -> Choice:
    why = "" if action.enabled() else action.why or "not now"
    return Choice(
        title=action.title,
        run=lambda: table.do(action),
        icon=_ICONS.get(action.name.partition(".")[0], Icon.CHEVRON_RIGHT),
        keys=action.keys,
        words=f"{action.group or ''} {action.words}",
        why=why,
    )


@frozen
class BranchActions:
    """`switch` goes to a branch, `fork` makes one of that name from here."""

    switch: Callable[[str], None]
    fork: Callable[[str], None]


def branches(state: ViewState, last: Sequence[str], actions: BranchActions) -> Question:
    """The branches to switch to: those used last first, then as they stand; else a new one."""
    discussion = state.project.discussion if state.project is not None else Discussion(branches=())
    known = {name: place for place, name in enumerate(last)}
    others = sorted(
        (branch for branch in discussion.branches if branch.name != state.branch),
        key=lambda branch: known.get(branch.name, len(known)),
    )
    choices = tuple(
        Choice(
            title=text.one_line(branch.name, 80),
            run=lambda name=branch.name: actions.switch(name),
            icon=Icon.BRANCH,
            note=text.plural(len(state.path_of(branch.name)), "message"),
        )
        for branch in others
    )
    taken = {branch.name for branch in discussion.branches}

    def new(words: str) -> Choice | None:
        name = words.strip()
        if name in taken:
            return None
        title = f"New branch “{text.one_line(name, 60)}” from here"
        return Choice(title=title, run=lambda: actions.fork(name), icon=Icon.PLUS)

    return Question(
        hint=f"From {text.one_line(state.branch, 40)} to which branch?",
        choices=lambda: choices,
        icon=Icon.BRANCH,
        typed=new,
        nothing="No other branch fits: type a new name to begin one from here.",
    )


def new_name(state: ViewState, rename: Callable[[str], None]) -> Question:
    """What the branch that is shown is to be called."""
    names = {branch.name for branch in state.project.discussion.branches} if state.project else set[str]()

    def typed(words: str) -> Choice | None:
        name = words.strip()
        if name == state.branch:
            return None
        why = "another branch has this name" if name in names else ""
        title = f"Rename it to “{text.one_line(name, 60)}”"
        return Choice(title=title, run=lambda: rename(name), icon=Icon.PENCIL, why=why)

    return Question(
        hint="A new name",
        choices=no_choices,
        icon=Icon.PENCIL,
        typed=typed,
        first=state.branch,
        nothing=f"The branch is called {text.one_line(state.branch, 60)}: type another name.",
        foot="Enter renames, Escape leaves it as it is",
    )
