"""`copilot assistants run`: each on a branch and a worker of its own, and one queue of questions."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from copilot.cli import options, streams
from copilot.cli.assistants_show import Lines, Several
from copilot.cli.paint import paint_for
from copilot.cli.sitting import Front, approver, ask_trust
from copilot.cli.turns import Reader, answered
from copilot.cli.world import USAGE, Ending, World, exit_code
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.commands import CancelTurn, Command, Decide
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandFailed,
    Event,
    ProjectOpened,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.text import clean, visible

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk
    from copilot.assistants.running import SentOff
    from copilot.cli.approve import Approver

Tasks = Sequence[tuple[Assistant, str]]


def run_several(args: argparse.Namespace, world: World, words: list[str]) -> int:
    """Have them work; the exit code that the worst of their ends calls for, 2 for what makes no sense."""
    from copilot.ai.turns import MOST_TURNS
    from copilot.cli.approve import controlling_terminal, find_person
    from copilot.cli.assistants import found, known_here
    from copilot.cli.opening import open_desk

    try:
        named, piped = _named(args.each or (), words, world)
    except ValueError as error:
        world.stderr.write(f"copilot assistants run: {error}. Try: copilot assistants --help\n")
        return USAGE
    if len(named) > MOST_TURNS:
        world.stderr.write(f"copilot assistants run: at most {MOST_TURNS} run at once\n")
        return USAGE
    here = known_here(args, world)
    tasks = [(found(here, name), task) for name, task in named]
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=piped, open_terminal=controlling_terminal)
    policy = ApprovalPolicy(
        mode=args.approve or "ask",
        person=person is not None,
        dry_run=args.dry_run,
        unconfined=args.unconfined,
    )
    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    show = (
        Lines(world.stdout) if args.json else Several(world.stdout, world.stderr, paint, verbose=args.verbose)
    )
    desk = open_desk(args, world, fallback=all(one.provider for one, _ in tasks), here=True)
    front = Front(world=world, paint=paint, person=person, show=show.show, for_programs=args.json)
    return _Sitting(desk, front, show if isinstance(show, Several) else None).take(
        tasks, policy, args.max_rounds
    )


def _named(each: Sequence[str], words: list[str], world: World) -> tuple[list[tuple[str, str]], bool]:
    """Who is asked what, and whether it came through standard input. Raises ValueError, in words."""
    if each and words:
        raise ValueError("either names and one task, or a task for each with --each")
    if each:
        pairs = [one.partition("=") for one in each]
        wrong = next((name for name, _, task in pairs if not task.strip()), None)
        if wrong is not None:
            raise ValueError(f"--each {visible(wrong, keep='')!r} has no task behind a =")
        return [(name, clean(task)) for name, _, task in pairs], False
    piped = "-" in words
    *names, task = [word for word in words if word != "-"] or [""]
    told = world.stdin.read() if piped else ""
    whole = clean(f"{task}\n\n{told}" if piped else task)
    if not names or not whole.strip():
        raise ValueError("name one assistant or several, and then the task in quotes")
    return [(name, whole) for name in names], piped


class _Sitting:
    """One run of several."""

    def __init__(self, desk: "Desk", front: Front, show: Several | None) -> None:
        self._desk = desk
        self._front = front
        self._show = show
        self._reader = Reader(desk.worker, front.show)
        self._turns: set[str] = set()
        self._endings: list[Ending] = []

    def take(self, tasks: Tasks, policy: ApprovalPolicy, max_rounds: int | None) -> int:
        """All of them, to the last end; then the desk is closed."""
        from copilot.cli import opening
        from copilot.cli.interrupts import Interrupts

        desk, reader, world = self._desk, self._reader, self._front.world
        with Interrupts(self._stop) as interrupts:
            if not ask_trust(desk, self._front, interrupts):
                opening.close_desk(desk)
                return exit_code(Ending(interrupted=True))
            if self._show is not None:
                for notice in desk.notices:
                    world.stderr.write(self._front.paint.yellow(f"! {visible(notice)}") + "\n")
            desk.worker.start(queue=False)
            try:
                for one in self._plan(tasks, policy, max_rounds):
                    desk.worker.submit(one.fork)
                    desk.worker.submit(one.turn)
                if interrupts.count:
                    self._stop()
                self._until_over(approver(self._front, self._beside, interrupts), policy)
            finally:
                opening.close_desk(desk)
                reader.rest()
            interrupted = interrupts.count > 0
        if reader.trouble is not None:
            streams.give_up(reader.trouble, world.stdout, world.stderr)
        return min(
            (exit_code(replace(one, interrupted=one.interrupted or interrupted)) for one in self._endings),
            key=_WORST.index,
            default=1,
        )

    def _plan(self, tasks: Tasks, policy: ApprovalPolicy, max_rounds: int | None) -> "tuple[SentOff, ...]":
        from copilot.assistants.running import Errand, sent_off

        desk = self._desk
        while not isinstance(event := self._reader.next(), ProjectOpened):
            pass
        project = event.project
        if max_rounds is not None:
            project = replace(project, limits=replace(project.limits, max_tool_rounds=max_rounds))
        model_of = desk.kit.assistants.means.model_of
        errands = [Errand(one, task, model_of(one, desk.model)) for one, task in tasks]
        plan = sent_off(errands, project, policy, self._front.world.new_id)
        self._turns = {one.turn.turn_id for one in plan}
        if self._show is not None and len(plan) == 1:
            self._show.alone = plan[0].turn.branch
        return plan

    def _until_over(self, asks: "Approver", policy: ApprovalPolicy) -> None:
        """Read to the end of each turn that was sent off; those that they asked end before them."""
        worker, told, rejections = self._desk.worker, False, 0
        waiting = set(self._turns)
        while waiting:
            event = self._reader.next()
            if self._reader.gone and not told:
                told = True
                self._stop()
            match event:
                case ApprovalRequested(verdict="ask") if policy.person:
                    self._name(event)
                    decision = asks.ask(event)
                    if decision is not None:
                        worker.submit(Decide(decision=decision))
                case ApprovalResolved(decision="reject", by="person" | "policy" | "nobody"):
                    rejections += 1
                case TurnFinished() | TurnCancelled() | TurnFailed() if event.turn_id in waiting:
                    waiting.discard(event.turn_id)
                    self._endings.append(_ending(event))
                case CommandFailed(request_id=request_id) if request_id in waiting:
                    waiting.discard(request_id)
                    self._endings.append(Ending(failed=True))
                case WorkerStopped():
                    self._endings.append(Ending(failed=True))
                    return
                case _:
                    pass
        self._endings.append(Ending(rejections=rejections, failed=self._reader.gone))

    def _name(self, event: ApprovalRequested) -> None:
        """Say who asks: the lines above may be of several."""
        if self._front.person is not None and len(self._turns) > 1:
            self._front.person.write.write(f"{visible(event.branch, keep='')} asks:\n")

    def _stop(self) -> None:
        for turn_id in self._turns:
            self._desk.worker.submit(CancelTurn(turn_id=turn_id))

    def _beside(self, command: Command, request_id: str) -> Event:
        """What answers a command while turns wait; what ends or asks meanwhile comes once more."""
        reader = self._reader
        kept, reader.back = reader.back, ()
        reader.worker.submit(command)
        later: list[Event] = []
        while not answered(event := reader.next(), request_id):
            if isinstance(event, _LATER):
                later.append(event)
            if isinstance(event, WorkerStopped):
                break
        reader.back = (*kept, *later)
        return event


_LATER = (TurnFinished, TurnCancelled, TurnFailed, ApprovalRequested, CommandFailed, WorkerStopped)
"""What is not for whom a command answers, and not to be lost."""

_WORST = (130, 1, 5, 4, 3, 0)
"""Exit codes; of several ends the first of these is the run's."""


def _ending(event: TurnFinished | TurnCancelled | TurnFailed) -> Ending:
    match event:
        case TurnFinished(reason=reason):
            return Ending(round_limit=reason == "round_limit")
        case TurnCancelled():
            return Ending(interrupted=True)
        case TurnFailed(kind=kind):
            return Ending(capped=kind == "cap", failed=kind != "cap")
