"""A sitting with one question: start the worker, take one turn, close the desk. For `ask` and `tour`."""

from typing import TYPE_CHECKING

from copilot.cli import opening, streams, turns
from copilot.cli.always import Always
from copilot.cli.approve import Approver, Person
from copilot.cli.enter_key import EnterKey
from copilot.cli.interrupts import Interrupts
from copilot.cli.paint import Paint
from copilot.cli.previews import Previewer
from copilot.cli.world import Ending, World, exit_code
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import CancelTurn, ForkBranch, RunTurn, SwitchBranch
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import ProjectChanged, ProjectOpened
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Attachment, rest_of
from copilot.vocabulary.values import Project

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk
    from copilot.workspace.attaching import Attached


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
    desk: "Desk",
    front: Front,
    prompt: str,
    policy: ApprovalPolicy,
    *,
    max_rounds: int | None = None,
    go_on: bool = False,
    attached: "tuple[Attached, ...]" = (),
) -> int:
    """One turn on a branch of its own, then close the desk. Returns the exit code.

    With `go_on` it is a turn on the branch whose last turn has no end, and `prompt` counts for nothing.
    Raises ProjectError where there is none.
    """
    world = front.world
    turn_id = world.new_id()
    reader = turns.Reader(desk.worker, front.show)
    ending = Ending(failed=True)
    with Interrupts(lambda: desk.worker.submit(CancelTurn(turn_id=turn_id))) as interrupts:
        approver = _approver(front, reader, interrupts)
        if not ask_trust(desk, front, interrupts):
            opening.close_desk(desk)
            return exit_code(Ending(interrupted=True))
        desk.worker.start(queue=False)
        try:
            project, branch, prompt = _without_end(reader) if go_on else (*_own_branch(reader, world), prompt)
            turn = RunTurn(
                turn_id=turn_id,
                project=_limited(project, max_rounds),
                branch=branch,
                user_message=prompt,
                model=desk.model,
                policy=policy,
                attachments=_waiting(desk, attached),
            )
            keys = EnterKey(front.person.read) if front.person is not None else None
            ending = turns.run_turn(reader, turn, approver.ask, keys)
            _back_to(reader, project, branch, world)
        finally:
            opening.close_desk(desk)
            reader.rest()
    if reader.trouble is not None:
        streams.give_up(reader.trouble, world.stdout, world.stderr)
    return exit_code(replace(ending, interrupted=ending.interrupted or interrupts.count > 0))


def _approver(front: Front, reader: turns.Reader, interrupts: Interrupts) -> Approver:
    """What asks the person while a turn waits for them."""
    world = front.world
    return Approver(
        person=front.person or Person(read=world.stdin, write=world.stderr),
        paint=front.paint,
        environ=world.environ,
        interrupts=interrupts,
        tells=front.for_programs,
        always=Always(
            done=lambda command, request_id: turns.beside(reader, command, request_id),
            new_id=world.new_id,
            paint=front.paint,
        ),
        previewer=Previewer(
            done=lambda command, request_id: turns.beside(reader, command, request_id),
            paint=front.paint,
            tells=front.for_programs,
        ),
    )


def ask_trust(desk: "Desk", front: Front, interrupts: Interrupts) -> bool:
    """Show the person what of the project waits to be trusted. False where a signal ended that."""
    trust, project = desk.kit.trust, desk.store.project
    waiting = [one for one in trust.items(project) if one.state == "asked"]
    if not waiting or front.person is None:
        return True
    from copilot.cli.trusting import TrustAsker  # most projects bring nothing along

    asker = TrustAsker(
        person=front.person,
        paint=front.paint,
        interrupts=interrupts,
        answer=lambda sha256, said: trust.answer(project, (sha256,), said),
    )
    return asker.ask(waiting)


def _waiting(desk: "Desk", attached: "tuple[Attached, ...]") -> tuple[Attachment, ...]:
    """What a turn is told of the files; their bytes wait in the home for it. Raises StorageError."""
    waiting = desk.kit.attachments.waiting
    for one in attached:
        waiting.keep(one.part, one.data)
    waiting.forget_oldest()
    return tuple(one.part for one in attached)


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


def _without_end(reader: turns.Reader) -> tuple[Project, str, str]:
    """The opened project, the branch whose last turn is the newest without an end, what asks for its rest.

    An answer was cut off, or the program was killed before the model saw what its tools gave.
    """
    while not isinstance(event := reader.next(), ProjectOpened):
        pass
    discussion = event.project.discussion
    tips = {branch.tip: branch.name for branch in discussion.branches}
    found = [
        (message, rest)
        for message in discussion.messages
        if message.id in tips and (rest := rest_of((message,)))
    ]
    if not found:
        raise ProjectError("no answer of this project was cut off at its end", "Ask something instead.")
    newest, rest = max(found, key=lambda one: one[0].at)
    return event.project, tips[newest.id], rest


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
