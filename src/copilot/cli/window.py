"""`copilot` and `copilot window`: open the window."""

import argparse
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.world import FAILED, World
from copilot.vocabulary.errors import LockedError
from copilot.vocabulary.text import visible

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


_READERS = ("markdown_it", "pygments.lexers")
"""What shows answers: not needed for the first frame, but before the first answer comes."""
_READERS_SECONDS = 2.0
"""After the start, when the window stands."""
_BUSY_SECONDS, _BUSY_PAUSE_SECONDS = 4.0, 0.1
"""How long a window takes to end at the most, and how often it is looked whether it has."""


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
    desk = _desk_or_first_window(args, world)
    return 0 if desk is None else show_window(desk, world)


def _desk_or_first_window(args: argparse.Namespace, world: World) -> "Desk | None":
    """The desk; None where the project has a window, which came to the front. Raises LockedError where it is
    open and nobody answers: a window that starts or ends at this very moment is waited for."""
    from copilot.cli.opening import home_of, meant_project, open_desk
    from copilot.desktop.first_window import ring

    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return open_desk(args, world, fallback=True, here=False, window=True)
        except LockedError:
            name = meant_project(args, world)
            if ring(home_of(args, world), name):
                told = f"The window of {visible(name)} is open already: it was brought to the front.\n"
                world.stdout.write(told)
                return None
            if time.monotonic() > until:
                raise
        time.sleep(_BUSY_PAUSE_SECONDS)


def show_window(desk: "Desk", world: World, *, draft: str = "") -> int:
    """Show the window on a desk until it is closed, and close the desk. `draft` is there to be sent."""
    from copilot.assembly.desk import REHEARSED
    from copilot.assembly.models import keyed
    from copilot.cli.local_servers import local_choices
    from copilot.cli.opening import around_of, close_desk
    from copilot.desktop.first_window import Bell
    from copilot.desktop.gui import App
    from copilot.desktop.notifying import Notifier
    from copilot.desktop.outside import Outside, another_window, shown_by_system
    from copilot.vocabulary.approvals import ApprovalPolicy

    bell: Bell | None = None
    readers = threading.Timer(_READERS_SECONDS, lambda: [import_module(name) for name in _READERS])
    readers.daemon = True
    readers.start()
    try:
        app = App(
            desk,
            policy=ApprovalPolicy(),
            clock=world.clock,
            new_id=world.new_id,
            offers=(*keyed(desk.settings, desk.keys, world.environ), REHEARSED),
            find_local=local_choices,
            outside=Outside(
                open_project=lambda name: another_window(desk.home, ("--project", name)),
                open_folder=lambda folder: another_window(desk.home, ("--base-dir", str(folder))),
                open_file=shown_by_system,
                play_back=lambda session: another_window(desk.home, ("replay", session, "--window")),
                notify=Notifier(world.platform, world.environ).tell,
                around=around_of(world, window=True),
            ),
            draft=draft,
        )
        bell = Bell(desk.home, desk.store.project.name, app.come_to_front)
        bell.hang()
        return app.run()
    finally:
        readers.cancel()
        if bell is not None:
            bell.take_down()
        close_desk(desk)
