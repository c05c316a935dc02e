"""`copilot trust`: what a project brings along that counts only once you have seen and trusted it."""

import argparse

from copilot.cli import options
from copilot.cli.paint import paint_for
from copilot.cli.policy import bench_of
from copilot.cli.trust_lines import item_lines
from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.text import visible

NAME = "trust"
SUMMARY = "show and trust what a project brings along: instructions, rules, servers, commands, skills"
ABOUT = """\
Opening a folder runs nothing from it. Its files of instructions (AGENTS.md, else CLAUDE.md, else GEMINI.md,
from the root of the repository down), the rules in its project file, its MCP servers, commands and skills
count only once you trust this very content; when it changes you are asked again. What you say is kept in your
home, never in the project.

  show     each of them: its text, what it costs, what changed (the usual)
  yes      trust them, or those named
  no       do not, and ask no more while they stay as they are

examples:
  copilot trust
  copilot trust yes AGENTS.md .copilot/commands/review.md
  copilot trust no
"""
_ACTS = ("show", "yes", "no")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is done, and with which of them."""
    parser.add_argument(
        "act", nargs="?", default="show", choices=_ACTS, metavar="WHAT", help=", ".join(_ACTS)
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which of them; all without any")
    options.add_project(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Do it; 1 where there is nothing to trust, 2 for a name that is not there."""
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    bench = bench_of(args, world)
    items = bench.trust.items(bench.project)
    names: list[str] = args.names
    unknown = [name for name in names if all(one.name != name for one in items)]
    if unknown:
        world.stderr.write(f"copilot trust: there is no {visible(unknown[0], keep='')} here\n")
        return USAGE
    meant = tuple(one for one in items if not names or one.name in names)
    if not meant:
        world.stdout.write("This project brings along nothing that would need your trust.\n")
        return 0 if args.act == "show" else FAILED
    for one in meant:
        for line in item_lines(one, paint):
            world.stdout.write(f"{line}\n")
    if args.act != "show":
        state = "trusted" if args.act == "yes" else "refused"
        bench.trust.answer(bench.project, tuple(one.sha256 for one in meant), state)
        told = "They count from now on." if state == "trusted" else "They do not count."
        world.stdout.write(f"{told}\n")
    return 0
