"""The program of a torn-off panel: `python -m copilot.desktop.torn.child`, started by the main window.

What it needs to know comes on its standard input; see `messages.Start`. It ends when the pipe to the main
window does, and killing it harms nothing. What the window tells is read while the panel's modules are loaded
and its native window opens.
"""

import contextlib
import gc
import signal
import sys
from collections.abc import Callable

from copilot.desktop.torn.link import Link
from copilot.desktop.torn.messages import Start
from copilot.desktop.torn.wire import read
from copilot.vocabulary.errors import CopilotError


def run(on_frame: Callable[[Start], Callable[[], None]] | None = None) -> int:
    """Stay until the window is closed or the main one is gone; 0. `on_frame` gives what is called after each
    frame. Raises CopilotError where there can be no window, KeyError for a panel that there is not.
    """
    gc.disable()  # until all is there: what is made now stays, and looking for cycles takes its time
    start: Start = read(sys.stdin.buffer.read(), Start)
    link = Link(start)
    from copilot.desktop.torn.panel_window import PanelWindow

    return PanelWindow(start, link, on_frame=on_frame(start) if on_frame is not None else None).run()


def main() -> int:
    """0 when the window was closed, 1 where it could not be opened."""
    # Ctrl+C in the terminal is meant for the main window, which ends its panels itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return run()
    except (KeyError, CopilotError) as error:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"a torn-off panel could not be opened: {error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
