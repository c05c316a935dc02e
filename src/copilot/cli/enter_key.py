"""Enter, noticed while the program waits for something else."""

import sys
from typing import TextIO

from copilot.cli.approve import forget_typed


class EnterKey:
    """The Enter key of one terminal. Lines that it reads are gone."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal

    def forget(self) -> None:
        """Drop what was typed before."""
        forget_typed(self._terminal)

    def pressed(self) -> bool:
        """Whether a line was ended since; never waits."""
        if sys.platform == "win32":
            return _pressed_in_console()
        import select

        try:
            ready, _, _ = select.select([self._terminal], [], [], 0)
            return bool(ready) and self._terminal.readline() != ""
        except (OSError, ValueError):
            return False


def _pressed_in_console() -> bool:
    import msvcrt

    found = False
    while msvcrt.kbhit():  # type: ignore[attr-defined]
        found |= msvcrt.getwch() in "\r\n"  # type: ignore[attr-defined]
    return found
