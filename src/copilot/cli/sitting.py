"""A sitting with one question: start the worker, take one turn, close the desk. For `ask` and `tour`."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from copilot.cli import ask_branch, opening, streams, turns
from copilot.cli.always import Always
from copilot.cli.approve import Approver, Person
from copilot.cli.enter_key import EnterKey
from copilot.cli.interrupts import Interrupts
from copilot.cli.paint import Paint
from copilot.cli.previews import Previewer
from copilot.cli.world import Ending, World, exit_code
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.commands import CancelTurn, Command, RunTurn
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.recorded_calls import RecordedCall
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import FileChoice, Project

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk
    from copilot.workspace.attaching import Attached

Beside = Callable[[Command, str], Event]


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


@frozen
class Question:
    """What is asked, and what holds for this one turn only.

    `branch`, `go_on` and an empty `prompt` as `ask_branch.place_for` has them. `max_cost` is in USD. `rules`
    come beside the person's own, `files` beside the project's; `attached` goes with the message. A turn that
    `resumes`, and `recorded` calls, are as `RunTurn` has them. `called`: the prompt may be `/name arguments`.
    """

    prompt: str
    policy: ApprovalPolicy
    branch: str = ""
    go_on: bool = False
    max_rounds: int | None = None
    max_cost: float | None = None
    rules: tuple[PolicyRule, ...] = ()
    files: tuple[FileChoice, ...] = ()
    called: bool = False
    attached: "tuple[Attached, ...]" = ()
    resumes: bool = False
    recorded: tuple[RecordedCall, ...] = ()


def ask_once(desk: "Desk", front: Front, question: Question) -> int:
    """One turn on a branch, then close the desk. Returns the exit code.

    Raises ProjectError where there is no such branch, ConfigError for a rule that means nothing.
    """
    world = front.world
    turn_id = world.new_id()
    reader = turns.Reader(desk.worker, front.show)
    ending = Ending(failed=True)
    with Interrupts(lambda: desk.worker.submit(CancelTurn(turn_id=turn_id))) as interrupts:
        asks = approver(front, partial(turns.beside, reader), interrupts)
        if not ask_trust(desk, front, interrupts):
            opening.close_desk(desk)
            return exit_code(Ending(interrupted=True))
        desk.worker.start(queue=False)
        try:
            _use_rules(desk, question.rules)
            place = ask_branch.place_for(
                reader, world, question.prompt, named=question.branch, go_on=question.go_on
            )
            turn = RunTurn(
                turn_id=turn_id,
                project=_for_this_turn(place.project, question),
                branch=place.branch,
                user_message=place.prompt,
                model=desk.model,
                policy=question.policy,
                attachments=_waiting(desk, question.attached),
                resumes=question.resumes,
                recorded=question.recorded,
                calls=question.called,
            )
            keys = EnterKey(front.person.read) if front.person is not None else None
            ending = turns.run_turn(reader, turn, asks.ask, keys)
            ask_branch.leave(reader, place, world)
        finally:
            opening.close_desk(desk)
            reader.rest()
    if reader.trouble is not None:
        streams.give_up(reader.trouble, world.stdout, world.stderr)
    return exit_code(replace(ending, interrupted=ending.interrupted or interrupts.count > 0))


def _use_rules(desk: "Desk", rules: tuple[PolicyRule, ...]) -> None:
    """Let these count beside the person's own. Raises ConfigError for one that would not be used."""
    for rule in rules:
        if why := desk.kit.rules.flaw(rule, desk.store.project):
            raise ConfigError(f"{visible(rule.name, keep='')} cannot be used: {why}", "copilot ask --help")
        desk.kit.rules.add(rule)


def _for_this_turn(project: Project, question: Question) -> Project:
    """The project as this turn has it; the store's stays as it is."""
    limits = project.limits
    if question.max_rounds is not None:
        limits = replace(limits, max_tool_rounds=question.max_rounds)
    return replace(
        project,
        limits=limits,
        caps=project.caps.lowered(Caps(turn_usd=question.max_cost)),
        files=(*project.files, *question.files),
    )


def approver(front: Front, beside: Beside, interrupts: Interrupts) -> Approver:
    """What asks the person while a turn waits for them. `beside` is as `turns.beside`."""
    world = front.world
    return Approver(
        person=front.person or Person(read=world.stdin, write=world.stderr),
        paint=front.paint,
        environ=world.environ,
        interrupts=interrupts,
        tells=front.for_programs,
        always=Always(done=beside, new_id=world.new_id, paint=front.paint),
        previewer=Previewer(done=beside, paint=front.paint, tells=front.for_programs),
    )


def ask_trust(desk: "Desk", front: Front, interrupts: Interrupts) -> bool:
    """Show the person what of the project waits to be trusted. False where a signal ended that."""
    trust, project = desk.kit.trust, desk.store.project
    asked: set[str] = set()
    while front.person is not None:
        if not _heard_servers(desk, front, interrupts):
            return False
        waiting = [o for o in trust.items(project) if o.state == "asked" and o.sha256 not in asked]
        if not waiting:
            break
        from copilot.cli.trusting import TrustAsker  # most projects bring nothing along

        asker = TrustAsker(
            person=front.person,
            paint=front.paint,
            interrupts=interrupts,
            answer=lambda sha256, said: trust.answer(project, (sha256,), said),
        )
        if not asker.ask(waiting):
            return False
        asked.update(one.sha256 for one in waiting)  # servers that are trusted now say more
    return True


def _heard_servers(desk: "Desk", front: Front, interrupts: Interrupts) -> bool:
    """Hear what servers say of their tools, to be asked about. False where a signal ended that."""

    def warn(words: str) -> None:
        front.world.stderr.write(f"! {visible(words, keep='')}\n")

    try:
        with interrupts.asking():
            if desk.kit.outside is not None:
                desk.kit.outside.tools(desk.store.project, lambda: False, warn)
    except KeyboardInterrupt:
        return False
    return True


def _waiting(desk: "Desk", attached: "tuple[Attached, ...]") -> tuple[Attachment, ...]:
    """What a turn is told of the files; their bytes wait in the home for it. Raises StorageError."""
    waiting = desk.kit.attachments.waiting
    for one in attached:
        waiting.keep(one.part, one.data)
    waiting.forget_oldest()
    return tuple(one.part for one in attached)
