"""`copilot history`: the messages of a branch, which of them are sent, and which are held."""

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import FAILED, World
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.cli.turns import Reader
    from copilot.vocabulary.messages import Message
    from copilot.vocabulary.values import ModelChoice, Project

NAME = "history"
SUMMARY = "list a discussion's messages, and say which are sent when not all fit"
ABOUT = """\
List the messages of a branch, each with its number. Where they outgrow the model's window, the oldest are not
sent: put them back and others go first, release them and they go first again.

examples:
  copilot history --project shop
  copilot history --project shop --put-back 1-4
  copilot history --project shop --release 1-4
"""
_WIDTH = 60


def numbers(text: str) -> tuple[int, int]:
    """`7` or `3-9` as the first and the last number, for argparse."""
    found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text)
    if found is None or not 0 < int(found[1]) <= int(found[2] or found[1]):
        raise argparse.ArgumentTypeError(f"{text} is no number and no range such as 3-9")
    return int(found[1]), int(found[2] or found[1])


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `history`."""
    options.add_project(parser)
    options.add_model(parser)
    group = parser.add_argument_group("messages")
    group.add_argument("--branch", metavar="NAME", help="of which branch; the active one without it")
    group.add_argument(
        "--put-back", type=numbers, nargs="+", metavar="N", help="hold these messages: others go first"
    )
    group.add_argument("--release", type=numbers, nargs="+", metavar="N", help="hold these no longer")
    group.add_argument("--json", action="store_true", help="print one JSON object for each message")


def run(args: argparse.Namespace, world: World) -> int:
    """Change what is to be changed, then list; 1 where a number or the branch is not there."""
    from copilot.cli import opening, turns
    from copilot.cli.terminal import Terminal
    from copilot.vocabulary.events import ProjectOpened

    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    desk = opening.open_desk(args, world, fallback=True, here=True)
    reader = turns.Reader(desk.worker, Terminal(out=world.stdout, err=world.stderr, paint=paint).show)
    desk.worker.start(queue=False)
    try:
        while not isinstance(event := reader.next(), ProjectOpened):
            pass
        project = event.project
        branch = args.branch or project.discussion.active
        if all(known.name != branch for known in project.discussion.branches):
            world.stderr.write(f"copilot history: there is no branch {visible(branch)!r}\n")
            return FAILED
        changed = _changed(args, world, reader, project, branch)
        if changed is None:
            return FAILED
        left_out = _left_out(reader, changed, branch, desk.model, world)
    finally:
        opening.close_desk(desk)
        reader.rest()
    _list(args, world, changed, branch, left_out)
    return 0


def _changed(
    args: argparse.Namespace, world: World, reader: "Reader", project: "Project", branch: str
) -> "Project | None":
    """The project after what was asked; None where that could not be done."""
    from copilot.cli import turns
    from copilot.vocabulary.commands import PutBack, Release
    from copilot.vocabulary.events import ProjectChanged

    ids = [message.id for message in project.discussion.path(branch)]
    for command, ranges in ((PutBack, args.put_back), (Release, args.release)):
        if not ranges:
            continue
        last = max(end for _, end in ranges)
        if last > len(ids):
            world.stderr.write(f"copilot history: there is no message {last}; there are {len(ids)}\n")
            return None
        asked = tuple(name for begin, end in ranges for name in ids[begin - 1 : end])
        request = world.new_id()
        event = turns.done(reader, command(request_id=request, branch=branch, messages=asked), request)
        if not isinstance(event, ProjectChanged):
            return None
        project = event.project
    return project


def _left_out(
    reader: "Reader", project: "Project", branch: str, model: "ModelChoice", world: World
) -> tuple[str, ...]:
    """What the branch's next request would leave out; why it cannot be sent at all is told as a note."""
    from copilot.cli import turns
    from copilot.vocabulary.commands import PreviewRequest
    from copilot.vocabulary.events import RequestPreviewed

    request = world.new_id()
    look = PreviewRequest(request_id=request, project=project, branch=branch, user_message="", model=model)
    event = turns.done(reader, look, request)
    if not isinstance(event, RequestPreviewed):
        return ()
    if event.trouble and project.discussion.path(branch):
        world.stderr.write(f"! the next request cannot be sent: {visible(event.trouble)}\n")
    return event.left_out


def _list(
    args: argparse.Namespace, world: World, project: "Project", branch: str, left_out: Iterable[str]
) -> None:
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    path, gone, held = project.discussion.path(branch), set(left_out), set(project.discussion.held)
    covered = _covered(path)
    for number, message in enumerate(path, 1):
        state = "sent"
        if message.id in covered:
            state = "summed up"
        elif message.id in gone:
            state = "not sent"
        facts = {"number": number, "id": message.id, "role": message.role, "state": state}
        facts |= {"held": message.id in held, "text": _words(message)}
        world.stdout.write(f"{json.dumps(facts) if args.json else _row(facts, paint)}\n")


def _row(facts: Mapping[str, object], paint: Paint) -> str:
    text = " ".join(visible(str(facts["text"]), keep="").split())
    short = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
    marks = [str(facts["state"])] if facts["state"] != "sent" else []
    marks += ["held"] if facts["held"] else []
    row = f"{facts['number']:>4}  {facts['role']:<9}  {short}"
    return f"{row}  {paint.yellow(', '.join(marks))}" if marks else row


def _words(message: "Message") -> str:
    """What a message says, for one line."""
    from copilot.vocabulary.messages import Summary

    summary = next((part for part in message.parts if isinstance(part, Summary)), None)
    if summary is not None:
        return f"[summary of {len(summary.covers)}] {summary.text}"
    calls = ", ".join(call.name for call in message.calls)
    results = ", ".join(result.name for result in message.results)
    attached = ", ".join(part.name for part in message.attachments)
    told = (
        f"[attached {attached}]" if attached else "",
        message.text,
        f"[calls {calls}]" if calls else "",
        f"[results of {results}]" if results else "",
    )
    return " ".join(filter(None, told))


def _covered(path: "Sequence[Message]") -> set[str]:
    """The messages that a summary stands for."""
    from copilot.ai.history import put_in_place

    return {message.id for message in path} - {message.id for message in put_in_place(path)}
