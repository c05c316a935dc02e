"""A sitting with one question: start the worker, take one turn, close the desk. For `ask` and `tour`."""

from dataclasses import replace
from typing import TYPE_CHECKING

from copilot.cli import opening, streams, turns
from copilot.cli.approve import Approver, Person
from copilot.cli.interrupts import Interrupts
from copilot.cli.paint import Paint
from copilot.cli.world import Ending, World, exit_code
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import CancelTurn, ForkBranch, RunTurn, SwitchBranch
from copilot.vocabulary.events import ProjectChanged, ProjectOpened
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import Project

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk


@frozen
class Front:
    """Where a turn is shown and who is asked. `person` is None where nobody can answer.

    `for_programs` says that `show` writes for a program: the person is then told by whoever asks.
    """

    world: World
    paint: Paint
    person: Person | None
    show: turns.Show
    for_programs: bool = False


def ask_once(
    desk: "Desk", front: Front, prompt: str, policy: ApprovalPolicy, *, max_rounds: int | None = None
) -> int:
    """One turn on a branch of its own, then close the desk. Returns the exit code."""
    world = front.world
    turn_id = world.new_id()
    reader = turns.Reader(desk.worker, front.show)
    ending = Ending(failed=True)
    with Interrupts(lambda: desk.worker.submit(CancelTurn(turn_id=turn_id))) as interrupts:
        person = front.person or Person(read=world.stdin, write=world.stderr)
        approver = Approver(
            person=person,
            paint=front.paint,
            environ=world.environ,
            interrupts=interrupts,
            tells=front.for_programs,
        )
        desk.worker.start()
        try:
            project, branch = _own_branch(reader, world)
            turn = RunTurn(
                turn_id=turn_id,
                project=_limited(project, max_rounds),
                branch=branch,
                user_message=prompt,
                model=desk.model,
                policy=policy,
            )
            ending = turns.run_turn(reader, turn, approver.ask)
            _back_to(reader, project, branch, world)
        finally:
            opening.close_desk(desk)
            reader.rest()
    if reader.trouble is not None:
        streams.give_up(reader.trouble, world.stdout, world.stderr)
    return exit_code(replace(ending, interrupted=ending.interrupted or interrupts.count > 0))


def free_branch(project: Project) -> str:
    """The first of `ask-1`, `ask-2`, … that is not in use."""
    names = {branch.name for branch in project.discussion.branches}
    number = 1
    while f"ask-{number}" in names:
        number += 1
    return f"ask-{number}"


def _own_branch(reader: turns.Reader, world: World) -> tuple[Project, str]:
    """The opened project and the branch for the question: a question does not go on with an earlier one.

    The project is as it was before that branch was made, but for the branch: its active one is unchanged.
    """
    while not isinstance(event := reader.next(), ProjectOpened):
        pass
    project = event.project
    active = project.discussion.active
    if project.discussion.tip(active) is None:
        return project, active
    name = free_branch(project)
    request = world.new_id()
    answer = turns.done(reader, ForkBranch(request_id=request, name=name, at=None), request)
    if not isinstance(answer, ProjectChanged):
        return project, active
    return replace(answer.project, discussion=replace(answer.project.discussion, active=active)), name


def _back_to(reader: turns.Reader, project: Project, branch: str, world: World) -> None:
    """Leave the window's branch where it was."""
    active = project.discussion.active
    if branch != active:
        request = world.new_id()
        turns.done(reader, SwitchBranch(request_id=request, name=active), request)


def _limited(project: Project, max_rounds: int | None) -> Project:
    if max_rounds is None:
        return project
    return replace(project, limits=replace(project.limits, max_tool_rounds=max_rounds))
