"""`copilot` and `copilot window`: open the window."""

import argparse
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.world import FAILED, World

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk

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

    return show_window(open_desk(args, world, fallback=True, here=False), world)


def show_window(desk: "Desk", world: World, *, draft: str = "") -> int:
    """Show the window on a desk until it is closed, and close the desk. `draft` is there to be sent."""
    from copilot.assembly.desk import REHEARSED
    from copilot.assembly.models import keyed
    from copilot.cli.local_servers import local_choices
    from copilot.cli.opening import close_desk
    from copilot.desktop.gui import App
    from copilot.vocabulary.approvals import ApprovalPolicy

    try:
        app = App(
            desk,
            policy=ApprovalPolicy(),
            clock=world.clock,
            new_id=world.new_id,
            offers=(*keyed(desk.settings, desk.keys, world.environ), REHEARSED),
            find_local=local_choices,
            draft=draft,
        )
        return app.run()
    finally:
        close_desk(desk)
