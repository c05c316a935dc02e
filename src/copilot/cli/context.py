"""`copilot context`: write what the model would be told about the chosen files."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import FileChoice

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk
    from copilot.vocabulary.events import Event

NAME = "context"
SUMMARY = "write the context of the chosen files as Markdown"
ABOUT = """\
Write the Markdown that tells the model about the chosen files, and print where it is and how large.
The patterns are against the base directory; a pattern that begins with ! takes files out again.

examples:
  copilot context --base-dir . 'src/**/*.py' '!src/**/generated/*'
  copilot context --project shop
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `context`."""
    parser.add_argument("patterns", nargs="*", metavar="GLOB", help="which files; the project's without any")
    options.add_project(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Write the context. 2 where neither files nor a project were named, 1 where no file was found."""
    from copilot.cli import opening
    from copilot.vocabulary.events import ContextBuilt

    patterns: list[str] = args.patterns
    if not patterns and options.given(args, "project") is None:
        world.stderr.write(
            "copilot context: name some files or a project. Try: copilot context --base-dir . '**/*.py'\n"
        )
        return USAGE
    desk = opening.open_desk(args, world, fallback=True, here=True)
    for notice in desk.notices:
        world.stderr.write(f"! {visible(notice)}\n")
    try:
        answer = _built(desk, patterns, world)
    finally:
        opening.close_desk(desk)
    if not isinstance(answer, ContextBuilt):
        return _failed(answer, world)
    for line in answer.skipped:
        world.stderr.write(f"skipped: {visible(line, keep='')}\n")
    world.stdout.write(
        f"{answer.path}\n"
        f"files: {len(answer.files):,}\n"
        f"characters: {answer.characters:,}\n"
        f"estimated tokens: {answer.tokens:,}\n"
    )
    if answer.files:
        return 0
    world.stderr.write("copilot context: no file matches.\n")
    return FAILED


def _built(desk: "Desk", patterns: list[str], world: World) -> "Event":
    from copilot.cli import turns
    from copilot.vocabulary.commands import BuildContext
    from copilot.vocabulary.events import ProjectOpened

    desk.worker.start()
    reader = turns.Reader(desk.worker, lambda event: _told(event, world))
    while not isinstance(opened := reader.next(), ProjectOpened):
        pass
    project = opened.project
    if patterns:
        project = replace(project, files=tuple(FileChoice(pattern=pattern) for pattern in patterns))
    request = BuildContext(
        request_id=world.new_id(), project=project, branch=project.discussion.active, model=desk.model
    )
    return turns.done(reader, request, request.request_id)


def _told(event: "Event", world: World) -> None:
    """What a person has to know on the way: a project file that was set aside, a log that is not complete."""
    from copilot.vocabulary.events import Notice

    if isinstance(event, Notice):
        world.stderr.write(f"! {visible(event.text)}\n")


def _failed(answer: "Event", world: World) -> int:
    from copilot.vocabulary.events import CommandFailed

    if isinstance(answer, CommandFailed):
        hint = f"\n  {visible(answer.hint)}" if answer.hint else ""
        world.stderr.write(f"copilot: {visible(answer.message)}{hint}\n")
    return FAILED
