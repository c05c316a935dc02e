"""`copilot changes`: the runs that are kept, what each changed, and cleaning them up."""

import argparse

from copilot.cli import options, runs_text
from copilot.cli.paint import paint_for
from copilot.cli.world import World

NAME = "changes"
SUMMARY = "list what scripts and edits changed in the files"
ABOUT = """\
List the runs of a folder, the newest first: scripts, edits, and what was undone or done again. With a number,
everything that run changed, with the differences.

What is needed to undo a run is kept in the home, outside the project, as long as [snapshots] in config.toml
says: of each folder at most 2 GB, 1,000 runs and 30 days. --clean forgets it sooner.

examples:
  copilot changes
  copilot changes 12
  copilot changes --clean --keep 5
  copilot changes --all              what is kept of which folder
  copilot changes --all --clean
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run_number", metavar="RUN", nargs="?", default="", help="its number")
    parser.add_argument("--clean", action="store_true", help="forget runs; they can no longer be undone")
    parser.add_argument("--keep", metavar="N", type=int, default=0, help="how many --clean leaves (0)")
    parser.add_argument("--all", action="store_true", help="list, or --clean, what is kept of every folder")
    runs_text.add_options(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """List, show or clean. Raises ProjectError for a run that is not there."""
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    if args.all:
        return _all(args, world)
    with runs_text.opened(args, world) as (runs, take_turn):
        if args.clean:
            take_turn()
            cleaned = runs.clean(max(args.keep, 0))
            if cleaned is None:
                world.stdout.write("There was nothing to forget.\n")
            else:
                size = f"{cleaned.freed / 1_000_000:,.1f} MB came free"
                world.stdout.write(f"Forgot {len(cleaned.runs):,} runs; {size}.\n")
        elif args.run_number:
            runs_text.show(runs.show(args.run_number), args, world, paint)
        else:
            runs_text.list_runs(runs, args, world, paint)
    return 0


def _all(args: argparse.Namespace, world: World) -> int:
    """What is kept of every folder of this home; with --clean it goes, but for what somebody works with."""
    from copilot.cli.opening import home_of
    from copilot.workspace.snapshots.shelf import forget_all, stores

    folder = home_of(args, world).snapshots
    if args.clean:
        for gone in forget_all(folder):
            size = f"{gone.freed / 1_000_000:,.1f} MB came free"
            folders = runs_text.count(len(gone.folders), "folder")
            world.stdout.write(f"Forgot what ran in {folders}; {size}.\n")
    found = stores(folder)
    runs_text.list_stores(found, args, world)
    return 0
