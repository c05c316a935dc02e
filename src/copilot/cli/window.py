"""`copilot` and `copilot window`: open the window."""

import argparse

from copilot.cli import options
from copilot.cli.world import FAILED, World

NAME = "window"
SUMMARY = "open the window (what copilot does without a subcommand)"
ABOUT = """\
Open the window on a project.

examples:
  copilot
  copilot --base-dir ~/work/shop
  copilot --project shop --provider anthropic
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the window, which also stand without a subcommand."""
    options.add_project(parser)
    options.add_model(parser)


def run(args: argparse.Namespace, world: World) -> int:
    """Open the window and stay until it is closed; 1 where there is no display."""
    from copilot.desktop.display import display_trouble

    trouble = display_trouble(world.environ, world.platform)
    if trouble:
        world.stderr.write(
            f'copilot: {trouble}\n  In a terminal, use: copilot ask "…"   (or: copilot tour)\n'
        )
        return FAILED
    from copilot.cli.opening import open_desk
    from copilot.desktop.gui import App

    desk = open_desk(args, world, fallback=True, here=False)
    return App(desk).run()
