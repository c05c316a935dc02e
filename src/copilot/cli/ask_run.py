"""The turn of `copilot ask`: what its options mean, and in which form what happens is written."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from copilot.cli import ask_rules, options
from copilot.cli.ask_output import Document, print_event, print_failure, print_notices
from copilot.cli.paint import paint_for
from copilot.cli.sitting import Front, Question, ask_once
from copilot.cli.world import FAILED, INTERRUPTED, USAGE, World
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.errors import ConfigError, CopilotError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk
    from copilot.cli.approve import Person
    from copilot.cli.terminal import Terminal
    from copilot.vocabulary.values import FileChoice
    from copilot.workspace.attaching import Attached

Rules = tuple[PolicyRule, ...]


def run(args: argparse.Namespace, world: World, prompt: str, *, piped: bool) -> int:
    """Ask `prompt`, and return the exit code. `piped` says that it came through standard input."""
    try:
        rules = ask_rules.rules_of(args.allow, args.deny)
    except ConfigError as error:
        world.stderr.write(f"copilot ask: {visible(str(error))}\n  {error.hint}\n")
        return USAGE
    kind: str = args.output_format
    told = kind == "text" or (kind == "json" and args.verbose)
    front = Front(
        world=world,
        paint=paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color")),
        person=_person(world, piped=piped),
        show=lambda event: print_event(event, world.stdout),
        for_programs=not told,
    )
    if kind == "stream-json":
        return _streamed(args, front, prompt, rules)
    if kind == "json":
        return _documented(args, front, prompt, rules)
    front = replace(front, show=_terminal(args, front, world.stdout).show)
    return _ask(args, front, prompt, rules, lambda notices: _tell(notices, front))


def _streamed(args: argparse.Namespace, front: Front, prompt: str, rules: Rules) -> int:
    """The events; what is told before the turn, or keeps it from beginning, is one, too."""
    world = front.world
    try:
        return _ask(args, front, prompt, rules, lambda said: print_notices(said, world.stdout, world.clock()))
    except CopilotError as error:
        print_failure(error, world.stdout, world.clock())
        raise


def _documented(args: argparse.Namespace, front: Front, prompt: str, rules: Rules) -> int:
    """One document, however it ends."""
    world = front.world
    document = Document(_terminal(args, front, world.stderr).show if args.verbose else None)
    try:
        code = _ask(args, replace(front, show=document.show), prompt, rules, document.noted)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except CopilotError as error:
        document.fail(error)
        document.write(FAILED, world.stdout)
        raise
    document.write(code, world.stdout)
    return code


def _ask(
    args: argparse.Namespace, front: Front, prompt: str, rules: Rules, tell: Callable[[tuple[str, ...]], None]
) -> int:
    """`tell` is given what the person should know before. Raises CopilotError."""
    from copilot.cli.opening import open_desk

    attached = read_attachments(args.attach, front.world)
    desk = open_desk(args, front.world, fallback=False, here=True)
    files, notices = _named_files(args.prompt, desk)
    tell((*desk.notices, *notices))
    question = Question(
        prompt=prompt,
        policy=ApprovalPolicy(
            mode=args.approve or "ask",
            person=front.person is not None,
            dry_run=args.dry_run,
            unconfined=args.unconfined,
        ),
        branch=args.branch,
        go_on=args.go_on,
        max_rounds=args.max_rounds,
        max_cost=args.max_cost,
        rules=rules,
        files=files,
        called=bool(args.prompt) and args.prompt[0].startswith("/"),
        attached=attached,
    )
    return ask_once(desk, front, question)


def _person(world: World, *, piped: bool) -> "Person | None":
    from copilot.cli.approve import controlling_terminal, find_person

    return find_person(world.stdin, world.stderr, stdin_is_prompt=piped, open_terminal=controlling_terminal)


def _named_files(words: list[str], desk: "Desk") -> "tuple[tuple[FileChoice, ...], tuple[str, ...]]":
    """The files that the words themselves name, not what was piped in; and what to say of those not there."""
    said = " ".join(words)
    if "@" not in said:
        return (), ()
    from copilot.cli.ask_files import named_in

    named = named_in(said, Path(desk.store.project.base_dir))
    return named.files, tuple(
        f"@{path} names nothing in {desk.store.project.base_dir}" for path in named.missing
    )


def _tell(notices: tuple[str, ...], front: Front) -> None:
    for notice in notices:
        front.world.stderr.write(front.paint.yellow(f"! {visible(notice)}") + "\n")


def _terminal(args: argparse.Namespace, front: Front, out: TextIO) -> "Terminal":
    from copilot.cli.terminal import Terminal

    return Terminal(
        out=out,
        err=front.world.stderr,
        paint=front.paint,
        verbose=args.verbose,
        answers=front.person is not None,
    )


def read_attachments(paths: list[Path], world: World) -> "tuple[Attached, ...]":
    """The files of `--attach`. Raises AttachmentError for one that cannot be attached."""
    if not paths:
        return ()
    from copilot.workspace.attaching import read_attachment

    return tuple(read_attachment(world.cwd / path.expanduser()) for path in paths)
