"""Giving the caret to a box, or the keys to a panel, of which the library must be asked at the right moment.

A box that was shown just now can have the caret only when its window is in front, which may take some frames
more than one would think. So it is asked again until it has happened, or the person has clicked elsewhere.
"""

from collections.abc import Callable

from copilot.desktop.gate import Item, dpg

FRAMES = 3
"""Until a window that was shown can be in front."""
_TRIES, _GAP = 6, 4
"""How often the library is asked, and the frames that it is given each time. A box that is asked for again
while it has the caret marks its whole text, which the next letter replaces: so it is not asked too soon."""


class Caret:
    """One request at a time: the last one counts."""

    def __init__(self) -> None:
        self._find: Callable[[], Item | None] = _nothing
        self._wait = self._tries = 0
        self._held = False

    @property
    def busy(self) -> bool:
        """Whether something is to have it still."""
        return self._tries > 0

    def give(self, item: Item, frames: int = FRAMES) -> None:
        """Let an item have it, `frames` frames from now at the soonest."""
        self.give_to(lambda: item, frames)

    def give_to(self, find: Callable[[], Item | None], frames: int = FRAMES) -> None:
        """Let what `find` names then have it; None is nothing."""
        self._find, self._wait, self._tries, self._held = find, frames, _TRIES, mouse_is_down()

    def drop(self) -> None:
        """Let nothing have it after all."""
        self._tries = 0

    def tick(self) -> bool:
        """Once a frame. True while something is to have it still."""
        if not self._tries:
            return False
        held, self._held = self._held, mouse_is_down()
        if self._held and not held:  # the person clicks elsewhere
            self._tries = 0
            return False
        self._wait -= 1
        asked = self._tries < _TRIES
        if self._wait > 0 and not asked:
            return True
        item = self._find()
        if item is None or not dpg.does_item_exist(item) or (asked and _has_it(item)):
            self._tries = 0
            return False
        if self._wait > 0:
            return True
        dpg.focus_item(item)
        self._tries, self._wait = self._tries - 1, _GAP
        return True


def _has_it(item: Item | None) -> bool:
    if "Input" in str(dpg.get_item_type(item)):
        return bool(dpg.is_item_active(item))
    return bool(dpg.is_item_focused(item))


def mouse_is_down() -> bool:
    """Whether a click is under way: what it is meant for must not go before its end."""
    return bool(dpg.is_mouse_button_down(dpg.mvMouseButton_Left))


def _nothing() -> None:
    return None
