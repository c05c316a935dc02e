"""What the loops of all windows share: pieces of a frame that may fail, and the time between two frames."""

import sys
import traceback
from collections.abc import Callable
from typing import Any

from copilot.desktop.caret import mouse_is_down
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Keyboard
from copilot.desktop.native import Native

SWITCH_SECONDS = 0.001
"""How long a thread that computes keeps a frame waiting, many times a frame; Python's own 5 ms are felt."""

LIVELY_SECONDS = 0.35
"""Full frame rate after the last input, so that hover and tooltips settle (measured)."""

IDLE_SECONDS = 0.5
CALM_AFTER, CALM_SECONDS = 5.0, 1.0
"""Where nothing has moved for so long, the frames are rarer still."""

FRAME_SECONDS = 1 / 60

CLICK_SECONDS = 0.3
"""How long a click may take: the library forgets one whose button is made anew before the mouse lets go."""

Trouble = Callable[[str, Exception], None]


class Guard:
    """Runs the pieces of a frame: a bug in one costs that piece, not the window. `trouble` hears of the first
    failure of each."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._broken: set[str] = set()

    def __call__(self, what: str, work: Callable[[], Any]) -> Any:
        """What the piece gives; None where it failed."""
        try:
            return work()
        except Exception as error:  # the top of the main thread
            if what not in self._broken:
                self._broken.add(what)
                self._trouble(what, error)
            return None

    def callbacks(self) -> bool:
        """Run what the library called in this frame, one by one. True where it called anything."""
        jobs: list[tuple[Any, Any, Any, Any]] = dpg.get_callback_queue() or []
        for callback, sender, data, user in jobs:
            if callback is not None:
                self("a callback", lambda c=callback, s=sender, d=data, u=user: c(s, d, u))
        return bool(jobs)


class Pace:
    """When the next frame comes. `ticks` gives seconds; frames are full until `lively_until`."""

    def __init__(self, native: Native, ticks: Callable[[], float]) -> None:
        self._native, self._ticks = native, ticks
        self.lively_until = 0.0

    def rest(self, began: float, *, lively: bool) -> bool:
        """Wait for the next frame after one that began then. True after the long wait of a window where
        nothing moves: sizes may have changed, so that each panel should be looked at once."""
        now = self._ticks()
        if lively:
            self.lively_until = now + LIVELY_SECONDS
        if now < self.lively_until:
            self._native.wait(max(0.001, FRAME_SECONDS - (now - began)))
            return False
        self._native.wait(IDLE_SECONDS if now < self.lively_until + CALM_AFTER else CALM_SECONDS)
        return True


class Click:
    """Whether what is on the screen has to stay there for the sake of a click. `ticks` gives seconds, `down`
    whether the mouse's button is."""

    def __init__(self, ticks: Callable[[], float], down: Callable[[], bool] = mouse_is_down) -> None:
        self._ticks, self._down = ticks, down
        self._since: float | None = None

    def holds(self) -> bool:
        """Asked once a frame: True from when the mouse goes down, until it is up or held for longer."""
        if not self._down():
            self._since = None
            return False
        now = self._ticks()
        self._since = now if self._since is None else self._since
        return now - self._since < CLICK_SECONDS


def listening() -> tuple[Keyboard, Item]:
    """A keyboard that listens, and where more handlers may go. The mouse wakes the loop."""
    keyboard, handlers = Keyboard(), dpg.add_handler_registry()
    keyboard.listen(handlers)
    for add in (dpg.add_mouse_move_handler, dpg.add_mouse_wheel_handler, dpg.add_mouse_click_handler):
        add(parent=handlers, callback=_nothing)
    return keyboard, handlers


def on_stderr(window: str) -> Trouble:
    """Says what failed in this window on standard error."""

    def trouble(what: str, error: Exception) -> None:
        words = "".join(traceback.format_exception(error)).rstrip()
        sys.stderr.write(f"{window}, {what}: {words}\n")

    return trouble


def _nothing(_sender: Any, _data: Any, _user: Any) -> None:
    """The job alone tells the loop that the person is there."""
