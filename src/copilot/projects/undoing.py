"""Taking back what was done to branches and messages, as far as nothing has come since. Pure functions."""

from copilot.projects.branching import renamed
from copilot.vocabulary.commands import (
    DeleteBranch,
    DeleteMessages,
    EditMessage,
    ForkBranch,
    MergeNote,
    Regenerate,
    RenameBranch,
    RestoreTo,
)
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Branch, Discussion

Undoable = (
    ForkBranch
    | RenameBranch
    | DeleteBranch
    | EditMessage
    | DeleteMessages
    | MergeNote
    | Regenerate
    | RestoreTo
)


@frozen
class Step:
    """One change, with the branches before and after it."""

    command: Undoable
    before: tuple[Branch, ...]
    after: tuple[Branch, ...]
    active_before: str
    active_after: str

    @property
    def words(self) -> str:
        """What it did, behind the word "Undo"."""
        match self.command:
            case ForkBranch(name=name):
                return f"making {name}"
            case RenameBranch(name=name, to=to):
                return f"renaming {name} to {to}"
            case DeleteBranch(name=name):
                return f"deleting {name}"
            case EditMessage(branch=branch):
                return f"editing a message on {branch}"
            case DeleteMessages(branch=branch, messages=messages):
                some = "a message" if len(messages) == 1 else f"{len(messages)} messages"
                return f"deleting {some} on {branch}"
            case MergeNote(branch=branch):
                return f"the note on {branch}"
            case Regenerate(branch=branch):
                return f"asking again on {branch}"
            case RestoreTo(branch=branch):
                return f"going back on {branch}"

    @property
    def touched(self) -> frozenset[str]:
        """The names of branches that differ."""
        before, after = _tips(self.before), _tips(self.after)
        return frozenset(name for name in (*before, *after) if before.get(name, "") != after.get(name, ""))


def step(command: Undoable, before: Discussion, after: Discussion) -> Step:
    """What a command did."""
    return Step(
        command=command,
        before=before.branches,
        after=after.branches,
        active_before=before.active,
        active_after=after.active,
    )


def undone(now: Discussion, step: Step) -> Discussion:
    """The discussion without what the step did. Raises ProjectError where something has come since."""
    if isinstance(step.command, RenameBranch):
        return renamed(now, step.command.to, step.command.name)
    before, after, tips = _tips(step.before), _tips(step.after), _tips(now.branches)
    for name in step.touched:
        if tips.get(name, "") != after.get(name, ""):
            raise ProjectError(
                f"{step.words} cannot be undone: the branch {name!r} has changed since",
                "Delete or edit what came since, or switch to another branch.",
            )
    branches = [
        replace(one, tip=before[one.name]) if one.name in step.touched else one
        for one in now.branches
        if one.name not in step.touched or one.name in before
    ]
    for at, one in enumerate(step.before):
        if one.name not in tips and one.name in step.touched:
            branches.insert(at, one)
    names = {one.name for one in branches}
    back = now.active == step.active_after or now.active not in names
    active = step.active_before if back and step.active_before in names else now.active
    return replace(now, branches=tuple(branches), active=active if active in names else branches[0].name)


def _tips(branches: tuple[Branch, ...]) -> dict[str, str | None]:
    return {branch.name: branch.tip for branch in branches}
