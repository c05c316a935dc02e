"""`copilot undo`: take back what a run changed, with the person's own edits kept."""

import argparse

from copilot.cli import options, runs_text
from copilot.cli.paint import paint_for
from copilot.cli.world import World

NAME = "undo"
SUMMARY = "take back what a script or an edit changed in the files"
ABOUT = """\
Bring back what was there before a run: a script, a Python file, or an edit that you approved. What you
changed since stays: it is merged, and where both changed the same place yours stays and the other version is
put beside it. `copilot changes` lists the runs. Without a number the newest that is not undone is taken.

Exit code 1 means that not everything could be brought back; what could be is.

examples:
  copilot undo
  copilot undo 12
  copilot undo --to 9      that run and every one after it
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run_number", metavar="RUN", nargs="?", default="", help="its number")
    parser.add_argument("--to", metavar="RUN", type=int, help="undo this run and every one after it, as one")
    runs_text.add_options(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Undo; 1 where something could not be brought back. Raises ProjectError where there is nothing."""
    from copilot.workspace.snapshots.register import About

    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    with runs_text.opened(args, world) as (runs, take_turn):
        take_turn()
        if args.to is None:
            told = runs.undo(args.run_number)
        else:
            later = [one for one in runs.all() if one.number >= args.to and one.act == "run"]
            about = About(call_id="", project="", branch="", words=f"back to before run {args.to}")
            told = runs.restore([str(one.number) for one in later], about)
        return runs_text.tell(told, args, world, paint)
