"""Runs as the command line shows them, and the store of the base directory that the options name."""

import argparse
import json
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.details import diff_lines
from copilot.cli.paint import Paint
from copilot.cli.world import FAILED, World
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import RunChanged, SnapshotsCleaned
from copilot.vocabulary.run_events import RunChange
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.workspace.snapshots.register import Run
    from copilot.workspace.snapshots.runs import Runs, Told
    from copilot.workspace.snapshots.shelf import Shelved

_MARKS = {"created": "+", "changed": "~", "deleted": "-", "moved": ">", "mode": "m"}
_NAMED = 6


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which project, and in which form."""
    options.add_project(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


@contextmanager
def opened(args: argparse.Namespace, world: World) -> Generator[tuple["Runs", Callable[[], object]]]:
    """The runs of the base directory that the options, or the current folder, name.

    What is to be done to the files waits for a run under way: the second value takes the turn, until the end.
    """
    from contextlib import ExitStack

    from copilot.assembly.keys import find_keys
    from copilot.assembly.locking import turn_lock
    from copilot.assembly.runs_shelf import runs_shelf
    from copilot.cli.opening import home_of
    from copilot.projects.config import load_settings

    home = home_of(args, world)
    base_dir = _base_dir(args, world)
    keys = find_keys(world.environ, home).values()
    settings, _ = load_settings(home)
    runs = runs_shelf(home, world.clock, keys, settings.snapshots)(base_dir)
    with ExitStack() as held:
        yield runs, lambda: held.enter_context(turn_lock(home.state / "locks")(base_dir, lambda: False))
        for notice in runs.said():
            world.stderr.write(f"! {visible(notice)}\n")


def _base_dir(args: argparse.Namespace, world: World) -> Path:
    from copilot.cli.opening import base_dir_of, home_of
    from copilot.projects.opening import salvaged_base_dir
    from copilot.projects.project_manager import path_of

    asked = base_dir_of(args, world)
    name = options.given(args, "project")
    if asked is not None or not name:
        return asked or world.cwd
    found = salvaged_base_dir(path_of(home_of(args, world), name))
    if found is None:
        raise ProjectError(f"there is no project named {name} here", "Look at the list of projects.")
    return found


def tell(told: "Told", args: argparse.Namespace, world: World, paint: Paint) -> int:
    """Say what was done: the paths, what was merged, and what contradicts; 1 where anything does."""
    from copilot.ai.run_keeping import run_event

    event = run_event(told, (), at=world.clock(), worker="cli")
    return tell_event(event, told.by.number if told.by is not None else 0, args, world, paint)


def tell_event(event: RunChanged, by: int, args: argparse.Namespace, world: World, paint: Paint) -> int:
    """The same of the event that says it; `by` is the run that did it, 0 for none."""
    from copilot.vocabulary.codec import encode_event

    if args.json:
        world.stdout.write(json.dumps(encode_event(event)) + "\n")
        return FAILED if event.clashes else 0
    done = {"undo": "Undid", "redo": "Did again", "restore": "Went back, as"}.get(event.done, "Did")
    words = visible(event.words, keep="")
    world.stdout.write(f"{done} run {event.run} ({words}): {count(len(event.touched), 'path')} written.\n")
    merged = set(event.merged)
    for path in event.touched:
        world.stdout.write(f"  {path}{paint.dim('  merged with your edit') if path in merged else ''}\n")
    for clash in event.clashes:
        beside = f"; the other version is in {clash.kept}" if clash.kept else ""
        world.stdout.write(paint.yellow(f"! {clash.path}: {clash.why}{beside}") + "\n")
    for words in event.left_out[:_NAMED]:
        world.stdout.write(paint.dim(f"  not kept: {visible(words, keep='')}") + "\n")
    if by:
        world.stdout.write(paint.dim(f"  (take this back: copilot undo {by})") + "\n")
    return FAILED if event.clashes else 0


def show(told: "Told", args: argparse.Namespace, world: World, paint: Paint) -> None:
    """A run whole: each path it changed, with its difference."""
    from copilot.ai.run_keeping import run_event
    from copilot.vocabulary.codec import encode_event

    event = run_event(told, (), at=world.clock(), worker="cli")
    if args.json:
        world.stdout.write(json.dumps(encode_event(event)) + "\n")
        return
    world.stdout.write(_row(told.run, len(event.changes) + event.more, paint))
    if event.interrupted:
        world.stdout.write(
            paint.yellow("! the program was killed in its middle: edits of yours may be among it\n")
        )
    for change in event.changes:
        world.stdout.write(f"{change_line(change, paint)}\n")
        for line in diff_lines(change.diff, paint):
            world.stdout.write(f"  {line}\n")
    if event.more:
        world.stdout.write(paint.dim(f"  and {event.more:,} more\n"))
    for words in event.left_out:
        world.stdout.write(paint.dim(f"  not kept: {visible(words, keep='')}\n"))


def list_runs(runs: "Runs", args: argparse.Namespace, world: World, paint: Paint) -> None:
    """A line for each; at last what they take, and may take."""
    found = runs.all()
    for run in found:
        if args.json:
            facts = {"run": run.number, "begun": run.begun, "act": run.act, "state": run.state}
            facts |= {"words": run.about.words, "branch": run.about.branch, "call_id": run.about.call_id}
            world.stdout.write(json.dumps(facts) + "\n")
        else:
            world.stdout.write(_row(run, None, paint))
    if args.json:
        return
    if not found:
        world.stdout.write("Nothing was run here, or what was run is no longer kept.\n")
        return
    bounds = runs.bounds
    most = f"{bounds.store / 1_000_000:,.0f} MB, {count(bounds.runs, 'run')}, {bounds.days:g} days"
    world.stdout.write(paint.dim(f"kept: {runs.size / 1_000_000:,.1f} MB (at most {most})") + "\n")


def list_stores(stores: Iterable["Shelved"], args: argparse.Namespace, world: World) -> None:
    """A line for each folder of which something is kept."""
    found = list(stores)
    for one in found:
        base_dir = one.base_dir or f"{one.path.name}, which cannot be read"
        if args.json:
            facts = {"base_dir": one.base_dir, "path": str(one.path), "runs": one.runs, "used": one.used}
            world.stdout.write(json.dumps(facts | {"bytes": one.size}) + "\n")
        else:
            facts = (_when(one.used), f"{one.size / 1_000_000:>9,.1f} MB", f"{count(one.runs, 'run'):>10}")
            world.stdout.write(f"{'  '.join((*facts, visible(base_dir, keep='')))}\n")
    if not found and not args.json:
        world.stdout.write("Nothing is kept of any folder.\n")


def change_line(change: RunChange, paint: Paint) -> str:
    """One path: `~ src/app.py`."""
    moved = f" (was {change.source})" if change.source else ""
    mode = f" {change.old_mode:o} → {change.new_mode:o}" if change.kind == "mode" and change.old_mode else ""
    note = paint.dim(f"  {change.note}") if change.note else ""
    ending = "/" if change.thing == "folder" else ""
    return f"  {_MARKS[change.kind]} {change.path}{ending}{moved}{mode}{note}"


def aside_words(event: RunChanged | SnapshotsCleaned) -> str:
    """What a call changed, or what can no longer be undone, in one line; empty for nothing."""
    if isinstance(event, SnapshotsCleaned) and event.folders:
        return f"what ran in {', '.join(event.folders)} can no longer be undone: {event.why}"
    if isinstance(event, SnapshotsCleaned):
        return f"{count(len(event.runs), 'older run')} can no longer be undone: {event.why}"
    files = [change for change in event.changes if change.thing != "folder"] or list(event.changes)
    if not files:
        return ""
    named = ", ".join(f"{_MARKS[change.kind]} {change.path}" for change in files[:_NAMED])
    more = len(files) - _NAMED + event.more
    return f"{named}{f' and {more:,} more' if more > 0 else ''} (copilot undo {event.run})"


def _row(run: "Run", changes: int | None, paint: Paint) -> str:
    when = _when(run.begun)
    state = paint.yellow("undone") if run.state == "undone" else ""
    many = count(changes, "change") if changes is not None else ""
    facts = "  ".join(filter(None, (when, visible(run.about.words, keep=""), many, state)))
    return f"{run.number:>5}  {facts}\n"


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def count(number: int, what: str) -> str:
    """`1 run`, `1,204 runs`."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
