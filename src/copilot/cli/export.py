"""`copilot export`: a branch or a session as Markdown, HTML or JSON."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.world import World
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.projects.home import Home
    from copilot.record.exported import ExportFormat

NAME = "export"
SUMMARY = "write a branch or a session as Markdown, HTML or JSON"
ABOUT = """\
Write a branch of a project, or all that was said in one session of the program. Markdown and HTML are to be
read, with what calls changed and what it cost; HTML is one file that loads nothing. JSON can be taken in
again by `copilot import`. Keys are taken out. A file that is there is not written over without --force.

examples:
  copilot export --project shop
  copilot export --project shop --branch idea --out idea.html
  copilot export --project shop --out shop.json
  copilot export --session latest --out today.md
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is written, as what, and where."""
    parser.add_argument(
        "--project", metavar="NAME", default=argparse.SUPPRESS, help="a branch of this project"
    )
    parser.add_argument("--branch", metavar="NAME", help="this branch; the active one without it")
    parser.add_argument(
        "--session", metavar="SESSION", help='this session, by how its name begins; or "latest"'
    )
    parser.add_argument(
        "--format",
        choices=("markdown", "html", "json"),
        help="as what; without it, as the name of --out says, else Markdown",
    )
    parser.add_argument("--out", metavar="FILE", default="-", help="where to; standard output without it")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def run(args: argparse.Namespace, world: World) -> int:
    """Write it. Raises ProjectError, StorageError, and ConfigError for a file that is there."""
    from copilot.assembly.exporting import branch_export, form_of, written
    from copilot.assembly.keys_held import HeldKeys
    from copilot.assembly.session_export import session_export
    from copilot.cli.opening import home_of
    from copilot.storage.atomic import sweep_temps, write_atomic

    home = home_of(args, world)
    keys = HeldKeys(world.environ, home, world.vault)
    keys.find_noted()
    out = None if args.out == "-" else world.cwd / Path(args.out).expanduser()
    if out is not None and out.exists() and not args.force:
        raise ConfigError(f"there is a file {args.out} already", "Name another one, or add --force.")
    form: ExportFormat = args.format or (form_of(out) if out is not None else None) or "markdown"
    if args.session:
        if args.branch:
            raise ConfigError("--branch and --session do not go together", "Leave one of them out.")
        found = session_export(home, args.session, keys)
    else:
        found = branch_export(home, _project(home, options.given(args, "project"), world), args.branch, keys)
    data = written(found, form)
    if out is None:
        world.stdout.write(data.decode("utf-8", "replace"))
        return 0
    sweep_temps(out)
    write_atomic(out, data, mode=0o600)
    messages = len(found.discussion.messages)
    world.stdout.write(
        f"Wrote {visible(args.out, keep='')}: {messages:,} message{'' if messages == 1 else 's'},"
        f" {len(data) / 1000:,.1f} kB.\n"
    )
    return 0


def _project(home: "Home", name: str | None, world: World) -> str:
    """The one that was named, that of the current folder, or the one that was open last."""
    from copilot.assembly.opening import project_name
    from copilot.projects.config import load_settings

    if name is not None:
        return name
    settings, _ = load_settings(home)
    return project_name(home, settings, "", None, world.cwd)
