"""`copilot ask`: one turn in the terminal."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import USAGE, World
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.text import clean

if TYPE_CHECKING:
    from copilot.cli.turns import Show
    from copilot.vocabulary.events import Event
    from copilot.workspace.attaching import Attached

NAME = "ask"
SUMMARY = "ask one thing, here in the terminal"
ABOUT = """\
Ask one thing about a folder. The answer goes to standard output, everything else to standard error.
Scripts are shown and you are asked before they run; without a terminal they are rejected.

examples:
  copilot ask "Why does test_parse fail?"
  copilot ask --base-dir ~/work/shop --provider anthropic "Where is the price rounded?"
  git diff | copilot ask "Review this change." -
  copilot ask --attach screenshot.png --attach report.pdf "Do these agree?"
  copilot ask --dry-run "Sort the imports."
  copilot ask --continue
  copilot ask --provider rehearsal "Try it without a key."
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `ask`."""
    parser.add_argument(
        "prompt", nargs="*", metavar="PROMPT", help="what to ask; - stands for standard input"
    )
    parser.add_argument(
        "--attach",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="send an image (PNG, JPEG, GIF, WebP) or a PDF with it; may be given several times",
    )
    options.add_project(parser)
    options.add_model(parser)
    group = parser.add_argument_group("turn")
    group.add_argument(
        "--approve",
        choices=("all", "none"),
        help="all: approve every script and change without asking, save secret files and protected paths; "
        "none: reject them all",
    )
    group.add_argument(
        "--unconfined",
        action="store_true",
        help="with --approve all: run scripts also where they cannot be confined to the project",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="show what would be changed and run, and do none of it"
    )
    group.add_argument(
        "--continue",
        dest="go_on",
        action="store_true",
        help="have the rest of the newest answer that was cut off, or of a turn that was killed",
    )
    group.add_argument(
        "--max-rounds", type=options.positive, metavar="N", help="requests to the model at most (10)"
    )
    group = parser.add_argument_group("output")
    group.add_argument("--verbose", "-v", action="store_true", help="tell tokens and thinking as well")
    group.add_argument("--json", action="store_true", help="print the events, one JSON object a line")


def run(args: argparse.Namespace, world: World) -> int:
    """Ask, and return the exit code that the turn's end calls for."""
    from copilot.cli.approve import controlling_terminal, find_person
    from copilot.cli.opening import open_desk
    from copilot.cli.sitting import Front, ask_once

    words: list[str] = args.prompt
    if args.go_on and words:
        world.stderr.write("copilot ask: --continue asks for the rest of an answer and nothing else\n")
        return USAGE
    piped = not args.go_on and ("-" in words or not words)
    prompt = "" if args.go_on else _prompt(words, world.stdin)
    if not (prompt.strip() or args.go_on):
        world.stderr.write('copilot ask: nothing was asked. Try: copilot ask "Why does test_parse fail?"\n')
        return USAGE
    attached = read_attachments(args.attach, world)
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=piped, open_terminal=controlling_terminal)
    policy = ApprovalPolicy(
        mode=args.approve or "ask",
        person=person is not None,
        dry_run=args.dry_run,
        unconfined=args.unconfined,
    )
    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    show = _shower(args, world, paint, answers=person is not None)
    desk = open_desk(args, world, fallback=False, here=True)
    if not args.json:
        for notice in desk.notices:
            world.stderr.write(paint.yellow(f"! {notice}") + "\n")
    front = Front(world=world, paint=paint, person=person, show=show, for_programs=args.json)
    return ask_once(
        desk, front, prompt, policy, max_rounds=args.max_rounds, go_on=args.go_on, attached=attached
    )


def read_attachments(paths: list[Path], world: World) -> "tuple[Attached, ...]":
    """The files of `--attach`. Raises AttachmentError for one that cannot be attached."""
    if not paths:
        return ()
    from copilot.workspace.attaching import read_attachment

    return tuple(read_attachment(world.cwd / path.expanduser()) for path in paths)


def _prompt(words: list[str], stdin: TextIO) -> str:
    """The words joined, `-` replaced by standard input; standard input alone where there are no words."""
    if not words:
        return "" if stdin.isatty() else clean(stdin.read())
    if "-" not in words:
        return clean(" ".join(words))
    piped = stdin.read()
    before = " ".join(word for word in words if word != "-")
    return clean(f"{before}\n\n{piped}" if before else piped)


def _shower(args: argparse.Namespace, world: World, paint: Paint, *, answers: bool) -> "Show":
    if args.json:
        return lambda event: _print_json(event, world.stdout)
    from copilot.cli.terminal import Terminal

    terminal = Terminal(
        out=world.stdout, err=world.stderr, paint=paint, verbose=args.verbose, answers=answers
    )
    return terminal.show


def _print_json(event: "Event", out: TextIO) -> None:
    from copilot.vocabulary.bare import bare
    from copilot.vocabulary.codec import encode_event
    from copilot.vocabulary.events import ProjectChanged

    told = bare(event) if isinstance(event, ProjectChanged) else event
    out.write(json.dumps(encode_event(told)) + "\n")
    out.flush()
