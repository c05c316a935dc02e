"""`copilot replay LOG` in a window: where there is a display, and the person asked for nothing else."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli.world import FAILED, World

if TYPE_CHECKING:
    from copilot.projects.home import Home


def is_for_window(args: argparse.Namespace, world: World) -> bool:
    """Whether this log is played in a window.

    `--window` says so and `--terminal` says not. Without either: at a terminal with a display, where nothing
    was said of which records to print, and how.
    """
    if args.window or args.terminal:
        return bool(args.window)
    if args.check or args.json or args.step or args.verbose or args.kind or args.first or args.last:
        return False
    from copilot.desktop.display import display_trouble

    return world.stdout.isatty() and not display_trouble(world.environ, world.platform)


def show(logs: Path, session: str, home: "Home", world: World, *, start: int) -> int:
    """Play a session's log in a window, until that is closed; 1 where there is no display."""
    from copilot.desktop.display import display_trouble

    trouble = display_trouble(world.environ, world.platform)
    if trouble:
        world.stderr.write(f"copilot: {trouble}\n  In a terminal, use: copilot replay {session} --terminal\n")
        return FAILED
    from copilot.assembly.models import offered
    from copilot.cli.opening import around_of
    from copilot.desktop.outside import another_window
    from copilot.desktop.playback.go_on import Beyond
    from copilot.desktop.playback.window import PlaybackWindow
    from copilot.projects.config import load_settings
    from copilot.record.log_index import LogIndex

    beyond = Beyond(
        models=lambda: offered(world.environ, load_settings(home)[0]),
        open_project=lambda name: another_window(home, ("--project", name)),
        around=around_of(world, window=True),
    )
    return PlaybackWindow(home, LogIndex(logs, session), start=start, beyond=beyond).run()
