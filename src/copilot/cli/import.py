"""`copilot import`: take in what `copilot export --format json` wrote."""

import argparse
from pathlib import Path

from copilot.cli import opening, options
from copilot.cli.world import World
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.text import visible

NAME = "import"
SUMMARY = "take in what was exported as JSON, as a new project or as branches of one"
ABOUT = """\
Make a project of an exported file, which works in --base-dir (the current folder without it); or, with
--into, branches of a project that is there. Nothing is ever written over: a name that is taken gets a number.
Calls in what is taken in are never run.

examples:
  copilot import shop.json
  copilot import shop.json --name "shop of Ada" --base-dir ~/work/shop
  copilot import idea.json --into shop
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """From where, and as what."""
    parser.add_argument("file", metavar="FILE", help="what was exported as JSON")
    parser.add_argument("--into", metavar="PROJECT", help="as branches of this project")
    parser.add_argument("--name", metavar="NAME", help="what the new project is called")
    parser.add_argument(
        "--base-dir",
        type=options.folder,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="the folder in which the new project works",
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Take it in. Raises ProjectError, StorageError, ConfigError."""
    from copilot.assembly.importing import import_branches, import_project, read_export

    home = opening.home_of(args, world)
    base_dir = opening.base_dir_of(args, world)
    if args.into and (args.name or base_dir is not None):
        raise ConfigError("--into goes with neither --name nor --base-dir", "They are for a new project.")
    found = read_export(world.cwd / Path(args.file).expanduser())
    if args.into:
        names = import_branches(home, found, args.into, world.clock, world.new_id)
        branches = ", ".join(visible(name, keep="") for name in names)
        world.stdout.write(f"Taken into {args.into} as {branches}.\n")
    else:
        name = import_project(home, found, base_dir or world.cwd, args.name or "")
        world.stdout.write(f"Taken in as the project {name}.\n")
    return 0
