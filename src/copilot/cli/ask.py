"""`copilot ask`: one turn in the terminal."""

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from copilot.cli import opening, options, turns
from copilot.cli.approve import Approver, Person, controlling_terminal, find_person
from copilot.cli.interrupts import Interrupts
from copilot.cli.paint import Paint, paint_for
from copilot.cli.terminal import Terminal
from copilot.cli.world import USAGE, Ending, World, exit_code
from copilot.vocabulary.commands import CancelTurn, ForkBranch, RunTurn, SwitchBranch
from copilot.vocabulary.events import ApprovalRequested, Event, ProjectOpened
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import ApprovalPolicy, Decision, Project

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk

NAME = "ask"
SUMMARY = "ask one thing, here in the terminal"
ABOUT = """\
Ask one thing about a folder. The answer goes to standard output, everything else to standard error.
Scripts are shown and you are asked before they run; without a terminal they are rejected.

examples:
  copilot ask "Why does test_parse fail?"
  copilot ask --base-dir ~/work/shop --provider anthropic "Where is the price rounded?"
  git diff | copilot ask "Review this change." -
  copilot ask --dry-run "Sort the imports."
  copilot ask --provider rehearsal "Try it without a key."
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `ask`."""
    parser.add_argument(
        "prompt", nargs="*", metavar="PROMPT", help="what to ask; - stands for standard input"
    )
    options.add_project(parser)
    options.add_model(parser)
    group = parser.add_argument_group("turn")
    group.add_argument(
        "--approve",
        choices=("all", "none"),
        help="all: run every script without asking; none: reject every one",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="show what would be changed and run, and do none of it"
    )
    group.add_argument(
        "--max-rounds", type=options.positive, metavar="N", help="requests to the model at most (10)"
    )
    group = parser.add_argument_group("output")
    group.add_argument("--verbose", "-v", action="store_true", help="tell tokens and thinking as well")
    group.add_argument("--json", action="store_true", help="print the events, one JSON object a line")


def run(args: argparse.Namespace, world: World) -> int:
    """Ask, and return the exit code that the turn's end calls for."""
    words: list[str] = args.prompt
    piped = "-" in words or not words
    prompt = _prompt(words, world.stdin)
    if not prompt.strip():
        world.stderr.write('copilot ask: nothing was asked. Try: copilot ask "Why does test_parse fail?"\n')
        return USAGE
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=piped, open_terminal=controlling_terminal)
    policy = ApprovalPolicy(mode=args.approve or "ask", person=person is not None, dry_run=args.dry_run)
    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    show = _shower(args, world, paint)
    desk = opening.open_desk(args, world, fallback=False, base_dir=world.cwd)
    if not args.json:
        for notice in desk.notices:
            world.stderr.write(paint.yellow(f"! {notice}") + "\n")
    return ask_once(desk, prompt, policy, show, world, paint, person, max_rounds=args.max_rounds)


def ask_once(
    desk: "Desk",
    prompt: str,
    policy: ApprovalPolicy,
    show: turns.Show,
    world: World,
    paint: Paint,
    person: Person | None,
    *,
    max_rounds: int | None = None,
) -> int:
    """One turn on a branch of its own, then close the desk. Returns the exit code."""
    turn_id = world.new_id()
    worker = desk.worker
    reader = turns.Reader(worker, show)
    with Interrupts(lambda: worker.submit(CancelTurn(turn_id=turn_id))) as interrupts:
        try:
            approver = Approver(
                person=person or Person(read=world.stdin, write=world.stderr),
                paint=paint,
                environ=world.environ,
                interrupts=interrupts,
            )
            ending = _on_own_branch(desk, reader, prompt, policy, approver.ask, turn_id, world, max_rounds)
        finally:
            desk.close()
            reader.rest()
    if reader.gone:
        _leave_quietly(world.stdout)
    return exit_code(replace(ending, interrupted=ending.interrupted or interrupts.count > 0))


def _on_own_branch(
    desk: "Desk",
    reader: turns.Reader,
    prompt: str,
    policy: ApprovalPolicy,
    ask: Callable[[ApprovalRequested], Decision | None],
    turn_id: str,
    world: World,
    max_rounds: int | None,
) -> Ending:
    """A question starts a discussion of its own and leaves the window's branch where it was."""
    while not isinstance(event := reader.next(), ProjectOpened):
        pass
    project = event.project
    before = project.discussion.active
    branch = before
    if project.discussion.tip(before) is not None:
        branch = free_branch(project)
        request = world.new_id()
        changed = turns.done(reader, ForkBranch(request_id=request, name=branch, at=None), request)
        project = getattr(changed, "project", project)
    if max_rounds is not None:
        project = replace(project, limits=replace(project.limits, max_tool_rounds=max_rounds))
    turn = RunTurn(
        turn_id=turn_id,
        project=project,
        branch=branch,
        user_message=prompt,
        model=desk.model,
        policy=policy,
    )
    ending = turns.run_turn(reader, turn, ask)
    if branch != before:
        request = world.new_id()
        turns.done(reader, SwitchBranch(request_id=request, name=before), request)
    return ending


def free_branch(project: Project) -> str:
    """The first of `ask-1`, `ask-2`, … that is not in use."""
    names = {branch.name for branch in project.discussion.branches}
    number = 1
    while f"ask-{number}" in names:
        number += 1
    return f"ask-{number}"


def _prompt(words: list[str], stdin: TextIO) -> str:
    """The words joined, `-` replaced by standard input; standard input alone where there are no words."""
    if not words:
        return "" if stdin.isatty() else clean(stdin.read())
    if "-" not in words:
        return clean(" ".join(words))
    piped = stdin.read()
    before = " ".join(word for word in words if word != "-")
    return clean(f"{before}\n\n{piped}" if before else piped)


def _shower(args: argparse.Namespace, world: World, paint: Paint) -> turns.Show:
    if args.json:
        return lambda event: _print_json(event, world.stdout)
    terminal = Terminal(out=world.stdout, err=world.stderr, paint=paint, verbose=args.verbose)
    return terminal.show


def _print_json(event: Event, out: TextIO) -> None:
    from copilot.vocabulary.codec import encode_event

    out.write(json.dumps(encode_event(event)) + "\n")
    out.flush()


def _leave_quietly(stream: TextIO) -> None:
    """Send what is left in a broken stream nowhere, so that the interpreter's last flush does not complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return
