"""`copilot document --batch`: collect what was answered, send what is not on its way yet."""

import argparse
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from copilot.cli.document_words import Line
from copilot.cli.world import CAPPED, LATER, World
from copilot.documents.telling import plan_lines
from copilot.vocabulary.errors import CapError
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.assembly.documenting import Documenting
    from copilot.documents.batching import Collected
    from copilot.documents.planning import Plan
    from copilot.documents.working import Work


def waiting(
    args: argparse.Namespace,
    world: World,
    running: "Documenting",
    work: "Work",
    stop: threading.Event,
    agreed: "Callable[[Plan, bool], int | None]",
) -> int | None:
    """None where nothing is on its way any more, so that the rest can be asked; else the exit code."""
    with Line(world.stderr) as line:
        sender = running.sender(stop, past_caps=False, emit=line.event)
        collected = sender.collect()
        _say(world, collected)
        if collected.answered:
            work.look(stop.is_set, lambda _done, _of: None)
        under_way = sender.waiting()
        questions = {
            key: question
            for path, question in work.missing.items()
            if question is not None
            and len(question.turns) == 1
            and not path.endswith("/")
            and path
            and len(work.pieces(path)) == 1
            and (key := question.key(running.model)) not in under_way
            and key not in collected.failed
        }
        if questions:
            plan = running.plan_batch(list(questions.values()))
            world.stderr.write("In batches, at half the price; folders follow when these are answered:\n")
            for told in plan_lines(plan, running.model):
                world.stderr.write(f"{told}\n")
            if args.dry_run:
                return 0
            most = None if plan.usd is None else plan.usd.most
            over = running.over(most)
            code = agreed(plan, over is not None)
            if code is not None:
                return code
            sender = running.sender(stop, past_caps=over is not None, emit=line.event)
            try:
                batches = sender.send(questions)
            except CapError as error:
                world.stderr.write(f"copilot document: {visible(str(error))}\n")
                return CAPPED
            world.stderr.write(f"{len(questions):,} requests sent in {_many(batches)}.\n")
    still = len(sender.waiting())
    if not still:
        return None
    world.stderr.write(f"{still:,} requests are on their way: run it again later, within a day or so.\n")
    return LATER


def _say(world: World, collected: "Collected") -> None:
    if collected.answered:
        world.stderr.write(f"{collected.answered:,} answers collected.\n")
    if collected.failed:
        why = next(iter(collected.failed.values()))
        world.stderr.write(
            f"! {len(collected.failed):,} were not answered ({visible(why)}): they are asked one by one.\n"
        )


def _many(batches: int) -> str:
    return "1 batch" if batches == 1 else f"{batches:,} batches"
