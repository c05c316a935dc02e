"""`copilot document`: have a model document a codebase, check what it says, keep it up to date."""

import argparse
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.progress import Progress
from copilot.cli.world import CAPPED, FAILED, INTERRUPTED, REJECTED, World
from copilot.vocabulary.errors import CapError, ConfigError, TurnCancelledError
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.assembly.documenting import Documenting, Said
    from copilot.assembly.surroundings import Surroundings
    from copilot.cli.approve import Person
    from copilot.cli.interrupts import Interrupts
    from copilot.documents.planning import Plan
    from copilot.documents.working import Work
    from copilot.projects.home import Home

NAME = "document"
SUMMARY = "have a model document a codebase, and keep that up to date"
ABOUT = """\
Have the model document each file of DIR, fold files into folders and folders into one Markdown document with
links into the code. Every name, signature, default and path in it is checked against the code; what is wrong
is sent back once, then marked. A second run asks only about what changed. What you write into the document
outside the marked sections stays as it is.

examples:
  copilot document . --dry-run               how many requests, tokens and what it would cost
  copilot document .                         write docs/CODEBASE.md, after asking whether to
  copilot document . '!tests/**' --jobs 16   without the tests, 16 requests at once
  copilot document src --out ARCHITECTURE.md --yes
  copilot document . --batch                 half the price, in hours: run it again to collect
  copilot document . --check                 for CI: 1 where the document is stale; no model is asked
"""
JOBS = 8
_STALE_SHOWN = 40


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `document`."""
    parser.add_argument("dir", type=options.folder, metavar="DIR", help="the codebase's folder")
    parser.add_argument(
        "patterns",
        nargs="*",
        metavar="GLOB",
        help="only these files; ! in front takes files out; without any, those it was made with",
    )
    options.add_model(parser)
    group = parser.add_argument_group("document")
    group.add_argument("--out", metavar="FILE", help="the document; DIR/docs/CODEBASE.md without it")
    group.add_argument(
        "--jobs", type=options.positive, default=JOBS, metavar="N", help=f"requests at once ({JOBS})"
    )
    group.add_argument(
        "--batch",
        action="store_true",
        help="send the files through the provider's batches, at half the price; 75 until they are answered: "
        "run it again to collect them",
    )
    group.add_argument("--dry-run", action="store_true", help="say what it would ask and cost, and end")
    group.add_argument("--yes", action="store_true", help="do not ask whether to spend that; caps still hold")
    group.add_argument(
        "--check", action="store_true", help="say what of the document is stale; 1 where anything is"
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Document, or check; 0 where the document is up to date, 3 where the person did not want to pay."""
    from copilot.assembly.document_page import PAGE, patterns_for, place_in, text_of
    from copilot.assembly.documenting import Said
    from copilot.cli import opening

    base_dir = (world.cwd / args.dir).resolve()
    if not base_dir.is_dir():
        raise ConfigError(f"{args.dir} is not a folder", "Name the folder of the codebase.")
    page = (world.cwd / args.out).resolve() if args.out else base_dir / PAGE
    around = opening.around_of(world)
    said = Said(
        base_dir=base_dir,
        flags=opening.flags_of(args),
        patterns=patterns_for(tuple(args.patterns), text_of(page)),
        page=place_in(base_dir, page),
    )
    home = opening.home_of(args, world)
    if args.check:
        return _check(world, around, home, said, page)
    return _document(args, world, around, home.make(), said, page)


def _check(world: World, around: "Surroundings", home: "Home", said: "Said", page: Path) -> int:
    """Compare hashes; nothing is asked and nothing is written."""
    from copilot.assembly.document_page import stale_lines, text_of
    from copilot.assembly.documenting import where
    from copilot.assembly.keys import find_keys
    from copilot.documents.reading import read_sources

    text = text_of(page)
    if text is None:
        world.stdout.write(f"{visible(str(page), keep='')} is not there yet.\n")
        return FAILED
    keys = find_keys(around.environ, home).values()
    with Progress(world.stderr, "files") as progress:
        reading = read_sources(
            where(around, home, said, keys), lambda: False, facts=False, progress=progress.tell
        )
    stale = stale_lines(text, reading.sources)
    for line in stale[:_STALE_SHOWN]:
        world.stdout.write(f"{visible(line, keep='')}\n")
    if len(stale) > _STALE_SHOWN:
        world.stdout.write(f"and {len(stale) - _STALE_SHOWN:,} more\n")
    if stale:
        world.stderr.write("The document is stale: run copilot document again.\n")
    return FAILED if stale else 0


def _document(
    args: argparse.Namespace, world: World, around: "Surroundings", home: "Home", said: "Said", page: Path
) -> int:
    """Read, look what is known, ask, write."""
    from copilot.assembly.document_page import text_of
    from copilot.assembly.documenting import documenting
    from copilot.cli.interrupts import Interrupts
    from copilot.documents.page import bodies
    from copilot.documents.reading import read_sources
    from copilot.documents.telling import left_out_words

    bodies(text_of(page) or "")  # a document that cannot be used is told of before anything is paid for
    stop = threading.Event()
    with Interrupts(stop.set) as interrupts, documenting(around, home, said) as (running, where, notices):
        for notice in notices:
            world.stderr.write(f"! {visible(notice)}\n")
        try:
            with Progress(world.stderr, "files") as progress:
                reading = read_sources(where, stop.is_set, progress=progress.tell)
            work = running.work(reading, stop.is_set)
            with Progress(world.stderr, "files and folders") as progress:
                work.look(stop.is_set, progress.tell)
            if not reading.sources:
                raise ConfigError("no file there can be documented", "Look at the patterns and ignore rules.")
            for line in left_out_words(reading):
                world.stderr.write(f"{visible(line, keep='')}\n")
            agreed = partial(_agreed, args, world, interrupts)
            if args.batch:
                from copilot.cli.document_batch import waiting

                code = waiting(args, world, running, work, stop, agreed)
                if code is not None:
                    return code
            return _with_plan(args, world, running, work, (page, said, stop), agreed)
        except TurnCancelledError:
            world.stderr.write("Stopped. What was answered is kept: run it again to go on from there.\n")
            return INTERRUPTED


def _with_plan(
    args: argparse.Namespace,
    world: World,
    running: "Documenting",
    work: "Work",
    place: "tuple[Path, Said, threading.Event]",
    agreed: "Callable[[Plan, bool], int | None]",
) -> int:
    from copilot.documents.telling import plan_lines

    plan = running.plan(work)
    for line in plan_lines(plan, running.model):
        world.stderr.write(f"{line}\n")
    if args.dry_run:
        return 0
    page, said, _ = place
    if plan.nothing:
        return _write(world, work, page, said)
    least = 0.0 if plan.usd is None else plan.usd.least
    over = running.over(None if plan.usd is None else least)
    code = agreed(plan, over is not None)
    if code is not None:
        return code
    return _ask(args, world, running, work, place, past_caps=over is not None)


def _agreed(
    args: argparse.Namespace, world: World, interrupts: "Interrupts", plan: "Plan", capped: bool
) -> int | None:
    """None where the run may begin, else the exit code."""
    from copilot.cli.approve import controlling_terminal, find_person

    free = plan.usd is not None and plan.usd.most <= 0
    if (free or args.yes) and not capped:
        return None
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=False, open_terminal=controlling_terminal)
    if capped:
        told = "It would pass a cap on spending even at the least" if plan.usd else "No cap can hold for it"
        if person is None:
            world.stderr.write(f"copilot document: {told}. Nothing was sent.\n")
            return CAPPED
        with interrupts.asking():
            return None if _yes(person, f"{told}. Begin, and pass the caps? ") else CAPPED
    if person is None:
        world.stderr.write("copilot document: nobody is there to ask. Add --yes to begin without asking.\n")
        return REJECTED
    with interrupts.asking():
        return None if _yes(person, "Begin? ") else REJECTED


def _yes(person: "Person", question: str) -> bool:
    person.write.write(f"{question}[y]es, [n]o (Enter: no): ")
    person.write.flush()
    return person.read.readline().strip().lower() in ("y", "yes")


def _ask(
    args: argparse.Namespace,
    world: World,
    running: "Documenting",
    work: "Work",
    place: "tuple[Path, Said, threading.Event]",
    *,
    past_caps: bool,
) -> int:
    """Run the requests and write the document."""
    from copilot.cli.document_words import Line

    page, said, stop = place
    with Line(world.stderr) as line:
        try:
            running.go(
                work, jobs=args.jobs, stop=stop, past_caps=past_caps, emit=line.event, progress=line.tell
            )
        except CapError as error:
            line.clear()
            world.stderr.write(f"copilot document: {visible(str(error))}\n")
            world.stderr.write("What was answered is kept: run it again to go on from there.\n")
            return CAPPED
        told = line.asked_words()
    if told:
        world.stderr.write(f"{told}\n")
    return _write(world, work, page, said)


def _write(world: World, work: "Work", page: Path, said: "Said") -> int:
    """Put the sections into the document; 1 where something could not be documented."""
    from copilot.assembly.document_page import write_page
    from copilot.documents.telling import ended_words

    done = write_page(work, page, said.base_dir, said.patterns)
    for line in ended_words(work, done):
        world.stderr.write(f"{visible(line, keep='')}\n")
    world.stdout.write(f"{visible(str(page), keep='')}\n")
    return FAILED if work.outcome.failed else 0
