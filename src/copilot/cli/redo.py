"""`copilot redo`: do again what was undone, with the person's own edits kept."""

import argparse

from copilot.cli import options, runs_text
from copilot.cli.paint import paint_for
from copilot.cli.world import World

NAME = "redo"
SUMMARY = "do again to the files what was undone"
ABOUT = """\
Do again what a run did to the files, after it was undone. Nothing is run: the bytes that it left come back.
Without a number the run that was undone last is taken.

examples:
  copilot redo
  copilot redo 12
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run_number", metavar="RUN", nargs="?", default="", help="its number")
    runs_text.add_options(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Redo; 1 where something could not be done. Raises ProjectError where there is nothing to redo."""
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    with runs_text.opened(args, world) as (runs, take_turn):
        take_turn()
        return runs_text.tell(runs.redo(args.run_number), args, world, paint)
