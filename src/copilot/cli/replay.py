"""`copilot replay`: what a session did, out of its log, and whether the log is as it was written."""

import argparse
import json
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copilot.cli.replay_show import Player
    from copilot.projects.home import Home
    from copilot.record.log_reader import LogReader, Record

NAME = "replay"
SUMMARY = "play a session's log back, or check that nobody changed it"
ABOUT = """\
Play a session back, step by step, out of its log: messages, approvals, scripts, files, cost. LOG is a file of
logs/, the name of a session or how it begins, or latest; without it the sessions are listed. It plays in a
window where there is a display, and is printed where there is none, where the output goes to a file or a
program, or where you say what to print. Playing sends nothing, runs nothing and needs no key.

--from N with --provider (and --model) goes on from any step, with any model, on a new branch of the project:
the history is what stood there, and the recorded results of tools stand in for real ones while the model
calls what was called then. The first call that is another ends that: then tools run, and ask, as ever.

--check verifies the chain of the log's lines: whatever was changed, taken out, put in or moved is told, with
its line and its number; the exit code is 1 then. Without LOG all sessions are checked, and those that are
gone are told. The chain protects against whoever can change the logs but not the state folder, where its
keys are.

examples:
  copilot replay
  copilot replay latest                   in a window: slider, play, next approval or error, search
  copilot replay latest --terminal
  copilot replay latest --kind approval script
  copilot replay --check
  copilot replay logs/comms_20261121_101500_1a2b.log --check
  copilot replay latest --from 120 --to 180 --json
  copilot replay latest --step            a key for each step: a goes to the next approval
  copilot replay latest --from 120 --provider openai --model gpt-5.5
"""
KINDS = ("message", "thinking", "approval", "script", "file", "cost", "error", "wire")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which log, which of its records, and in which form."""
    parser.add_argument("log", metavar="LOG", nargs="?", help="a file, a session's name, or latest")
    parser.add_argument("--check", action="store_true", help="verify the chain and print what is wrong")
    group = parser.add_argument_group("records")
    group.add_argument("--from", dest="first", type=options.positive, metavar="N", help="from this number on")
    group.add_argument("--to", dest="last", type=options.positive, metavar="N", help="up to this number")
    group.add_argument("--kind", nargs="+", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    group = parser.add_argument_group("output")
    options.add_model(parser)
    parser.add_argument(
        "--approve", choices=("all", "none"), help="with --provider: approve or reject without asking"
    )
    place = group.add_mutually_exclusive_group()
    place.add_argument("--window", action="store_true", help="play it in a window; --from begins there")
    place.add_argument("--terminal", action="store_true", help="print it, also where there is a display")
    group.add_argument("--step", action="store_true", help="wait for a key before each step")
    group.add_argument("--verbose", "-v", action="store_true", help="tell thinking and bodies as well")
    group.add_argument("--json", action="store_true", help="print one JSON object for each record")


def run(args: argparse.Namespace, world: World) -> int:
    """List, check or play; 1 where a log is not as it was written. Raises StorageError."""
    from copilot.cli.opening import home_of
    from copilot.record.log_reader import LogReader, find_log

    home = home_of(args, world)
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    if args.log is None and args.step:
        world.stderr.write("copilot replay: name a log. Try: copilot replay latest --step\n")
        return USAGE
    if args.log is None and args.check:
        from copilot.cli.replay_check import check_all

        return check_all(home.logs, home.state, world, paint, for_programs=args.json)
    if args.log is None:
        return _list(args, world, home)
    if args.step and (args.json or not (world.stdin.isatty() and world.stdout.isatty())):
        world.stderr.write("copilot replay: --step is for a person at a terminal\n")
        return USAGE
    logs, session = find_log(args.log, home.logs, world.cwd)
    from copilot.cli import replay_continue, replay_window

    if replay_continue.is_asked(args):
        return replay_continue.go_on(args, logs, session, home, world)
    if replay_window.is_for_window(args, world):
        return replay_window.show(logs, session, home, world, start=args.first or 0)
    with LogReader(logs, session, home.state) as reader:
        if args.check:
            from copilot.cli.replay_check import check

            return check(reader, world, paint, for_programs=args.json)
        if args.json:
            return _print_json(args, reader, world)
        return _play(args, reader, world, paint)


def _list(args: argparse.Namespace, world: World, home: "Home") -> int:
    from copilot.record.log_files import sessions_in

    sessions = sessions_in(home.logs)
    for name, parts in sessions.items():
        size = sum(_size(part.path) for part in parts)
        facts = {"session": name, "bytes": size, "files": [str(part.path) for part in parts]}
        if args.json:
            world.stdout.write(json.dumps(facts) + "\n")
        else:
            world.stdout.write(f"{visible(name, keep='')}  {size / 1_000:>12,.0f} kB\n")
    if not sessions and not args.json:
        world.stdout.write("There is no log yet.\n")
    return 0


def _size(path: "Path") -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _print_json(args: argparse.Namespace, reader: "LogReader", world: World) -> int:
    wanted = _wanted(args)
    for record in reader.records(_numbered(args)):
        if wanted(record):
            told = {"seq": record.seq, "at": record.at, "kind": record.kind, record.kind: record.body}
            told |= {"file": record.path.name, "line": record.line, "standing": record.standing}
            told |= {"wrong": record.wrong} if record.wrong else {}
            world.stdout.write(json.dumps(told) + "\n")
    return FAILED if reader.troubles else 0


def _play(args: argparse.Namespace, reader: "LogReader", world: World, paint: Paint) -> int:
    from copilot.cli.replay_show import Player

    player = Player(world.stdout, paint, verbose=args.verbose)
    wanted = _wanted(args)
    records = (record for record in reader.records(_numbered(args)) if wanted(record))
    if args.step:
        from copilot.cli.replay_keys import step_through

        ended = step_through(records, player, world)
    else:
        for record in records:
            player.show(record)
        ended = True
    if ended:
        player.sum_up()
        _doubts(reader, player)
    return FAILED if reader.troubles else 0


def _doubts(reader: "LogReader", player: "Player") -> None:
    """What keeps the log from being proven, in a line: --check has the rest."""
    if reader.troubles:
        number = len(reader.troubles)
        what = "1 line is" if number == 1 else f"{number:,} lines are"
        player.warn(f"{what} not as written (copilot replay --check tells which)")
    elif reader.proof is None:
        player.warn("nothing of this is proven: the key of this session is not in the state folder")


def _numbered(args: argparse.Namespace) -> "Callable[[bytes], bool]":
    from copilot.record.comms_log import seq_of

    first, last = args.first or 1, args.last
    return lambda head: (seq := seq_of(head)) >= first and (last is None or seq <= last)


def _wanted(args: argparse.Namespace) -> "Callable[[Record], bool]":
    from copilot.cli.replay_show import kinds_of

    if args.kind is None:
        return lambda record: record.kind != "wire" or args.json
    kinds = set(args.kind)
    return lambda record: bool(record.wrong) or not kinds.isdisjoint(kinds_of(record))
