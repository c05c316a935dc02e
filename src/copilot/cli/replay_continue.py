"""`copilot replay LOG --from N --provider X`: going on from a step of a session, with another model."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli.options import given
from copilot.cli.paint import paint_for
from copilot.cli.world import USAGE, World
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.projects.home import Home


def is_asked(args: argparse.Namespace) -> bool:
    """Whether the session is to be gone on with, and not only looked at."""
    return bool(given(args, "provider") or given(args, "model"))


def go_on(args: argparse.Namespace, logs: Path, session: str, home: "Home", world: World) -> int:
    """One turn on a new branch; the exit codes are those of `copilot ask`. Raises CopilotError."""
    if args.first is None or args.window or args.check or args.step or args.json or args.kind or args.last:
        world.stderr.write("copilot replay: going on needs --from N beside --provider, and nothing else\n")
        return USAGE
    from copilot.assembly.continuing import continuation, make_branch
    from copilot.cli.approve import controlling_terminal, find_person
    from copilot.cli.opening import around_of, open_desk
    from copilot.cli.sitting import Front, Question, ask_once
    from copilot.cli.terminal import Terminal

    paint = paint_for(world.stderr, world.environ, no_color=bool(given(args, "no_color")))
    one = continuation(logs, session, args.first)
    around = around_of(world)
    project, branch = make_branch(home.make(), one, args.first, around)
    args.project = project
    desk = open_desk(args, world, fallback=False, here=False)
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=False, open_terminal=controlling_terminal)
    terminal = Terminal(
        out=world.stdout, err=world.stderr, paint=paint, verbose=args.verbose, answers=person is not None
    )
    number = len(one.recorded)
    calls = "1 recorded result stands" if number == 1 else f"{number:,} recorded results stand"
    where = visible(f"Going on from number {args.first} on the branch {branch} of {project}", keep="")
    terminal.note(paint.dim(f"{where}; {calls} in while the model calls the same."))
    question = Question(
        prompt=one.prompt,
        policy=ApprovalPolicy(mode=args.approve or "ask", person=person is not None),
        branch=branch,
        resumes=not one.prompt,
        recorded=one.recorded,
    )
    return ask_once(desk, Front(world=world, paint=paint, person=person, show=terminal.show), question)
