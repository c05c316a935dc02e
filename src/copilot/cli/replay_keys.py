"""Playing a log with keys: step by step, on its own, to the next approval or error."""

import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

from copilot.cli.replay_show import Player
from copilot.cli.world import World
from copilot.record.replay_steps import is_error, is_step
from copilot.vocabulary.events import ApprovalRequested, Event

if TYPE_CHECKING:
    from copilot.record.log_reader import Record

_HELP = "space: next step   p: play or pause   a: next approval   e: next error   q: end"
_LONGEST_PAUSE = 2.0
"""Seconds between two steps while it plays, however long the session took."""

Until = Literal["step", "approval", "error", "play"]
Pressed = Callable[[float | None], str]
"""Waits so many seconds (None: for ever) for a key; the key, empty where none came."""


def step_through(records: "Iterable[Record]", player: Player, world: World) -> bool:
    """Show records as the keys say; False where the person ended it before the last."""
    until: Until = "step"
    before = 0.0
    with _keys(world.stdin) as pressed:
        player.note(_HELP)
        for record in records:
            event = record.event()
            if is_step(event) and _stops(event, until):
                wait = min(max(record.at - before, 0.2), _LONGEST_PAUSE) if until == "play" else None
                before = record.at
                if (chosen := _chosen(pressed(wait), until)) is None:
                    return False
                until = chosen
            player.show(record)
    return True


def _stops(event: Event | None, until: Until) -> bool:
    match until:
        case "step" | "play":
            return True
        case "approval":
            return isinstance(event, ApprovalRequested)
        case "error":
            return is_error(event)


def _chosen(key: str, until: Until) -> Until | None:
    """What a key asks for; none was pressed where it is empty."""
    match key:
        case "q" | "\x03" | "\x04":
            return None
        case "p":
            return "step" if until == "play" else "play"
        case "a":
            return "approval"
        case "e":
            return "error"
        case "":
            return until if until == "play" else None
        case _:
            return "step"


if sys.platform == "win32":

    @contextmanager
    def _keys(stdin: TextIO) -> Generator[Pressed]:
        """Single keys of the console."""
        import msvcrt
        import time

        def pressed(seconds: float | None) -> str:
            until = None if seconds is None else time.monotonic() + seconds
            while not msvcrt.kbhit():
                if until is not None and time.monotonic() >= until:
                    return ""
                time.sleep(0.02)
            return msvcrt.getwch()

        del stdin
        yield pressed

else:

    @contextmanager
    def _keys(stdin: TextIO) -> Generator[Pressed]:
        """Single keys of a terminal, which is as before afterwards."""
        import os
        import select
        import termios
        import tty

        fd = stdin.fileno()
        before = termios.tcgetattr(fd)

        def pressed(seconds: float | None) -> str:
            ready, _, _ = select.select([fd], [], [], seconds)
            return os.read(fd, 16)[:1].decode("ascii", "replace") if ready else ""

        try:
            tty.setcbreak(fd)
            yield pressed
        finally:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
