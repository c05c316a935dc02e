"""On which branch `copilot ask` asks: one of its own, one that is named, or the newest."""

from copilot.cli import turns
from copilot.cli.world import World
from copilot.vocabulary.commands import ForkBranch, SwitchBranch
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import CommandFailed, ProjectChanged, ProjectOpened, WorkerStopped
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Message, rest_of
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import Project


@frozen
class Place:
    """Where a question is asked: the project, one of its branches, the message. `made`: for this question."""

    project: Project
    branch: str
    prompt: str
    made: bool = False


def place_for(reader: turns.Reader, world: World, prompt: str, *, named: str, go_on: bool) -> Place:
    """The place for `prompt` in the project that the worker opens.

    With neither a new branch: a question does not go on with an earlier one. `named` is a branch, begun where
    there is none. With `go_on` it is there already, by default the one with the newest message; an empty
    `prompt` asks for the rest of the newest turn without an end. Raises ProjectError.
    """
    project = _opened(reader)
    if go_on:
        branch, message = _newest(project, named, without_end=not prompt)
        return Place(project=project, branch=branch, prompt=prompt or rest_of((message,)))
    if named:
        return _named(reader, world, project, named, prompt)
    active = project.discussion.active
    if project.discussion.tip(active) is None:
        return Place(project=project, branch=active, prompt=prompt)
    return _begun(reader, world, project, free_branch(project), prompt)


def leave(reader: turns.Reader, place: Place, world: World) -> None:
    """Leave the window's branch where it was."""
    active = place.project.discussion.active
    if place.made and place.branch != active:
        request = world.new_id()
        turns.done(reader, SwitchBranch(request_id=request, name=active), request)


def free_branch(project: Project) -> str:
    """The first of `ask-1`, `ask-2`, … that is not in use."""
    names = {branch.name for branch in project.discussion.branches}
    number = 1
    while f"ask-{number}" in names:
        number += 1
    return f"ask-{number}"


def _opened(reader: turns.Reader) -> Project:
    while not isinstance(event := reader.next(), ProjectOpened):
        if isinstance(event, WorkerStopped):
            raise ProjectError("the project could not be opened: the worker stopped", event.reason)
    return event.project


def _named(reader: turns.Reader, world: World, project: Project, named: str, prompt: str) -> Place:
    if any(branch.name == named for branch in project.discussion.branches):
        return Place(project=project, branch=named, prompt=prompt)
    return _begun(reader, world, project, named, prompt)


def _begun(reader: turns.Reader, world: World, project: Project, name: str, prompt: str) -> Place:
    """The project as it was before the branch was made, but for the branch: its active one is unchanged."""
    request = world.new_id()
    answer = turns.done(reader, ForkBranch(request_id=request, name=name, at=None), request)
    if isinstance(answer, CommandFailed):
        raise ProjectError(answer.message, answer.hint)
    if not isinstance(answer, ProjectChanged):
        raise ProjectError("the branch could not be begun: the worker stopped")
    discussion = replace(answer.project.discussion, active=project.discussion.active)
    changed = replace(answer.project, discussion=discussion)
    return Place(project=changed, branch=name, prompt=prompt, made=True)


def _newest(project: Project, named: str, *, without_end: bool) -> tuple[str, Message]:
    """The branch whose last message is the newest, with that message; only `named` where it is not empty.

    With `without_end` only turns count whose answer was cut off, or that were killed before the model saw
    what its tools gave.
    """
    discussion = project.discussion
    names = [branch.name for branch in discussion.branches]
    if named and named not in names:
        shown = visible(named, keep="")
        there = visible(", ".join(names), keep="")
        raise ProjectError(f"there is no branch {shown!r} in this project", f"There are: {there}.")
    tips = {b.tip: b.name for b in discussion.branches if b.tip is not None and named in ("", b.name)}
    found = [one for one in discussion.messages if one.id in tips]
    if without_end:
        found = [one for one in found if rest_of((one,))]
    if not found and without_end:
        where = f"branch {visible(named, keep='')}" if named else "this project"
        raise ProjectError(f"no answer of {where} was cut off at its end", "Ask something instead.")
    if not found:
        raise ProjectError("nothing was said here yet", "Ask without --continue.")
    newest = max(found, key=lambda one: one.at)
    return tips[newest.id], newest
