"""`copilot compact`: have the earlier messages of a branch summed up, and send the summary in their place."""

import argparse
import subprocess
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.paint import paint_for
from copilot.cli.world import CAPPED, FAILED, INTERRUPTED, World
from copilot.vocabulary.text import clean, for_stream, visible

if TYPE_CHECKING:
    from copilot.cli.interrupts import Interrupts
    from copilot.cli.turns import Reader
    from copilot.vocabulary.events import CompactDrafted

NAME = "compact"
SUMMARY = "have the earlier messages of a discussion summed up"
ABOUT = """\
Ask the model for a summary of the messages that the branch's next request would leave out, or, where it would
leave out none, of all before the last exchange. The draft goes to standard output. Once kept, it is sent in
place of those messages. They stay in the project: a branch that begins before the summary has them back.

examples:
  copilot compact --project shop                 read a draft; nothing is kept
  copilot compact --project shop --keep          keep it as it comes
  copilot compact --project shop --edit          change it in your editor, then keep what you saved
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `compact`."""
    options.add_project(parser)
    options.add_model(parser)
    group = parser.add_argument_group("summary")
    group.add_argument("--branch", metavar="NAME", help="of which branch; the active one without it")
    group.add_argument("--keep", action="store_true", help="keep the summary in the discussion")
    group.add_argument(
        "--edit", action="store_true", help="open it in your editor, and keep it unless you empty it"
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Draft, show, perhaps keep; 1 where that failed, 5 where a cap forbids it, 130 where it was stopped."""
    from copilot.cli import opening, turns
    from copilot.cli.approve import Approver, controlling_terminal, find_person
    from copilot.cli.interrupts import Interrupts
    from copilot.cli.terminal import Terminal
    from copilot.vocabulary.approvals import ApprovalPolicy
    from copilot.vocabulary.commands import CancelTurn, CompactBranch
    from copilot.vocabulary.events import CommandFailed, CompactDrafted, ProjectOpened

    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    desk = opening.open_desk(args, world, fallback=False, here=True)
    for notice in desk.notices:
        world.stderr.write(paint.yellow(f"! {visible(notice)}") + "\n")
    reader = turns.Reader(desk.worker, Terminal(out=world.stdout, err=world.stderr, paint=paint).show)
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=False, open_terminal=controlling_terminal)
    request = world.new_id()
    with Interrupts(lambda: desk.worker.submit(CancelTurn(turn_id=request))) as interrupts:
        desk.worker.start(queue=False)
        try:
            while not isinstance(event := reader.next(), ProjectOpened):
                pass
            branch = args.branch or event.project.discussion.active
            policy = ApprovalPolicy(person=person is not None)
            asked = CompactBranch(request_id=request, branch=branch, model=desk.model, policy=policy)
            ask = None
            if person is not None:
                ask = Approver(person=person, paint=paint, environ=world.environ, interrupts=interrupts).ask
            draft = turns.done(reader, asked, request, ask)
            if isinstance(draft, CommandFailed) and draft.kind == "cap":
                return CAPPED
            if not isinstance(draft, CompactDrafted):
                return INTERRUPTED if interrupts.count else FAILED
            return _use(draft, args, world, (reader, interrupts))
        finally:
            opening.close_desk(desk)
            reader.rest()


def _use(
    draft: "CompactDrafted",
    args: argparse.Namespace,
    world: World,
    sitting: "tuple[Reader, Interrupts]",
) -> int:
    """Print the draft, and keep what is to be kept."""
    from copilot.cli import turns
    from copilot.cli.editor import edited
    from copilot.vocabulary.commands import KeepCompact
    from copilot.vocabulary.events import ProjectChanged

    reader, interrupts = sitting
    text = draft.text
    if args.edit:
        streams = (world.stdin, world.stderr)
        try:
            text = clean(edited(f"{text}\n", ".md", world.environ, interrupts, streams)).strip()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            world.stderr.write(f"The editor did not work: {visible(str(error), keep='')}\n")
            return FAILED
    world.stdout.write(f"{for_stream(text, terminal=world.stdout.isatty())}\n")
    world.stdout.flush()
    number = f"{len(draft.covers)} message{'s' if len(draft.covers) != 1 else ''}"
    used = f"{draft.usage.input_tokens:,} tokens in, {draft.usage.output_tokens:,} out"
    if not text or not (args.keep or args.edit):
        how = "it is empty" if not text else "--keep keeps it, --edit lets you change it first"
        world.stderr.write(f"A summary of {number} of {visible(draft.branch)} ({used}). Not kept: {how}.\n")
        return 0
    request = world.new_id()
    keep = KeepCompact(request_id=request, branch=draft.branch, text=text, covers=draft.covers)
    if not isinstance(turns.done(reader, keep, request), ProjectChanged):
        return FAILED
    world.stderr.write(f"Kept: sent in place of {number} of {visible(draft.branch)} from now on ({used}).\n")
    return 0
