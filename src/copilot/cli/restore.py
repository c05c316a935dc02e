"""`copilot restore`: back to any message of a discussion; the files, the messages, or both."""

import argparse
from typing import TYPE_CHECKING

from copilot.cli import options, runs_text
from copilot.cli.paint import paint_for
from copilot.cli.world import FAILED, World
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.cli.turns import Reader
    from copilot.vocabulary.commands import RestoreTo
    from copilot.vocabulary.values import Project

NAME = "restore"
SUMMARY = "go back to a message of a discussion: files, messages or both"
ABOUT = """\
Go back to a message, by its number in `copilot history`: what scripts and edits changed after it is undone in
the files, and the discussion goes on from there. What you changed yourself stays, as with `copilot undo`; the
messages after it stay as a branch of their own. Both can be taken back.

Exit code 1 means that not everything could be brought back; what could be is.

examples:
  copilot restore 4 --project shop
  copilot restore 4 --files          the discussion stays as it is
  copilot restore 4 --messages       the files stay as they are
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which message, and what goes back."""
    parser.add_argument("message", metavar="NUMBER", type=options.positive, help="of `copilot history`")
    parser.add_argument("--branch", metavar="NAME", help="of which branch; the active one without it")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--files", action="store_true", help="the files alone")
    only.add_argument("--messages", action="store_true", help="the messages alone")
    options.add_model(parser)
    runs_text.add_options(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Go back; 1 where there is no such message, or something could not be brought back."""
    from copilot.cli import opening, turns
    from copilot.cli.terminal import Terminal
    from copilot.vocabulary.events import Event, ProjectOpened, RunChanged

    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    terminal = Terminal(out=world.stdout, err=world.stderr, paint=paint)
    desk = opening.open_desk(args, world, fallback=True, here=True)

    def show(event: Event) -> None:
        if not isinstance(event, RunChanged):  # what answers is told below
            terminal.show(event)

    reader = turns.Reader(desk.worker, show)
    desk.worker.start(queue=False)
    try:
        while not isinstance(event := reader.next(), ProjectOpened):
            pass
        command = _command(args, world, event.project)
        return FAILED if command is None else _done(args, world, reader, command)
    finally:
        opening.close_desk(desk)
        reader.rest()


def _command(args: argparse.Namespace, world: World, project: "Project") -> "RestoreTo | None":
    """What is asked of the worker; None, with the reason said, where there is no such message."""
    from copilot.vocabulary.commands import RestoreTo

    branch = args.branch or project.discussion.active
    if all(known.name != branch for known in project.discussion.branches):
        world.stderr.write(f"copilot restore: there is no branch {visible(branch)!r}\n")
        return None
    path, number = project.discussion.path(branch), int(args.message)
    if number > len(path):
        world.stderr.write(f"copilot restore: there is no message {number}; there are {len(path)}\n")
        return None
    return RestoreTo(
        request_id=world.new_id(),
        branch=branch,
        message=path[number - 1].id,
        files=not args.messages,
        messages=not args.files,
    )


def _done(args: argparse.Namespace, world: World, reader: "Reader", command: "RestoreTo") -> int:
    """Have it done, and say what became of the files and of the messages."""
    from copilot.vocabulary.events import CommandFailed, ProjectChanged, RunChanged, WorkerStopped

    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    reader.worker.submit(command)
    code = 0
    while True:
        event = reader.next()
        match event:
            case RunChanged(request_id=command.request_id):
                code = runs_text.tell_event(event, event.run, args, world, paint)
                if not command.messages:
                    return code
            case ProjectChanged(request_id=command.request_id):
                if not args.json:
                    world.stdout.write(_words(args.message, command.branch, event.project))
                return code
            case CommandFailed(request_id=command.request_id) | WorkerStopped():
                return FAILED
            case _:
                pass


def _words(number: int, branch: str, project: "Project") -> str:
    left = [one.name for one in project.discussion.branches if one.name.startswith(f"{branch}, before ")]
    kept = f"; what came after is the branch {visible(left[-1], keep='')!r}" if left else ""
    return f"Message {number} is the last of {visible(branch, keep='')!r} now{kept}.\n"
