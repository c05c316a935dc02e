"""What a person's commands do to a project: files, prompt, branches. Pure functions over the value."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from copilot.vocabulary.commands import (
    ChooseFiles,
    ForkBranch,
    PutBack,
    Release,
    SetBudget,
    SetSystemPrompt,
    SwitchBranch,
)
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.messages import Branch, Discussion
from copilot.vocabulary.values import STANDINGS, Project, Standing

Change = ChooseFiles | SetBudget | ForkBranch | SwitchBranch | SetSystemPrompt | PutBack | Release


def changed(project: Project, command: Change) -> Project:
    """The project after a command. Raises ProjectError for a branch that is missing, or already there, and
    for messages that are not on the branch."""
    match command:
        case ChooseFiles(files=files):
            return replace(project, files=files)
        case SetBudget(max_context_tokens=tokens, rank=rank):
            limits = replace(project.limits, max_context_tokens=max(tokens, 1))
            return replace(project, limits=limits, rank=whole_rank(rank))
        case SetSystemPrompt(text=text):
            return replace(project, system_prompt=text)
        case SwitchBranch(name=name):
            _known(project, name)
            return replace(project, discussion=replace(project.discussion, active=name))
        case ForkBranch(name=name, at=at):
            return replace(project, discussion=forked(project.discussion, name, at))
        case PutBack(branch=branch, messages=messages):
            on_branch(project, branch, messages)
            held = tuple(dict.fromkeys((*project.discussion.held, *messages)))
            return replace(project, discussion=replace(project.discussion, held=held))
        case Release(branch=branch, messages=messages):
            _known(project, branch)
            held = tuple(name for name in project.discussion.held if name not in messages)
            return replace(project, discussion=replace(project.discussion, held=held))
        case _:
            assert_never(command)


def on_branch(project: Project, branch: str, messages: Iterable[str]) -> None:
    """Raises ProjectError for a branch that is missing, or a message that is not on it."""
    _known(project, branch)
    there = {message.id for message in project.discussion.path(branch)}
    for name in messages:
        if name not in there:
            raise ProjectError(f"there is no message {name!r} on the branch {branch!r}")


def whole_rank(rank: Iterable[Standing]) -> tuple[Standing, ...]:
    """Each standing once: those of `rank` in their order, then the others in the usual one."""
    return tuple(dict.fromkeys((*rank, *STANDINGS)))


def forked(discussion: Discussion, name: str, at: str | None) -> Discussion:
    """The discussion with a new active branch `name` whose tip is message `at`."""
    if not name.strip() or any(branch.name == name for branch in discussion.branches):
        raise ProjectError(f"a branch named {name!r} cannot be made", "Choose a name that is not in use.")
    if at is not None and all(message.id != at for message in discussion.messages):
        raise ProjectError(f"there is no message {at!r} to branch from")
    branches = (*discussion.branches, Branch(name=name, tip=at))
    return replace(discussion, branches=branches, active=name)


def _known(project: Project, name: str) -> None:
    if all(branch.name != name for branch in project.discussion.branches):
        raise ProjectError(f"there is no branch named {name!r}")
